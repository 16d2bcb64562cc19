/**
 * Leaves a module's program out of it, so that loading the module on a worker defines its functions and does nothing
 * else.
 *
 * A module that defines remote functions often runs them too, below their definitions. What stays of it is what its
 * exports need:
 *
 * - imports for their effect, and the names that something kept refers to
 * - statements above the first exported definition that are no declarations: they prepare it
 * - exported declarations, save those below it that await something and that nothing kept refers to
 * - below it, other declarations that something kept refers to, and assignments to parts of these
 *
 * All else below the first exported definition is the program. What goes is blanked, so that lines and columns stay.
 *
 * @since 0.1.0
 */
import * as Acorn from "acorn"

/**
 * @since 0.1.0
 * @category models
 */
export interface Stripped {
  readonly code: string
  /** The first `import(…)` of something that is not literal text, by line. */
  readonly opaqueImport: number | undefined
  readonly exportsNothing: boolean
}

/**
 * Takes JavaScript; throws a `SyntaxError` where it is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const strip = (code: string): Stripped => {
  const program = Acorn.parse(code, { ecmaVersion: "latest", sourceType: "module", locations: true })
  const statements = program.body.flatMap(inspect)
  const exported = new Set(statements.flatMap(({ exports }) => exports))
  const isExported = ({ declares, isExport }: Statement) => isExport || declares.some((name) => exported.has(name))
  // an import that is exported again counts only where nothing is defined
  const definition = statements.findIndex((statement) => statement.kind !== "import" && isExported(statement))
  const first = definition === -1 ? statements.findIndex(isExported) : definition
  const kept = keep(statements, exported, first === -1 ? statements.length : first)
  const imports = [...kept].flatMap(({ node }) => importsOf(node))
  return {
    code: blank(code, statements.filter((statement) => !kept.has(statement))),
    opaqueImport: imports.find(({ source }) => source.type !== "Literal")?.loc?.start.line,
    exportsNothing: exported.size === 0 && !statements.some(({ isExport }) => isExport)
  }
}

/** A statement of the module's top level, or one name of an export list. */
interface Statement {
  readonly node: Acorn.Statement | Acorn.ModuleDeclaration | Acorn.ExportSpecifier
  readonly start: number
  readonly end: number
  /** Names it brings into the module. */
  readonly declares: ReadonlyArray<string>
  /** Names it mentions; too many rather than too few. */
  readonly mentions: ReadonlySet<string>
  /** Local names it exports. */
  readonly exports: ReadonlyArray<string>
  readonly isExport: boolean
  readonly kind: "import" | "export" | "declaration" | "attachment" | "program"
  /** An assignment to a part of a name, and an export of it, stay where that name stays. */
  readonly target: string | undefined
  readonly awaits: boolean
}

const inspect = (node: Acorn.Statement | Acorn.ModuleDeclaration): ReadonlyArray<Statement> => {
  const base = {
    node,
    start: node.start,
    end: node.end,
    mentions: mentionsOf(node),
    awaits: awaitsOf(node),
    target: undefined,
    declares: [],
    exports: [],
    isExport: false
  }
  switch (node.type) {
    case "ImportDeclaration":
      return [{ ...base, kind: "import", declares: node.specifiers.map(({ local }) => local.name) }]
    case "ExportNamedDeclaration": {
      if (node.declaration) {
        const declares = declaredBy(node.declaration)
        return [{ ...base, kind: "export", declares, exports: declares, isExport: true }]
      }
      return node.source
        ? [{ ...base, kind: "export", exports: ["*"] }]
        : node.specifiers.flatMap((specifier, index) => inspectSpecifier(specifier, node.specifiers[index + 1]))
    }
    case "ExportDefaultDeclaration":
      if (node.declaration.type === "Identifier") {
        const { name } = node.declaration
        return [{ ...base, kind: "attachment", target: name, exports: [name] }]
      }
      return [{ ...base, kind: "export", declares: declaredBy(node.declaration), exports: ["default"], isExport: true }]
    case "ExportAllDeclaration":
      return [{ ...base, kind: "export", exports: ["*"] }]
    case "FunctionDeclaration":
    case "ClassDeclaration":
    case "VariableDeclaration":
      return [{ ...base, kind: "declaration", declares: declaredBy(node) }]
    default: {
      const target = assignedBy(node)
      return [{ ...base, kind: target === undefined ? "program" : "attachment", target }]
    }
  }
}

/** With the comma behind it, so that a list stays a list without it. */
const inspectSpecifier = (
  node: Acorn.ExportSpecifier,
  next: Acorn.ExportSpecifier | undefined
): ReadonlyArray<Statement> =>
  node.local.type !== "Identifier" ? [] : [{
    node,
    start: node.start,
    end: next?.start ?? node.end,
    mentions: new Set(),
    awaits: false,
    target: node.local.name,
    declares: [],
    exports: [node.local.name],
    isExport: false,
    kind: "attachment"
  }]

/** Starts with what is kept for its own sake and adds what that mentions, until nothing is added. */
const keep = (
  statements: ReadonlyArray<Statement>,
  exported: ReadonlySet<string>,
  first: number
): ReadonlySet<Statement> => {
  const kept = new Set<Statement>()
  const mentioned = new Set<string>()
  const add = (statement: Statement) => {
    kept.add(statement)
    for (const name of statement.mentions) mentioned.add(name)
  }
  const isDefined = (name: string | undefined) =>
    statements.some(({ declares, kind }) => kind !== "import" && declares.includes(name ?? ""))
  const isRoot = ({ awaits, declares, kind, target }: Statement, index: number) => {
    switch (kind) {
      case "import":
        return declares.length === 0 || declares.some((name) => exported.has(name))
      case "export":
        return index <= first || !awaits
      case "declaration":
        return declares.some((name) => exported.has(name)) && (index <= first || !awaits)
      case "program":
        return index < first
      case "attachment":
        // `process.env.X = …` prepares too
        return index < first && !isDefined(target)
    }
  }
  statements.forEach((statement, index) => isRoot(statement, index) ? add(statement) : undefined)
  const isNeeded = ({ declares, kind, target }: Statement) =>
    kind === "attachment"
      ? statements.some((other) => kept.has(other) && other.declares.includes(target ?? ""))
      : declares.some((name) => mentioned.has(name))
  for (let before = -1; before < kept.size;) {
    before = kept.size
    for (const statement of statements) if (!kept.has(statement) && isNeeded(statement)) add(statement)
  }
  return kept
}

const blank = (code: string, statements: ReadonlyArray<Statement>): string => {
  let out = ""
  let end = 0
  for (const { end: next, node, start } of statements) {
    const blanks = code.slice(start, next).replace(/[^\n]/g, " ")
    // a semicolon: what stays above may have ended at the one that goes
    out += code.slice(end, start) + (node.type === "ExportSpecifier" ? blanks : `;${blanks.slice(1)}`)
    end = next
  }
  return out + code.slice(end)
}

const declaredBy = (node: Acorn.AnyNode): ReadonlyArray<string> => {
  switch (node.type) {
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return node.id ? [node.id.name] : []
    case "VariableDeclaration":
      return node.declarations.flatMap(({ id }) => bound(id))
    default:
      return []
  }
}

const bound = (pattern: Acorn.Pattern): ReadonlyArray<string> => {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name]
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        bound(property.type === "RestElement" ? property.argument : property.value)
      )
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => element === null ? [] : bound(element))
    case "AssignmentPattern":
      return bound(pattern.left)
    case "RestElement":
      return bound(pattern.argument)
    default:
      return []
  }
}

/** `a.b.c = …`: the name `a`. An assignment to a whole variable counts too. */
const assignedBy = (node: Acorn.Statement | Acorn.ModuleDeclaration): string | undefined => {
  if (node.type !== "ExpressionStatement" || node.expression.type !== "AssignmentExpression") return undefined
  let target: Acorn.AnyNode = node.expression.left
  while (target.type === "MemberExpression") target = target.object
  return target.type === "Identifier" ? target.name : undefined
}

const isNode = (u: unknown): u is Acorn.AnyNode =>
  typeof u === "object" && u !== null && "type" in u && typeof u.type === "string"

/** The nodes directly below one; names that only label something (`x` in `a.x` or `{ x: 1 }`) are not among them. */
const children = (node: Acorn.AnyNode): ReadonlyArray<Acorn.AnyNode> =>
  Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    const isLabel = (key === "property" || key === "key") && "computed" in node && node.computed === false &&
      !("shorthand" in node && node.shorthand === true)
    return isLabel ? [] : Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []
  })

const mentionsOf = (node: Acorn.AnyNode, names = new Set<string>()): ReadonlySet<string> => {
  if (node.type === "Identifier") names.add(node.name)
  for (const child of children(node)) mentionsOf(child, names)
  return names
}

const isFunction = (node: Acorn.AnyNode): boolean =>
  node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"

const awaitsOf = (node: Acorn.AnyNode): boolean =>
  node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await) ||
  (!isFunction(node) && children(node).some(awaitsOf))

const importsOf = (node: Acorn.AnyNode): ReadonlyArray<Acorn.ImportExpression> => [
  ...(node.type === "ImportExpression" ? [node] : []),
  ...children(node).flatMap(importsOf)
]
