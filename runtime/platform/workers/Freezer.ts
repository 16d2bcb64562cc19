/**
 * Suspends processes and lets them go on. Those that are suspended when this process ends, however it ends, go on as
 * well: one that is suspended cannot notice by itself that its platform is gone.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"

/**
 * Processes are named by their ids, and lead groups that are suspended with them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Freezer {
  /** `false` where it cannot be suspended. */
  readonly freeze: (pid: number) => boolean
  /** Lets a process go on, or forgets one that has ended. */
  readonly thaw: (pid: number) => void
}

/** Reads who is suspended, a line whenever that changes, and lets the last of them go on when nobody writes any more. */
const guard = "while read -r line; do pids=$line; done; for pid in $pids; do kill -s CONT -- \"-$pid\"; done"

/**
 * Whoever is suspended goes on when the scope ends.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Freezer, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const frozen = new Set<number>()
    let guarding: ChildProcess | undefined

    const start = (): ChildProcess => {
      // a signal to the program from its terminal is none to the guard
      const child = spawn("/bin/sh", ["-c", guard], { stdio: ["pipe", "ignore", "ignore"], detached: true })
      const onEnd = () => {
        if (guarding !== child) return
        guarding = undefined
        for (const pid of frozen) thaw(pid)
      }
      child.once("error", onEnd).once("exit", onEnd).unref()
      child.stdin?.on("error", onEnd)
      return child
    }

    const tell = () => void guarding?.stdin?.write(`${[...frozen].join(" ")}\n`)

    const thaw = (pid: number) => {
      if (!frozen.delete(pid)) return
      send(pid, "SIGCONT")
      tell()
    }

    return {
      freeze(pid: number) {
        if (process.platform === "win32") return false
        guarding ??= start()
        // first: there is no moment at which nobody knows of it
        frozen.add(pid)
        tell()
        if (send(pid, "SIGSTOP")) return true
        thaw(pid)
        return false
      },
      thaw,
      close() {
        const child = guarding
        for (const pid of frozen) thaw(pid)
        guarding = undefined
        child?.stdin?.end()
      }
    }
  }),
  ({ close }) => Effect.sync(close)
)

/** `false` where there is no such group any more. */
const send = (pid: number, signal: "SIGSTOP" | "SIGCONT"): boolean => {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}
