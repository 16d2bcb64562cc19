import { describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Effect, Option, Redacted } from "effect"
import * as WorkerConfig from "../../runtime/worker/WorkerConfig.ts"

const base = "https://api.runpod.test/v2/ep1"

/** What the platform gives a worker. */
const platform = {
  RUNPOD_POD_ID: "pod1",
  RUNPOD_WEBHOOK_GET_JOB: `${base}/job-take/$RUNPOD_POD_ID?gpu=CPU`,
  RUNPOD_WEBHOOK_POST_OUTPUT: `${base}/job-done/$RUNPOD_POD_ID/$ID?gpu=CPU`,
  RUNPOD_WEBHOOK_PING: `${base}/ping/$RUNPOD_POD_ID?gpu=CPU`,
  RUNPOD_PING_INTERVAL: "4000",
  RUNPOD_AI_API_KEY: "rpa_KEY",
  FLASH_MAX_CONCURRENCY: "8",
  FLASH_EXIT_WITH_STDIN: "true"
}

const read = (environment: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(
    WorkerConfig.fromEnvironment,
    ConfigProvider.fromMap(new Map(Object.entries(environment)))
  )

const without = (...names: ReadonlyArray<string>) =>
  Object.fromEntries(Object.entries(platform).filter(([name]) => !names.includes(name)))

describe("the worker's configuration", () => {
  it.effect("fills in the templates of the platform's URLs", () =>
    Effect.gen(function*() {
      const config = yield* read(platform)
      expect(config).toMatchObject({
        workerId: "pod1",
        takeUrl: `${base}/job-take/pod1?gpu=CPU`,
        stopUrl: Option.some(`${base}/job-stop/pod1?gpu=CPU`),
        pingUrl: Option.some(`${base}/ping/pod1?gpu=CPU`),
        pingInterval: 4000,
        maxConcurrency: 8,
        exitWithStdin: true
      })
      expect(config.doneUrl("job-1")).toBe(`${base}/job-done/pod1/job-1?gpu=CPU`)
      expect(Redacted.value(config.apiKey)).toBe("rpa_KEY")
    }))

  it.effect("takes a URL in which the worker's own id is already, or stands as $ID", () =>
    Effect.gen(function*() {
      const whole = yield* read({ ...platform, RUNPOD_WEBHOOK_GET_JOB: `${base}/job-take/pod1?gpu=NVIDIA%20L4` })
      expect(whole.takeUrl).toBe(`${base}/job-take/pod1?gpu=NVIDIA%20L4`)
      const byId = yield* read({ ...platform, RUNPOD_WEBHOOK_GET_JOB: `${base}/job-take/$ID?gpu=CPU` })
      expect(byId.takeUrl).toBe(`${base}/job-take/pod1?gpu=CPU`)
    }))

  it.effect("gives every URL a query, since parameters are appended to it", () =>
    Effect.gen(function*() {
      const config = yield* read({
        ...platform,
        RUNPOD_WEBHOOK_GET_JOB: "http://host/job-take/pod1",
        RUNPOD_WEBHOOK_POST_OUTPUT: "http://host/job-done/$RUNPOD_POD_ID/$ID",
        RUNPOD_WEBHOOK_PING: "http://host/ping"
      })
      expect(config.takeUrl).toBe("http://host/job-take/pod1?")
      expect(config.stopUrl).toEqual(Option.some("http://host/job-stop/pod1?"))
      expect(config.doneUrl("job-1")).toBe("http://host/job-done/pod1/job-1?")
      expect(config.pingUrl).toEqual(Option.some("http://host/ping?"))
    }))

  it.effect("has no stop channel where the take URL is not the platform's, and no ping where there is none", () =>
    Effect.gen(function*() {
      const config = yield* read({ ...without("RUNPOD_WEBHOOK_PING"), RUNPOD_WEBHOOK_GET_JOB: "http://host/next" })
      expect(config.stopUrl).toEqual(Option.none())
      expect(config.pingUrl).toEqual(Option.none())
    }))

  it.effect("posts streams where the platform says, or beside results, or nowhere", () =>
    Effect.gen(function*() {
      const urlOf = (environment: Readonly<Record<string, string>>) =>
        Effect.map(read(environment), ({ streamUrl }) => Option.map(streamUrl, (url) => url("job-1")))
      expect(yield* urlOf({ ...platform, RUNPOD_WEBHOOK_POST_STREAM: "http://host/s/$RUNPOD_POD_ID/$ID?a=1" }))
        .toEqual(Option.some("http://host/s/pod1/job-1?a=1"))
      expect(yield* urlOf(platform)).toEqual(Option.some(`${base}/job-stream/pod1/job-1?gpu=CPU`))
      expect(yield* urlOf({ ...platform, RUNPOD_WEBHOOK_POST_OUTPUT: "http://host/done/$ID" })).toEqual(Option.none())
    }))

  it.effect("has defaults for what the platform may leave out", () =>
    Effect.gen(function*() {
      const config = yield* read(
        without("RUNPOD_POD_ID", "RUNPOD_PING_INTERVAL", "FLASH_MAX_CONCURRENCY", "FLASH_EXIT_WITH_STDIN")
      )
      expect(config).toMatchObject({ pingInterval: 10_000, maxConcurrency: 1, exitWithStdin: false })
      expect(config.workerId).toMatch(/^[0-9a-f-]{36}$/)
      expect(config.takeUrl).toBe(`${base}/job-take/${config.workerId}?gpu=CPU`)
    }))

  it.effect("runs one job at a time at least", () =>
    Effect.gen(function*() {
      for (const FLASH_MAX_CONCURRENCY of ["0", "-3"]) {
        expect((yield* read({ ...platform, FLASH_MAX_CONCURRENCY })).maxConcurrency).toBe(1)
      }
    }))

  it.effect("names a variable that is missing", () =>
    Effect.gen(function*() {
      for (const name of ["RUNPOD_WEBHOOK_GET_JOB", "RUNPOD_WEBHOOK_POST_OUTPUT", "RUNPOD_AI_API_KEY"]) {
        expect(String(yield* Effect.flip(read(without(name))))).toContain(name)
      }
    }))

  it.effect("names a variable that is wrong, and does not say the key", () =>
    Effect.gen(function*() {
      for (const name of ["RUNPOD_PING_INTERVAL", "FLASH_MAX_CONCURRENCY", "FLASH_EXIT_WITH_STDIN"]) {
        const error = String(yield* Effect.flip(read({ ...platform, [name]: "many" })))
        expect(error).toContain(name)
        expect(error).not.toContain("rpa_KEY")
      }
      expect(String((yield* read(platform)).apiKey)).toBe("<redacted>")
    }))
})
