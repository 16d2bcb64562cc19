import { isFolder } from "./isFolder.ts"
import { findOption, root } from "./surface/Surface.ts"

const run = root.commands.find(({ name }) => name === "run") ?? root

/** Whether an option takes the next word as its value. */
const takesNext = (word: string): boolean => !word.includes("=") && (findOption(run, word)?.value ?? null) !== null

/**
 * Cuts a command line after the file of `flash run`, so that `flash run app.ts --help` asks the program and not us. Any
 * other command line is kept whole, one that names a folder too.
 */
export const splitProgram = (
  argv: ReadonlyArray<string>
): readonly [own: ReadonlyArray<string>, program: ReadonlyArray<string>] => {
  const positionals: Array<number> = []
  // The first two words are node and this script.
  for (let index = 2; index < argv.length && positionals.length < 2; index++) {
    const word = argv[index] ?? ""
    if (!word.startsWith("-")) positionals.push(index)
    else if (takesNext(word)) index++
  }
  const [command, file] = positionals
  if (command === undefined || argv[command] !== "run" || file === undefined || isFolder(argv[file] ?? "")) {
    return [argv, []]
  }
  return [argv.slice(0, file + 1), argv.slice(file + 1)]
}
