/** Help on a terminal of any width. */
import type { CommandSurface, OptionSurface } from "./Surface.ts"
import { argumentText, globalOptions, isGroup, usage } from "./Surface.ts"

type Row = readonly [head: string, text: string]

/** Lines of at most so many columns; a word that is longer has a line of its own. */
export const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** `-e, --env ENV` */
export const optionHead = ({ names, value }: OptionSurface): string => {
  const [long = "", short] = names
  return `${short === undefined ? "    " : `${short}, `}${long}${value === null ? "" : ` ${value}`}`
}

export const optionText = ({ choices, default: fallback, description }: OptionSurface): string =>
  [
    description,
    ...(choices.length === 0 ? [] : [`(${choices.join(", ")})`]),
    ...(fallback === null ? [] : [`(default: ${fallback})`])
  ].join(" ")

/** Two columns where there is room, else the texts below their heads. */
const rows = (all: ReadonlyArray<Row>, width: number): ReadonlyArray<string> => {
  const heads = Math.max(...all.map(([head]) => head.length)) + 4
  const isNarrow = width - heads < 24
  return all.flatMap(([head, text]) => {
    const indent = isNarrow ? 6 : heads
    const [first = "", ...others] = wrap(text, width - indent)
    const rest = others.map((line) => " ".repeat(indent) + line)
    return isNarrow
      ? [`  ${head}`, ...(text === "" ? [] : [" ".repeat(indent) + first, ...rest])]
      : [`  ${head.padEnd(heads - 2)}${first}`.trimEnd(), ...rest]
  })
}

const section = (title: string, all: ReadonlyArray<Row>, width: number): ReadonlyArray<string> =>
  all.length === 0 ? [] : ["", title, ...rows(all, width)]

const commandRow = ({ args, description, name, commands }: CommandSurface): Row => [
  [name, ...(commands.length > 0 ? ["<command>"] : args.map(argumentText))].join(" "),
  description
]

/** What `flash <path> --help` says. */
export const helpText = (path: ReadonlyArray<CommandSurface>, version: string, columns = 100): string => {
  const command = path.at(-1)
  if (command === undefined) return ""
  // longer lines are hard to read, and shorter ones hold no word
  const width = Math.max(30, Math.min(columns, 100))
  const isRoot = path.length === 1
  const indented = wrap(usage(path), width - 7).map((line, index) => `${index === 0 ? "Usage: " : "       "}${line}`)
  return [
    ...wrap(isRoot ? `flash ${version}: ${command.description}` : command.description, width),
    "",
    ...indented,
    ...section("Commands:", command.commands.map(commandRow), width),
    ...section("Arguments:", command.args.map((one) => [argumentText(one), one.description]), width),
    ...section("Options:", command.options.map((one) => [optionHead(one), optionText(one)]), width),
    ...section(
      command.options.length === 0 ? "Options:" : "Options of every command:",
      globalOptions.map((one) => [optionHead(one), optionText(one)]),
      width
    ),
    ...(isGroup(command)
      ? ["", ...wrap(`\`${path.map(({ name }) => name).join(" ")} <command> --help\` says more about one.`, width)]
      : [])
  ].join("\n")
}
