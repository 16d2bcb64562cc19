/**
 * A load-balanced endpoint with three routes: called here as typed functions, and by anybody over HTTP.
 *
 *     npx flash run examples/03_advanced_workers/05_load_balancer/cpu_lb.ts
 */
import { HttpApiSchema } from "@effect/platform"
import { Console, Effect, Schema } from "effect"
import { CpuInstanceType, CpuLiveLoadBalancer, Flash, remote } from "effect-flash"

const api = CpuLiveLoadBalancer.make("03_05_load_balancer_cpu", {
  instanceIds: [CpuInstanceType.CPU3C_1_2],
  workersMax: 3
})

class EmptyText extends Schema.TaggedError<EmptyText>()(
  "EmptyText",
  {},
  HttpApiSchema.annotations({ status: 422 })
) {}

export const health = remote("health", {
  resource: api,
  method: "GET",
  path: "/health",
  success: Schema.Struct({ status: Schema.String })
}, () => Effect.succeed({ status: "healthy" }))

export const validate = remote("validate", {
  resource: api,
  method: "POST",
  path: "/validate",
  payload: { text: Schema.String },
  success: Schema.Struct({ words: Schema.Int, characters: Schema.Int }),
  error: EmptyText
}, ({ text }) =>
  text.trim() === ""
    ? Effect.fail(new EmptyText())
    : Effect.succeed({ words: text.trim().split(/\s+/).length, characters: text.length }))

const operations = {
  uppercase: (text: string) => text.toUpperCase(),
  lowercase: (text: string) => text.toLowerCase(),
  reverse: (text: string) => [...text].toReversed().join("")
}

export const transform = remote("transform", {
  resource: api,
  method: "POST",
  path: "/transform/{operation}",
  payload: { operation: Schema.Literal("uppercase", "lowercase", "reverse"), text: Schema.String },
  success: Schema.String
}, ({ operation, text }) => Effect.succeed(operations[operation](text)))

const program = Effect.gen(function*() {
  const { status } = yield* health()
  const { words } = yield* validate({ text: "as fast as the light" })
  const text = yield* transform({ operation: "uppercase", text: "flash" })
  const refused = yield* Effect.flip(validate({ text: " " }))
  yield* Console.log(`${status}: ${words} words, ${text}, ${refused._tag}`)
})

program.pipe(Flash.runMain)
