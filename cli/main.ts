#!/usr/bin/env node
import { findPackage } from "./Package.ts"
import { splitProgram } from "./splitProgram.ts"
import { early } from "./surface/early.ts"

// What needs no command, as `--version` and `--help`, is asked by scripts and impatient people: it is answered before
// anything else is loaded.
const [own] = splitProgram(process.argv)
const { columns } = process.stdout.isTTY ? process.stdout : process.stderr
// A reader that has seen enough, as `head`, is no error, and nothing is left half done because of it.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
const answer = early(own.slice(2), { version: findPackage().version, columns })
if (answer !== undefined) {
  process.stdout.write(answer.stdout)
  process.stderr.write(answer.stderr)
  process.exitCode = answer.exitCode
} else {
  const { main } = await import("./Cli.ts")
  main(process.argv)
}
