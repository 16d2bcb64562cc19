/** The command line of runpod-flash 1.3.0: its own skeleton project, from `init` to `undeploy`. */
import { Effect, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Processes from "../../bench/harness/Processes.ts"
import type { Checks } from "./Checks.ts"
import { equal, includes } from "./Checks.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Python from "./Python.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-conformance-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const names = Effect.map(
  Endpoint.ask("GET", "/v2/serverless"),
  ({ endpoints }) => (endpoints as ReadonlyArray<Endpoint.Json>).map(({ name }) => String(name)).sort()
)

export const flashCli = ({ check }: Checks) =>
  Effect.gen(function*() {
    const { apiKey, url } = yield* Platform.Platform
    const parent = yield* folder
    const project = join(parent, "shop")
    const flash = (args: ReadonlyArray<string>, cwd = project) =>
      Processes.run(Python.flash, args, {
        cwd,
        env: {
          ...process.env,
          RUNPOD_API_KEY: Redacted.value(apiKey),
          RUNPOD_API_BASE_URL: url,
          RUNPOD_REST_API_URL: `${url}/v1`,
          RUNPOD_ENDPOINT_BASE_URL: `${url}/v2`,
          CONSOLE_BASE_URL: url,
          COLUMNS: "200",
          NO_COLOR: "1"
        }
      })
    const says = (args: ReadonlyArray<string>, ...parts: ReadonlyArray<string>) =>
      Effect.flatMap(flash(args), (output) => includes(output, ...parts))

    yield* check("flash init", flash(["init", "shop"], parent))
    yield* check(
      "flash deploy: app, environment, upload, build, endpoints",
      Effect.gen(function*() {
        yield* includes(yield* flash(["deploy", "--env", "production", "--no-deps"]), "Deployed")
        yield* equal(yield* names, ["cpu_worker-fb", "gpu_worker-fb", "lb_worker-fb"])
      })
    )
    yield* check("flash app list", says(["app", "list"], "shop"))
    yield* check("flash app get", says(["app", "get", "shop"], "production"))
    yield* check("flash env list", says(["env", "list"], "production"))
    yield* check("flash env get", says(["env", "get", "production"], "cpu_worker-fb", "gpu_worker-fb", "lb_worker-fb"))
    yield* check(
      "flash deploy again: the same endpoints, changed in place",
      Effect.gen(function*() {
        yield* flash(["deploy", "--env", "production", "--no-deps"])
        yield* equal(yield* names, ["cpu_worker-fb", "gpu_worker-fb", "lb_worker-fb"])
      })
    )
    yield* check("flash env create", says(["env", "create", "staging"], "staging"))
    yield* check("flash undeploy list", says(["undeploy", "list"], "cpu_worker-fb"))
    yield* check(
      "flash undeploy --all",
      Effect.gen(function*() {
        yield* flash(["undeploy", "--all", "--force"])
        yield* equal(yield* names, [])
      })
    )
  })
