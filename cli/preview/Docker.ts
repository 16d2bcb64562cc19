/** A preview in containers, where docker is present. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { CliError } from "../CliError.ts"
import type { Compose } from "./Compose.ts"

/** Runs docker; succeeds with its exit code. Interrupted, it waits until docker has ended. */
const docker = (args: ReadonlyArray<string>, stdio: "ignore" | "inherit"): Effect.Effect<number> =>
  Effect.async((resume) => {
    // a signal of the terminal is ours to act on
    const child = spawn("docker", args, { stdio: ["ignore", stdio, stdio], detached: true })
    const ended = new Promise<number>((resolve) => {
      child.once("error", () => resolve(127))
      child.once("exit", (code) => resolve(code ?? 1))
    })
    void ended.then((code) => resume(Effect.succeed(code)))
    return Effect.promise(async () => {
      child.kill("SIGINT")
      await ended
    })
  })

/** Whether there is a docker that runs, with compose. */
export const isPresent: Effect.Effect<boolean> = Effect.map(
  Effect.forEach([["compose", "version"], ["info"]], (args) =>
    Effect.timeoutTo(docker(args, "ignore"), {
      duration: "5 seconds",
      onSuccess: (code) => code === 0,
      onTimeout: () => false
    })),
  (answers) => answers.every((answer) => answer)
)

/** The compose file, in the project's `.flash/preview`. */
export const write = (root: string, { text }: Compose): Effect.Effect<string> =>
  Effect.sync(() => {
    const file = join(root, ".flash", "preview", "compose.yaml")
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  })

/** Runs the containers until it is interrupted or they end, and removes them. */
export const run = (file: string, { project, services }: Compose): Effect.Effect<void, CliError> =>
  Effect.gen(function*() {
    const compose = (...args: ReadonlyArray<string>) =>
      docker(["compose", "--file", file, "--project-name", project, ...args], "inherit")
    for (const { isLoadBalanced, resource, url } of services) {
      yield* Console.log(`${resource}  ${url}${isLoadBalanced ? "" : "/runsync"}`)
    }
    yield* Console.error("Ctrl+C ends the containers.")
    const code = yield* Effect.ensuring(
      compose("up", "--remove-orphans"),
      Effect.uninterruptible(compose("down", "--remove-orphans"))
    )
    if (code !== 0) {
      return yield* new CliError({
        message: `docker compose ended with code ${code}`,
        hint: `\`docker compose --file ${file} up\` shows why; --embedded runs the preview without docker`
      })
    }
  })
