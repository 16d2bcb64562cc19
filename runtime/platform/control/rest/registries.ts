/**
 * `/registries`: credentials of container registries.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Context } from "../Context.ts"
import { NotFound, Refused } from "../ControlError.ts"
import { reader } from "./Body.ts"
import * as documents from "./documents.ts"
import { filled, nullable, object, optional, text } from "./Fields.ts"
import { json, noContent } from "./Routes.ts"
import type { Table } from "./Routes.ts"

const create = reader(object({ name: filled, password: filled, username: filled }), "error")

const delegate = reader(object({ name: optional(nullable(text)), resource: text }), "error")

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ control: { registries } }: Context): Table => ({
  "GET /registries": () => Effect.sync(() => json(200, { registries: registries.list().map(documents.registry) })),
  "POST /registries": ({ body }) =>
    Either.gen(function*() {
      const { name, username } = yield* create(body)
      return json(201, documents.registry(yield* registries.create(name, username)))
    }),
  "GET /registries/delegations": () => Effect.succeed(json(200, { delegations: [] })),
  "POST /registries/delegations": ({ body }) =>
    Either.flatMap(
      delegate(body),
      () => Either.left(new Refused({ message: "the embedded platform pulls no images and takes no delegations" }))
    ),
  "DELETE /registries/delegations/:id": ({ param }) =>
    Either.left(new NotFound({ what: "delegation", id: param("id") })),
  "GET /registries/:id": ({ param }) =>
    Either.map(registries.find(param("id")), (found) => json(200, documents.registry(found))),
  "DELETE /registries/:id": ({ param }) => Either.map(registries.remove(param("id")), () => noContent)
})
