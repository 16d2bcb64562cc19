/**
 * The worker API: what the workers of an endpoint ask, and tell.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Limits from "../../../src/protocol/Limits.ts"
import type { Endpoint } from "../Endpoints.ts"
import type { Job } from "../jobs/Job.ts"
import { problem } from "./HttpServer.ts"
import type { Reply, Request } from "./HttpServer.ts"
import { afterCommit, readObject } from "./Route.ts"
import type { Context, Route } from "./Route.ts"

/** How long a poll of a worker is held (milliseconds); its client gives up at 90 s. */
const workerHold = 25_000

const noContent: Reply = { status: 204 }

const accepted: Reply = { status: 200, body: "{}" }

/** The SDK appends `&…` to URLs that have no query: it then stands in the last segment. */
const idOf = (segment: string | undefined): string => (segment ?? "").split("&", 1)[0] ?? ""

const tooLarge = ({ body }: Request, limit: number): Reply | undefined =>
  Buffer.byteLength(body) > limit
    ? problem(413, "Payload Too Large", `the body is over ${limit} bytes`)
    : undefined

/** A job as its worker gets it. */
const render = ({ strictEmptyInput = true }: Context, { extra, id, input }: Job): string => {
  const fields = [
    `"id":${JSON.stringify(id)}`,
    ...(strictEmptyInput && input === "{}" ? [] : [`"input":${input}`]),
    ...(extra === undefined ? [] : [extra.slice(1, -1)])
  ]
  return `{${fields.join(",")}}`
}

const takeMany = (
  context: Context,
  endpoint: Endpoint,
  workerId: string,
  size: number,
  body: (jobs: ReadonlyArray<string>) => string | undefined
): Effect.Effect<Reply> =>
  Effect.suspend(() => {
    const { jobs, sawWorker } = context
    sawWorker(workerId)
    return Effect.map(jobs.take(endpoint.id, workerId, size, workerHold), (taken): Reply =>
      taken.length === 0 ? noContent : {
        status: 200,
        body: body(taken.map((job) =>
          render(context, job)
        )) ?? "null",
        undelivered: () => jobs.putBack(workerId, taken)
      })
  })

const jobTake: Route = (context, endpoint, _, [worker]) => takeMany(context, endpoint, idOf(worker), 1, ([job]) => job)

const jobTakeBatch: Route = (context, endpoint, request, [worker]) => {
  const size = Number(request.query.get("batch_size") ?? 1)
  return Number.isInteger(size) && size > 0
    ? takeMany(context, endpoint, idOf(worker), size, (jobs) => `[${jobs.join(",")}]`)
    : Effect.succeed(problem(400, "Bad Request", "batch_size is not a positive whole number"))
}

const jobStop: Route = ({ jobs }, _, __, [worker]) =>
  Effect.map(
    jobs.stopSignals(idOf(worker), workerHold),
    (jobsToStop): Reply =>
      jobsToStop.length === 0 ? noContent : {
        status: 200,
        body: JSON.stringify({ jobsToStop }),
        undelivered: () => jobs.stopAgain(idOf(worker), jobsToStop)
      }
  )

/**
 * What a worker may say of a job: `error` is a string or is not there, `status` marks progress, and `stopPod` asks for
 * another worker after this job.
 */
const readResult = (body: string) =>
  Either.flatMap(
    readObject(body),
    ({ error, output, status, stopPod }) =>
      error === undefined || error === null || typeof error === "string"
        ? Either.right({
          output: output === undefined ? undefined : JSON.stringify(output),
          error: error ?? undefined,
          isProgress: status === "IN_PROGRESS",
          isLast: stopPod === true
        })
        : Either.left("error is not a string")
  )

const jobDone: Route = (context, endpoint, request, [worker = "", rest]) => {
  const { jobs } = context
  const jobId = idOf(rest)
  const job = jobs.find(endpoint.id, jobId)
  const refusal = tooLarge(request, job?.kind === "async" ? Limits.runBody : Limits.runsyncBody)
  if (refusal !== undefined) return Effect.succeed(refusal)
  // workers declare a form and send JSON: the body is read as JSON whatever the header says
  const result = readResult(request.body)
  if (Either.isLeft(result)) return Effect.succeed(problem(400, "Bad Request", result.left))
  const { error, isLast, isProgress, output } = result.right
  if (job === undefined) return Effect.succeed(accepted)
  if (isProgress) {
    // nothing waits for it to be durable: there may be newer soon
    jobs.progress(jobId, worker, output ?? "null")
    return Effect.succeed(accepted)
  }
  jobs.finish(jobId, worker, { output, error })
  if (isLast) context.recycleWorker(worker)
  return afterCommit(context, accepted)
}

const jobStream: Route = ({ jobs }, endpoint, request, [worker = "", rest]) => {
  const jobId = idOf(rest)
  const refusal = tooLarge(request, Limits.streamBody)
  if (refusal !== undefined) return Effect.succeed(refusal)
  const post = readObject(request.body)
  if (Either.isLeft(post)) return Effect.succeed(problem(400, "Bad Request", post.left))
  // its reader gets the post as it came
  return jobs.find(endpoint.id, jobId) === undefined
    ? Effect.succeed(accepted)
    : Effect.as(jobs.append(jobId, worker, request.body), accepted)
}

const ping: Route = ({ jobs, sawWorker, unfitWorker }, _, { query }, [worker]) =>
  Effect.sync(() => {
    if (query.get("status") === "unhealthy") {
      unfitWorker(idOf(worker), `${query.get("check") ?? "a check"}: ${query.get("reason") ?? "no reason"}`)
      return accepted
    }
    sawWorker(idOf(worker))
    jobs.ping(idOf(worker), (query.get("job_id") ?? "").split(",").filter((id) => id !== ""))
    return accepted
  })

/**
 * By method and verb.
 *
 * @since 0.1.0
 * @category routes
 */
export const routes: Readonly<Record<string, Route>> = {
  "GET job-take": jobTake,
  "GET job-take-batch": jobTakeBatch,
  "GET job-stop": jobStop,
  "POST job-done": jobDone,
  "POST job-stream": jobStream,
  "GET ping": ping
}
