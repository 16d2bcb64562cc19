/** The embedded platform in a fresh process: from its start to the first job it accepted, without loading modules. */
import { Effect } from "effect"
import type { Row } from "../harness/Bench.ts"
import { program } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

export const row: Row = Effect.succeed([{
  name: "start to first accepted job",
  unit: "ms",
  rounds: 11,
  warmUp: 1,
  subjects: [
    { name: "bare HTTP server", role: "floor", round: Processes.runForNumber(program("programs/bareServerStart")) },
    { name: "embedded platform", role: "ours", round: Processes.runForNumber(program("programs/platformStart")) }
  ],
  budgets: [{ bound: "at most", limit: 100 }],
  notes: ["both in a process of their own, after their imports; the submission is one node:http request"]
}])
