/** The platform's own API documents: what they say an answer looks like, and requests made from them. */
import type { ValidateFunction } from "ajv"
import { Ajv2020 } from "ajv/dist/2020.js"
import { FastCheck } from "effect"
import { existsSync, readFileSync } from "node:fs"

export interface Operation {
  readonly method: string
  /** As `/v2/serverless/{id}`. */
  readonly path: string
  readonly body: unknown
  readonly parameters: ReadonlyArray<Parameter>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly schema: unknown
}

export interface Document {
  readonly operations: ReadonlyArray<Operation>
  /** Says why a body is not what the document has for an answer; nothing where it is. */
  readonly objection: (operation: Operation, status: number, body: unknown) => string | undefined
  /** Whether the document takes a body for the operation. */
  readonly accepts: (operation: Operation, body: unknown) => boolean
  readonly resolve: (schema: unknown) => Json
}

type Json = Readonly<Record<string, unknown>>

/** Beside the checkout, where there are any. */
export const url = (name: string) => new URL(`../../../../shared/reference/${name}`, import.meta.url)

export const isThere = (name: string): boolean => existsSync(url(name))

const record = (value: unknown): Json => typeof value === "object" && value !== null ? value as Json : {}

const array = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const methods = ["get", "post", "put", "patch", "delete"]

export const load = (name: string): Document => {
  const document: Json = JSON.parse(readFileSync(url(name), "utf8"), conditionsLast)
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: {
      "date-time": (text: string) => !Number.isNaN(Date.parse(text)),
      uri: (text: string) => URL.canParse(text.replace("{job_id}", "x")),
      currency: true,
      ipv4: true,
      float: true,
      double: true
    }
  })
  ajv.addSchema(document, "document")

  const at = (pointer: ReadonlyArray<string>): unknown =>
    pointer.reduce<unknown>((value, key) => record(value)[key], document)
  const resolve = (schema: unknown): Json => {
    const { $ref } = record(schema)
    return typeof $ref === "string" ? resolve(at($ref.slice(2).split("/").map(unescape))) : record(schema)
  }
  const compiled = new Map<string, ValidateFunction>()
  const compile = (pointer: ReadonlyArray<string>): ValidateFunction => {
    const $ref = `document#/${pointer.map((key) => encodeURIComponent(escape(key))).join("/")}`
    const known = compiled.get($ref)
    if (known !== undefined) return known
    const validate = ajv.compile({ $ref })
    compiled.set($ref, validate)
    return validate
  }

  const operations = Object.entries(record(document["paths"])).flatMap(([path, item]) =>
    Object.entries(record(item)).filter(([method]) => methods.includes(method)).map(([method, value]): Operation => {
      const operation = record(value)
      const content = record(record(operation["requestBody"])["content"])
      return {
        method: method.toUpperCase(),
        path,
        body: record(content["application/json"])["schema"],
        parameters: array(operation["parameters"]).map((parameter) => {
          const { in: place, name, schema } = resolve(parameter)
          return { name: String(name), in: String(place), schema }
        })
      }
    })
  )

  return {
    operations,
    resolve,
    objection({ method, path }, status, body) {
      const responses = ["paths", path, method.toLowerCase(), "responses"]
      const code = [String(status), "default"].find((code) => record(at(responses))[code] !== undefined)
      if (code === undefined) return `${status} is not documented`
      let pointer: ReadonlyArray<string> = [...responses, code]
      const { $ref } = record(at(pointer))
      if (typeof $ref === "string") pointer = $ref.slice(2).split("/").map(unescape)
      const content = record(record(at(pointer))["content"])
      const [type] = Object.keys(content)
      if (type === undefined) return body === undefined ? undefined : "it has a body"
      if (type === "text/event-stream") return undefined
      const validate = compile([...pointer, "content", type, "schema"])
      return validate(body) ? undefined : ajv.errorsText(validate.errors)
    },
    accepts({ method, path }, body) {
      const pointer = ["paths", path, method.toLowerCase(), "requestBody", "content", "application/json", "schema"]
      return compile(pointer)(body) === true
    }
  }
}

/** Ajv forgets what `allOf` has evaluated where an `if` beside it does not hold: in a branch of its own it is the same. */
const conditionsLast = (_: string, value: unknown): unknown => {
  const entries = Object.entries(record(value))
  const isCondition = ([key]: readonly [string, unknown]) => key === "if" || key === "then"
  const { allOf, ...schema } = Object.fromEntries(entries.filter((entry) => !isCondition(entry)))
  return Array.isArray(allOf) && entries.some(isCondition)
    ? { ...schema, allOf: [...allOf, Object.fromEntries(entries.filter(isCondition))] }
    : value
}

const escape = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1")

const unescape = (key: string): string => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~")

// ---------------------------------------------------------------------------------------------------------------------
// bodies
// ---------------------------------------------------------------------------------------------------------------------

type Values = Readonly<Record<string, FastCheck.Arbitrary<unknown>>>

/** Texts for the patterns of the documents. */
const samples: Readonly<Record<string, ReadonlyArray<string>>> = {
  "^\\d+\\.\\d+$": ["12.8", "11.8"],
  "^$|^\\d+\\.\\d+$": ["", "12.8"],
  "^\\s*[^-\\s]": ["NVIDIA L4", " NVIDIA L40"],
  "^(ssh|ecdsa|sk)-[^\\s]+ [^\\s]+([ \\t][^\\n\\r]*)?$": ["ssh-ed25519 AAAA me"]
}

/**
 * Bodies of a schema. Most fit it; `values` has likely ones for properties by their name, and `good` is a body that is
 * granted, so that requests get beyond the looks of their fields.
 */
export const bodies = (
  { resolve }: Document,
  schema: unknown,
  values: Values,
  good: Json
): FastCheck.Arbitrary<unknown> => {
  const of = (schema: unknown, name: string): FastCheck.Arbitrary<unknown> => {
    const likely = values[name]
    if (likely !== undefined) {
      return FastCheck.oneof({ weight: 9, arbitrary: likely }, { weight: 1, arbitrary: raw(schema) })
    }
    return raw(schema)
  }
  const raw = (schema: unknown): FastCheck.Arbitrary<unknown> => {
    const found = resolve(schema)
    if (Array.isArray(found["enum"])) return FastCheck.constantFrom(...found["enum"] as Array<unknown>)
    const choices = [...array(found["oneOf"]), ...array(found["anyOf"])]
    if (choices.length > 0) return FastCheck.oneof(...choices.map(raw))
    const types = Array.isArray(found["type"]) ? found["type"] as ReadonlyArray<unknown> : [found["type"]]
    if (types.length > 1) return FastCheck.oneof(...types.map((type) => raw({ ...found, type })))
    switch (types[0]) {
      case "string": {
        const texts = samples[String(found["pattern"])]
        return texts === undefined ? FastCheck.string({ maxLength: 12 }) : FastCheck.constantFrom(...texts)
      }
      case "integer":
        return FastCheck.integer({
          min: Number(found["minimum"] ?? -2),
          max: Number(found["maximum"] ?? 2 ** 31)
        })
      case "number":
        return FastCheck.double({ min: Number(found["minimum"] ?? -1), max: 100, noNaN: true })
      case "boolean":
        return FastCheck.boolean()
      case "null":
        return FastCheck.constant(null)
      case "array":
        return FastCheck.array(raw(found["items"]), { minLength: Number(found["minItems"] ?? 0), maxLength: 3 })
    }
    return found["additionalProperties"] !== undefined && found["additionalProperties"] !== false &&
        found["properties"] === undefined
      ? FastCheck.dictionary(FastCheck.string({ maxLength: 6 }), raw(found["additionalProperties"]), { maxKeys: 3 })
      : object(found)
  }
  const object = (schema: Json): FastCheck.Arbitrary<unknown> => {
    const parts = flatten(schema)
    const properties = Object.assign({}, ...parts.map((part) => record(part["properties"]))) as Json
    const required = new Set(parts.flatMap((part) => array(part["required"])))
    const fields = Object.entries(properties).map(([name, property]) => {
      const value = of(property, name)
      return [name, required.has(name) ? value : FastCheck.option(value, { nil: undefined, freq: 2 })] as const
    })
    return FastCheck.record(Object.fromEntries(fields)).map((value) =>
      Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))
    )
  }
  const flatten = (schema: unknown): ReadonlyArray<Json> => {
    const found = resolve(schema)
    return [found, ...array(found["allOf"]).flatMap(flatten)]
  }
  const like = FastCheck.tuple(raw(schema), FastCheck.nat()).map(([body, at]) => {
    const fields = Object.entries(record(body))
    const [name, value] = fields[at % Math.max(1, fields.length)] ?? ["name", "x"]
    return { ...good, [name]: value }
  })
  return FastCheck.oneof(
    { weight: 2, arbitrary: raw(schema) },
    { weight: 2, arbitrary: broken(raw(schema)) },
    { weight: 4, arbitrary: like }
  )
}

/** Something about it is not as it should be: a property too many, too few, or of another type. */
const broken = (bodies: FastCheck.Arbitrary<unknown>): FastCheck.Arbitrary<unknown> =>
  FastCheck.tuple(bodies, FastCheck.nat(), FastCheck.constantFrom("drop", "add", "swap"), FastCheck.jsonValue()).map(
    ([body, at, how, value]) => {
      const fields = Object.entries(record(body))
      if (fields.length === 0 || Array.isArray(body)) return value
      const [name] = fields[at % fields.length] ?? [""]
      const { [name]: _, ...rest } = record(body)
      return how === "drop" ? rest : how === "add" ? { ...rest, [`${name}x`]: value } : { ...rest, [name]: value }
    }
  )
