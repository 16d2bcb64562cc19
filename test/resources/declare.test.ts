import { assert, describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { CpuLiveServerless, Env, InvalidResource, LiveServerless, NetworkVolume, PodTemplate } from "effect-flash"
import type { ResourceType } from "../../src/resources/ResourceConfig.ts"
import { cases } from "../laws.ts"
import { declare, isGpu, isLoadBalancer, minimal, options, types } from "./declarations.ts"

const failure = (declaration: () => unknown): InvalidResource => {
  try {
    declaration()
  } catch (error) {
    assert.instanceOf(error, InvalidResource)
    return error
  }
  return assert.fail("it is legal")
}

/** What is wrong, by field. */
const wrong = (type: ResourceType, options: object): Readonly<Record<string, string>> =>
  Object.fromEntries(
    failure(() => declare(type, options)).issues.map(({ message, path }) => [path, message])
  )

const own = types.filter((type) => !type.includes("Live"))
const live = types.filter((type) => type.includes("Live"))

describe("normal form", () => {
  const kept = (options: object) => declare("LiveServerless", options)

  it.each([[true, "FLASHBOOT"], [false, "OFF"], ["OFF", "OFF"], ["PRIORITY_FLASHBOOT", "PRIORITY_FLASHBOOT"]])(
    "of flashboot %j is %s",
    (flashboot, mode) => {
      expect(kept({ flashboot }).flashboot).toBe(mode)
    }
  )

  it("of GPUs is the shortest sorted list", () => {
    expect(kept({ gpus: ["HOPPER_141", "ADA_24", "NVIDIA L4", "NVIDIA GeForce RTX 4090"] })).toMatchObject({
      gpus: ["ADA_24", "HOPPER_141", "NVIDIA L4"]
    })
    expect(kept({ gpus: ["ADA_24", "any"] })).toEqual(kept({}))
  })

  it("of data centers is a list", () => {
    expect(kept({ datacenter: "US-KS-2" }).dataCenters).toEqual(["US-KS-2"])
    expect(kept({ datacenter: ["US-KS-2", "EU-RO-1", "US-KS-2"] }).dataCenters).toEqual(["EU-RO-1", "US-KS-2"])
    expect(kept({ datacenter: [] }).dataCenters).toEqual([])
  })

  it("of CUDA versions is in their order", () => {
    expect(kept({ cudaVersions: ["13.0", "11.8", "12.4", "11.8"] })).toMatchObject({
      cudaVersions: ["11.8", "12.4", "13.0"]
    })
  })

  it("of instance types is without repetitions, the first first", () => {
    expect(declare("CpuLiveServerless", { instanceIds: ["cpu5c-1-2", "cpu3c-1-2", "cpu5c-1-2"] })).toMatchObject({
      instanceIds: ["cpu5c-1-2", "cpu3c-1-2"]
    })
  })
})

describe("network volumes", () => {
  const models = NetworkVolume.make("models")
  const data = NetworkVolume.make("data", { dataCenterId: "US-KS-2", size: 50 })

  it("are one list, however they are written", () => {
    const { networkVolumes } = declare("LiveServerless", {
      networkVolume: data,
      networkVolumes: [models, data],
      networkVolumeId: "agv6w2qcg7"
    })
    expect(networkVolumes).toEqual([{ _tag: "ExistingNetworkVolume", id: "agv6w2qcg7" }, models, data])
  })

  it("pin workers to where they are", () => {
    expect(declare("LiveServerless", { networkVolumes: [data, models] }).dataCenters).toEqual(["EU-RO-1", "US-KS-2"])
    expect(declare("LiveServerless", { networkVolume: models, datacenter: ["EU-RO-1", "US-KS-2"] }).dataCenters)
      .toEqual(["EU-RO-1", "US-KS-2"])
  })

  it("do not where it is not known where one is", () => {
    expect(declare("LiveServerless", { networkVolume: data, networkVolumeId: "x" }).dataCenters).toEqual([])
    expect(declare("LiveServerless", { networkVolume: NetworkVolume.fromId("x") }).dataCenters).toEqual([])
    expect(
      declare("LiveServerless", { networkVolume: NetworkVolume.fromId("x", { dataCenterId: "EU-CZ-1" }) }).dataCenters
    ).toEqual(["EU-CZ-1"])
  })

  it("must be where workers are, one in each data center", () => {
    expect(wrong("LiveServerless", { networkVolume: models, datacenter: "US-KS-2" })).toEqual({
      datacenter: expect.stringMatching(/"models" is in EU-RO-1.*US-KS-2 only/)
    })
    expect(wrong("LiveServerless", { networkVolumes: [models, NetworkVolume.make("others")] })).toEqual({
      networkVolumes: expect.stringMatching(/second in EU-RO-1/)
    })
  })

  it("can be shared by resources", () => {
    const [a, b] = [
      LiveServerless.make("a", { networkVolume: data }),
      CpuLiveServerless.make("b", { networkVolume: data })
    ]
    expect(a.config.networkVolumes).toEqual(b.config.networkVolumes)
    expect(data).toEqual({ _tag: "NetworkVolume", name: "data", dataCenterId: "US-KS-2", size: 50 })
  })

  it("are legal by themselves", () => {
    expect(models).toEqual({ _tag: "NetworkVolume", name: "models", dataCenterId: "EU-RO-1", size: 100 })
    const issues = (make: () => unknown) => failure(make).issues.map(({ path }) => path).toSorted()
    expect(issues(() => NetworkVolume.make("", { size: 9 }))).toEqual(["name", "size"])
    expect(issues(() => NetworkVolume.make("x", { size: 4097 }))).toEqual(["size"])
    expect(issues(() => NetworkVolume.fromId(""))).toEqual(["id"])
    const unknown = { sise: 10, mountPath: "/x" }
    expect(failure(() => NetworkVolume.make("x", unknown as object)).message).toMatch(
      /sise: .*did you mean size\?\n.*mountPath: .*\/runpod-volume/
    )
    expect(wrong("LiveServerless", { networkVolume: "agv6w2qcg7" })).toEqual({
      networkVolume: "expected NetworkVolume.make(name) or NetworkVolume.fromId(id)"
    })
  })
})

describe("a template", () => {
  const template = PodTemplate.make({
    name: "shared",
    imageName: "me/image:1",
    containerDiskInGb: 15,
    containerRegistryAuthId: "clz",
    dockerArgs: "--fast",
    env: { A: "template", B: "template" },
    ports: "8888/http, 22/tcp",
    startScript: "start",
    advancedStart: true,
    config: { a: 1 }
  })
  const settings = {
    name: "shared",
    dockerArgs: "--fast",
    ports: ["8888/http", "22/tcp"],
    startScript: "start",
    advancedStart: true,
    config: { a: 1 }
  }

  it.each(types)("gives %s what it does not say itself", (type) => {
    expect(declare(type, { template })).toMatchObject({
      imageName: "me/image:1",
      containerDiskInGb: 15,
      containerRegistryAuthId: "clz",
      env: { A: "template", B: "template" },
      template: settings
    })
    expect(
      declare(type, {
        template,
        imageName: "mine",
        containerDiskInGb: 10,
        containerRegistryAuthId: "mine",
        env: { B: "mine", C: Env.secret("mine") }
      })
    ).toMatchObject({
      imageName: "mine",
      containerDiskInGb: 10,
      containerRegistryAuthId: "mine",
      env: { A: "template", B: "mine", C: { _tag: "Secret", name: "mine" } },
      template: settings
    })
  })

  it("can be shared by resources and is as before", () => {
    const before = structuredClone(template)
    const a = LiveServerless.make("a", { template, env: { A: "a" } })
    const b = CpuLiveServerless.make("b", { template, imageName: "b" })
    expect(template).toEqual(before)
    expect([a.config.env, a.config.imageName]).toEqual([{ A: "a", B: "template" }, "me/image:1"])
    expect([b.config.env, b.config.imageName]).toEqual([{ A: "template", B: "template" }, "b"])
  })

  it("on the platform decides on the disk, where nothing is said", () => {
    for (const type of types) {
      expect(declare(type, { templateId: "30zmvf89kd" }).containerDiskInGb).toBeUndefined()
      expect(declare(type, { templateId: "30zmvf89kd", containerDiskInGb: 7 }).containerDiskInGb).toBe(7)
    }
  })

  it("is one of the two", () => {
    expect(wrong("LiveServerless", { template, templateId: "x" })).toEqual({
      templateId: expect.stringContaining("one of the two")
    })
  })

  it("is legal by itself", () => {
    const unknown = { imageName: 5, ports: "80", volumeInGb: 5, env: { "a b": "" }, config: { a: new Date() }, disc: 1 }
    const issues = failure(() => PodTemplate.make(unknown as never)).issues
    expect(Object.fromEntries(issues.map(({ message, path }) => [path, message]))).toEqual({
      imageName: expect.stringContaining("5"),
      "ports.0": expect.stringContaining("8888/http"),
      volumeInGb: expect.stringContaining("NetworkVolume"),
      "env.a b": expect.stringContaining("name of a variable"),
      "config.a": expect.stringContaining("JSON"),
      disc: expect.stringContaining("no such field")
    })
    expect(wrong("LiveServerless", { template: { imageName: "x" } })).toEqual({
      "template._tag": expect.stringContaining("constructor")
    })
  })

  it("with a disk that is too large is named as the one that says so", () => {
    expect(wrong("CpuLiveServerless", { template: PodTemplate.make({ containerDiskInGb: 21 }) })).toEqual({
      "template.containerDiskInGb": expect.stringContaining("cpu3g-2-8 has at most 20 GB")
    })
  })
})

describe("disk", () => {
  const cpus = types.filter((type) => !isGpu(type))

  it.each(cpus)("of %s is what the smallest instance has room for", (type) => {
    const diskOf = (instanceIds: ReadonlyArray<string>) =>
      declare(type, { ...minimal(type), instanceIds }).containerDiskInGb
    expect(diskOf(["cpu3g-1-4", "cpu5c-2-4"])).toBe(10)
    expect(diskOf(["cpu5c-8-16"])).toBe(120)
  })

  it.each(cpus)("of %s cannot be larger, and the error says what each has", (type) => {
    expect(wrong(type, { ...minimal(type), instanceIds: ["cpu3g-2-8", "cpu5c-1-2"], containerDiskInGb: 16 })).toEqual({
      containerDiskInGb:
        "16 GB is more than there is room for: cpu3g-2-8 has at most 20 GB, cpu5c-1-2 has at most 15 GB"
    })
    // explicitly what GPUs have by default
    expect(Object.keys(wrong(type, { ...minimal(type), containerDiskInGb: 64 }))).toEqual(["containerDiskInGb"])
    expect(declare(type, { ...minimal(type), containerDiskInGb: 5 }).containerDiskInGb).toBe(5)
  })

  it.each(types.filter(isGpu))("of %s can be large", (type) => {
    expect(declare(type, { ...minimal(type), containerDiskInGb: 500 }).containerDiskInGb).toBe(500)
  })
})

describe("scaling", () => {
  it("of a queue is by delay or by requests", () => {
    expect(declare("LiveServerless", { scalerValue: 0.5 })).toMatchObject({
      scalerType: "QUEUE_DELAY",
      scalerValue: 0.5
    })
    expect(declare("LiveServerless", { scalerType: "REQUEST_COUNT", scalerValue: 2 })).toMatchObject({ scalerValue: 2 })
    expect(wrong("LiveServerless", { scalerValue: 0.4 })).toHaveProperty("scalerValue")
    expect(wrong("LiveServerless", { scalerValue: Infinity })).toHaveProperty("scalerValue")
    expect(wrong("LiveServerless", { scalerType: "REQUEST_COUNT", scalerValue: 2.5 })).toEqual({
      scalerValue: "expected a whole number of requests with REQUEST_COUNT, not 2.5"
    })
    expect(wrong("LiveServerless", { scalerType: "REQUEST_COUNT", idleTimeout: 5 })).toEqual({
      idleTimeout: expect.stringContaining("REQUEST_COUNT")
    })
  })

  it.each(types.filter(isLoadBalancer))("of %s is by requests only", (type) => {
    expect(wrong(type, { ...minimal(type), scalerType: "QUEUE_DELAY" })).toEqual({
      scalerType: expect.stringContaining("REQUEST_COUNT")
    })
    expect(wrong(type, { ...minimal(type), scalerValue: 0.5 })).toHaveProperty("scalerValue")
    expect(declare(type, { ...minimal(type), scalerType: "REQUEST_COUNT", idleTimeout: 5 }).idleTimeout).toBe(5)
  })
})

describe("limits", () => {
  it.each(
    [
      ["workersMin", [0, 1], [-1, 0.5, NaN, "1", null, 1001]],
      ["workersMax", [1, 1000], [0, 1001, true]],
      ["workersPFBTarget", [0, 3], [-1]],
      ["idleTimeout", [1, 3600], [0, 3601, 1.5]],
      ["executionTimeoutMs", [0, 5000, 604_800_000], [-1, 1, 4999, 604_800_001, "5000"]],
      ["maxConcurrency", [1, 1000], [0, 1.5]],
      ["gpuCount", [1, 8], [0, -1, 1.5]],
      ["containerDiskInGb", [1, 1000], [0, 1.5]],
      ["imageName", ["a"], ["", 5, null]],
      ["flashboot", ["OFF"], ["on", 1, null]]
    ] as const
  )("of %s", (field, legal, illegal) => {
    for (const value of legal) expect(declare("LiveServerless", { [field]: value })).toHaveProperty(field, value)
    for (const value of illegal) expect(Object.keys(wrong("LiveServerless", { [field]: value }))).toEqual([field])
  })

  it.each(types.filter(isLoadBalancer))("of the port of %s", (type) => {
    expect(declare(type, { ...minimal(type), port: 8000 })).toHaveProperty("port", 8000)
    expect(wrong(type, { ...minimal(type), port: 0 })).toHaveProperty("port")
    expect(wrong(type, { ...minimal(type), env: { PORT: "8000" } })).toEqual({
      "env.PORT": expect.stringContaining("port")
    })
  })
})

describe("fields that are not there", () => {
  it("are told what was meant", () => {
    expect(wrong("LiveServerless", {
      workerMax: 3,
      idle_timeout: 5,
      gpuIds: "ADA_24",
      allowedCudaVersions: "12.4",
      locations: "EU-RO-1",
      type: "QB",
      flashEnvironmentId: "x",
      aiKey: "x",
      dockerArgs: "x",
      dependencies: [],
      constructor: 1,
      frobnicate: 1
    })).toEqual({
      workerMax: "there is no such field; did you mean workersMax?",
      idle_timeout: "there is no such field; did you mean idleTimeout?",
      gpuIds: expect.stringContaining("gpus"),
      allowedCudaVersions: expect.stringContaining("cudaVersions"),
      locations: expect.stringContaining("datacenter"),
      type: expect.stringContaining("constructor"),
      flashEnvironmentId: expect.stringContaining("flash deploy"),
      aiKey: "the platform assigns it",
      dockerArgs: expect.stringContaining("template"),
      dependencies: expect.stringContaining("remote"),
      constructor: "there is no such field",
      frobnicate: "there is no such field"
    })
  })

  it("or values are told what was meant", () => {
    expect(wrong("LiveServerless", {
      gpus: ["NVIDIA_L4", "ADA24", "NVIDIA RTX 4090", "toString", 5],
      datacenter: "EU-R0-1",
      minCudaVersion: "V12_8"
    })).toEqual({
      "gpus.0": `"NVIDIA_L4" is not a GPU pool or type; did you mean NVIDIA L4?`,
      "gpus.1": `"ADA24" is not a GPU pool or type; did you mean ADA_24?`,
      "gpus.2": expect.stringContaining("did you mean NVIDIA"),
      "gpus.3": `"toString" is not a GPU pool or type`,
      "gpus.4": "5 is not a GPU pool or type",
      datacenter: `"EU-R0-1" is not a data center; did you mean EU-RO-1?`,
      minCudaVersion: `"V12_8" is not a CUDA version; did you mean 12.8?`
    })
    expect(wrong("CpuLiveServerless", { instanceIds: ["cpu3g-2-9", "CPU3C_1_2"] })).toEqual({
      "instanceIds.0": `"cpu3g-2-9" is not a CPU instance type; did you mean cpu3g-2-8?`,
      "instanceIds.1": `"CPU3C_1_2" is not a CPU instance type; did you mean cpu3c-1-2?`
    })
  })
})

describe("mixtures", () => {
  it.each(types.filter((type) => !isGpu(type)))("%s has no settings of GPUs", (type) => {
    const gpu = { gpus: ["any"], gpuCount: 1, cudaVersions: ["12.4"], minCudaVersion: "12.4" }
    expect(Object.keys(wrong(type, { ...minimal(type), ...gpu })).toSorted()).toEqual(Object.keys(gpu).toSorted())
  })

  it.each(types.filter(isGpu))("%s has no settings of CPUs, and one of the two of CUDA", (type) => {
    expect(wrong(type, { ...minimal(type), instanceIds: ["cpu3g-2-8"] })).toEqual({
      instanceIds: expect.stringContaining("runs on GPUs")
    })
    expect(wrong(type, { ...minimal(type), cudaVersions: ["12.4"], minCudaVersion: "12.4" })).toEqual({
      minCudaVersion: expect.stringContaining("one of the two")
    })
  })

  it.each(types.filter((type) => !isLoadBalancer(type)))("%s has no port", (type) => {
    expect(wrong(type, { ...minimal(type), port: 80 })).toEqual({ port: expect.stringContaining("is a queue") })
  })

  it.each(live)("%s has no id", (type) => {
    expect(wrong(type, { id: "x" })).toEqual({ id: expect.stringMatching(/there already is \w+ or Cpu\w+/) })
  })

  it.each(own)("%s has an id or everything else", (type) => {
    const given = { ...minimal(type), workersMax: 3, env: {}, maxConcurrency: 2 }
    expect(Object.keys(wrong(type, { id: "x", ...given })).toSorted()).toEqual(Object.keys(given).toSorted())
    expect(wrong(type, { id: "" })).toHaveProperty("id")
  })

  it.each(own)("%s needs an image", (type) => {
    expect(wrong(type, {})).toEqual({ imageName: expect.stringContaining("templateId") })
    expect(wrong(type, { template: PodTemplate.make({}) })).toHaveProperty("imageName")
    expect(declare(type, { template: PodTemplate.make({ imageName: "x" }) }).imageName).toBe("x")
    expect(declare(type, { templateId: "x" }).imageName).toBeUndefined()
  })
})

describe("an error", () => {
  it("has every wrong field once, and none that only another made wrong", () => {
    expect(Object.keys(wrong("ServerlessEndpoint", {
      workersMin: 5,
      workersMax: "many",
      template: "x",
      networkVolume: 5,
      datacenter: "x",
      env: { A: 1, B: 2 },
      nothing: 1
    }))).toEqual(["nothing", "env.A", "env.B", "datacenter", "networkVolume", "template", "workersMax"])
  })

  it.each(types)("of %s has wrong fields beside wrong pairs of fields", (type) => {
    expect(Object.keys(wrong(type, { ...minimal(type), idleTimeout: 0, workersMin: 3, workersMax: 2 }))).toEqual([
      "idleTimeout",
      "workersMin"
    ])
  })

  it("never comes of what is legal", () => {
    for (const type of types) {
      FastCheck.assert(FastCheck.property(options(type), (options) => void declare(type, options)), cases(20))
    }
  })
})
