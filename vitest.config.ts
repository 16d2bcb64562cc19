import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** The entry points in package.json, each by its name and its source. */
interface PackageJson {
  readonly exports: Record<string, string | { readonly "effect-flash-source": string }>
}

const packageJson: PackageJson = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"))

// A test imports the package by its name, as a user does, and gets the sources. The patterns match whole names: a plain
// string would also take `effect-flash/local` for a folder below `effect-flash`.
const alias = Object.entries(packageJson.exports).flatMap(([subpath, entry]) =>
  typeof entry === "string" ? [] : [{
    find: new RegExp(`^effect-flash${subpath.slice(1)}$`),
    replacement: fileURLToPath(new URL(entry["effect-flash-source"], import.meta.url))
  }]
)

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/setup/worker.ts"],
    reporters: ["default", "./test/setup/summaryReporter.ts"],
    // Processes, not threads: tests start workers and platforms, send signals and load native modules.
    pool: "forks",
    // One process for many files: loading Effect anew takes each file a second, and tests have no shared state.
    poolOptions: { forks: { maxForks: 2, isolate: false } },
    testTimeout: 30_000,
    hookTimeout: 30_000
  }
})
