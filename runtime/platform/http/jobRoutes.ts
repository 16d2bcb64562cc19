/**
 * The job API: what callers ask of an endpoint.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Limits from "../../../src/protocol/Limits.ts"
import type { Endpoint } from "../Endpoints.ts"
import * as Job from "../jobs/Job.ts"
import { problem } from "./HttpServer.ts"
import type { Reply, Request } from "./HttpServer.ts"
import { afterCommit, json, readObject } from "./Route.ts"
import type { Context, Route } from "./Route.ts"

const millis = (min: number, max: number) => Schema.optional(Schema.Number.pipe(Schema.between(min, max)))

const Policy = Schema.Struct({
  executionTimeout: millis(5_000, 604_800_000),
  ttl: millis(10_000, 604_800_000),
  lowPriority: Schema.optional(Schema.Boolean)
})

const decodePolicy = Schema.decodeUnknownEither(Policy)

interface Submission {
  readonly input: unknown
  readonly policy: typeof Policy.Type
  readonly webhook: string | undefined
  readonly extra: string | undefined
}

const isWebhook = (value: unknown): value is string =>
  typeof value === "string" && /^https?:/.test(value) && URL.canParse(value)

/** What says how the platform is to treat a job; the worker is told all else that the caller said. */
const own: ReadonlySet<string> = new Set(["id", "input", "policy", "webhookV2"])

const extraOf = (body: Readonly<Record<string, unknown>>): string | undefined => {
  const others = Object.entries(body).filter(([key]) => !own.has(key))
  return others.length === 0 ? undefined : JSON.stringify(Object.fromEntries(others))
}

/** Most bodies are an input and nothing else: a schema is asked only about a policy. */
const readSubmission = (body: string): Either.Either<Submission, string> =>
  Either.flatMap(readObject(body), (parsed) => {
    const { input, policy, webhook = null } = parsed
    if (input === undefined) return Either.left("input is missing")
    if (webhook !== null && !isWebhook(webhook)) return Either.left("webhook is not an http or https URL")
    const submission = { input, policy: {}, webhook: webhook ?? undefined, extra: extraOf(parsed) }
    return policy === undefined || policy === null
      ? Either.right(submission)
      : Either.mapBoth(decodePolicy(policy), {
        onLeft: (error) => `policy: ${error.message}`,
        onRight: (policy) => ({ ...submission, policy })
      })
  })

const day = 24 * 60 * 60 * 1000

const submit = (
  { jobs }: Context,
  endpoint: Endpoint,
  request: Request,
  kind: Job.Job["kind"]
): Effect.Effect<Job.Job, Reply> =>
  Effect.suspend(() => {
    const limit = kind === "async" ? Limits.runBody : Limits.runsyncBody
    if (Buffer.byteLength(request.body) > limit) {
      return Effect.fail(problem(413, "Payload Too Large", `the body is over ${limit} bytes`))
    }
    const submission = readSubmission(request.body)
    if (Either.isLeft(submission)) return Effect.fail(problem(400, "Bad Request", submission.left))
    const { extra, input, policy, webhook } = submission.right
    const job = jobs.submit({
      endpointId: endpoint.id,
      kind,
      input: JSON.stringify(input),
      ttl: policy.ttl ?? day,
      executionTimeout: policy.executionTimeout ?? endpoint.config.executionTimeoutMs,
      lowPriority: policy.lowPriority,
      webhook,
      extra
    })
    return jobs.durable.pipe(
      Effect.as(job),
      Effect.mapError((error) => problem(500, "Internal Server Error", `the job was not stored: ${error.message}`))
    )
  })

/** A job as it is. Whoever is told its end is told the same after a crash: it is durable by then. */
const rendered = (context: Context, job: Job.Job): Effect.Effect<Reply> => {
  const reply = { status: 200, body: Job.render(job) }
  return Job.isTerminal(job) ? afterCommit(context, reply) : Effect.succeed(reply)
}

/** The `wait` of a long poll, in the bounds the platform has. */
const waitOf = (request: Request, fallback: number): number => {
  const wait = Number(request.query.get("wait") ?? fallback)
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 1000), 300_000) : fallback
}

const withJob =
  (run: (context: Context, job: Job.Job, request: Request) => Effect.Effect<Reply>): Route =>
  (context, endpoint, request, [jobId = ""]) => {
    const job = context.jobs.find(endpoint.id, jobId)
    return job === undefined
      ? Effect.succeed(problem(404, "Not Found", `job ${jobId} not found`))
      : run(context, job, request)
  }

const queued = ({ id }: Job.Job): Reply => ({
  status: 200,
  body: `{"id":${JSON.stringify(id)},"status":"IN_QUEUE"}`
})

const run: Route = (context, endpoint, request) =>
  Effect.merge(Effect.map(submit(context, endpoint, request, "async"), queued))

const runsync: Route = (context, endpoint, request) =>
  submit(context, endpoint, request, "sync").pipe(
    Effect.flatMap((job) => context.jobs.awaitEnd(job, waitOf(request, 90_000))),
    Effect.flatMap((job) => rendered(context, job)),
    Effect.merge
  )

const status = withJob(rendered)

const statusSync = withJob((context, job, request) =>
  Effect.flatMap(context.jobs.awaitEnd(job, waitOf(request, 90_000)), (job) => rendered(context, job))
)

const stream = withJob((context, job, request) => {
  const { streams } = context.jobs
  return Effect.flatMap(streams.drain(job, waitOf(request, 10_000)), (posts) => {
    const undelivered = () => streams.putBack(job.id, posts)
    const reply: Reply = {
      status: 200,
      body: `{"status":"${job.status}","stream":[${posts.join(",")}]}`,
      undelivered
    }
    if (!Job.isTerminal(job)) return Effect.succeed(reply)
    return afterCommit(context, reply).pipe(
      Effect.tap(({ status }) => status === 200 ? undefined : undelivered()),
      Effect.onInterrupt(() => Effect.sync(undelivered))
    )
  })
})

const cancel = withJob((context, job) => Effect.suspend(() => rendered(context, context.jobs.cancel(job))))

const retry = withJob((context, job) => {
  const again = context.jobs.retry(job)
  return again === undefined
    ? Effect.succeed(problem(400, "Bad Request", `job ${job.id} is ${job.status}, not FAILED or TIMED_OUT`))
    : afterCommit(context, queued(again))
})

const purgeQueue: Route = (context, endpoint) =>
  Effect.suspend(() => afterCommit(context, json({ removed: context.jobs.purge(endpoint.id), status: "completed" })))

const health: Route = ({ jobs, workers }, endpoint) =>
  Effect.sync(() => json({ jobs: jobs.counts(endpoint.id), workers: workers(endpoint.id) }))

const metrics: Route = ({ readyWorkers, workers }, endpoint) =>
  Effect.sync(() => json({ workers: workers(endpoint.id), readyWorkers: readyWorkers(endpoint.id) }))

const recentLimit = 100

const requests: Route = ({ jobs }, endpoint) =>
  jobs.recent(endpoint.id, recentLimit).pipe(
    Effect.map((recent) =>
      json({
        requests: recent.map(({ error, finishedAt, id, status, submittedAt }) => ({
          id,
          status,
          createdAt: new Date(submittedAt).toISOString(),
          completedAt: finishedAt === undefined ? undefined : new Date(finishedAt).toISOString(),
          error
        }))
      })
    ),
    Effect.catchAll((error) => Effect.succeed(problem(500, "Internal Server Error", error.message)))
  )

/**
 * By method and verb.
 *
 * @since 0.1.0
 * @category routes
 */
export const routes: Readonly<Record<string, Route>> = {
  "POST run": run,
  "POST runsync": runsync,
  "GET status": status,
  "POST status": status,
  "GET status-sync": statusSync,
  "POST status-sync": statusSync,
  "GET stream": stream,
  "POST stream": stream,
  "POST cancel": cancel,
  "POST retry": retry,
  "POST purge-queue": purgeQueue,
  "GET health": health,
  "GET metrics": metrics,
  "GET requests": requests
}
