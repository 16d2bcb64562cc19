/**
 * Reads the values of a stream from the body of an answer: server-sent events, which say how it ended, or lines of JSON.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { createParser } from "eventsource-parser"
import type { FunctionResponse } from "../../protocol/FunctionResponse.ts"
import * as Route from "../../protocol/Route.ts"
import type { TransportFailed } from "../../RemoteError.ts"
import * as RouteResponse from "./RouteResponse.ts"

/**
 * A part of a stream: encoded values, or its end.
 *
 * @since 0.1.0
 * @category models
 */
export type Part =
  | { readonly _tag: "Values"; readonly values: ReadonlyArray<unknown> }
  | { readonly _tag: "End"; readonly response: FunctionResponse; readonly length: number | undefined }
  /** It cannot be read. */
  | { readonly _tag: "Invalid"; readonly issue: string }

type Chunks = Stream.Stream<Uint8Array, TransportFailed>

/**
 * Values as JSON, one in each line. Blank lines are none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const jsonLines = (chunks: Chunks): Stream.Stream<Either.Either<unknown, string>, TransportFailed> =>
  chunks.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.filter((line) => line.trim() !== ""),
    Stream.map((line) =>
      Either.try({ try: (): unknown => JSON.parse(line), catch: () => `not JSON: ${line.slice(0, 1024)}` })
    )
  )

/**
 * The parts of a stream of lines, which ends as its body does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const lines = (chunks: Chunks): Stream.Stream<Part, TransportFailed> =>
  Stream.map(
    jsonLines(chunks),
    (line): Part =>
      Either.isRight(line) ? { _tag: "Values", values: [line.right] } : { _tag: "Invalid", issue: line.left }
  )

/**
 * The parts of a stream of events; without an event that ends it, it was broken off.
 *
 * @since 0.1.0
 * @category constructors
 */
export const events = (
  layout: RouteResponse.ResponseLayout,
  chunks: Chunks
): Stream.Stream<Part, TransportFailed> =>
  Stream.suspend(() => {
    let parts: Array<Part> = []
    const parser = createParser({
      onEvent: ({ data, event }) => parts.push(partOf(layout, event, data)),
      onError: ({ message }) => parts.push({ _tag: "Invalid", issue: message })
    })
    return chunks.pipe(
      Stream.decodeText(),
      Stream.mapConcat((text) => {
        parts = []
        parser.feed(text)
        return parts
      })
    )
  })

const partOf = (layout: RouteResponse.ResponseLayout, event: string | undefined, data: string): Part => {
  if (event === undefined || event === "message") {
    return Either.match(parse(data), {
      onLeft: (issue): Part => ({ _tag: "Invalid", issue }),
      onRight: (value): Part => ({ _tag: "Values", values: [value] })
    })
  }
  if (event === "end") return { _tag: "End", response: RouteResponse.succeeded, length: lengthOf(data) }
  const response = RouteResponse.decode(layout, {
    // it was sent before anybody knew
    status: 200,
    headers: { [Route.outcomeHeader]: event },
    body: data
  })
  if (Either.isLeft(response)) return { _tag: "Invalid", issue: response.left }
  return response.right === undefined
    ? { _tag: "Invalid", issue: `an event "${event}" that is not known` }
    : { _tag: "End", response: response.right, length: undefined }
}

const parse = (data: string): Either.Either<unknown, string> =>
  Either.try({ try: (): unknown => JSON.parse(data), catch: () => `not JSON: ${data.slice(0, 1024)}` })

const lengthOf = (data: string): number | undefined =>
  Either.match(parse(data), {
    onLeft: () => undefined,
    onRight: (value) =>
      typeof value === "object" && value !== null && "length" in value && typeof value.length === "number"
        ? value.length
        : undefined
  })

/**
 * What goes wrong with a part that cannot be read, for who reads parts one after the other.
 *
 * @since 0.1.0
 * @category combinators
 */
export const run = <E>(
  parts: Stream.Stream<Part, E>,
  onValues: (values: ReadonlyArray<unknown>) => Effect.Effect<void, E>,
  onInvalid: (issue: string) => E
): Effect.Effect<Extract<Part, { _tag: "End" }> | undefined, E> =>
  Effect.suspend(() => {
    let end: Extract<Part, { _tag: "End" }> | undefined
    return Effect.as(
      Stream.runForEach(parts, (part) => {
        switch (part._tag) {
          case "Values":
            return onValues(part.values)
          case "Invalid":
            return Effect.fail(onInvalid(part.issue))
          case "End":
            end = part
            return Effect.void
        }
      }),
      undefined
    ).pipe(Effect.map(() => end))
  })
