/** Pieces of pages that are made from sources. */

/** A table whose columns are as wide as the formatter wants them. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const columns = Math.max(...rows.map((cells) => cells.length))
  const widths = Array.from(
    { length: columns },
    (_, column) => Math.max(3, ...rows.map((cells) => cells[column]?.length ?? 0))
  )
  const line = (cells: ReadonlyArray<string>, fill = " ") =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width, fill)).join(" | ")} |`
  return rows.flatMap((cells, index) => index === 0 ? [line(cells), line([], "-")] : [line(cells)])
}
