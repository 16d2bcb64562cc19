import { describe, expect, it } from "@effect/vitest"
import * as LogLines from "../../runtime/worker/LogLines.ts"

const make = () => {
  const printed: Array<readonly [jobId: string | null, line: string]> = []
  return { printed, lines: LogLines.make((jobId, line) => void printed.push([jobId, line])) }
}

describe("the lines of a worker's log", () => {
  it("are whole and of one job each, where jobs write them in pieces by turns", () => {
    const { lines, printed } = make()
    lines.write("a", "one ")
    lines.write("b", "1 ")
    lines.write(null, "worker\n")
    lines.write("a", "line\ntwo\r\n\nthr")
    lines.write("b", "2\n")
    expect(printed).toEqual([[null, "worker"], ["a", "one line"], ["a", "two"], ["a", ""], ["b", "1 2"]])
    lines.end("a")
    lines.end("a")
    lines.end("b")
    expect(printed.slice(5)).toEqual([["a", "thr"]])
  })

  it("are printed at the end, though they were only begun", () => {
    const { lines, printed } = make()
    lines.write("a", "x")
    lines.write(null, "y")
    lines.endAll()
    expect(printed).toEqual([["a", "x"], [null, "y"]])
  })

  it("are bounded: a long one comes in pieces, and only so many are begun", () => {
    const { lines, printed } = make()
    const limit = 16 * 1024
    lines.write("a", "x".repeat(limit - 1))
    expect(printed).toHaveLength(0)
    lines.write("a", "yz")
    lines.write("a", `${"w".repeat(limit)}\n`)
    expect(printed.map(([, { length }]) => length)).toEqual([limit, limit, 1])
    expect(printed.map(([, line]) => line).join("")).toBe(`${"x".repeat(limit - 1)}yz${"w".repeat(limit)}`)
    for (let n = 0; n < 1025; n++) lines.write(`job-${n}`, "begun")
    expect(printed.slice(3)).toEqual([["job-0", "begun"]])
  })
})
