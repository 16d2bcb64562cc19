/**
 * What becomes of each field of a configuration. A field that is not in the table does not compile.
 *
 * @since 0.1.0
 */
import type { ResourceConfig } from "./ResourceConfig.ts"

/**
 * `identity`: says which endpoint it is; another value is another endpoint. `kind`: told when the endpoint is made, and
 * never changed. `remote`: the platform is told, and a change is a change of the endpoint. `local-only`: nobody outside
 * this machine is told.
 *
 * @since 0.1.0
 * @category models
 */
export type Destination = "identity" | "kind" | "remote" | "local-only"

type FieldsOf<Config> = Config extends unknown ? keyof Config : never

/**
 * The fields of all resources.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfigField = FieldsOf<ResourceConfig>

/**
 * @since 0.1.0
 * @category constants
 */
export const fields = {
  // queue or load balancer, and GPUs or CPUs
  _tag: "kind",
  name: "identity",
  id: "identity",
  workersMin: "remote",
  workersMax: "remote",
  workersPFBTarget: "remote",
  idleTimeout: "remote",
  executionTimeoutMs: "remote",
  scalerType: "remote",
  scalerValue: "remote",
  flashboot: "remote",
  // as a variable of the worker's environment
  maxConcurrency: "remote",
  env: "remote",
  dataCenters: "remote",
  networkVolumes: "remote",
  imageName: "remote",
  containerDiskInGb: "remote",
  containerRegistryAuthId: "remote",
  templateId: "remote",
  template: "remote",
  port: "remote",
  gpus: "remote",
  gpuCount: "remote",
  cudaVersions: "remote",
  minCudaVersion: "remote",
  instanceIds: "remote"
} as const satisfies Record<ConfigField, Destination>
