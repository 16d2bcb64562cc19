/**
 * Flash apps: their environments, their builds, and which build an environment runs.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ids from "../ids.ts"
import { Conflict, NotFound, Refused } from "./ControlError.ts"
import type { ControlError } from "./ControlError.ts"
import type { EndpointControl } from "./EndpointControl.ts"
import type { Endpoint, FlashApp, FlashBuild, FlashEnvironment } from "./Records.ts"
import { put, remove } from "./ResourceStore.ts"
import type { ResourceStore } from "./ResourceStore.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface FlashControl {
  readonly apps: () => ReadonlyArray<FlashApp>
  readonly app: (id: string) => Either.Either<FlashApp, ControlError>
  readonly appByName: (name: string) => Either.Either<FlashApp, ControlError>
  readonly createApp: (name: string) => Either.Either<FlashApp, ControlError>
  /** With its environments and builds; succeeds with the builds, whose artifacts nobody needs any more. */
  readonly removeApp: (id: string) => Either.Either<ReadonlyArray<FlashBuild>, ControlError>
  readonly environments: (appId: string) => ReadonlyArray<FlashEnvironment>
  readonly environment: (id: string) => FlashEnvironment | undefined
  readonly createEnvironment: (appId: string, name: string) => Either.Either<FlashEnvironment, ControlError>
  readonly setState: (id: string, state: string) => Either.Either<FlashEnvironment, ControlError>
  /** Its endpoints and volumes stay, and belong to none. */
  readonly removeEnvironment: (id: string) => Either.Either<void, ControlError>
  readonly builds: (appId: string) => ReadonlyArray<FlashBuild>
  readonly build: (id: string) => FlashBuild | undefined
  readonly createBuild: (build: Omit<FlashBuild, "id" | "createdAt">) => Either.Either<FlashBuild, ControlError>
  readonly setManifest: (id: string, manifest: unknown) => Either.Either<FlashBuild, ControlError>
  /** From now on the environment runs that build: its endpoints' workers are replaced. */
  readonly deploy: (environmentId: string, buildId: string) => Either.Either<FlashEnvironment, ControlError>
  /** The build that an endpoint's environment runs. */
  readonly buildOf: (endpoint: Endpoint) => FlashBuild | undefined
  /** The endpoint that an environment of an app has by that name. */
  readonly resolve: (app: string, environment: string, endpoint: string) => Endpoint | undefined
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly store: ResourceStore
  readonly now: () => number
  readonly endpoints: EndpointControl
}): FlashControl => {
  const { endpoints, now, store } = options

  // the words are the platform's: clients look for them
  const appNotFound = new Refused({ message: "App not found" })

  const app = (id: string): Either.Either<FlashApp, ControlError> =>
    Either.fromNullable(store.flashApps.get(id), () => appNotFound)

  const environment = (id: string): Either.Either<FlashEnvironment, ControlError> =>
    Either.fromNullable(store.flashEnvironments.get(id), () => new NotFound({ what: "flash environment", id }))

  const build = (id: string): Either.Either<FlashBuild, ControlError> =>
    Either.fromNullable(store.flashBuilds.get(id), () => new NotFound({ what: "flash build", id }))

  const environmentsOf = (appId: string) => store.flashEnvironments.all().filter((found) => found.appId === appId)
  const buildsOf = (appId: string) => store.flashBuilds.all().filter((found) => found.appId === appId)
  const endpointsOf = (id: string) => store.endpoints.all().filter((found) => found.flashEnvironmentId === id)

  const acceptName = (what: string, name: string, others: ReadonlyArray<{ readonly name: string }>) =>
    name.trim() === ""
      ? Either.left(new Refused({ message: `the ${what}'s name must not be empty` }))
      : others.some((other) => other.name === name)
      ? Either.left(new Conflict({ message: `there is a ${what} "${name}" already` }))
      : Either.right(name)

  /** What is to be written when an environment goes, and whose it was. */
  const leave = (id: string) => ({
    changes: [
      remove("flashEnvironments", id),
      ...endpointsOf(id).map((endpoint) => put("endpoints", { ...endpoint, flashEnvironmentId: null })),
      ...store.networkVolumes.all().filter(({ flashEnvironmentId }) => flashEnvironmentId === id)
        .map((volume) => put("networkVolumes", { ...volume, flashEnvironmentId: null }))
    ],
    endpoints: endpointsOf(id).map((endpoint) => endpoint.id)
  })

  return {
    apps: store.flashApps.all,
    app,
    appByName: (name) =>
      Either.fromNullable(store.flashApps.all().find((found) => found.name === name), () => appNotFound),
    createApp: (name) =>
      Either.gen(function*() {
        yield* acceptName("flash app", name, store.flashApps.all())
        const record = { id: ids.uuid(), name, createdAt: now() }
        yield* store.commit([put("flashApps", record)])
        return record
      }),
    removeApp: (id) =>
      Either.gen(function*() {
        yield* app(id)
        const left = environmentsOf(id).map((found) => leave(found.id))
        const builds = buildsOf(id)
        yield* endpoints.commit([
          ...left.flatMap(({ changes }) => changes),
          ...builds.map((found) => remove("flashBuilds", found.id)),
          remove("flashApps", id)
        ], left.flatMap((one) => one.endpoints))
        return builds
      }),
    environments: environmentsOf,
    environment: store.flashEnvironments.get,
    createEnvironment: (appId, name) =>
      Either.gen(function*() {
        yield* app(appId)
        yield* acceptName("flash environment", name, environmentsOf(appId))
        const record = { id: ids.uuid(), appId, name, state: "PENDING", activeBuildId: null, createdAt: now() }
        yield* store.commit([put("flashEnvironments", record)])
        return record
      }),
    setState: (id, state) =>
      Either.gen(function*() {
        const next = { ...(yield* environment(id)), state }
        yield* store.commit([put("flashEnvironments", next)])
        return next
      }),
    removeEnvironment: (id) =>
      Either.gen(function*() {
        yield* environment(id)
        const left = leave(id)
        yield* endpoints.commit(left.changes, left.endpoints)
      }),
    builds: buildsOf,
    build: store.flashBuilds.get,
    createBuild: (draft) =>
      Either.gen(function*() {
        yield* app(draft.appId)
        const record = { ...draft, id: ids.uuid(), createdAt: now() }
        yield* store.commit([put("flashBuilds", record)])
        return record
      }),
    setManifest: (id, manifest) =>
      Either.gen(function*() {
        const next = { ...(yield* build(id)), manifest }
        yield* store.commit([put("flashBuilds", next)])
        return next
      }),
    deploy: (environmentId, buildId) =>
      Either.gen(function*() {
        const before = yield* environment(environmentId)
        const { appId, id } = yield* build(buildId)
        if (appId !== before.appId) {
          return yield* Either.left(new Refused({ message: `flash build ${id} is of another app` }))
        }
        const next = { ...before, activeBuildId: id, state: "HEALTHY" }
        const users = before.activeBuildId === id ? [] : endpointsOf(environmentId)
        const releases = users.flatMap((endpoint) =>
          endpoints.release({ ...endpoint, version: endpoint.version + 1 }, [
            { field: "activeBuildid", old: before.activeBuildId, new: id }
          ])
        )
        yield* endpoints.commit([put("flashEnvironments", next), ...releases], users.map((endpoint) => endpoint.id))
        return next
      }),
    buildOf({ flashEnvironmentId }) {
      const found = flashEnvironmentId === null ? undefined : store.flashEnvironments.get(flashEnvironmentId)
      return found?.activeBuildId === null || found === undefined
        ? undefined
        : store.flashBuilds.get(found.activeBuildId)
    },
    resolve(appName, environmentName, endpointName) {
      const found = store.flashApps.all().find(({ name }) => name === appName)
      const place = found && environmentsOf(found.id).find(({ name }) => name === environmentName)
      // older clients mark FlashBoot in the name
      return place && endpointsOf(place.id).find(({ name }) => name === endpointName || name === `${endpointName}-fb`)
    }
  }
}
