/** `flash build` of a project of 50 functions; esbuild alone bundles the same modules. */
import { Effect } from "effect"
import { rmSync } from "node:fs"
import { join } from "node:path"
import * as Project from "../fixtures/project.ts"
import type { Row } from "../harness/Bench.ts"
import { dist, program, scratch } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const folder = join(scratch, "project")
const floor = "esbuild alone"
const loading = "esbuild, then a process that loads the modules"

const node = (...args: ReadonlyArray<string>) => Processes.timeToExit(process.execPath, args, { cwd: folder })

const bundled = node(program("programs/esbuildProject"), folder)

export const row: Row = Effect.gen(function*() {
  yield* Effect.acquireRelease(
    Effect.sync(() => Project.write(folder)),
    () => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  return [{
    name: "a project of 50 functions on 10 resources",
    unit: "ms",
    rounds: 9,
    warmUp: 1,
    subjects: [
      { name: floor, role: "floor", round: bundled },
      {
        name: loading,
        role: "floor",
        round: Effect.zipWith(bundled, node(program("programs/loadProject"), folder), (a, b) => a + b)
      },
      { name: "flash build", role: "ours", round: node(join(dist, "cli/main.mjs"), "build") }
    ],
    budgets: [{ bound: "at most", limit: 2, to: loading }],
    notes: [
      "process start to exit; flash build also compiles and loads the modules in a process of its own, to look at their " +
      "values, looks for secrets, and writes a manifest and a compressed archive"
    ]
  }]
})
