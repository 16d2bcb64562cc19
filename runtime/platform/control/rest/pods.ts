/**
 * `/pods` and `/clusters`: there are none on one machine, and none can be had.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { NotFound, Refused } from "../ControlError.ts"
import { json } from "./Routes.ts"
import type { Handler, Table } from "./Routes.ts"

const none = (what: string): Handler => ({ param }) => Either.left(new NotFound({ what, id: param("id") }))

// the platform's own words for it
const noCapacity: Handler = () =>
  Either.left(
    new Refused({
      message:
        "There are no longer any instances available with the requested specifications. Please refresh and try again."
    })
  )

/**
 * @since 0.1.0
 * @category routes
 */
export const table: Table = {
  "GET /pods": () => Effect.succeed(json(200, { pods: [] })),
  "POST /pods": noCapacity,
  "GET /pods/:id": none("pod"),
  "PATCH /pods/:id": none("pod"),
  "DELETE /pods/:id": none("pod"),
  "GET /pods/:id/logs": none("pod"),
  "POST /pods/:id/action": none("pod"),
  "GET /clusters": () => Effect.succeed(json(200, { clusters: [] })),
  "POST /clusters": noCapacity,
  "GET /clusters/:id": none("cluster"),
  "PATCH /clusters/:id": none("cluster"),
  "DELETE /clusters/:id": none("cluster"),
  "GET /clusters/:id/pods": none("cluster")
}
