/**
 * A control plane in memory, with a fault at any of its requests: what provisioning does can be tried at every point
 * where the network or the process may fail. The embedded platform serves the same over HTTP in platform.test.ts.
 */
import { Effect, Layer } from "effect"
import { ControlPlane } from "../../src/provision/ControlPlane.ts"
import type { Observed } from "../../src/provision/ControlPlane.ts"
import type { EndpointSettings } from "../../src/provision/EndpointSettings.ts"
import type { NetworkVolume } from "../../src/runpod/rest/NetworkVolumes.ts"
import { NotFound, OutcomeUnknown, RateLimited, ServerError, TransportFailed } from "../../src/runpod/RunpodError.ts"

/**
 * - `refused`: the connection is refused; nothing happens
 * - `dropped before`, `dropped after`: no answer comes, and the request had no effect, or had it
 * - `500`, `429`: an answer, and no effect
 * - `killed before`, `killed after`: the process dies, before or after the request had its effect
 */
export type Fault = "refused" | "dropped before" | "dropped after" | "500" | "429" | "killed before" | "killed after"

export const faults: ReadonlyArray<Fault> = [
  "refused",
  "dropped before",
  "dropped after",
  "500",
  "429",
  "killed before",
  "killed after"
]

export interface MemoryPlatform {
  readonly layer: Layer.Layer<ControlPlane>
  readonly endpoints: Map<string, { readonly id: string; readonly createdAt: string; settings: EndpointSettings }>
  readonly volumes: Array<NetworkVolume>
  /** Requests so far, as `create`. */
  readonly requests: Array<string>
  /** Lets the n-th request from now on (1 is the next) fail. */
  readonly failAt: (n: number, fault: Fault) => void
  /** Takes that back. */
  readonly heal: () => void
  /** Lets all requests fail with this. */
  unreachable: Fault | undefined
}

export const make = (): MemoryPlatform => {
  const endpoints: MemoryPlatform["endpoints"] = new Map()
  const volumes: Array<NetworkVolume> = []
  const requests: Array<string> = []
  let next = 0
  let planned: { readonly at: number; readonly fault: Fault } | undefined
  const self: MemoryPlatform = {
    endpoints,
    volumes,
    requests,
    unreachable: undefined,
    failAt: (n, fault) => planned = { at: requests.length + n, fault },
    heal: () => planned = undefined,
    layer: Layer.sync(ControlPlane, () => service)
  }

  const failure = (name: string, fault: Fault) =>
    fault === "429"
      ? new RateLimited({ endpoint: name })
      : fault === "500"
      ? new ServerError({ request: name, status: 500, detail: "no" })
      : new TransportFailed({ request: name, code: fault === "refused" ? "ECONNREFUSED" : "ECONNRESET" })

  const request = <A, E>(name: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E | ReturnType<typeof failure>> =>
    Effect.suspend((): Effect.Effect<A, E | ReturnType<typeof failure>> => {
      requests.push(name)
      const fault = planned?.at === requests.length ? planned.fault : self.unreachable
      switch (fault) {
        case undefined:
          return effect
        case "killed before":
          return Effect.interrupt
        case "killed after":
          return Effect.zipRight(effect, Effect.interrupt)
        case "dropped after":
          return Effect.zipRight(effect, Effect.fail(failure(name, fault)))
        default:
          return Effect.fail(failure(name, fault))
      }
    })

  /** Of a creation that was sent and not answered nobody knows whether it had its effect. */
  const creation = <A>(name: string, effect: Effect.Effect<A>) =>
    Effect.mapError(
      request(name, effect),
      (cause) =>
        cause._tag === "RateLimited" || (cause._tag === "TransportFailed" && cause.code === "ECONNREFUSED")
          ? cause
          : new OutcomeUnknown({ request: name, kind: "endpoint", name, cause })
    )

  const observed = (
    { createdAt, id, settings }: { id: string; createdAt: string; settings: EndpointSettings }
  ): Observed => ({
    id,
    createdAt,
    name: settings.name,
    settings
  })

  const existing = (id: string) => {
    const found = endpoints.get(id)
    return found === undefined
      ? Effect.fail(new NotFound({ kind: "endpoint", id, detail: "gone" }))
      : Effect.succeed(found)
  }

  const service = ControlPlane.of({
    findEndpoints: (name) =>
      request(
        "find",
        Effect.sync(() => [...endpoints.values()].filter(({ settings }) => settings.name === name).map(observed))
      ),
    getEndpoint: (id) => request("get", Effect.map(existing(id), observed)),
    createEndpoint: (settings) =>
      creation(
        "create",
        Effect.sync(() => {
          const id = `ep${++next}`
          endpoints.set(id, { id, createdAt: `2026-01-01T00:00:${String(next).padStart(2, "0")}Z`, settings })
          return id
        })
      ),
    updateEndpoint: (id, settings, changed) =>
      request(
        "update",
        Effect.map(existing(id), (found) => {
          // only what is named changes, and what is not set any more is taken away
          const next: Record<string, unknown> = { ...found.settings }
          for (const setting of changed) {
            if (settings[setting] === undefined) delete next[setting]
            else next[setting] = settings[setting]
          }
          found.settings = next as unknown as EndpointSettings
        })
      ),
    deleteEndpoint: (id) => request("delete", Effect.map(existing(id), () => void endpoints.delete(id))),
    getRollout: (id) => request("get rollout", Effect.as(existing(id), { onLatest: 0, total: 0 })),
    findVolumes: request("find volumes", Effect.sync(() => [...volumes])),
    createVolume: ({ dataCenter, name, size, type = "STANDARD" }) =>
      creation(
        "create volume",
        Effect.sync(() => {
          const volume = { id: `vol${++next}`, name, size, dataCenter, type }
          volumes.push(volume)
          return volume
        })
      ),
    growVolume: (id, size) =>
      request(
        "grow volume",
        Effect.sync(() => {
          const index = volumes.findIndex((volume) => volume.id === id)
          volumes[index] = { ...volumes[index]!, size }
        })
      )
  })
  return self
}
