/** What a build has to make of the values that were found in a project, and what of them does not go together. */
import * as Equivalence from "effect/Equivalence"
import * as Schema from "effect/Schema"
import { existingId, isLive } from "../../src/resources/Derived.ts"
import { ResourceConfig } from "../../src/resources/ResourceConfig.ts"
import type { FoundFunction, FoundResource, Place, Report } from "./child/Report.ts"
import { byCodeUnits } from "./ProjectFiles.ts"

export interface ProjectFunction extends Omit<FoundFunction, "places" | "module" | "resource"> {
  /** Path of the module that it is exported by, from the project's folder. */
  readonly file: string
  readonly export: string
}

export interface ProjectResource {
  readonly name: string
  readonly config: ResourceConfig
  /** The name that its first function's module exports it by. */
  readonly variable: string | null
  /** In the order of their names. */
  readonly functions: ReadonlyArray<ProjectFunction>
}

export interface Project {
  /** In the order of their names. */
  readonly resources: ReadonlyArray<ProjectResource>
  /** What is left out, and why. */
  readonly notes: ReadonlyArray<string>
  /** What keeps it from being built. */
  readonly problems: ReadonlyArray<string>
}

/** The problem of a project that has no functions. */
export const nothing =
  "there is nothing to build: no module exports a remote function. Export what `remote` makes; tests, hidden folders " +
  "and what .gitignore or .flashignore name are not looked at"

/** `pathOf`: of a module by its URL, from the project's folder. */
export const make = (report: Report, pathOf: (url: string) => string): Project => {
  const notes: Array<string> = []
  const placed = report.functions.filter(({ isLocal }) => !isLocal).map((found) => ({
    found,
    ...placeOf(found, pathOf)
  }))
  const chosen = implementations(placed, report.resources, notes)
  const problems = [
    ...report.failures.map(({ module, reason }) =>
      `${
        pathOf(module)
      }: it does not load: ${reason.trim()}\n  (where it is no part of what is deployed, name it in .flashignore)`
    ),
    ...duplicates(chosen, ({ found }) => found.name, (name) => `the name "${name}" is given to more than one function`),
    ...duplicates(
      chosen.filter(({ found }) => found.route !== undefined),
      ({ found: { resource, route } }) =>
        `${report.resources[resource]?.name} ${route?.method.toUpperCase()} ${sameRoute(route?.path ?? "")}`,
      (key) =>
        `the route "${key.slice(key.indexOf(" ") + 1)}" of "${
          key.slice(0, key.indexOf(" "))
        }" has more than one function`
    )
  ]
  const { issues, resources } = resourcesOf(report, chosen, pathOf)
  problems.push(...issues)
  if (problems.length === 0 && resources.length === 0) {
    problems.push(nothing)
  }
  return { resources, notes, problems }
}

/** Two placeholders in the same place are the same route, whatever they are called. */
const sameRoute = (path: string): string => path.replace(/\{[^}]*\}/g, "{}")

interface Placed {
  readonly found: FoundFunction
  readonly file: string
  readonly export: string
}

/** The module that defines it, where that exports it. */
const placeOf = ({ module, places }: FoundFunction, pathOf: (url: string) => string): Omit<Placed, "found"> => {
  const place: Place = places.find((place) => place.module === module) ?? places[0]
  return { file: pathOf(place.module), export: place.export }
}

/**
 * What completes a contract stands for it. A contract that nothing completes is the image's to keep where the image is
 * the user's own, and another project's where it is not.
 */
const implementations = (
  placed: ReadonlyArray<Placed>,
  resources: ReadonlyArray<FoundResource>,
  notes: Array<string>
): ReadonlyArray<Placed> => {
  const complete = new Set(placed.flatMap(({ found }) => found.hasHandler ? [found.name] : []))
  return placed.filter(({ file, found: { hasHandler, name, resource } }) => {
    if (hasHandler) return true
    if (complete.has(name)) return false
    const type = resources[resource]?.type ?? ""
    if (!type.includes("Live")) return true
    notes.push(`${file}: "${name}" is a contract that no module of the project completes; it is left out`)
    return false
  })
}

/** One problem for each key that more than one has. */
const duplicates = (
  placed: ReadonlyArray<Placed>,
  keyOf: (one: Placed) => string,
  say: (key: string) => string
): ReadonlyArray<string> => {
  const byKey = new Map<string, ReadonlyArray<Placed>>()
  for (const one of placed) byKey.set(keyOf(one), [...byKey.get(keyOf(one)) ?? [], one])
  return [...byKey].flatMap(([key, all]) =>
    all.length < 2 ? [] : [`${say(key)}: ${all.map(({ export: name, file }) => `${file} (${name})`).join(" and ")}`]
  )
}

const decode = Schema.decodeUnknownSync(ResourceConfig)

const isSame: Equivalence.Equivalence<ResourceConfig> = Schema.equivalence(ResourceConfig)

/** Resources by their names. Those without functions are built where an image of their own is all they need. */
const resourcesOf = (report: Report, placed: ReadonlyArray<Placed>, pathOf: (url: string) => string) => {
  const issues: Array<string> = []
  const byName = new Map<
    string,
    { readonly config: ResourceConfig; readonly where: string; functions: Array<Placed> }
  >()
  report.resources.forEach((resource, index) => {
    const functions = placed.filter(({ found }) => found.resource === index)
    const config = decode(resource.config)
    if (functions.length === 0 && (resource.places.length === 0 || isLive(config))) return
    const place = resource.places[0]
    const where = functions[0]?.file ?? (place === undefined ? "" : pathOf(place.module))
    const known = byName.get(resource.name)
    if (known === undefined) byName.set(resource.name, { config, where, functions: [...functions] })
    else if (isSame(known.config, config)) known.functions.push(...functions)
    else {
      issues.push(
        `the name "${resource.name}" is given to more than one resource, which differ: ${known.where} and ${where}`
      )
    }
  })
  const resources = [...byName].filter(([, { config }]) => existingId(config) === undefined)
    .sort(([a], [b]) => byCodeUnits(a, b))
    .map(([name, { config, functions }]): ProjectResource => {
      const sorted = functions.map(functionOf).sort((a, b) => byCodeUnits(a.name, b.name))
      return { name, config, functions: sorted, variable: variableOf(report.resources, name, sorted[0]?.file, pathOf) }
    })
  return { issues, resources }
}

const functionOf = ({ export: name, file, found }: Placed): ProjectFunction => {
  const { module: _, places: __, resource: ___, ...rest } = found
  return { ...rest, file, export: name }
}

const variableOf = (
  resources: ReadonlyArray<FoundResource>,
  name: string,
  file: string | undefined,
  pathOf: (url: string) => string
): string | null => {
  const places = resources.filter((resource) => resource.name === name).flatMap(({ places }) => places)
  return (places.find(({ module }) => pathOf(module) === file) ?? places[0])?.export ?? null
}
