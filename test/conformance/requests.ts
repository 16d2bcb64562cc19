/** What clients ask of the servers in this process. */
import { Effect } from "effect"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { IncomingMessage } from "node:http"

const channel = "http.server.request.start"

/** An id or a number in a path is none of the route's. */
const route = ({ method, url = "" }: IncomingMessage): string =>
  `${method} ${url.split("?")[0]?.split("/").map((part) => /\d/.test(part) && part.length > 6 ? "*" : part).join("/")}`

/** Runs an effect, and gives the routes that were asked for meanwhile. */
export const requests = <E, R>(effect: Effect.Effect<void, E, R>): Effect.Effect<ReadonlyArray<string>, E, R> =>
  Effect.suspend(() => {
    const seen = new Set<string>()
    const listen = (message: unknown) =>
      void seen.add(route((message as { readonly request: IncomingMessage }).request))
    subscribe(channel, listen)
    return effect.pipe(
      Effect.map(() => [...seen].sort()),
      Effect.ensuring(Effect.sync(() => unsubscribe(channel, listen)))
    )
  })
