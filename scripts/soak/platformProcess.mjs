/** A platform in a process of its own: what the soak kills. It says `up` when it serves, and ends with its parent. */
import { Platform } from "effect-flash/local"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const [database = "", port = "", key = ""] = process.argv.slice(2)

process.stdin.resume().on("end", () => process.exit(0))

const platform = Platform.layer({ database, port: Number(port), apiKey: Redacted.make(key) })
const up = Layer.effectDiscard(Effect.sync(() => process.stdout.write("up\n")))

Effect.runPromise(Layer.launch(Layer.provideMerge(up, platform))).catch((error) => {
  console.error(error)
  process.exit(1)
})
