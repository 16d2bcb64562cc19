/**
 * Makes declared resources exist on the platform, and removes them: `plan` says what would be done, `apply` does it,
 * `ensure` is both for one resource at its first call.
 *
 * A resource is identified by its app, its environment and its name. Endpoints are changed in place; they are found
 * again by their names where there is no record of them; and only the platform's own "not found" counts as gone.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Declared } from "../Procedure.ts"
import type * as Ensuring from "./Ensuring.ts"
import type * as Plan from "./Plan.ts"
import type { ProvisionError } from "./Provisioner.ts"
import type { ResourceRecord, StateError } from "./ResourceState.ts"

/**
 * The platform or the state is not any more what a plan was made for. Nothing was done about this resource.
 *
 * @since 0.1.0
 * @category errors
 */
export class PlanOutdated extends Schema.TaggedError<PlanOutdated>()("PlanOutdated", { resource: Schema.String }) {
  override get message() {
    return `"${this.resource}" is not any more what the plan was made for; somebody else changed it meanwhile. Make a ` +
      `new plan.`
  }
}

/**
 * Neither this project's state nor the platform knows such a resource.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotDeployed extends Schema.TaggedError<NotDeployed>()("NotDeployed", {
  resource: Schema.String,
  app: Schema.String,
  env: Schema.String,
  /** What there is instead. */
  known: Schema.Array(Schema.String)
}) {
  override get message() {
    const known = this.known.length === 0 ? "Nothing is deployed there." : `Deployed there: ${this.known.join(", ")}.`
    return `"${this.resource}" is not deployed in environment "${this.env}" of app "${this.app}". ${known}`
  }
}

/**
 * What became of one step of a plan.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome {
  readonly step: Plan.Step
  /** Right: the id of the endpoint, absent after a deletion. */
  readonly result: Either.Either<string | undefined, ProvisionError | PlanOutdated>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PlanOptions {
  /** Delete what there is a record of and nothing declares. Default: keep it. */
  readonly removed?: "keep" | "delete"
  /** Where to look for what is there: in the state alone, or at the platform as well. Default: the state. */
  readonly against?: Plan.Against
}

/**
 * @since 0.1.0
 * @category services
 */
export class ResourceManager extends Context.Tag("effect-flash/provision/ResourceManager")<ResourceManager, {
  /** The endpoint of a resource, brought about where it is not as declared; once for each resource and process. */
  readonly ensure: typeof Ensuring.Ensuring.Service["ensure"]
  readonly plan: (
    resources: ReadonlyArray<Declared>,
    options?: PlanOptions
  ) => Effect.Effect<Plan.Plan, ProvisionError>
  /**
   * Carries out a plan, deletions last, and goes on where a step fails: what became of each is in the result. A step
   * that would not do any more what it says is not carried out.
   */
  readonly apply: (plan: Plan.Plan) => Effect.Effect<ReadonlyArray<Outcome>>
  /** Deletes the endpoint of a resource; also one that only the platform knows. */
  readonly undeploy: (name: string) => Effect.Effect<void, ProvisionError | NotDeployed>
  /** What this project has a record of, by name. */
  readonly list: Effect.Effect<ReadonlyArray<ResourceRecord>, StateError>
  readonly find: (name: string) => Effect.Effect<Option.Option<ResourceRecord>, StateError>
}>() {}
