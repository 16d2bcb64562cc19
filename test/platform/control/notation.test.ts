/** The ways in which the APIs write the same things down. */
import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { CpuInstanceType, GpuGroup } from "effect-flash"
import { cpuFlavors, instanceId, parseInstanceId } from "../../../runtime/platform/control/catalog/CpuFlavors.ts"
import { dataCenters } from "../../../runtime/platform/control/catalog/DataCenters.ts"
import { compareCuda, gpuPools, gpuTypes } from "../../../runtime/platform/control/catalog/GpuTypes.ts"
import * as Stock from "../../../runtime/platform/control/catalog/Stock.ts"
import * as Compute from "../../../runtime/platform/control/Compute.ts"
import * as ShellWords from "../../../runtime/platform/control/ShellWords.ts"
import { cases } from "../../laws.ts"

const pooled = gpuTypes.filter(({ pool }) => pool !== null).map(({ id }) => id)

describe("GPUs", () => {
  it("as types and as pools with exceptions are the same", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uniqueArray(FastCheck.constantFrom(...pooled), { minLength: 1 }), (types) => {
        const selection = Compute.selectionOf(types)
        expect(selection && [...Compute.typesOf(selection)].sort()).toEqual([...types].sort())
        expect(selection && Compute.fromGpuIds(Compute.toGpuIds(selection))).toEqual(selection)
      }),
      cases(200)
    )
    expect(Compute.selectionOf(["NVIDIA A30"])).toBeUndefined()
    expect(Compute.selectionOf(["no such thing"])).toBeUndefined()
  })

  it("are read from GraphQL's text, however it is spaced", () => {
    expect(Compute.fromGpuIds(" AMPERE_24 , -NVIDIA L4,-NVIDIA GeForce RTX 3090,,")).toEqual({
      pools: ["AMPERE_24"],
      excludedTypes: ["NVIDIA L4", "NVIDIA GeForce RTX 3090"]
    })
    expect(Compute.choicesOf(Compute.gpu(Compute.fromGpuIds("AMPERE_24,-NVIDIA L4")))[0]?.hardware).toBe(
      "NVIDIA RTX A5000"
    )
    expect(Compute.choicesOf(Compute.gpu(Compute.fromGpuIds("NEW_1")))[0]?.hardware).toBe("NEW_1")
  })

  it("of every pool a resource can name are in the table", () => {
    for (const pool of GpuGroup.all) expect([pool, gpuPools.has(pool)]).toEqual([pool, true])
    expect(gpuTypes).toHaveLength(new Set(gpuTypes.map(({ id }) => id)).size)
  })

  it("have CUDA versions that are compared by their numbers", () => {
    expect(compareCuda("12.11", "12.2")).toBeGreaterThan(0)
    expect(compareCuda("12", "12.1")).toBeLessThan(0)
    expect(compareCuda("13.0", "13")).toBe(0)
  })
})

describe("CPUs", () => {
  it("as instance ids and as flavors are the same", () => {
    for (const id of CpuInstanceType.all) {
      const instance = parseInstanceId(id)
      expect(instance && instanceId(instance)).toBe(id)
    }
    for (const id of ["cpu9c-2-4", "cpu3c", "cpu3c-x-4", ""]) expect(parseInstanceId(id)).toBeUndefined()
    expect(cpuFlavors.map(({ id }) => id)).toContain("cpu5m")
  })
})

describe("stock", () => {
  const stock = { "ADA_24": "LOW", "NVIDIA L4": "MEDIUM", "NVIDIA L4@EU-RO-1": "NONE" } as const
  it("is what the most precise name says, and plenty otherwise", () => {
    expect(Stock.levelIn(stock, ["NVIDIA L4", "AMPERE_24"], "EU-RO-1")).toBe("NONE")
    expect(Stock.levelIn(stock, ["NVIDIA L4", "AMPERE_24"], "US-KS-2")).toBe("MEDIUM")
    expect(Stock.levelIn(stock, ["NVIDIA GeForce RTX 4090", "ADA_24"], "US-KS-2")).toBe("LOW")
    expect(Stock.levelIn(stock, ["cpu3c"], "US-KS-2")).toBe("HIGH")
    expect(Stock.best(stock, ["NVIDIA L4"], ["EU-RO-1"])).toBe("NONE")
    expect(Stock.best(stock, ["NVIDIA L4"])).toBe("MEDIUM")
    expect(Stock.best(stock, ["cpu3c"], [])).toBe("NONE")
    expect(Stock.titled("HIGH")).toBe("High")
  })

  it("is in data centers of which the 26 oldest are in REST v1", () => {
    expect(dataCenters.filter(({ listedInV1 }) => listedInV1)).toHaveLength(26)
  })
})

describe("a command's arguments", () => {
  it("come back from their text, whatever is in them", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.string({ unit: "binary" })), (words) => {
        expect(ShellWords.split(ShellWords.join(words))).toEqual(words)
      }),
      cases(300)
    )
  })

  it("are read as a shell reads them", () => {
    expect(ShellWords.split(`python  -u handler.py --name "a \\"b\\"" 'c d'e\\ f`)).toEqual([
      "python",
      "-u",
      "handler.py",
      "--name",
      `a "b"`,
      "c de f"
    ])
    expect(ShellWords.split(`a ''`)).toEqual(["a", ""])
    expect(ShellWords.split(`'open`)).toEqual(["open"])
    expect(ShellWords.split("")).toEqual([])
  })
})
