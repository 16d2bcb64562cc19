/**
 * How a deployment ends that does not succeed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const place = { app: Schema.String, env: Schema.String }

/**
 * There is no such build, it is another environment's, or its manifest cannot be read.
 *
 * @since 0.1.0
 * @category errors
 */
export class BuildUnusable extends Schema.TaggedError<BuildUnusable>()("BuildUnusable", {
  build: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The build ${this.build} cannot be deployed: ${this.reason}. Deploy from the sources with \`flash deploy\`.`
  }
}

/**
 * Some endpoints could not be brought about, or not be deleted.
 *
 * @since 0.1.0
 * @category errors
 */
export class DeploymentIncomplete extends Schema.TaggedError<DeploymentIncomplete>()("DeploymentIncomplete", {
  ...place,
  failed: Schema.Array(Schema.Struct({ resource: Schema.String, reason: Schema.String })),
  /** Whether the new build serves already. */
  isServing: Schema.Boolean
}) {
  override get message() {
    const failed = this.failed.map(({ reason, resource }) => `\n  - ${resource}: ${reason}`).join("")
    const serving = this.isServing
      ? "The new build serves; what could not be deleted goes on costing."
      : "What was served before is served still."
    return `The deployment to environment "${this.env}" of app "${this.app}" is not complete:${failed}\n${serving} ` +
      `Deploy again when the cause is mended: it goes on with what is left.`
  }
}

/**
 * The build was promoted, and the environment does not serve it.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotServing extends Schema.TaggedError<NotServing>()("NotServing", {
  ...place,
  build: Schema.String,
  /** What the platform says of the environment. */
  state: Schema.String
}) {
  override get message() {
    return `Build ${this.build} was promoted in environment "${this.env}" of app "${this.app}", which is ` +
      `${this.state} and does not serve it. See \`flash env get ${this.env} --app ${this.app}\` and \`flash logs\`; ` +
      `\`flash rollback\` promotes the build before it.`
  }
}
