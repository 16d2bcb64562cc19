import { expect, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Flash, WorkerLost } from "effect-flash"
import { Calls, failing, TestPlatform } from "effect-flash/testing"
import { cpu, greetAll, hello } from "./greet.js"

// the functions themselves, in this process
it.effect("greets all", () =>
  Effect.gen(function*() {
    expect(yield* greetAll(["Ada", "Bob"])).toEqual(["Hello Ada", "Hello Bob"])
  }).pipe(Flash.provide, Effect.provide(Flash.layerInline)))

// stand-ins for them, and what they were called with
const standIn = cpu.layerMock<typeof hello>({ hello: ({ name }) => Effect.succeed(`Hi ${name}`) })

it.effect("asks for each name once", () =>
  Effect.gen(function*() {
    expect(yield* greetAll(["Ada", "Bob"])).toEqual(["Hi Ada", "Hi Bob"])
    expect((yield* Calls.of(hello)).map(({ payload }) => payload.name)).toEqual(["Ada", "Bob"])
  }).pipe(Effect.provide(Layer.provideMerge(Calls.recorded(standIn), Calls.layer))))

// a bad day
const lost = new WorkerLost({ endpoint: "greeter", jobId: "job-1", retries: 1, error: "it was killed" })

it.effect("survives one lost worker, and not two", () =>
  Effect.gen(function*() {
    expect(yield* greetAll(["Ada"]).pipe(Effect.provide(failing(standIn, [lost])))).toEqual(["Hi Ada"])
    expect(yield* greetAll(["Ada"]).pipe(Effect.provide(failing(standIn, [lost, lost])), Effect.flip)).toBe(lost)
  }))

// the embedded platform, with worker processes and jobs
layer(TestPlatform.layer(), { excludeTestServices: true })("on the embedded platform", (it) => {
  it.effect("is a job for each", () =>
    Effect.gen(function*() {
      yield* Flash.provide(greetAll(["Ada", "Bob"]))
      const jobs = yield* TestPlatform.jobs(cpu)
      expect(jobs.map(({ status }) => status)).toEqual(["COMPLETED", "COMPLETED"])
    }))
})
