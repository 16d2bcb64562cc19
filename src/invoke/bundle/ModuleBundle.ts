/**
 * Makes the module that defines remote functions into one ES module that travels to a worker.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { readFileSync, realpathSync } from "node:fs"
import type { SourceMapPayload } from "node:module"
import { dirname } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Dependency from "../../protocol/Dependency.ts"
import * as Assets from "./Assets.ts"
import { BundleProblem } from "./BundleProblem.ts"
import type { Problem } from "./BundleProblem.ts"
import * as Esbuild from "./Esbuild.ts"
import * as Failures from "./Failures.ts"
import * as Header from "./Header.ts"
import * as ImportGraph from "./ImportGraph.ts"
import * as InputFiles from "./InputFiles.ts"
import * as ModuleSource from "./ModuleSource.ts"
import * as ProgramStripper from "./ProgramStripper.ts"

/**
 * An ES module ready to travel.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bundle {
  /** Hexadecimal sha256 of `code`. */
  readonly hash: string
  readonly code: string
}

/**
 * A bundle with the files that it was made of, and those that had a say in it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sourced extends Bundle {
  readonly files: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ModuleBundle {
  /** `undefined` where no export is a remote function. */
  readonly bundle: Sourced | undefined
  readonly contents: ProgramStripper.Stripped
  readonly inputs: InputFiles.InputFiles
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** File URL. */
  readonly module: string
  /** Names of npm packages with or without a version: the worker has them. */
  readonly dependencies: ReadonlyArray<string>
  readonly definitions: ProgramStripper.Definitions
}

/**
 * Rejects with a `BundleProblem`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = async ({ definitions, dependencies, module }: Options): Promise<ModuleBundle> => {
  // file systems know no other clock
  const before = Date.now()
  const path = fileURLToPath(module)
  // by the name that imports of it lead to
  const entry = realPathOf(path) ?? path
  const source = await ModuleSource.parse(entry, read(entry))
  const known: Known = {
    stripped: new Map([[entry, { source, definitions, demanded: new Set() }]]),
    external: new Set(dependencies.map(Dependency.npmNameOf)),
    suspects: new Set(),
    asFiles: source.needsConfiguration,
    distrust: false
  }
  // what a run shows may be of use to the next
  for (;;) {
    const contents = contentsOf(known, entry)
    if (contents.functions.size === 0 && !contents.isOpen) {
      return { bundle: undefined, contents, inputs: InputFiles.make([entry], before) }
    }
    const output = await run(known, entry, contents.code)
    if (output === undefined) continue
    const graph = ImportGraph.make(output.metafile, dirname(entry), entry)
    if (await learn(known, entry, output, graph)) continue
    const finished = finish(output, dirname(entry))
    throwIfAny([
      ...Failures.ofNatives(graph.natives(known.suspects).filter(({ isOptional }) => !isOptional)),
      ...Failures.ofComputedImports(output.warnings, graph, entry),
      ...Failures.ofUrls(graph),
      ...finished.problems
    ])
    const configuration = ["tsconfig.json", "package.json"].flatMap((name) => InputFiles.above(entry, name))
    const inputs = InputFiles.make([...graph.files, ...finished.files, ...configuration], before)
    return { bundle: { ...finished.bundle, files: inputs.paths }, contents, inputs }
  }
}

/** What there is to know before esbuild runs, and what its runs have shown. */
interface Known {
  /** Modules without their programs: the bundled one, and the process' own where that is imported. */
  readonly stripped: Map<string, {
    readonly source: ModuleSource.ModuleSource
    readonly definitions: ProgramStripper.Definitions
    /** Names that other modules import from it. */
    readonly demanded: Set<string>
  }>
  /** Packages and imports that are left as they are. */
  readonly external: Set<string>
  /** Packages that are known to have compiled parts. */
  readonly suspects: Set<string>
  /** Whether modules of the bundle import the bundled one, or tsconfig.json has a say in it. */
  asFiles: boolean
  /** Whether a package.json says of modules that they have no effect, though others import them for it. */
  distrust: boolean
}

const contentsOf = ({ stripped }: Known, file: string): ProgramStripper.Stripped => {
  const { source, ...options } = stripped.get(file)!
  return ProgramStripper.strip(source, options)
}

/** Undefined where it failed for a reason that the next run does without. */
const run = async (known: Known, entry: string, code: string): Promise<Esbuild.Output | undefined> => {
  const files = new Map(
    [...known.stripped.keys()].flatMap((file) =>
      file === entry
        ? known.asFiles ? [[file, code] as const] : []
        : [[file, contentsOf(known, file).code] as const]
    )
  )
  try {
    return await Esbuild.run({ entry, code, external: [...known.external], files, distrust: known.distrust })
  } catch (error) {
    if (!(error instanceof Esbuild.EsbuildFailed)) throw error
    const { demanded, external, natives, problems } = Failures.sort(error.messages, entry)
    const isNew = [
      ...demanded.filter((demand) => demandOf(known, demand)),
      ...[...external, ...natives].filter((name) => added(known.external, name)),
      ...natives.filter((name) => added(known.suspects, name))
    ].length > 0
    throwIfAny(problems)
    if (isNew) return undefined
    throw new BundleProblem(
      demanded.length > 0 ? demanded.map(({ problem }) => problem) : Failures.unknown(error.messages, entry)
    )
  }
}

/** Whether a run that went well showed what the next has to know. */
const learn = async (
  known: Known,
  entry: string,
  output: Esbuild.Output,
  graph: ImportGraph.ImportGraph
): Promise<boolean> => {
  const { asFiles, distrust } = known
  known.asFiles ||= graph.isImported(entry)
  known.distrust ||= Failures.ignoredEffects(output.warnings, entry)
  const main = graph.files.length === 1 ? undefined : mainModule()
  const isMain = main !== undefined && graph.files.includes(main) && !known.stripped.has(main)
  if (isMain) {
    const source = await ModuleSource.parse(main, read(main))
    known.stripped.set(main, { source, definitions: "none", demanded: new Set() })
  }
  const optional = graph.natives(known.suspects).filter(({ isOptional, name }) =>
    isOptional && added(known.external, name)
  )
  const demanded = Failures.demandedByNamespaces(output.warnings, entry).filter((demand) => demandOf(known, demand))
  return known.asFiles !== asFiles || known.distrust !== distrust || isMain || optional.length > 0 ||
    demanded.length > 0
}

const demandOf = (known: Known, { file, name }: Pick<Failures.Demand, "file" | "name">): boolean => {
  const demanded = known.stripped.get(file)?.demanded
  return demanded !== undefined && added(demanded, name)
}

const added = <A>(set: Set<A>, value: A): boolean => set.size < set.add(value).size

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    throw new BundleProblem([{ file, line: undefined, text: "the module cannot be read" }])
  }
}

const throwIfAny = (problems: ReadonlyArray<Problem>): void => {
  if (problems.length > 0) throw new BundleProblem(problems)
}

const mainModule = (): string | undefined => realPathOf(process.argv[1] ?? "")

const realPathOf = (path: string): string | undefined => {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** What esbuild made, with what the code needs around it and its source map. */
const finish = (output: Esbuild.Output, directory: string) => {
  const map: SourceMapPayload = JSON.parse(output.map)
  // sources become file URLs, so that a stack names files of the machine the code came from
  const base = pathToFileURL(`${directory}/`)
  map.sources = map.sources.map((source) => new URL(source, base).href)
  // a first line for the shell is none below a header
  const { code, files, problems } = Assets.take(output.code.replace(/^#!/, "//"), map)
  const header = Header.of(code)
  // the header is a line of its own
  if (header !== "") map.mappings = `;${map.mappings}`
  const encoded = Buffer.from(JSON.stringify(map)).toString("base64")
  const text = `${header}${code}${Assets.embed(files)}//# sourceMappingURL=data:application/json;base64,${encoded}\n`
  return { bundle: { code: text, hash: createHash("sha256").update(text).digest("hex") }, files, problems }
}
