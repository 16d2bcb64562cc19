/**
 * Which other resources the code of a resource may call: those that have functions in modules that it is made of. In a
 * module that defines functions of several resources, what counts is which of its statements a function leads to.
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
  /** Paths that a module imports, from the project's folder. */
  readonly importsOf: (source: string) => ReadonlyArray<string>
}

/** Names of resources, in their order. */
export const of = ({ importsOf, modules, resource, resources, root, sources }: Options): ReadonlyArray<string> => {
  const imported = new Set([...sources].flatMap(importsOf))
  const reaches = (file: string, names: ReadonlyArray<string>): boolean => {
    if (!sources.has(file)) return false
    const own = resource.functions.flatMap((one) => one.file === file ? [one.export] : [])
    const module = modules.get(resolve(root, file))
    // another module may have taken any of its exports
    if (own.length === 0 || imported.has(file) || module === undefined) return true
    const reached = reachedFrom(module.statements, own)
    return module.statements.some((statement) =>
      reached.has(statement) && statement.exports.some(({ name }) => names.includes(name))
    )
  }
  return resources.flatMap(({ functions, name }) => {
    if (name === resource.name) return []
    const files = [...new Set(functions.map(({ file }) => file))]
    const isCalled = files.some((file) =>
      reaches(file, functions.flatMap((one) => one.file === file ? [one.export] : []))
    )
    return isCalled ? [name] : []
  })
}

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
      if (!reached.has(statement) && statement.kind !== "import" && isMeant) add(statement)
    }
    return reached.size
  })
  return reached
}
