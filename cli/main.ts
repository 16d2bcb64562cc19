#!/usr/bin/env node
import { findPackage } from "./Package.ts"

// `flash --version` is asked by scripts, often many times: it is answered before anything else is loaded.
const [first] = process.argv.slice(2)
if (first === "--version" || first === "-V") {
  process.stdout.write(`${findPackage().version}\n`)
} else {
  const { main } = await import("./Cli.ts")
  main(process.argv)
}
