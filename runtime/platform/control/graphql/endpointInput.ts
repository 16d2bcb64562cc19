/**
 * Reads the inputs that save endpoints and templates.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { parseInstanceId } from "../catalog/CpuFlavors.ts"
import { dataCenters } from "../catalog/DataCenters.ts"
import * as Compute from "../Compute.ts"
import { Refused } from "../ControlError.ts"
import type { EndpointDraft, TemplateDraft } from "../EndpointControl.ts"
import type { Compute as ComputeRecord, Endpoint } from "../Records.ts"
import { fromCsv, fromVariables } from "./values.ts"
import type { Maybe, Variable } from "./values.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface TemplateInput {
  readonly id?: Maybe<string>
  readonly name?: Maybe<string>
  readonly imageName?: Maybe<string>
  readonly dockerArgs?: Maybe<string>
  readonly containerDiskInGb?: Maybe<number>
  readonly containerRegistryAuthId?: Maybe<string>
  readonly volumeInGb?: Maybe<number>
  readonly volumeMountPath?: Maybe<string>
  readonly ports?: Maybe<string>
  readonly env?: Maybe<ReadonlyArray<Variable>>
  readonly isServerless?: Maybe<boolean>
  readonly isPublic?: Maybe<boolean>
  readonly category?: Maybe<string>
  readonly readme?: Maybe<string>
  readonly advancedStart?: Maybe<boolean>
  readonly startScript?: Maybe<string>
  readonly startSsh?: Maybe<boolean>
  readonly startJupyter?: Maybe<boolean>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface EndpointInput {
  readonly id?: Maybe<string>
  readonly name?: Maybe<string>
  readonly templateId?: Maybe<string>
  readonly template?: Maybe<TemplateInput>
  readonly type?: Maybe<string>
  readonly gpuIds?: Maybe<string>
  readonly gpuCount?: Maybe<number>
  readonly instanceIds?: Maybe<ReadonlyArray<Maybe<string>>>
  readonly locations?: Maybe<string>
  readonly idleTimeout?: Maybe<number>
  readonly scalerType?: Maybe<string>
  readonly scalerValue?: Maybe<number>
  readonly workersMin?: Maybe<number>
  readonly workersMax?: Maybe<number>
  readonly executionTimeoutMs?: Maybe<number>
  readonly allowedCudaVersions?: Maybe<string>
  readonly minCudaVersion?: Maybe<string>
  readonly flashBootType?: Maybe<Endpoint["flashboot"]>
  readonly networkVolumeId?: Maybe<string>
  readonly networkVolumeIds?: Maybe<ReadonlyArray<{ readonly networkVolumeId: string }>>
  readonly modelReferences?: Maybe<ReadonlyArray<string>>
  readonly env?: Maybe<ReadonlyArray<Variable>>
  readonly hubReleaseId?: Maybe<string>
  readonly flashEnvironmentId?: Maybe<string>
}

const categories = ["CPU", "NVIDIA", "AMD"] as const

/**
 * What is left out stays as it was.
 *
 * @since 0.1.0
 * @category decoding
 */
export const template = (before: TemplateDraft, input: TemplateInput): TemplateDraft => ({
  ...before,
  name: input.name ?? before.name,
  image: input.imageName ?? before.image,
  args: input.dockerArgs ?? before.args,
  disk: input.containerDiskInGb ?? before.disk,
  registry: (input.containerRegistryAuthId ?? before.registry) || null,
  volume: {
    size: input.volumeInGb ?? before.volume.size,
    path: input.volumeMountPath || before.volume.path
  },
  ports: input.ports === undefined || input.ports === null ? before.ports : fromCsv(input.ports),
  env: input.env ? fromVariables(input.env) : before.env,
  serverless: input.isServerless ?? before.serverless,
  public: input.isPublic ?? before.public,
  category: categories.find((category) => category === input.category) ?? before.category,
  readme: input.readme ?? before.readme,
  advancedStart: input.advancedStart ?? before.advancedStart,
  startScript: input.startScript ?? before.startScript,
  startSsh: input.startSsh ?? before.startSsh,
  startJupyter: input.startJupyter ?? before.startJupyter
})

const refused = (message: string): Either.Either<never, Refused> => Either.left(new Refused({ message }))

/**
 * What is left out becomes what it is in a new endpoint. Three things that nothing can stand for stay as they were:
 * its kind, what it runs on, and the environment it belongs to.
 *
 * @since 0.1.0
 * @category decoding
 */
export const endpoint = (before: Endpoint | undefined, input: EndpointInput): Either.Either<EndpointDraft, Refused> =>
  Either.gen(function*() {
    const name = input.name || before?.name
    if (name === undefined) return yield* refused("name is required")
    const kind = yield* kindOf(before?.kind, input.type)
    const volumes = input.networkVolumeIds?.map(({ networkVolumeId }) => networkVolumeId) ??
      [input.networkVolumeId ?? ""]
    return {
      name,
      kind,
      workers: {
        min: input.workersMin ?? 0,
        max: input.workersMax ?? 3,
        idleTimeout: input.idleTimeout ?? 5
      },
      scaling: yield* scalingOf(kind, input),
      timeout: input.executionTimeoutMs ?? 0,
      // older clients ask for it in the name
      flashboot: input.flashBootType ?? (name.endsWith("-fb") ? "FLASHBOOT" : "OFF"),
      compute: yield* computeOf(before?.compute, input),
      env: fromVariables(input.env ?? []),
      dataCenterIds: [...new Set(fromCsv(input.locations).flatMap(placesOf))],
      networkVolumes: volumes.filter((id) => id !== ""),
      modelReferences: input.modelReferences ?? [],
      flashEnvironmentId: input.flashEnvironmentId || before?.flashEnvironmentId || null
    }
  })

const kindOf = (
  before: Endpoint["kind"] | undefined,
  type: Maybe<string>
): Either.Either<Endpoint["kind"], Refused> => {
  const kind = type === "QB" ? "QUEUE" : type === "LB" ? "LOAD_BALANCER" : before ?? "QUEUE"
  if (type && type !== "QB" && type !== "LB") return refused(`type must be QB or LB, not ${type}`)
  return before === undefined || before === kind
    ? Either.right(kind)
    : refused("the type of an endpoint cannot be changed")
}

const scalingOf = (
  kind: Endpoint["kind"],
  { scalerType, scalerValue }: EndpointInput
): Either.Either<Endpoint["scaling"], Refused> => {
  const type = scalerType || (kind === "LOAD_BALANCER" ? "REQUEST_COUNT" : "QUEUE_DELAY")
  const value = scalerValue ?? 4
  if (type === "QUEUE_DELAY") return Either.right({ type, queueDelay: value })
  return type === "REQUEST_COUNT"
    ? Either.right({ type, requestCount: value })
    : refused(`scalerType must be QUEUE_DELAY or REQUEST_COUNT, not ${type}`)
}

const computeOf = (before: ComputeRecord | undefined, input: EndpointInput): Either.Either<ComputeRecord, Refused> => {
  const instanceIds = (input.instanceIds ?? []).flatMap((id) => id ?? [])
  if (instanceIds.length > 0) {
    const instances = instanceIds.map(parseInstanceId)
    const stranger = instanceIds[instances.indexOf(undefined)]
    return stranger === undefined
      ? Either.right({ type: "CPU", instances: instances.flatMap((instance) => instance ?? []) })
      : refused(`there is no CPU instance ${stranger}`)
  }
  const selection = input.gpuIds ? Compute.fromGpuIds(input.gpuIds) : before?.type === "GPU" ? before : undefined
  if (selection === undefined) return before === undefined ? refused("gpuIds is required") : Either.right(before)
  return Either.right(Compute.gpu({ pools: selection.pools, excludedTypes: selection.excludedTypes }, {
    count: input.gpuCount ?? 1,
    allowedCudaVersions: fromCsv(input.allowedCudaVersions),
    minCudaVersion: input.minCudaVersion || null
  }))
}

/** A data center, or all those of a country. */
const placesOf = (place: string): ReadonlyArray<string> => {
  const inCountry = dataCenters.filter(({ country }) => country === place).map(({ id }) => id)
  return inCountry.length > 0 ? inCountry : [place]
}
