/**
 * Finds the module a remote function is defined in: the file of the frame that called its constructor.
 *
 * @since 0.1.0
 */
import { isAbsolute } from "node:path"
import { pathToFileURL } from "node:url"

/**
 * The URL of the module that called `below`, or `undefined` where the stack does not tell (a REPL, `eval`).
 *
 * The structured frames are read, not the text of a stack: source maps rewrite the text, and the file that runs is
 * the one to bundle.
 *
 * @since 0.1.0
 * @category accessors
 */
export const capture = (below: (...args: never) => unknown): string | undefined => {
  const { prepareStackTrace, stackTraceLimit } = Error
  const holder: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = 1
    Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName()
    Error.captureStackTrace(holder, below)
    const file = holder.stack
    if (typeof file !== "string") return undefined
    return isAbsolute(file) ? pathToFileURL(file).href : file.startsWith("file:") ? file : undefined
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}
