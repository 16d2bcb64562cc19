/**
 * `/network-volumes`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Context } from "../Context.ts"
import { reader } from "./Body.ts"
import * as documents from "./documents.ts"
import { filled, integer, object, oneOf, optional } from "./Fields.ts"
import { json, noContent } from "./Routes.ts"
import type { Table } from "./Routes.ts"

const size = integer({ min: 10, max: 4096 })

const create = reader(
  object({
    dataCenter: filled,
    name: filled,
    size,
    type: optional(oneOf("STANDARD", "HIGH_PERFORMANCE"))
  }),
  "error"
)

const update = reader(
  object({ name: optional(filled), size: optional(size) }).pipe(
    Schema.filter((body) => Object.keys(body).length > 0 || "minProperties: got 0, want 1")
  ),
  "error"
)

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ control: { volumes } }: Context): Table => ({
  "GET /network-volumes": () => Effect.sync(() => json(200, { networkVolumes: volumes.list().map(documents.volume) })),
  "POST /network-volumes": ({ body }) =>
    Either.gen(function*() {
      const { dataCenter: dataCenterId, ...draft } = yield* create(body)
      return json(201, documents.volume(yield* volumes.create({ ...draft, dataCenterId })))
    }),
  "GET /network-volumes/:id": ({ param }) =>
    Either.map(volumes.find(param("id")), (found) => json(200, documents.volume(found))),
  "PATCH /network-volumes/:id": ({ body, param }) =>
    Either.gen(function*() {
      const before = yield* volumes.find(param("id"))
      return json(200, documents.volume(yield* volumes.save({ ...before, ...yield* update(body) })))
    }),
  "DELETE /network-volumes/:id": ({ param }) => Either.map(volumes.remove(param("id")), () => noContent)
})
