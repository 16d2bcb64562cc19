/** How values look on a terminal: tables that fit, times and durations for people, colours with a meaning. */
import { stripVTControlCharacters } from "node:util"
import type { Style } from "../colors.ts"
import { styledOn } from "../colors.ts"

const styled = (style: Style) => (text: string): string => styledOn(process.stdout, style, text)

export const bold = styled("bold")
export const dim = styled("dim")
export const good = styled("green")
export const busy = styled("cyan")
export const doubtful = styled("yellow")
export const bad = styled("red")

const escape = "\u001b"

/** Everything by which a text could move the cursor or clear the screen; colours may stay. */
const controls = new RegExp(`${escape}\\[(?![\\d;]*m)[\\d;?]*[A-Za-z]|(?!${escape}\\[)[\\0-\\x1f\\x7f]`, "g")

/** One line of a text that comes from elsewhere, as it may be shown. */
export const printable = (text: string): string => text.replaceAll("\n", " ").replaceAll(controls, "")

const widthOf = (text: string): number => stripVTControlCharacters(text).length

/** Not wider than that; what is cut loses its colours. */
export const cut = (text: string, width: number): string =>
  widthOf(text) <= width ? text : `${stripVTControlCharacters(text).slice(0, Math.max(0, width - 1))}…`

/** Spaces between two columns. */
const gap = 2

/** Columns that a terminal is too narrow for share what room there is; in a pipe nothing is cut. */
const fit = (widths: ReadonlyArray<number>): ReadonlyArray<number> => {
  const room = process.stdout.isTTY ? process.stdout.columns - gap * (widths.length - 1) : Infinity
  const fitting = [...widths]
  for (let over = widths.reduce((a, b) => a + b, 0) - room; over > 0; over--) {
    const widest = fitting.indexOf(Math.max(...fitting))
    if ((fitting[widest] ?? 0) <= 6) break
    fitting[widest] = (fitting[widest] ?? 0) - 1
  }
  return fitting
}

/** Rows in columns below their heads. */
export const table = (heads: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const lines = [heads.map(dim), ...rows.map((cells) => cells.map(printable))]
  const widths = fit(heads.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? "")))))
  return lines.map((cells) =>
    cells.map((cell, column) => {
      const width = widths[column] ?? 0
      const shown = cut(cell, width)
      return column === cells.length - 1 ? shown : shown + " ".repeat(width - widthOf(shown) + gap)
    }).join("").trimEnd()
  ).join("\n")
}

/** `2026-11-24 23:05`, in local time; `-` where it is not known. */
export const dateTime = (iso: string | undefined): string => {
  if (iso === undefined || iso === "") return "-"
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const two = (n: number) => String(n).padStart(2, "0")
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${
    two(date.getMinutes())
  }`
}

/** `850 ms`, `12 s`, `4 min`, `3 h`, `2 d`. */
export const duration = (milliseconds: number): string => {
  const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000]] as const
  const unit = units.find(([, size]) => milliseconds >= size)
  return unit === undefined ? `${Math.round(milliseconds)} ms` : `${Math.round(milliseconds / unit[1])} ${unit[0]}`
}

/** `1 endpoint`, `2 endpoints`. */
export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`
