/**
 * What the worker's main thread and the thread that runs handlers say to each other.
 *
 * @since 0.1.0
 */
import type { Result } from "./PlatformClient.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type ToThread =
  | { readonly _tag: "Run"; readonly jobId: string; readonly input: unknown }
  | { readonly _tag: "Interrupt"; readonly jobId: string }
  /** The last posts of a job are with the platform, or why they cannot be. */
  | { readonly _tag: "Posted"; readonly jobId: string; readonly problem: string | undefined }
  /** No more jobs will come: release what is held, and send what was measured. */
  | { readonly _tag: "Close" }

/**
 * @since 0.1.0
 * @category models
 */
export type FromThread<R = Result> =
  /** Jobs may come, or why they cannot be run. */
  | { readonly _tag: "Ready"; readonly problem?: string | undefined }
  /** A line that a job, or no job, printed. */
  | { readonly _tag: "Output"; readonly jobId: string | null; readonly text: string }
  /** Parts of a job's stream, JSON texts to post one after the other. No more come before they are `Posted`. */
  | { readonly _tag: "Stream"; readonly jobId: string; readonly bodies: ReadonlyArray<string> }
  /** What a job says of its progress, the JSON text to post. */
  | { readonly _tag: "Progress"; readonly jobId: string; readonly body: string }
  /** A job has ended. */
  | { readonly _tag: "Done"; readonly jobId: string; readonly result: R }
  /** The answer to `Close`. */
  | { readonly _tag: "Closed" }
