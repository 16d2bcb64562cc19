/**
 * Measures this package against its floors and its peers; README.md says how to read the result.
 *
 *     npm run bench                          everything
 *     npm run bench -- --only warm-call      one row; may be given more than once
 *     npm run bench -- --json                raw numbers on standard output
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { readFileSync } from "node:fs"
import { cpus, loadavg, release, totalmem } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { buildChanged } from "../scripts/build.mjs"
import type { Result } from "./harness/Bench.ts"
import { compile } from "./harness/Compile.ts"
import { program, root } from "./harness/Paths.ts"
import * as Processes from "./harness/Processes.ts"
import * as Report from "./harness/Report.ts"

const rows = [
  "call-overhead",
  "lb-overhead",
  "inline-overhead",
  "warm-call",
  "serial-jobs",
  "concurrent-jobs",
  "queued-jobs",
  "cold-worker",
  "wake",
  "platform-start",
  "first-call",
  "cli-start",
  "bundle",
  "build",
  "reload",
  "import",
  "types",
  "payload"
]

/** What the numbers depend on besides the code. */
const machine = () => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${process.arch} ${release()}`,
  node: process.version,
  /** Processes that wanted a core in the last minute; on an idle machine this is near 0. */
  load: loadavg()[0] ?? 0,
  packages: versions(["effect", "@effect/rpc", "undici", "runpod-sdk", "@trpc/server", "typescript", "esbuild"])
})

const versions = (names: ReadonlyArray<string>): Record<string, string> =>
  Object.fromEntries(names.map((name) => {
    const { version }: { readonly version: string } = JSON.parse(
      readFileSync(join(root, "node_modules", name, "package.json"), "utf8")
    )
    return [name, version]
  }))

const describe = ({ cores, cpu, load, memoryGiB, node, packages, system }: ReturnType<typeof machine>): string =>
  [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}`,
    `Node ${node}, ${Object.entries(packages).map(([name, version]) => `${name} ${version}`).join(", ")}`,
    `load before the start: ${load.toFixed(2)}`
  ].join("\n")

/** A row has a process of its own, so that no row measures what another one left in memory. */
const runRow = (name: string): Effect.Effect<ReadonlyArray<Result>, Processes.ProcessFailed> =>
  Effect.scoped(Effect.flatMap(
    Processes.start(process.execPath, [program("harness/runRow"), name], {
      stdio: ["ignore", "inherit", "inherit", "ipc"]
    }),
    (child) =>
      Effect.async<ReadonlyArray<Result>, Processes.ProcessFailed>((resume) => {
        let results: ReadonlyArray<Result> | undefined
        child.once("message", (message) => results = message as ReadonlyArray<Result>)
        child.once("exit", (code) =>
          resume(
            results === undefined
              ? Effect.fail(new Processes.ProcessFailed({ message: `${name} ended with ${code} and without a result` }))
              : Effect.succeed(results)
          ))
      })
  ))

const usage = `npm run bench -- [--only <row>]... [--json]\nrows: ${rows.join(", ")}`

const main = Effect.gen(function*() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false }
    }
  })
  if (values.help) return yield* Console.log(usage)
  const chosen = values.only ?? rows
  const unknown = chosen.find((name) => !rows.includes(name))
  if (unknown !== undefined) {
    return yield* new Processes.ProcessFailed({ message: `there is no row ${unknown}\n${usage}` })
  }

  const start = performance.now()
  const environment = machine()
  yield* Console.error(describe(environment))
  yield* Effect.tryPromise(() => buildChanged(root, "install"))
  yield* compile
  const results: Array<Result> = []
  const failed: Array<string> = []
  for (const name of chosen) {
    // one row that fails is no reason to lose the others
    yield* Effect.match(runRow(name), {
      onSuccess: (found) => results.push(...found),
      onFailure: ({ message }) => failed.push(message)
    })
  }
  const seconds = Math.round((performance.now() - start) / 1000)
  if (values.json) {
    yield* Console.log(JSON.stringify({ machine: environment, seconds, results, failed }, null, 2))
  } else {
    yield* Console.log(`\n${describe(environment)}\n\n${Report.table(results)}\n\n${Report.summary(results)}`)
    yield* Console.log(`took ${seconds} s`)
  }
  if (failed.length > 0) return yield* new Processes.ProcessFailed({ message: failed.join("\n") })
})

NodeRuntime.runMain(main)
