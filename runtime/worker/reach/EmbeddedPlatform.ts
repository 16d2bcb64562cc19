/**
 * Endpoints of an embedded platform, which a worker has it make when it calls them first.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Declared } from "../../../src/Endpoint.ts"
import { ProvisionFailed } from "../../../src/RemoteError.ts"
import type { RemoteError } from "../../../src/RemoteError.ts"
import type { RunpodSettings } from "../../../src/runpod/RunpodConfig.ts"
import type { EndpointRef } from "../../../src/runpod/RunpodJobs.ts"

const Answer = Schema.parseJson(Schema.Struct({ id: Schema.String, name: Schema.String }))

/**
 * @since 0.1.0
 * @category provisioning
 */
export const provision = (url: string, apiKey: RunpodSettings["apiKey"]) =>
(
  { config, name }: Declared
): Effect.Effect<EndpointRef, RemoteError> =>
  Effect.flatMap(apiKey, ({ value }) =>
    Effect.tryPromise(async (signal) => {
      const response = await fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${Redacted.value(value)}`, "content-type": "application/json" },
        body: JSON.stringify(config),
        signal
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`the platform answered ${response.status}: ${text}`)
      return text
    }).pipe(
      Effect.mapError(({ error }) => error instanceof Error ? error : new Error(String(error))),
      Effect.flatMap(Schema.decodeUnknown(Answer)),
      Effect.mapError((cause) => new ProvisionFailed({ endpoint: name, reason: cause.message, cause }))
    ))
