/**
 * The quota of requests to the control plane, and the headers that tell a client of it.
 *
 * @since 0.1.0
 */

/**
 * Requests in each window.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quotas {
  readonly minute: number
  readonly hour: number
  readonly day: number
}

/**
 * More than a program on one machine asks for.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultQuotas: Quotas = { minute: 60_000, hour: 1_000_000, day: 10_000_000 }

/**
 * @since 0.1.0
 * @category models
 */
export interface Verdict {
  readonly headers: Readonly<Record<string, string>>
  /** The window that is full, and the seconds until it is not. */
  readonly exceeded: { readonly window: string; readonly retryAfter: number } | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RateLimits {
  /** Counts a request, unless it is one too many. */
  readonly take: () => Verdict
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (quotas: Quotas, now: () => number): RateLimits => {
  const windows = [
    { name: "minute", quota: quotas.minute, seconds: 60, start: -Infinity, used: 0 },
    { name: "hour", quota: quotas.hour, seconds: 3600, start: -Infinity, used: 0 },
    { name: "day", quota: quotas.day, seconds: 86_400, start: -Infinity, used: 0 }
  ]
  const policy = windows.map(({ name, quota, seconds }) => `"${name}";q=${quota};w=${seconds}`).join(", ")
  return {
    take() {
      const time = now()
      const left = (window: (typeof windows)[number]) =>
        Math.max(1, Math.ceil((window.start + window.seconds * 1000 - time) / 1000))
      for (const window of windows) {
        if (time < window.start + window.seconds * 1000) continue
        window.start = time
        window.used = 0
      }
      const full = windows.find(({ quota, used }) => used >= quota)
      if (full === undefined) { for (const window of windows) window.used++ }
      const state = windows.map((window) => `"${window.name}";r=${window.quota - window.used};t=${left(window)}`)
      return {
        headers: { "ratelimit": state.join(", "), "ratelimit-policy": policy },
        exceeded: full && { window: full.name, retryAfter: left(full) }
      }
    }
  }
}
