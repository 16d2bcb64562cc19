/** Bundles fixture projects and runs their functions in the worker's own thread, as a live call does. */
import { Effect, Either, Scope } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Executor from "../../runtime/worker/Executor.ts"
import * as RunningJob from "../../runtime/worker/RunningJob.ts"
import type { Procedure } from "../../src/Endpoint.ts"
import * as CodeBundler from "../../src/invoke/CodeBundler.ts"
import type { FunctionResponse } from "../../src/protocol/FunctionResponse.ts"

/** The files of a project, by their paths; a value of another kind is a link to another path of it, or to an absolute one. */
export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>

/** Writes a project into a folder of its own, which goes with the scope. */
export const project = (files: Files): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const root = realpathSync(mkdtempSync(join(tmpdir(), "effect-flash-project-")))
      write(root, files)
      return root
    }),
    (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
  )

export const write = (root: string, files: Files): void => {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    if (typeof content === "string" || content instanceof Uint8Array) writeFileSync(file, content)
    else symlinkSync(resolve(root, content.link), file, "dir")
  }
}

const cpu = CpuLiveServerless.make("live-thread")

/** The function of that name, as the caller's program knows it. */
export const procedureOf = (root: string, entry: string, name: string, dependencies: ReadonlyArray<string> = []) =>
  remote(name, { resource: cpu, module: pathToFileURL(join(root, entry)).href, dependencies }) as object as Procedure

export interface LiveThread {
  /** Succeeds with the function's result, as JSON; dies with whatever else comes back. */
  readonly call: (root: string, options?: Call) => Effect.Effect<unknown>
  /** Succeeds with the response whatever it is, or fails with what the bundler says. */
  readonly respond: (root: string, options?: Call) => Effect.Effect<FunctionResponse, string>
  /** What came out of the thread outside of jobs. */
  readonly printed: ReadonlyArray<string>
}

export interface Call {
  /** Default: `main.ts`. */
  readonly entry?: string
  /** Default: `f`. */
  readonly name?: string
  readonly payload?: unknown
  readonly dependencies?: ReadonlyArray<string>
}

/** Nothing here streams or tells of its progress. */
const silent: RunningJob.Posts = { stream: () => Effect.void, progress: () => Effect.void }

export const make: Effect.Effect<LiveThread, never, Scope.Scope> = Effect.gen(function*() {
  const scope = yield* Effect.scope
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-thread-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  const printed: Array<string> = []
  const executor = yield* Executor.make({
    closeGrace: () => "1 second",
    program: new URL("../../dist/worker/thread.mjs", import.meta.url),
    env: { FLASH_IS_LIVE_PROVISIONING: "true", FLASH_TARGET: "worker", FLASH_RESOURCE_NAME: "live-thread" },
    directory,
    lost: RunningJob.threadLost,
    onOutput: (jobId, text) => {
      if (jobId === null) printed.push(text)
    }
  })
  const bundler = yield* Effect.map(
    Scope.extend(Effect.provide(Effect.context<CodeBundler.CodeBundler>(), CodeBundler.layer), scope),
    (context) => context.unsafeMap.get(CodeBundler.CodeBundler.key) as typeof CodeBundler.CodeBundler.Service
  )
  let jobs = 0
  const respond: LiveThread["respond"] = (root, { dependencies = [], entry = "main.ts", name = "f", payload } = {}) =>
    Effect.gen(function*() {
      const { code, hash } = yield* Effect.mapError(
        bundler.bundle(procedureOf(root, entry, name, dependencies)),
        ({ message }) => message
      )
      const input = {
        protocol_version: 1,
        function_name: name,
        function_code: code,
        code_hash: hash,
        args: payload === undefined ? [] : [payload]
      }
      const result = yield* executor.run({ id: `job-${jobs++}`, input } as never, silent)
      const body = JSON.parse(result.body)
      return body.output ?? JSON.parse(body.error)
    })
  return {
    respond,
    printed,
    call: (root, options) =>
      Effect.gen(function*() {
        const answer = yield* Effect.either(respond(root, options))
        if (Either.isLeft(answer)) return yield* Effect.die(new Error(answer.left))
        const { error, result, success } = answer.right
        return success ? result : yield* Effect.die(new Error(JSON.stringify(error, null, 2)))
      })
  }
})
