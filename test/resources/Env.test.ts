import { describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted, Schema } from "effect"
import { CpuLiveServerless, Env, InvalidResource } from "effect-flash"
import { inspect } from "node:util"
import { ResourceConfig } from "../../src/resources/ResourceConfig.ts"

const machine = (variables: Record<string, string>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))

const values = (env: Env.Env) => Effect.map(Env.resolve(env), (resolved) => mapValues(resolved, Redacted.value))

const mapValues = <A, B>(record: Readonly<Record<string, A>>, f: (a: A) => B) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]))

/** The error of a declaration with variables that the compiler would not take. */
const wrong = (env: unknown): InvalidResource => {
  try {
    CpuLiveServerless.make("name", { env: env as Env.Env })
  } catch (error) {
    if (error instanceof InvalidResource) return error
  }
  throw new Error("it is legal")
}

describe("Env.resolve", () => {
  it.effect("gives literals, the platform's text for secrets, and this machine's variables", () =>
    Effect.gen(function*() {
      const resolved = yield* values({
        LEVEL: "debug",
        EMPTY: "",
        TOKEN: Env.secret("huggingface_token"),
        KEY: Env.fromLocal("MY_KEY"),
        BLANK: Env.fromLocal("MY_BLANK")
      })
      expect(resolved).toEqual({
        LEVEL: "debug",
        EMPTY: "",
        TOKEN: "{{ RUNPOD_SECRET_huggingface_token }}",
        KEY: "value",
        BLANK: ""
      })
    }).pipe(machine({ MY_KEY: "value", MY_BLANK: "" })))

  it.effect("keeps every value from being printed", () =>
    Effect.gen(function*() {
      const resolved = yield* Env.resolve({ A: "hidden-1", B: Env.fromLocal("B") })
      for (const text of [inspect(resolved, { depth: 9 }), JSON.stringify(resolved)]) {
        expect(text).not.toContain("hidden")
      }
    }).pipe(machine({ B: "hidden-2" })))

  it.effect("names every variable that this machine lacks", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Env.resolve({ A: Env.fromLocal("NOT_HERE"), B: "b", C: Env.fromLocal("NOR_HERE"), D: Env.fromLocal("HERE") })
      )
      expect(error._tag).toBe("LocalVariableMissing")
      expect(error.names).toEqual(["NOT_HERE", "NOR_HERE"])
      expect(error.message).toContain("NOT_HERE, NOR_HERE")
      expect(error.message).toContain("Env.secret")
    }).pipe(machine({ HERE: "1" })))

  it.effect("reads nothing of this machine for what is no reference to it", () =>
    Effect.gen(function*() {
      expect(yield* values({ A: "HOME", B: Env.secret("HOME") })).toEqual({ A: "HOME", B: "{{ RUNPOD_SECRET_HOME }}" })
    }).pipe(machine({ HOME: "/root" })))
})

describe("env of a resource", () => {
  it("is kept and encoded as what was written: a reference, never its value", () => {
    const { config } = CpuLiveServerless.make("name", {
      env: { PATH_TO: Env.fromLocal("PATH"), A: "literal", TOKEN: Env.secret("token") }
    })
    expect(JSON.parse(JSON.stringify(Schema.encodeSync(ResourceConfig)(config))).env).toEqual({
      A: "literal",
      PATH_TO: { _tag: "Local", name: "PATH" },
      TOKEN: { _tag: "Secret", name: "token" }
    })
  })

  it("has the same form in whatever order it is written", () => {
    const { config } = CpuLiveServerless.make("name", { env: { B: "1", A: "2" } })
    expect(Object.keys(config.env)).toEqual(["A", "B"])
  })

  it("says what is wrong with a value without saying it", () => {
    const error = wrong({
      UNSET: undefined,
      NUMBER: 1234567,
      NULL: null,
      LIST: ["hunter2"],
      OBJECT: { secret: "hunter2" },
      HIDDEN: Redacted.make("hunter2"),
      NUL: "hunter2\0",
      NAME: Env.secret("hunter2 is no name"),
      LOCAL: Env.fromLocal("hunter2=no name")
    })
    const found = Object.fromEntries(error.issues.map(({ message, path }) => [path, message.split(": ").at(-1)]))
    expect(found).toEqual({
      "env.UNSET": "it is undefined",
      "env.NUMBER": "it is a number",
      "env.NULL": "it is null",
      "env.LIST": "it is a list",
      "env.OBJECT": "it is an object",
      "env.HIDDEN": "a Redacted is never written down",
      "env.NUL": "a literal has no null character",
      "env.NAME": "the name of the reference is not one",
      "env.LOCAL": "the name of the reference is not one"
    })
    for (const text of [error.message, JSON.stringify(error)]) expect(text).not.toMatch(/hunter2|1234567/)
    expect(wrong("hunter2").message).not.toContain("hunter2")
    expect(wrong(["hunter2"]).message).not.toContain("hunter2")
  })

  it.each(["1A", "A-B", "", "A B", "A=B", "ä", "__proto__", "A".repeat(256)])("refuses %j as a name", (name) => {
    const { issues } = wrong(JSON.parse(`{ ${JSON.stringify(name)}: "x" }`))
    expect(issues.map(({ path }) => path)).toEqual([`env.${name}`])
    expect(issues[0]?.message).toContain("not the name of a variable")
  })

  it("has at most fifty variables", () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`A${i}`, ""]))
    expect(Object.keys(CpuLiveServerless.make("name", { env: many(50) }).config.env)).toHaveLength(50)
    expect(wrong(many(51)).issues).toEqual([
      { path: "env", message: "51 variables, and the platform gives a worker at most 50" }
    ])
  })
})
