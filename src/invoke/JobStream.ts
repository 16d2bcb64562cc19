/**
 * Reads the stream of a job to its end.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { RemoteError } from "../RemoteError.ts"
import { isTerminal } from "../runpod/RunpodJobs.ts"
import type { EndpointRef, JobState, RunpodJobs } from "../runpod/RunpodJobs.ts"
import type * as Wire from "./Wire.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Source {
  readonly jobs: typeof RunpodJobs.Service
  readonly endpoint: EndpointRef
  readonly jobId: string
}

/**
 * Gives `emit` the values as they come; asks for more when it is done with them. Succeeds with the job when it is over
 * and its values have all been given.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (
  { endpoint, jobId, jobs }: Source,
  reader: Wire.Reader,
  emit: (values: ReadonlyArray<unknown>) => Effect.Effect<void>
): Effect.Effect<JobState, RemoteError> =>
  Effect.gen(function*() {
    while (true) {
      const { status, stream } = yield* jobs.stream(endpoint, jobId)
      for (const { output } of stream) {
        const values = yield* reader.read(output)
        if (values.length > 0) yield* emit(values)
      }
      if (!isTerminal(status)) continue
      const job = yield* jobs.status(endpoint, jobId)
      if (!isTerminal(job.status)) {
        // it was queued again in between, or one of the two is behind
        yield* Effect.sleep("100 millis")
        continue
      }
      if (reader.hasAll(job)) return job
      // a platform may keep values back until it is asked again
      if (stream.length > 0) continue
      const broken = reader.broken(job)
      return broken === undefined ? job : yield* Effect.fail(broken)
    }
  })
