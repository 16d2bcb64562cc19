/**
 * Values of a stream in the body of an answer: server-sent events, or a line of JSON for each.
 *
 * Events say how the stream ended, and are what this library's own callers ask for. Lines hold values and nothing else:
 * a stream of lines that fails is broken off, so that nobody takes it for whole.
 *
 * @since 0.1.0
 */
import * as RouteResponse from "../../../src/invoke/http/RouteResponse.ts"
import { assertJson } from "../../../src/protocol/Codec.ts"
import type { FunctionResponse } from "../../../src/protocol/FunctionResponse.ts"
import { outcomeHeader } from "../../../src/protocol/Route.ts"
import type { Layout } from "../StreamWriter.ts"
import type { HttpResult } from "./HttpCall.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface StreamFormat {
  readonly contentType: string
  readonly layout: Layout
  /** The end of an answer whose values are sent. */
  readonly end: (layout: RouteResponse.ResponseLayout, response: FunctionResponse) => HttpResult
}

const layoutOf = (line: (json: string) => string): Layout => ({
  frames: (values) =>
    values.map((value) => {
      const text = line(JSON.stringify(assertJson(value ?? null)))
      return { count: 1, text, size: Buffer.byteLength(text) }
    }),
  bodies: (frames) => [frames.map(({ text }) => text).join("")]
})

/**
 * @since 0.1.0
 * @category formats
 */
export const lines: StreamFormat = {
  contentType: "application/x-ndjson",
  layout: layoutOf((json) => `${json}\n`),
  end: (_, { error }) =>
    error === undefined || error === null ? { _tag: "End", rest: "" } : { _tag: "Break", reason: error.message }
}

const event = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`

/**
 * @since 0.1.0
 * @category formats
 */
export const events: StreamFormat = {
  contentType: "text/event-stream",
  layout: layoutOf((json) => `data: ${json}\n\n`),
  end(layout, response) {
    if (response.error === undefined || response.error === null) {
      return { _tag: "End", rest: event("end", JSON.stringify({ length: response.stream_length ?? 0 })) }
    }
    const { body, headers } = RouteResponse.encode(layout, response)
    // the data of an event is one line of text
    return { _tag: "End", rest: event(headers[outcomeHeader] ?? "defect", textOf(body)) }
  }
}

/** JSON has no line breaks; of an error that is bytes or a text only JSON can be made. */
const textOf = (body: Uint8Array | string): string =>
  typeof body !== "string" ? JSON.stringify(Buffer.from(body).toString("base64")) : body

/**
 * What a request asks for by its `Accept` header.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (accept: string | undefined): StreamFormat =>
  accept !== undefined && /\btext\/event-stream\b/i.test(accept) ? events : lines
