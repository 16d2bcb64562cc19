/**
 * What is going on, on stderr: one line of the terminal, which is gone afterwards. In a pipe, a line for each thing that
 * is begun.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { styledOn } from "../colors.ts"

export interface Progress {
  /** Something else is going on. */
  readonly now: (text: string) => Effect.Effect<void>
  /** More is known of it; not told in a pipe. */
  readonly more: (text: string) => Effect.Effect<void>
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

const erase = "\r\u001b[2K"

/** A terminal that can go back to the beginning of a line. */
const isLive = (): boolean => process.stderr.isTTY === true && process.env.TERM !== "dumb"

/** Its line is gone when the scope closes. */
export const make: Effect.Effect<Progress, never, Scope.Scope> = Effect.suspend(() => {
  if (!isLive()) return Effect.succeed<Progress>({ now: Console.error, more: () => Effect.void })
  let current = ""
  let frame = 0
  const draw = Effect.sync(() => {
    if (current === "") return
    const mark = frames[frame++ % frames.length] ?? ""
    const width = (process.stderr.columns || 80) - 3
    const text = current.length > width ? `${current.slice(0, width - 1)}…` : current
    process.stderr.write(`${erase}${styledOn(process.stderr, "cyan", mark)} ${text}`)
  })
  const show = (text: string) =>
    Effect.zipRight(
      Effect.sync(() => {
        current = text
      }),
      draw
    )
  return Effect.zipRight(
    Effect.addFinalizer(() =>
      Effect.sync(() => {
        process.stderr.write(erase)
      })
    ),
    Effect.forkScoped(Effect.repeat(draw, Schedule.spaced("100 millis")))
  ).pipe(Effect.as({ now: show, more: show }))
})

/** `[#####-----]` */
export const bar = (part: number, whole: number, width = 20): string => {
  const filled = whole === 0 ? width : Math.min(width, Math.round((part / whole) * width))
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}]`
}
