/**
 * `activity.log`: today's lines, with each day before in a file of its own, `activity.log.2026-11-24`, until it is too
 * old. Days are those of UTC, as the times in the lines are.
 *
 * Only its owner may read it. Processes may share it: a line is one write to the end of the file, and a day is put away
 * by the first process that sees the next one.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Folder; made where it is missing. */
  readonly directory: string
  /** How many days before today are kept. */
  readonly retentionDays: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface LogFile {
  readonly path: string
  /**
   * Writes lines of that time, at once: they are there also where the process is killed. Where they cannot be written,
   * this is said on standard error, once, and the program goes on.
   */
  readonly write: (text: string, at: Date) => void
}

/**
 * The file cannot be written.
 *
 * @since 0.1.0
 * @category errors
 */
export class LogFileUnavailable extends Data.TaggedError("LogFileUnavailable")<{
  readonly path: string
  readonly cause: unknown
}> {
  override get message() {
    return `${this.path} cannot be written: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

const fileName = "activity.log"
const millisOfDay = 24 * 60 * 60 * 1000

/** Days since the epoch. */
const dayOf = (time: number): number => Math.floor(time / millisOfDay)

const dateOf = (day: number): string => new Date(day * millisOfDay).toISOString().slice(0, 10)

/**
 * Opens the file at that time. It is closed with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (options: Options, now: Date): Effect.Effect<LogFile, LogFileUnavailable, Scope.Scope> => {
  const path = Path.resolve(options.directory, fileName)
  return Effect.acquireRelease(
    Effect.try({
      try: () => new Open(path, options.retentionDays, now.getTime()),
      catch: (cause) => new LogFileUnavailable({ path, cause })
    }),
    (file) => Effect.sync(() => file.close())
  )
}

class Open implements LogFile {
  readonly path: string
  private readonly retentionDays: number
  private file: number
  private day: number
  private isBroken = false

  constructor(path: string, retentionDays: number, now: number) {
    this.path = path
    this.retentionDays = retentionDays
    this.day = dayOf(now)
    Fs.mkdirSync(Path.dirname(path), { recursive: true, mode: 0o700 })
    const lastWritten = Fs.statSync(path, { throwIfNoEntry: false })
    if (lastWritten !== undefined && lastWritten.size > 0 && dayOf(lastWritten.mtimeMs) < this.day) {
      this.putAway(dayOf(lastWritten.mtimeMs))
    }
    this.file = this.openFile()
    this.forget()
  }

  write(text: string, at: Date): void {
    try {
      const day = dayOf(at.getTime())
      if (day > this.day) this.turn(day)
      Fs.writeSync(this.file, text)
    } catch (cause) {
      if (!this.isBroken) process.stderr.write(`${new LogFileUnavailable({ path: this.path, cause }).message}\n`)
      this.isBroken = true
    }
  }

  close(): void {
    if (this.file !== -1) Fs.closeSync(this.file)
    this.file = -1
  }

  private openFile(): number {
    const file = Fs.openSync(this.path, "a", 0o600)
    // it may have been there with other rights
    Fs.fchmodSync(file, 0o600)
    return file
  }

  private turn(day: number): void {
    const past = this.day
    this.day = day
    this.close()
    this.putAway(past)
    this.file = this.openFile()
    this.isBroken = false
    this.forget()
  }

  /** A link fails where there is one, a rename would lose the day that another process has put away. */
  private putAway(day: number): void {
    const archive = `${this.path}.${dateOf(day)}`
    try {
      Fs.linkSync(this.path, archive)
      Fs.unlinkSync(this.path)
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined
      if (code === "EEXIST" || code === "ENOENT") return
      // a file system without links
      if (!Fs.existsSync(archive)) Fs.renameSync(this.path, archive)
    }
  }

  /** Removes the days that are too old; of files with other names it knows nothing. */
  private forget(): void {
    const oldest = dateOf(this.day - this.retentionDays)
    for (const name of Fs.readdirSync(Path.dirname(this.path))) {
      const [, date] = /^activity\.log\.(\d{4}-\d{2}-\d{2})$/.exec(name) ?? []
      if (date !== undefined && date < oldest) Fs.rmSync(Path.join(Path.dirname(this.path), name), { force: true })
    }
  }
}
