/** The README's recording shows command lines that there are, each of the kind that is to be shown. */
import { expect, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { splitProgram } from "../../cli/splitProgram.ts"
import { read } from "../../cli/surface/CommandLine.ts"
import { root as surface } from "../../cli/surface/Surface.ts"
import { parse } from "../../scripts/recording.ts"
import { root } from "./compiles.ts"

it("the recording in the README goes from init to undeploy", () => {
  const [, recording] = parse(readFileSync(join(root, "README.md"), "utf8"))
  const lines = Array.from(recording.matchAll(/^[\w-]*\$ npx flash (.*)$/gm), ([, line = ""]) => line)
  const commands = lines.map((line) => {
    const words = Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? "")
    expect([line, read(surface, splitProgram(["", "", ...words])[0].slice(2))]).toEqual([line, { _tag: "Command" }])
    return words[0]
  })
  expect(commands).toEqual(["init", "run", "deploy", "call", "env", "logs", "undeploy"])
  expect(recording).not.toMatch(/error|undefined|INFO/)
})
