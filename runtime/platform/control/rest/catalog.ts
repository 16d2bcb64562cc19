/**
 * `/catalog`: what can be had, and where.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { cpuFlavors } from "../catalog/CpuFlavors.ts"
import type { CpuFlavor } from "../catalog/CpuFlavors.ts"
import { dataCenters } from "../catalog/DataCenters.ts"
import type { DataCenter } from "../catalog/DataCenters.ts"
import { compareCuda, cudaVersions, gpuTypes, poolPrices } from "../catalog/GpuTypes.ts"
import type { GpuType } from "../catalog/GpuTypes.ts"
import * as Stock from "../catalog/Stock.ts"
import type { Context } from "../Context.ts"
import { NotFound, Refused } from "../ControlError.ts"
import type { ControlError } from "../ControlError.ts"
import * as Query from "./Query.ts"
import { json } from "./Routes.ts"
import type { Call, Table } from "./Routes.ts"

const regions = [
  "NORTH_AMERICA",
  "SOUTH_AMERICA",
  "EUROPE",
  "ASIA",
  "MIDDLE_EAST",
  "AFRICA",
  "OCEANIA",
  "ANTARCTICA",
  "UNKNOWN"
] as const

const certifications = [
  "GDPR",
  "ISO_IEC_27001",
  "ISO_14001",
  "PCI_DSS",
  "HITRUST",
  "SOC_1_TYPE_2",
  "SOC_2_TYPE_2",
  "SOC_3_TYPE_2",
  "ITAR",
  "FISMA_HIGH",
  "HIPAA",
  "RENEWABLE"
] as const

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ stock }: Context): Table => ({
  "GET /catalog/gpus": (call) =>
    Either.map(gpuQuery(call), (query) => {
      const gpus = gpuTypes.map((type) => gpuDocument(stock, type, query))
      const isPlaced = query?.countryCodes !== undefined
      return json(200, { gpus: isPlaced ? gpus.filter(({ dataCenters }) => dataCenters !== undefined) : gpus })
    }),
  "GET /catalog/gpus/:id": (call) =>
    Either.flatMap(
      gpuQuery(call),
      (query) => found("GPU type", gpuTypes, call, (type) => gpuDocument(stock, type, query))
    ),
  "GET /catalog/cpus": (call) =>
    Either.map(
      cpuQuery(call),
      (places) => json(200, { cpus: cpuFlavors.map((flavor) => cpuDocument(stock, flavor, places)) })
    ),
  "GET /catalog/cpus/:id": (call) =>
    Either.flatMap(
      cpuQuery(call),
      (places) => found("CPU type", cpuFlavors, call, (flavor) => cpuDocument(stock, flavor, places))
    ),
  "GET /catalog/datacenters": (call) =>
    Either.map(dataCenterQuery(call), ({ include, keep }) =>
      json(200, {
        dataCenters: dataCenters.filter(keep).map((place) => dataCenterDocument(stock, place, include))
      })),
  "GET /catalog/datacenters/:id": (call) =>
    Either.flatMap(
      dataCenterQuery(call),
      ({ include }) => found("data center", dataCenters, call, (place) => dataCenterDocument(stock, place, include))
    ),
  "GET /catalog/templates": ({ query }) =>
    // what others share is on the platform itself
    Either.map(Query.one(query, "source", ["official", "verified", "community"]), () => json(200, { templates: [] }))
})

const found = <A extends { readonly id: string }>(
  what: string,
  all: ReadonlyArray<A>,
  { param }: Call,
  document: (one: A) => unknown
) =>
  Either.map(
    Either.fromNullable(all.find(({ id }) => id === param("id")), () => new NotFound({ what, id: param("id") })),
    (one) => json(200, document(one))
  )

// ---------------------------------------------------------------------------------------------------------------------
// queries
// ---------------------------------------------------------------------------------------------------------------------

/** Where availability is asked for: which places and which versions count. */
interface GpuQuery {
  readonly countryCodes: ReadonlyArray<string> | undefined
  readonly versions: ReadonlyArray<string>
}

/** Whether availability is asked for; `filters` are for nothing else. */
const availability = (
  query: URLSearchParams,
  products: ReadonlyArray<string>,
  filters: ReadonlyArray<string>
): Either.Either<boolean, ControlError> =>
  Either.gen(function*() {
    const include = yield* Query.many(query, "include", ["AVAILABILITY"])
    const product = yield* Query.many(query, "product", products)
    const stray = ["product", ...filters].find((name) => query.has(name))
    if (include === undefined && stray !== undefined) {
      return yield* Either.left(new Refused({ message: `${stray} is valid only with include=AVAILABILITY` }))
    }
    if (include !== undefined && product === undefined) {
      return yield* Either.left(
        new Refused({ message: "include=AVAILABILITY requires product: availability differs by product" })
      )
    }
    return include !== undefined
  })

const gpuQuery = ({ query }: Call): Either.Either<GpuQuery | undefined, ControlError> =>
  Either.gen(function*() {
    yield* Query.integer(query, "count", { min: 1 })
    yield* Query.one(query, "cloud", ["SECURE", "COMMUNITY"])
    const countryCodes = yield* Query.manyMatching(query, "countryCodes", /^[A-Z]{2}$/)
    const exact = yield* Query.manyMatching(query, "cudaVersions", /^\d+\.\d+$/)
    const floor = yield* Query.matching(query, "minCudaVersion", /^\d+(\.\d+)?$/)
    const filters = ["count", "cloud", "countryCodes", "cudaVersions", "minCudaVersion"]
    const isAsked = yield* availability(query, ["POD", "CLUSTER", "SERVERLESS"], filters)
    if (exact !== undefined && floor !== undefined) {
      return yield* Either.left(new Refused({ message: "cudaVersions and minCudaVersion exclude each other" }))
    }
    const versions = cudaVersions.filter((version) =>
      exact?.includes(version) ?? (floor === undefined || compareCuda(version, floor) >= 0)
    )
    return isAsked ? { countryCodes, versions } : undefined
  })

const cpuQuery = ({ query }: Call): Either.Either<boolean, ControlError> =>
  Either.gen(function*() {
    const count = yield* Query.integer(query, "vcpuCount", { min: 2 })
    const isAsked = yield* availability(query, ["POD", "SERVERLESS"], ["vcpuCount"])
    return count === undefined || Number.isInteger(Math.log2(count))
      ? isAsked
      : yield* Either.left(new Refused({ message: "vcpuCount must be a power of two" }))
  })

const dataCenterQuery = ({ query }: Call) =>
  Either.gen(function*() {
    const include = yield* Query.many(query, "include", ["GPU_AVAILABILITY", "CPU_AVAILABILITY"])
    const wanted = yield* Query.many(query, "regions", regions)
    const types = yield* Query.many(query, "networkVolumeTypes", ["STANDARD", "HIGH_PERFORMANCE"])
    const compliance = yield* Query.many(query, "compliance", certifications)
    const isGlobal = yield* Query.one(query, "globalNetwork", ["true", "false"])
    return {
      include: include ?? [],
      keep: ({ globalNetwork, networkVolumeTypes, region }: DataCenter): boolean =>
        (wanted === undefined || wanted.includes(region)) &&
        (types === undefined || types.every((type) => networkVolumeTypes.includes(type))) &&
        (isGlobal === undefined || String(globalNetwork) === isGlobal) &&
        // nothing is known of certifications
        (compliance === undefined || compliance.length === 0)
    }
  })

// ---------------------------------------------------------------------------------------------------------------------
// documents
// ---------------------------------------------------------------------------------------------------------------------

/** A resource's level in each place that has some of it, and over all. */
const levels = (stock: Stock.Stock, names: ReadonlyArray<string>, places: ReadonlyArray<DataCenter>) => {
  const offers = places
    .map(({ id, name }) => ({ id, name, availability: Stock.levelIn(stock, names, id) }))
    .filter(({ availability }) => availability !== "NONE")
  return {
    availability: Stock.best(stock, names, places.map(({ id }) => id)),
    ...(offers.length === 0 ? {} : { dataCenters: offers })
  }
}

const manufacturerOf = (id: string) =>
  id.startsWith("AMD ") ? "AMD" : id.startsWith("NVIDIA ") || id.startsWith("Tesla ") ? "NVIDIA" : "UNKNOWN"

/** What a resource is known by, from the precise to the broad. */
const namesOf = ({ id, pool }: GpuType): ReadonlyArray<string> => pool === null ? [id] : [id, pool]

const gpuDocument = (stock: Stock.Stock, type: GpuType, query: GpuQuery | undefined) => {
  const price = type.pool === null ? undefined : poolPrices[type.pool]
  const manufacturer = manufacturerOf(type.id)
  const places = dataCenters.filter(({ country }) => query?.countryCodes?.includes(country) ?? true)
  // no machine has a CUDA version that there is not
  const level = levels(stock, namesOf(type), query?.versions.length === 0 ? [] : places)
  return {
    id: type.id,
    name: type.name,
    pool: type.pool,
    manufacturer,
    memory: type.memory,
    secure: true,
    community: false,
    // there are no pods here, so they cost nothing
    price: {
      secure: 0,
      community: 0,
      ...(price === undefined ? {} : { serverless: Math.round(price * 3600 * 10_000) / 10_000 })
    },
    maxCount: { secure: 8, community: 0 },
    ...(query === undefined ? {} : level),
    ...(query === undefined || manufacturer === "AMD" ? {} : {
      cudaVersions: query.versions.map((version) => ({ version, available: level.availability !== "NONE" }))
    })
  }
}

const cpuDocument = (stock: Stock.Stock, flavor: CpuFlavor, isAsked: boolean) => ({
  id: flavor.id,
  name: flavor.name,
  group: flavor.group,
  vcpu: flavor.vcpu,
  ramGbPerVcpu: flavor.ramGbPerVcpu,
  price: { securePerVcpu: 0, serverlessPerVcpu: 0 },
  ...(isAsked ? levels(stock, [flavor.id], dataCenters) : {})
})

const dataCenterDocument = (
  stock: Stock.Stock,
  place: DataCenter,
  include: ReadonlyArray<"GPU_AVAILABILITY" | "CPU_AVAILABILITY">
) => {
  const level = (id: string, name: string, names: ReadonlyArray<string>) => ({
    id,
    name,
    availability: Stock.levelIn(stock, names, place.id)
  })
  return {
    id: place.id,
    name: place.name,
    region: place.region,
    globalNetwork: place.globalNetwork,
    networkVolumeTypes: place.networkVolumeTypes,
    compliance: [],
    ...(include.includes("GPU_AVAILABILITY")
      ? { gpuAvailability: gpuTypes.map((type) => level(type.id, type.name, namesOf(type))) }
      : {}),
    ...(include.includes("CPU_AVAILABILITY")
      ? { cpuAvailability: cpuFlavors.map(({ id, name }) => level(id, name, [id])) }
      : {})
  }
}
