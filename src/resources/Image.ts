/**
 * Which image a resource's workers run, and how it becomes a worker.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import type { CudaVersion } from "./CudaVersion.ts"
import { existingId, hardware, isGpu, isLive, kind } from "./Derived.ts"
import type { ResourceConfig } from "./ResourceConfig.ts"
import { startCommand } from "./startCommand.ts"

/**
 * What is said of images outside of a program.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ambient {
  /** `FLASH_IMAGE_TAG`: the tag of RunPod's own `runpod/flash` images. */
  readonly imageTag?: string
  /** `FLASH_GPU_IMAGE`: the image of queues on GPUs. */
  readonly gpuImage?: string
  /** `FLASH_CPU_IMAGE`: the image of queues on CPUs. */
  readonly cpuImage?: string
  /** `FLASH_LB_IMAGE`: the image of load balancers on GPUs. */
  readonly lbImage?: string
  /** `FLASH_CPU_LB_IMAGE`: the image of load balancers on CPUs. */
  readonly cpuLbImage?: string
  /** The version of this package that workers run. */
  readonly version: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface WorkerImage {
  /** Docker image; `undefined`: the one of the template on the platform. */
  readonly image: string | undefined
  /** Arguments of its entry point; `undefined`: the image's own, or the template's. */
  readonly args: string | undefined
  /** What the image wants of its host where the resource says nothing of CUDA: on an older one it does not start. */
  readonly minCudaVersion: CudaVersion | undefined
}

/** Debian's Node.js for CPUs; CUDA's runtime for GPUs, which works from this version of the host's driver on. */
const stock = {
  CPU: "node:22-bookworm-slim",
  GPU: "nvidia/cuda:12.8.1-base-ubuntu24.04"
} as const

const stockCuda: CudaVersion = "12.8"

/** Where the image of a resource can be named from outside, and what RunPod calls its own. */
const slots = {
  QUEUE: {
    GPU: { variable: "gpuImage", repository: "runpod/flash" },
    CPU: { variable: "cpuImage", repository: "runpod/flash-cpu" }
  },
  LOAD_BALANCER: {
    GPU: { variable: "lbImage", repository: "runpod/flash-lb" },
    CPU: { variable: "cpuLbImage", repository: "runpod/flash-lb-cpu" }
  }
} as const

/**
 * The image of a resource's workers.
 *
 * The user's own comes first (`imageName`, then `templateId`), then the variable of its kind, then `FLASH_IMAGE_TAG`,
 * then a stock image. On a Live resource any of them is made a worker by the start command, unless its template has
 * `dockerArgs`; elsewhere the image is a worker by itself. An endpoint that is there already keeps its own.
 *
 * @since 0.1.0
 * @category accessors
 */
export const workerImage = (config: ResourceConfig, ambient: Ambient): WorkerImage => {
  if (existingId(config) !== undefined) return { image: undefined, args: undefined, minCudaVersion: undefined }
  const args = config.template?.dockerArgs
  if (!isLive(config)) return { image: config.imageName, args, minCudaVersion: undefined }
  const { repository, variable } = slots[kind(config)][hardware(config)]
  const tagged = ambient.imageTag === undefined ? undefined : `${repository}:${ambient.imageTag}`
  const chosen = config.imageName ?? (config.templateId === undefined ? ambient[variable] ?? tagged : undefined)
  const isStock = chosen === undefined && config.templateId === undefined
  const saysCuda = isGpu(config) && (config.cudaVersions.length > 0 || config.minCudaVersion !== undefined)
  return {
    image: isStock ? stock[hardware(config)] : chosen,
    args: args ?? startCommand(ambient.version),
    minCudaVersion: isStock && isGpu(config) && !saysCuda ? stockCuda : undefined
  }
}

const variable = (name: string) =>
  Config.string(name).pipe(Config.map((value) => value.trim()), Config.option, Config.map(Option.filter(isNotEmpty)))

const isNotEmpty = (value: string) => value !== ""

/**
 * Reads the variables; an empty one is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ambient = (version: string): Config.Config<Ambient> =>
  Config.all({
    imageTag: variable("FLASH_IMAGE_TAG"),
    gpuImage: variable("FLASH_GPU_IMAGE"),
    cpuImage: variable("FLASH_CPU_IMAGE"),
    lbImage: variable("FLASH_LB_IMAGE"),
    cpuLbImage: variable("FLASH_CPU_LB_IMAGE")
  }).pipe(
    Config.map((named) => ({
      version,
      // only those that are set
      ...Object.fromEntries(
        Object.entries(named).flatMap(([name, value]) => Option.toArray(value).map((v) => [name, v]))
      )
    }))
  )
