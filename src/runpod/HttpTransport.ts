/**
 * One HTTP exchange of the data plane: text out, text in, interruptible.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { TransportFailed } from "../RemoteError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpRequest {
  readonly method: "GET" | "POST"
  /** Scheme, host and port. */
  readonly origin: string
  /** Path with its query. */
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
  /** A long poll holds its connection for a long time: polls have connections of their own, so that they cannot keep
   * a submission or a cancellation waiting. */
  readonly longPoll?: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: string
}

/**
 * @since 0.1.0
 * @category services
 */
export class HttpTransport extends Context.Tag("effect-flash/runpod/HttpTransport")<HttpTransport, {
  readonly request: (request: HttpRequest) => Effect.Effect<HttpResponse, TransportFailed>
}>() {}

/**
 * What of a request says which it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Named extends Pick<HttpRequest, "origin" | "path"> {
  readonly method: string
}

/**
 * Method and URL, for messages.
 *
 * @since 0.1.0
 * @category accessors
 */
export const nameOf = ({ method, origin, path }: Named): string => `${method} ${origin}${path}`

/**
 * @since 0.1.0
 * @category constructors
 */
export const failed = (request: Named, cause: unknown): TransportFailed =>
  new TransportFailed({ request: nameOf(request), code: codeOf(cause), cause })

const codeOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "UNKNOWN"
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return cause.message
}
