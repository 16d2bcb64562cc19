/**
 * What a stateful class is made of: a procedure for each method, and handles that call them on an instance.
 *
 * @since 0.1.0
 */
import * as Rpc from "@effect/rpc/Rpc"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Procedure from "../Procedure.ts"
import * as Codec from "../protocol/Codec.ts"
import type { FitnessCheck } from "../protocol/FitnessCheck.ts"
import { MethodCall } from "../protocol/MethodCall.ts"
import { RemoteDefect } from "../protocol/RemoteDefect.ts"
import { InvalidPayload } from "../RemoteError.ts"
import type { Resource } from "../resources/Resource.ts"
import * as Call from "./Call.ts"
import * as InstanceId from "./InstanceId.ts"
import * as Made from "./Made.ts"

/**
 * What a method says of itself, with its types erased.
 *
 * @since 0.1.0
 * @category models
 */
export interface MethodOptions {
  readonly payload?: Schema.Schema.Any | Schema.Struct.Fields
  readonly success?: Schema.Schema.Any
  readonly error?: Schema.Schema.All
  readonly stream?: boolean
  readonly idempotent?: boolean
}

/**
 * What a class says of itself, with its types erased.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly resource: Resource<string>
  readonly constructor?: Schema.Schema.Any | Schema.Struct.Fields
  readonly error?: Schema.Schema.All
  readonly methods: Readonly<Record<string, MethodOptions>>
  readonly maxInstances?: number
  readonly idleTimeout?: Duration.DurationInput
  readonly dependencies?: ReadonlyArray<string>
  readonly systemDependencies?: ReadonlyArray<string>
  readonly local?: boolean
  readonly module?: string
  readonly fitnessChecks?: ReadonlyArray<FitnessCheck>
  readonly layer?: Procedure.Definition["layer"]
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Parts {
  readonly className: string
  readonly options: Options
  /** Absent from a contract. */
  readonly make: Procedure.ClassDefinition["make"]
  readonly layer: Procedure.Definition["layer"]
  readonly module: string | undefined
  readonly fitnessChecks?: ReadonlyArray<FitnessCheck> | undefined
}

/**
 * The class of these parts: a function that names instances, with its procedures.
 *
 * @since 0.1.0
 * @category constructors
 */
export const assemble = (parts: Parts): unknown => {
  const { className, options } = parts
  const definition: Procedure.ClassDefinition = {
    name: className,
    constructorSchema: schemaOf(options, "constructor"),
    make: parts.make,
    maxInstances: options.maxInstances ?? 32,
    idleTimeout: Duration.toMillis(options.idleTimeout ?? "10 minutes")
  }
  const procedures = Object.fromEntries(
    Object.keys(options.methods).map((name) => [name, procedureOf(parts, definition, name)])
  )
  const handleOf = handles(options.resource, procedures)
  const encode = Procedure.encoder(definition.constructorSchema)
  const codec = Codec.make()
  const invalid = (issue: string) => new InvalidPayload({ function: `${className}.constructor`, issue })

  const self = (args: unknown, { id }: { readonly id?: string } = {}) =>
    Effect.flatMap(Effect.mapError(encode(args), invalid), (encoded) =>
      Effect.try({
        try: () => handleOf({ id: id ?? InstanceId.shared(className, encoded, codec), args: encoded }),
        catch: (error) => invalid(error instanceof Error ? error.message : String(error))
      }))
  return Object.assign(self, {
    className,
    resource: options.resource,
    methods: procedures,
    [Procedure.ClassId]: parts
  })
}

/** Each object has a `constructor`: only one of its own is an option. */
const schemaOf = <K extends string>(
  options: { readonly [P in K]?: unknown },
  key: K
): Schema.Schema.Any => {
  const given: unknown = Object.hasOwn(options, key) ? options[key] : undefined
  if (Schema.isSchema(given)) return given as Schema.Schema.Any
  const fields = (given ?? {}) as Schema.Struct.Fields
  return Object.keys(fields).length > 0 ? Schema.Struct(fields) : Schema.Void
}

const procedureOf = (
  { className, fitnessChecks, layer, module, options }: Parts,
  definition: Procedure.ClassDefinition,
  name: string
): Procedure.Procedure => {
  const method = options.methods[name] ?? {}
  const errors = [method.error ?? [], options.error ?? []].flat()
  const rpc: Rpc.AnyWithProps = Rpc.make(`${className}.${name}`, {
    payload: schemaOf(method, "payload") as Schema.Schema<unknown>,
    success: method.success ?? Schema.Void,
    // a method fails as its constructor does, too
    error: errors.length === 0 ? Schema.Never : Schema.Union(...errors),
    stream: method.stream ?? false,
    defect: RemoteDefect
  })
  const own: Procedure.Definition = {
    resource: options.resource,
    handler: undefined,
    method: { class: definition, name },
    layer,
    module,
    dependencies: options.dependencies ?? [],
    systemDependencies: options.systemDependencies ?? [],
    local: options.local ?? false,
    idempotent: method.idempotent ?? false,
    fitnessChecks,
    // methods of a class are called by live calls alone
    route: undefined
  }
  const procedure = Object.assign(rpc, { resource: options.resource, [Procedure.DefinitionId]: own })
  Made.tell(procedure)
  return procedure
}

/** The methods of an instance, as its callers have them. */
const handles = (resource: Resource<string>, procedures: Readonly<Record<string, Procedure.Procedure>>) => {
  const { attach, call, submit } = Call.make(resource)
  return (ref: MethodCall["instance"]) => {
    const methods = Object.entries(procedures).map(([name, procedure]) => {
      const method = (payload: unknown, options?: object) => call(procedure, new MethodCall(ref, payload), options)
      return [
        name,
        Object.assign(method, {
          submit: (payload: unknown, options?: object) => submit(procedure, new MethodCall(ref, payload), options),
          attach: (jobId: string) => attach(procedure, jobId)
        })
      ]
    })
    return { ...Object.fromEntries(methods), instanceId: ref.id }
  }
}
