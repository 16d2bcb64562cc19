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
import { externalPrefix } from "./externals.ts"
import * as Failures from "./Failures.ts"
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
 * @since 0.1.0
 * @category models
 */
export interface ModuleBundle {
  /** `undefined` where no export is a remote function. */
  readonly bundle: Bundle | undefined
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
  const entry = fileURLToPath(module)
  const source = await ModuleSource.parse(entry, read(entry))
  const demanded = new Set<string>()
  const external = new Set(dependencies.map(Dependency.npmNameOf))
  const suspects = new Set<string>()
  const files = new Map<string, () => Promise<string>>()
  for (;;) {
    const contents = ProgramStripper.strip(source, { definitions, demanded })
    if (contents.functions.size === 0 && !contents.isOpen) {
      return { bundle: undefined, contents, inputs: InputFiles.make([entry], before) }
    }
    if (source.needsConfiguration || files.has(entry)) files.set(entry, async () => contents.code)
    const known = demanded.size + external.size
    const output = await Esbuild.run({ entry, code: contents.code, external: [...external], files }).catch(
      (error: unknown) => {
        if (!(error instanceof Esbuild.EsbuildFailed)) throw error
        const found = Failures.sort(error.messages, entry)
        for (const name of found.demanded) demanded.add(name)
        for (const name of [...found.external, ...found.natives]) external.add(name)
        for (const name of found.natives) suspects.add(name)
        throwIfAny(found.problems)
        if (demanded.size + external.size === known) throwIfAny(Failures.unknown(error.messages, entry))
        return undefined
      }
    )
    if (output === undefined) continue
    const graph = ImportGraph.make(output.metafile, dirname(entry), entry)
    const added = importedPrograms(graph, entry).filter(([file]) => !files.has(file))
    const natives = graph.natives(suspects)
    const optional = natives.filter(({ isOptional, name }) => isOptional && !external.has(name))
    if (added.length > 0 || optional.length > 0) {
      for (const [file, code] of added) files.set(file, code)
      for (const { name } of optional) external.add(name)
      continue
    }
    const finished = finish(output, dirname(entry))
    throwIfAny([
      ...Failures.ofNatives(natives.filter(({ isOptional }) => !isOptional)),
      ...Failures.ofComputedImports(output.warnings, graph, entry),
      ...Failures.ofUrls(graph),
      ...finished.problems
    ])
    const configuration = ["tsconfig.json", "package.json"].flatMap((name) => InputFiles.above(entry, name))
    return {
      bundle: finished.bundle,
      contents,
      inputs: InputFiles.make([...graph.files, ...finished.files, ...configuration], before)
    }
  }
}

/** Modules that may hold a program and are imported: the bundled one, and the one that the process was started with. */
const importedPrograms = (graph: ImportGraph.ImportGraph, entry: string) => {
  const main = graph.files.length === 1 ? undefined : mainModule()
  const own = graph.isImported(entry) ? [[entry, async () => ""] as const] : []
  const started = main !== undefined && main !== entry && graph.files.includes(main)
    ? [[main, async () => ProgramStripper.stripImported(await ModuleSource.parse(main, read(main)))] as const]
    : []
  return [...own, ...started]
}

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

const mainModule = (): string | undefined => {
  try {
    return realpathSync(process.argv[1] ?? "")
  } catch {
    return undefined
  }
}

/** Bundled CommonJS code calls `require` for Node's own modules, which an ES module does not have. */
const requireHeader =
  `import { createRequire as flashCreateRequire } from "node:module"; const require = flashCreateRequire(import.meta.url);`

/** What esbuild made, with what the code needs around it and its source map. */
const finish = (output: Esbuild.Output, directory: string) => {
  const map: SourceMapPayload = JSON.parse(output.map)
  // sources become file URLs, so that a stack names files of the machine the code came from
  const base = pathToFileURL(`${directory}/`)
  map.sources = map.sources.map((source) => new URL(source, base).href)
  const { code, files, footer, problems } = Assets.take(output.code, map)
  const header = headerOf(code)
  // the header is a line of its own
  if (header !== "") map.mappings = `;${map.mappings}`
  const encoded = Buffer.from(JSON.stringify(map)).toString("base64")
  const text = `${header}${code}${footer}//# sourceMappingURL=data:application/json;base64,${encoded}\n`
  return { bundle: { code: text, hash: createHash("sha256").update(text).digest("hex") }, files, problems }
}

const headerOf = (code: string): string => {
  if (!/\brequire\b/.test(code)) return ""
  const specifiers = [...new Set([...code.matchAll(requiredPackage)].map(([, specifier]) => specifier))]
  if (specifiers.length === 0) return `${requireHeader}\n`
  // an ES module that the worker provides is imported, since not every version of Node can require it
  const imports = specifiers.map((specifier, index) => `import * as flashProvided${index} from "${specifier}";`)
  const entries = specifiers.map((specifier, index) => `["${specifier}", flashProvided${index}]`)
  return `${imports.join(" ")} ${requireHeader.replace("const require", "const flashRequire")} ` +
    `const flashProvided = new Map([${entries.join(", ")}]); ` +
    `const require = Object.assign((id) => flashProvided.get(id) ?? flashRequire(id), flashRequire);\n`
}

const requiredPackage = new RegExp(`\\b__require\\("(${externalPrefix}[^"]+)"\\)`, "g")
