/**
 * Jobs of a queue endpoint, as their callers hold them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Stream from "effect/Stream"
import type * as Endpoint from "../Endpoint.ts"
import * as Procedure from "../Procedure.ts"
import { JobStatus } from "../RemoteJob.ts"
import type { JobFacts } from "../RemoteJob.ts"
import type { JobState } from "../runpod/RunpodJobs.ts"
import * as JobStream from "./JobStream.ts"
import type * as Wire from "./Wire.ts"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (procedure: Procedure.Procedure, wire: Wire.Wire, source: JobStream.Source): Endpoint.Job => {
  const { endpoint, jobId, jobs } = source
  const outcomeOf = (job: JobState) => Effect.flatten(wire.outcome(endpoint, job))
  const result = Effect.flatMap(jobs.await(endpoint, jobId), outcomeOf)

  const values = Stream.unwrapScoped(Effect.gen(function*() {
    // arrays of values: one is read while the next is asked for
    const mailbox = yield* Mailbox.make<ReadonlyArray<unknown>, unknown>(1)
    yield* JobStream.run(source, wire.reader(endpoint, jobId, "anywhere"), (values) => mailbox.offer(values)).pipe(
      Effect.flatMap(outcomeOf),
      Mailbox.into(mailbox),
      Effect.forkScoped
    )
    return Stream.flattenIterables(Mailbox.toStream(mailbox))
  }))

  return {
    id: jobId,
    endpoint: endpoint.name,
    status: Effect.map(jobs.status(endpoint, jobId), (job) => statusOf(wire, job)),
    await: result,
    stream: Procedure.isStream(procedure) ? values : Stream.fromEffect(result),
    progress: jobs.changes(endpoint, jobId).pipe(
      Stream.filter((job) => job.status === "IN_PROGRESS" && job.output != null),
      Stream.map(({ output }) => output)
    ),
    cancel: jobs.cancel(endpoint, jobId),
    retry: jobs.retry(endpoint, jobId)
  }
}

const statusOf = (wire: Wire.Wire, job: JobState): JobStatus => {
  const facts: JobFacts = {
    delayTime: job.delayTime ?? undefined,
    executionTime: job.executionTime ?? undefined,
    // the platform writes an empty one where no worker had it
    workerId: job.workerId == null || job.workerId === "" ? undefined : job.workerId,
    retries: job.retries ?? 0
  }
  switch (job.status) {
    case "IN_QUEUE":
      return JobStatus.InQueue(facts)
    case "IN_PROGRESS":
      return JobStatus.InProgress({ ...facts, progress: job.output ?? undefined })
    case "COMPLETED":
      return JobStatus.Completed(facts)
    case "FAILED":
      return JobStatus.Failed({ ...facts, error: wire.errorOf(job) })
    case "CANCELLED":
      return JobStatus.Cancelled(facts)
    case "TIMED_OUT":
      return JobStatus.TimedOut({ ...facts, error: wire.errorOf(job) })
    default:
      return JobStatus.Unknown({ ...facts, raw: job.status })
  }
}
