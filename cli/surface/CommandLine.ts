/**
 * Looks at a command line before a command is loaded: what is asked for, and what is wrong with it, in one message with
 * what was probably meant.
 */
import { similar } from "./similar.ts"
import type { CommandSurface, OptionSurface } from "./Surface.ts"
import { argumentText, findOption, globalOptions, isGroup, usage } from "./Surface.ts"

/** What is wrong with a command line. */
export interface Wrong {
  readonly _tag: "Wrong"
  readonly message: string
  readonly hint: string
}

export type Reading =
  /** A command is to run. */
  | { readonly _tag: "Command" }
  /** Help was asked for, or the name of a command is missing. */
  | { readonly _tag: "Help"; readonly path: ReadonlyArray<CommandSurface>; readonly isAsked: boolean }
  | { readonly _tag: "Version" }
  | Wrong

const isOption = (word: string): boolean => /^--?[a-zA-Z]/.test(word)

const nameOf = (path: ReadonlyArray<CommandSurface>): string => path.map(({ name }) => name).join(" ")

const didYouMean = (guess: string | undefined, otherwise: string): string =>
  guess === undefined ? otherwise : `did you mean \`${guess}\`? ${otherwise}`

const helpOf = (path: ReadonlyArray<CommandSurface>): string => `\`${nameOf(path)} --help\``

const wrong = (message: string, hint: string): Wrong => ({ _tag: "Wrong", message, hint })

const unknownCommand = (path: ReadonlyArray<CommandSurface>, word: string): Wrong => {
  const guess = similar(word, path.at(-1)?.commands.map(({ name }) => name) ?? [])
  return wrong(
    `there is no command \`${nameOf(path)} ${word}\``,
    didYouMean(guess && `${nameOf(path)} ${guess}`, `${helpOf(path)} lists the commands`)
  )
}

const unknownOption = (path: ReadonlyArray<CommandSurface>, name: string): Wrong => {
  const known = [...path.at(-1)?.options ?? [], ...globalOptions].flatMap(({ names }) => names)
  return wrong(
    `\`${nameOf(path)}\` has no option ${name}`,
    didYouMean(similar(name, known), `${helpOf(path)} lists the options`)
  )
}

const takes = ({ choices }: { readonly choices: ReadonlyArray<string> }): string => `it takes ${choices.join(", ")}`

const badValue = (name: string, { choices, isInteger }: OptionSurface, value: string): Wrong | undefined => {
  if (isInteger && !/^-?\d+$/.test(value)) return wrong(`${name} takes a whole number, not "${value}"`, `as ${name} 10`)
  if (choices.length === 0 || choices.includes(value)) return undefined
  return wrong(`${name} cannot be "${value}"`, didYouMean(similar(value, choices), takes({ choices })))
}

/** Several short options in one word, as `-yf`. */
const isCluster = (command: CommandSurface, word: string): boolean =>
  /^-[a-zA-Z]{2,}$/.test(word) &&
  [...word.slice(1)].every((letter) => findOption(command, `-${letter}`)?.value === null)

const badArguments = (path: ReadonlyArray<CommandSurface>, given: ReadonlyArray<string>): Wrong | undefined => {
  const command = path.at(-1)
  if (command === undefined) return undefined
  const missing = command.args[given.length]
  if (missing?.isRequired === true) {
    return wrong(`${argumentText(missing)} is missing`, `as \`${usage(path)}\``)
  }
  if (given.includes("")) {
    return wrong(`an argument of \`${nameOf(path)}\` is empty`, "a variable that is not set leaves one behind")
  }
  const unexpected = command.args.some(({ isRepeated }) => isRepeated)
    ? undefined
    : given[command.args.length]
  if (unexpected !== undefined) {
    return wrong(`"${unexpected}" is one argument too many`, `as \`${usage(path)}\``)
  }
  for (const [index, { choices, name }] of command.args.entries()) {
    const value = given[index]
    if (value !== undefined && choices.length > 0 && !choices.includes(value)) {
      return wrong(`<${name}> cannot be "${value}"`, didYouMean(similar(value, choices), takes({ choices })))
    }
  }
  return undefined
}

/** The commands that a line names, as far as they are known: what its help is about. */
const pathOf = (root: CommandSurface, words: ReadonlyArray<string>): ReadonlyArray<CommandSurface> => {
  const path = [root]
  for (const word of words) {
    if (isOption(word)) continue
    const next = path.at(-1)?.commands.find(({ name }) => name === word)
    if (next === undefined) break
    path.push(next)
  }
  return path
}

/** Reads the words after `flash`, without those that belong to a program. */
export const read = (root: CommandSurface, words: ReadonlyArray<string>): Reading => {
  const end = words.indexOf("--")
  const own = end === -1 ? words : words.slice(0, end)
  if (own[0] === "help") return { _tag: "Help", path: pathOf(root, own.slice(1)), isAsked: true }
  if (own.includes("--help") || own.includes("-h")) return { _tag: "Help", path: pathOf(root, own), isAsked: true }

  const path = [root]
  const given: Array<string> = []
  const seen = new Set<OptionSurface>()
  for (let index = 0; index < own.length; index++) {
    const word = own[index] ?? ""
    const command = path.at(-1) ?? root
    if (!isOption(word)) {
      const next = command.commands.find(({ name }) => name === word)
      if (next !== undefined) path.push(next)
      else if (isGroup(command)) return unknownCommand(path, word)
      else given.push(word)
      continue
    }
    if (isCluster(command, word)) continue
    const [name = word] = word.split("=", 1)
    const option = findOption(command, name)
    if (option === undefined) return unknownOption(path, name)
    if (option.names.includes("--version")) return { _tag: "Version" }
    if (seen.has(option) && !option.isRepeated) {
      return wrong(`${name} is given more than once`, `${helpOf(path)} says what it takes`)
    }
    seen.add(option)
    if (option.value === null) {
      if (name !== word) return wrong(`${name} takes no value`, `leave out "${word.slice(name.length)}"`)
      continue
    }
    const value = name === word ? own[++index] : word.slice(name.length + 1)
    if (value === undefined || value === "" || (name === word && findOption(command, value) !== undefined)) {
      return wrong(`${name} needs a value`, `as ${name} ${option.value}`)
    }
    const bad = badValue(name, option, value)
    if (bad !== undefined) return bad
  }
  const command = path.at(-1) ?? root
  if (isGroup(command)) return { _tag: "Help", path, isAsked: false }
  return badArguments(path, end === -1 ? given : [...given, ...words.slice(end + 1)]) ?? { _tag: "Command" }
}
