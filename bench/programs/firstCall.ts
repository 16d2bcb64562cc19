/**
 * Prints how long a program takes from its start to the result of its first call on the embedded platform, in
 * milliseconds: modules, platform, provisioning, bundle, worker process and all.
 */
import { Effect, Exit } from "effect"
import { Flash } from "effect-flash"
import { greet, greetSmall } from "../fixtures/functions.ts"

const call = process.argv[2] === "small" ? greetSmall : greet

const main = Effect.gen(function*() {
  yield* call({ name: "Ada", count: 1 })
  process.stdout.write(`${performance.now()}\n`)
})

Effect.runPromiseExit(main.pipe(Flash.provide, Effect.provide(Flash.layerLocal))).then((exit) => {
  if (Exit.isFailure(exit)) throw new Error(String(exit.cause))
})
