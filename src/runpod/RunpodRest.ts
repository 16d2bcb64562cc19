/**
 * RunPod's control plane over REST v2: endpoints, workers, releases, templates, volumes, registries, catalog.
 *
 * Methods have the names of the API's operations. What can be repeated is: reads, updates and deletions are retried
 * under one policy (`RetryPolicy`). A creation is sent once; where its outcome is not known it fails with
 * `OutcomeUnknown`. A deletion that was repeated can find the thing gone already: `NotFound`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type * as Catalog from "./rest/Catalog.ts"
import type * as Endpoints from "./rest/Endpoints.ts"
import type * as NetworkVolumes from "./rest/NetworkVolumes.ts"
import type * as Registries from "./rest/Registries.ts"
import type * as Releases from "./rest/Releases.ts"
import type * as Templates from "./rest/Templates.ts"
import type * as Workers from "./rest/Workers.ts"
import type { CreateError, RequestError } from "./RunpodError.ts"

/**
 * Which lines of a worker's log.
 *
 * @since 0.1.0
 * @category models
 */
export interface WorkerLogsOptions {
  readonly endpointId: string
  readonly workerId: string
  /** Both where it is left out. */
  readonly source?: "container" | "system"
  /** How many past lines come first: 0 to 5000, the platform's default is 100. */
  readonly tail?: number
  /** RFC 3339: past lines from here on, in place of `tail`. */
  readonly since?: string
}

/**
 * @since 0.1.0
 * @category services
 */
export class RunpodRest extends Context.Tag("effect-flash/runpod/RunpodRest")<RunpodRest, {
  readonly listEndpoints: Effect.Effect<ReadonlyArray<Endpoints.Endpoint>, RequestError>
  readonly createEndpoint: (
    request: Endpoints.CreateEndpointRequest
  ) => Effect.Effect<Endpoints.Endpoint, CreateError>
  readonly getEndpoint: (id: string) => Effect.Effect<Endpoints.Endpoint, RequestError>
  readonly updateEndpoint: (
    id: string,
    request: Endpoints.UpdateEndpointRequest
  ) => Effect.Effect<Endpoints.Endpoint, RequestError>
  /** Takes the endpoint's bound template with it, and ends its workers and jobs. */
  readonly deleteEndpoint: (id: string) => Effect.Effect<void, RequestError>

  readonly listEndpointWorkers: (id: string) => Effect.Effect<Workers.ListEndpointWorkersResponse, RequestError>
  readonly listEndpointReleases: (id: string) => Effect.Effect<Releases.ListEndpointReleasesResponse, RequestError>
  /**
   * A worker's log as it is written. A broken connection is taken up again after the last line that was seen. The stream
   * ends when the platform ends it without a line since the last connection, or fails where the worker is not there.
   */
  readonly getWorkerLogs: (options: WorkerLogsOptions) => Stream.Stream<Workers.LogLine, RequestError>

  readonly listTemplates: Effect.Effect<ReadonlyArray<Templates.Template>, RequestError>
  readonly createTemplate: (request: Templates.CreateTemplateRequest) => Effect.Effect<Templates.Template, CreateError>
  readonly getTemplate: (id: string) => Effect.Effect<Templates.Template, RequestError>
  readonly updateTemplate: (
    id: string,
    request: Templates.UpdateTemplateRequest
  ) => Effect.Effect<Templates.Template, RequestError>
  readonly deleteTemplate: (id: string) => Effect.Effect<void, RequestError>

  readonly listNetworkVolumes: Effect.Effect<ReadonlyArray<NetworkVolumes.NetworkVolume>, RequestError>
  readonly createNetworkVolume: (
    request: NetworkVolumes.CreateNetworkVolumeRequest
  ) => Effect.Effect<NetworkVolumes.NetworkVolume, CreateError>
  readonly getNetworkVolume: (id: string) => Effect.Effect<NetworkVolumes.NetworkVolume, RequestError>
  readonly updateNetworkVolume: (
    id: string,
    request: NetworkVolumes.UpdateNetworkVolumeRequest
  ) => Effect.Effect<NetworkVolumes.NetworkVolume, RequestError>
  /** With everything on it. */
  readonly deleteNetworkVolume: (id: string) => Effect.Effect<void, RequestError>

  readonly listRegistries: Effect.Effect<ReadonlyArray<Registries.Registry>, RequestError>
  readonly createRegistry: (
    request: Registries.CreateRegistryRequest
  ) => Effect.Effect<Registries.Registry, CreateError>
  readonly getRegistry: (id: string) => Effect.Effect<Registries.Registry, RequestError>
  readonly deleteRegistry: (id: string) => Effect.Effect<void, RequestError>

  readonly listGpuTypes: (
    availability?: Catalog.GpuAvailability
  ) => Effect.Effect<ReadonlyArray<Catalog.GpuType>, RequestError>
  readonly getGpuType: (
    id: string,
    availability?: Catalog.GpuAvailability
  ) => Effect.Effect<Catalog.GpuType, RequestError>
  readonly listCpuTypes: (
    availability?: Catalog.CpuAvailability
  ) => Effect.Effect<ReadonlyArray<Catalog.CpuType>, RequestError>
  readonly getCpuType: (
    id: string,
    availability?: Catalog.CpuAvailability
  ) => Effect.Effect<Catalog.CpuType, RequestError>
  readonly listDataCenters: (
    filter?: Catalog.DataCenterFilter
  ) => Effect.Effect<ReadonlyArray<Catalog.DataCenter>, RequestError>
  readonly getDataCenter: (
    id: string,
    filter?: Pick<Catalog.DataCenterFilter, "include">
  ) => Effect.Effect<Catalog.DataCenter, RequestError>
}>() {}
