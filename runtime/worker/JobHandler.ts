/**
 * One job from its input to the text of its result, in both dialects: the envelope, which effect-flash callers send,
 * and plain JSON, which everybody else does.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { FunctionServer } from "../../src/invoke/FunctionServer.ts"
import type * as Codec from "../../src/protocol/Codec.ts"
import * as FunctionRequest from "../../src/protocol/FunctionRequest.ts"
import * as FunctionResponse from "../../src/protocol/FunctionResponse.ts"
import type { FunctionLoader } from "./FunctionLoader.ts"
import type { JobOutput } from "./JobOutput.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly codec: Codec.Codec
  readonly loader: FunctionLoader
  readonly output: JobOutput
  readonly server: FunctionServer
}

/**
 * Runs a job; succeeds with the JSON text to post, `{"output":…}` or `{"error":"…"}`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options) => (jobId: string, input: unknown): Effect.Effect<string> =>
  FunctionRequest.isEnvelope(input) ? envelope(options, jobId, input) : plain(options, jobId, input)

/** Whatever is printed meanwhile, by an installation or by the handler, is the job's. */
const withOutput = (
  { output }: Options,
  jobId: string,
  respond: Effect.Effect<FunctionResponse.FunctionResponse, FunctionResponse.FunctionResponse, Scope.Scope>
): Effect.Effect<FunctionResponse.FunctionResponse> =>
  Effect.map(
    output.capture(jobId, Effect.scoped(Effect.merge(respond))),
    ([response, stdout]) => stdout === "" ? response : { ...response, stdout }
  )

/** A function's own failure is an answer; only a defect makes the job fail. */
const envelope = (options: Options, jobId: string, input: unknown): Effect.Effect<string> => {
  const respond = FunctionRequest.decode(input).pipe(
    Effect.mapError((error) => FunctionResponse.reject("refused", error.message)),
    Effect.flatMap((request) =>
      Effect.flatMap(
        options.loader.load(request),
        (procedure) => options.server.execute(procedure, request)
      )
    )
  )
  return Effect.map(withOutput(options, jobId, respond), (response) =>
    response.error?._tag === "die"
      ? JSON.stringify({ error: JSON.stringify(response) })
      : JSON.stringify({ output: response }))
}

/** Some platforms drop an empty input, so that clients send this for one. */
const isEmptyMarker = (input: unknown): boolean =>
  typeof input === "object" && input !== null && "__empty" in input && Object.keys(input).length === 1

const plain = (options: Options, jobId: string, input: unknown): Effect.Effect<string> => {
  const respond = Effect.gen(function*() {
    const procedure = yield* options.loader.single
    const takesNothing = procedure.payloadSchema.ast._tag === "VoidKeyword"
    const payload = takesNothing ? undefined : isEmptyMarker(input) ? {} : input
    const request = yield* FunctionRequest.decode({
      protocol_version: FunctionRequest.protocolVersion,
      function_name: procedure._tag,
      args: [payload]
    }).pipe(Effect.mapError((error) => FunctionResponse.reject("refused", error.message)))
    return yield* options.server.execute(procedure, request)
  })
  return Effect.map(withOutput(options, jobId, respond), ({ error, result }) =>
    error === undefined || error === null
      ? JSON.stringify({ output: result ?? null })
      : JSON.stringify({ error: JSON.stringify(plainError(error)) }))
}

/** The form in which the platform's own worker reports an exception. */
const plainError = (error: FunctionResponse.ResponseError) => ({
  error_type: error._tag === "reject" ? error.reason : error._tag,
  error_message: error.message,
  ...(error._tag === "reject" ? {} : { error_detail: error.cause })
})
