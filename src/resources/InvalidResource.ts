/**
 * The error of a wrong declaration.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A declaration that is not legal, with every wrong field.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResource extends Schema.TaggedError<InvalidResource>()("InvalidResource", {
  /** The constructor, as `CpuLiveServerless`. */
  type: Schema.String,
  /** Its name. */
  resource: Schema.String,
  issues: Schema.Array(Schema.Struct({ path: Schema.String, message: Schema.String }))
}) {
  override get message() {
    const lines = this.issues.map(({ message, path }) => `  ${path === "" ? "(all)" : path}: ${message}`)
    return `${this.type} "${this.resource}" is not a legal resource:\n${lines.join("\n")}`
  }
}
