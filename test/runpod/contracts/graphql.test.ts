/** The GraphQL documents and inputs against the platform's schema, as far as it is known from what its clients send. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, FastCheck as fc, Schema } from "effect"
import {
  buildSchema,
  coerceInputValue,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate
} from "graphql"
import type { GraphQLOutputType, GraphQLSchema, OperationDefinitionNode, SelectionSetNode } from "graphql"
import * as Documents from "../../../src/runpod/graphql/Documents.ts"
import * as Endpoints from "../../../src/runpod/graphql/Endpoints.ts"
import { cases } from "../../laws.ts"
import * as OpenApi from "./openApi.ts"

const reference = OpenApi.read("runpod-platform.md")
const sdl = reference === undefined
  ? undefined
  : /Reconstructed GraphQL SDL.*?```graphql\n(.*?)```/s.exec(reference)?.[1]

const schema = sdl === undefined ? undefined : buildSchema(sdl)

/** An answer to a selection, made at random: what is nullable is null half of the time. */
const answers = (
  graphql: GraphQLSchema,
  type: GraphQLOutputType,
  selection: SelectionSetNode | undefined
): fc.Arbitrary<unknown> => {
  if (isNonNullType(type)) return present(graphql, type.ofType, selection)
  return fc.option(present(graphql, type, selection), { nil: null, freq: 3 })
}

const present = (
  graphql: GraphQLSchema,
  type: GraphQLOutputType,
  selection: SelectionSetNode | undefined
): fc.Arbitrary<unknown> => {
  if (isListType(type)) return fc.array(answers(graphql, type.ofType, selection), { maxLength: 3 })
  if (isObjectType(type)) {
    const fields = type.getFields()
    return fc.record(
      Object.fromEntries((selection?.selections ?? []).map((node) => {
        assert(node.kind === "Field")
        const field = fields[node.name.value]
        assert(field !== undefined)
        return [node.name.value, answers(graphql, field.type, node.selectionSet)]
      })),
      { noNullPrototype: true }
    )
  }
  switch (getNamedType(type).name) {
    case "Int":
      return fc.integer({ min: 0, max: 10_000 })
    case "Float":
      return fc.double({ min: 0, max: 100, noNaN: true })
    case "Boolean":
      return fc.boolean()
    case "FlashBootType":
      return fc.constantFrom("OFF", "FLASHBOOT", "PRIORITY_FLASHBOOT")
    case "JSON":
      return fc.jsonValue({ maxDepth: 2 })
    default:
      return fc.string({ maxLength: 10 })
  }
}

const operationOf = (document: string): OperationDefinitionNode => {
  const [definition] = parse(document).definitions
  assert(definition?.kind === "OperationDefinition")
  return definition
}

describe.skipIf(schema === undefined)(`GraphQL${schema === undefined ? " (its schema is not there)" : ""}`, () => {
  for (const [name, operation] of Object.entries(Documents)) {
    it(`${name} is a document that the platform takes`, () => {
      assert(schema !== undefined)
      assert.deepStrictEqual(validate(schema, parse(operation.document)).map(({ message }) => message), [])
    })

    it(`${name} finds its result where the answer has it`, () => {
      assert(schema !== undefined)
      const { operation: kind, selectionSet } = operationOf(operation.document)
      let at: SelectionSetNode | undefined = selectionSet
      for (const step of operation.path) {
        const node: SelectionSetNode["selections"][number] | undefined = at?.selections.find((node) =>
          node.kind === "Field" && node.name.value === step
        )
        assert(node?.kind === "Field", `${kind} ${name} selects no ${step}`)
        at = node.selectionSet
      }
    })

    if (!("schema" in operation)) continue
    it(`${name} reads every answer`, () => {
      assert(schema !== undefined)
      const { operation: kind, selectionSet } = operationOf(operation.document)
      const root = kind === "query" ? schema.getQueryType() : schema.getMutationType()
      assert(root !== undefined && root !== null)
      const read = Schema.decodeUnknownSync(operation.schema as Schema.Schema<unknown, unknown>)
      fc.assert(
        fc.property(answers(schema, root, selectionSet), (data) => {
          const result = operation.path.reduce<unknown>(
            (at, step) =>
              typeof at === "object" && at !== null ? Object.entries(at).find(([key]) => key === step)?.[1] : undefined,
            data
          )
          // a missing thing and a missing account are not read, but told apart before
          fc.pre(result !== undefined && result !== null)
          read(result)
        }),
        cases(100)
      )
    })
  }

  for (
    const [name, input] of Object.entries({
      EndpointInput: Endpoints.EndpointInput,
      SaveTemplateInput: Endpoints.SaveTemplateInput
    })
  ) {
    it(`sends a ${name} that the platform takes`, () => {
      assert(schema !== undefined)
      const type = schema.getType(name)
      assert(isInputObjectType(type))
      const encode = Schema.encodeSync(input as Schema.Schema<unknown, unknown>)
      fc.assert(
        fc.property(Arbitrary.make(input as Schema.Schema<unknown, unknown>), (value) => {
          coerceInputValue(JSON.parse(JSON.stringify(encode(value))), type)
        }),
        cases(100)
      )
    })
  }
})
