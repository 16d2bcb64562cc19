/** Prints how long a process' first bundle takes with esbuild alone, in milliseconds. The argument is the path. */
import { bundle } from "../fixtures/esbuildAlone.ts"

const [, , path = ""] = process.argv
const start = performance.now()
await bundle(path)
process.stdout.write(`${performance.now() - start}\n`)
process.exit()
