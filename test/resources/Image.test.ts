import { describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { PodTemplate } from "effect-flash"
import { type Ambient, ambient, workerImage } from "../../src/resources/Image.ts"
import { startCommand } from "../../src/resources/startCommand.ts"
import { declare, minimal, types } from "./declarations.ts"

const version = "0.1.0"
const named: Ambient = {
  version,
  gpuImage: "named/gpu",
  cpuImage: "named/cpu",
  lbImage: "named/lb",
  cpuLbImage: "named/lb-cpu"
}
const live = types.filter((type) => type.includes("Live"))
const own = types.filter((type) => !type.includes("Live"))

describe("the image of a Live resource", () => {
  it.each(
    [
      ["LiveServerless", "nvidia/cuda:12.8.1-base-ubuntu24.04", "runpod/flash:9", "named/gpu"],
      ["CpuLiveServerless", "node:22-bookworm-slim", "runpod/flash-cpu:9", "named/cpu"],
      ["LiveLoadBalancer", "nvidia/cuda:12.8.1-base-ubuntu24.04", "runpod/flash-lb:9", "named/lb"],
      ["CpuLiveLoadBalancer", "node:22-bookworm-slim", "runpod/flash-lb-cpu:9", "named/lb-cpu"]
    ] as const
  )("of %s is %s, %s by tag, %s by variable", (type, stock, tagged, variable) => {
    const config = declare(type)
    const image = (ambient: Ambient) => workerImage(config, ambient).image
    expect(image({ version })).toBe(stock)
    expect(image({ version, imageTag: "9" })).toBe(tagged)
    expect(image({ ...named, imageTag: "9" })).toBe(variable)
  })

  it.each(live)("of %s is the user's before all others", (type) => {
    const image = (options: object) => workerImage(declare(type, options), { ...named, imageTag: "9" }).image
    expect(image({ imageName: "me/image" })).toBe("me/image")
    expect(image({ template: PodTemplate.make({ imageName: "me/template" }) })).toBe("me/template")
    expect(image({ templateId: "30zmvf89kd" })).toBeUndefined()
    expect(image({ templateId: "30zmvf89kd", imageName: "me/image" })).toBe("me/image")
  })

  it.each(live)("of %s is made a worker, whichever it is", (type) => {
    const args = (options: object, ambient: Ambient = { version }) => workerImage(declare(type, options), ambient).args
    expect(args({})).toBe(startCommand(version))
    expect(args({}, { ...named, version: "7.0.0" })).toBe(startCommand("7.0.0"))
    expect(args({ imageName: "me/image" })).toBe(startCommand(version))
    expect(args({ templateId: "30zmvf89kd" })).toBe(startCommand(version))
    expect(args({ template: PodTemplate.make({ dockerArgs: "my-worker" }) })).toBe("my-worker")
  })

  it("wants a host that its CUDA runs on, where it is the stock one and the resource says nothing of it", () => {
    const least = (options: object, ambient: Ambient = { version }) =>
      workerImage(declare("LiveServerless", options), ambient).minCudaVersion
    expect(least({})).toBe("12.8")
    expect(least({ minCudaVersion: "12.4" })).toBeUndefined()
    expect(least({ cudaVersions: ["12.4"] })).toBeUndefined()
    expect(least({ imageName: "me/image" })).toBeUndefined()
    expect(least({ templateId: "30zmvf89kd" })).toBeUndefined()
    expect(least({}, named)).toBeUndefined()
    expect(workerImage(declare("CpuLiveServerless"), { version }).minCudaVersion).toBeUndefined()
  })
})

describe("the image of a resource with its own", () => {
  it.each(own)("of %s is left as it is", (type) => {
    expect(workerImage(declare(type, minimal(type)), { ...named, imageTag: "9" })).toEqual({
      image: "me/image:1",
      args: undefined,
      minCudaVersion: undefined
    })
    const template = PodTemplate.make({ imageName: "me/template", dockerArgs: "--port 8000" })
    expect(workerImage(declare(type, { template }), named)).toMatchObject({
      image: "me/template",
      args: "--port 8000"
    })
    expect(workerImage(declare(type, { templateId: "x" }), named)).toMatchObject({ image: undefined, args: undefined })
    expect(workerImage(declare(type, { id: "x" }), named)).toMatchObject({ image: undefined, args: undefined })
  })
})

describe("ambient", () => {
  const read = (variables: Record<string, string>) =>
    Effect.withConfigProvider(ambient(version), ConfigProvider.fromMap(new Map(Object.entries(variables))))

  it.effect("reads each variable", () =>
    Effect.gen(function*() {
      expect(
        yield* read({
          FLASH_IMAGE_TAG: "py3.12-latest",
          FLASH_GPU_IMAGE: "named/gpu",
          FLASH_CPU_IMAGE: "named/cpu",
          FLASH_LB_IMAGE: "named/lb",
          FLASH_CPU_LB_IMAGE: "named/lb-cpu"
        })
      ).toEqual({ ...named, imageTag: "py3.12-latest" })
    }))

  it.effect("has only those that are set", () =>
    Effect.gen(function*() {
      expect(Object.keys(yield* read({}))).toEqual(["version"])
      expect(yield* read({ FLASH_IMAGE_TAG: "", FLASH_CPU_IMAGE: " ", FLASH_LB_IMAGE: " a " })).toEqual({
        version,
        lbImage: "a"
      })
    }))
})
