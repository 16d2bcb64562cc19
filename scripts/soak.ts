/**
 * Runs the worker under load and in trouble for a while, and says what came of it; fails where anything was lost.
 *
 *     npm run soak [-- --seconds 600 --rate 50 --seed 1]
 */
import { Console, Effect } from "effect"
import { parseArgs } from "node:util"
import * as Soak from "./soak/Soak.ts"

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    rate: { type: "string", default: "50" },
    seed: { type: "string", default: String(Date.now() % 100_000) }
  }
})
const options = { seconds: Number(values.seconds), rate: Number(values.rate), seed: Number(values.seed) }

const main = Effect.gen(function*() {
  yield* Console.log(`${options.rate} jobs a second for ${options.seconds} s, seed ${options.seed}`)
  const report = yield* Soak.run(options)
  yield* Console.log(JSON.stringify(report, null, 2))
  return report.problems.length
})

Effect.runPromise(main).then(
  (problems) => {
    process.exitCode = problems === 0 ? 0 : 1
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  }
)
