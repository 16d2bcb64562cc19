/** Projects to build, with the packages that a user has installed. */
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { build as run, type Built, type Options } from "../../cli/build/Build.ts"
import { projectRoot } from "../../scripts/build.mjs"
import { project } from "../live/liveThread.ts"
import type { Files } from "../live/liveThread.ts"

const link = (path: string) => ({ link: join(projectRoot, path) })

/** What every project has. */
export const base: Files = {
  "package.json": JSON.stringify({ name: "@acme/shop", type: "module" }),
  "node_modules/effect": link("node_modules/effect"),
  "node_modules/@effect": link("node_modules/@effect"),
  "node_modules/effect-flash": link(".")
}

/** A module with a function of that name on a resource. */
export const defining = (name: string, resource = "cpu", options = ""): string =>
  [
    `import { Effect, Schema } from "effect"`,
    `import { CpuLiveServerless, remote } from "effect-flash"`,
    `const resource = CpuLiveServerless.make("${resource}")`,
    `export const ${name} = remote("${name}", { resource, success: Schema.String, ${options} },`,
    `  () => Effect.succeed("${name}"))`
  ].join("\n")

export const build = (files: Files, options: Omit<Options, "folder"> = {}) =>
  Effect.flatMap(project({ ...base, ...files }), (root) => buildAt(root, options))

export const buildAt = (root: string, options: Omit<Options, "folder"> = {}) => run({ folder: root, ...options })

/** What is wrong with a project. */
export const problems = (files: Files, options: Omit<Options, "folder"> = {}) =>
  Effect.map(Effect.flip(build(files, options)), (error) => error.message)

/** The contents of an archive by their paths, as another program unpacks them. */
export const unpack = ({ archive }: Built): Effect.Effect<string> =>
  Effect.sync(() => {
    const folder = `${archive}.d`
    execFileSync("mkdir", ["-p", folder])
    execFileSync("tar", ["-xzf", archive, "-C", folder])
    return folder
  })

export const filesBelow = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).sort().flatMap((path) =>
      statSync(join(folder, path)).isFile() ? [[path, readFileSync(join(folder, path), "utf8")] as const] : []
    )
  )
