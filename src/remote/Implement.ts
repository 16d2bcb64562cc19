/**
 * Completes contracts with their code.
 *
 * @since 0.1.0
 */
import type * as Rpc from "@effect/rpc/Rpc"
import type * as Schema from "effect/Schema"
import * as CallSite from "../invoke/CallSite.ts"
import * as ClassParts from "../invoke/ClassParts.ts"
import * as FunctionParts from "../invoke/FunctionParts.ts"
import * as Procedure from "../Procedure.ts"
import type { Resource } from "../resources/Resource.ts"
import type { Make, MethodsOptions, RemoteClass } from "./ClassTypes.ts"
import type { ImplementOptions, WithLayer, WithoutLayer } from "./FunctionOptions.ts"
import type { Handler, RemoteFunction } from "./FunctionTypes.ts"

/**
 * Completes a contract with its code, in the module that a worker is to load: a function with its handler, a class with
 * what makes its instances.
 *
 * @example
 * import { CpuLiveServerless, implement, remote } from "effect-flash"
 * import { Effect, Schema } from "effect"
 *
 * const cpu = CpuLiveServerless.make("adder")
 * export const contract = remote("add", {
 *   resource: cpu,
 *   payload: { a: Schema.Number, b: Schema.Number },
 *   success: Schema.Number
 * })
 *
 * export const add = implement(contract, ({ a, b }) => Effect.succeed(a + b))
 *
 * @since 0.1.0
 * @category constructors
 */
export const implement: {
  <
    Name extends string,
    Tag extends string,
    Payload extends Schema.Schema.Any,
    Success extends Schema.Schema.Any,
    Error extends Schema.Schema.All
  >(
    contract: RemoteFunction<Name, Tag, Payload, Success, Error>,
    handler: Handler<Payload, Success, Error, never>,
    options?: ImplementOptions & WithoutLayer
  ): RemoteFunction<Name, Tag, Payload, Success, Error>
  <
    Name extends string,
    Tag extends string,
    Services,
    Payload extends Schema.Schema.Any,
    Success extends Schema.Schema.Any,
    Error extends Schema.Schema.All
  >(
    contract: RemoteFunction<Name, Tag, Payload, Success, Error>,
    handler: Handler<Payload, Success, Error, NoInfer<Services>>,
    options: ImplementOptions & WithLayer<Services>
  ): RemoteFunction<Name, Tag, Payload, Success, Error>
  <
    Name extends string,
    Class extends string,
    Args extends Schema.Schema.Any,
    Error extends Schema.Schema.All,
    Methods extends MethodsOptions
  >(
    contract: RemoteClass<Name, Class, Args, Error, Methods>,
    make: Make<Args, Error, Methods, never>,
    options?: ImplementOptions & WithoutLayer
  ): RemoteClass<Name, Class, Args, Error, Methods>
  <
    Name extends string,
    Class extends string,
    Args extends Schema.Schema.Any,
    Error extends Schema.Schema.All,
    Methods extends MethodsOptions,
    Services
  >(
    contract: RemoteClass<Name, Class, Args, Error, Methods>,
    make: Make<Args, Error, Methods, NoInfer<Services>>,
    options: ImplementOptions & WithLayer<Services>
  ): RemoteClass<Name, Class, Args, Error, Methods>
} = (
  contract: FunctionContract | ClassContract,
  code: unknown,
  options: ImplementOptions & { readonly layer?: Procedure.Definition["layer"] } = {}
) => {
  const own = { layer: options.layer, module: options.module ?? CallSite.capture(implement) }
  const { fitnessChecks } = options
  // the overloads say what completes which
  return (Procedure.ClassId in contract
    ? ClassParts.assemble({
      ...contract[Procedure.ClassId],
      ...(fitnessChecks === undefined ? {} : { fitnessChecks }),
      make: code as ClassParts.Parts["make"],
      ...own
    })
    : FunctionParts.assemble(contract, contract.resource, {
      ...contract[Procedure.DefinitionId],
      ...(fitnessChecks === undefined ? {} : { fitnessChecks }),
      handler: code as Procedure.Handler,
      ...own
    })) as never
}

type FunctionContract = Rpc.AnyWithProps & {
  readonly resource: Resource<string>
  readonly [Procedure.DefinitionId]: Procedure.Definition
}

interface ClassContract {
  readonly [Procedure.ClassId]: ClassParts.Parts
}
