/**
 * The TypeScript that is shown to users, wherever it is shown, compiled in one program: most of the time goes into the
 * library's own types, which they share.
 */
import { Effect } from "effect"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

export const root = fileURLToPath(new URL("../..", import.meta.url))

// below the checkout, so that the programs find the package and its dependencies as a user's would
const cache = join(root, "node_modules", ".cache", "effect-flash")

/** A folder for programs, which goes with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(cache, { recursive: true })
    const folder = mkdtempSync(join(cache, "compiles-"))
    writeFileSync(join(folder, "package.json"), `{ "type": "module" }`)
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** Programs of a page, each in the order it stands there. */
export const blocksOf = (page: string): ReadonlyArray<string> =>
  Array.from(readFileSync(join(root, page), "utf8").matchAll(/^```ts\n(.*?)^```$/gms), ([, code = ""]) => code)

/** Modules of a page, by the names in their first lines. */
export const modulesOf = (page: string): ReadonlyMap<string, string> =>
  new Map(
    Array.from(
      readFileSync(join(root, page), "utf8").matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms),
      ([, name = "", code = ""]) => [name, code] as const
    )
  )

/** What is wrong with the programs below a folder, by their paths in it, under the tsconfig.json that it has. */
export const errorsIn = (folder: string): ReadonlyArray<string> => {
  const { config, error } = ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile)
  const { errors, fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, folder)
  const program = ts.createProgram(fileNames, {
    ...options,
    // what an installation would find in node_modules
    paths: {
      "effect-flash": [join(root, "src/index.ts")],
      "effect-flash/local": [join(root, "runtime/platform/index.ts")],
      "effect-flash/testing": [join(root, "runtime/testing/index.ts")]
    },
    typeRoots: [join(root, "node_modules/@types")]
  })
  const problems = fileNames.flatMap((name) => {
    const file = program.getSourceFile(name)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
  })
  return [...(error === undefined ? [] : [error]), ...errors, ...program.getOptionsDiagnostics(), ...problems].map((
    { file, messageText }
  ) => `${relative(folder, file?.fileName ?? folder)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`)
}
