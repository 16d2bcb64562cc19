/**
 * A request to the worker's HTTP server, and its answer, as they pass between the server and the thread of handlers.
 *
 * @since 0.1.0
 */
import type { HttpReply } from "../../../src/invoke/http/RouteResponse.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpCall {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/**
 * Status and headers; the first post of an answer that is streamed is the JSON of these.
 *
 * @since 0.1.0
 * @category models
 */
export type Head = Pick<HttpReply, "status" | "headers">

/**
 * How a request is answered: all at once, or where it is streamed already, by its last part or by breaking it off.
 *
 * @since 0.1.0
 * @category models
 */
export type HttpResult =
  | ({ readonly _tag: "Reply" } & HttpReply)
  | { readonly _tag: "End"; readonly rest: string }
  | { readonly _tag: "Break"; readonly reason: string }
