/**
 * What can go wrong with the file that holds the API key.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The file that holds the API key could not be changed, and is as it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialsNotSaved extends Schema.TaggedError<CredentialsNotSaved>()("CredentialsNotSaved", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.path} was not changed: ${this.reason}`
  }
}
