/** Ten thousand jobs that wait: how fast four workers do them, what memory they take, and that their number costs nothing. */
import { Effect } from "effect"
import type { Row } from "../harness/Bench.ts"
import { program } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const queued = (what: "rate" | "memory") => Processes.runForNumber(program("programs/queuedJobs"), [what, "10000"])

const behind = (count: number) => Processes.runForNumber(program("programs/queueCost"), [String(count)])

const short = "behind 1 000"

export const row: Row = Effect.succeed([
  {
    name: "10 000 queued jobs, four workers",
    unit: "jobs/s",
    rounds: 3,
    warmUp: 0,
    subjects: [{ name: "embedded platform", role: "ours", round: queued("rate") }],
    budgets: [],
    notes: ["from the first tenth to the last job, with a file; five processes share the processor"]
  },
  {
    name: "memory of a job that waits, 10 000 of them",
    unit: "KiB",
    rounds: 3,
    warmUp: 0,
    subjects: [{ name: "embedded platform", role: "ours", round: queued("memory") }],
    budgets: [{ bound: "at most", limit: 10 }],
    notes: ["resident memory of the whole process, with what its submission left behind"]
  },
  {
    name: "a job's cost behind a queue, submitted, taken, finished and kept in a file",
    unit: "µs",
    rounds: 5,
    warmUp: 1,
    subjects: [
      { name: short, role: "floor", round: behind(1000) },
      { name: "behind 100 000", role: "ours", round: behind(100_000) }
    ],
    budgets: [{ bound: "at most", limit: 1.5, to: short }],
    notes: ["microseconds of the processor, whoever else wants it"]
  }
])
