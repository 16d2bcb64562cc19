/**
 * Pods as records: they are made, changed, stopped, started and terminated, and never run.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ids from "../ids.ts"
import { cpuFlavor } from "./catalog/CpuFlavors.ts"
import { dataCenter } from "./catalog/DataCenters.ts"
import { gpuType } from "./catalog/GpuTypes.ts"
import * as Stock from "./catalog/Stock.ts"
import { Conflict, NotFound, Refused } from "./ControlError.ts"
import type { ControlError } from "./ControlError.ts"
import { ofTemplate } from "./EndpointRules.ts"
import type { Pod, Template } from "./Records.ts"
import { put, remove } from "./ResourceStore.ts"
import type { ResourceStore } from "./ResourceStore.ts"
import * as TemplateControl from "./TemplateControl.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type PodDraft = Omit<Pod, "id" | "isWanted" | "changedAt" | "createdAt">

/**
 * @since 0.1.0
 * @category models
 */
export interface PodControl {
  readonly list: () => ReadonlyArray<Pod>
  readonly find: (id: string) => Either.Either<Pod, NotFound>
  /** Refused where the stock has nothing for it. */
  readonly create: (draft: PodDraft, stock: Stock.Stock) => Either.Either<Pod, ControlError>
  readonly save: (next: Pod) => Either.Either<Pod, ControlError>
  /** Of one that is stopped. */
  readonly start: (id: string) => Either.Either<Pod, ControlError>
  /** Of one that is to run and is not locked. */
  readonly stop: (id: string) => Either.Either<Pod, ControlError>
  /** A conflict: only what runs can be run again. */
  readonly restart: (id: string) => Either.Either<Pod, ControlError>
  readonly remove: (id: string) => Either.Either<void, ControlError>
}

/**
 * The platform's own words for a stock that is empty.
 *
 * @since 0.1.0
 * @category constants
 */
export const noCapacity =
  "There are no longer any instances available with the requested specifications. Please refresh and try again."

/**
 * What a pod is where nothing is said.
 *
 * @since 0.1.0
 * @category constants
 */
export const empty: Omit<PodDraft, "name" | "compute"> = {
  image: "",
  args: "",
  entrypoint: [],
  disk: 50,
  env: {},
  ports: [],
  registry: null,
  volume: { size: 0, path: "/workspace" },
  networkVolume: null,
  cloud: "SECURE",
  dataCenterIds: [],
  interruptible: false,
  locked: false,
  globalNetworking: false
}

/**
 * What a pod takes from a template, once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTemplate = ({ args, disk, entrypoint, env, image, ports, registry, volume }: Template) => ({
  args,
  disk,
  entrypoint,
  env,
  image,
  ports,
  registry,
  volume
})

/**
 * Why it does not run, for who reads its state or its log.
 *
 * @since 0.1.0
 * @category encoding
 */
export const explain = ({ changedAt, isWanted }: Pod): string => {
  const at = new Date(changedAt).toUTCString()
  return isWanted ? `Rented by User: ${at} (the embedded platform has no machine for pods)` : `Exited by User: ${at}`
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ now, store }: { readonly store: ResourceStore; readonly now: () => number }): PodControl => {
  const find = (id: string): Either.Either<Pod, NotFound> =>
    Either.fromNullable(store.pods.get(id), () => new NotFound({ what: "pod", id }))

  const write = (pod: Pod): Either.Either<Pod, ControlError> => Either.map(store.commit([put("pods", pod)]), () => pod)

  const accept = (pod: Pod): Either.Either<Pod, Refused> => {
    const message = objection(store, pod)
    return message === undefined ? Either.right(pod) : Either.left(new Refused({ message }))
  }

  const conflict = (message: string) => Either.left(new Conflict({ message }))

  return {
    list: store.pods.all,
    find,
    create: (draft, stock) =>
      Either.gen(function*() {
        const pod = yield* accept({
          ...draft,
          id: ids.endpointId(),
          isWanted: true,
          changedAt: now(),
          createdAt: now()
        })
        if (Stock.place(stock, [choiceOf(pod)], pod.dataCenterIds) === undefined) {
          return yield* Either.left(new Refused({ message: noCapacity }))
        }
        return yield* write(pod)
      }),
    save: (next) => Either.flatMap(find(next.id), () => Either.flatMap(accept(next), write)),
    start: (id) =>
      Either.flatMap(find(id), (pod) =>
        pod.isWanted
          ? conflict(`pod ${id} is not stopped`)
          : write({ ...pod, isWanted: true, changedAt: now() })),
    stop: (id) =>
      Either.flatMap(find(id), (pod) =>
        !pod.isWanted
          ? conflict(`pod ${id} is stopped`)
          : pod.locked
          ? conflict(`pod ${id} is locked`)
          : write({ ...pod, isWanted: false, changedAt: now() })),
    restart: (id) =>
      Either.flatMap(find(id), () => conflict(`pod ${id} does not run: the embedded platform has no machine for pods`)),
    remove: (id) => Either.flatMap(find(id), () => store.commit([remove("pods", id)]))
  }
}

const choiceOf = ({ compute }: Pod) =>
  compute.type === "CPU"
    ? { hardware: "CPU", names: [compute.id] }
    : { hardware: compute.id, names: [compute.id, gpuType(compute.id)?.pool ?? compute.id] }

/** The first thing that is wrong with a pod. */
const objection = (store: ResourceStore, pod: Pod): string | undefined => {
  const place = pod.dataCenterIds.find((id) => dataCenter(id) === undefined)
  if (pod.name === "") return "name must not be empty"
  if (pod.image === "") return "image is required"
  if (place !== undefined) return `there is no data center ${place}`
  if (pod.networkVolume !== null && store.networkVolumes.get(pod.networkVolume.id) === undefined) {
    return `network volume ${pod.networkVolume.id} not found`
  }
  return ofCompute(pod.compute) ?? ofTemplate(store, { ...TemplateControl.empty, ...fromPod(pod) })
}

/** The template that a pod would be made on. */
const fromPod = ({ args, createdAt, disk, entrypoint, env, id, image, name, ports, registry, volume }: Pod) => ({
  args,
  boundTo: null,
  createdAt,
  disk,
  entrypoint,
  env,
  id,
  image,
  name,
  ports,
  registry,
  volume
})

const ofCompute = (compute: Pod["compute"]): string | undefined => {
  if (compute.type === "GPU") {
    if (gpuType(compute.id) === undefined) return `there is no GPU type ${compute.id}`
    return compute.count < 1 || compute.count > 100 ? "the GPU count must be 1 to 100" : undefined
  }
  const flavor = cpuFlavor(compute.id)
  if (flavor === undefined) return `there is no CPU flavor ${compute.id}`
  return compute.vcpuCount < 1 || compute.vcpuCount > flavor.vcpu.max || !Number.isInteger(Math.log2(compute.vcpuCount))
    ? `vcpuCount of ${compute.id} must be a power of two, at most ${flavor.vcpu.max}`
    : undefined
}
