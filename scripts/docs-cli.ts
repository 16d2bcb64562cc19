/** docs/cli.md, from what the command line takes. */
import { ExitCode } from "../cli/ExitCode.ts"
import type { CommandSurface, OptionSurface } from "../cli/surface/Surface.ts"
import { argumentText, commandPaths, globalOptions, isGroup, usage } from "../cli/surface/Surface.ts"
import { table } from "./markdown.ts"

const codes: Readonly<Record<keyof typeof ExitCode, string>> = {
  ok: "Done.",
  failure: "It failed; the message says why.",
  usage: "A wrong use: an option, a value or an answer that it needs. Nothing was done.",
  auth: "There is no API key, or RunPod refuses it.",
  notFound: "What was named is not there.",
  partial: "Some of it was done and some failed.",
  interrupted: "Interrupted, with Ctrl+C or at a question."
}

/** A cell ends at a bar. */
const cell = (text: string): string => text.replaceAll("|", "\\|")

const optionCells = ({ choices, default: fallback, description, names, value }: OptionSurface) => [
  names.map((name) => `\`${name}${value === null ? "" : ` ${value}`}\``).join(", "),
  cell([
    description,
    ...(choices.length === 0 ? [] : [`(${choices.join(", ")})`]),
    ...(fallback === null ? [] : [`(default: ${fallback})`])
  ].join(" "))
]

const section = (path: ReadonlyArray<CommandSurface>): ReadonlyArray<string> => {
  const command = path.at(-1)
  if (command === undefined || path.length === 1) return []
  const { args, commands, description, options } = command
  return [
    `${"#".repeat(path.length)} ${path.map(({ name }) => name).join(" ")}`,
    "",
    `${description}.`,
    "",
    "```sh",
    usage(path),
    "```",
    "",
    ...(isGroup(command) ? [`Commands: ${commands.map(({ name }) => `\`${name}\``).join(", ")}.`, ""] : []),
    ...(args.length + options.length === 0 ? [] : [
      ...table([
        ["Argument or option", "What it is"],
        ...args.map((one) => [`\`${argumentText(one)}\``, cell(one.description)]),
        ...options.map(optionCells)
      ]),
      ""
    ])
  ]
}

export const page = (root: CommandSurface): string => {
  const paths = commandPaths(root)
  return [
    "# The flash command",
    "",
    "`flash --help` and `flash <command> --help` say the same on a terminal. This page is made from the commands",
    "themselves (`npm run generate`).",
    "",
    ...table([
      ["Command", "What it does"],
      ...paths.slice(1).filter((path) => !isGroup(path.at(-1) ?? root)).map((path) => {
        const name = path.map(({ name }) => name).join(" ")
        return [`[${name}](#${name.replaceAll(" ", "-")})`, cell(path.at(-1)?.description ?? "")]
      })
    ]),
    "",
    "Every command takes:",
    "",
    ...table([["Option", "What it is"], ...globalOptions.map(optionCells)]),
    "",
    "## Output",
    "",
    "What a command tells goes to stdout, everything else to stderr: progress, questions and errors. Colours are for",
    "terminals alone, and `NO_COLOR` turns them off. With `--json`, stdout holds JSON and nothing else. A failure is then",
    "an object there too, and its lines for people are on stderr as ever:",
    "",
    "```json",
    `{ "error": { "code": "FLASH-E102", "name": "Unauthorized", "message": "…", "hint": "…", "exitCode": 3 } }`,
    "```",
    "",
    "`code` is null where an error has none. `flash explain <code>` and [errors](./errors/README.md) say what to do.",
    "",
    "Questions are asked where something is lost or costs money, and the answer is no where none is given. Without a",
    "terminal nothing is asked: a script says `--yes`, or the command fails as a wrong use.",
    "",
    "## Exit codes",
    "",
    ...table([
      ["Code", "What it means"],
      ...Object.entries(codes).map(([name, text]) => [String(ExitCode[name as keyof typeof ExitCode]), text])
    ]),
    "",
    "`flash run <file>` ends with the code of its program.",
    "",
    "## Completions",
    "",
    "`flash completions bash`, `zsh` or `fish` prints a script; its first lines say where to put it. For one session of",
    "bash: `source <(flash completions bash)`.",
    "",
    ...paths.flatMap(section)
  ].join("\n").trimEnd() + "\n"
}
