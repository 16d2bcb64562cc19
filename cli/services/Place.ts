/** Which app and environment a command is about. */
import * as Options from "@effect/cli/Options"
import * as Option from "effect/Option"
import * as Path from "node:path"

export const app = Options.text("app").pipe(
  Options.withAlias("a"),
  Options.withDescription("The app; the name of the working directory where it is not said"),
  Options.optional
)

export const appName = (given: Option.Option<string>): string =>
  Option.getOrElse(given, () => Path.basename(process.cwd()))
