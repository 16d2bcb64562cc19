import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { fromGpuIds, GpuGroup, GpuType, toGpuIds } from "effect-flash"
import { normalise, toSelection } from "../../src/resources/GpuIds.ts"
import { cases } from "../laws.ts"

type Gpu = GpuGroup | GpuType

const gpu = FastCheck.constantFrom<Gpu>(...GpuGroup.all, ...GpuType.all)
const gpus = FastCheck.tuple(gpu, FastCheck.array(gpu, { maxLength: 12 }))
  .map(([first, others]): readonly [Gpu, ...ReadonlyArray<Gpu>] => [first, ...others])

describe("toGpuIds", () => {
  it.each<readonly [ReadonlyArray<Gpu>, string]>([
    [["NVIDIA L4"], "AMPERE_24,-NVIDIA GeForce RTX 3090,-NVIDIA RTX A5000"],
    [["AMPERE_24", "NVIDIA L4"], "AMPERE_24"],
    [["HOPPER_141", "ADA_24"], "ADA_24,HOPPER_141"],
    [["NVIDIA GeForce RTX 4090"], "ADA_24"],
    [["NVIDIA L4", "NVIDIA GeForce RTX 3090", "NVIDIA RTX A5000"], "AMPERE_24"],
    [["NVIDIA L4", "NVIDIA A40"], "AMPERE_24,AMPERE_48,-NVIDIA GeForce RTX 3090,-NVIDIA RTX A5000,-NVIDIA RTX A6000"],
    // cards of a pool that the original forgot
    [["NVIDIA RTX 6000 Ada Generation"], "ADA_48_PRO,-NVIDIA L40,-NVIDIA L40S"],
    [["NVIDIA H100 80GB HBM3"], "ADA_80_PRO,-NVIDIA H100 NVL,-NVIDIA H100 PCIe"],
    [[], ""],
    [["any"], GpuGroup.all.join(",")],
    [["NVIDIA L4", "any"], GpuGroup.all.join(",")]
  ])("says %j as %s", (gpus, ids) => {
    expect(toGpuIds(gpus)).toBe(ids)
  })
})

describe("fromGpuIds", () => {
  it.each<readonly [string, ReadonlyArray<Gpu>, ReadonlyArray<string>]>([
    ["AMPERE_24", ["AMPERE_24"], []],
    ["AMPERE_24,-NVIDIA L4", ["NVIDIA GeForce RTX 3090", "NVIDIA RTX A5000"], []],
    ["AMPERE_24, ADA_24 ", ["ADA_24", "AMPERE_24"], []],
    ["ADA_24,NVIDIA L4", ["ADA_24", "NVIDIA L4"], []],
    ["any", GpuGroup.all, []],
    ["", [], []],
    ["HOPPER_141,-NVIDIA H200", [], []],
    ["QUANTUM_1,ADA_24,-NVIDIA QX", ["ADA_24"], ["QUANTUM_1", "-NVIDIA QX"]]
  ])("reads %j", (ids, gpus, unknown) => {
    expect(fromGpuIds(ids)).toEqual({ gpus, unknown })
  })
})

describe("a selection of GPUs", () => {
  it("is read back from its text", () => {
    FastCheck.assert(
      FastCheck.property(gpus, (gpus) => {
        expect(fromGpuIds(toGpuIds(gpus))).toEqual({ gpus: normalise(gpus), unknown: [] })
      }),
      cases(300)
    )
  })

  it("does not depend on the order or on repetitions", () => {
    FastCheck.assert(
      FastCheck.property(gpus, (gpus) => {
        const [first, ...others] = gpus
        expect(toGpuIds([...others.toReversed(), first, first])).toBe(toGpuIds(gpus))
      }),
      cases(100)
    )
  })

  it("has one normal form, which selects the same", () => {
    FastCheck.assert(
      FastCheck.property(gpus, (gpus) => {
        const normal = normalise(gpus)
        expect(normal.length).toBeGreaterThan(0)
        expect(normalise(normal)).toEqual(normal)
        expect(toSelection(normal)).toEqual(toSelection(gpus))
        expect(normal.toSorted()).toEqual(normal)
      }),
      cases(300)
    )
  })

  it("takes what is named, and no other card of the pools that are not named whole", () => {
    FastCheck.assert(
      FastCheck.property(gpus, (gpus) => {
        const { excludedTypes, pools } = toSelection(gpus)
        for (const pool of GpuGroup.all) {
          if (gpus.includes(pool)) expect(pools).toContain(pool)
        }
        for (const card of excludedTypes) expect(gpus).not.toContain(card)
      }),
      cases(100)
    )
  })
})
