/** Asks RunPod whether it takes a key. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { RunpodConfig } from "../../src/runpod/RunpodConfig.ts"
import type { RequestError } from "../../src/runpod/RunpodError.ts"

/** Succeeds where the platform answers this key with the account's endpoints: how many there are. */
export const checkKey = (
  config: typeof RunpodConfig.Service,
  apiKey: Redacted.Redacted,
  origin: string
): Effect.Effect<number, RequestError> =>
  Effect.flatMap(
    Effect.promise(() =>
      Promise.all([
        import("@effect/platform/FetchHttpClient"),
        import("../../src/runpod/RunpodConfig.ts"),
        import("../../src/runpod/RunpodRest.ts")
      ])
    ),
    ([FetchHttpClient, { RunpodConfig }, RunpodRest]) =>
      Effect.flatMap(RunpodRest.RunpodRest, ({ listEndpoints }) => listEndpoints).pipe(
        Effect.map((endpoints) => endpoints.length),
        Effect.provide(RunpodRest.layer.pipe(
          Layer.provide(FetchHttpClient.layer),
          Layer.provide(Layer.succeed(RunpodConfig, {
            ...config,
            apiKey: Effect.succeed({ value: apiKey, origin })
          }))
        ))
      )
  )
