/**
 * Fetches the archive of a build and unpacks it, beside the worker's own code and never over it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { randomUUID } from "node:crypto"
import { createReadStream } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import { Readable } from "node:stream"
import type { ReadableStream } from "node:stream/web"
import { ArtifactCorrupt, ArtifactRefused, ArtifactUnavailable, Refusal } from "./ArtifactError.ts"
import type { ArtifactError } from "./ArtifactError.ts"
import * as Extract from "./Extract.ts"
import * as Limits from "./Limits.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A path, or an `http:` or `https:` URL. */
  readonly source: string
  /** Hexadecimal sha256 of the archive, where it is known. */
  readonly sha256?: string | undefined
  /** Where its contents appear, at once and whole. Nothing is there before. */
  readonly folder: string
  readonly limits?: Limits.Limits
}

/** Between attempts: 2, 8 and 32 seconds. The platform may be about to put the archive there. */
const retries = Schedule.exponential("2 seconds", 4).pipe(Schedule.intersect(Schedule.recurs(3)))

/** The platform gives a container up that takes seven minutes to start. */
const timeLimit = "6 minutes"

const isUrl = (source: string): boolean => /^https?:\/\//i.test(source)

/**
 * A source as a message may show it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const shown = (source: string): string => isUrl(source) ? source.replace(/[?#].*$/s, "") : source

/**
 * Unpacks an archive; succeeds with its sha256. Fetched and checked in a folder beside its place, which is removed where
 * anything is wrong with it. What is refused is refused at once; what is missing or damaged is tried four times.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unpack = (options: Options): Effect.Effect<string, ArtifactError> =>
  attempt(options).pipe(
    Effect.tapError((error) => error._tag === "ArtifactRefused" ? Effect.void : Effect.logWarning(error.message)),
    Effect.retry({ schedule: retries, while: ({ _tag }) => _tag !== "ArtifactRefused" }),
    Effect.timeoutFail({
      duration: timeLimit,
      onTimeout: () =>
        new ArtifactUnavailable({ source: shown(options.source), reason: `it was not unpacked within ${timeLimit}` })
    })
  )

const attempt = ({ folder, limits = Limits.limits, sha256, source }: Options): Effect.Effect<string, ArtifactError> => {
  const name = shown(source)
  const staging = `${folder}.${randomUUID()}`
  const unavailable = (error: unknown) =>
    new ArtifactUnavailable({ source: name, reason: error instanceof Error ? error.message : String(error) })
  return Effect.acquireUseRelease(
    Effect.tryPromise({
      try: async () => {
        await fs.mkdir(dirname(folder), { recursive: true })
        await fs.mkdir(staging, { mode: 0o755 })
      },
      catch: unavailable
    }),
    () =>
      Effect.gen(function*() {
        const actual = yield* Effect.mapError(
          finishing((signal) => openAndExtract({ source, folder: staging, limits, signal })),
          (error) => failureOf(name, error)
        )
        if (sha256 !== undefined && actual !== sha256.toLowerCase()) {
          return yield* new ArtifactCorrupt({ source: name, reason: `its sha256 is ${actual}, not ${sha256}` })
        }
        yield* Effect.tryPromise({ try: () => fs.rename(staging, folder), catch: unavailable })
        return actual
      }),
    () => Effect.promise(() => fs.rm(staging, { recursive: true, force: true }))
  )
}

/** Interrupted, it waits for the promise to end: nothing is written after that. */
const finishing = <A>(run: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, unknown> =>
  Effect.async((resume, signal) => {
    const running = run(signal)
    running.then((value) => resume(Effect.succeed(value)), (error) => resume(Effect.fail(error)))
    return Effect.promise(() => running.then(() => {}, () => {}))
  })

const openAndExtract = async ({ source, ...options }: Omit<Extract.Options, "source"> & { readonly source: string }) =>
  Extract.extract({
    ...options,
    source: isUrl(source) ? await download(source, options.signal) : createReadStream(source)
  })

class BadStatus extends Error {}

const download = async (url: string, signal: AbortSignal): Promise<Readable> => {
  const { body, ok, status } = await fetch(url, { signal })
  if (ok && body !== null) return Readable.fromWeb(body as ReadableStream<Uint8Array>)
  await body?.cancel()
  throw new BadStatus(`it was answered with status ${status}`)
}

/** `fetch` says what went wrong in the cause of its error. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/** Errors of the file system and the network have a code of the system; those of zlib begin with `Z_`. */
const failureOf = (source: string, error: unknown): ArtifactError => {
  if (error instanceof Refusal) {
    return new ArtifactRefused({
      source,
      reason: error.message,
      ...(error.entry === undefined ? {} : { entry: error.entry })
    })
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return error instanceof BadStatus || /^E[A-Z0-9]+$/.test(code) ||
      (error instanceof TypeError && error.cause !== undefined)
    ? new ArtifactUnavailable({ source, reason: reasonOf(error) })
    : new ArtifactCorrupt({ source, reason: reasonOf(error) })
}
