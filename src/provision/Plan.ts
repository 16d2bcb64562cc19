/**
 * What has to be done so that the platform is as declared, before any of it is done.
 *
 * @since 0.1.0
 */
import type { Declared } from "../Procedure.ts"
import type { Place } from "./ResourceState.ts"
import type { Change } from "./Values.ts"

/**
 * - `none`: the endpoint is there and as declared
 * - `create`: there is none
 * - `adopt`: there is one of that name that this project has no record of; it is taken over and set as declared
 * - `update`: it is changed in place
 * - `resume`: an earlier run ended in the middle; what it began is looked up on the platform and finished
 * - `delete`: nothing declares it any more
 *
 * @since 0.1.0
 * @category models
 */
export type Action = "none" | "create" | "adopt" | "update" | "resume" | "delete"

/**
 * What is to be done about one resource.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step {
  /** Of the resource. */
  readonly name: string
  /** Its constructor, as `CpuLiveServerless`. */
  readonly type: string
  readonly endpointName: string
  readonly action: Action
  /** Of the endpoint that is there. */
  readonly endpointId?: string
  /** Field by field, sorted. Of a creation: every field. */
  readonly changes: ReadonlyArray<Change>
  /** Fields that somebody else has changed on the platform; only where it was asked. */
  readonly drift: ReadonlyArray<string>
  /** Absent from a deletion. */
  readonly resource?: Declared
}

/**
 * What a plan was compared with: the record of what was done last, or the platform as well, which finds what somebody
 * else has changed.
 *
 * @since 0.1.0
 * @category models
 */
export type Against = "record" | "platform"

/**
 * @since 0.1.0
 * @category models
 */
export interface Plan {
  readonly place: Place
  readonly against: Against
  /** One for each resource, sorted by name; deletions last. */
  readonly steps: ReadonlyArray<Step>
}

/**
 * Whether nothing is to be done.
 *
 * @since 0.1.0
 * @category guards
 */
export const isEmpty = ({ steps }: Plan): boolean => steps.every(({ action }) => action === "none")

/**
 * Whether two steps do the same.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSame = (a: Step, b: Step): boolean =>
  a.action === b.action && a.endpointId === b.endpointId &&
  JSON.stringify([a.changes, a.drift]) === JSON.stringify([b.changes, b.drift])
