/**
 * A worker's log as a stream: Server-Sent Events, taken up again where a connection ended.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Mailbox from "effect/Mailbox"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { createParser } from "eventsource-parser"
import type { EventSourceMessage } from "eventsource-parser"
import type { Ask, Exchange } from "../http/Exchange.ts"
import { transportFailed } from "../http/Exchange.ts"
import { retrying } from "../http/Retries.ts"
import type { RequestError } from "../RunpodError.ts"
import { LogLine } from "./Workers.ts"

/** A connection that was held longer than this had a log that was quiet; one that ends sooner had none. */
const held = Duration.seconds(10)

/** How many connections in a row may break at once without having brought a line. */
const patience = 5

const decodeLine = Schema.decodeUnknownEither(Schema.parseJson(LogLine))

/** What is not in the form of a line is one all the same: the text as it came. */
const lineOf = ({ data, id }: EventSourceMessage): LogLine =>
  Either.getOrElse(decodeLine(data), () => ({ source: "unknown", line: data, ts: id ?? "" }))

/**
 * Where the log was left. Lines may share an id, and the platform may begin with the lines of the id that it is given,
 * so that those are remembered which were seen under the last one.
 */
class Cursor {
  /** Milliseconds before the next connection; the platform may say another. */
  pause = 1000
  #id: string | undefined
  #seen: Array<string> = []
  #again: Array<string> = []

  get headers(): Record<string, string> {
    return this.#id === undefined ? {} : { "last-event-id": this.#id }
  }

  /** Called before a connection: what was seen last may come again. */
  rewind(): void {
    this.#again = [...this.#seen]
  }

  /** Whether the event is a new one. */
  advance(id: string, data: string): boolean {
    if (id === "" || id !== this.#id) {
      this.#id = id === "" ? this.#id : id
      this.#seen = [data]
      this.#again = []
      return true
    }
    const index = this.#again.indexOf(data)
    if (index >= 0) {
      this.#again.splice(index, 1)
      return false
    }
    this.#seen.push(data)
    return true
  }
}

/**
 * Follows the log that `ask` names. The stream ends when the platform ends a connection that brought nothing, or when the
 * worker is gone after it had been there.
 *
 * @since 0.1.0
 */
export const follow = (exchange: Exchange, ask: Ask): Stream.Stream<LogLine, RequestError> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const lines = yield* Mailbox.make<LogLine, RequestError>({ capacity: 256 })
    yield* Effect.forkScoped(Mailbox.into(run(exchange, ask, lines), lines))
    return Mailbox.toStream(lines)
  }))

/** How a connection went: what broke it, and whether it brought a line or was held at least. */
interface Connection {
  readonly broken: RequestError | undefined
  readonly fruitful: boolean
}

type Lines = Mailbox.Mailbox<LogLine, RequestError>

/** One connection, from where the log was left until it ends. */
const connect = (
  exchange: Exchange,
  ask: Ask,
  cursor: Cursor,
  lines: Lines
): Effect.Effect<Connection, RequestError> =>
  Effect.gen(function*() {
    cursor.rewind()
    const target = { ...ask, accept: "text/event-stream", headers: cursor.headers }
    const { asked, response } = yield* retrying("freely")(exchange.open(target))
    const start = yield* Clock.currentTimeMillis
    let brought = 0
    let arrived: Array<LogLine> = []
    const parser = createParser({
      onEvent: (event) => {
        const line = lineOf(event)
        if (cursor.advance(event.id ?? line.ts, event.data)) arrived.push(line)
      },
      onRetry: (millis) => void (cursor.pause = millis)
    })
    const broken = yield* response.stream.pipe(
      Stream.decodeText(),
      Stream.runForEach((text) => {
        arrived = []
        parser.feed(text)
        brought += arrived.length
        return lines.offerAll(arrived)
      }),
      Effect.match({ onFailure: transportFailed(asked.request), onSuccess: () => undefined })
    )
    const took = (yield* Clock.currentTimeMillis) - start
    return { broken, fruitful: brought > 0 || took > Duration.toMillis(held) }
  }).pipe(Effect.scoped)

const run = (exchange: Exchange, ask: Ask, lines: Lines): Effect.Effect<void, RequestError> =>
  Effect.gen(function*() {
    const cursor = new Cursor()
    const again = connect(exchange, ask, cursor, lines)
    let failures = 0
    let connection: Connection | undefined = yield* again
    while (connection !== undefined) {
      failures = connection.fruitful ? 0 : failures + 1
      if (failures > 0 && connection.broken === undefined) return
      if (failures >= patience && connection.broken !== undefined) return yield* Effect.fail(connection.broken)
      yield* Effect.sleep(cursor.pause * 2 ** failures)
      // a worker that was there and is not any more has ended, and its log with it
      connection = yield* Effect.catchTag(again, "NotFound", () => Effect.succeed(undefined))
    }
  })
