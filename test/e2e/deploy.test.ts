/** `flash deploy` on the embedded platform: from sources that are gone afterwards to answers of every kind of function. */
import { assert, expect, layer } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, Flash, remote, remoteClass } from "effect-flash"
import { Platform } from "effect-flash/local"
import { mkdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as FlashDeployed from "../../src/FlashDeployed.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import { base } from "../build/fixture.ts"
import { flash } from "../cli/flash.ts"
import { environment, platform } from "../cli/platform.ts"
import { project, write } from "../live/liveThread.ts"

const source = (greeting: string) => `
import { Effect, Schema } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, remote, remoteClass } from "effect-flash"

const back = CpuLiveServerless.make("back", { workersMax: 1 })
const front = CpuLiveServerless.make("front", { workersMax: 1 })
const api = CpuLiveLoadBalancer.make("api", { workersMax: 1 })

export const shout = remote("shout", { resource: back, payload: { text: Schema.String }, success: Schema.String },
  ({ text }) => Effect.succeed("${greeting} " + text.toUpperCase()))

export const welcome = remote("welcome", { resource: front, payload: { name: Schema.String }, success: Schema.String },
  ({ name }) => Effect.orDie(shout({ text: name })))

export const Counter = remoteClass("Counter", {
  resource: front,
  constructor: { start: Schema.Number },
  methods: { add: { payload: { n: Schema.Number }, success: Schema.Number } }
}, ({ start }) => {
  let value = start
  return Effect.succeed({ add: ({ n }) => Effect.sync(() => value += n) })
})

export const ping = remote("ping", {
  resource: api, method: "GET", path: "/ping/{name}", payload: { name: Schema.String }, success: Schema.String
}, ({ name }) => Effect.succeed("${greeting} " + name))
`

// ---------------------------------------------------------------------------------------------------------------------
// the program outside: contracts alone
// ---------------------------------------------------------------------------------------------------------------------

const front = CpuLiveServerless.make("front", { workersMax: 1 })
const api = CpuLiveLoadBalancer.make("api", { workersMax: 1 })
const welcome = remote("welcome", { resource: front, payload: { name: Schema.String }, success: Schema.String })
const ping = remote("ping", {
  resource: api,
  method: "GET",
  path: "/ping/{name}",
  payload: { name: Schema.String },
  success: Schema.String
})
const Counter = remoteClass("Counter", {
  resource: front,
  constructor: { start: Schema.Number },
  methods: { add: { payload: { n: Schema.Number }, success: Schema.Number } }
})
const unknownResource = remote("nowhere", { resource: CpuLiveServerless.make("none"), success: Schema.String })
const unknownFunction = remote("nobody", { resource: front, success: Schema.String })

const deployed = (app: string, env: string) =>
  Layer.unwrapEffect(
    Effect.map(Platform.Platform, ({ apiKey, url }) =>
      FlashDeployed.layerOn({ app, env }).pipe(Layer.provide(RunpodConfig.layerOf({
        apiKey,
        endpointBaseUrl: `${url}/v2`,
        graphqlUrl: `${url}/graphql`
      }))))
  )

const Answer = Schema.parseJson(Schema.Struct({
  buildId: Schema.String,
  promoted: Schema.Boolean,
  removed: Schema.Array(Schema.String),
  endpoints: Schema.Array(Schema.Struct({ resource: Schema.String, id: Schema.String, url: Schema.String })),
  curl: Schema.String
}))

const PlanAnswer = Schema.parseJson(Schema.Struct({
  buildId: Schema.optional(Schema.String),
  activeBuildId: Schema.optional(Schema.String),
  steps: Schema.Array(Schema.Struct({ resource: Schema.String, action: Schema.String }))
}))

/** A project of its own app, and the commands in it. */
const shop = (name: string) =>
  Effect.gen(function*() {
    const root = yield* project({ ...base, "main.ts": source("hello") })
    const variables = yield* environment
    const { apiKey } = yield* Platform.Platform
    const run = (...args: ReadonlyArray<string>) => flash([...args, "--app", name], variables, root)
    const deploy = (...args: ReadonlyArray<string>) =>
      Effect.flatMap(run("deploy", "--yes", "--json", ...args), (result) => {
        assert.strictEqual(result.code, 0, result.stderr)
        return Schema.decode(Answer)(result.stdout)
      })
    return {
      root,
      run,
      deploy,
      plan: (...args: ReadonlyArray<string>) =>
        Effect.flatMap(run("plan", "--json", ...args), ({ stdout }) => Schema.decode(PlanAnswer)(stdout)),
      /** A payload as it is, over the job API. */
      shout: (url: string) =>
        Effect.promise(async () => {
          const response = await fetch(`${url}/runsync`, {
            method: "POST",
            headers: { authorization: `Bearer ${Redacted.value(apiKey)}`, "content-type": "application/json" },
            body: JSON.stringify({ input: { text: "ada" } })
          })
          const body: unknown = await response.json()
          return body
        })
    }
  })

const urlOf = (answer: typeof Answer.Type, name: string) =>
  answer.endpoints.find(({ resource }) => resource === name)?.url ?? ""

layer(platform, { excludeTestServices: true })("flash deploy", (it) => {
  it.scoped(
    "makes what answers without the sources, over the job API, the load balancer and layerDeployed",
    () =>
      Effect.gen(function*() {
        const { deploy, plan, root, run, shout } = yield* shop("first")
        const unasked = yield* run("deploy")
        expect([unasked.code, unasked.stdout]).toEqual([2, ""])
        expect(unasked.stderr).toContain("--yes")
        expect(unasked.stderr).toMatch(/\+ back/)
        const first = yield* deploy()
        expect(first.endpoints.map(({ resource }) => resource)).toEqual(["api", "back", "front"])
        // the same again: nothing is uploaded, changed or promoted
        expect(yield* plan()).toMatchObject({
          buildId: first.buildId,
          activeBuildId: first.buildId,
          steps: ["api", "back", "front"].map((resource) => ({ resource, action: "none" }))
        })
        expect(yield* deploy()).toMatchObject({ buildId: first.buildId, promoted: false, endpoints: first.endpoints })

        const aside = join(root, "..", `${first.buildId}.aside`)
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            mkdirSync(aside)
            for (const path of ["main.ts", ".flash"]) renameSync(join(root, path), join(aside, path))
          }),
          () => Effect.sync(() => rmSync(aside, { recursive: true }))
        )
        expect(yield* shout(urlOf(first, "back"))).toMatchObject({ status: "COMPLETED", output: "hello ADA" })
        yield* Effect.gen(function*() {
          expect(yield* welcome({ name: "bea" })).toBe("hello BEA")
          expect(yield* ping({ name: "cleo" })).toBe("hello cleo")
          const counter = yield* Counter({ start: 1 })
          expect(yield* counter.add({ n: 2 })).toBe(3)
          expect((yield* Effect.flip(unknownResource())).message).toContain(
            `no resource "none" (it knows api, back, front)`
          )
          expect((yield* Effect.flip(unknownFunction())).message).toContain("nobody")
        }).pipe(Flash.provide, Effect.provide(deployed("first", "production")), Effect.scoped)
      }),
    150_000
  )

  it.scoped(
    "keeps the old build where the promotion fails, converges, rolls back, and keeps environments apart",
    () =>
      Effect.gen(function*() {
        const { deploy, root, run, shout } = yield* shop("second")
        const staging = yield* deploy("--env", "staging")
        const old = yield* deploy("--env", "production")
        expect(old.buildId).not.toBe(staging.buildId)
        expect(urlOf(old, "back")).not.toBe(urlOf(staging, "back"))
        // which is meant has to be said now
        expect(yield* run("deploy", "--yes")).toMatchObject({ code: 2, stdout: "" })

        write(root, { "main.ts": source("goodbye") })
        const { faults } = yield* Platform.Platform
        faults.add([{ contains: "deployBuildToEnvironment", fail: 403 }])
        const failed = yield* run("deploy", "--env", "production", "--yes")
        expect([failed.code, failed.stdout]).not.toEqual([0, ""])
        expect(yield* shout(urlOf(old, "back"))).toMatchObject({ output: "hello ADA" })

        const next = yield* deploy("--env", "production")
        expect(next).toMatchObject({ promoted: true, endpoints: old.endpoints })
        expect(yield* shout(urlOf(next, "back"))).toMatchObject({ output: "goodbye ADA" })
        expect(yield* shout(urlOf(staging, "back"))).toMatchObject({ output: "hello ADA" })

        const back = yield* run("rollback", "--env", "production", "--yes", "--json")
        expect(yield* Schema.decode(Answer)(back.stdout)).toMatchObject({ buildId: old.buildId, promoted: true })
        expect(yield* shout(urlOf(old, "back"))).toMatchObject({ output: "hello ADA" })
      }),
    150_000
  )
})
