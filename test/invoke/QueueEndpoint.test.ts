import { assert, describe, expect, it } from "@effect/vitest"
import {
  Cause,
  Chunk,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Option,
  Redacted,
  Schema,
  Scope,
  TestClock
} from "effect"
import { BundleFailed, CpuLiveServerless, ProvisionFailed, remote } from "effect-flash"
import type { Remote } from "effect-flash"
import { jobsOf } from "../../src/Endpoint.ts"
import type { Procedure } from "../../src/Endpoint.ts"
import { CodeBundler } from "../../src/invoke/CodeBundler.ts"
import * as QueueEndpoint from "../../src/invoke/QueueEndpoint.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import type { FunctionRequestEncoded } from "../../src/protocol/FunctionRequest.ts"
import type { FunctionResponse } from "../../src/protocol/FunctionResponse.ts"
import * as Limits from "../../src/protocol/Limits.ts"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import { answer, broken, make } from "../runpod/scriptedTransport.ts"
import type { Answer, Asked } from "../runpod/scriptedTransport.ts"

const cpu = CpuLiveServerless.make("queue")

class Refused extends Schema.TaggedError<Refused>()("Refused", { by: Schema.String }) {}

const f = remote("f", {
  resource: cpu,
  payload: { n: Schema.Number },
  success: Schema.Struct({ error: Schema.NullOr(Schema.String) }),
  error: Refused
})

const config = RunpodConfig.layerOf({
  endpointBaseUrl: "https://api.runpod.test/v2",
  apiKey: Redacted.make("rpa_KEY"),
  apiKeyOrigin: "a test"
})

interface Parts {
  readonly script: (asked: Asked) => Answer
  /** Of the bundle, in characters. */
  readonly codeSize?: number
  readonly provision?: Effect.Effect<RunpodJobs.EndpointRef, ProvisionFailed>
  readonly bundle?: Effect.Effect<never, BundleFailed>
}

/** An endpoint over a script of the job API. Its scope is the test's, or the one it is extended with. */
const endpoint = ({ bundle, codeSize = 10, provision, script }: Parts) => {
  const transport = make(script)
  return Effect.gen(function*() {
    const endpoint = yield* QueueEndpoint.make(cpu, { codec: Codec.make() })
    return {
      ...transport,
      call: (payload: { readonly n: number } = { n: 1 }, options?: Remote.CallOptions) =>
        endpoint.execute(f as object as Procedure, payload, options) as Effect.Effect<
          unknown,
          Effect.Effect.Error<ReturnType<typeof f>>
        >,
      submit: (payload: { readonly n: number } = { n: 1 }) =>
        Effect.flatMap(jobsOf(endpoint, "submit"), ({ submit }) => submit(f as object as Procedure, payload)),
      /** The inputs of the jobs that were submitted. */
      inputs: (): ReadonlyArray<FunctionRequestEncoded> =>
        transport.of("run").map(({ body }) => JSON.parse(body ?? "").input)
    }
  }).pipe(
    Effect.provide(Layer.mergeAll(
      Layer.provide(RunpodJobs.layer, Layer.merge(transport.layer, config)),
      Layer.succeed(
        Ensuring.Ensuring,
        Ensuring.make(() => provision ?? Effect.succeed({ id: "ep1", name: "queue" }))
      ),
      Layer.succeed(CodeBundler, {
        bundle: () => bundle ?? Effect.succeed({ code: "x".repeat(codeSize), hash: `hash-of-${codeSize}` })
      })
    ))
  )
}

const success: FunctionResponse = {
  protocol_version: 1,
  success: true,
  serialization_format: "json",
  result: { error: null }
}

const refused: FunctionResponse = {
  protocol_version: 1,
  success: false,
  serialization_format: "json",
  error: { _tag: "fail", message: "Refused", cause: { _tag: "Fail", error: { _tag: "Refused", by: "Ada" } } }
}

const died: FunctionResponse = {
  protocol_version: 1,
  success: false,
  serialization_format: "json",
  error: { _tag: "die", message: "boom", cause: { _tag: "Die", defect: { name: "TypeError", message: "boom" } } }
}

const rejected = (reason: "code_missing" | "refused"): FunctionResponse => ({
  protocol_version: 1,
  success: false,
  serialization_format: "json",
  error: { _tag: "reject", reason, message: reason }
})

const accepted = answer(200, { id: "job-1", status: "IN_QUEUE" })

/** Jobs that are accepted and end so. */
const ending = (job: object) => ({ verb }: Asked): Answer =>
  verb === "run" ? accepted : answer(200, { id: "job-1", ...job })

describe("a call", () => {
  it.scoped("is a job: submitted, waited for, and answered by its output", () =>
    Effect.gen(function*() {
      const { call, inputs, verbs } = yield* endpoint({ script: ending({ status: "COMPLETED", output: success }) })
      expect(yield* call({ n: 7 })).toEqual({ error: null })
      expect(verbs()).toEqual(["run", "status-sync"])
      const [input] = inputs()
      assert(input !== undefined)
      expect(input).toMatchObject({
        protocol_version: 1,
        function_name: "f",
        serialization_format: "msgpack",
        function_code: "x".repeat(10),
        code_hash: "hash-of-10"
      })
      expect(Codec.make().decode("msgpack", input.args?.[0])).toEqual({ n: 7 })
    }))

  it.scoped("may have a result with a key named error", () =>
    Effect.gen(function*() {
      const output = { ...success, result: { error: "text" } }
      const { call } = yield* endpoint({ script: ending({ status: "COMPLETED", output, error: null }) })
      expect(yield* call()).toEqual({ error: "text" })
    }))

  it.scoped("does not send what is too large, nor what does not fit, nor without code or endpoint", () =>
    Effect.gen(function*() {
      const script = () => answer(500)
      const large = yield* endpoint({ script, codeSize: Limits.runBody })
      expect(yield* Effect.flip(large.call())).toMatchObject({ _tag: "PayloadTooLarge", endpoint: "queue" })
      const wrong = yield* endpoint({ script })
      expect((yield* Effect.flip(wrong.call({} as { n: number })))._tag).toBe("InvalidPayload")
      const provision = new ProvisionFailed({ endpoint: "queue", reason: "no capacity" })
      const homeless = yield* endpoint({ script, provision })
      expect((yield* Effect.flip(homeless.call()))._tag).toBe("ProvisionFailed")
      const bundle = new BundleFailed({ function: "f", reason: "no code" })
      const codeless = yield* endpoint({ script, bundle })
      expect((yield* Effect.flip(codeless.call()))._tag).toBe("BundleFailed")
      for (const { asked } of [large, wrong, homeless, codeless]) expect(asked).toEqual([])
    }))

  it.scoped("provisions nothing for what cannot be sent, nor does a submission", () =>
    Effect.gen(function*() {
      const script = () => answer(500)
      let provisioned = 0
      const provision = Effect.sync(() => ({ id: `ep${++provisioned}`, name: "queue" }))
      const bundle = new BundleFailed({ function: "f", reason: "no code" })
      const codeless = yield* endpoint({ script, bundle, provision })
      expect((yield* Effect.flip(codeless.call()))._tag).toBe("BundleFailed")
      expect((yield* Effect.flip(codeless.submit()))._tag).toBe("BundleFailed")
      const wrong = yield* endpoint({ script, provision })
      expect((yield* Effect.flip(wrong.call({} as { n: number })))._tag).toBe("InvalidPayload")
      expect((yield* Effect.flip(wrong.submit({} as { n: number })))._tag).toBe("InvalidPayload")
      expect(provisioned).toBe(0)
      yield* Effect.exit(wrong.submit())
      expect(provisioned).toBe(1)
    }))

  it.scoped("whose poll is lost gets its result all the same, and cancels nothing", () =>
    Effect.gen(function*() {
      const { call, verbs } = yield* endpoint({
        script: (asked) =>
          asked.verb === "status-sync" && asked.nth < 2
            ? broken(asked, "ECONNRESET")
            : ending({ status: "COMPLETED", output: success })(asked)
      })
      const fiber = yield* Effect.fork(call())
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(fiber)).toEqual({ error: null })
      expect(verbs()).toEqual(["run", "status-sync", "status-sync", "status-sync"])
    }))

  it.scoped("that can be followed no longer says which job may still run, and cancels nothing", () =>
    Effect.gen(function*() {
      const { call, verbs } = yield* endpoint({
        script: (asked) => asked.verb === "run" ? accepted : broken(asked, "ECONNRESET")
      })
      const fiber = yield* Effect.fork(Effect.flip(call()))
      yield* TestClock.adjust("3 minutes")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "TransportFailed", jobId: "job-1" })
      expect(verbs()).not.toContain("cancel")
    }))
})

describe("the options of a call", () => {
  const completed = ending({ status: "COMPLETED", output: success })

  it.scoped("stand beside the input, and a plain call has none", () =>
    Effect.gen(function*() {
      const { call, of } = yield* endpoint({ script: completed })
      yield* call()
      yield* call({ n: 1 }, {
        policy: { executionTimeout: "5 minutes", ttl: "1 hour", lowPriority: true },
        webhook: "https://example.test/done"
      })
      const [plain, full] = of("run").map(({ body }) => JSON.parse(body ?? ""))
      expect(Object.keys(plain)).toEqual(["input"])
      expect(full).toMatchObject({
        input: { function_name: "f" },
        policy: { executionTimeout: 300_000, ttl: 3_600_000, lowPriority: true },
        webhook: "https://example.test/done"
      })
    }))

  it.scoped("that are not legal send nothing and are named", () =>
    Effect.gen(function*() {
      const { asked, call } = yield* endpoint({ script: completed })
      const error = yield* Effect.flip(call({ n: 1 }, { policy: { ttl: 5 } }))
      assert(error._tag === "InvalidOptions")
      expect(error.function).toBe("f")
      expect(error.issue).toContain("policy.ttl")
      expect(asked).toEqual([])
    }))

  it.scoped("with a webhook send the code along: it is to hear of no job that lacked it", () =>
    Effect.gen(function*() {
      const { call, inputs } = yield* endpoint({ script: completed, codeSize: Limits.codeWithEveryCall + 1 })
      yield* call()
      yield* call()
      yield* call({ n: 1 }, { webhook: "https://example.test" })
      expect(inputs().map(({ function_code }) => function_code !== undefined)).toEqual([true, false, true])
    }))
})

describe("a call by runsync", () => {
  it.scoped("is one exchange where the job ends in time", () =>
    Effect.gen(function*() {
      const { asked, call, verbs } = yield* endpoint({
        script: () => answer(200, { id: "sync-1", status: "COMPLETED", output: success })
      })
      expect(yield* call({ n: 1 }, { mode: "runsync" })).toEqual({ error: null })
      expect(verbs()).toEqual(["runsync"])
      expect(JSON.parse(asked[0]?.body ?? "")).toHaveProperty("input.function_name", "f")
    }))

  it.scoped("waits as any other where it does not", () =>
    Effect.gen(function*() {
      const { asked, call } = yield* endpoint({
        script: ({ verb }) =>
          answer(
            200,
            verb === "runsync"
              ? { id: "sync-1", status: "IN_QUEUE" }
              : { id: "sync-1", status: "COMPLETED", output: refused }
          )
      })
      assert.instanceOf(yield* Effect.flip(call({ n: 1 }, { mode: "runsync" })), Refused)
      expect(asked.map(({ path }) => path)).toEqual([
        "/v2/ep1/runsync?wait=10000",
        "/v2/ep1/status-sync/sync-1?wait=60000"
      ])
    }))

  it.scoped("sends the code again where it is missing", () =>
    Effect.gen(function*() {
      const { call, of } = yield* endpoint({
        script: ({ nth }) =>
          answer(200, { id: "sync-1", status: "COMPLETED", output: nth === 1 ? rejected("code_missing") : success }),
        codeSize: Limits.codeWithEveryCall + 1
      })
      yield* call({ n: 1 }, { mode: "runsync" })
      expect(yield* call({ n: 1 }, { mode: "runsync" })).toEqual({ error: null })
      expect(of("runsync")).toHaveLength(3)
    }))

  for (
    const [how, status, cancels] of [
      ["cancels its job when it has answered, where it is interrupted before", "IN_PROGRESS", 1],
      ["cancels nothing where the job was over by then", "COMPLETED", 0]
    ] as const
  ) {
    it.scoped(how, () =>
      Effect.gen(function*() {
        const { call, of, verbs } = yield* endpoint({
          script: ({ verb }) =>
            verb === "runsync" ? Effect.delay(answer(200, { id: "sync-1", status }), "10 seconds") : accepted
        })
        const fiber = yield* Effect.fork(Effect.timeoutOption(call({ n: 1 }, { mode: "runsync" }), "2 seconds"))
        yield* TestClock.adjust("2 seconds")
        // the caller is told in time
        expect(Option.isNone(yield* Fiber.join(fiber))).toBe(true)
        expect(verbs()).toEqual(["runsync"])
        yield* TestClock.adjust("10 seconds")
        expect(of("cancel")).toHaveLength(cancels)
        expect(verbs()).not.toContain("status-sync")
      }))
  }
})

describe("a job that ended", () => {
  const outcome = (job: object) => Effect.flatMap(endpoint({ script: ending(job) }), ({ call }) => Effect.exit(call()))
  const failure = (job: object) =>
    Effect.map(
      outcome(job),
      (exit) => Exit.isFailure(exit) ? Cause.originalError(Option.getOrThrow(Cause.failureOption(exit.cause))) : exit
    )
  const at = { endpoint: "queue", jobId: "job-1" }

  it.scoped("with the function's own error fails with that", () =>
    Effect.gen(function*() {
      const error = yield* failure({ status: "COMPLETED", output: refused })
      assert.instanceOf(error, Refused)
      expect(error.by).toBe("Ada")
    }))

  it.scoped("FAILED with the answer in its error text dies of that defect", () =>
    Effect.gen(function*() {
      for (
        const job of [
          { status: "FAILED", error: JSON.stringify(died) },
          { status: "FAILED", error: JSON.stringify(died), output: null },
          // the platform may keep the answer in either place, and its error as an object
          { status: "FAILED", error: died },
          { status: "FAILED", error: "the platform's words", output: died }
        ]
      ) {
        const exit = yield* outcome(job)
        assert(Exit.isFailure(exit))
        const [defect] = Chunk.toReadonlyArray(Cause.defects(exit.cause))
        assert.instanceOf(defect, Error)
        expect(defect.name).toBe("TypeError")
        expect(defect.message).toBe("boom")
      }
    }))

  it.scoped("FAILED with words of the platform's is JobFailed with all of them", () =>
    Effect.gen(function*() {
      const error = "x".repeat(5000)
      expect(yield* failure({ status: "FAILED", error, workerId: "w1" })).toMatchObject({
        _tag: "JobFailed",
        ...at,
        error,
        workerId: "w1"
      })
      expect(yield* failure({ status: "FAILED" })).toMatchObject({ _tag: "JobFailed", ...at, error: "" })
      expect(yield* failure({ status: "FAILED", error: { code: 137 } })).toMatchObject({ error: `{"code":137}` })
      expect(yield* failure({ status: "FAILED", error: `{"error_type":"<class 'ValueError'>"}` })).toMatchObject({
        _tag: "JobFailed"
      })
    }))

  it.scoped("FAILED since its workers were lost is WorkerLost", () =>
    Effect.gen(function*() {
      expect(yield* failure({ status: "FAILED", error: "job timed out after 1 retries", retries: 1 })).toMatchObject({
        _tag: "WorkerLost",
        ...at,
        retries: 1
      })
      expect(yield* failure({ status: "FAILED", error: "my job timed out after 1 retries" })).toMatchObject({
        _tag: "JobFailed"
      })
    }))

  it.scoped("CANCELLED or TIMED_OUT is an error of that name, whatever else it holds", () =>
    Effect.gen(function*() {
      expect(yield* failure({ status: "CANCELLED" })).toMatchObject({ _tag: "JobCancelled", ...at })
      expect(yield* failure({ status: "CANCELLED", output: success })).toMatchObject({ _tag: "JobCancelled" })
      expect(yield* failure({ status: "TIMED_OUT", error: "after 5000 ms" })).toMatchObject({
        _tag: "JobTimedOut",
        ...at,
        error: "after 5000 ms"
      })
      expect(yield* failure({ status: "TIMED_OUT", output: success })).toMatchObject({ _tag: "JobTimedOut" })
    }))

  it.scoped("COMPLETED with what is no answer of ours is InvalidResponse, which names function and job", () =>
    Effect.gen(function*() {
      for (const output of [null, { greeting: "Hello" }, "text", [success], { protocol_version: 1 }]) {
        expect(yield* failure({ status: "COMPLETED", output })).toMatchObject({
          _tag: "InvalidResponse",
          function: "f",
          jobId: "job-1"
        })
      }
      expect(yield* failure({ status: "COMPLETED" })).toMatchObject({ _tag: "InvalidResponse" })
    }))

  it.scoped("that is gone when it is asked for is JobNotFound", () =>
    Effect.gen(function*() {
      const { call } = yield* endpoint({ script: ({ verb }) => verb === "run" ? accepted : answer(404) })
      expect(yield* Effect.flip(call())).toMatchObject({ _tag: "JobNotFound", ...at })
    }))
})

describe("code", () => {
  const completed = (output: FunctionResponse = success) => ending({ status: "COMPLETED", output })

  it.scoped("that is small travels with every call", () =>
    Effect.gen(function*() {
      const { call, inputs } = yield* endpoint({ script: completed(), codeSize: Limits.codeWithEveryCall })
      yield* call()
      yield* call()
      expect(inputs().map(({ function_code }) => function_code?.length)).toEqual([
        Limits.codeWithEveryCall,
        Limits.codeWithEveryCall
      ])
    }))

  it.scoped("that is large travels until a worker has answered for it, and again when one lacks it", () =>
    Effect.gen(function*() {
      const size = Limits.codeWithEveryCall + 1
      // the third job comes to a worker that is new
      const { call, inputs } = yield* endpoint({
        codeSize: size,
        script: (asked) => completed(asked.nth === 2 ? rejected("code_missing") : success)(asked)
      })
      yield* call()
      yield* call()
      yield* call()
      yield* call()
      expect(inputs().map(({ code_hash, function_code }) => [code_hash, function_code?.length])).toEqual([
        [`hash-of-${size}`, size],
        [`hash-of-${size}`, undefined],
        [`hash-of-${size}`, undefined],
        [`hash-of-${size}`, size],
        [`hash-of-${size}`, undefined]
      ])
    }))

  it.scoped("that is large travels again after a call that failed before a worker had it", () =>
    Effect.gen(function*() {
      const { call, inputs } = yield* endpoint({
        codeSize: Limits.codeWithEveryCall + 1,
        script: (asked) =>
          asked.verb === "status-sync" && asked.nth === 0
            ? answer(200, { id: "job-1", status: "FAILED", error: "out of memory" })
            : completed()(asked)
      })
      yield* Effect.flip(call())
      yield* call()
      expect(inputs().map(({ function_code }) => function_code !== undefined)).toEqual([true, true])
    }))

  it.scoped("that is large travels again where it was missing and the call that brought it failed", () =>
    Effect.gen(function*() {
      const { call, inputs } = yield* endpoint({
        codeSize: Limits.codeWithEveryCall + 1,
        script: (asked) =>
          asked.verb === "status-sync" && asked.nth === 2
            ? answer(200, { id: "job-1", status: "FAILED", error: "out of memory" })
            : completed(asked.nth === 1 ? rejected("code_missing") : success)(asked)
      })
      yield* call()
      yield* Effect.flip(call())
      yield* call()
      expect(inputs().map(({ function_code }) => function_code !== undefined)).toEqual([true, false, true, true])
    }))

  it.scoped("that is missing loses nothing of what was printed before: packages are installed first", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        logged.push(String(message))
      })
      const { call } = yield* endpoint({
        codeSize: Limits.codeWithEveryCall + 1,
        script: (asked) =>
          completed(
            asked.nth === 0
              ? { ...rejected("code_missing"), stdout: "added 1 package\n" }
              : { ...success, stdout: "hello\n" }
          )(asked)
      })
      yield* Effect.provide(call(), Logger.replace(Logger.defaultLogger, logger))
      expect(logged).toEqual(["added 1 package", "hello"])
    }))

  it.scoped("that a worker lacks though it was sent is refused, not sent for ever", () =>
    Effect.gen(function*() {
      const { call, of } = yield* endpoint({ script: completed(rejected("code_missing")) })
      expect((yield* Effect.flip(call()))._tag).toBe("RequestRefused")
      expect(of("run")).toHaveLength(2)
    }))
})

describe("interrupting a call", () => {
  /** Requests of one verb wait for a gate; the others are answered at once. */
  const held = (verb: string) =>
    Effect.gen(function*() {
      const reached = yield* Deferred.make<void>()
      const gate = yield* Deferred.make<void>()
      const script = (asked: Asked): Answer =>
        Effect.zipRight(
          asked.verb === verb
            ? Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(gate))
            : Effect.void,
          asked.verb === "status-sync" ? Effect.never : accepted
        )
      return { reached: Deferred.await(reached), release: Deferred.succeed(gate, undefined), script }
    })

  it.scoped("while it waits posts one cancel, of its job", () =>
    Effect.gen(function*() {
      const { reached, release, script } = yield* held("status-sync")
      const { asked, call, verbs } = yield* endpoint({ script })
      const fiber = yield* Effect.fork(call())
      yield* reached
      yield* release
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      expect(verbs()).toEqual(["run", "status-sync", "cancel"])
      expect(asked.at(-1)).toMatchObject({ method: "POST", path: "/v2/ep1/cancel/job-1" })
    }))

  it.scoped("while it submits lets the submission end, and then posts one cancel", () =>
    Effect.gen(function*() {
      const { reached, release, script } = yield* held("run")
      const { call, verbs } = yield* endpoint({ script })
      const fiber = yield* Effect.fork(call())
      yield* reached
      // the caller does not wait for that
      yield* Fiber.interrupt(fiber)
      expect(verbs()).toEqual(["run"])
      yield* release
      yield* TestClock.adjust("1 minute")
      expect(verbs()).toEqual(["run", "cancel"])
    }))

  it.scoped("while it submits posts no cancel where the submission fails", () =>
    Effect.gen(function*() {
      const { reached, release, script } = yield* held("run")
      const { call, verbs } = yield* endpoint({ script: (asked) => Effect.zipRight(script(asked), answer(500)) })
      const fiber = yield* Effect.fork(call())
      yield* reached
      yield* Fiber.interrupt(fiber)
      yield* release
      yield* TestClock.adjust("1 minute")
      expect(verbs()).toEqual(["run"])
    }))

  it.scoped("posts one cancel for each of many calls", () =>
    Effect.gen(function*() {
      const { asked, call, of } = yield* endpoint({
        script: ({ nth, verb }) =>
          verb === "run"
            ? answer(200, { id: `job-${nth}`, status: "IN_QUEUE" })
            : verb === "cancel"
            ? accepted
            : Effect.never
      })
      const fiber = yield* Effect.fork(
        Effect.all(Array.from({ length: 20 }, () => call()), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 second")
      expect(asked.filter(({ verb }) => verb === "status-sync")).toHaveLength(20)
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      expect(of("cancel").map(({ path }) => path.slice("/v2/ep1/cancel/".length)).toSorted()).toEqual(
        Array.from({ length: 20 }, (_, nth) => `job-${nth}`).toSorted()
      )
    }))

  it.scoped("by a timeout does the same", () =>
    Effect.gen(function*() {
      const { script } = yield* held("nothing")
      const { call, verbs } = yield* endpoint({ script })
      const fiber = yield* Effect.fork(Effect.timeoutOption(call(), "5 seconds"))
      yield* TestClock.adjust("5 seconds")
      expect(Option.isNone(yield* Fiber.join(fiber))).toBe(true)
      yield* TestClock.adjust("1 second")
      expect(verbs()).toEqual(["run", "status-sync", "cancel"])
    }))

  it.scoped("before it has an endpoint posts nothing", () =>
    Effect.gen(function*() {
      const provisioning = yield* Deferred.make<void>()
      const { asked, call } = yield* endpoint({
        script: () => answer(500),
        provision: Effect.zipRight(Deferred.succeed(provisioning, undefined), Effect.never)
      })
      const fiber = yield* Effect.fork(call())
      yield* Deferred.await(provisioning)
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      expect(asked).toEqual([])
    }))

  it.scoped("does not cancel a job that has ended", () =>
    Effect.gen(function*() {
      const { call, verbs } = yield* endpoint({ script: ending({ status: "COMPLETED", output: success }) })
      const fiber = yield* Effect.fork(Effect.zipRight(call(), Effect.never))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      expect(verbs()).toEqual(["run", "status-sync"])
    }))

  /** Interrupts a call whose cancel is answered so; succeeds with the cancels and what was logged. */
  const cancelling = (script: (asked: Asked) => Answer) =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        logged.push(String(message))
      })
      const { call, of } = yield* endpoint({
        script: (asked) => asked.verb === "run" ? accepted : asked.verb === "cancel" ? script(asked) : Effect.never
      })
      const fiber = yield* Effect.fork(
        Effect.provide(call(), Logger.replace(Logger.defaultLogger, logger))
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      return { cancels: of("cancel"), logged }
    })

  it.scoped("asks once where the job is over already", () =>
    Effect.gen(function*() {
      const { cancels, logged } = yield* cancelling(() => answer(404))
      expect(cancels).toHaveLength(1)
      expect(logged).toEqual([])
    }))

  it.scoped("asks again where the cancel did not get through", () =>
    Effect.gen(function*() {
      const { cancels, logged } = yield* cancelling((asked) => asked.nth < 2 ? broken(asked, "ECONNRESET") : accepted)
      expect(cancels).toHaveLength(3)
      expect(logged).toEqual([])
    }))

  it.scoped("says so where it never got through: the job may still run", () =>
    Effect.gen(function*() {
      const { cancels, logged } = yield* cancelling((asked) => broken(asked, "ECONNRESET"))
      expect(cancels).toHaveLength(6)
      expect(logged).toHaveLength(1)
      expect(logged[0]).toContain("job-1")
      expect(logged[0]).toContain("may still run")
    }))
})

describe("the end of the endpoint's scope", () => {
  it.effect("waits for a cancel that is under way", () =>
    Effect.gen(function*() {
      const cancelled = yield* Deferred.make<void>()
      const cancelling = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const { call, verbs } = yield* Scope.extend(
        endpoint({
          script: ({ verb }) =>
            verb === "run"
              ? accepted
              : verb === "status-sync"
              ? Effect.never
              : Deferred.succeed(cancelling, undefined).pipe(
                Effect.zipRight(Deferred.await(cancelled)),
                Effect.zipRight(accepted)
              )
        }),
        scope
      )
      const fiber = yield* Effect.fork(call())
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(cancelling)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("10 seconds")
      expect(Option.isNone(yield* Fiber.poll(closing))).toBe(true)
      yield* Deferred.succeed(cancelled, undefined)
      yield* Fiber.join(closing)
      expect(verbs()).toEqual(["run", "status-sync", "cancel"])
    }))

  it.effect("waits for a submission that was abandoned, and for its cancel", () =>
    Effect.gen(function*() {
      const submitting = yield* Deferred.make<void>()
      const submitted = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const { call, verbs } = yield* Scope.extend(
        endpoint({
          script: ({ verb }) =>
            verb === "run"
              ? Deferred.succeed(submitting, undefined).pipe(
                Effect.zipRight(Deferred.await(submitted)),
                Effect.zipRight(accepted)
              )
              : accepted
        }),
        scope
      )
      const fiber = yield* Effect.fork(call())
      yield* Deferred.await(submitting)
      yield* Fiber.interrupt(fiber)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("10 seconds")
      expect(Option.isNone(yield* Fiber.poll(closing))).toBe(true)
      yield* Deferred.succeed(submitted, undefined)
      yield* Fiber.join(closing)
      expect(verbs()).toEqual(["run", "cancel"])
    }))

  it.effect("interrupts a call that waits, and cancels its job once", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { asked, call, verbs } = yield* Scope.extend(
        endpoint({ script: ({ verb }) => verb === "status-sync" ? Effect.never : accepted }),
        scope
      )
      const fiber = yield* Effect.fork(call())
      yield* TestClock.adjust("1 second")
      yield* Scope.close(scope, Exit.void)
      expect(verbs()).toEqual(["run", "status-sync", "cancel"])
      expect(asked.at(-1)?.path).toBe("/v2/ep1/cancel/job-1")
      const exit = yield* Fiber.await(fiber)
      expect(Exit.isInterrupted(exit)).toBe(true)
      yield* TestClock.adjust("1 minute")
      expect(verbs()).toHaveLength(3)
    }))

  it.effect("leaves no job to a call whose submission ends later", () =>
    Effect.gen(function*() {
      const submitted = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const { call, verbs } = yield* Scope.extend(
        endpoint({
          script: ({ verb }) => verb === "run" ? Effect.zipRight(Deferred.await(submitted), accepted) : accepted
        }),
        scope
      )
      const fiber = yield* Effect.fork(call())
      yield* TestClock.adjust("1 second")
      yield* Scope.close(scope, Exit.void)
      yield* Deferred.succeed(submitted, undefined)
      expect(Exit.isInterrupted(yield* Fiber.await(fiber))).toBe(true)
      expect(verbs()).toEqual(["run", "cancel"])
    }))
})
