/**
 * Why the control plane refuses what it is asked for.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { StoreError } from "../jobs/JobStore.ts"

/**
 * There is no such thing, or it is somebody else's.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Data.TaggedError("NotFound")<{ readonly what: string; readonly id: string }> {
  override get message() {
    return `${this.what} ${this.id} not found`
  }
}

/**
 * The request is well formed and cannot be granted.
 *
 * @since 0.1.0
 * @category errors
 */
export class Refused extends Data.TaggedError("Refused")<{ readonly message: string }> {}

/**
 * The request is not well formed: each error names a place in it.
 *
 * @since 0.1.0
 * @category errors
 */
export class Malformed extends Data.TaggedError("Malformed")<{ readonly errors: ReadonlyArray<string> }> {
  override get message() {
    return this.errors.join("; ")
  }
}

/**
 * Another one has the name.
 *
 * @since 0.1.0
 * @category errors
 */
export class Conflict extends Data.TaggedError("Conflict")<{ readonly message: string }> {}

/**
 * @since 0.1.0
 * @category errors
 */
export type ControlError = NotFound | Refused | Malformed | Conflict | StoreError
