/**
 * What workers print, and what happens to them: the last lines of each, to be read and followed.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * @since 0.1.0
 * @category models
 */
export interface LogLine {
  readonly source: "container" | "system"
  readonly line: string
  /** RFC 3339 with nine digits of a second, of which the last six number the lines of a millisecond: it is a cursor. */
  readonly ts: string
}

/**
 * Where to begin: with the last lines, at a time (that time included), or behind a line.
 *
 * @since 0.1.0
 * @category models
 */
export type Cursor =
  | { readonly _tag: "Tail"; readonly lines: number }
  | { readonly _tag: "Since"; readonly ts: string }
  | { readonly _tag: "After"; readonly ts: string }

/**
 * @since 0.1.0
 * @category models
 */
export interface WorkerLogs {
  readonly open: (workerId: string, endpointId: string) => void
  readonly append: (workerId: string, source: LogLine["source"], line: string) => void
  /** The worker is gone. Its lines are kept for a while. */
  readonly close: (workerId: string) => void
  /** The endpoint of a worker whose lines are known. */
  readonly endpointOf: (workerId: string) => string | undefined
  /** Of both sources, or of one. */
  readonly read: (workerId: string, cursor: Cursor, source?: LogLine["source"]) => ReadonlyArray<LogLine>
  /** The lines from there on; ends with the worker. */
  readonly follow: (workerId: string, cursor: Cursor, source?: LogLine["source"]) => Stream.Stream<LogLine>
}

/**
 * Lines that are kept of a worker.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxLines = 5000

/** Characters of a line that are kept. */
const maxLine = 8192

/** Characters that are kept of a worker. */
const maxSize = 4_000_000

/** Workers that are gone and whose lines are kept. */
const maxClosed = 20

interface Log {
  readonly endpointId: string
  lines: Array<LogLine>
  /** Characters of all lines. */
  size: number
  readonly followers: Set<{ readonly line: (line: LogLine) => void; readonly end: () => void }>
  millis: number
  /** Lines in this millisecond. */
  count: number
  isClosed: boolean
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (now: () => number): WorkerLogs => {
  const logs = new Map<string, Log>()

  const stamp = (log: Log): string => {
    // a clock that is put back does not put lines back
    const millis = Math.max(now(), log.millis)
    log.count = millis === log.millis ? log.count + 1 : 0
    log.millis = millis
    return `${new Date(millis).toISOString().slice(0, -1)}${String(log.count).padStart(6, "0")}Z`
  }

  const read = (log: Log, cursor: Cursor, source: LogLine["source"] | undefined): ReadonlyArray<LogLine> => {
    const lines = source === undefined ? log.lines : log.lines.filter((line) => line.source === source)
    switch (cursor._tag) {
      case "Tail":
        return cursor.lines === 0 ? [] : lines.slice(-cursor.lines)
      case "Since":
        return lines.filter(({ ts }) => ts >= cursor.ts)
      case "After":
        return lines.filter(({ ts }) => ts > cursor.ts)
    }
  }

  return {
    open: (workerId, endpointId) =>
      void logs.set(workerId, {
        endpointId,
        lines: [],
        size: 0,
        followers: new Set(),
        millis: -1,
        count: 0,
        isClosed: false
      }),
    append(workerId, source, text) {
      const log = logs.get(workerId)
      if (log === undefined) return
      const line = { source, line: text.slice(0, maxLine), ts: stamp(log) }
      log.lines.push(line)
      log.size += line.line.length
      // cut in strides: a line more costs nothing
      if (log.lines.length > maxLines * 1.2 || log.size > maxSize * 1.2) cut(log)
      for (const follower of log.followers) follower.line(line)
    },
    close(workerId) {
      const log = logs.get(workerId)
      if (log === undefined) return
      log.isClosed = true
      for (const follower of log.followers) follower.end()
      log.followers.clear()
      const closed = [...logs].filter(([, { isClosed }]) => isClosed)
      for (const [id] of closed.slice(0, -maxClosed)) logs.delete(id)
    },
    endpointOf: (workerId) => logs.get(workerId)?.endpointId,
    read(workerId, cursor, source) {
      const log = logs.get(workerId)
      return log === undefined ? [] : read(log, cursor, source)
    },
    follow: (workerId, cursor, source) =>
      Stream.asyncPush<LogLine>((emit) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const log = logs.get(workerId)
            const follower = {
              line: (line: LogLine) =>
                source === undefined || line.source === source ? void emit.single(line) : undefined,
              end: () => void emit.end()
            }
            if (log !== undefined) read(log, cursor, source).forEach(follower.line)
            if (log === undefined || log.isClosed) emit.end()
            else log.followers.add(follower)
            return follower
          }),
          (follower) => Effect.sync(() => logs.get(workerId)?.followers.delete(follower))
        ), { bufferSize: maxLines * 2, strategy: "sliding" })
  }
}

const cut = (log: Log): void => {
  let size = 0
  let first = log.lines.length
  for (; first > 0 && log.lines.length - first < maxLines; first--) {
    const next = size + (log.lines[first - 1]?.line.length ?? 0)
    if (next > maxSize) break
    size = next
  }
  log.lines = log.lines.slice(first)
  log.size = size
}

/**
 * A time as lines have it, or `undefined` where the text is none: RFC 3339, or the id of a line's event.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parseTime = (text: string): string | undefined => {
  const [, seconds, fraction = "", zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)(?:\/\d+)?$/i.exec(text.trim()) ?? []
  if (seconds === undefined || zone === undefined) return undefined
  const millis = Date.parse(`${seconds}${zone}`)
  return Number.isNaN(millis)
    ? undefined
    : `${new Date(millis).toISOString().slice(0, 19)}.${fraction.padEnd(9, "0")}Z`
}
