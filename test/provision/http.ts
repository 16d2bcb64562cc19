/** Provisioning over HTTP against an embedded platform, and what there is on the platform afterwards. */
import { FetchHttpClient } from "@effect/platform"
import { Clock, ConfigProvider, Duration, Effect, Either, Layer } from "effect"
import type { Redacted } from "effect"
import type { Declared } from "../../src/Endpoint.ts"
import * as Plan from "../../src/provision/Plan.ts"
import * as Provisioning from "../../src/provision/Provisioning.ts"
import { ResourceManager } from "../../src/provision/ResourceManager.ts"
import type { Outcome } from "../../src/provision/ResourceManager.ts"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import type { ResourceRecord } from "../../src/provision/ResourceState.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodRest from "../../src/runpod/RunpodRest.ts"

export interface Project {
  readonly platform: { readonly url: string; readonly apiKey: Redacted.Redacted }
  /** Of the state. */
  readonly directory: string
  /** Default: `shop`. */
  readonly app?: string
  readonly env: string
  /** What the resources' variable LOCAL_TOKEN is on this machine. */
  readonly localToken?: string
  /** Default: a minute. */
  readonly requestTimeout?: Duration.DurationInput
}

const config = ({ platform: { apiKey, url }, requestTimeout = "1 minute" }: Project) =>
  RunpodConfig.layerOf({
    restBaseUrl: `${url}/v2`,
    restV1BaseUrl: `${url}/v1`,
    graphqlUrl: `${url}/graphql`,
    endpointBaseUrl: `${url}/v2`,
    apiKey,
    apiKeyOrigin: "a test",
    requestTimeout
  })

/** What a process that works on the project has: a manager, and nothing from a process before it but the state. */
export const layer = (project: Project) =>
  Layer.fresh(Provisioning.layer).pipe(
    Layer.provide(ResourceState.layerFile({ app: "shop", ...project })),
    Layer.provide(config(project)),
    Layer.merge(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["LOCAL_TOKEN", project.localToken ?? "1"]]))))
  )

/** Brings the platform to these resources, and to no others. */
export const apply = (resources: ReadonlyArray<Declared>) =>
  Effect.flatMap(
    ResourceManager,
    (manager) => Effect.flatMap(manager.plan(resources, { removed: "delete" }), manager.apply)
  )

/** The same, and fails with the first step that failed. */
export const applyAll = (resources: ReadonlyArray<Declared>) =>
  Effect.flatMap(apply(resources), (outcomes: ReadonlyArray<Outcome>) =>
    Effect.forEach(
      outcomes,
      ({ result }) => Either.isLeft(result) ? Effect.fail(result.left) : Effect.succeed(result.right)
    ))

/** What the platform and the state hold between them. */
export interface Holdings {
  /** Names of the platform's endpoints, sorted. */
  readonly endpoints: ReadonlyArray<string>
  /** Those that no record of the state leads to, by its id or by a creation that is under way. */
  readonly forgotten: ReadonlyArray<string>
  readonly volumes: ReadonlyArray<string>
  /** Templates that belong to no endpoint. */
  readonly templates: ReadonlyArray<string>
  readonly records: ReadonlyArray<ResourceRecord>
}

/** The platform as its owner sees it. */
const rest = <A, E>(
  project: Project,
  look: (rest: typeof RunpodRest.RunpodRest.Service) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.flatMap(RunpodRest.RunpodRest, look).pipe(
    Effect.provide(RunpodRest.layer.pipe(Layer.provide(FetchHttpClient.layer), Layer.provide(config(project))))
  )

export const holdings = (project: Project) =>
  Effect.gen(function*() {
    const found = yield* rest(project, ({ listEndpoints, listNetworkVolumes, listTemplates }) =>
      Effect.all({ endpoints: listEndpoints, volumes: listNetworkVolumes, templates: listTemplates }))
    const records = yield* Effect.flatMap(ResourceManager, ({ list }) =>
      list).pipe(Effect.provide(layer(project)))
    const isKnown = ({ id, name }: { readonly id: string; readonly name: string }) =>
      records.some(({ endpointId, endpointName }) =>
        endpointId === id || (endpointId === undefined && endpointName === name)
      )
    return {
      endpoints: found.endpoints.map(({ name }) =>
        name
      ).toSorted(),
      forgotten: found.endpoints.filter((endpoint) => !isKnown(endpoint)).map(({ name }) => name),
      volumes: found.volumes.map(({ name, size }) => `${name} ${size}`),
      templates: found.templates.map(({ name }) => name),
      records
    } satisfies Holdings
  })

/**
 * Runs an apply as the next process does, and succeeds with what there is then, and with what a plan that looks at the
 * platform itself would still do.
 */
export const converge = (project: Project, resources: ReadonlyArray<Declared>) =>
  Effect.gen(function*() {
    yield* applyAll(resources)
    const plan = yield* Effect.flatMap(ResourceManager, (manager) => manager.plan(resources, { against: "platform" }))
    const { endpoints, forgotten, records, templates, volumes } = yield* holdings(project)
    return {
      endpoints,
      forgotten,
      volumes,
      templates,
      undone: Plan.isEmpty(plan) ? [] : plan.steps,
      statuses: [...new Set(records.map(({ status }) => status))]
    }
  }).pipe(Effect.provide(layer(project)))

/** What `converge` is to find. */
export const converged = (
  { env }: Project,
  resources: ReadonlyArray<Declared>,
  volumes: ReadonlyArray<string>
) => ({
  endpoints: resources.map(({ name }) => `shop-${env}-${name}`).toSorted(),
  forgotten: [],
  volumes,
  templates: [],
  undone: [],
  statuses: ["ready"]
})

/** Takes everything from the platform, for the next who uses it. */
export const clear = (project: Project) =>
  rest(project, (rest) =>
    Effect.gen(function*() {
      for (const { id } of yield* rest.listEndpoints) yield* rest.deleteEndpoint(id)
      for (const { id } of yield* rest.listNetworkVolumes) yield* rest.deleteNetworkVolume(id)
    }))

/** Shortens what is waited for, and not what the network takes. */
export const hurried = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((real) =>
    Effect.withClock(self, {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => real.unsafeCurrentTimeMillis(),
      unsafeCurrentTimeNanos: () => real.unsafeCurrentTimeNanos(),
      currentTimeMillis: real.currentTimeMillis,
      currentTimeNanos: real.currentTimeNanos,
      // what is short is no wait but a look now and then
      sleep: (duration) =>
        real.sleep(Duration.lessThan(duration, "100 millis") ? duration : Duration.times(duration, 1 / 50))
    })
  )

// ---------------------------------------------------------------------------------------------------------------------
// calls
// ---------------------------------------------------------------------------------------------------------------------

/** One call of an apply, so that a fault finds it again in the next apply: the n-th that looks like this. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly contains?: string
  readonly skip: number
}

export const isRead = ({ method }: Call): boolean => method === "GET"

/** Runs an effect and succeeds with the calls it made. */
export const callsOf = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<ReadonlyArray<Call>, E, R> =>
  Effect.suspend(() => {
    const calls: Array<Call> = []
    const note = (url: URL, { body, method = "GET" }: RequestInit) => {
      const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : ""
      // an id is another in each run
      const path = url.pathname.replace(/^(\/v2\/[^/]+\/).+/, "$1*")
      // an operation, or the end of an endpoint's name
      const contains = /\bmutation (\w+)/.exec(text)?.[1] ?? /"name":"\S+(-\w+")/.exec(text)?.[1]
      const alike = calls.filter((call) => call.method === method && call.path === path && call.contains === contains)
      calls.push({ method, path, ...(contains === undefined ? {} : { contains }), skip: alike.length })
    }
    return self.pipe(
      Effect.provideService(FetchHttpClient.Fetch, (input, init = {}) => {
        note(new URL(String(input)), init)
        return globalThis.fetch(input, init)
      }),
      Effect.as(calls)
    )
  })
