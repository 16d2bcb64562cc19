/** Looks at what undici sends, so that a floor can send the very same. */
import { Effect } from "effect"
import { subscribe, unsubscribe } from "node:diagnostics_channel"

export interface Sent {
  readonly origin: string
  readonly path: string
  readonly body: string
}

const channel = "undici:request:create"

/** The requests that leave this process while an effect runs. */
export const capture = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<ReadonlyArray<Sent>, E, R> =>
  Effect.suspend(() => {
    const sent: Array<Sent> = []
    const listen = (message: unknown) => {
      const { request } = message as {
        readonly request: { readonly origin: unknown; readonly path: string; readonly body: unknown }
      }
      const { body, origin, path } = request
      sent.push({ origin: String(origin), path, body: body === null ? "" : String(body) })
    }
    subscribe(channel, listen)
    return Effect.as(effect, sent).pipe(Effect.ensuring(Effect.sync(() => unsubscribe(channel, listen))))
  })
