import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema } from "effect"
import { CpuLiveServerless, Flash, NestedTooDeep, remote } from "effect-flash"
import type { Endpoint, RemoteError } from "effect-flash"
import * as CallChain from "../../src/invoke/CallChain.ts"

const cpu = CpuLiveServerless.make("chain")
const other = CpuLiveServerless.make("chain-other")
const inline = Effect.provide(Flash.layerInline)

const f = remote("f", { resource: cpu }, () => Effect.void)

/** What a call adds to a chain. */
const extend = (chain: ReadonlyArray<string>, place: CallChain.Place) =>
  Effect.provideService(CallChain.extend(f, place), CallChain.CallChain, chain)

describe("a chain of calls", () => {
  it.effect("names jobs by endpoint and function, and calls in place by the function", () =>
    Effect.gen(function*() {
      expect(yield* extend(["a/g"], { name: "b", capacity: 1 })).toEqual(["a/g", "b/f"])
      expect(yield* extend(["a/g"], { name: "a" })).toEqual(["a/g", "f"])
    }))

  it.effect("ends where an endpoint has no more slots than calls of the chain wait for", () =>
    Effect.gen(function*() {
      // in place it takes none
      yield* extend(["a/g", "f", "b/g"], { name: "a" })
      yield* extend(["a/g", "f", "b/g"], { name: "a", capacity: 2 })
      const error = yield* Effect.flip(extend(["a/g", "f", "b/g"], { name: "a", capacity: 1 }))
      expect(error).toMatchObject({ reason: "capacity", limit: 1, chain: ["a/g", "f", "b/g", "a/f"] })
      expect(error.message).toContain("raise workersMax")
    }))
})

describe("functions that call each other", () => {
  it.effect("recurse as they like, within the limit", () =>
    Effect.gen(function*() {
      const sum = remote(
        "sum",
        { resource: cpu, payload: { n: Schema.Int }, success: Schema.Int },
        ({ n }): Effect.Effect<number, never, Endpoint<string>> =>
          n === 0 ? Effect.succeed(0) : Effect.orDie(Effect.map(sum({ n: n - 1 }), (rest) => rest + n))
      )
      expect(yield* Flash.provide(sum({ n: 31 }))).toBe(496)
      const exit = yield* Effect.exit(Flash.provide(sum({ n: 32 })))
      assert(Exit.isFailure(exit))
      expect(Cause.pretty(exit.cause)).toContain("32 calls are in one another already: sum → sum")
    }).pipe(inline))

  it.effect("in a circle, over two endpoints, are told so", () =>
    Effect.gen(function*() {
      type Circle = Effect.Effect<void, NestedTooDeep, Endpoint<string>>
      const orDie = (call: Effect.Effect<void, RemoteError, Endpoint<string>>): Circle =>
        Effect.catchAll(call, (error) => error._tag === "NestedTooDeep" ? Effect.fail(error) : Effect.die(error))
      const ping = remote("ping", { resource: cpu, error: NestedTooDeep }, (): Circle => orDie(pong()))
      const pong = remote("pong", { resource: other, error: NestedTooDeep }, (): Circle => orDie(ping()))
      const error = yield* Effect.flip(Flash.provide(ping()))
      assert(error._tag === "NestedTooDeep")
      expect(error.chain.slice(0, 3)).toEqual(["ping", "pong", "ping"])
      expect(error).toMatchObject({ reason: "depth", limit: 32 })
      // and harms no call beside it
      yield* Flash.provide(f())
    }).pipe(inline))
})
