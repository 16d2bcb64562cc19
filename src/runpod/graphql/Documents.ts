/**
 * The GraphQL documents, each with where its result is and how it is read.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Endpoints from "./Endpoints.ts"
import * as FlashApps from "./FlashApps.ts"
import type { Operation } from "./Request.ts"

const operation = <A, I>(
  document: string,
  path: Operation<A, I>["path"],
  schema: Schema.Schema<A, I>
): Operation<A, I> => ({ document, path, schema })

/** A list that may be `null`. */
const listOf = <A, I>(item: Schema.Schema<A, I>): Schema.Schema<ReadonlyArray<A>, ReadonlyArray<I> | null> =>
  Schema.transform(Schema.NullOr(Schema.Array(item)), Schema.Array(Schema.typeSchema(item)), {
    strict: true,
    decode: (items) => items ?? [],
    encode: (items) => items
  })

const environment = "id name state activeBuildId createdAt"
const build = "id objectKey createdAt"

export const getFlashApps = operation(
  `query getFlashApps { myself { flashApps { id name flashEnvironments { ${environment} } flashBuilds { ${build} } } } }`,
  ["myself", "flashApps"],
  listOf(FlashApps.FlashApp)
)

export const getFlashApp = operation(
  `query getFlashApp($input: String!) {
    flashApp(flashAppId: $input) { id name flashEnvironments { ${environment} } flashBuilds { ${build} } }
  }`,
  ["flashApp"],
  FlashApps.FlashApp
)

export const getFlashAppByName = operation(
  `query getFlashAppByName($flashAppName: String!) {
    flashAppByName(flashAppName: $flashAppName) {
      id name flashEnvironments { ${environment} } flashBuilds { ${build} }
    }
  }`,
  ["flashAppByName"],
  FlashApps.FlashApp
)

export const createFlashApp = operation(
  `mutation createFlashApp($input: CreateFlashAppInput!) { createFlashApp(input: $input) { id name } }`,
  ["createFlashApp"],
  FlashApps.IdAndName
)

export const deleteFlashApp = {
  document: `mutation deleteFlashApp($flashAppId: String!) { deleteFlashApp(flashAppId: $flashAppId) }`,
  path: ["deleteFlashApp"]
} as const

export const listFlashEnvironments = operation(
  `query listFlashEnvironments($flashAppId: String!) {
    flashApp(flashAppId: $flashAppId) { flashEnvironments { ${environment} } }
  }`,
  ["flashApp"],
  Schema.Struct({ flashEnvironments: listOf(FlashApps.FlashEnvironmentSummary) })
)

export const getFlashEnvironment = operation(
  `query getFlashEnvironment($flashEnvironmentId: String!) {
    flashEnvironment(flashEnvironmentId: $flashEnvironmentId) {
      ${environment} endpoints { id name } networkVolumes { id name }
    }
  }`,
  ["flashEnvironment"],
  FlashApps.FlashEnvironment
)

export const getFlashEnvironmentByName = operation(
  `query getFlashEnvironmentByName($input: FlashEnvironmentByNameInput!) {
    flashEnvironmentByName(input: $input) {
      ${environment} endpoints { id name } networkVolumes { id name }
    }
  }`,
  ["flashEnvironmentByName"],
  FlashApps.FlashEnvironment
)

export const createFlashEnvironment = operation(
  `mutation createFlashEnvironment($input: CreateFlashEnvironmentInput!) {
    createFlashEnvironment(input: $input) { id name }
  }`,
  ["createFlashEnvironment"],
  FlashApps.IdAndName
)

export const updateFlashEnvironment = operation(
  `mutation updateFlashEnvironment($input: UpdateFlashEnvironmentInput!) {
    updateFlashEnvironment(input: $input) { id name state }
  }`,
  ["updateFlashEnvironment"],
  FlashApps.EnvironmentState
)

export const deleteFlashEnvironment = {
  document: `mutation deleteFlashEnvironment($flashEnvironmentId: String!) {
    deleteFlashEnvironment(flashEnvironmentId: $flashEnvironmentId)
  }`,
  path: ["deleteFlashEnvironment"]
} as const

export const addEndpointToFlashEnvironment = operation(
  `mutation addEndpointToFlashEnvironment($input: AddEndpointToEnvironmentInput!) {
    addEndpointToFlashEnvironment(input: $input) { id name flashEnvironmentId }
  }`,
  ["addEndpointToFlashEnvironment"],
  FlashApps.Registered
)

export const addNetworkVolumeToFlashEnvironment = operation(
  `mutation addNetworkVolumeToFlashEnvironment($input: AddNetworkVolumeToEnvironmentInput!) {
    addNetworkVolumeToFlashEnvironment(input: $input) { id name flashEnvironmentId }
  }`,
  ["addNetworkVolumeToFlashEnvironment"],
  FlashApps.Registered
)

export const listFlashBuilds = operation(
  `query listFlashBuilds($flashAppId: String!) { flashApp(flashAppId: $flashAppId) { flashBuilds { ${build} } } }`,
  ["flashApp"],
  Schema.Struct({ flashBuilds: listOf(FlashApps.FlashBuildSummary) })
)

export const getFlashBuild = operation(
  `query getFlashBuild($input: String!) { flashBuild(flashBuildId: $input) { id manifest } }`,
  ["flashBuild"],
  FlashApps.FlashBuild
)

export const prepareFlashArtifactUpload = operation(
  `mutation PrepareArtifactUpload($input: PrepareFlashArtifactUploadInput!) {
    prepareFlashArtifactUpload(input: $input) { uploadUrl objectKey expiresAt }
  }`,
  ["prepareFlashArtifactUpload"],
  FlashApps.ArtifactUpload
)

export const finalizeFlashArtifactUpload = operation(
  `mutation FinalizeArtifactUpload($input: FinalizeFlashArtifactUploadInput!) {
    finalizeFlashArtifactUpload(input: $input) { id manifest }
  }`,
  ["finalizeFlashArtifactUpload"],
  FlashApps.FlashBuild
)

export const updateFlashBuildManifest = operation(
  `mutation updateFlashBuildManifest($input: UpdateFlashBuildManifestInput!) {
    updateFlashBuildManifest(input: $input) { id manifest }
  }`,
  ["updateFlashBuildManifest"],
  FlashApps.FlashBuild
)

export const deployBuildToEnvironment = operation(
  `mutation deployBuildToEnvironment($input: DeployBuildToEnvironmentInput!) {
    deployBuildToEnvironment(input: $input) { id name activeArtifact { objectKey downloadUrl expiresAt } }
  }`,
  ["deployBuildToEnvironment"],
  FlashApps.Deployment
)

// the endpoint's own key is not selected: nothing here needs it
export const saveEndpoint = operation(
  `mutation saveEndpoint($input: EndpointInput!) {
    saveEndpoint(input: $input) {
      id name type flashEnvironmentId templateId userId version activeBuildid idePodId
      gpuIds gpuCount instanceIds locations idleTimeout scalerType scalerValue
      workersMin workersMax workersStandby workersPFBTarget executionTimeoutMs
      allowedCudaVersions minCudaVersion flashBootType
      networkVolumeId networkVolumeIds { networkVolumeId dataCenterId }
    }
  }`,
  ["saveEndpoint"],
  Endpoints.SavedEndpoint
)

export const saveTemplate = operation(
  `mutation saveTemplate($input: SaveTemplateInput) {
    saveTemplate(input: $input) { id name imageName dockerArgs containerDiskInGb readme env { key value } }
  }`,
  ["saveTemplate"],
  Endpoints.SavedTemplate
)

export const deleteEndpoint = {
  document: `mutation deleteEndpoint($id: String!) { deleteEndpoint(id: $id) }`,
  path: ["deleteEndpoint"]
} as const

export const listEndpointIds = operation(
  `query listEndpointIds { myself { endpoints { id } } }`,
  ["myself", "endpoints"],
  listOf(Schema.Struct({ id: Schema.String }))
)

export const getGpuTypes = operation(
  `query getGpuTypes($input: GpuTypeFilter) {
    gpuTypes(input: $input) {
      id displayName manufacturer memoryInGb cudaCores secureCloud communityCloud securePrice communityPrice
      communitySpotPrice secureSpotPrice maxGpuCount maxGpuCountCommunityCloud maxGpuCountSecureCloud minPodGpuCount
      nodeGroupGpuSizes throughput
    }
  }`,
  ["gpuTypes"],
  listOf(Endpoints.GpuType)
)

export const getCpuTypes = operation(
  `query getCpuTypes { cpuTypes { id displayName manufacturer cores threadsPerCore groupId } }`,
  ["cpuTypes"],
  listOf(Endpoints.CpuType)
)

export const createFlashAuthRequest = {
  ...operation(
    `mutation createFlashAuthRequest { createFlashAuthRequest { id status expiresAt } }`,
    ["createFlashAuthRequest"],
    FlashApps.FlashAuthRequest
  ),
  key: "none"
} as const

export const flashAuthRequestStatus = {
  ...operation(
    `query flashAuthRequestStatus($flashAuthRequestId: String!) {
      flashAuthRequestStatus(flashAuthRequestId: $flashAuthRequestId) { id status expiresAt apiKey }
    }`,
    ["flashAuthRequestStatus"],
    FlashApps.FlashAuthRequest
  ),
  key: "none"
} as const
