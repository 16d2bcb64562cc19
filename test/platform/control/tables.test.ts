/** What the embedded platform has to offer, and what a program can ask for, are the same things. */
import { expect, it } from "@effect/vitest"
import { CpuInstanceType, CudaVersion, DataCenter, GpuGroup, GpuType, gpuTypeDetails } from "effect-flash"
import { instanceId, parseInstanceId } from "../../../runtime/platform/control/catalog/CpuFlavors.ts"
import { dataCenters } from "../../../runtime/platform/control/catalog/DataCenters.ts"
import { cudaVersions, gpuPools, gpuTypes } from "../../../runtime/platform/control/catalog/GpuTypes.ts"

it("GPU types that are in a pool, with their pools and memory", () => {
  const offered = gpuTypes.filter(({ pool }) => pool !== null).map(({ id, memory, pool }) => ({ id, memory, pool }))
  const known = GpuType.all.map((id) => ({
    id: id as string,
    memory: gpuTypeDetails[id].memoryInGb,
    pool: gpuTypeDetails[id].pool
  }))
  expect(offered.toSorted((a, b) => a.id < b.id ? -1 : 1)).toEqual(known.toSorted((a, b) => a.id < b.id ? -1 : 1))
  expect([...gpuPools.keys()].toSorted()).toEqual(GpuGroup.all.toSorted())
})

it("CUDA versions and data centers", () => {
  expect(cudaVersions.toSorted()).toEqual(CudaVersion.all.toSorted())
  expect(dataCenters.map(({ id }) => id).toSorted()).toEqual(DataCenter.all.toSorted())
})

it.each(CpuInstanceType.all)("the CPU instance %s", (type) => {
  const instance = parseInstanceId(type)
  expect(instance && instanceId(instance)).toBe(type)
})
