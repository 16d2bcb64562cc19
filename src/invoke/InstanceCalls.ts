/**
 * Runs requests for methods: finds the instance a request names, or makes it, and gives its method to who runs it.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type * as Endpoint from "../Endpoint.ts"
import type * as Procedure from "../Procedure.ts"
import type * as Codec from "../protocol/Codec.ts"
import type { FunctionRequest } from "../protocol/FunctionRequest.ts"
import * as FunctionResponse from "../protocol/FunctionResponse.ts"
import * as InstanceId from "./InstanceId.ts"
import type * as Instances from "./Instances.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly codec: Codec.Codec
  readonly instances: Instances.Instances
  readonly method: Procedure.Method
  /** What constructors find. */
  readonly environment: Context.Context<Endpoint.Flash>
}

/**
 * What becomes of a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Run {
  /** The instance has the method. */
  readonly method: (method: Procedure.Handler) => Effect.Effect<FunctionResponse.FunctionResponse>
  /** There is no instance, since its constructor failed so. */
  readonly failed: (cause: Cause.Cause<unknown>) => Effect.Effect<FunctionResponse.FunctionResponse>
  /** The caller's span. */
  readonly span: Tracer.ExternalSpan | undefined
}

/**
 * The instance is in use until the response is there, which names it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ codec, environment, instances, method }: Options) => {
  const { class: definition, name } = method
  // schemas of classes need no services
  const schema = definition.constructorSchema as Schema.Schema<unknown>
  const decodeArgs = Schema.decodeUnknown(schema, { errors: "all" })
  const isSame = Schema.equivalence(schema)

  const argsOf = (request: FunctionRequest) =>
    Effect.try(() => codec.decode(request.serialization_format, request.constructor_args[0])).pipe(
      Effect.mapError((error) => String(error.cause)),
      Effect.flatMap((encoded) =>
        Effect.map(Effect.mapError(decodeArgs(encoded), ({ message }) => message), (args) => ({ args, encoded }))
      ),
      Effect.mapError((issue) =>
        FunctionResponse.reject("payload", `the constructor of "${definition.name}": ${issue}`)
      )
    )

  /** A plain payload names no instance; a request for a class without an id wants one of its own. */
  const idOf = ({ execution_type, instance_id }: FunctionRequest, encoded: unknown): string =>
    instance_id ??
      (execution_type === "class"
        ? InstanceId.fresh(definition.name)
        : InstanceId.shared(definition.name, encoded, codec))

  const construct = (args: unknown, span: Tracer.ExternalSpan | undefined) => {
    const made: Effect.Effect<Instances.Methods, unknown, Scope.Scope> = Effect.suspend(() =>
      // a class that has a server has one; what it requires its declaration saw to
      definition.make!(args as never) as Effect.Effect<Instances.Methods, unknown, Scope.Scope>
    )
    const provided = Effect.mapInputContext(
      made,
      // the scope of the instance, not the one of what was built before
      (context: Context.Context<Scope.Scope>) => Context.merge(environment, context)
    )
    return span === undefined ? provided : Effect.withSpan(provided, `${definition.name}.constructor`, {
      captureStackTrace: false,
      parent: span
    })
  }

  return (request: FunctionRequest, run: Run): Effect.Effect<FunctionResponse.FunctionResponse> =>
    Effect.gen(function*() {
      const { args, encoded } = yield* argsOf(request)
      const found = yield* Effect.exit(instances.use({
        definition,
        id: idOf(request, encoded),
        args,
        replace: request.execution_type === "class" && request.create_new_instance,
        make: construct(args, run.span)
      }))
      if (found._tag === "Failure") {
        return Cause.isInterruptedOnly(found.cause) ? yield* Effect.interrupt : yield* run.failed(found.cause)
      }
      const instance = found.value
      if (!isSame(instance.args, args)) {
        return FunctionResponse.reject(
          "refused",
          `instance "${instance.id}" of "${definition.name}" was made with other constructor arguments; give another id`
        )
      }
      const handler = instance.methods[name]
      if (typeof handler !== "function") {
        return FunctionResponse.reject("function_missing", `its constructor gives "${definition.name}" no "${name}"`, {
          known: Object.keys(instance.methods)
        })
      }
      const startedAt = new Date(yield* Effect.clockWith((clock) => clock.currentTimeMillis))
      const response = yield* run.method((payload) => handler.call(instance.methods, payload))
      return {
        ...response,
        instance_id: instance.id,
        instance_info: {
          class_name: definition.name,
          created_at: new Date(instance.createdAt).toISOString(),
          method_calls: instance.calls,
          last_used: startedAt.toISOString()
        }
      }
    }).pipe(Effect.merge, Effect.scoped)
}
