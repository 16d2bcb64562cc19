/** A preview on the embedded platform: the build is deployed to it as to RunPod, and answers until it is interrupted. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Platform from "../../runtime/platform/Platform.ts"
import * as AppBuilds from "../../src/provision/AppBuilds.ts"
import * as Deployment from "../../src/provision/Deployment.ts"
import * as FlashAppGraphql from "../../src/provision/FlashAppGraphql.ts"
import * as Provisioning from "../../src/provision/Provisioning.ts"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodGraphql from "../../src/runpod/RunpodGraphql.ts"
import { answer } from "../ui/Answer.ts"
import { deployedJson, deployedText } from "../ui/Deployed.ts"

export const run = (app: string, source: Deployment.Source, options: { readonly json: boolean }) =>
  Effect.gen(function*() {
    const { apiKey, url } = yield* Platform.Platform
    const deployed = yield* Effect.flatMap(
      Deployment.Deployment,
      (deployment) => Effect.flatMap(deployment.inspect({ app, env: "preview" }, source), deployment.deploy)
    ).pipe(
      Effect.provide(deploymentOn(url, apiKey))
    )
    yield* answer(
      options,
      { ...deployedJson(deployed), platform: url, apiKey: Redacted.value(apiKey) },
      () => deployedText(deployed)
    )
    yield* Console.error(
      `The key of this platform, which opens nothing else:\n  export RUNPOD_API_KEY=${Redacted.value(apiKey)}\n` +
        `Ctrl+C ends the preview.`
    )
    return yield* Effect.never
  }).pipe(Effect.provide(Platform.layer()))

/** Nothing of it is kept. */
const deploymentOn = (url: string, apiKey: Redacted.Redacted) =>
  Deployment.layer(ResourceState.layerMemory).pipe(
    Layer.provide(AppBuilds.layer),
    Layer.provide(Layer.merge(Provisioning.layerControlPlane, FlashAppGraphql.layer)),
    Layer.provide(RunpodGraphql.layer),
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(RunpodConfig.layerOf({
      restBaseUrl: `${url}/v2`,
      graphqlUrl: `${url}/graphql`,
      endpointBaseUrl: `${url}/v2`,
      apiKey,
      apiKeyOrigin: "the embedded platform"
    }))
  )
