/**
 * The platform under load while it is killed in a loop. What it has accepted is there when it is started again: each job
 * comes to its end, each end that somebody saw stays what it was, and so does each resource.
 */
import { Effect, FiberSet, Random, Ref, Schedule } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Ask from "./Ask.ts"
import * as JobsOnDisk from "./JobsOnDisk.ts"
import * as PlatformProcess from "./PlatformProcess.ts"
import * as Resources from "./Resources.ts"

export interface Options {
  readonly seconds: number
  /** Jobs a second. */
  readonly rate: number
  readonly seed: number
  /** Milliseconds that a platform lives, at least and at most. */
  readonly life: readonly [min: number, max: number]
}

export interface Report {
  readonly kills: number
  /** Jobs whose ids were answered. */
  readonly accepted: number
  /** Submissions that broke off; their jobs may be there. */
  readonly unanswered: number
  /** Jobs in the platform's file, by the state they came to. */
  readonly stored: Readonly<Record<string, number>>
  /** Ends that a client was told, and asked for again later. */
  readonly seen: number
  readonly checkedAgain: number
  readonly resources: number
  readonly problems: ReadonlyArray<string>
}

/** A job that was accepted. */
interface Accepted {
  readonly n: number
  /** Its end as a client was told it. */
  end?: string
  isCancelled: boolean
}

const key = "rpa_SOAK"

const functions = new URL("platformFunctions.mjs", import.meta.url).href

const endpoint = {
  name: "soak",
  type: "QUEUE",
  image: "soak",
  cpu: [{ id: "cpu3c", vcpuCount: 2 }],
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  workers: { min: 1, max: 1, idleTimeout: 60 },
  env: {
    FLASH_MODULE: functions,
    FLASH_IS_LIVE_PROVISIONING: "false",
    FLASH_MAX_CONCURRENCY: "32",
    // a worker lives no longer than its platform: it is to be up soon
    FLASH_MAX_THREADS: "1"
  }
}

/** Runs it; succeeds with what came of it, whether good or bad. Needs `dist/`. */
export const run = (options: Options): Effect.Effect<Report, unknown> =>
  Effect.scoped(Effect.gen(function*() {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-soak-"))),
      (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
    )
    return yield* soak(options, join(directory, "platform.db"))
  })).pipe(Effect.withRandom(Random.make(options.seed)))

const soak = (options: Options, database: string) =>
  Effect.gen(function*() {
    const platform = yield* PlatformProcess.make(database, key)
    const ask = yield* Ask.make(platform.url, key)
    yield* platform.start
    const made = yield* ask("POST", "/v2/serverless", endpoint)
    const client: Client = {
      ask,
      base: `/v2/${String(made.json["id"])}`,
      accepted: new Map(),
      unsure: new Set(),
      problems: [],
      checkedAgain: 0
    }
    const kills = yield* Ref.make(0)
    const trouble = yield* Effect.fork(killing(platform, options, kills))
    const resources = yield* Resources.make(ask)
    const changing = yield* Effect.fork(Effect.forever(Effect.zipRight(Effect.sleep("100 millis"), resources.change)))
    const asking = yield* Effect.fork(Effect.forever(Effect.zipRight(Effect.sleep("20 millis"), askAgain(client))))
    const waiting = yield* FiberSet.make<void>()
    yield* submitting(client, waiting, options)
    yield* Effect.all([changing, asking, trouble].map((fiber) => fiber.interruptAsFork(fiber.id())))
    // it may have been killed at the very end
    yield* platform.kill
    yield* platform.start
    const isOver = yield* emptied(client)
    // whoever still waits is told now
    const areTold = yield* Effect.timeoutOption(FiberSet.awaitEmpty(waiting), "30 seconds")
    const lost = yield* resources.differences
    yield* platform.kill
    const stored = JobsOnDisk.read(database)
    return {
      kills: yield* Ref.get(kills),
      accepted: client.accepted.size,
      unanswered: client.unsure.size,
      stored: JobsOnDisk.tally(stored),
      seen: [...client.accepted.values()].filter(({ end }) => end !== undefined).length,
      checkedAgain: client.checkedAgain,
      resources: resources.count(),
      problems: [
        ...(isOver ? [] : ["the queue was not empty after two minutes"]),
        ...(areTold._tag === "Some" ? [] : ["clients wait for jobs that are over"]),
        ...client.problems,
        ...differences(client, stored),
        ...lost
      ]
    } satisfies Report
  })

// ---------------------------------------------------------------------------------------------------------------------
// load and trouble
// ---------------------------------------------------------------------------------------------------------------------

interface Client {
  readonly ask: Ask.Ask
  /** Path of the endpoint's jobs. */
  readonly base: string
  /** By id. */
  readonly accepted: Map<string, Accepted>
  /** Numbers whose submission broke off. */
  readonly unsure: Set<number>
  readonly problems: Array<string>
  checkedAgain: number
}

const killing = ({ kill, start }: PlatformProcess.PlatformProcess, { life }: Options, kills: Ref.Ref<number>) =>
  Effect.gen(function*() {
    yield* Effect.sleep(yield* Random.nextIntBetween(...life))
    yield* kill
    yield* Ref.update(kills, (n) => n + 1)
    yield* start
  }).pipe(Effect.forever)

/** Submits in time, whatever becomes of the platform; done when the last has its answer. Some wait for their ends. */
const submitting = (client: Client, waiting: FiberSet.FiberSet<void>, { rate, seconds }: Options) =>
  Effect.gen(function*() {
    const start = performance.now()
    yield* Effect.forEach(
      Array.from({ length: Math.round(seconds * rate) }, (_, n) => n),
      (n) =>
        Effect.gen(function*() {
          yield* Effect.sleep(Math.max(0, start + 1000 * n / rate - performance.now()))
          const kind = yield* Random.nextIntBetween(0, 100)
          // some run for so long that a platform ends under them
          const millis = kind < 5 ? 300 : 0
          const answer = yield* Effect.option(client.ask("POST", `${client.base}/run`, { input: { n, millis } }))
          if (answer._tag === "None") return void client.unsure.add(n)
          const { json, status } = answer.value
          const { id } = json
          if (status !== 200 || typeof id !== "string") {
            return void client.problems.push(`job ${n} was answered ${status} ${JSON.stringify(json)}`)
          }
          const job: Accepted = { n, isCancelled: kind >= 5 && kind < 12 }
          client.accepted.set(id, job)
          if (job.isCancelled) yield* Effect.ignore(cancel(client, id))
          else if (kind < 30) yield* FiberSet.run(waiting, awaitEnd(client, id))
        }),
      { concurrency: "unbounded", discard: true }
    )
  })

const cancel = ({ accepted, ask, base, problems }: Client, id: string) =>
  Effect.map(ask("POST", `${base}/cancel/${id}`), ({ json }) => told(accepted, problems, id, json))

/** Asks until it is told, over as many platforms as it takes. */
const awaitEnd = ({ accepted, ask, base, problems }: Client, id: string): Effect.Effect<void> =>
  ask("GET", `${base}/status-sync/${id}?wait=20000`).pipe(
    Effect.filterOrFail(({ json }) => terminal.has(String(json["status"])), () => "not yet" as const),
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.orDie,
    Effect.map(({ json }) => told(accepted, problems, id, json))
  )

/** Whoever was told an end is told the same for as long as it is kept, whatever happened to the platform. */
const askAgain = (client: Client) =>
  Effect.gen(function*() {
    const ended = [...client.accepted].filter(([, { end }]) => end !== undefined)
    const [id] = ended[yield* Random.nextIntBetween(0, Math.max(1, ended.length))] ?? []
    if (id === undefined) return
    const { json } = yield* client.ask("GET", `${client.base}/status/${id}`)
    told(client.accepted, client.problems, id, json)
    client.checkedAgain++
  }).pipe(Effect.ignore)

/** States that a job does not leave. */
const terminal = new Set(["COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"])

const told = (
  accepted: ReadonlyMap<string, Accepted>,
  problems: Array<string>,
  id: string,
  json: Ask.Answer["json"]
): void => {
  const job = accepted.get(id)
  if (job === undefined) return
  const { output, status } = json
  const now = `${String(status)} ${JSON.stringify(output)}`
  if (job.end !== undefined && job.end !== now) problems.push(`job ${id} was ${job.end} and is ${JSON.stringify(json)}`)
  else if (terminal.has(String(status))) job.end = now
}

const emptied = ({ ask, base }: Client) =>
  ask("GET", `${base}/health`).pipe(
    Effect.filterOrFail(({ json }) => {
      const { inProgress, inQueue } = json["jobs"] as Readonly<Record<string, number>>
      return inProgress === 0 && inQueue === 0
    }, () => "not yet" as const),
    Effect.retry(Schedule.spaced("100 millis")),
    Effect.timeoutOption("2 minutes"),
    Effect.map(({ _tag }) => _tag === "Some")
  )

// ---------------------------------------------------------------------------------------------------------------------
// judgement
// ---------------------------------------------------------------------------------------------------------------------

/** Between what the clients were told and what the platform has in its file. */
const differences = (
  { accepted, unsure }: Client,
  stored: ReadonlyMap<string, JobsOnDisk.StoredJob>
): ReadonlyArray<string> => [
  ...[...accepted].flatMap(([id, job]) => {
    const is = stored.get(id)
    if (is === undefined) return [`job ${id} was accepted and is not there`]
    const end = `${is.status} ${is.output}`
    if (job.end !== undefined && job.end !== end) return [`job ${id} was ${job.end} and is ${end} in the file`]
    return isRight(is, job) ? [] : [`job ${id} (${job.n}) came to ${end} ${is.error ?? ""}`]
  }),
  ...[...stored].flatMap(([id, { n }]) =>
    accepted.has(id) || unsure.has(n) ? [] : [`job ${id} (${n}) is there and was not submitted`]
  )
]

const isRight = ({ n, output, status }: JobsOnDisk.StoredJob, job: Accepted): boolean =>
  n === job.n && ((status === "COMPLETED" && output === String(2 * n)) || (status === "CANCELLED" && job.isCancelled))
