/**
 * How many workers an endpoint is to have.
 *
 * @since 0.1.0
 */
import type { Settings } from "../Endpoints.ts"

/**
 * `prompt`: an endpoint that scales by its queue's delay gets workers for all that waits at once, since a process costs
 * nothing here. `faithful`: one after another, each when a job has waited for so long, as on RunPod.
 *
 * @since 0.1.0
 * @category models
 */
export type Mode = "prompt" | "faithful"

/**
 * @since 0.1.0
 * @category models
 */
export interface Load {
  /** Jobs, or requests, that want a worker or have one. */
  readonly demand: number
  /** Milliseconds that the oldest of those has waited that have none. */
  readonly waited: number
  /** Workers that are there or on their way. */
  readonly workers: number
  /** Those of them that are not up yet. */
  readonly starting: number
}

/**
 * Between `workersMin` and `workersMax`. More than there are means that workers are started; fewer do not mean that any
 * is stopped: those go when they have idled.
 *
 * @since 0.1.0
 * @category accessors
 */
export const desired = (config: Settings, load: Load, mode: Mode): number =>
  Math.min(Math.max(wanted(config, load, mode), config.workersMin), config.workersMax)

const wanted = ({ maxConcurrency, scaling }: Settings, load: Load, mode: Mode): number => {
  const { demand, starting, waited, workers } = load
  if (demand === 0) return 0
  // jumps to what is wanted: so many requests share a worker
  if (scaling.type === "REQUEST_COUNT") return Math.ceil(demand / scaling.requestCount)
  if (mode === "prompt") return Math.ceil(demand / maxConcurrency)
  // nobody waits for a delay to pass that nobody could shorten
  if (workers === 0) return 1
  return waited > scaling.queueDelay * 1000 && starting === 0 ? workers + 1 : workers
}
