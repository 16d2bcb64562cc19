/**
 * Writes the files that are made from sources: docs/environment.md, docs/cli.md, what the command line takes, and
 * runtime/docker/bootstrap.sh.
 *
 *     tsx scripts/generated.ts [--check]      with it: only says which of them are not what the sources make
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { bootstrapScript } from "../src/resources/startCommand.ts"
import { version } from "../src/Version.ts"
import * as CliPage from "./docs-cli.ts"
import * as Environment from "./environment.ts"
import * as Surface from "./surface.ts"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Contents by path. */
export const files = (): ReadonlyMap<string, string> =>
  new Map([
    ["cli/surface/surface.json", Surface.text()],
    ["docs/cli.md", CliPage.page(Surface.surface())],
    ["docs/environment.md", Environment.page()],
    ["runtime/docker/bootstrap.sh", bootstrapScript(version)]
  ])

/** Texts of the package's sources. */
export const sources = (): ReadonlyArray<string> =>
  ["src", "runtime", "cli"].flatMap((folder) =>
    Fs.readdirSync(Path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mjs)$/.test(name))
      .map((name) => Fs.readFileSync(Path.join(root, folder, name), "utf8"))
  )

/** What is wrong, in words. */
export const problems = (): ReadonlyArray<string> => [
  ...Environment.problems(sources()).map((problem) => `scripts/environment.ts: ${problem}`),
  ...[...files()].filter(([path, text]) => {
    const file = Path.join(root, path)
    return !Fs.existsSync(file) || Fs.readFileSync(file, "utf8") !== text
  }).map(([path]) => `${path} is not what the sources make: run \`npm run generate\``)
]

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!process.argv.includes("--check")) {
    for (const [path, text] of files()) Fs.writeFileSync(Path.join(root, path), text)
  }
  const found = problems()
  for (const problem of found) console.error(problem)
  if (found.length > 0) process.exitCode = 1
  else console.log("generated files: up to date")
}
