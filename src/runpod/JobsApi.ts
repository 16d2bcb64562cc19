/**
 * One request to the job API and its answer: a job, a page of a stream, or an error that says what to do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Metrics } from "../observability/Metrics.ts"
import * as Limits from "../protocol/Limits.ts"
import * as RemoteError from "../RemoteError.ts"
import { HttpTransport, nameOf } from "./HttpTransport.ts"
import type { HttpRequest, HttpResponse } from "./HttpTransport.ts"
import { decodeJob, decodePage, isTerminal } from "./JobState.ts"
import type { JobState, StreamPage } from "./JobState.ts"
import { RunpodConfig } from "./RunpodConfig.ts"

/**
 * An endpoint on the platform: its id in URLs, and the name it was declared with, for messages.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndpointRef {
  readonly id: string
  readonly name: string
}

/**
 * Errors of talking to the job API.
 *
 * @since 0.1.0
 * @category errors
 */
export type JobsError =
  | RemoteError.ApiKeyMissing
  | RemoteError.Unauthorized
  | RemoteError.RateLimited
  | RemoteError.ProvisionFailed
  | RemoteError.PayloadTooLarge
  | RemoteError.TransportFailed
  | RemoteError.UnexpectedStatus

/**
 * @since 0.1.0
 * @category errors
 */
export type AskError = JobsError | RemoteError.JobNotFound

/**
 * @since 0.1.0
 * @category models
 */
export interface JobsApi {
  readonly request: (
    endpoint: EndpointRef,
    method: HttpRequest["method"],
    path: string,
    options?: { readonly body?: string; readonly longPoll?: boolean }
  ) => HttpRequest
  /** Without a key nothing is sent. */
  readonly send: (
    request: HttpRequest
  ) => Effect.Effect<HttpResponse, RemoteError.TransportFailed | RemoteError.ApiKeyMissing>
  /** The job in an answer; how large it is, is measured where it is over. */
  readonly readJob: Read<JobState>
  readonly readPage: Read<StreamPage>
}

/**
 * @since 0.1.0
 * @category models
 */
export type Read<A> = (
  endpoint: EndpointRef,
  sent: HttpRequest,
  response: HttpResponse
) => Effect.Effect<A, JobsError>

/**
 * The two ways to submit, by their path.
 *
 * @since 0.1.0
 * @category accessors
 */
export const submission = (path: string) =>
  path.includes("/runsync?")
    ? { name: "/runsync", limit: Limits.runsyncBody }
    : { name: "/run", limit: Limits.runBody }

/**
 * Sends what is about a job, and reads the answer: where there is none, there is no such job.
 *
 * @since 0.1.0
 * @category running
 */
export const ask = <A>(
  api: JobsApi,
  read: Read<A>,
  endpoint: EndpointRef,
  jobId: string,
  sent: HttpRequest
): Effect.Effect<A, AskError> =>
  Effect.flatMap(api.send(sent), (response) => answer(read, endpoint, jobId, sent, response))

/**
 * What an answer about a job comes to.
 *
 * @since 0.1.0
 * @category running
 */
export const answer = <A>(
  read: Read<A>,
  endpoint: EndpointRef,
  jobId: string,
  sent: HttpRequest,
  response: HttpResponse
): Effect.Effect<A, AskError> =>
  response.status === 404
    ? Effect.fail(new RemoteError.JobNotFound({ endpoint: endpoint.name, jobId }))
    : read(endpoint, sent, response)

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (metrics: Metrics): Effect.Effect<JobsApi, never, RunpodConfig | HttpTransport> =>
  Effect.gen(function*() {
    const config = yield* RunpodConfig
    const key = yield* Effect.either(config.apiKey)
    const transport: Pick<JobsApi, "send"> = Either.isRight(key)
      ? { send: (yield* HttpTransport).request }
      : { send: () => Effect.fail(key.left) }
    const { origin, pathname } = new URL(config.endpointBaseUrl)
    const prefix = pathname.replace(/\/$/, "")
    const apiKey = Either.isRight(key) ? Redacted.value(key.right.value) : ""
    const headers = {
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      accept: "application/json"
    }

    const request = (
      endpoint: EndpointRef,
      method: HttpRequest["method"],
      path: string,
      options: { readonly body?: string; readonly longPoll?: boolean } = {}
    ): HttpRequest => ({
      method,
      origin,
      // one string, which a waiting call keeps, instead of a tree of them
      path: [prefix, "/", endpoint.id, path].join(""),
      headers,
      ...options
    })

    /** The first kilobyte of an answer. Some servers say back what they were sent: never the key. */
    const excerpt = ({ body }: HttpResponse): string =>
      (apiKey === "" ? body : body.replaceAll(apiKey, "<redacted>")).slice(0, 1024)

    const refusal = (endpoint: EndpointRef, sent: HttpRequest, response: HttpResponse): JobsError => {
      switch (response.status) {
        case 401:
        case 403:
          return new RemoteError.Unauthorized({
            endpoint: endpoint.name,
            keyOrigin: Either.isRight(key) ? key.right.origin : "nowhere",
            detail: excerpt(response)
          })
        case 413: {
          const { limit, name } = submission(sent.path)
          return new RemoteError.PayloadTooLarge({
            endpoint: endpoint.name,
            operation: name,
            size: Buffer.byteLength(sent.body ?? ""),
            limit
          })
        }
        case 429: {
          const seconds = Number(response.headers["retry-after"])
          return new RemoteError.RateLimited({
            endpoint: endpoint.name,
            ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {})
          })
        }
        default:
          return new RemoteError.UnexpectedStatus({
            request: nameOf(sent),
            status: response.status,
            body: excerpt(response)
          })
      }
    }

    const reading =
      <A>(what: string, decode: (body: string) => A | undefined) =>
      (endpoint: EndpointRef, sent: HttpRequest, response: HttpResponse): Effect.Effect<A, JobsError> => {
        if (response.status !== 200) return Effect.fail(refusal(endpoint, sent, response))
        const decoded = decode(response.body)
        return decoded !== undefined ? Effect.succeed(decoded) : Effect.fail(
          new RemoteError.UnexpectedStatus({
            request: nameOf(sent),
            status: response.status,
            body: `not ${what}: ${excerpt(response)}`
          })
        )
      }
    const readAnyJob = reading("a job", decodeJob)
    const readJob = (endpoint: EndpointRef, sent: HttpRequest, response: HttpResponse) =>
      Effect.map(readAnyJob(endpoint, sent, response), (job) => {
        if (isTerminal(job.status)) metrics.jobs(endpoint.name).received(Buffer.byteLength(response.body))
        return job
      })
    const readPage = reading("a stream", decodePage)

    return { request, send: transport.send, readJob, readPage }
  })
