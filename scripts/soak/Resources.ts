/** Templates that are made, changed and removed while the platform is killed, and what they must be afterwards. */
import { Effect, Random } from "effect"
import type { Ask } from "./Ask.ts"

export interface Resources {
  /** Makes one, changes one or removes one. */
  readonly change: Effect.Effect<void>
  /** How many were made. */
  readonly count: () => number
  /** What the platform has otherwise than it said. */
  readonly differences: Effect.Effect<ReadonlyArray<string>, unknown>
}

/** What may be true of a template: the value of its variable, or that it is gone. */
type States = ReadonlyArray<string | "gone">

const gone = "gone"

export const make = (ask: Ask): Effect.Effect<Resources> =>
  Effect.sync(() => {
    /** By id. */
    const known = new Map<string, States>()
    let names = 0

    const create = Effect.gen(function*() {
      const value = `value ${names}`
      const body = { name: `template-${names++}`, image: "i", env: { A: value } }
      // one whose answer was lost has an id that nobody knows
      const { json, status } = yield* ask("POST", "/v2/templates", body)
      if (status === 201) known.set(String(json["id"]), [value])
    })

    /** What was so is still possible until the platform has answered. */
    const move = (id: string, before: States, next: string, request: ReturnType<Ask>) => {
      known.set(id, [...before, next])
      return Effect.map(request, ({ status }) => {
        if (status < 300) known.set(id, [next])
      })
    }

    const change = Effect.gen(function*() {
      const choice = yield* Random.nextIntBetween(0, 10)
      const there = [...known].filter(([, states]) => !states.includes(gone))
      const [id, states] = there[yield* Random.nextIntBetween(0, Math.max(1, there.length))] ?? []
      if (choice < 5 || id === undefined || states === undefined) return yield* create
      if (choice < 8) {
        const value = `changed ${names++}`
        return yield* move(id, states, value, ask("PATCH", `/v2/templates/${id}`, { env: { A: value } }))
      }
      return yield* move(id, states, gone, ask("DELETE", `/v2/templates/${id}`))
    })

    return {
      change: Effect.ignore(change),
      count: () => known.size,
      differences: Effect.map(ask("GET", "/v2/templates"), ({ json }) => {
        const templates = json["templates"] as ReadonlyArray<
          { readonly id: string; readonly env: Readonly<Record<string, string>> }
        >
        const values = new Map(templates.map(({ env, id }) => [id, env["A"] ?? ""]))
        return [...known].flatMap(([id, states]) => {
          const is = values.get(id) ?? gone
          return states.includes(is) ? [] : [`template ${id} is ${is}, and was ${states.join(" or ")}`]
        })
      })
    }
  })
