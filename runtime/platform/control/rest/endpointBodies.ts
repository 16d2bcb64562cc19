/**
 * Bodies that make and change endpoints.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { reader } from "./Body.ts"
import * as Fields from "./Fields.ts"

const { filled, flag, integer, list, matching, nullable, number, object, oneOf, optional, text, unique, variables } =
  Fields

/**
 * What a container is started with.
 *
 * @since 0.1.0
 * @category schemas
 */
export const container = {
  args: optional(text),
  disk: optional(integer({ min: 1 })),
  env: optional(variables),
  image: optional(text),
  ports: optional(list(text)),
  registry: optional(nullable(text))
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const cudaVersions = list(matching(/^\d+\.\d+$/))

const gpu = {
  excludedTypes: optional(unique(list(matching(/^\s*[^-\s]/)))),
  count: optional(integer({ min: 1 })),
  allowedCudaVersions: optional(cudaVersions)
}

const pools = list(text, { min: 1 })

const createGpu = object({ ...gpu, pools, minCudaVersion: optional(matching(/^\d+\.\d+$/)) })

const updateGpu = object({ ...gpu, pools: optional(pools), minCudaVersion: optional(matching(/^$|^\d+\.\d+$/)) }).pipe(
  Schema.filter(({ excludedTypes, pools }) =>
    excludedTypes === undefined || pools !== undefined || "properties 'pools' required, if 'excludedTypes' exists"
  )
)

const cpu = unique(list(object({ id: filled, vcpuCount: integer({ min: 2 }) }), { min: 1 }))

const scaling = Schema.Union(
  object({ type: oneOf("QUEUE_DELAY"), queueDelay: number({ min: 0.5 }) }),
  object({ type: oneOf("REQUEST_COUNT"), requestCount: integer({ min: 1 }) })
)

const fields = {
  ...container,
  cpu: optional(cpu),
  dataCenterIds: optional(list(text)),
  flashboot: optional(oneOf("OFF", "FLASHBOOT", "PRIORITY_FLASHBOOT")),
  networkVolumes: optional(list(text)),
  timeout: optional(integer()),
  workers: optional(object({
    min: optional(integer({ min: 0 })),
    max: optional(integer({ min: 0 })),
    idleTimeout: optional(integer({ min: 1, max: 3600 }))
  }))
}

const Create = object({
  ...fields,
  gpu: optional(createGpu),
  name: filled,
  scaling,
  templateId: optional(filled),
  type: oneOf("QUEUE", "LOAD_BALANCER")
}).pipe(
  Schema.filter(({ image, scaling, templateId, type }) => {
    if (image === undefined && templateId === undefined) return "missing property 'image'"
    return type === "QUEUE" || scaling.type === "REQUEST_COUNT" ||
      { path: ["scaling", "type"], message: "value must be 'REQUEST_COUNT'" }
  })
)

const Update = object({
  ...fields,
  gpu: optional(updateGpu),
  name: optional(filled),
  scaling: optional(scaling),
  templateId: optional(text)
})

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

const mounts = object({
  persistent: optional(object({ size: integer({ min: 10 }), path: text }))
})

const templateFields = {
  ...container,
  allowedCudaVersions: optional(cudaVersions),
  category: optional(oneOf("CPU", "NVIDIA", "AMD")),
  mounts: optional(mounts),
  public: optional(flag),
  serverless: optional(flag),
  startJupyter: optional(flag),
  startSsh: optional(flag)
}

const TemplateUpdate = object({ ...templateFields, name: optional(filled) })

/**
 * @since 0.1.0
 * @category models
 */
export type TemplateUpdate = typeof TemplateUpdate.Type

/**
 * @since 0.1.0
 * @category decoding
 */
export const createTemplate = reader(object({ ...templateFields, name: filled, image: text }), "error")

/**
 * @since 0.1.0
 * @category decoding
 */
export const updateTemplate = reader(TemplateUpdate, "error")
