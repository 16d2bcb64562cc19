/**
 * What tests and rehearsals change of a platform that runs, below `/_platform`: its faults, its stock and its clock.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { ClockSpeed } from "../ClockSpeed.ts"
import type { Reply, Request } from "../http/HttpServer.ts"
import { levels } from "./catalog/Stock.ts"
import type { Stocks } from "./catalog/Stock.ts"
import * as Faults from "./Faults.ts"
import { reader } from "./rest/Body.ts"
import { number, object, oneOf } from "./rest/Fields.ts"
import * as Routes from "./rest/Routes.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Rehearsal {
  readonly faults: Faults.Faults
  readonly stocks: Stocks
  readonly clock: Pick<ClockSpeed, "speed">
}

/** Seconds in a second. */
const speeds = { min: 0.01, max: 1000 }

const readSpeed = reader(
  object({
    speed: number({ min: speeds.min }).pipe(
      Schema.filter((speed) => speed <= speeds.max || `maximum: got ${speed}, want ${speeds.max}`)
    )
  }),
  "error"
)

const readStock = reader(Schema.Record({ key: Schema.String, value: oneOf(...levels) }), "error")

/**
 * Every route, by its method and its pattern below `/_platform`.
 *
 * @since 0.1.0
 * @category routes
 */
export const table = ({ clock, faults, stocks }: Rehearsal): Routes.Table => {
  const stock = () => Routes.json(200, { stock: stocks.stock })
  const time = () => Routes.json(200, { speed: clock.speed })
  return {
    "GET /faults": () => Effect.sync(() => listed(200, faults)),
    "POST /faults": ({ body }) =>
      Either.map(Faults.read(body), (added) => {
        faults.add(Array.isArray(added) ? added : [added])
        return listed(201, faults)
      }),
    "DELETE /faults": () =>
      Effect.sync(() => {
        faults.clear()
        return Routes.noContent
      }),
    "GET /stock": () => Effect.sync(stock),
    "PUT /stock": ({ body }) =>
      Either.map(readStock(body), (next) => {
        stocks.set(next)
        return stock()
      }),
    "DELETE /stock": () =>
      Effect.sync(() => {
        stocks.set({})
        return Routes.noContent
      }),
    "GET /clock": () => Effect.sync(time),
    "PUT /clock": ({ body }) =>
      Either.map(readSpeed(body), ({ speed }) => {
        clock.speed = speed
        return time()
      })
  }
}

const listed = (status: number, faults: Faults.Faults): Reply =>
  Routes.json(status, { faults: faults.list(), unanswered: faults.unanswered() })

/**
 * Answers the account's requests; `path` is what comes behind `/_platform`.
 *
 * @since 0.1.0
 * @category routes
 */
export const make = (
  rehearsal: Rehearsal
): (request: Request, path: ReadonlyArray<string>) => Effect.Effect<Reply> =>
  Routes.answerer(table(rehearsal), Routes.problems)
