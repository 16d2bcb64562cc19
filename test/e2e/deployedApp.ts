/** The program whose build `deployed.test.ts` deploys: two resources, of which one calls the other. */
import { Effect, Schema } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, remote } from "effect-flash"

const front = CpuLiveServerless.make("front")
const back = CpuLiveServerless.make("back")
const edge = CpuLiveLoadBalancer.make("edge")
const gone = CpuLiveServerless.make("gone")

class Rude extends Schema.TaggedError<Rude>()("Rude", {}) {}

export const shout = remote("shout", {
  resource: back,
  payload: { text: Schema.String },
  success: Schema.Struct({ text: Schema.String, at: Schema.String }),
  error: Rude
}, ({ text }) =>
  text === "rude"
    ? Effect.fail(new Rude())
    : Effect.succeed({ text: text.toUpperCase(), at: process.env["FLASH_RESOURCE_NAME"] ?? "" }))

export const whisper = remote("whisper", {
  resource: edge,
  method: "POST",
  path: "/whisper",
  payload: { text: Schema.String },
  success: Schema.Struct({ text: Schema.String, at: Schema.String }),
  error: Rude
}, ({ text }) =>
  text === "rude"
    ? Effect.fail(new Rude())
    : Effect.succeed({ text: text.toLowerCase(), at: process.env["FLASH_RESOURCE_NAME"] ?? "" }))

/** What the load balancer's function says, or how it fails. */
export const hush = remote("hush", {
  resource: front,
  payload: { text: Schema.String },
  success: Schema.Array(Schema.String)
}, (payload) =>
  Effect.merge(Effect.mapBoth(whisper(payload), {
    onSuccess: ({ at, text }) => [text, at],
    onFailure: ({ _tag }) => [_tag]
  })))

const missing = remote("missing", { resource: gone, success: Schema.String }, () => Effect.succeed("never"))

export const welcome = remote("welcome", {
  resource: front,
  payload: { name: Schema.String },
  success: Schema.Struct({ greeting: Schema.String, by: Schema.String })
}, ({ name }) =>
  name === "gone"
    ? Effect.map(
      Effect.merge(Effect.mapError(missing(), ({ message }) => message)),
      (greeting) => ({ greeting, by: "" })
    )
    : Effect.matchEffect(shout({ text: `hello ${name}` }), {
      onSuccess: ({ at, text }) => Effect.succeed({ greeting: text, by: at }),
      onFailure: Effect.die
    }))

export const blunt = remote(
  "blunt",
  { resource: front, success: Schema.String },
  () =>
    Effect.merge(Effect.mapBoth(shout({ text: "rude" }), {
      onSuccess: ({ text }) => text,
      onFailure: ({ _tag }) => _tag
    }))
)
