/** A program that makes one call inline: its module of functions, the kind, the mark. Says so should it outlive the call. */
import { Effect } from "effect"
import { Flash } from "effect-flash"

const [module, kind, mark] = process.argv.slice(2)
const { calls } = await import(module)
const exit = await Effect.runPromiseExit(
  calls[kind]({ outcome: "lost worker", mark }).pipe(Flash.provide, Effect.provide(Flash.layerInline))
)
console.log(`outlived its worker: ${exit}`)
