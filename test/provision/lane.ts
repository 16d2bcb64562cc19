/** Platforms and processes for tests that run many of them side by side. */
import { Context, Deferred, Effect, Layer, Schedule } from "effect"
import type { Scope } from "effect"
import { Platform } from "effect-flash/local"
import { build } from "esbuild"
import * as ChildProcess from "node:child_process"
import { fileURLToPath } from "node:url"

/** A platform of its own, as long as the scope is open. */
export const platformOf = (options: Platform.Options) =>
  Effect.map(
    Layer.build(Layer.fresh(Platform.layer(options))),
    (context) => Context.get(context, Platform.Platform)
  )

export const platform = platformOf({})

/** A program of `fixtures` in one file, which starts in a third of the time that its modules take. */
export const program = (name: string, outfile: string) =>
  Effect.promise(async () => {
    await build({
      entryPoints: [fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url))],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["effect-flash-source"],
      external: ["esbuild", "oxc-parser"],
      banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url)` }
    })
    return outfile
  })

export interface Child {
  /** Ends it without a chance to put anything in order, and waits until it has ended. */
  readonly kill: Effect.Effect<void>
  /** Writes to its standard input. */
  readonly write: (text: string) => Effect.Effect<void>
  /** Waits for a line of its standard output. */
  readonly line: (is: (line: string) => boolean) => Effect.Effect<string>
  /** Its exit code, or the signal that ended it. */
  readonly ended: Effect.Effect<number | string | null>
}

/** Runs a program in a process of its own, which is gone when the scope closes. */
export const spawn = (
  file: string,
  args: ReadonlyArray<string>,
  options: {
    /** Node's own arguments. */
    readonly node?: ReadonlyArray<string>
    readonly env?: Record<string, string>
    readonly cwd?: string
  } = {}
): Effect.Effect<Child, never, Scope.Scope> =>
  Effect.gen(function*() {
    const ended = yield* Deferred.make<number | string | null>()
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        ChildProcess.spawn(process.execPath, [...options.node ?? [], file, ...args], {
          stdio: ["pipe", "pipe", "inherit"],
          cwd: options.cwd,
          env: { PATH: process.env["PATH"], ...options.env }
        })
      ),
      (child) => Effect.zipRight(Effect.sync(() => child.kill("SIGKILL")), Deferred.await(ended))
    )
    child.once("close", (code, signal) => Deferred.unsafeDone(ended, Effect.succeed(signal ?? code)))
    let text = ""
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk
    })
    const find = (is: (line: string) => boolean) => text.split("\n").slice(0, -1).find(is)
    return {
      kill: Effect.zipRight(Effect.sync(() => child.kill("SIGKILL")), Effect.asVoid(Deferred.await(ended))),
      write: (line) => Effect.sync(() => child.stdin.write(line)),
      line: (is) => Effect.map(until(() => find(is) !== undefined), () => find(is) ?? ""),
      ended: Deferred.await(ended)
    }
  })

/** Looks again and again. */
export const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.asVoid(Effect.repeat(Effect.sync(holds), { until: (is) => is, schedule: Schedule.spaced("5 millis") }))
