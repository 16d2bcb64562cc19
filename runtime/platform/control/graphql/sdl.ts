/**
 * The schema of the GraphQL API, as far as clients show it: RunPod publishes none. Whether a field may be null, and
 * whether a value is an enum or text, is what every known client's documents agree with.
 *
 * @since 0.1.0
 */

const operations = `
type Query {
  myself: User
  pod(input: PodFilter): Pod
  gpuTypes(input: GpuTypeFilter): [GpuType!]!
  cpuTypes: [CpuType!]!
  cpuFlavors(input: CpuFlavorInput): [CpuFlavor!]!
  dataCenters: [DataCenter!]!
  serverlessGpuPools: [ServerlessGpuPool!]!
  podTemplate(id: String!): PodTemplate
  podTemplates(input: PodTemplateInput): [PodTemplate!]!
  listings(input: ListingsInput!): [Listing!]!
  listing(id: String!): Listing
  listingFromRepo(repoOwner: String!, repoName: String!): Listing
  allAiApiPublicConfigs: [AiApiPublicConfig!]!
  myModels: [Model!]!
  myModel(owner: String!, name: String!): Model
  flashApp(flashAppId: String!): FlashApp
  flashAppByName(flashAppName: String!): FlashApp
  flashEnvironment(flashEnvironmentId: String!): FlashEnvironment
  flashEnvironmentByName(input: FlashEnvironmentByNameInput!): FlashEnvironment
  flashBuild(flashBuildId: String!): FlashBuild
  flashAuthRequestStatus(flashAuthRequestId: String!): FlashAuthRequest
}
type Mutation {
  saveEndpoint(input: EndpointInput!): Endpoint
  updateEndpointTemplate(input: UpdateEndpointTemplateInput): Endpoint
  deleteEndpoint(id: String!): Void
  saveTemplate(input: SaveTemplateInput): PodTemplate
  deleteTemplate(templateName: String!): Void
  saveRegistryAuth(input: SaveRegistryAuthInput!): RegistryAuth
  updateRegistryAuth(input: UpdateRegistryAuthInput!): RegistryAuth
  deleteRegistryAuth(registryAuthId: String!): Boolean
  updateUserSettings(input: UpdateUserSettingsInput): User
  secretCreate(input: SecretCreateInput!): Secret
  secretDelete(id: ID!): Void
  createNetworkVolume(input: CreateNetworkVolumeInput!): NetworkVolume
  updateNetworkVolume(input: UpdateNetworkVolumeInput!): NetworkVolume
  deleteNetworkVolume(input: DeleteNetworkVolumeInput!): Void
  podFindAndDeployOnDemand(input: PodFindAndDeployOnDemandInput): Pod
  podRentInterruptable(input: PodFindAndDeployOnDemandInput!): Pod
  deployCpuPod(input: DeployCpuPodInput!): Pod
  podStop(input: PodIdInput!): Pod
  podResume(input: PodResumeInput!): Pod
  podBidResume(input: PodBidResumeInput!): Pod
  podTerminate(input: PodIdInput!): Void
  podEditJob(input: PodEditJobInput!): Pod
  addModelToRepo(input: AddModelToRepoInput!): ModelMutationResult
  removeModelFromRepo(input: RemoveModelFromRepoInput!): ModelMutationResult
  createModelRepoUpload(input: CreateModelRepoUploadInput!): ModelRepoUploadResult
  completeModelRepoUpload(input: CompleteModelRepoUploadInput!): ModelRepoUploadDone
  updateModelVersionStatus(uuid: ID, hash: ID, status: ModelVersionStatus!): ModelVersionStatusResult
  createFlashApp(input: CreateFlashAppInput!): FlashApp
  deleteFlashApp(flashAppId: String!): Void
  createFlashEnvironment(input: CreateFlashEnvironmentInput!): FlashEnvironment
  deleteFlashEnvironment(flashEnvironmentId: String!): Void
  updateFlashEnvironment(input: UpdateFlashEnvironmentInput!): FlashEnvironment
  addEndpointToFlashEnvironment(input: AddEndpointToEnvironmentInput!): Endpoint
  addNetworkVolumeToFlashEnvironment(input: AddNetworkVolumeToEnvironmentInput!): NetworkVolume
  prepareFlashArtifactUpload(input: PrepareFlashArtifactUploadInput!): FlashArtifactUpload
  finalizeFlashArtifactUpload(input: FinalizeFlashArtifactUploadInput!): FlashBuild
  updateFlashBuildManifest(input: UpdateFlashBuildManifestInput!): FlashBuild
  deployBuildToEnvironment(input: DeployBuildToEnvironmentInput!): FlashEnvironment
  createFlashAuthRequest: FlashAuthRequest
}
`

const types = `
scalar JSON
scalar DateTime
scalar Void
enum FlashBootType { OFF FLASHBOOT PRIORITY_FLASHBOOT }
enum CloudType { ALL COMMUNITY SECURE }
enum ModelVersionStatus { READY POD_REMOVED }
type User {
  id: String! email: String pubKey: String clientBalance: Float currentSpendPerHr: Float spendLimit: Int
  notifyPodsStale: Boolean notifyPodsGeneral: Boolean notifyLowBalance: Boolean
  serverlessDiscount: ServerlessDiscount endpoints: [Endpoint!] endpoint(id: String!): Endpoint pods: [Pod!]
  podTemplates: [PodTemplate!] networkVolumes: [NetworkVolume!] containerRegistryCreds: [RegistryAuth!]
  flashApps: [FlashApp!]
}
type ServerlessDiscount { discountFactor: Float type: String expirationDate: DateTime }
type EnvVar { key: String value: String }
type Endpoint {
  id: String! name: String aiKey: String userId: String version: Int type: String computeType: String
  templateId: String template: PodTemplate gpuIds: String gpuCount: Int instanceIds: [String] locations: String
  idleTimeout: Int scalerType: String scalerValue: Int workersMin: Int workersMax: Int workersStandby: Int
  workersPFBTarget: Int executionTimeoutMs: Int allowedCudaVersions: String minCudaVersion: String
  flashBootType: FlashBootType networkVolumeId: String networkVolumeIds: [EndpointNetworkVolume!]
  networkVolume: NetworkVolume modelReferences: [String!] env: [EnvVar!] createdAt: DateTime activeBuildid: String
  idePodId: String flashEnvironmentId: String pods: [Pod!]
}
type EndpointNetworkVolume { networkVolumeId: String dataCenterId: String }
input EnvVarInput { key: String! value: String! }
input EndpointInput {
  id: String name: String templateId: String template: SaveTemplateInput type: String computeType: String
  gpuIds: String gpuCount: Int instanceIds: [String] locations: String idleTimeout: Int scalerType: String
  scalerValue: Int workersMin: Int workersMax: Int workersPFBTarget: Int workersStandby: Int
  executionTimeoutMs: Int allowedCudaVersions: String minCudaVersion: String flashBootType: FlashBootType
  networkVolumeId: String networkVolumeIds: [EndpointNetworkVolumeInput!] modelReferences: [String!]
  env: [EnvVarInput!] hubReleaseId: String flashEnvironmentId: String
}
input EndpointNetworkVolumeInput { networkVolumeId: String! dataCenterId: String }
input UpdateEndpointTemplateInput { endpointId: String! templateId: String! }
type PodTemplate {
  id: String! name: String imageName: String dockerArgs: String containerDiskInGb: Int
  containerRegistryAuthId: String volumeInGb: Int volumeMountPath: String ports: String portsConfig: [PortConfig!]
  env: [EnvVar!] isServerless: Boolean isPublic: Boolean isRunpod: Boolean category: String readme: String
  advancedStart: Boolean startScript: String startSsh: Boolean startJupyter: Boolean
}
type PortConfig { port: String name: String }
input PortConfigInput { port: String name: String }
input SaveTemplateInput {
  id: String name: String imageName: String dockerArgs: String containerDiskInGb: Int
  containerRegistryAuthId: String volumeInGb: Int volumeMountPath: String ports: String
  portsConfig: [PortConfigInput!] env: [EnvVarInput!] isServerless: Boolean isPublic: Boolean category: String
  readme: String advancedStart: Boolean startScript: String startSsh: Boolean startJupyter: Boolean config: JSON
}
input PodTemplateInput { isRunpod: Boolean isServerless: Boolean }
type GpuType {
  id: String! displayName: String manufacturer: String memoryInGb: Int cudaCores: Int secureCloud: Boolean
  communityCloud: Boolean securePrice: Float communityPrice: Float communitySpotPrice: Float
  secureSpotPrice: Float oneWeekPrice: Float oneMonthPrice: Float threeMonthPrice: Float sixMonthPrice: Float
  maxGpuCount: Int maxGpuCountCommunityCloud: Int maxGpuCountSecureCloud: Int minPodGpuCount: Int
  nodeGroupGpuSizes: [Int] throughput: Int lowestPrice(input: GpuLowestPriceInput): LowestPrice
}
type LowestPrice {
  gpuName: String gpuTypeId: String minimumBidPrice: Float uninterruptablePrice: Float minMemory: Int minVcpu: Int
  stockStatus: String minDisk: Int minDownload: Int minUpload: Int countryCode: String supportPublicIp: Boolean
  compliance: [String] rentedCount: Int totalCount: Int rentalPercentage: Float maxUnreservedGpuCount: Int
  availableGpuCounts: [Int] gpuTypeCudaVersions: [CudaAvailability!]
}
type CudaAvailability { cudaVersion: String availability: String }
input GpuTypeFilter { id: String ids: [String] }
input GpuLowestPriceInput {
  gpuCount: Int minMemoryInGb: Int minVcpuCount: Int minDisk: Int totalDisk: Int secureCloud: Boolean
  dataCenterId: String countryCode: String supportPublicIp: Boolean includeAiApi: Boolean
  allowedCudaVersions: [String] compliance: [String]
}
type CpuType { id: String! displayName: String manufacturer: String cores: Int threadsPerCore: Int groupId: String }
input CpuFlavorInput { id: String }
input SpecificsInput { dataCenterId: String instanceId: String }
type CpuFlavor { id: String specifics(input: SpecificsInput): CpuSpecifics }
type CpuSpecifics { stockStatus: String securePrice: Float slsPrice: Float }
type DataCenter { id: String! name: String location: String gpuAvailability: [GpuAvailability!] }
type GpuAvailability { gpuTypeId: String displayName: String stockStatus: String }
type ServerlessGpuPool { id: String! gpuTypeIds: [String!]! }
type NetworkVolume { id: String! name: String size: Int dataCenterId: String flashEnvironmentId: String }
input CreateNetworkVolumeInput { name: String! size: Int! dataCenterId: String! }
input UpdateNetworkVolumeInput { id: String! name: String size: Int }
input DeleteNetworkVolumeInput { id: String! }
type RegistryAuth { id: String! name: String }
input SaveRegistryAuthInput { name: String! username: String! password: String! }
input UpdateRegistryAuthInput { id: String! username: String! password: String! }
input UpdateUserSettingsInput { pubKey: String }
type Secret { id: ID name: String description: String }
input SecretCreateInput { name: String! value: String! description: String }
input PodFilter { podId: String! }
input PodIdInput { podId: String! }
input PodResumeInput { podId: String! gpuCount: Int allowedCudaVersions: [String] }
input PodBidResumeInput { podId: String! bidPerGpu: Float! gpuCount: Int! }
input PodEditJobInput {
  podId: String! imageName: String dockerArgs: String env: [EnvVarInput!] ports: String containerDiskInGb: Int
  volumeInGb: Int volumeMountPath: String containerRegistryAuthId: String
}
input PodFindAndDeployOnDemandInput {
  name: String imageName: String cloudType: CloudType gpuTypeId: String gpuTypeIdList: [String] gpuCount: Int
  containerDiskInGb: Int volumeInGb: Int volumeMountPath: String volumeKey: String minVcpuCount: Int
  minMemoryInGb: Int minDownload: Int minUpload: Int minCudaVersion: String allowedCudaVersions: [String]
  dockerArgs: String ports: String env: [EnvVarInput!] templateId: String networkVolumeId: String
  dataCenterId: String countryCode: String supportPublicIp: Boolean startSsh: Boolean startJupyter: Boolean
  bidPerGpu: Float deployCost: Float containerRegistryAuthId: String globalNetwork: Boolean stopAfter: DateTime
  terminateAfter: DateTime
}
input DeployCpuPodInput {
  instanceId: String cloudType: CloudType name: String imageName: String containerDiskInGb: Int volumeInGb: Int
  volumeMountPath: String dockerArgs: String ports: String env: [EnvVarInput!] templateId: String
  networkVolumeId: String dataCenterId: String countryCode: String startSsh: Boolean startJupyter: Boolean
  supportPublicIp: Boolean deployCost: Float containerRegistryAuthId: String minDownload: Int minUpload: Int
  gpuCount: Int
}
type Pod {
  id: String! name: String imageName: String desiredStatus: String costPerHr: Float containerDiskInGb: Int
  volumeInGb: Int volumeMountPath: String dockerArgs: String dockerId: String env: [String] gpuCount: Int
  memoryInGb: Float vcpuCount: Float podType: String port: Int ports: String machineId: String uptimeSeconds: Int
  lastStatusChange: String networkVolumeId: String machine: PodMachine runtime: PodRuntime
  containerRegistryAuthId: String
}
type PodMachine { podHostId: String gpuDisplayName: String location: String dataCenterId: String }
type PodRuntime { uptimeInSeconds: Int ports: [PodPort!] gpus: [PodGpu!] container: PodContainer }
type PodPort { ip: String isIpPublic: Boolean privatePort: Int publicPort: Int type: String }
type PodGpu { id: String gpuUtilPercent: Float memoryUtilPercent: Float }
type PodContainer { cpuPercent: Float memoryPercent: Float }
input ListingsInput {
  searchQuery: String category: String type: String owner: String limit: Int offset: Int orderBy: String
  orderDirection: String
}
type Listing {
  id: String! repoId: String title: String description: String repoName: String repoOwner: String
  repoOwnerAvatarUrl: String category: String type: String tags: [String!] stars: Int views: Int deploys: Int
  openIssues: Int watchers: Int language: String createdAt: DateTime updatedAt: DateTime listedRelease: HubRelease
}
type HubRelease {
  id: String! name: String tagName: String body: String readme: String branch: String license: String
  config: String deploys: Int iconUrl: String authorName: String createdAt: DateTime releasedAt: DateTime
  updatedAt: DateTime build: HubBuild tests: JSON
}
type HubBuild { id: String imageName: String }
type AiApiPublicConfig {
  id: String! aiApiId: String! modelName: String displayName: String description: String metadata: String
  isLive: Boolean createdAt: DateTime updatedAt: DateTime
}
type Model {
  id: String owner: String name: String provider: String status: String createdAt: DateTime updatedAt: DateTime
  users: [ModelUser!] versions: [ModelVersion!]
}
type ModelUser {
  userId: String credentialType: String credentialReference: String status: String updatedAt: DateTime
}
type ModelVersion {
  uuid: String hash: String status: String metadata: JSON createdAt: DateTime updatedAt: DateTime
}
type ModelMutationResult { success: Boolean message: String model: Model }
type ModelVersionStatusResult { success: Boolean message: String modelVersion: ModelVersion }
type ModelRepoUploadResult {
  success: Boolean message: String upload: ModelRepoUpload model: Model version: ModelVersion
}
type ModelRepoUploadDone { success: Boolean message: String sessionId: String status: String }
type ModelRepoUpload {
  sessionId: String status: String uploadId: String bucket: String key: String keyPrefix: String
  partSizeBytes: Float partCount: Int expiresInSeconds: Int parts: [ModelRepoUploadPart!] completeUrl: String
  abortUrl: String
}
type ModelRepoUploadPart { partNumber: Int url: String expiresAt: String }
input AddModelToRepoInput {
  owner: String name: String provider: String versionStatus: String credentialType: String
  credentialReference: String metadata: JSON
}
input RemoveModelFromRepoInput { owner: String name: String provider: String }
input CreateModelRepoUploadInput {
  owner: String name: String fileName: String fileSizeBytes: Float partSizeBytes: Float contentType: String
  metadata: JSON provider: String hash: String
}
input CompleteModelRepoUploadInput { sessionId: String parts: JSON }
type FlashApp { id: String! name: String! flashEnvironments: [FlashEnvironment!]! flashBuilds: [FlashBuild!]! }
type FlashEnvironment {
  id: String! name: String! state: String activeBuildId: String createdAt: DateTime endpoints: [Endpoint!]!
  networkVolumes: [NetworkVolume!]! activeArtifact: FlashArtifact
}
type FlashArtifact { objectKey: String downloadUrl: String expiresAt: String }
type FlashBuild { id: String! objectKey: String createdAt: DateTime manifest: JSON }
type FlashArtifactUpload { uploadUrl: String! objectKey: String! expiresAt: String }
type FlashAuthRequest { id: String! status: String! expiresAt: DateTime apiKey: String }
input CreateFlashAppInput { name: String! }
input CreateFlashEnvironmentInput { flashAppId: String! name: String! }
input FlashEnvironmentByNameInput { flashAppId: String! name: String! }
input UpdateFlashEnvironmentInput { flashEnvironmentId: String! status: String state: String }
input AddEndpointToEnvironmentInput { flashEnvironmentId: String! endpointId: String! }
input AddNetworkVolumeToEnvironmentInput { flashEnvironmentId: String! networkVolumeId: String! }
input PrepareFlashArtifactUploadInput { flashAppId: String! tarballSize: Int! }
input FinalizeFlashArtifactUploadInput { flashAppId: String! objectKey: String! manifest: JSON! }
input UpdateFlashBuildManifestInput { flashBuildId: String! manifest: JSON! }
input DeployBuildToEnvironmentInput { flashEnvironmentId: String! flashBuildId: String! }
`

/**
 * @since 0.1.0
 * @category constants
 */
export const sdl = operations + types
