/** A queue endpoint over a script of the job API. */
import { Effect, Layer, Redacted } from "effect"
import { CpuLiveServerless } from "effect-flash"
import { CodeBundler } from "../../src/invoke/CodeBundler.ts"
import type { Dialect } from "../../src/invoke/Dialect.ts"
import * as QueueEndpoint from "../../src/invoke/QueueEndpoint.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import type { FunctionResponse } from "../../src/protocol/FunctionResponse.ts"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import type { HttpTransport } from "../../src/runpod/HttpTransport.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import { make } from "../runpod/scriptedTransport.ts"
import type { Answer, Asked } from "../runpod/scriptedTransport.ts"

export const cpu = CpuLiveServerless.make("queue")

const config = RunpodConfig.layerOf({
  endpointBaseUrl: "https://api.runpod.test/v2",
  apiKey: Redacted.make("rpa_KEY"),
  apiKeyOrigin: "a test"
})

/** Its scope is the test's. `layer` provides it by name. */
export const endpoint = (script: (asked: Asked) => Answer, dialect: Dialect = "live", codeSize = 10) => {
  const transport = make(script)
  return Effect.map(
    over(transport.layer, dialect, codeSize),
    (service) => ({ ...transport, layer: Layer.succeed(cpu.tag, service), service })
  )
}

/** An endpoint over any transport. */
export const over = (transport: Layer.Layer<HttpTransport>, dialect: Dialect = "live", codeSize = 10) =>
  QueueEndpoint.make(cpu, { codec: Codec.make(), dialect }).pipe(
    Effect.provide(Layer.mergeAll(
      Layer.provide(RunpodJobs.layer, Layer.merge(transport, config)),
      Layer.succeed(
        Ensuring.Ensuring,
        Ensuring.make(() => Effect.succeed({ id: "ep1", name: "queue" }))
      ),
      Layer.succeed(CodeBundler, {
        bundle: () => Effect.succeed({ code: "x".repeat(codeSize), hash: `hash-of-${codeSize}` })
      })
    ))
  )

export const success: FunctionResponse = { protocol_version: 1, success: true, serialization_format: "json" }
