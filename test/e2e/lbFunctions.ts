/** Functions of a load-balanced endpoint that the end-to-end tests call. */
import { HttpApiSchema } from "@effect/platform"
import { Duration, Effect, Schema, Stream } from "effect"
import { CpuLiveLoadBalancer, remote } from "effect-flash"
import { appendFileSync, writeFileSync } from "node:fs"

export const api = CpuLiveLoadBalancer.make("api", { workersMax: 2, scalerValue: 8 })

export class NoUser extends Schema.TaggedError<NoUser>()(
  "NoUser",
  { id: Schema.Int },
  HttpApiSchema.annotations({ status: 404 })
) {}

export class Taken extends Schema.TaggedError<Taken>()(
  "Taken",
  { name: Schema.String },
  HttpApiSchema.annotations({ status: 409 })
) {}

const User = Schema.Struct({ id: Schema.Int, name: Schema.String, since: Schema.Date })

export const user = remote("user", {
  resource: api,
  method: "GET",
  path: "/users/{id}",
  payload: { id: Schema.Int, tags: Schema.Array(Schema.String), loud: Schema.optional(Schema.Boolean) },
  success: User,
  error: Schema.Union(NoUser, Taken)
}, ({ id, loud, tags }) =>
  id === 0
    ? Effect.fail(new NoUser({ id }))
    : Effect.succeed({ id, name: `${loud === true ? "ADA" : "Ada"} ${tags.join("+")}`, since: new Date(id) }))

export const me = remote("me", {
  resource: api,
  method: "GET",
  path: "/users/me",
  success: Schema.String
}, () => Effect.succeed("me"))

export const create = remote(
  "create",
  {
    resource: api,
    method: "POST",
    path: "/users",
    payload: { name: Schema.String, address: Schema.optional(Schema.Struct({ city: Schema.String })) },
    success: Schema.Struct({ id: Schema.Int, city: Schema.NullOr(Schema.String) }),
    error: Taken
  },
  ({ address, name }) =>
    name === "root"
      ? Effect.fail(new Taken({ name }))
      : Effect.succeed({ id: name.length, city: address?.city ?? null })
)

export const remove = remote(
  "remove",
  { resource: api, method: "DELETE", path: "/users/{id}", payload: { id: Schema.Int } },
  () => Effect.void
)

export const upload = remote("upload", {
  resource: api,
  method: "PUT",
  path: "/images/{name}",
  payload: { name: Schema.String, image: Schema.Uint8ArrayFromSelf, quality: Schema.optional(Schema.Number) },
  success: Schema.Struct({
    name: Schema.String,
    size: Schema.Int,
    sum: Schema.Int,
    quality: Schema.NullOr(Schema.Number)
  })
}, ({ image, name, quality }) =>
  Effect.succeed({
    name,
    size: image.length,
    sum: image.reduce((sum, byte) => sum + byte, 0),
    quality: quality ?? null
  }))

export const image = remote("image", {
  resource: api,
  method: "GET",
  path: "/images/{size}",
  payload: { size: Schema.Int },
  success: Schema.Uint8ArrayFromSelf
}, ({ size }) => Effect.sync(() => Uint8Array.from({ length: size }, (_, index) => index % 256)))

export const count = remote(
  "count",
  {
    resource: api,
    method: "GET",
    path: "/count/{to}",
    payload: { to: Schema.Int, failAt: Schema.optional(Schema.Int) },
    success: Schema.Struct({ n: Schema.Int, at: Schema.Date }),
    error: Taken,
    stream: true
  },
  ({ failAt, to }) =>
    Stream.range(1, to).pipe(
      Stream.mapEffect((n) =>
        n === failAt ? Effect.fail(new Taken({ name: String(n) })) : Effect.succeed({ n, at: new Date(n) })
      )
    )
)

export const explode = remote(
  "explode",
  { resource: api, method: "POST", path: "/explode", payload: { how: Schema.String } },
  ({ how }) => Effect.dieSync(() => new TypeError(`boom: ${how}`))
)

/** Marks its start, and its finalizer, in files. */
export const hang = remote("hang", {
  resource: api,
  method: "POST",
  path: "/hang",
  payload: { started: Schema.String, finalized: Schema.String }
}, ({ finalized, started }) =>
  Effect.never.pipe(
    Effect.onInterrupt(() => Effect.sync(() => writeFileSync(finalized, "finalized"))),
    (self) => Effect.zipRight(Effect.sync(() => appendFileSync(started, `${process.pid}\n`)), self)
  ))

/** Sleeps, or blocks its thread, and says which process it ran in. */
export const wait = remote("wait", {
  resource: api,
  method: "GET",
  path: "/wait",
  payload: { ms: Schema.Int, blocking: Schema.optional(Schema.Boolean) },
  success: Schema.Struct({ pid: Schema.Int })
}, ({ blocking, ms }) =>
  blocking === true
    ? Effect.sync(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
      return { pid: process.pid }
    })
    : Effect.as(Effect.sleep(Duration.millis(ms)), { pid: process.pid }))

/** Ends its process. */
export const crash = remote(
  "crash",
  { resource: api, method: "POST", path: "/crash", payload: { marker: Schema.String } },
  ({ marker }) =>
    Effect.sync(() => {
      appendFileSync(marker, "x")
      process.kill(process.pid, "SIGKILL")
    })
)
