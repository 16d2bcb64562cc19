/**
 * The job API and the worker API over HTTP: `/v2/<endpoint>/<verb>/…`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Limits from "../../src/protocol/Limits.ts"
import type { Endpoint, Endpoints } from "./Endpoints.ts"
import { problem } from "./HttpServer.ts"
import type { Reply, Request } from "./HttpServer.ts"
import * as Job from "./Job.ts"
import type { Jobs } from "./Jobs.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Context {
  readonly endpoints: Endpoints
  readonly jobs: Jobs
  /** The workers of an endpoint, as `/health` counts them. */
  readonly workers: (endpointId: string) => Readonly<Record<string, number>>
  /** A worker of that id has shown that it is up. */
  readonly sawWorker: (workerId: string) => void
}

type Route = (context: Context, endpoint: Endpoint, request: Request, rest: ReadonlyArray<string>) => Effect.Effect<
  Reply
>

/**
 * Answers a request.
 *
 * @since 0.1.0
 * @category routes
 */
export const handle = (context: Context) => (request: Request): Effect.Effect<Reply> =>
  Effect.suspend(() => {
    const [version, endpointId = "", first = "", ...rest] = request.path
    // the SDK appends `&…` to URLs that have no query: it then stands in the last segment
    const verb = first.split("&", 1)[0] ?? ""
    const endpoint = context.endpoints.get(endpointId)
    const caller = context.endpoints.authorize(endpoint, request.headers.authorization)
    if (caller === "nobody") return Effect.succeed(problem(401, "Unauthorized", "no token provided"))
    if (caller === "stranger" || (caller === "worker" && !isWorkerVerb(verb))) {
      return Effect.succeed(problem(401, "Unauthorized", "invalid api key"))
    }
    const route = version === "v2" ? routes[`${request.method} ${verb}`] : undefined
    if (route === undefined) return Effect.succeed(problem(404, "Not Found", "no such route"))
    if (endpoint === undefined) return Effect.succeed(problem(404, "Not Found", `endpoint ${endpointId} not found`))
    return route(context, endpoint, request, rest)
  })

/** What the key of an endpoint's workers opens; the account's key opens all. */
const isWorkerVerb = (verb: string): boolean => verb.startsWith("job-") || verb === "ping"

// ---------------------------------------------------------------------------------------------------------------------
// job API
// ---------------------------------------------------------------------------------------------------------------------

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
}

/** Most bodies are an input and nothing else: a schema is asked only about a policy. */
const readSubmission = (body: string): Either.Either<Submission, string> =>
  Either.flatMap(readObject(body), ({ input, policy }) =>
    input === undefined
      ? Either.left("input is missing")
      : policy === undefined || policy === null
      ? Either.right({ input, policy: {} })
      : Either.mapBoth(decodePolicy(policy), {
        onLeft: (error) => `policy: ${error.message}`,
        onRight: (policy) => ({ input, policy })
      }))

const readObject = (body: string): Either.Either<Readonly<Record<string, unknown>>, string> =>
  Either.flatMap(
    Either.try({ try: (): unknown => JSON.parse(body), catch: (error) => `the body is not JSON: ${error}` }),
    (value) =>
      Predicate.isReadonlyRecord(value)
        ? Either.right(value)
        : Either.left(`the body is ${nameOf(value)}, not an object`)
  )

const nameOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`

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
    const { input, policy } = submission.right
    const job = jobs.submit({
      endpointId: endpoint.id,
      kind,
      input: JSON.stringify(input),
      ttl: policy.ttl ?? day,
      executionTimeout: policy.executionTimeout ?? endpoint.config.executionTimeoutMs
    })
    return jobs.durable.pipe(
      Effect.as(job),
      Effect.mapError((error) => problem(500, "Internal Server Error", `the job was not stored: ${error.message}`))
    )
  })

const rendered = (job: Job.Job): Reply => ({ status: 200, body: Job.render(job) })

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

const run: Route = (context, endpoint, request) =>
  submit(context, endpoint, request, "async").pipe(
    Effect.map((job): Reply => ({ status: 200, body: `{"id":${JSON.stringify(job.id)},"status":"IN_QUEUE"}` })),
    Effect.merge
  )

const runsync: Route = (context, endpoint, request) =>
  submit(context, endpoint, request, "sync").pipe(
    Effect.flatMap((job) => context.jobs.awaitEnd(job, waitOf(request, 90_000))),
    Effect.map(rendered),
    Effect.merge
  )

const status = withJob((_, job) => Effect.succeed(rendered(job)))

const statusSync = withJob(({ jobs }, job, request) =>
  Effect.map(jobs.awaitEnd(job, waitOf(request, 90_000)), rendered)
)

const cancel = withJob(({ jobs }, job) => Effect.succeed(rendered(jobs.cancel(job))))

const health: Route = ({ jobs, workers }, endpoint) =>
  Effect.sync(() => ({
    status: 200,
    body: JSON.stringify({ jobs: jobs.counts(endpoint.id), workers: workers(endpoint.id) })
  }))

const recentLimit = 100

const requests: Route = ({ jobs }, endpoint) =>
  jobs.recent(endpoint.id, recentLimit).pipe(
    Effect.map((recent): Reply => ({
      status: 200,
      body: `{"requests":[${
        recent.map(({ finishedAt, id, status, submittedAt }) =>
          JSON.stringify({
            id,
            status,
            createdAt: new Date(submittedAt).toISOString(),
            ...(finishedAt === undefined ? {} : { completedAt: new Date(finishedAt).toISOString() })
          })
        ).join(",")
      }]}`
    })),
    Effect.catchAll((error) => Effect.succeed(problem(500, "Internal Server Error", error.message)))
  )

// ---------------------------------------------------------------------------------------------------------------------
// worker API
// ---------------------------------------------------------------------------------------------------------------------

/** How long a poll of a worker is held (milliseconds); its client gives up at 90 s. */
const workerHold = 25_000

const noContent: Reply = { status: 204 }

const workerOf = (segment: string | undefined): string => (segment ?? "").split("&", 1)[0] ?? ""

const takeMany = (
  { jobs, sawWorker }: Context,
  endpoint: Endpoint,
  workerId: string,
  size: number,
  render: (jobs: ReadonlyArray<string>) => string | undefined
): Effect.Effect<Reply> =>
  Effect.suspend(() => {
    sawWorker(workerId)
    return Effect.map(jobs.take(endpoint.id, workerId, size, workerHold), (taken): Reply =>
      taken.length === 0 ? noContent : {
        status: 200,
        body: render(taken.map(({ id, input }) =>
          `{"id":${JSON.stringify(id)},"input":${input}}`
        )) ?? "null",
        undelivered: () => jobs.putBack(workerId, taken)
      })
  })

const jobTake: Route = (context, endpoint, _, [worker]) =>
  takeMany(context, endpoint, workerOf(worker), 1, ([job]) => job)

const jobTakeBatch: Route = (context, endpoint, request, [worker]) => {
  const size = Number(request.query.get("batch_size") ?? 1)
  return Number.isInteger(size) && size > 0
    ? takeMany(context, endpoint, workerOf(worker), size, (jobs) => `[${jobs.join(",")}]`)
    : Effect.succeed(problem(400, "Bad Request", "batch_size is not a positive whole number"))
}

const jobStop: Route = ({ jobs }, _, __, [worker]) =>
  Effect.map(
    jobs.stopSignals(workerOf(worker), workerHold),
    (jobsToStop): Reply => jobsToStop.length === 0 ? noContent : { status: 200, body: JSON.stringify({ jobsToStop }) }
  )

/** What a worker may say of a job: `error` is a string or is not there, `status` marks progress. */
const readResult = (body: string) =>
  Either.flatMap(
    readObject(body),
    ({ error, output, status }) =>
      error === undefined || error === null || typeof error === "string"
        ? Either.right({ output, error: error ?? undefined, isProgress: status === "IN_PROGRESS" })
        : Either.left("error is not a string")
  )

const jobDone: Route = ({ jobs }, endpoint, request, [worker = "", rest]) => {
  if (Buffer.byteLength(request.body) > Limits.runsyncBody) {
    return Effect.succeed(problem(413, "Payload Too Large", `the result is over ${Limits.runsyncBody} bytes`))
  }
  // workers declare a form and send JSON: the body is read as JSON whatever the header says
  const result = readResult(request.body)
  if (Either.isLeft(result)) return Effect.succeed(problem(400, "Bad Request", result.left))
  const { error, isProgress, output } = result.right
  if (isProgress) return Effect.succeed({ status: 200, body: "{}" })
  const jobId = workerOf(rest)
  if (jobs.find(endpoint.id, jobId) !== undefined) {
    jobs.finish(jobId, worker, {
      output: output === undefined ? undefined : JSON.stringify(output),
      error
    })
  }
  return jobs.durable.pipe(
    Effect.as<Reply>({ status: 200, body: "{}" }),
    Effect.catchAll((error) => Effect.succeed(problem(500, "Internal Server Error", error.message)))
  )
}

const ping: Route = ({ jobs, sawWorker }, _, request, [worker]) =>
  Effect.sync(() => {
    sawWorker(workerOf(worker))
    jobs.ping(workerOf(worker), (request.query.get("job_id") ?? "").split(",").filter((id) => id !== ""))
    return { status: 200, body: "{}" }
  })

/**
 * What is served below `/v2/<endpoint>/`, by method and verb.
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
  "POST cancel": cancel,
  "GET health": health,
  "GET requests": requests,
  "GET job-take": jobTake,
  "GET job-take-batch": jobTakeBatch,
  "GET job-stop": jobStop,
  "POST job-done": jobDone,
  "GET ping": ping
}
