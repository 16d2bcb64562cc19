import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Console from "effect/Console"
import { completions as script, shells } from "../surface/completions.ts"

const shell = Args.choice(shells.map((name) => [name, name] as const), { name: "shell" }).pipe(
  Args.withDescription("The shell that the script is for")
)

/** `flash completions`: a script that completes commands and options in a shell. */
export const completions = Command.make(
  "completions",
  { shell },
  (options) => Console.log(script(options.shell).trimEnd())
)
  .pipe(Command.withDescription("Print a script that completes flash in a shell; its first lines say where to put it"))
