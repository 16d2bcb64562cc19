/**
 * What the built command does in a terminal and in a pipe: a case or more for every command of the original and every
 * point of what it must keep (`../shared/reference/flash-cli.md` §2 and §16), and for its defects in use (§15 E).
 */

/** In a terminal, what is answered to what; in a pipe nothing is. */
export type Dialogue = ReadonlyArray<readonly [question: string, answer: string]>

export interface Outcome {
  readonly code: number
  readonly says: string | RegExp
}

export interface Case {
  /** What it is a case of: a command of §2, or `prompts`. */
  readonly row: string
  /** Words of a command. `{way}` is how it is run: `terminal` or `pipe`. */
  readonly words: ReadonlyArray<string>
  /** Commands before it, in the same folder. */
  readonly before?: ReadonlyArray<ReadonlyArray<string>>
  readonly files?: Readonly<Record<string, string>>
  /** Whether there is a function to build. */
  readonly project?: true
  readonly env?: Readonly<Record<string, string>>
  readonly dialogue?: Dialogue
  /** Is interrupted once it has written this. */
  readonly until?: string
  /** The outcome, in both where `pipe` is not given. */
  readonly terminal: Outcome
  /** `asked` where another case has the same words, and nobody to ask. */
  readonly pipe?: Outcome | "asked"
  /** Numbers of defects in §15 E that it would show. */
  readonly defects?: ReadonlyArray<number>
}

const enter = "\r"
const ctrlC = "\u0003"

/** The state file of a folder whose endpoint `a1` is gone from the platform. */
export const recorded = JSON.stringify({
  version: 1,
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

const withRecord = { files: { ".flash/state/live/live.json": recorded } }
const nobody = (says: string): Outcome => ({ code: 2, says })
const cancelled: Outcome = { code: 130, says: "cancelled" }

const top: ReadonlyArray<Case> = [
  { row: "flash", words: [], terminal: { code: 2, says: "Usage: flash <command>" }, defects: [47] },
  { row: "flash", words: ["--version"], terminal: { code: 0, says: /\d+\.\d+\.\d+/ } },
  { row: "flash", words: ["env"], terminal: { code: 2, says: "Usage: flash env <command>" }, defects: [47] },
  { row: "flash", words: ["app"], terminal: { code: 2, says: "Usage: flash app <command>" }, defects: [47] }
]

const init: ReadonlyArray<Case> = [
  { row: "flash init", words: ["init", "mine"], terminal: { code: 0, says: "cd mine" } },
  { row: "flash init", words: ["init", "--json"], terminal: { code: 0, says: `"main.ts"` }, defects: [55] },
  {
    row: "flash init",
    words: ["init"],
    files: { "README.md": "mine" },
    dialogue: [["Overwrite them?", enter]],
    terminal: { code: 0, says: "Nothing was written." },
    pipe: nobody("say --force"),
    defects: [54]
  },
  { row: "flash init", words: ["init", "-f"], files: { "README.md": "mine" }, terminal: { code: 0, says: "Next:" } },
  {
    row: "prompts",
    words: ["init"],
    files: { "README.md": "mine" },
    dialogue: [["Overwrite them?", ctrlC]],
    terminal: cancelled,
    pipe: "asked"
  }
]

const run: ReadonlyArray<Case> = [
  {
    row: "flash run",
    words: ["run", "--port", "0"],
    project: true,
    env: { FLASH_HOST: "" },
    until: "Ctrl+C ends the server.",
    terminal: { code: 130, says: /http:\/\/localhost:\d+[^]*\/main\/run_sync/ },
    defects: [51]
  },
  {
    row: "flash run",
    words: ["run", "--json", "--no-reload"],
    project: true,
    env: { FLASH_PORT: "0", FLASH_HOST: "127.0.0.1" },
    until: `"started"`,
    terminal: { code: 130, says: "http://127.0.0.1:" }
  },
  {
    row: "flash run",
    words: ["run"],
    env: { FLASH_PORT: "", FLASH_HOST: "" },
    terminal: { code: 1, says: "there is nothing to serve" },
    defects: [47]
  },
  {
    row: "flash run",
    words: ["run"],
    env: { FLASH_PORT: "http" },
    terminal: { code: 2, says: "a port is a whole number from 0 to 65535" }
  }
]

const build: ReadonlyArray<Case> = [
  {
    row: "flash build",
    words: ["build", "-o", "out.tgz", "--exclude", "ms", "--no-deps"],
    project: true,
    terminal: { code: 0, says: "out.tgz" }
  },
  {
    row: "flash build",
    words: ["build", "--json"],
    project: true,
    terminal: { code: 0, says: `"sha256"` },
    defects: [46, 55]
  },
  { row: "flash build", words: ["build"], terminal: { code: 1, says: "there is nothing to build" } },
  { row: "flash build", words: ["build", "-o", "out.zip"], terminal: { code: 2, says: ".tar.gz" } }
]

const twoEnvironments = ["one", "two"].map((name) => ["env", "create", name, "-a", "both-{way}"])

const deploy: ReadonlyArray<Case> = [
  {
    row: "flash deploy",
    words: ["deploy", "-a", "asked-{way}"],
    project: true,
    dialogue: [["Deploy to environment production of app asked-terminal?", "y"]],
    terminal: { code: 0, says: "Deployed to production of app asked-terminal" },
    pipe: nobody("say --yes")
  },
  {
    row: "flash deploy",
    words: ["deploy", "-a", "json-{way}", "-e", "staging", "--yes", "--json"],
    project: true,
    terminal: { code: 0, says: `"staging"` },
    defects: [46, 55]
  },
  {
    row: "flash deploy",
    words: ["deploy", "-a", "both-{way}", "--yes"],
    before: twoEnvironments,
    terminal: { code: 2, says: "say which is meant with --env" }
  },
  {
    row: "flash deploy",
    words: ["deploy", "-a", "keyless", "--yes"],
    env: { RUNPOD_API_KEY: "" },
    terminal: { code: 3, says: "There is no RunPod API key" },
    defects: [45]
  },
  {
    row: "flash deploy",
    words: ["deploy", "--preview", "--embedded"],
    project: true,
    until: "Ctrl+C ends the preview.",
    terminal: { code: 130, says: "export RUNPOD_API_KEY=" },
    defects: [45]
  },
  {
    row: "prompts",
    words: ["deploy", "-a", "stopped-{way}"],
    project: true,
    dialogue: [["Deploy to environment", ctrlC]],
    terminal: cancelled,
    pipe: "asked"
  }
]

const create = (app: string): ReadonlyArray<ReadonlyArray<string>> => [["env", "create", "one", "-a", app]]

const env: ReadonlyArray<Case> = [
  {
    row: "flash env list",
    words: ["env", "list", "-a", "list-{way}"],
    before: create("list-{way}"),
    terminal: { code: 0, says: "PENDING" }
  },
  {
    row: "flash env list",
    words: ["env", "list", "-a", "nowhere", "--json"],
    terminal: { code: 4, says: "FLASH-E301" },
    defects: [45, 55]
  },
  {
    row: "flash env create",
    words: ["env", "create", "one", "--app", "create-{way}"],
    terminal: { code: 0, says: "one" }
  },
  {
    row: "flash env create",
    words: ["env", "create", "one", "-a", "twice-{way}"],
    before: create("twice-{way}"),
    terminal: { code: 1, says: "error[FLASH-E302]" },
    defects: [45]
  },
  { row: "flash env create", words: ["env", "create"], terminal: { code: 2, says: "<name> is missing" } },
  {
    row: "flash env get",
    words: ["env", "get", "one", "-a", "get-{way}"],
    before: create("get-{way}"),
    terminal: { code: 0, says: "Nothing is deployed there yet" }
  },
  {
    row: "flash env get",
    words: ["env", "get", "one", "-a", "nowhere"],
    terminal: { code: 4, says: "error[FLASH-E301]" },
    defects: [45]
  },
  {
    row: "flash env delete",
    words: ["env", "delete", "one", "-a", "delete-{way}"],
    before: create("delete-{way}"),
    dialogue: [["Delete environment one", "y"]],
    terminal: { code: 0, says: "Deleted environment one" },
    pipe: nobody("say --yes"),
    defects: [54]
  },
  {
    row: "flash env delete",
    words: ["env", "delete", "one", "-a", "deleted-{way}", "--yes", "--json"],
    before: create("deleted-{way}"),
    terminal: { code: 0, says: `"deleted": true` },
    defects: [55]
  }
]

const app: ReadonlyArray<Case> = [
  { row: "flash app list", words: ["app", "list", "--json"], terminal: { code: 0, says: "[" }, defects: [55] },
  { row: "flash app create", words: ["app", "create", "made-{way}"], terminal: { code: 0, says: "Created app made-" } },
  {
    row: "flash app get",
    words: ["app", "get", "[bold]{way}"],
    before: create("[bold]{way}"),
    terminal: { code: 0, says: /\[bold\](terminal|pipe)/ },
    defects: [57]
  },
  { row: "flash app get", words: ["app", "get", "nowhere"], terminal: { code: 4, says: "FLASH-E301" }, defects: [45] },
  {
    row: "flash app delete",
    words: ["app", "delete", "gone-{way}"],
    before: create("gone-{way}"),
    dialogue: [["with 1 environment (one)", "y"]],
    terminal: { code: 0, says: "Deleted app gone-" },
    pipe: nobody("say --yes")
  },
  { row: "flash app delete", words: ["app", "delete"], terminal: { code: 2, says: "<name> is missing" } }
]

const undeploy: ReadonlyArray<Case> = [
  { row: "flash undeploy", words: ["undeploy"], terminal: { code: 2, says: "flash undeploy list" }, defects: [47] },
  { row: "flash undeploy", words: ["undeploy", "list"], ...withRecord, terminal: { code: 0, says: /a1 .*gone/ } },
  {
    row: "flash undeploy",
    words: ["undeploy", "a1"],
    ...withRecord,
    dialogue: [["Delete a1,", enter]],
    terminal: { code: 0, says: "Nothing was deleted." },
    pipe: nobody("say --yes"),
    defects: [54, 56]
  },
  {
    row: "flash undeploy",
    words: ["undeploy", "a1", "--force", "--json"],
    ...withRecord,
    terminal: { code: 0, says: `"deleted": [` },
    defects: [55]
  },
  {
    row: "flash undeploy",
    words: ["undeploy", "--all"],
    ...withRecord,
    dialogue: [["Delete a1,", "y"], ["Type DELETE ALL", `delete${enter}`]],
    terminal: { code: 1, says: "nothing was deleted" },
    pipe: nobody("say --yes")
  },
  {
    row: "flash undeploy",
    words: ["undeploy", "--cleanup-stale"],
    ...withRecord,
    dialogue: [["Forget a1?", "y"]],
    terminal: { code: 0, says: "Forgot a1" },
    pipe: nobody("say --yes")
  },
  {
    row: "flash undeploy",
    words: ["undeploy", "-i"],
    ...withRecord,
    dialogue: [["Which are to be deleted?", ctrlC]],
    terminal: cancelled,
    pipe: nobody("name one, or give --all")
  },
  {
    row: "prompts",
    words: ["undeploy", "--all"],
    ...withRecord,
    dialogue: [["Delete a1,", "y"], ["Type DELETE ALL", ctrlC]],
    terminal: cancelled,
    pipe: "asked"
  }
]

const login: ReadonlyArray<Case> = [
  {
    row: "prompts",
    words: ["login", "--no-open"],
    env: { RUNPOD_API_KEY: "" },
    until: "request=",
    terminal: { code: 130, says: "request=" }
  }
]

export const cases: ReadonlyArray<Case> = [top, init, run, build, deploy, env, app, undeploy, login].flat()

/** Points of §16, each by how it begins, with the rows or the tests that have it. */
export const boxes: Readonly<Record<string, ReadonlyArray<string>>> = {
  "`init`": ["flash init", "test/cli/init.test.ts"],
  "`run`": ["flash run", "test/cli/dev.test.ts", "test/cli/devReload.test.ts", "test/cli/devEnd.test.ts"],
  "`build`": ["flash build", "test/cli/build.test.ts"],
  "`deploy`": ["flash deploy", "test/e2e/deploy.test.ts"],
  "`--preview`": ["flash deploy", "test/cli/preview.test.ts"],
  "`env`/`app`/`undeploy`": ["flash env list", "flash app list", "flash undeploy"],
  "Wire compatibility": ["test/platform"]
}

/** Defects of §15 E that no single command shows, and the tests that would. */
export const elsewhere: Readonly<Record<number, string>> = {
  48: "test/cli/account.test.ts",
  49: "test/cli/init.test.ts",
  50: "test/cli/dev.test.ts",
  52: "test/cli/dev.test.ts",
  53: "test/cli/preview.test.ts",
  58: "test/cli/dev.test.ts"
}
