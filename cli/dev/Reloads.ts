/** Keeps the generation that is served, and makes the next one when a file is saved. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BuildError } from "../build/BuildError.ts"
import { Event, Reporter } from "./Event.ts"
import type { Generation, Maker } from "./Generation.ts"
import { listOf } from "./listOf.ts"
import type { Sources } from "./Sources.ts"

export interface Reloads {
  /** The generation that counts now. A request that comes while another is made waits for it, within a bound. */
  readonly current: Effect.Effect<Generation>
}

/** How long a request waits for a generation that is being made, before the last one serves it. */
const patience = "5 seconds"

/** A generation without anything, for a project that does not load yet. */
const none: Generation = {
  number: 0,
  operations: [],
  elsewhere: [],
  codeOf: () => ({ hash: "", text: "" }),
  notes: [],
  files: []
}

export const make = (options: {
  /** What the project is at the start, or why it does not load. */
  readonly first: Generation | BuildError
  readonly maker: Maker
  readonly sources: Sources | undefined
}): Effect.Effect<Reloads, never, Scope.Scope | Reporter> =>
  Effect.gen(function*() {
    const { maker, sources } = options
    const { tell } = yield* Reporter
    let generation = "problems" in options.first ? { ...none, problem: options.first.message } : options.first
    let settled: Deferred.Deferred<void> | undefined

    const remake: Effect.Effect<void, BuildError> = Effect.gen(function*() {
      const start = yield* Clock.currentTimeMillis
      const made = yield* maker.make(generation.number + 1)
      const known = new Set(generation.notes)
      generation = made
      const took = (yield* Clock.currentTimeMillis) - start
      yield* tell(Event.Reloaded({ generation: made.number, took, functions: listOf(made.operations) }))
      for (const message of made.notes) if (!known.has(message)) yield* tell(Event.Note({ message }))
    })

    const loop = ({ changed, follow }: Sources) =>
      Effect.gen(function*() {
        yield* follow(generation.files)
        yield* changed
        while (true) {
          settled ??= yield* Deferred.make<void>()
          // what is saved meanwhile is not in it: it is begun anew
          const isChanged = yield* Effect.raceFirst(
            Effect.as(changed, true),
            remake.pipe(
              Effect.catchAll(({ message }) => {
                generation = { ...generation, problem: message }
                return tell(Event.ReloadFailed({ message }))
              }),
              Effect.as(false)
            )
          )
          if (isChanged) continue
          yield* Deferred.succeed(settled, undefined)
          settled = undefined
          yield* follow(generation.files)
          yield* changed
        }
      })
    if (sources !== undefined) yield* Effect.forkScoped(loop(sources))

    return {
      current: Effect.suspend(() =>
        settled === undefined
          ? Effect.sync(() => generation)
          : Effect.map(Effect.timeoutOption(Deferred.await(settled), patience), () => generation)
      )
    }
  })
