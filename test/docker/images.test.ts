/** The images' files: what they start from, what they run and as whom; and their script, run where nothing is installed. */
import { describe, expect, it } from "@effect/vitest"
import { CpuLiveServerless, LiveServerless } from "effect-flash"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { problems } from "../../scripts/environment.ts"
import * as Generated from "../../scripts/generated.ts"
import * as Image from "../../src/resources/Image.ts"
import { version } from "../../src/Version.ts"

const folder = fileURLToPath(new URL("../../runtime/docker/", import.meta.url))
const read = (name: string) => Fs.readFileSync(Path.join(folder, name), "utf8")

/** Instructions with their continued lines, without comments. */
const instructionsOf = (text: string) =>
  text.replace(/^#.*\n/gm, "").replace(/\\\n\s*/g, "").trim().split(/\n+/).map((line) => {
    const [name = "", ...rest] = line.split(" ")
    return { name, text: rest.join(" ") }
  })

const stockOf = (config: Image.WorkerImage) => config.image?.split(":") ?? []

describe("generated files", () => {
  it("are what the sources make", () => expect(Generated.problems()).toEqual([]))

  it("miss no variable, and have none too many", () => {
    expect(problems([...Generated.sources(), `env["FLASH_NEW_ONE"]`])).toEqual(["FLASH_NEW_ONE is not in the table"])
    const [first] = problems([])
    expect(first).toContain("is in the table, and read nowhere")
  })
})

describe.each(["Dockerfile", "Dockerfile-cpu", "Dockerfile-lb", "Dockerfile-lb-cpu"])("%s", (name) => {
  const instructions = instructionsOf(read(name))
  const all = (instruction: string) => instructions.filter((one) => one.name === instruction).map(({ text }) => text)

  it("starts from the stock image of its kind, of one version", () => {
    const config = name.includes("cpu") ? CpuLiveServerless.make("a").config : LiveServerless.make("a").config
    const [repository, tag = ""] = stockOf(Image.workerImage(config, { version }))
    const [from = ""] = all("FROM")
    expect(from.split(":")[0]).toBe(repository)
    // the stock image's tag, or a version of it
    expect(from.split(":")[1]).toMatch(new RegExp(`^${tag.replace(/^(\d+)-/, "$1\\.\\d+\\.\\d+-")}$`))
  })

  it("is a worker that is not root, and holds nothing that it does not need", () => {
    const [user = "root"] = all("USER")
    expect(user).not.toMatch(/^(root|0)$/)
    expect(instructions.findIndex((one) => one.name === "USER"))
      .toBeGreaterThan(instructions.findLastIndex((one) => one.name === "RUN"))
    expect(JSON.parse(all("CMD")[0] ?? "")).toEqual(["/opt/effect-flash/node_modules/.bin/flash", "worker"])
    expect(all("COPY")).toEqual(["bootstrap.sh /opt/effect-flash/bootstrap.sh"])
    expect(all("RUN")).toEqual([expect.stringContaining("npm cache clean")])
    expect(all("EXPOSE")).toEqual(name.includes("-lb") ? ["80"] : [])
    expect(all("ENV").join(" ").includes("FLASH_ENDPOINT_TYPE=lb")).toBe(name.includes("-lb"))
  })
})

describe.skipIf(process.platform === "win32")("bootstrap.sh", () => {
  it("installs below its home, with FLASH_INSTALL_ONLY does no more, and else becomes the worker", () => {
    const root = Fs.mkdtempSync(Path.join(tmpdir(), "effect-flash-docker-"))
    try {
      const bin = Path.join(root, "bin")
      const home = Path.join(root, "home")
      Fs.mkdirSync(bin)
      // new files alone, in a folder that was empty
      const command = (name: string, program: string) =>
        Fs.writeFileSync(Path.join(bin, name), program, { mode: 0o755, flag: "wx" })
      command("node", `#!/bin/sh\nexec "${process.execPath}" "$@"\n`)
      command("mkdir", `#!/bin/sh\nexec /bin/mkdir "$@"\n`)
      command(
        "npm",
        `#!${process.execPath}
const fs = require("node:fs")
const home = process.argv[process.argv.indexOf("--prefix") + 1]
fs.mkdirSync(home + "/node_modules/.bin", { recursive: true })
fs.mkdirSync(home + "/node_modules/effect-flash", { recursive: true })
fs.writeFileSync(home + "/node_modules/effect-flash/package.json", JSON.stringify({ version: process.argv.at(-1).split("@")[1] }))
fs.writeFileSync(home + "/node_modules/.bin/flash", "#!/bin/sh\\necho flash $*\\n", { mode: 0o755 })
`
      )
      const run = (env: Record<string, string>) =>
        spawnSync("/bin/sh", [Path.join(folder, "bootstrap.sh")], {
          env: { PATH: bin, FLASH_HOME: home, ...env },
          encoding: "utf8",
          timeout: 20_000
        })
      expect(run({ FLASH_INSTALL_ONLY: "1" })).toMatchObject({ status: 0, stdout: "", stderr: "" })
      expect(Fs.readFileSync(Path.join(home, "node_modules/effect-flash/package.json"), "utf8")).toContain(version)
      expect(run({})).toMatchObject({ status: 0, stdout: "flash worker\n", stderr: "" })
    } finally {
      Fs.rmSync(root, { recursive: true, force: true })
    }
  })
})
