/**
 * What the job API answers.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * A job as the platform shows it. Only `id` and `status` are always there.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JobState = Schema.Struct({
  id: Schema.String,
  status: Schema.String,
  output: Schema.optionalWith(Schema.Unknown, { exact: true }),
  error: Schema.optionalWith(Schema.Unknown, { exact: true }),
  workerId: Schema.optionalWith(Schema.String, { nullable: true, exact: true }),
  /** Milliseconds in the queue, before the last attempt. */
  delayTime: Schema.optionalWith(Schema.Number, { nullable: true, exact: true }),
  /** Milliseconds of the last attempt. */
  executionTime: Schema.optionalWith(Schema.Number, { nullable: true, exact: true }),
  retries: Schema.optionalWith(Schema.Number, { nullable: true, exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type JobState = typeof JobState.Type

/**
 * What `/stream` answers: the status, and the posts that nobody has read yet.
 *
 * @since 0.1.0
 * @category schemas
 */
export const StreamPage = Schema.Struct({
  status: Schema.String,
  stream: Schema.optionalWith(Schema.Array(Schema.Struct({ output: Schema.optional(Schema.Unknown) })), {
    nullable: true,
    default: () => []
  })
})

/**
 * @since 0.1.0
 * @category models
 */
export type StreamPage = typeof StreamPage.Type

/**
 * Whether a status is final. A status that this version does not know is not.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTerminal = (status: string): boolean =>
  status === "COMPLETED" || status === "FAILED" || status === "CANCELLED" || status === "TIMED_OUT"

/**
 * Whether two states of a job show the same output.
 *
 * @since 0.1.0
 * @category equivalence
 */
export const sameOutput = (a: JobState, b: JobState): boolean => JSON.stringify(a.output) === JSON.stringify(b.output)

const isJobState = Schema.is(JobState)
const decodeJobState = Schema.decodeUnknownOption(JobState)

/**
 * The job in a body, or `undefined` where there is none. The usual answer is read without the decoder; it drops nulls
 * and reports nothing either.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeJob = (body: string): JobState | undefined => {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  return isJobState(parsed) ? parsed : Option.getOrUndefined(decodeJobState(parsed))
}

const decodeStreamPage = Schema.decodeUnknownOption(Schema.parseJson(StreamPage))

/**
 * @since 0.1.0
 * @category decoding
 */
export const decodePage = (body: string): StreamPage | undefined => Option.getOrUndefined(decodeStreamPage(body))
