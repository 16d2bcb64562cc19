/** A terminal: lines for what is over, and a last line that says what is under way. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { busy, cut, duration } from "../ui/Text.ts"
import { lines } from "./Console.ts"
import type { Event, Reporter } from "./Event.ts"

type Tell = typeof Reporter.Service["tell"]

/** A call that is not over, or a resource that is provisioned. */
interface UnderWay {
  readonly name: string
  state: string
  readonly since: number
}

/** Back to the beginning of the line, and nothing on it. */
const clear = "\r\u001b[2K"

/** How often times are brought up to date, in milliseconds. */
const pace = 200

/** The line is cleared when the scope ends. */
export const make: Effect.Effect<Tell, never, Scope.Scope> = Effect.gen(function*() {
  const underWay = new Map<string, UnderWay>()
  let isDrawn = false

  const erase = Effect.sync(() => {
    if (isDrawn) process.stdout.write(clear)
    isDrawn = false
  })
  const draw = Effect.map(Clock.currentTimeMillis, (now) => {
    if (underWay.size === 0) return
    const all = [...underWay.values()].map(({ name, since, state }) => `${name} ${state} ${duration(now - since)}`)
    // a line that is too long would be two, of which only one is cleared
    const text = cut(`${all.length} under way: ${all.join(" · ")}`, (process.stdout.columns || 80) - 1)
    process.stdout.write(`${clear}${busy(text)}`)
    isDrawn = true
  })

  const tell: Tell = (event) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const isShown = note(underWay, event, now)
      return isShown ? erase.pipe(Effect.zipRight(lines(event)), Effect.zipRight(draw)) : draw
    })

  yield* Effect.forkScoped(
    Effect.repeat(Effect.suspend(() => isDrawn || underWay.size > 0 ? draw : Effect.void), Schedule.spaced(pace))
  )
  yield* Effect.addFinalizer(() => erase)
  return tell
})

/** Keeps in mind what an event says; tells whether it is a line of its own. */
const note = (underWay: Map<string, UnderWay>, event: Event, now: number): boolean => {
  const set = (key: string, name: string, state: string) => {
    const known = underWay.get(key)
    if (known === undefined) underWay.set(key, { name, state, since: now })
    else known.state = state
    return false
  }
  switch (event._tag) {
    case "Queued":
      return set(`#${event.call}`, `#${event.call} ${event.function}`, "queued")
    case "WorkerStarting":
      return set(`#${event.call}`, event.function, "worker starting")
    case "Running":
      return set(`#${event.call}`, event.function, "running")
    case "Done":
      underWay.delete(`#${event.call}`)
      return true
    case "Provisioning":
      return set(event.resource, event.resource, "provisioning")
    case "Provisioned":
    case "ProvisionFailed":
      underWay.delete(event.resource)
      return true
    default:
      return true
  }
}
