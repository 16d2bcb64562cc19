/**
 * What an inline call costs: everything of a call but the way, against a plain call of the same function through the
 * same schemas and the same codec.
 */
import { Effect, Layer, Schema } from "effect"
import { Flash } from "effect-flash"
import * as Codec from "../../src/protocol/Codec.ts"
import { greet, greetBalanced } from "../fixtures/functions.ts"
import type { Case, Row } from "../harness/Bench.ts"
import * as Loops from "../harness/Loops.ts"

const calls = 1000

type Payload = typeof greet.payloadSchema.Type

const hello = ({ count, name }: Payload): typeof greet.successSchema.Type => ({ greeting: `Hello ${name}`, count })

const payload = { name: "Ada", count: 1 }

const payloadSchema = {
  encode: Schema.encodeSync(greet.payloadSchema),
  decode: Schema.decodeUnknownSync(greet.payloadSchema)
}
const successSchema = {
  encode: Schema.encodeSync(greet.successSchema),
  decode: Schema.decodeUnknownSync(greet.successSchema)
}

/** There and back as on a wire. */
type Through = (encoded: unknown) => unknown

const codec = Codec.make()
const msgpack: Through = (encoded) => codec.decode("msgpack", codec.encode("msgpack", encoded))
const json: Through = (encoded) => JSON.parse(JSON.stringify(encoded))

const plain = (through: Through) => () =>
  successSchema.decode(
    through(successSchema.encode(hello(payloadSchema.decode(through(payloadSchema.encode(payload))))))
  )

export const row: Row = Effect.gen(function*() {
  const flash = yield* Layer.build(Flash.layerInline)
  const caseOf = (name: string, call: Effect.Effect<unknown, unknown, Flash.Flash>, through: Through): Case => ({
    name,
    unit: "µs",
    rounds: 15,
    warmUp: 3,
    subjects: [
      { name: "function, schemas and codec", role: "floor", round: Loops.duration(calls, plain(through)) },
      { name: "effect-flash", role: "ours", round: Effect.provide(Loops.latency(calls, call), flash) },
      { name: "function alone", role: "peer", round: Loops.duration(calls, () => hello(payload)) }
    ],
    budgets: [],
    notes: [
      "an inline call is an rpc of two ends with fibers of their own; the floor is synchronous and knows no errors"
    ]
  })
  return [
    caseOf("one inline call of a queue, p50", Flash.provide(greet(payload)), msgpack),
    caseOf("one inline call of a load balancer, p50", Flash.provide(greetBalanced(payload)), json)
  ]
})
