/**
 * A job and the one who waits for it: submits it, follows it, and cancels it where nobody does so any longer.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as RemoteError from "../RemoteError.ts"
import { isTerminal } from "../runpod/RunpodJobs.ts"
import type { EndpointRef, JobState, RunpodJobs } from "../runpod/RunpodJobs.ts"

/**
 * What is done with a job that was accepted.
 *
 * @since 0.1.0
 * @category models
 */
export type Follow<A> = (job: JobState) => Effect.Effect<A, RemoteError.RemoteError>

/**
 * Submits a job and follows it, once. Who follows a job may do so for long: nothing of its submission is kept then.
 *
 * @since 0.1.0
 * @category models
 */
export type Travel = <A>(
  endpoint: EndpointRef,
  submitting: Effect.Effect<JobState, RemoteError.RemoteError>,
  follow: Follow<A>
) => Effect.Effect<A, RemoteError.RemoteError>

type Restore = <A>(effect: Effect.Effect<A, RemoteError.RemoteError>) => Effect.Effect<A, RemoteError.RemoteError>

/**
 * The end of the scope interrupts who still follows a job and cancels it, and waits for the cancellations under way.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (jobs: typeof RunpodJobs.Service): Effect.Effect<Travel, never, Scope.Scope> =>
  Effect.gen(function*() {
    let isOver = false
    const followed = new Map<JobState, Following>()
    const withdrawals = new Set<Fiber.Fiber<void>>()

    const cancel = (endpoint: EndpointRef, jobId: string) =>
      jobs.cancel(endpoint, jobId).pipe(
        Effect.retry({
          schedule: Schedule.exponential("100 millis").pipe(Schedule.intersect(Schedule.recurs(5))),
          while: (error) => error._tag !== "JobNotFound"
        }),
        // a job that is over or expired needs no cancelling
        Effect.catchTag("JobNotFound", () => Effect.void),
        Effect.catchAll((error) =>
          Effect.logWarning(`Job ${jobId} could not be cancelled and may still run: ${error.message}`)
        )
      )

    const drop = (endpoint: EndpointRef, { id, status }: JobState): Effect.Effect<void> =>
      isTerminal(status) ? Effect.void : cancel(endpoint, id)

    /** Fails with the cause; withdraws where nobody waits any more, in a fiber that outlives the caller. */
    const withdrawing = (
      withdrawal: Effect.Effect<void>,
      cause: Cause.Cause<RemoteError.RemoteError>
    ): Effect.Effect<never, RemoteError.RemoteError> =>
      isAbandoned(cause)
        ? Effect.flatMap(Effect.forkDaemon(withdrawal), (fiber) => {
          withdrawals.add(fiber)
          fiber.addObserver(() => withdrawals.delete(fiber))
          return Effect.failCause(cause)
        })
        : Effect.failCause(cause)

    yield* Effect.addFinalizer(() =>
      Effect.fiberIdWith((id) => {
        isOver = true
        for (const { fiber } of followed.values()) fiber.unsafeInterruptAsFork(id)
        const dropping = Array.from(followed, ([job, { endpoint }]) => drop(endpoint, job))
        followed.clear()
        return Effect.zipRight(
          Effect.all(dropping, { concurrency: 16, discard: true }),
          Effect.suspend(() => Fiber.awaitAll(withdrawals))
        )
      })
    )

    /** In a fiber of its own: a submission that is under way has to end, so that its job can be cancelled. */
    const submit = (
      restore: Restore,
      endpoint: EndpointRef,
      submitting: Effect.Effect<JobState, RemoteError.RemoteError>
    ): Effect.Effect<JobState, RemoteError.RemoteError> =>
      Effect.flatMap(Effect.forkDaemon(submitting), (submission) => {
        const withdrawal = Effect.matchCauseEffect(Fiber.join(submission), {
          onSuccess: (job) => drop(endpoint, job),
          // there is no job
          onFailure: () => Effect.void
        })
        return Effect.catchAllCause(
          restore(Effect.flatten(Fiber.await(submission))),
          (cause) => withdrawing(withdrawal, cause)
        )
      })

    const following = <A>(restore: Restore, endpoint: EndpointRef, follow: Follow<A>): Follow<A> => (job) =>
      Effect.withFiberRuntime((fiber) => {
        if (isOver) return Effect.zipRight(drop(endpoint, job), Effect.interrupt)
        followed.set(job, { endpoint, fiber })
        return Effect.matchCauseEffect(restore(follow(job)), {
          onSuccess(value) {
            followed.delete(job)
            return Effect.succeed(value)
          },
          onFailure: (cause) =>
            // the end of the scope has taken it away to cancel it
            followed.delete(job) ? withdrawing(drop(endpoint, job), cause) : Effect.failCause(cause)
        })
      })

    return (endpoint, submitting, follow) => {
      // a fiber that waits keeps the effects it came through; a submission may be large, and is taken out of them
      let submission: typeof submitting | undefined = submitting
      return Effect.uninterruptibleMask((restore) => {
        if (submission === undefined) return Effect.dieMessage("A job is submitted once")
        const submitted = submit(restore, endpoint, submission)
        submission = undefined
        return Effect.flatMap(submitted, following(restore, endpoint, follow))
      })
    }
  })

/** A job that somebody follows. */
interface Following {
  readonly endpoint: EndpointRef
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
}

/**
 * Nobody waits for a job any more whose caller was interrupted or whose stream cannot be read. Where it can only not be
 * followed any longer, somebody may still ask for it.
 */
const isAbandoned = (cause: Cause.Cause<RemoteError.RemoteError>): boolean =>
  Cause.isInterrupted(cause) || (cause._tag === "Fail" && unreadable.has(cause.error._tag))

const unreadable: ReadonlySet<string> = new Set(["StreamBroken", "InvalidResponse", "ProtocolMismatch"])
