/** Endpoints of the embedded platform whose workers are not its own: started here, with a module of functions. */
import { Effect, Layer, Redacted, Runtime, Schedule } from "effect"
import type { Scope } from "effect"
import { CpuLiveServerless, Flash } from "effect-flash"
import { Platform } from "effect-flash/local"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Declared } from "../../src/Endpoint.ts"
import { CodeBundler } from "../../src/invoke/CodeBundler.ts"
import * as Endpoints from "../../src/invoke/Endpoints.ts"
import * as QueueEndpoint from "../../src/invoke/QueueEndpoint.ts"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import * as UndiciTransport from "../../src/runpod/UndiciTransport.ts"
import { ensure, rest } from "./endpoints.ts"

const program = fileURLToPath(new URL("../../dist/worker/main.mjs", import.meta.url))

/** An endpoint of that name without workers: the platform may start none. */
export const make = (name: string) => withoutWorkers(CpuLiveServerless.make(name))

const withoutWorkers = (resource: Declared) =>
  Effect.tap(ensure(resource), ({ id }) => rest("PATCH", `serverless/${id}`, { workers: { min: 0, max: 0 } }))

/** A worker with the functions of a module; it ends with the scope. */
export const startWorker = (endpoint: { readonly id: string }, module: string) =>
  Effect.flatMap(Platform.Platform, ({ apiKey, url }) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const base = `${url}/v2/${endpoint.id}`
        return spawn(process.execPath, [program], {
          stdio: ["pipe", "ignore", "inherit"],
          env: {
            PATH: process.env["PATH"],
            RUNPOD_WEBHOOK_GET_JOB: `${base}/job-take/w1?gpu=CPU`,
            RUNPOD_WEBHOOK_POST_OUTPUT: `${base}/job-done/w1/$ID?gpu=CPU`,
            RUNPOD_WEBHOOK_POST_STREAM: `${base}/job-stream/w1/$ID?gpu=CPU`,
            RUNPOD_WEBHOOK_PING: `${base}/ping/w1?gpu=CPU`,
            RUNPOD_AI_API_KEY: Redacted.value(apiKey),
            RUNPOD_POD_ID: "w1",
            FLASH_TARGET: "worker",
            FLASH_MODULE: new URL(module, import.meta.url).href
          }
        })
      }),
      (worker) =>
        Effect.async<void>((resume) => {
          if (worker.exitCode !== null || worker.signalCode !== null) return resume(Effect.void)
          worker.once("exit", () => resume(Effect.void))
          worker.kill("SIGKILL")
        })
    ))

/** `Flash` whose endpoints all speak plain JSON, on the platform in the context. */
export const layerFlash: Layer.Layer<Flash.Flash, never, Platform.Platform> = Layer.scoped(
  Flash.Flash,
  Effect.gen(function*() {
    const context = yield* Effect.context<Platform.Platform>()
    const { apiKey, url } = yield* Platform.Platform
    const services = Layer.mergeAll(
      RunpodJobs.layer.pipe(
        Layer.provide(UndiciTransport.layer),
        Layer.provide(
          RunpodConfig.layerOf({ endpointBaseUrl: `${url}/v2`, apiKey, apiKeyOrigin: "the embedded platform" })
        )
      ),
      Layer.succeed(CodeBundler, { bundle: () => Effect.dieMessage("no code travels") }),
      Layer.succeed(Ensuring.Ensuring, Ensuring.make((resource) => Effect.provide(withoutWorkers(resource), context)))
    )
    const run = Runtime.runSync(
      yield* Effect.provide(
        Effect.runtime<
          Scope.Scope | RunpodJobs.RunpodJobs | Ensuring.Ensuring | CodeBundler
        >(),
        yield* Layer.build(services)
      )
    )
    const { flash } = yield* Endpoints.make(
      "local",
      (resource, _, codec) => run(QueueEndpoint.make(resource, { codec, dialect: "plain" }))
    )
    return flash
  })
)

/** Waits for something that another process does. */
export const eventually = <A, E, R>(check: Effect.Effect<A, E, R>, until: (a: A) => boolean) =>
  Effect.repeat(check, { until, schedule: Schedule.spaced("10 millis") }).pipe(
    Effect.zipRight(check),
    Effect.timeout("20 seconds")
  )
