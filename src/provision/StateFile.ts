/**
 * A JSON file that several processes change: with a version, replaced whole, readable by its owner alone.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import * as FileLock from "./FileLock.ts"

/**
 * The state file is not what it should be, or is in use. Nothing is discarded: without it endpoints would be forgotten.
 *
 * @since 0.1.0
 * @category errors
 */
export class StateError extends Schema.TaggedError<StateError>()("StateError", {
  path: Schema.String,
  /** `corrupt`: its text is not legal; `newer`: of a later version; `locked`: in use; `io`: the system's own error. */
  reason: Schema.Literal("corrupt", "newer", "locked", "io"),
  detail: Schema.String
}) {
  override get message() {
    const advice = {
      corrupt: "Mend the file, or move it away: endpoints are then found again by their names.",
      newer: "Use the version of effect-flash that wrote it, or a later one.",
      locked: "Wait for the other process.",
      io: "Check the folder's permissions and the disk."
    }
    return `The state in ${this.path} cannot be used: ${this.detail}. ${advice[this.reason]}`
  }
}

/**
 * What went wrong with a file, as a `StateError`.
 *
 * @since 0.1.0
 * @category errors
 */
export const failedAt = (path: string) => (reason: StateError["reason"]) => (cause: unknown): StateError =>
  new StateError({ path, reason, detail: cause instanceof Error ? cause.message : String(cause) })

/**
 * @since 0.1.0
 * @category models
 */
export interface StateFile<A> {
  /** What it holds; what is empty where there is no file. */
  readonly read: Effect.Effect<A, StateError>
  /** Reads it, changes that, and writes it; durable when it succeeds. Nobody else writes meanwhile. */
  readonly modify: (change: (before: A) => A) => Effect.Effect<void, StateError>
  /** A lock of that name beside the file. */
  readonly lock: (name: string) => Effect.Effect<void, StateError, Scope.Scope>
}

const decodeVersion = Schema.decodeUnknownOption(Schema.Struct({ version: Schema.Number }))

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I extends object>({ empty, path, schema, version }: {
  readonly path: string
  /** Of what is beside the version. */
  readonly schema: Schema.Schema<A, I>
  readonly version: number
  readonly empty: A
}): StateFile<A> => {
  const failed = failedAt(path)
  const decode = Schema.decodeUnknown(schema)
  const encode = Schema.encodeSync(schema)

  const lockFile = (file: string) =>
    Effect.mapError(
      FileLock.acquire(file),
      (error) => failed(error._tag === "LockTimeout" ? "locked" : "io")(error)
    )

  const parse = (text: string): Effect.Effect<A, StateError> =>
    Effect.flatMap(
      Effect.try({ try: (): unknown => JSON.parse(text), catch: failed("corrupt") }),
      (json) => {
        const found = Option.map(decodeVersion(json), (it) => it.version)
        if (Option.isNone(found) || found.value < version) {
          return Effect.fail(failed("corrupt")(`it is not of version ${version}`))
        }
        return found.value > version
          ? Effect.fail(failed("newer")(`it is of version ${found.value}, this is version ${version}`))
          : Effect.mapError(decode(json), failed("corrupt"))
      }
    )

  const read: Effect.Effect<A, StateError> = Effect.tryPromise({
    try: () => fs.readFile(path, "utf8").catch((error) => error.code === "ENOENT" ? undefined : Promise.reject(error)),
    catch: failed("io")
  }).pipe(
    Effect.flatMap((text) => text === undefined ? Effect.succeed(empty) : parse(text))
  )

  const write = (value: A) =>
    Effect.tryPromise({
      try: () => replaceFile(path, JSON.stringify({ version, ...encode(value) }, undefined, 2)),
      catch: failed("io")
    })

  return {
    read,
    modify: (change) =>
      Effect.scoped(Effect.zipRight(
        lockFile(`${path}.lock`),
        Effect.uninterruptible(Effect.flatMap(read, (before) => write(change(before))))
      )),
    lock: (name) => lockFile(`${path}.${encodeURIComponent(name)}.lock`)
  }
}

/** The old text or the new one, whenever the process or the machine stops. */
const replaceFile = async (path: string, text: string): Promise<void> => {
  await fs.mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await fs.open(temporary, "wx", 0o600)
    try {
      await file.writeFile(`${text}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await fs.rename(temporary, path)
  } catch (error) {
    await fs.rm(temporary, { force: true })
    throw error
  }
}
