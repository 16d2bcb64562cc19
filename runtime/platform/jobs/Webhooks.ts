/**
 * Tells the webhooks of jobs that these are over.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Job from "./Job.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Webhooks {
  /** Posts a job that is over, as it is now, up to three times. What becomes of it changes nothing for the job. */
  readonly deliver: (job: Job.Job) => void
}

/**
 * Posts JSON text; whether it was taken. Never fails.
 *
 * @since 0.1.0
 * @category models
 */
export type Post = (url: string, body: string) => Effect.Effect<boolean>

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly post?: Post | undefined
  /** Nothing is posted before it is done: what a webhook was told stays so. */
  readonly durable?: Effect.Effect<void, unknown> | undefined
  /** Called for a job whose webhook took it, or will not be asked again. */
  readonly told?: ((job: Job.Job) => void) | undefined
}

/**
 * Posts under way end with the scope: their jobs are not told.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { durable = Effect.void, post = send, told = () => {} }: Options = {}
): Effect.Effect<Webhooks, never, Scope.Scope> =>
  Effect.map(FiberSet.makeRuntime<never>(), (fork) => ({
    deliver(job) {
      const { id, webhook } = job
      if (webhook === undefined) return
      // the job may be run again meanwhile
      const ended = { ...job }
      const attempt = post(webhook, Job.render(ended, "webhook"))
      fork(
        Effect.zipRight(Effect.ignore(durable), attempt).pipe(
          Effect.filterOrFail((isTaken) => isTaken, () => "not taken" as const),
          Effect.retry(delays),
          Effect.catchAll(() => Effect.logWarning(`The webhook of job ${id} was not taken: ${webhook}`)),
          Effect.zipRight(Effect.sync(() => told(ended)))
        )
      )
    }
  }))

const delays = Schedule.fromDelays("5 seconds", "15 seconds")

/** Milliseconds. */
const timeout = 10_000

const send: Post = (url, body) =>
  Effect.promise((signal) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)])
    }).then(async (response) => {
      await response.body?.cancel()
      return response.ok
    }, () => false)
  )
