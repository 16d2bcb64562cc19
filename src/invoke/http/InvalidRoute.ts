/**
 * The error of a wrong route.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A remote function cannot be served as its declaration says: its `method` and `path` are missing, wrong, or given
 * where there is no HTTP server, or HTTP cannot carry what its schemas say. Thrown by `remote`, since a declaration is
 * code that runs when its module is loaded.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRoute extends Schema.TaggedError<InvalidRoute>()("InvalidRoute", {
  function: Schema.String,
  /** Name of the endpoint. */
  endpoint: Schema.String,
  issue: Schema.String
}) {
  override get message() {
    return `"${this.function}" cannot be served by endpoint "${this.endpoint}": ${this.issue}`
  }
}
