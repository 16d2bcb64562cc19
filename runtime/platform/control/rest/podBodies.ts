/**
 * Bodies that make, change and move pods.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { reader } from "./Body.ts"
import { container, cudaVersions } from "./endpointBodies.ts"
import { filled, flag, integer, list, matching, object, oneOf, optional, text } from "./Fields.ts"

const mounts = object({
  persistent: optional(object({ size: integer({ min: 10 }), path: text })),
  network: optional(
    list(object({ volumeId: text, path: text })).pipe(
      Schema.filter((volumes) => volumes.length <= 1 || `maxItems: got ${volumes.length}, want 1`)
    )
  )
})

const fields = { ...container, globalNetworking: optional(flag), mounts: optional(mounts) }

const Create = object({
  ...fields,
  cloud: optional(oneOf("SECURE", "COMMUNITY")),
  cpu: optional(object({ id: filled, vcpuCount: integer({ min: 2 }) })),
  dataCenterIds: optional(list(text)),
  gpu: optional(object({
    id: text,
    count: optional(integer({ min: 1 })),
    allowedCudaVersions: optional(cudaVersions),
    minCudaVersion: optional(matching(/^\d+\.\d+$/))
  })),
  name: filled,
  startJupyter: optional(flag),
  startSsh: optional(flag),
  templateId: optional(filled)
}).pipe(
  Schema.filter(({ image, templateId }) =>
    image !== undefined || templateId !== undefined || "missing property 'image'"
  )
)

const Update = object({ ...fields, locked: optional(flag), name: optional(filled), templateId: optional(text) })

/**
 * @since 0.1.0
 * @category models
 */
export type Create = typeof Create.Type

/**
 * @since 0.1.0
 * @category models
 */
export type Update = typeof Update.Type

/**
 * @since 0.1.0
 * @category decoding
 */
export const create = reader(Create, "error")

/**
 * @since 0.1.0
 * @category decoding
 */
export const update = reader(Update, "error")

/**
 * @since 0.1.0
 * @category decoding
 */
export const action = reader(object({ action: oneOf("start", "stop", "restart", "terminate") }), "error")
