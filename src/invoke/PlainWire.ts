/**
 * Calls to workers that are not ours: the payload is the job's `input` and the result its `output`, both the JSON of
 * their schemas. No code travels, and an error is the job's failure.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Procedure from "../Procedure.ts"
import { assertJson } from "../protocol/Codec.ts"
import { isMethodCall } from "../protocol/MethodCall.ts"
import { InvalidPayload, InvalidResponse } from "../RemoteError.ts"
import * as Wire from "./Wire.ts"

/**
 * What stands for an empty input: the platform drops `{}`, and the job with it.
 *
 * @since 0.1.0
 * @category constants
 */
export const emptyInput = { __empty: true } as const

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (procedure: Procedure.Procedure): Wire.Wire => {
  const encode = Procedure.payloadEncoder(procedure)
  const decodeValue = Schema.decodeUnknown(Procedure.successSchema(procedure), { errors: "all" })
  const noInstances = Effect.fail(
    new InvalidPayload({
      function: procedure._tag,
      issue: "a class has its instances on Flash workers: declare it on a CpuLiveServerless or a LiveServerless"
    })
  )
  const invalid = (jobId: string, issue: string) => new InvalidResponse({ function: procedure._tag, jobId, issue })

  const outcome: Wire.Wire["outcome"] = (endpoint, job) => {
    const failure = Wire.failureOf(endpoint, job)
    if (failure !== undefined) return Effect.fail(failure)
    // the values of a stream came before its end, and the platform's own worker may say them all again
    if (Procedure.isStream(procedure)) return Effect.succeed(Exit.void)
    return Effect.mapBoth(decodeValue(outputOf(procedure, job.output)), {
      onFailure: (error) => invalid(job.id, error.message),
      onSuccess: Exit.succeed
    })
  }

  return {
    request: (payload) =>
      isMethodCall(payload) ? noInstances : Effect.flatMap(encode(payload), (encoded) =>
        Effect.try({
          try: () => inputOf(encoded),
          catch: (error) => error instanceof Error ? error.message : String(error)
        })).pipe(Effect.mapError((issue) => new InvalidPayload({ function: procedure._tag, issue }))),
    pack: (input) => Effect.succeed({ input, outcome }),
    outcome,
    errorOf: Wire.errorOf,
    reader: (_, jobId) => ({
      read: (output) =>
        Effect.mapBoth(decodeValue(output), {
          onFailure: (error) => invalid(jobId, error.message),
          onSuccess: (value) => [value]
        }),
      // these workers do not say how long a stream was
      hasAll: () => false,
      broken: () => undefined
    })
  }
}

const inputOf = (encoded: unknown): unknown => {
  if (encoded === undefined) return emptyInput
  if (encoded === null) throw new TypeError("null cannot be the input of a job: the platform takes it for none")
  assertJson(encoded)
  return typeof encoded === "object" && !Array.isArray(encoded) && isEmpty(encoded) ? emptyInput : encoded
}

/** Fields that JSON leaves out are none. */
const isEmpty = (record: object): boolean => Object.values(record).every((value) => value === undefined)

/** runpod-python answers `None` as null, and leaves out an empty object. */
const outputOf = (procedure: Procedure.Procedure, output: unknown): unknown => {
  const { _tag } = Procedure.successSchema(procedure).ast
  if (_tag === "VoidKeyword" || _tag === "UndefinedKeyword") return output ?? undefined
  return output === undefined ? {} : output
}
