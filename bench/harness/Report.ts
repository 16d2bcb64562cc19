/** Results for people: a table in which every number stands beside its floor and its peers. */
import type { Budget, Result, Series, Unit } from "./Bench.ts"
import { median, ratios, summarize } from "./Statistics.ts"

/** A budget and what was measured of it. */
export interface Verdict {
  readonly text: string
  readonly measured: number
  readonly isMet: boolean
}

/** Three digits say all that a benchmark knows, and `1 234` reads better than `1234`. */
const number = (value: number): string =>
  value >= 1000 ? value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, " ") : value.toPrecision(3)

const isRate = (unit: Unit): boolean => unit === "jobs/s"

const bounds = { "at most": "≤", "less than": "<", "at least": "≥" } as const

const ours = (result: Result): ReadonlyArray<number> => result.series.find(({ role }) => role === "ours")?.rounds ?? []

const roundsOf = (result: Result, name: string): ReadonlyArray<number> =>
  result.series.find((series) => series.name === name)?.rounds ?? []

const measuredOf = (result: Result, { to }: Budget): number =>
  to === undefined ? median(ours(result)) : median(ratios(ours(result), roundsOf(result, to)))

/** Budgets whose peer was not measured are left out. */
export const verdicts = (result: Result): ReadonlyArray<Verdict> =>
  result.budgets.flatMap((budget) => {
    const { bound, limit, to } = budget
    if (to !== undefined && roundsOf(result, to).length === 0) return []
    const measured = measuredOf(result, budget)
    const isMet = bound === "at most" ? measured <= limit : bound === "less than" ? measured < limit : measured >= limit
    const text = to === undefined
      ? `${bounds[bound]} ${limit} ${result.unit}`
      : `${bounds[bound]} ${limit}× ${to}`
    return [{ text, measured, isMet }]
  })

type Cells = readonly [string, string, string, string]

const line = (result: Result, series: Series): Cells => {
  const { high, low, median: middle } = summarize(series.rounds)
  const floor = result.series.find(({ role }) => role === "floor")
  const toFloor = floor === undefined || floor === series
    ? ""
    : `${number(median(ratios(series.rounds, floor.rounds)))}×`
  const mark = series.role === "floor" ? " (floor)" : series.role === "ours" ? " ◂" : ""
  const spread = series.rounds.length > 1 ? `${number(low)} – ${number(high)}` : ""
  return [`  ${series.name}${mark}`, `${number(middle)} ${result.unit}`, spread, toFloor]
}

const render = (rows: ReadonlyArray<Cells>): ReadonlyArray<string> => {
  const width = (column: 0 | 1 | 2 | 3) => Math.max(...rows.map((row) => row[column].length))
  const [name, value, spread, ratio] = [width(0), width(1), width(2), width(3)]
  return rows.map((row) =>
    `${row[0].padEnd(name)}  ${row[1].padStart(value)}  ${row[2].padEnd(spread)}  ${row[3].padStart(ratio)}`.trimEnd()
  )
}

/** The whole table. */
export const table = (results: ReadonlyArray<Result>): string => {
  const head: Cells = ["", "median", "quartiles", "× floor"]
  const cells = [head, ...results.flatMap((result) => result.series.map((series) => line(result, series)))]
  const [heading = "", ...rendered] = render(cells)
  const lines = [heading]
  for (const result of results) {
    const rounds = Math.max(...result.series.map((series) => series.rounds.length))
    const better = isRate(result.unit) ? ", more is better" : ""
    lines.push("", `${result.row}: ${result.case} (${rounds} ${rounds === 1 ? "round" : "rounds"}${better})`)
    lines.push(...rendered.splice(0, result.series.length))
    for (const { isMet, measured, text } of verdicts(result)) {
      lines.push(`  budget ${text}: ${isMet ? "met" : "NOT MET"} (${number(measured)})`)
    }
    lines.push(...result.notes.map((note) => `  note: ${note}`))
  }
  return lines.join("\n")
}

/** What did not go as it was to go, in one line. */
export const summary = (results: ReadonlyArray<Result>): string => {
  const all = results.flatMap((result) => verdicts(result).map((verdict) => ({ ...verdict, result })))
  const missed = all.filter(({ isMet }) => !isMet)
  const names = missed.map(({ result, text }) => `${result.row} (${result.case}) ${text}`)
  return `${all.length - missed.length} of ${all.length} budgets met${
    names.length === 0 ? "" : `; not met: ${names.join("; ")}`
  }`
}
