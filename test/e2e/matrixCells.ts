/** Runs every cell of the matrix, all targets side by side. */
import { Effect, Fiber, Layer, Runtime, Schedule } from "effect"
import type { ConfigError, Exit, Scope } from "effect"
import { Flash } from "effect-flash"
import { Platform } from "effect-flash/local"
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { TargetUnavailable } from "../../src/errors/Platform.ts"
import * as FlashLive from "../../src/FlashLive.ts"
import * as ByKind from "../../src/invoke/ByKind.ts"
import { CodeBundler } from "../../src/invoke/CodeBundler.ts"
import * as Endpoints from "../../src/invoke/Endpoints.ts"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import * as EndpointHttp from "../../src/runpod/EndpointHttp.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import * as UndiciTransport from "../../src/runpod/UndiciTransport.ts"
import * as LbPlatform from "./lbPlatform.ts"
import * as LbWorker from "./lbWorker.ts"
import * as Functions from "./matrixFunctions.ts"
import type { Kind, Outcome, Target } from "./matrixTable.ts"

/** What there is to see of a call. */
export interface Called {
  readonly _tag: "Called"
  readonly exit: Exit.Exit<Effect.Effect.Success<ReturnType<typeof Functions.queued>>, unknown>
  /** The processes in which its handler began, one for each time. */
  readonly ranIn: ReadonlyArray<number>
  readonly isInterrupted: boolean
}

/** What there is to see of a program that makes a call in its own process and does not come back. */
export interface Ended {
  readonly _tag: "Ended"
  readonly signal: string | null
  readonly output: string
  readonly times: number
}

export type Observation = Called | Ended

/** The embedded platform over HTTP, as RunPod is. */
const config = Layer.unwrapEffect(
  Effect.map(Platform.Platform, ({ apiKey, url }) =>
    RunpodConfig.layerOf({
      restBaseUrl: `${url}/v2`,
      restV1BaseUrl: `${url}/v1`,
      graphqlUrl: `${url}/graphql`,
      endpointBaseUrl: `${url}/v2`,
      apiKey,
      apiKeyOrigin: "the embedded platform"
    }))
)

/** Calls of endpoints whose workers have their code: none travels. */
const layerDeployed = (module: string) =>
  Layer.scoped(
    Flash.Flash,
    Effect.gen(function*() {
      const { balancer, queue } = Functions
      const ids = new Map<string, string>([
        [
          queue.name,
          yield* LbPlatform.create({
            name: "deployed-queue",
            type: "QUEUE",
            scaling: { type: "QUEUE_DELAY", queueDelay: 1 },
            env: { ...LbPlatform.ownCode(module, queue.name), FLASH_MAX_CONCURRENCY: "16" }
          })
        ],
        [
          balancer.name,
          yield* LbPlatform.create({
            name: "deployed-balancer",
            type: "LOAD_BALANCER",
            scaling: { type: "REQUEST_COUNT", requestCount: 100 },
            env: LbPlatform.ownCode(module, balancer.name)
          })
        ]
      ])
      const services = Layer.mergeAll(
        RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer)),
        EndpointHttp.layer,
        Layer.succeed(CodeBundler, { bundle: () => Effect.dieMessage("no code travels") }),
        Layer.succeed(
          Ensuring.Ensuring,
          Ensuring.make(({ name }) => Effect.succeed({ id: ids.get(name) ?? "", name }))
        )
      ).pipe(Layer.provide(config))
      const run = Runtime.runSync(
        yield* Effect.provide(Effect.runtime<ByKind.Requirements>(), yield* Layer.build(services))
      )
      const { flash } = yield* Endpoints.make(
        "deployed",
        (resource, _, codec) => run(ByKind.make(resource, { codec, dialect: "deployed" }))
      )
      return flash
    })
  )

const layersOf = (module: string) => ({
  live: FlashLive.layerOn.pipe(
    Layer.provide(ResourceState.layerMemory({ app: "live", env: "live" })),
    Layer.provide(config)
  ),
  deployed: layerDeployed(module),
  local: Flash.layerLocal,
  inline: Flash.layerInline
})

const linesOf = (file: string) => existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []

/** Another process does it. */
const appears = (file: string) =>
  Effect.repeat(Effect.sync(() => existsSync(file)), { until: Boolean, schedule: Schedule.spaced("10 millis") }).pipe(
    Effect.timeout("15 seconds"),
    Effect.orDie
  )

/** Long enough for a warm worker to begin, however busy the machine is. */
const callersTimeout = "2 seconds"

const call = (kind: Kind, outcome: Outcome, mark: string): Effect.Effect<Called, never, Flash.Flash> =>
  Effect.gen(function*() {
    const calling = Flash.provide(Functions.calls[kind]({ outcome, mark }))
    const fiber = yield* Effect.fork(outcome === "timeout" ? Effect.timeout(calling, callersTimeout) : calling)
    if (outcome === "interruption") {
      yield* appears(Functions.startedAt(mark))
      yield* Fiber.interruptFork(fiber)
    }
    const exit = yield* Fiber.await(fiber)
    if (outcome === "interruption" || outcome === "timeout") yield* appears(Functions.finalizedAt(mark))
    return {
      _tag: "Called",
      exit,
      ranIn: linesOf(Functions.startedAt(mark)).map(Number),
      isInterrupted: existsSync(Functions.finalizedAt(mark))
    }
  })

const caller = fileURLToPath(new URL("./matrixCaller.mjs", import.meta.url))

/** The process of an inline call is its caller's own: a program of its own has to be lost. */
const lose = (kind: Kind, { mark, module }: { readonly mark: string; readonly module: string }): Effect.Effect<Ended> =>
  Effect.async((resume) => {
    const child = execFile(
      process.execPath,
      [caller, module, kind, mark],
      (error, stdout, stderr) =>
        resume(Effect.succeed({
          _tag: "Ended",
          signal: error?.signal ?? null,
          output: stdout + stderr,
          times: linesOf(Functions.startedAt(mark)).length
        }))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

interface Place {
  /** For the marks of handlers. */
  readonly folder: string
  /** The functions, as a build has them. */
  readonly module: string
}

export type Cells = Record<Outcome, Record<Kind, Exit.Exit<Observation>>>

/** One outcome after the other: a thread that is too slow to be interrupted is ended, with what runs beside it. */
const cellsOf = (target: Target, { folder, module }: Place): Effect.Effect<Cells, never, Flash.Flash> => {
  const cell = (kind: Kind, outcome: Outcome): Effect.Effect<Exit.Exit<Observation>, never, Flash.Flash> => {
    const mark = join(folder, `${kind} ${target} ${outcome}`)
    return target === "inline" && outcome === "lost worker"
      ? Effect.exit(lose(kind, { mark, module }))
      : Effect.exit(call(kind, outcome, mark))
  }
  const cells = (outcome: Outcome, concurrency: "unbounded" | 1 = "unbounded") =>
    Effect.all({
      queue: cell("queue", outcome),
      balancer: cell("balancer", outcome),
      method: cell("method", outcome)
    }, { concurrency })
  return Effect.all({
    // the first, which warms up
    success: cells("success"),
    "typed failure": cells("typed failure"),
    defect: cells("defect"),
    interruption: cells("interruption"),
    timeout: cells("timeout"),
    // what else a worker has is lost with it
    "lost worker": cells("lost worker", 1)
  })
}

/** Begins with every cell of every target; each target's cells are there when the last of them is over. */
export const start: Effect.Effect<
  (target: Target) => Effect.Effect<Cells>,
  TargetUnavailable | ConfigError.ConfigError,
  Scope.Scope | Platform.Platform
> = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-matrix-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  // once: workers load it again whenever one was lost
  const module = yield* LbWorker.bundle("matrixFunctions")
  const layers = layersOf(module)
  const begin = (target: Target) =>
    Effect.flatMap(
      Layer.build(layers[target]),
      (flash) => Effect.forkScoped(Effect.provide(cellsOf(target, { folder, module }), flash))
    )
  const fibers = {
    live: yield* begin("live"),
    deployed: yield* begin("deployed"),
    local: yield* begin("local"),
    inline: yield* begin("inline")
  }
  return (target: Target) => Fiber.join(fibers[target])
})
