/**
 * What the command line takes, as data: commands, their arguments and options. Help, shell completions, the check of a
 * command line and docs/cli.md are made from it, so that none of them needs to load a command.
 *
 * surface.json is made from the commands themselves by `npm run generate`; where it does not go together any more, as
 * after a merge, any old version of it is enough to make it anew.
 */
import json from "./surface.json" with { type: "json" }

export interface OptionSurface {
  /** `--env`, then `-e` where it has a short one. */
  readonly names: ReadonlyArray<string>
  /** How its value is called; null where it takes none. */
  readonly value: string | null
  readonly isInteger: boolean
  /** The values it takes; none where it takes any. */
  readonly choices: ReadonlyArray<string>
  readonly default: string | null
  readonly isRepeated: boolean
  readonly description: string
}

export interface ArgumentSurface {
  readonly name: string
  readonly choices: ReadonlyArray<string>
  readonly isRequired: boolean
  readonly isRepeated: boolean
  readonly description: string
}

export interface CommandSurface {
  readonly name: string
  readonly description: string
  readonly args: ReadonlyArray<ArgumentSurface>
  readonly options: ReadonlyArray<OptionSurface>
  readonly commands: ReadonlyArray<CommandSurface>
}

/** `flash` itself. */
export const root: CommandSurface = json

const option = (
  names: ReadonlyArray<string>,
  description: string,
  value: string | null = null,
  choices: ReadonlyArray<string> = []
): OptionSurface => ({ names, value, isInteger: false, choices, default: null, isRepeated: false, description })

export const logLevels = ["all", "trace", "debug", "info", "warning", "error", "fatal", "none"] as const

/** What every command takes. */
export const globalOptions: ReadonlyArray<OptionSurface> = [
  option(["--help", "-h"], "Show this"),
  option(["--version", "-v"], "Print the version"),
  option(["--log-level"], "What to log; `debug` shows where an error comes from", "LEVEL", logLevels)
]

/** A command that only holds others. */
export const isGroup = ({ commands }: CommandSurface): boolean => commands.length > 0

export const findOption = (command: CommandSurface, name: string): OptionSurface | undefined =>
  [...command.options, ...globalOptions].find(({ names }) => names.includes(name))

/** `[name]`, `<file>`, `[args...]`. */
export const argumentText = ({ isRepeated, isRequired, name }: ArgumentSurface): string => {
  const text = isRepeated ? `${name}...` : name
  return isRequired ? `<${text}>` : `[${text}]`
}

/** `flash env get [options] <name>`, for a command and those it is in. */
export const usage = (path: ReadonlyArray<CommandSurface>): string => {
  const command = path.at(-1)
  return [
    ...path.map(({ name }) => name),
    ...(command === undefined || isGroup(command)
      ? ["<command>", "[options]"]
      : ["[options]", ...command.args.map(argumentText)])
  ].join(" ")
}

/** Every command with those it is in, groups too, in the order of the help. */
export const commandPaths = (
  command: CommandSurface = root,
  above: ReadonlyArray<CommandSurface> = []
): ReadonlyArray<ReadonlyArray<CommandSurface>> => {
  const path = [...above, command]
  return [path, ...command.commands.flatMap((child) => commandPaths(child, path))]
}
