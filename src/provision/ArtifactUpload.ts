/**
 * Puts the archive of a build to the platform: to a signed address, in one request, checked and repeated.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { Readable } from "node:stream"
import { request } from "undici"

/**
 * The archive of a build did not arrive. Nothing was deployed.
 *
 * @since 0.1.0
 * @category errors
 */
export class UploadFailed extends Schema.TaggedError<UploadFailed>()("UploadFailed", {
  archive: Schema.String,
  reason: Schema.String,
  /** Whether the same upload may succeed another time. */
  isTransient: Schema.Boolean
}) {
  override get message() {
    return `The archive ${this.archive} was not uploaded: ${this.reason}. Deploy again.`
  }
}

/**
 * An archive as `flash build` has written it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Archive {
  /** Absolute path. */
  readonly path: string
  /** Hexadecimal, of the file. */
  readonly sha256: string
  /** Hexadecimal sha256 of what is compressed: it tells whether two builds are the same. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
}

/** Is told how many bytes of how many were sent. */
type Progress = (sent: number, size: number) => Effect.Effect<void>

const retries = Schedule.intersect(Schedule.exponential("500 millis"), Schedule.recurs(3)).pipe(Schedule.jittered)

/**
 * Where an archive may be put: a signed address, which whoever has it can write to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target {
  readonly url: Redacted.Redacted
}

/**
 * Succeeds with where the archive was put. Each attempt asks for an address of its own, and sends the size with it; a file
 * that is not any more what was built is refused.
 *
 * @since 0.1.0
 * @category operations
 */
export const upload = <A extends Target, E extends { readonly _tag: string }>(
  target: Effect.Effect<A, E>,
  archive: Archive,
  progress: Progress
): Effect.Effect<A, UploadFailed | E> =>
  Effect.tap(target, ({ url }) => put(Redacted.value(url), archive, progress)).pipe(Effect.retry({
    schedule: retries,
    // requests for an address have been repeated already
    while: (error) => error instanceof UploadFailed && error.isTransient
  }))

/** Asked as workers ask, and broken off when the answer has begun. */
const ask = (url: Redacted.Redacted) =>
  Effect.tryPromise({
    try: async (signal) => {
      const { body, headers, statusCode } = await request(Redacted.value(url), { signal })
      body.on("error", () => {}).destroy()
      return { statusCode, length: headers["content-length"] }
    },
    catch: reasonOf
  })

/**
 * Whether an archive can be fetched, of that size where it is known.
 *
 * @since 0.1.0
 * @category guards
 */
export const isThere = (url: Redacted.Redacted, size?: number): Effect.Effect<boolean> =>
  Effect.match(Effect.retry(ask(url), retries), {
    onFailure: () => false,
    onSuccess: ({ length, statusCode }) =>
      statusCode === 200 && (length === undefined || size === undefined || Number(length) === size)
  })

/**
 * Finds out whether workers can fetch what was put.
 *
 * @since 0.1.0
 * @category operations
 */
export const verify = (url: Redacted.Redacted, archive: Archive): Effect.Effect<void, UploadFailed> => {
  const failed = (reason: string) => new UploadFailed({ archive: archive.path, reason, isTransient: true })
  return Effect.mapError(ask(url), (reason) => failed(`it cannot be fetched again: ${reason}`)).pipe(
    Effect.flatMap(({ length, statusCode }) =>
      statusCode !== 200
        ? failed(`fetched again, it is answered with status ${statusCode}`)
        : length !== undefined && Number(length) !== archive.size
        ? failed(`fetched again, it has ${String(length)} bytes and not ${archive.size}`)
        : Effect.void
    ),
    Effect.retry(retries)
  )
}

const put = (url: string, archive: Archive, progress: Progress): Effect.Effect<void, UploadFailed> => {
  const failed = (reason: string, isTransient: boolean) =>
    new UploadFailed({ archive: archive.path, reason, isTransient })
  return Effect.flatMap(Effect.runtime<never>(), (runtime) =>
    Effect.tryPromise({
      try: async (signal) => {
        const told = (sent: number) => Runtime.runFork(runtime)(progress(sent, archive.size))
        const { body, statusCode } = await request(url, {
          method: "PUT",
          headers: { "content-type": "application/gzip", "content-length": String(archive.size) },
          body: Readable.from(checked(archive, told, (reason) => failed(reason, false)), { objectMode: false }),
          // the platform may take its time with an archive that has arrived
          headersTimeout: Duration.toMillis("10 minutes"),
          signal
        })
        await body.dump()
        return statusCode
      },
      catch: (error) => error instanceof UploadFailed ? error : failed(reasonOf(error), true)
    })).pipe(
      Effect.filterOrFail(
        (status) => status >= 200 && status < 300,
        // what was refused for its signature may have come too late for it
        (status) => failed(`the storage answered ${status}`, status >= 500 || [403, 408, 429].includes(status))
      ),
      Effect.asVoid
    )
}

/** Without the address: who has it can write. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? `the connection failed (${String(error.code)})` : "the connection failed"

/** The file's bytes, as long as they are those that were built; the last of them are not sent otherwise. */
async function* checked(
  { path, sha256, size }: Archive,
  told: (sent: number) => void,
  failed: (reason: string) => UploadFailed
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256")
  let sent = 0
  let held: Buffer | undefined
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (held !== undefined) yield held
    hash.update(chunk)
    held = chunk
    sent += chunk.length
    told(sent)
  }
  if (sent !== size || hash.digest("hex") !== sha256) throw failed("it has changed since it was built")
  if (held !== undefined) yield held
}
