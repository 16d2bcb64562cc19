/**
 * `/serverless`: endpoints, their workers and their releases.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Compute from "../Compute.ts"
import type { Context } from "../Context.ts"
import type { Control } from "../Control.ts"
import { Malformed, Refused } from "../ControlError.ts"
import type { ControlError } from "../ControlError.ts"
import type { EndpointDraft, TemplateDraft } from "../EndpointControl.ts"
import type { Compute as ComputeRecord, Endpoint, Template } from "../Records.ts"
import type { Deployment } from "../Rollout.ts"
import * as TemplateControl from "../TemplateControl.ts"
import * as documents from "./documents.ts"
import * as bodies from "./endpointBodies.ts"
import { json, noContent } from "./Routes.ts"
import type { Table } from "./Routes.ts"

/** GB. */
const defaultDisk = 20

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ control, now, url, workers }: Context): Table => ({
  "GET /serverless": () =>
    Effect.sync(() =>
      json(200, { endpoints: control.endpoints.list().map((found) => documents.endpoint(url(), found)) })
    ),
  "POST /serverless": ({ body }) =>
    Either.gen(function*() {
      const draft = yield* drafted(control, yield* bodies.create(body))
      return json(201, documents.endpoint(url(), yield* control.endpoints.create(draft.endpoint, draft.template)))
    }),
  "GET /serverless/:id": ({ param }) =>
    Either.map(control.endpoints.find(param("id")), (found) => json(200, documents.endpoint(url(), found))),
  "PATCH /serverless/:id": ({ body, param }) =>
    Either.gen(function*() {
      const before = yield* control.endpoints.find(param("id"))
      const next = yield* changed(control, before, yield* bodies.update(body))
      return json(200, documents.endpoint(url(), yield* control.endpoints.save(next)))
    }),
  "DELETE /serverless/:id": ({ param }) => Either.map(control.endpoints.remove(param("id")), () => noContent),
  "GET /serverless/:id/workers": ({ param }) =>
    Either.map(
      control.endpoints.find(param("id")),
      ({ endpoint }) => json(200, documents.workers(endpoint, workers(endpoint.id), now()))
    ),
  "GET /serverless/:id/releases": ({ param }) =>
    Either.map(control.endpoints.find(param("id")), ({ endpoint }) =>
      json(
        200,
        documents.releases(
          endpoint,
          control.endpoints.releases(endpoint.id),
          workers(endpoint.id),
          control.account().id
        )
      ))
})

/** Where both or neither are given there is nothing to run on. */
const computeOf = (
  { cpu, gpu }: bodies.Create,
  template: Template | undefined
): Either.Either<ComputeRecord, Refused> => {
  if (cpu !== undefined && gpu === undefined) return Either.right({ type: "CPU", instances: cpu })
  if (gpu === undefined || cpu !== undefined) {
    return Either.left(new Refused({ message: "exactly one of gpu and cpu must be given" }))
  }
  const { minCudaVersion = null } = gpu
  const seed = minCudaVersion === null ? template?.allowedCudaVersions ?? [] : []
  return Either.right(Compute.gpu({ pools: gpu.pools, excludedTypes: trimmed(gpu.excludedTypes) }, {
    count: gpu.count ?? 1,
    allowedCudaVersions: gpu.allowedCudaVersions ?? seed,
    minCudaVersion
  }))
}

const trimmed = (types: ReadonlyArray<string> = []) => types.map((type) => type.trim())

const checkIdleTimeout = (
  endpoint: Pick<Endpoint, "kind" | "scaling">,
  { workers }: bodies.Update
): Either.Either<void, Malformed> =>
  workers?.idleTimeout !== undefined && documents.withoutIdleTimeout(endpoint)
    ? Either.left(
      new Malformed({
        errors: ["$.workers.idleTimeout: not applicable to queue-based endpoints scaling on requestCount"]
      })
    )
    : Either.right(undefined)

/** A template is copied when it is named: later changes of it concern nobody. */
const templateOf = (control: Control, id: string | undefined): Either.Either<Template | undefined, ControlError> =>
  id === undefined ?
    Either.right(undefined) :
    Either.flatMap(control.templates.find(id), (template) =>
      template.serverless
        ? Either.right(template)
        : Either.left(new Malformed({ errors: [`$.templateId: template ${id} is not a serverless template`] })))

/** The fields that are given, in place of others. */
const containerOf = (
  { args, disk, image, ports, registry }: bodies.Update
): Partial<Pick<Template, "args" | "disk" | "image" | "ports" | "registry">> => ({
  ...(args === undefined ? {} : { args }),
  ...(disk === undefined ? {} : { disk }),
  ...(image === undefined ? {} : { image }),
  ...(ports === undefined ? {} : { ports }),
  ...(registry === undefined ? {} : { registry: registry === "" ? null : registry })
})

const drafted = (
  control: Control,
  body: bodies.Create
): Either.Either<{ readonly endpoint: EndpointDraft; readonly template: TemplateDraft }, ControlError> =>
  Either.gen(function*() {
    const template = yield* templateOf(control, body.templateId)
    yield* checkIdleTimeout({ kind: body.type, scaling: body.scaling }, body)
    return {
      endpoint: {
        name: body.name,
        kind: body.type,
        workers: {
          min: body.workers?.min ?? 0,
          max: body.workers?.max ?? 3,
          idleTimeout: body.workers?.idleTimeout ?? 10
        },
        scaling: body.scaling,
        timeout: body.timeout ?? 300_000,
        flashboot: body.flashboot ?? "OFF",
        compute: yield* computeOf(body, template),
        env: {},
        dataCenterIds: body.dataCenterIds ?? [],
        networkVolumes: body.networkVolumes ?? [],
        modelReferences: [],
        flashEnvironmentId: null
      },
      template: {
        ...(template ?? { ...TemplateControl.empty, disk: defaultDisk }),
        ...containerOf(body),
        name: "",
        serverless: true,
        env: { ...template?.env, ...body.env }
      }
    }
  })

const changedCompute = (before: ComputeRecord, body: bodies.Update): Either.Either<ComputeRecord, Refused> => {
  const { cpu, gpu } = body
  if (cpu === undefined && gpu === undefined) return Either.right(before)
  if (before.type === "CPU" && gpu === undefined && cpu !== undefined) {
    return Either.right({ type: "CPU", instances: cpu })
  }
  if (before.type === "CPU" || gpu === undefined || cpu !== undefined) {
    return Either.left(new Refused({ message: `this endpoint runs on ${before.type}s, which cannot be changed` }))
  }
  return Either.right({
    ...before,
    ...(gpu.pools === undefined ? {} : { pools: gpu.pools, excludedTypes: trimmed(gpu.excludedTypes) }),
    ...(gpu.count === undefined ? {} : { count: gpu.count }),
    ...(gpu.allowedCudaVersions === undefined ? {} : { allowedCudaVersions: gpu.allowedCudaVersions }),
    ...(gpu.minCudaVersion === undefined ? {} : { minCudaVersion: gpu.minCudaVersion || null })
  })
}

const changed = (
  control: Control,
  before: Deployment,
  body: bodies.Update
): Either.Either<Deployment, ControlError> =>
  Either.gen(function*() {
    const applied = yield* templateOf(control, body.templateId)
    const scaling = body.scaling ?? before.endpoint.scaling
    yield* checkIdleTimeout({ kind: before.endpoint.kind, scaling }, body)
    const endpoint: Endpoint = {
      ...before.endpoint,
      name: body.name ?? before.endpoint.name,
      workers: {
        min: body.workers?.min ?? before.endpoint.workers.min,
        max: body.workers?.max ?? before.endpoint.workers.max,
        idleTimeout: body.workers?.idleTimeout ?? before.endpoint.workers.idleTimeout
      },
      scaling,
      timeout: body.timeout ?? before.endpoint.timeout,
      flashboot: body.flashboot ?? before.endpoint.flashboot,
      compute: yield* changedCompute(before.endpoint.compute, body),
      dataCenterIds: body.dataCenterIds ?? before.endpoint.dataCenterIds,
      networkVolumes: body.networkVolumes ?? before.endpoint.networkVolumes
    }
    const template: Template = {
      ...before.template,
      ...(applied === undefined ? {} : containerOf(applied)),
      ...containerOf(body)
    }
    // the environment is one map here: what is given takes the place of both its parts
    return applied === undefined && body.env === undefined
      ? { endpoint, template }
      : { endpoint: { ...endpoint, env: {} }, template: { ...template, env: { ...applied?.env, ...body.env } } }
  })
