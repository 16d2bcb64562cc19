/**
 * Work that many wait for and that is done once.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"

/**
 * Runs an effect when somebody first asks for it, and gives its outcome to all who ask. It runs in a fiber of its own:
 * those who go away while it runs, the first among them too, take it from nobody. The end of the scope interrupts it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E>(effect: Effect.Effect<A, E>, scope?: Scope.Scope): Effect.Effect<A, E> => {
  let fiber: Fiber.RuntimeFiber<A, E> | undefined
  const join = Effect.flatMap(Effect.runtime<never>(), (runtime) => {
    fiber ??= Runtime.runFork(runtime, effect, scope === undefined ? {} : { scope })
    return Effect.flatten(Fiber.await(fiber))
  })
  // once it is over, nobody waits for a turn of the event loop
  return Effect.suspend(() => fiber?.unsafePoll() ?? join)
}
