/**
 * Stateful classes: instances that live on workers and are called method by method. Their types are in `remote/`.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import * as CallSite from "./invoke/CallSite.ts"
import * as ClassParts from "./invoke/ClassParts.ts"
import type * as Procedure from "./Procedure.ts"
import type { Make, MethodsOptions, Options, RemoteClass } from "./remote/ClassTypes.ts"
import type { WithLayer, WithoutLayer } from "./remote/FunctionOptions.ts"
import type { PayloadSchema } from "./remote/FunctionTypes.ts"

export type * from "./remote/ClassTypes.ts"

/**
 * Marks a stateful class as remote.
 *
 * `make` gives the methods of a new instance. It is scoped: what it acquires is released when the worker lets go of the
 * instance: it was not called for a while, others took its place, its code was replaced, or the worker ends. An instance
 * is one worker's: workers share no state, and one that is lost takes its instances along. `workersMax: 1` on the
 * resource makes an instance the only one.
 *
 * Where `make` fails, the call that needed the instance fails so, and the next call tries again. Without `make` the
 * result is a contract, which `implement` completes.
 *
 * @example
 * import { CpuLiveServerless, remoteClass } from "effect-flash"
 * import { Effect, Ref, Schema } from "effect"
 *
 * const cpu = CpuLiveServerless.make("counters", { workersMax: 1 })
 *
 * export const Counter = remoteClass("Counter", {
 *   resource: cpu,
 *   constructor: { start: Schema.Int },
 *   methods: {
 *     add: { payload: { n: Schema.Int }, success: Schema.Int }
 *   }
 * }, ({ start }) =>
 *   Effect.gen(function*() {
 *     const count = yield* Effect.acquireRelease(Ref.make(start), () => Effect.log("released"))
 *     return { add: ({ n }) => Ref.updateAndGet(count, (value) => value + n) }
 *   }))
 *
 * const program = Effect.gen(function*() {
 *   const counter = yield* Counter({ start: 10 }, { id: "ada" })
 *   yield* counter.add({ n: 1 }) // 11
 *   return yield* counter.add({ n: 1 }) // 12
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const remoteClass: {
  <
    const Name extends string,
    const Class extends string,
    const Methods extends MethodsOptions,
    Args extends Schema.Schema.Any | Schema.Struct.Fields = {},
    Error extends Schema.Schema.All = typeof Schema.Never
  >(
    name: Class,
    options: Options<Name, Args, Error, Methods> & WithoutLayer,
    make?: Make<PayloadSchema<Args>, Error, Methods, never>
  ): RemoteClass<Name, Class, PayloadSchema<Args>, Error, Methods>
  <
    const Name extends string,
    const Class extends string,
    const Methods extends MethodsOptions,
    Services,
    Args extends Schema.Schema.Any | Schema.Struct.Fields = {},
    Error extends Schema.Schema.All = typeof Schema.Never
  >(
    name: Class,
    options: Options<Name, Args, Error, Methods> & WithLayer<Services>,
    // what the class requires must not decide what its layer gives
    make: Make<PayloadSchema<Args>, Error, Methods, NoInfer<Services>>
  ): RemoteClass<Name, Class, PayloadSchema<Args>, Error, Methods>
} = (name: string, options: ClassParts.Options, make?: Procedure.ClassDefinition["make"]) =>
  // the overloads say what the parts are
  ClassParts.assemble({
    className: name,
    options,
    make,
    layer: options.layer,
    module: options.module ?? CallSite.capture(remoteClass),
    fitnessChecks: options.fitnessChecks
  }) as never
