/** `flash deploy` on the embedded platform: from sources that are gone afterwards to answers of every kind of function. */
import { assert, expect, layer } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted, Schema } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, Flash, remote, remoteClass } from "effect-flash"
import { Platform } from "effect-flash/local"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FlashDeployed from "../../src/FlashDeployed.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import { base } from "../build/fixture.ts"
import { flash, start } from "../cli/flash.ts"
import { environment, platform } from "../cli/platform.ts"
import { project, write } from "../live/liveThread.ts"
import * as Lane from "../provision/lane.ts"
import * as ObjectStore from "../provision/objectStore.ts"

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
        restBaseUrl: `${url}/v2`,
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

const Previewed = Schema.parseJson(Schema.Struct({
  apiKey: Schema.Redacted(Schema.String),
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
const shop = (name: string, more: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function*() {
    const root = yield* project({ ...base, "main.ts": source("hello") })
    const variables = { ...(yield* environment), ...more }
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
      start: (...args: ReadonlyArray<string>) => start([...args, "--app", name], variables, root),
      variables,
      plan: (...args: ReadonlyArray<string>) =>
        Effect.flatMap(run("plan", "--json", ...args), ({ stdout }) => Schema.decode(PlanAnswer)(stdout)),
      /** A payload as it is, over the job API. */
      shout: (url: string) => shout(url, apiKey)
    }
  })

const shout = (url: string, apiKey: Redacted.Redacted) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/runsync`, {
      method: "POST",
      headers: { authorization: `Bearer ${Redacted.value(apiKey)}`, "content-type": "application/json" },
      body: JSON.stringify({ input: { text: "ada" } })
    })
    const body: unknown = await response.json()
    return body
  })

/** Of what a machine has installed. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-tools-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const urlOf = (answer: typeof Answer.Type, name: string) =>
  answer.endpoints.find(({ resource }) => resource === name)?.url ?? ""

/** A program outside, with every kind of function. */
const calls = Effect.gen(function*() {
  expect(yield* welcome({ name: "bea" })).toBe("hello BEA")
  expect(yield* ping({ name: "cleo" })).toBe("hello cleo")
  const counter = yield* Counter({ start: 1 })
  expect(yield* counter.add({ n: 2 })).toBe(3)
  expect((yield* Effect.flip(unknownResource())).message).toContain(`no resource "none" (it knows api, back, front)`)
  expect((yield* Effect.flip(unknownFunction())).message).toContain("nobody")
})

/** The same on the target that a program's variables name. */
const onTarget = (variables: Readonly<Record<string, string>>) =>
  calls.pipe(
    Flash.provide,
    Effect.provide(Flash.layer),
    Effect.scoped,
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))
  )

layer(platform, { excludeTestServices: true })("flash deploy", (it) => {
  it.scoped(
    "makes what answers without the sources, goes on where it was killed, goes back, and keeps environments apart",
    () =>
      Effect.gen(function*() {
        const { deploy, plan, root, run, shout, start } = yield* shop("first")
        const unasked = yield* run("deploy", "--env", "staging")
        expect([unasked.code, unasked.stdout]).toEqual([2, ""])
        expect(unasked.stderr).toContain("--yes")
        expect(unasked.stderr).toMatch(/\+ back/)
        const staging = yield* deploy("--env", "staging")
        const old = yield* deploy("--env", "production")
        expect(old.endpoints.map(({ resource }) => resource)).toEqual(["api", "back", "front"])
        expect(old.buildId).not.toBe(staging.buildId)
        expect(urlOf(old, "back")).not.toBe(urlOf(staging, "back"))
        // which is meant has to be said now
        expect(yield* run("deploy", "--yes")).toMatchObject({ code: 2, stdout: "" })

        const aside = join(root, "..", `${old.buildId}.aside`)
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            mkdirSync(aside)
            renameSync(join(root, "main.ts"), join(aside, "main.ts"))
            rmSync(join(root, ".flash", "artifact.tar.gz"))
          }),
          () => Effect.sync(() => rmSync(aside, { recursive: true }))
        )
        expect(yield* shout(urlOf(old, "back"))).toMatchObject({ status: "COMPLETED", output: "hello ADA" })
        yield* calls.pipe(Flash.provide, Effect.provide(deployed("first", "production")), Effect.scoped)

        write(root, { "main.ts": source("goodbye") })
        const { faults } = yield* Platform.Platform
        faults.add([{ contains: "deployBuildToEnvironment", fail: "timeout" }])
        const killed = yield* start("deploy", "--env", "production", "--yes")
        yield* Lane.until(() => faults.unanswered().length > 0)
        yield* killed.kill("SIGKILL")
        yield* killed.result
        expect(yield* shout(urlOf(old, "back"))).toMatchObject({ output: "hello ADA" })

        const next = yield* deploy("--env", "production")
        expect(next).toMatchObject({ promoted: true, endpoints: old.endpoints })
        expect(yield* shout(urlOf(next, "back"))).toMatchObject({ output: "goodbye ADA" })
        expect(yield* shout(urlOf(staging, "back"))).toMatchObject({ output: "hello ADA" })
        expect(yield* plan("--env", "production")).toMatchObject({
          buildId: next.buildId,
          activeBuildId: next.buildId,
          steps: ["api", "back", "front"].map((resource) => ({ resource, action: "none" }))
        })

        const back = yield* run("rollback", "--env", "production", "--yes", "--json")
        expect(yield* Schema.decode(Answer)(back.stdout)).toMatchObject({ buildId: old.buildId, promoted: true })
        expect((yield* run("env", "delete", "staging", "--yes")).code).toBe(0)
        expect(yield* shout(urlOf(old, "back"))).toMatchObject({ output: "hello ADA" })
      }),
    150_000
  )

  it.scoped(
    "without a flash app puts the archive into a store, whence workers run it and find each other",
    () =>
      Effect.gen(function*() {
        const objects = yield* ObjectStore.make
        const { faults } = yield* Platform.Platform
        const { deploy, shout, variables } = yield* shop("plain")
        yield* Effect.acquireRelease(
          Effect.sync(() => faults.add([{ path: "/graphql", fail: 410, times: 10_000 }])),
          () => Effect.sync(faults.clear)
        )
        const answer = yield* deploy("--artifact-store", objects.url)
        expect([...objects.objects.keys()]).toEqual([
          expect.stringMatching(/^\/bucket\/plain\/production\/[0-9a-f]{64}\.tar\.gz$/)
        ])
        expect(yield* shout(urlOf(answer, "back"))).toMatchObject({ status: "COMPLETED", output: "hello ADA" })
        yield* onTarget({ ...variables, FLASH_TARGET: "deployed", FLASH_APP: "plain" })
        // also where there is no record of them
        const everything = ["undeploy", "--all", "--app", "plain", "--env", "production", "--yes"]
        const undeployed = yield* flash(everything, variables, yield* folder)
        expect([undeployed.code, undeployed.stdout]).toEqual([0, "Deleted api\nDeleted back\nDeleted front\n"])
        const none = yield* Effect.flip(onTarget({ ...variables, FLASH_TARGET: "deployed", FLASH_APP: "plain" }))
        expect(String(none)).toContain("it has no endpoint")
      }),
    60_000
  )

  it.scoped(
    "--preview without docker runs the build on the embedded platform until it is interrupted",
    () =>
      Effect.gen(function*() {
        const tools = yield* folder
        const { root, start } = yield* shop("tried", { PATH: tools })
        const preview = yield* start("deploy", "--preview", "--json")
        yield* preview.wrote("\n")
        const { apiKey, ...answer } = yield* Schema.decode(Previewed)(yield* preview.printed)
        expect(yield* shout(urlOf(answer, "back"), apiKey)).toMatchObject({ status: "COMPLETED", output: "hello ADA" })
        expect(existsSync(join(root, ".flash", "state"))).toBe(false)
        yield* preview.kill("SIGINT")
        expect((yield* preview.result).code).toBe(130)
      }),
    60_000
  )

  it.scoped(
    "--preview starts the containers where docker is, and removes them in the end",
    () =>
      Effect.gen(function*() {
        const tools = yield* folder
        // a docker that writes down what it is asked, and runs containers until it is interrupted
        writeFileSync(
          join(tools, "docker"),
          `#!/bin/sh
echo "$*" >>"${tools}/asked"
case "$*" in *" up "*) trap "exit 0" INT; while :; do sleep 0.05; done;; esac
`,
          { mode: 0o755 }
        )
        const { root, start } = yield* shop("tried", { PATH: `${tools}:/usr/bin:/bin` })
        const preview = yield* start("deploy", "--preview")
        const asked = () => existsSync(join(tools, "asked")) ? readFileSync(join(tools, "asked"), "utf8") : ""
        yield* Lane.until(() => asked().includes(" up "))
        expect(yield* preview.printed).toMatch(
          /^api {2}http:\/\/localhost:8\d{3}\nback {2}http:\/\/localhost:8\d{3}\/runsync\n/
        )
        yield* preview.kill("SIGINT")
        expect((yield* preview.result).code).toBe(130)
        const file = join(root, ".flash", "preview", "compose.yaml")
        const compose = `compose --file ${file} --project-name flash-preview-tried`
        expect(asked()).toBe(
          ["compose version", "info", `${compose} up --remove-orphans`, `${compose} down --remove-orphans`, ""].join(
            "\n"
          )
        )
        expect(readFileSync(file, "utf8")).toContain(`- "${join(root, ".flash", "artifact.tar.gz")}:/root/`)
      }),
    60_000
  )
})
