/**
 * What takes a look at all of a statement to know: which names of the module it mentions and changes, and what it calls.
 *
 * @since 0.1.0
 */
import type * as Oxc from "oxc-parser"
import * as Syntax from "./Syntax.ts"
import type { Node, TopLevel } from "./Syntax.ts"

/**
 * A call, as far as it may define a remote function.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  /** The name of what is called, where it is called by nothing but a name. */
  readonly callee: string | undefined
  /** The last name of what is called. */
  readonly label: string
  /** Whether it runs with its statement. */
  readonly runs: boolean
  /** Its arguments that are literal text. */
  readonly texts: ReadonlyArray<string>
  /** Its arguments that are names. */
  readonly names: ReadonlyArray<string>
  /** Whether `import.meta.url` is among its arguments, or in an object among them. */
  readonly passesModule: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Facts {
  /** Names of the module that it refers to. */
  readonly mentions: ReadonlySet<string>
  /** Names of the module whose value, or a part of it, it changes when it runs. */
  readonly changes: ReadonlySet<string>
  readonly calls: ReadonlyArray<Call>
  /** Last names of everything it refers to by a path: `runMain` in `NodeRuntime.runMain`. */
  readonly labels: ReadonlySet<string>
  readonly awaits: boolean
  /** Whether it has something that compilers are configured about: a tag, a decorator, a field of a class. */
  readonly isConfigured: boolean
}

/**
 * How a module is read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Whether `exports.f` is a name of the module. */
  readonly isCommonJs: boolean
  /** Names that a tag may stand for besides its own. */
  readonly jsxNames: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const of = (statement: TopLevel, options: Options): Facts => {
  const mentions = new Set<string>()
  const changes = new Set<string>()
  const labels = new Set<string>()
  const calls: Array<Call> = []
  let awaits = false
  let isConfigured = false
  if (statement.type === "ImportDeclaration") return { mentions, changes, calls, labels, awaits, isConfigured }
  Syntax.walk(statement, (node, isOwn, runs) => {
    switch (node.type) {
      case "Identifier":
      case "JSXIdentifier":
        if (!isOwn(node.name)) mentions.add(node.name)
        break
      case "JSXOpeningElement":
      case "JSXFragment":
        for (const name of options.jsxNames) mentions.add(name)
        isConfigured = true
        break
      case "Decorator":
      case "PropertyDefinition":
      case "TSParameterProperty":
        isConfigured = true
        break
      case "MemberExpression": {
        const label = Syntax.labelOf(node)
        if (label !== undefined) labels.add(label)
        const name = options.isCommonJs && !isOwn("exports") && !isOwn("module") ? exportsName(node) : undefined
        if (name !== undefined) mentions.add(name)
        break
      }
      case "AwaitExpression":
        awaits ||= runs
        break
      case "ForOfStatement":
        awaits ||= runs && node.await
        break
      case "CallExpression":
        calls.push(callOf(node, runs))
        break
      default:
    }
    if (runs) { for (const name of changedBy(node)) if (!isOwn(name)) changes.add(name) }
  })
  return { mentions, changes, calls, labels, awaits, isConfigured }
}

const callOf = (node: Oxc.CallExpression, runs: boolean): Call => ({
  callee: nameOf(node.callee.type === "SequenceExpression" ? node.callee.expressions.at(-1) : node.callee),
  label: Syntax.labelOf(node.callee) ?? "",
  runs,
  texts: node.arguments.flatMap((argument) => textOf(argument) ?? []),
  names: node.arguments.flatMap((argument) => nameOf(argument) ?? []),
  passesModule: node.arguments.some((argument) =>
    isModuleUrl(argument) ||
    (argument.type === "ObjectExpression" &&
      argument.properties.some((property) => property.type === "Property" && isModuleUrl(property.value)))
  )
})

const nameOf = (expression: Node | undefined): string | undefined => {
  const node = expression === undefined ? undefined : Syntax.unwrap(expression)
  return node?.type === "Identifier" ? node.name : node === undefined ? undefined : exportsName(node)
}

const textOf = (node: Node): string | undefined =>
  node.type === "Literal" && typeof node.value === "string"
    ? node.value
    : node.type === "TemplateLiteral" && node.expressions.length === 0
    ? node.quasis[0]?.value.cooked ?? undefined
    : undefined

const isModuleUrl = (node: Node): boolean =>
  node.type === "MemberExpression" && node.object.type === "MetaProperty" && Syntax.labelOf(node) === "url"

/** Methods by which a collection, a registry or an application is filled. */
const filling = new Set(["add", "append", "clear", "define", "delete", "push", "register", "set", "unshift", "use"])

const ofObject = new Set(["assign", "defineProperties", "defineProperty", "freeze", "seal", "set", "setPrototypeOf"])

const changedBy = (node: Node): ReadonlyArray<string> => {
  switch (node.type) {
    case "AssignmentExpression":
      return targetsOf(node.left)
    case "UpdateExpression":
      return targetsOf(node.argument)
    case "UnaryExpression":
      return node.operator === "delete" ? targetsOf(node.argument) : []
    case "ForInStatement":
    case "ForOfStatement":
      return node.left.type === "VariableDeclaration" ? [] : targetsOf(node.left)
    case "CallExpression": {
      const label = Syntax.labelOf(node.callee)
      if (label === undefined) return []
      // what a compiler writes for decorators and fields
      if (label.startsWith("__")) return node.arguments.flatMap(targetsOf)
      const callee = Syntax.unwrap(node.callee)
      if (callee.type !== "MemberExpression") return []
      const isOfObject = callee.object.type === "Identifier" && /^(Object|Reflect)$/.test(callee.object.name)
      if (isOfObject) return ofObject.has(label) ? node.arguments.slice(0, 1).flatMap(targetsOf) : []
      return filling.has(label) ? targetsOf(callee.object) : []
    }
    default:
      return []
  }
}

/** `a` of `a`, `a.b.c` and `a.set(…)`, and the names of a pattern. */
const targetsOf = (expression: Node): ReadonlyArray<string> => {
  const node = Syntax.unwrap(expression)
  switch (node.type) {
    case "Identifier":
      return [node.name]
    case "MemberExpression":
      return [exportsName(node) ?? [], targetsOf(node.object)].flat()
    case "ObjectPattern":
      return node.properties.flatMap((property) =>
        targetsOf(property.type === "RestElement" ? property.argument : property.value)
      )
    case "ArrayPattern":
      return node.elements.flatMap((element) => element === null ? [] : targetsOf(element))
    case "AssignmentPattern":
      return targetsOf(node.left)
    case "RestElement":
      return targetsOf(node.argument)
    case "CallExpression":
      return changedBy(node)
    default:
      return []
  }
}

/**
 * Whether a statement is an assignment, or a call that fills something.
 *
 * @since 0.1.0
 * @category guards
 */
export const isChange = (node: Node): boolean => {
  if (node.type !== "ExpressionStatement") return false
  const { expression } = node
  const inner = expression.type === "AwaitExpression" ? expression.argument : expression
  return changedBy(inner).length > 0
}

/**
 * Whether an expression is all of a CommonJS module's exports.
 *
 * @since 0.1.0
 * @category guards
 */
export const isExports = (node: Node): boolean =>
  node.type === "Identifier" ? node.name === "exports" : exportsName(node) === "module.exports"

/**
 * The name that a part of a CommonJS module's exports has here: `exports.f`, or `module.exports` for all of them.
 *
 * @since 0.1.0
 * @category accessors
 */
export const exportsName = (node: Node): string | undefined => {
  if (node.type !== "MemberExpression" || node.computed || node.property.type !== "Identifier") return undefined
  const { name } = node.property
  if (node.object.type === "Identifier") {
    return node.object.name === "exports"
      ? `exports.${name}`
      : node.object.name === "module" && name === "exports"
      ? "module.exports"
      : undefined
  }
  return exportsName(node.object) === "module.exports" ? `exports.${name}` : undefined
}
