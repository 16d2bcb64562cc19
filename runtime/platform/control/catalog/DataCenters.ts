/**
 * Data centers.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export type Region = "NORTH_AMERICA" | "EUROPE" | "ASIA" | "OCEANIA"

/**
 * @since 0.1.0
 * @category models
 */
export interface DataCenter {
  readonly id: string
  readonly name: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly region: Region
  readonly globalNetwork: boolean
  readonly networkVolumeTypes: ReadonlyArray<"STANDARD" | "HIGH_PERFORMANCE">
  /** It is in the list of REST v1, which is older than some data centers. */
  readonly listedInV1: boolean
}

const places: ReadonlyArray<readonly [place: string, name: string, country: string, numbers: ReadonlyArray<number>]> = [
  ["AP-JP", "Japan", "JP", [1]],
  ["CA-MTL", "Montreal", "CA", [1, 2, 3]],
  ["EU-CZ", "Czech Republic", "CZ", [1]],
  ["EU-FR", "France", "FR", [1]],
  ["EU-NL", "Netherlands", "NL", [1]],
  ["EU-RO", "Romania", "RO", [1]],
  ["EU-SE", "Sweden", "SE", [1]],
  ["EUR-IS", "Iceland", "IS", [1, 2, 3]],
  ["EUR-NO", "Norway", "NO", [1]],
  ["OC-AU", "Australia", "AU", [1]],
  ["US-CA", "California", "US", [2]],
  ["US-DE", "Delaware", "US", [1]],
  ["US-GA", "Georgia", "US", [1, 2]],
  ["US-IL", "Illinois", "US", [1]],
  ["US-KS", "Kansas", "US", [2, 3]],
  ["US-MD", "Maryland", "US", [1]],
  ["US-MO", "Missouri", "US", [1, 2]],
  ["US-NC", "North Carolina", "US", [1, 2]],
  ["US-NE", "Nebraska", "US", [1]],
  ["US-TX", "Texas", "US", [1, 3, 4]],
  ["US-WA", "Washington", "US", [1]]
]

const regions: Readonly<Record<string, Region>> = {
  AP: "ASIA",
  CA: "NORTH_AMERICA",
  EU: "EUROPE",
  EUR: "EUROPE",
  OC: "OCEANIA",
  US: "NORTH_AMERICA"
}

const notInV1 = new Set(["US-MD-1", "US-MO-1", "US-MO-2", "US-NC-2", "US-NE-1"])

const global = new Set([
  "CA-MTL-3",
  "EU-CZ-1",
  "EU-FR-1",
  "EU-NL-1",
  "EU-RO-1",
  "EU-SE-1",
  "EUR-IS-2",
  "OC-AU-1",
  "US-CA-2",
  "US-GA-1",
  "US-GA-2",
  "US-IL-1",
  "US-KS-2",
  "US-NC-1",
  "US-TX-3",
  "US-TX-4",
  "US-WA-1"
])

/** Those with an S3 address for their network volumes. */
const highPerformance = new Set([
  "EU-CZ-1",
  "EU-RO-1",
  "EUR-IS-1",
  "EUR-NO-1",
  "US-CA-2",
  "US-GA-2",
  "US-IL-1",
  "US-KS-2",
  "US-MD-1",
  "US-MO-1",
  "US-MO-2",
  "US-NC-1",
  "US-NC-2",
  "US-NE-1",
  "US-WA-1"
])

/**
 * @since 0.1.0
 * @category constants
 */
export const dataCenters: ReadonlyArray<DataCenter> = places.flatMap(([place, name, country, numbers]) =>
  numbers.map((number): DataCenter => {
    const id = `${place}-${number}`
    return {
      id,
      name: `${name} ${number}`,
      country,
      region: regions[place.split("-", 1)[0] ?? ""] ?? "NORTH_AMERICA",
      globalNetwork: global.has(id),
      networkVolumeTypes: highPerformance.has(id) ? ["STANDARD", "HIGH_PERFORMANCE"] : ["STANDARD"],
      listedInV1: !notInV1.has(id)
    }
  })
)

const byId = new Map(dataCenters.map((dataCenter) => [dataCenter.id, dataCenter]))

/**
 * @since 0.1.0
 * @category accessors
 */
export const dataCenter = (id: string): DataCenter | undefined => byId.get(id)
