import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Either, Exit, FastCheck, Layer, Redacted, TestClock } from "effect"
import { CpuLiveServerless, LiveServerless } from "effect-flash"
import type { Declared } from "../../src/Endpoint.ts"
import type { EndpointSettings } from "../../src/provision/EndpointSettings.ts"
import * as Managing from "../../src/provision/Managing.ts"
import * as Plan from "../../src/provision/Plan.ts"
import * as Resolve from "../../src/provision/Resolve.ts"
import * as ResourceManager from "../../src/provision/ResourceManager.ts"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import { cases } from "../laws.ts"
import * as MemoryPlatform from "./MemoryPlatform.ts"
import * as Resources from "./resources.ts"

/** A project: its state outlives the processes that work on it. */
const project = (env = "production", platform = MemoryPlatform.make()) => {
  const memory = Effect.runSync(
    Layer.toRuntime(ResourceState.layerMemory({ app: "shop", env })).pipe(
      Effect.scoped,
      Effect.map(({ context }) => context)
    )
  )
  const state = Layer.succeedContext(memory)
  const layer = Managing.layer({ resolve: Resolve.make({ app: "shop", env }) }).pipe(
    Layer.provide(Layer.merge(platform.layer, state)),
    Layer.provideMerge(state)
  )
  return {
    platform,
    /** Each of these is a process of its own. */
    run: <A, E>(
      effect: Effect.Effect<A, E, ResourceManager.ResourceManager | ResourceState.ResourceState>
    ): Effect.Effect<A, E> => Effect.provide(effect, Layer.fresh(layer))
  }
}

const { ResourceManager: Manager } = ResourceManager

const planOf = (resources: ReadonlyArray<Declared>, options?: ResourceManager.PlanOptions) =>
  Effect.flatMap(Manager, (manager) => manager.plan(resources, options))

const applyAll = (resources: ReadonlyArray<Declared>, options?: ResourceManager.PlanOptions) =>
  Effect.flatMap(Manager, (manager) => Effect.flatMap(manager.plan(resources, options), manager.apply))

const ensure = (resource: Declared) => Effect.flatMap(Manager, (manager) => manager.ensure(resource))
const list = Effect.flatMap(Manager, (manager) => manager.list)

const allDone = (outcomes: ReadonlyArray<ResourceManager.Outcome>) =>
  outcomes.every(({ result }) => Either.isRight(result))

/** Time stands still in these tests; what waits for it is let through. */
const hurrying = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.race(effect, Effect.forever(Effect.zipRight(Effect.yieldNow(), TestClock.adjust("1 second"))))

const cpu = CpuLiveServerless.make("web", { workersMax: 3, env: { MODE: "fast" } })

/** With the values of the environment, which compare as equal while they are redacted. */
const revealed = ({ env, ...settings }: EndpointSettings) => ({
  ...settings,
  env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, Redacted.value(value)]))
})

describe("a plan", () => {
  it.effect.prop(
    "is empty after it was applied",
    [Resources.declared],
    ([{ options, type }]) =>
      Effect.gen(function*() {
        const { run } = project()
        const resource = Resources.make(type, "r", options)
        expect(allDone(yield* run(applyAll([resource])))).toBe(true)
        expect(Plan.isEmpty(yield* run(planOf([resource])))).toBe(true)
        // also against the platform itself, and for an equal declaration
        const again = Resources.make(type, "r", options)
        expect((yield* run(planOf([again], { against: "platform" }))).steps).toMatchObject([{
          action: "none",
          changes: [],
          drift: []
        }])
      }),
    { fastCheck: cases(200) }
  )

  it.effect.prop(
    "shows the one field that was changed, and applying it changes no other",
    [
      FastCheck.constantFrom(...Resources.types).chain((type) =>
        FastCheck.tuple(
          FastCheck.constant(type),
          Resources.options(type),
          FastCheck.constantFrom(...Resources.variations(type))
        )
      )
    ],
    ([[type, options, { field, option, values }]]) =>
      Effect.gen(function*() {
        const { platform, run } = project()
        const [before, after] = values.map((value) =>
          Resources.make(type, "r", Resources.varied(options, option, value))
        )
        yield* run(applyAll([before!]))
        const { steps: [step] } = yield* run(planOf([after!]))
        expect(step?.action).toBe("update")
        expect(step?.changes.map(({ field }) => field)).toEqual([field])
        const [endpoint] = platform.endpoints.values()
        const was = revealed(endpoint!.settings)
        yield* run(applyAll([after!]))
        expect(platform.endpoints.size).toBe(1)
        expect(revealed(endpoint!.settings)).not.toEqual(was)
        expect(Plan.isEmpty(yield* run(planOf([after!], { against: "platform" })))).toBe(true)
        // and back: what was not set before is taken away
        yield* run(applyAll([before!]))
        expect(revealed(endpoint!.settings)).toEqual(was)
      }),
    { fastCheck: cases(200) }
  )

  it.effect("says what becomes of running workers, and shows no value of a variable", () =>
    Effect.gen(function*() {
      const { run } = project()
      yield* run(applyAll([cpu]))
      const changed = CpuLiveServerless.make("web", { workersMax: 4, env: { MODE: "hunter2" } })
      const { steps: [step] } = yield* run(planOf([changed]))
      expect(step?.changes).toMatchObject([
        { field: "env.MODE", workers: "are replaced" },
        { field: "workersMax", from: 3, to: 4, workers: "stay" }
      ])
      expect(JSON.stringify(step?.changes)).not.toMatch(/hunter2|fast/)
    }))

  it.effect("finds what somebody else has changed only where it is asked, and applying mends it", () =>
    Effect.gen(function*() {
      const { platform, run } = project()
      yield* run(applyAll([cpu]))
      const [endpoint] = platform.endpoints.values()
      endpoint!.settings = { ...endpoint!.settings, workersMax: 0 }
      expect(Plan.isEmpty(yield* run(planOf([cpu])))).toBe(true)
      const plan = yield* run(planOf([cpu], { against: "platform" }))
      expect(plan.steps).toMatchObject([{ action: "update", changes: [], drift: ["workersMax"] }])
      yield* run(Effect.flatMap(Manager, (manager) => manager.apply(plan)))
      expect(endpoint!.settings.workersMax).toBe(3)
    }))

  it.effect("that is not any more what it was made for is refused", () =>
    Effect.gen(function*() {
      const { platform, run } = project()
      const plan = yield* run(planOf([cpu]))
      yield* run(applyAll([cpu]))
      const [outcome] = yield* run(Effect.flatMap(Manager, (manager) => manager.apply(plan)))
      assert(Either.isLeft(outcome!.result))
      expect(outcome!.result.left._tag).toBe("PlanOutdated")
      expect(platform.endpoints.size).toBe(1)
    }))

  it.effect("keeps what nothing declares, and deletes it where it is told to", () =>
    Effect.gen(function*() {
      const { platform, run } = project()
      const other = LiveServerless.make("other")
      yield* run(applyAll([cpu, other]))
      yield* run(applyAll([cpu]))
      expect(platform.endpoints.size).toBe(2)
      const outcomes = yield* run(applyAll([cpu], { removed: "delete" }))
      expect(outcomes.map(({ step }) => `${step.action} ${step.name}`)).toEqual(["delete other"])
      expect([...platform.endpoints.values()].map(({ settings }) => settings.name)).toEqual(["shop-production-web"])
      expect((yield* run(list)).map(({ name }) => name)).toEqual(["web"])
    }))

  it.effect("refuses a change that an endpoint cannot undergo", () =>
    Effect.gen(function*() {
      const { run } = project()
      yield* run(applyAll([cpu]))
      const error = yield* Effect.flip(run(planOf([LiveServerless.make("web")])))
      expect(error._tag).toBe("CannotChange")
      expect(error.message).toContain("CpuLiveServerless")
    }))
})

describe("an endpoint", () => {
  it.effect("of an environment is its own: removing one leaves the other", () =>
    Effect.gen(function*() {
      const staging = project("staging")
      const production = project("production", staging.platform)
      yield* staging.run(ensure(cpu))
      yield* production.run(ensure(cpu))
      expect(staging.platform.endpoints.size).toBe(2)
      yield* staging.run(Effect.flatMap(Manager, (manager) => manager.undeploy("web")))
      expect([...staging.platform.endpoints.values()].map(({ settings }) => settings.name)).toEqual([
        "shop-production-web"
      ])
      expect(yield* production.run(list)).toHaveLength(1)
    }))

  it.effect("is adopted by a fresh checkout, and set as declared", () =>
    Effect.gen(function*() {
      const first = project()
      const { id } = yield* first.run(ensure(CpuLiveServerless.make("web", { workersMax: 1, env: { OLD: "1" } })))
      const second = project("production", first.platform)
      expect((yield* second.run(planOf([cpu]))).steps).toMatchObject([{ action: "adopt", endpointId: id }])
      expect(yield* second.run(ensure(cpu))).toEqual({ id, name: "web" })
      const [endpoint] = first.platform.endpoints.values()
      expect(endpoint!.settings.workersMax).toBe(3)
      expect(Object.keys(endpoint!.settings.env)).not.toContain("OLD")
    }))

  it.effect("is one, though two checkouts that know nothing of each other make it at the same time", () =>
    Effect.gen(function*() {
      const first = project()
      const others = [first, project("production", first.platform), project("production", first.platform)]
      const refs = yield* Effect.forEach(others, ({ run }) => run(ensure(cpu)), { concurrency: "unbounded" })
      expect(new Set(refs.map(({ id }) => id)).size).toBe(1)
      expect(first.platform.endpoints.size).toBe(1)
    }))

  it.effect("that was deleted elsewhere is made anew; one that cannot be looked at is used", () =>
    Effect.gen(function*() {
      const { platform, run } = project()
      const { id } = yield* run(ensure(cpu))
      platform.unreachable = "500"
      expect(yield* run(ensure(cpu))).toEqual({ id, name: "web" })
      platform.unreachable = undefined
      platform.endpoints.clear()
      const again = yield* run(ensure(cpu))
      expect(again.id).not.toBe(id)
      expect(platform.endpoints.size).toBe(1)
    }))

  it.effect("made elsewhere is called by its id, and never changed", () =>
    Effect.gen(function*() {
      const { platform, run } = project()
      expect(yield* run(ensure(Resources.make("ServerlessEndpoint", "theirs", { id: "abc" })))).toEqual({
        id: "abc",
        name: "theirs"
      })
      expect(platform.requests).toEqual([])
    }))

  it.effect("has the volumes it declares, made once, grown and never shrunk", () =>
    Effect.gen(function*() {
      const { platform, run } = project()
      const withVolume = (name: string, size: number) =>
        Resources.make("CpuLiveServerless", name, {
          networkVolume: { _tag: "NetworkVolume", name: "data", size, dataCenterId: "EU-RO-1" }
        })
      yield* run(applyAll([withVolume("a", 50), withVolume("b", 50)]))
      expect(platform.volumes).toMatchObject([{ name: "data", size: 50 }])
      const [first] = platform.endpoints.values()
      expect(first?.settings).toMatchObject({
        networkVolumes: [{ id: platform.volumes[0]!.id }],
        dataCenterIds: ["EU-RO-1"]
      })
      yield* run(applyAll([withVolume("a", 80)]))
      yield* run(applyAll([withVolume("b", 20)]))
      expect(platform.volumes).toMatchObject([{ size: 80 }])
    }))
})

describe("undeploying", () => {
  const undeploy = (name: string) => Effect.flatMap(Manager, (manager) => manager.undeploy(name))

  for (const fault of ["refused", "500", "429"] as const) {
    it.effect(`fails and keeps the record where the platform answers: ${fault}`, () =>
      Effect.gen(function*() {
        const { platform, run } = project()
        yield* run(ensure(cpu))
        platform.unreachable = fault
        expect(Exit.isFailure(yield* Effect.exit(run(undeploy("web"))))).toBe(true)
        expect(yield* run(list)).toHaveLength(1)
        platform.unreachable = undefined
        yield* run(undeploy("web"))
        expect(platform.endpoints.size).toBe(0)
        expect(yield* run(list)).toEqual([])
      }))
  }

  it.effect("removes what only the platform knows, and says what there is where there is no such thing", () =>
    Effect.gen(function*() {
      const first = project()
      yield* first.run(ensure(cpu))
      const second = project("production", first.platform)
      yield* second.run(undeploy("web"))
      expect(first.platform.endpoints.size).toBe(0)
      // it is gone, and that is what was wanted
      yield* first.run(undeploy("web"))
      const error = yield* Effect.flip(first.run(undeploy("web")))
      assert(error._tag === "NotDeployed")
      expect(error.message).toContain("Nothing is deployed there")
    }))
})

describe("an endpoint that only the platform knew, and that could not be deleted", () => {
  it.effect("can be declared again, whatever it is", () =>
    Effect.gen(function*() {
      const first = project()
      yield* first.run(ensure(cpu))
      const second = project("production", first.platform)
      // the search finds it, its deletion is refused
      first.platform.failAt(2, "500")
      const exit = yield* Effect.exit(
        second.run(Effect.flatMap(Manager, (manager) => manager.undeploy("web")))
      )
      expect(Exit.isFailure(exit)).toBe(true)
      expect(yield* second.run(list)).toMatchObject([{ name: "web", status: "deleting" }])
      yield* second.run(ensure(cpu))
      expect(first.platform.endpoints.size).toBe(1)
      expect(yield* second.run(list)).toMatchObject([{ name: "web", type: "CpuLiveServerless", status: "ready" }])
    }))
})

describe("a fault", () => {
  const a = CpuLiveServerless.make("a", { workersMax: 2 })
  const b = Resources.make("LiveServerless", "b", {
    networkVolume: { _tag: "NetworkVolume", name: "data", dataCenterId: "EU-RO-1" }
  })
  const changed = CpuLiveServerless.make("a", { workersMax: 5 })

  /** What the platform has and the state does not know by id or by a creation under way. */
  const unknownTo = (platform: MemoryPlatform.MemoryPlatform) =>
    Effect.map(
      list,
      (records) =>
        [...platform.endpoints.values()].filter(({ id, settings }) =>
          !records.some((record) =>
            record.endpointId === id || (record.endpointId === undefined && record.endpointName === settings.name)
          )
        )
    )

  const scenarios = {
    "creating two": { before: [], after: [a, b] },
    "changing one and deleting another": { before: [a, b], after: [changed] }
  } as const

  for (const [what, { after, before }] of Object.entries(scenarios)) {
    for (const fault of MemoryPlatform.faults) {
      it.effect(`(${fault}) at any request while ${what} loses no endpoint, and the next run converges`, () =>
        Effect.gen(function*() {
          let isReached = true
          for (let at = 1; isReached; at++) {
            const { platform, run } = project()
            yield* run(applyAll(before))
            const sent = platform.requests.length
            platform.failAt(at, fault)
            yield* hurrying(Effect.exit(run(applyAll(after, { removed: "delete" }))))
            isReached = platform.requests.length >= sent + at
            platform.heal()
            expect(yield* run(unknownTo(platform)), `request ${at}`).toEqual([])
            expect(allDone(yield* hurrying(run(applyAll(after, { removed: "delete" }))))).toBe(true)
            expect([...platform.endpoints.values()].map(({ settings }) => settings.name).toSorted()).toEqual(
              after.map(({ name }) => `shop-production-${name}`)
            )
            expect(platform.volumes.length).toBeLessThanOrEqual(1)
            expect(Plan.isEmpty(yield* run(planOf([...after], { against: "platform" })))).toBe(true)
            expect((yield* run(list)).every(({ status }) => status === "ready")).toBe(true)
          }
        }))
    }
  }
})
