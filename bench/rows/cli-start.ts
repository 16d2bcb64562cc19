/** How long the command line takes for the least it can be asked. */
import { Effect } from "effect"
import { join } from "node:path"
import type { Case, Row } from "../harness/Bench.ts"
import { dist } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const cli = join(dist, "cli/main.mjs")
const floor = "node -e 0"

const started = (option: string, limit: number): Case => ({
  name: `flash ${option}`,
  unit: "ms",
  rounds: 15,
  warmUp: 2,
  subjects: [
    { name: floor, role: "floor", round: Processes.timeToExit(process.execPath, ["-e", "0"]) },
    { name: `flash ${option}`, role: "ours", round: Processes.timeToExit(process.execPath, [cli, option]) }
  ],
  budgets: [{ bound: "at most", limit, to: floor }]
})

export const row: Row = Effect.succeed([started("--version", 2.5), started("--help", 3.5)])
