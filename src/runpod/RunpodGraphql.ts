/**
 * RunPod's GraphQL API: flash apps, their environments, builds and artifacts, logging in, and `saveEndpoint` where an
 * endpoint is bound to an environment. It is deprecated: whatever REST v2 can do is done there (`RunpodRest`).
 *
 * Queries and the mutations that can be repeated are retried as those of `RunpodRest` are. The ones
 * that make something are sent once; where the outcome is not known they fail with `OutcomeUnknown`.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Documents from "./graphql/Documents.ts"
import * as Endpoints from "./graphql/Endpoints.ts"
import type { Kind, Subject } from "./graphql/Failure.ts"
import type * as FlashApps from "./graphql/FlashApps.ts"
import * as Request from "./graphql/Request.ts"
import * as Body from "./http/Body.ts"
import * as Exchange from "./http/Exchange.ts"
import { RunpodConfig } from "./RunpodConfig.ts"
import type { GraphqlError, OutcomeUnknown } from "./RunpodError.ts"

type Query<A> = Effect.Effect<A, GraphqlError>
type Creation<A> = Effect.Effect<A, GraphqlError | OutcomeUnknown>

/**
 * @since 0.1.0
 * @category services
 */
export class RunpodGraphql extends Context.Tag("effect-flash/runpod/RunpodGraphql")<RunpodGraphql, {
  readonly listFlashApps: Query<ReadonlyArray<FlashApps.FlashApp>>
  readonly getFlashApp: (flashAppId: string) => Query<FlashApps.FlashApp>
  /** `NotFound` where the account has no app of that name; never makes one. */
  readonly getFlashAppByName: (name: string) => Query<FlashApps.FlashApp>
  readonly createFlashApp: (name: string) => Creation<FlashApps.IdAndName>
  readonly deleteFlashApp: (flashAppId: string) => Query<void>

  readonly listFlashEnvironments: (flashAppId: string) => Query<ReadonlyArray<FlashApps.FlashEnvironmentSummary>>
  readonly getFlashEnvironment: (flashEnvironmentId: string) => Query<FlashApps.FlashEnvironment>
  readonly getFlashEnvironmentByName: (
    input: { readonly flashAppId: string; readonly name: string }
  ) => Query<FlashApps.FlashEnvironment>
  readonly createFlashEnvironment: (
    input: { readonly flashAppId: string; readonly name: string }
  ) => Creation<FlashApps.IdAndName>
  /** Sets the state that the console shows, as `DEPLOYING` or `HEALTHY`. */
  readonly updateFlashEnvironment: (
    input: { readonly flashEnvironmentId: string; readonly status: string }
  ) => Query<FlashApps.EnvironmentState>
  readonly deleteFlashEnvironment: (flashEnvironmentId: string) => Query<void>
  readonly addEndpointToFlashEnvironment: (
    input: { readonly flashEnvironmentId: string; readonly endpointId: string }
  ) => Query<FlashApps.Registered>
  readonly addNetworkVolumeToFlashEnvironment: (
    input: { readonly flashEnvironmentId: string; readonly networkVolumeId: string }
  ) => Query<FlashApps.Registered>

  readonly listFlashBuilds: (flashAppId: string) => Query<ReadonlyArray<FlashApps.FlashBuildSummary>>
  readonly getFlashBuild: (flashBuildId: string) => Query<FlashApps.FlashBuild>
  readonly prepareFlashArtifactUpload: (
    input: { readonly flashAppId: string; readonly tarballSize: number }
  ) => Query<FlashApps.ArtifactUpload>
  /** Makes a build of what was uploaded. */
  readonly finalizeFlashArtifactUpload: (
    input: { readonly flashAppId: string; readonly objectKey: string; readonly manifest: unknown }
  ) => Creation<FlashApps.FlashBuild>
  readonly updateFlashBuildManifest: (
    input: { readonly flashBuildId: string; readonly manifest: unknown }
  ) => Query<FlashApps.FlashBuild>
  /** Promotes a build: the environment's new workers run it. */
  readonly deployBuildToEnvironment: (
    input: { readonly flashEnvironmentId: string; readonly flashBuildId: string }
  ) => Query<FlashApps.Deployment>

  /** With an `id` an update, which can be repeated; without one a creation. */
  readonly saveEndpoint: (input: Endpoints.EndpointInput) => Creation<Endpoints.SavedEndpoint>
  readonly saveTemplate: (input: Endpoints.SaveTemplateInput) => Creation<Endpoints.SavedTemplate>
  readonly deleteEndpoint: (id: string) => Query<void>
  /** Ids of all endpoints of the account. */
  readonly listEndpointIds: Query<ReadonlyArray<string>>
  readonly getGpuTypes: (filter?: Endpoints.GpuTypeFilter) => Query<ReadonlyArray<Endpoints.GpuType>>
  readonly getCpuTypes: Query<ReadonlyArray<Endpoints.CpuType>>

  /** Begins a login. Sent without a key. */
  readonly createFlashAuthRequest: Query<FlashApps.FlashAuthRequest>
  /** Where a login stands. Sent without a key. */
  readonly flashAuthRequestStatus: (flashAuthRequestId: string) => Query<FlashApps.FlashAuthRequest>
}>() {}

const subject = (kind: Kind, id: string): Subject => ({ kind, id })

const apps = ({ create, remove, request }: Request.Graphql) => {
  const byId = request(Documents.getFlashApp)
  const byName = request(Documents.getFlashAppByName)
  const makeApp = create(Documents.createFlashApp, "flash app")
  const removeApp = remove(Documents.deleteFlashApp)
  return {
    listFlashApps: request(Documents.getFlashApps)(),
    getFlashApp: (id: string) => byId({ variables: { input: id }, subjects: [subject("flash app", id)] }),
    getFlashAppByName: (name: string) =>
      byName({ variables: { flashAppName: name }, subjects: [subject("flash app", name)] }),
    createFlashApp: (name: string) => makeApp({ variables: { input: { name } }, name }),
    deleteFlashApp: (flashAppId: string) =>
      removeApp({ variables: { flashAppId }, subjects: [subject("flash app", flashAppId)] })
  }
}

const environments = ({ create, remove, request }: Request.Graphql) => {
  const list = request(Documents.listFlashEnvironments)
  const byId = request(Documents.getFlashEnvironment)
  const byName = request(Documents.getFlashEnvironmentByName)
  const make = create(Documents.createFlashEnvironment, "flash environment")
  const update = request(Documents.updateFlashEnvironment)
  const removeOne = remove(Documents.deleteFlashEnvironment)
  const addEndpoint = request(Documents.addEndpointToFlashEnvironment)
  const addVolume = request(Documents.addNetworkVolumeToFlashEnvironment)
  return {
    listFlashEnvironments: (flashAppId: string) =>
      Effect.map(
        list({ variables: { flashAppId }, subjects: [subject("flash app", flashAppId)] }),
        ({ flashEnvironments }) => flashEnvironments
      ),
    getFlashEnvironment: (flashEnvironmentId: string) =>
      byId({ variables: { flashEnvironmentId }, subjects: [subject("flash environment", flashEnvironmentId)] }),
    getFlashEnvironmentByName: (input: { readonly flashAppId: string; readonly name: string }) =>
      byName({
        variables: { input },
        subjects: [subject("flash environment", input.name), subject("flash app", input.flashAppId)]
      }),
    createFlashEnvironment: (input: { readonly flashAppId: string; readonly name: string }) =>
      make({ variables: { input }, name: input.name, subjects: [subject("flash app", input.flashAppId)] }),
    updateFlashEnvironment: (input: { readonly flashEnvironmentId: string; readonly status: string }) =>
      update({ variables: { input }, subjects: [subject("flash environment", input.flashEnvironmentId)] }),
    deleteFlashEnvironment: (flashEnvironmentId: string) =>
      removeOne({ variables: { flashEnvironmentId }, subjects: [subject("flash environment", flashEnvironmentId)] }),
    addEndpointToFlashEnvironment: (input: { readonly flashEnvironmentId: string; readonly endpointId: string }) =>
      addEndpoint({
        variables: { input },
        subjects: [subject("flash environment", input.flashEnvironmentId), subject("endpoint", input.endpointId)]
      }),
    addNetworkVolumeToFlashEnvironment: (
      input: { readonly flashEnvironmentId: string; readonly networkVolumeId: string }
    ) =>
      addVolume({
        variables: { input },
        subjects: [
          subject("flash environment", input.flashEnvironmentId),
          subject("network volume", input.networkVolumeId)
        ]
      })
  }
}

const builds = ({ create, request }: Request.Graphql) => {
  const list = request(Documents.listFlashBuilds)
  const byId = request(Documents.getFlashBuild)
  // a second address for an upload replaces the first, and what is not used expires
  const prepare = request(Documents.prepareFlashArtifactUpload)
  const finalize = create(Documents.finalizeFlashArtifactUpload, "flash build")
  const updateManifest = request(Documents.updateFlashBuildManifest)
  const deploy = request(Documents.deployBuildToEnvironment)
  return {
    listFlashBuilds: (flashAppId: string) =>
      Effect.map(
        list({ variables: { flashAppId }, subjects: [subject("flash app", flashAppId)] }),
        ({ flashBuilds }) => flashBuilds
      ),
    getFlashBuild: (id: string) => byId({ variables: { input: id }, subjects: [subject("flash build", id)] }),
    prepareFlashArtifactUpload: (input: { readonly flashAppId: string; readonly tarballSize: number }) =>
      prepare({ variables: { input }, subjects: [subject("flash app", input.flashAppId)] }),
    finalizeFlashArtifactUpload: (
      input: { readonly flashAppId: string; readonly objectKey: string; readonly manifest: unknown }
    ) =>
      finalize({
        variables: { input },
        name: input.objectKey,
        subjects: [subject("flash app", input.flashAppId)]
      }),
    updateFlashBuildManifest: (input: { readonly flashBuildId: string; readonly manifest: unknown }) =>
      updateManifest({ variables: { input }, subjects: [subject("flash build", input.flashBuildId)] }),
    deployBuildToEnvironment: (input: { readonly flashEnvironmentId: string; readonly flashBuildId: string }) =>
      deploy({
        variables: { input },
        subjects: [
          subject("flash environment", input.flashEnvironmentId),
          subject("flash build", input.flashBuildId)
        ]
      })
  }
}

const endpoints = ({ create, remove, request }: Request.Graphql) => {
  const encodeEndpoint = Body.encode(Endpoints.EndpointInput)
  const encodeTemplate = Body.encode(Endpoints.SaveTemplateInput)
  const createEndpoint = create(Documents.saveEndpoint, "endpoint")
  const updateEndpoint = request(Documents.saveEndpoint)
  const createTemplate = create(Documents.saveTemplate, "template")
  const updateTemplate = request(Documents.saveTemplate)
  const removeEndpoint = remove(Documents.deleteEndpoint)
  const gpuTypes = request(Documents.getGpuTypes)
  const asking = ({ json, secrets }: Body.Encoded, ...subjects: ReadonlyArray<Subject | undefined>) => ({
    variables: { input: json },
    secrets,
    subjects: subjects.filter((subject) => subject !== undefined)
  })
  return {
    saveEndpoint: (input: Endpoints.EndpointInput) =>
      Effect.flatMap(encodeEndpoint("GraphQL saveEndpoint", input), (encoded) => {
        const environment = input.flashEnvironmentId
        const bound = environment === undefined ? undefined : subject("flash environment", environment)
        return input.id === undefined
          ? createEndpoint({ ...asking(encoded, bound), name: input.name })
          : updateEndpoint(asking(encoded, subject("endpoint", input.id), bound))
      }),
    saveTemplate: (input: Endpoints.SaveTemplateInput) =>
      Effect.flatMap(encodeTemplate("GraphQL saveTemplate", input), (encoded) =>
        input.id === undefined
          ? createTemplate({ ...asking(encoded), ...(input.name === undefined ? {} : { name: input.name }) })
          : updateTemplate(asking(encoded, subject("template", input.id)))),
    deleteEndpoint: (id: string) => removeEndpoint({ variables: { id }, subjects: [subject("endpoint", id)] }),
    listEndpointIds: Effect.map(request(Documents.listEndpointIds)(), (endpoints) => endpoints.map(({ id }) => id)),
    getGpuTypes: (filter?: Endpoints.GpuTypeFilter) =>
      gpuTypes(filter === undefined ? {} : { variables: { input: filter } }),
    getCpuTypes: request(Documents.getCpuTypes)()
  }
}

const login = ({ request }: Request.Graphql) => {
  const status = request(Documents.flashAuthRequestStatus)
  return {
    // an unused request expires
    createFlashAuthRequest: request(Documents.createFlashAuthRequest)(),
    flashAuthRequestStatus: (flashAuthRequestId: string) =>
      status({ variables: { flashAuthRequestId }, subjects: [subject("login request", flashAuthRequestId)] })
  }
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RunpodGraphql, never, RunpodConfig | HttpClient.HttpClient> = Layer.effect(
  RunpodGraphql,
  Effect.gen(function*() {
    const { graphqlUrl } = yield* RunpodConfig
    const graphql = Request.make(yield* Exchange.make, graphqlUrl)
    return {
      ...apps(graphql),
      ...environments(graphql),
      ...builds(graphql),
      ...endpoints(graphql),
      ...login(graphql)
    }
  })
)
