/**
 * Pods: records without a machine.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { memoryOf, parseInstanceId } from "../catalog/CpuFlavors.ts"
import type { Context } from "../Context.ts"
import { Refused } from "../ControlError.ts"
import type { ControlError } from "../ControlError.ts"
import * as PodControl from "../PodControl.ts"
import type { Pod } from "../Records.ts"
import { fromCsv, fromVariables, unwrap } from "./values.ts"
import type { Maybe, Variable } from "./values.ts"

/** What pods are changed by. */
interface EditInput {
  readonly imageName?: Maybe<string>
  readonly dockerArgs?: Maybe<string>
  readonly env?: Maybe<ReadonlyArray<Variable>>
  readonly ports?: Maybe<string>
  readonly containerDiskInGb?: Maybe<number>
  readonly volumeInGb?: Maybe<number>
  readonly volumeMountPath?: Maybe<string>
  readonly containerRegistryAuthId?: Maybe<string>
}

/** What pods are made by, as far as it is kept. */
interface DeployInput extends EditInput {
  readonly name?: Maybe<string>
  readonly cloudType?: Maybe<"ALL" | "COMMUNITY" | "SECURE">
  readonly gpuTypeId?: Maybe<string>
  readonly gpuTypeIdList?: Maybe<ReadonlyArray<Maybe<string>>>
  readonly gpuCount?: Maybe<number>
  readonly instanceId?: Maybe<string>
  readonly templateId?: Maybe<string>
  readonly networkVolumeId?: Maybe<string>
  readonly dataCenterId?: Maybe<string>
  readonly globalNetwork?: Maybe<boolean>
}

interface Named {
  readonly input: { readonly podId: string }
}

/**
 * @since 0.1.0
 * @category resolvers
 */
export const resolvers = (context: Context) => {
  const { pods } = context.control
  const deploy = (input: DeployInput, interruptible: boolean) =>
    view(unwrap(Either.flatMap(drafted(context, input, interruptible), (draft) => pods.create(draft, context.stock))))
  const start = ({ input: { podId } }: Named) => view(unwrap(pods.start(podId)))
  return {
    pod: ({ input }: { readonly input?: Maybe<{ readonly podId: string }> }) =>
      Either.match(pods.find(input?.podId ?? ""), { onLeft: () => null, onRight: view }),
    podFindAndDeployOnDemand: ({ input }: { readonly input?: Maybe<DeployInput> }) => deploy(input ?? {}, false),
    podRentInterruptable: ({ input }: { readonly input: DeployInput }) => deploy(input, true),
    deployCpuPod: ({ input }: { readonly input: DeployInput }) => deploy(input, false),
    podStop: ({ input: { podId } }: Named) => view(unwrap(pods.stop(podId))),
    podResume: start,
    podBidResume: start,
    podTerminate: ({ input: { podId } }: Named) => unwrap(pods.remove(podId)),
    podEditJob: ({ input }: { readonly input: EditInput & { readonly podId: string } }) =>
      view(unwrap(Either.flatMap(pods.find(input.podId), (pod) => pods.save({ ...pod, ...edited(pod, input) }))))
  }
}

const edited = (before: Omit<PodControl.PodDraft, "name" | "compute">, input: EditInput) => ({
  image: input.imageName ?? before.image,
  args: input.dockerArgs ?? before.args,
  env: input.env ? fromVariables(input.env) : before.env,
  ports: input.ports === undefined || input.ports === null ? before.ports : fromCsv(input.ports),
  disk: input.containerDiskInGb ?? before.disk,
  volume: { size: input.volumeInGb ?? before.volume.size, path: input.volumeMountPath ?? before.volume.path },
  registry: input.containerRegistryAuthId === undefined || input.containerRegistryAuthId === null
    ? before.registry
    : input.containerRegistryAuthId || null
})

const computeOf = (input: DeployInput): Either.Either<Pod["compute"], Refused> => {
  if (input.instanceId) {
    const instance = parseInstanceId(input.instanceId)
    return instance === undefined
      ? Either.left(new Refused({ message: `there is no CPU instance ${input.instanceId}` }))
      : Either.right({ type: "CPU", ...instance })
  }
  const id = input.gpuTypeId || input.gpuTypeIdList?.find((id) => id)
  return id
    ? Either.right({ type: "GPU", id, count: input.gpuCount ?? 1 })
    : Either.left(new Refused({ message: "gpuTypeId is required" }))
}

const drafted = (
  { control }: Context,
  input: DeployInput,
  interruptible: boolean
): Either.Either<PodControl.PodDraft, ControlError> =>
  Either.gen(function*() {
    const template = input.templateId ? yield* control.templates.find(input.templateId) : undefined
    const base = template === undefined
      ? PodControl.empty
      : { ...PodControl.empty, ...PodControl.fromTemplate(template) }
    // clients send an empty text for a field that they do not set
    const fields = edited(base, { ...input, imageName: input.imageName || null })
    return {
      ...base,
      ...fields,
      env: { ...base.env, ...fields.env },
      name: input.name || fields.image.split(":", 1)[0] || "",
      compute: yield* computeOf(input),
      cloud: input.cloudType === "COMMUNITY" ? "COMMUNITY" : "SECURE",
      dataCenterIds: input.dataCenterId ? [input.dataCenterId] : [],
      interruptible,
      globalNetworking: input.globalNetwork ?? false,
      networkVolume: input.networkVolumeId ? { id: input.networkVolumeId, path: fields.volume.path } : null
    }
  })

/**
 * @since 0.1.0
 * @category encoding
 */
export const view = (pod: Pod) => {
  const { compute } = pod
  return {
    id: pod.id,
    name: pod.name,
    imageName: pod.image,
    desiredStatus: pod.isWanted ? "RUNNING" : "EXITED",
    lastStatusChange: PodControl.explain(pod),
    costPerHr: 0,
    containerDiskInGb: pod.disk,
    volumeInGb: pod.volume.size,
    volumeMountPath: pod.volume.path,
    dockerArgs: pod.args,
    env: Object.entries(pod.env).map(([key, value]) => `${key}=${value}`),
    gpuCount: compute.type === "GPU" ? compute.count : 0,
    vcpuCount: compute.type === "CPU" ? compute.vcpuCount : null,
    memoryInGb: compute.type === "CPU" ? memoryOf(compute) : null,
    podType: pod.interruptible ? "INTERRUPTABLE" : "RESERVED",
    ports: pod.ports.join(","),
    uptimeSeconds: 0,
    networkVolumeId: pod.networkVolume?.id ?? null,
    containerRegistryAuthId: pod.registry ?? "",
    machine: null,
    runtime: null
  }
}
