/**
 * Runs jobs in worker threads, so that a handler that blocks starves neither the heartbeat nor the stop channel, nor
 * the jobs beside it.
 *
 * Each job has a thread to itself, up to a number of threads; jobs beyond it share. Functions that keep something
 * between their jobs share one thread from the first, so that it is there once. A job that does not end when it is
 * interrupted, or that ends its thread, costs that thread: it is replaced, and jobs that shared it are run again in
 * another. A thread that dies of nothing that can be told, as of a lack of memory, fails the jobs it was running.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { join } from "node:path"
import type { Worker } from "node:worker_threads"
import * as JobThread from "./JobThread.ts"
import type * as OwnFitness from "./OwnFitness.ts"
import type { Result, TakenJob } from "./PlatformClient.ts"
import * as RunningJob from "./RunningJob.ts"
import type { FromThread } from "./ThreadMessage.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Executor<R = Result> {
  /**
   * Runs a job; succeeds with the result to post, when all of its stream is posted. Interrupting it interrupts the
   * handler, waits for its finalizers, and takes the thread from under it where it blocks, or takes too long.
   *
   * How many jobs run at a time is the caller's business.
   */
  readonly run: (job: TakenJob, posts: RunningJob.Posts) => Effect.Effect<R>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<R = Result> {
  readonly program: URL
  readonly env: Record<string, string>
  /** A thread that was opened ahead, for the first to be started. */
  readonly spare?: Worker | undefined
  /** Folder for the code that comes with calls. */
  readonly directory: string
  readonly onOutput: (jobId: string | null, text: string) => void
  /** The result of a job whose thread ended under it. */
  readonly lost: (message: string) => R
  /** What a thread is up to: it starts anew where it was lost. */
  readonly onThread?: (state: ThreadState) => void
  /** Where given, the first thread runs the fitness checks of the worker's own functions before it is ready. */
  readonly fitness?: OwnFitness.Verdict | undefined
  /**
   * How long a thread may be silent to an interruption until it passes for blocked. Default: half a second. Longer where
   * jobs share it, since all of them go with it.
   */
  readonly patience?: Duration.DurationInput
  /** Threads for jobs that need not share one. Default 1: all jobs share it. */
  readonly maxThreads?: number
  /** Megabytes of JavaScript values that a thread may hold. Default: Node's own. */
  readonly heapLimit?: number | undefined
  /** How long threads may take at the end to release what their handlers hold, and to send what they have measured. */
  readonly closeGrace: () => Duration.DurationInput
}

/**
 * @since 0.1.0
 * @category models
 */
export type ThreadState =
  | { readonly _tag: "Starting" }
  | { readonly _tag: "Ready"; readonly problem?: string | undefined }

/** How long an interrupted handler may take for its finalizers. */
const interruptGrace = "5 seconds"

/** A thread that says nothing for so long when a job of its is interrupted is blocked. */
const blockedGrace = "500 millis"

/** How long a thread may take to come up before that counts. */
const startGrace = "10 seconds"

type Thread<R> = JobThread.JobThread<RunningJob.RunningJob<R>>

/**
 * Starts a thread at once; all of them end with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R = Result>(options: Options<R>): Effect.Effect<Executor<R>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { maxThreads = 1, patience = blockedGrace } = options
    const fork = yield* FiberSet.makeRuntime<never>()
    const threads = new Set<Thread<R>>()
    /** Names of functions that keep something between their jobs. */
    const stateful = new Set<string>()
    /** The thread of those functions. */
    let home: Thread<R> | undefined
    /** Jobs that wait for a thread to start, or to be free. */
    const waiting = new Set<RunningJob.RunningJob<R>>()
    let started = 0

    const start = (): Thread<R> => {
      options.onThread?.({ _tag: "Starting" })
      const thread: Thread<R> = JobThread.start<RunningJob.RunningJob<R>, R>({
        program: options.program,
        env: options.env,
        spare: started === 0 ? options.spare : undefined,
        data: {
          directory: join(options.directory, `thread-${started++}`),
          code: join(options.directory, "code"),
          claims: maxThreads > 1,
          checks: options.fitness?.isOpen() ?? false
        },
        heapLimit: options.heapLimit,
        onMessage: (message) => receive(thread, message),
        onEnd: (why) => onEnd(thread, why)
      })
      threads.add(thread)
      return thread
    }

    const run = (thread: Thread<R>, entry: RunningJob.RunningJob<R>) => {
      const { id: jobId, input } = entry.job
      entry.thread = thread
      thread.jobs.set(jobId, entry)
      thread.send({ _tag: "Run", jobId, input })
    }

    const isFree = (thread: Thread<R>) => thread !== home && thread.jobs.size === 0

    const place = (entry: RunningJob.RunningJob<R>): void => {
      const free = [...threads].filter(isFree)
      // one that is still starting comes last
      const idle = free.find((thread) => thread.isReady()) ?? free.at(-1)
      if (stateful.has(RunningJob.nameOf(entry.job.input))) {
        return run(home ??= (waiting.size === 0 ? idle : undefined) ?? start(), entry)
      }
      // a thread that is starting may be for a job that waits
      if (idle !== undefined && (idle.isReady() || free.length > waiting.size)) return run(idle, entry)
      const others = [...threads].filter((thread) => thread !== home)
      if (others.length < maxThreads) {
        const next = start()
        // whichever thread is free first has it: one beside it may be so before a new one is there
        return others.length === 0 ? run(next, entry) : void waiting.add(entry)
      }
      for (const thread of free) feed(thread)
      const least = others.toSorted((a, b) => a.jobs.size - b.jobs.size)[0]
      run(least ?? start(), entry)
    }

    const feed = (thread: Thread<R>) => {
      const [entry] = waiting
      if (entry === undefined || !threads.has(thread) || !isFree(thread)) return
      waiting.delete(entry)
      run(thread, entry)
    }

    const receive = (thread: Thread<R>, message: FromThread<R>) => {
      if (message._tag === "Ready") {
        options.onThread?.(message)
        return feed(thread)
      }
      if (message._tag === "Closed") return
      if (message._tag === "Checking" || message._tag === "Checked") return options.fitness?.told(message)
      if (message._tag === "Output") return options.onOutput(message.jobId, message.text)
      if (message._tag === "Ending") return void (thread.endedBy = message.jobId)
      // one that was moved to another thread may still say something here
      const entry = thread.jobs.get(message.jobId)
      if (entry === undefined) return
      switch (message._tag) {
        case "Stream":
          return RunningJob.stream(entry, message.bodies, fork)
        case "Progress":
          return RunningJob.report(entry, message.body, fork)
        case "Claim":
          return claim(thread, entry)
        case "Interrupting":
          return Deferred.unsafeDone(entry.heard, Effect.void)
        case "Done":
          return finish(thread, entry, message.result)
      }
    }

    /** The job's function keeps something: it is run where all such functions are. */
    const claim = (thread: Thread<R>, entry: RunningJob.RunningJob<R>) => {
      const { id: jobId, input } = entry.job
      if (entry.isInterrupted) return
      stateful.add(RunningJob.nameOf(input))
      home ??= thread
      if (home === thread) return thread.send({ _tag: "Claimed", jobId })
      thread.jobs.delete(jobId)
      thread.send({ _tag: "Interrupt", jobId })
      run(home, entry)
      feed(thread)
    }

    const finish = (thread: Thread<R>, entry: RunningJob.RunningJob<R>, result: R) => {
      thread.jobs.delete(entry.job.id)
      RunningJob.finish(entry, result)
      feed(thread)
    }

    /** Jobs that waited for a thread that is gone, or were in it, go elsewhere. */
    const moveOn = (thread: Thread<R>, others: ReadonlyArray<RunningJob.RunningJob<R>>) => {
      if (home === thread) home = undefined
      const left = [...waiting, ...others]
      waiting.clear()
      for (const entry of left) {
        // it may wait, and is stopped as one that waits then
        entry.thread = undefined
        place(entry)
      }
    }

    /** Jobs that a thread had run again, except where that would be seen: it ended by no fault of theirs. */
    const runAgain = (thread: Thread<R>, because: string) => {
      const again: Array<RunningJob.RunningJob<R>> = []
      for (const entry of thread.jobs.values()) {
        if (entry.isInterrupted) finish(thread, entry, options.lost("it was stopped"))
        else if (entry.hasStreamed || entry.job.runsOnce === true) finish(thread, entry, options.lost(because))
        else again.push(entry)
      }
      moveOn(thread, again)
    }

    /** The thread died by itself: where it did not say whose fault that is, any of its jobs may be what killed it. */
    const onEnd = (thread: Thread<R>, why: string) => {
      threads.delete(thread)
      options.fitness?.ended(why)
      const { endedBy } = thread
      const entries = [...thread.jobs.values()].filter(({ job }) => endedBy === undefined || job.id === endedBy)
      // jobs that wait for a thread that cannot even start fail like one that it had
      if (!thread.isReady()) entries.push(...waiting)
      for (const entry of entries) {
        waiting.delete(entry)
        finish(thread, entry, options.lost(why))
      }
      runAgain(thread, "a job beside it ended its thread")
      if (threads.size === 0 && thread.isReady()) start()
    }

    /** The thread is stuck in a job that has to end. */
    const evict = (thread: Thread<R>, stuck: RunningJob.RunningJob<R>) =>
      Effect.promise(async () => {
        // it may have ended in the last moment
        if (!threads.has(thread) || thread.jobs.get(stuck.job.id) !== stuck) return
        threads.delete(thread)
        const ended = thread.terminate()
        runAgain(thread, "a job beside it blocked its thread and was stopped")
        if (threads.size === 0) start()
        await ended
      })

    const stop = (entry: RunningJob.RunningJob<R>) =>
      Effect.suspend(() => {
        entry.isInterrupted = true
        const { thread } = entry
        if (thread === undefined) return Effect.sync(() => void waiting.delete(entry))
        thread.send({ _tag: "Interrupt", jobId: entry.job.id })
        const ended = Effect.asVoid(Effect.interruptible(Deferred.await(entry.done)))
        const heard = Effect.raceFirst(Effect.interruptible(Deferred.await(entry.heard)), ended)
        return isWithin(heard, thread.isReady() ? patience : startGrace).pipe(
          Effect.flatMap((isHeard) => isHeard ? isWithin(ended, interruptGrace) : Effect.succeed(false)),
          Effect.flatMap((isOver) => isOver ? Effect.void : evict(thread, entry))
        )
      })

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        const all = [...threads]
        threads.clear()
        // one that has not begun holds nothing
        const closed = Promise.all(all.flatMap((thread) => thread.isReady() ? [thread.close()] : []))
        return Effect.zipRight(
          Effect.timeoutOption(Effect.interruptible(Effect.promise(() => closed)), options.closeGrace()),
          Effect.promise(() => Promise.all(all.map((thread) => thread.terminate())))
        )
      })
    )
    start()

    return {
      run: (job, posts) =>
        // from where a thread has it, it is to be waited for or stopped
        Effect.uninterruptibleMask((restore) => {
          const entry = RunningJob.make<R>(job, posts)
          place(entry)
          return Effect.onInterrupt(restore(Deferred.await(entry.done)), () => stop(entry))
        })
    }
  })

const isWithin = (wait: Effect.Effect<void>, duration: Duration.DurationInput): Effect.Effect<boolean> =>
  Effect.timeoutTo(wait, { duration, onSuccess: () => true, onTimeout: () => false })
