/**
 * A job as the platform keeps it.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export type JobStatus = "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED" | "FAILED" | "CANCELLED" | "TIMED_OUT"

/**
 * Times are milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Job {
  readonly id: string
  readonly endpointId: string
  readonly kind: "async" | "sync"
  /** JSON text of the input. */
  readonly input: string
  readonly submittedAt: number
  /** How long it is kept, from its submission or from a retry. */
  readonly ttl: number
  /** Milliseconds it may run; 0 is without limit. */
  readonly executionTimeout: number
  /** URL that is told when it is over. */
  readonly webhook: string | undefined
  /** No worker is started for it. */
  readonly lowPriority: boolean
  /** JSON text of an object: what else was submitted and goes to the worker. */
  readonly extra: string | undefined
  /** When it is dropped in whatever state. */
  expiresAt: number
  status: JobStatus
  retries: number
  workerId: string | undefined
  takenAt: number | undefined
  finishedAt: number | undefined
  /** JSON text; of a job in progress, what it reported last. */
  output: string | undefined
  error: string | undefined
}

/**
 * @since 0.1.0
 * @category guards
 */
export const isTerminal = (job: Job): boolean => job.status !== "IN_QUEUE" && job.status !== "IN_PROGRESS"

/**
 * The document that `/status` answers, or the one that a webhook gets. Keys in the platform's order; what is not known
 * is not there.
 *
 * @since 0.1.0
 * @category encoding
 */
export const render = (job: Job, reader: "caller" | "webhook" = "caller"): string => {
  const { error, finishedAt, id, output, retries, status, submittedAt, takenAt, workerId } = job
  const isOver = isTerminal(job)
  const fields: Array<string> = []
  // clients of the original require both times and the worker of a job that is over
  if (takenAt !== undefined || isOver) {
    fields.push(`"delayTime":${(takenAt ?? finishedAt ?? submittedAt) - submittedAt}`)
  }
  if (error !== undefined) fields.push(`"error":${JSON.stringify(error)}`)
  if (isOver) fields.push(`"executionTime":${takenAt === undefined ? 0 : (finishedAt ?? takenAt) - takenAt}`)
  fields.push(`"id":${JSON.stringify(id)}`)
  if (reader === "webhook") fields.push(`"input":${job.input}`)
  if (output !== undefined) fields.push(`"output":${output}`)
  if (retries > 0) fields.push(`"retries":${retries}`)
  fields.push(`"status":"${status}"`)
  if (reader === "webhook") fields.push(`"webhook":${JSON.stringify(job.webhook)}`)
  if (workerId !== undefined || isOver) fields.push(`"workerId":${JSON.stringify(workerId ?? "")}`)
  return `{${fields.join(",")}}`
}
