import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Chunk, Context, Effect, Exit, Layer, Schema } from "effect"
import { CpuInstanceType, CpuLiveServerless, GpuGroup, InvalidResource, LiveServerless, remote } from "effect-flash"

/** What is wrong with a declaration: path and message. */
const issues = (declare: () => unknown): ReadonlyArray<readonly [path: string, message: string]> => {
  try {
    declare()
  } catch (error) {
    assert.instanceOf(error, InvalidResource)
    return error.issues.map(({ message, path }) => [path, message] as const)
  }
  return []
}

const paths = (declare: () => unknown) => issues(declare).map(([path]) => path).toSorted()

/** Declares with options that the compiler would not take. */
const unchecked = (options: object) => CpuLiveServerless.make("name", options as { readonly workersMax?: number })

describe("a declaration", () => {
  it("keeps what it is given", () => {
    const options = {
      workersMin: 1,
      workersMax: 5,
      idleTimeout: 5,
      executionTimeoutMs: 60_000,
      maxConcurrency: 4,
      gpus: [GpuGroup.ADA_24, GpuGroup.HOPPER_141]
    } as const
    expect(LiveServerless.make("gpu", options).config).toMatchObject({
      _tag: "LiveServerless",
      name: "gpu",
      ...options
    })
    expect(CpuLiveServerless.make("cpu", { instanceIds: [CpuInstanceType.CPU5C_8_16] }).config).toMatchObject({
      instanceIds: ["cpu5c-8-16"]
    })
  })

  it("does not share its defaults with others", () => {
    const { config } = CpuLiveServerless.make("a")
    assert(config._tag === "CpuLiveServerless")
    expect(CpuLiveServerless.make("b").config).not.toBe(config)
  })

  it("names every field that is wrong in one error", () => {
    expect(paths(() =>
      unchecked({
        workersMin: -1,
        workersMax: 0,
        idleTimeout: 1.5,
        executionTimeoutMs: "long",
        maxConcurrency: NaN,
        instanceIds: ["cpu3c-1-2", "cpu9-1-1"]
      })
    )).toEqual([
      "executionTimeoutMs",
      "idleTimeout",
      "instanceIds.1",
      "maxConcurrency",
      "workersMax",
      "workersMin"
    ])
  })

  it("says of each what is wrong with it, and which resource it is", () => {
    try {
      CpuLiveServerless.make("my-endpoint", { workersMax: 2000, idleTimeout: 0 })
      assert.fail("it is not legal")
    } catch (error) {
      assert.instanceOf(error, InvalidResource)
      expect(error.type).toBe("CpuLiveServerless")
      expect(error.resource).toBe("my-endpoint")
      expect(error.message).toContain(`CpuLiveServerless "my-endpoint"`)
      expect(error.message).toMatch(/workersMax: .*1000.*2000/)
      expect(error.message).toMatch(/idleTimeout: .*1.*0/)
    }
  })

  it("names fields that it does not know, beside those that are wrong", () => {
    expect(paths(() => unchecked({ workersMaximum: 3, gpus: ["any"], idleTimeout: -1 }))).toEqual([
      "gpus",
      "idleTimeout",
      "workersMaximum"
    ])
  })

  it("refuses more workers at least than at most", () => {
    expect(issues(() => CpuLiveServerless.make("name", { workersMin: 3, workersMax: 2 }))).toEqual([
      ["workersMin", "workersMin 3 is above workersMax 2"]
    ])
    // also above the default
    expect(paths(() => LiveServerless.make("name", { workersMin: 2 }))).toEqual(["workersMin"])
    expect(CpuLiveServerless.make("name", { workersMin: 2, workersMax: 2 }).config).toMatchObject({ workersMin: 2 })
  })

  it("refuses an empty list of hardware", () => {
    expect(paths(() => unchecked({ instanceIds: [] }))).toEqual(["instanceIds.0"])
    expect(paths(() => LiveServerless.make("name", { gpus: [] as never }))).toEqual(["gpus.0"])
  })

  it("refuses a name that is no endpoint's", () => {
    for (const name of ["", "-a", ".a", "a b", "a/b", "ä", "a\n", "x".repeat(65)]) {
      expect(issues(() => CpuLiveServerless.make(name))).toEqual([
        ["name", expect.stringContaining("a name of 1 to 64 letters, digits, '-', '_' or '.'")]
      ])
    }
    for (const name of ["a", "0", "My_end.point-1", "x".repeat(64)]) {
      expect(CpuLiveServerless.make(name).name).toBe(name)
    }
  })

  it("is what its constructor says, whatever the options hold", () => {
    expect(unchecked({ _tag: "LiveServerless", name: "other" }).config).toMatchObject({
      _tag: "CpuLiveServerless",
      name: "name"
    })
  })
})

describe("layerMock", () => {
  const cpu = CpuLiveServerless.make("mocked")

  class Refused extends Schema.TaggedError<Refused>()("Refused", { by: Schema.String }) {}

  const f = remote("f", {
    resource: cpu,
    payload: {
      at: Schema.Date,
      times: Schema.Int.pipe(Schema.propertySignature, Schema.withConstructorDefault(() => 2))
    },
    success: Schema.Struct({ at: Schema.Date, age: Schema.Int }),
    error: Refused
  })
  const g = remote("g", { resource: cpu, success: Schema.String })

  it.effect("stands in for the functions it has handlers for", () =>
    Effect.gen(function*() {
      const mock = cpu.layerMock<typeof f | typeof g>({
        f: ({ at }) => Effect.succeed({ at, age: 1 }),
        g: () => Effect.succeed("from the mock")
      })
      const both = Effect.all([f({ at: new Date(1), times: 1 }), g()])
      expect(yield* Effect.provide(both, mock)).toEqual([{ at: new Date(1), age: 1 }, "from the mock"])
    }))

  it.effect("fills in the defaults of a payload as an endpoint does", () =>
    Effect.gen(function*() {
      const mock = cpu.layerMock<typeof f>({ f: ({ at, times }) => Effect.succeed({ at, age: times }) })
      expect(yield* Effect.provide(f({ at: new Date(1) }), mock)).toEqual({ at: new Date(1), age: 2 })
    }))

  it.effect("makes the payload an instance of its class as an endpoint does", () =>
    Effect.gen(function*() {
      class Name extends Schema.Class<Name>("Name")({ first: Schema.String }) {
        get loud() {
          return this.first.toUpperCase()
        }
      }
      const h = remote("h", { resource: cpu, payload: Name, success: Schema.String })
      const mock = cpu.layerMock<typeof h>({ h: (name) => Effect.succeed(name.loud) })
      expect(yield* Effect.provide(h({ first: "Ada" }), mock)).toBe("ADA")
    }))

  it.effect("fails as its handler does: typed, or with a defect", () =>
    Effect.gen(function*() {
      const failing = cpu.layerMock<typeof f>({ f: () => new Refused({ by: "the mock" }) })
      const error = yield* Effect.flip(Effect.provide(f({ at: new Date(1) }), failing))
      assert.instanceOf(error, Refused)
      expect(error.by).toBe("the mock")
      for (const broken of [() => Effect.die(new TypeError("boom")), throwing]) {
        const exit = yield* Effect.exit(Effect.provide(f({ at: new Date(1) }), cpu.layerMock<typeof f>({ f: broken })))
        assert(Exit.isFailure(exit))
        const [defect] = Chunk.toReadonlyArray(Cause.defects(exit.cause))
        assert.instanceOf(defect, Error)
        expect(defect.name).toBe("TypeError")
      }
    }))

  it.effect("without a handler is FunctionNotFound, which names those there are", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.provide(g(), cpu.layerMock<typeof f>({ f: () => Effect.never })))
      assert(error._tag === "FunctionNotFound")
      expect(error.known).toEqual(["f"])
      expect(error.message).toContain(`layerMock of "mocked"`)
    }))

  it.effect("answers nothing that a worker could not", () =>
    Effect.gen(function*() {
      const wrong = cpu.layerMock<typeof f>({ f: ({ at }) => Effect.succeed({ at, age: 1.5 }) })
      const error = yield* Effect.flip(Effect.provide(f({ at: new Date(1) }), wrong))
      assert(error._tag === "InvalidResponse")
      expect(error.issue).toContain(`["age"]`)
    }))

  it.effect("refuses a payload that an endpoint would refuse", () =>
    Effect.gen(function*() {
      let calls = 0
      const mock = cpu.layerMock<typeof f>({ f: ({ at }) => Effect.sync(() => ({ at, age: ++calls })) })
      const error = yield* Effect.flip(Effect.provide(f({ at: new Date(1), times: 0.5 }), mock))
      assert(error._tag === "InvalidPayload")
      expect(error.issue).toContain(`["times"]`)
      expect(calls).toBe(0)
    }))
})

const throwing = (): never => {
  throw new TypeError("thrown")
}

describe("a resource", () => {
  it("has a key of its own, by its name", () => {
    const a = CpuLiveServerless.make("a")
    expect(a.tag.key).toBe(CpuLiveServerless.make("a").tag.key)
    expect(a.tag.key).not.toBe(LiveServerless.make("b").tag.key)
  })

  it.effect("gives its endpoint as a service", () =>
    Effect.gen(function*() {
      const a = CpuLiveServerless.make("a")
      const context = yield* Layer.build(a.layerMock({ f: () => Effect.succeed(1) })).pipe(Effect.scoped)
      expect(Context.get(context, a.tag).name).toBe("a")
    }))
})
