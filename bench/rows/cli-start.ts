/** How long the command line takes for the least it can be asked, and for one question to the platform. */
import { Effect, Layer, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { join } from "node:path"
import type { Budget, Case, Row } from "../harness/Bench.ts"
import { dist } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const cli = join(dist, "cli/main.mjs")
const floor = "node -e 0"

const started = (
  words: ReadonlyArray<string>,
  budgets: ReadonlyArray<Budget>,
  env: Readonly<Record<string, string>> = {}
): Case => {
  const name = `flash ${words.join(" ")}`
  const options = { env: Processes.environment(env) }
  return {
    name,
    unit: "ms",
    rounds: 15,
    warmUp: 2,
    subjects: [
      { name: floor, role: "floor", round: Processes.timeToExit(process.execPath, ["-e", "0"]) },
      { name, role: "ours", round: Processes.timeToExit(process.execPath, [cli, ...words], options) }
    ],
    budgets
  }
}

const atMost = (limit: number): Budget => ({ bound: "at most", limit, to: floor })

export const row: Row = Effect.gen(function*() {
  const context = yield* Layer.build(Platform.layer())
  const { apiKey, url } = yield* Effect.provide(Platform.Platform, context)
  const env = {
    RUNPOD_API_KEY: Redacted.value(apiKey),
    RUNPOD_API_BASE_URL: url,
    RUNPOD_ENDPOINT_BASE_URL: `${url}/v2`
  }
  yield* Processes.run(process.execPath, [cli, "env", "create", "production", "--app", "bench"], {
    env: Processes.environment(env)
  })
  return [
    started(["--version"], [atMost(2.5)]),
    started(["--help"], [atMost(3.5)]),
    started(["env", "list", "--app", "bench"], [], env)
  ]
})
