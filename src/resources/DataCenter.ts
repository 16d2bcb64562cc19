/**
 * Data centers of RunPod.
 *
 * @since 0.1.0
 */
import { oneOf } from "./internal/oneOf.ts"

const centers = {
  AP_JP_1: "AP-JP-1",
  CA_MTL_1: "CA-MTL-1",
  CA_MTL_2: "CA-MTL-2",
  CA_MTL_3: "CA-MTL-3",
  EU_CZ_1: "EU-CZ-1",
  EU_FR_1: "EU-FR-1",
  EU_NL_1: "EU-NL-1",
  EU_RO_1: "EU-RO-1",
  EU_SE_1: "EU-SE-1",
  EUR_IS_1: "EUR-IS-1",
  EUR_IS_2: "EUR-IS-2",
  EUR_IS_3: "EUR-IS-3",
  EUR_NO_1: "EUR-NO-1",
  OC_AU_1: "OC-AU-1",
  US_CA_2: "US-CA-2",
  US_DE_1: "US-DE-1",
  US_GA_1: "US-GA-1",
  US_GA_2: "US-GA-2",
  US_IL_1: "US-IL-1",
  US_KS_2: "US-KS-2",
  US_KS_3: "US-KS-3",
  US_MD_1: "US-MD-1",
  US_MO_1: "US-MO-1",
  US_MO_2: "US-MO-2",
  US_NC_1: "US-NC-1",
  US_NC_2: "US-NC-2",
  US_NE_1: "US-NE-1",
  US_TX_1: "US-TX-1",
  US_TX_3: "US-TX-3",
  US_TX_4: "US-TX-4",
  US_WA_1: "US-WA-1"
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type DataCenter = (typeof centers)[keyof typeof centers]

// the table is not empty
const all = Object.values(centers) as [DataCenter, ...Array<DataCenter>]

/**
 * Every data center by its enum name; `DataCenter.all` lists them.
 *
 * @since 0.1.0
 * @category constants
 */
export const DataCenter: typeof centers & { readonly all: readonly [DataCenter, ...ReadonlyArray<DataCenter>] } = {
  ...centers,
  all
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const DataCenterSchema = oneOf("a data center", all, centers)
