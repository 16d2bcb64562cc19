/**
 * The lines that jobs print, whole and each with its job: what a program writes in pieces is put together before it gets
 * into the worker's log, beside the lines of other jobs.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export interface LogLines {
  /** Some text of a job, or of none. */
  readonly write: (jobId: string | null, text: string) => void
  /** The job prints no more: what it began is a line. */
  readonly end: (jobId: string | null) => void
  /** Nobody prints any more. */
  readonly endAll: () => void
}

/** A line that is longer, in characters, is printed in pieces. */
const lineLimit = 16 * 1024

/** So many lines may be begun; what is printed after the end of its job is one of them. */
const openLimit = 1024

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (print: (jobId: string | null, line: string) => void): LogLines => {
  /** Beginnings of lines, the oldest first. */
  const open = new Map<string | null, string>()

  const end = (jobId: string | null) => {
    const rest = open.get(jobId)
    open.delete(jobId)
    if (rest !== undefined) print(jobId, rest)
  }

  const printLine = (jobId: string | null, line: string) => {
    for (let at = 0; at === 0 || at < line.length; at += lineLimit) print(jobId, line.slice(at, at + lineLimit))
  }

  return {
    write(jobId, text) {
      const lines = `${open.get(jobId) ?? ""}${text}`.split("\n")
      const last = lines.pop() ?? ""
      for (const line of lines) printLine(jobId, line.endsWith("\r") ? line.slice(0, -1) : line)
      const whole = last.length - last.length % lineLimit
      if (whole > 0) printLine(jobId, last.slice(0, whole))
      open.delete(jobId)
      if (whole < last.length) open.set(jobId, last.slice(whole))
      const [oldest] = open.keys()
      if (open.size > openLimit && oldest !== undefined) end(oldest)
    },
    end,
    endAll() {
      for (const jobId of open.keys()) end(jobId)
    }
  }
}
