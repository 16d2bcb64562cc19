/** Finds what a project defines, by looking at the values that its modules export. */
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BuildError, failure } from "./BuildError.ts"
import * as Candidates from "./Candidates.ts"
import { compile } from "./Compile.ts"
import { evaluate } from "./Evaluate.ts"
import type { Evaluator } from "./Evaluate.ts"
import * as Project from "./Project.ts"
import * as ProjectFiles from "./ProjectFiles.ts"

export interface Discovered extends Omit<Project.Project, "problems"> {
  /** Files with secrets that are in the project's folder, and in no artifact. */
  readonly secrets: ReadonlyArray<string>
  /** What the modules wrote while they were loaded. */
  readonly output: string
  /** Absolute paths of the files that were looked at. */
  readonly files: ReadonlyArray<string>
}

/** `root`: absolute path without links in it. */
export const discover = (root: string, look: Evaluator = evaluate): Effect.Effect<Discovered, BuildError> =>
  Effect.gen(function*() {
    const files = yield* Effect.try({
      try: () => ProjectFiles.list(root),
      catch: (cause) => new BuildError({ problems: [`${root} cannot be read: ${cause}`], cause })
    })
    const entries = Candidates.find(root, files.modules)
    const task = yield* promised(() => compile(root, entries))
    const { output, report } = entries.length === 0
      ? { output: "", report: { failures: [], functions: [], resources: [] } }
      : yield* look(task)
    const { problems, ...project } = Project.make(report, (url) => ProjectFiles.pathBelow(root, fileURLToPath(url)))
    const error = failure(problems)
    if (error !== undefined) return yield* error
    const read = new Set([
      ...files.modules.map((path) => join(root, path)),
      ...Object.keys(task.code).map((url) => fileURLToPath(url))
    ])
    return { ...project, secrets: files.secrets, output, files: [...read] }
  })

/** What rejects with anything but a `BuildError` is a defect. */
export const promised = <A>(run: () => Promise<A>): Effect.Effect<A, BuildError> =>
  Effect.tryPromise({ try: run, catch: (error) => error }).pipe(
    Effect.catchAll((error) => error instanceof BuildError ? Effect.fail(error) : Effect.die(error))
  )
