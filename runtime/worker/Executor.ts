/**
 * Runs jobs in a worker thread, so that a handler that blocks starves neither the heartbeat nor the stop channel.
 *
 * A job that does not end when it is interrupted costs its thread: the thread is replaced, and the jobs beside it are
 * run again in the new one. A thread that dies fails the jobs it was running.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import { Worker } from "node:worker_threads"
import type { TakenJob } from "./PlatformClient.ts"
import type { FromThread, ToThread } from "./ThreadMessage.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Executor {
  /**
   * Runs a job; succeeds with the JSON text to post. Interrupting it interrupts the handler, waits for its finalizers,
   * and after a grace period takes the thread from under it.
   */
  readonly run: (job: TakenJob) => Effect.Effect<string>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly program: URL
  readonly env: Record<string, string>
  /** Folder for the code that comes with calls. */
  readonly directory: string
  readonly onOutput: (jobId: string | null, text: string) => void
  /** How long the thread may take at the end to send what it has measured. Default: no time at all. */
  readonly closeGrace?: Duration.DurationInput
}

interface Running {
  readonly job: TakenJob
  readonly done: Deferred.Deferred<string>
  isInterrupted: boolean
}

/** How long an interrupted handler may take for its finalizers. */
const interruptGrace = "5 seconds"

/**
 * Starts the thread at once; it ends with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Executor, never, Scope.Scope> =>
  Effect.gen(function*() {
    const running = new Map<string, Running>()
    const closed = yield* Deferred.make<void>()
    let isClosed = false
    let thread = start()

    function start(): Worker {
      const next = new Worker(options.program, { env: options.env, execArgv: [], workerData: options.directory })
      let problem = ""
      next.on("message", (message: FromThread) => {
        if (next === thread) receive(message)
      })
      next.on("error", (error) => {
        problem = error instanceof Error ? error.stack ?? error.message : String(error)
      })
      next.on("exit", (code) => {
        if (next === thread && !isClosed) replace(`the worker thread ended with code ${code}`, problem)
      })
      return next
    }

    const send = (message: ToThread) => thread.postMessage(message)

    const receive = (message: FromThread) => {
      switch (message._tag) {
        case "Ready":
          return
        case "Output":
          return options.onOutput(message.jobId, message.text)
        case "Done":
          return finish(message.jobId, message.body)
        case "Closed":
          return Deferred.unsafeDone(closed, Effect.void)
      }
    }

    const finish = (jobId: string, body: string) => {
      const entry = running.get(jobId)
      if (entry === undefined) return
      running.delete(jobId)
      Deferred.unsafeDone(entry.done, Effect.succeed(body))
    }

    /** The thread died by itself: what it ran may be what killed it, so that none of it is run again. */
    const replace = (how: string, problem: string) => {
      for (const jobId of [...running.keys()]) {
        finish(jobId, threadLost(problem === "" ? how : `${how}: ${problem}`))
      }
      thread = start()
    }

    /** The thread is stuck in a job that has to end: the others are innocent and run again. */
    const evict = Effect.promise(async () => {
      const stuck = thread
      thread = start()
      for (const [jobId, entry] of [...running]) {
        if (entry.isInterrupted) finish(jobId, "")
        else send({ _tag: "Run", jobId, input: entry.job.input })
      }
      await stuck.terminate()
    })

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        if (options.closeGrace === undefined) return Effect.void
        send({ _tag: "Close" })
        return Effect.ignore(Effect.timeout(Effect.interruptible(Deferred.await(closed)), options.closeGrace))
      }).pipe(Effect.zipRight(Effect.promise(() => thread.terminate())))
    )

    const stop = (entry: Running) =>
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
      run: (job) =>
        Effect.suspend(() => {
          const entry: Running = { job, done: Deferred.unsafeMake(FiberId.none), isInterrupted: false }
          running.set(job.id, entry)
          send({ _tag: "Run", jobId: job.id, input: job.input })
          return Effect.onInterrupt(Deferred.await(entry.done), () => stop(entry))
        })
    }
  })

/** The answer of a job whose thread died under it, in the form of any other defect. */
const threadLost = (message: string): string =>
  JSON.stringify({
    error: JSON.stringify({
      protocol_version: 1,
      success: false,
      serialization_format: "json",
      error: { _tag: "die", message, cause: { _tag: "Die", defect: { name: "WorkerThreadLost", message } } }
    })
  })
