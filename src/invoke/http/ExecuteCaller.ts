/**
 * Calls a function by `/execute` of a live worker: an envelope there and back, with the code where the worker lacks it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { Procedure } from "../../Endpoint.ts"
import { reserved } from "../../protocol/Route.ts"
import { isStreamChunk } from "../../protocol/StreamChunk.ts"
import { InvalidResponse, StreamBroken } from "../../RemoteError.ts"
import type { RemoteError } from "../../RemoteError.ts"
import type { HttpAnswer } from "../../runpod/EndpointHttp.ts"
import type { JobState } from "../../runpod/RunpodJobs.ts"
import * as LiveWire from "../LiveWire.ts"
import type * as RpcEndpoint from "../RpcEndpoint.ts"
import type * as Wire from "../Wire.ts"
import type { At, Caller, Exchange } from "./Exchange.ts"
import * as RouteResponse from "./RouteResponse.ts"
import * as StreamReader from "./StreamReader.ts"

/** Of an answer that is none of a function's: it has no result, and no errors of its own. */
const nothing: RouteResponse.ResponseLayout = { status: 200, content: "none", failures: [] }

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (procedure: Procedure, options: LiveWire.Options, exchange: Exchange): Caller => {
  const wire = LiveWire.make(procedure, options)

  const invalid = (at: At, issue: string) =>
    new InvalidResponse({ function: procedure._tag, jobId: at.requestId, issue })

  /** As the job that it would be of a queue. */
  const jobOf = (at: At, answer: HttpAnswer, output: unknown): JobState => ({
    id: at.requestId,
    status: "COMPLETED",
    output,
    ...(answer.headers["x-runpod-worker-id"] === undefined
      ? {}
      : { workerId: answer.headers["x-runpod-worker-id"] })
  })

  /** The response of an answer that came at once; what is said in place of one is an error. */
  const whole = (at: At, answer: HttpAnswer): Effect.Effect<unknown, RemoteError> =>
    Effect.flatMap(answer.bytes, (body): Effect.Effect<unknown, RemoteError> => {
      // its thread was lost, or it is no worker in live mode
      const problem = answer.status === 200
        ? undefined
        : Either.getOrUndefined(RouteResponse.decode(nothing, { ...answer, body }))
      if (problem !== undefined) return Effect.succeed(problem)
      if (answer.status !== 200) return Effect.flatMap(exchange.refusal(at, answer, body), Effect.fail)
      return Effect.try({
        try: (): unknown => JSON.parse(Buffer.from(body).toString()),
        catch: () => invalid(at, "its answer is not JSON")
      })
    })

  /** Reads a stream to its end, which is a response. */
  const streamed = (at: At, answer: HttpAnswer, reader: Wire.Reader, emit: RpcEndpoint.Emit) =>
    Effect.gen(function*() {
      let last: unknown
      let received = 0
      yield* Stream.runForEach(StreamReader.jsonLines(answer.chunks), (line) =>
        Effect.gen(function*() {
          if (Either.isLeft(line)) return yield* invalid(at, line.left)
          const { output } = line.right as { readonly output?: unknown }
          if (!isStreamChunk(output)) {
            last = output
            return
          }
          const values = yield* reader.read(output)
          received += values.length
          if (values.length > 0) yield* emit(values)
        }))
      if (last !== undefined) return last
      const { name } = options
      return yield* new StreamBroken({
        endpoint: name,
        jobId: at.requestId,
        received,
        reason: "its worker broke it off"
      })
    })

  /** Sends a request once, and reads what comes back. */
  type Attempt = (
    at: At,
    body: string,
    read: (answer: HttpAnswer) => Effect.Effect<unknown, RemoteError>
  ) => Effect.Effect<JobState, RemoteError>

  const requestOf = (body: string) => ({
    method: "POST" as const,
    target: reserved.execute,
    headers: { "content-type": "application/json" },
    body
  })

  const atOnce: Attempt = (at, body, read) =>
    Effect.flatMap(
      exchange.ask(at, requestOf(body)),
      (answer) => Effect.map(read(answer), (output) => jobOf(at, answer, output))
    )

  const asItComes: Attempt = (at, body, read) =>
    Effect.scoped(Effect.flatMap(
      exchange.send(at, requestOf(body)),
      (answer) => Effect.map(read(answer), (output) => jobOf(at, answer, output))
    ))

  const run = (
    at: At,
    payload: unknown,
    span: Parameters<Caller["call"]>[2],
    attempt: Attempt,
    read: (answer: HttpAnswer) => Effect.Effect<unknown, RemoteError>,
    check: (job: JobState) => RemoteError | undefined
  ) =>
    Effect.flatMap(wire.request(payload, span), (request) => {
      const once = (code: Wire.Code) =>
        Effect.flatMap(wire.pack(request, code), (parcel) =>
          Effect.flatMap(attempt(at, JSON.stringify(parcel.input), read), (job) => {
            const broken = check(job)
            return broken === undefined ? parcel.outcome(at.endpoint, job) : Effect.fail(broken)
          }))
      return Effect.catchTag(
        once("where missing"),
        "CodeMissing",
        () =>
          Effect.catchTag(once("always"), "CodeMissing", Effect.die)
      )
    })

  return {
    call: (at, payload, span) => run(at, payload, span, atOnce, (answer) => whole(at, answer), () => undefined),
    stream: (at, payload, span, emit) =>
      Effect.suspend(() => {
        const reader = wire.reader(at.endpoint, at.requestId, "beginning")
        return run(
          at,
          payload,
          span,
          asItComes,
          (answer) =>
            answer.status === 200 && (answer.headers["content-type"] ?? "").includes("ndjson")
              ? streamed(at, answer, reader, emit)
              : whole(at, answer),
          (job) => reader.hasAll(job) ? undefined : reader.broken(job)
        )
      })
  }
}
