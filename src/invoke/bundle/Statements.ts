/**
 * What the statements of a module's top level say of themselves: which names they declare, mention, change and export,
 * and what they call.
 *
 * A CommonJS module is read in the same terms: `exports.f` is a name that `exports.f = …` declares and exports.
 *
 * @since 0.1.0
 */
import type * as Oxc from "oxc-parser"
import * as Facts from "./Facts.ts"
import * as Syntax from "./Syntax.ts"
import type { Node, TopLevel } from "./Syntax.ts"

/**
 * A statement of the module's top level, or one name of an export list.
 *
 * @since 0.1.0
 * @category models
 */
export interface Statement extends Facts.Facts {
  readonly kind: "type" | "import" | "declaration" | "export" | "reexport" | "running"
  readonly node: TopLevel | Oxc.ExportSpecifier
  readonly start: number
  readonly end: number
  /** Names it brings into the module. */
  readonly declares: ReadonlyArray<string>
  /** Exported names, each with the name it has in the module where it has one. */
  readonly exports: ReadonlyArray<{ readonly name: string; readonly local: string | undefined }>
  /** Whether it does nothing but change something. */
  readonly isChange: boolean
  /** Names whose values the declared ones are, or hold as parts. */
  readonly holds: ReadonlyArray<string>
  /** Names that are given to the calls whose results the declared values are. */
  readonly passes: ReadonlyArray<string>
  /** Whether it declares functions, which run when they are called. */
  readonly isFunction: boolean
  /** Whether it declares what cannot be a remote function: a function, a class, a text, a number. */
  readonly isPlain: boolean
}

/**
 * The statements of a program, in their order.
 *
 * @since 0.1.0
 * @category constructors
 */
export const inspect = (
  body: ReadonlyArray<TopLevel>,
  options: Facts.Options
): ReadonlyArray<Statement> =>
  body.flatMap((node): ReadonlyArray<Statement> => {
    if (isTypeOnly(node)) return [{ ...empty(node), kind: "type" }]
    if (node.type === "ExportNamedDeclaration" && node.declaration === null) return listed(node)
    const facts = Facts.of(node, options)
    const outline = (options.isCommonJs ? commonJsExports(node) : undefined) ?? outlineOf(node)
    const mentions = new Set([...facts.mentions].filter((name) => !outline.declares.includes(name)))
    return [{ ...empty(node), ...facts, ...outline, mentions }]
  })

const nothing: ReadonlySet<string> = new Set()

const empty = (node: TopLevel | Oxc.ExportSpecifier) => ({
  node,
  start: startOf(node),
  end: node.end,
  declares: [],
  exports: [],
  mentions: nothing,
  changes: nothing,
  isChange: false,
  holds: [],
  passes: [],
  isFunction: false,
  isPlain: false,
  calls: [],
  labels: nothing,
  awaits: false,
  isConfigured: false
})

/** Decorators may stand before `export`. */
const startOf = (node: TopLevel | Oxc.ExportSpecifier): number => {
  const declaration = node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration"
    ? node.declaration
    : undefined
  return declaration?.type === "ClassDeclaration"
    ? Math.min(node.start, ...declaration.decorators.map(({ start }) => start))
    : node.start
}

const isTypeOnly = (node: TopLevel): boolean => {
  switch (node.type) {
    case "TSTypeAliasDeclaration":
    case "TSInterfaceDeclaration":
    case "TSDeclareFunction":
    case "TSNamespaceExportDeclaration":
      return true
    case "ImportDeclaration":
      return node.importKind === "type"
    case "TSImportEqualsDeclaration":
      return node.importKind === "type"
    case "ExportAllDeclaration":
      return node.exportKind === "type"
    case "ExportDefaultDeclaration":
      return node.declaration.type === "TSInterfaceDeclaration"
    case "ExportNamedDeclaration":
      return node.exportKind === "type" || (node.declaration !== null && isTypeOnly(node.declaration))
    case "ClassDeclaration":
    case "VariableDeclaration":
    case "TSEnumDeclaration":
      return node.declare === true
    case "TSModuleDeclaration":
      // `declare global` and `declare module "x"` are types, too
      return node.declare || node.body === null || node.kind !== "namespace"
    default:
      return false
  }
}

/** A name of a list with the comma behind it, so that a list stays a list without it. */
const listed = (node: Oxc.ExportNamedDeclaration): ReadonlyArray<Statement> =>
  node.specifiers.map((specifier, index): Statement => {
    const local = specifier.local.type === "Identifier" && node.source === null ? specifier.local.name : undefined
    return {
      ...empty(specifier),
      end: node.specifiers[index + 1]?.start ?? specifier.end,
      kind: specifier.exportKind === "type" ? "type" : node.source === null ? "export" : "reexport",
      exports: specifier.exportKind === "type" ? [] : [{ name: nameOf(specifier.exported), local }],
      mentions: local === undefined ? nothing : new Set([local]),
      holds: local === undefined ? [] : [local]
    }
  })

const nameOf = (node: Oxc.ModuleExportName): string => node.type === "Literal" ? node.value : node.name

type Outline = Pick<Statement, "kind" | "declares"> & Partial<Statement>

const outlineOf = (node: TopLevel): Outline => {
  switch (node.type) {
    case "ImportDeclaration":
      return {
        kind: "import",
        declares: node.specifiers.flatMap((specifier) =>
          specifier.type === "ImportSpecifier" && specifier.importKind === "type" ? [] : [specifier.local.name]
        )
      }
    case "ExportAllDeclaration":
      return {
        kind: "reexport",
        declares: [],
        exports: [{ name: node.exported === null ? "*" : nameOf(node.exported), local: undefined }]
      }
    case "ExportDefaultDeclaration": {
      const declares = Syntax.declaredBy(node.declaration)
      return {
        ...valueOf([node.declaration]),
        // a class without a name is declared too
        kind: "declaration",
        declares,
        exports: [{ name: "default", local: declares[0] }]
      }
    }
    case "TSExportAssignment":
      return {
        ...valueOf([node.expression]),
        kind: "declaration",
        declares: [],
        exports: [{ name: "default", local: undefined }]
      }
    case "ExportNamedDeclaration": {
      const outline = node.declaration === null ? undefined : outlineOf(node.declaration)
      const declares = outline?.declares ?? []
      return {
        ...outline,
        kind: "declaration",
        declares,
        exports: declares.map((name) => ({ name, local: name }))
      }
    }
    case "VariableDeclaration":
      return {
        ...valueOf(node.declarations.map(({ init }) => init)),
        kind: "declaration",
        declares: Syntax.declaredBy(node)
      }
    case "FunctionDeclaration":
    case "ClassDeclaration":
    case "TSEnumDeclaration":
    case "TSModuleDeclaration":
    case "TSImportEqualsDeclaration":
      return { ...valueOf([node]), kind: "declaration", declares: Syntax.declaredBy(node) }
    default:
      // a block may declare with `var`
      return { kind: "running", declares: Syntax.varsIn(node), isChange: Facts.isChange(node) }
  }
}

/** `exports.f = …`, `module.exports = …` and what compilers write for exports. */
const commonJsExports = (node: TopLevel): Outline | undefined => {
  if (node.type !== "ExpressionStatement") return undefined
  const { expression } = node
  if (expression.type === "AssignmentExpression") {
    const names: Array<string> = []
    let value: Node = expression
    for (; value.type === "AssignmentExpression"; value = value.right) {
      const name = Facts.exportsName(value.left)
      if (name === undefined) return undefined
      names.push(name)
    }
    const exports = names.map((local) => ({
      name: local.replace(/^exports\./, "").replace(/^module\.exports$/, "default"),
      local
    }))
    return { ...valueOf([value]), kind: "declaration", declares: names, exports }
  }
  const isReexport = expression.type === "CallExpression" && expression.arguments.some(Facts.isExports)
  if (!isReexport) return undefined
  const [, name] = expression.arguments
  return {
    kind: "reexport",
    declares: [],
    exports: [{ name: name?.type === "Literal" && typeof name.value === "string" ? name.value : "*", local: undefined }]
  }
}

/** What a declaration says of its values. */
const valueOf = (values: ReadonlyArray<Node | null>) => {
  const known = values.flatMap((value) => value === null ? [] : [Syntax.unwrap(value)])
  return {
    holds: known.flatMap(heldBy),
    passes: known.flatMap(passedBy),
    isFunction: known.length > 0 && known.every(Syntax.isFunction),
    isPlain: known.every((value) =>
      Syntax.isFunction(value) || value.type === "ClassDeclaration" || value.type === "ClassExpression" ||
      value.type === "Literal" || value.type === "TemplateLiteral" || value.type === "TSEnumDeclaration"
    )
  }
}

/** The names that a call is given, or is made on: its result may be one of their values. */
const passedBy = (expression: Node): ReadonlyArray<string> => {
  const node = Syntax.unwrap(expression)
  if (node.type === "AwaitExpression") return passedBy(node.argument)
  if (node.type !== "CallExpression") return []
  const { callee } = node
  return [...node.arguments, ...(callee.type === "MemberExpression" ? [callee.object] : [])].flatMap((part) =>
    part.type === "SpreadElement" ? [] : [...heldBy(part), ...passedBy(part)]
  )
}

/** The names whose values an expression may be, or may hold as parts. */
const heldBy = (expression: Node): ReadonlyArray<string> => {
  const node = Syntax.unwrap(expression)
  switch (node.type) {
    case "Identifier":
      return [node.name]
    case "MemberExpression": {
      const name = Facts.exportsName(node)
      return name === undefined ? heldBy(node.object) : [name]
    }
    case "ObjectExpression":
      return node.properties.flatMap((property) =>
        heldBy(property.type === "SpreadElement" ? property.argument : property.value)
      )
    case "ArrayExpression":
      return node.elements.flatMap((element) => element === null ? [] : heldBy(element))
    case "ConditionalExpression":
      return [...heldBy(node.consequent), ...heldBy(node.alternate)]
    case "LogicalExpression":
      return [...heldBy(node.left), ...heldBy(node.right)]
    case "AwaitExpression":
      return heldBy(node.argument)
    case "CallExpression":
      return node.callee.type === "MemberExpression" && node.callee.object.type === "Identifier" &&
          node.callee.object.name === "Object"
        ? node.arguments.flatMap((argument) => argument.type === "SpreadElement" ? [] : heldBy(argument))
        : []
    case "ClassDeclaration":
    case "ClassExpression":
      return node.body.body.flatMap((member) =>
        member.type === "PropertyDefinition" && member.static && member.value !== null ? heldBy(member.value) : []
      )
    default:
      return []
  }
}
