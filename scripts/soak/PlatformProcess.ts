/** The platform that is killed and started again, always on the same file, the same port and with the same key. */
import { Data, Effect, Ref } from "effect"
import type { Scope } from "effect"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"

/** Nobody has killed it. */
export class Ended extends Data.TaggedError("Ended")<{ readonly how: string }> {
  override get message() {
    return `the platform ended by itself: ${this.how}`
  }
}

export interface PlatformProcess {
  readonly url: string
  /** Ends it by SIGKILL. */
  readonly kill: Effect.Effect<void>
  /** Succeeds when it serves. */
  readonly start: Effect.Effect<void, Ended>
}

const program = fileURLToPath(new URL("platformProcess.mjs", import.meta.url))

const freePort = Effect.async<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    // a server that listens on a port has an address of this kind
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** Not started yet. Whatever runs ends with the scope. */
export const make = (database: string, key: string): Effect.Effect<PlatformProcess, never, Scope.Scope> =>
  Effect.gen(function*() {
    const port = yield* freePort
    const running = yield* Ref.make<ChildProcess | undefined>(undefined)

    const kill = Effect.flatMap(Ref.getAndSet(running, undefined), (child) =>
      Effect.async<void>((resume) => {
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGKILL")
      }))

    const launch = Effect.sync(() =>
      spawn(process.execPath, [program, database, String(port), key], { stdio: ["pipe", "pipe", "inherit"] })
    )

    const isUp = (child: ChildProcess) =>
      Effect.async<void, Ended>((resume) => {
        child.stdout?.once("data", () => resume(Effect.void))
        child.once("exit", (code, signal) => resume(Effect.fail(new Ended({ how: String(signal ?? code) }))))
      })

    yield* Effect.addFinalizer(() => kill)
    return {
      url: `http://127.0.0.1:${port}`,
      kill,
      start: Effect.uninterruptible(Effect.tap(launch, (child) => Ref.set(running, child))).pipe(Effect.flatMap(isUp))
    }
  })
