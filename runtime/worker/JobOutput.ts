/**
 * Keeps what each job prints and logs apart, also where jobs run side by side in one thread.
 *
 * The thread's `process.stdout` and `process.stderr` are asked whose turn it is. An async context alone does not tell:
 * fibers of different jobs wake each other. So each job's fibers run on a scheduler that enters the job's context for
 * every task.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import type * as Scheduler from "effect/Scheduler"
import { AsyncLocalStorage } from "node:async_hooks"

/**
 * @since 0.1.0
 * @category models
 */
export interface JobOutput {
  /** Runs an effect so that what it prints is the job's. Succeeds with the result and the output. */
  readonly capture: <A, E, R>(
    jobId: string,
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<readonly [result: A, output: string], E, R>
  /** The job whose code runs now, where it is one's. */
  readonly current: () => string | undefined
}

/** What is kept of one job's output, in characters; the beginning goes first. */
const limit = 64 * 1024

class Sink {
  readonly jobId: string
  private kept = ""
  private dropped = 0

  constructor(jobId: string) {
    this.jobId = jobId
  }

  write(text: string): void {
    this.kept += text
    if (this.kept.length > 2 * limit) this.trim()
  }

  private trim(): void {
    const excess = this.kept.length - limit
    if (excess <= 0) return
    this.dropped += excess
    this.kept = this.kept.slice(excess)
  }

  text(): string {
    this.trim()
    return this.dropped === 0 ? this.kept : `... ${this.dropped} characters before this were left out ...\n${this.kept}`
  }
}

/** Enters the job's context for each of its tasks, which run when the other scheduler says. */
const within = (storage: AsyncLocalStorage<Sink>, sink: Sink, scheduler: Scheduler.Scheduler): Scheduler.Scheduler => ({
  shouldYield: (fiber) => scheduler.shouldYield(fiber),
  scheduleTask: (task, priority, fiber) => scheduler.scheduleTask(() => storage.run(sink, task), priority, fiber)
})

const levels = new Map([["INFO", ""], ["WARN", "WARN "], ["ERROR", "ERROR "], ["FATAL", "FATAL "], ["DEBUG", "DEBUG "]])

/** Log lines for people: the reader knows job and time from elsewhere. */
const logger = Logger.make<unknown, void>(({ annotations, cause, logLevel, message }) => {
  const parts = (Array.isArray(message) ? message : [message]).map((part) =>
    // as JSON an error is `{}`
    part instanceof Error ? part.stack ?? String(part) : Inspectable.toStringUnknown(part, 0)
  )
  for (const [key, value] of annotations) parts.push(`${key}=${Inspectable.toStringUnknown(value, 0)}`)
  const trailer = Cause.isEmpty(cause) ? "" : `\n${Cause.pretty(cause, { renderErrorCause: true })}`
  process.stdout.write(`${levels.get(logLevel.label) ?? ""}${parts.join(" ")}${trailer}\n`)
})

const withJobLogger = (loggers: HashSet.HashSet<Logger.Logger<unknown, unknown>>) =>
  loggers.pipe(HashSet.remove(Logger.defaultLogger), HashSet.add(logger))

/**
 * Takes over the streams of this thread, for good: `emit` gets whatever is printed, with the job that printed it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (emit: (jobId: string | null, text: string) => void): JobOutput => {
  const storage = new AsyncLocalStorage<Sink>()

  const write = (chunk: string | Uint8Array, ...rest: ReadonlyArray<unknown>): boolean => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString()
    const sink = storage.getStore()
    sink?.write(text)
    emit(sink?.jobId ?? null, text)
    const callback = rest.find((argument) => typeof argument === "function")
    if (callback !== undefined) queueMicrotask(() => callback())
    return true
  }
  process.stdout.write = write
  process.stderr.write = write

  return {
    current: () => storage.getStore()?.jobId,
    capture: (jobId, effect) =>
      Effect.withFiberRuntime((fiber) => {
        const sink = new Sink(jobId)
        const scheduler = within(storage, sink, fiber.getFiberRef(FiberRef.currentScheduler))
        return Effect.yieldNow().pipe(
          // from here on, every turn of this job's fibers begins on its own scheduler
          Effect.zipRight(effect),
          Effect.withScheduler(scheduler),
          Effect.map((result) => [result, sink.text()] as const),
          Effect.locallyWith(FiberRef.currentLoggers, withJobLogger)
        )
      })
  }
}
