/**
 * What known clients send to GraphQL: the operations of the Python Flash (1.3.0, and what 1.19.0 changed), runpodctl and
 * runpod-python, with the fields that each of them selects.
 */

const app = "id name flashEnvironments { id name state activeBuildId createdAt } flashBuilds { id objectKey createdAt }"
const environment = "id name state activeBuildId endpoints { id name } networkVolumes { id name }"
const endpoint = `aiKey gpuIds id idleTimeout locations name networkVolumeId flashEnvironmentId scalerType scalerValue
  templateId type userId version workersMax workersMin workersStandby workersPFBTarget gpuCount allowedCudaVersions
  executionTimeoutMs instanceIds activeBuildid idePodId`

export const flash = {
  getFlashAppByName: `query getFlashAppByName($flashAppName: String!) {
    flashAppByName(flashAppName: $flashAppName) { ${app} } }`,
  getFlashApps: `query getFlashApps { myself { flashApps {
    id name flashEnvironments { id name state createdAt activeBuildId } flashBuilds { id createdAt } } } }`,
  getFlashApp: `query getFlashApp($input: String!) { flashApp(flashAppId: $input) {
    id name flashEnvironments { id name state } flashBuilds { id objectKey createdAt } } }`,
  listFlashEnvironments: `query listFlashEnvironments($flashAppId: String!) { flashApp(flashAppId: $flashAppId) {
    flashEnvironments { id name state activeBuildId createdAt } } }`,
  listFlashBuilds: `query listFlashBuilds($flashAppId: String!) { flashApp(flashAppId: $flashAppId) {
    flashBuilds { id objectKey createdAt } } }`,
  getFlashEnvironmentByName: `query getFlashEnvironmentByName($input: FlashEnvironmentByNameInput!) {
    flashEnvironmentByName(input: $input) { ${environment} } }`,
  getFlashEnvironment: `query getFlashEnvironment($flashEnvironmentId: String!) {
    flashEnvironment(flashEnvironmentId: $flashEnvironmentId) { ${environment} createdAt } }`,
  getFlashBuild: `query getFlashBuild($input: String!) { flashBuild(flashBuildId: $input) { id manifest } }`,
  createFlashApp: `mutation createFlashApp($input: CreateFlashAppInput!) { createFlashApp(input: $input) { id name } }`,
  createFlashEnvironment: `mutation createFlashEnvironment($input: CreateFlashEnvironmentInput!) {
    createFlashEnvironment(input: $input) { id name } }`,
  prepareArtifactUpload: `mutation PrepareArtifactUpload($input: PrepareFlashArtifactUploadInput!) {
    prepareFlashArtifactUpload(input: $input) { uploadUrl objectKey expiresAt } }`,
  finalizeArtifactUpload: `mutation FinalizeArtifactUpload($input: FinalizeFlashArtifactUploadInput!) {
    finalizeFlashArtifactUpload(input: $input) { id manifest } }`,
  deployBuildToEnvironment: `mutation deployBuildToEnvironment($input: DeployBuildToEnvironmentInput!) {
    deployBuildToEnvironment(input: $input) { id name activeArtifact { objectKey downloadUrl expiresAt } } }`,
  updateFlashBuildManifest: `mutation updateFlashBuildManifest($input: UpdateFlashBuildManifestInput!) {
    updateFlashBuildManifest(input: $input) { id manifest } }`,
  updateFlashEnvironment: `mutation updateFlashEnvironment($input: UpdateFlashEnvironmentInput!) {
    updateFlashEnvironment(input: $input) { id name state } }`,
  addEndpointToFlashEnvironment: `mutation addEndpointToFlashEnvironment($input: AddEndpointToEnvironmentInput!) {
    addEndpointToFlashEnvironment(input: $input) { id name flashEnvironmentId } }`,
  addNetworkVolumeToFlashEnvironment: `mutation addNetworkVolumeToFlashEnvironment(
    $input: AddNetworkVolumeToEnvironmentInput!) {
    addNetworkVolumeToFlashEnvironment(input: $input) { id name flashEnvironmentId } }`,
  deleteFlashEnvironment: `mutation deleteFlashEnvironment($flashEnvironmentId: String!) {
    deleteFlashEnvironment(flashEnvironmentId: $flashEnvironmentId) }`,
  deleteFlashApp: `mutation deleteFlashApp($flashAppId: String!) { deleteFlashApp(flashAppId: $flashAppId) }`,
  deleteEndpoint: `mutation deleteEndpoint($id: String!) { deleteEndpoint(id: $id) }`,
  saveEndpoint: `mutation saveEndpoint($input: EndpointInput!) { saveEndpoint(input: $input) { ${endpoint} } }`,
  saveTemplate: `mutation saveTemplate($input: SaveTemplateInput) { saveTemplate(input: $input) {
    id containerDiskInGb dockerArgs env { key value } imageName name readme } }`,
  endpointIds: `query { myself { endpoints { id } } }`,
  getCpuTypes: `query getCpuTypes { cpuTypes { id displayName manufacturer cores threadsPerCore groupId } }`,
  getGpuTypes: `query getGpuTypes($input: GpuTypeFilter) { gpuTypes(input: $input) { id displayName manufacturer
    memoryInGb cudaCores secureCloud communityCloud securePrice communityPrice communitySpotPrice secureSpotPrice
    maxGpuCount maxGpuCountCommunityCloud maxGpuCountSecureCloud minPodGpuCount nodeGroupGpuSizes throughput } }`
} as const

export const flash119 = {
  saveEndpoint: `mutation saveEndpoint($input: EndpointInput!) { saveEndpoint(input: $input) { ${endpoint}
    networkVolumeIds { networkVolumeId dataCenterId } minCudaVersion flashBootType } }`,
  getTemplate: `query getTemplate($id: String!) { podTemplate(id: $id) { id name imageName env { key value } } }`,
  getEndpoint: `query getEndpoint($id: String!) { myself { endpoint(id: $id) { id } } }`,
  gpuStock: `query ServerlessGpuTypes($gpuTypesInput: GpuTypeFilter, $lowestPriceInput: GpuLowestPriceInput) {
    gpuTypes(input: $gpuTypesInput) { id lowestPrice(input: $lowestPriceInput) { stockStatus } } }`,
  cpuStock: `query SecureCpuTypes($cpuFlavorInput: CpuFlavorInput, $specificsInput: SpecificsInput) {
    cpuFlavors(input: $cpuFlavorInput) { specifics(input: $specificsInput) { stockStatus } } }`,
  createAuthRequest: `mutation createFlashAuthRequest { createFlashAuthRequest { id status expiresAt } }`,
  authRequestStatus: `query flashAuthRequestStatus($flashAuthRequestId: String!) {
    flashAuthRequestStatus(flashAuthRequestId: $flashAuthRequestId) { id status expiresAt apiKey } }`
} as const

export const runpodctl = {
  createEndpoint: `mutation SaveEndpoint($input: EndpointInput!) { saveEndpoint(input: $input) {
    id name templateId workersMin workersMax idleTimeout scalerType scalerValue gpuIds gpuCount instanceIds locations
    networkVolumeId networkVolumeIds { networkVolumeId dataCenterId } flashBootType executionTimeoutMs
    modelReferences computeType minCudaVersion createdAt } }`,
  updateEndpointTemplate: `mutation UpdateEndpointTemplate($input: UpdateEndpointTemplateInput) {
    updateEndpointTemplate(input: $input) { id templateId } }`,
  gpuPools: `query { serverlessGpuPools { id gpuTypeIds } }`,
  podTemplate: `query PodTemplate($id: String!) { podTemplate(id: $id) { id name imageName isServerless dockerArgs
    containerDiskInGb volumeInGb volumeMountPath ports env { key value } readme isPublic isRunpod category } }`,
  podTemplates: `query PodTemplates($input: PodTemplateInput) { podTemplates(input: $input) { id name imageName } }`,
  gpuTypes: `query { gpuTypes { id displayName memoryInGb secureCloud communityCloud
    lowestPrice(input: { gpuCount: 1 }) { stockStatus minimumBidPrice uninterruptablePrice } } }`,
  dataCenters: `query { dataCenters { id name location gpuAvailability { gpuTypeId displayName stockStatus } } }`,
  user: `query { myself { id email clientBalance currentSpendPerHr spendLimit notifyPodsStale notifyPodsGeneral
    notifyLowBalance serverlessDiscount { discountFactor type expirationDate } } }`,
  sshKeys: `query { myself { id pubKey } }`,
  setSshKeys: `mutation UpdateUserSettings($input: UpdateUserSettingsInput) {
    updateUserSettings(input: $input) { id pubKey } }`,
  listings: `query Listings($input: ListingsInput!) { listings(input: $input) { id title listedRelease { id name } } }`,
  listing: `query Listing($id: String!) { listing(id: $id) { id title repoName repoOwner } }`,
  models: `query { myModels { owner name provider versions { hash status } } }`,
  createSecret: `mutation SecretCreate($input: SecretCreateInput!) { secretCreate(input: $input) { id name } }`,
  deleteSecret: `mutation SecretDelete($id: ID!) { secretDelete(id: $id) }`,
  stopPod: `mutation StopPod($podId: String!) { podStop(input: { podId: $podId }) { id desiredStatus } }`,
  pods: `query Pods { myself { pods { id name imageName desiredStatus costPerHr containerDiskInGb volumeInGb
    volumeMountPath dockerArgs dockerId env gpuCount memoryInGb vcpuCount podType port ports machineId uptimeSeconds
    lastStatusChange machine { gpuDisplayName location }
    runtime { ports { ip isIpPublic privatePort publicPort PortType: type } } } } }`,
  deployPod: `mutation DeployPod($input: PodFindAndDeployOnDemandInput!) { podFindAndDeployOnDemand(input: $input) {
    id costPerHr desiredStatus lastStatusChange } }`,
  startPod: `mutation StartPod($podId: String!) { podResume(input: { podId: $podId }) {
    id costPerHr desiredStatus lastStatusChange } }`,
  startSpotPod: `mutation StartSpot($podId: String!, $bidPerGpu: Float!, $gpuCount: Int!) {
    podBidResume(input: { podId: $podId, bidPerGpu: $bidPerGpu, gpuCount: $gpuCount }) { id desiredStatus } }`,
  removePod: `mutation RemovePod($podId: String!) { podTerminate(input: { podId: $podId }) }`,
  listingFromRepo: `query ListingFromRepo($repoOwner: String!, $repoName: String!) {
    listingFromRepo(repoOwner: $repoOwner, repoName: $repoName) { id title type category
    listedRelease { id name config build { imageName } } } }`,
  saveTemplate: `mutation SaveTemplate($input: SaveTemplateInput) { saveTemplate(input: $input) {
    id name imageName dockerArgs containerDiskInGb volumeInGb volumeMountPath env { key value } ports readme
    advancedStart startJupyter startScript startSsh } }`,
  templatePorts: `query TemplatePorts($id: String!) { podTemplate(id: $id) { id containerRegistryAuthId
    portsConfig { port name } } }`,
  myEndpoints: `query MyEndpoints { myself { endpoints { id name templateId gpuIds workersMin workersMax } } }`,
  volumes: `query Volumes { myself { networkVolumes { id name size dataCenterId } } }`,
  addModel: `mutation AddModel($input: AddModelToRepoInput!) { addModelToRepo(input: $input) {
    success message model { id owner name versions { hash status metadata } users { userId credentialType } } } }`,
  removeModel: `mutation RemoveModel($input: RemoveModelFromRepoInput!) { removeModelFromRepo(input: $input) {
    success message model { id } } }`,
  uploadModel: `mutation UploadModel($input: CreateModelRepoUploadInput!) { createModelRepoUpload(input: $input) {
    success message upload { sessionId uploadId partSizeBytes parts { partNumber url } completeUrl abortUrl }
    version { uuid hash } } }`,
  completeModel: `mutation CompleteModel($input: CompleteModelRepoUploadInput!) {
    completeModelRepoUpload(input: $input) { success message sessionId status } }`,
  model:
    `query Model($owner: String!, $name: String!) { myModel(owner: $owner, name: $name) { id versions { uuid } } }`,
  modelStatus: `mutation ModelStatus($uuid: ID, $hash: ID, $status: ModelVersionStatus!) {
    updateModelVersionStatus(uuid: $uuid, hash: $hash, status: $status) { success message modelVersion { uuid } } }`
} as const

export const runpodPython = {
  user: "query myself { myself { id pubKey networkVolumes { id name size dataCenterId } } }",
  gpus: "query GpuTypes { gpuTypes { id displayName memoryInGb } }",
  gpu: `query GpuTypes { gpuTypes(input: { id: "NVIDIA L4" }) { maxGpuCount id displayName manufacturer memoryInGb
    cudaCores secureCloud communityCloud securePrice communityPrice oneMonthPrice threeMonthPrice oneWeekPrice
    communitySpotPrice secureSpotPrice
    lowestPrice(input: { gpuCount: 1 }) { minimumBidPrice uninterruptablePrice } } }`,
  endpoints: `query Query { myself { endpoints { aiKey gpuIds id idleTimeout name networkVolumeId locations scalerType
    scalerValue templateId type userId version workersMax workersMin workersStandby gpuCount env { key value } createdAt
    networkVolume { id dataCenterId } } serverlessDiscount { discountFactor type expirationDate } } }`,
  createEndpoint: `mutation { saveEndpoint(input: { name: "py", templateId: "TEMPLATE", gpuIds: "AMPERE_16",
    networkVolumeId: "", locations: "", idleTimeout: 5, scalerType: "QUEUE_DELAY", scalerValue: 4, workersMin: 0,
    workersMax: 3, flashBootType: FLASHBOOT, gpuCount: 2 }) { id name templateId gpuIds networkVolumeId locations
    idleTimeout scalerType scalerValue workersMin workersMax allowedCudaVersions gpuCount } }`,
  updateEndpointTemplate:
    `mutation { updateEndpointTemplate(input: { templateId: "TEMPLATE", endpointId: "ENDPOINT" }) {
    id templateId } }`,
  createTemplate: `mutation { saveTemplate(input: { name: "py-template", imageName: "i", dockerArgs: "",
    containerDiskInGb: 10, volumeInGb: 0, ports: "", containerRegistryAuthId: "",
    env: [{ key: "A", value: "1" }], isServerless: true, startSsh: true, isPublic: false, readme: "" }) {
    id name imageName dockerArgs containerDiskInGb volumeInGb volumeMountPath ports env { key value } isServerless } }`,
  createRegistry: `mutation SaveRegistryAuth {
    saveRegistryAuth(input: { name: "py-hub", username: "me", password: "pa55" }) { id name } }`,
  updateRegistry: `mutation UpdateRegistryAuth {
    updateRegistryAuth(input: { id: "REGISTRY", username: "you", password: "pa55" }) { id name } }`,
  deleteRegistry: `mutation DeleteRegistryAuth { deleteRegistryAuth(registryAuthId: "REGISTRY") }`,
  pods: `query myPods { myself { pods { id containerDiskInGb costPerHr desiredStatus dockerArgs dockerId env gpuCount
    imageName lastStatusChange machineId memoryInGb name podType port ports uptimeSeconds vcpuCount volumeInGb
    volumeMountPath runtime { ports { ip isIpPublic privatePort publicPort type } } machine { gpuDisplayName } } } }`,
  pod: `query pod { pod(input: { podId: "x" }) { id name desiredStatus } }`,
  createPod: `mutation { podFindAndDeployOnDemand(input: { name: "p", imageName: "i", gpuTypeId: "NVIDIA L4",
    cloudType: ALL, startSsh: true, supportPublicIp: true, gpuCount: 1, volumeInGb: 0, minVcpuCount: 1,
    minMemoryInGb: 1, ports: "22/tcp", env: [] }) { id desiredStatus imageName env machineId machine { podHostId } } }`
} as const

/** All of them, by client. */
export const all = { flash, flash119, runpodctl, runpodPython } as const
