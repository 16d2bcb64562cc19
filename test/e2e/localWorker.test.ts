/** `flash worker` without a platform: one job from the command line or a file, or an API of its own. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as LocalApi from "../../runtime/platform/LocalApi.ts"

const cli = fileURLToPath(new URL("../../dist/cli/main.mjs", import.meta.url))
const module = fileURLToPath(new URL("./plainWorker.mjs", import.meta.url))

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-local-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const worker = (cwd: string, ...args: ReadonlyArray<string>) => {
  const { status, stdout } = spawnSync(process.execPath, [cli, "worker", "--module", module, ...args], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], FLASH_TARGET: "worker" }
  })
  return { status, lines: stdout.trim().split("\n") }
}

describe("flash worker without a platform", () => {
  it.scopedLive("runs the job it is given, and ends with how that went", () =>
    Effect.gen(function*() {
      const cwd = yield* scratch
      const good = worker(cwd, "--test-input", `{"input":{"name":"Ada"}}`)
      expect(good.lines.at(-1)).toBe(`{"output":{"greeting":"Hello Ada"}}`)
      expect(good.status).toBe(0)
      const bad = worker(cwd, "--test-input", `{"input":{"name":""}}`)
      expect(bad.lines.at(-1)).toContain("EmptyName")
      expect(bad.status).toBe(1)
    }), 60_000)

  it.scopedLive("runs the job of test_input.json, and says what is missing", () =>
    Effect.gen(function*() {
      const cwd = yield* scratch
      const none = worker(cwd)
      expect(none.status).toBe(1)
      expect(none.lines.join("\n")).toContain("no test_input.json here")
      writeFileSync(join(cwd, "test_input.json"), `{"id":"mine"}`)
      expect(worker(cwd).lines.join("\n")).toContain(`has no \\"input\\"`)
      writeFileSync(join(cwd, "test_input.json"), `{"id":"mine","input":{"name":"Bob"}}`)
      const good = worker(cwd)
      expect(good.lines.at(-1)).toBe(`{"output":{"greeting":"Hello Bob"}}`)
      expect(good.status).toBe(0)
    }), 60_000)
})

const freePort = Effect.async<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo // of a server that listens on a port
    server.close(() => resume(Effect.succeed(port)))
  })
})

describe("flash worker --serve-api", () => {
  it.scopedLive("serves the job API with a worker of its own", () =>
    Effect.gen(function*() {
      const url = yield* LocalApi.serve({
        host: "127.0.0.1",
        port: yield* freePort,
        maxConcurrency: 2,
        env: { PATH: process.env["PATH"], FLASH_MODULE: module }
      })
      const ask = (method: string, path: string, body?: unknown) =>
        Effect.promise(async () => {
          const response = await fetch(`${url}${path}`, {
            method,
            ...(body === undefined ? {} : { body: JSON.stringify(body) })
          })
          const answer: Readonly<Record<string, unknown>> = JSON.parse(await response.text())
          return { status: response.status, answer }
        })
      const { answer } = yield* ask("POST", "/runsync", { input: { name: "Ada" } })
      expect(answer).toMatchObject({ status: "COMPLETED", output: { greeting: "Hello Ada" } })
      const run = yield* ask("POST", "/run", { input: { name: "" } })
      expect(run.answer).toMatchObject({ status: "IN_QUEUE" })
      const ended = yield* ask("GET", `/status-sync/${run.answer["id"]}`)
      expect(ended.answer).toMatchObject({ status: "FAILED" })
      expect((yield* ask("POST", `/status/${run.answer["id"]}`)).answer["status"]).toBe("FAILED")
      expect((yield* ask("GET", "/health")).answer).toMatchObject({ jobs: { completed: 1, failed: 1 } })
      expect((yield* ask("GET", "/nothing")).status).toBe(404)
      // what the worker asks takes its key
      expect((yield* ask("GET", "/v2/x/job-take/w1")).status).toBe(401)
    }), 60_000)
})
