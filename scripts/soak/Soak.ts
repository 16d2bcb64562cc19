/**
 * The worker under load on the embedded platform, while workers are killed, jobs are stopped or run out of time, and
 * connections break. Whatever happens, each job comes to one end, and no result is lost.
 */
import { Effect, Layer, Random, Redacted, Ref, Schedule } from "effect"
import { Flash } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layerEnsuring } from "../../runtime/platform/LocalFlash.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import { Ensuring } from "../../src/provision/Ensuring.ts"
import { fleet, work } from "./functions.ts"

export interface Options {
  readonly seconds: number
  /** Jobs a second. */
  readonly rate: number
  readonly seed: number
}

export interface Report {
  readonly jobs: number
  /** How many jobs ended so, by kind. */
  readonly ends: Readonly<Record<string, number>>
  readonly kills: number
  readonly faults: number
  /** Megabytes in use by the workers, and by this process: medians of the first and the last third of the time. */
  readonly workerMemory: readonly [first: number, last: number]
  readonly platformMemory: readonly [first: number, last: number]
  /** What went wrong, in words; empty where all is well. */
  readonly problems: ReadonlyArray<string>
}

type Kind = Parameters<typeof work>[0]["kind"] | "stop" | "stopBlocked"

interface Order {
  readonly n: number
  readonly kind: Kind
}

interface End {
  readonly id: string
  readonly status: string
  readonly error?: string
  readonly output?: unknown
}

/** Of a hundred jobs; the rest are quick. */
const shares: ReadonlyArray<readonly [kind: Kind, share: number]> = [
  ["stop", 8],
  ["stopBlocked", 0.5],
  ["wait", 1],
  ["block", 0.5],
  ["exit", 0.5],
  ["die", 2],
  ["decline", 2]
]

/** Milliseconds; the shortest that the platform takes. */
const executionTimeout = 5_000

const chooseKind = Effect.map(Random.nextRange(0, 100), (point): Kind => {
  let sum = 0
  for (const [kind, share] of shares) {
    sum += share
    if (point < sum) return kind
  }
  return "quick"
})

/** Runs it; succeeds with what came of it, whether good or bad. */
export const run = (options: Options): Effect.Effect<Report, unknown> =>
  Effect.scoped(Effect.gen(function*() {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-soak-"))),
      (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
    )
    // what jobs leave in a database in memory would count as memory of the platform
    const platform = Platform.layer({ database: join(directory, "platform.db") })
    return yield* Effect.provide(soak(options), Layer.provideMerge(layerFlashOn, platform))
  })).pipe(Effect.withRandom(Random.make(options.seed)))

const soak = ({ rate, seconds }: Options) =>
  Effect.gen(function*() {
    const orders = new Map<string, Order>()
    const ends = new Map<string, Array<End>>()
    const webhook = yield* receiver((end) => {
      ends.set(end.id, [...ends.get(end.id) ?? [], end])
    })
    const { id: endpointId } = yield* Effect.flatMap(Ensuring, (manager) => manager.ensure(fleet)).pipe(
      Effect.provide(layerEnsuring)
    )
    const kills = yield* Ref.make(0)
    const faults = yield* Ref.make(0)
    const memory = yield* Effect.fork(Effect.scoped(sampleMemory(endpointId, seconds)))
    const trouble = yield* Effect.fork(Effect.all([killing(endpointId, kills), breaking(faults)], { concurrency: 2 }))
    yield* submitting({ total: Math.round(seconds * rate), rate, webhook, orders })
    yield* trouble.interruptAsFork(trouble.id())
    const { faults: { clear } } = yield* Platform.Platform
    clear()
    const { platformMemory, workerMemory } = yield* memory
    const isOver = () => ends.size === orders.size
    yield* Effect.repeat(Effect.void, { until: isOver, schedule: Schedule.spaced("100 millis") }).pipe(
      Effect.timeoutOption("90 seconds")
    )
    // an end that is told twice comes soon after the first
    yield* Effect.sleep("500 millis")
    const killed = yield* Ref.get(kills)
    return {
      jobs: orders.size,
      ends: tally(orders, ends),
      kills: killed,
      faults: yield* Ref.get(faults),
      workerMemory,
      platformMemory,
      problems: [
        ...problemsOf(orders, ends, killed),
        ...yield* differences(endpointId, orders, ends),
        ...grown("the workers", workerMemory),
        ...grown("the platform", platformMemory)
      ]
    } satisfies Report
  }).pipe(Effect.scoped)

// ---------------------------------------------------------------------------------------------------------------------
// load
// ---------------------------------------------------------------------------------------------------------------------

interface Load {
  readonly total: number
  readonly rate: number
  readonly webhook: string
  readonly orders: Map<string, Order>
}

/** Submits in time, whatever becomes of the jobs; done when all are submitted, and stopped that are to be. */
const submitting = ({ orders, rate, total, webhook }: Load) =>
  Effect.gen(function*() {
    const start = performance.now()
    yield* Effect.forEach(Array.from({ length: total }, (_, n) => n), (n) =>
      Effect.gen(function*() {
        yield* Effect.sleep(Math.max(0, start + 1000 * n / rate - performance.now()))
        const kind = yield* chooseKind
        const millis = yield* Random.nextIntBetween(0, 100)
        const does = kind === "stop" ? "wait" : kind === "stopBlocked" ? "block" : kind
        const policy = does === "wait" || does === "block" ? { policy: { executionTimeout } } : {}
        const job = yield* Flash.provide(work.submit({ n, kind: does, millis }, { webhook, ...policy }))
        orders.set(job.id, { n, kind })
        if (kind !== "stop" && kind !== "stopBlocked") return
        yield* Effect.sleep(yield* Random.nextIntBetween(100, 800))
        yield* job.cancel
      }), { concurrency: "unbounded", discard: true })
  })

/** Where the platform tells the end of each job. */
const receiver = (onEnd: (end: End) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer((request, response) => {
          void read(request).then((text) => {
            onEnd(JSON.parse(text))
            response.end()
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    ),
    // a server that listens on a port has an address of this kind
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/ended`
  )

const read = async (request: IncomingMessage): Promise<string> => {
  let text = ""
  for await (const chunk of request) text += chunk
  return text
}

// ---------------------------------------------------------------------------------------------------------------------
// trouble
// ---------------------------------------------------------------------------------------------------------------------

/** Every few seconds a worker is gone: at once, or when it has finished what it has. */
const killing = (endpointId: string, kills: Ref.Ref<number>) =>
  Effect.gen(function*() {
    yield* Effect.sleep(yield* Random.nextIntBetween(3_000, 7_000))
    const { workerPids } = yield* Platform.Platform
    const pids = yield* workerPids(endpointId)
    if (pids.length === 0) return
    const pid = pids[yield* Random.nextIntBetween(0, pids.length)]
    const signal = (yield* Random.nextBoolean) ? "SIGKILL" : "SIGTERM"
    // it may have ended by itself meanwhile
    yield* Effect.ignore(Effect.try(() => process.kill(pid ?? 0, signal)))
    yield* Ref.update(kills, (n) => n + 1)
  }).pipe(Effect.forever)

const routes = ["job-take*", "job-done", "job-stop", "ping"] as const

/** A few times a second a request of a worker goes wrong, before it took effect or after. */
const breaking = (faults: Ref.Ref<number>) =>
  Effect.gen(function*() {
    yield* Effect.sleep(yield* Random.nextIntBetween(100, 400))
    const route = routes[yield* Random.nextIntBetween(0, routes.length)]
    const fail = (["drop", 500, 503] as const)[yield* Random.nextIntBetween(0, 3)]
    const platform = yield* Platform.Platform
    platform.faults.add([{
      path: `/v2/*/${route}/**`,
      fail: fail ?? "drop",
      when: (yield* Random.nextBoolean) ? "before" : "after"
    }])
    yield* Ref.update(faults, (n) => n + 1)
  }).pipe(Effect.forever)

// ---------------------------------------------------------------------------------------------------------------------
// judgement
// ---------------------------------------------------------------------------------------------------------------------

/** Of a job that lost its worker twice. */
const lostTwice = "job timed out after 1 retries"

const expected: Readonly<Record<Kind, (end: End, n: number) => boolean>> = {
  quick: ({ output, status }, n) => status === "COMPLETED" && resultOf(output) === 2 * n,
  decline: ({ output, status }) => status === "COMPLETED" && JSON.stringify(output).includes("Declined"),
  die: ({ error, status }, n) => status === "FAILED" && (error ?? "").includes(`job ${n} dies`),
  exit: ({ error, status }) => status === "FAILED" && (error ?? "").includes("ended with code 7"),
  wait: ({ status }) => status === "TIMED_OUT",
  block: ({ status }) => status === "TIMED_OUT",
  stop: ({ status }) => status === "CANCELLED",
  stopBlocked: ({ status }) => status === "CANCELLED"
}

const codec = Codec.make()

const resultOf = (output: unknown): unknown =>
  typeof output === "object" && output !== null && "result" in output && typeof output.result === "string"
    ? codec.decode("msgpack", output.result)
    : undefined

const problemsOf = (
  orders: ReadonlyMap<string, Order>,
  ends: ReadonlyMap<string, ReadonlyArray<End>>,
  kills: number
): ReadonlyArray<string> =>
  [...orders].flatMap(([id, { kind, n }]) => {
    const [end, ...more] = ends.get(id) ?? []
    // what is told of it below
    if (end === undefined) return []
    if (more.length > 0) return [`job ${id} (${kind}) ended ${more.length + 1} times`]
    if (expected[kind](end, n) || (end.error === lostTwice && kills > 1)) return []
    return [`job ${id} (${kind} ${n}) came to ${describe(end)}`]
  })

const describe = ({ error, output, status }: End): string => JSON.stringify({ status, error, output }).slice(0, 400)

const tally = (orders: ReadonlyMap<string, Order>, ends: ReadonlyMap<string, ReadonlyArray<End>>) => {
  const counts: Record<string, number> = {}
  for (const [id, { kind }] of orders) {
    const [end] = ends.get(id) ?? []
    const key = `${kind} ${end === undefined ? "-" : end.error === lostTwice ? "lost twice" : end.status}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/** What a job came to is what the platform says of it for good. */
const differences = (
  endpointId: string,
  orders: ReadonlyMap<string, Order>,
  ends: ReadonlyMap<string, ReadonlyArray<End>>
) =>
  Effect.flatMap(Platform.Platform, ({ apiKey, url }) =>
    Effect.map(
      Effect.forEach(orders, ([id, { kind }]) =>
        Effect.promise(async () => {
          const headers = { authorization: `Bearer ${Redacted.value(apiKey)}` }
          const response = await fetch(`${url}/v2/${endpointId}/status/${id}`, { headers })
          const is: End = JSON.parse(await response.text())
          const was = ends.get(id)?.[0]?.status
          return is.status === was ? [] : [`job ${id} (${kind}) was ${was ?? "not ended"} and is ${JSON.stringify(is)}`]
        }), { concurrency: 8 }),
      (all) => all.flat()
    ))

// ---------------------------------------------------------------------------------------------------------------------
// memory
// ---------------------------------------------------------------------------------------------------------------------

/** In megabytes; 0 where the system does not tell. */
const residentMemory = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

const median = (numbers: ReadonlyArray<number>): number =>
  Math.round(numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0)

const thirds = (samples: ReadonlyArray<number>): readonly [first: number, last: number] => {
  const third = Math.ceil(samples.length / 3)
  return [median(samples.slice(0, third)), median(samples.slice(-third))]
}

const sampleMemory = (endpointId: string, seconds: number) =>
  Effect.gen(function*() {
    const { workerPids } = yield* Platform.Platform
    const workers: Array<number> = []
    const platform: Array<number> = []
    yield* Effect.gen(function*() {
      const used = (yield* workerPids(endpointId)).map(residentMemory).filter((megabytes) => megabytes > 0)
      if (used.length > 0) workers.push(used.reduce((sum, megabytes) => sum + megabytes, 0) / used.length)
      platform.push(process.memoryUsage().rss / 1024 / 1024)
    }).pipe(Effect.repeat({ schedule: Schedule.spaced("500 millis"), times: 2 * seconds }))
    return { workerMemory: thirds(workers), platformMemory: thirds(platform) }
  })

/** What a process takes for its caches and its garbage, beside what it would take ever more of. */
const slack = 150

const grown = (what: string, [first, last]: readonly [first: number, last: number]): ReadonlyArray<string> =>
  last > 1.3 * first + slack ? [`the memory of ${what} grew from ${first} MB to ${last} MB`] : []
