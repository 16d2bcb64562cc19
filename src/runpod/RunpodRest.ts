/**
 * RunPod's control plane over REST v2: endpoints, workers, releases, templates, volumes, registries, catalog.
 *
 * Methods have the names of the API's operations. What can be repeated is: reads, updates and deletions are retried
 * under one policy (four times, two minutes). A creation is sent once; where its outcome is not known it fails with
 * `OutcomeUnknown`. A deletion that was repeated can find the thing gone already: `NotFound`.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Exchange from "./http/Exchange.ts"
import * as Rest from "./http/Rest.ts"
import * as Catalog from "./rest/Catalog.ts"
import * as Endpoints from "./rest/Endpoints.ts"
import * as NetworkVolumes from "./rest/NetworkVolumes.ts"
import * as Registries from "./rest/Registries.ts"
import * as Releases from "./rest/Releases.ts"
import * as Templates from "./rest/Templates.ts"
import * as WorkerLogs from "./rest/WorkerLogs.ts"
import * as Workers from "./rest/Workers.ts"
import { RunpodConfig } from "./RunpodConfig.ts"
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

const endpoints = (rest: Rest.Rest) => {
  const one = rest.get(Endpoints.Endpoint, "endpoint")
  const create = rest.create(Endpoints.CreateEndpointRequest, Endpoints.Endpoint, "endpoint")
  const update = rest.update(Endpoints.UpdateEndpointRequest, Endpoints.Endpoint, "endpoint")
  const remove = rest.remove("endpoint")
  const workers = rest.get(Workers.ListEndpointWorkersResponse, "endpoint")
  const releases = rest.get(Releases.ListEndpointReleasesResponse, "endpoint")
  return {
    listEndpoints: Effect.map(
      rest.get(Endpoints.ListEndpointsResponse, "endpoint")(["serverless"]),
      ({ endpoints }) => endpoints
    ),
    createEndpoint: (request: Endpoints.CreateEndpointRequest) => create(["serverless"], request),
    getEndpoint: (id: string) => one(["serverless", id]),
    updateEndpoint: (id: string, request: Endpoints.UpdateEndpointRequest) => update(["serverless", id], request),
    deleteEndpoint: (id: string) => remove(["serverless", id]),
    listEndpointWorkers: (id: string) => workers(["serverless", id, "workers"]),
    listEndpointReleases: (id: string) => releases(["serverless", id, "releases"])
  }
}

const workerLogs =
  (exchange: Exchange.Exchange, rest: Rest.Rest) =>
  ({ endpointId, workerId, ...query }: WorkerLogsOptions): Stream.Stream<Workers.LogLine, RequestError> =>
    Stream.unwrap(Effect.map(
      rest.ask({
        method: "GET",
        path: ["serverless", endpointId, "workers", workerId, "logs"],
        query,
        subject: { kind: "worker", id: workerId }
      }),
      (ask) => WorkerLogs.follow(exchange, ask)
    ))

const templates = (rest: Rest.Rest) => {
  const one = rest.get(Templates.Template, "template")
  const create = rest.create(Templates.CreateTemplateRequest, Templates.Template, "template")
  const update = rest.update(Templates.UpdateTemplateRequest, Templates.Template, "template")
  const remove = rest.remove("template")
  return {
    listTemplates: Effect.map(
      rest.get(Templates.ListTemplatesResponse, "template")(["templates"]),
      ({ templates }) => templates
    ),
    createTemplate: (request: Templates.CreateTemplateRequest) => create(["templates"], request),
    getTemplate: (id: string) => one(["templates", id]),
    updateTemplate: (id: string, request: Templates.UpdateTemplateRequest) => update(["templates", id], request),
    deleteTemplate: (id: string) => remove(["templates", id])
  }
}

const networkVolumes = (rest: Rest.Rest) => {
  const kind = "network volume"
  const one = rest.get(NetworkVolumes.NetworkVolume, kind)
  const create = rest.create(NetworkVolumes.CreateNetworkVolumeRequest, NetworkVolumes.NetworkVolume, kind)
  const update = rest.update(NetworkVolumes.UpdateNetworkVolumeRequest, NetworkVolumes.NetworkVolume, kind)
  const remove = rest.remove(kind)
  return {
    listNetworkVolumes: Effect.map(
      rest.get(NetworkVolumes.ListNetworkVolumesResponse, kind)(["network-volumes"]),
      ({ networkVolumes }) => networkVolumes
    ),
    createNetworkVolume: (request: NetworkVolumes.CreateNetworkVolumeRequest) => create(["network-volumes"], request),
    getNetworkVolume: (id: string) => one(["network-volumes", id]),
    updateNetworkVolume: (id: string, request: NetworkVolumes.UpdateNetworkVolumeRequest) =>
      update(["network-volumes", id], request),
    deleteNetworkVolume: (id: string) => remove(["network-volumes", id])
  }
}

const registries = (rest: Rest.Rest) => {
  const one = rest.get(Registries.Registry, "registry")
  const create = rest.create(Registries.CreateRegistryRequest, Registries.Registry, "registry")
  const remove = rest.remove("registry")
  return {
    listRegistries: Effect.map(
      rest.get(Registries.ListRegistriesResponse, "registry")(["registries"]),
      ({ registries }) => registries
    ),
    createRegistry: (request: Registries.CreateRegistryRequest) => create(["registries"], request),
    getRegistry: (id: string) => one(["registries", id]),
    deleteRegistry: (id: string) => remove(["registries", id])
  }
}

/** Stock is told only where its product is named. */
const stock = (availability: Catalog.GpuAvailability | Catalog.CpuAvailability | undefined): Rest.Query =>
  availability === undefined ? {} : { include: ["AVAILABILITY"], ...availability }

const catalog = (rest: Rest.Rest) => {
  const gpus = rest.get(Catalog.ListGpuTypesResponse, "GPU type")
  const gpu = rest.get(Catalog.GpuType, "GPU type")
  const cpus = rest.get(Catalog.ListCpuTypesResponse, "CPU type")
  const cpu = rest.get(Catalog.CpuType, "CPU type")
  const dataCenters = rest.get(Catalog.ListDataCentersResponse, "data center")
  const dataCenter = rest.get(Catalog.DataCenter, "data center")
  return {
    listGpuTypes: (availability?: Catalog.GpuAvailability) =>
      Effect.map(gpus(["catalog", "gpus"], stock(availability)), ({ gpus }) => gpus),
    getGpuType: (id: string, availability?: Catalog.GpuAvailability) =>
      gpu(["catalog", "gpus", id], stock(availability)),
    listCpuTypes: (availability?: Catalog.CpuAvailability) =>
      Effect.map(cpus(["catalog", "cpus"], stock(availability)), ({ cpus }) => cpus),
    getCpuType: (id: string, availability?: Catalog.CpuAvailability) =>
      cpu(["catalog", "cpus", id], stock(availability)),
    listDataCenters: (filter: Catalog.DataCenterFilter = {}) =>
      Effect.map(dataCenters(["catalog", "datacenters"], { ...filter }), ({ dataCenters }) => dataCenters),
    getDataCenter: (id: string, filter: Pick<Catalog.DataCenterFilter, "include"> = {}) =>
      dataCenter(["catalog", "datacenters", id], { ...filter })
  }
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RunpodRest, never, RunpodConfig | HttpClient.HttpClient> = Layer.effect(
  RunpodRest,
  Effect.gen(function*() {
    const { restBaseUrl } = yield* RunpodConfig
    const exchange = yield* Exchange.make
    const rest = Rest.make(exchange, "REST v2", restBaseUrl)
    return {
      ...endpoints(rest),
      ...templates(rest),
      ...networkVolumes(rest),
      ...registries(rest),
      ...catalog(rest),
      getWorkerLogs: workerLogs(exchange, rest)
    }
  })
)
