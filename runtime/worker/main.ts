/**
 * The worker program: what a container of an endpoint runs.
 *
 * `SIGTERM` and `SIGINT` let the jobs that run finish; the end of a parent's pipe on standard input ends them.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as ArtifactSource from "./artifact/ArtifactSource.ts"
import * as Executor from "./Executor.ts"
import * as Fitness from "./Fitness.ts"
import { handlerEnvironment } from "./HandlerEnvironment.ts"
import * as Heap from "./Heap.ts"
import { host } from "./Host.ts"
import * as HealthLimit from "./http/HealthLimit.ts"
import type { HttpResult } from "./http/HttpCall.ts"
import * as HttpConfig from "./http/HttpConfig.ts"
import * as HttpWorker from "./http/HttpWorker.ts"
import * as JobLoop from "./JobLoop.ts"
import * as LocalRun from "./LocalRun.ts"
import * as LogLines from "./LogLines.ts"
import * as OwnFitness from "./OwnFitness.ts"
import * as PlatformClient from "./PlatformClient.ts"
import * as Provided from "./Provided.ts"
import * as RunningJob from "./RunningJob.ts"
import { version } from "./version.ts"
import * as WorkerConfig from "./WorkerConfig.ts"

/** How long jobs may go on after a signal to stop; the platform kills the container soon after. */
const drainLimit = "25 seconds"

/** How long what handlers hold may take to be released after the last job. A parent that ends has no time left. */
const closeGrace = () => process.stdin.readableEnded ? "800 millis" : "3 seconds"

/** A line of the container's log, as the platform's console reads it. */
const print = (requestId: string | null, level: string, message: string) => {
  process.stdout.write(`${JSON.stringify({ requestId, message, level })}\n`)
}

const lines = LogLines.make((jobId, line) => print(jobId, "INFO", line))
process.once("exit", () => lines.endAll())

/** What a job began to print is a line when the job is over, and what it took to run one is compiled. */
const endingJobs = <R>({ run }: Executor.Executor<R>): Executor.Executor<R> => ({
  run: (job, posts) =>
    Effect.ensuring(
      run(job, posts),
      Effect.sync(() => {
        lines.end(job.id)
        host.keep()
      })
    )
})

const logger = Logger.make<unknown, void>(({ cause, logLevel, message }) => {
  const parts = Array.isArray(message) ? message : [message]
  print(null, logLevel.label, `${parts.map(String).join(" ")}${Cause.isEmpty(cause) ? "" : `\n${Cause.pretty(cause)}`}`)
})

const onSignal = Effect.async<"drain">((resume) => {
  const stop = () => resume(Effect.succeed("drain"))
  process.once("SIGTERM", stop)
  process.once("SIGINT", stop)
  return Effect.sync(() => {
    process.off("SIGTERM", stop)
    process.off("SIGINT", stop)
  })
})

const onOrphaned = Effect.async<"abort">((resume) => {
  const stop = () => resume(Effect.succeed("abort"))
  process.stdin.once("end", stop).once("error", stop).once("close", stop)
  process.stdin.resume()
})

// who starts the worker may name a folder and remove it, also where the worker is killed
const directory = process.env["FLASH_CODE_DIRECTORY"] ?? mkdtempSync(join(tmpdir(), "effect-flash-"))
process.once("exit", () => rmSync(directory, { recursive: true, force: true }))

/** Loaded only where there is a build to unpack. */
const deployment = Effect.suspend(() =>
  ArtifactSource.of(process.env) === undefined ? Effect.succeed({}) : Effect.flatMap(
    Effect.promise(() => import("./artifact/Deployment.ts")),
    ({ prepare }) => prepare({ env: process.env, directory, resolve: Provided.resolve })
  )
)

interface Limits {
  readonly maxThreads: number
  readonly heapLimit: number
}

/** What both kinds of workers ask of their threads, which start first: they take longest. */
const threadOptions = (limits: Limits) =>
  Effect.map(deployment, (deployed) => ({
    program: new URL("./thread.mjs", host.url),
    env: { ...handlerEnvironment(process.env), ...deployed },
    spare: host.spare,
    directory,
    ...limits,
    onOutput: lines.write,
    closeGrace
  }))

const startExecutor = (limits: Limits, fitness?: OwnFitness.Verdict) =>
  Effect.flatMap(
    threadOptions(limits),
    (options) => Effect.map(Executor.make({ ...options, fitness, lost: RunningJob.threadLost }), endingJobs)
  )

/** What the worker's own functions say; one that has none waits for nobody. */
const ownFitness = Effect.suspend(() =>
  process.env["FLASH_MODULE"] === undefined && ArtifactSource.of(process.env) === undefined
    ? Effect.succeed(undefined)
    : OwnFitness.make
)

/** Whether this machine can do the work, where it is one of RunPod's; then whether the worker's own functions say so. */
const verifyFitness = (client: PlatformClient.PlatformClient, own: OwnFitness.Verdict | undefined) =>
  (process.env["RUNPOD_ENDPOINT_ID"] === undefined ? Effect.void : Effect.flatMap(
    Fitness.fromEnvironment,
    (requirements) => Fitness.verify(Fitness.checks(requirements, Fitness.thisMachine(Heap.memory)))
  )).pipe(
    Effect.zipRight(own?.wait ?? Effect.void),
    Effect.tapErrorTag("Unfit", ({ check, reason }) => Effect.ignoreLogged(client.unhealthy(check, reason)))
  )

/** A worker whose parent is gone waits for nothing. */
const whileWanted = <E, R>(wait: Effect.Effect<void, E, R>, { exitWithStdin }: { readonly exitWithStdin: boolean }) =>
  exitWithStdin ? Effect.raceFirst(wait, Effect.zipRight(onOrphaned, Effect.interrupt)) : wait

/** Takes the jobs of a queue. */
const queueWorker = Effect.gen(function*() {
  const config = yield* WorkerConfig.fromEnvironment
  const fitness = yield* ownFitness
  const executor = yield* startExecutor(config, fitness)
  const client = yield* PlatformClient.make(config)
  yield* whileWanted(verifyFitness(client, fitness), config)
  const { abort, drain, refreshed } = yield* JobLoop.make({
    client,
    executor,
    maxConcurrency: config.maxConcurrency,
    pingInterval: config.pingInterval,
    refresh: config.refresh
  })
  return { abort, drain, refreshed, exitWithStdin: config.exitWithStdin }
})

/**
 * Serves the requests of a load balancer. What its functions keep is there for all requests: they share a thread. Its
 * server is there first: the platform asks it how far the rest is.
 */
const httpWorker = Effect.gen(function*() {
  let thread: Executor.ThreadState = { _tag: "Starting" }
  const config = yield* HttpConfig.fromEnvironment
  const health = yield* HealthLimit.make
  const started = yield* Deferred.make<Executor.Executor<HttpResult>>()
  const executor: Executor.Executor<HttpResult> = {
    run: (job, posts) => Effect.flatMap(Deferred.await(started), ({ run }) => run(job, posts))
  }
  const { abort, drain } = yield* HttpWorker.make({ config, executor, thread: () => thread })
  const fitness = yield* ownFitness
  const start = Effect.gen(function*() {
    const limits = { maxThreads: 1, heapLimit: yield* WorkerConfig.heapLimit }
    const executor = yield* Executor.make<HttpResult>({
      ...yield* threadOptions(limits),
      fitness,
      lost: HttpWorker.lost,
      // a request is not made again: those beside one that was given up are worth waiting for
      patience: "5 seconds",
      onThread: (state) => {
        thread = state
        if (state._tag === "Ready" && state.problem === undefined) health.reached()
      }
    })
    yield* Deferred.succeed(started, endingJobs(executor))
    yield* fitness?.wait ?? Effect.void
  })
  yield* whileWanted(Effect.raceFirst(start, health.over), config)
  return { abort, drain, refreshed: health.over, exitWithStdin: config.exitWithStdin }
})

const worker = Effect.gen(function*() {
  const running = yield* (isLoadBalanced ? httpWorker : queueWorker)
  yield* Effect.logInfo(`--- Starting Serverless Worker |  Version ${version} ---`)
  const orphaned = running.exitWithStdin ? onOrphaned : Effect.never
  const abort = Effect.ignore(Effect.timeout(running.abort, "1 second"))
  const drain = Effect.ignore(Effect.timeout(running.drain, drainLimit))
  const refreshed = Effect.as(running.refreshed, "drain" as const)
  const how = yield* Effect.raceFirst(Effect.raceFirst(onSignal, refreshed), orphaned)
  // who asks a second time does not want to wait
  const impatient = Effect.zipRight(Effect.raceFirst(onSignal, orphaned), abort)
  yield* how === "abort" ? abort : Effect.zipRight(Effect.raceFirst(drain, impatient), abort)
  return true
})

const testInput = process.env["FLASH_TEST_INPUT"]

const localRun = Effect.gen(function*() {
  const executor = yield* startExecutor({ maxThreads: 1, heapLimit: yield* WorkerConfig.heapLimit })
  return yield* LocalRun.run(executor, testInput, (line) => void process.stdout.write(`${line}\n`))
})

const isLoadBalanced = process.env["FLASH_ENDPOINT_TYPE"] === "lb"

const isLocal = testInput !== undefined ||
  (process.env["RUNPOD_WEBHOOK_GET_JOB"] === undefined && !isLoadBalanced)

const program = Effect.if(isLocal, { onTrue: () => localRun, onFalse: () => worker }).pipe(
  Effect.scoped,
  Effect.tapErrorCause((cause) => Effect.logError("The worker ended", cause)),
  Effect.provide(Logger.replace(Logger.defaultLogger, logger))
)

Effect.runFork(program).addObserver((exit) => process.exit(Exit.isSuccess(exit) && exit.value ? 0 : 1))
