/** How long the command line takes for the least it can be asked, and for one question to the platform. */
import { Effect, Either, Layer, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { join } from "node:path"
import * as VirtualEnvironment from "../fixtures/VirtualEnvironment.ts"
import type { Budget, Case, Row } from "../harness/Bench.ts"
import { dist, scratch } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const cli = join(dist, "cli/main.mjs")
const floor = "node -e 0"

/** The original, from PyPI. */
const original = VirtualEnvironment.make("runpod-flash", "1.3.0", "runpod_flash")
const originalName = "runpod-flash 1.3.0"

interface Asked {
  readonly words: ReadonlyArray<string>
  readonly budgets: ReadonlyArray<Budget>
  readonly env: Readonly<Record<string, string>>
  readonly isOriginalThere: boolean
  readonly notes: ReadonlyArray<string>
}

const started = ({ budgets, env, isOriginalThere, notes, words }: Asked): Case => {
  const name = `flash ${words.join(" ")}`
  // the original writes where it is called
  const options = { env: Processes.environment(env), cwd: scratch }
  return {
    name,
    unit: "ms",
    rounds: 15,
    warmUp: 2,
    subjects: [
      { name: floor, role: "floor", round: Processes.timeToExit(process.execPath, ["-e", "0"]) },
      { name, role: "ours", round: Processes.timeToExit(process.execPath, [cli, ...words], options) },
      ...(isOriginalThere
        ? [{
          name: originalName,
          role: "peer" as const,
          round: Processes.timeToExit(original.program("flash"), words, options)
        }]
        : [])
    ],
    budgets,
    notes
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
  const app = ["--app", "bench"]
  yield* Processes.run(process.execPath, [cli, "env", "create", "production", ...app], {
    env: Processes.environment(env)
  })
  const installed = yield* Effect.either(original.install)
  const more = {
    isOriginalThere: Either.isRight(installed),
    notes: Either.match(installed, {
      onLeft: ({ message }) => [`${originalName} was not measured, since it cannot be installed: ${message.trim()}`],
      onRight: () => []
    })
  }
  return [
    started({ words: ["--version"], budgets: [atMost(2.5)], env: {}, ...more }),
    started({ words: ["--help"], budgets: [atMost(3.5)], env: {}, ...more }),
    started({ words: ["env", "list", ...app], budgets: [], env, ...more })
  ]
})
