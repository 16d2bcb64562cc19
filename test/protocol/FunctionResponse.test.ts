import { describe, expect, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { protocolVersion } from "../../src/protocol/FunctionRequest.ts"
import * as FunctionResponse from "../../src/protocol/FunctionResponse.ts"
import { cases } from "../laws.ts"

describe("FunctionResponse", () => {
  it.effect("is at least a version and whether it worked", () =>
    Effect.gen(function*() {
      expect(yield* FunctionResponse.decode({ protocol_version: 1, success: true })).toEqual({
        protocol_version: 1,
        success: true,
        serialization_format: "json"
      })
      for (const field of ["protocol_version", "success"]) {
        const rest = { protocol_version: 1, success: true, [field]: undefined }
        expect((yield* Effect.flip(FunctionResponse.decode(rest))).message).toContain(field)
      }
    }))

  it.effect("takes null for absent, save for the result, which may be null", () =>
    Effect.gen(function*() {
      const decoded = yield* FunctionResponse.decode({
        protocol_version: 1,
        success: true,
        result: null,
        error: null,
        stdout: null,
        instance_id: null,
        instance_info: null
      })
      expect(decoded).toEqual({ protocol_version: 1, success: true, serialization_format: "json", result: null })
    }))

  it.effect("tolerates fields of a later version, also inside the error", () =>
    Effect.gen(function*() {
      const error = { _tag: "reject", reason: "payload", message: "no", severity: 3 }
      const decoded = yield* FunctionResponse.decode({ protocol_version: 1, success: false, error, region: "eu" })
      expect(decoded.error).toEqual({ _tag: "reject", reason: "payload", message: "no" })
    }))

  it.effect("does not take an error of an unknown kind for success", () =>
    Effect.gen(function*() {
      const decoding = FunctionResponse.decode({ protocol_version: 1, success: false, error: { _tag: "new" } })
      expect((yield* Effect.flip(decoding)).message).toContain("_tag")
    }))

  it.effect.prop(
    "is plain JSON: what is printed and parsed again is the same",
    { response: FunctionResponse.FunctionResponse },
    ({ response }) =>
      Effect.gen(function*() {
        // what stands in `Unknown` places is the codec's business
        const error = response.error && "cause" in response.error ? { ...response.error, cause: "x" } : response.error
        const { instance_info: _, ...rest } = response
        const plain = { ...rest, ...("result" in rest ? { result: "x" } : {}), ...(error ? { error } : {}) }
        const encoded = yield* Schema.encode(FunctionResponse.FunctionResponse)(plain)
        const decoded = yield* FunctionResponse.decode(JSON.parse(JSON.stringify(encoded)))
        expect(decoded).toEqual(plain)
      }),
    { fastCheck: cases(25) }
  )
})

describe("reject", () => {
  it.effect("is a response that says why, with what helps", () =>
    Effect.gen(function*() {
      const response = FunctionResponse.reject("function_missing", "there is no f", { known: ["g"] })
      expect(yield* FunctionResponse.decode(JSON.parse(JSON.stringify(response)))).toEqual({
        protocol_version: protocolVersion,
        success: false,
        serialization_format: "json",
        error: { _tag: "reject", reason: "function_missing", message: "there is no f", known: ["g"] }
      })
    }))
})
