/** Makes of the body of an HTTP request what a worker is asked. */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import { protocolVersion } from "../../src/protocol/FunctionRequest.ts"
import type { FunctionRequestEncoded } from "../../src/protocol/FunctionRequest.ts"
import type { Code } from "./Generation.ts"
import type { Operation } from "./Operation.ts"

/** What a body says, beside the payload. */
export interface Input {
  /** `undefined` of a function that takes nothing. */
  readonly payload: unknown
  /** Fields of a job: `policy`, `webhook`. */
  readonly job: Readonly<Record<string, unknown>>
  /** Of a method: which instance it is called on, and what that is made of where it is not there yet. */
  readonly instance: { readonly id?: unknown; readonly args?: unknown }
}

/** What is wrong with a body, in the form that runpod-flash says it in. */
export interface Detail {
  readonly type: string
  readonly loc: ReadonlyArray<string | number>
  readonly msg: string
  readonly input: unknown
}

/** What may stand beside `input`. */
const jobFields = new Set(["policy", "webhook", "s3Config", "instance"])

/** The JSON Schema of `Schema.Void`. */
export const takesNothing = ({ function: { payload } }: Operation): boolean => payload?.["$id"] === "/schemas/void"

const hasOwnInput = ({ function: { payload } }: Operation): boolean => {
  const properties = payload?.["properties"]
  return Predicate.isReadonlyRecord(properties) && "input" in properties
}

/** `{"input": {…}}` as RunPod takes it, or the payload alone; a payload with an `input` of its own has to be wrapped. */
const isWrapped = (operation: Operation, body: Readonly<Record<string, unknown>>): boolean =>
  "input" in body && (hasOwnInput(operation)
    ? Predicate.isReadonlyRecord(body["input"]) && "input" in body["input"]
    : Object.keys(body).every((name) => name === "input" || jobFields.has(name)))

export const read = (operation: Operation, text: string): Either.Either<Input, Detail> => {
  const json = Either.try({
    try: (): unknown => text.trim() === "" ? {} : JSON.parse(text),
    catch: (error): Detail => ({
      type: "json_invalid",
      loc: ["body"],
      msg: `the body is not JSON: ${error}`,
      input: {}
    })
  })
  return Either.map(json, (body): Input => {
    const payloadOf = (payload: unknown) => takesNothing(operation) ? undefined : payload
    if (!Predicate.isReadonlyRecord(body) || !isWrapped(operation, body)) {
      return { payload: payloadOf(body), job: {}, instance: {} }
    }
    const { input, instance, ...job } = body
    return { payload: payloadOf(input), job, instance: Predicate.isReadonlyRecord(instance) ? instance : {} }
  })
}

/** All but what is asked of the function. */
const head = ({ function: one, resource }: Operation) => ({
  protocol_version: protocolVersion,
  function_name: one.name,
  serialization_format: "json" as const,
  kwargs: {},
  call_chain: [`${resource.name}/${one.name}`],
  ...(one.dependencies.length === 0 ? {} : { dependencies: one.dependencies }),
  ...(one.systemDependencies.length === 0 ? {} : { system_dependencies: one.systemDependencies })
})

/** The code travels along, or is only named. */
export type Travels = "code" | "hash"

const codeOf = ({ hash, text }: Code, travels: Travels) => ({
  code_hash: hash,
  ...(travels === "code" ? { function_code: text } : {})
})

/** A method is called on the instance that the dev server's callers share, unless the request names another. */
export const ofQueue = (operation: Operation, input: Input, code: Code, travels: Travels): FunctionRequestEncoded => {
  const { class: of, name } = operation.function
  return {
    ...head(operation),
    ...codeOf(code, travels),
    args: input.payload === undefined ? [] : [input.payload],
    ...(of === undefined ? {} : {
      execution_type: "class" as const,
      class_name: of.name,
      method_name: name.slice(of.name.length + 1),
      instance_id: typeof input.instance.id === "string" ? input.instance.id : `dev_${of.name}`,
      constructor_args: of.constructorSchema?.["$id"] === "/schemas/void" ? [] : [input.instance.args ?? {}],
      create_new_instance: false
    })
  }
}

export const ofRoute = (
  operation: Operation,
  http: NonNullable<FunctionRequestEncoded["http_request"]>,
  code: Code,
  travels: Travels
): FunctionRequestEncoded => ({ ...head(operation), ...codeOf(code, travels), args: [], http_request: http })
