/**
 * Runs a part of the product under load and in trouble for a while, and says what came of it; fails where anything was
 * lost. The worker is killed, stopped and cut off; the platform is killed with everything it has accepted.
 *
 *     npm run soak [-- worker --seconds 600 --rate 50 --seed 1]
 *     npm run soak -- platform [--seconds 300 --rate 200 --seed 1]
 */
import { Console, Effect } from "effect"
import { parseArgs } from "node:util"
import { buildChanged, projectRoot } from "./build.mjs"
import * as PlatformSoak from "./soak/PlatformSoak.ts"
import * as Soak from "./soak/Soak.ts"

const { positionals: [subject = "worker"], values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string" },
    rate: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 100_000) }
  }
})

const options = (seconds: number, rate: number) => ({
  seconds: Number(values.seconds ?? seconds),
  rate: Number(values.rate ?? rate),
  seed: Number(values.seed)
})

const announce = ({ rate, seconds, seed }: ReturnType<typeof options>) =>
  Console.log(`${subject}: ${rate} jobs a second for ${seconds} s, seed ${seed}`)

const report = Effect.gen(function*() {
  // workers and platforms that are processes of their own run from dist/
  yield* Effect.promise(() => buildChanged(projectRoot, "install"))
  if (subject === "platform") {
    const asked = options(300, 200)
    yield* announce(asked)
    return yield* PlatformSoak.run({ ...asked, life: [2_000, 6_000] })
  }
  if (subject !== "worker") return yield* Effect.fail(`there is no soak of ${subject}: worker or platform`)
  const asked = options(600, 50)
  yield* announce(asked)
  return yield* Soak.run(asked)
})

const main = Effect.flatMap(
  report,
  (report) => Effect.as(Console.log(JSON.stringify(report, null, 2)), report.problems.length)
)

Effect.runPromise(main).then(
  (problems) => {
    process.exitCode = problems === 0 ? 0 : 1
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  }
)
