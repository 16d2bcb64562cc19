import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import * as Path from "node:path"
import { startCommand } from "../../src/resources/startCommand.ts"

const command = startCommand("1.2.3-beta.1")
const [, script = ""] = /^sh -c '([^']*)'$/.exec(command) ?? []

describe("the start command", () => {
  it("is three words of a shell, on one line", () => {
    expect(script).not.toBe("")
    expect(command).not.toContain("\n")
  })

  it("names the version of the package exactly", () => {
    expect(script).toContain(`"effect-flash@1.2.3-beta.1"`)
  })
})

// ---------------------------------------------------------------------------------------------------------------------
// run by a real shell, in images made of a folder of commands
// ---------------------------------------------------------------------------------------------------------------------

let root = ""
let tools: ReadonlyArray<readonly [name: string, path: string]> = []

const which = (name: string): string => {
  const found = (process.env["PATH"] ?? "").split(Path.delimiter).map((folder) => Path.join(folder, name)).find(
    Fs.existsSync
  )
  if (found === undefined) throw new Error(`${name} is not on the PATH`)
  return found
}

/** Writes what it was called with to the image's log. */
const logged = (body: string) => `echo "$0 $*" >> "$LOG"\n${body}`

const npm = logged(`
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/.bin" "$2/node_modules/effect-flash"
for last; do :; done
echo "{ \\"version\\": \\"\${last#effect-flash@}\\" }" > "$2/node_modules/effect-flash/package.json"
printf '#!%s\\necho "flash $* as $$"\\n' "$SHELL_PATH" > "$2/node_modules/.bin/flash"
chmod +x "$2/node_modules/.bin/flash"`)

interface Image {
  readonly run: () => { readonly status: number | null; readonly output: string; readonly pid: number }
  readonly calls: () => ReadonlyArray<string>
  readonly home: string
}

let images = 0

/** An image with commands: a program of a shell, or `true` for the machine's own. */
const image = (commands: Readonly<Record<string, string | true>>, home = "home"): Image => {
  const folder = Path.join(root, `image-${images++}`)
  const bin = Path.join(folder, "bin")
  const log = Path.join(folder, "log")
  Fs.mkdirSync(bin, { recursive: true })
  for (const [name, path] of tools) {
    if (!(name in commands)) Fs.symlinkSync(path, Path.join(bin, name))
  }
  for (const [name, program] of Object.entries(commands)) {
    if (program === true) Fs.symlinkSync(name === "node" ? process.execPath : which(name), Path.join(bin, name))
    // a new file, never one that is there: a link here leads to the machine's own command
    else Fs.writeFileSync(Path.join(bin, name), `#!${which("sh")}\n${program}\n`, { mode: 0o755, flag: "wx" })
  }
  return {
    home: Path.join(folder, home),
    run() {
      const { output, pid, status } = spawnSync(which("sh"), ["-c", script], {
        env: {
          PATH: bin,
          BIN: bin,
          LOG: log,
          ARCHIVE: Path.join(root, "node.tar.gz"),
          SHELL_PATH: which("sh"),
          FLASH_HOME: Path.join(folder, home)
        },
        encoding: "utf8",
        timeout: 20_000
      })
      return { status, pid, output: output.join("") }
    },
    calls: () =>
      Fs.existsSync(log)
        ? Fs.readFileSync(log, "utf8").trim().split("\n").map((line) => line.replaceAll(`${bin}/`, ""))
        : []
  }
}

beforeAll(() => {
  root = Fs.mkdtempSync(Path.join(tmpdir(), "effect-flash-start-"))
  tools = ["mkdir", "rm", "uname", "tar", "gzip", "chmod", "cat", "cp"].map((name) => [name, which(name)])
  // what nodejs.org would send: a folder with node and npm
  const bin = Path.join(root, "archive", "node-v22", "bin")
  Fs.mkdirSync(bin, { recursive: true })
  Fs.symlinkSync(process.execPath, Path.join(bin, "node"))
  Fs.writeFileSync(Path.join(bin, "npm"), `#!${which("sh")}\n${npm}\n`, { mode: 0o755 })
  spawnSync("tar", ["-czf", Path.join(root, "node.tar.gz"), "-C", Path.join(root, "archive"), "node-v22"])
})

afterAll(() => Fs.rmSync(root, { recursive: true, force: true }))

const curl = logged(`
while [ "$1" != -o ]; do shift; done
cp "$ARCHIVE" "$2"`)

/** A machine's checksums, of which the archive made here has the one that is wanted. */
const trusting = logged(`cat >/dev/null`)

describe.skipIf(process.platform === "win32")("the start command's shell", () => {
  it("installs the package where there is Node.js, and becomes the worker", () => {
    const { calls, home, run } = image({ node: true, npm })
    const { output, pid, status } = run()
    expect(output).toBe(`flash worker as ${pid}\n`)
    expect(status).toBe(0)
    const [install, ...others] = calls()
    expect(others).toEqual([])
    expect(install).toMatch(
      new RegExp(`^npm install --prefix ${home} .*--omit=peer .*--ignore-scripts .*effect-flash@1\\.2\\.3-beta\\.1$`)
    )
  })

  it("takes a folder with a space in its name", () => {
    const { output, status } = image({ node: true, npm }, "a home").run()
    expect([status, output]).toEqual([0, expect.stringContaining("flash worker")])
  })

  it("installs nothing that an image brings, and what it brings of another version", () => {
    const { calls, home, run } = image({ node: true, npm })
    run()
    run()
    expect(calls()).toHaveLength(1)
    Fs.writeFileSync(Path.join(home, "node_modules/effect-flash/package.json"), `{ "version": "1.2.2" }`)
    expect(run().status).toBe(0)
    expect(calls()).toHaveLength(2)
    expect(run().output).toContain("flash worker")
    expect(calls()).toHaveLength(2)
  })

  it.each([
    ["no Node.js", {}],
    ["an old Node.js", { node: "exit 1" }]
  ])("installs Node.js where there is %s", (_, commands) => {
    const { calls, home, run } = image({ ...commands, curl, sha256sum: trusting })
    const { output, status } = run()
    expect([status, output]).toEqual([0, expect.stringContaining("flash worker")])
    const [download, checksum, install] = calls()
    expect(download).toMatch(
      /^curl .*https:\/\/nodejs\.org\/dist\/v22\.\d+\.\d+\/node-v22\.\d+\.\d+-linux-\w+\.tar\.gz$/
    )
    expect(checksum).toBe("sha256sum -c -")
    expect(install).toContain("npm install")
    expect(Fs.existsSync(Path.join(home, "node.tar.gz"))).toBe(false)
  })

  it("gets a downloader from apt, which asks nothing", () => {
    const apt = logged(`
set -C
[ "$DEBIAN_FRONTEND" = noninteractive ] || exit 9
case "$*" in *" install "*) printf '#!%s\\n%s\\n' "$SHELL_PATH" "$CURL" > "$BIN/curl"; chmod +x "$BIN/curl";; esac`)
    const { calls, run } = image({ "apt-get": `CURL='${curl}'\n${apt}`, sha256sum: trusting })
    const { output, status } = run()
    expect([status, output]).toEqual([0, expect.stringContaining("flash worker")])
    expect(calls().map((call) => call.split(" ")[0])).toEqual([
      "apt-get",
      "apt-get",
      "curl",
      "sha256sum",
      expect.stringContaining("npm")
    ])
  })

  it.each(
    [
      ["nothing to get Node.js with", {}, "no curl, wget or apt-get"],
      ["an apt that fails", { "apt-get": "exit 100" }, "apt-get could not update"],
      ["a download that fails", { curl: "exit 22", sha256sum: true }, "could not download https://nodejs.org"],
      ["an archive with another checksum", { curl, sha256sum: true }, "has another checksum"],
      [
        "an archive that is none",
        { curl: curl.replace("cp \"$ARCHIVE\"", "cp \"$BIN/curl\""), sha256sum: trusting },
        "could not unpack"
      ],
      ["no Node.js for its processor", { curl, sha256sum: trusting, uname: "echo riscv64" }, "no Node.js for riscv64"],
      ["no npm", { node: true }, "no npm"],
      ["an npm that fails", { node: true, npm: "exit 1" }, "npm could not install effect-flash@1.2.3-beta.1"]
    ] as const
  )("fails loudly with %s", (_, commands, message) => {
    const { home, run } = image(commands)
    const { output, status } = run()
    expect(status).toBe(1)
    expect(output.split("\n").filter((line) => line.startsWith("effect-flash: "))).toEqual([
      expect.stringContaining(message)
    ])
    expect(output).not.toContain("flash worker")
    expect(Fs.existsSync(Path.join(home, "node_modules"))).toBe(false)
  })
})
