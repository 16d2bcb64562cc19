/**
 * One thread that runs handlers, and the jobs it has.
 *
 * @since 0.1.0
 */
import { Worker } from "node:worker_threads"
import type { FromThread, ThreadData, ToThread } from "./ThreadMessage.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly program: URL
  readonly env: Record<string, string>
  /** Megabytes of JavaScript values; a thread that wants more ends. */
  readonly heapLimit: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<R> extends Place {
  readonly data: ThreadData
  /** One that was opened before all of this was known. */
  readonly spare?: Worker | undefined
  readonly onMessage: (message: FromThread<R>) => void
  /** It ended by itself; `why` says how. */
  readonly onEnd: (why: string) => void
}

/**
 * `Job` is what its owner knows of a job.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobThread<Job> {
  readonly jobs: Map<string, Job>
  /** The job that ends it, where that is known. */
  endedBy: string | undefined
  /** Whether it has come up. */
  readonly isReady: () => boolean
  readonly send: (message: ToThread) => void
  /** Has it release what it holds. Done when it says so, or is gone. */
  readonly close: () => Promise<void>
  /** Ends it, also in the middle of a job; `onEnd` is not told. */
  readonly terminate: () => Promise<unknown>
}

/**
 * Has a thread load what it runs, and wait to be told what for.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = ({ env, heapLimit, program }: Place): Worker =>
  new Worker(program, {
    env,
    execArgv: [],
    ...(heapLimit === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapLimit } })
  })

/**
 * Starts a thread.
 *
 * @since 0.1.0
 * @category constructors
 */
export const start = <Job, R>(options: Options<R>): JobThread<Job> => {
  const { heapLimit } = options
  const worker = options.spare ?? open(options)
  let isReady = false
  let isTerminated = false
  let problem: string | undefined
  let onClosed = () => {}
  const closed = new Promise<void>((resolve) => {
    onClosed = resolve
  })
  worker.on("message", (message: FromThread<R>) => {
    if (message._tag === "Ready") isReady = true
    if (message._tag === "Closed") onClosed()
    if (!isTerminated) options.onMessage(message)
  })
  worker.on("error", (error) => {
    problem = describe(error, heapLimit)
  })
  worker.on("exit", (code) => {
    onClosed()
    if (isTerminated) return
    isTerminated = true
    options.onEnd(problem ?? `the worker thread ended with code ${code}`)
  })
  worker.postMessage({ _tag: "Start", env: options.env, data: options.data } satisfies ToThread)
  return {
    jobs: new Map(),
    endedBy: undefined,
    isReady: () => isReady,
    send: (message) => worker.postMessage(message),
    close() {
      worker.postMessage({ _tag: "Close" } satisfies ToThread)
      return closed
    },
    terminate() {
      isTerminated = true
      return worker.terminate()
    }
  }
}

const describe = (error: unknown, heapLimit: number | undefined): string => {
  if (!(error instanceof Error)) return `the worker thread ended: ${error}`
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    const limit = heapLimit === undefined ? "" : ` of ${heapLimit} MB (FLASH_MAX_HEAP_MB sets another)`
    return `the job ran out of memory: it wanted more than its thread's limit${limit}`
  }
  return `the worker thread ended with code 1: ${error.stack ?? error.message}`
}
