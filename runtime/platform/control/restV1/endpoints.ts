/**
 * `/endpoints`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { cudaVersions, gpuTypes } from "../catalog/GpuTypes.ts"
import * as Compute from "../Compute.ts"
import type { Context } from "../Context.ts"
import type { Control } from "../Control.ts"
import { Refused } from "../ControlError.ts"
import type { ControlError } from "../ControlError.ts"
import type { EndpointDraft } from "../EndpointControl.ts"
import type { Compute as ComputeRecord, Endpoint } from "../Records.ts"
import { reader } from "../rest/Body.ts"
import { flag, integer, list, object, oneOf, optional, text } from "../rest/Fields.ts"
import { json, noContent } from "../rest/Routes.ts"
import type { Call, Handler, Table } from "../rest/Routes.ts"
import type { Deployment } from "../Rollout.ts"
import * as documents from "./documents.ts"

const [firstVersion = "", ...otherVersions] = cudaVersions
const [firstType = "", ...otherTypes] = gpuTypes.map(({ id }) => id)
const [firstPlace = "", ...otherPlaces] = documents.places

const cudaVersion = oneOf(firstVersion, ...otherVersions)
const flavors = ["cpu3c", "cpu3g", "cpu5c", "cpu5g"] as const

const fields = {
  allowedCudaVersions: optional(list(cudaVersion)),
  cpuFlavorIds: optional(list(oneOf(...flavors))),
  dataCenterIds: optional(list(oneOf(firstPlace, ...otherPlaces))),
  executionTimeoutMs: optional(integer()),
  flashboot: optional(flag),
  gpuCount: optional(integer({ min: 1 })),
  gpuTypeIds: optional(list(oneOf(firstType, ...otherTypes))),
  idleTimeout: optional(integer({ min: 1, max: 3600 })),
  minCudaVersion: optional(cudaVersion),
  name: optional(text),
  networkVolumeId: optional(text),
  networkVolumeIds: optional(list(text)),
  scalerType: optional(oneOf("QUEUE_DELAY", "REQUEST_COUNT")),
  scalerValue: optional(integer({ min: 1 })),
  vcpuCount: optional(integer()),
  workersMax: optional(integer({ min: 0 })),
  workersMin: optional(integer({ min: 0 }))
}

const Update = object({ ...fields, templateId: optional(text) })

type Update = typeof Update.Type

const update = reader(Update, "ignore")

const create = reader(object({ ...fields, computeType: optional(oneOf("GPU", "CPU")), templateId: text }), "ignore")

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ control, workers }: Context): Table => {
  const render = (found: Deployment, include: documents.Include) =>
    documents.endpoint(found, control.account().id, include, include.workers ? workers(found.endpoint.id) : [])

  const change: Handler = ({ body, param }) =>
    Either.gen(function*() {
      const before = yield* control.endpoints.find(param("id"))
      const next = yield* changed(control, before, yield* update(body))
      return json(200, render(yield* control.endpoints.save(next), { template: false, workers: false }))
    })

  return {
    "GET /endpoints": (call) =>
      Effect.sync(() => json(200, control.endpoints.list().map((found) => render(found, includeOf(call))))),
    "POST /endpoints": ({ body }) =>
      Either.gen(function*() {
        const { computeType = "GPU", ...fields } = yield* create(body)
        const template = yield* control.templates.find(fields.templateId)
        const compute = yield* computeOf(computeType === "CPU" ? noCpu : Compute.gpu(Compute.anyGpu), fields)
        const draft = { ...blank, compute, ...given(blank, fields) }
        const made = yield* control.endpoints.createOn({ ...draft, name: fields.name ?? template.name }, template)
        return json(200, render(made, { template: false, workers: false }))
      }),
    "GET /endpoints/:id": (call) =>
      Either.map(control.endpoints.find(call.param("id")), (found) => json(200, render(found, includeOf(call)))),
    "PATCH /endpoints/:id": change,
    "POST /endpoints/:id/update": change,
    "DELETE /endpoints/:id": ({ param }) => Either.map(control.endpoints.remove(param("id")), () => noContent)
  }
}

const includeOf = ({ query }: Call): documents.Include => ({
  template: query.get("includeTemplate") === "true",
  workers: query.get("includeWorkers") === "true"
})

const blank: Omit<EndpointDraft, "compute"> = {
  name: "",
  kind: "QUEUE",
  workers: { min: 0, max: 3, idleTimeout: 5 },
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  timeout: 0,
  flashboot: "OFF",
  env: {},
  dataCenterIds: [],
  networkVolumes: [],
  modelReferences: [],
  flashEnvironmentId: null
}

const noCpu: ComputeRecord = { type: "CPU", instances: [] }

/** What one kind of hardware has no use for is passed over, as the platform does. */
const computeOf = (before: ComputeRecord, body: Update): Either.Either<ComputeRecord, Refused> => {
  if (before.type === "CPU") {
    const known = [...new Set(before.instances.map(({ id }) => id))]
    const ids = body.cpuFlavorIds ?? (known.length > 0 ? known : flavors)
    const vcpuCount = body.vcpuCount ?? before.instances[0]?.vcpuCount ?? 2
    const isNew = body.cpuFlavorIds !== undefined || body.vcpuCount !== undefined || known.length === 0
    return Either.right(isNew ? { type: "CPU", instances: ids.map((id) => ({ id, vcpuCount })) } : before)
  }
  const selection = body.gpuTypeIds === undefined || body.gpuTypeIds.length === 0
    ? before
    : Compute.selectionOf(body.gpuTypeIds)
  return selection === undefined
    ? Either.left(new Refused({ message: `${body.gpuTypeIds?.join(", ")}: not all of these are serverless GPUs` }))
    : Either.right({
      ...before,
      pools: selection.pools,
      excludedTypes: selection.excludedTypes,
      count: body.gpuCount ?? before.count,
      allowedCudaVersions: body.allowedCudaVersions ?? before.allowedCudaVersions,
      minCudaVersion: body.minCudaVersion ?? before.minCudaVersion
    })
}

type Changed = Pick<
  Endpoint,
  "name" | "workers" | "scaling" | "timeout" | "flashboot" | "dataCenterIds" | "networkVolumes"
>

const given = (before: Changed, body: Update): Changed => ({
  name: body.name ?? before.name,
  workers: {
    min: body.workersMin ?? before.workers.min,
    max: body.workersMax ?? before.workers.max,
    idleTimeout: body.idleTimeout ?? before.workers.idleTimeout
  },
  scaling: scalingOf(before.scaling, body),
  timeout: body.executionTimeoutMs ?? before.timeout,
  flashboot: body.flashboot === undefined ? before.flashboot : body.flashboot ? "FLASHBOOT" : "OFF",
  dataCenterIds: placesOf(before.dataCenterIds, body.dataCenterIds),
  networkVolumes: body.networkVolumeIds ?? (body.networkVolumeId === undefined
    ? before.networkVolumes
    : [body.networkVolumeId].filter((id) => id !== ""))
})

const scalingOf = (before: Endpoint["scaling"], body: Update): Endpoint["scaling"] => {
  const type = body.scalerType ?? before.type
  const value = body.scalerValue
  if (type === "QUEUE_DELAY") {
    return { type, queueDelay: value ?? (before.type === "QUEUE_DELAY" ? before.queueDelay : before.requestCount) }
  }
  return {
    type,
    requestCount: value ??
      (before.type === "REQUEST_COUNT" ? before.requestCount : Math.max(1, Math.round(before.queueDelay)))
  }
}

/** All of them is none in particular. */
const placesOf = (before: ReadonlyArray<string>, places: ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  places === undefined ? before : documents.places.every((place) => places.includes(place)) ? [] : places

const changed = (control: Control, before: Deployment, body: Update): Either.Either<Deployment, ControlError> =>
  Either.gen(function*() {
    return {
      endpoint: {
        ...before.endpoint,
        ...given(before.endpoint, body),
        compute: yield* computeOf(before.endpoint.compute, body)
      },
      template: body.templateId === undefined ? before.template : yield* control.templates.find(body.templateId)
    }
  })
