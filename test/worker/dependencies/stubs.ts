/** Programs that stand for npm, apt-get and dpkg-query, first on PATH, in a folder of their own. */
import { Effect } from "effect"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Writes what npm would write for the packages in package.json, as its lock says where there is one. */
export const npm = `
const fs = require("node:fs")
const { dependencies } = JSON.parse(fs.readFileSync("package.json", "utf8"))
if (process.argv[2] === "install") {
  const packages = { "": { dependencies } }
  for (const [name, version] of Object.entries(dependencies)) {
    packages["node_modules/" + name] = { version: version === "latest" ? "9.9.9" : version, integrity: "sha512-" + name }
  }
  fs.writeFileSync("package-lock.json", JSON.stringify({ packages }))
}
const { packages } = JSON.parse(fs.readFileSync("package-lock.json", "utf8"))
for (const [path, { version }] of Object.entries(packages)) {
  if (path === "") continue
  fs.mkdirSync(path, { recursive: true })
  fs.writeFileSync(path + "/package.json", JSON.stringify({ version }))
}
fs.mkdirSync("node_modules", { recursive: true })
fs.writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }))
`

/** Notes how it was called before it does what the code says. */
const stub = (log: string, name: string, code: string) =>
  `#!${process.execPath}
require("node:fs").appendFileSync(${JSON.stringify(log)}, ${
    JSON.stringify(name)
  } + " " + process.argv.slice(2).join(" ") + "\\n")
${code}
`

export const make = (programs: Readonly<Record<string, string>>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-dependencies-"))),
      (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
    ),
    (root) => {
      const log = join(root, "calls")
      const bin = join(root, "bin")
      mkdirSync(bin)
      for (const [name, code] of Object.entries(programs)) {
        writeFileSync(join(bin, name), stub(log, name, code))
        chmodSync(join(bin, name), 0o755)
      }
      return {
        cache: join(root, "cache"),
        env: { PATH: bin, RUNPOD_API_KEY: "the account's key" },
        calls: () => existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []
      }
    }
  )
