/**
 * `/pods`: records without a machine.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { memoryOf } from "../catalog/CpuFlavors.ts"
import { gpuType } from "../catalog/GpuTypes.ts"
import type { Context } from "../Context.ts"
import { Refused } from "../ControlError.ts"
import type { ControlError } from "../ControlError.ts"
import * as PodControl from "../PodControl.ts"
import type { Pod } from "../Records.ts"
import { reader } from "../rest/Body.ts"
import { flag, integer, list, object, oneOf, optional, text } from "../rest/Fields.ts"
import { json, noContent } from "../rest/Routes.ts"
import type { Handler, Table } from "../rest/Routes.ts"
import * as ShellWords from "../ShellWords.ts"
import * as container from "./container.ts"

const fields = { ...container.fields, globalNetworking: optional(flag), locked: optional(flag) }

const Update = object(fields)

const update = reader(Update, "ignore")

const Create = object({
  ...fields,
  cloudType: optional(oneOf("SECURE", "COMMUNITY")),
  computeType: optional(oneOf("GPU", "CPU")),
  cpuFlavorIds: optional(list(text)),
  dataCenterIds: optional(list(text)),
  gpuCount: optional(integer()),
  gpuTypeIds: optional(list(text)),
  interruptible: optional(flag),
  networkVolumeId: optional(text),
  templateId: optional(text),
  vcpuCount: optional(integer())
})

const create = reader(Create, "ignore")

/**
 * @since 0.1.0
 * @category routes
 */
export const table = (context: Context): Table => {
  const { control: { account, pods } } = context
  const shown = (status: number) => (pod: Pod) => json(status, document(pod, account().id))

  const change: Handler = ({ body, param }) =>
    Either.gen(function*() {
      const before = yield* pods.find(param("id"))
      return shown(200)(yield* pods.save({ ...before, ...given(before, yield* update(body)) }))
    })

  return {
    "GET /pods": ({ query }) =>
      Effect.sync(() => json(200, pods.list().filter(asked(query)).map((pod) => document(pod, account().id)))),
    "POST /pods": ({ body }) =>
      Either.gen(function*() {
        return shown(201)(yield* pods.create(yield* drafted(context, yield* create(body)), context.stock))
      }),
    "GET /pods/:id": ({ param }) => Either.map(pods.find(param("id")), shown(200)),
    "PATCH /pods/:id": change,
    "POST /pods/:id/update": change,
    "DELETE /pods/:id": ({ param }) => Either.map(pods.remove(param("id")), () => noContent),
    "POST /pods/:id/start": ({ param }) => Either.map(pods.start(param("id")), shown(200)),
    "POST /pods/:id/stop": ({ param }) => Either.map(pods.stop(param("id")), shown(200)),
    "POST /pods/:id/reset": ({ param }) => Either.map(pods.restart(param("id")), shown(200)),
    "POST /pods/:id/restart": ({ param }) => Either.map(pods.restart(param("id")), shown(200))
  }
}

/** What a query asks of each pod that it lists. A name may be given more than once. */
const asked = (query: URLSearchParams) => (pod: Pod): boolean => {
  const { compute, networkVolume } = pod
  const fits = (name: string, value: string | undefined) => {
    const wanted = query.getAll(name)
    return wanted.length === 0 || (value !== undefined && wanted.includes(value))
  }
  return fits("computeType", compute.type) &&
    fits("cpuFlavorId", compute.type === "CPU" ? compute.id : undefined) &&
    fits("gpuTypeId", compute.type === "GPU" ? compute.id : undefined) &&
    // it is in none yet
    fits("dataCenterId", undefined) &&
    fits("desiredStatus", desiredStatus(pod)) &&
    fits("id", pod.id) &&
    fits("imageName", pod.image) &&
    fits("name", pod.name) &&
    fits("networkVolumeId", networkVolume?.id)
}

const desiredStatus = ({ isWanted }: Pod): "RUNNING" | "EXITED" => isWanted ? "RUNNING" : "EXITED"

const given = (before: Omit<PodControl.PodDraft, "compute">, body: typeof Update.Type) => ({
  ...container.given(before, body),
  locked: body.locked ?? before.locked,
  globalNetworking: body.globalNetworking ?? before.globalNetworking
})

const computeOf = (body: typeof Create.Type): Either.Either<Pod["compute"], Refused> => {
  const { computeType = "GPU", cpuFlavorIds = [], gpuCount = 1, gpuTypeIds = [], vcpuCount = 2 } = body
  if (computeType === "CPU") return Either.right({ type: "CPU", id: cpuFlavorIds[0] ?? "cpu3c", vcpuCount })
  const [id] = gpuTypeIds
  return id === undefined
    ? Either.left(new Refused({ message: "gpuTypeIds is required" }))
    : Either.right({ type: "GPU", id, count: gpuCount })
}

const drafted = (
  { control }: Context,
  body: typeof Create.Type
): Either.Either<PodControl.PodDraft, ControlError> =>
  Either.gen(function*() {
    const template = body.templateId ? yield* control.templates.find(body.templateId) : undefined
    const base = {
      ...PodControl.empty,
      ports: ["8888/http", "22/tcp"],
      volume: { size: 20, path: "/workspace" },
      ...(template === undefined ? {} : PodControl.fromTemplate(template)),
      name: "my pod"
    }
    const fields = given(base, body)
    return {
      ...base,
      ...fields,
      env: { ...base.env, ...fields.env },
      compute: yield* computeOf(body),
      cloud: body.cloudType ?? "SECURE",
      dataCenterIds: body.dataCenterIds ?? [],
      interruptible: body.interruptible ?? false,
      networkVolume: body.networkVolumeId
        ? { id: body.networkVolumeId, path: body.volumeMountPath ?? base.volume.path }
        : null
    }
  })

/** Its image also stands by the name that runpodctl reads. */
const document = (pod: Pod, userId: string) => {
  const { compute } = pod
  return {
    id: pod.id,
    name: pod.name,
    consumerUserId: userId,
    desiredStatus: desiredStatus(pod),
    lastStatusChange: PodControl.explain(pod),
    createdAt: new Date(pod.createdAt).toISOString(),
    image: pod.image,
    imageName: pod.image,
    dockerEntrypoint: pod.entrypoint,
    dockerStartCmd: ShellWords.split(pod.args),
    env: pod.env,
    ports: pod.ports,
    containerDiskInGb: pod.disk,
    ...(pod.registry === null ? {} : { containerRegistryAuthId: pod.registry }),
    volumeInGb: pod.volume.size,
    volumeMountPath: pod.networkVolume?.path ?? pod.volume.path,
    ...(pod.networkVolume === null ? {} : { networkVolumeId: pod.networkVolume.id }),
    // nothing is paid for on one's own machine
    costPerHr: 0,
    adjustedCostPerHr: 0,
    interruptible: pod.interruptible,
    locked: pod.locked,
    ...(compute.type === "GPU"
      ? {
        gpuCount: compute.count,
        gpu: { id: compute.id, count: compute.count, displayName: gpuType(compute.id)?.name ?? compute.id }
      }
      : { cpuFlavorId: compute.id, vcpuCount: compute.vcpuCount, memoryInGb: memoryOf(compute) })
  }
}
