/** An API document: its schemas as validators, and as generators of what they allow. */
import formats from "ajv-formats"
import { Ajv2020 } from "ajv/dist/2020.js"
import { FastCheck as fc } from "effect"
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"

/** The platform's own documents. Who has no copy beside the checkout goes without these tests. */
const folder = fileURLToPath(new URL("../../../../shared/reference/", import.meta.url))

export const read = (file: string): string | undefined =>
  Fs.existsSync(`${folder}${file}`) ? Fs.readFileSync(`${folder}${file}`, "utf8") : undefined

interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | ReadonlyArray<string>
  readonly enum?: ReadonlyArray<unknown>
  readonly const?: unknown
  readonly allOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly format?: string
}

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

const primitive = (type: string | undefined, schema: JsonSchema): fc.Arbitrary<unknown> => {
  switch (type) {
    case "string":
      if (schema.format === "date-time") return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
      if (schema.format === "uri") return fc.webUrl()
      if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern))
      return fc.string({ minLength: schema.minLength ?? 0, maxLength: 12 })
    case "integer":
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1_000_000 })
    case "number":
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1000, noNaN: true })
    case "boolean":
      return fc.boolean()
    case "null":
      return fc.constant(null)
    default:
      return fc.jsonValue({ maxDepth: 1 })
  }
}

export const make = (text: string) => {
  const document: Document = JSON.parse(text)
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  // ajv forgets what `allOf` has evaluated where an `if` beside it does not hold; below `allOf` it means the same
  ajv.addSchema({
    components: {
      schemas: Object.fromEntries(
        Object.entries(document.components.schemas).map(([name, schema]) => {
          const conditions = Object.entries(schema).filter(([keyword]) => keyword === "if" || keyword === "then")
          const rest = Object.entries(schema).filter(([keyword]) => keyword !== "if" && keyword !== "then")
          const allOf = [...(schema.allOf ?? []), Object.fromEntries(conditions)]
          return [name, conditions.length === 0 ? schema : { ...Object.fromEntries(rest), allOf }]
        })
      )
    }
  }, "api")

  const resolve = (schema: JsonSchema): JsonSchema => {
    if (schema.$ref === undefined) return schema
    const found = document.components.schemas[schema.$ref.replace("#/components/schemas/", "")]
    if (found === undefined) throw new Error(`no schema ${schema.$ref}`)
    return resolve(found)
  }

  /** One schema for all of `allOf`; what only forbids (`if`, `unevaluatedProperties`) is left to the validator. */
  const merge = (schema: JsonSchema): JsonSchema => {
    const { allOf = [], ...own } = resolve(schema)
    return [...allOf.map(merge), own].reduce((all, one) => ({
      ...all,
      ...one,
      ...(all.properties === undefined && one.properties === undefined ? {} : {
        properties: Object.fromEntries(
          [...new Set([...Object.keys(all.properties ?? {}), ...Object.keys(one.properties ?? {})])].map((name) => {
            const both = [all.properties?.[name], one.properties?.[name]].filter((part) => part !== undefined)
            return [name, both.length === 1 && both[0] !== undefined ? both[0] : { allOf: both }]
          })
        )
      }),
      ...(all.required === undefined && one.required === undefined
        ? {}
        : { required: [...(all.required ?? []), ...(one.required ?? [])] })
    }), {})
  }

  const object = ({ additionalProperties, properties, required = [] }: JsonSchema): fc.Arbitrary<unknown> => {
    if (properties === undefined && typeof additionalProperties === "object") {
      return fc.dictionary(
        fc.string({ minLength: 1, maxLength: 8 }).filter((key) => key !== "__proto__"),
        generate(additionalProperties),
        { maxKeys: 3 }
      )
    }
    const fields = Object.fromEntries(Object.entries(properties ?? {}).map(([name, field]) => [name, generate(field)]))
    return fc.record(fields, { requiredKeys: required.filter((name) => name in fields), noNullPrototype: true })
  }

  const generate = (schema: JsonSchema): fc.Arbitrary<unknown> => {
    const merged = merge(schema)
    if (merged.const !== undefined) return fc.constant(merged.const)
    if (merged.enum !== undefined) return fc.constantFrom(...merged.enum)
    const choices = merged.oneOf ?? merged.anyOf
    if (choices !== undefined) return fc.oneof(...choices.map(generate))
    if (Array.isArray(merged.type)) {
      return fc.oneof(...merged.type.map((type: string) => generate({ ...merged, type })))
    }
    if (merged.type === "object" || merged.properties !== undefined) return object(merged)
    if (merged.type === "array") {
      const bounds = { minLength: merged.minItems ?? 0, maxLength: merged.maxItems ?? 3 }
      const items = generate(merged.items ?? {})
      return merged.uniqueItems === true
        ? fc.uniqueArray(items, { ...bounds, comparator: "IsStrictlyEqual", selector: (item) => JSON.stringify(item) })
        : fc.array(items, bounds)
    }
    return primitive(typeof merged.type === "string" ? merged.type : undefined, merged)
  }

  /** What is wrong with a value by the document, or nothing. */
  const problems = (name: string) => {
    const validate = ajv.compile({ $ref: `api#/components/schemas/${name}` })
    return (value: unknown): ReadonlyArray<string> =>
      validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
  }

  return {
    problems,
    /** Values that the document allows. */
    arbitrary: (name: string): fc.Arbitrary<unknown> => {
      const check = problems(name)
      return generate({ $ref: `#/components/schemas/${name}` }).filter((value) => check(value).length === 0)
    }
  }
}
