import { assert, describe, expect, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Flash } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { asks, first, ping, self, uses } from "./nested/chain.ts"
import { Stuck } from "./nested/third.ts"

layer(Layer.provideMerge(layerFlashOn, Platform.layer()), { excludeTestServices: true })("a handler", (it) => {
  describe("that calls functions of other endpoints", () => {
    it.effect("has them run on their own workers, in one trace", () =>
      Effect.gen(function*() {
        const { hops, traceId } = yield* Effect.gen(function*() {
          const { traceId } = yield* Effect.orDie(Effect.currentSpan)
          return { traceId, hops: yield* first({ fail: false }) }
        }).pipe(Effect.withSpan("program"), Flash.provide)
        expect(hops.map(({ name }) => name)).toEqual(["first", "beside", "second", "third"])
        const [own, near, ...others] = hops.map(({ pid }) => pid)
        expect(near).toBe(own)
        expect(new Set([process.pid, own, ...others]).size).toBe(4)
        expect(new Set(hops.map(({ traceId }) => traceId))).toEqual(new Set([traceId]))
      }))

    it.effect("gets their own errors", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Flash.provide(first({ fail: true })))
        assert.instanceOf(error, Stuck)
        expect(error.at).toBe("third")
      }))

    it.effect("gets results and errors of a load balancer", () =>
      Effect.gen(function*() {
        const hops = yield* Flash.provide(asks({ fail: false }))
        expect(hops.map(({ name }) => name)).toEqual(["asks", "balanced"])
        expect(new Set([process.pid, ...hops.map(({ pid }) => pid)]).size).toBe(3)
        const error = yield* Effect.flip(Flash.provide(asks({ fail: true })))
        assert.instanceOf(error, Stuck)
        expect(error.at).toBe("balanced")
      }))

    it.effect("may call methods, read streams and submit jobs", () =>
      Effect.gen(function*() {
        expect(yield* Flash.provide(uses())).toEqual([1, 2, 1, 2, 3, 3])
      }))
  })

  describe("in a circle", () => {
    it.effect("is told so before a job would wait for itself", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Flash.provide(ping()))
        expect(error).toMatchObject({
          _tag: "NestedTooDeep",
          reason: "capacity",
          limit: 1,
          endpoint: "e2e-nested-first"
        })
        assert(error._tag === "NestedTooDeep")
        expect(error.chain).toEqual(["e2e-nested-first/ping", "e2e-nested-second/pong", "e2e-nested-first/ping"])
        expect(error.message).toContain("e2e-nested-first/ping → e2e-nested-second/pong → e2e-nested-first/ping")
      }))

    it.effect("of its own endpoint is told so after so many calls", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Flash.provide(self()))
        expect(error).toMatchObject({ _tag: "NestedTooDeep", reason: "depth", limit: 32 })
        assert(error._tag === "NestedTooDeep")
        expect(error.chain).toHaveLength(33)
        expect(error.chain.slice(0, 3)).toEqual(["e2e-nested-first/self", "self", "self"])
      }))
  })
})
