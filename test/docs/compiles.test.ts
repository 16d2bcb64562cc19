/** What users are shown compiles, as their own project does: the README, the guides and what `flash init` makes. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { skeleton } from "../../cli/init/skeleton.ts"
import { write } from "../live/liveThread.ts"
import { blocksOf, errorsIn, folder, modulesOf } from "./compiles.ts"

const versions = { own: "0.0.0", peers: {}, typescript: "*", node: "*" }

/** The README's programs, which have no names there. */
const readme = ["hello.ts", "countdown.ts", "counter.ts", "hello.test.ts"]

describe("what users are shown", () => {
  it("is all that this test knows", () => {
    expect(blocksOf("README.md")).toHaveLength(readme.length)
    for (const page of ["docs/live-code.md", "docs/deployments.md", "docs/testing.md"]) {
      expect(blocksOf(page)).toHaveLength(modulesOf(page).size)
    }
  })

  it.scopedLive("compiles under the settings that `flash init` makes", () =>
    Effect.gen(function*() {
      const place = yield* folder
      // in folders of its own each
      const below = (folder: string, files: Iterable<readonly [string, string]>) =>
        Object.fromEntries(Array.from(files, ([path, text]) => [`${folder}/${path}`, text]))
      const project = skeleton("app", versions)
      const { include: _, ...tsconfig } = JSON.parse(project.get("tsconfig.json") ?? "")
      write(place, {
        "tsconfig.json": JSON.stringify({ ...tsconfig, include: ["**/*.ts"] }),
        ...below("app", project),
        ...below("readme", blocksOf("README.md").map((code, index) => [readme[index] ?? "", code])),
        ...below("live-code", [["setup.ts", "export {}"], ...modulesOf("docs/live-code.md")]),
        ...below("deployments", modulesOf("docs/deployments.md")),
        ...below("testing", modulesOf("docs/testing.md"))
      })
      // and one that does not, which shows that they are looked at
      write(place, { "wrong.ts": `export const n: number = "text"` })
      expect(errorsIn(place)).toEqual(["wrong.ts: Type 'string' is not assignable to type 'number'."])
    }), 60_000)
})
