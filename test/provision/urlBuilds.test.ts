/** Deployments without a flash app: archives at addresses, REST v2 alone, and records in the project's folder. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Clock, ConfigProvider, Duration, Effect, Either, Exit, Fiber, Redacted } from "effect"
import type { Scope } from "effect"
import type { Platform } from "effect-flash/local"
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Fault } from "../../runtime/platform/control/Faults.ts"
import * as ArtifactStore from "../../src/provision/ArtifactStore.ts"
import { BuildRecords, layerFile } from "../../src/provision/BuildRecords.ts"
import { Deployment, Source } from "../../src/provision/Deployment.ts"
import { ResourceState } from "../../src/provision/ResourceState.ts"
import type { Place } from "../../src/provision/ResourceState.ts"
import * as SignedUrl from "../../src/provision/SignedUrl.ts"
import * as Deploying from "./deploying.ts"
import { hurried } from "./http.ts"
import * as Lane from "./lane.ts"
import * as ObjectStore from "./objectStore.ts"

const place = { app: "shop", env: "production" }

describe("signed addresses", () => {
  /** The example of the documentation of S3. */
  const credentials = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: Redacted.make("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    region: "us-east-1"
  }
  const sign = (options: Partial<Parameters<typeof SignedUrl.make>[0]> = {}) =>
    Redacted.value(SignedUrl.make({
      method: "GET",
      url: "https://examplebucket.s3.amazonaws.com/test.txt",
      credentials,
      lifetime: 86_400,
      now: Date.UTC(2013, 4, 24),
      ...options
    }))

  it("are those of the documentation", () =>
    expect(sign()).toBe(
      "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256" +
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    ))

  it("are of one method and one object, and carry the token of temporary credentials", () => {
    const signatureOf = (url: string) => new URL(url).searchParams.get("X-Amz-Signature")
    const other = sign({ url: "https://examplebucket.s3.amazonaws.com/a%20b" })
    expect(new Set([sign(), sign({ method: "PUT" }), other].map(signatureOf)).size).toBe(3)
    expect(new URL(other).pathname).toBe("/a%20b")
    const temporary = sign({ credentials: { ...credentials, sessionToken: Redacted.make("to/ken") } })
    expect(temporary).toContain("&X-Amz-Security-Token=to%2Fken&X-Amz-SignedHeaders=host&")
  })
})

describe("the store that the environment names", () => {
  const found = (variables: Record<string, string>) =>
    Effect.gen(function*() {
      const layer = yield* ArtifactStore.fromEnvironment
      if (layer === undefined) return undefined
      return yield* Effect.gen(function*() {
        const { kind, read, write } = yield* ArtifactStore.ArtifactStore
        const [from, to] = [yield* read("shop/production/a b.tar.gz"), yield* write("shop/production/a b.tar.gz")]
        return { kind, get: Redacted.value(from.url), put: Redacted.value(to.url), expiresAt: from.expiresAt }
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))))

  const keys = { AWS_ACCESS_KEY_ID: "AK", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-central-1" }

  it.effect("is none, a server, S3 with signatures, or a pair of addresses", () =>
    Effect.gen(function*() {
      expect(yield* found(keys)).toBeUndefined()
      expect(yield* found({ FLASH_ARTIFACT_STORE: "http://store/b/" })).toEqual({
        kind: "keyed",
        get: "http://store/b/shop/production/a%20b.tar.gz",
        put: "http://store/b/shop/production/a%20b.tar.gz",
        expiresAt: undefined
      })
      const signed = yield* found({ ...keys, FLASH_ARTIFACT_STORE: "https://s3.eu-central-1.amazonaws.com/b" })
      expect(signed?.put).toMatch(/^https:\/\/s3\.eu-central-1\.amazonaws\.com\/b\/shop\/.*Expires=3600.*Signature=/)
      expect(signed?.get).toMatch(/eu-central-1%2Fs3.*Expires=604800.*Signature=/)
      expect(signed?.expiresAt).toBe(604_800_000)
      const open = yield* found({
        ...keys,
        FLASH_ARTIFACT_STORE: "https://s3/b",
        FLASH_ARTIFACT_PUBLIC_URL: "https://cdn"
      })
      expect([open?.get, open?.expiresAt]).toEqual(["https://cdn/shop/production/a%20b.tar.gz", undefined])
      expect(yield* found({ FLASH_ARTIFACT_PUT_URL: "http://a/?p=1", FLASH_ARTIFACT_GET_URL: "http://a/?g=1" }))
        .toEqual({
          kind: "single",
          get: "http://a/?g=1",
          put: "http://a/?p=1",
          expiresAt: undefined
        })
    }))

  it.effect("is an error where it is half said, or is no address", () =>
    Effect.gen(function*() {
      const wrong = (variables: Record<string, string>) => Effect.map(Effect.flip(found(variables)), String)
      expect(yield* wrong({ FLASH_ARTIFACT_PUT_URL: "http://a" })).toContain("FLASH_ARTIFACT_GET_URL")
      expect(yield* wrong({ FLASH_ARTIFACT_STORE: "s3://bucket" })).toContain("FLASH_ARTIFACT_STORE")
      expect(yield* wrong({ FLASH_ARTIFACT_STORE: "https://s3/b?X-Amz-Signature=1" })).toContain("a query")
      expect(yield* wrong({ FLASH_ARTIFACT_STORE: "https://me:secret@s3/b" })).toContain("a password")
    }))
})

/** A platform without GraphQL, a store of archives, and what a folder keeps. */
const start: Effect.Effect<Setting, unknown, Scope.Scope> = Effect.gen(function*() {
  const platform = yield* Lane.platform
  platform.faults.add([{ path: "/graphql", fail: 410, times: 100_000 }])
  return { platform, objects: yield* ObjectStore.make, memory: Deploying.memory() }
})

interface Setting {
  readonly platform: Platform.Platform["Type"]
  readonly objects: ObjectStore.ObjectStore
  readonly memory: Deploying.Memory
}

/** As the next process does it. */
const next = ({ memory, objects, platform }: Setting, options: Parameters<typeof Deploying.layer>[2] = {}) =>
  Deploying.layer(platform, memory, { store: Deploying.storeAt(objects), ...options })

/** What the workers of each endpoint are told to run: the first characters of archives' sha256. */
const running = (setting: Setting, at: Place = place) =>
  Effect.map(Deploying.endpointsOf(at), (endpoints) =>
    Object.fromEntries(endpoints.map(({ env = {}, name }) => {
      const [path, sha256] = [env["FLASH_BUILD_ARTIFACT_PATH"], env["FLASH_BUILD_ARTIFACT_SHA256"]]
      assert(path !== undefined && sha256 !== undefined)
      const { origin, pathname } = new URL(Redacted.value(path))
      assert.strictEqual(origin, new URL(setting.objects.url).origin)
      assert(setting.objects.objects.has(decodeURIComponent(pathname)), "the archive is there")
      return [name.slice(`${at.app}-${at.env}-`.length), Redacted.value(sha256).slice(0, 6)]
    }))).pipe(Effect.provide(next(setting)))

const shaOf = (source: Source): string => {
  assert(source._tag === "Archive")
  return source.archive.sha256.slice(0, 6)
}

const sources = Effect.all([Deploying.first("shop"), Deploying.second("shop", "cpu3c-4-8")])

describe("without a flash app", () => {
  it.scopedLive("a build is deployed, found again, replaced, gone back to and pruned by REST v2 alone", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const { memory, objects, platform } = setting
      const [one, two] = yield* sources
      const inspect = (source: Source) => Effect.flatMap(Deployment, ({ inspect }) => inspect(place, source))
      const deploy = (source: Source) => Deploying.deploy(place, source).pipe(Effect.provide(next(setting)))

      const first = yield* deploy(one)
      expect([first.isPromoted, yield* running(setting)]).toEqual([
        true,
        { api: shaOf(one), gone: shaOf(one), web: shaOf(one) }
      ])
      expect(first.endpoints.map(({ url }) => url)).toEqual([
        `http://${first.endpoints[0]?.id}.localhost:${new URL(platform.url).port}`,
        `${platform.url}/v2/${first.endpoints[1]?.id}`,
        `${platform.url}/v2/${first.endpoints[2]?.id}`
      ])
      // the same again: nothing is sent
      const uploads = () => objects.requests.filter((request) => request.startsWith("PUT"))
      expect(uploads()).toHaveLength(1)
      const writes: Array<string> = []
      const note = ({ method }: { readonly method: string }) => method === "GET" ? undefined : writes.push(method)
      const again = yield* Deploying.deploy(place, one).pipe(Effect.provide(next(setting, { note })))
      expect([again.isPromoted, again.buildId, uploads().length, writes]).toEqual([false, first.buildId, 1, []])

      const second = yield* deploy(two)
      expect([second.isPromoted, second.removed, yield* running(setting)]).toEqual([
        true,
        ["shop-production-gone"],
        { api: shaOf(two), extra: shaOf(two), web: shaOf(two) }
      ])
      const left = yield* inspect(two).pipe(Effect.provide(next(setting)))
      expect([left.plan.steps.map(({ action }) => action), left.removed.steps]).toEqual([["none", "none", "none"], []])

      // back, which uploads nothing
      const back = yield* Effect.gen(function*() {
        const deployment = yield* Deployment
        const source = yield* deployment.earlier(place)
        return yield* deployment.deploy(yield* deployment.inspect(place, source), { prune: true })
      }).pipe(Effect.provide(next(setting)))
      expect([back.buildId, uploads().length, yield* running(setting)]).toEqual([
        first.buildId,
        2,
        { api: shaOf(one), gone: shaOf(one), web: shaOf(one) }
      ])
      const missing = yield* Effect.flip(Effect.flatMap(Deployment, (it) => it.earlier(place))).pipe(
        Effect.provide(next(setting))
      )
      expect(missing._tag).toBe("BuildUnusable")
      const { environments } = yield* Effect.provide(BuildRecords, memory.records)
      expect(yield* environments("shop")).toEqual(["production"])
    }))

  it.scopedLive("a folder without records finds the endpoints and the archive, unless that is not whole", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const { objects } = setting
      const [one, two] = yield* sources
      const deploy = (source: Source) =>
        Deploying.deploy(place, source).pipe(Effect.provide(next({ ...setting, memory: Deploying.memory() })))
      const uploads = () => objects.requests.filter((request) => request.startsWith("PUT")).length
      const first = yield* deploy(one)
      const again = yield* deploy(one)
      expect([again.buildId, again.endpoints, uploads()]).toEqual([first.buildId, first.endpoints, 1])
      const other = yield* deploy(two)
      expect(other.endpoints.filter(({ resource }) => resource !== "extra")).toEqual(
        first.endpoints.filter(({ resource }) => resource !== "gone")
      )
      for (const path of objects.objects.keys()) objects.objects.set(path, Buffer.from("part"))
      yield* deploy(two)
      expect([uploads(), [...objects.objects.values()].map(String)]).toEqual([3, ["part", "the second build"]])
    }))

  it.scopedLive("a promotion that ends in the middle says so, and is gone on with or taken back", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const { faults } = setting.platform
      const [one, two] = yield* sources
      const deploy = (source: Source) => Deploying.deploy(place, source).pipe(Effect.provide(next(setting)))
      const first = yield* deploy(one)
      // the first is for a setting, the second is of the promotion, and the third is refused
      const half = () => faults.add([{ method: "PATCH", skip: 2, fail: 403 }])
      half()
      const failed = yield* Effect.flip(deploy(two))
      assert(failed._tag === "DeploymentIncomplete")
      expect([failed.serving, failed.failed.length]).toEqual(["both", 1])
      expect(failed.message).toContain("The other endpoints serve the new build already")
      const shas = Effect.map(running(setting), ({ api, web }) => [api, web].toSorted())
      expect(yield* shas).toEqual([shaOf(one), shaOf(two)].toSorted())

      const back = yield* deploy(one)
      expect([back.buildId, back.isPromoted, yield* shas]).toEqual([first.buildId, false, [shaOf(one), shaOf(one)]])
      half()
      yield* Effect.flip(deploy(two))
      const on = yield* deploy(two)
      expect([on.isPromoted, yield* shas]).toEqual([true, [shaOf(two), shaOf(two)]])
    }))

  it.scopedLive("environments have builds of their own", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const [one, two] = yield* sources
      const staging = { app: "shop", env: "staging" }
      yield* Effect.all([Deploying.deploy(place, one), Deploying.deploy(staging, two)]).pipe(
        Effect.provide(next(setting))
      )
      expect(Object.values(yield* running(setting))).toEqual([shaOf(one), shaOf(one), shaOf(one)])
      expect(Object.values(yield* running(setting, staging))).toEqual([shaOf(two), shaOf(two), shaOf(two)])
    }))

  it.scopedLive(
    "a fault at any call leaves endpoints that run a whole build, and the next deployment converges",
    () =>
      Effect.gen(function*() {
        const setting = yield* start
        const { platform: { faults } } = setting
        const [one, two] = yield* sources
        const strikes: ReadonlyArray<Fault> = [
          { fail: "drop" },
          { fail: "drop", when: "after" },
          { fail: 500, when: "after" },
          { fail: 429, retryAfter: 1 },
          { fail: "timeout" },
          { fail: "timeout", when: "after" }
        ]
        const calls: ReadonlyArray<Fault> = [
          ...[0, 1, 2].map((skip) => ({ method: "PATCH", skip })),
          ...[0, 1].map((skip) => ({ method: "POST", path: "/v2/serverless", skip })),
          { method: "DELETE" }
        ]
        let index = 0
        let struck = 0
        for (const call of calls) {
          for (const strike of strikes) {
            const at = { app: `shop${index++}`, env: "production" }
            yield* Deploying.deploy(at, one).pipe(Effect.provide(next(setting)))
            faults.add([{ ...call, ...strike }])
            const deployment = yield* Effect.fork(Deploying.deploy(at, two).pipe(Effect.provide(next(setting))))
            const exit = strike.fail === "timeout"
              ? yield* Effect.raceFirst(
                Effect.zipRight(
                  Lane.until(() => faults.unanswered().length > 0),
                  Fiber.interrupt(deployment)
                ),
                Fiber.await(deployment)
              )
              : yield* Fiber.await(deployment)
            const what = JSON.stringify({ ...call, ...strike })
            if (!faults.list().some(({ method }) => method !== undefined)) struck++
            faults.clear()
            faults.add([{ path: "/graphql", fail: 410, times: 100_000 }])
            // each runs the one or the other, and both archives are there
            const now = yield* running(setting, at)
            expect(Object.values(now).filter((sha) => sha !== shaOf(one) && sha !== shaOf(two)), what).toEqual([])
            if (Exit.isSuccess(exit)) expect(new Set(Object.values(now)), what).toEqual(new Set([shaOf(two)]))
            yield* Deploying.deploy(at, two).pipe(Effect.provide(next(setting)))
            expect(yield* running(setting, at), what).toEqual({ api: shaOf(two), extra: shaOf(two), web: shaOf(two) })
            const records = yield* Effect.flatMap(ResourceState, ({ all }) => all).pipe(
              Effect.provide(setting.memory.state(at))
            )
            expect(records.map(({ name, status }) => `${name} ${status}`), what).toEqual([
              "api ready",
              "extra ready",
              "web ready"
            ])
            yield* Deploying.clear(at).pipe(Effect.provide(next(setting)))
          }
        }
        // one POST is all that there may be
        expect(struck).toBeGreaterThanOrEqual(strikes.length * (calls.length - 1))
      }).pipe(hurried),
    60_000
  )
})

describe("an upload", () => {
  const upload = (setting: Setting, source: Source) =>
    Deploying.deploy(place, source).pipe(Effect.provide(next(setting)), Effect.either)

  it.scopedLive("is repeated where the connection or the store fails, whole each time", () =>
    Effect.gen(function*() {
      const setting = yield* start
      setting.objects.faults.push("before", "after", 503)
      const [one] = yield* sources
      const deployed = yield* upload(setting, one)
      assert(Either.isRight(deployed))
      expect(setting.objects.requests.filter((request) => request.startsWith("PUT"))).toHaveLength(4)
      expect([...setting.objects.objects.values()].map(String)).toEqual(["the first build"])
    }).pipe(hurried))

  it.scopedLive("that is interrupted has deployed nothing, and what has arrived is not sent again", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const { objects } = setting
      objects.faults.push("hang")
      const [one] = yield* sources
      const interrupted = yield* Effect.fork(upload(setting, one))
      yield* Lane.until(() => objects.held > 0)
      yield* Fiber.interrupt(interrupted)
      expect(yield* Deploying.endpointsOf(place).pipe(Effect.provide(next(setting)))).toEqual([])
      expect(Either.isRight(yield* upload(setting, one))).toBe(true)
      expect(objects.requests.filter((request) => request.startsWith("PUT"))).toHaveLength(1)
      expect(Object.values(yield* running(setting))).toEqual([shaOf(one), shaOf(one), shaOf(one)])
    }))

  it.scopedLive("that is refused, or whose file has changed since it was built, deploys nothing", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const [one] = yield* sources
      setting.objects.faults.push(400)
      const refused = yield* upload(setting, one)
      expect(String(Either.getLeft(refused))).toContain("the storage answered 400")
      assert(one._tag === "Archive")
      const archive = { ...one.archive, path: join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), "a.tar.gz") }
      writeFileSync(archive.path, "the other build")
      const changed = yield* upload(setting, Source.Archive({ ...one, archive }))
      expect(String(Either.getLeft(changed))).toContain("it has changed since it was built")
      expect(yield* Deploying.endpointsOf(place).pipe(Effect.provide(next(setting)))).toEqual([])
      // what was not put there whole is not taken for it
      expect(Either.isRight(yield* upload(setting, one))).toBe(true)
    }).pipe(hurried))

  it.scopedLive("is done again where the store has forgotten the archive, and a rollback to it is refused", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const [one, two] = yield* sources
      yield* upload(setting, one)
      yield* upload(setting, two)
      setting.objects.objects.delete([...setting.objects.objects.keys()][0] ?? "")
      const rollback = yield* Effect.gen(function*() {
        const deployment = yield* Deployment
        return yield* deployment.inspect(place, yield* deployment.earlier(place))
      }).pipe(Effect.flip, Effect.provide(next(setting)))
      expect("message" in rollback && rollback.message).toContain("its archive is not where it was put")
      const again = yield* upload(setting, one)
      assert(Either.isRight(again) && again.right.isPromoted)
      expect(Object.values(yield* running(setting))).toEqual([shaOf(one), shaOf(one), shaOf(one)])
    }).pipe(hurried))

  it.scopedLive("goes to one pair of addresses where there is no store", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const [one] = yield* sources
      const at = `${setting.objects.url}/upload.tar.gz`
      const pair = ArtifactStore.layerPair({ put: Redacted.make(`${at}?put=1`), get: Redacted.make(`${at}?get=1`) })
      yield* Deploying.deploy(place, one).pipe(Effect.provide(next(setting, { store: pair })))
      expect(setting.objects.queries.map(String)).toEqual(["put=1", "get=1"])
      expect(Object.values(yield* running(setting))).toEqual([shaOf(one), shaOf(one), shaOf(one)])
    }))
})

/** The same, at another time. */
const later = (by: Duration.Duration) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((real) =>
    Effect.withClock(self, {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => real.unsafeCurrentTimeMillis() + Duration.toMillis(by),
      unsafeCurrentTimeNanos: () => real.unsafeCurrentTimeNanos(),
      currentTimeMillis: Effect.map(real.currentTimeMillis, (now) => now + Duration.toMillis(by)),
      currentTimeNanos: real.currentTimeNanos,
      sleep: (duration) => real.sleep(duration)
    })
  )

describe("the records of builds", () => {
  it.scopedLive("are in a file of their owner's, and show no signature where they are printed", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const directory = mkdtempSync(join(tmpdir(), "effect-flash-test-"))
      const [one] = yield* sources
      const credentials = { accessKeyId: "AK", secretAccessKey: Redacted.make("hunter2"), region: "us-east-1" }
      const store = ArtifactStore.layerOf({ url: setting.objects.url, credentials })
      const memory = { ...setting.memory, records: layerFile(directory) }
      yield* Deploying.deploy(place, one).pipe(Effect.provide(next({ ...setting, memory }, { store })))
      const file = join(directory, "shop", "production.json")
      expect(statSync(file).mode & 0o077).toBe(0)
      expect(readFileSync(file, "utf8")).not.toContain("hunter2")
      const state = yield* Effect.flatMap(ResourceState, ({ all }) => all).pipe(
        Effect.provide(setting.memory.state(place))
      )
      expect(JSON.stringify(state)).not.toContain("X-Amz-Signature")
      const records = yield* Effect.flatMap(BuildRecords, ({ read }) => read(place)).pipe(
        Effect.provide(layerFile(directory))
      )
      expect(records.active).toBe(records.builds[0]?.id)
      expect(String(records.builds[0]?.url)).not.toContain("X-Amz-Signature")
    }))

  it.scopedLive("an address that ends soon is signed anew", () =>
    Effect.gen(function*() {
      const setting = yield* start
      const [one] = yield* sources
      const credentials = { accessKeyId: "AK", secretAccessKey: Redacted.make("hunter2"), region: "us-east-1" }
      const options = { store: ArtifactStore.layerOf({ url: setting.objects.url, credentials }) }
      const deployAfter = (days: number) =>
        later(Duration.days(days))(Deploying.deploy(place, one).pipe(Effect.provide(next(setting, options))))
      const day = (days: number) =>
        new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "")
      const dates = Effect.map(Effect.provide(Deploying.endpointsOf(place), next(setting)), (all) =>
        all.map(({ env = {} }) =>
          new URL(Redacted.value(env["FLASH_BUILD_ARTIFACT_PATH"]!)).searchParams.get("X-Amz-Date")?.slice(0, 8)
        ))
      const today = [day(0), day(1)]
      yield* deployAfter(0)
      yield* deployAfter(4)
      expect(today).toContain([...new Set(yield* dates)].join())
      const again = yield* deployAfter(6)
      expect(again.isPromoted).toBe(false)
      expect([day(6), day(7)]).toContain([...new Set(yield* dates)].join())
      expect(setting.objects.requests.filter((request) =>
        request.startsWith("PUT")
      )).toHaveLength(1)
    }))
})
