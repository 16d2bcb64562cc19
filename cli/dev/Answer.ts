/** What a job of our own workers has come to, in the plain JSON that RunPod answers a job with. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as FunctionResponse from "../../src/protocol/FunctionResponse.ts"
import type { JobState } from "../../src/runpod/JobState.ts"

export type Response = FunctionResponse.FunctionResponse

const fromOutput = Schema.decodeUnknownOption(FunctionResponse.FunctionResponse)
const fromError = Schema.decodeUnknownOption(Schema.parseJson(FunctionResponse.FunctionResponse))

/** The worker's response: a job's output, or the text of its error. */
export const responseOf = (job: JobState): Response | undefined =>
  job.status === "COMPLETED" || job.status === "FAILED"
    ? Option.getOrUndefined(Option.orElse(fromOutput(job.output), () => fromError(job.error)))
    : undefined

/** The function did not run: the worker has not the code of that hash. */
export const isCodeMissing = (response: Response | undefined): boolean =>
  response?.error?._tag === "reject" && response.error.reason === "code_missing"

/** The payload does not fit its schema. */
export const payloadProblem = (response: Response | undefined): string | undefined =>
  response?.error?._tag === "reject" && response.error.reason === "payload" ? response.error.message : undefined

export interface Plain {
  readonly id: string
  readonly status: string
  readonly output?: unknown
  /** Text; of a function's error the JSON that a deployed worker answers a plain request with. */
  readonly error?: unknown
  readonly delayTime?: number
  readonly executionTime?: number
  readonly workerId?: string
}

/** `values`: of a function that streams, what it gave. */
export const plain = (job: JobState, values?: ReadonlyArray<unknown>): Plain => {
  const { delayTime, executionTime, id, status, workerId } = job
  const about = {
    ...(delayTime == null ? {} : { delayTime }),
    ...(executionTime == null ? {} : { executionTime }),
    ...(workerId == null ? {} : { workerId })
  }
  const response = responseOf(job)
  if (response === undefined) {
    return {
      id,
      status,
      ...about,
      ...(job.output === undefined ? {} : { output: job.output }),
      ...(job.error == null ? {} : { error: job.error })
    }
  }
  const { error, result, stream_length: length } = response
  return error === undefined || error === null
    ? { id, status: "COMPLETED", ...about, output: values ?? (length == null ? result ?? null : []) }
    : { id, status: "FAILED", ...about, error: JSON.stringify(FunctionResponse.plainError(error)) }
}

/** Why it failed, for the console. */
export const errorOf = (job: JobState): string | undefined => {
  const response = responseOf(job)
  if (response !== undefined) return response.error?.message
  return job.error == null ? undefined : typeof job.error === "string" ? job.error : JSON.stringify(job.error)
}
