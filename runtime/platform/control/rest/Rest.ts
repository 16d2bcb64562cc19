/**
 * REST v2: the control plane's own API, below `/v2` beside the job API, and below `/rest/v2` alone.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Reply, Request } from "../../http/HttpServer.ts"
import type { Context } from "../Context.ts"
import type { RateLimits } from "../RateLimits.ts"
import * as account from "./account.ts"
import * as billing from "./billing.ts"
import * as catalog from "./catalog.ts"
import * as endpoints from "./endpoints.ts"
import * as logs from "./logs.ts"
import * as pods from "./pods.ts"
import * as registries from "./registries.ts"
import * as Routes from "./Routes.ts"
import * as templates from "./templates.ts"
import * as volumes from "./volumes.ts"

/**
 * Names that are collections, where others are ids of endpoints.
 *
 * @since 0.1.0
 * @category constants
 */
export const collections: ReadonlySet<string> = new Set([
  "account",
  "billing",
  "catalog",
  "clusters",
  "network-volumes",
  "openapi.json",
  "pods",
  "registries",
  "serverless",
  "templates"
])

/**
 * Every route, by its method and its pattern below the version.
 *
 * @since 0.1.0
 * @category routes
 */
export const table = (context: Context): Routes.Table => ({
  ...account.table(context),
  ...billing.table(context),
  ...catalog.table(context),
  ...endpoints.table(context),
  ...logs.table(context),
  ...pods.table(context),
  ...registries.table(context),
  ...templates.table(context),
  ...volumes.table(context)
})

/**
 * Answers the account's requests; `path` is what comes behind the version.
 *
 * @since 0.1.0
 * @category routes
 */
export const make = (context: Context, limits: RateLimits) => {
  const answer = Routes.answerer(table(context), Routes.problems)
  return (request: Request, path: ReadonlyArray<string>): Effect.Effect<Reply> =>
    Effect.suspend(() => {
      const { exceeded, headers } = limits.take()
      const reply = exceeded === undefined
        ? answer(request, path)
        : Effect.succeed(Routes.problem(
          429,
          "Too Many Requests",
          `rate limit exceeded for the ${exceeded.window} window`,
          { headers: { "retry-after": String(exceeded.retryAfter) } }
        ))
      return Effect.map(reply, (reply) => ({ ...reply, headers: { ...reply.headers, ...headers } }))
    })
}
