/**
 * A lock between processes: a file that exists while somebody holds it.
 *
 * A holder that died is recognised by its process, one on another machine by a heartbeat that stopped.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { hostname } from "node:os"
import { dirname } from "node:path"

/**
 * Somebody else has held the lock for the whole time that we waited.
 *
 * @since 0.1.0
 * @category errors
 */
export class LockTimeout extends Data.TaggedError("LockTimeout")<{
  readonly path: string
  /** Process and host of the holder, as far as its file says. */
  readonly holder: string
}> {
  override get message() {
    return `${this.path} is held by ${this.holder}; wait for it to end, or delete the file if nothing of that name runs`
  }
}

/**
 * The lock's file cannot be made or read.
 *
 * @since 0.1.0
 * @category errors
 */
export class LockFailed extends Data.TaggedError("LockFailed")<{ readonly path: string; readonly cause: Error }> {
  override get message() {
    return `${this.path}: ${this.cause.message}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long to wait for another holder. Default: 2 minutes. */
  readonly timeout?: Duration.DurationInput
}

const Holder = Schema.parseJson(Schema.Struct({ token: Schema.String, pid: Schema.Int, host: Schema.String }))

type Holder = typeof Holder.Type

const decodeHolder = Schema.decodeUnknownOption(Holder)

const heartbeat = Duration.seconds(5)

/** Milliseconds without a heartbeat after which a holder counts as gone; also of one that is breaking a lock. */
const stale = 30_000
const staleBreaker = 5_000

/**
 * Takes the lock at that path and gives it back when the scope closes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const acquire = (
  path: string,
  options: Options = {}
): Effect.Effect<void, LockTimeout | LockFailed, Scope.Scope> =>
  Effect.gen(function*() {
    const own: Holder = { token: randomUUID(), pid: process.pid, host: hostname() }
    yield* attempt(path, () => fs.mkdir(dirname(path), { recursive: true }))
    // waiting may be interrupted; what is given back is only ever our own
    yield* Effect.acquireReleaseInterruptible(wait(path, own, options), () => release(path, own))
    yield* attempt(path, () => touch(path)).pipe(
      Effect.ignore,
      Effect.repeat(Schedule.spaced(heartbeat)),
      // also where the lock is taken in a region that is not: its end would wait for a heart that beats for ever
      Effect.interruptible,
      Effect.forkScoped
    )
  })

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, LockFailed> =>
  Effect.tryPromise({ try: run, catch: (cause) => new LockFailed({ path, cause: cause as Error }) })

const isCode = (code: string) => (error: LockFailed): boolean => (error.cause as NodeJS.ErrnoException).code === code

/** `undefined` where `code` says that the file is not there, or is there already. */
const unless = <A>(code: string, effect: Effect.Effect<A, LockFailed>): Effect.Effect<A | undefined, LockFailed> =>
  Effect.catchIf(effect, isCode(code), () => Effect.succeed(undefined))

const touch = (path: string): Promise<void> => {
  const now = new Date()
  return fs.utimes(path, now, now)
}

const wait = (path: string, own: Holder, { timeout = "2 minutes" }: Options) =>
  tryTake(path, own).pipe(
    Effect.repeat({
      until: (isTaken) => isTaken,
      schedule: Schedule.spaced("25 millis").pipe(Schedule.jittered)
    }),
    Effect.timeoutOption(timeout),
    Effect.flatMap((taken) =>
      Option.isSome(taken) ? Effect.void : Effect.flatMap(read(path), (found) =>
        new LockTimeout({
          path,
          holder: found?.holder === undefined
            ? "another process"
            : `process ${found.holder.pid} on ${found.holder.host}`
        }))
    )
  )

const tryTake = (path: string, own: Holder): Effect.Effect<boolean, LockFailed> =>
  unless("EEXIST", create(path, own)).pipe(
    Effect.flatMap((created) =>
      created !== undefined ? Effect.succeed(true) : Effect.flatMap(
        isAbandoned(path),
        (abandoned) => abandoned ? Effect.as(breakOpen(path), false) : Effect.succeed(false)
      )
    ),
    // a taker that is interrupted between the file and its scope would leave the file
    Effect.uninterruptible
  )

const create = (path: string, own: Holder) =>
  attempt(path, async () => {
    const file = await fs.open(path, "wx", 0o600)
    await file.writeFile(JSON.stringify(own)).finally(() => file.close())
    return true
  })

interface Found {
  /** Absent where the file is being written just now. */
  readonly holder: Holder | undefined
  readonly modifiedAt: number
}

const read = (path: string): Effect.Effect<Found | undefined, LockFailed> =>
  unless(
    "ENOENT",
    attempt(path, async () => {
      const [text, { mtimeMs }] = await Promise.all([fs.readFile(path, "utf8"), fs.stat(path)])
      return { holder: Option.getOrUndefined(decodeHolder(text)), modifiedAt: mtimeMs }
    })
  )

const isAbandoned = (path: string): Effect.Effect<boolean, LockFailed> =>
  Effect.zipWith(read(path), Clock.currentTimeMillis, (found, now) =>
    found !== undefined && (
      now - found.modifiedAt > stale ||
      (found.holder !== undefined && found.holder.host === hostname() && !isAlive(found.holder.pid))
    ))

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

/**
 * Removes a lock whose holder is gone. Only one process at a time may do so, or the second would remove the lock that
 * somebody took after the first had done it.
 */
const breakOpen = (path: string): Effect.Effect<void, LockFailed> => {
  const breaker = `${path}.breaking`
  return Effect.acquireUseRelease(
    unless(
      "EEXIST",
      attempt(breaker, async () => {
        await fs.mkdir(breaker)
        return true
      })
    ),
    (isOurs) =>
      isOurs === undefined ? dropStaleBreaker(breaker) : Effect.flatMap(
        isAbandoned(path),
        (abandoned) => abandoned ? Effect.asVoid(unless("ENOENT", attempt(path, () => fs.unlink(path)))) : Effect.void
      ),
    (isOurs) => isOurs === undefined ? Effect.void : Effect.ignore(attempt(breaker, () => fs.rmdir(breaker)))
  )
}

const dropStaleBreaker = (breaker: string): Effect.Effect<void, LockFailed> =>
  Effect.zipWith(
    unless("ENOENT", attempt(breaker, () => fs.stat(breaker))),
    Clock.currentTimeMillis,
    (found, now) => found !== undefined && now - found.mtimeMs > staleBreaker
  ).pipe(
    Effect.flatMap((isStale) =>
      isStale ? Effect.asVoid(unless("ENOENT", attempt(breaker, () => fs.rmdir(breaker)))) : Effect.void
    )
  )

const release = (path: string, own: Holder): Effect.Effect<void> =>
  Effect.ignore(
    Effect.flatMap(
      read(path),
      (found) => found?.holder?.token === own.token ? attempt(path, () => fs.unlink(path)) : Effect.void
    )
  )
