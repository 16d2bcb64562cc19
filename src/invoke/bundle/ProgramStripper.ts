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
import { grow } from "./grow.ts"
import type { ModuleSource } from "./ModuleSource.ts"
import * as Remotes from "./Remotes.ts"
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
 * @category models
 */
export interface Options {
  readonly definitions: Definitions
  /** Names that other modules import from it. */
  readonly demanded: ReadonlySet<string>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const strip = (source: ModuleSource, { definitions, demanded }: Options): Stripped => {
  const { statements } = source
  const remotes = Remotes.find(statements)
  const exporting = statements.filter(({ exports }) => exports.length > 0)
  const possible = exporting.filter((statement) => !remotes.isHeldBy(statement) && mayBeRemote(statement, statements))
  const roots = exporting.filter((statement) =>
    statement.exports.some(({ name }) => demanded.has(name)) ||
    (definitions !== "none" && remotes.isHeldBy(statement)) ||
    (definitions === "possible" && possible.includes(statement))
  )
  // functions of other modules are not known here by their names, but what runs them is
  const kept = keep(source, roots, remotes, definitions === "none" ? runsAnything : runsProgram)
  const held = roots.flatMap(remotes.heldBy)
  const functions = new Set(held.flatMap(({ names }) => [...names]))
  return {
    // what is left may be too little to tell that it is an ES module
    code: blank(source.text, statements.filter((statement) => !kept.has(statement))) +
      (source.isCommonJs ? "" : "\nexport {}"),
    functions,
    isOpen: held.some(({ isOpen }) => isOpen) || (definitions === "possible" && possible.length > 0),
    hidden: new Set(
      remotes.all
        // what is given to a call may be what that returns
        .filter((remote) => !possible.some(({ passes }) => passes.some((name) => remotes.of(name).includes(remote))))
        .flatMap(({ names }) => [...names].filter((name) => !functions.has(name)))
    )
  }
}

const runsProgram = /^(Flash|runMain)$/

const runsAnything = /^(Flash|runMain|run(Promise|Sync|Fork|Callback)(Exit)?)$/

/** An export that is no function, class or text, and does not run anything to the end. */
const mayBeRemote = (statement: Statement, statements: ReadonlyArray<Statement>): boolean => {
  const { awaits, holds, isPlain, kind, labels, mentions } = statement
  switch (kind) {
    case "reexport":
      return true
    case "export":
      return statements.some((other) =>
        other.kind !== "export" && holds.some((name) => other.declares.includes(name)) &&
        (other.kind === "import" || mayBeRemote(other, statements))
      )
    default:
      return !isPlain && !awaits && ![...labels, ...mentions].some((name) => /^run[A-Z]/.test(name))
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// what stays
// ---------------------------------------------------------------------------------------------------------------------

/** Starts with what is kept for its own sake and adds what that needs, until nothing is added. */
const keep = (
  { isCommonJs, statements }: ModuleSource,
  roots: ReadonlyArray<Statement>,
  remotes: Remotes.Remotes,
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
    if (statement.kind === "import") return
    for (const name of statement.declares) declared.add(name)
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
  remotes: Remotes.Remotes
): number => {
  const making = new Set(roots.flatMap((root) => remotes.heldBy(root)).map(({ statement }) => statement))
  const places = statements.flatMap((statement, index) => making.has(statement) ? [index] : [])
  return places.at(-1) ??
    statements.findLastIndex((statement) => roots.includes(statement) && statement.kind === "declaration")
}

/** Statements that touch a remote function or run one, by themselves or by what they mention. */
const programOf = (
  statements: ReadonlyArray<Statement>,
  remotes: Remotes.Remotes,
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
        (remotes.of(name).length > 0 && !(isMaker && statement.changes.has(name)))
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
