/**
 * An endpoint's settings in the words of REST v2, and back.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Derived from "../resources/Derived.ts"
import { FlashBootSchema } from "../resources/FlashBoot.ts"
import { EndpointType } from "../runpod/rest/Endpoints.ts"
import type { CreateEndpointRequest, Endpoint, UpdateEndpointRequest } from "../runpod/rest/Endpoints.ts"
import type { EndpointSettings } from "./EndpointSettings.ts"
import type { Part } from "./Fields.ts"

/**
 * A setting that an API has no words for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unsupported {
  readonly setting: string
  readonly reason: string
}

type Request = Omit<CreateEndpointRequest, "name" | "type">

/** Every setting is taken apart here, and what is left over must be nothing: a new one has to be given a place. */
const request = (settings: EndpointSettings): Request => {
  const {
    args,
    cpu,
    dataCenterIds,
    disk,
    env,
    executionTimeoutMs,
    flashboot,
    gpu,
    idleTimeout,
    image,
    kind,
    name: _name,
    networkVolumes,
    ports,
    registry,
    scalerType,
    scalerValue,
    // of it only the name has no meaning here, since there is no template; `unsupported` lists the rest
    template: _template,
    templateId,
    workersMax,
    workersMin,
    workersPFBTarget: _workersPFBTarget,
    ...rest
  } = settings
  rest satisfies Record<string, never>
  return {
    ...(image === undefined ? {} : { image }),
    ...(args === undefined ? {} : { args }),
    ...(disk === undefined ? {} : { disk }),
    env,
    // an empty list would take those of the template away
    ...(templateId !== undefined && ports.length === 0 ? {} : { ports }),
    ...(registry === undefined ? {} : { registry }),
    ...(templateId === undefined ? {} : { templateId }),
    ...(gpu === undefined || !Arr.isNonEmptyReadonlyArray(gpu.pools) ? {} : { gpu: { ...gpu, pools: gpu.pools } }),
    ...(cpu === undefined || !Arr.isNonEmptyReadonlyArray(cpu)
      ? {}
      : { cpu: Arr.map(cpu, ({ id, vcpuCount }) => ({ id, vcpuCount })) }),
    workers: {
      min: workersMin,
      max: workersMax,
      ...(hasIdleTimeout(kind, scalerType) ? { idleTimeout } : {})
    },
    scaling: Derived.scaling({ scalerType, scalerValue }),
    timeout: executionTimeoutMs,
    flashboot,
    dataCenterIds,
    networkVolumes: networkVolumes.map(({ id }) => id)
  }
}

/** A queue that scales on the request count has no idle time: the API refuses it. */
const hasIdleTimeout = (kind: EndpointSettings["kind"], scalerType: EndpointSettings["scalerType"]): boolean =>
  kind === "LOAD_BALANCER" || scalerType === "QUEUE_DELAY"

const defaultIdleTimeout = 60

/**
 * What of these settings REST v2 cannot say.
 *
 * @since 0.1.0
 * @category accessors
 */
export const unsupported = (settings: EndpointSettings): ReadonlyArray<Unsupported> => {
  const { cpu = [], idleTimeout, kind, scalerType, template, workersPFBTarget } = settings
  const is = (setting: string, condition: boolean, reason: string): ReadonlyArray<Unsupported> =>
    condition ? [{ setting, reason }] : []
  return [
    ...is("workersPFBTarget", workersPFBTarget !== 0, "it has no field for it"),
    ...is("template.startScript", template.startScript !== undefined, "it has no field for it"),
    ...is("template.advancedStart", template.advancedStart === true, "it has no field for it"),
    ...is("template.config", Object.keys(template.config ?? {}).length > 0, "it has no field for it"),
    ...is(
      "idleTimeout",
      !hasIdleTimeout(kind, scalerType) && idleTimeout !== defaultIdleTimeout,
      "it refuses one for a queue that scales on REQUEST_COUNT"
    ),
    ...is(
      "instanceIds",
      cpu.some(({ vcpuCount }) => vcpuCount < 2),
      "its smallest instance has 2 vCPU"
    )
  ]
}

/**
 * The body that creates an endpoint.
 *
 * @since 0.1.0
 * @category conversions
 */
export const create = (
  settings: EndpointSettings
): Either.Either<CreateEndpointRequest, ReadonlyArray<Unsupported>> => {
  const problems = unsupported(settings)
  return problems.length > 0
    ? Either.left(problems)
    : Either.right({ ...request(settings), name: settings.name, type: settings.kind })
}

/** Under which key of a request a setting stands. */
const keys: { readonly [S in keyof EndpointSettings]: keyof UpdateEndpointRequest | undefined } = {
  kind: undefined,
  name: "name",
  template: undefined,
  workersPFBTarget: undefined,
  image: "image",
  args: "args",
  disk: "disk",
  env: "env",
  ports: "ports",
  registry: "registry",
  templateId: "templateId",
  gpu: "gpu",
  cpu: "cpu",
  workersMin: "workers",
  workersMax: "workers",
  idleTimeout: "workers",
  scalerType: "scaling",
  scalerValue: "scaling",
  executionTimeoutMs: "timeout",
  flashboot: "flashboot",
  dataCenterIds: "dataCenterIds",
  networkVolumes: "networkVolumes"
}

/**
 * Whether REST v2 neither takes this setting nor shows it.
 *
 * @since 0.1.0
 * @category guards
 */
export const isUnseen = (setting: keyof EndpointSettings): boolean => setting !== "kind" && keys[setting] === undefined

/** What a template on the platform says, too. */
const container: ReadonlyArray<keyof UpdateEndpointRequest> = ["image", "args", "disk", "env", "ports", "registry"]

/**
 * The body that changes these settings of an endpoint, each to its value in `settings`. What was set and is not any more
 * is taken away; where there is a template, it is as the template says.
 *
 * @since 0.1.0
 * @category conversions
 */
export const update = (
  settings: EndpointSettings,
  changed: ReadonlyArray<keyof EndpointSettings>
): Either.Either<UpdateEndpointRequest, ReadonlyArray<Unsupported>> => {
  const lost = changed.filter(isUnseen).map((setting) => ({ setting, reason: "it has no field to take it back with" }))
  const problems = [unsupported(settings), lost].find(Arr.isNonEmptyReadonlyArray)
  if (problems !== undefined) return Either.left(problems)
  const hasTemplate = settings.templateId !== undefined
  const { gpu, ...whole } = request(settings)
  const all: UpdateEndpointRequest = {
    name: settings.name,
    // what is left out of a patch stays as it is: these say that there is to be none
    ...(hasTemplate ? {} : { args: "", registry: null }),
    ...whole,
    ...(gpu === undefined ? {} : { gpu: { ...gpu, minCudaVersion: gpu.minCudaVersion ?? "" } })
  }
  const wanted = new Set(changed.flatMap((setting) => keys[setting] ?? []))
  // a template is applied once, by the request that names it: all that it says goes together
  if (wanted.has("templateId") || (hasTemplate && container.some((key) => wanted.has(key)))) {
    for (const key of ["templateId", ...container] as const) wanted.add(key)
  }
  return Either.right(
    Object.fromEntries(Object.entries(all).filter(([key]) => wanted.has(key as keyof UpdateEndpointRequest)))
  )
}

const isFlashBoot = Schema.is(FlashBootSchema)
const isKind = Schema.is(EndpointType)

/**
 * The settings of an endpoint as the platform has them. What it does not say, or says in words that this version does
 * not know, is left out: that is unknown, and no difference.
 *
 * @since 0.1.0
 * @category conversions
 */
export const observed = (endpoint: Endpoint): Part => {
  const { cpu, flashboot, gpu, scaling, type } = endpoint
  return {
    name: endpoint.name,
    ...(isKind(type) ? { kind: type } : {}),
    ...(endpoint.image === undefined ? {} : { image: endpoint.image }),
    ...(endpoint.args === undefined ? {} : { args: endpoint.args }),
    ...(endpoint.disk === undefined ? {} : { disk: endpoint.disk }),
    ...(endpoint.env === undefined ? {} : { env: endpoint.env }),
    ...(endpoint.ports === undefined ? {} : { ports: endpoint.ports }),
    ...(endpoint.registry === undefined ? {} : { registry: endpoint.registry }),
    ...(gpu === undefined ? {} : { gpu: { ...gpu, excludedTypes: gpu.excludedTypes ?? [] } }),
    ...(cpu === undefined ? {} : {
      cpu: cpu.map(({ id, memory, vcpuCount }) => ({
        id,
        vcpuCount,
        instanceId: `${id}-${vcpuCount}-${memory ?? "?"}`
      }))
    }),
    workersMin: endpoint.workers.min,
    workersMax: endpoint.workers.max,
    ...(endpoint.workers.idleTimeout === undefined ? {} : { idleTimeout: endpoint.workers.idleTimeout }),
    ...("queueDelay" in scaling
      ? { scalerType: scaling.type, scalerValue: scaling.queueDelay }
      : "requestCount" in scaling
      ? { scalerType: scaling.type, scalerValue: scaling.requestCount }
      : {}),
    executionTimeoutMs: endpoint.timeout,
    ...(isFlashBoot(flashboot) ? { flashboot } : {}),
    dataCenterIds: endpoint.dataCenterIds,
    networkVolumes: endpoint.networkVolumes.map((id) => ({ id }))
  }
}
