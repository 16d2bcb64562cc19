/** Typed calls of load-balanced functions: live, at their routes, and inline; and the same with curl's means. */
import { assert, describe, expect, layer } from "@effect/vitest"
import { Cause, Chunk, Effect, Exit, Layer, Runtime, Schedule, Stream } from "effect"
import { CpuLoadBalancerSlsResource, Flash, remote } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { existsSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as ByKind from "../../src/invoke/ByKind.ts"
import { CodeBundler } from "../../src/invoke/CodeBundler.ts"
import * as Endpoints from "../../src/invoke/Endpoints.ts"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import * as EndpointHttp from "../../src/runpod/EndpointHttp.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import * as UndiciTransport from "../../src/runpod/UndiciTransport.ts"
import * as Fixtures from "./lbFunctions.ts"
import * as LbPlatform from "./lbPlatform.ts"

const scratch = (name: string) => join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), name)

const appears = (path: string) =>
  Effect.repeat(Effect.sync(() => existsSync(path)), { until: Boolean, schedule: Schedule.spaced("10 millis") }).pipe(
    Effect.timeout("10 seconds")
  )

/** `Flash` that calls a deployed endpoint at the routes of its functions. */
const layerDeployed = Layer.scoped(
  Flash.Flash,
  Effect.gen(function*() {
    const { apiKey, url } = yield* Platform.Platform
    const id = yield* LbPlatform.deploy("deployed")
    const services = Layer.mergeAll(
      RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer)),
      EndpointHttp.layer,
      Layer.succeed(CodeBundler, { bundle: () => Effect.dieMessage("no code travels") }),
      Layer.succeed(Ensuring.Ensuring, Ensuring.make(({ name }) => Effect.succeed({ id, name })))
    ).pipe(Layer.provide(
      RunpodConfig.layerOf({ endpointBaseUrl: `${url}/v2`, apiKey, apiKeyOrigin: "the embedded platform" })
    ))
    const run = Runtime.runSync(
      yield* Effect.provide(Effect.runtime<ByKind.Requirements>(), yield* Layer.build(services))
    )
    const { flash } = yield* Endpoints.make(
      "deployed",
      (resource, _, codec) => run(ByKind.make(resource, { codec, dialect: "plain" }))
    )
    return flash
  })
)

const targets = [
  ["live", layerFlashOn],
  ["at their routes", layerDeployed],
  ["inline", Flash.layerInline]
] as const

for (const [name, flash] of targets) {
  layer(Layer.provideMerge(flash, Platform.layer()), { excludeTestServices: true, timeout: "30 seconds" })(
    `calls ${name}`,
    (it) => {
      it.effect("give results, and the functions' own errors", () =>
        Effect.gen(function*() {
          expect(yield* Flash.provide(Fixtures.user({ id: 7, tags: ["a", "b"], loud: true }))).toEqual({
            id: 7,
            name: "ADA a+b",
            since: new Date(7)
          })
          expect(yield* Flash.provide(Fixtures.create({ name: "Ada", address: { city: "London" } }))).toEqual({
            id: 3,
            city: "London"
          })
          expect(yield* Flash.provide(Fixtures.remove({ id: 1 }))).toBeUndefined()
          const missing = yield* Effect.flip(Flash.provide(Fixtures.user({ id: 0, tags: [] })))
          assert.instanceOf(missing, Fixtures.NoUser)
          expect(missing.id).toBe(0)
          assert.instanceOf(yield* Effect.flip(Flash.provide(Fixtures.create({ name: "root" }))), Fixtures.Taken)
        }))

      it.effect("carry bytes both ways", () =>
        Effect.gen(function*() {
          const image = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251)
          expect(yield* Flash.provide(Fixtures.upload({ name: "a/b", image, quality: 0.5 }))).toEqual({
            name: "a/b",
            size: image.length,
            sum: image.reduce((sum, byte) => sum + byte, 0),
            quality: 0.5
          })
          expect(yield* Flash.provide(Fixtures.image({ size: 300 }))).toEqual(
            Uint8Array.from({ length: 300 }, (_, index) => index % 256)
          )
        }))

      it.effect("stream values, then an error or an end", () =>
        Effect.gen(function*() {
          const collect = (payload: { readonly to: number; readonly failAt?: number }) =>
            Effect.gen(function*() {
              const seen: Array<number> = []
              const exit = yield* Fixtures.count(payload).pipe(
                Stream.runForEach(({ n }) => Effect.sync(() => seen.push(n))),
                Flash.provide,
                Effect.exit
              )
              return { seen, exit }
            })
          const whole = yield* collect({ to: 1000 })
          expect(whole.exit).toEqual(Exit.void)
          expect(whole.seen.length).toBe(1000)
          const failing = yield* collect({ to: 3, failAt: 3 })
          expect(failing.seen).toEqual([1, 2])
          const failure = Exit.isFailure(failing.exit) ? Cause.failureOption(failing.exit.cause) : undefined
          expect(failure).toMatchObject({ value: { _tag: "Taken", name: "3" } })
          expect(yield* Flash.provide(Effect.flip(Stream.runDrain(Fixtures.count({ to: 1, failAt: 1 })))))
            .toMatchObject({ _tag: "Taken" })
          const first = yield* Flash.provide(Stream.runCollect(Stream.take(Fixtures.count({ to: 100_000 }), 2)))
          expect(Chunk.toReadonlyArray(first).map(({ n }) => n)).toEqual([1, 2])
        }))

      it.effect("tell a defect from a failure", () =>
        Effect.gen(function*() {
          const exit = yield* Effect.exit(Flash.provide(Fixtures.explode({ how: "now" })))
          assert(Exit.isFailure(exit))
          assert(Cause.isDie(exit.cause))
          expect(Cause.pretty(exit.cause)).toContain("boom: now")
        }))

      it.effect("end their handlers where they are interrupted", () =>
        Effect.gen(function*() {
          const [started, finalized] = [scratch("started"), scratch("finalized")]
          const fiber = yield* Effect.fork(Flash.provide(Fixtures.hang({ started, finalized })))
          yield* appears(started)
          fiber.unsafeInterruptAsFork(fiber.id())
          yield* appears(finalized)
        }))

      it.effect("refuse what does not fit, and what is none of theirs", () =>
        Effect.gen(function*() {
          const wrong = { id: 1.5, tags: [] }
          expect(yield* Effect.flip(Flash.provide(Fixtures.user(wrong)))).toMatchObject({ _tag: "InvalidPayload" })
          expect(yield* Effect.flip(Flash.provide(Fixtures.remove({ id: 1 }, { webhook: "http://localhost/x" }))))
            .toMatchObject({ _tag: "NotSupported" })
          expect(yield* Effect.flip(Flash.provide(Fixtures.remove({ id: 1 }, { policy: { executionTimeout: 1 } }))))
            .toMatchObject({ _tag: "InvalidOptions" })
          expect(yield* Effect.flip(Flash.provide(Fixtures.remove.submit({ id: 1 })))).toMatchObject({
            _tag: "NotSupported"
          })
          if (name === "inline") return
          const image = new Uint8Array(31 * 1024 * 1024)
          expect(yield* Effect.flip(Flash.provide(Fixtures.upload({ name: "x", image })))).toMatchObject({
            _tag: "PayloadTooLarge",
            limit: 30 * 1024 * 1024
          })
        }))
    }
  )
}

layer(Layer.provideMerge(layerFlashOn, Platform.layer()), { excludeTestServices: true })("an endpoint", (it) => {
  describe("that is there already", () => {
    it.effect("gives a typed call and curl the same", () =>
      Effect.gen(function*() {
        const id = yield* LbPlatform.deploy("existing")
        const resource = CpuLoadBalancerSlsResource.make("existing", { id })
        const user = remote("user", {
          resource,
          method: "GET",
          path: "/users/{id}",
          payload: { id: Fixtures.user.payloadSchema.fields.id, tags: Fixtures.user.payloadSchema.fields.tags },
          success: Fixtures.user.successSchema,
          error: Fixtures.NoUser
        })
        const typed = yield* Flash.provide(user({ id: 3, tags: ["x"] }))
        const { text } = yield* LbPlatform.ask({ path: `/lb/${id}/users/3?tags=x` })
        expect(JSON.parse(JSON.stringify(typed))).toEqual(JSON.parse(text))
        expect(yield* Effect.flip(Flash.provide(user({ id: 0, tags: [] })))).toBeInstanceOf(Fixtures.NoUser)
        // a route that its worker lacks
        const other = remote("other", { resource, method: "GET", path: "/other" })
        expect(yield* Effect.flip(Flash.provide(other()))).toMatchObject({ _tag: "FunctionNotFound" })
      }))

    it.effect("or is not", () =>
      Effect.gen(function*() {
        const resource = CpuLoadBalancerSlsResource.make("nowhere", { id: "nowhere" })
        const f = remote("f", { resource, method: "GET", path: "/f" })
        expect(yield* Effect.flip(Flash.provide(f()))).toMatchObject({ _tag: "ProvisionFailed" })
      }))
  })

  it.effect("loses a request with its worker, and tells", () =>
    Effect.gen(function*() {
      const marker = scratch("marker")
      const error = yield* Effect.flip(Flash.provide(Fixtures.crash({ marker })))
      expect(error).toMatchObject({ _tag: "WorkerLost", retries: 0 })
    }))
})
