/** The values of jobs that stream, as they come. */
import * as Effect from "effect/Effect"
import * as ChunkReader from "../../src/invoke/ChunkReader.ts"
import * as JobStream from "../../src/invoke/JobStream.ts"
import type * as Wire from "../../src/invoke/Wire.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import type { RemoteError } from "../../src/RemoteError.ts"
import type { JobState } from "../../src/runpod/JobState.ts"
import type { EndpointRef, RunpodJobs } from "../../src/runpod/RunpodJobs.ts"
import { responseOf } from "./Answer.ts"

/** As RunPod answers `/stream`. */
export interface Page {
  readonly status: string
  readonly stream: ReadonlyArray<{ readonly output: unknown }>
}

/** Values stay as their schema encodes them: they are JSON on both sides. */
const reader = (endpoint: EndpointRef, name: string, jobId: string, from: Wire.From): Wire.Reader =>
  ChunkReader.make({
    procedure: { _tag: name },
    endpoint,
    jobId,
    from,
    codec: Codec.make(),
    decodeValues: Effect.succeed,
    responseOf
  })

/** The whole stream of a job. */
export const collect = (
  jobs: typeof RunpodJobs.Service,
  endpoint: EndpointRef,
  name: string,
  jobId: string
): Effect.Effect<{ readonly job: JobState; readonly values: ReadonlyArray<unknown> }, RemoteError> =>
  Effect.suspend(() => {
    const values: Array<unknown> = []
    return Effect.map(
      JobStream.run(
        { jobs, endpoint, jobId },
        reader(endpoint, name, jobId, "beginning"),
        (more) =>
          Effect.sync(() => {
            values.push(...more)
          })
      ),
      (job) => ({ job, values })
    )
  })

/** Jobs whose streams are read are kept in mind, the last ones of them. */
const readersKept = 1000

/** Reads one page after the other: a value may be in pieces, and its pieces on several pages. */
export const pages = (jobs: typeof RunpodJobs.Service) => {
  const readers = new Map<string, Wire.Reader>()
  return (endpoint: EndpointRef, name: string, jobId: string): Effect.Effect<Page, RemoteError> =>
    Effect.gen(function*() {
      const own = readers.get(jobId) ?? reader(endpoint, name, jobId, "anywhere")
      readers.delete(jobId)
      readers.set(jobId, own)
      const [oldest] = readers.keys()
      if (readers.size > readersKept && oldest !== undefined) readers.delete(oldest)
      const { status, stream } = yield* jobs.stream(endpoint, jobId)
      const values = yield* Effect.forEach(stream, ({ output }) => own.read(output))
      return { status, stream: values.flat().map((output) => ({ output })) }
    })
}
