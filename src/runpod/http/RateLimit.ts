/**
 * How long the platform asks to wait: `Retry-After`, and the windows of `RateLimit` that are used up.
 *
 * @since 0.1.0
 */
import type * as Headers from "@effect/platform/Headers"
import * as Option from "effect/Option"

/** `12`, or a date. */
const retryAfter = (value: string, now: number): number | undefined => {
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value) * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** `"minute";r=0;t=12, "hour";r=2800;t=1812`: the longest of the windows in which nothing is left. */
const usedUp = (value: string): number | undefined => {
  const waits = value.split(",").flatMap((window) => {
    const left = /;\s*r=(\d+)/.exec(window)?.[1]
    const reset = /;\s*t=(\d+)/.exec(window)?.[1]
    return left !== undefined && Number(left) === 0 && reset !== undefined ? [Number(reset) * 1000] : []
  })
  return waits.length === 0 ? undefined : Math.max(...waits)
}

/**
 * Milliseconds to wait from `now` on, where the answer says so: the longer one of what its headers say.
 *
 * @since 0.1.0
 */
export const waitMs = (headers: Headers.Headers, now: number): number | undefined => {
  const read = <A>(name: string, f: (value: string) => A | undefined) =>
    Option.flatMapNullable(Option.fromNullable(headers[name]), f)
  const waits = [read("retry-after", (value) => retryAfter(value, now)), read("ratelimit", usedUp)]
    .flatMap(Option.toArray)
  return waits.length === 0 ? undefined : Math.max(...waits)
}
