/** What the command line takes: all that the original takes, and help and completions that say the same. */
import { describe, expect, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { read } from "../../cli/surface/CommandLine.ts"
import { completions } from "../../cli/surface/completions.ts"
import { helpText } from "../../cli/surface/helpText.ts"
import { distance, similar } from "../../cli/surface/similar.ts"
import { argumentText, commandPaths, findOption, root } from "../../cli/surface/Surface.ts"
import { surface } from "../../scripts/surface.ts"

const nameOf = (path: (typeof paths)[number]) => path.map(({ name }) => name).join(" ")
const paths = commandPaths()
const at = (name: string) => paths.find((path) => nameOf(path) === name)?.at(-1)

/**
 * Arguments and options of runpod-flash 1.3.0. Its `--use-local-flash` packs the library from the machine it is installed
 * on: here a worker has its own.
 */
const original: ReadonlyArray<readonly [command: string, argument: string, ...options: Array<string>]> = [
  ["flash", "", "--version", "-v", "--help"],
  ["flash init", "[name]", "--force", "-f"],
  ["flash build", "", "--no-deps", "--output", "-o", "--exclude"],
  ["flash deploy", "", "--env", "-e", "--app", "-a", "--no-deps", "--exclude", "--output", "-o"],
  ["flash env list", "", "--app", "-a"],
  ["flash env create", "<name>", "--app", "-a"],
  ["flash env get", "<name>", "--app", "-a"],
  ["flash env delete", "<name>", "--app", "-a"],
  ["flash app list", ""],
  ["flash app create", "<name>"],
  ["flash app get", "<name>"],
  ["flash app delete", "<name>"],
  ["flash undeploy", "[name]", "--all", "--interactive", "-i", "--cleanup-stale", "--force", "-f"]
]

describe("the command line", () => {
  it("is what the commands take; `npm run generate` writes it down", () => {
    expect(surface()).toEqual(root)
  })

  it.each(original)("%s takes what the original takes", (name, argument, ...options) => {
    const command = at(name)
    expect(command).toBeDefined()
    if (command === undefined) return
    const [first] = command.args
    expect(first === undefined ? "" : argumentText(first)).toBe(argument)
    for (const option of options) expect(findOption(command, option)?.names ?? []).toContain(option)
  })

  it("has --json wherever something is told, and --yes wherever something is asked", () => {
    const silent = ["flash completions", "flash worker"]
    for (const path of paths) {
      const command = path.at(-1)
      if (command === undefined || command.commands.length > 0) continue
      const name = nameOf(path)
      expect([name, findOption(command, "--json") !== undefined]).toEqual([name, !silent.includes(name)])
    }
    for (const name of ["deploy", "rollback", "undeploy", "env delete", "app delete"]) {
      const command = at(`flash ${name}`)
      expect([name, command && findOption(command, "-y")?.names]).toEqual([name, ["--yes", "-y"]])
    }
  })

  it("describes every command, argument and option", () => {
    for (const path of paths) {
      const command = path.at(-1) ?? root
      for (const { description } of [command, ...command.args, ...command.options]) {
        expect([nameOf(path), description]).toEqual([nameOf(path), expect.stringMatching(/^\S.*[^.]$/)])
      }
    }
  })
})

describe("a line", () => {
  const tag = (...words: ReadonlyArray<string>) => read(root, words)._tag

  it("is one of a command, of help, or wrong", () => {
    expect(tag("deploy", "-y", "--env=a", "--app", "b")).toBe("Command")
    expect(tag("--log-level", "debug", "env", "get", "production")).toBe("Command")
    expect(tag("undeploy", "-if")).toBe("Command")
    expect(tag("call", "hello", "--", "-1")).toBe("Command")
    expect(tag("call", "hello", "-1")).toBe("Command")
    for (const words of [["--version"], ["-v"], ["deploy", "--version"]]) expect(tag(...words)).toBe("Version")
    for (const words of [["help"], ["help", "env"], ["env", "-h"], ["deploy", "--bogus", "--help"]]) {
      expect(read(root, words)).toMatchObject({ _tag: "Help", isAsked: true })
    }
    expect(tag("undeploy", "-iz")).toBe("Wrong")
    expect(tag("call", "a", "b", "--", "c")).toBe("Wrong")
  })

  it("has guesses that are near", () => {
    expect([distance("deploy", "deploy"), distance("deply", "deploy"), distance("evn", "env")]).toEqual([0, 1, 1])
    expect(similar("undep", ["deploy", "undeploy"])).toBe("undeploy")
    expect(similar("x", ["env", "app"])).toBeUndefined()
  })
})

describe("help", () => {
  it("is of every command, and fits every terminal", () => {
    for (const path of paths) {
      for (const columns of [40, 60, 80, 200]) {
        const text = helpText(path, "1.2.3", columns)
        expect(text).toContain("Usage: ")
        // what is longer is a word that cannot be cut
        const long = text.split("\n").filter((line) => line.length > Math.min(columns, 100))
        expect(long.filter((line) => line.trim().includes("  ") || /^\s*\S+\s+\S+\s+\S+/.test(line))).toEqual([])
        for (const { names } of path.at(-1)?.options ?? []) for (const name of names) expect(text).toContain(name)
      }
    }
  })
})

const isInstalled = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0

describe("completions", () => {
  it.skipIf(!isInstalled("bash"))("complete in bash", () => {
    const complete = (line: string): ReadonlyArray<string> => {
      const words = line.split(" ")
      const script = `${completions("bash")}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
_flash; printf '%s\\n' "\${COMPREPLY[@]}"`
      const { stderr, stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8" })
      expect(stderr).toBe("")
      return stdout.trim().split("\n")
    }
    expect(complete("flash dep")).toEqual(["deploy"])
    expect(complete("flash env ")).toEqual(expect.arrayContaining(["list", "create", "get", "delete", "--help"]))
    expect(complete("flash env list --a")).toEqual(["--app"])
    expect(complete("flash --log-level debug env get --js")).toEqual(["--json"])
    expect(complete("flash completions z")).toEqual(["zsh"])
    expect(complete("flash deploy --log-level d")).toEqual(["debug"])
    // a value of its own: the shell's files
    expect(complete("flash build --output ")).toEqual([""])
  })

  it.skipIf(!isInstalled("zsh"))("are read by zsh", () => {
    const check = spawnSync("zsh", ["-f", "-n", "-c", completions("zsh")], { encoding: "utf8" })
    expect([check.status, check.stderr]).toEqual([0, ""])
  })

  it.skipIf(!isInstalled("fish"))("complete in fish", () => {
    const complete = (line: string): ReadonlyArray<string> => {
      const script = `${completions("fish")}\ncomplete -C '${line}'`
      const { stdout } = spawnSync("fish", ["--no-config", "-c", script], { encoding: "utf8" })
      return stdout.trim().split("\n").map((found) => found.split("\t")[0] ?? "")
    }
    expect(complete("flash dep")).toEqual(["deploy"])
    expect(complete("flash env l")).toEqual(["list"])
    expect(complete("flash env list --a")).toEqual(["--app"])
    expect(complete("flash deploy --log-level deb")).toEqual(["debug"])
  })

  it("know every command and option in every shell", () => {
    for (const shell of ["bash", "zsh", "fish"] as const) {
      const script = completions(shell)
      for (const path of paths) {
        expect(script).toContain(nameOf(path))
        for (const { names } of path.at(-1)?.options ?? []) {
          expect(script).toContain(shell === "fish" ? `-l ${names[0]?.slice(2)}` : names[0])
        }
      }
    }
  })
})
