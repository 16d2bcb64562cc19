/** What is said of a field that a constructor does not take. */
import { type ResourceType, structs } from "../ResourceConfig.ts"
import { lookUp } from "./lookUp.ts"
import { suggestion } from "./nearest.ts"

/** The fields a constructor takes. */
export const fieldsOf = (type: ResourceType): ReadonlyArray<string> => [
  ...Object.keys(structs[type].fields).filter((field) => !["_tag", "name", "dataCenters"].includes(field)),
  "datacenter",
  "networkVolume",
  "networkVolumeId"
]

/** Fields that other tools have, and the platform's own, with what to use here. */
const instead: Readonly<Record<string, string>> = {
  gpuIds: "give gpus, a list of GpuGroup and GpuType",
  gpu: "did you mean gpus?",
  allowedCudaVersions: "give cudaVersions, a list",
  cpu: "did you mean instanceIds?",
  locations: "give datacenter, one or a list",
  dataCenterIds: "give datacenter, one or a list",
  dataCenters: "give datacenter, one or a list",
  volume: "did you mean networkVolume?",
  workers: "give workersMin and workersMax",
  timeout: "give executionTimeoutMs, in milliseconds",
  image: "did you mean imageName?",
  disk: "did you mean containerDiskInGb?",
  args: "give dockerArgs in a template: PodTemplate.make({ dockerArgs })",
  dockerArgs: "belongs in a template: PodTemplate.make({ dockerArgs })",
  ports: "belongs in a template: PodTemplate.make({ ports })",
  startScript: "belongs in a template: PodTemplate.make({ startScript })",
  registry: "did you mean containerRegistryAuthId?",
  podTemplate: "did you mean template?",
  type: "the constructor says it: those with LoadBalancer are load balancers (LB), the others queues (QB)",
  flashEnvironmentId: "`flash deploy --env` says which environment an endpoint belongs to",
  dependencies: "is an option of `remote`",
  systemDependencies: "is an option of `remote`"
}

const assigned = ["activeBuildid", "aiKey", "computeType", "createdAt", "hubRelease", "repo", "userId", "userID"]

/** What to say of a field that the constructor does not take. */
export const unknownField = (type: ResourceType, field: string): string => {
  if (assigned.includes(field)) return "the platform assigns it"
  return misplaced(type, field) ?? lookUp(instead, field) ??
    `there is no such field${suggestion(field, fieldsOf(type))}`
}

/** A field of other resources. */
const misplaced = (type: ResourceType, field: string): string | undefined => {
  switch (field) {
    case "gpus":
    case "gpuCount":
    case "cudaVersions":
    case "minCudaVersion":
      return `is for GPUs, and ${type} runs on CPUs, which instanceIds chooses`
    case "instanceIds":
      return `is for CPUs, and ${type} runs on GPUs, which gpus chooses`
    case "port":
      return `is for load balancers, and ${type} is a queue`
    case "id":
      return `${type} is an endpoint with this library's worker; one that is there already is ${
        type.includes("LoadBalancer") ? "LoadBalancerSlsResource" : "ServerlessEndpoint"
      } or Cpu${type.includes("LoadBalancer") ? "LoadBalancerSlsResource" : "ServerlessEndpoint"}`
  }
}
