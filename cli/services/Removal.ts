/** Environments and apps are deleted with the endpoints they have. */
import * as Effect from "effect/Effect"
import type { Place } from "../../src/provision/ResourceState.ts"
import type * as Graphql from "../../src/runpod/graphql/FlashApps.ts"
import type { Clients } from "./Clients.ts"
import { withResources } from "./Clients.ts"

/** Succeeds with the names of its endpoints. */
export const removeEnvironment = ({ apps, rest }: Clients, place: Place, environment: Graphql.FlashEnvironment) =>
  withResources(place)((manager) =>
    Effect.flatMap(
      Effect.promise(() =>
        Promise.all([
          import("../../src/provision/FlashApp.ts"),
          import("../../src/provision/Removal.ts"),
          import("../../src/provision/ResourceManager.ts"),
          import("../../src/runpod/RunpodRest.ts")
        ])
      ),
      ([{ FlashApp }, Removal, { ResourceManager }, { RunpodRest }]) =>
        Removal.environment(place, environment).pipe(
          Effect.provideService(FlashApp, apps),
          Effect.provideService(ResourceManager, manager),
          Effect.provideService(RunpodRest, rest)
        )
    )
  )

/** With all of its environments, one after the other. Succeeds with the names of their endpoints. */
export const removeApp = (clients: Clients, { flashEnvironments, name: app }: Graphql.FlashApp) =>
  Effect.gen(function*() {
    const removed = yield* Effect.forEach(flashEnvironments, ({ name: env }) =>
      Effect.flatMap(
        clients.apps.getEnvironment(app, env),
        (environment) => removeEnvironment(clients, { app, env }, environment)
      ))
    yield* clients.apps.delete(app)
    return removed.flat()
  })
