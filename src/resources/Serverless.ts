/**
 * The constructors of serverless resources, under their runpod-flash names.
 *
 * @since 0.1.0
 */
import * as Resource from "./Resource.ts"
import * as Config from "./ResourceConfig.ts"

type Options<Encoded> = Omit<Encoded, "_tag" | "name">

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
  /** Throws `InvalidResource` where a field is wrong; see `ResourceConfig` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options<typeof Config.LiveServerless.Encoded> = {}
  ): Resource.Resource<Name> => Resource.make(Config.LiveServerless, "LiveServerless", name, options)
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
  /** Throws `InvalidResource` where a field is wrong; see `ResourceConfig` for fields and defaults. */
  make: <const Name extends string>(
    name: Name,
    options: Options<typeof Config.CpuLiveServerless.Encoded> = {}
  ): Resource.Resource<Name> => Resource.make(Config.CpuLiveServerless, "CpuLiveServerless", name, options)
}
