/**
 * Calls to our own workers: envelopes, with the bundle of the module that defines the function where the code travels
 * with the call.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import type { Procedure } from "../Procedure.ts"
import type { FunctionRequestEncoded } from "../protocol/FunctionRequest.ts"
import * as FunctionResponse from "../protocol/FunctionResponse.ts"
import * as Limits from "../protocol/Limits.ts"
import * as RemoteError from "../RemoteError.ts"
import type { EndpointRef, JobState } from "../runpod/RunpodJobs.ts"
import * as ChunkReader from "./ChunkReader.ts"
import type { CodeBundler } from "./CodeBundler.ts"
import * as Envelope from "./Envelope.ts"
import * as Wire from "./Wire.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends Envelope.Options {
  readonly bundler: typeof CodeBundler.Service
  /** Hashes of the bundles that a worker of the endpoint answered for. */
  readonly delivered: Set<string>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (procedure: Procedure, options: Options): Wire.Wire<FunctionRequestEncoded> => {
  const { bundler, delivered } = options
  const envelope = Envelope.make(procedure, options)
  return {
    request: envelope.request,
    pack: (request, when) =>
      Effect.map(bundler.bundle(procedure), ({ code, hash }): Wire.Parcel => {
        const travels = when === "always" || code.length <= Limits.codeWithEveryCall || !delivered.has(hash)
        return {
          input: { ...request, code_hash: hash, ...(travels ? { function_code: code } : {}) },
          outcome: (endpoint, job) =>
            Effect.flatMap(replyOf(procedure, endpoint, job), (reply): ReturnType<Wire.Parcel["outcome"]> => {
              const isMissing = isCodeMissing(reply)
              if (isMissing) delivered.delete(hash)
              else delivered.add(hash)
              return isMissing && when !== "always"
                // its packages may have been installed before the code was missed
                ? Effect.zipRight(envelope.log(reply), Effect.fail(new Wire.CodeMissing()))
                : envelope.outcome(reply)
            })
        }
      }),
    ...answers(procedure, options, envelope)
  }
}

/**
 * Calls to a worker that was deployed with its code, and with the packages of it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeDeployed = (procedure: Procedure, options: Envelope.Options): Wire.Wire<FunctionRequestEncoded> => {
  const envelope = Envelope.make(procedure, options)
  const wire = answers(procedure, options, envelope)
  return {
    request: envelope.request,
    pack: (request) =>
      Effect.succeed({ input: Struct.omit(request, "dependencies", "system_dependencies"), outcome: wire.outcome }),
    ...wire
  }
}

/** How what comes back is read, whether code travelled or not. */
const answers = (
  procedure: Procedure,
  { codec }: Envelope.Options,
  envelope: Envelope.Envelope
): Pick<Wire.Wire, "outcome" | "errorOf" | "reader"> => ({
  outcome: (endpoint, job) => Effect.flatMap(replyOf(procedure, endpoint, job), envelope.outcome),
  errorOf: (job) => responseOf(job)?.error?.message ?? Wire.errorOf(job),
  reader: (endpoint, jobId, from) =>
    ChunkReader.make({ procedure, endpoint, jobId, from, codec, decodeValues: envelope.decodeValues, responseOf })
})

const isCodeMissing = ({ response: { error } }: Envelope.Reply): boolean =>
  error?._tag === "reject" && error.reason === "code_missing"

const isResponse = Schema.is(FunctionResponse.FunctionResponse)
const decodeErrorText = Schema.decodeUnknownOption(Schema.parseJson(FunctionResponse.FunctionResponse))
const decodeOutput = Schema.decodeUnknownOption(FunctionResponse.FunctionResponse)

/** The response in a job that ended with one: its output, or in the text of its error, whichever the platform kept. */
const responseOf = (job: JobState): FunctionResponse.FunctionResponse | undefined => {
  if (job.status !== "COMPLETED" && job.status !== "FAILED") return undefined
  // the usual answer is read without the decoder, which only fills in what is left out
  return isResponse(job.output) ? job.output : Option.getOrUndefined(
    Option.orElse(decodeOutput(job.output), () => decodeErrorText(Wire.errorOf(job)))
  )
}

const replyOf = (
  procedure: Procedure,
  endpoint: EndpointRef,
  job: JobState
): Effect.Effect<Envelope.Reply, RemoteError.RemoteError> => {
  const response = responseOf(job)
  if (response !== undefined) return Effect.succeed({ response, jobId: job.id, workerId: job.workerId ?? undefined })
  return Effect.fail(
    Wire.failureOf(endpoint, job) ?? new RemoteError.InvalidResponse({
      function: procedure._tag,
      jobId: job.id,
      issue: `not an answer of a Flash worker: ${JSON.stringify(job.output)?.slice(0, 1024)}`
    })
  )
}
