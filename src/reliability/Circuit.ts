/**
 * The state of a circuit breaker, as a machine that is told the time.
 *
 * Closed, it keeps the last outcomes and opens where too many of them are failures. Open, it lets nothing through until
 * its time is over; it is half-open then, by the clock alone. Half-open it lets as many probes through as it wants
 * successes: these close it, and one failure opens it again. A probe that ends without telling anything gives its place
 * to another one, and so does one that has not ended after the time of an open circuit.
 *
 * @since 0.1.0
 */
import type { CircuitState as State } from "../Endpoint.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly failureThreshold: number
  readonly successThreshold: number
  /** Milliseconds. */
  readonly timeout: number
  readonly windowSize: number
  /** Called once for each change of the state's tag, with the time of the change. */
  readonly onChange: (previous: State["_tag"], next: State, at: number) => void
}

/**
 * Milliseconds since the epoch. Only asked where time matters, which it does not while calls succeed.
 *
 * @since 0.1.0
 * @category models
 */
export type Now = () => number

/**
 * What a call says of its endpoint; `ignored` says nothing.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome = "success" | "failure" | "ignored"

/**
 * @since 0.1.0
 * @category models
 */
export interface Circuit {
  readonly state: (now: Now) => State
  /** Lets a call through, and gives what its outcome is to be recorded with; `undefined` where it does not. */
  readonly admit: (now: Now) => number | undefined
  /** What an outcome is to be recorded with that nothing asked to be let through for; `undefined` where none counts. */
  readonly watch: (now: Now) => number | undefined
  /** Outcomes of calls that were let through in an earlier state change nothing. */
  readonly record: (admission: number, outcome: Outcome, now: Now) => void
  /** Closes it, with no outcomes. */
  readonly reset: (now: Now) => void
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Circuit => {
  const { failureThreshold, onChange, successThreshold, timeout } = options
  const size = Math.max(options.windowSize, failureThreshold)
  // 1 is a failure; a ring, of which `outcomes` places are filled
  const window = new Uint8Array(size)
  let next = 0
  let outcomes = 0
  let failures = 0

  let tag: State["_tag"] = "Closed"
  let until = 0
  /** Probes under way that have their place still. */
  let probes = 0
  let successes = 0
  /** An admission is the count of what has changed so far. */
  let changes = 0
  /** What was admitted before is of an earlier state. */
  let entered = 0
  /** What was admitted before has given its place to others. */
  let renewed = 0

  const permits = (): number => Math.max(0, successThreshold - successes - probes)

  const view = (): State => {
    switch (tag) {
      case "Closed":
        return { _tag: tag, failures, outcomes }
      case "Open":
        return { _tag: tag, until }
      case "HalfOpen":
        return { _tag: tag, permits: permits(), successes, until }
    }
  }

  /** Nothing that was admitted before counts any more. */
  const forget = () => {
    entered = ++changes
    next = 0
    outcomes = 0
    failures = 0
  }

  const change = (to: State["_tag"], at: number) => {
    const previous = tag
    tag = to
    until = at + timeout
    forget()
    renewed = entered
    probes = 0
    successes = 0
    onChange(previous, view(), at)
  }

  /** What time alone changes; it does not matter how often it is looked at. */
  const pass = (now: Now) => {
    if (tag === "Closed" || now() < until) return
    if (tag === "Open") return change("HalfOpen", until)
    renewed = ++changes
    probes = 0
  }

  const push = (isFailure: boolean) => {
    if (outcomes === size) failures -= window[next] ?? 0
    else outcomes++
    window[next] = isFailure ? 1 : 0
    if (isFailure) failures++
    next = next + 1 === size ? 0 : next + 1
  }

  return {
    state(now) {
      pass(now)
      return view()
    },
    admit(now) {
      pass(now)
      switch (tag) {
        case "Closed":
          return changes
        case "Open":
          return undefined
        case "HalfOpen":
          if (permits() === 0) return undefined
          probes++
          until = now() + timeout
          return changes
      }
    },
    watch(now) {
      pass(now)
      return tag === "Closed" ? changes : undefined
    },
    record(admission, outcome, now) {
      if (admission < entered) return
      if (tag === "Closed") {
        if (outcome === "ignored") return
        push(outcome === "failure")
        if (failures >= failureThreshold) change("Open", now())
        return
      }
      // half-open: nothing is admitted by an open circuit
      if (outcome === "failure") return change("Open", now())
      if (admission >= renewed) probes--
      if (outcome === "success" && ++successes >= successThreshold) change("Closed", now())
    },
    reset(now) {
      if (tag === "Closed") forget()
      else change("Closed", now())
    }
  }
}
