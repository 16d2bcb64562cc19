/**
 * What the routes of the control plane work on.
 *
 * @since 0.1.0
 */
import type { WorkerState } from "../workers/Supervisor.ts"
import type { WorkerLogs } from "../workers/WorkerLogs.ts"
import type { Artifacts } from "./Artifacts.ts"
import type { Stock } from "./catalog/Stock.ts"
import type { Control } from "./Control.ts"
import type { Logins } from "./Logins.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Context {
  readonly control: Control
  readonly artifacts: Artifacts
  readonly logins: Logins
  readonly logs: WorkerLogs
  readonly workers: (endpointId: string) => ReadonlyArray<WorkerState>
  readonly stock: Stock
  /** Base URL of the platform. */
  readonly url: () => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}
