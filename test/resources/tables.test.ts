import { describe, expect, it } from "@effect/vitest"
import { CpuInstanceType, CudaVersion, DataCenter, FlashBoot, GpuGroup, GpuType, isGpuType } from "effect-flash"
import { gpuTypeDetails, ServerlessScalerType, ServerlessType } from "effect-flash"
import { cpuInstanceDetail, maxDiskInGb } from "../../src/resources/CpuInstanceType.ts"
import { cudaOrder } from "../../src/resources/CudaVersion.ts"

/** An enum's members, without its list. */
const members = (object: object) => Object.entries(object).filter(([name]) => name !== "all")

/** As an enum names what the platform calls `NVIDIA GeForce RTX 4090`. */
const enumName = (value: string) => value.replace(/[^A-Za-z0-9]/g, "_").toUpperCase()

describe("GpuGroup", () => {
  it("has the platform's pools, and any", () => {
    expect(GpuGroup.all).toEqual([
      "ADA_24",
      "ADA_32_PRO",
      "ADA_48_PRO",
      "ADA_80_PRO",
      "AMPERE_16",
      "AMPERE_24",
      "AMPERE_48",
      "AMPERE_80",
      "BLACKWELL_180",
      "BLACKWELL_96",
      "HOPPER_141"
    ])
    expect(new Set(GpuGroup.all).size).toBe(GpuGroup.all.length)
    expect(GpuGroup.ANY).toBe("any")
    expect(members(GpuGroup).filter(([name]) => name !== "ANY")).toEqual(GpuGroup.all.map((pool) => [pool, pool]))
  })
})

describe("GpuType", () => {
  /** Each pool's cards and their gigabytes. */
  const pools: Readonly<Record<string, ReadonlyArray<readonly [card: string, gb: number]>>> = {
    ADA_24: [["NVIDIA GeForce RTX 4090", 24]],
    ADA_32_PRO: [["NVIDIA GeForce RTX 5090", 32]],
    ADA_48_PRO: [["NVIDIA L40", 48], ["NVIDIA L40S", 48], ["NVIDIA RTX 6000 Ada Generation", 48]],
    ADA_80_PRO: [["NVIDIA H100 80GB HBM3", 80], ["NVIDIA H100 NVL", 94], ["NVIDIA H100 PCIe", 80]],
    AMPERE_16: [
      ["NVIDIA RTX 2000 Ada Generation", 16],
      ["NVIDIA RTX 4000 Ada Generation", 20],
      ["NVIDIA RTX A4000", 16],
      ["NVIDIA RTX A4500", 20]
    ],
    AMPERE_24: [["NVIDIA GeForce RTX 3090", 24], ["NVIDIA L4", 24], ["NVIDIA RTX A5000", 24]],
    AMPERE_48: [["NVIDIA A40", 48], ["NVIDIA RTX A6000", 48]],
    AMPERE_80: [["NVIDIA A100 80GB PCIe", 80], ["NVIDIA A100-SXM4-80GB", 80]],
    BLACKWELL_96: [
      ["NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", 96],
      ["NVIDIA RTX PRO 6000 Blackwell Server Edition", 96],
      ["NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 96]
    ],
    BLACKWELL_180: [["NVIDIA B200", 180]],
    HOPPER_141: [["NVIDIA H200", 141]]
  }

  it("has the cards of each pool with their memory", () => {
    for (const pool of GpuGroup.all) {
      const cards = GpuType.all.filter((card) => gpuTypeDetails[card].pool === pool)
      expect(cards.map((card) => [card, gpuTypeDetails[card].memoryInGb])).toEqual(pools[pool])
    }
    expect(GpuType.all).toHaveLength(24)
  })

  it("names its members as the original does", () => {
    for (const [name, value] of members(GpuType)) {
      expect([name.toUpperCase(), value]).toEqual([enumName(value), value])
    }
    expect(GpuType.NVIDIA_A100_80GB_PCIe).toBe("NVIDIA A100 80GB PCIe")
    expect(GpuType.NVIDIA_GEFORCE_RTX_4090).toBe("NVIDIA GeForce RTX 4090")
  })

  it("is sorted, so that what is made of it is", () => {
    expect(GpuType.all.toSorted()).toEqual(GpuType.all)
  })

  it("is told by its value, not by its name", () => {
    expect(["NVIDIA L4", "any"].map(isGpuType)).toEqual([true, true])
    expect(["NVIDIA_L4", "AMPERE_24", "toString", "", 4, undefined].filter(isGpuType)).toEqual([])
  })
})

describe("CpuInstanceType", () => {
  it.each(
    [
      ["cpu3g-1-4", 1, 4, 10],
      ["cpu3g-2-8", 2, 8, 20],
      ["cpu3g-4-16", 4, 16, 40],
      ["cpu3g-8-32", 8, 32, 80],
      ["cpu3c-1-2", 1, 2, 10],
      ["cpu3c-2-4", 2, 4, 20],
      ["cpu3c-4-8", 4, 8, 40],
      ["cpu3c-8-16", 8, 16, 80],
      ["cpu5c-1-2", 1, 2, 15],
      ["cpu5c-2-4", 2, 4, 30],
      ["cpu5c-4-8", 4, 8, 60],
      ["cpu5c-8-16", 8, 16, 120]
    ] as const
  )("%s has %d vCPUs, %d GB and room for %d GB of disk", (id, vcpu, memoryInGb, maxDiskInGb) => {
    expect(cpuInstanceDetail(id)).toEqual({ flavor: id.slice(0, 5), vcpu, memoryInGb, maxDiskInGb })
    expect(Object.entries(CpuInstanceType)).toContainEqual([enumName(id), id])
  })

  it("are those twelve", () => {
    expect(CpuInstanceType.all).toHaveLength(12)
    expect(members(CpuInstanceType)).toHaveLength(12)
  })

  it("have room together for what the smallest has room for", () => {
    expect(maxDiskInGb(["cpu3g-1-4", "cpu5c-2-4"])).toBe(10)
    expect(maxDiskInGb(["cpu5c-8-16"])).toBe(120)
  })
})

describe("CudaVersion", () => {
  it("has 11.8 to 13.0", () => {
    expect(CudaVersion.all).toEqual([
      "11.8",
      "12.0",
      "12.1",
      "12.2",
      "12.3",
      "12.4",
      "12.5",
      "12.6",
      "12.7",
      "12.8",
      "12.9",
      "13.0"
    ])
    expect(members(CudaVersion)).toEqual(CudaVersion.all.map((v) => [`V${v.replace(".", "_")}`, v]))
  })

  it("is ordered by its numbers", () => {
    expect(["12.11", "9.0", "12.2", "13.0", "12.0"].toSorted(cudaOrder)).toEqual([
      "9.0",
      "12.0",
      "12.2",
      "12.11",
      "13.0"
    ])
    expect(CudaVersion.all.toSorted(cudaOrder)).toEqual(CudaVersion.all)
  })
})

describe("DataCenter", () => {
  it("has all of the platform's", () => {
    expect(DataCenter.all).toEqual(
      ("AP-JP-1 CA-MTL-1 CA-MTL-2 CA-MTL-3 EU-CZ-1 EU-FR-1 EU-NL-1 EU-RO-1 EU-SE-1 EUR-IS-1 EUR-IS-2 EUR-IS-3 " +
        "EUR-NO-1 OC-AU-1 US-CA-2 US-DE-1 US-GA-1 US-GA-2 US-IL-1 US-KS-2 US-KS-3 US-MD-1 US-MO-1 US-MO-2 US-NC-1 " +
        "US-NC-2 US-NE-1 US-TX-1 US-TX-3 US-TX-4 US-WA-1").split(" ")
    )
    expect(members(DataCenter)).toEqual(DataCenter.all.map((id) => [enumName(id), id]))
  })
})

describe("other enums", () => {
  it("have RunPod's values", () => {
    expect(ServerlessScalerType).toEqual({ QUEUE_DELAY: "QUEUE_DELAY", REQUEST_COUNT: "REQUEST_COUNT" })
    expect(ServerlessType).toEqual({ QB: "QB", LB: "LB" })
    expect(Object.values(FlashBoot)).toEqual(["OFF", "FLASHBOOT", "PRIORITY_FLASHBOOT"])
  })
})
