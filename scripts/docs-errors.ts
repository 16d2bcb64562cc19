/**
 * Writes docs/errors from the registry of errors: a page for each code, and a table of all.
 *
 *     npx tsx scripts/docs-errors.ts
 */
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
import { page } from "../cli/errors/page.ts"
import * as Registry from "../cli/errors/Registry.ts"
import { table } from "./markdown.ts"

/** Contents by file name. */
export const pages = (): ReadonlyMap<string, string> => {
  const entries = Registry.entries()
  const index = [
    "# Errors",
    "",
    "`flash explain <code>` shows a page on the terminal. The pages are made from `cli/errors`.",
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
