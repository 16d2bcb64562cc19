import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { base, defining } from "../build/fixture.ts"
import { project } from "../live/liveThread.ts"
import { flash } from "./flash.ts"

describe("flash build", () => {
  it.scopedLive("packs the project of the working directory, says what it packed, and prints it for scripts", () =>
    Effect.gen(function*() {
      const root = yield* project({ ...base, "main.ts": defining("hello"), ".env": "A=b" })
      const text = yield* flash(["build"], {}, root)
      assert.match(
        text.stdout,
        /^Built shop\n {2}cpu CpuLiveServerless {2}hello\n\.flash\/artifact\.tar\.gz: 3 files, /
      )
      assert.include(text.stderr, "not packed, since they hold secrets: .env\n")
      assert.strictEqual(text.code, 0)
      const listed = yield* flash(["build", "--list", "-o", "out.tgz"], {}, root)
      expect(listed.stdout.trim().split("\n").map((line) => line.trim().replace(/^.* {2}/, ""))).toEqual([
        "flash_manifest.json",
        "resources/cpu/main.mjs",
        "resources/cpu/main.mjs.map"
      ])
      assert(existsSync(join(root, "out.tgz")))
      const { digest, manifest, refused } = JSON.parse(
        (yield* flash(["build", "--json", "--app", "other"], {}, root)).stdout
      )
      expect([manifest.project_name, refused, digest.length]).toEqual(["other", [".env"], 64])
    }))

  it.scopedLive("fails with what is wrong with the project, and with the command line", () =>
    Effect.gen(function*() {
      const root = yield* project({ ...base, "main.ts": `export const x = 1` })
      const empty = yield* flash(["build"], {}, root)
      assert.match(empty.stderr, /error\[FLASH-E701\]: there is nothing to build/)
      expect([empty.code, empty.stdout]).toEqual([1, ""])
      const named = yield* flash(["build", "-o", "artifact.zip"], {}, root)
      assert.match(named.stderr, /ends with \.tar\.gz or \.tgz/)
      assert.strictEqual(named.code, 2)
    }))
})
