/** How a worker starts: from code that an earlier one has compiled, where there is some that is of use. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { projectRoot } from "../../scripts/build.mjs"

const input = JSON.stringify({
  input: { protocol_version: 1, function_name: "chatter", args: [{ id: "one", lines: 1 }] }
})

/** A copy of the worker that has never run, and what runs one job on it. */
const copy = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-start-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  cpSync(join(projectRoot, "dist/worker"), join(folder, "worker"), { recursive: true })
  const run = Effect.promise(() =>
    promisify(execFile)(process.execPath, [join(folder, "worker/main.mjs")], {
      env: {
        PATH: process.env["PATH"],
        FLASH_TEST_INPUT: input,
        FLASH_MODULE: new URL("./fixtures/executorFunctions.mjs", import.meta.url).href,
        FLASH_RESOURCE_NAME: "executor"
      }
    })
  )
  return { kept: join(folder, ".cache"), folder, run }
})

const succeeds = ({ run }: Effect.Effect.Success<typeof copy>) =>
  Effect.map(run, ({ stdout }) => expect(stdout).toContain(`"success":true`))

describe("a worker", () => {
  it.scopedLive("keeps what it has compiled for those to come, for itself and its threads", () =>
    Effect.gen(function*() {
      const worker = yield* copy
      yield* succeeds(worker)
      const files = readdirSync(worker.kept).toSorted()
      expect(files.map((name) => name.replace(/-.*/, ""))).toEqual(["main", "thread"])
      for (const name of files) expect(name).toContain(process.version)
      const times = () => files.map((name) => statSync(join(worker.kept, name)).mtimeMs)
      const before = times()
      yield* succeeds(worker)
      // it was of use
      expect(times()).toEqual(before)
    }))

  it.scopedLive("does without where that is broken, and makes it anew", () =>
    Effect.gen(function*() {
      const worker = yield* copy
      yield* succeeds(worker)
      const files = readdirSync(worker.kept).map((name) => join(worker.kept, name))
      for (const file of files) writeFileSync(file, readFileSync(file).subarray(0, 1000))
      yield* succeeds(worker)
      for (const file of files) expect(statSync(file).size).toBeGreaterThan(1000)
    }))

  it.scopedLive("does without where nothing can be kept", () =>
    Effect.gen(function*() {
      const worker = yield* copy
      writeFileSync(worker.kept, "a file where the folder would be")
      yield* succeeds(worker)
    }))
})
