/**
 * Whether a worker's own functions find the machine fit: their checks run in a thread, where their code is, and the main
 * thread waits for what they say.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { DefinitionId } from "../../src/Endpoint.ts"
import * as Fitness from "./Fitness.ts"
import type * as Functions from "./Functions.ts"

/**
 * What the thread says.
 *
 * @since 0.1.0
 * @category models
 */
export type Message =
  /** A check begins: where the thread ends before the next message, it is what ended it. */
  | { readonly _tag: "Checking"; readonly check: string }
  /** All checks hold, or one does not. */
  | { readonly _tag: "Checked"; readonly unfit: { readonly check: string; readonly reason: string } | undefined }

/**
 * What the main thread makes of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Verdict {
  readonly wait: Effect.Effect<void, Fitness.Unfit>
  /** A thread that starts now is to run the checks. */
  readonly isOpen: () => boolean
  readonly told: (message: Message) => void
  /** The thread ended by itself. */
  readonly ended: (why: string) => void
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Verdict> = Effect.map(Deferred.make<void, Fitness.Unfit>(), (done): Verdict => {
  let isOpen = true
  let checking: string | undefined
  const decide = (unfit: { readonly check: string; readonly reason: string } | undefined) => {
    isOpen = false
    Deferred.unsafeDone(done, unfit === undefined ? Effect.void : Effect.fail(new Fitness.Unfit(unfit)))
  }
  return {
    wait: Deferred.await(done),
    isOpen: () => isOpen,
    told(message) {
      if (message._tag === "Checked") return decide(message.unfit)
      checking = message.check
    },
    // code that cannot even be loaded is what its jobs are told
    ended: (why) => isOpen ? decide(checking === undefined ? undefined : { check: checking, reason: why }) : undefined
  }
})

/**
 * Runs the checks of functions, each once; in the thread.
 *
 * @since 0.1.0
 * @category checks
 */
export const run = (functions: Functions.Functions, tell: (message: Message) => void): Effect.Effect<void> => {
  const checks = new Set([...functions.values()].flatMap((procedure) => procedure[DefinitionId].fitnessChecks ?? []))
  return Fitness.verify(
    [...checks].map((check) => ({
      ...check,
      run: Effect.zipRight(Effect.sync(() => tell({ _tag: "Checking", check: check.name })), check.run)
    }))
  ).pipe(
    Effect.match({
      onFailure: ({ check, reason }) => tell({ _tag: "Checked", unfit: { check, reason } }),
      onSuccess: () => tell({ _tag: "Checked", unfit: undefined })
    })
  )
}
