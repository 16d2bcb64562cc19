/** Which routes compile. `npm run check` is the test; vitest only runs the assertions on types. */
import { describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, implement, LiveLoadBalancer, remote } from "effect-flash"
import type { Endpoint, RemoteError, Resource } from "effect-flash"

const lb = CpuLiveLoadBalancer.make("api")
const gpu = LiveLoadBalancer.make("gpu")
const queue = CpuLiveServerless.make("queue")
const either: Resource<"either"> = lb as never

/** Declarations are compiled here, never made. */
const compiles = (declare: () => unknown) => expectTypeOf(declare).toBeFunction()

class Missing extends Schema.TaggedError<Missing>()("Missing", {}) {}
class Store extends Context.Tag("Store")<Store, { readonly get: (id: number) => string }>() {}
const StoreLive = Layer.succeed(Store, { get: String })

describe("a function of a load balancer", () => {
  it("keeps its types beside its route", () => {
    const user = remote("user", {
      resource: lb,
      method: "GET",
      path: "/users/{id}",
      payload: { id: Schema.Int, verbose: Schema.optional(Schema.Boolean) },
      success: Schema.Struct({ name: Schema.String }),
      error: Missing
    }, ({ id, verbose }) => {
      expectTypeOf(id).toEqualTypeOf<number>()
      expectTypeOf(verbose).toEqualTypeOf<boolean | undefined>()
      return id === 0 ? Effect.fail(new Missing()) : Effect.succeed({ name: "Ada" })
    })
    expectTypeOf(user({ id: 1 })).toEqualTypeOf<
      Effect.Effect<{ readonly name: string }, Missing | RemoteError, Endpoint<"api">>
    >()
    implement(user, ({ id }) => Effect.succeed({ name: String(id) }))
  })

  it("needs a method and a path", () => {
    compiles(() => remote("f", { resource: gpu, method: "GET", path: "/" }, () => Effect.void))
    // @ts-expect-error neither
    compiles(() => remote("f", { resource: gpu }, () => Effect.void))
    // @ts-expect-error no path
    compiles(() => remote("f", { resource: gpu, method: "GET" }, () => Effect.void))
    // @ts-expect-error no method
    compiles(() => remote("f", { resource: gpu, path: "/" }, () => Effect.void))
    // @ts-expect-error no such method
    compiles(() => remote("f", { resource: gpu, method: "get", path: "/" }, () => Effect.void))
  })

  it("has a path of its own, that begins with a slash", () => {
    // @ts-expect-error no slash
    compiles(() => remote("f", { resource: lb, method: "GET", path: "hello" }, () => Effect.void))
    // @ts-expect-error the worker's own
    compiles(() => remote("f", { resource: lb, method: "GET", path: "/ping" }, () => Effect.void))
    // @ts-expect-error the worker's own
    compiles(() => remote("f", { resource: lb, method: "POST", path: "/execute" }, () => Effect.void))
    // @ts-expect-error written otherwise
    compiles(() => remote("f", { resource: lb, method: "GET", path: "/:id", payload: { id: Schema.Int } }))
  })

  it("has placeholders that are fields of its payload", () => {
    class Key extends Schema.Class<Key>("Key")({ id: Schema.Int }) {}
    compiles(() => remote("f", { resource: lb, method: "GET", path: "/{a}/{b}", payload: { a: Schema.Int, b: Key } }))
    compiles(() => remote("f", { resource: lb, method: "GET", path: "/x/{id}", payload: Key }, () => Effect.void))
    // @ts-expect-error no payload
    compiles(() => remote("f", { resource: lb, method: "GET", path: "/{id}" }, () => Effect.void))
    // @ts-expect-error no such field
    compiles(() => remote("f", { resource: lb, method: "GET", path: "/{id}", payload: { ID: Schema.Int } }))
    // @ts-expect-error no such field in the class
    compiles(() => remote("f", { resource: lb, method: "GET", path: "/{key}", payload: Key }, () => Effect.void))
  })

  it("may have a layer", () => {
    compiles(() =>
      remote("f", {
        resource: lb,
        method: "GET",
        path: "/{id}",
        payload: { id: Schema.Int },
        success: Schema.String,
        layer: StoreLive
      }, ({ id }) => Effect.map(Store, ({ get }) => get(id)))
    )
    compiles(() =>
      // @ts-expect-error no route
      remote("f", { resource: lb, success: Schema.String, layer: StoreLive }, () =>
        Effect.map(Store, ({ get }) =>
          get(1)))
    )
  })
})

describe("a function of a queue", () => {
  it("has no route", () => {
    // @ts-expect-error a route
    compiles(() => remote("f", { resource: queue, method: "GET", path: "/" }, () => Effect.void))
    // @ts-expect-error a path
    compiles(() => remote("f", { resource: queue, path: "/" }, () => Effect.void))
  })
})

describe("a function of either", () => {
  it("may have a route or none", () => {
    compiles(() => remote("f", { resource: either, method: "GET", path: "/" }, () => Effect.void))
    compiles(() => remote("f", { resource: either }, () => Effect.void))
  })
})
