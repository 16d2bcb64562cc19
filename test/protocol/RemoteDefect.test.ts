import { assert, describe, expect, it } from "@effect/vitest"
import { FastCheck, Schema } from "effect"
import { RemoteDefect } from "../../src/protocol/RemoteDefect.ts"
import { cases } from "../laws.ts"

const encode = Schema.encodeSync(RemoteDefect)
const roundTrip = (defect: unknown): unknown =>
  Schema.decodeUnknownSync(RemoteDefect)(JSON.parse(JSON.stringify(encode(defect))))

describe("RemoteDefect", () => {
  it("keeps name, message and stack of an error", () => {
    const error = new TypeError("boom")
    const result = roundTrip(error)
    assert.instanceOf(result, Error)
    expect(result.name).toBe("TypeError")
    expect(result.message).toBe("boom")
    expect(result.stack).toBe(error.stack)
    expect(result.stack).toContain("RemoteDefect.test.ts")
  })

  it("gives an error that came without a stack none of this process", () => {
    const error = new Error("boom")
    delete error.stack
    expect(encode(error)).toEqual({ name: "Error", message: "boom" })
    const result = roundTrip(error)
    assert.instanceOf(result, Error)
    expect(result.stack).toBe("Error: boom")
  })

  it("takes what looks like an error for one", () => {
    const result = roundTrip({ message: "from another realm", name: "DOMException", code: 20 })
    assert.instanceOf(result, Error)
    expect(result.name).toBe("DOMException")
    expect(result.message).toBe("from another realm")
  })

  it("tells no own fields of an error: they may hold anything", () => {
    expect(Object.keys(encode(Object.assign(new Error("boom"), { password: "secret" }))).toSorted()).toEqual([
      "message",
      "name",
      "stack"
    ])
  })

  it("brings anything else as its text", () => {
    expect(roundTrip("boom")).toBe("boom")
    expect(roundTrip("")).toBe("")
    expect(roundTrip(42)).toBe("42")
    expect(roundTrip(undefined)).toBe("undefined")
    expect(roundTrip(null)).toBe("null")
    expect(roundTrip(10n)).toBe("10")
    expect(roundTrip(Symbol("s"))).toBe("Symbol(s)")
    expect(String(roundTrip({ reason: "disk", code: 5 }))).toContain("disk")
    expect(roundTrip({ message: 7 })).toContain("7")
  })

  it("carries whatever is thrown, a cyclic object too", () => {
    const cyclic: Record<string, unknown> = { reason: "loop" }
    cyclic["self"] = cyclic
    expect(String(roundTrip(cyclic))).toContain("loop")
    // neither JSON nor a text of its own
    expect(roundTrip(Object.assign(Object.create(null), { n: 1n }))).toBe("[object Object]")
    FastCheck.assert(
      FastCheck.property(FastCheck.anything({ withBigInt: true, withDate: true }), (defect) => {
        const result = roundTrip(defect)
        return typeof result === "string" || result instanceof Error
      }),
      cases(100)
    )
  })
})
