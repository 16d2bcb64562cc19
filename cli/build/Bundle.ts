/** Makes the code of a project: an ES module for each resource, and chunks of what more than one of them needs. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import type { SourceMapPayload } from "node:module"
import { dirname, join, posix, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Assets from "../../src/invoke/bundle/Assets.ts"
import { BundleProblem } from "../../src/invoke/bundle/BundleProblem.ts"
import type { Problem } from "../../src/invoke/bundle/BundleProblem.ts"
import * as Esbuild from "../../src/invoke/bundle/Esbuild.ts"
import * as Failures from "../../src/invoke/bundle/Failures.ts"
import * as Header from "../../src/invoke/bundle/Header.ts"
import * as ImportGraph from "../../src/invoke/bundle/ImportGraph.ts"
import * as ModuleSource from "../../src/invoke/bundle/ModuleSource.ts"
import * as ProgramStripper from "../../src/invoke/bundle/ProgramStripper.ts"
import { failure } from "./BuildError.ts"
import * as Calls from "./Calls.ts"
import type { ProjectResource } from "./Project.ts"
import { byCodeUnits, pathBelow } from "./ProjectFiles.ts"

export interface Options {
  /** Absolute path of the project's folder. */
  readonly root: string
  readonly resources: ReadonlyArray<ProjectResource>
  /** Packages that are not bundled. */
  readonly external: ReadonlySet<string>
}

/** The code of one resource. */
export interface Code {
  /** Path of the module that exports its functions. */
  readonly module: string
  /** Paths of what it is made of, in order: its module, chunks and files that it names. */
  readonly files: ReadonlyArray<string>
  /** Names of the resources whose functions it may call. */
  readonly calls: ReadonlyArray<string>
}

export interface Bundled {
  /** By the path in the archive. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** By the name of the resource; those whose functions are all their image's own have none. */
  readonly code: ReadonlyMap<string, Code>
  /** Paths of the project's own files that it was made of, from the project's folder. */
  readonly inputs: ReadonlyArray<string>
  /** Packages that it imports and that are not in it. */
  readonly externals: ReadonlySet<string>
}

/** Rejects with a `BuildError`. */
export const bundle = async (options: Options): Promise<Bundled> => {
  const entries = new Map(options.resources.flatMap((resource) => {
    const text = entryOf(options.root, resource)
    return text === undefined ? [] : [[outOf(resource), text] as const]
  }))
  if (entries.size === 0) return { files: new Map(), code: new Map(), inputs: [], externals: new Set() }
  try {
    const stripped = await strip(options)
    const output = await run({ ...options, entries, stripped })
    return finish(options, output, new Map([...stripped].map(([path, { source }]) => [path, source])))
  } catch (error) {
    throw error instanceof BundleProblem ? failure([error.message], error) ?? error : error
  }
}

const outOf = ({ name }: ProjectResource): string => `resources/${name}/main`

/** The functions of a resource, and nothing else that their modules export. */
const entryOf = (root: string, { functions }: ProjectResource): string | undefined => {
  const exports = new Map(
    functions.filter(({ hasHandler }) => hasHandler).map((one) => [`${one.file}\0${one.export}`, one] as const)
  )
  if (exports.size === 0) return undefined
  return [...exports.values()]
    .map(({ export: name, file }, index) =>
      `export { ${JSON.stringify(name)} as f${index} } from ${JSON.stringify(join(root, file))}`
    ).join("\n")
}

interface StrippedModule {
  readonly source: ModuleSource.ModuleSource
  /** Names that others import from it. */
  readonly demanded: Set<string>
}

/** The modules that define functions, without their programs. */
const strip = async ({ resources, root }: Options): Promise<Map<string, StrippedModule>> => {
  const demanded = new Map<string, Set<string>>()
  for (const { export: name, file, hasHandler } of resources.flatMap(({ functions }) => functions)) {
    const path = join(root, file)
    const names = demanded.get(path) ?? new Set()
    demanded.set(path, hasHandler ? names.add(name) : names)
  }
  return new Map(
    await Promise.all(
      [...demanded].map(async ([path, names]) =>
        [path, { source: await ModuleSource.parse(path, readFileSync(path, "utf8")), demanded: names }] as const
      )
    )
  )
}

interface Running extends Options {
  readonly entries: ReadonlyMap<string, string>
  readonly stripped: ReadonlyMap<string, StrippedModule>
}

/** Runs esbuild until a run has nothing more to tell that the next one has to know. */
const run = async ({ entries, external: given, root, stripped }: Running): Promise<Esbuild.SplitOutput> => {
  const external = new Set(given)
  const suspects = new Set<string>()
  // messages are read relative to the folder of an entry
  const entry = join(root, "entry")
  let distrust = false
  const demand = ({ file, name }: Pick<Failures.Demand, "file" | "name">) => {
    const demanded = stripped.get(file)?.demanded
    return demanded !== undefined && added(demanded, name)
  }
  for (;;) {
    const files = new Map(
      [...stripped].map(([file, { demanded, source }]) =>
        [file, ProgramStripper.strip(source, { definitions: "known", demanded }).code] as const
      )
    )
    try {
      const output = await Esbuild.split({ directory: root, entries, files, external: [...external], distrust })
      const graph = ImportGraph.make(output.metafile, root, entry)
      const natives = [...entries.keys()].flatMap((out) =>
        ImportGraph.make(output.metafile, root, resolve(root, `flash:${out}`)).natives(suspects)
      )
      const isTrusted: boolean = distrust || !Failures.ignoredEffects(output.warnings, entry)
      distrust ||= !isTrusted
      const learned = [
        ...natives.filter(({ isOptional, name }) => isOptional && added(external, name)),
        ...Failures.demandedByNamespaces(output.warnings, entry).filter(demand)
      ]
      if (learned.length > 0 || !isTrusted) continue
      throwIfAny([
        ...Failures.ofNatives(natives.filter(({ isOptional }) => !isOptional)),
        ...Failures.ofComputedImports(output.warnings, graph, entry),
        ...Failures.ofUrls(graph)
      ])
      return output
    } catch (error) {
      if (!(error instanceof Esbuild.EsbuildFailed)) throw error
      const sorted = Failures.sort(error.messages, entry)
      throwIfAny(sorted.problems)
      const learned = [
        ...sorted.demanded.filter(demand),
        ...[...sorted.external, ...sorted.natives].filter((name) => added(external, name)),
        ...sorted.natives.filter((name) => added(suspects, name))
      ]
      if (learned.length > 0) continue
      throw new BundleProblem(
        sorted.demanded.length > 0
          ? sorted.demanded.map(({ problem }) => problem)
          : Failures.unknown(error.messages, entry)
      )
    }
  }
}

const added = <A>(set: Set<A>, value: A): boolean => set.size < set.add(value).size

const throwIfAny = (problems: ReadonlyArray<Problem>): void => {
  if (problems.length === 0) return
  const seen = new Map(problems.map((problem) => [JSON.stringify([problem.file, problem.line, problem.text]), problem]))
  throw new BundleProblem([...seen.values()])
}

// ---------------------------------------------------------------------------------------------------------------------
// outputs
// ---------------------------------------------------------------------------------------------------------------------

const finish = (
  { resources, root }: Options,
  { files: outputs, metafile }: Esbuild.SplitOutput,
  modules: ReadonlyMap<string, ModuleSource.ModuleSource>
): Bundled => {
  const required = [...new Set([...outputs.values()].flatMap(({ code }) => Header.requiredBy(code)))]
  const files = new Map<string, Uint8Array>()
  /** Places of the files that an output names. */
  const assets = new Map<string, ReadonlyArray<string>>()
  const named = new Set<string>()
  const problems: Array<Problem> = []
  for (const [path, output] of outputs) {
    const finished = finishOne(root, path, output, required)
    files.set(path, Buffer.from(finished.code))
    files.set(`${path}.map`, Buffer.from(finished.map))
    for (const [place, bytes] of finished.assets) files.set(place, bytes)
    assets.set(path, [...finished.assets.keys()])
    for (const file of finished.named) named.add(file)
    problems.push(...finished.problems)
  }
  throwIfAny(problems)
  const graph = ImportGraph.make(metafile, root, join(root, "entry"))
  const inputs = [...new Set([...graph.files, ...named])].filter((file) => ImportGraph.packageOf(file) === undefined)
  return {
    files,
    externals: new Set(
      Object.values(metafile.outputs).flatMap(({ imports }) =>
        imports.flatMap(({ external, path }) => external === true ? [ImportGraph.packageNamed(path)] : [])
      )
    ),
    inputs: inputs.map((file) => pathBelow(root, file)).sort(byCodeUnits),
    code: new Map(resources.flatMap((resource) => {
      const module = `${outOf(resource)}.mjs`
      if (!outputs.has(module)) return []
      const reached = reachedFrom(module, metafile)
      const calls = Calls.of({
        root,
        resource,
        resources,
        modules,
        sources: sourcesOf(reached, metafile),
        importsOf: (source) => metafile.inputs[source]?.imports ?? []
      })
      const files = [...new Set(reached.flatMap((path) => [path, ...assets.get(path) ?? []]))].sort(byCodeUnits)
      return [[resource.name, { module, files, calls }] as const]
    }))
  }
}

/** A module with what it needs around it, and its source map, whose sources stay relative to the archive's root. */
const finishOne = (
  root: string,
  path: string,
  { code: bundled, map: text }: { readonly code: string; readonly map: string },
  required: ReadonlyArray<string>
) => {
  const map: SourceMapPayload = JSON.parse(text)
  const base = pathToFileURL(`${dirname(join(root, path))}/`)
  const located = { ...map, sources: map.sources.map((source) => new URL(source, base).href) }
  const { code, files: named, problems } = Assets.take(bundled.replace(/^#!/, "//"), located)
  const assets = named.map((file) => {
    const bytes = readFileSync(file)
    return [Assets.placeOf(file, bytes), bytes] as const
  })
  const header = Header.of(code, required)
  const up = "../".repeat(path.split("/").length - 1)
  const places = Assets.referTo(up === "" ? "./" : up, assets.map(([place]) => place))
  return {
    code: `${header}${code}${places}//# sourceMappingURL=${posix.basename(path)}.map\n`,
    map: JSON.stringify({ ...map, mappings: header === "" ? map.mappings : `;${map.mappings}` }),
    assets: new Map<string, Uint8Array>(assets),
    named,
    problems
  }
}

/** The outputs that one leads to, itself included. */
const reachedFrom = (module: string, { outputs }: Esbuild.SplitOutput["metafile"]): ReadonlyArray<string> => {
  const reached = new Set([module])
  for (const path of reached) {
    for (const { external, path: imported } of outputs[path]?.imports ?? []) {
      if (external !== true) reached.add(imported)
    }
  }
  return [...reached]
}

/** What outputs are made of. */
const sourcesOf = (
  reached: ReadonlyArray<string>,
  { outputs }: Esbuild.SplitOutput["metafile"]
): ReadonlySet<string> =>
  new Set(
    reached.flatMap((path) =>
      Object.entries(outputs[path]?.inputs ?? {}).flatMap(([key, { bytesInOutput }]) => bytesInOutput > 0 ? [key] : [])
    )
  )

/** Hexadecimal sha256. */
export const digestOf = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")
