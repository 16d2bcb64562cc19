/** The fleet of worker processes: started on demand, stopped when idle, given up when they cannot start. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, Layer, Redacted, Schedule } from "effect"
import { layerFlashOn, Platform } from "effect-flash/local"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Stock from "../../runtime/platform/control/catalog/Stock.ts"
import * as Control from "../../runtime/platform/control/Control.ts"
import type { EndpointDraft } from "../../runtime/platform/control/EndpointControl.ts"
import type { Deployment } from "../../runtime/platform/control/Rollout.ts"
import * as Endpoints from "../../runtime/platform/Endpoints.ts"
import * as Jobs from "../../runtime/platform/jobs/Jobs.ts"
import * as JobStore from "../../runtime/platform/jobs/JobStore.ts"
import type * as Scaling from "../../runtime/platform/workers/Scaling.ts"
import * as Supervisor from "../../runtime/platform/workers/Supervisor.ts"
import * as WorkerLogs from "../../runtime/platform/workers/WorkerLogs.ts"
import { gone } from "../cli/processes.ts"
import { draft, made } from "../platform/control/drafts.ts"

const script = (source: string) => {
  const path = join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), "worker.mjs")
  // like the real one, it ends with the platform's process
  writeFileSync(path, `process.stdin.resume().on("end", () => process.exit(0)); ${source}`)
  return path
}

/** A platform without HTTP, whose workers run that program. */
const make = (
  program: string,
  workers: Partial<EndpointDraft["workers"]> = {},
  more: {
    readonly endpoint?: Partial<EndpointDraft>
    readonly stock?: Stock.Stock
    readonly scaling?: Scaling.Mode
  } = {}
) =>
  Effect.gen(function*() {
    const stocks = Stock.make(more.stock)
    const control = Control.memory()
    const endpoints = Endpoints.make(Redacted.make("key"), control)
    const endpoint = made(control, endpoints, {
      endpoint: { name: "supervised", ...more.endpoint, workers: { min: 0, max: 3, idleTimeout: 60, ...workers } }
    })
    const store = yield* JobStore.make(":memory:")
    const logs = WorkerLogs.make(Date.now)
    const supervisor: Supervisor.Supervisor = yield* Supervisor.make({
      jobs: () => jobs,
      url: () => "http://x",
      program,
      environment: ({ config }) => control.secrets.reveal(config.env),
      place: ({ config }) => Stock.place(stocks.stock, config.choices, config.dataCenterIds),
      scaling: more.scaling ?? "prompt",
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
    return { change, control, endpoint, jobs, logs, setImage, stocks, submit, supervisor }
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

describe("the end of the platform", () => {
  it.scopedLive("is the end of a worker that does not want to go, too", () =>
    Effect.gen(function*() {
      const program = script(
        "process.on('SIGTERM', () => {}); process.stdin.removeAllListeners('end'); setInterval(() => {}, 1000); console.log('up')"
      )
      const pids = yield* Effect.scoped(Effect.gen(function*() {
        const { endpoint, logs, supervisor } = yield* make(program, { min: 1 })
        supervisor.demand(endpoint)
        const [id = ""] = supervisor.ids(endpoint.id)
        yield* until(() => logs.read(id, { _tag: "Tail", lines: 9 }).some(({ line }) => line === "up"))
        return supervisor.pids(endpoint.id)
      }))
      expect(pids).toHaveLength(1)
      yield* gone(pids)
    }))
})

/** Workers that end when they are asked to. */
const obedient = script("process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)")

/** A worker of the platform that has taken a job, in whose place the test has done so. */
const busy = Effect.fnUntraced(function*(platform: Effect.Effect.Success<ReturnType<typeof make>>) {
  const { endpoint, jobs, submit, supervisor } = platform
  const job = submit()
  yield* until(() => supervisor.pids(endpoint.id).length === 1)
  const [id = ""] = supervisor.ids(endpoint.id)
  supervisor.saw(id)
  yield* jobs.take(endpoint.id, id, 1, 0)
  return { id, job }
})

describe("a faithful platform", () => {
  it.scopedLive("adds one worker where a job has waited for longer than the queue's delay", () =>
    Effect.gen(function*() {
      const platform = yield* make(obedient, {}, {
        scaling: "faithful",
        endpoint: { scaling: { type: "QUEUE_DELAY", queueDelay: 0.5 } }
      })
      const { endpoint, submit, supervisor } = platform
      yield* busy(platform)
      const start = performance.now()
      for (let n = 0; n < 5; n++) submit()
      expect(supervisor.ids(endpoint.id)).toHaveLength(1)
      yield* until(() => supervisor.ids(endpoint.id).length === 2)
      expect(performance.now() - start).toBeGreaterThan(450)
      // the next one comes when this one is up, and does not shorten the wait
      yield* Effect.sleep("300 millis")
      expect(supervisor.ids(endpoint.id)).toHaveLength(2)
      for (const id of supervisor.ids(endpoint.id)) supervisor.saw(id)
      yield* until(() => supervisor.ids(endpoint.id).length === 3)
    }))
})

describe("an endpoint whose hardware is not to be had", () => {
  it.scopedLive("has throttled workers, which start when there is some and go where nobody wants them", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, stocks, submit, supervisor } = yield* make(obedient, { max: 2 }, {
        stock: { ADA_24: "NONE" }
      })
      const first = submit()
      submit()
      submit()
      expect(supervisor.counts(endpoint.id)).toMatchObject({ throttled: 2, initializing: 0 })
      expect(supervisor.workers(endpoint.id)).toMatchObject([
        { status: "THROTTLED", hardware: undefined },
        { status: "THROTTLED", hardware: undefined }
      ])
      expect(supervisor.pids(endpoint.id)).toEqual([])
      jobs.purge(endpoint.id)
      expect(first.status).toBe("CANCELLED")
      yield* until(() => supervisor.ids(endpoint.id).length === 0)

      submit()
      expect(supervisor.counts(endpoint.id)).toMatchObject({ throttled: 1 })
      stocks.set({})
      yield* until(() => supervisor.pids(endpoint.id).length === 1)
      expect(supervisor.workers(endpoint.id)).toMatchObject([
        { status: "INITIALIZING", hardware: "NVIDIA GeForce RTX 4090" }
      ])
    }))

  it.scopedLive("runs on its next choice, in the data centers it may be in", () =>
    Effect.gen(function*() {
      const { endpoint, supervisor } = yield* make(
        script("console.log(process.env.RUNPOD_GPU_TYPE_ID); setInterval(() => {}, 1000)"),
        { min: 1 },
        {
          stock: { "NVIDIA L4": "NONE", "NVIDIA RTX A5000@EU-RO-1": "NONE", "NVIDIA GeForce RTX 3090@US-KS-2": "NONE" },
          endpoint: {
            compute: { ...draft().compute, pools: ["AMPERE_24"] } as EndpointDraft["compute"],
            dataCenterIds: ["EU-RO-1"]
          }
        }
      )
      supervisor.demand(endpoint)
      expect(supervisor.workers(endpoint.id)).toMatchObject([{ hardware: "NVIDIA GeForce RTX 3090" }])
    }))
})

describe("a worker that is not well", () => {
  it.scopedLive("is unhealthy by its own word, and in its log", () =>
    Effect.gen(function*() {
      const platform = yield* make(obedient)
      const { endpoint, logs, supervisor } = platform
      const { id } = yield* busy(platform)
      supervisor.unfit(id, "disk: 2 % free")
      expect(supervisor.counts(endpoint.id)).toMatchObject({ unhealthy: 1, running: 0 })
      expect(supervisor.workers(endpoint.id)).toMatchObject([{ id, status: "UNHEALTHY" }])
      expect(logs.read(id, { _tag: "Tail", lines: 1 })).toMatchObject([{ line: "unhealthy: disk: 2 % free" }])
    }))
})

describe("workers that do not start", () => {
  it.scopedLive("are tried again after a while that doubles, and at once where the endpoint has changed", () =>
    Effect.gen(function*() {
      const { endpoint, logs, setImage, supervisor } = yield* make(script("process.exit(1)"), { min: 1, max: 1 })
      const starts: Array<number> = []
      let last = ""
      supervisor.demand(endpoint)
      const watch = () => {
        const [id = ""] = supervisor.ids(endpoint.id)
        if (id !== "" && id !== last) {
          last = id
          starts.push(performance.now())
        }
        return starts.length
      }
      yield* until(() => watch() === 3)
      const [first = 0, second = 0, third = 0] = starts
      expect(second - first).toBeGreaterThan(200)
      expect(third - second).toBeGreaterThan(400)
      expect(logs.endpointOf(last)).toBe(endpoint.id)
      yield* until(() => supervisor.ids(endpoint.id).length === 0)
      setImage("another/image:1")
      expect(supervisor.ids(endpoint.id)).toHaveLength(1)
    }))
})

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
