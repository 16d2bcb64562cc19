/**
 * The lines of a worker as server-sent events.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Reply } from "../../http/HttpServer.ts"
import * as WorkerLogs from "../../workers/WorkerLogs.ts"
import type { Context } from "../Context.ts"
import { Malformed, NotFound } from "../ControlError.ts"
import * as Query from "./Query.ts"
import type { Call, Table } from "./Routes.ts"

/** A comment now and then, so that nobody between takes the connection for dead. */
const heartbeat = "15 seconds"

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ control, logs }: Context): Table => ({
  "GET /serverless/:id/workers/:workerId/logs": (call) =>
    Either.gen(function*() {
      const { endpoint } = yield* control.endpoints.find(call.param("id"))
      const workerId = call.param("workerId")
      if (logs.endpointOf(workerId) !== endpoint.id) {
        return yield* Either.left(new NotFound({ what: "worker", id: workerId }))
      }
      const source = yield* Query.one(call.query, "source", ["container", "system"])
      return stream(logs, workerId, yield* cursorOf(call), source)
    })
})

const cursorOf = ({ headers, query }: Call): Either.Either<WorkerLogs.Cursor, Malformed> =>
  Either.gen(function*() {
    const lines = (yield* Query.integer(query, "tail", { min: 0, max: WorkerLogs.maxLines })) ?? 100
    const last = headers["last-event-id"]
    if (typeof last === "string") return { _tag: "After", ts: yield* timeOf("Last-Event-ID", last) }
    const since = query.get("since")
    return since === null ? { _tag: "Tail", lines } : { _tag: "Since", ts: yield* timeOf("since", since) }
  })

const timeOf = (name: string, text: string): Either.Either<string, Malformed> =>
  Either.fromNullable(
    WorkerLogs.parseTime(text),
    () => new Malformed({ errors: [`${name}: ${JSON.stringify(text)} is not a valid date-time`] })
  )

const stream = (
  logs: WorkerLogs.WorkerLogs,
  workerId: string,
  cursor: WorkerLogs.Cursor,
  source: WorkerLogs.LogLine["source"] | undefined
): Reply => {
  const events = Stream.map(
    logs.follow(workerId, cursor, source),
    ({ line, source, ts }) => `id: ${ts}\ndata: ${JSON.stringify({ source, line, ts })}\n\n`
  )
  const beats = Stream.as(Stream.fromSchedule(Schedule.spaced(heartbeat)), ": \n\n")
  return {
    status: 200,
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      "connection": "keep-alive",
      "x-accel-buffering": "no"
    },
    stream: Stream.merge(events, beats, { haltStrategy: "left" })
  }
}
