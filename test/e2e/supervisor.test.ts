/** The fleet of worker processes: started on demand, stopped when idle, given up when they cannot start. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, Layer, Redacted, Schedule } from "effect"
import { layerFlashOn, Platform } from "effect-flash/local"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Control from "../../runtime/platform/control/Control.ts"
import type { EndpointDraft } from "../../runtime/platform/control/EndpointControl.ts"
import type { Deployment } from "../../runtime/platform/control/Rollout.ts"
import * as WorkerLogs from "../../runtime/platform/control/WorkerLogs.ts"
import * as Endpoints from "../../runtime/platform/Endpoints.ts"
import * as Jobs from "../../runtime/platform/Jobs.ts"
import * as JobStore from "../../runtime/platform/JobStore.ts"
import * as Supervisor from "../../runtime/platform/Supervisor.ts"
import { made } from "../platform/control/drafts.ts"

const script = (source: string) => {
  const path = join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), "worker.mjs")
  // like the real one, it ends with the platform's process
  writeFileSync(path, `process.stdin.resume().on("end", () => process.exit(0)); ${source}`)
  return path
}

/** A platform without HTTP, whose workers run that program. */
const make = (program: string, workers: Partial<EndpointDraft["workers"]> = {}) =>
  Effect.gen(function*() {
    const control = Control.memory()
    const endpoints = Endpoints.make(Redacted.make("key"), control)
    const endpoint = made(control, endpoints, {
      endpoint: { name: "supervised", workers: { min: 0, max: 3, idleTimeout: 60, ...workers } }
    })
    const store = yield* JobStore.make(":memory:")
    const logs = WorkerLogs.make(Date.now)
    const supervisor: Supervisor.Supervisor = yield* Supervisor.make({
      jobs: () => jobs,
      url: () => "http://x",
      program,
      environment: ({ config }) => control.secrets.reveal(config.env),
      logs
    })
    const jobs: Jobs.Jobs = yield* Jobs.make(store, (id) => {
      const current = endpoints.get(id)
      if (current !== undefined) supervisor.demand(current)
    })
    yield* Effect.addFinalizer(() => supervisor.shutdown)
    /** Changes the endpoint as the control plane does. */
    const change = (how: (before: Deployment) => Deployment) => {
      const before = Either.getOrThrow(control.endpoints.find(endpoint.id))
      Either.getOrThrowWith(control.endpoints.save(how(before)), (error) => error)
      const current = endpoints.get(endpoint.id)
      if (current !== undefined) supervisor.update(current)
    }
    const setImage = (image: string) => change((before) => ({ ...before, template: { ...before.template, image } }))
    const submit = () =>
      jobs.submit({ endpointId: endpoint.id, kind: "async", input: "{}", ttl: 60_000, executionTimeout: 0 })
    return { change, control, endpoint, jobs, logs, setImage, submit, supervisor }
  })

const until = (check: () => boolean) =>
  Effect.repeat(Effect.void, { until: check, schedule: Schedule.spaced("10 millis") }).pipe(
    Effect.timeout("10 seconds")
  )

describe("the supervisor", () => {
  it.scopedLive("fails what waits with the workers' words where none can be started", () =>
    Effect.gen(function*() {
      const { jobs, submit } = yield* make(script(`console.error("no luck today"); process.exit(3)`))
      const job = yield* jobs.awaitEnd(submit(), 10_000)
      expect(job.status).toBe("FAILED")
      expect(job.error).toContain("it exited with code 3")
      expect(job.error).toContain("no luck today")
    }))

  it.scopedLive("starts a worker for each job that waits, up to workersMax", () =>
    Effect.gen(function*() {
      const { endpoint, submit, supervisor } = yield* make(script("setInterval(() => {}, 1000)"), { max: 2 })
      submit()
      yield* until(() => supervisor.pids(endpoint.id).length === 1)
      submit()
      submit()
      submit()
      yield* until(() => supervisor.pids(endpoint.id).length === 2)
      expect(supervisor.counts(endpoint.id)).toMatchObject({ initializing: 2 })
    }))

  it.scopedLive("keeps workersMin workers without any job", () =>
    Effect.gen(function*() {
      const { endpoint, supervisor } = yield* make(script("setInterval(() => {}, 1000)"), { min: 1 })
      supervisor.demand(endpoint)
      yield* until(() => supervisor.pids(endpoint.id).length === 1)
    }))

  it.scopedLive("stops a worker that idles", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, submit, supervisor } = yield* make(
        script("process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)"),
        { idleTimeout: 1 }
      )
      const job = submit()
      yield* until(() => supervisor.pids(endpoint.id).length === 1)
      // the program takes no jobs, so the test does in its place
      const workerId = yield* Effect.sync(() => supervisor.ids(endpoint.id)[0] ?? "")
      supervisor.saw(workerId)
      yield* jobs.take(endpoint.id, workerId, 1, 0)
      jobs.finish(job.id, workerId, { output: "1", error: undefined })
      yield* until(() => supervisor.pids(endpoint.id).length === 0)
    }))
})

/** Workers that end when they are asked to. */
const obedient = script("process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)")

describe("a worker that asks to be refreshed", () => {
  it.scopedLive("makes way for another one", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, submit, supervisor } = yield* make(
        script("process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)"),
        { min: 1 }
      )
      supervisor.demand(endpoint)
      yield* until(() => supervisor.pids(endpoint.id).length === 1)
      const [first = ""] = supervisor.ids(endpoint.id)
      const job = submit()
      yield* jobs.take(endpoint.id, first, 1, 1000)
      jobs.finish(job.id, first, { output: "1", error: undefined })
      supervisor.recycle(first)
      // what comes now is not for it
      submit()
      expect(yield* jobs.take(endpoint.id, first, 1, 0)).toEqual([])
      yield* until(() => supervisor.ids(endpoint.id).length === 1 && !supervisor.ids(endpoint.id).includes(first))
    }))
})

describe("a worker's environment", () => {
  it.scopedLive("has the endpoint's variables, with its secrets, and what the platform says of itself", () =>
    Effect.gen(function*() {
      const { change, control, endpoint, logs, supervisor } = yield* make(
        script(
          "const { TOKEN, RUNPOD_POD_ID, RUNPOD_ENDPOINT_ID, FLASH_RESOURCE_NAME, FLASH_MAX_CONCURRENCY } = process.env;" +
            "console.log(JSON.stringify([TOKEN, RUNPOD_POD_ID, RUNPOD_ENDPOINT_ID, FLASH_RESOURCE_NAME, FLASH_MAX_CONCURRENCY]));" +
            "process.exit(0)"
        )
      )
      Either.getOrThrow(control.secrets.create({ name: "hub", value: Redacted.make("s3cret"), description: "" }))
      change((before) => ({
        endpoint: { ...before.endpoint, workers: { ...before.endpoint.workers, min: 1 } },
        template: {
          ...before.template,
          env: {
            TOKEN: "{{ RUNPOD_SECRET_hub }}",
            RUNPOD_POD_ID: "mine",
            RUNPOD_ENDPOINT_ID: "mine",
            FLASH_RESOURCE_NAME: "mine",
            FLASH_MAX_CONCURRENCY: "7"
          }
        }
      }))
      const [id = ""] = supervisor.ids(endpoint.id)
      yield* until(() => logs.read(id, { _tag: "Tail", lines: 9 }).some(({ line }) => line === "remove container"))
      expect(logs.read(id, { _tag: "Tail", lines: 9 }).map(({ line, source }) => [source, line])).toEqual([
        ["system", "create container my/image:1"],
        ["system", "start container for my/image:1: begin"],
        ["container", JSON.stringify(["s3cret", id, endpoint.id, "mine", "7"])],
        ["system", `stop container ${id}: it exited with code 0`],
        ["system", "remove container"]
      ])
    }))
})

describe("an endpoint that changes", () => {
  it.scopedLive("has its idle workers replaced at once, and busy ones after their job", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, setImage, submit, supervisor } = yield* make(obedient, { min: 2, max: 2 })
      supervisor.demand(endpoint)
      yield* until(() => supervisor.pids(endpoint.id).length === 2)
      const [busy = "", idle = ""] = supervisor.ids(endpoint.id)
      supervisor.saw(busy)
      supervisor.saw(idle)
      const job = submit()
      yield* jobs.take(endpoint.id, busy, 1, 0)
      expect(supervisor.workers(endpoint.id).map(({ status }) => status)).toEqual(["RUNNING", "IDLE"])

      setImage("image:2")
      yield* until(() => !supervisor.ids(endpoint.id).includes(idle) && supervisor.ids(endpoint.id).length === 2)
      const [first, second] = supervisor.workers(endpoint.id)
      expect(first).toMatchObject({ id: busy, status: "RUNNING", version: 1 })
      expect(second).toMatchObject({ status: "INITIALIZING", version: 2, image: "image:2" })
      // it gets no further job, and goes with the one it has
      submit()
      expect(yield* jobs.take(endpoint.id, busy, 1, 0)).toEqual([])
      jobs.finish(job.id, busy, { output: "1", error: undefined })
      yield* until(() => supervisor.workers(endpoint.id).every(({ version }) => version === 2))
      yield* until(() => supervisor.pids(endpoint.id).length === 2)
    }))

  it.scopedLive("keeps its workers where they may stay, up to what it still may have", () =>
    Effect.gen(function*() {
      const { change, endpoint, supervisor } = yield* make(obedient, { min: 2, max: 2 })
      supervisor.demand(endpoint)
      yield* until(() => supervisor.pids(endpoint.id).length === 2)
      const before = supervisor.ids(endpoint.id)
      change((current) => ({ ...current, endpoint: { ...current.endpoint, timeout: 5000 } }))
      expect(supervisor.workers(endpoint.id).map(({ id }) => id)).toEqual(before)
      change((current) => ({
        ...current,
        endpoint: { ...current.endpoint, workers: { min: 1, max: 1, idleTimeout: 60 } }
      }))
      yield* until(() => supervisor.pids(endpoint.id).length === 1)
      expect(before).toContain(supervisor.ids(endpoint.id)[0])
    }))

  it.scopedLive("takes its workers with it when it goes", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, submit, supervisor } = yield* make(obedient, { min: 1 })
      const job = submit()
      yield* until(() => supervisor.pids(endpoint.id).length === 1)
      const [pid = 0] = supervisor.pids(endpoint.id)
      jobs.cancelAll(endpoint.id)
      supervisor.remove(endpoint.id)
      expect(job.status).toBe("CANCELLED")
      expect(supervisor.ids(endpoint.id)).toEqual([])
      yield* until(() => {
        try {
          return !process.kill(pid, 0)
        } catch {
          return true
        }
      })
      expect(supervisor.ids(endpoint.id)).toEqual([])
    }))
})

describe("the embedded platform", () => {
  it.scopedLive("refuses a port that is taken, and says which", () =>
    Effect.gen(function*() {
      const { url } = yield* Platform.Platform
      const port = Number(new URL(url).port)
      const error = yield* Effect.flip(Layer.build(Layer.provideMerge(layerFlashOn, Platform.layer({ port }))))
      expect(error._tag).toBe("TargetUnavailable")
      expect(error.message).toContain("EADDRINUSE")
    }).pipe(Effect.provide(Platform.layer())))
})
