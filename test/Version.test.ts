import { expect, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { version } from "../src/Version.ts"

it("the library knows the version of its package", () => {
  const manifest: { readonly version?: string } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8")
  )
  expect(version).toBe(manifest.version)
})
