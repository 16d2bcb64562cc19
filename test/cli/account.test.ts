/** Commands about the account, against the embedded platform. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, layer } from "@effect/vitest"
import { Effect, Layer, Option, Schedule } from "effect"
import { Platform } from "effect-flash/local"
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { environmentOf } from "../../cli/services/Deploying.ts"
import { table } from "../../cli/ui/Text.ts"
import * as AppBuilds from "../../src/provision/AppBuilds.ts"
import { BuildStore } from "../../src/provision/BuildStore.ts"
import * as FlashAppGraphql from "../../src/provision/FlashAppGraphql.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodGraphql from "../../src/runpod/RunpodGraphql.ts"
import * as PlainEndpoint from "../e2e/plainEndpoint.ts"
import { start } from "./flash.ts"
import * as InProcess from "./inProcess.ts"
import { environment, platform } from "./platform.ts"

const flash = (args: ReadonlyArray<string>, env: Record<string, string>) =>
  InProcess.flash(args, env, env["HOME"] ?? ".")

const succeeds = (args: ReadonlyArray<string>, env: Record<string, string>) =>
  Effect.tap(flash(args, env), ({ code, stderr }) => expect({ code, stderr }).toEqual({ code: 0, stderr: "" }))

const configOf = (home: string) => join(home, ".runpod", "config.toml")

layer(platform, { excludeTestServices: true })("on the embedded platform", (it) => {
  describe("flash app and flash env", () => {
    it.scoped("make, show and delete", () =>
      Effect.gen(function*() {
        const env = yield* environment
        expect((yield* succeeds(["app", "create", "shop"], env)).stdout).toMatch(/^Created app shop \S+\n$/)
        yield* succeeds(["env", "create", "production", "--app", "shop"], env)
        yield* succeeds(["env", "create", "staging", "-a", "shop", "--json"], env)
        const list = yield* succeeds(["env", "list", "--app", "shop"], env)
        expect(list.stdout).toMatch(/^Environment +State +Build +Created\n/)
        expect(list.stdout).toMatch(/^production /m)
        const { stdout } = yield* succeeds(["app", "get", "shop", "--json"], env)
        expect(JSON.parse(stdout)).toMatchObject({
          name: "shop",
          flashEnvironments: [{ name: "production" }, { name: "staging" }]
        })
        expect((yield* succeeds(["env", "get", "production", "-a", "shop"], env)).stdout).toContain("State: ")
        expect((yield* succeeds(["env", "delete", "staging", "-a", "shop", "--yes"], env)).stdout).toBe(
          "Deleted environment staging\n"
        )
        expect((yield* succeeds(["app", "list"], env)).stdout).toMatch(/^shop +\S+ +production +0$/m)

        const refused = yield* flash(["app", "delete", "shop"], env)
        expect(refused.code).toBe(2)
        expect(refused.stderr).toContain("with 1 environment (production)")
        expect(refused.stderr).toContain("--yes")
        yield* succeeds(["app", "delete", "shop", "-y"], env)
        expect((yield* succeeds(["app", "list"], env)).stdout).toContain("There is no app")
      }))

    it.scoped("say what is not there", () =>
      Effect.gen(function*() {
        const env = yield* environment
        for (
          const args of [
            ["app", "get", "nowhere"],
            ["env", "list", "-a", "nowhere"],
            ["app", "delete", "nowhere", "-y"]
          ]
        ) {
          const { code, stderr, stdout } = yield* flash(args, env)
          expect({ code, stdout }).toEqual({ code: 4, stdout: "" })
          expect(stderr).toMatch(/^error\[FLASH-E301\]: RunPod has no flash app "nowhere"/)
        }
      }))
  })

  describe("flash deploy, plan and rollback", () => {
    it.scoped("mean the environment that is named, the only one, or production", () =>
      Effect.gen(function*() {
        const env = yield* environment
        yield* flash(["app", "create", "none"], env)
        yield* flash(["env", "create", "staging", "-a", "single"], env)
        for (const name of ["production", "staging"]) yield* flash(["env", "create", name, "-a", "both"], env)
        const { apiKey, url } = yield* Platform.Platform
        const meant = (app: string, given?: string) =>
          Effect.flatMap(BuildStore, (store) => environmentOf(store, app, Option.fromNullable(given))).pipe(
            Effect.provide(AppBuilds.layer.pipe(
              Layer.provide(FlashAppGraphql.layer),
              Layer.provide(RunpodGraphql.layer),
              Layer.provide(FetchHttpClient.layer),
              Layer.provide(RunpodConfig.layerOf({ apiKey, graphqlUrl: `${url}/graphql` }))
            ))
          )
        expect(yield* meant("absent")).toBe("production")
        expect(yield* meant("none")).toBe("production")
        expect(yield* meant("single")).toBe("staging")
        expect(yield* meant("both", "staging")).toBe("staging")
        expect(yield* meant("single", "new")).toBe("new")
        // before anything is built
        for (
          const words of [["plan", "-a", "both"], ["deploy", "-a", "both", "-y"], ["rollback", "-a", "both", "-y"]]
        ) {
          const { code, stderr } = yield* flash(words, env)
          expect([words, code]).toEqual([words, 2])
          expect(stderr).toBe(
            "error: app both has the environments production, staging\nhint: say which is meant with --env\n"
          )
        }
      }))
  })

  describe("an endpoint", () => {
    it.scoped("is called, shown and followed", () =>
      Effect.gen(function*() {
        const env = yield* environment
        const endpoint = yield* PlainEndpoint.make("caller")
        yield* PlainEndpoint.startWorker(endpoint, "./plainWorker.mjs")
        const called = yield* flash(["call", "caller", `{"name":"Ada"}`], env)
        expect(called.code).toBe(0)
        expect(JSON.parse(called.stdout)).toEqual({ greeting: "Hello Ada" })
        expect(called.stderr).toMatch(/^waited .+, ran .+\n$/)
        const failed = yield* flash(["call", endpoint.id, `{"name":""}`], env)
        expect(failed.code).toBe(1)
        expect(failed.stderr).toMatch(/^error: job \S+ ended as FAILED: EmptyName\nhint: /)
        const wrong = yield* flash(["call", endpoint.id, "{name:1}"], env)
        expect(wrong.code).toBe(2)
        expect(wrong.stderr).toContain("the input is not JSON")
        const { stdout: id } = yield* succeeds(["call", "--detach", endpoint.id, `{"name":"Ada"}`], env)
        expect(id).toMatch(/^\S+\n$/)

        const { stdout } = yield* succeeds(["status"], env)
        expect(stdout).toContain(endpoint.id)
        expect((yield* succeeds(["status", "caller"], env)).stdout).toContain("Hardware: ")
        const none = yield* flash(["logs", "caller"], env)
        expect(none).toMatchObject({ code: 4, stderr: expect.stringContaining("has no worker now") })
        const unknown = yield* flash(["status", "nobody"], env)
        expect(unknown).toMatchObject({ code: 4, stderr: expect.stringContaining("there is no endpoint nobody") })
      }))

    it.scoped("has logs, until they are interrupted", () =>
      Effect.gen(function*() {
        const env = yield* environment
        const endpoint = yield* PlainEndpoint.make("talker")
        const { url } = yield* Platform.Platform
        // its worker is the platform's own
        yield* Effect.promise(() =>
          fetch(`${url}/v2/serverless/${endpoint.id}`, {
            method: "PATCH",
            headers: { authorization: `Bearer ${env.RUNPOD_API_KEY}` },
            body: JSON.stringify({ workers: { min: 1, max: 1 } })
          })
        )
        const logs = yield* Effect.flatMap(
          flash(["status", "talker", "--json"], env),
          ({ stdout }) =>
            stdout.includes(`"IDLE"`) ? start(["logs", "talker", "--system"], env) : Effect.fail("not yet")
        ).pipe(Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 100 }))
        yield* logs.wrote("start container")
        yield* logs.kill("SIGINT")
        expect((yield* logs.result).code).toBe(130)
        // or until nobody reads them
        const unread = yield* start(["logs", "talker"], env)
        yield* unread.stopReading
        // which the worker has something to say about
        yield* flash(["call", "--detach", "talker", "{}"], env)
        expect(yield* unread.result).toMatchObject({ code: 0, stderr: "" })
      }))
  })

  describe("the working directory", () => {
    it.scoped("has the key in .env, and gets nothing from commands that only look", () =>
      Effect.gen(function*() {
        const { HOME: cwd, RUNPOD_API_KEY: key, ...env } = yield* environment
        writeFileSync(join(cwd, ".env"), `RUNPOD_API_KEY=${key}\n`)
        const run = (...words: ReadonlyArray<string>) => InProcess.flash(words, { ...env, HOME: cwd }, cwd)
        const { stdout } = yield* run("whoami", "--json")
        expect(JSON.parse(stdout).keyOrigin).toBe(`RUNPOD_API_KEY in ${join(realpathSync(cwd), ".env")}`)
        for (
          const words of [["status"], ["app", "list"], ["undeploy", "list"], ["doctor"], ["explain"], ["gpus"], [
            "--help"
          ]]
        ) expect([words, (yield* run(...words)).code]).toEqual([words, 0])
        expect(readdirSync(cwd)).toEqual([".env"])
      }))
  })

  describe("names from the platform", () => {
    it.scoped("are shown as they are, and cannot move the cursor", () =>
      Effect.gen(function*() {
        const env = yield* environment
        const name = "[bold]x[/bold]"
        yield* succeeds(["app", "create", name], env)
        expect((yield* succeeds(["app", "list"], env)).stdout).toMatch(/^\[bold\]x\[\/bold\] /m)
        yield* succeeds(["app", "delete", name, "-y"], env)
        expect(table(["A", "B"], [["a\u001b[2Jb\u0007\r", "c\nd"]])).toBe("A   B\nab  c d")
      }))
  })

  describe("flash gpus", () => {
    it.scoped("lists what can be asked for, as a table and as JSON", () =>
      Effect.gen(function*() {
        const env = yield* environment
        const { stdout } = yield* succeeds(["gpus"], env)
        expect(stdout).toMatch(/^NVIDIA GeForce RTX 4090 +ADA_24 +24 GB +\S+ +high$/m)
        const json = yield* succeeds(["gpus", "--json"], env)
        expect(JSON.parse(json.stdout)).toContainEqual(expect.objectContaining({ pool: "ADA_24", memory: 24 }))
        expect((yield* succeeds(["gpus", "--cpu"], env)).stdout).toMatch(/^cpu3c /m)
      }))
  })

  describe("the key", () => {
    it.scoped("is asked about with its origin, and a wrong one is an error of its own", () =>
      Effect.gen(function*() {
        const env = yield* environment
        const { stdout } = yield* succeeds(["whoami"], env)
        expect(stdout).toContain("from the environment variable RUNPOD_API_KEY")
        expect(stdout).not.toContain(env.RUNPOD_API_KEY)
        const wrong = yield* flash(["whoami"], { ...env, RUNPOD_API_KEY: "rpa_WRONG" })
        expect(wrong.code).toBe(3)
        expect(wrong.stderr).toMatch(/^error\[FLASH-E102\]/)
        expect(wrong.stderr).not.toContain("rpa_WRONG")
        const none = yield* flash(["whoami"], { ...env, RUNPOD_API_KEY: "" })
        expect(none.code).toBe(3)
        expect(none.stderr).toContain(configOf(env.HOME))
      }))

    it.scoped("is approved on a page, kept for its owner alone, and forgotten", () =>
      Effect.gen(function*() {
        const { RUNPOD_API_KEY: key, ...env } = yield* environment
        const { url } = yield* Platform.Platform
        // what runpodctl keeps there stays
        mkdirSync(join(env.HOME, ".runpod"))
        writeFileSync(configOf(env.HOME), `# mine\napiurl = "https://elsewhere"\n`)
        const login = yield* start(["login", "--no-open"], { ...env, RUNPOD_API_KEY: "" })
        const request = yield* login.complaints.pipe(
          Effect.flatMap((text) => Effect.fromNullable(/request=(\S+)/.exec(text)?.[1])),
          Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 500 })
        )
        yield* Effect.promise(() =>
          fetch(`${url}/flash/login`, {
            method: "POST",
            body: new URLSearchParams({ request, decision: "approve" })
          })
        )
        const { code, stdout } = yield* login.result
        expect({ code, stdout }).toEqual({ code: 0, stdout: `The key is kept in ${configOf(env.HOME)}.\n` })
        expect(readFileSync(configOf(env.HOME), "utf8")).toContain(`# mine\napiurl = "https://elsewhere"`)
        expect(statSync(configOf(env.HOME)).mode & 0o777).toBe(0o600)
        expect((yield* succeeds(["whoami"], { ...env, RUNPOD_API_KEY: "" })).stdout).toContain(configOf(env.HOME))
        yield* succeeds(["logout"], { ...env, RUNPOD_API_KEY: "" })
        expect(readFileSync(configOf(env.HOME), "utf8")).not.toContain(key)
      }))

    it.scoped("is taken from standard input, once the platform has taken it", () =>
      Effect.gen(function*() {
        const env = yield* environment
        const give = (key: string, variables: Record<string, string>) =>
          Effect.gen(function*() {
            const login = yield* start(["login", "--api-key-stdin"], { ...env, ...variables })
            yield* login.end(`${key}\n`)
            return yield* login.result
          })
        const wrong = yield* give("rpa_WRONG", { RUNPOD_API_KEY: "" })
        expect(wrong.code).toBe(3)
        expect(existsSync(configOf(env.HOME))).toBe(false)
        const right = yield* give(env.RUNPOD_API_KEY, { RUNPOD_API_KEY: "rpa_OTHER" })
        expect(right.code).toBe(0)
        expect(right.stdout).toContain("But the one from the environment variable RUNPOD_API_KEY goes before it")
        expect(readFileSync(configOf(env.HOME), "utf8")).toContain(env.RUNPOD_API_KEY)
      }))
  })

  describe("flash doctor", () => {
    it.scoped("says what is good and what is not", () =>
      Effect.gen(function*() {
        const env = yield* environment
        const { stdout } = yield* succeeds(["doctor"], env)
        expect(stdout).toMatch(/^ok {4}API key: from the environment variable RUNPOD_API_KEY/m)
        const { code, stdout: bad } = yield* flash(["doctor", "--json"], { ...env, RUNPOD_API_KEY: "rpa_WRONG" })
        expect(code).toBe(1)
        expect(JSON.parse(bad)).toContainEqual(expect.objectContaining({ check: "API key", result: "bad" }))
      }))
  })
})
