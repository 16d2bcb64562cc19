/**
 * Spans for what the platform did with a job, from the times it tells: it makes no spans of its own, and without them a
 * trace does not show whether a call waited for a worker or for its function.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/**
 * What is known of a job that has ended. Times are milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndedJob {
  readonly id: string
  readonly status: string
  readonly delayTime?: number | null | undefined
  readonly executionTime?: number | null | undefined
  readonly workerId?: string | null | undefined
  readonly retries?: number | null | undefined
}

/**
 * Succeeds with the job. Adds `runpod.queue` and `runpod.execution` to the span this runs in; without one it does nothing. They end now, since
 * the platform tells how long something took, not when it was.
 *
 * @since 0.1.0
 * @category tracing
 */
export const record = <Job extends EndedJob>(endpoint: string, job: Job): Effect.Effect<Job> =>
  Effect.withFiberRuntime<Job>((fiber) => {
    const parent: Tracer.AnySpan | undefined = fiber.currentContext.unsafeMap.get(Tracer.ParentSpan.key)
    if (parent === undefined || job.executionTime == null) return Effect.succeed(job)
    const services = fiber.getFiberRef(DefaultServices.currentServices)
    const tracer = Context.get(services, Tracer.Tracer)
    const ended = Context.get(services, Clock.Clock).unsafeCurrentTimeNanos()
    const started = ended - nanos(job.executionTime)
    const add = (name: string, from: bigint, to: bigint) => {
      const span = tracer.span(name, Option.some(parent), Context.empty(), [], from, "internal")
      span.attribute("runpod.endpoint", endpoint)
      span.attribute("runpod.job.id", job.id)
      span.attribute("runpod.job.status", job.status)
      if (job.workerId != null) span.attribute("runpod.worker.id", job.workerId)
      if (job.retries != null) span.attribute("runpod.job.retries", job.retries)
      span.end(to, Exit.void)
    }
    if (job.delayTime != null) add("runpod.queue", started - nanos(job.delayTime), started)
    add("runpod.execution", started, ended)
    return Effect.succeed(job)
  })

const nanos = (millis: number): bigint => BigInt(Math.round(millis * 1e6))
