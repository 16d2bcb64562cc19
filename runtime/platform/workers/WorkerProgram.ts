/**
 * Where the worker program of this package is.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/**
 * The package is not whole.
 *
 * @since 0.1.0
 * @category errors
 */
export class WorkerProgramMissing extends Data.TaggedError("WorkerProgramMissing")<{ readonly message: string }> {}

/**
 * Path of the bundled worker, `dist/worker/main.mjs` of this package.
 *
 * @since 0.1.0
 * @category accessors
 */
export const find: Effect.Effect<string, WorkerProgramMissing> = Effect.suspend(() => {
  const root = packageRoot(dirname(fileURLToPath(import.meta.url)))
  if (root === undefined) {
    return new WorkerProgramMissing({ message: "the effect-flash package has no package.json above its modules" })
  }
  const program = join(root, "dist", "worker", "main.mjs")
  return existsSync(program)
    ? Effect.succeed(program)
    : new WorkerProgramMissing({ message: `${program} does not exist; run \`npm run build\` in the checkout` })
})

const packageRoot = (directory: string): string | undefined => {
  const file = join(directory, "package.json")
  if (existsSync(file)) {
    const { name }: { readonly name?: string } = JSON.parse(readFileSync(file, "utf8"))
    if (name === "effect-flash") return directory
  }
  const parent = dirname(directory)
  return parent === directory ? undefined : packageRoot(parent)
}
