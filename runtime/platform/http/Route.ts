/**
 * What the routes of the job API and of the worker API have in common.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Endpoint, Endpoints } from "../Endpoints.ts"
import type { Jobs } from "../jobs/Jobs.ts"
import { problem } from "./HttpServer.ts"
import type { Reply, Request } from "./HttpServer.ts"
import type * as RequestLimits from "./RequestLimits.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Context {
  readonly endpoints: Endpoints
  readonly jobs: Jobs
  /** The workers of an endpoint, as `/health` counts them. */
  readonly workers: (endpointId: string) => Readonly<Record<string, number>>
  /** Those of an endpoint's workers that are up. */
  readonly readyWorkers: (endpointId: string) => ReadonlyArray<string>
  /** A worker of that id has shown that it is up. */
  readonly sawWorker: (workerId: string) => void
  /** A worker of that id says that it is not fit for jobs, and why. */
  readonly unfitWorker: (workerId: string, why: string) => void
  /** A worker of that id asks for another one in its place. */
  readonly recycleWorker: (workerId: string) => void
  /** Whether a worker gets a job without `input` where that is `{}`, as on RunPod. Default true. */
  readonly strictEmptyInput?: boolean
  /** Answers in place of an endpoint that is asked too often. Default: none is. */
  readonly limited?: RequestLimits.Guard
}

/**
 * `rest` is what stands behind the verb in the path.
 *
 * @since 0.1.0
 * @category models
 */
export type Route = (
  context: Context,
  endpoint: Endpoint,
  request: Request,
  rest: ReadonlyArray<string>
) => Effect.Effect<Reply>

/**
 * @since 0.1.0
 * @category decoding
 */
export const readObject = (body: string): Either.Either<Readonly<Record<string, unknown>>, string> =>
  Either.flatMap(
    Either.try({ try: (): unknown => JSON.parse(body), catch: (error) => `the body is not JSON: ${error}` }),
    (value) =>
      Predicate.isReadonlyRecord(value)
        ? Either.right(value)
        : Either.left(`the body is ${nameOf(value)}, not an object`)
  )

const nameOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`

/**
 * @since 0.1.0
 * @category replies
 */
export const json = (body: unknown): Reply => ({ status: 200, body: JSON.stringify(body) })

/**
 * The reply once everything so far is durable.
 *
 * @since 0.1.0
 * @category replies
 */
export const afterCommit = ({ jobs }: Context, reply: Reply): Effect.Effect<Reply> =>
  jobs.durable.pipe(
    Effect.as(reply),
    Effect.catchAll((error) => Effect.succeed(problem(500, "Internal Server Error", error.message)))
  )
