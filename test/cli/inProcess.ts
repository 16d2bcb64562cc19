/**
 * Runs command lines in this process, from sources: as the built command would, and without the start of a process for
 * each. One at a time, since they read the working directory and the environment of the process.
 */
import { ConfigProvider, Effect } from "effect"
import { format } from "node:util"
import { make } from "../../cli/Cli.ts"
import { findPackage } from "../../cli/Package.ts"
import { splitProgram } from "../../cli/splitProgram.ts"
import { early } from "../../cli/surface/early.ts"
import type { Result } from "./flash.ts"

const one = Effect.unsafeMakeSemaphore(1)

/** What the tests' own environment may say about the platform. */
const isOurs = (name: string): boolean => /^(FLASH|RUNPOD)_|^NO_COLOR$/.test(name)

const place = (env: Record<string, string>, cwd: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = { cwd: process.cwd(), env: { ...process.env } }
      process.chdir(cwd)
      for (const name of Object.keys(process.env).filter(isOurs)) delete process.env[name]
      Object.assign(process.env, env)
      return before
    }),
    (before) =>
      Effect.sync(() => {
        process.chdir(before.cwd)
        for (const name of Object.keys(process.env)) if (!(name in before.env)) delete process.env[name]
        Object.assign(process.env, before.env)
      })
  )

const captured = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const written = { stdout: "", stderr: "" }
    const to = (name: keyof typeof written) => (...args: ReadonlyArray<unknown>): void => {
      written[name] += `${format(...args)}\n`
    }
    const unsafe = {
      ...globalThis.console,
      log: to("stdout"),
      info: to("stdout"),
      error: to("stderr"),
      warn: to("stderr")
    }
    const console = yield* Effect.console
    const exit = yield* effect.pipe(
      Effect.withConsole({
        ...console,
        log: (...args) => Effect.sync(() => unsafe.log(...args)),
        error: (...args) => Effect.sync(() => unsafe.error(...args)),
        unsafe
      }),
      // that of a process, whatever a test has set for itself
      Effect.withConfigProvider(ConfigProvider.fromEnv()),
      Effect.exit
    )
    return { exit, ...written }
  })

/** Runs `flash` with these words, in a folder. */
export const flash = (
  words: ReadonlyArray<string>,
  env: Record<string, string>,
  cwd: string
): Effect.Effect<Result> =>
  Effect.gen(function*() {
    yield* place(env, cwd)
    const argv = ["node", "flash", ...words]
    const answer = early(splitProgram(argv)[0].slice(2), { version: findPackage().version })
    if (answer !== undefined) return { code: answer.exitCode, stdout: answer.stdout, stderr: answer.stderr }
    const { effect, exitCode } = make(argv)
    const { exit, stderr, stdout } = yield* captured(effect)
    return { code: exitCode(exit), stdout, stderr }
  }).pipe(Effect.scoped, one.withPermits(1))
