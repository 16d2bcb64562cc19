/** The code of a live function, a module of one file, made ready to travel; esbuild alone does the same file. */
import { Effect } from "effect"
import { copyFileSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as CodeBundler from "../../src/invoke/CodeBundler.ts"
import * as EsbuildAlone from "../fixtures/esbuildAlone.ts"
import { procedure } from "../fixtures/procedure.ts"
import type { Row } from "../harness/Bench.ts"
import * as Loops from "../harness/Loops.ts"
import { program, root, scratch } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const source = join(root, "bench/fixtures/functions.ts")
const folder = join(scratch, "modules")
const floor = "esbuild alone"

/** Modules that nobody has bundled before. */
const freshModules = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(folder, { recursive: true })
    let made = 0
    return () => {
      const path = join(folder, `${made++}.ts`)
      copyFileSync(source, path)
      return path
    }
  }),
  () => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const timed = <E>(effect: Effect.Effect<unknown, E>): Effect.Effect<number, E> =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(effect, () => performance.now() - start)
  })

export const row: Row = Effect.gen(function*() {
  const fresh = yield* freshModules
  const bundler = yield* Effect.provide(CodeBundler.CodeBundler, CodeBundler.layer)
  const known = procedure(pathToFileURL(source).href)
  yield* bundler.bundle(known)
  return [{
    name: "first bundle of a process",
    unit: "ms",
    rounds: 11,
    warmUp: 1,
    subjects: [
      { name: floor, role: "floor", round: Processes.runForNumber(program("programs/esbuildFirst"), [source]) },
      { name: "live bundle", role: "ours", round: Processes.runForNumber(program("programs/bundleFirst"), [source]) }
    ],
    budgets: [{ bound: "at most", limit: 1.5, to: floor }],
    notes: ["with the start of esbuild"]
  }, {
    name: "first bundle of a module, esbuild running",
    unit: "ms",
    rounds: 21,
    warmUp: 5,
    subjects: [
      {
        name: floor,
        role: "floor",
        round: Effect.suspend(() => {
          const path = fresh()
          return timed(Effect.tryPromise(() => EsbuildAlone.bundle(path)))
        })
      },
      {
        name: "live bundle",
        role: "ours",
        round: Effect.suspend(() => {
          const greet = procedure(pathToFileURL(fresh()).href)
          return timed(bundler.bundle(greet))
        })
      }
    ],
    budgets: [{ bound: "at most", limit: 1.5, to: floor }]
  }, {
    name: "cached bundle",
    unit: "ms",
    rounds: 9,
    warmUp: 2,
    subjects: [{
      name: "live bundle",
      role: "ours",
      round: Effect.map(Loops.latency(1000, bundler.bundle(known)), (micros) => micros / 1000)
    }],
    budgets: [{ bound: "at most", limit: 5 }]
  }]
})
