/** Calls to workers that are not ours, over a script of the job API. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Option, Redacted, Schema } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"
import type { Procedure } from "../../src/Endpoint.ts"
import { CodeBundler } from "../../src/invoke/CodeBundler.ts"
import * as Dialect from "../../src/invoke/Dialect.ts"
import * as QueueEndpoint from "../../src/invoke/QueueEndpoint.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import { answer, make } from "../runpod/scriptedTransport.ts"

const cpu = CpuLiveServerless.make("foreign")

/** Calls functions whose jobs end so. */
const foreign = (job: object) => {
  const transport = make(({ verb }) => answer(200, { id: "job-1", ...verb === "run" ? { status: "IN_QUEUE" } : job }))
  return Effect.map(QueueEndpoint.make(cpu, { codec: Codec.make(), dialect: "plain" }), (endpoint) => ({
    call: (f: object, payload?: unknown) => endpoint.execute(f as Procedure, payload),
    /** Bodies of the jobs that were submitted. */
    bodies: () => transport.of("run").map(({ body }) => JSON.parse(body ?? ""))
  })).pipe(
    Effect.provide(Layer.mergeAll(
      Layer.provide(
        RunpodJobs.layer,
        Layer.merge(
          transport.layer,
          RunpodConfig.layerOf({
            endpointBaseUrl: "https://api.runpod.test/v2",
            apiKey: Redacted.make("rpa_KEY"),
            apiKeyOrigin: "a test"
          })
        )
      ),
      Layer.succeed(
        Ensuring.Ensuring,
        Ensuring.make(() => Effect.succeed({ id: "ep1", name: "foreign" }))
      ),
      Layer.succeed(CodeBundler, { bundle: () => Effect.dieMessage("no code travels") })
    ))
  )
}

const completed = (output: unknown) => foreign({ status: "COMPLETED", output })

const errorOf = (exit: Exit.Exit<unknown, unknown>): unknown => {
  assert(Exit.isFailure(exit))
  return Cause.originalError(Option.getOrThrow(Cause.failureOption(exit.cause)))
}

const generate = remote("generate", {
  resource: cpu,
  payload: { prompt: Schema.String, at: Schema.optional(Schema.Date) },
  success: Schema.Struct({ text: Schema.String, at: Schema.Date })
})

describe("the dialect", () => {
  it("is plain for resources that run a foreign image, and live for the others", () => {
    expect(Dialect.of(cpu.config)).toBe("live")
    expect(Dialect.of({ _tag: "LiveServerless" })).toBe("live")
    expect(Dialect.of({ _tag: "ServerlessEndpoint" })).toBe("plain")
    expect(Dialect.of({ _tag: "CpuServerlessEndpoint" })).toBe("plain")
  })
})

describe("a payload", () => {
  it.scoped("is the input, as the JSON of its schema, and nothing else is", () =>
    Effect.gen(function*() {
      const { bodies, call } = yield* completed({ text: "Hi", at: "1970-01-01T00:00:00.000Z" })
      expect(yield* call(generate, { prompt: "Ada", at: new Date(5) })).toEqual({ text: "Hi", at: new Date(0) })
      expect(bodies()).toEqual([{ input: { prompt: "Ada", at: "1970-01-01T00:00:00.005Z" } }])
    }))

  it.scoped("that is none, or has no field, travels as the marker for it", () =>
    Effect.gen(function*() {
      const { bodies, call } = yield* completed(null)
      yield* call(remote("f", { resource: cpu }))
      const g = remote("g", { resource: cpu, payload: { a: Schema.optional(Schema.String) } })
      yield* call(g, {})
      yield* call(g, { a: undefined })
      yield* call(g, { a: "" })
      yield* call(remote("h", { resource: cpu, payload: Schema.Array(Schema.Int) }), [])
      expect(bodies()).toEqual([
        { input: { __empty: true } },
        { input: { __empty: true } },
        { input: { __empty: true } },
        { input: { a: "" } },
        { input: [] }
      ])
    }))

  it.scoped("that JSON would change or lose is refused by name of the field", () =>
    Effect.gen(function*() {
      const { bodies, call } = yield* completed(null)
      const any = remote("any", { resource: cpu, payload: Schema.Struct({ value: Schema.Unknown }) })
      for (const value of [1n, NaN, new Date(0), new Uint8Array(2), new Map()]) {
        const error = errorOf(yield* Effect.exit(call(any, { value })))
        expect(error).toMatchObject({ _tag: "InvalidPayload", function: "any" })
        expect(String(error)).toContain("$.value")
      }
      const nullable = remote("nullable", { resource: cpu, payload: Schema.NullOr(Schema.String) })
      expect(String(errorOf(yield* Effect.exit(call(nullable, null))))).toContain("null cannot be the input")
      expect(errorOf(yield* Effect.exit(call(generate, { prompt: 1 })))).toMatchObject({ _tag: "InvalidPayload" })
      expect(bodies()).toEqual([])
    }))
})

describe("an output", () => {
  const returns = <A, I>(success: Schema.Schema<A, I>, output: unknown) =>
    Effect.flatMap(completed(output), ({ call }) => call(remote("f", { resource: cpu, success })))

  it.scoped("is the result, falsy or not, and whatever its keys are", () =>
    Effect.gen(function*() {
      for (const output of [0, "", false, null, [], {}, { error: null }, { error: "text" }, [1, "a"]]) {
        expect(yield* returns(Schema.Unknown, output)).toEqual(output)
      }
      expect(yield* returns(Schema.NullOr(Schema.Int), null)).toBe(null)
      expect(yield* returns(Schema.BigInt, "12345678901234567890")).toBe(12345678901234567890n)
      expect(yield* returns(Schema.Uint8ArrayFromBase64, "AAE=")).toEqual(new Uint8Array([0, 1]))
    }))

  it.scoped("of nothing is None of runpod-python, and an empty object is left out by it", () =>
    Effect.gen(function*() {
      expect(yield* returns(Schema.Void, null)).toBeUndefined()
      expect(yield* returns(Schema.Undefined, null)).toBeUndefined()
      const { call } = yield* foreign({ status: "COMPLETED" })
      expect(yield* call(remote("f", { resource: cpu }))).toBeUndefined()
      const g = remote("g", { resource: cpu, success: Schema.Struct({ a: Schema.optional(Schema.Int) }) })
      expect(yield* call(g)).toEqual({})
    }))

  it.scoped("that does not fit names function, job and field", () =>
    Effect.gen(function*() {
      const { call } = yield* completed({ text: 1 })
      const error = errorOf(yield* Effect.exit(call(generate, { prompt: "Ada" })))
      expect(error).toMatchObject({ _tag: "InvalidResponse", function: "generate", jobId: "job-1" })
      expect(String(error)).toContain(`["text"]`)
      expect(String(error)).toContain(`["at"]`)
    }))

  it.scoped("that looks like an envelope of ours is an output as any other", () =>
    Effect.gen(function*() {
      const envelope = { protocol_version: 1, success: false, error: { _tag: "die", message: "", cause: {} } }
      expect(yield* returns(Schema.Unknown, envelope)).toEqual(envelope)
    }))
})

describe("a job that failed", () => {
  const failure = (job: object) =>
    Effect.flatMap(foreign(job), ({ call }) => Effect.map(Effect.exit(call(generate, { prompt: "Ada" })), errorOf))

  it.scoped("is JobFailed with all that it says", () =>
    Effect.gen(function*() {
      const job = { status: "FAILED", error: "bad input", output: { error_code: "BAD_INPUT" }, workerId: "w1" }
      expect(yield* failure(job)).toMatchObject({
        _tag: "JobFailed",
        endpoint: "foreign",
        jobId: "job-1",
        error: "bad input",
        output: { error_code: "BAD_INPUT" },
        workerId: "w1"
      })
      expect(yield* failure({ status: "FAILED", error: { type: "ValueError" } })).toMatchObject({
        _tag: "JobFailed",
        error: `{"type":"ValueError"}`
      })
    }))

  it.scoped("or ended otherwise is an error of that name", () =>
    Effect.gen(function*() {
      expect(yield* failure({ status: "CANCELLED" })).toMatchObject({ _tag: "JobCancelled" })
      expect(yield* failure({ status: "TIMED_OUT" })).toMatchObject({ _tag: "JobTimedOut" })
      expect(yield* failure({ status: "FAILED", error: "job timed out after 1 retries" }))
        .toMatchObject({ _tag: "WorkerLost" })
    }))
})
