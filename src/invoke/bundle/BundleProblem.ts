/**
 * What keeps a module from being bundled, in words for the person who wrote it.
 *
 * @since 0.1.0
 */
import { relative } from "node:path"

/**
 * @since 0.1.0
 * @category models
 */
export interface Problem {
  /** Absolute path. */
  readonly file: string
  /** Counted from 1; `undefined` where it is about the whole file. */
  readonly line: number | undefined
  /** What is wrong and what to do. */
  readonly text: string
}

/**
 * @since 0.1.0
 * @category errors
 */
export class BundleProblem extends Error {
  readonly problems: ReadonlyArray<Problem>
  constructor(problems: ReadonlyArray<Problem>) {
    super(problems.map(({ file, line, text }) => `${placeOf(file, line)}: ${text}`).join("\n"))
    this.problems = problems
  }
}

/** The path as the person would type it. */
const placeOf = (file: string, line: number | undefined): string => {
  const path = relative(process.cwd(), file)
  const shown = path.startsWith("..") ? file : path
  return line === undefined ? shown : `${shown}:${line}`
}
