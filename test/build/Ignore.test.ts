import { describe, expect, it } from "@effect/vitest"
import * as Ignore from "../../cli/build/Ignore.ts"

const ignored = (rules: string, ...paths: ReadonlyArray<string>) => {
  const { decide } = Ignore.parse(rules)
  return paths.filter((path) => decide(path.replace(/\/$/, ""), path.endsWith("/")))
}

describe("Ignore", () => {
  it("takes a pattern without a slash for a name in any folder", () => {
    expect(ignored("*.log\ndist", "a.log", "x/b.log", "a.logs", "dist/", "x/dist", "distant")).toEqual([
      "a.log",
      "x/b.log",
      "dist/",
      "x/dist"
    ])
  })

  it("ties a pattern with a slash to its folder", () => {
    expect(ignored("/a.ts\nsrc/*.js", "a.ts", "x/a.ts", "src/b.js", "src/x/b.js", "y/src/b.js")).toEqual([
      "a.ts",
      "src/b.js"
    ])
  })

  it("knows folders, sets, single characters and stars over folders", () => {
    expect(ignored("build/", "build", "build/")).toEqual(["build/"])
    expect(ignored("[ab].ts\n[!x]?.js", "a.ts", "c.ts", "yz.js", "xz.js")).toEqual(["a.ts", "yz.js"])
    expect(ignored("**/gen\na/**/z\nlogs/**", "gen", "x/gen", "a/z", "a/b/c/z", "logs/1", "logs")).toEqual([
      "gen",
      "x/gen",
      "a/z",
      "a/b/c/z",
      "logs/1"
    ])
  })

  it("lets the last rule decide, and passes over comments and what is no pattern", () => {
    expect(ignored("# all\n\n*.ts\n!keep.ts\n\\#x.ts  ", "a.ts", "keep.ts", "#x.ts")).toEqual(["a.ts", "#x.ts"])
    expect(ignored("\\!a\n[z-a]", "!a", "z")).toEqual(["!a"])
  })
})
