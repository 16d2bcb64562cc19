/** What a conformance run has shown, one line each; a check that fails does not keep the others from being made. */
import { Cause, Console, Effect, Exit } from "effect"
import type { Scope } from "effect"
import { isDeepStrictEqual } from "node:util"

export interface Checks {
  /** Says what is shown, and shows it. */
  readonly check: <E, R>(
    what: string,
    effect: Effect.Effect<unknown, E, R>
  ) => Effect.Effect<void, never, Exclude<R, Scope.Scope>>
  readonly passed: () => number
  readonly failed: () => number
}

export const make = (): Checks => {
  let passed = 0
  let failed = 0
  return {
    check: (what, effect) =>
      Effect.flatMap(Effect.exit(Effect.scoped(effect)), (exit) => {
        if (Exit.isSuccess(exit)) {
          passed++
          return Console.log(`  ok   ${what}`)
        }
        failed++
        return Console.log(`  FAIL ${what}\n${Cause.pretty(exit.cause).replace(/^/gm, "       ")}`)
      }),
    passed: () => passed,
    failed: () => failed
  }
}

/** Dies where the two are not the same. */
export const equal = (actual: unknown, expected: unknown): Effect.Effect<void> =>
  isDeepStrictEqual(actual, expected)
    ? Effect.void
    : Effect.dieMessage(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)

export const includes = (text: string, ...parts: ReadonlyArray<string>): Effect.Effect<void> => {
  const missing = parts.filter((part) => !text.includes(part))
  return missing.length === 0
    ? Effect.void
    : Effect.dieMessage(`expected ${missing.map((part) => JSON.stringify(part)).join(", ")} in:\n${text}`)
}
