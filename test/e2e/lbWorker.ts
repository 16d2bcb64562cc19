/** Workers of load-balanced endpoints, started here by their environment alone. */
import { Effect, Schedule } from "effect"
import * as esbuild from "esbuild"
import { spawn } from "node:child_process"
import { mkdirSync } from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const program = join(root, "dist", "worker", "main.mjs")

/** A module of functions beside this one, as a build has it: one file, beside the packages that it imports. */
export const bundle = (name: string) =>
  Effect.promise(async () => {
    // where the package finds itself by its name
    const folder = join(root, "dist", ".test")
    mkdirSync(folder, { recursive: true })
    const outfile = join(folder, `${name}-${process.pid}.mjs`)
    await esbuild.build({
      entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      sourcemap: "inline",
      external: ["effect", "effect-flash", "@effect/*"]
    })
    return pathToFileURL(outfile).href
  })

export const module = bundle("lbFunctions")

export const freePort = Effect.async<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** A worker on a port of its own; it ends with the scope. */
export const start = (env: Record<string, string>) =>
  Effect.gen(function*() {
    const port = yield* freePort
    const lines: Array<string> = []
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(process.execPath, [program], {
          stdio: ["pipe", "pipe", "inherit"],
          env: {
            PATH: process.env["PATH"],
            FLASH_ENDPOINT_TYPE: "lb",
            FLASH_HOST: "127.0.0.1",
            FLASH_RESOURCE_NAME: "api",
            PORT: String(port),
            ...env
          }
        })
        child.stdout.on("data", (chunk) => lines.push(String(chunk)))
        return child
      }),
      (child) =>
        Effect.async<void>((resume) => {
          if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
          child.once("exit", () => resume(Effect.void))
          child.kill("SIGKILL")
        })
    )
    const exited = Effect.async<number | null>((resume) => {
      if (child.exitCode !== null) return resume(Effect.succeed(child.exitCode))
      child.once("exit", (code) => resume(Effect.succeed(code)))
    })
    return { child, exited, lines, port, url: `http://127.0.0.1:${port}` }
  })

/** The answers of `/ping` until one is 200, each once. */
export const pings = (url: string) =>
  Effect.suspend(() => {
    const seen: Array<number> = []
    return Effect.promise(() => fetch(`${url}/ping`).then(({ status }) => status, () => 0)).pipe(
      Effect.tap((status) => Effect.sync(() => seen.includes(status) ? undefined : seen.push(status))),
      Effect.repeat({ until: (status) => status >= 200 && status !== 204, schedule: Schedule.spaced("5 millis") }),
      Effect.timeout("20 seconds"),
      Effect.as(seen)
    )
  })
