/** Prints how long a process' first live bundle takes, in milliseconds. The argument is the module's path. */
import { Effect } from "effect"
import { pathToFileURL } from "node:url"
import * as CodeBundler from "../../src/invoke/CodeBundler.ts"
import { procedure } from "../fixtures/procedure.ts"

const [, , path = ""] = process.argv
const greet = procedure(pathToFileURL(path).href)
const start = performance.now()
await Effect.runPromise(
  CodeBundler.CodeBundler.pipe(
    Effect.flatMap((bundler) => bundler.bundle(greet)),
    Effect.provide(CodeBundler.layer)
  )
)
process.stdout.write(`${performance.now() - start}\n`)
process.exit()
