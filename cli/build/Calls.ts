/**
 * Which other resources the code of a resource may call: those whose functions its own lead to. In the modules that
 * define these, it is told statement by statement; what they import counts whole.
 */
import { resolve } from "node:path"
import { grow } from "../../src/invoke/bundle/grow.ts"
import type { ModuleSource } from "../../src/invoke/bundle/ModuleSource.ts"
import type { Statement } from "../../src/invoke/bundle/Statements.ts"
import type { ProjectResource } from "./Project.ts"

export interface Options {
  /** Absolute path of the project's folder. */
  readonly root: string
  readonly resource: ProjectResource
  readonly resources: ReadonlyArray<ProjectResource>
  /** Paths of the modules that the resource's code is made of, from the project's folder. */
  readonly sources: ReadonlySet<string>
  /** Modules that define functions, by their absolute paths. */
  readonly modules: ReadonlyMap<string, ModuleSource>
  /** What a module imports: the text of the import, and the path that it leads to from the project's folder. */
  readonly importsOf: (source: string) => ReadonlyArray<Import>
}

export interface Import {
  readonly path: string
  readonly original?: string
  /** `import-statement` is one of the module's own statements. */
  readonly kind: string
}

/** Names of resources, in their order. */
export const of = (options: Options): ReadonlyArray<string> => {
  const { resource, resources, sources } = options
  const reached = reachedBy(options)
  return resources.flatMap(({ functions, name }) => {
    const isCalled = functions.some(({ export: exported, file }) => {
      const statements = reached.get(file)
      return statements === "all" ?
        sources.has(file) :
        statements?.some(({ exports }) => exports.some(({ name }) => name === exported))
    })
    return name !== resource.name && isCalled ? [name] : []
  })
}

/** The modules that a resource's functions lead to, each with its statements where it is not known that all count. */
const reachedBy = (
  { importsOf, modules, resource, root, sources }: Options
): ReadonlyMap<string, "all" | ReadonlyArray<Statement>> => {
  const imported = new Set([...sources].flatMap(importsOf).map(({ path }) => path))
  const reached = new Map<string, "all" | ReadonlyArray<Statement>>()
  const visit = (file: string, statements: "all" | ReadonlyArray<Statement>): void => {
    if (reached.has(file)) return
    reached.set(file, statements)
    for (const { original, path } of importsOf(file)) {
      if (statements === "all" || statements.some((statement) => specifierOf(statement) === original)) {
        visit(path, "all")
      }
    }
  }
  for (const file of new Set(resource.functions.map(({ file }) => file))) {
    const module = modules.get(resolve(root, file))
    const own = resource.functions.flatMap((one) => one.file === file ? [one.export] : [])
    // another module may have taken any of its exports
    visit(file, module === undefined || imported.has(file) ? "all" : [...reachedFrom(module.statements, own)])
  }
  return reached
}

const specifierOf = ({ node }: Statement): string | undefined =>
  "source" in node && node.source !== null && typeof node.source === "object" ? node.source.value : undefined

/** What exports mention, whatever that mentions, and what changes any of it. */
const reachedFrom = (statements: ReadonlyArray<Statement>, exports: ReadonlyArray<string>): ReadonlySet<Statement> => {
  const reached = new Set<Statement>()
  const wanted = new Set<string>()
  const add = (statement: Statement) => {
    reached.add(statement)
    for (const name of [...statement.mentions, ...statement.declares, ...statement.holds]) wanted.add(name)
    for (const { local } of statement.exports) if (local !== undefined) wanted.add(local)
  }
  for (const statement of statements) if (statement.exports.some(({ name }) => exports.includes(name))) add(statement)
  grow(() => {
    for (const statement of statements) {
      const isMeant = [...statement.declares, ...statement.changes].some((name) => wanted.has(name))
      if (!reached.has(statement) && (isMeant || isForEffect(statement))) add(statement)
    }
    return reached.size
  })
  return reached
}

const isForEffect = ({ declares, kind }: Statement): boolean => kind === "import" && declares.length === 0
