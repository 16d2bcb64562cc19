/** Deployments on an embedded platform that is asked in this process, and what there is on it afterwards. */
import { HttpClient } from "@effect/platform"
import { ConfigProvider, Effect, Layer, Logger, LogLevel } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, NetworkVolume } from "effect-flash"
import { Platform } from "effect-flash/local"
import { createHash } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as InProcessClient from "../../runtime/platform/InProcessClient.ts"
import * as Manifest from "../../src/discovery/Manifest.ts"
import type { Declared } from "../../src/Endpoint.ts"
import * as AppBuilds from "../../src/provision/AppBuilds.ts"
import * as ArtifactStore from "../../src/provision/ArtifactStore.ts"
import type { Archive } from "../../src/provision/ArtifactUpload.ts"
import { BuildRecords } from "../../src/provision/BuildRecords.ts"
import type { Builds } from "../../src/provision/BuildRecords.ts"
import * as ControlPlane from "../../src/provision/ControlPlane.ts"
import * as Deployment from "../../src/provision/Deployment.ts"
import * as FlashAppGraphql from "../../src/provision/FlashAppGraphql.ts"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import type { Place } from "../../src/provision/ResourceState.ts"
import * as UrlBuilds from "../../src/provision/UrlBuilds.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodGraphql from "../../src/runpod/RunpodGraphql.ts"
import * as RunpodRest from "../../src/runpod/RunpodRest.ts"
import type { Call } from "./http.ts"
import type { ObjectStore } from "./objectStore.ts"

const folder = mkdtempSync(join(tmpdir(), "effect-flash-test-"))

/** What a folder keeps from one process to the next. */
export interface Memory {
  readonly state: (place: Place) => Layer.Layer<ResourceState.ResourceState>
  readonly records: Layer.Layer<BuildRecords>
}

export const memory = (): Memory => {
  const states = new Map<string, Layer.Layer<ResourceState.ResourceState>>()
  const builds = new Map<string, Builds>()
  const keyOf = ({ app, env }: Place) => `${app}/${env}`
  const read = (place: Place): Builds => builds.get(keyOf(place)) ?? { builds: [] }
  return {
    state: (place) => {
      const found = states.get(keyOf(place)) ??
        Layer.succeed(
          ResourceState.ResourceState,
          Effect.runSync(Effect.provide(ResourceState.ResourceState, ResourceState.layerMemory(place)))
        )
      states.set(keyOf(place), found)
      return found
    },
    records: Layer.succeed(BuildRecords, {
      read: (place) => Effect.sync(() => read(place)),
      modify: (place, change) => Effect.sync(() => void builds.set(keyOf(place), change(read(place)))),
      environments: (app) =>
        Effect.sync(() =>
          [...builds.keys()].filter((key) => key.startsWith(`${app}/`)).map((key) => key.split("/")[1]!)
        )
    })
  }
}

/** What a process has that deploys, and nothing from a process before it but the memory. */
export const layer = (
  platform: Platform.Platform["Type"],
  { records, state }: Memory,
  options: {
    /** Where archives are, without a flash app. */
    readonly store?: Layer.Layer<ArtifactStore.ArtifactStore>
    /** Is told each call. */
    readonly note?: (call: Omit<Call, "skip">) => void
  } = {}
) => {
  const { apiKey, url } = platform
  const { note = () => {}, store } = options
  const client = InProcessClient.layer.pipe(
    Layer.flatMap((context) =>
      Layer.effect(
        HttpClient.HttpClient,
        Effect.map(Effect.provide(HttpClient.HttpClient, context), (client) =>
          HttpClient.tapRequest(client, (request) => Effect.sync(() => note(callOf(request)))))
      )
    ),
    Layer.provide(Layer.succeed(Platform.Platform, platform))
  )
  const builds = store === undefined
    ? AppBuilds.layer
    : UrlBuilds.layer.pipe(Layer.provide(Layer.merge(store, records)))
  return Deployment.layer(state).pipe(
    Layer.provideMerge(builds),
    Layer.provideMerge(Layer.merge(ControlPlane.layer, FlashAppGraphql.layer)),
    Layer.provideMerge(Layer.merge(RunpodRest.layer, RunpodGraphql.layer)),
    Layer.provideMerge(client),
    Layer.provideMerge(RunpodConfig.layerOf({
      restBaseUrl: `${url}/v2`,
      graphqlUrl: `${url}/graphql`,
      endpointBaseUrl: `${url}/v2`,
      apiKey
    })),
    Layer.fresh,
    Layer.merge(Layer.setConfigProvider(ConfigProvider.fromMap(new Map()))),
    Layer.merge(Logger.minimumLogLevel(LogLevel.None))
  )
}

const callOf = ({ body, method, url }: { method: string; url: string; body: unknown }): Omit<Call, "skip"> => {
  const text = typeof body === "object" && body !== null && "body" in body && body.body instanceof Uint8Array
    ? new TextDecoder().decode(body.body)
    : ""
  // an id is another in each run
  const path = new URL(url).pathname.replace(/^(\/v2\/[^/]+\/).+/, "$1**")
  // an operation, or the end of a name
  const contains = /\b(?:mutation|query) (\w+)/.exec(text)?.[1] ?? /"name":"\S+(-\w+")/.exec(text)?.[1]
  return { method, path, ...(contains === undefined ? {} : { contains }) }
}

// ---------------------------------------------------------------------------------------------------------------------
// two versions of an app
// ---------------------------------------------------------------------------------------------------------------------

/** An archive of this machine. What is in it does not matter to the control plane. */
export const archiveOf = (text: string): Archive => {
  const path = join(folder, `${createHash("sha256").update(text).digest("hex").slice(0, 12)}.tar.gz`)
  writeFileSync(path, text)
  return {
    path,
    size: text.length,
    sha256: createHash("sha256").update(text).digest("hex"),
    digest: createHash("sha256").update(`contents ${text}`).digest("hex")
  }
}

export const manifestOf = (app: string, resources: ReadonlyArray<Declared>): Effect.Effect<Manifest.Manifest> =>
  Effect.gen(function*() {
    const encoded = yield* Effect.forEach(
      resources,
      ({ config, name }) => Effect.map(Manifest.ofConfig(config), (fields) => [name, fields] as const)
    )
    return yield* Manifest.decode({
      version: "1.0",
      project_name: app,
      resources: Object.fromEntries(encoded),
      function_registry: {}
    })
  }).pipe(Effect.orDie)

export const sourceOf = (app: string, text: string, resources: ReadonlyArray<Declared>) =>
  Effect.map(
    manifestOf(app, resources),
    (manifest) => Deployment.Source.Archive({ archive: archiveOf(text), manifest })
  )

const volume = (app: string) => NetworkVolume.make(`data-${app}`, { size: 20, dataCenterId: "EU-RO-1" })

const web = (app: string, workersMax: number) =>
  CpuLiveServerless.make("web", { instanceIds: ["cpu3c-2-4"], workersMax, networkVolume: volume(app) })

const api = CpuLiveLoadBalancer.make("api", { instanceIds: ["cpu3c-2-4"], workersMax: 2 })

const gone = CpuLiveServerless.make("gone", { instanceIds: ["cpu3c-2-4"] })

/** An instance that only GraphQL can name, or one that REST can. */
const extra = (instance: "cpu3c-1-2" | "cpu3c-4-8") => CpuLiveServerless.make("extra", { instanceIds: [instance] })

/** With a volume, queues and a load balancer. */
export const first = (app: string) => sourceOf(app, "the first build", [web(app, 2), api, gone])

/** One is changed, one is new, one is gone. */
export const second = (app: string, instance: "cpu3c-1-2" | "cpu3c-4-8" = "cpu3c-1-2") =>
  sourceOf(app, "the second build", [web(app, 3), api, extra(instance)])

export const deploy = (place: Place, source: Deployment.Source) =>
  Effect.gen(function*() {
    const deployment = yield* Deployment.Deployment
    return yield* deployment.deploy(yield* deployment.inspect(place, source), { prune: true })
  })

/** Names of an app's endpoints on the platform, with their ids. */
export const endpointsOf = ({ app, env }: Place) =>
  Effect.map(
    Effect.flatMap(RunpodRest.RunpodRest, ({ listEndpoints }) => listEndpoints),
    (all) => all.filter(({ name }) => name.startsWith(`${app}-${env}-`))
  )

/** Takes its endpoints from the platform: those that are left there are listed again and again. */
export const clear = (place: Place) =>
  Effect.gen(function*() {
    const rest = yield* RunpodRest.RunpodRest
    for (const { id } of yield* endpointsOf(place)) yield* rest.deleteEndpoint(id)
    for (const { id, name } of yield* rest.listNetworkVolumes) {
      if (name === `data-${place.app}`) yield* rest.deleteNetworkVolume(id)
    }
  })

/** A store of one's own below that server. */
export const storeAt = ({ url }: ObjectStore) => ArtifactStore.layerOf({ url })
