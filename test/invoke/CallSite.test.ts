import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { implement, remote } from "effect-flash"
import { isAbsolute } from "node:path"
import { fileURLToPath } from "node:url"
import { DefinitionId } from "../../src/Endpoint.ts"
import type { Procedure } from "../../src/Endpoint.ts"
import * as CallSite from "../../src/invoke/CallSite.ts"
import * as Fixtures from "./fixtures/definesRemotes.ts"

const here = import.meta.url

const moduleOf = (procedure: Pick<Procedure, typeof DefinitionId>) => procedure[DefinitionId].module

const define = () => remote("f", { resource: Fixtures.resource }, () => Effect.void)

describe("the module of a remote function", () => {
  it("is the file that calls `remote`", () => {
    expect(moduleOf(remote("f", { resource: Fixtures.resource }, () => Effect.void))).toBe(here)
    expect(moduleOf(Fixtures.contract)).toBe(Fixtures.url)
  })

  it("is a file URL of an absolute path", () => {
    expect(here).toMatch(/^file:/)
    expect(isAbsolute(fileURLToPath(moduleOf(define()) ?? ""))).toBe(true)
  })

  it("is the file of a helper that calls `remote` for others: the code is there", () => {
    expect(moduleOf(Fixtures.helper())).toBe(Fixtures.url)
  })

  it("is where `implement` is called, not where the contract is", () => {
    expect(moduleOf(Fixtures.implemented)).toBe(Fixtures.url)
    expect(moduleOf(implement(Fixtures.contract, () => Effect.void))).toBe(here)
  })

  it("is found from a class: its fields, its static block, its constructor and its methods", () => {
    class Functions {
      static readonly shared = define()
      static inBlock: ReturnType<typeof define>
      static {
        this.inBlock = define()
      }
      readonly field = define()
      readonly made: ReturnType<typeof define>
      constructor() {
        this.made = define()
      }
      get getter() {
        return define()
      }
    }
    const functions = new Functions()
    for (const f of [Functions.shared, Functions.inBlock, functions.field, functions.made, functions.getter]) {
      expect(moduleOf(f)).toBe(here)
    }
  })

  it("is found from an async function, also behind an await, and from callbacks of the platform", async () => {
    const behindAwait = async () => {
      await Promise.resolve()
      return define()
    }
    expect(moduleOf(await behindAwait())).toBe(here)
    expect(moduleOf(await Promise.resolve().then(define))).toBe(here)
    expect([1].map(define).map(moduleOf)).toEqual([here])
    expect(moduleOf(await new Promise<ReturnType<typeof define>>((resolve) => setImmediate(() => resolve(define())))))
      .toBe(here)
  })

  it.effect("is found inside an Effect", () =>
    Effect.gen(function*() {
      yield* Effect.yieldNow()
      expect(moduleOf(define())).toBe(here)
    }))

  it("is the one that is given", () => {
    const module = "file:///elsewhere.js"
    expect(moduleOf(remote("f", { resource: Fixtures.resource, module }))).toBe(module)
    expect(moduleOf(implement(Fixtures.contract, () => Effect.void, { module }))).toBe(module)
  })
})

describe("capture", () => {
  it("is the caller's file of the function it is given, however deep", () => {
    const deep = (n: number): string | undefined => n === 0 ? Fixtures.transparent() : deep(n - 1)
    expect(Fixtures.transparent()).toBe(here)
    expect(deep(50)).toBe(here)
  })

  it("is undefined where that function does not run", () => {
    expect(CallSite.capture(() => {})).toBeUndefined()
  })

  it("is undefined where code has no file", () => {
    const evaluated: unknown = new Function(
      "capture",
      "return function f() { return (function g() { return capture(g) })() }"
    )(
      CallSite.capture
    )
    expect(typeof evaluated === "function" ? evaluated() : "no function").toBeUndefined()
  })

  it("does not ask a hook that others have set, and leaves it as it was", () => {
    const { prepareStackTrace, stackTraceLimit } = Error
    let asked = 0
    const hook = (error: Error) => {
      asked++
      return `hooked: ${error.message}`
    }
    try {
      Error.prepareStackTrace = hook
      Error.stackTraceLimit = 0
      expect(moduleOf(define())).toBe(here)
      expect(asked).toBe(0)
      expect(Error.prepareStackTrace).toBe(hook)
      expect(Error.stackTraceLimit).toBe(0)
    } finally {
      Error.prepareStackTrace = prepareStackTrace
      Error.stackTraceLimit = stackTraceLimit
    }
    expect(new Error("after").stack).toContain("CallSite.test.ts")
  })

  it("leaves no hook where there was none", () => {
    const { prepareStackTrace } = Error
    try {
      delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace
      expect(moduleOf(define())).toBe(here)
      expect(Error.prepareStackTrace).toBeUndefined()
    } finally {
      Error.prepareStackTrace = prepareStackTrace
    }
  })
})
