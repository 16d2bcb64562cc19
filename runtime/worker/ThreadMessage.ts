/**
 * What the worker's main thread and the thread that runs handlers say to each other.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export type ToThread =
  | { readonly _tag: "Run"; readonly jobId: string; readonly input: unknown }
  | { readonly _tag: "Interrupt"; readonly jobId: string }
  /** No more jobs will come: release what is held, and send what was measured. */
  | { readonly _tag: "Close" }

/**
 * @since 0.1.0
 * @category models
 */
export type FromThread =
  | { readonly _tag: "Ready" }
  /** A line that a job, or no job, printed. */
  | { readonly _tag: "Output"; readonly jobId: string | null; readonly text: string }
  /** A job has ended; `body` is the JSON text to post. */
  | { readonly _tag: "Done"; readonly jobId: string; readonly body: string }
  /** The answer to `Close`. */
  | { readonly _tag: "Closed" }
