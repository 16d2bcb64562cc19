/**
 * Where the functions of a deployed app are: in this worker, behind an endpoint, or nowhere that is known.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Manifest } from "./Manifest.ts"
import { StateManager } from "./StateManager.ts"
import type { ManifestUnavailable } from "./StateManager.ts"

/**
 * - `Local`: it is this worker's own.
 * - `Remote`: it is behind that endpoint; of a load balancer, with the route of the function that was asked for.
 * - `Unknown`: no build says where it is, and it is run nowhere.
 *
 * @since 0.1.0
 * @category models
 */
export type Location = Data.TaggedEnum<{
  Local: { readonly resource: string }
  Remote: {
    readonly resource: string
    /** Id of the endpoint; of a load balancer only where the manifest or a host of RunPod's says it. */
    readonly id: string | undefined
    readonly url: string
    readonly kind: "QUEUE" | "LOAD_BALANCER"
    readonly method: string | undefined
    readonly path: string | undefined
  }
  Unknown: { readonly name: string; readonly reason: string; readonly known: ReadonlyArray<string> }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const Location = Data.taggedEnum<Location>()

/**
 * @since 0.1.0
 * @category services
 */
export class ServiceRegistry extends Context.Tag("effect-flash/discovery/ServiceRegistry")<ServiceRegistry, {
  /** The place of a function, by its name. What is this worker's own is known without asking anybody. */
  readonly findFunction: (name: string) => Effect.Effect<Location, ManifestUnavailable>
  /** The place of a resource, by its name. */
  readonly findResource: (name: string) => Effect.Effect<Location, ManifestUnavailable>
}>() {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Name of the worker's own resource; absent outside a worker. */
  readonly own?: string
  /** The manifest of the worker's own build. */
  readonly manifest?: Manifest
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { manifest: built, own }: Options,
  { manifest: deployed }: typeof StateManager.Service
): typeof ServiceRegistry.Service => ({
  findFunction(name) {
    const owner = built?.function_registry[name]
    if (owner !== undefined && owner === own) return Effect.succeed(Location.Local({ resource: owner }))
    return Effect.map(deployed, (manifest) => {
      const resource = manifest.function_registry[name]
      return resource === undefined
        ? unknown(name, `the deployed build has no function "${name}"`, Object.keys(manifest.function_registry))
        : resource === own
        ? Location.Local({ resource })
        : locate(manifest, resource, name)
    })
  },
  findResource: (name) =>
    name === own
      ? Effect.succeed(Location.Local({ resource: name }))
      : Effect.map(deployed, (manifest) => locate(manifest, name))
})

const unknown = (name: string, reason: string, known: ReadonlyArray<string>) =>
  Location.Unknown({ name, reason, known: [...known].sort() })

const locate = (manifest: Manifest, name: string, functionName?: string): Location => {
  const resource = manifest.resources[name]
  if (resource === undefined) {
    return unknown(name, `the deployed build has no resource "${name}"`, Object.keys(manifest.resources))
  }
  const url = manifest.resources_endpoints?.[name]
  if (url === undefined) {
    return unknown(
      name,
      `the deployed build does not say where the endpoint of "${name}" is: deploy it again`,
      Object.keys(manifest.resources_endpoints ?? {})
    )
  }
  const id = resource.endpoint_id ?? (resource.is_load_balanced ? balancerIdOf(url) : idOf(url))
  if (id === undefined && !resource.is_load_balanced) {
    return unknown(name, `the address of the endpoint of "${name}" is no endpoint's: ${url}`, [])
  }
  const found = functionName === undefined
    ? undefined
    : resource.functions.find((one) => one.name === functionName)
  return Location.Remote({
    resource: name,
    id,
    url,
    kind: resource.is_load_balanced ? "LOAD_BALANCER" : "QUEUE",
    method: found?.http_method,
    path: found?.http_path
  })
}

/** The id in `https://host/v2/<id>`. */
const idOf = (url: string): string | undefined => /^https?:\/\/[^/]+\/v2\/([A-Za-z0-9_-]+)\/?$/.exec(url)?.[1]

/** The id in `https://<id>.api.runpod.ai`, or in that of the embedded platform. */
const balancerIdOf = (url: string): string | undefined =>
  /^https?:\/\/([A-Za-z0-9_-]+)\.(?:api\.runpod\.ai|localhost)(?::\d+)?\/?$/.exec(url)?.[1]

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<ServiceRegistry, never, StateManager> =>
  Layer.effect(ServiceRegistry, Effect.map(StateManager, (state) => make(options, state)))
