/**
 * A manifest that says where the endpoints of its resources are.
 *
 * @since 0.1.0
 */
import type * as Manifest from "../discovery/Manifest.ts"
import type { Endpoint } from "./BuildStore.ts"

/**
 * @since 0.1.0
 * @category constructors
 */
export const at = (manifest: Manifest.Manifest, endpoints: ReadonlyArray<Endpoint>): Manifest.Manifest => {
  const ids = new Map(endpoints.map(({ id, resource }) => [resource, id]))
  return {
    ...manifest,
    resources: Object.fromEntries(
      Object.entries(manifest.resources).map(([name, resource]) => {
        const id = ids.get(name)
        return [name, id === undefined ? resource : { ...resource, endpoint_id: id }]
      })
    ),
    resources_endpoints: Object.fromEntries(endpoints.map(({ resource, url }) => [resource, url]))
  }
}
