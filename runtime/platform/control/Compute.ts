/**
 * The ways to write down which hardware workers may run on.
 *
 * @since 0.1.0
 */
import { memoryOf } from "./catalog/CpuFlavors.ts"
import { gpuPools, gpuType } from "./catalog/GpuTypes.ts"
import type { Compute, GpuCompute } from "./Records.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface GpuSelection {
  readonly pools: ReadonlyArray<string>
  readonly excludedTypes: ReadonlyArray<string>
}

/**
 * Every pool there is.
 *
 * @since 0.1.0
 * @category constants
 */
export const anyGpu: GpuSelection = { pools: [...gpuPools.keys()], excludedTypes: [] }

/**
 * The types that a selection comes to.
 *
 * @since 0.1.0
 * @category accessors
 */
export const typesOf = ({ excludedTypes, pools }: GpuSelection): ReadonlyArray<string> =>
  pools.flatMap((pool) => gpuPools.get(pool) ?? []).filter((type) => !excludedTypes.includes(type))

/**
 * The selection that comes to these types; `undefined` where one of them is in no pool.
 *
 * @since 0.1.0
 * @category constructors
 */
export const selectionOf = (types: ReadonlyArray<string>): GpuSelection | undefined => {
  const pools = types.map((type) => gpuType(type)?.pool)
  if (!pools.every((pool) => pool !== undefined && pool !== null)) return undefined
  const selected = [...new Set(pools)]
  return { pools: selected, excludedTypes: typesOf({ pools: selected, excludedTypes: types }) }
}

/**
 * GraphQL's text: pools in order of preference, then each excluded type with a `-` before it.
 *
 * @since 0.1.0
 * @category encoding
 */
export const toGpuIds = ({ excludedTypes, pools }: GpuSelection): string =>
  [...pools, ...excludedTypes.map((type) => `-${type}`)].join(",")

/**
 * @since 0.1.0
 * @category decoding
 */
export const fromGpuIds = (text: string): GpuSelection => {
  const parts = text.split(",").map((part) => part.trim()).filter((part) => part !== "" && part !== "-")
  return {
    pools: parts.filter((part) => !part.startsWith("-")),
    excludedTypes: parts.filter((part) => part.startsWith("-")).map((part) => part.slice(1).trim())
  }
}

/**
 * Something that a worker may run on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Choice {
  /** A GPU type, or `CPU`. */
  readonly hardware: string
  /** Its names in a stock, from precise to broad. */
  readonly names: ReadonlyArray<string>
}

/**
 * What workers may run on, what is wanted most first.
 *
 * @since 0.1.0
 * @category accessors
 */
export const choicesOf = (compute: Compute): ReadonlyArray<Choice> => {
  if (compute.type === "CPU") return compute.instances.map(({ id }) => ({ hardware: "CPU", names: [id] }))
  const types = typesOf(compute)
  // a pool that is not known stands for its types
  return types.length === 0
    ? compute.pools.map((pool) => ({ hardware: pool, names: [pool] }))
    : types.map((type) => ({ hardware: type, names: [type, gpuType(type)?.pool ?? type] }))
}

/**
 * GPUs of CPU workers: none.
 *
 * @since 0.1.0
 * @category accessors
 */
export const gpuCountOf = (compute: Compute): number => compute.type === "GPU" ? compute.count : 0

/**
 * @since 0.1.0
 * @category constructors
 */
export const gpu = (selection: GpuSelection, more: Partial<typeof GpuCompute.Type> = {}): typeof GpuCompute.Type => ({
  type: "GPU",
  ...selection,
  count: 1,
  allowedCudaVersions: [],
  minCudaVersion: null,
  ...more
})

/**
 * Each CPU configuration with its memory in GB.
 *
 * @since 0.1.0
 * @category accessors
 */
export const withMemory = (instances: ReadonlyArray<{ readonly id: string; readonly vcpuCount: number }>) =>
  instances.map((instance) => ({ ...instance, memory: memoryOf(instance) }))
