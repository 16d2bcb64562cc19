import { assert, describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Schema, Stream } from "effect"
import { CpuLiveServerless, Flash, Remote, remote } from "effect-flash"
import * as JobHandler from "../../runtime/worker/JobHandler.ts"
import type { Procedure } from "../../src/Endpoint.ts"
import * as FunctionServer from "../../src/invoke/FunctionServer.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import * as FunctionResponse from "../../src/protocol/FunctionResponse.ts"

const cpu = CpuLiveServerless.make("job-handler")

class Refused extends Schema.TaggedError<Refused>()("Refused", { by: Schema.String }) {}

const greet = remote(
  "greet",
  {
    resource: cpu,
    payload: { name: Schema.String, at: Schema.optional(Schema.Date) },
    success: Schema.Struct({ greeting: Schema.String, at: Schema.optional(Schema.Date) }),
    error: Refused
  },
  ({ at, name }) =>
    name === ""
      ? new Refused({ by: "nobody" })
      : name === "boom"
      ? Effect.die(new TypeError("boom"))
      : Effect.succeed({ greeting: `Hello ${name}`, at })
)

// a remote function is a procedure; its own type says more than the erased one
const erased = (f: object): Procedure => f as Procedure

/** Of jobs that say nothing before their end. */
const port: JobHandler.Port = {
  stream: () => assert.fail("nothing is streamed"),
  progress: () => assert.fail("nothing is reported")
}

/** Handles jobs of these functions; what they print is given. */
const handler = (functions: ReadonlyArray<object>, printed = "") =>
  Effect.gen(function*() {
    const codec = Codec.make()
    const server = yield* FunctionServer.make({ codec, stacks: false })
    const known = functions.map(erased)
    const captured: Array<string> = []
    const missing = FunctionResponse.reject("function_missing", "no such function", {
      known: known.map(({ _tag }) => _tag)
    })
    const loader: JobHandler.Options["loader"] = {
      load: ({ function_name: name }) =>
        Effect.mapError(Effect.fromNullable(known.find(({ _tag }) => _tag === name)), () => missing),
      single: known.length === 1 && known[0] !== undefined ? Effect.succeed(known[0]) : Effect.fail(missing)
    }
    const handle = JobHandler.make({
      codec,
      loader,
      server,
      output: {
        capture: (jobId, effect) =>
          Effect.suspend(() => {
            captured.push(jobId)
            return Effect.map(effect, (result) => [result, printed] as const)
          })
      }
    })
    return {
      captured,
      handle,
      /** What is posted for an input that came as JSON. */
      posted: (input: unknown): Effect.Effect<Record<string, unknown>> =>
        Effect.map(handle("job-1", JSON.parse(JSON.stringify({ input })).input, port), ({ body }) => JSON.parse(body))
    }
  }).pipe(Effect.provide(Flash.layerInline))

const envelope = (name: string, payload: unknown, more: object = {}) => ({
  protocol_version: 1,
  function_name: name,
  serialization_format: "msgpack",
  args: [Codec.make().encode("msgpack", payload)],
  ...more
})

describe("a plain result with refresh_worker", () => {
  it.scoped("has the worker replaced, and is posted without it", () =>
    Effect.gen(function*() {
      const f = remote("f", {
        resource: cpu,
        payload: { refresh: Schema.Unknown },
        success: Schema.Struct({ x: Schema.Int, refresh_worker: Schema.Unknown })
      }, ({ refresh }) => Effect.succeed({ x: 1, refresh_worker: refresh }))
      const { posted } = yield* handler([f])
      expect(yield* posted({ refresh: true })).toEqual({ stopPod: true, output: { x: 1 } })
      expect(yield* posted({ refresh: "yes" })).toEqual({ output: { x: 1, refresh_worker: "yes" } })
    }))
})

describe("an envelope", () => {
  it.scoped("is answered by an envelope, in its format", () =>
    Effect.gen(function*() {
      const { captured, posted } = yield* handler([greet])
      const { output } = yield* posted(envelope("greet", { name: "Ada", at: "1970-01-01T00:00:00.005Z" }))
      const response = yield* FunctionResponse.decode(output)
      expect(response).toMatchObject({ success: true, serialization_format: "msgpack" })
      expect(Codec.make().decode("msgpack", response.result)).toEqual({
        greeting: "Hello Ada",
        at: "1970-01-01T00:00:00.005Z"
      })
      expect(response).not.toHaveProperty("stdout")
      expect(captured).toEqual(["job-1"])
    }))

  it.scoped("brings what was printed", () =>
    Effect.gen(function*() {
      const { posted } = yield* handler([greet], "first\nsecond\n")
      expect((yield* posted(envelope("greet", { name: "Ada" })))["output"]).toMatchObject({ stdout: "first\nsecond\n" })
      expect((yield* posted(envelope("greet", { nome: "Ada" })))["output"]).toMatchObject({ stdout: "first\nsecond\n" })
    }))

  it.scoped("of a function that fails with its own error completes the job", () =>
    Effect.gen(function*() {
      const { posted } = yield* handler([greet])
      const body = yield* posted(
        envelope("greet", { name: "" }, { serialization_format: "json", args: [{ name: "" }] })
      )
      expect(body).not.toHaveProperty("error")
      expect(body["output"]).toMatchObject({
        success: false,
        error: { _tag: "fail", cause: { _tag: "Fail", error: { _tag: "Refused", by: "nobody" } } }
      })
    }))

  it.scoped("of a function that dies fails the job, with the envelope as the text of its error", () =>
    Effect.gen(function*() {
      const { posted } = yield* handler([greet], "last words\n")
      const body = yield* posted({ ...envelope("greet", null), serialization_format: "json", args: [{ name: "boom" }] })
      expect(Object.keys(body)).toEqual(["error"])
      assert(typeof body["error"] === "string")
      expect(JSON.parse(body["error"])).toMatchObject({
        protocol_version: 1,
        success: false,
        error: { _tag: "die", message: "boom", cause: { _tag: "Die", defect: { name: "TypeError", message: "boom" } } },
        stdout: "last words\n"
      })
    }))

  it.scoped("that asks for what is not there, or in a wrong way, is rejected by an answer", () =>
    Effect.gen(function*() {
      const { posted } = yield* handler([greet])
      const rejected = (input: unknown) =>
        Effect.map(posted(input), ({ output }) => (output as FunctionResponse.FunctionResponse).error)
      expect(yield* rejected(envelope("missing", {}))).toMatchObject({ reason: "function_missing", known: ["greet"] })
      expect(yield* rejected(envelope("greet", { nome: "Ada" }))).toMatchObject({ _tag: "reject", reason: "payload" })
      expect(yield* rejected(envelope("greet", {}, { protocol_version: 2 }))).toMatchObject({ reason: "protocol" })
      const wrong = yield* rejected({ protocol_version: "one", function_name: "greet" })
      expect(wrong).toMatchObject({ _tag: "reject", reason: "refused" })
      expect(wrong?.message).toContain("protocol_version")
    }))
})

describe("plain JSON", () => {
  it.scoped("is the payload, and the result is the output", () =>
    Effect.gen(function*() {
      const { posted } = yield* handler([greet], "not for this dialect\n")
      expect(yield* posted({ name: "Ada", at: "1970-01-01T00:00:00.005Z" })).toEqual({
        output: { greeting: "Hello Ada", at: "1970-01-01T00:00:00.005Z" }
      })
    }))

  it.scoped("may be no object where the function takes none", () =>
    Effect.gen(function*() {
      const double = remote(
        "double",
        { resource: cpu, payload: Schema.Number, success: Schema.Number },
        (n) => Effect.succeed(n * 2)
      )
      const { posted } = yield* handler([double])
      expect(yield* posted(21)).toEqual({ output: 42 })
    }))

  it.scoped("is passed over where the function takes nothing, whatever the platform makes of an empty input", () =>
    Effect.gen(function*() {
      const nothing = remote(
        "nothing",
        { resource: cpu },
        (payload) => payload === undefined ? Effect.void : Effect.die("a payload")
      )
      const { posted } = yield* handler([nothing])
      for (const input of [{}, null, { __empty: true }, { anything: 1 }, "", undefined]) {
        expect(yield* posted(input)).toEqual({ output: null })
      }
    }))

  it.scoped("may be a marker where every field may be left out", () =>
    Effect.gen(function*() {
      const optional = remote("optional", {
        resource: cpu,
        payload: { name: Schema.optional(Schema.String), __empty: Schema.optional(Schema.Boolean) },
        success: Schema.Struct({ keys: Schema.Array(Schema.String) })
      }, (payload) => Effect.succeed({ keys: Object.keys(payload) }))
      const { posted } = yield* handler([optional])
      expect(yield* posted({ __empty: true })).toEqual({ output: { keys: [] } })
      expect(yield* posted({})).toEqual({ output: { keys: [] } })
      // with anything beside it it is no marker
      expect(yield* posted({ __empty: true, name: "Ada" })).toEqual({ output: { keys: ["name", "__empty"] } })
    }))

  it.scoped("fails the job as the platform's own worker does, in text", () =>
    Effect.gen(function*() {
      const { posted } = yield* handler([greet])
      const failed = (input: unknown) =>
        Effect.map(posted(input), (body): Record<string, unknown> => {
          expect(Object.keys(body)).toEqual(["error"])
          assert(typeof body["error"] === "string")
          return JSON.parse(body["error"])
        })
      const typed = yield* failed({ name: "" })
      expect(typed).toMatchObject({
        error_type: "fail",
        error_detail: { _tag: "Fail", error: { _tag: "Refused", by: "nobody" } }
      })
      expect(typed["error_message"]).toContain("Refused")
      expect(yield* failed({ name: "boom" })).toMatchObject({ error_type: "die", error_message: "boom" })
      const invalid = yield* failed({ nome: "Ada" })
      expect(invalid["error_type"]).toBe("payload")
      expect(invalid["error_message"]).toContain(`["name"]`)
      expect(Object.keys(invalid)).toEqual(["error_type", "error_message"])
    }))

  it.scoped("whose result JSON cannot carry fails the job, with the place", () =>
    Effect.gen(function*() {
      const divide = remote(
        "divide",
        { resource: cpu, payload: Schema.Number, success: Schema.Struct({ n: Schema.Number }) },
        (n) => Effect.succeed({ n: n / 0 })
      )
      const { posted } = yield* handler([divide])
      const { error } = yield* posted(1)
      expect(JSON.parse(String(error))["error_message"]).toContain("$.n is Infinity")
    }))

  it.scoped("is for a worker of one function", () =>
    Effect.gen(function*() {
      const { posted } = yield* handler([greet, remote("other", { resource: cpu })])
      const { error } = yield* posted({ name: "Ada" })
      expect(JSON.parse(String(error))).toMatchObject({ error_type: "function_missing" })
    }))
})

describe("a job that is stopped", () => {
  it.scoped("interrupts the function and waits for its finalizers", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const events: Array<string> = []
      const hang = remote("hang", { resource: cpu }, () =>
        Deferred.succeed(started, undefined).pipe(
          Effect.zipRight(Effect.never),
          Effect.onInterrupt(() => Effect.sync(() => events.push("finalized")))
        ))
      const { handle } = yield* handler([hang])
      const fiber = yield* Effect.fork(handle("job-1", {}, port))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      expect(events).toEqual(["finalized"])
    }))
})

describe("a function that streams", () => {
  const count = remote("count", {
    resource: cpu,
    payload: { to: Schema.Int, end: Schema.optional(Schema.Literal("fail", "die", "wrong")) },
    success: Schema.Struct({ n: Schema.Int, at: Schema.Date }),
    error: Refused,
    stream: true
  }, ({ end, to }) =>
    Stream.range(1, to).pipe(
      Stream.map((n) => ({ n, at: new Date(n) })),
      Stream.concat(
        end === "fail"
          ? Stream.fail(new Refused({ by: "me" }))
          : end === "die"
          ? Stream.die(new TypeError("boom"))
          : end === "wrong"
          ? Stream.succeed({ n: 0.5, at: new Date(0) })
          : Stream.empty
      )
    ))

  /** Runs a job; what it streamed, what it reported, and its result. */
  const run = (input: unknown, refusal?: string) =>
    Effect.gen(function*() {
      const { handle } = yield* handler([count])
      const outputs: Array<unknown> = []
      const result = yield* handle("job-1", input, {
        stream(bodies, done) {
          for (const body of bodies) outputs.push(JSON.parse(body).output)
          setImmediate(() => done(refusal))
        },
        progress: () => {}
      })
      const body: Record<string, unknown> = JSON.parse(result.body)
      return { body, kind: result.kind, outputs }
    })

  it.scoped("sends chunks to who speaks the protocol, and then says how many values there were", () =>
    Effect.gen(function*() {
      const { body, kind, outputs } = yield* run({
        ...envelope("count", null),
        serialization_format: "json",
        args: [{ to: 3 }]
      })
      expect(kind).toBe("stream")
      expect(body["output"]).toMatchObject({ success: true, stream_length: 3 })
      const value = (n: number) => ({ n, at: new Date(n).toISOString() })
      const head = { protocol_version: 1, serialization_format: "json", run: expect.stringMatching(/^[0-9a-f]{8}$/) }
      // the first value does not wait for the others
      expect(outputs).toEqual([
        { ...head, first: 0, frames: [[value(1)]] },
        { ...head, first: 1, frames: [[value(2), value(3)]] }
      ])
    }))

  it.scoped("sends each value by itself to who speaks plain JSON, and ends as the platform's own worker does", () =>
    Effect.gen(function*() {
      const { body, kind, outputs } = yield* run({ to: 2 })
      expect(kind).toBe("stream")
      expect(body).toEqual({ output: [] })
      expect(outputs).toEqual([1, 2].map((n) => ({ n, at: new Date(n).toISOString() })))
    }))

  it.scoped("that fails or dies says so after its values", () =>
    Effect.gen(function*() {
      const failed = yield* run({ ...envelope("count", { to: 2, end: "fail" }) })
      expect(failed.body["output"]).toMatchObject({ success: false, stream_length: 2, error: { _tag: "fail" } })
      const died = yield* run({ ...envelope("count", { to: 2, end: "die" }) })
      expect(JSON.parse(String(died.body["error"]))).toMatchObject({ stream_length: 2, error: { _tag: "die" } })
      const plain = yield* run({ to: 2, end: "fail" })
      expect(plain.outputs).toHaveLength(2)
      expect(JSON.parse(String(plain.body["error"]))).toMatchObject({ error_type: "fail" })
    }))

  it.scoped("that gives what does not fit, or what the platform refuses, is refused with why", () =>
    Effect.gen(function*() {
      const wrong = yield* run({ ...envelope("count", { to: 1, end: "wrong" }) })
      expect(wrong.body["output"]).toMatchObject({
        success: false,
        error: { _tag: "reject", reason: "refused", message: expect.stringContaining(`["n"]`) }
      })
      const full = yield* run({ ...envelope("count", { to: 1 }) }, "job-stream failed with 413")
      expect(full.body["output"]).toMatchObject({
        success: false,
        error: { _tag: "reject", message: expect.stringContaining("413") }
      })
    }))

  it.scoped("is interrupted with its job, and its finalizers run", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const endless = remote(
        "endless",
        { resource: cpu, success: Schema.Int, stream: true },
        () => Stream.ensuring(Stream.repeatValue(1), Effect.sync(() => void events.push("finalized")))
      )
      const { handle } = yield* handler([endless])
      const posting = yield* Deferred.make<void>()
      // a platform that takes its time: the stream waits for it
      const fiber = yield* Effect.fork(handle("job-1", {}, {
        stream: () => Deferred.unsafeDone(posting, Effect.void),
        progress: () => {}
      }))
      yield* Deferred.await(posting)
      yield* Fiber.interrupt(fiber)
      expect(events).toEqual(["finalized"])
    }))
})

describe("progress", () => {
  it.scoped("is sent as it is reported", () =>
    Effect.gen(function*() {
      const work = remote("work", { resource: cpu }, () =>
        Effect.zipRight(Remote.progress({ pct: 50 }), Remote.progress("half")))
      const { handle } = yield* handler([work])
      const reports: Array<unknown> = []
      yield* handle("job-1", {}, {
        ...port,
        progress: (body) =>
          reports.push(JSON.parse(body))
      })
      expect(reports).toEqual([
        { status: "IN_PROGRESS", output: { pct: 50 } },
        { status: "IN_PROGRESS", output: "half" }
      ])
    }))
})
