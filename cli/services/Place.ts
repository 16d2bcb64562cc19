/** Which app and environment a command is about. */
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { appOf } from "../appOf.ts"
import type { CliError } from "../CliError.ts"

export const app = Options.text("app").pipe(
  Options.withAlias("a"),
  Options.withDescription("The app. Default: the name in package.json, or the folder's"),
  Options.optional
)

export const appName = (given: Option.Option<string>): Effect.Effect<string, CliError> =>
  Option.match(given, { onNone: () => appOf(process.cwd()), onSome: Effect.succeed })
