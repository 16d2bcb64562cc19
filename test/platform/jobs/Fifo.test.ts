import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { Fifo } from "../../../runtime/platform/jobs/Fifo.ts"
import { cases } from "../../laws.ts"

type Model = Array<number>
type Command = FastCheck.Command<Model, Fifo<number>>

class Push implements Command {
  readonly item: number
  constructor(item: number) {
    this.item = item
  }
  check() {
    return true
  }
  run(model: Model, real: Fifo<number>) {
    model.push(this.item)
    real.push(this.item)
    expect(real.length).toBe(model.length)
  }
  toString() {
    return `push(${this.item})`
  }
}

class Unshift extends Push {
  override run(model: Model, real: Fifo<number>) {
    model.unshift(this.item)
    real.unshift(this.item)
    expect(real.length).toBe(model.length)
  }
  override toString() {
    return `unshift(${this.item})`
  }
}

/** Takes so many at a time that the queue becomes empty, and its holes are closed, in some runs. */
class Shift implements Command {
  readonly times: number
  constructor(times: number) {
    this.times = times
  }
  check() {
    return true
  }
  run(model: Model, real: Fifo<number>) {
    for (let i = 0; i < this.times; i++) expect(real.shift()).toBe(model.shift())
    expect(real.length).toBe(model.length)
  }
  toString() {
    return `shift x ${this.times}`
  }
}

describe("Fifo", () => {
  it("behaves as an array does, whatever is put in and taken out", () => {
    const item = FastCheck.nat()
    const commands = FastCheck.commands([
      item.map((item) => new Push(item)),
      item.map((item) => new Push(item)),
      item.map((item) => new Unshift(item)),
      FastCheck.integer({ min: 1, max: 20 }).map((times) => new Shift(times))
    ], { maxCommands: 100, size: "max" })
    FastCheck.assert(
      FastCheck.property(FastCheck.nat(300), commands, (filled, commands) => {
        FastCheck.modelRun(() => {
          const model = Array.from({ length: filled }, (_, n) => -n)
          const real = new Fifo<number>()
          for (const item of model) real.push(item)
          return { model, real }
        }, commands)
      }),
      cases(200)
    )
  })

  it("is empty at first, and again when all is out", () => {
    const fifo = new Fifo<string>()
    expect(fifo.length).toBe(0)
    expect(fifo.shift()).toBeUndefined()
    fifo.push("a")
    fifo.unshift("b")
    expect([fifo.shift(), fifo.shift(), fifo.shift()]).toEqual(["b", "a", undefined])
    expect(fifo.length).toBe(0)
  })

  it("lets go of what was taken out", () => {
    const fifo = new Fifo<object>()
    for (let i = 0; i < 1000; i++) fifo.push({ i })
    for (let i = 0; i < 900; i++) fifo.shift()
    const held = JSON.stringify(fifo).match(/"i":/g)?.length
    expect(held).toBe(100)
    expect(fifo.length).toBe(100)
    // nor are there places of what is gone
    expect(JSON.stringify(fifo).match(/null/g)?.length ?? 0).toBeLessThanOrEqual(100)
  })
})
