/**
 * Checks of one's own that a worker runs before it takes its first job.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"

/**
 * A check by its name; it fails with why it does not hold.
 *
 * @since 0.1.0
 * @category models
 */
export interface FitnessCheck {
  readonly name: string
  readonly run: Effect.Effect<void, string>
}

/**
 * A check that holds where the effect succeeds. Its failure, or its defect, is why it does not; a check that may hang has
 * a timeout of its own.
 *
 * A function names it in `fitnessChecks`. A worker that has its own code (deployed, or started with a module) runs each
 * check once, one after the other, beside its checks of the machine, and takes no job before all of them hold. Where one
 * fails, the worker tells the platform that it is unhealthy, and ends.
 *
 * @example
 * import { CpuLiveServerless, remote } from "effect-flash"
 * import { FitnessCheck } from "effect-flash/worker"
 * import { Effect, Schema } from "effect"
 * import { access } from "node:fs/promises"
 *
 * const weights = FitnessCheck.make("weights", Effect.tryPromise(() => access("/runpod-volume/model.safetensors")))
 *
 * export const predict = remote("predict", {
 *   resource: CpuLiveServerless.make("model"),
 *   success: Schema.String,
 *   fitnessChecks: [weights]
 * }, () => Effect.succeed("it is fit"))
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (name: string, check: Effect.Effect<unknown, unknown>): FitnessCheck => ({
  name,
  run: Effect.catchAllCause(Effect.asVoid(check), (cause) => Effect.fail(reasonOf(Cause.squash(cause))))
})

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error === "string" ? error : JSON.stringify(error) ?? String(error)
  // what a promise rejected with says more than that it did
  const { cause } = error
  return cause instanceof Error ? cause.message : error.message === "" ? error.name : error.message
}
