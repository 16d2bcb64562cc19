/** Endpoints of the embedded platform, made and found through its control plane. */
import { Effect, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { layerEnsuring } from "../../runtime/platform/LocalFlash.ts"
import type { Declared } from "../../src/Endpoint.ts"
import { Ensuring } from "../../src/provision/Ensuring.ts"

/** The endpoint of a resource, as a first call provisions it. */
export const ensure = (resource: Declared) =>
  Effect.flatMap(Ensuring, (manager) => manager.ensure(resource)).pipe(Effect.provide(layerEnsuring))

/** What REST v2 answers to a request that is well. */
export const rest = (method: string, path: string, body?: unknown): Effect.Effect<unknown, never, Platform.Platform> =>
  Effect.gen(function*() {
    const { apiKey, handle } = yield* Platform.Platform
    const reply = yield* handle({
      method,
      path: ["v2", ...path.split("/")],
      query: new URLSearchParams(),
      headers: { authorization: `Bearer ${Redacted.value(apiKey)}` },
      body: body === undefined ? "" : JSON.stringify(body)
    })
    const { body: text = "null", status } = reply
    return status < 300 ? JSON.parse(text) : yield* Effect.dieMessage(`${method} ${path}: ${status} ${text}`)
  })

/** The id of an endpoint that a call has provisioned. */
export const idOf = ({ name }: { readonly name: string }) =>
  Effect.flatMap(rest("GET", "serverless"), (answer) => {
    const { endpoints } = answer as {
      readonly endpoints: ReadonlyArray<{ readonly id: string; readonly name: string }>
    }
    const found = endpoints.find((endpoint) => endpoint.name === `live-${name}`)
    return found === undefined ? Effect.dieMessage(`there is no endpoint of "${name}"`) : Effect.succeed(found.id)
  })
