/**
 * Endpoints and volumes on the platform, in the words of provisioning.
 *
 * REST v2 is asked. What it has no words for goes through GraphQL's `saveEndpoint`, as long as there is one; what neither
 * can say is an error before anything is sent.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Endpoint } from "../runpod/rest/Endpoints.ts"
import type { NetworkVolume } from "../runpod/rest/NetworkVolumes.ts"
import type { CreateError, GraphqlErrors, RequestError } from "../runpod/RunpodError.ts"
import { RunpodGraphql } from "../runpod/RunpodGraphql.ts"
import { RunpodRest } from "../runpod/RunpodRest.ts"
import type { EndpointSettings } from "./EndpointSettings.ts"
import type { Part } from "./Fields.ts"
import * as GraphqlPayload from "./GraphqlPayload.ts"
import * as RestPayload from "./RestPayload.ts"

/**
 * Settings that no API of the platform takes. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsupportedSettings extends Schema.TaggedError<UnsupportedSettings>()("UnsupportedSettings", {
  endpoint: Schema.String,
  settings: Schema.Array(Schema.Struct({ setting: Schema.String, reason: Schema.String }))
}) {
  override get message() {
    const lines = this.settings.map(({ reason, setting }) => `\n  - ${setting}: ${reason}`).join("")
    return `Endpoint "${this.endpoint}" has settings that no API of RunPod takes together:${lines}\nChange one of them.`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export type ReadError = RequestError | GraphqlErrors

/**
 * @since 0.1.0
 * @category errors
 */
export type WriteError = CreateError | GraphqlErrors | UnsupportedSettings

/**
 * An endpoint as it was found.
 *
 * @since 0.1.0
 * @category models
 */
export interface Observed {
  readonly id: string
  readonly name: string
  /** RFC 3339. */
  readonly createdAt: string
  /** As far as the platform says them. */
  readonly settings: Part
}

/**
 * @since 0.1.0
 * @category services
 */
export class ControlPlane extends Context.Tag("effect-flash/provision/ControlPlane")<ControlPlane, {
  /** Endpoints of that name, the oldest first. The platform allows several. */
  readonly findEndpoints: (name: string) => Effect.Effect<ReadonlyArray<Observed>, ReadError>
  readonly getEndpoint: (id: string) => Effect.Effect<Observed, ReadError>
  /** Sent once. Succeeds with the id. */
  readonly createEndpoint: (settings: EndpointSettings) => Effect.Effect<string, WriteError>
  /** Sets what is named to its value in `settings`. */
  readonly updateEndpoint: (
    id: string,
    settings: EndpointSettings,
    changed: ReadonlyArray<keyof EndpointSettings>
  ) => Effect.Effect<void, WriteError>
  readonly deleteEndpoint: (id: string) => Effect.Effect<void, ReadError>
  /** How many of an endpoint's workers run what it is set to. */
  readonly getRollout: (
    id: string
  ) => Effect.Effect<{ readonly onLatest: number; readonly total: number }, ReadError>
  readonly findVolumes: Effect.Effect<ReadonlyArray<NetworkVolume>, ReadError>
  readonly createVolume: (
    volume: { readonly name: string; readonly size: number; readonly dataCenter: string; readonly type?: VolumeType }
  ) => Effect.Effect<NetworkVolume, WriteError>
  readonly growVolume: (id: string, size: number) => Effect.Effect<void, ReadError>
}>() {}

type VolumeType = "STANDARD" | "HIGH_PERFORMANCE"

const observed = (endpoint: Endpoint): Observed => ({
  id: endpoint.id,
  name: endpoint.name,
  createdAt: endpoint.createdAt,
  settings: RestPayload.observed(endpoint)
})

const byAge = (a: Observed, b: Observed): number =>
  a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.id < b.id ? -1 : 1

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ControlPlane, never, RunpodRest | RunpodGraphql> = Layer.effect(
  ControlPlane,
  Effect.gen(function*() {
    const rest = yield* RunpodRest
    const graphql = yield* RunpodGraphql

    /** `saveEndpoint` for what REST v2 cannot say. */
    const save = (
      settings: EndpointSettings,
      problems: ReadonlyArray<RestPayload.Unsupported>,
      id?: string
    ): Effect.Effect<string, WriteError> =>
      Either.match(GraphqlPayload.endpoint(settings, id === undefined ? {} : { id }), {
        onLeft: (others) =>
          Effect.fail(new UnsupportedSettings({ endpoint: settings.name, settings: [...problems, ...others] })),
        onRight: (input) =>
          Effect.flatMap(
            graphql.saveEndpoint(input),
            (saved) =>
              id === undefined || saved.templateId === undefined || settings.templateId !== undefined
                ? Effect.succeed(saved.id)
                // an endpoint that is there keeps its template: what is in it is saved there
                : Effect.as(graphql.saveTemplate(GraphqlPayload.template(settings, saved.templateId)), saved.id)
          )
      })

    return ControlPlane.of({
      findEndpoints: (name) =>
        Effect.map(
          rest.listEndpoints,
          (all) => all.filter((endpoint) => endpoint.name === name).map(observed).toSorted(byAge)
        ),
      getEndpoint: (id) => Effect.map(rest.getEndpoint(id), observed),
      createEndpoint: (settings) =>
        Either.match(RestPayload.create(settings), {
          onLeft: (problems) => save(settings, problems),
          onRight: (request) => Effect.map(rest.createEndpoint(request), ({ id }) => id)
        }),
      updateEndpoint: (id, settings, changed) =>
        Either.match(RestPayload.update(settings, changed), {
          onLeft: (problems) => Effect.asVoid(save(settings, problems, id)),
          onRight: (request) => Effect.asVoid(rest.updateEndpoint(id, request))
        }),
      deleteEndpoint: rest.deleteEndpoint,
      getRollout: (id) =>
        Effect.map(rest.listEndpointReleases(id), ({ rollout: { workersOnLatest, workersTotal } }) => ({
          onLatest: workersOnLatest,
          total: workersTotal
        })),
      findVolumes: rest.listNetworkVolumes,
      createVolume: rest.createNetworkVolume,
      growVolume: (id, size) => Effect.asVoid(rest.updateNetworkVolume(id, { size }))
    })
  })
)
