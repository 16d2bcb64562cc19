/** A package with a compiled part, from the registry that npm is set to. */
import { describe, expect } from "@effect/vitest"
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Dependencies from "../../../runtime/worker/dependencies/Dependencies.ts"

const isReached = await new Promise<boolean>((resolve) => {
  execFile(
    "npm",
    ["view", "bufferutil@4.0.9", "version", "--fetch-retries=0", "--fetch-timeout=10000"],
    (error) => resolve(error === null)
  )
})

describe("a package with a compiled part", () => {
  if (!isReached) {
    it.skip("is not installed: npm reaches no registry")
    return
  }

  it.scopedLive(
    "is installed once for twenty jobs, loads, and is checked against its lock",
    () =>
      Effect.gen(function*() {
        const cache = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-registry-"))),
          (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
        )
        const ensure = (count: number) =>
          Effect.all(
            Array.from(
              { length: count },
              () => Dependencies.make({ cache, apt: "look" }).ensure({ dependencies: ["bufferutil@4.0.9"] })
            ),
            { concurrency: "unbounded" }
          )
        const [folder = "", ...others] = yield* ensure(20)
        expect(new Set(others)).toEqual(new Set([folder]))
        const load = createRequire(join(folder, "index.js"))
        const { mask }: { readonly mask: unknown } = load("bufferutil")
        expect(typeof mask).toBe("function")
        const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"))
        expect(lock.packages["node_modules/bufferutil"].integrity).toMatch(/^sha512-/)
        const { ino } = statSync(folder)

        // what is damaged is put right by the lock, from what was downloaded
        rmSync(join(folder, "node_modules", "bufferutil"), { recursive: true })
        yield* ensure(3)
        expect(statSync(folder).ino).not.toBe(ino)
        expect(typeof createRequire(join(folder, "index.js"))("bufferutil").unmask).toBe("function")
        const { ino: second } = statSync(folder)
        yield* ensure(3)
        expect(statSync(folder).ino).toBe(second)
      }),
    120_000
  )
})
