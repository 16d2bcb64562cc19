import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { CpuLiveServerless, implement, remote, remoteClass } from "effect-flash"
import { FitnessCheck } from "effect-flash/worker"
import * as OwnFitness from "../../runtime/worker/OwnFitness.ts"
import { proceduresOf } from "../../src/Endpoint.ts"

const resource = CpuLiveServerless.make("fitness")

/** What a thread with these functions says. */
const said = (...functions: ReadonlyArray<unknown>) =>
  Effect.gen(function*() {
    const messages: Array<OwnFitness.Message> = []
    const procedures = functions.flatMap(proceduresOf)
    yield* OwnFitness.run(new Map(procedures.map((one) => [one._tag, one])), (message) => void messages.push(message))
    return messages.map((message) => message._tag === "Checking" ? message.check : message.unfit ?? "fit")
  })

const well = FitnessCheck.make("well", Effect.void)
const ill = (error: Effect.Effect<never, unknown>) => FitnessCheck.make("ill", error)

describe("the checks of functions", () => {
  it.effect("run once each, of functions, completed contracts and classes", () =>
    Effect.gen(function*() {
      const one = remote("one", { resource, fitnessChecks: [well] }, () => Effect.void)
      const two = implement(remote("two", { resource }), () => Effect.void, {
        fitnessChecks: [well, FitnessCheck.make("two", Effect.void)]
      })
      const Three = remoteClass("Three", {
        resource,
        methods: { a: {}, b: {} },
        fitnessChecks: [FitnessCheck.make("three", Effect.void)]
      }, () => Effect.succeed({ a: () => Effect.void, b: () => Effect.void }))
      expect(yield* said(one, two, Three)).toEqual(["well", "two", "three", "fit"])
    }))

  it.effect("end with the first that does not hold, and say why", () =>
    Effect.gen(function*() {
      const after = FitnessCheck.make("after", Effect.void)
      const reasonOf = (error: Effect.Effect<never, unknown>) =>
        said(remote("f", { resource, fitnessChecks: [well, ill(error), after] }, () => Effect.void))
      const told = (reason: string) => ["well", "ill", { check: "ill", reason }]
      expect(yield* reasonOf(Effect.fail("no weights"))).toEqual(told("no weights"))
      expect(yield* reasonOf(Effect.die(new Error("boom")))).toEqual(told("boom"))
      expect(yield* reasonOf(Effect.tryPromise(() => Promise.reject(new Error("gone"))))).toEqual(told("gone"))
      expect(yield* reasonOf(Effect.fail({ code: 7 }))).toEqual(told(`{"code":7}`))
    }))
})

describe("the verdict on a worker", () => {
  it.effect("is that of its thread, once", () =>
    Effect.gen(function*() {
      const verdict = yield* OwnFitness.make
      expect(verdict.isOpen()).toBe(true)
      verdict.told({ _tag: "Checking", check: "well" })
      verdict.told({ _tag: "Checked", unfit: undefined })
      verdict.ended("later")
      yield* verdict.wait
      expect(verdict.isOpen()).toBe(false)
    }))

  it.effect("is against the check that a thread ended in, and not against code that does not load", () =>
    Effect.gen(function*() {
      const during = yield* OwnFitness.make
      during.told({ _tag: "Checking", check: "cuda" })
      during.ended("out of memory")
      expect((yield* Effect.flip(during.wait)).message).toContain("cuda: out of memory")
      const before = yield* OwnFitness.make
      before.ended("its module ends it")
      yield* before.wait
    }))
})
