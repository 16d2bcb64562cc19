/**
 * What the errors of the control plane have in common.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** Method and URL, or the name of a GraphQL operation. */
export const request = Schema.String
