/**
 * Leaves a module's program out of it, so that loading the module on a worker defines its functions and does nothing
 * else.
 *
 * What stays:
 *
 * - exports that are remote functions, or hold some: the definitions
 * - declarations that something kept refers to, and what changes their values: `x = …`, `x.y = …`, `x.set(…)`
 * - imports for their effect, and imports whose names something kept refers to
 * - above the last definition, what runs without touching a remote function: it prepares them
 *
 * All else is the program. What goes is blanked, so that lines and columns stay. The guide is docs/live-code.md.
 *
 * @since 0.1.0
 */
import type { Call } from "./Facts.ts"
import type { ModuleSource } from "./ModuleSource.ts"
import type { Statement } from "./Statements.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Stripped {
  readonly code: string
  /** Names of the remote functions that the exports hold, as far as the text tells. */
  readonly functions: ReadonlySet<string>
  /** Whether there may be others: the name of one is computed, or a helper elsewhere gives it. */
  readonly isOpen: boolean
  /** Names of remote functions that are defined and not exported. */
  readonly hidden: ReadonlySet<string>
}

/**
 * What a module is wanted for, besides the names that other modules import from it.
 *
 * - `known`: exports that are, or hold, what the text shows to be a remote function
 * - `possible`: every export that may be one
 * - `none`: it is only imported
 *
 * @since 0.1.0
 * @category models
 */
export type Definitions = "known" | "possible" | "none"

/**
 * @since 0.1.0
 * @category constructors
 */
export const strip = (
  source: ModuleSource,
  options: {
    readonly definitions: Definitions /** Names that other modules import from it. */
    readonly demanded: ReadonlySet<string>
  }
): Stripped => {
  const { statements } = source
  const remotes = remotesOf(statements)
  const isDemanded = ({ exports }: Statement) => exports.some(({ name }) => options.demanded.has(name))
  const exporting = statements.filter(({ exports }) => exports.length > 0)
  const possible = options.definitions === "possible"
    ? exporting.filter((statement) => mayBeRemote(statement, statements))
    : []
  const roots = exporting.filter((statement) =>
    isDemanded(statement) || possible.includes(statement) ||
    (options.definitions !== "none" && remotes.isHeldBy(statement))
  )
  // functions of other modules are not known here by their names, but what runs them is
  const running = options.definitions === "none" ? runsAnything : runsProgram
  const kept = keep(source, roots, remotes, running)
  const held = roots.flatMap((statement) => remotes.heldBy(statement))
  const functions = new Set(held.flatMap(({ names }) => [...names]))
  return {
    // what is left may be too little to tell that it is an ES module
    code: blank(source.text, statements.filter((statement) => !kept.has(statement))) +
      (source.isCommonJs ? "" : "\nexport {}"),
    functions,
    isOpen: held.some(({ isOpen }) => isOpen) || possible.some((statement) => !remotes.isHeldBy(statement)),
    hidden: new Set(remotes.all.flatMap(({ names }) => [...names]).filter((name) => !functions.has(name)))
  }
}

const runsProgram = /^(Flash|runMain)$/

const runsAnything = /^(Flash|runMain|run(Promise|Sync|Fork|Callback)(Exit)?)$/

// ---------------------------------------------------------------------------------------------------------------------
// which of it are remote functions
// ---------------------------------------------------------------------------------------------------------------------

/** What of effect-flash makes a remote function. */
const definers = ["remote", "implement", "remoteClass"]

/** Functions that take `import.meta.url` for other ends. */
const ofUrls = new Set(["fileURLToPath", "createRequire"])

interface Remote {
  readonly statement: Statement
  readonly names: ReadonlySet<string>
  readonly isOpen: boolean
}

interface Remotes {
  readonly all: ReadonlyArray<Remote>
  readonly heldBy: (statement: Statement) => ReadonlyArray<Remote>
  readonly isHeldBy: (statement: Statement) => boolean
  /** Whether a name of the module is a remote function or holds one. */
  readonly has: (local: string) => boolean
}

const remotesOf = (statements: ReadonlyArray<Statement>): Remotes => {
  const named = new Set(definers)
  const makers = new Set(statements.flatMap(aliasesOf))
  const isDefining = (call: Call) =>
    named.has(call.label) || makers.has(call.callee ?? "") ||
    (call.passesModule && call.label !== "" && !ofUrls.has(call.label))
  // a function of the module that defines one for its caller is a maker, too
  const helpers = new Map<string, ReadonlySet<string>>()
  grow(() => {
    for (const { calls, declares, isFunction } of statements) {
      const inner = isFunction ? calls.filter(isDefining) : []
      if (inner.length === 0) continue
      for (const name of declares) {
        makers.add(name)
        helpers.set(name, new Set(inner.flatMap(({ texts }) => texts)))
      }
    }
    return makers.size
  })
  const byLocal = new Map<string, Array<Remote>>()
  const of = (local: string) => byLocal.get(local) ?? []
  const all = statements.flatMap((statement): ReadonlyArray<Remote> => {
    const calls = statement.isFunction ? [] : statement.calls.filter((call) => call.runs && isDefining(call))
    if (calls.length === 0) return []
    const names = calls.map(({ callee = "", names, texts }) =>
      texts.length > 0 ? texts : [
        ...(helpers.get(callee) ?? []),
        // a contract gives its name to what completes it
        ...names.flatMap((name) => of(name).flatMap(({ names }) => [...names]))
      ]
    )
    const remote = { statement, names: new Set(names.flat()), isOpen: names.some(({ length }) => length === 0) }
    const locals = statement.kind === "running" ? [...statement.declares, ...statement.changes] : statement.declares
    for (const local of locals) byLocal.set(local, [...of(local), remote])
    return [remote]
  })
  const heldBy = ({ declares, holds }: Statement) => [...declares, ...holds].flatMap(of)
  // `const { f } = functions`, `const api = { f }`
  grow(() => {
    let size = 0
    for (const { declares, holds } of statements) {
      const held = holds.flatMap(of)
      for (const local of declares) {
        const known = of(local)
        byLocal.set(local, [...known, ...held.filter((remote) => !known.includes(remote))])
        size += of(local).length
      }
    }
    return size
  })
  return {
    all,
    heldBy: (
      statement
    ) => [...new Set([...heldBy(statement), ...all.filter((remote) => remote.statement === statement)])],
    isHeldBy: (statement) => heldBy(statement).length > 0 || all.some((remote) => remote.statement === statement),
    has: (local) => of(local).length > 0
  }
}

/** `import { remote as define }`. */
const aliasesOf = ({ node }: Statement): ReadonlyArray<string> =>
  node.type !== "ImportDeclaration" ?
    [] :
    node.specifiers.flatMap((specifier) =>
      specifier.type === "ImportSpecifier" && specifier.imported.type === "Identifier" &&
        definers.includes(specifier.imported.name)
        ? [specifier.local.name]
        : []
    )

/** Runs until the size that it returns grows no more. */
const grow = (step: () => number): void => {
  for (let before = -1, size = step(); size > before;) [before, size] = [size, step()]
}

/** An export that is no function, class or text, and does not run anything to the end. */
const mayBeRemote = (statement: Statement, statements: ReadonlyArray<Statement>): boolean => {
  const { awaits, holds, isPlain, kind, labels } = statement
  switch (kind) {
    case "reexport":
      return true
    case "export":
      return statements.some((other) =>
        other.kind !== "export" && holds.some((name) => other.declares.includes(name)) &&
        (other.kind === "import" || mayBeRemote(other, statements))
      )
    default:
      return !isPlain && !awaits && ![...labels].some((label) => /^run[A-Z]/.test(label))
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// what stays
// ---------------------------------------------------------------------------------------------------------------------

/** Starts with what is kept for its own sake and adds what that needs, until nothing is added. */
const keep = (
  { isCommonJs, statements }: ModuleSource,
  roots: ReadonlyArray<Statement>,
  remotes: Remotes,
  running: RegExp
): ReadonlySet<Statement> => {
  const isProgram = programOf(statements, remotes, running)
  const last = lastDefinition(statements, roots, remotes)
  const kept = new Set<Statement>()
  const mentioned = new Set<string>()
  const declared = new Set<string>()
  const add = (statement: Statement) => {
    kept.add(statement)
    for (const name of statement.mentions) mentioned.add(name)
    if (statement.kind !== "import") { for (const name of statement.declares) declared.add(name) }
  }
  const isRoot = (statement: Statement, index: number) => {
    switch (statement.kind) {
      case "type":
        return true
      case "import":
        return statement.node.type === "ImportDeclaration" && statement.node.specifiers.length === 0
      case "running":
        return isDirective(statement) || (index < last && !isProgram(statement))
      default:
        return roots.includes(statement) || (isCommonJs && statement.exports.some(({ name }) => name === "__esModule"))
    }
  }
  const isNeeded = (statement: Statement) =>
    statement.declares.some((name) => mentioned.has(name)) ||
    (statement.kind === "running" && [...statement.changes].some((name) => declared.has(name)) &&
      (statement.isChange || !isProgram(statement)))
  statements.forEach((statement, index) => isRoot(statement, index) ? add(statement) : undefined)
  grow(() => {
    for (const statement of statements) if (!kept.has(statement) && isNeeded(statement)) add(statement)
    return kept.size
  })
  return kept
}

/** `"use strict"`. */
const isDirective = ({ node }: Statement): boolean => node.type === "ExpressionStatement" && node.directive != null

/** The place of the last statement that makes what a root is or holds. */
const lastDefinition = (
  statements: ReadonlyArray<Statement>,
  roots: ReadonlyArray<Statement>,
  remotes: Remotes
): number => {
  const making = new Set(roots.flatMap((root) => remotes.heldBy(root).map(({ statement }) => statement)))
  const places = statements.flatMap((statement, index) => making.has(statement) ? [index] : [])
  return places.at(-1) ??
    statements.findLastIndex((statement) => roots.includes(statement) && statement.kind === "declaration")
}

/** Statements that touch a remote function or run one, by themselves or by what they mention. */
const programOf = (
  statements: ReadonlyArray<Statement>,
  remotes: Remotes,
  running: RegExp
): (statement: Statement) => boolean => {
  const program = new Set<Statement>()
  const names = new Set<string>()
  const touches = (statement: Statement) => {
    const isMaker = remotes.all.some((remote) => remote.statement === statement)
    return [...statement.labels].some((label) => running.test(label)) ||
      [...statement.mentions].some((name) =>
        running.test(name) || names.has(name) ||
        // what makes a function mentions the name that it gives it
        (remotes.has(name) && !(isMaker && statement.changes.has(name)))
      )
  }
  grow(() => {
    for (const statement of statements) {
      if (statement.kind === "import" || program.has(statement) || !touches(statement)) continue
      program.add(statement)
      for (const name of statement.declares) names.add(name)
    }
    return program.size
  })
  return (statement) => program.has(statement)
}

// ---------------------------------------------------------------------------------------------------------------------
// text
// ---------------------------------------------------------------------------------------------------------------------

const blank = (text: string, statements: ReadonlyArray<Statement>): string => {
  let out = ""
  let end = 0
  for (const { end: next, node, start } of statements) {
    const blanks = text.slice(start, next).replace(/[^\n]/g, " ")
    // a semicolon: what stays above may have ended at the one that goes
    out += text.slice(end, start) + (node.type === "ExportSpecifier" ? blanks : `;${blanks.slice(1)}`)
    end = next
  }
  return out + text.slice(end)
}
