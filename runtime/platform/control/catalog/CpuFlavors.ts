/**
 * CPU flavors and the instances that are cut from them: `<flavor>-<vCPU>-<GB of memory>`.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export interface CpuFlavor {
  readonly id: string
  readonly name: string
  readonly group: string
  readonly ramGbPerVcpu: number
  readonly vcpu: { readonly min: number; readonly max: number }
}

const flavor = (id: string, name: string, group: string, ramGbPerVcpu: number): CpuFlavor => ({
  id,
  name,
  group,
  ramGbPerVcpu,
  vcpu: { min: 2, max: 32 }
})

/**
 * @since 0.1.0
 * @category constants
 */
export const cpuFlavors: ReadonlyArray<CpuFlavor> = [
  flavor("cpu3c", "Compute-Optimized", "Gen 3", 2),
  flavor("cpu3g", "General Purpose", "Gen 3", 4),
  flavor("cpu3m", "Memory-Optimized", "Gen 3", 8),
  flavor("cpu5c", "Compute-Optimized", "Gen 5", 2),
  flavor("cpu5g", "General Purpose", "Gen 5", 4),
  flavor("cpu5m", "Memory-Optimized", "Gen 5", 8)
]

const byId = new Map(cpuFlavors.map((flavor) => [flavor.id, flavor]))

/**
 * @since 0.1.0
 * @category accessors
 */
export const cpuFlavor = (id: string): CpuFlavor | undefined => byId.get(id)

/**
 * @since 0.1.0
 * @category models
 */
export interface CpuInstance {
  readonly id: string
  readonly vcpuCount: number
}

/**
 * Memory of an instance in GB.
 *
 * @since 0.1.0
 * @category accessors
 */
export const memoryOf = ({ id, vcpuCount }: CpuInstance): number =>
  Math.max(1, Math.round(vcpuCount * (cpuFlavor(id)?.ramGbPerVcpu ?? 1)))

/**
 * As `cpu3c-2-4`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const instanceId = (instance: CpuInstance): string =>
  `${instance.id}-${instance.vcpuCount}-${memoryOf(instance)}`

/**
 * Reads `cpu3c-2-4`. Memory follows from the rest.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parseInstanceId = (text: string): CpuInstance | undefined => {
  const [, id, vcpu] = /^([a-z0-9]+)-(\d{1,3})-\d+$/.exec(text) ?? []
  return id === undefined || cpuFlavor(id) === undefined ? undefined : { id, vcpuCount: Number(vcpu) }
}
