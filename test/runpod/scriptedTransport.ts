/** The data plane without a network: answers requests from a script, and notes each with the time it came. */
import { Clock, Effect, Layer } from "effect"
import type { TransportFailed } from "effect-flash"
import { failed, HttpTransport } from "../../src/runpod/HttpTransport.ts"
import type { HttpRequest, HttpResponse } from "../../src/runpod/HttpTransport.ts"

export interface Asked extends HttpRequest {
  /** `run`, `status`, `status-sync` or `cancel`. */
  readonly verb: string
  /** How many requests of that verb came before. */
  readonly nth: number
  /** Milliseconds of the test's clock. */
  readonly at: number
}

export type Answer = Effect.Effect<HttpResponse, TransportFailed>

export const answer = (
  status: number,
  body: unknown = {},
  headers: HttpResponse["headers"] = {}
): Effect.Effect<HttpResponse> =>
  Effect.succeed({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) })

/** The connection breaks, as Node says it. */
export const broken = (request: HttpRequest, code: string): Effect.Effect<never, TransportFailed> =>
  Effect.fail(failed(request, Object.assign(new Error(`connect ${code}`), { code })))

export const make = (script: (asked: Asked) => Answer) => {
  const asked: Array<Asked> = []
  const layer = Layer.succeed(HttpTransport, {
    request: (request) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => {
        const verb = request.path.split("/")[3]?.split("?")[0] ?? ""
        const one = { ...request, verb, at, nth: asked.filter((other) => other.verb === verb).length }
        asked.push(one)
        return script(one)
      })
  })
  return {
    asked,
    layer,
    verbs: () => asked.map(({ verb }) => verb),
    of: (verb: string) => asked.filter((one) => one.verb === verb)
  }
}
