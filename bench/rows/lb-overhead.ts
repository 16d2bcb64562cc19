/**
 * What a call of a load balancer's function costs its caller: one request to a server in another process that answers at
 * once, at the function's route as anybody calls it, or to `/execute` as a live call does.
 */
import { Effect } from "effect"
import { Flash } from "effect-flash"
import type { Dialect } from "../../src/invoke/Dialect.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import { outcomeHeader } from "../../src/protocol/Route.ts"
import * as Client from "../bare/Client.ts"
import * as Canned from "../fixtures/Canned.ts"
import { greetBalanced } from "../fixtures/functions.ts"
import type { Case, Row } from "../harness/Bench.ts"
import { capture } from "../harness/Capture.ts"
import * as Loops from "../harness/Loops.ts"
import { program } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

const calls = 500

const result = { greeting: "Hello Ada", count: 1 }

/** What a worker answers, at the route and to `/execute`. */
const answers = {
  deployed: JSON.stringify(result),
  live: JSON.stringify({
    protocol_version: 1,
    success: true,
    serialization_format: "msgpack",
    result: Codec.make().encode("msgpack", result)
  })
}

const greetAda = Flash.provide(greetBalanced({ name: "Ada", count: 1 }))

const caseOf = (name: string, dialect: Exclude<Dialect, "plain">) =>
  Effect.gen(function*() {
    const port = yield* Processes.startModule<number>(program("bare/cannedServer"), {
      ANSWER: answers[dialect],
      HEADERS: JSON.stringify(dialect === "deployed" ? { [outcomeHeader]: "success" } : {})
    })
    const origin = `http://127.0.0.1:${port}`
    const flash = yield* Canned.flash(origin, dialect)
    const ours = Effect.provide(greetAda, flash)
    // the first live call of a function takes its code along, and those that follow do not
    yield* ours
    const [sent, ...others] = yield* capture(ours)
    if (sent === undefined || others.length > 0) return yield* Effect.dieMessage("a call is one request")
    const post: Client.Post = {
      origin,
      path: sent.path,
      headers: {
        authorization: `Bearer ${Canned.apiKey}`,
        "content-type": "application/json",
        ...(dialect === "deployed" ? { accept: "*/*" } : {})
      },
      body: sent.body
    }
    const dispatching = yield* Canned.closing(Client.dispatchingOne(post))
    const requesting = yield* Canned.closing(Client.requestingOne(post))
    return {
      name,
      unit: "µs",
      rounds: 15,
      warmUp: 3,
      subjects: [
        { name: "undici dispatch", role: "floor", round: Loops.latencyOf(calls, dispatching.call) },
        // provided once for all calls, as by a program
        { name: "effect-flash", role: "ours", round: Effect.provide(Loops.latency(calls, greetAda), flash) },
        { name: "undici request", role: "peer", round: Loops.latencyOf(calls, requesting.call) }
      ],
      budgets: [],
      notes: []
    } satisfies Case
  })

export const row: Row = Effect.all([
  caseOf("one call at its route, p50", "deployed"),
  caseOf("one live call, p50", "live")
])
