/**
 * An embedded platform for a test: everything happens as on RunPod, in worker processes, and ends with the test.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Flash } from "../../src/Endpoint.ts"
import type { Declared } from "../../src/Procedure.ts"
import { TargetUnavailable } from "../../src/RemoteError.ts"
import { layerFlashOn } from "../platform/LocalFlash.ts"
import * as Platform from "../platform/Platform.ts"

/**
 * `Flash` on a platform in memory, and the platform, whose faults, stock and clock a test may set. What it starts with is
 * said by the options of `Platform.layer`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Platform.Options): Layer.Layer<Flash | Platform.Platform, TargetUnavailable> =>
  Layer.provideMerge(layerFlashOn, Platform.layer(options))

/**
 * A job as the platform has it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Job = Schema.Struct({
  id: Schema.String,
  status: Schema.Literal("IN_QUEUE", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"),
  createdAt: Schema.Date,
  completedAt: Schema.optional(Schema.Date),
  error: Schema.optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Job = typeof Job.Type

const Endpoints = Schema.Struct({
  endpoints: Schema.Array(Schema.Struct({ id: Schema.String, name: Schema.String }))
})
const Requests = Schema.Struct({ requests: Schema.Array(Job) })

/**
 * The jobs that a resource's endpoint has had lately, the newest first; none where nobody has called it yet.
 *
 * @since 0.1.0
 * @category accessors
 */
export const jobs = (resource: Declared): Effect.Effect<ReadonlyArray<Job>, TargetUnavailable, Platform.Platform> =>
  Effect.gen(function*() {
    const { endpoints } = yield* get(["v2", "serverless"], Endpoints)
    const endpoint = endpoints.find(({ name }) => name === `live-${resource.name}`)
    return endpoint === undefined ? [] : (yield* get(["v2", endpoint.id, "requests"], Requests)).requests
  })

const get = <A, I>(path: ReadonlyArray<string>, schema: Schema.Schema<A, I>) =>
  Effect.gen(function*() {
    const { apiKey, handle } = yield* Platform.Platform
    const reply = yield* handle({
      method: "GET",
      path,
      query: new URLSearchParams(),
      headers: { authorization: `Bearer ${Redacted.value(apiKey)}` },
      body: ""
    })
    return yield* Effect.mapError(
      Schema.decodeUnknown(Schema.parseJson(schema))(reply.body),
      (cause) =>
        new TargetUnavailable({ target: "local", reason: `it answers ${reply.status} to ${path.join("/")}`, cause })
    )
  })

/**
 * Runs an effect while so many seconds pass on the platform in one: what takes an hour there, as a time to live, an idle
 * timeout or a retention, is over soon.
 *
 * @since 0.1.0
 * @category combinators
 */
export const atSpeed = <A, E, R>(
  speed: number,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | Platform.Platform> =>
  Effect.flatMap(Platform.Platform, ({ clock }) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const before = clock.speed
        clock.speed = speed
        return before
      }),
      () => effect,
      (before) => Effect.sync(() => void (clock.speed = before))
    ))
