/** The table of docs/calls.md is the one that the matrix test proves, and its words are explained. */
import { describe, expect, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { cells } from "../e2e/matrixTable.ts"

const guide = readFileSync(new URL("../../docs/calls.md", import.meta.url), "utf8")

const [header = [], , ...rows] = guide.split("\n").filter((line) => line.startsWith("|"))
  .map((line) => line.split("|").slice(1, -1).map((text) => text.trim()))

describe("docs/calls.md", () => {
  it("has every cell of the matrix, and no others", () => {
    const documented = rows.flatMap(([kind, target, ...row]) =>
      row.map((expected, index) => ({ kind, target, outcome: header[index + 2], expected }))
    )
    expect(documented).toEqual(cells)
  })

  it("explains every word of it", () => {
    for (const { expected } of cells) expect(guide).toContain(`- **${expected}**: `)
  })
})
