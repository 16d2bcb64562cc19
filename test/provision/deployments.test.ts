/** Deployments of a flash app: what is done once, what is kept, and what goes. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Scope } from "effect"
import type { Platform } from "effect-flash/local"
import { ControlPlane } from "../../src/provision/ControlPlane.ts"
import { Deployment } from "../../src/provision/Deployment.ts"
import type { Source } from "../../src/provision/Deployment.ts"
import { FlashApp } from "../../src/provision/FlashApp.ts"
import type { Place } from "../../src/provision/ResourceState.ts"
import * as Deploying from "./deploying.ts"
import { hurried } from "./http.ts"
import * as Lane from "./lane.ts"

interface Setting {
  readonly platform: Platform.Platform["Type"]
  /** Runs as the next process of the same folder does. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, Services>) => Effect.Effect<A, E>
  /** Mutations and requests of REST that change something, since the last look. */
  readonly changes: () => ReadonlyArray<string>
}

type Services = Deployment | FlashApp | ControlPlane | Effect.Effect.Context<ReturnType<typeof Deploying.endpointsOf>>

const start: Effect.Effect<Setting, unknown, Scope.Scope> = Effect.gen(function*() {
  const platform = yield* Lane.platform
  const memory = Deploying.memory()
  let changes: Array<string> = []
  const note = ({ contains = "", method }: { readonly method: string; readonly contains?: string }) => {
    if (method !== "GET" && !/^(get|list|flash|my)/i.test(contains)) changes.push(`${method} ${contains}`)
  }
  return {
    platform,
    run: (effect) => Effect.provide(effect, Deploying.layer(platform, memory, { note })),
    changes: () => {
      const seen = changes
      changes = []
      return seen
    }
  }
})

const place = { app: "shop", env: "production" }

const sources = Effect.all([Deploying.first("shop"), Deploying.second("shop")])

const deploy = (source: Source, options: { readonly prune?: boolean } = {}, at: Place = place) =>
  Effect.gen(function*() {
    const deployment = yield* Deployment
    return yield* deployment.deploy(yield* deployment.inspect(at, source), options)
  })

const rollback = Effect.gen(function*() {
  const deployment = yield* Deployment
  return yield* deployment.deploy(yield* deployment.inspect(place, yield* deployment.earlier(place)))
})

const namesOf = Effect.map(Deploying.endpointsOf(place), (all) => all.map(({ name }) => name.split("-")[2]).toSorted())

describe("a deployment", () => {
  it.scopedLive("of what is there already changes nothing, also from a folder without records", () =>
    Effect.gen(function*() {
      const { changes, platform, run } = yield* start
      const [one] = yield* sources
      const first = yield* run(deploy(one))
      changes()
      const again = yield* run(deploy(one))
      expect([again.buildId, again.isPromoted, changes()]).toEqual([first.buildId, false, []])
      // elsewhere endpoints are found by their names, and the build by its digest: it is not uploaded
      const other = yield* deploy(one).pipe(Effect.provide(Deploying.layer(platform, Deploying.memory())))
      expect([other.buildId, other.endpoints]).toEqual([first.buildId, first.endpoints])
    }))

  it.scopedLive("deletes what the project does not have any more where that is asked for, and no volume", () =>
    Effect.gen(function*() {
      const { run } = yield* start
      const [one, two] = yield* sources
      yield* run(deploy(one))
      const kept = yield* run(deploy(two))
      expect([kept.removed, yield* run(namesOf)]).toEqual([[], ["api", "extra", "gone", "web"]])
      const pruned = yield* run(deploy(two, { prune: true }))
      expect([pruned.removed, yield* run(namesOf)]).toEqual([["shop-production-gone"], ["api", "extra", "web"]])

      // without the resource that has the volume
      const bare = yield* Deploying.sourceOf("shop", "the third build", [
        { name: "api", config: yield* configOf(two, "api") }
      ])
      yield* run(deploy(bare, { prune: true }))
      expect(yield* run(namesOf)).toEqual(["api"])
      const volumes = yield* run(Effect.flatMap(ControlPlane, ({ findVolumes }) => findVolumes))
      expect(volumes.map(({ name, size }) => [name, size])).toEqual([["data-shop", 20]])
      const environment = yield* run(Effect.flatMap(FlashApp, (apps) => apps.getEnvironment("shop", "production")))
      expect(environment.networkVolumes.map(({ name }) => name)).toEqual(["data-shop"])
    }))

  it.scopedLive("is gone back from to what has served, also where that was not written down in time", () =>
    Effect.gen(function*() {
      const { platform, run } = yield* start
      const [one, two] = yield* sources
      yield* run(deploy(one))
      // promoted, and then its process was gone
      platform.faults.add([{ contains: "updateFlashBuildManifest", skip: 1, fail: 403 }])
      yield* Effect.flip(run(deploy(two)))
      const promoted = yield* run(Effect.flatMap(FlashApp, (apps) => apps.getEnvironment("shop", "production")))
      const third = yield* Deploying.sourceOf("shop", "the third build", [
        { name: "api", config: yield* configOf(two, "api") }
      ])
      const last = yield* run(deploy(third))
      assert(promoted.activeBuildId !== undefined && promoted.activeBuildId !== last.buildId)
      expect((yield* run(rollback)).buildId).toBe(promoted.activeBuildId)
    }).pipe(hurried))

  it.scopedLive("uploads again where the platform lost the connection, with an address of its own each time", () =>
    Effect.gen(function*() {
      const { changes, platform, run } = yield* start
      const [one] = yield* sources
      const upload = { method: "PUT", path: "/flash/artifacts/**" }
      platform.faults.add([
        { ...upload, fail: "drop" },
        { ...upload, fail: 503 },
        { ...upload, fail: "drop", when: "after" }
      ])
      yield* run(deploy(one))
      expect(platform.faults.list()).toEqual([])
      expect(changes().filter((change) => change.includes("PrepareArtifactUpload"))).toHaveLength(4)
      const builds = yield* run(Effect.flatMap(FlashApp, (apps) => apps.listBuilds("shop")))
      expect(builds).toHaveLength(1)
    }).pipe(hurried))
})

const configOf = (source: Source, name: string) =>
  Effect.flatMap(
    Effect.promise(() => import("../../src/discovery/Manifest.ts")),
    (Manifest) => Manifest.configOf(source.manifest.resources[name]!)
  )
