/** Plain JSON on the embedded platform: our client with workers that are not ours, and the runpod-sdk package with ours. */
import { assert, describe, expect, layer } from "@effect/vitest"
import { Chunk, Effect, Layer, Redacted, Schema, Stream } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"
import { Platform } from "effect-flash/local"
import { existsSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import RunpodSdk from "runpod-sdk"
import { vi } from "vitest"
import * as PlainEndpoint from "./plainEndpoint.ts"

// the SDK prints each poll
vi.spyOn(console, "log").mockImplementation(() => {})

const TestLayer = Layer.provideMerge(PlainEndpoint.layerFlash, Platform.layer())

const scratch = (name: string) => join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), name)

/** The caller's contract of a function that somebody else's worker has. */
const greet = remote("greet", {
  resource: CpuLiveServerless.make("plain"),
  payload: { name: Schema.String },
  success: Schema.Struct({ greeting: Schema.String })
})

const words = remote("words", {
  resource: CpuLiveServerless.make("plain-stream"),
  payload: { count: Schema.Int, end: Schema.optional(Schema.String), file: Schema.optional(Schema.String) },
  success: Schema.Struct({ index: Schema.Int, at: Schema.Date }),
  stream: true
})

/** Methods of the SDK's client that were called here. */
const called = new Set<string>()

/** Notes which methods of an object are called. */
const noting = <A extends object>(target: A): A =>
  new Proxy(target, {
    get(object, name) {
      if (typeof name === "string" && typeof Reflect.get(object, name) === "function") called.add(name)
      return Reflect.get(object, name)
    }
  })

/** An endpoint with a worker of that module, as the SDK's client has it. */
const sdk = (name: string, module: string) =>
  Effect.gen(function*() {
    const { apiKey, url } = yield* Platform.Platform
    const endpoint = yield* PlainEndpoint.make(name)
    if (module !== "") yield* PlainEndpoint.startWorker(endpoint, module)
    const client = RunpodSdk(Redacted.value(apiKey), { baseUrl: `${url}/v2` }).endpoint(endpoint.id)
    assert(client !== null)
    return noting(client)
  })

const collect = async (values: AsyncGenerator<unknown>) => {
  const all: Array<unknown> = []
  for await (const value of values) all.push(value)
  return all
}

layer(TestLayer, { excludeTestServices: true })("in plain JSON", (it) => {
  describe("our client", () => {
    it.scoped("calls a worker that is not ours, and gets its failures as failures of its jobs", () =>
      Effect.gen(function*() {
        yield* PlainEndpoint.startWorker(yield* PlainEndpoint.make("plain"), "./plainWorker.mjs")
        expect(yield* Flash.provide(greet({ name: "Ada" }))).toEqual({ greeting: "Hello Ada" })
        expect(yield* Flash.provide(greet({ name: "Ada" }, { mode: "runsync" }))).toEqual({ greeting: "Hello Ada" })
        const error = yield* Effect.flip(Flash.provide(greet({ name: "" })))
        assert(error._tag === "JobFailed")
        expect(error.error).toContain("EmptyName")
        expect(error.workerId).toBe("w1")
        const job = yield* Flash.provide(greet.submit({ name: "Grace" }))
        expect(yield* job.await).toEqual({ greeting: "Hello Grace" })
        expect(yield* (yield* Flash.provide(greet.attach(job.id))).await).toEqual({ greeting: "Hello Grace" })
      }))

    it.scoped("reads its streams, to their end and to their failure", () =>
      Effect.gen(function*() {
        yield* PlainEndpoint.startWorker(yield* PlainEndpoint.make("plain-stream"), "./plainStream.mjs")
        const values = yield* Flash.provide(Stream.runCollect(words({ count: 50 })))
        expect(Chunk.toReadonlyArray(values)).toEqual(
          Array.from({ length: 50 }, (_, index) => ({ index, at: new Date(index) }))
        )
        let came = 0
        const error = yield* Effect.flip(
          Flash.provide(Stream.runForEach(words({ count: 7, end: "fail" }), () => Effect.sync(() => void came++)))
        )
        expect(came).toBe(7)
        assert(error._tag === "JobFailed")
        expect(error.error).toContain("enough")
        const file = scratch("finalized")
        yield* Flash.provide(Stream.runDrain(Stream.take(words({ count: 3, end: "hang", file }), 2)))
        yield* PlainEndpoint.eventually(Effect.sync(() => existsSync(file)), (exists) => exists)
      }))
  })

  describe("runpod-sdk", () => {
    it.scoped("runs jobs, waits for them and asks how they are", () =>
      Effect.gen(function*() {
        const client = yield* sdk("sdk", "./plainWorker.mjs")
        yield* Effect.promise(async () => {
          const input = { name: "Ada" }
          expect(await client.runSync({ input })).toMatchObject({
            status: "COMPLETED",
            output: { greeting: "Hello Ada" },
            completed: true,
            succeeded: true,
            workerId: "w1"
          })
          const { id, status } = await client.run({ input })
          expect(status).toBe("IN_QUEUE")
          expect(await client.statusSync(id)).toMatchObject({
            id,
            status: "COMPLETED",
            output: { greeting: "Hello Ada" }
          })
          expect(await client.status(id)).toMatchObject({ id, status: "COMPLETED", started: true, succeeded: true })
          expect(await client.runSync({ input: { name: "" } })).toMatchObject({ status: "FAILED", succeeded: false })
          expect(await client.runSync({ input, policy: { executionTimeout: 5000, ttl: 60_000, lowPriority: true } }))
            .toMatchObject({ status: "COMPLETED" })
          // an empty input comes to our worker as one, though the platform drops it
          expect(await client.runSync({ input: {} })).toMatchObject({ status: "FAILED" })
        })
      }))

    it.scoped("reads streams: each value in a post of its own", () =>
      Effect.gen(function*() {
        const client = yield* sdk("sdk-stream", "./plainStream.mjs")
        yield* Effect.promise(async () => {
          const run = async (input: object) => collect(client.stream((await client.run({ input })).id))
          expect(await run({ count: 3 })).toEqual(
            [0, 1, 2].map((index) => ({ output: { index, at: new Date(index).toISOString() } }))
          )
          expect(await run({ count: 2, end: "fail" })).toHaveLength(2)
          const { id } = await client.run({ input: { count: 2, end: "large" } })
          expect(await collect(client.stream(id))).toHaveLength(2)
          const { error } = await client.status(id) as { readonly error?: string }
          expect(error?.slice(0, 200)).toContain("a value of its stream is 2000")
          expect(await client.runSync({ input: { count: 2 } })).toMatchObject({ status: "COMPLETED", output: [] })
        })
      }))

    it.scoped("cancels, purges and looks after an endpoint", () =>
      Effect.gen(function*() {
        const client = yield* sdk("sdk-idle", "")
        yield* Effect.promise(async () => {
          const input = { name: "Ada" }
          const { id } = await client.run({ input })
          expect(await client.cancel(id)).toMatchObject({ id, status: "CANCELLED" })
          const [first, second] = [await client.run({ input }), await client.run({ input })]
          expect(await client.health()).toEqual({
            jobs: { completed: 0, failed: 0, inProgress: 0, inQueue: 2, retried: 0 },
            workers: { idle: 0, initializing: 0, ready: 0, running: 0, throttled: 0, unhealthy: 0 }
          })
          expect(await client.purgeQueue()).toEqual({ removed: 2, status: "completed" })
          expect(await client.purgeQueue()).toEqual({ removed: 0, status: "completed" })
          for (const { id } of [first, second]) expect(await client.status(id)).toMatchObject({ status: "CANCELLED" })
        })
      }))

    it.scoped("has no method that was not called above, or is not in the guide", () =>
      Effect.gen(function*() {
        const client = yield* sdk("sdk-methods", "")
        const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(client)).filter((name) =>
          name !== "constructor"
        )
        expect([...called].sort()).toEqual(methods.sort())
        const guide = readFileSync(new URL("../../docs/platform.md", import.meta.url), "utf8")
        for (const method of methods) expect(guide).toContain(`\`${method}\``)
      }))
  })
})
