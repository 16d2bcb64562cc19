/** Which declarations compile. `npm run check` is the test; vitest only runs the assertions on types. */
import { describe, expectTypeOf, it } from "@effect/vitest"
import type { Effect, Layer, Redacted } from "effect"
import {
  Balance,
  CpuInstanceType,
  CpuLiveLoadBalancer,
  CpuLiveServerless,
  CpuLoadBalancerSlsResource,
  CpuServerlessEndpoint,
  CudaVersion,
  DataCenter,
  Env,
  FlashBoot,
  GpuGroup,
  GpuType,
  LiveLoadBalancer,
  LiveServerless,
  LoadBalancerSlsResource,
  NetworkVolume,
  PodTemplate,
  ServerlessEndpoint,
  ServerlessScalerType,
  type ServerlessType
} from "effect-flash"
import type { Endpoint, Flash, GpuCard, GpuPool, Options, Resource, ResourceConfig } from "effect-flash"
import type { Field } from "../../src/provision/Fields.ts"
import { type ConfigField, type Destination, fields } from "../../src/resources/fields.ts"

/** Declarations are compiled here, never made. */
const compiles = (declare: (options: never) => unknown) => expectTypeOf(declare).toBeFunction()

const template = PodTemplate.make({ imageName: "me/image" })
const volume = NetworkVolume.make("models")

describe("enums", () => {
  it("are unions of the platform's values", () => {
    expectTypeOf<ServerlessScalerType>().toEqualTypeOf<"QUEUE_DELAY" | "REQUEST_COUNT">()
    expectTypeOf<ServerlessType>().toEqualTypeOf<"QB" | "LB">()
    expectTypeOf<FlashBoot>().toEqualTypeOf<"OFF" | "FLASHBOOT" | "PRIORITY_FLASHBOOT">()
    expectTypeOf<GpuGroup>().toEqualTypeOf<GpuPool | "any">()
    expectTypeOf<GpuType>().toEqualTypeOf<GpuCard | "any">()
    expectTypeOf(GpuGroup.ADA_24).toEqualTypeOf<"ADA_24">()
    expectTypeOf(GpuType.NVIDIA_L4).toEqualTypeOf<"NVIDIA L4">()
    expectTypeOf<"all">().not.toExtend<GpuGroup | GpuType | DataCenter | CudaVersion | CpuInstanceType>()
  })
})

describe("every resource", () => {
  const common = {
    workersMin: 0,
    workersMax: 3,
    workersPFBTarget: 0,
    idleTimeout: 60,
    executionTimeoutMs: 0,
    scalerValue: 4,
    flashboot: true,
    maxConcurrency: 1,
    env: { A: "a", B: Env.secret("b"), C: Env.fromLocal("C") },
    datacenter: DataCenter.EU_RO_1,
    networkVolume: volume,
    networkVolumes: [volume, NetworkVolume.fromId("x")],
    networkVolumeId: "x",
    imageName: "me/image",
    containerDiskInGb: 10,
    containerRegistryAuthId: "x"
  } as const

  it("takes the settings that all have, and is known by its name", () => {
    compiles(() => [
      LiveServerless.make("a", { ...common, gpus: GpuGroup.all, gpuCount: 1, cudaVersions: CudaVersion.all, template }),
      CpuLiveServerless.make("a", { ...common, instanceIds: CpuInstanceType.all, templateId: "x" }),
      LiveLoadBalancer.make("a", { ...common, gpus: [GpuType.NVIDIA_L4, "ADA_24", "any"], minCudaVersion: "12.4" }),
      CpuLiveLoadBalancer.make("a", { ...common, port: 8000, scalerType: "REQUEST_COUNT" }),
      LoadBalancerSlsResource.make("a", { ...common, port: 8000, scalerType: ServerlessScalerType.REQUEST_COUNT }),
      CpuLoadBalancerSlsResource.make("a", { ...common, instanceIds: ["cpu3c-1-2"] }),
      ServerlessEndpoint.make("a", { ...common, scalerType: "REQUEST_COUNT", flashboot: FlashBoot.OFF }),
      CpuServerlessEndpoint.make("a", { ...common, datacenter: ["EU-RO-1", "US-KS-2"] })
    ])
    const declared = () => ServerlessEndpoint.make("diffusion", { imageName: "me/image" })
    expectTypeOf(declared).returns.toEqualTypeOf<Resource<"diffusion", "QUEUE">>()
  })

  it("takes what was put together beforehand", () => {
    compiles((options: Options.LiveServerlessOptions) => LiveServerless.make("a", options))
    compiles((options: Options.ServerlessEndpointOptions) => ServerlessEndpoint.make("a", options))
    expectTypeOf({ id: "x" } as const).toExtend<Options.CpuServerlessEndpointOptions>()
    expectTypeOf({ workersMax: 3, templateId: "x" } as const).toExtend<Options.CpuServerlessEndpointOptions>()
  })

  it("takes no value that is not there", () => {
    compiles(() => [
      // @ts-expect-error no such pool
      LiveServerless.make("a", { gpus: ["ADA_25"] }),
      // @ts-expect-error a member's name
      LiveServerless.make("a", { gpus: ["NVIDIA_L4"] }),
      // @ts-expect-error no such data center
      LiveServerless.make("a", { datacenter: "EU-RO-2" }),
      // @ts-expect-error no such version
      LiveServerless.make("a", { minCudaVersion: "12.11" }),
      // @ts-expect-error no such mode
      LiveServerless.make("a", { flashboot: "ON" }),
      // @ts-expect-error a variable may be unset
      LiveServerless.make("a", { env: { HOME: process.env["HOME"] } }),
      // @ts-expect-error a volume's id is networkVolumeId
      LiveServerless.make("a", { networkVolume: "agv6w2qcg7" }),
      // @ts-expect-error a template is made by its constructor
      LiveServerless.make("a", { template: { imageName: "x" } }),
      // @ts-expect-error a setting of the original that is none here
      LiveServerless.make("a", { gpuIds: "ADA_24" }),
      // @ts-expect-error a setting that is not there
      LiveServerless.make("a", { workerMax: 3 })
    ])
  })
})

describe("mixtures that are not legal", () => {
  it("of GPUs on CPUs", () => {
    compiles(() => [
      // @ts-expect-error GPUs
      CpuLiveServerless.make("a", { gpus: ["ADA_24"] }),
      // @ts-expect-error GPUs
      CpuLiveLoadBalancer.make("a", { gpuCount: 1 }),
      // @ts-expect-error CUDA
      CpuServerlessEndpoint.make("a", { imageName: "x", cudaVersions: ["12.4"] }),
      // @ts-expect-error CUDA
      CpuLoadBalancerSlsResource.make("a", { imageName: "x", minCudaVersion: "12.4" })
    ])
  })

  it("of instance types on GPUs", () => {
    compiles(() => [
      // @ts-expect-error instance types
      LiveServerless.make("a", { instanceIds: ["cpu3g-2-8"] }),
      // @ts-expect-error instance types
      LiveLoadBalancer.make("a", { instanceIds: ["cpu3g-2-8"] }),
      // @ts-expect-error instance types
      ServerlessEndpoint.make("a", { imageName: "x", instanceIds: ["cpu3g-2-8"] }),
      // @ts-expect-error instance types
      LoadBalancerSlsResource.make("a", { imageName: "x", instanceIds: ["cpu3g-2-8"] })
    ])
  })

  it("of queues and load balancers", () => {
    compiles(() => [
      // @ts-expect-error there is no queue
      LiveLoadBalancer.make("a", { scalerType: "QUEUE_DELAY" }),
      // @ts-expect-error there is no queue
      CpuLiveLoadBalancer.make("a", { scalerType: "QUEUE_DELAY" }),
      // @ts-expect-error there is no queue
      LoadBalancerSlsResource.make("a", { imageName: "x", scalerType: "QUEUE_DELAY" }),
      // @ts-expect-error there is no queue
      CpuLoadBalancerSlsResource.make("a", { imageName: "x", scalerType: "QUEUE_DELAY" }),
      // @ts-expect-error there is no server
      LiveServerless.make("a", { port: 80 }),
      // @ts-expect-error there is no server
      CpuServerlessEndpoint.make("a", { imageName: "x", port: 80 })
    ])
  })

  it("of two ways to say the same", () => {
    compiles(() => [
      // @ts-expect-error exact versions or the oldest
      LiveServerless.make("a", { cudaVersions: ["12.4"], minCudaVersion: "12.4" }),
      // @ts-expect-error exact versions or the oldest
      LoadBalancerSlsResource.make("a", { imageName: "x", cudaVersions: ["12.4"], minCudaVersion: "12.4" }),
      // @ts-expect-error a template of one's own or one on the platform
      LiveServerless.make("a", { template, templateId: "x" }),
      // @ts-expect-error a template of one's own or one on the platform
      ServerlessEndpoint.make("a", { template, templateId: "x" })
    ])
  })

  it("of an endpoint that is there and one to be made", () => {
    compiles(() => [
      ServerlessEndpoint.make("a", { id: "x" }),
      CpuServerlessEndpoint.make("a", { id: "x" }),
      LoadBalancerSlsResource.make("a", { id: "x" }),
      CpuLoadBalancerSlsResource.make("a", { id: "x" }),
      // @ts-expect-error an image of an endpoint that is there
      ServerlessEndpoint.make("a", { id: "x", imageName: "x" }),
      // @ts-expect-error workers of an endpoint that is there
      CpuServerlessEndpoint.make("a", { id: "x", workersMax: 1 }),
      // @ts-expect-error a template of an endpoint that is there
      LoadBalancerSlsResource.make("a", { id: "x", templateId: "x" }),
      // @ts-expect-error environment of an endpoint that is there
      CpuLoadBalancerSlsResource.make("a", { id: "x", env: {} }),
      // @ts-expect-error this library's worker runs only where it was put
      LiveServerless.make("a", { id: "x" })
    ])
  })

  it("of one's own image without an image", () => {
    compiles(() => [
      ServerlessEndpoint.make("a", { template }),
      LoadBalancerSlsResource.make("a", { templateId: "x" }),
      // @ts-expect-error no image
      ServerlessEndpoint.make("a", {}),
      // @ts-expect-error no image
      CpuServerlessEndpoint.make("a", { workersMax: 3 }),
      // @ts-expect-error no image
      LoadBalancerSlsResource.make("a", {}),
      // @ts-expect-error no options
      CpuLoadBalancerSlsResource.make("a")
    ])
  })
})

describe("an endpoint in front of several", () => {
  const small = CpuLiveServerless.make("small")
  const large = LiveServerless.make("large")

  it("may stand for one of them, or for none, whatever their names and kinds", () => {
    expectTypeOf(Balance.layer(small, [small, large])).toEqualTypeOf<
      Layer.Layer<Endpoint<"small">, never, Flash.Flash>
    >()
    expectTypeOf(Balance.layer(small, [large], { strategy: "random" })).toEqualTypeOf<
      Layer.Layer<Endpoint<"small">, never, Flash.Flash>
    >()
    compiles(() =>
      // @ts-expect-error a name is not a resource
      Balance.layer(small, ["large"])
    )
  })
})

describe("a configuration", () => {
  it("has the fields that every resource has, whatever it is", () => {
    expectTypeOf<ResourceConfig["workersMin" | "workersMax" | "idleTimeout" | "maxConcurrency"]>().toEqualTypeOf<
      number
    >()
    expectTypeOf<ResourceConfig["executionTimeoutMs" | "scalerValue"]>().toEqualTypeOf<number>()
    expectTypeOf<ResourceConfig["name"]>().toEqualTypeOf<string>()
    expectTypeOf<ResourceConfig["flashboot"]>().toEqualTypeOf<FlashBoot>()
    expectTypeOf<ResourceConfig["dataCenters"]>().toEqualTypeOf<ReadonlyArray<DataCenter>>()
    expectTypeOf<ResourceConfig["env"]>().toEqualTypeOf<Env.Env>()
    expectTypeOf<ResourceConfig["networkVolumes"]>().toEqualTypeOf<ReadonlyArray<NetworkVolume>>()
  })

  it("has others by its tag", () => {
    type Of<Tag> = Extract<ResourceConfig, { readonly _tag: Tag }>
    expectTypeOf<Of<"LiveServerless">["gpus"][0]>().toEqualTypeOf<GpuPool | GpuCard>()
    expectTypeOf<Of<"CpuLiveLoadBalancer">["instanceIds"][0]>().toEqualTypeOf<CpuInstanceType>()
    expectTypeOf<Of<"CpuLiveLoadBalancer">["scalerType"]>().toEqualTypeOf<"REQUEST_COUNT">()
    expectTypeOf<Of<"LoadBalancerSlsResource">["port"]>().toEqualTypeOf<number>()
    expectTypeOf<Of<"ServerlessEndpoint">["id"]>().toEqualTypeOf<string | undefined>()
    expectTypeOf<"gpus">().not.toExtend<keyof Of<"CpuServerlessEndpoint">>()
    expectTypeOf<"port">().not.toExtend<keyof Of<"ServerlessEndpoint">>()
  })

  it("has no field without a destination", () => {
    expectTypeOf<keyof typeof fields>().toEqualTypeOf<ConfigField>()
    const { workersMax: _, ...lacking } = fields
    // @ts-expect-error a field is missing
    expectTypeOf(lacking).toExtend<Record<ConfigField, Destination>>()
    // and what is remote is a setting
    expectTypeOf<Field>().toEqualTypeOf<Exclude<ConfigField, "_tag" | "name" | "id">>()
  })
})

describe("Env", () => {
  it("gives values that are not printed", () => {
    expectTypeOf(Env.resolve).returns.toEqualTypeOf<
      Effect.Effect<Readonly<Record<string, Redacted.Redacted>>, Env.LocalVariableMissing>
    >()
  })
})
