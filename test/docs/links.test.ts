/** The links of the README and of the guides lead to files that are there, also in an installed copy. */
import { expect, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md")).map((name) => join("docs", name))
]

/** Files that a page links to, from the root. */
const linksOf = (page: string): ReadonlyArray<string> =>
  Array.from(
    readFileSync(join(root, page), "utf8").matchAll(/\]\((\.\.?\/[^)#]+|[\w-]+\.md)(?:#[^)]*)?\)/g),
    ([, link = ""]) => relative(root, join(root, dirname(page), link))
  )

it.each(pages)("%s", (page) => {
  const { files }: { readonly files: ReadonlyArray<string> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8")
  )
  // npm takes the README along unasked
  const isPacked = (path: string) => path === "README.md" || files.some((entry) => path.split("/")[0] === entry)
  for (const link of linksOf(page)) {
    expect([page, link, existsSync(join(root, link)), isPacked(link)]).toEqual([page, link, true, true])
  }
})

it("there are links", () => {
  expect(linksOf("README.md").length).toBeGreaterThan(5)
})
