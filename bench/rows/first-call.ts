/** A program's first call on the embedded platform, in a fresh process: everything between its start and the result. */
import { Effect } from "effect"
import type { Row } from "../harness/Bench.ts"
import { program } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const first = (instance: string) => Processes.runForNumber(program("programs/firstCall"), [instance])

export const row: Row = Effect.succeed([{
  name: "start of a program to its first result",
  unit: "ms",
  rounds: 11,
  warmUp: 1,
  subjects: [
    { name: "bare HTTP server", role: "floor", round: Processes.runForNumber(program("programs/bareServerStart")) },
    { name: "first call", role: "ours", round: first("default") },
    { name: "first call, one vCPU", role: "ours", round: first("small") }
  ],
  budgets: [],
  notes: [
    "Flash.layerLocal; REST v2 has no instance of one vCPU, so that its endpoint is made by GraphQL",
    "most of it are modules that load, the esbuild bundle and the worker process"
  ]
}])
