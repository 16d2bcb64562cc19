/**
 * How an embedded platform is started.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import type { Stock } from "./control/catalog/Stock.ts"
import type * as Faults from "./control/Faults.ts"
import type { Approval } from "./control/loginPage.ts"
import type * as RateLimits from "./control/RateLimits.ts"
import type * as RestV1 from "./control/restV1/RestV1.ts"
import type * as RequestLimits from "./http/RequestLimits.ts"
import type * as Parking from "./workers/Parking.ts"
import type * as Scaling from "./workers/Scaling.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Port to serve at. Default: a free one. */
  readonly port?: number
  /** Address to listen on; on another than this machine's own, whoever reaches it needs the key. Default: `127.0.0.1`. */
  readonly host?: string
  /** Path of the SQLite file that endpoints and jobs are kept in. Default: `:memory:`. */
  readonly database?: string
  /** The account's key. Default: a new one. */
  readonly apiKey?: Redacted.Redacted
  /** What is to be had, for the catalog and for workers, as `{ "ADA_24": "LOW" }`. Default: plenty of everything. */
  readonly stock?: Stock
  /** Whether workers come as soon as somebody waits, or when and as many as on RunPod. Default: `prompt`. */
  readonly scaling?: Scaling.Mode
  /** How many idle workers of endpoints with FlashBoot are suspended, and how long. `false`: they end. */
  readonly parking?: Parking.Limits | false
  /** Seconds that pass on the platform in a second. Default: 1. */
  readonly clockSpeed?: number
  /** Folder for network volumes. Default: beside the database, or one that goes with the platform. */
  readonly volumes?: string
  /** Requests that the REST API takes in a minute, an hour and a day. Default: more than one program makes. */
  readonly rateLimits?: Partial<RateLimits.Quotas>
  /** Whether an endpoint takes all requests, or as many as RunPod takes of each kind. Default: `none`. */
  readonly requestLimits?: RequestLimits.Mode
  /** What goes wrong from the start. Default: nothing. */
  readonly faults?: ReadonlyArray<Faults.Fault>
  /** Whether REST v1 is served, or is gone as it is at RunPod. Default: `serve`. */
  readonly restV1?: RestV1.Mode
  /** Folder for the archives of builds. Default: beside the database, or one that goes with the platform. */
  readonly artifacts?: string
  /**
   * Who approves a `flash login` on the platform's page: who has its key, or anyone who can open the page, which is
   * everybody on this machine. Default: `key`.
   */
  readonly loginApproval?: Approval
  /**
   * RunPod drops an empty input: a worker of `{"input":{}}` gets a job without one, which its own SDK then loses. `false`
   * gives it `{}`. Default true.
   */
  readonly strictEmptyInput?: boolean
}
