import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck, Schema } from "effect"
import { inspect } from "node:util"
import * as FunctionRequest from "../../src/protocol/FunctionRequest.ts"
import { cases } from "../laws.ts"

const minimal = { protocol_version: 1, function_name: "hello" }

describe("FunctionRequest", () => {
  it.effect("has a default for everything but version and name", () =>
    Effect.gen(function*() {
      expect(yield* FunctionRequest.decode(minimal)).toEqual({
        protocol_version: 1,
        function_name: "hello",
        serialization_format: "json",
        args: [],
        kwargs: {},
        execution_type: "function",
        constructor_args: [],
        constructor_kwargs: {},
        method_name: "__call__",
        create_new_instance: true,
        accelerate_downloads: true
      })
    }))

  it.effect("tolerates fields of a later version", () =>
    Effect.gen(function*() {
      const request = yield* FunctionRequest.decode({ ...minimal, priority: 7, nested: { anything: [1] } })
      expect(request).toEqual(yield* FunctionRequest.decode(minimal))
    }))

  it.effect("takes null, as Python writes what is not there, for absent", () =>
    Effect.gen(function*() {
      const nulls = Object.fromEntries(
        Object.keys(FunctionRequest.FunctionRequest.fields).map((field) => [field, null])
      )
      expect(yield* FunctionRequest.decode({ ...nulls, ...minimal })).toEqual(yield* FunctionRequest.decode(minimal))
    }))

  it.effect("does not read null in the place of version or name", () =>
    Effect.gen(function*() {
      for (const field of ["protocol_version", "function_name"]) {
        const error = yield* Effect.flip(FunctionRequest.decode({ ...minimal, [field]: null }))
        expect(error.message).toContain(field)
      }
    }))

  it.effect("keeps what it is given", () =>
    Effect.gen(function*() {
      const full = {
        ...minimal,
        serialization_format: "msgpack",
        args: ["gQ=="],
        kwargs: { a: null },
        function_code: "export {}",
        code_hash: "00ff",
        dependencies: ["ms@2.1.3"],
        system_dependencies: ["ffmpeg"],
        execution_type: "class",
        class_name: "Model",
        class_code: "class Model {}",
        constructor_args: [1, null],
        constructor_kwargs: { b: 2 },
        method_name: "predict",
        instance_id: "Model_1",
        create_new_instance: false,
        accelerate_downloads: false,
        trace: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }
      }
      expect(yield* FunctionRequest.decode(full)).toEqual(full)
    }))

  it.effect("names the field that is wrong", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(FunctionRequest.decode({ ...minimal, serialization_format: "pickle" }))
      expect(error.message).toContain("serialization_format")
      expect(error.message).toContain("pickle")
    }))

  it.effect.prop(
    "decodes what was encoded",
    { request: FunctionRequest.FunctionRequest },
    ({ request }) =>
      Effect.gen(function*() {
        // a record of Effect's loses a key of that name, by assigning to it
        if (inspect(request, { depth: 20 }).includes("__proto__")) return
        const encoded = yield* Schema.encode(FunctionRequest.FunctionRequest)(request)
        expect(yield* FunctionRequest.decode(encoded)).toStrictEqual(request)
      }),
    { fastCheck: cases(25) }
  )
})

describe("isEnvelope", () => {
  it("is true of an object with version and name, whatever else it has", () => {
    expect(FunctionRequest.isEnvelope(minimal)).toBe(true)
    expect(FunctionRequest.isEnvelope({ ...minimal, more: 1 })).toBe(true)
    // a wrong envelope is refused as one: it is no payload
    expect(FunctionRequest.isEnvelope({ protocol_version: "x", function_name: null })).toBe(true)
  })

  it("is false of any other payload", () => {
    for (
      const input of [null, undefined, 1, "text", [], [minimal], {}, { protocol_version: 1 }, { function_name: "f" }]
    ) {
      expect(FunctionRequest.isEnvelope(input)).toBe(false)
    }
    FastCheck.assert(
      FastCheck.property(FastCheck.jsonValue(), (value) => !FunctionRequest.isEnvelope(value)),
      cases(100)
    )
  })
})
