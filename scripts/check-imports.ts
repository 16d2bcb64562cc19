/**
 * Checks the arrows between the rooms of this repository:
 *
 * - `cli` may import `runtime` and `runtime` may import `src`, never the other way round;
 * - inside `src` a file imports its own level or a lower one (`levels` below);
 * - the one way up is the dynamic `import("effect-flash/local")`, which loads the embedded platform when it is asked for;
 * - no file imports itself by way of others; a cycle of types alone is none, since it is gone when the program runs;
 * - an example imports the package by its name, as a user does, and files beside it.
 *
 *     tsx scripts/check-imports.ts [root]
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import ts from "typescript"

const packageName = "effect-flash"

/** The rooms whose arrows are checked, from low to high. */
const rooms = ["src", "runtime", "cli"]

/** What `src` is made of, from low to high. A name that ends in a slash is a folder. */
const levels: ReadonlyArray<ReadonlyArray<string>> = [
  ["errors/", "protocol/", "RemoteError.ts", "Version.ts"],
  ["resources/", "Procedure.ts", "Endpoint.ts", "RemoteJob.ts", "InProcessJobs.ts"],
  ["runpod/", "reliability/", "observability/"],
  ["invoke/", "provision/", "discovery/"],
  ["remote/", "FlashLive.ts", "FlashDeployed.ts", "Account.ts"],
  ["Remote.ts", "RemoteClass.ts", "Flash.ts", "ResourceManager.ts", "FlashApp.ts"],
  ["index.ts"]
]

/** The specifier that `src` may load from above, by a dynamic import alone. */
const wayUp = `${packageName}/local`

/** One import that breaks a rule. */
export interface Violation {
  /** The importing file, relative to the root. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly message: string
}

/** What was looked at, and what was found. */
export interface Report {
  readonly files: number
  readonly violations: ReadonlyArray<Violation>
}

interface Import {
  readonly file: string
  readonly line: number
  readonly specifier: string
  /** `type` is erased by the compiler; `dynamic` is an `import()` expression. */
  readonly kind: "static" | "dynamic" | "type"
}

/** An import of a file in this repository. */
interface Edge extends Import {
  readonly target: string
}

// ---------------------------------------------------------------------------------------------------------------------
// reading
// ---------------------------------------------------------------------------------------------------------------------

const isSource = (name: string): boolean => /\.(ts|tsx|mts|js|mjs)$/.test(name)

const listSources = (root: string, folder: string): ReadonlyArray<string> => {
  const top = Path.join(root, folder)
  if (!Fs.existsSync(top)) return []
  return Fs.readdirSync(top, { recursive: true, encoding: "utf8" })
    .map((name) => toPosix(Path.join(folder, name)))
    .filter((file) => isSource(file) && !file.split("/").includes("node_modules"))
    .sort()
}

const toPosix = (path: string): string => path.split(Path.sep).join("/")

/** All imports of a file. The compiler's own parser reads it, so a comment or a string is never taken for one. */
const readImports = (root: string, file: string): ReadonlyArray<Import> => {
  const source = ts.createSourceFile(
    file,
    Fs.readFileSync(Path.join(root, file), "utf8"),
    ts.ScriptTarget.Latest,
    false
  )
  const imports: Array<Import> = []
  const add = (node: ts.Node, specifier: ts.Node | undefined, kind: Import["kind"]): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
    imports.push({ file, line, specifier: specifier.text, kind })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.importClause?.isTypeOnly === true ? "type" : "static")
    } else if (ts.isExportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.isTypeOnly ? "type" : "static")
    } else if (ts.isImportTypeNode(node)) {
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, "type")
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], "dynamic")
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return imports
}

/** The package's own names for its files, from the exports in package.json. */
const readEntryPoints = (root: string): ReadonlyMap<string, string> => {
  const path = Path.join(root, "package.json")
  if (!Fs.existsSync(path)) return new Map()
  const { exports = {} }: { readonly exports?: Record<string, string | { readonly "effect-flash-source"?: string }> } =
    JSON.parse(Fs.readFileSync(path, "utf8"))
  return new Map(
    Object.entries(exports).flatMap(([subpath, entry]) => {
      const source = typeof entry === "string" ? entry : entry["effect-flash-source"]
      return source === undefined ? [] : [[packageName + subpath.slice(1), Path.posix.normalize(source)] as const]
    })
  )
}

/** The file that a relative specifier means, as TypeScript finds it: `./a.js` may be written for `./a.ts`. */
const resolveRelative = (root: string, { file, specifier }: Import): string => {
  const path = Path.posix.join(Path.posix.dirname(file), specifier)
  const candidates = [path, path.replace(/\.(m?)js$/, ".$1ts"), `${path}.ts`, `${path}/index.ts`]
  return candidates.find((candidate) => Fs.statSync(Path.join(root, candidate), { throwIfNoEntry: false })?.isFile()) ??
    path
}

// ---------------------------------------------------------------------------------------------------------------------
// rules
// ---------------------------------------------------------------------------------------------------------------------

const roomOf = (file: string): string => file.split("/", 1)[0] ?? file

const levelOf = (file: string): number => {
  const inside = file.slice("src/".length)
  return levels.findIndex((level) =>
    level.some((entry) => entry.endsWith("/") ? inside.startsWith(entry) : inside === entry)
  )
}

const isWayUp = ({ file, kind, specifier }: Import): boolean =>
  roomOf(file) === "src" && kind === "dynamic" && specifier === wayUp

/** Why an import may not be, or `undefined` where it may. */
const objection = ({ file, target }: Edge): string | undefined => {
  const [room, targetRoom] = [roomOf(file), roomOf(target)]
  if (room === "examples") {
    return targetRoom === "examples" ? undefined : `an example imports "${packageName}" by its name, as a user does`
  }
  if (!rooms.includes(targetRoom)) return `only ${rooms.join(", ")} may be imported here`
  if (rooms.indexOf(targetRoom) > rooms.indexOf(room)) {
    return room === "src" && targetRoom === "runtime"
      ? `src may not import runtime, except by the dynamic import("${wayUp}")`
      : `${room} may not import ${targetRoom}`
  }
  if (room !== "src") return undefined
  const [level, targetLevel] = [levelOf(file), levelOf(target)]
  return targetLevel > level ? `level ${level} of src may not import level ${targetLevel}` : undefined
}

/** The first way from a file back to itself in each knot of files that import each other. */
const findCycles = (edges: ReadonlyArray<Edge>): ReadonlyArray<ReadonlyArray<Edge>> => {
  const byFile = new Map<string, Array<Edge>>()
  for (const edge of edges) byFile.set(edge.file, [...byFile.get(edge.file) ?? [], edge])
  const knotted = new Set<string>()
  const cycles: Array<ReadonlyArray<Edge>> = []
  for (const file of byFile.keys()) {
    if (knotted.has(file)) continue
    const cycle = shortestWay(byFile, file)
    if (cycle === undefined) continue
    cycles.push(cycle)
    for (const edge of cycle) knotted.add(edge.file)
  }
  return cycles
}

const shortestWay = (
  byFile: ReadonlyMap<string, ReadonlyArray<Edge>>,
  home: string
): ReadonlyArray<Edge> | undefined => {
  const reachedBy = new Map<string, Edge>()
  const queue = [home]
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const edge of byFile.get(file) ?? []) {
      if (reachedBy.has(edge.target)) continue
      reachedBy.set(edge.target, edge)
      if (edge.target !== home) queue.push(edge.target)
    }
  }
  const way: Array<Edge> = []
  for (let edge = reachedBy.get(home); edge !== undefined; edge = reachedBy.get(edge.file)) {
    way.unshift(edge)
    if (edge.file === home) return way
  }
  return undefined
}

// ---------------------------------------------------------------------------------------------------------------------
// the check
// ---------------------------------------------------------------------------------------------------------------------

const byName = (specifier: string): boolean => specifier === packageName || specifier.startsWith(`${packageName}/`)

/** Checks the files of a checkout. */
export const checkImports = (root: string): Report => {
  const files = [...rooms, "examples"].flatMap((room) => listSources(root, room))
  const entryPoints = readEntryPoints(root)
  const violations: Array<Violation> = []
  const edges: Array<Edge> = []
  const object = ({ file, line }: Import, message: string): void => {
    violations.push({ file, line, message })
  }

  for (const file of files) {
    if (roomOf(file) === "src" && levelOf(file) < 0) {
      violations.push({ file, line: 1, message: "src has no such place: give it a level in scripts/check-imports.ts" })
    }
    for (const found of readImports(root, file)) {
      if (isWayUp(found)) continue
      if (byName(found.specifier)) {
        const target = entryPoints.get(found.specifier)
        if (target === undefined) object(found, `package.json exports no "${found.specifier}"`)
        else if (roomOf(file) !== "examples") edges.push({ ...found, target })
      } else if (found.specifier.startsWith(".")) {
        edges.push({ ...found, target: resolveRelative(root, found) })
      }
    }
  }

  for (const edge of edges) {
    const reason = objection(edge)
    if (reason !== undefined) object(edge, `imports ${edge.target}: ${reason}`)
  }
  for (const cycle of findCycles(edges.filter((edge) => edge.kind !== "type"))) {
    const [first] = cycle
    if (first !== undefined) {
      object(
        first,
        `imports itself: ${
          [
            first.file,
            ...cycle.map((edge) => edge.target)
          ].join(" → ")
        }`
      )
    }
  }
  violations.sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line)
  return { files: files.length, violations }
}

const main = (root: string): void => {
  const { files, violations } = checkImports(root)
  for (const { file, line, message } of violations) console.error(`${file}:${line} ${message}`)
  if (violations.length > 0) process.exitCode = 1
  else console.log(`imports: ${files} files, every arrow points down`)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(Path.resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url))))
}
