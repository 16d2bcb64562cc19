/** Every call of a deployment, struck by everything that may befall it. */
import { expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Redacted } from "effect"
import type { Platform } from "effect-flash/local"
import type { Fault } from "../../runtime/platform/control/Faults.ts"
import type { BuildStore } from "../../src/provision/BuildStore.ts"
import { ControlPlane } from "../../src/provision/ControlPlane.ts"
import * as Deployment from "../../src/provision/Deployment.ts"
import { ResourceState } from "../../src/provision/ResourceState.ts"
import type { Place } from "../../src/provision/ResourceState.ts"
import { RunpodGraphql } from "../../src/runpod/RunpodGraphql.ts"
import type { RunpodRest } from "../../src/runpod/RunpodRest.ts"
import * as Deploying from "./deploying.ts"
import { hurried } from "./http.ts"
import type { Call } from "./http.ts"
import * as Lane from "./lane.ts"

type Services = Deployment.Deployment | BuildStore | ControlPlane | RunpodGraphql | RunpodRest

/** What befalls a call that changes something. `timeout` is interrupted: the command is gone, and the call is not. */
const strikes: ReadonlyArray<Fault> = [
  { fail: "drop" },
  { fail: "drop", when: "after" },
  { fail: 500, when: "after" },
  { fail: 429, retryAfter: 1 },
  { fail: "timeout" },
  { fail: "timeout", when: "after" }
]

const isRead = ({ contains = "", method }: Call): boolean => method === "GET" || /^(get|list|flash|my)/i.test(contains)

/**
 * Each call that changes something with so many of the faults, by turns. Those that only ask are asked again, whichever
 * they are: every fifth of them is struck.
 */
const casesOf = (calls: ReadonlyArray<Call>, faults = strikes.length): ReadonlyArray<Fault> => [
  ...calls.filter((call) => !isRead(call)).flatMap((call, index) =>
    Array.from({ length: faults }, (_, n) => ({ ...call, ...strikes[(index * faults + n) % strikes.length]! }))
  ),
  ...calls.filter(isRead).filter((_, index) => index % 5 === 0).map((call, index) => ({
    ...call,
    ...strikes[index % strikes.length]!
  }))
]

/** The calls of a deployment; the upload is none of the control plane. */
const callsOf = (
  platform: Platform.Platform["Type"],
  place: Place,
  memory: Deploying.Memory,
  source: Deployment.Source
) =>
  Effect.gen(function*() {
    const calls: Array<Call> = []
    const note = (call: Omit<Call, "skip">) => {
      const alike = calls.filter(({ contains, method, path }) =>
        contains === call.contains && method === call.method && path === call.path
      )
      calls.push({ ...call, skip: alike.length })
    }
    yield* Deploying.deploy(place, source).pipe(Effect.provide(Deploying.layer(platform, memory, { note })))
    const upload: Call = { method: "PUT", path: "/flash/artifacts/**", skip: 0 }
    return [...calls, upload]
  })

const activeOf = ({ app, env }: Place) =>
  Effect.gen(function*() {
    const graphql = yield* RunpodGraphql
    const { id } = yield* graphql.getFlashAppByName(app)
    const environment = yield* graphql.getFlashEnvironmentByName({ flashAppId: id, name: env })
    return { ...environment, builds: yield* graphql.listFlashBuilds(id) }
  }).pipe(Effect.catchTag("NotFound", () => Effect.succeed(undefined)))

/** Whether a queue answers. */
const healthOf = ({ apiKey, handle }: Platform.Platform["Type"], id: string) =>
  Effect.map(
    handle({
      method: "GET",
      path: ["v2", id, "health"],
      query: new URLSearchParams(),
      headers: { authorization: `Bearer ${Redacted.value(apiKey)}` },
      body: ""
    }),
    ({ status }) => status
  )

/** A deployment that is struck, and the one after it. */
const survives = (
  platform: Platform.Platform["Type"],
  memory: Deploying.Memory,
  place: Place,
  strike: Fault,
  source: Deployment.Source,
  names: ReadonlyArray<string>,
  before: Deployment.Deployed | undefined
) =>
  Effect.gen(function*() {
    const what = JSON.stringify(strike)
    const { faults } = platform
    const run = <A, E>(effect: Effect.Effect<A, E, Services>) =>
      Effect.provide(effect, Deploying.layer(platform, memory))
    faults.add([strike])
    const deployment = yield* Effect.fork(run(Deploying.deploy(place, source)))
    const exit = strike.fail === "timeout"
      ? yield* Effect.zipRight(Lane.until(() => faults.unanswered().length > 0), Fiber.interrupt(deployment))
      : yield* Fiber.await(deployment)
    expect(faults.list(), `${what} strikes`).toEqual([])
    faults.clear()

    // what was served is served still, or all of what is new is there
    yield* run(Effect.gen(function*() {
      const active = (yield* activeOf(place))?.activeBuildId
      const isOld = active === before?.buildId
      if (Exit.isSuccess(exit)) expect(active, what).toBe(exit.value.buildId)
      const endpoints = yield* Deploying.endpointsOf(place)
      const serving = isOld ? before?.endpoints.map(({ resource }) => resource) ?? [] : names
      expect(endpoints.map(({ name }) => name), `${what} (${isOld ? "old" : "new"})`).toEqual(
        expect.arrayContaining(serving.map((name) => `${place.app}-${place.env}-${name}`))
      )
      for (const { id, resource } of isOld ? before?.endpoints ?? [] : []) {
        expect(endpoints.some((endpoint) => endpoint.id === id), what).toBe(true)
        if (resource !== "api") expect(yield* healthOf(platform, id), what).toBe(200)
      }
      // nobody has forgotten an endpoint
      const records = yield* Effect.flatMap(ResourceState, ({ all }) => all).pipe(Effect.provide(memory.state(place)))
      for (const { id, name } of endpoints) {
        const isKnown = records.some(({ endpointId, endpointName }) =>
          endpointId === id || (endpointId === undefined && endpointName === name)
        )
        expect(isKnown, `${what} leaves ${name}`).toBe(true)
      }
    }))

    const deployed = yield* run(Deploying.deploy(place, source))
    yield* run(Effect.gen(function*() {
      const state = yield* activeOf(place)
      const endpoints = yield* Deploying.endpointsOf(place)
      expect(endpoints.map(({ name }) => name).toSorted(), what).toEqual(
        names.map((name) => `${place.app}-${place.env}-${name}`)
      )
      expect(state?.activeBuildId, what).toBe(deployed.buildId)
      // what had come that far is used: nothing is there twice
      expect(state?.builds.length, `${what}: builds`).toBe(before === undefined ? 1 : 2)
      expect(state?.endpoints.map(({ id }) => id).toSorted(), `${what} binds`).toEqual(
        endpoints.map(({ id }) => id).toSorted()
      )
      expect(state?.networkVolumes.map(({ name }) => name), what).toEqual([`data-${place.app}`])
      const records = yield* Effect.flatMap(ResourceState, ({ all }) => all).pipe(Effect.provide(memory.state(place)))
      expect(records.map(({ name, status }) => `${name} ${status}`), what).toEqual(names.map((name) => `${name} ready`))
      const left = yield* Effect.flatMap(Deployment.Deployment, ({ inspect }) => inspect(place, source))
      expect(left.plan.steps.map(({ action }) => action), what).toEqual(names.map(() => "none"))
      expect([left.removed.steps, left.buildId], what).toEqual([[], deployed.buildId])
      const volumes = yield* Effect.flatMap(ControlPlane, ({ findVolumes }) => findVolumes)
      expect(volumes.filter(({ name }) => name === `data-${place.app}`), what).toHaveLength(1)
    }))
    return deployed
  })

it.scopedLive(
  "a fault at any call of a deployment leaves what serves, and the next deployment converges",
  () =>
    Effect.gen(function*() {
      const lanes = yield* Effect.forEach([1, 2], () => Lane.platform)
      const memory = Deploying.memory()
      const place = { app: "calls", env: "production" }
      const clear = (platform: Platform.Platform["Type"], place: Place) =>
        Effect.provide(Deploying.clear(place), Deploying.layer(platform, memory))
      const firsts = casesOf(yield* callsOf(lanes[0]!, place, memory, yield* Deploying.first(place.app)), 1)
      const seconds = casesOf(yield* callsOf(lanes[0]!, place, memory, yield* Deploying.second(place.app)))
      yield* clear(lanes[0]!, place)
      // what strikes the first deployment of an app, and then what strikes the second
      const cases = seconds.map((two, index) => ({ app: `shop${index}`, one: firsts[index], two }))
      expect(cases.length).toBeGreaterThanOrEqual(firsts.length)
      const run = (platform: Platform.Platform["Type"], { app, one, two }: typeof cases[number]) =>
        Effect.gen(function*() {
          const place = { app, env: "production" }
          const memory = Deploying.memory()
          const first = yield* Deploying.first(app)
          const old = yield* one === undefined
            ? Effect.provide(Deploying.deploy(place, first), Deploying.layer(platform, memory))
            : survives(platform, memory, place, one, first, ["api", "gone", "web"], undefined)
          yield* survives(platform, memory, place, two, yield* Deploying.second(app), ["api", "extra", "web"], old)
          yield* clear(platform, place)
        })
      yield* Effect.forEach(lanes, (platform, lane) =>
        Effect.forEach(
          cases.filter((_, index) => index % lanes.length === lane),
          (one) => run(platform, one)
        ), { concurrency: "unbounded", discard: true })
    }).pipe(hurried),
  180_000
)
