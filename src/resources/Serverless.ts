/**
 * The constructors of serverless resources, under their runpod-flash names.
 *
 * @since 0.1.0
 */
import type * as Options from "./Options.ts"
import * as Resource from "./Resource.ts"

/**
 * A queue endpoint on GPUs whose code travels with the call.
 *
 * @example
 * import { GpuGroup, LiveServerless } from "effect-flash"
 *
 * const gpu = LiveServerless.make("inference", { gpus: [GpuGroup.ADA_24], workersMax: 3 })
 *
 * @since 0.1.0
 * @category constructors
 */
export const LiveServerless = {
  /** Throws `InvalidResource` where a field is wrong; see `Options` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options.LiveServerlessOptions = {}
  ): Resource.Resource<Name, "QUEUE"> => Resource.make("LiveServerless", name, options)
}

/**
 * A queue endpoint on CPUs whose code travels with the call.
 *
 * @example
 * import { CpuLiveServerless } from "effect-flash"
 *
 * const cpu = CpuLiveServerless.make("hello", { instanceIds: ["cpu3c-1-2"], workersMax: 3 })
 *
 * @since 0.1.0
 * @category constructors
 */
export const CpuLiveServerless = {
  /** Throws `InvalidResource` where a field is wrong; see `Options` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options.CpuLiveServerlessOptions = {}
  ): Resource.Resource<Name, "QUEUE"> => Resource.make("CpuLiveServerless", name, options)
}

/**
 * A load-balanced endpoint on GPUs whose code travels with the call: requests go straight to a worker's HTTP server.
 *
 * @example
 * import { GpuType, LiveLoadBalancer } from "effect-flash"
 *
 * const api = LiveLoadBalancer.make("api", { gpus: [GpuType.NVIDIA_L4], workersMin: 1 })
 *
 * @since 0.1.0
 * @category constructors
 */
export const LiveLoadBalancer = {
  /** Throws `InvalidResource` where a field is wrong; see `Options` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options.LiveLoadBalancerOptions = {}
  ): Resource.Resource<Name, "LOAD_BALANCER"> => Resource.make("LiveLoadBalancer", name, options)
}

/**
 * A load-balanced endpoint on CPUs whose code travels with the call.
 *
 * @example
 * import { CpuLiveLoadBalancer } from "effect-flash"
 *
 * const api = CpuLiveLoadBalancer.make("api", { workersMin: 1, scalerValue: 10 })
 *
 * @since 0.1.0
 * @category constructors
 */
export const CpuLiveLoadBalancer = {
  /** Throws `InvalidResource` where a field is wrong; see `Options` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options.CpuLiveLoadBalancerOptions = {}
  ): Resource.Resource<Name, "LOAD_BALANCER"> => Resource.make("CpuLiveLoadBalancer", name, options)
}

/**
 * A load-balanced endpoint on GPUs that runs an image of your own, or one that is there already.
 *
 * @example
 * import { LoadBalancerSlsResource } from "effect-flash"
 *
 * const made = LoadBalancerSlsResource.make("whisper", { imageName: "me/whisper:1", port: 8000 })
 * const existing = LoadBalancerSlsResource.make("other", { id: "i02xupws21hp6i" })
 *
 * @since 0.1.0
 * @category constructors
 */
export const LoadBalancerSlsResource = {
  /** Throws `InvalidResource` where a field is wrong; see `Options` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options.LoadBalancerSlsResourceOptions
  ): Resource.Resource<Name, "LOAD_BALANCER"> => Resource.make("LoadBalancerSlsResource", name, options)
}

/**
 * A load-balanced endpoint on CPUs that runs an image of your own, or one that is there already.
 *
 * @example
 * import { CpuLoadBalancerSlsResource } from "effect-flash"
 *
 * const api = CpuLoadBalancerSlsResource.make("api", { imageName: "me/api:1", instanceIds: ["cpu5c-2-4"] })
 *
 * @since 0.1.0
 * @category constructors
 */
export const CpuLoadBalancerSlsResource = {
  /** Throws `InvalidResource` where a field is wrong; see `Options` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options.CpuLoadBalancerSlsResourceOptions
  ): Resource.Resource<Name, "LOAD_BALANCER"> => Resource.make("CpuLoadBalancerSlsResource", name, options)
}

/**
 * A queue endpoint on GPUs that runs an image of your own, or one that is there already.
 *
 * @example
 * import { ServerlessEndpoint } from "effect-flash"
 *
 * const made = ServerlessEndpoint.make("diffusion", { imageName: "me/diffusion:1", gpus: ["ADA_48_PRO"] })
 * const existing = ServerlessEndpoint.make("other", { id: "i02xupws21hp6i" })
 *
 * @since 0.1.0
 * @category constructors
 */
export const ServerlessEndpoint = {
  /** Throws `InvalidResource` where a field is wrong; see `Options` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options.ServerlessEndpointOptions
  ): Resource.Resource<Name, "QUEUE"> => Resource.make("ServerlessEndpoint", name, options)
}

/**
 * A queue endpoint on CPUs that runs an image of your own, or one that is there already.
 *
 * @example
 * import { CpuServerlessEndpoint } from "effect-flash"
 *
 * const thumbnails = CpuServerlessEndpoint.make("thumbnails", { imageName: "me/thumbnails:1" })
 *
 * @since 0.1.0
 * @category constructors
 */
export const CpuServerlessEndpoint = {
  /** Throws `InvalidResource` where a field is wrong; see `Options` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options.CpuServerlessEndpointOptions
  ): Resource.Resource<Name, "QUEUE"> => Resource.make("CpuServerlessEndpoint", name, options)
}
