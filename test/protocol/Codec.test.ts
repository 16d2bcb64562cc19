import { assert, describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { isDeepStrictEqual } from "node:util"
import * as Codec from "../../src/protocol/Codec.ts"
import { cases } from "../laws.ts"

/** Encoded by one process and decoded by another: the two share nothing. */
const roundTrip = (value: unknown, format: Codec.Format = "msgpack"): unknown =>
  Codec.make().decode(format, JSON.parse(JSON.stringify(Codec.make().encode(format, value))))

/** What travels in a message of UTF-8 text: no halves of surrogate pairs. */
const text = FastCheck.string({ unit: "grapheme" })

const key = FastCheck.oneof(text, FastCheck.constantFrom("error", "result", "constructor", "then", "length", "0"))
  .filter((key) => key !== "__proto__")

/** Of the numbers only `-0` is left out: it arrives as 0. */
const number = FastCheck.double().map((n) => n === 0 ? 0 : n)

const value = FastCheck.letrec<{ readonly any: unknown; readonly leaf: unknown; readonly node: unknown }>((tie) => ({
  leaf: FastCheck.oneof(
    text,
    number,
    FastCheck.integer(),
    FastCheck.boolean(),
    FastCheck.constantFrom(null, undefined, NaN, Infinity, -Infinity),
    FastCheck.bigInt(),
    FastCheck.bigInt({ min: 2n ** 64n, max: 2n ** 200n }),
    FastCheck.date({ noInvalidDate: true }),
    FastCheck.uint8Array()
  ),
  node: FastCheck.oneof(
    FastCheck.array(tie("any"), { maxLength: 4 }),
    FastCheck.dictionary(key, tie("any"), { maxKeys: 4, noNullPrototype: true }),
    FastCheck.array(FastCheck.tuple(tie("any"), tie("any")), { maxLength: 3 }).map((entries) => new Map(entries)),
    FastCheck.array(tie("any"), { maxLength: 3 }).map((items) => new Set(items))
  ),
  any: FastCheck.oneof({ depthSize: "small", withCrossShrink: true }, tie("leaf"), tie("node"))
})).any

describe("msgpack", () => {
  it("brings back whatever a schema may encode to", () => {
    FastCheck.assert(FastCheck.property(value, (value) => isDeepStrictEqual(roundTrip(value), value)), cases(500))
  })

  for (
    const [name, value] of Object.entries({
      "a bigint beyond 64 bits": 2n ** 200n + 1n,
      "a negative bigint beyond 64 bits": -(2n ** 90n),
      "a bigint of 64 bits": 2n ** 64n - 1n,
      "a small bigint, not as a number": 5n,
      "a date before 1970": new Date(-1),
      "a date far ahead": new Date(8_640_000_000_000_000),
      "bytes": new Uint8Array([0, 127, 128, 255]),
      "no bytes": new Uint8Array(0),
      "a part of a larger array": new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
      "a map with keys of many kinds": new Map<unknown, unknown>([["a", 1], [1, "b"], [{ x: 1 }, null], [2n, []]]),
      "a set in its order": new Set([3, "3", new Date(3)]),
      "undefined": undefined,
      "a field that is undefined": { a: undefined },
      "undefined in an array": [undefined, 1],
      "NaN": NaN,
      "a field named error": { error: { _tag: "fail" }, result: null },
      "fields with names of object's own members": { constructor: 1, hasOwnProperty: 2, toString: 3, valueOf: 4 },
      "a field named toJSON": { toJSON: 1 },
      "the empty name": { "": 1 },
      "objects of different shapes side by side": [{ a: 1 }, { b: 2 }, { a: 3, b: 4 }, { a: 5 }]
    })
  ) {
    it(`keeps ${name}`, () => {
      assert.isTrue(isDeepStrictEqual(roundTrip(value), value))
    })
  }

  it("keeps an invalid date", () => {
    const result = roundTrip(new Date(NaN))
    assert.instanceOf(result, Date)
    expect(result.getTime()).toBeNaN()
  })

  it("keeps five megabytes, in memory of their own", () => {
    const bytes = new Uint8Array(5 * 1024 * 1024)
    for (let i = 0; i < bytes.length; i++) bytes[i] = i % 251
    const result = roundTrip(bytes)
    assert.instanceOf(result, Uint8Array)
    expect(Buffer.compare(result, bytes)).toBe(0)
    expect(result.buffer.byteLength).toBe(bytes.length)
  })

  it("gives small bytes memory of their own too, without what lies beside them", () => {
    const result = roundTrip(new Uint8Array([1, 2]))
    assert.instanceOf(result, Uint8Array)
    expect(result.buffer.byteLength).toBe(2)
  })

  it("keeps objects of many shapes, each in a message that needs no other", () => {
    const codec = Codec.make()
    for (let i = 0; i < 200; i++) {
      const value = { [`key${i}`]: i, list: [{ [`inner${i % 7}`]: i }, { [`inner${i % 7}`]: i + 1 }] }
      expect(Codec.make().decode("msgpack", codec.encode("msgpack", value))).toEqual(value)
    }
  })

  it("is text that JSON takes as it is", () => {
    const encoded = Codec.make().encode("msgpack", new Uint8Array(300))
    assert(typeof encoded === "string")
    expect(encoded).toMatch(/^[A-Za-z0-9+/]+=*$/)
  })

  it("refuses a function, a symbol and an object that holds itself", () => {
    const cyclic: Record<string, unknown> = {}
    cyclic["self"] = { cyclic }
    const { encode } = Codec.make()
    expect(() => encode("msgpack", { f: () => 1 })).toThrow(TypeError)
    expect(() => encode("msgpack", { s: Symbol("s") })).toThrow("symbol")
    expect(() => encode("msgpack", cyclic)).toThrow()
  })

  it("works on after a value it refused", () => {
    const codec = Codec.make()
    const value = { a: [{ b: 1 }, { b: 2 }] }
    expect(() => codec.encode("msgpack", { a: [{ b: 1 }, { b: Symbol("s") }] })).toThrow()
    expect(Codec.make().decode("msgpack", codec.encode("msgpack", value))).toEqual(value)
    expect(codec.decode("msgpack", Codec.make().encode("msgpack", value))).toEqual(value)
  })

  it("does not let a message change what objects inherit", () => {
    const hostile = { ["__proto__"]: { polluted: true } }
    const result = roundTrip(JSON.parse(JSON.stringify(hostile)))
    assert(typeof result === "object" && result !== null)
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
    expect("polluted" in {}).toBe(false)
  })

  it("refuses what is not text, and text that is no message", () => {
    const { decode } = Codec.make()
    expect(() => decode("msgpack", { a: 1 })).toThrow("Expected base64 text")
    expect(() => decode("msgpack", "")).toThrow()
    const whole = String(Codec.make().encode("msgpack", { a: [1, 2, 3], b: "text" }))
    expect(() => decode("msgpack", whole.slice(0, 8))).toThrow()
  })
})

describe("json", () => {
  it("stands as it is", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.jsonValue(), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value))
        return isDeepStrictEqual(roundTrip(plain, "json"), plain)
      }),
      cases(100)
    )
  })

  it("is never changed on its way: what is not refused is what JSON gives back", () => {
    FastCheck.assert(
      FastCheck.property(value, (value) => {
        let encoded: unknown
        try {
          encoded = Codec.make().encode("json", value)
        } catch (error) {
          return error instanceof TypeError
        }
        return isDeepStrictEqual(JSON.parse(JSON.stringify(encoded)), withoutUndefined(value))
      }),
      cases(500)
    )
  })

  for (
    const [what, value, path] of [
      ["a bigint", { a: [0, { b: 1n }] }, "$.a[1].b"],
      ["a date", { at: new Date(0) }, "$.at"],
      ["bytes", [new Uint8Array(1)], "$[0]"],
      ["a map", { m: new Map() }, "$.m"],
      ["a set", { s: new Set() }, "$.s"],
      ["NaN", { n: NaN }, "$.n"],
      ["infinity", { list: [1, Infinity] }, "$.list[1]"],
      ["undefined in a list, which becomes null", { list: [undefined] }, "$.list[0]"],
      // oxlint-disable-next-line no-sparse-arrays
      ["a hole in a list, which becomes null", { list: [1, , 3] }, "$.list[1]"],
      ["a function", { f: () => 1 }, "$.f"],
      ["a symbol", { f: Symbol("s") }, "$.f"],
      ["an instance of a class", { url: new URL("http://localhost") }, "$.url"],
      ["undefined alone", undefined, "$"]
    ] as const
  ) {
    it(`refuses ${what}, and names the place`, () => {
      expect(() => Codec.make().encode("json", value)).toThrow(TypeError)
      expect(() => Codec.make().encode("json", value)).toThrow(`${path} is`)
    })
  }

  it("takes a field that is undefined for one that is not there", () => {
    expect(roundTrip({ a: undefined, b: 1 }, "json")).toEqual({ b: 1 })
  })

  it("takes minus zero for zero, as JSON does", () => {
    expect(roundTrip({ n: -0 }, "json")).toEqual({ n: 0 })
  })

  it("takes an object without a prototype", () => {
    expect(roundTrip(Object.assign(Object.create(null), { a: 1 }), "json")).toEqual({ a: 1 })
  })
})

const withoutUndefined = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(withoutUndefined) : typeof value === "object" && value !== null
    ? Object.fromEntries(
      Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
        item === undefined ? [] : [[key, withoutUndefined(item)]]
      )
    )
    : value
