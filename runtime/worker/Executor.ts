/**
 * Runs jobs in a worker thread, so that a handler that blocks starves neither the heartbeat nor the stop channel.
 *
 * A job that does not end when it is interrupted costs its thread: the thread is replaced, and the jobs beside it are
 * run again in the new one. A thread that dies fails the jobs it was running.
 *
 * Instances of stateful classes live in the thread. All jobs run in one, so that they are found again; were there
 * several, jobs of the same `Affinity.of(input)` would have to share one.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { Worker } from "node:worker_threads"
import type { Result, TakenJob, WorkerApiError } from "./PlatformClient.ts"
import type { FromThread, ToThread } from "./ThreadMessage.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Executor<R = Result> {
  /**
   * Runs a job; succeeds with the result to post, when all of its stream is posted. Interrupting it interrupts the
   * handler, waits for its finalizers, and after a grace period takes the thread from under it.
   */
  readonly run: (job: TakenJob, posts: Posts) => Effect.Effect<R>
}

/**
 * How what a job says before its end gets to the platform; JSON texts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Posts {
  readonly stream: (body: string) => Effect.Effect<void, WorkerApiError>
  readonly progress: (body: string) => Effect.Effect<void, WorkerApiError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<R = Result> {
  readonly program: URL
  readonly env: Record<string, string>
  /** Folder for the code that comes with calls. */
  readonly directory: string
  readonly onOutput: (jobId: string | null, text: string) => void
  /** The result of a job whose thread ended under it. */
  readonly lost: (message: string) => R
  /** What the thread is up to: it starts anew where it was lost. */
  readonly onThread?: (state: ThreadState) => void
  /** How long the thread may take at the end to release what its handlers hold, and to send what it has measured. */
  readonly closeGrace: () => Duration.DurationInput
}

/**
 * @since 0.1.0
 * @category models
 */
export type ThreadState =
  | { readonly _tag: "Starting" }
  | { readonly _tag: "Ready"; readonly problem?: string | undefined }

interface Running<R> {
  readonly job: TakenJob
  readonly posts: Posts
  readonly done: Deferred.Deferred<R>
  isInterrupted: boolean
  /** Its reader has values of this run: another run would give them again. */
  hasStreamed: boolean
  streaming: Fiber.RuntimeFiber<void> | undefined
  /** The latest progress that is not posted yet; only the latest is worth it. */
  progress: string | undefined
  isReporting: boolean
}

/** How long an interrupted handler may take for its finalizers. */
const interruptGrace = "5 seconds"

/**
 * Starts the thread at once; it ends with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R = Result>(options: Options<R>): Effect.Effect<Executor<R>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const running = new Map<string, Running<R>>()
    const fork = yield* FiberSet.makeRuntime<never>()
    const closed = yield* Deferred.make<void>()
    let isClosed = false
    let isReady = false
    let thread = start()

    function start(): Worker {
      options.onThread?.({ _tag: "Starting" })
      isReady = false
      const next = new Worker(options.program, { env: options.env, execArgv: [], workerData: options.directory })
      let problem = ""
      next.on("message", (message: FromThread<R>) => {
        if (next === thread) receive(message)
      })
      next.on("error", (error) => {
        problem = error instanceof Error ? error.stack ?? error.message : String(error)
      })
      next.on("exit", (code) => {
        if (next !== thread) return
        if (isClosed) Deferred.unsafeDone(closed, Effect.void)
        else replace(`the worker thread ended with code ${code}`, problem)
      })
      return next
    }

    const send = (message: ToThread) => thread.postMessage(message)

    const receive = (message: FromThread<R>) => {
      switch (message._tag) {
        case "Ready":
          isReady = true
          return options.onThread?.(message)
        case "Output":
          return options.onOutput(message.jobId, message.text)
        case "Stream":
          return stream(message.jobId, message.bodies)
        case "Progress":
          return report(message.jobId, message.body)
        case "Done":
          return finish(message.jobId, message.result)
        case "Closed":
          return Deferred.unsafeDone(closed, Effect.void)
      }
    }

    const stream = (jobId: string, bodies: ReadonlyArray<string>) => {
      const entry = running.get(jobId)
      if (entry === undefined) return
      entry.hasStreamed = true
      const posting = Effect.match(Effect.forEach(bodies, entry.posts.stream, { discard: true }), {
        onFailure: ({ message }) => message,
        onSuccess: () => undefined
      })
      entry.streaming = fork(Effect.map(posting, (problem) => {
        // a job that is run by another thread by now has streams of its own
        if (running.get(jobId) === entry) send({ _tag: "Posted", jobId, problem })
      }))
    }

    const report = (jobId: string, body: string) => {
      const entry = running.get(jobId)
      if (entry === undefined) return
      entry.progress = body
      if (entry.isReporting) return
      entry.isReporting = true
      const next: Effect.Effect<void> = Effect.suspend(() => {
        const { progress } = entry
        entry.progress = undefined
        entry.isReporting = progress !== undefined
        return progress === undefined ? Effect.void : entry.posts.progress(progress).pipe(
          Effect.timeout("10 seconds"),
          Effect.catchAll((error) => Effect.logDebug(`The progress of job ${jobId} is not known: ${error.message}`)),
          Effect.zipRight(next)
        )
      })
      fork(next)
    }

    const finish = (jobId: string, result: R) => {
      const entry = running.get(jobId)
      if (entry === undefined) return
      running.delete(jobId)
      // of a job that ended by itself it is over
      entry.streaming?.unsafeInterruptAsFork(FiberId.none)
      entry.progress = undefined
      Deferred.unsafeDone(entry.done, Effect.succeed(result))
    }

    /** The thread died by itself: what it ran may be what killed it, so that none of it is run again. */
    const replace = (how: string, problem: string) => {
      for (const jobId of [...running.keys()]) {
        finish(jobId, options.lost(problem === "" ? how : `${how}: ${problem}`))
      }
      thread = start()
    }

    /**
     * The thread is stuck in a job that has to end: the others are innocent and run again, except where that would be
     * seen.
     */
    const evict = Effect.promise(async () => {
      const stuck = thread
      thread = start()
      for (const [jobId, entry] of [...running]) {
        // nobody waits for the result of one that was stopped
        if (entry.isInterrupted) finish(jobId, options.lost("it was stopped"))
        else if (entry.hasStreamed || entry.job.runsOnce === true) finish(jobId, options.lost(blocked))
        else send({ _tag: "Run", jobId, input: entry.job.input })
      }
      await stuck.terminate()
    })

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        // one that has not begun holds nothing
        if (!isReady) return Effect.void
        send({ _tag: "Close" })
        return Effect.ignore(Effect.timeout(Effect.interruptible(Deferred.await(closed)), options.closeGrace()))
      }).pipe(Effect.zipRight(Effect.promise(() => thread.terminate())))
    )

    const stop = (entry: Running<R>) =>
      Effect.suspend(() => {
        entry.isInterrupted = true
        send({ _tag: "Interrupt", jobId: entry.job.id })
        return Effect.timeoutTo(Effect.interruptible(Deferred.await(entry.done)), {
          duration: interruptGrace,
          onSuccess: () => Effect.void,
          onTimeout: () => evict
        })
      }).pipe(Effect.flatten)

    return {
      run: (job, posts) =>
        Effect.suspend(() => {
          const entry: Running<R> = {
            job,
            posts,
            done: Deferred.unsafeMake(FiberId.none),
            isInterrupted: false,
            hasStreamed: false,
            streaming: undefined,
            progress: undefined,
            isReporting: false
          }
          running.set(job.id, entry)
          send({ _tag: "Run", jobId: job.id, input: job.input })
          return Effect.onInterrupt(Deferred.await(entry.done), () => stop(entry))
        })
    }
  })

const blocked = "a job beside it blocked its thread and was stopped"

/**
 * The result to post for a job whose thread died under it, in the form of any other defect.
 *
 * @since 0.1.0
 * @category constructors
 */
export const threadLost = (message: string): Result => ({
  kind: "value",
  body: JSON.stringify({
    error: JSON.stringify({
      protocol_version: 1,
      success: false,
      serialization_format: "json",
      error: { _tag: "die", message, cause: { _tag: "Die", defect: { name: "WorkerThreadLost", message } } }
    })
  })
})
