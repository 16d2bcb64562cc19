/** What happens while the dev server runs, for people and for scripts. */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"

/** `call` counts the calls of one run from 1. Times are milliseconds. */
export type Event = Data.TaggedEnum<{
  Started: { readonly url: string; readonly target: string; readonly functions: ReadonlyArray<Listed> }
  /** The port that was asked for is in use. */
  PortTaken: { readonly port: number; readonly instead: number }
  Reloaded: { readonly generation: number; readonly took: number; readonly functions: ReadonlyArray<Listed> }
  /** What was served before still is. */
  ReloadFailed: { readonly message: string }
  Note: { readonly message: string }
  Provisioning: { readonly resource: string }
  Provisioned: { readonly resource: string; readonly endpoint: string; readonly took: number }
  ProvisionFailed: { readonly resource: string; readonly message: string }
  Queued: { readonly call: number; readonly function: string; readonly job: string; readonly generation: number }
  WorkerStarting: { readonly call: number; readonly function: string }
  Running: { readonly call: number; readonly function: string; readonly worker: string | undefined }
  Log: { readonly call: number; readonly function: string; readonly line: string }
  Done: {
    readonly call: number
    readonly function: string
    /** A status of a job, or of HTTP. */
    readonly status: string
    readonly ok: boolean
    readonly took: number
    /** In the queue, and in the worker, where that is known. */
    readonly delayTime?: number | undefined
    readonly executionTime?: number | undefined
    readonly error?: string | undefined
  }
  Stopping: { readonly signal: string; readonly calls: number }
  Abandoned: { readonly calls: number }
  Removed: { readonly resource: string }
  /** Its endpoint is still there, and on record. */
  NotRemoved: { readonly resource: string; readonly message: string }
}>

export const Event = Data.taggedEnum<Event>()

/** A function as the list of them shows it. */
export interface Listed {
  readonly method: string
  readonly path: string
  readonly function: string
  readonly resource: string
  readonly type: string
}

/** Is told of every event, in order. */
export class Reporter extends Context.Tag("effect-flash/cli/dev/Reporter")<Reporter, {
  readonly tell: (event: Event) => Effect.Effect<void>
}>() {}
