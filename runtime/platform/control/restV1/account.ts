/**
 * `/networkvolumes`, `/containerregistryauth` and `/billing`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Context } from "../Context.ts"
import { reader } from "../rest/Body.ts"
import * as v2 from "../rest/documents.ts"
import { integer, object, optional, text } from "../rest/Fields.ts"
import { json, noContent } from "../rest/Routes.ts"
import type { Handler, Table } from "../rest/Routes.ts"
import * as documents from "./documents.ts"

const size = integer({ min: 0, max: 4000 })

const createVolume = reader(object({ dataCenterId: text, name: text, size }), "ignore")

const updateVolume = reader(object({ name: optional(text), size: optional(size) }), "ignore")

const createRegistry = reader(object({ name: text, password: text, username: text }), "ignore")

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ control: { registries, volumes } }: Context): Table => {
  const change: Handler = ({ body, param }) =>
    Either.gen(function*() {
      const before = yield* volumes.find(param("id"))
      return json(200, documents.volume(yield* volumes.save({ ...before, ...yield* updateVolume(body) })))
    })

  return {
    "GET /networkvolumes": () => Effect.sync(() => json(200, volumes.list().map(documents.volume))),
    "POST /networkvolumes": ({ body }) =>
      Either.gen(function*() {
        return json(200, documents.volume(yield* volumes.create(yield* createVolume(body))))
      }),
    "GET /networkvolumes/:id": ({ param }) =>
      Either.map(volumes.find(param("id")), (found) => json(200, documents.volume(found))),
    "PATCH /networkvolumes/:id": change,
    "POST /networkvolumes/:id/update": change,
    "DELETE /networkvolumes/:id": ({ param }) => Either.map(volumes.remove(param("id")), () => noContent),
    "GET /containerregistryauth": () => Effect.sync(() => json(200, registries.list().map(v2.registry))),
    "POST /containerregistryauth": ({ body }) =>
      Either.gen(function*() {
        const { name, username } = yield* createRegistry(body)
        return json(200, v2.registry(yield* registries.create(name, username)))
      }),
    "GET /containerregistryauth/:id": ({ param }) =>
      Either.map(registries.find(param("id")), (found) => json(200, v2.registry(found))),
    "DELETE /containerregistryauth/:id": ({ param }) => Either.map(registries.remove(param("id")), () => noContent),
    // one's own machine costs nothing
    "GET /billing/pods": none,
    "GET /billing/endpoints": none,
    "GET /billing/networkvolumes": none
  }
}

const none: Handler = () => Effect.succeed(json(200, []))
