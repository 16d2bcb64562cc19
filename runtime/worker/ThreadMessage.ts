/**
 * What the worker's main thread and a thread that runs handlers say to each other.
 *
 * @since 0.1.0
 */
import type * as OwnFitness from "./OwnFitness.ts"
import type { Result } from "./PlatformClient.ts"

/**
 * What a thread is started with.
 *
 * @since 0.1.0
 * @category models
 */
export interface ThreadData {
  /** Folder of this thread alone, for the code it loads. It need not exist, and the main thread removes it. */
  readonly directory: string
  /** Folder of all threads, for the code that came with calls. */
  readonly code: string
  /** Whether there are other threads: what keeps something between jobs is then run by one of them alone. */
  readonly claims: boolean
  /** Whether it runs the fitness checks of the worker's own functions. */
  readonly checks: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export type ToThread =
  /** Comes first. The environment may have more than the thread was opened with. */
  | { readonly _tag: "Start"; readonly env: Readonly<Record<string, string>>; readonly data: ThreadData }
  | { readonly _tag: "Run"; readonly jobId: string; readonly input: unknown }
  | { readonly _tag: "Interrupt"; readonly jobId: string }
  /** The last posts of a job are with the platform, or why they cannot be. */
  | { readonly _tag: "Posted"; readonly jobId: string; readonly problem: string | undefined }
  /** The job is to be run here. */
  | { readonly _tag: "Claimed"; readonly jobId: string }
  /** No more jobs will come: release what is held, and send what was measured. */
  | { readonly _tag: "Close" }

/**
 * @since 0.1.0
 * @category models
 */
export type FromThread<R = Result> =
  | OwnFitness.Message
  /** Jobs may come, or why they cannot be run. */
  | { readonly _tag: "Ready"; readonly problem?: string | undefined }
  /** A line that a job, or no job, printed. */
  | { readonly _tag: "Output"; readonly jobId: string | null; readonly text: string }
  /** Parts of a job's stream, JSON texts to post one after the other. No more come before they are `Posted`. */
  | { readonly _tag: "Stream"; readonly jobId: string; readonly bodies: ReadonlyArray<string> }
  /** What a job says of its progress, the JSON text to post. */
  | { readonly _tag: "Progress"; readonly jobId: string; readonly body: string }
  /** A job's function keeps something between its jobs, so that all of them belong in one thread. Waits to be told. */
  | { readonly _tag: "Claim"; readonly jobId: string }
  /** The job is being interrupted: the thread is not blocked. */
  | { readonly _tag: "Interrupting"; readonly jobId: string }
  /** What a job did ends the thread: it exits, or fails where nobody catches it. */
  | { readonly _tag: "Ending"; readonly jobId: string }
  /** A job has ended. */
  | { readonly _tag: "Done"; readonly jobId: string; readonly result: R }
  /** The answer to `Close`. */
  | { readonly _tag: "Closed" }
