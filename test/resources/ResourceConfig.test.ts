import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, FastCheck, Schema } from "effect"
import { PodTemplate } from "effect-flash"
import { fields } from "../../src/resources/fields.ts"
import { equivalence, ResourceConfig, type ResourceType, structs } from "../../src/resources/ResourceConfig.ts"
import { cases } from "../laws.ts"
import { declare, isGpu, isLoadBalancer, minimal, options, types } from "./declarations.ts"

const encode = Schema.encodeSync(ResourceConfig)
const decode = Schema.decodeUnknownSync(ResourceConfig, { onExcessProperty: "error" })
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const deepFreeze = <A>(value: A): A => {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}

/** The same with every object's fields and every list the other way round. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed).toReversed()
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reversed(inner)]).toReversed())
    : value
}

const inOrder = (options: object) =>
  Object.fromEntries(Object.entries(options).filter(([field]) => field === "instanceIds" || field === "template"))

describe.each(types)("a configuration of %s", (type) => {
  it("decodes to what was encoded, through JSON", () => {
    FastCheck.assert(
      FastCheck.property(options(type), (options) => {
        const config = declare(type, options)
        const written = json(encode(config))
        expect(decode(written)).toEqual(config)
        expect(encode(decode(written))).toEqual(written)
      }),
      cases(150)
    )
  })

  it("leaves what it is made of alone, and may be made of what is frozen", () => {
    FastCheck.assert(
      FastCheck.property(options(type), (options) => {
        const before = structuredClone(options)
        declare(type, deepFreeze(options))
        expect(options).toEqual(before)
      }),
      cases(50)
    )
  })

  it("does not depend on the order of what is a set", () => {
    FastCheck.assert(
      FastCheck.property(options(type), (options) => {
        // instance types and a container's ports are no sets
        const other = declare(type, { ...reversed(options) as object, ...inOrder(options) })
        expect(declare(type, options)).toEqual(other)
        expect(equivalence(declare(type, options), other)).toBe(true)
      }),
      cases(100)
    )
  })

  it("is told from every other", () => {
    FastCheck.assert(
      FastCheck.property(options(type), options(type), (a, b) => {
        const [one, other] = [declare(type, a), declare(type, b)]
        expect(equivalence(one, other)).toBe(JSON.stringify(json(one)) === JSON.stringify(json(other)))
        expect(equivalence(one, decode(json(encode(one))))).toBe(true)
      }),
      cases(100)
    )
  })
})

describe("ResourceConfig", () => {
  it("decodes what it encoded, also what no constructor makes", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(ResourceConfig), (config) => {
        expect(decode(json(encode(config)))).toEqual(config)
        expect(config.workersMin).toBeLessThanOrEqual(config.workersMax)
      }),
      cases(100)
    )
  })

  it.each([
    [{ workersMin: 2 }, "workersMin"],
    [{ scalerType: "REQUEST_COUNT", scalerValue: 1.5 }, "scalerValue"],
    [{ containerDiskInGb: 21 }, "containerDiskInGb"],
    [{ executionTimeoutMs: 4999 }, "executionTimeoutMs"],
    [{ workersMaximum: 1 }, "workersMaximum"]
  ])("refuses a manifest's %j", (wrong, field) => {
    expect(() => decode({ _tag: "CpuLiveServerless", name: "name", ...wrong })).toThrow(field)
  })

  it("fills in what a manifest of an older version lacks", () => {
    expect(decode({ _tag: "CpuServerlessEndpoint", name: "name", imageName: "x" })).toEqual({
      ...decode(json(encode(declare("CpuServerlessEndpoint", { imageName: "x" })))),
      containerDiskInGb: undefined
    })
  })

  it("tells templates apart by what is in them", () => {
    const make = (config: Record<string, unknown>) =>
      declare("LiveServerless", { template: PodTemplate.make({ config }) })
    expect(equivalence(make({ a: { b: 1 } }), make({ a: { b: 1 } }))).toBe(true)
    expect(equivalence(make({ a: { b: 1 } }), make({ a: { b: 2 } }))).toBe(false)
  })
})

describe("fields", () => {
  it("says of every field what becomes of it, and of no other", () => {
    const all = Object.values(structs).flatMap((struct) => Object.keys(struct.fields))
    expect(Object.keys(fields).toSorted()).toEqual([...new Set(all)].toSorted())
  })

  it("takes an endpoint for the same by its name or its id", () => {
    expect(Object.entries(fields).filter(([, destination]) => destination === "identity").map(([field]) => field))
      .toEqual(["name", "id"])
  })
})

describe("defaults", () => {
  const gpus = [
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
  ]

  const expected = (type: ResourceType) => ({
    _tag: type,
    name: "name",
    workersMin: 0,
    workersMax: 1,
    workersPFBTarget: 0,
    idleTimeout: 60,
    executionTimeoutMs: 0,
    scalerValue: 4,
    flashboot: "FLASHBOOT",
    maxConcurrency: isLoadBalancer(type) ? 100 : 1,
    env: {},
    dataCenters: [],
    networkVolumes: [],
    ...(isLoadBalancer(type) ? { scalerType: "REQUEST_COUNT", port: 80 } : { scalerType: "QUEUE_DELAY" }),
    ...(isGpu(type)
      ? { gpus, gpuCount: 1, cudaVersions: [], containerDiskInGb: 64 }
      : { instanceIds: ["cpu3g-2-8"], containerDiskInGb: 20 }),
    ...minimal(type)
  })

  it.each(types)("of %s", (type) => {
    expect(declare(type, minimal(type))).toEqual(expected(type))
    // an option that is undefined is none
    const unset = { workersMax: undefined, env: undefined, flashboot: undefined, datacenter: undefined }
    expect(declare(type, { ...minimal(type), ...unset })).toEqual(expected(type))
  })

  it.each(types.filter((type) => !type.includes("Live")))("of %s that is there already", (type) => {
    const { imageName: _, ...rest } = { imageName: undefined, ...expected(type) }
    expect(declare(type, { id: "i02xupws21hp6i" })).toEqual({ ...rest, id: "i02xupws21hp6i" })
  })
})
