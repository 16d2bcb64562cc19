/** Loading the library in a fresh process, beside loading the modules of Effect that it is made of. */
import { Effect } from "effect"
import * as esbuild from "esbuild"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Row } from "../harness/Bench.ts"
import { dist, program, scratch } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

/** The packages' modules that are loaded with the library: not those of an `import()` further down. */
const importedModules = Effect.tryPromise(async () => {
  const { metafile } = await esbuild.build({
    entryPoints: [join(dist, "src/index.js")],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "silent"
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  const names = imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path)
  return [...new Set(names)].filter((name) => !name.startsWith("node:")).sort()
})

const isEffect = (name: string): boolean => /^(effect|@effect\/[^/]+)(\/|$)/.test(name)

export const row: Row = Effect.gen(function*() {
  const modules = yield* importedModules
  const folder = join(scratch, "import")
  const write = (name: string, specifiers: ReadonlyArray<string>): string => {
    const path = join(folder, name)
    writeFileSync(path, specifiers.map((specifier) => `import ${JSON.stringify(specifier)}\n`).join(""))
    return pathToFileURL(path).href
  }
  mkdirSync(folder, { recursive: true })
  const effect = write("effect.mjs", modules.filter(isEffect))
  const load = (specifier: string) => Processes.runForNumber(program("programs/importTime"), [specifier])
  const floor = "its modules of effect and @effect"
  return [{
    name: `import "effect-flash"`,
    unit: "ms",
    rounds: 15,
    warmUp: 2,
    subjects: [
      { name: floor, role: "floor", round: load(effect) },
      { name: "effect-flash", role: "ours", round: load("effect-flash") },
      { name: "effect, whole", role: "peer", round: load("effect") },
      { name: "runpod-sdk", role: "peer", round: load("runpod-sdk") }
    ],
    budgets: [{ bound: "at most", limit: 1.3, to: floor }],
    notes: [
      `${modules.filter(isEffect).length} modules of Effect; besides them it loads ` +
      (modules.filter((name) => !isEffect(name)).join(", ") || "nothing")
    ]
  }]
})
