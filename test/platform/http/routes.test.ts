import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck, Fiber, Redacted } from "effect"
import Database from "libsql"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Control from "../../../runtime/platform/control/Control.ts"
import * as Endpoints from "../../../runtime/platform/Endpoints.ts"
import type { Reply, Request } from "../../../runtime/platform/http/HttpServer.ts"
import * as routes from "../../../runtime/platform/http/routes.ts"
import * as Jobs from "../../../runtime/platform/jobs/Jobs.ts"
import * as JobStore from "../../../runtime/platform/jobs/JobStore.ts"
import * as Limits from "../../../src/protocol/Limits.ts"
import { cases } from "../../laws.ts"
import { made } from "../control/drafts.ts"
import * as JumpClock from "../jumpClock.ts"

const accountKey = "rpa_ACCOUNT"

interface Asked {
  readonly method?: "GET" | "POST"
  readonly authorization?: string | undefined
  readonly body?: unknown
}

/** The platform's routes without its server. */
const platform = Effect.suspend(() => platformOn(":memory:"))

const platformOn = Effect.fnUntraced(function*(database: string) {
  const control = Control.memory()
  const endpoints = Endpoints.make(Redacted.make(accountKey), control)
  const endpoint = made(control, endpoints, { endpoint: { timeout: 600_000 } })
  const other = made(control, endpoints, { endpoint: { name: "other" } })
  const { clock, jump } = JumpClock.make()
  const jobs = yield* Effect.withClock(Jobs.make(yield* JobStore.make(database), () => {}), clock)
  const seen: Array<string> = []
  const recycled: Array<string> = []
  const unfit: Array<readonly [id: string, why: string]> = []
  const handle = routes.handle({
    endpoints,
    jobs,
    workers: () => ({ idle: 1, initializing: 2, ready: 3, running: 4, throttled: 5, unhealthy: 6 }),
    readyWorkers: () => ["w1", "w2"],
    sawWorker: (id) => seen.push(id),
    unfitWorker: (id, why) => unfit.push([id, why]),
    recycleWorker: (id) => recycled.push(id)
  })

  /** As it comes from the server: `target` is everything behind the host. */
  const raw = (target: string, { method = "GET", body, ...asked }: Asked = {}) => {
    const [path = "", query] = target.split(/\?(.*)/s)
    const request: Request = {
      method,
      path: path.split("/").slice(1),
      query: new URLSearchParams(query ?? ""),
      headers: "authorization" in asked
        ? asked.authorization === undefined ? {} : { authorization: asked.authorization }
        : { authorization: `Bearer ${accountKey}` },
      body: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body)
    }
    return handle(request)
  }
  /** Below the endpoint. */
  const ask = (verb: string, asked: Asked = {}) => Effect.map(raw(`/v2/${endpoint.id}/${verb}`, asked), read)
  const post = (verb: string, body?: unknown) => ask(verb, { method: "POST", body })
  const submit = Effect.map(post("run", { input: { a: 1 } }), ({ json }) => String(json["id"]))
  return {
    ask,
    endpoint,
    jobs,
    jump,
    other,
    post,
    raw,
    recycled,
    seen,
    submit,
    unfit,
    workerKey: Redacted.value(endpoint.workerKey)
  }
})

/** The same with a file, which somebody else reads: what it has would outlive this process. */
const onDisk = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-routes-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  const path = join(folder, "jobs.db")
  const stored = (id: string): unknown => {
    const db = new Database(path)
    try {
      return db.prepare("select status, output from jobs where id = ?").get(id)
    } finally {
      db.close()
    }
  }
  return { ...yield* platformOn(path), stored }
})

const read = (reply: Reply) => {
  const json: Record<string, unknown> = reply.body === undefined ? {} : JSON.parse(reply.body)
  return { json, reply, status: reply.status }
}

/** The methods and verbs of the route table. */
const table = Object.keys(routes.routes).map((route) => {
  const [method, verb] = route.split(" ")
  assert(method === "GET" || method === "POST")
  return { method, verb: verb ?? "" } as const
})

const isWorkers = (verb: string) => verb.startsWith("job-") || verb === "ping"

describe("a key", () => {
  it("is asked for on every route there is", () => {
    expect(table.length).toBeGreaterThanOrEqual(20)
    expect(table.filter(({ verb }) => isWorkers(verb))).toHaveLength(6)
  })

  for (const { method, verb } of table) {
    it.scoped(`is needed for ${method} ${verb}`, () =>
      Effect.gen(function*() {
        const { ask, jobs } = yield* platform
        const path = `${verb}/w1/job-1`
        const body = { input: 1 }
        for (const authorization of [undefined, ""]) {
          expect(yield* ask(path, { method, authorization, body })).toMatchObject({
            status: 401,
            json: { status: 401, title: "Unauthorized", detail: "no token provided" }
          })
        }
        for (const authorization of ["Bearer wrong", "wrong", "Bearer "]) {
          expect(yield* ask(path, { method, authorization, body })).toMatchObject({
            status: 401,
            json: { status: 401, title: "Unauthorized", detail: "invalid api key" }
          })
        }
        expect(jobs.counts("any").inQueue).toBe(0)
      }))

    it.scoped(`of the endpoint's workers ${isWorkers(verb) ? "opens" : "does not open"} ${method} ${verb}`, () =>
      Effect.gen(function*() {
        const { ask, jump, raw, other, workerKey } = yield* platform
        const asking = yield* Effect.fork(ask(`${verb}/w1/job-1`, { method, authorization: workerKey, body: {} }))
        yield* JumpClock.settle
        yield* jump(60_000)
        const { status } = yield* Fiber.join(asking)
        if (isWorkers(verb)) expect(status).not.toBe(401)
        else expect(status).toBe(401)
        // nor does it open another endpoint
        expect((yield* raw(`/v2/${other.id}/${verb}/w1/job-1`, { method, authorization: workerKey })).status).toBe(401)
      }))
  }

  it.scoped("is asked for before it is told whether anything is there", () =>
    Effect.gen(function*() {
      const { raw } = yield* platform
      for (const target of ["/", "/v2", "/v2/unknown/run", "/v2/unknown/nothing", "/v1/x"]) {
        expect((yield* raw(target, { authorization: undefined })).status).toBe(401)
        expect((yield* raw(target, { authorization: "wrong" })).status).toBe(401)
      }
    }))
})

describe("what is not there", () => {
  it.scoped("is a 404 that says what", () =>
    Effect.gen(function*() {
      const { endpoint, raw } = yield* platform
      const detail = (target: string, asked: Asked = {}) =>
        Effect.map(raw(target, asked), (reply) => {
          const { json, status } = read(reply)
          expect([status, json["status"], json["title"]]).toEqual([404, 404, "Not Found"])
          return json["detail"]
        })
      expect(yield* detail("/v2/unknown/run", { method: "POST" })).toBe("endpoint unknown not found")
      expect(yield* detail(`/v2/${endpoint.id}/nothing`)).toBe("no such route")
      expect(yield* detail(`/v2/${endpoint.id}`)).toBe("no such route")
      expect(yield* detail(`/v1/${endpoint.id}/health`)).toBe("no such route")
      expect(yield* detail("/")).toBe("no such route")
      expect(yield* detail(`/v2/${endpoint.id}/constructor`)).toBe("no such route")
      // a verb by another method
      expect(yield* detail(`/v2/${endpoint.id}/run`)).toBe("no such route")
      expect(yield* detail(`/v2/${endpoint.id}/cancel/job-1`)).toBe("no such route")
      for (const verb of ["status", "status-sync"]) {
        expect(yield* detail(`/v2/${endpoint.id}/${verb}/job-1`)).toBe("job job-1 not found")
        expect(yield* detail(`/v2/${endpoint.id}/${verb}/job-1`, { method: "POST" })).toBe("job job-1 not found")
        expect(yield* detail(`/v2/${endpoint.id}/${verb}`)).toBe("job  not found")
      }
      expect(yield* detail(`/v2/${endpoint.id}/cancel/job-1`, { method: "POST" })).toBe("job job-1 not found")
    }))

  it.scoped("is a job of another endpoint", () =>
    Effect.gen(function*() {
      const { other, raw, submit } = yield* platform
      const id = yield* submit
      expect((yield* raw(`/v2/${other.id}/status/${id}`)).status).toBe(404)
      expect((yield* raw(`/v2/${other.id}/cancel/${id}`, { method: "POST" })).status).toBe(404)
    }))
})

describe("run", () => {
  it.scoped("accepts any JSON input and answers with the id at once", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, post } = yield* platform
      for (const input of [{ a: [1, null] }, {}, [], 0, "", "text", false, null]) {
        const { json, status } = yield* post("run", { input, webhook: "https://example.test", s3Config: {} })
        expect(status).toBe(200)
        expect(Object.keys(json)).toEqual(["id", "status"])
        expect(json["status"]).toBe("IN_QUEUE")
        const job = jobs.find(endpoint.id, String(json["id"]))
        expect(JSON.parse(job?.input ?? "")).toEqual(input)
        expect(job).toMatchObject({ kind: "async", executionTimeout: 600_000, expiresAt: 24 * 3_600_000 })
        expect((yield* ask(`status/${String(json["id"])}`)).json).toEqual({ id: json["id"], status: "IN_QUEUE" })
      }
    }))

  it.scoped("answers when the job would outlive this process, as does job-done with the result", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, post, stored, submit } = yield* onDisk
      const id = yield* submit
      expect(stored(id)).toMatchObject({ status: "IN_QUEUE" })
      yield* jobs.take(endpoint.id, "w1", 1, 0)
      yield* post(`job-done/w1/${id}`, { output: 7 })
      expect(stored(id)).toMatchObject({ status: "COMPLETED", output: "7" })
    }))

  it.scoped("is told as ended by no route before its end would outlive this process", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, post, stored, submit } = yield* onDisk
      /** Another job that a worker has just finished, as long as nothing is committed. */
      const finished = Effect.gen(function*() {
        const id = yield* submit
        yield* jobs.take(endpoint.id, "w1", 1, 0)
        yield* jobs.durable
        jobs.finish(id, "w1", { output: "7", error: undefined })
        expect(stored(id)).toMatchObject({ status: "IN_PROGRESS" })
        return id
      })
      for (const verb of ["status", "status-sync", "stream"]) {
        const id = yield* finished
        expect((yield* ask(`${verb}/${id}`)).json["status"]).toBe("COMPLETED")
        expect(stored(id)).toMatchObject({ status: "COMPLETED", output: "7" })
      }
      const waiting = yield* submit
      expect((yield* post(`cancel/${waiting}`)).json["status"]).toBe("CANCELLED")
      expect(stored(waiting)).toMatchObject({ status: "CANCELLED" })
      // who waits for it is told in the moment in which it ends
      const asking = yield* Effect.fork(post("runsync", { input: 1 }))
      yield* JumpClock.settle
      const [job] = yield* jobs.take(endpoint.id, "w1", 1, 0)
      jobs.finish(job?.id ?? "", "w1", { output: "8", error: undefined })
      expect((yield* Fiber.join(asking)).json["status"]).toBe("COMPLETED")
      expect(stored(job?.id ?? "")).toMatchObject({ status: "COMPLETED", output: "8" })
    }))

  it.scoped("takes the policy's times before the endpoint's", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, post } = yield* platform
      const policy = { executionTimeout: 5000, ttl: 10_000, lowPriority: true }
      const { json } = yield* post("run", { input: 1, policy })
      expect(jobs.find(endpoint.id, String(json["id"]))).toMatchObject({ executionTimeout: 5000, expiresAt: 10_000 })
      expect((yield* post("run", { input: 1, policy: null })).status).toBe(200)
    }))

  it.scoped("refuses a body that is no submission, and says why", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, post } = yield* platform
      for (
        const [body, detail] of [
          ["", "Unexpected end"],
          ["{", "JSON"],
          ["input=1", "JSON"],
          ["null", "null"],
          ["[]", "an array"],
          ["{}", "input"],
          [{ inputs: 1 }, "input"],
          [{ input: 1, policy: { executionTimeout: 4999 } }, "executionTimeout"],
          [{ input: 1, policy: { ttl: 1 } }, "ttl"],
          [{ input: 1, policy: { ttl: "1h" } }, "ttl"]
        ] as const
      ) {
        const { json, status } = yield* post("run", body)
        expect([body, status, json["title"]]).toEqual([body, 400, "Bad Request"])
        expect(String(json["detail"])).toContain(detail)
      }
      expect(jobs.counts(endpoint.id).inQueue).toBe(0)
    }))

  it.scoped("refuses a body over its limit, counted in bytes", () =>
    Effect.gen(function*() {
      const { post } = yield* platform
      const body = (bytes: number) => `{"input":"${"x".repeat(bytes - 12)}"}`
      expect((yield* post("run", body(Limits.runBody))).status).toBe(200)
      expect(yield* post("run", body(Limits.runBody + 1))).toMatchObject({ status: 413, json: { status: 413 } })
      expect((yield* post("run", `{"input":"${"é".repeat(Limits.runBody / 2)}"}`)).status).toBe(413)
      expect((yield* post("runsync?wait=1000", body(Limits.runsyncBody + 1))).status).toBe(413)
    }))
})

describe("runsync", () => {
  it.scoped("waits for the job and answers with all of it", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, post } = yield* platform
      const asking = yield* Effect.fork(post("runsync", { input: 1 }))
      yield* JumpClock.settle
      const [job] = yield* jobs.take(endpoint.id, "w1", 1, 0)
      assert(job !== undefined)
      expect(job.id).toMatch(/^sync-/)
      jobs.finish(job.id, "w1", { output: `{"b":2}`, error: undefined })
      expect(yield* Fiber.join(asking)).toMatchObject({
        status: 200,
        json: { id: job.id, status: "COMPLETED", output: { b: 2 }, workerId: "w1", delayTime: 0, executionTime: 0 }
      })
    }))

  it.scoped("answers with the job as it is when the time is up, which it keeps in bounds", () =>
    Effect.gen(function*() {
      const { jump, post } = yield* platform
      for (
        const [query, millis] of [["", 90_000], ["?wait=5000", 5000], ["?wait=1", 1000], ["?wait=999999999", 300_000], [
          "?wait=soon",
          90_000
        ]] as const
      ) {
        const asking = yield* Effect.fork(post(`runsync${query}`, { input: 1 }))
        yield* JumpClock.settle
        yield* jump(millis - 100)
        expect(yield* Fiber.poll(asking)).toMatchObject({ _tag: "None" })
        yield* jump(200)
        expect((yield* Fiber.join(asking)).json["status"]).toBe("IN_QUEUE")
      }
    }))
})

describe("status-sync", () => {
  it.scoped("is held until the job ends, by either method", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, submit } = yield* platform
      const id = yield* submit
      const asking = yield* Effect.fork(
        Effect.all([ask(`status-sync/${id}`), ask(`status-sync/${id}`, { method: "POST" })], { concurrency: 2 })
      )
      yield* JumpClock.settle
      expect(yield* Fiber.poll(asking)).toMatchObject({ _tag: "None" })
      yield* jobs.take(endpoint.id, "w1", 1, 0)
      jobs.finish(id, "w1", { output: undefined, error: "no" })
      for (const { json } of yield* Fiber.join(asking)) expect(json).toMatchObject({ status: "FAILED", error: "no" })
    }))

  it.scoped("answers at once for a job that is over", () =>
    Effect.gen(function*() {
      const { ask, post, submit } = yield* platform
      const id = yield* submit
      yield* post(`cancel/${id}`)
      expect((yield* ask(`status-sync/${id}?wait=60000`)).json).toMatchObject({ status: "CANCELLED" })
    }))
})

describe("cancel", () => {
  it.scoped("answers with the job as it is then, also when it was over already", () =>
    Effect.gen(function*() {
      const { endpoint, jobs, post, submit } = yield* platform
      const waiting = yield* submit
      expect((yield* post(`cancel/${waiting}`)).json).toEqual({
        delayTime: 0,
        executionTime: 0,
        id: waiting,
        status: "CANCELLED",
        workerId: ""
      })
      const running = yield* submit
      yield* jobs.take(endpoint.id, "w1", 1, 0)
      expect((yield* post(`cancel/${running}`)).json).toMatchObject({ status: "CANCELLED", workerId: "w1" })
      const over = yield* submit
      yield* jobs.take(endpoint.id, "w1", 1, 0)
      jobs.finish(over, "w1", { output: "1", error: undefined })
      expect((yield* post(`cancel/${over}`)).json).toMatchObject({ status: "COMPLETED", output: 1 })
    }))
})

describe("health", () => {
  it.scoped("has all eleven integers", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, submit } = yield* platform
      const ids = [yield* submit, yield* submit, yield* submit, yield* submit]
      yield* jobs.take(endpoint.id, "w1", 3, 0)
      jobs.finish(ids[0] ?? "", "w1", { output: "1", error: undefined })
      jobs.finish(ids[1] ?? "", "w1", { output: undefined, error: "no" })
      jobs.lose("w1")
      expect(yield* ask("health")).toMatchObject({ status: 200 })
      expect((yield* ask("health")).json).toEqual({
        jobs: { inQueue: 2, inProgress: 0, completed: 1, failed: 1, retried: 1 },
        workers: { idle: 1, initializing: 2, ready: 3, running: 4, throttled: 5, unhealthy: 6 }
      })
    }))
})

describe("requests", () => {
  it.scoped("lists the newest jobs first, with their times", () =>
    Effect.gen(function*() {
      const { ask, jump, post, submit } = yield* platform
      const first = yield* submit
      yield* jump(1000)
      const second = yield* submit
      yield* post(`cancel/${first}`)
      expect((yield* ask("requests")).json).toEqual({
        requests: [
          { id: second, status: "IN_QUEUE", createdAt: "1970-01-01T00:00:01.000Z" },
          {
            id: first,
            status: "CANCELLED",
            createdAt: "1970-01-01T00:00:00.000Z",
            completedAt: "1970-01-01T00:00:01.000Z"
          }
        ]
      })
    }))
})

describe("job-take", () => {
  it.scoped("gives one job, and tells that the worker is up", () =>
    Effect.gen(function*() {
      const { ask, seen, submit } = yield* platform
      const id = yield* submit
      yield* submit
      expect(yield* ask("job-take/w1?gpu=CPU&job_in_progress=0")).toMatchObject({
        status: 200,
        json: { id, input: { a: 1 } }
      })
      expect(seen).toEqual(["w1"])
    }))

  it.scoped("takes what the SDK appends to a URL without a query", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, post, seen, submit } = yield* platform
      const id = yield* submit
      expect((yield* ask("job-take/w1&job_in_progress=0")).json).toMatchObject({ id })
      expect(seen).toEqual(["w1"])
      expect(jobs.find(endpoint.id, id)?.workerId).toBe("w1")
      expect((yield* post(`job-done/w1/${id}&isStream=false`, { output: 1 })).status).toBe(200)
      expect(jobs.find(endpoint.id, id)?.status).toBe("COMPLETED")
      expect((yield* ask("health&job_in_progress=0")).status).toBe(200)
      yield* submit
      expect((yield* ask("job-take-batch/w1&batch_size=2&job_in_progress=0")).json).toHaveLength(1)
    }))

  it.scoped("is held for 25 seconds and then answers 204", () =>
    Effect.gen(function*() {
      const { ask, jump } = yield* platform
      for (const verb of ["job-take/w1", "job-take-batch/w1?batch_size=2", "job-stop/w1"]) {
        const asking = yield* Effect.fork(ask(verb))
        yield* JumpClock.settle
        yield* jump(24_000)
        expect(yield* Fiber.poll(asking)).toMatchObject({ _tag: "None" })
        yield* jump(1_100)
        expect(yield* Fiber.join(asking)).toMatchObject({ status: 204, reply: { status: 204 } })
      }
    }))

  it.scoped("puts the job back where the answer did not arrive", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, submit } = yield* platform
      const id = yield* submit
      const { reply } = yield* ask("job-take/w1")
      expect(jobs.find(endpoint.id, id)?.status).toBe("IN_PROGRESS")
      reply.undelivered?.()
      expect(jobs.find(endpoint.id, id)).toMatchObject({ status: "IN_QUEUE", retries: 0 })
      expect((yield* ask("job-take/w2")).json).toMatchObject({ id })
    }))

  it.scoped("gives a list of as many as are asked for", () =>
    Effect.gen(function*() {
      const { ask, submit } = yield* platform
      const ids = [yield* submit, yield* submit, yield* submit]
      const { json } = yield* ask("job-take-batch/w1?batch_size=2")
      expect(json).toEqual(ids.slice(0, 2).map((id) => ({ id, input: { a: 1 } })))
      expect((yield* ask("job-take-batch/w1")).json).toEqual([{ id: ids[2], input: { a: 1 } }])
      for (const size of ["0", "-1", "1.5", "many"]) {
        expect((yield* ask(`job-take-batch/w1?batch_size=${size}`)).status).toBe(400)
      }
    }))

  it.scoped("gives the input as it was sent", () =>
    Effect.gen(function*() {
      const { ask, post } = yield* platform
      yield* Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(FastCheck.jsonValue(), async (value) => {
            const input: unknown = JSON.parse(JSON.stringify(value))
            await Effect.runPromise(post("run", { input }))
            const { json } = await Effect.runPromise(ask("job-take/w1"))
            expect(json["input"]).toEqual(JSON.stringify(input) === "{}" ? undefined : input)
          }),
          cases(50)
        )
      )
    }))
})

describe("job-done", () => {
  /** A job that w1 has, and what becomes of it when w1 posts that. */
  const done = (body: unknown) =>
    Effect.gen(function*() {
      const { ask, jobs, endpoint, post, submit } = yield* platform
      const id = yield* submit
      yield* jobs.take(endpoint.id, "w1", 1, 0)
      const answered = yield* post(`job-done/w1/${id}?gpu=CPU&isStream=false`, body)
      return { ...answered, job: (yield* ask(`status/${id}`)).json }
    })

  it.scoped("ends the job: with an output it is completed, with an error it failed", () =>
    Effect.gen(function*() {
      expect(yield* done({ output: { b: null } })).toMatchObject({
        status: 200,
        job: { status: "COMPLETED", output: { b: null } }
      })
      expect(yield* done({ output: null })).toMatchObject({ job: { status: "COMPLETED", output: null } })
      expect((yield* done({})).job).toMatchObject({ status: "COMPLETED" })
      expect((yield* done({})).job).not.toHaveProperty("output")
      expect((yield* done({ error: "no" })).job).toMatchObject({ status: "FAILED", error: "no" })
      expect((yield* done({ error: "no", output: 1 })).job).toMatchObject({ status: "FAILED", error: "no", output: 1 })
      expect((yield* done({ output: 1, error: null })).job).toMatchObject({ status: "COMPLETED", output: 1 })
    }))

  it.scoped("recycles its worker where that wants to be stopped", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, post, recycled, submit } = yield* platform
      for (
        const [worker, stopPod, expected] of [["w1", true, ["w1"]], ["w2", false, ["w1"]], ["w3", "no", [
          "w1"
        ]]] as const
      ) {
        const id = yield* submit
        yield* jobs.take(endpoint.id, worker, 1, 0)
        yield* post(`job-done/${worker}/${id}?gpu=CPU`, { output: 1, stopPod })
        expect((yield* ask(`status/${id}`)).json["status"]).toBe("COMPLETED")
        expect(recycled).toEqual(expected)
      }
    }))

  it.scoped("does not end it with a note of progress", () =>
    Effect.gen(function*() {
      expect(yield* done({ status: "IN_PROGRESS", output: "half" })).toMatchObject({
        status: 200,
        job: { status: "IN_PROGRESS" }
      })
    }))

  it.scoped("refuses what is no result, and the job goes on", () =>
    Effect.gen(function*() {
      for (const body of ["", "output=1", `{"output":NaN}`, { error: { message: "no" } }, "null", "[]"]) {
        expect(yield* done(body)).toMatchObject({
          status: 400,
          json: { title: "Bad Request" },
          job: { status: "IN_PROGRESS" }
        })
      }
    }))

  it.scoped("refuses a result over the limit, counted in bytes", () =>
    Effect.gen(function*() {
      const output = "é".repeat(Limits.runsyncBody / 2)
      expect(yield* done(`{"output":"${output}"}`)).toMatchObject({ status: 413, job: { status: "IN_PROGRESS" } })
    }))

  it.scoped("of a job that is over, unknown or another's is accepted and changes nothing", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, post, submit } = yield* platform
      const id = yield* submit
      yield* jobs.take(endpoint.id, "w1", 1, 0)
      expect((yield* post(`job-done/w2/${id}`, { output: 1 })).status).toBe(200)
      expect((yield* post(`job-done/w1/unknown`, { output: 1 })).status).toBe(200)
      expect((yield* ask(`status/${id}`)).json).toMatchObject({ status: "IN_PROGRESS" })
      yield* post(`cancel/${id}`)
      expect((yield* post(`job-done/w1/${id}`, { output: 1 })).status).toBe(200)
      expect((yield* ask(`status/${id}`)).json).toMatchObject({ status: "CANCELLED" })
    }))

  it.scoped("of a job of another endpoint changes nothing", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, other, raw, submit } = yield* platform
      const id = yield* submit
      yield* jobs.take(endpoint.id, "w1", 1, 0)
      const authorization = Redacted.value(other.workerKey)
      yield* raw(`/v2/${other.id}/job-done/w1/${id}`, { method: "POST", authorization, body: { output: 1 } })
      expect((yield* ask(`status/${id}`)).json).toMatchObject({ status: "IN_PROGRESS" })
    }))
})

describe("job-stop and ping", () => {
  it.scoped("say that a worker is not fit for jobs, which is no sign of life", () =>
    Effect.gen(function*() {
      const { ask, seen, unfit } = yield* platform
      const query = "gpu=CPU&status=unhealthy&check=disk&reason=2%20%25%20free&runpod_version=1"
      expect((yield* ask(`ping/w1?${query}`)).status).toBe(200)
      expect(unfit).toEqual([["w1", "disk: 2 % free"]])
      expect(seen).toEqual([])
    }))

  it.scoped("tell a worker what to stop", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, post, submit } = yield* platform
      const id = yield* submit
      yield* jobs.take(endpoint.id, "w1", 1, 0)
      const asking = yield* Effect.fork(ask("job-stop/w1?gpu=CPU"))
      yield* JumpClock.settle
      yield* post(`cancel/${id}`)
      expect(yield* Fiber.join(asking)).toMatchObject({ status: 200, json: { jobsToStop: [id] } })
    }))

  it.scoped("hear which jobs a worker holds", () =>
    Effect.gen(function*() {
      const { ask, endpoint, jobs, jump, seen, submit } = yield* platform
      const ids = [yield* submit, yield* submit, yield* submit]
      yield* jobs.take(endpoint.id, "w1", 3, 0)
      yield* jump(39_000)
      expect((yield* ask(`ping/w1?gpu=CPU&job_id=${ids[0]}%2C${ids[1]}&runpod_version=1`)).status).toBe(200)
      expect(seen).toEqual(["w1"])
      yield* jump(1200)
      expect(ids.map((id) => jobs.find(endpoint.id, id)?.status)).toEqual(["IN_PROGRESS", "IN_PROGRESS", "IN_QUEUE"])
    }))
})

describe("stream", () => {
  it.scoped("gives what a worker posted, as it came, and then the end", () =>
    Effect.gen(function*() {
      const { ask, post, submit } = yield* platform
      const id = yield* submit
      yield* ask("job-take/w1")
      for (const body of [{ output: { n: 1 } }, { output: null, metrics: { tokens: 3 } }]) {
        expect((yield* post(`job-stream/w1/${id}?gpu=CPU&isStream=false`, body)).status).toBe(200)
      }
      expect((yield* ask(`stream/${id}`)).json).toEqual({
        status: "IN_PROGRESS",
        stream: [{ output: { n: 1 } }, { output: null, metrics: { tokens: 3 } }]
      })
      yield* post(`job-stream/w1/${id}`, { output: 2 })
      yield* post(`job-done/w1/${id}?isStream=true`, { output: [] })
      expect((yield* post(`stream/${id}`)).json).toEqual({ status: "COMPLETED", stream: [{ output: 2 }] })
      expect((yield* ask(`stream/${id}`)).json).toEqual({ status: "COMPLETED", stream: [] })
    }))

  it.scoped("is held while there is nothing, for ten seconds or as long as it is asked to", () =>
    Effect.gen(function*() {
      const { ask, jump, submit } = yield* platform
      const id = yield* submit
      for (const [query, millis] of [["", 10_000], ["?wait=30000", 30_000], ["?wait=1", 1000]] as const) {
        const asking = yield* Effect.fork(ask(`stream/${id}${query}`))
        yield* JumpClock.settle
        yield* jump(millis - 200)
        expect(asking.unsafePoll()).toBeNull()
        yield* jump(300)
        expect((yield* Fiber.join(asking)).json).toEqual({ status: "IN_QUEUE", stream: [] })
      }
    }))

  it.scoped("that was not delivered is given again", () =>
    Effect.gen(function*() {
      const { ask, post, submit } = yield* platform
      const id = yield* submit
      yield* ask("job-take/w1")
      yield* post(`job-stream/w1/${id}`, { output: 1 })
      const { reply } = yield* ask(`stream/${id}`)
      reply.undelivered?.()
      expect((yield* ask(`stream/${id}`)).json["stream"]).toEqual([{ output: 1 }])
    }))

  it.scoped("takes posts that are JSON objects of a megabyte at most", () =>
    Effect.gen(function*() {
      const { ask, post, submit } = yield* platform
      const id = yield* submit
      yield* ask("job-take/w1")
      const body = (length: number) => JSON.stringify({ output: "x".repeat(length - `{"output":""}`.length) })
      expect((yield* post(`job-stream/w1/${id}`, body(Limits.streamBody))).status).toBe(200)
      expect((yield* post(`job-stream/w1/${id}`, body(Limits.streamBody + 1))).status).toBe(413)
      for (const wrong of [`{"output":NaN}`, "[]", "1", ""]) {
        expect((yield* post(`job-stream/w1/${id}`, wrong)).status).toBe(400)
      }
      // of a job that is not there there is nothing to keep, and nothing to try again
      expect((yield* post("job-stream/w1/unknown", { output: 1 })).status).toBe(200)
    }))
})

describe("retry and purge-queue", () => {
  it.scoped("queue a job again that failed, and refuse any other", () =>
    Effect.gen(function*() {
      const { ask, post, submit } = yield* platform
      const id = yield* submit
      expect(yield* post(`retry/${id}`)).toMatchObject({
        status: 400,
        json: { detail: expect.stringContaining("IN_QUEUE") }
      })
      yield* ask("job-take/w1")
      yield* post(`job-done/w1/${id}`, { error: "no", output: 1 })
      expect(yield* post(`retry/${id}`)).toMatchObject({ status: 200, json: { id, status: "IN_QUEUE" } })
      expect((yield* ask(`status/${id}`)).json).toEqual({ id, status: "IN_QUEUE" })
      expect((yield* ask("job-take/w2")).json["id"]).toBe(id)
    }))

  it.scoped("take a body or none", () =>
    Effect.gen(function*() {
      const { post, submit } = yield* platform
      yield* submit
      expect((yield* post("purge-queue")).json).toEqual({ removed: 1, status: "completed" })
      yield* submit
      expect((yield* post("purge-queue", {})).json).toEqual({ removed: 1, status: "completed" })
    }))
})

describe("metrics", () => {
  it.scoped("name the workers that are up", () =>
    Effect.gen(function*() {
      const { ask } = yield* platform
      expect((yield* ask("metrics")).json).toEqual({
        workers: { idle: 1, initializing: 2, ready: 3, running: 4, throttled: 5, unhealthy: 6 },
        readyWorkers: ["w1", "w2"]
      })
    }))
})

describe("what stands beside an input", () => {
  it.scoped("goes to the worker, except how the platform is to treat the job", () =>
    Effect.gen(function*() {
      const { ask, post } = yield* platform
      const webhook = "https://example.test/done"
      yield* post("run", {
        input: { a: 1 },
        id: "mine",
        webhook,
        webhookV2: "https://example.test/v2",
        s3Config: { bucketName: "b" },
        policy: { ttl: 20_000, lowPriority: true }
      })
      const { json } = yield* ask("job-take/w1")
      expect(json).toEqual({
        id: expect.stringMatching(/-u1$/),
        input: { a: 1 },
        webhook,
        s3Config: { bucketName: "b" }
      })
    }))

  it.scoped("is refused where it is not legal, by its name", () =>
    Effect.gen(function*() {
      const { jobs, post } = yield* platform
      for (
        const [more, detail] of [
          [{ webhook: "example.test" }, "webhook"],
          [{ webhook: 1 }, "webhook"],
          [{ policy: { ttl: 5 } }, "ttl"],
          [{ policy: { executionTimeout: "1" } }, "executionTimeout"]
        ] as const
      ) {
        expect(yield* post("run", { input: 1, ...more })).toMatchObject({
          status: 400,
          json: { detail: expect.stringContaining(detail) }
        })
      }
      expect(jobs.counts("any").inQueue).toBe(0)
      expect((yield* post("run", { input: 1, webhook: null, policy: null })).status).toBe(200)
    }))
})

describe("an empty input", () => {
  it.scoped("comes to a worker as none, as on RunPod, and no other does", () =>
    Effect.gen(function*() {
      const { ask, post } = yield* platform
      yield* post("run", { input: {} })
      expect(Object.keys((yield* ask("job-take/w1")).json)).toEqual(["id"])
      for (const input of [null, [], "", 0, { a: undefined, b: 1 }]) {
        yield* post("run", { input })
        expect((yield* ask("job-take/w1")).json).toHaveProperty("input")
      }
    }))
})

describe("a result", () => {
  it.scoped("may be as large as its request, by the way the job came", () =>
    Effect.gen(function*() {
      const { ask, post } = yield* platform
      const body = (limit: number) => JSON.stringify({ output: "x".repeat(limit - `{"output":""}`.length) })
      const { json } = yield* post("run", { input: 1 })
      yield* ask("job-take/w1")
      expect((yield* post(`job-done/w1/${json["id"]}`, body(Limits.runBody + 1))).status).toBe(413)
      expect((yield* post(`job-done/w1/${json["id"]}`, body(Limits.runBody))).status).toBe(200)
      const asking = yield* Effect.fork(post("runsync", { input: 1 }))
      yield* JumpClock.settle
      const sync = (yield* ask("job-take/w1")).json["id"]
      expect((yield* post(`job-done/w1/${sync}`, body(Limits.runsyncBody + 1))).status).toBe(413)
      expect((yield* post(`job-done/w1/${sync}`, body(Limits.runsyncBody))).status).toBe(200)
      expect((yield* Fiber.join(asking)).json["status"]).toBe("COMPLETED")
    }))

  it.scoped("in progress is shown, and is not the end", () =>
    Effect.gen(function*() {
      const { ask, post, submit } = yield* platform
      const id = yield* submit
      yield* ask("job-take/w1")
      yield* post(`job-done/w1/${id}?isStream=false`, { status: "IN_PROGRESS", output: { pct: 50 } })
      expect((yield* ask(`status/${id}`)).json).toMatchObject({ status: "IN_PROGRESS", output: { pct: 50 } })
      yield* post(`job-done/w1/${id}?isStream=false`, { output: "end" })
      expect((yield* ask(`status/${id}`)).json).toMatchObject({ status: "COMPLETED", output: "end" })
    }))
})
