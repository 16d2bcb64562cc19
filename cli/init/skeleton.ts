/** The files of a new project: three workers, and a program that calls them. */
const gpuWorker = `/** A function on a GPU. Without an account it runs on this machine, which then stands for one. */
import { Effect, Schema } from "effect"
import { GpuGroup, LiveServerless, remote } from "effect-flash"

const gpu = LiveServerless.make("gpu_worker", {
  gpus: [GpuGroup.ADA_24, GpuGroup.AMPERE_24],
  workersMax: 3,
  idleTimeout: 5
})

export const gpuHello = remote("gpu_hello", {
  resource: gpu,
  payload: { message: Schema.String },
  success: Schema.Struct({ message: Schema.String, gpu: Schema.String })
}, ({ message }) => Effect.sync(() => ({ message, gpu: process.env.RUNPOD_GPU_TYPE_ID ?? "none" })))
`

const cpuWorker = `/** A function on a CPU, with an error of its own. */
import { Effect, Schema } from "effect"
import { CpuInstanceType, CpuLiveServerless, remote } from "effect-flash"

const cpu = CpuLiveServerless.make("cpu_worker", { instanceIds: [CpuInstanceType.CPU3C_1_2], workersMax: 3 })

export class NoName extends Schema.TaggedError<NoName>()("NoName", {}) {}

export const cpuHello = remote("cpu_hello", {
  resource: cpu,
  payload: { name: Schema.String },
  success: Schema.Struct({ greeting: Schema.String, node: Schema.String }),
  error: NoName
}, ({ name }) =>
  name === ""
    ? Effect.fail(new NoName())
    : Effect.succeed({ greeting: \`Hello \${name}\`, node: process.version }))
`

const lbWorker = `/** An HTTP API: anybody who has the key can call its routes. */
import { Effect, Schema } from "effect"
import { CpuInstanceType, CpuLiveLoadBalancer, remote } from "effect-flash"

const api = CpuLiveLoadBalancer.make("lb_worker", { instanceIds: [CpuInstanceType.CPU3C_1_2], workersMax: 3 })

export const health = remote("health", {
  resource: api,
  method: "GET",
  path: "/health",
  success: Schema.Struct({ status: Schema.String })
}, () => Effect.succeed({ status: "healthy" }))

export const countWords = remote("count_words", {
  resource: api,
  method: "POST",
  path: "/process",
  payload: { text: Schema.String },
  success: Schema.Struct({ words: Schema.Int })
}, ({ text }) => Effect.succeed({ words: text.split(/\\s+/).filter((word) => word !== "").length }))
`

const main = `/** Calls each worker once: \`npx flash run main.ts\`. */
import { Console, Effect } from "effect"
import { Flash } from "effect-flash"
import { cpuHello } from "./cpu_worker.ts"
import { gpuHello } from "./gpu_worker.ts"
import { countWords } from "./lb_worker.ts"

const program = Effect.gen(function*() {
  const { greeting, node } = yield* cpuHello({ name: "Ada" })
  yield* Console.log(\`cpu_worker: \${greeting}, from Node \${node}\`)
  const { gpu, message } = yield* gpuHello({ message: "on a GPU" })
  yield* Console.log(\`gpu_worker: \${message} (\${gpu})\`)
  const { words } = yield* countWords({ text: "one two three" })
  yield* Console.log(\`lb_worker: \${words} words\`)
})

program.pipe(Flash.runMain)
`

const tsconfig = {
  compilerOptions: {
    target: "ES2022",
    module: "NodeNext",
    moduleResolution: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: ["node"]
  },
  include: ["*.ts"]
}

const readme = (name: string) =>
  `# ${name}

Three workers of [effect-flash](https://www.npmjs.com/package/effect-flash), and a program that calls them.

| file            | what is there                               |
| --------------- | ------------------------------------------- |
| \`cpu_worker.ts\` | a function on a CPU, with an error of its own |
| \`gpu_worker.ts\` | a function on a GPU                         |
| \`lb_worker.ts\`  | an HTTP API with two routes                 |
| \`main.ts\`       | calls each of them once                     |

\`\`\`sh
npm install
npx flash run main.ts        # on this machine, without an account
npx flash run                # the same over HTTP, at http://localhost:8888/docs; what you save is served at once
\`\`\`

While that runs:

\`\`\`sh
curl -d '{"name":"Ada"}' http://localhost:8888/cpu_worker/run_sync
curl -d '{"message":"on a GPU"}' http://localhost:8888/gpu_worker/run_sync
curl http://localhost:8888/lb_worker/health
curl -H "Content-Type: application/json" -d '{"text":"one two three"}' http://localhost:8888/lb_worker/process
\`\`\`

With an account the same program runs on RunPod, which costs money while workers run:

\`\`\`sh
npx flash login              # or put RUNPOD_API_KEY into .env, as in .env.example
FLASH_TARGET=live npx tsx main.ts
npx flash undeploy --all     # and away with it
\`\`\`

A deployment has its code with it and stays, beside what calls like these have made; others can call it who have the key:

\`\`\`sh
npx flash deploy --preview   # what would be deployed, on this machine
npx flash deploy             # says what it will do, and asks
npx flash call cpu_worker '{"name":"Ada"}'
npx flash status
FLASH_TARGET=deployed FLASH_APP=${name} npx tsx main.ts
\`\`\`

The routes of \`lb_worker\` are plain HTTP, at the address that \`flash deploy\` says:

\`\`\`sh
curl -H "Authorization: Bearer $RUNPOD_API_KEY" https://<endpoint id>.api.runpod.ai/health
curl -H "Authorization: Bearer $RUNPOD_API_KEY" -H "Content-Type: application/json" \\
  -d '{"text":"one two three"}' https://<endpoint id>.api.runpod.ai/process
\`\`\`

\`npx flash env delete production\` takes it away again.
`

const agents = `# For coding agents

- A remote function is an exported \`remote(name, { resource, payload, success, error }, handler)\`; the handler is an
  \`Effect\`. Schemas come from \`effect\` (\`Schema\`), version 3.
- Errors of a function are \`Schema.TaggedError\` classes in its \`error\`; everything else that fails is \`RemoteError\`.
- A function must be exported from the module that defines it; the module travels to the worker with the call. Native
  packages are named in \`dependencies\`.
- Run \`npx flash run main.ts\` to try a change without an account, \`npx flash run\` to serve all functions over HTTP, \`npx tsc\` to check the types.
- Never call RunPod (\`FLASH_TARGET=live\`, \`flash deploy\`) unasked: it costs money. \`flash undeploy --all\` ends what runs.
- An error's code, as FLASH-E101, is explained by \`npx flash explain FLASH-E101\`.
`

/** A package's name, made from that of a folder. */
const packageName = (folder: string): string =>
  folder.toLowerCase().replace(/[^a-z0-9._-]+/g, "-").replace(/^[._-]+|-+$/g, "") || "flash-project"

/** The versions that a project depends on, from the package that this command belongs to. */
export interface Versions {
  readonly own: string
  readonly peers: Readonly<Record<string, string>>
  readonly typescript: string
  readonly node: string
}

/** Texts by their paths. */
export const skeleton = (folder: string, { node, own, peers, typescript }: Versions): ReadonlyMap<string, string> => {
  const name = packageName(folder)
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`
  return new Map([
    ["cpu_worker.ts", cpuWorker],
    ["gpu_worker.ts", gpuWorker],
    ["lb_worker.ts", lbWorker],
    ["main.ts", main],
    [
      "package.json",
      json({
        name,
        private: true,
        type: "module",
        scripts: { dev: "flash run", start: "flash run main.ts", check: "tsc" },
        dependencies: { "effect-flash": own, ...peers },
        devDependencies: { "@types/node": node, typescript }
      })
    ],
    ["tsconfig.json", json(tsconfig)],
    [
      ".env.example",
      "# A key from https://console.runpod.io/user/settings; `flash login` keeps one for all projects.\nRUNPOD_API_KEY=\n"
    ],
    [".gitignore", "node_modules/\n.flash/\n.env\n.env.*\n!.env.example\n"],
    [".flashignore", "# What is not looked at by `flash build`, in the form of .gitignore.\n*.test.ts\nmain.ts\n"],
    ["README.md", readme(name)],
    ["AGENTS.md", agents]
  ])
}
