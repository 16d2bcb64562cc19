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

/** How a connection went: what ended it, and whether it brought a line. */
interface Connection {
  readonly broken: RequestError | undefined
  readonly fruitful: boolean
}

const run = (
  exchange: Exchange,
  ask: Ask,
  lines: Mailbox.Mailbox<LogLine, RequestError>
): Effect.Effect<void, RequestError> =>
  Effect.gen(function*() {
    const cursor = new Cursor()
    let pause = 1000
    let failures = 0
    const connect = Effect.gen(function*() {
      cursor.rewind()
      const target = { ...ask, accept: "text/event-stream", headers: cursor.headers }
      const { asked, response } = yield* retrying("freely")(exchange.open(target))
      let fruitful = false
      let arrived: Array<LogLine> = []
      const parser = createParser({
        onEvent: (event) => {
          const line = lineOf(event)
          if (cursor.advance(event.id ?? line.ts, event.data)) arrived.push(line)
        },
        onRetry: (millis) => void (pause = millis)
      })
      const broken = yield* response.stream.pipe(
        Stream.decodeText(),
        Stream.runForEach((text) => {
          arrived = []
          parser.feed(text)
          fruitful ||= arrived.length > 0
          return lines.offerAll(arrived)
        }),
        Effect.match({ onFailure: transportFailed(asked.request), onSuccess: () => undefined })
      )
      return { broken, fruitful } satisfies Connection
    }).pipe(Effect.scoped)

    let before: Connection | undefined
    while (true) {
      const start = yield* Clock.currentTimeMillis
      const attempt: Effect.Effect<Connection | undefined, RequestError> = before === undefined
        ? connect
        // a worker that was there and is not any more has ended, and its log with it
        : Effect.catchTag(connect, "NotFound", () => Effect.succeed(undefined))
      const connection = yield* attempt
      if (connection === undefined) return
      const took = (yield* Clock.currentTimeMillis) - start
      if (connection.fruitful || took > Duration.toMillis(held)) {
        failures = 0
      } else {
        if (connection.broken === undefined) return
        failures++
        if (failures >= patience) return yield* Effect.fail(connection.broken)
      }
      before = connection
      yield* Effect.sleep(pause * 2 ** failures)
    }
  })
