/**
 * How schema-encoded values become text in a job's JSON body.
 *
 * `msgpack` keeps what JSON loses (bytes, dates, bigints, `undefined`, maps and sets) and travels as base64; `json`
 * stands in the body as it is, readable for curl.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Packr } from "msgpackr"

/**
 * @since 0.1.0
 * @category models
 */
export const Format = Schema.Literal("msgpack", "json")

/**
 * @since 0.1.0
 * @category models
 */
export type Format = typeof Format.Type

/**
 * @since 0.1.0
 * @category models
 */
export interface Codec {
  /** Throws where the value cannot be carried (a function, a cyclic object). */
  readonly encode: (format: Format, value: unknown) => unknown
  /** Throws where the text is not of the format. Plain data comes out, nothing is revived or executed. */
  readonly decode: (format: Format, wire: unknown) => unknown
}

/**
 * A codec with buffers of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): Codec => {
  const packr = new Packr({
    useRecords: true,
    moreTypes: true,
    useBigIntExtension: true,
    // by default a function becomes `undefined`
    writeFunction() {
      throw new TypeError("a function cannot be carried")
    }
  })
  return {
    encode: (format, value) => format === "json" ? assertJson(value) : packr.pack(value).toString("base64"),
    decode(format, wire) {
      if (format === "json") return wire
      if (typeof wire !== "string") throw new TypeError("Expected base64 text of a msgpack value")
      return packr.unpack(Buffer.from(wire, "base64"))
    }
  }
}

/**
 * Refuses a value that `JSON.stringify` would change or drop without a word.
 *
 * @since 0.1.0
 * @category guards
 */
export const assertJson = (value: unknown, path = "$"): unknown => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      if (Number.isFinite(value)) return value
      throw new TypeError(`${path} is ${value}, which JSON cannot carry`)
    case "object": {
      if (value === null) return value
      if (Array.isArray(value)) {
        // holes too: JSON makes null of them
        for (let index = 0; index < value.length; index++) assertJson(value[index], `${path}[${index}]`)
        return value
      }
      const prototype = Object.getPrototypeOf(value)
      if (prototype === Object.prototype || prototype === null) {
        for (const [key, item] of Object.entries(value)) if (item !== undefined) assertJson(item, `${path}.${key}`)
        return value
      }
      throw new TypeError(`${path} is a ${prototype.constructor?.name ?? "non-plain object"}, which JSON cannot carry`)
    }
    default:
      throw new TypeError(`${path} is of type ${typeof value}, which JSON cannot carry`)
  }
}
