/**
 * What the endpoints of an environment say of it, where no flash app has its manifest: the resources and where they are.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import type { Endpoint } from "../runpod/rest/Endpoints.ts"
import { loadBalancerUrl } from "../runpod/RunpodConfig.ts"
import * as Manifest from "./Manifest.ts"

interface Found {
  readonly resource: string
  readonly endpoint: Endpoint
}

interface Place {
  readonly app: string
  readonly env: string
}

/** Workers of ours have the names in their environment; others are known by the names of their endpoints. */
const find = ({ app, env }: Place, endpoints: ReadonlyArray<Endpoint>): ReadonlyArray<Found> => {
  const prefix = `${app}-${env}-`
  const found = endpoints.flatMap((endpoint): ReadonlyArray<Found> => {
    const { FLASH_APP, FLASH_ENV, FLASH_RESOURCE_NAME } = endpoint.env ?? {}
    if (FLASH_APP !== undefined && FLASH_ENV !== undefined && FLASH_RESOURCE_NAME !== undefined) {
      return Redacted.value(FLASH_APP) === app && Redacted.value(FLASH_ENV) === env
        ? [{ endpoint, resource: Redacted.value(FLASH_RESOURCE_NAME) }]
        : []
    }
    return endpoint.name.startsWith(prefix) ? [{ endpoint, resource: endpoint.name.slice(prefix.length) }] : []
  })
  // of two with the same name the older one stays
  const byAge = found.toSorted((a, b) => a.endpoint.createdAt < b.endpoint.createdAt ? 1 : -1)
  return [...new Map(byAge.map((one) => [one.resource, one])).values()]
}

/**
 * Names of the resources that an environment has endpoints of, sorted.
 *
 * @since 0.1.0
 * @category accessors
 */
export const namesOf = (place: Place, endpoints: ReadonlyArray<Endpoint>): ReadonlyArray<string> =>
  find(place, endpoints).map(({ resource }) => resource).toSorted()

/**
 * A manifest, encoded; nothing where there is no endpoint of the environment.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (
  place: Place,
  endpoints: ReadonlyArray<Endpoint>,
  urls: { readonly endpointBaseUrl: string }
): unknown => {
  const found = find(place, endpoints)
  return found.length === 0 ? undefined : {
    version: Manifest.version,
    project_name: place.app,
    resources: Object.fromEntries(
      found.map(({ endpoint: { id, type }, resource }) => [resource, {
        resource_type: type === "LOAD_BALANCER" ? "LiveLoadBalancer" : "LiveServerless",
        is_load_balanced: type === "LOAD_BALANCER",
        endpoint_id: id
      }])
    ),
    resources_endpoints: Object.fromEntries(
      found.map(({ endpoint: { id, type }, resource }) => [
        resource,
        type === "LOAD_BALANCER" ? loadBalancerUrl(urls, id) : `${urls.endpointBaseUrl}/${id}`
      ])
    )
  }
}
