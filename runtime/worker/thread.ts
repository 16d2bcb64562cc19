/**
 * A thread that runs handlers. It gets jobs from the worker's main thread and answers each with the text to post.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import { mkdirSync, realpathSync } from "node:fs"
import { parentPort } from "node:worker_threads"
import { Flash } from "../../src/Endpoint.ts"
import * as Made from "../../src/invoke/Made.ts"
import * as SingleFlight from "../../src/invoke/SingleFlight.ts"
import * as WorkerEndpoints from "../../src/invoke/WorkerEndpoints.ts"
import * as DeployedCode from "./artifact/DeployedCode.ts"
import * as Dependencies from "./dependencies/Dependencies.ts"
import * as Npm from "./dependencies/Npm.ts"
import * as FunctionLoader from "./FunctionLoader.ts"
import { host } from "./Host.ts"
import type { HttpCall, HttpResult } from "./http/HttpCall.ts"
import * as HttpHandler from "./http/HttpHandler.ts"
import * as JobHandler from "./JobHandler.ts"
import * as JobOutput from "./JobOutput.ts"
import * as OtherEndpoints from "./OtherEndpoints.ts"
import * as OwnFitness from "./OwnFitness.ts"
import type { Result } from "./PlatformClient.ts"
import * as Provided from "./Provided.ts"
import type { FromThread, ThreadData, ToThread } from "./ThreadMessage.ts"
import * as TurnScheduler from "./TurnScheduler.ts"

// stacks name the user's sources; set before any bundle is loaded
process.setSourceMapsEnabled(true)

const port = parentPort
if (port === null) throw new Error("thread.mjs is a part of the worker; run `flash worker`")
const tell = (message: FromThread<Result | HttpResult>) => port.postMessage(message)

/** Gets ready for jobs; gives what takes the messages that follow. */
const start = async (env: Readonly<Record<string, string>>, data: ThreadData) => {
  Object.assign(process.env, env)
  const { checks, claims, code, directory: folder } = data
  const {
    FLASH_ENDPOINT_TYPE,
    FLASH_IS_LIVE_PROVISIONING,
    FLASH_MODULE,
    FLASH_RESOURCE_NAME = "",
    FLASH_STACKS,
    FLASH_SYSTEM_DEPENDENCIES,
    OTEL_EXPORTER_OTLP_ENDPOINT
  } = process.env
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // removed by the main thread, which outlives this one however it ends; modules are known by their real paths
  const directory = realpathSync(folder)

  const output = JobOutput.make((jobId, text) => tell({ _tag: "Output", jobId, text }))
  /** Says whose fault it is that this thread ends, so that the jobs beside that one need not fail. */
  const ending = () => {
    const jobId = output.current()
    if (jobId !== undefined) tell({ _tag: "Ending", jobId })
  }
  process.on("uncaughtExceptionMonitor", ending)
  const { exit } = process
  process.exit = (code) => {
    ending()
    return exit(code)
  }
  const deployed = DeployedCode.read(process.env)
  const isLive = FLASH_IS_LIVE_PROVISIONING === "true"
  const loader = FunctionLoader.make({
    directory,
    shared: code,
    resolve: Provided.resolve,
    release: (procedure) => server.release(procedure),
    live: isLive,
    endpoint: FLASH_RESOURCE_NAME,
    module: deployed?.module ?? FLASH_MODULE,
    deployed,
    dependencies: Dependencies.make({
      cache: Npm.cacheDirectory(process.env),
      apt: FLASH_SYSTEM_DEPENDENCIES === "look" ? "look" : "install"
    })
  })
  Made.listen(loader.made)
  const scope = Effect.runSync(Scope.make())
  // loaded only where there is somebody to send something to
  const runtime = OTEL_EXPORTER_OTLP_ENDPOINT === undefined
    ? Runtime.defaultRuntime
    : await Effect.runPromise(Scope.extend((await import("./Telemetry.ts")).runtime, scope))
  /** Loaded by the first call of another endpoint. */
  const reach = SingleFlight.make(
    Effect.flatMap(
      Effect.promise(() => import("./reach/Reach.ts")),
      (reach) => reach.make(loader.sourceOf, scope)
    )
  )
  const { codec, flash, server } = Runtime.runSync(runtime)(
    WorkerEndpoints.make({
      endpoint: FLASH_RESOURCE_NAME,
      stacks: FLASH_STACKS !== "false",
      ...(deployed !== undefined
        ? { others: OtherEndpoints.make(deployed, FLASH_RESOURCE_NAME, scope) }
        : isLive
        ? { others: (resource, codec) => SingleFlight.make(Effect.flatMap(reach, (open) => open(resource, codec))) }
        : {})
    }).pipe(
      Scope.extend(scope)
    )
  )
  const http = FLASH_ENDPOINT_TYPE === "lb"
    ? HttpHandler.make({
      codec,
      loader,
      output,
      server,
      live: FLASH_IS_LIVE_PROVISIONING === "true",
      hasModule: FLASH_MODULE !== undefined || deployed !== undefined,
      name: FLASH_RESOURCE_NAME ?? "functions"
    })
    : undefined
  const runJob = JobHandler.make({ codec, loader, output, server })

  /** What a job is run as; of a load balancer it is a request. */
  const handle = (jobId: string, input: unknown, port: JobHandler.Port): Effect.Effect<Result | HttpResult> =>
    http === undefined ? runJob(jobId, input, port) : http.handle(jobId, input as HttpCall, port)

  /** Of a job that was interrupted, and that nobody waits for. */
  const nothing: Result | HttpResult = http === undefined
    ? { kind: "value", body: "" }
    : HttpHandler.refused("refused", "it was interrupted")

  /** Handlers that are busy all the time let the thread's messages in, and do not look like ones that block. */
  const scheduler = TurnScheduler.make(16)

  const running = new Map<string, Fiber.RuntimeFiber<Result | HttpResult>>()
  /** What jobs go on with when the posts of their streams are done. */
  const posting = new Map<string, (problem: string | undefined) => void>()

  /** Jobs that wait to be told that they are in the right thread. */
  const claiming = new Map<string, () => void>()

  const claim = (jobId: string) =>
    Effect.async<void>((resume) => {
      claiming.set(jobId, () => resume(Effect.void))
      tell({ _tag: "Claim", jobId })
    })

  const portOf = (jobId: string): JobHandler.Port => ({
    stream(bodies, done) {
      posting.set(jobId, done)
      tell({ _tag: "Stream", jobId, bodies })
    },
    progress: (body) => tell({ _tag: "Progress", jobId, body }),
    claim: claims ? claim(jobId) : Effect.void
  })

  const receive = (message: ToThread) => {
    switch (message._tag) {
      case "Run": {
        const { input, jobId } = message
        const job = handle(jobId, input, portOf(jobId)).pipe(
          Effect.provideService(Flash, flash),
          Effect.withScheduler(scheduler)
        )
        const fiber = Runtime.runFork(runtime)(job)
        running.set(jobId, fiber)
        return fiber.addObserver((exit) => {
          running.delete(jobId)
          posting.delete(jobId)
          claiming.delete(jobId)
          tell({ _tag: "Done", jobId, result: Exit.isSuccess(exit) ? exit.value : nothing })
          host.keep()
        })
      }
      case "Posted":
        return posting.get(message.jobId)?.(message.problem)
      case "Claimed":
        return claiming.get(message.jobId)?.()
      case "Interrupt":
        tell({ _tag: "Interrupting", jobId: message.jobId })
        return running.get(message.jobId)?.unsafeInterruptAsFork(running.get(message.jobId)!.id())
      case "Close":
        return Effect.runFork(Scope.close(scope, Exit.void)).addObserver(() => tell({ _tag: "Closed" }))
    }
  }
  const ready = async () => {
    // a job that is there already waits for it
    if (deployed !== undefined || checks) {
      await Effect.runPromise(
        Effect.matchEffect(loader.own, {
          onFailure: ({ error }) =>
            Effect.sync(() => {
              tell({ _tag: "Output", jobId: null, text: `The worker's own code does not load: ${error?.message}` })
              // which its jobs are told
              if (checks) tell({ _tag: "Checked", unfit: undefined })
            }),
          onSuccess: (functions) => checks ? OwnFitness.run(functions, tell) : Effect.void
        })
      )
    }
    if (http === undefined) tell({ _tag: "Ready" })
    else Effect.runFork(Effect.map(http.ready, (problem) => tell({ _tag: "Ready", problem })))
  }
  void ready()
  return receive
}

/** What has begun when the thread is told to start. */
let started: ReturnType<typeof start> | undefined

port.on("message", (message: ToThread) => {
  if (message._tag === "Start") started = start(message.env, message.data)
  else void started?.then((receive) => receive(message))
})
