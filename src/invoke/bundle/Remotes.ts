/**
 * Which statements of a module make remote functions, and which of its names are one or hold some.
 *
 * A function is told by the call that makes it: of `remote`, `implement` or `remoteClass`, wherever these come from; of a
 * function of the module that calls these; or of any function that is given `import.meta.url`.
 *
 * @since 0.1.0
 */
import type { Call } from "./Facts.ts"
import { grow } from "./grow.ts"
import type { Statement } from "./Statements.ts"

/**
 * What a statement makes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Remote {
  readonly statement: Statement
  /** Names of the functions, and perhaps other texts beside them. */
  readonly names: ReadonlySet<string>
  /** Whether the name of one is computed, or given by another module. */
  readonly isOpen: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Remotes {
  readonly all: ReadonlyArray<Remote>
  /** What a name of the module is or holds. */
  readonly of: (local: string) => ReadonlyArray<Remote>
  /** What a statement makes, or the values that it declares hold. */
  readonly heldBy: (statement: Statement) => ReadonlyArray<Remote>
  readonly isHeldBy: (statement: Statement) => boolean
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const find = (statements: ReadonlyArray<Statement>): Remotes => {
  const { helpers, isMaking } = makersOf(statements)
  const byLocal = new Map<string, ReadonlyArray<Remote>>()
  const of = (local: string) => byLocal.get(local) ?? []
  const all = statements.flatMap((statement): ReadonlyArray<Remote> => {
    const calls = statement.isFunction ? [] : statement.calls.filter((call) => call.runs && isMaking(call))
    if (calls.length === 0) return []
    const named = calls.map(({ callee = "", names, texts }) =>
      texts.length > 0 ? texts : [
        ...(helpers.get(callee) ?? []),
        // a contract gives its name to what completes it
        ...names.flatMap(of).flatMap(({ names }) => [...names])
      ]
    )
    const remote = { statement, names: new Set(named.flat()), isOpen: named.some(({ length }) => length === 0) }
    const locals = statement.kind === "running" ? [...statement.declares, ...statement.changes] : statement.declares
    for (const local of locals) byLocal.set(local, [...of(local), remote])
    return [remote]
  })
  // `const { f } = functions`, `const api = { f }`
  grow(() => {
    for (const { declares, holds } of statements) {
      for (const local of declares) byLocal.set(local, [...new Set([...of(local), ...holds.flatMap(of)])])
    }
    return [...byLocal.values()].flat().length
  })
  const own = new Map(all.map((remote) => [remote.statement, remote]))
  const heldBy = (statement: Statement) => {
    const made = own.get(statement)
    const held = [...statement.declares, ...statement.holds].flatMap(of)
    return [...new Set(made === undefined ? held : [made, ...held])]
  }
  return { all, of, heldBy, isHeldBy: (statement) => heldBy(statement).length > 0 }
}

/** What of effect-flash makes a remote function. */
const library = new Set(["remote", "implement", "remoteClass"])

/** Functions that take `import.meta.url` for other ends. */
const ofUrls = new Set(["", "fileURLToPath", "createRequire"])

const makersOf = (statements: ReadonlyArray<Statement>) => {
  const aliases = new Set(statements.flatMap(aliasesOf))
  /** Functions of the module that make some for their callers, with the names that they give. */
  const helpers = new Map<string, ReadonlyArray<string>>()
  const isMaking = ({ callee = "", label, passesModule }: Call) =>
    library.has(label) || aliases.has(callee) || helpers.has(callee) || (passesModule && !ofUrls.has(label))
  grow(() => {
    for (const { calls, declares, isFunction } of statements) {
      const inner = isFunction ? calls.filter(isMaking) : []
      if (inner.length > 0) { for (const name of declares) helpers.set(name, inner.flatMap(({ texts }) => texts)) }
    }
    return helpers.size
  })
  return { helpers, isMaking }
}

/** `import { remote as define }`. */
const aliasesOf = ({ node }: Statement): ReadonlyArray<string> => {
  if (node.type !== "ImportDeclaration") return []
  return node.specifiers.flatMap((specifier) =>
    specifier.type === "ImportSpecifier" && specifier.imported.type === "Identifier" &&
      library.has(specifier.imported.name)
      ? [specifier.local.name]
      : []
  )
}
