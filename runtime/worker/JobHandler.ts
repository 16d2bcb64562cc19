/**
 * One job from its input to the text of its result, in both dialects: the envelope, which effect-flash callers send,
 * and plain JSON, which everybody else does.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { DefinitionId, isStream } from "../../src/Endpoint.ts"
import type { Procedure } from "../../src/Endpoint.ts"
import type { FunctionServer } from "../../src/invoke/FunctionServer.ts"
import type * as Codec from "../../src/protocol/Codec.ts"
import * as FunctionRequest from "../../src/protocol/FunctionRequest.ts"
import * as FunctionResponse from "../../src/protocol/FunctionResponse.ts"
import type { FunctionLoader } from "./FunctionLoader.ts"
import type { JobOutput } from "./JobOutput.ts"
import type { Result } from "./PlatformClient.ts"
import * as StreamLayout from "./StreamLayout.ts"
import * as StreamWriter from "./StreamWriter.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly codec: Codec.Codec
  readonly loader: Pick<FunctionLoader, "load" | "single">
  readonly output: Pick<JobOutput, "capture">
  readonly server: FunctionServer
}

/**
 * Where a job that runs sends what it has to say before its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Port {
  readonly stream: StreamWriter.Post
  /** The JSON text to post. */
  readonly progress: (body: string) => void
  /** Done where this is the thread for functions that keep something between their jobs. */
  readonly claim?: Effect.Effect<void>
}

/**
 * Runs a job; succeeds with its result when everything it streamed is with the platform.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options) => (jobId: string, input: unknown, port: Port): Effect.Effect<Result> =>
  FunctionRequest.isEnvelope(input) ? envelope(options, jobId, input, port) : plain(options, jobId, input, port)

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

/**
 * Whether its jobs share something, which is then to be in one place of the worker.
 *
 * @since 0.1.0
 * @category guards
 */
export const keepsState = (procedure: Procedure, request: FunctionRequest.FunctionRequest): boolean =>
  procedure[DefinitionId].layer !== undefined || request.class_name !== undefined

const run = (
  options: Options,
  procedure: Procedure,
  request: FunctionRequest.FunctionRequest,
  port: Port,
  layout: () => StreamWriter.Layout
): Effect.Effect<FunctionResponse.FunctionResponse> =>
  Effect.zipRight(
    keepsState(procedure, request) && port.claim !== undefined ? port.claim : Effect.void,
    execute(options, procedure, request, port, layout)
  )

/** Runs the function; its stream, where it has one, is sent in that layout. */
const execute = (
  { server }: Options,
  procedure: Procedure,
  request: FunctionRequest.FunctionRequest,
  port: Port,
  layout: () => StreamWriter.Layout
): Effect.Effect<FunctionResponse.FunctionResponse> => {
  const progress = (output: unknown) =>
    Effect.sync(() => port.progress(JSON.stringify({ status: "IN_PROGRESS", output })))
  if (!isStream(procedure)) {
    return server.execute(procedure, request, { emit: () => Effect.fail("it does not stream"), progress })
  }
  return Effect.suspend(() => {
    const writer = StreamWriter.make(layout(), port.stream)
    return Effect.flatMap(
      server.execute(procedure, request, { emit: writer.write, progress }),
      (response) =>
        Effect.match(writer.end, {
          onFailure: (problem) => FunctionResponse.reject("refused", problem),
          onSuccess: () => response
        })
    )
  })
}

const kindOf = ({ stream_length: length }: FunctionResponse.FunctionResponse): Result["kind"] =>
  length === undefined || length === null ? "value" : "stream"

/**
 * Runs a job whose input is an envelope; succeeds with the response when everything it streamed is with its reader.
 *
 * @since 0.1.0
 * @category running
 */
export const respond = (
  options: Options,
  jobId: string,
  input: unknown,
  port: Port
): Effect.Effect<FunctionResponse.FunctionResponse> => {
  const responding = FunctionRequest.decode(input).pipe(
    Effect.mapError((error) => FunctionResponse.reject("refused", error.message)),
    Effect.flatMap((request) =>
      Effect.flatMap(
        options.loader.load(request),
        (procedure) =>
          run(
            options,
            procedure,
            request,
            port,
            () => StreamLayout.envelope(options.codec, request.serialization_format)
          )
      )
    )
  )
  return withOutput(options, jobId, responding)
}

/** A function's own failure is an answer; only a defect makes the job fail. */
const envelope = (options: Options, jobId: string, input: unknown, port: Port): Effect.Effect<Result> =>
  Effect.map(respond(options, jobId, input, port), (response) => ({
    kind: kindOf(response),
    body: response.error?._tag === "die"
      ? JSON.stringify({ error: JSON.stringify(response) })
      : JSON.stringify({ output: response })
  }))

/** Some platforms drop an empty input, so that clients send this for one. */
const isEmptyMarker = (input: unknown): boolean =>
  typeof input === "object" && input !== null && "__empty" in input && Object.keys(input).length === 1

const plain = (options: Options, jobId: string, input: unknown, port: Port): Effect.Effect<Result> => {
  const respond = Effect.gen(function*() {
    const procedure = yield* options.loader.single
    const takesNothing = procedure.payloadSchema.ast._tag === "VoidKeyword"
    const payload = takesNothing ? undefined : isEmptyMarker(input) ? {} : input
    const request = yield* FunctionRequest.decode({
      protocol_version: FunctionRequest.protocolVersion,
      function_name: procedure._tag,
      args: [payload]
    }).pipe(Effect.mapError((error) => FunctionResponse.reject("refused", error.message)))
    return yield* run(options, procedure, request, port, () => StreamLayout.plain)
  })
  return Effect.map(withOutput(options, jobId, respond), (response) => {
    const { error, result } = response
    const kind = kindOf(response)
    return {
      kind,
      body: error === undefined || error === null
        // as the platform's own worker ends a stream
        ? kind === "stream" ? `{"output":[]}` : JSON.stringify(plainResult(result ?? null))
        : JSON.stringify({ error: JSON.stringify(FunctionResponse.plainError(error)) })
    }
  })
}

/** A result that asks for it has the worker replaced, as the platform's own worker has it. */
const plainResult = (result: unknown) => {
  if (!Predicate.isReadonlyRecord(result) || result["refresh_worker"] !== true) return { output: result }
  const { refresh_worker: _, ...output } = result
  return { stopPod: true, output }
}
