import { assert, describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, FastCheck, Fiber, Random, Scope, Stream, TestClock } from "effect"
import type { CircuitState } from "effect-flash"
import { EndpointSelector, NoEndpointAvailable } from "effect-flash"
import * as Metrics from "../../src/observability/Metrics.ts"
import { cases } from "../laws.ts"

const selector = (strategy: EndpointSelector.Options["strategy"]) =>
  EndpointSelector.make({ strategy, metrics: Metrics.disabled })

const endpoint = (name: string, state?: CircuitState): EndpointSelector.Candidate => ({
  name,
  ...(state === undefined ? {} : { circuit: { state: Effect.succeed(state), changes: Stream.empty } })
})

const named = (names: ReadonlyArray<string>) => names.map((name) => endpoint(name))
const all = ["a", "b", "c", "d", "e"]
const open = (until: number): CircuitState => ({ _tag: "Open", until })

/** Acquires, and keeps for as long as the scope that comes with it is open. */
const keep = (self: EndpointSelector.EndpointSelector, candidates: ReadonlyArray<EndpointSelector.Candidate>) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const { name } = yield* Scope.extend(self.acquire(candidates), scope)
    return { name, scope }
  })

const pick = (self: EndpointSelector.EndpointSelector, candidates: ReadonlyArray<EndpointSelector.Candidate>) =>
  Effect.map(Effect.scoped(self.acquire(candidates)), ({ name }) => name)

describe("round robin", () => {
  it.effect("takes turns", () =>
    Effect.gen(function*() {
      const self = selector("round_robin")
      expect(yield* Effect.replicateEffect(pick(self, named(["a", "b", "c"])), 7)).toEqual([
        ...["a", "b", "c"],
        ...["a", "b", "c"],
        "a"
      ])
    }))

  it.effect("is fair: of endpoints that are always there, none gets two turns more than another, whatever else comes and goes", () =>
    Effect.gen(function*() {
      const constant = ["a", "b"]
      const lists = FastCheck.array(FastCheck.subarray(all.slice(2)), { minLength: 1, maxLength: 60 })
      for (const others of FastCheck.sample(lists, cases(100))) {
        const self = selector("round_robin")
        const turns = new Map<string, number>()
        for (const other of others) {
          const name = yield* pick(self, named([...other, ...constant]))
          turns.set(name, (turns.get(name) ?? 0) + 1)
        }
        const [a = 0, b = 0] = constant.map((name) => turns.get(name) ?? 0)
        expect(Math.abs(a - b)).toBeLessThanOrEqual(1)
      }
    }))
})

describe("least connections", () => {
  it.effect("takes one that has the fewest, whatever was taken and given back before", () =>
    Effect.gen(function*() {
      const steps = FastCheck.array(
        FastCheck.oneof(
          FastCheck.record({ take: FastCheck.subarray(all, { minLength: 1 }) }),
          FastCheck.record({ release: FastCheck.nat(50) })
        ),
        { maxLength: 60 }
      )
      for (const sequence of FastCheck.sample(steps, cases(150))) {
        const self = selector("least_connections")
        const kept: Array<{ readonly name: string; readonly scope: Scope.CloseableScope }> = []
        const busy = (name: string) => kept.filter((one) => one.name === name).length
        for (const step of sequence) {
          if ("take" in step) {
            const fewest = Math.min(...step.take.map(busy))
            const taken = yield* keep(self, named(step.take))
            expect(step.take).toContain(taken.name)
            expect(busy(taken.name)).toBe(fewest)
            kept.push(taken)
          } else if (kept.length > 0) {
            const [one] = kept.splice(step.release % kept.length, 1)
            assert(one !== undefined)
            yield* Scope.close(one.scope, Exit.void)
          }
          const counts = new Map(all.filter((name) => busy(name) > 0).map((name) => [name, busy(name)]))
          expect(new Map([...yield* self.inFlight].toSorted())).toEqual(counts)
        }
        yield* Effect.forEach(kept, ({ scope }) => Scope.close(scope, Exit.void))
        expect((yield* self.inFlight).size).toBe(0)
      }
    }))
})

describe("random", () => {
  it.effect("takes each of them about as often", () =>
    Effect.gen(function*() {
      const self = selector("random")
      const taken = yield* Effect.replicateEffect(pick(self, named(["a", "b", "c", "d"])), 2000)
      for (const name of ["a", "b", "c", "d"]) {
        const times = taken.filter((one) => one === name).length
        expect(times).toBeGreaterThan(400)
        expect(times).toBeLessThan(600)
      }
    }).pipe(Effect.withRandom(Random.make("seed"))))
})

describe("the first", () => {
  it.effect("is the first that takes a call", () =>
    Effect.gen(function*() {
      const self = selector("first")
      const candidates = [endpoint("a", open(1)), endpoint("b"), endpoint("c")]
      expect(yield* Effect.replicateEffect(pick(self, candidates), 3)).toEqual(["b", "b", "b"])
    }))
})

describe("any strategy", () => {
  const strategies = ["first", "round_robin", "least_connections", "random"] as const

  it.effect("leaves out circuits that are open, and half-open ones without a place", () =>
    Effect.gen(function*() {
      const candidates = [
        endpoint("open", open(1)),
        endpoint("full", { _tag: "HalfOpen", permits: 0, successes: 0, until: 1 }),
        endpoint("half", { _tag: "HalfOpen", permits: 1, successes: 0, until: 1 }),
        endpoint("closed", { _tag: "Closed", failures: 1, outcomes: 1 }),
        endpoint("bare")
      ]
      for (const strategy of strategies) {
        const taken = new Set(yield* Effect.replicateEffect(pick(selector(strategy), candidates), 50))
        expect(taken.has("open") || taken.has("full")).toBe(false)
        expect(taken.size).toBe(strategy === "first" ? 1 : 3)
      }
    }))

  it.effect("fails where none is left, and says which there were and when the first is back", () =>
    Effect.gen(function*() {
      for (const strategy of strategies) {
        const self = selector(strategy)
        const candidates = [endpoint("a", open(9000)), endpoint("b", open(5000))]
        const error = yield* Effect.flip(pick(self, candidates))
        assert.instanceOf(error, NoEndpointAvailable)
        expect(error).toMatchObject({ endpoints: ["a", "b"], retryAt: 5000 })
        expect(error.message).toContain("1970-01-01T00:00:05.000Z")
        const none = yield* Effect.flip(pick(self, []))
        expect(none.retryAt).toBeUndefined()
        expect(none.message).toContain("at least one")
        expect((yield* self.inFlight).size).toBe(0)
      }
    }))

  it.effect("gives back what was taken, also where its user fails, dies or is interrupted", () =>
    Effect.gen(function*() {
      for (const strategy of strategies) {
        const self = selector(strategy)
        const use = <A, E>(effect: Effect.Effect<A, E>) =>
          Effect.scoped(Effect.zipRight(self.acquire(named(all)), effect))
        const started = yield* Deferred.make<void>()
        yield* Effect.exit(use(Effect.fail("no")))
        yield* Effect.exit(use(Effect.die("bug")))
        const hanging = yield* Effect.fork(
          Effect.all(
            Array.from({ length: 20 }, () => use(Effect.zipRight(Deferred.succeed(started, undefined), Effect.never))),
            {
              concurrency: "unbounded"
            }
          )
        )
        yield* Deferred.await(started)
        yield* TestClock.adjust("1 millis")
        const held = [...(yield* self.inFlight).values()].reduce((a, b) => a + b)
        expect(held).toBe(20)
        yield* Fiber.interrupt(hanging)
        expect((yield* self.inFlight).size).toBe(0)
      }
    }))
})
