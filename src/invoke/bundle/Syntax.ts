/**
 * Walks over the syntax tree of a module, with an eye on which names are the module's own.
 *
 * @since 0.1.0
 */
import type * as Oxc from "oxc-parser"

/**
 * @since 0.1.0
 * @category models
 */
export type Node = Oxc.Node

/**
 * A statement of the module's top level.
 *
 * @since 0.1.0
 * @category models
 */
export type TopLevel = Oxc.Program["body"][number]

/**
 * Sees every node of a statement that is no type.
 *
 * - `isOwn`: whether the name is bound inside the statement, and so is not the module's
 * - `runs`: whether the node runs with the statement; the body of a function does not
 *
 * @since 0.1.0
 * @category models
 */
export type Visit = (node: Node, isOwn: (name: string) => boolean, runs: boolean) => void

/** TypeScript's nodes that are code; the others are types. */
const code = new Set([
  "TSAsExpression",
  "TSEnumBody",
  "TSEnumDeclaration",
  "TSEnumMember",
  "TSExportAssignment",
  "TSExternalModuleReference",
  "TSImportEqualsDeclaration",
  "TSInstantiationExpression",
  "TSModuleBlock",
  "TSModuleDeclaration",
  "TSNonNullExpression",
  "TSParameterProperty",
  "TSQualifiedName",
  "TSSatisfiesExpression",
  "TSTypeAssertion"
])

const isNode = (u: unknown): u is Node =>
  typeof u === "object" && u !== null && "type" in u && typeof u.type === "string" &&
  (!u.type.startsWith("TS") || code.has(u.type))

/** Parts of a node that only label something, as `x` in `a.x`, `{ x: 1 }` and `break x`. */
const isLabel = (node: Node, key: string): boolean => {
  switch (node.type) {
    case "MemberExpression":
      return key === "property" && !node.computed
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
    case "AccessorProperty":
      return key === "key" && !node.computed
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return key === "label"
    case "TSEnumMember":
      return key === "id"
    case "TSQualifiedName":
      return key === "right"
    default:
      return node.type === "MetaProperty" || node.type === "ExportSpecifier" || node.type === "JSXAttribute" &&
          key === "name"
  }
}

/**
 * The nodes directly below one, without labels and types.
 *
 * @since 0.1.0
 * @category accessors
 */
export const childrenOf = (node: Node): ReadonlyArray<Node> => {
  const children: Array<Node> = []
  // a loop: this is most of what reading a module takes
  for (const key in node) {
    // a key of the node itself, whose type says nothing of keys
    const value: unknown = node[key as keyof Node]
    if (typeof value !== "object" || value === null || isLabel(node, key)) continue
    if (!Array.isArray(value)) {
      if (isNode(value)) children.push(value)
    } else for (const item of value) if (isNode(item)) children.push(item)
  }
  return children
}

/**
 * The names that a pattern binds.
 *
 * @since 0.1.0
 * @category accessors
 */
export const boundBy = (pattern: Node | null): ReadonlyArray<string> => {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name]
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        boundBy(property.type === "RestElement" ? property.argument : property.value)
      )
    case "ArrayPattern":
      return pattern.elements.flatMap(boundBy)
    case "AssignmentPattern":
      return boundBy(pattern.left)
    case "RestElement":
      return boundBy(pattern.argument)
    case "TSParameterProperty":
      return boundBy(pattern.parameter)
    default:
      return []
  }
}

/**
 * The names that a declaration brings into its block; none for what is no declaration.
 *
 * @since 0.1.0
 * @category accessors
 */
export const declaredBy = (node: Node): ReadonlyArray<string> => {
  switch (node.type) {
    case "FunctionDeclaration":
    case "ClassDeclaration":
    case "TSEnumDeclaration":
      return node.id ? [node.id.name] : []
    case "TSModuleDeclaration":
      return node.id.type === "Identifier"
        ? [node.id.name]
        : node.id.type === "TSQualifiedName"
        ? [rootOf(node.id)]
        : []
    case "TSImportEqualsDeclaration":
      return [node.id.name]
    case "VariableDeclaration":
      return node.declarations.flatMap(({ id }) => boundBy(id))
    case "ExportNamedDeclaration":
      return node.declaration ? declaredBy(node.declaration) : []
    default:
      return []
  }
}

const rootOf = (name: Oxc.TSTypeName): string => {
  switch (name.type) {
    case "Identifier":
      return name.name
    case "TSQualifiedName":
      return rootOf(name.left)
    default:
      return "this"
  }
}

/**
 * Names that `var` declares somewhere inside; they belong to the function, or the module, around it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const varsIn = (node: Node): ReadonlyArray<string> =>
  isFunction(node) ? [] : [
    ...(node.type === "VariableDeclaration" && node.kind === "var" ? declaredBy(node) : []),
    ...childrenOf(node).flatMap(varsIn)
  ]

/**
 * @since 0.1.0
 * @category guards
 */
export const isFunction = (node: Node): boolean =>
  node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"

/** The names of a node that are bound for what is below it. */
const scopeOf = (node: Node): ReadonlyArray<string> => {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return [
        ...node.params.flatMap(boundBy),
        ...(node.body === null ? [] : varsIn(node.body)),
        ...(node.type === "FunctionExpression" && node.id ? [node.id.name] : [])
      ]
    case "ClassExpression":
      return node.id ? [node.id.name] : []
    case "BlockStatement":
    case "StaticBlock":
    case "TSModuleBlock":
      return node.body.flatMap(declaredBy)
    case "SwitchStatement":
      return node.cases.flatMap(({ consequent }) => consequent.flatMap(declaredBy))
    case "ForStatement":
      return node.init ? lexical(node.init) : []
    case "ForInStatement":
    case "ForOfStatement":
      return lexical(node.left)
    case "CatchClause":
      return boundBy(node.param)
    case "TSEnumBody":
      return node.members.flatMap(({ id }) => id.type === "Identifier" ? [id.name] : [])
    default:
      return []
  }
}

/** A `var` is not bound by its loop. */
const lexical = (node: Node): ReadonlyArray<string> =>
  node.type === "VariableDeclaration" && node.kind === "var" ? [] : declaredBy(node)

/** Methods that call what they are given before they return. */
const iterating = new Set(["every", "filter", "flatMap", "forEach", "map", "reduce", "some"])

/** Whether what is below does not run where the node runs, but when something is called or constructed. */
const isDeferred = (parent: Node, node: Node): boolean => {
  if (isFunction(node)) {
    return parent.type !== "CallExpression" || (parent.callee !== node && !iterating.has(labelOf(parent.callee) ?? ""))
  }
  return (parent.type === "PropertyDefinition" || parent.type === "AccessorProperty") && !parent.static &&
    parent.value === node
}

/**
 * The last name of what is called: `f` in `f()`, `a.f()` and `(0, a.f)()`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const labelOf = (callee: Node): string | undefined => {
  switch (callee.type) {
    case "Identifier":
      return callee.name
    case "MemberExpression":
      return callee.property.type === "Identifier" && !callee.computed ? callee.property.name : undefined
    case "SequenceExpression":
      return labelOf(callee.expressions.at(-1) ?? callee)
    default: {
      const inner = unwrap(callee)
      return inner === callee ? undefined : labelOf(inner)
    }
  }
}

/**
 * An expression without what TypeScript says about it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const unwrap = (node: Node): Node => {
  switch (node.type) {
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "TSTypeAssertion":
    case "TSInstantiationExpression":
    case "ChainExpression":
    case "ParenthesizedExpression":
      return unwrap(node.expression)
    default:
      return node
  }
}

/**
 * Visits a statement and everything in it.
 *
 * @since 0.1.0
 * @category traversing
 */
export const walk = (statement: Node, visit: Visit): void => {
  const go = (node: Node, isOwn: (name: string) => boolean, runs: boolean): void => {
    visit(node, isOwn, runs)
    const names = scopeOf(node)
    const within = names.length === 0 ? isOwn : (name: string) => names.includes(name) || isOwn(name)
    for (const child of childrenOf(node)) go(child, within, runs && !isDeferred(node, child))
  }
  go(statement, () => false, true)
}
