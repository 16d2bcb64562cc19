/**
 * What a remote call costs its caller: against a server in another process that answers at once, one call is two
 * exchanges, the submission and the wait.
 */
import { Effect } from "effect"
import { Flash } from "effect-flash"
import RunpodSdk from "runpod-sdk"
import * as Codec from "../../src/protocol/Codec.ts"
import * as Client from "../bare/Client.ts"
import * as Canned from "../fixtures/Canned.ts"
import { greet } from "../fixtures/functions.ts"
import type { Row } from "../harness/Bench.ts"
import { capture } from "../harness/Capture.ts"
import * as Loops from "../harness/Loops.ts"
import { program } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const calls = 500

/** A finished job whose output is what a worker answers to `greet`. */
const answer = JSON.stringify({
  delayTime: 1,
  executionTime: 1,
  id: "job-1",
  status: "COMPLETED",
  workerId: "w",
  output: {
    protocol_version: 1,
    success: true,
    serialization_format: "msgpack",
    result: Codec.make().encode("msgpack", { greeting: "Hello Ada", count: 1 })
  }
})

export const row: Row = Effect.gen(function*() {
  const port = yield* Processes.startModule<number>(program("bare/cannedServer"), { ANSWER: answer })
  const origin = `http://127.0.0.1:${port}`
  const flash = yield* Canned.flash(origin, "live")
  const ours = Effect.provide(Flash.provide(greet({ name: "Ada", count: 1 })), flash)
  const sent = yield* capture(ours)
  const body = sent.find(({ path }) => path.endsWith("/run"))?.body ?? "{}"
  const call: Client.Call = {
    origin,
    prefix: "/v2/bench",
    query: "?wait=60000",
    headers: {
      authorization: `Bearer ${Canned.apiKey}`,
      "content-type": "application/json",
      accept: "application/json"
    },
    body
  }
  const dispatching = yield* Canned.closing(Client.dispatching(call))
  const requesting = yield* Canned.closing(Client.requesting(call))
  const sdk = RunpodSdk(Canned.apiKey, { baseUrl: `${origin}/v2` }).endpoint("bench")
  if (sdk === null) return yield* Effect.dieMessage("runpod-sdk made no endpoint")
  const input: { readonly input: unknown } = JSON.parse(body)

  const floor = "undici dispatch"
  const peer = "runpod-sdk run + statusSync"
  return [{
    name: "one call, p50",
    unit: "µs",
    rounds: 15,
    warmUp: 3,
    subjects: [
      { name: floor, role: "floor", round: Loops.latencyOf(calls, dispatching.call) },
      // provided once for all calls, as by a program
      { name: "effect-flash", role: "ours", round: Effect.provide(Loops.latency(calls, greetAda), flash) },
      { name: "undici request", role: "peer", round: Loops.latencyOf(calls, requesting.call) },
      {
        name: peer,
        role: "peer",
        round: Loops.latencyOf(calls, async () => {
          const { id } = await sdk.run(input)
          return sdk.statusSync(id)
        })
      },
      { name: "runpod-sdk runSync", role: "peer", round: Loops.latencyOf(calls, () => sdk.runSync(input)) }
    ],
    budgets: [
      { bound: "at most", limit: 1.3, to: floor },
      { bound: "less than", limit: 1, to: peer }
    ],
    notes: ["runSync is one exchange, all others are two; a job that was submitted by it cannot be cancelled"]
  }]
})

const greetAda = Flash.provide(greet({ name: "Ada", count: 1 }))
