/** A module as a deployed worker loads it: its function wants a file, which is looked for before the first job. */
import { Effect, Schema } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"
import { FitnessCheck } from "effect-flash/worker"
import { appendFileSync, existsSync } from "node:fs"

const { FLASH_TEST_CHECKS: log = "", FLASH_TEST_FILE: file = "" } = process.env

const weights = FitnessCheck.make(
  "weights",
  Effect.suspend(() => {
    appendFileSync(log, `${process.pid}\n`)
    if (file === "end the thread") process.exit(3)
    return existsSync(file) ? Effect.void : Effect.fail(new Error(`there is no ${file}`))
  })
)

const resource = CpuLiveServerless.make("fitness")

export const predict = remote("predict", {
  resource,
  success: Schema.Int,
  fitnessChecks: [weights]
}, () => Effect.succeed(process.pid))

// the same check is made once
export const other = remote("other", { resource, fitnessChecks: [weights] }, () => Effect.void)
