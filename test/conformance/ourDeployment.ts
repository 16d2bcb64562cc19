/** A deployment of our own, and what runpod-flash 1.3.0 makes of it: its command line, and the reader of its workers. */
import { Effect, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import * as Paths from "../../bench/harness/Paths.ts"
import * as Processes from "../../bench/harness/Processes.ts"
import type { Checks } from "./Checks.ts"
import { equal, includes } from "./Checks.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Python from "./Python.ts"

/** Below the checkout, where the packages are that a project has. */
const folder = Effect.acquireRelease(
  Effect.sync(() => {
    const cache = join(Paths.root, "node_modules", ".cache", "effect-flash")
    mkdirSync(cache, { recursive: true })
    const folder = mkdtempSync(join(cache, "conformance-"))
    mkdirSync(join(folder, "node_modules"))
    symlinkSync(Paths.root, join(folder, "node_modules", "effect-flash"), "dir")
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

export const ourDeployment = ({ check }: Checks) =>
  Effect.gen(function*() {
    const { apiKey, url } = yield* Platform.Platform
    const parent = yield* folder
    const project = join(parent, "store")
    const env = {
      ...process.env,
      RUNPOD_API_KEY: Redacted.value(apiKey),
      RUNPOD_API_BASE_URL: url,
      RUNPOD_REST_API_URL: `${url}/v1`,
      RUNPOD_ENDPOINT_BASE_URL: `${url}/v2`,
      CONSOLE_BASE_URL: url,
      COLUMNS: "200",
      NO_COLOR: "1"
    }
    const ours = (args: ReadonlyArray<string>, cwd = project) =>
      Processes.run(process.execPath, [join(Paths.dist, "cli", "main.mjs"), ...args], { cwd, env })
    // in a folder that has nothing of the project: all it knows is what the platform says
    const theirs = (args: ReadonlyArray<string>) => Processes.run(Python.flash, args, { cwd: parent, env })
    const says = (args: ReadonlyArray<string>, ...parts: ReadonlyArray<string>) =>
      Effect.flatMap(theirs(args), (output) => includes(output, ...parts))
    const resources = ["cpu_worker", "gpu_worker", "lb_worker"]

    yield* ours(["init", "store"], parent)
    yield* ours(["deploy", "--env", "production", "--yes"])

    yield* check("flash app get: an app of ours", says(["app", "get", "store"], "production"))
    yield* check("flash env list", says(["env", "list", "--app", "store"], "production"))
    yield* check("flash env get: its endpoints", says(["env", "get", "production", "--app", "store"], ...resources))
    yield* check(
      "the reader of its workers: the manifest of the active build, with every endpoint's address",
      Effect.gen(function*() {
        const { id } = JSON.parse(yield* ours(["env", "get", "production", "--app", "store", "--json"]))
        const manifest = JSON.parse(
          yield* Processes.run(Python.python, [join(Python.programs, "manifest.py"), id], { cwd: parent, env })
        )
        yield* equal(Object.keys(manifest.resources_endpoints).sort(), resources)
        yield* equal(manifest.function_registry.cpu_hello, "cpu_worker")
        yield* equal(manifest.version, "1.0")
      })
    )
    // theirs deletes only endpoints that a folder has on record
    yield* check(
      "our flash env delete: theirs finds no environment any more",
      Effect.gen(function*() {
        yield* ours(["env", "delete", "production", "--app", "store", "--yes"])
        const left = yield* Endpoint.ask("GET", "/v2/serverless")
        yield* equal(left["endpoints"], [])
        yield* equal((yield* theirs(["env", "list", "--app", "store"])).includes("production"), false)
      })
    )
  })
