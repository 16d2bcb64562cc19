/** Processes of this machine, as Linux tells of them. */
import { Effect, Schedule } from "effect"
import { existsSync, readdirSync, readFileSync } from "node:fs"

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

/** Ids of what a process has started, by what they run. */
export const childrenOf = (parent: number, command = ""): ReadonlyArray<number> =>
  readdirSync("/proc").filter((pid) =>
    /^\d+$/.test(pid) &&
    // what is behind the name, which may hold anything
    read(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ")[1] === String(parent) &&
    read(`/proc/${pid}/cmdline`).includes(command)
  ).map(Number)

/** `S` of one that waits, `T` of one that is suspended; empty where there is none. */
export const stateOf = (pid: number): string => read(`/proc/${pid}/stat`).replace(/^.*\) /, "").slice(0, 1)

/** Waits until none of them is there. */
export const gone = (pids: ReadonlyArray<number>) =>
  Effect.suspend(() => {
    const left = pids.filter((pid) => existsSync(`/proc/${pid}`))
    return left.length === 0 ? Effect.void : Effect.fail(left)
  }).pipe(Effect.retry(Schedule.spaced("50 millis")), Effect.timeout("10 seconds"))
