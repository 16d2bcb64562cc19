/**
 * What a remote function with one caller costs the type checker: instantiations of a module of 100, less those of the
 * same module without functions, by 100.
 */
import { Effect } from "effect"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Row, Subject } from "../harness/Bench.ts"
import { root, scratch } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const functions = 100

const folder = join(scratch, "types")

/** A module with so many procedures and a call of each. */
type Source = (indices: ReadonlyArray<number>) => string

const payload = "{ name: Schema.String, count: Schema.Number }"
const success = "Schema.Struct({ greeting: Schema.String, pid: Schema.Int })"
const handler = "({ count, name }) => Effect.succeed({ greeting: `${name} ${count}`, pid: 1 })"

const each = (indices: ReadonlyArray<number>, text: (index: number) => string): string => indices.map(text).join("\n")

const ours: Source = (indices) => `
import { Effect, Schema } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"
class Refused extends Schema.TaggedError<Refused>()("Refused", { reason: Schema.String }) {}
export const cpu = CpuLiveServerless.make("types")
export const refused = new Refused({ reason: "" })
${
  each(indices, (i) => `
export const greet${i} = remote("greet${i}", {
  resource: cpu,
  payload: ${payload},
  success: ${success},
  error: Refused
}, ${handler})
export const call${i} = Effect.gen(function*() {
  const { greeting } = yield* greet${i}({ name: "Ada", count: ${i} })
  return greeting.length
})`)
}
`

/** `parsers` are a procedure's `.input(…)` and what may follow it. */
const trpc = (imports: string, parsers: string): Source => (indices) => `
import { createTRPCClient, httpLink } from "@trpc/client"
import { initTRPC } from "@trpc/server"
${imports}
const t = initTRPC.create()
export const router = t.router({
${
  each(indices, (i) => `
  greet${i}: t.procedure${parsers}.mutation(
    ({ input: { count, name } }) => ({ greeting: \`\${name} \${count}\`, pid: 1 })
  ),`)
}
})
export const client = createTRPCClient<typeof router>({ links: [httpLink({ url: "http://127.0.0.1" })] })
${
  each(indices, (i) => `
export const call${i} = async () => {
  const { greeting } = await client.greet${i}.mutate({ name: "Ada", count: ${i} })
  return greeting.length
}`)
}
`

const trpcWithSchemas = trpc(
  `import { Schema } from "effect"
const parser = <A, I>(schema: Schema.Schema<A, I>) => Schema.standardSchemaV1(schema)`,
  `.input(parser(Schema.Struct(${payload}))).output(parser(${success}))`
)

const trpcWithFunctions = trpc("", ".input((raw: unknown) => raw as { name: string; count: number })")

const rpcGroup: Source = (indices) => `
import { Rpc, RpcClient, RpcGroup } from "@effect/rpc"
import { Effect, Schema } from "effect"
class Refused extends Schema.TaggedError<Refused>()("Refused", { reason: Schema.String }) {}
export const refused = new Refused({ reason: "" })
export const group = RpcGroup.make(
${
  each(indices, (i) => `
  Rpc.make("greet${i}", { payload: ${payload}, success: ${success}, error: Refused }),`).replace(/,\s*$/, "")
}
)
export const layer = group.toLayer({
${each(indices, (i) => `  greet${i}: ${handler},`)}
})
export const program = Effect.gen(function*() {
  const client = yield* RpcClient.make(group)
${
  each(indices, (i) => `
  const { greeting: greeting${i} } = yield* client.greet${i}({ name: "Ada", count: ${i} })
  yield* Effect.log(greeting${i}.length)`)
}
  return client
})
`

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2023"],
  module: "NodeNext",
  moduleResolution: "NodeNext",
  moduleDetection: "force",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  // no diagnostics of Effect's language service, and none of this checkout's conditions: the declarations are read
  plugins: [],
  customConditions: []
}

/** Type-checks a module and gives what the compiler says of itself; fails where the module is wrong. */
const check = (name: string, source: string) =>
  Effect.gen(function*() {
    const project = join(folder, `${name}.tsconfig.json`)
    const file = join(folder, `${name}.ts`)
    yield* Effect.sync(() => {
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, source)
      writeFileSync(project, JSON.stringify({ compilerOptions, files: [file] }))
    })
    const tsc = join(root, "node_modules/typescript/bin/tsc")
    const output = yield* Processes.run(process.execPath, [tsc, "-p", project, "--extendedDiagnostics"])
    const value = (label: string) =>
      Number.parseFloat(new RegExp(`^${label}:\\s+([\\d.]+)`, "m").exec(output)?.[1] ?? "")
    return { instantiations: value("Instantiations"), checkMillis: value("Check time") * 1000 }
  })

const range = (length: number) => Array.from({ length }, (_, index) => index)

const instantiations = (name: string, role: Subject["role"], key: string, source: Source): Subject => ({
  name,
  role,
  round: Effect.gen(function*() {
    const without = yield* check(`${key}-0`, source([]))
    const many = yield* check(`${key}-${functions}`, source(range(functions)))
    return (many.instantiations - without.instantiations) / functions
  })
})

const checkTime = (name: string, role: Subject["role"], key: string, source: Source): Subject => ({
  name,
  role,
  round: Effect.map(check(`${key}-${functions}`, source(range(functions))), ({ checkMillis }) => checkMillis)
})

const subjects = (make: typeof instantiations): ReadonlyArray<Subject> => [
  make("remote function", "ours", "remote", ours),
  make("tRPC procedure, the same schemas", "peer", "trpc-schemas", trpcWithSchemas),
  make("tRPC procedure, input by a function", "peer", "trpc-functions", trpcWithFunctions),
  make("Effect RpcGroup, toLayer, client", "peer", "rpc-group", rpcGroup)
]

export const row: Row = Effect.gen(function*() {
  yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true, force: true })))
  return [{
    name: `one function and its caller, at ${functions}`,
    unit: "instantiations",
    // the compiler counts the same every time
    rounds: 1,
    warmUp: 0,
    subjects: subjects(instantiations),
    budgets: [{ bound: "at most", limit: 2000 }],
    notes: ["tRPC has no typed errors, so its procedures have none; by a function means that nothing is checked"]
  }, {
    name: `check of the module of ${functions}`,
    unit: "ms",
    rounds: 3,
    warmUp: 0,
    subjects: subjects(checkTime),
    budgets: []
  }]
})
