/**
 * Measures this package against its floors and its peers; README.md says how to read the result.
 *
 *     npm run bench                          everything
 *     npm run bench -- --only warm-call      one row; may be given more than once
 *     npm run bench -- --json                raw numbers on standard output
 */
import { Console, Data, Effect } from "effect"
import { readdirSync } from "node:fs"
import { cpus, loadavg, release, totalmem } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { buildChanged } from "../scripts/build.mjs"
import type { Result } from "./harness/Bench.ts"
import { compile } from "./harness/Compile.ts"
import { program, root } from "./harness/Paths.ts"
import * as Processes from "./harness/Processes.ts"
import * as Report from "./harness/Report.ts"

/** The order of DESIGN's budgets. */
const rows = [
  "call-overhead",
  "warm-call",
  "serial-jobs",
  "concurrent-jobs",
  "cold-worker",
  "platform-start",
  "cli-start",
  "bundle",
  "import",
  "types",
  "payload"
]
