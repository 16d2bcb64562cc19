/** Which app and environment a command is about. */
import * as Options from "@effect/cli/Options"
import * as Option from "effect/Option"
import { appOf } from "../appOf.ts"

export const app = Options.text("app").pipe(
  Options.withAlias("a"),
  Options.withDescription("The app. Default: the name in package.json, or the folder's"),
  Options.optional
)

export const appName = (given: Option.Option<string>): string => Option.getOrElse(given, () => appOf(process.cwd()))
