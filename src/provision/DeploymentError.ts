/**
 * How a deployment ends that does not succeed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { Place } from "./ResourceState.ts"

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

  /** That a place has no such build, or none before its active one. */
  static missing({ app, env }: Place, build = "before the active one"): BuildUnusable {
    return new BuildUnusable({ build, reason: `environment "${env}" of app "${app}" has no such build` })
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
  /** What serves now: what did `before`, the build that was deployed `after` it, or endpoints of `both`. */
  serving: Schema.Literal("before", "both", "after")
}) {
  override get message() {
    const failed = this.failed.map(({ reason, resource }) => `\n  - ${resource}: ${reason}`).join("")
    const serving = {
      before: "What was served before is served still.",
      both: "The other endpoints serve the new build already; these serve what they did before.",
      after: "The new build serves; what could not be deleted goes on costing."
    }[this.serving]
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
