/**
 * Wrong uses of the command: each is told in one message, with the exit code that docs/cli.md says, no stack, and with
 * `--json` as an object.
 */
import { describe, expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { commandPaths, findOption } from "../../cli/surface/Surface.ts"
import * as PlainEndpoint from "../e2e/plainEndpoint.ts"
import { write } from "../live/liveThread.ts"
import * as BuiltCommand from "./flash.ts"
import { flash } from "./inProcess.ts"
import { nowhere } from "./nowhere.ts"
import { environment, platform } from "./platform.ts"

interface Case {
  readonly words: ReadonlyArray<string>
  readonly code: number
  /** What stderr says. */
  readonly says: string | RegExp
  /** The code in docs/errors, of errors that have one. */
  readonly error?: `FLASH-E${number}`
  readonly env?: Record<string, string>
  /** Files in the working directory and, with `~/`, in the user's home. */
  readonly files?: Record<string, string>
}

const state = (version = 1) =>
  JSON.stringify({
    version,
    app: "live",
    env: "live",
    resources: [{
      name: "a1",
      type: "CpuLiveServerless",
      endpointName: "live-a1",
      endpointId: "gone",
      status: "ready",
      updatedAt: "2026-11-24T00:00:00Z"
    }]
  })

const stateFile = ".flash/state/live/live.json"

const usage: ReadonlyArray<Case> = [
  { words: [], code: 2, says: "Usage: flash <command>" },
  { words: ["env"], code: 2, says: "Usage: flash env <command>" },
  { words: ["app"], code: 2, says: "Usage: flash app <command>" },
  { words: ["bogus"], code: 2, says: "there is no command `flash bogus`\nhint: `flash --help` lists the commands" },
  { words: ["deply"], code: 2, says: "did you mean `flash deploy`?" },
  { words: ["undpeloy", "--all"], code: 2, says: "did you mean `flash undeploy`?" },
  { words: ["env", "lst"], code: 2, says: "did you mean `flash env list`?" },
  { words: ["evn", "list"], code: 2, says: "did you mean `flash env`?" },
  { words: ["app", "destroy", "shop"], code: 2, says: "there is no command `flash app destroy`" },
  { words: ["Deploy"], code: 2, says: "did you mean `flash deploy`?" },
  { words: ["deploy", "--envv", "production"], code: 2, says: "has no option --envv\nhint: did you mean `--env`?" },
  { words: ["build", "--no-dep"], code: 2, says: "did you mean `--no-deps`?" },
  { words: ["logs", "hello", "--tial", "5"], code: 2, says: "did you mean `--tail`?" },
  { words: ["status", "--jsn"], code: 2, says: "did you mean `--json`?" },
  { words: ["run", "--bogus", "main.ts"], code: 2, says: "`flash run` has no option --bogus" },
  { words: ["undeploy", "-z"], code: 2, says: "`flash undeploy` has no option -z" },
  { words: ["--wizard"], code: 2, says: "`flash` has no option --wizard" },
  { words: ["deploy", "--env"], code: 2, says: "--env needs a value" },
  { words: ["deploy", "--env", "--yes"], code: 2, says: "--env needs a value" },
  { words: ["deploy", "--env="], code: 2, says: "--env needs a value" },
  { words: ["deploy", "--env", "a", "-e", "b"], code: 2, says: "-e is given more than once" },
  { words: ["deploy", "--yes=please"], code: 2, says: "--yes takes no value" },
  { words: ["logs", "hello", "--tail", "many"], code: 2, says: `--tail takes a whole number, not "many"` },
  { words: ["logs", "hello", "--tail=-1"], code: 2, says: "--tail cannot be -1" },
  { words: ["login", "--timeout", "0"], code: 2, says: "--timeout cannot be 0" },
  { words: ["worker", "--api-port", "70000"], code: 2, says: "--api-port cannot be 70000" },
  { words: ["worker", "--api-concurrency", "0"], code: 2, says: "--api-concurrency cannot be 0" },
  { words: ["--log-level", "loud", "status"], code: 2, says: `--log-level cannot be "loud"` },
  { words: ["--log-level", "debgu", "status"], code: 2, says: "did you mean `debug`?" },
  { words: ["completions"], code: 2, says: "<shell> is missing" },
  { words: ["completions", "powershell"], code: 2, says: "it takes bash, zsh, fish" },
  { words: ["env", "get"], code: 2, says: "<name> is missing\nhint: as `flash env get [options] <name>`" },
  { words: ["env", "create", "-a", "shop"], code: 2, says: "<name> is missing" },
  { words: ["env", "delete"], code: 2, says: "<name> is missing" },
  { words: ["app", "create"], code: 2, says: "<name> is missing" },
  { words: ["app", "delete", "--yes"], code: 2, says: "<name> is missing" },
  { words: ["call"], code: 2, says: "<endpoint> is missing" },
  { words: ["logs"], code: 2, says: "<endpoint> is missing" },
  { words: ["env", "get", "one", "two"], code: 2, says: `"two" is one argument too many` },
  { words: ["whoami", "me"], code: 2, says: `"me" is one argument too many` },
  { words: ["app", "create", ""], code: 2, says: "an argument of `flash app create` is empty" },
  { words: ["build", "-o", "artifact.zip"], code: 2, says: "ends with .tar.gz or .tgz" },
  { words: ["call", "hello", "{name:1}"], code: 2, says: "the input is not JSON" },
  { words: ["undeploy"], code: 2, says: "name one resource, or give one of --all" },
  { words: ["undeploy", "a1", "--all"], code: 2, says: "name one resource, or give one of --all" },
  { words: ["undeploy", "a1"], code: 2, says: "There is no terminal to answer on" },
  {
    words: ["undeploy", "--interactive"],
    code: 2,
    says: "Which are to be deleted? There is no terminal",
    files: { [stateFile]: state() }
  },
  { words: ["undeploy", "--all"], code: 2, says: "say --yes", files: { [stateFile]: state() } },
  { words: ["undeploy", "--cleanup-stale"], code: 2, says: "Forget a1?", files: { [stateFile]: state() } },
  { words: ["init"], code: 2, says: "  main.ts\nerror: Overwrite them?", files: { "main.ts": "" } }
]

const files: ReadonlyArray<Case> = [
  { words: ["run", "missing.ts"], code: 4, says: /there is no file .*missing\.ts/ },
  { words: ["run", "."], code: 1, says: "there is nothing to serve" },
  { words: ["dev", "nowhere"], code: 4, says: "there is no folder nowhere" },
  { words: ["worker", "--module", "missing.mjs"], code: 4, says: /there is no file .*missing\.mjs/ },
  { words: ["init", "taken/app"], code: 1, says: "cannot be written", files: { taken: "a file" } },
  { words: ["build"], code: 1, says: "there is nothing to build", error: "FLASH-E701" },
  {
    words: ["build"],
    code: 1,
    says: "main.ts:2: expected identifier",
    error: "FLASH-E701",
    files: {
      "package.json": `{ "type": "module" }`,
      "main.ts": `import { remote } from "effect-flash"\nexport const = 1`
    }
  },
  { words: ["build"], code: 1, says: "package.json cannot be read", files: { "package.json": "{" } },
  { words: ["deploy"], code: 1, says: "or name the app with --app", files: { "package.json": "{" } },
  { words: ["env", "list"], code: 1, says: "package.json cannot be read", files: { "package.json": "[1" } },
  { words: ["undeploy", "list"], code: 1, says: "Mend the file", error: "FLASH-E501", files: { [stateFile]: "{" } },
  {
    words: ["undeploy", "a1", "--yes"],
    code: 1,
    says: "still on record",
    files: { [stateFile]: state(99) }
  },
  {
    words: ["logout"],
    code: 1,
    says: "not TOML at line 1",
    error: "FLASH-E104",
    files: { "~/.runpod/config.toml": "key = = 1" }
  }
]

const account: ReadonlyArray<Case> = [
  { words: ["whoami"], code: 3, says: "There is no RunPod API key", error: "FLASH-E101", env: { RUNPOD_API_KEY: "" } },
  { words: ["deploy"], code: 3, says: "`flash login`", error: "FLASH-E101", env: { RUNPOD_API_KEY: "" } },
  { words: ["plan"], code: 3, says: "`flash login`", error: "FLASH-E101", env: { RUNPOD_API_KEY: "" } },
  {
    words: ["status"],
    code: 3,
    says: "not TOML at line 1",
    error: "FLASH-E101",
    env: { RUNPOD_API_KEY: "" },
    files: { "~/.runpod/config.toml": "key = = 1" }
  },
  { words: ["gpus"], code: 3, says: "RUNPOD_API_KEY", error: "FLASH-E102", env: { RUNPOD_API_KEY: "rpa_WRONG" } },
  {
    words: ["app", "list"],
    code: 3,
    says: "RUNPOD_API_KEY",
    error: "FLASH-E102",
    env: { RUNPOD_API_KEY: "rpa_WRONG" }
  },
  {
    words: ["env", "get", "x", "-a", "y"],
    code: 3,
    says: "RUNPOD_API_KEY",
    error: "FLASH-E102",
    env: { RUNPOD_API_KEY: "rpa_WRONG" }
  },
  {
    words: ["gpus"],
    code: 1,
    says: "RUNPOD_API_BASE_URL",
    error: "FLASH-E209",
    env: { RUNPOD_API_BASE_URL: "api.runpod.io" }
  },
  { words: ["explain", "FLASH-E999"], code: 4, says: "there is no error FLASH-E999" },
  { words: ["explain", "Unauthorised"], code: 4, says: "did you mean `flash explain Unauthorized`?" },
  { words: ["app", "get", "nowhere"], code: 4, says: `no flash app "nowhere"`, error: "FLASH-E301" },
  { words: ["app", "delete", "nowhere", "--yes"], code: 4, says: `no flash app "nowhere"`, error: "FLASH-E301" },
  { words: ["env", "list", "-a", "nowhere"], code: 4, says: `no flash app "nowhere"`, error: "FLASH-E301" },
  { words: ["env", "get", "production", "-a", "nowhere"], code: 4, says: "nowhere", error: "FLASH-E301" },
  { words: ["env", "get", "nowhere", "-a", "shop"], code: 4, says: "nowhere", error: "FLASH-E301" },
  { words: ["env", "delete", "nowhere", "-a", "shop", "-y"], code: 4, says: "nowhere", error: "FLASH-E301" },
  { words: ["rollback", "-a", "shop", "-e", "nowhere", "-y"], code: 4, says: "nowhere", error: "FLASH-E301" },
  { words: ["app", "delete", "shop"], code: 2, says: "say --yes" },
  { words: ["env", "delete", "production", "-a", "shop"], code: 2, says: "say --yes" },
  { words: ["app", "create", "shop"], code: 1, says: "shop", error: "FLASH-E302" },
  {
    words: ["env", "create", "production", "-a", "shop"],
    code: 1,
    says: "production",
    error: "FLASH-E302"
  },
  { words: ["status", "nobody"], code: 4, says: "there is no endpoint nobody" },
  { words: ["logs", "nobody"], code: 4, says: "there is no endpoint nobody" },
  { words: ["call", "nobody", "{}"], code: 4, says: "there is no endpoint nobody" },
  { words: ["call", "twin", "{}"], code: 2, says: "several endpoints are called twin" },
  { words: ["logs", "idle"], code: 4, says: "has no worker now" },
  { words: ["undeploy", "nobody", "--yes"], code: 4, says: `"nobody" is not deployed`, error: "FLASH-E505" }
]

/** Whether the command of a line has `--json`. */
const hasJson = (words: ReadonlyArray<string>): boolean => {
  // what comes after its file is the program's
  if (words[0] === "run" && words.at(-1)?.endsWith(".ts") === true) return false
  const named = words.filter((word) => !word.startsWith("-"))
  const path = commandPaths().findLast((path) => path.slice(1).every(({ name }, index) => named[index] === name))
  return findOption(path?.at(-1) ?? commandPaths()[0]![0]!, "--json") !== undefined
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-wrong-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** What the account has. */
const furnished = Effect.gen(function*() {
  yield* flash(["env", "create", "production", "-a", "shop"], yield* environment, process.cwd())
  for (const name of ["idle", "a-twin", "b-twin"]) yield* PlainEndpoint.make(name)
})

/** Runs a line in a folder and a home of its own. */
const run = (
  { env = {}, files = {} }: Case,
  words: ReadonlyArray<string>,
  command: typeof flash = flash
) =>
  Effect.gen(function*() {
    const cwd = yield* folder
    const variables = yield* environment
    for (const [path, text] of Object.entries(files)) {
      if (path.startsWith("~/")) write(variables.HOME, { [path.slice(2)]: text })
      else write(cwd, { [path]: text })
    }
    return yield* command(words, { ...variables, ...env }, cwd)
  }).pipe(Effect.scoped)

const expectTold = (one: Case, { code, stderr, stdout }: BuiltCommand.Result) => {
  expect({ words: one.words, code, stderr }).toMatchObject({ code: one.code })
  expect(stdout).toBe("")
  if (typeof one.says === "string") expect(stderr).toContain(one.says)
  else expect(stderr).toMatch(one.says)
  if (!stderr.includes("Usage: ")) {
    expect(stderr.match(/^error/gm), stderr).toHaveLength(1)
    expect(stderr).toContain(one.error === undefined ? "error: " : `error[${one.error}]: `)
  }
  // neither a stack nor what a program shows that has lost its way
  expect(stderr).not.toMatch(/^\s+at |\[object Object\]|undefined|Error: /m)
}

const expectJson = (one: Case, { code, stderr, stdout }: BuiltCommand.Result) => {
  expect({ words: one.words, code, stderr }).toMatchObject({ code: one.code })
  const { error } = JSON.parse(stdout)
  expect(error).toMatchObject({ exitCode: one.code, code: one.error ?? null })
  expect(error.message).not.toBe("")
}

layer(platform, { excludeTestServices: true })("a wrong use", (it) => {
  describe.each([["of the command line", usage], ["of a project", files], ["of the account", account]])(
    "%s",
    (_, cases) => {
      it.scoped(`is told in one message (${cases.length} of them)`, () =>
        Effect.gen(function*() {
          if (cases === account) yield* furnished
          for (const one of cases) {
            expectTold(one, yield* run(one, one.words))
            if (hasJson(one.words)) expectJson(one, yield* run(one, [...one.words, "--json"]))
          }
        }), 60_000)
    }
  )

  it.scoped("of a network that is not there is told as that", () =>
    Effect.gen(function*() {
      const env = { RUNPOD_API_BASE_URL: yield* nowhere }
      const one: Case = { words: ["gpus"], code: 1, says: "ECONNREFUSED", error: "FLASH-E401", env }
      // they wait and try again, and so side by side
      const [told, asJson] = yield* Effect.all([
        run(one, ["env", "list", "-a", "shop"], BuiltCommand.flash),
        run(one, ["gpus", "--json"], BuiltCommand.flash)
      ], { concurrency: "unbounded" })
      expectTold(one, told)
      expectJson(one, asJson)
    }), 60_000)
})
