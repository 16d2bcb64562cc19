/**
 * Writes docs/errors from the registry of errors: a page for each code, and a table of all.
 *
 *     npx tsx scripts/docs-errors.ts
 */
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
import { page } from "../cli/errors/page.ts"
import * as Registry from "../cli/errors/Registry.ts"

/** A table whose columns are as wide as the formatter wants them. */
const table = (rows: ReadonlyArray<readonly [string, string, string]>): ReadonlyArray<string> => {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: ReadonlyArray<string>, fill = " ") =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |`
  return rows.flatMap((cells, index) => index === 0 ? [line(cells), line(["", "", ""], "-")] : [line(cells)])
}

/** Contents by file name. */
export const pages = (): ReadonlyMap<string, string> => {
  const entries = Registry.entries()
  const index = [
    "# Errors",
    "",
    "`flash explain <code>` shows a page on the terminal. The pages are made from `cli/errors/Registry.ts`.",
    "",
    ...table([
      ["Code", "Error", "What happened"],
      ...entries.map(({ code, tag, title }) => [`[${code}](${code}.md)`, `\`${tag}\``, title] as const)
    ]),
    ""
  ]
  return new Map([
    ["README.md", index.join("\n")],
    ...entries.map((entry): [string, string] => [`${entry.code}.md`, page(entry)])
  ])
}

export const folder = fileURLToPath(new URL("../docs/errors", import.meta.url))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  Fs.rmSync(folder, { recursive: true, force: true })
  Fs.mkdirSync(folder)
  for (const [name, text] of pages()) Fs.writeFileSync(`${folder}/${name}`, text)
}
