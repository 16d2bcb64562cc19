/**
 * The account, and what belongs to it.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Context } from "../Context.ts"
import * as pods from "./pods.ts"
import { unwrap } from "./values.ts"
import type { Maybe } from "./values.ts"
import * as views from "./views.ts"

/**
 * @since 0.1.0
 * @category resolvers
 */
export const resolvers = (context: Context) => {
  const { control } = context
  return {
    myself: () => user(context),
    updateUserSettings({ input }: { readonly input?: Maybe<{ readonly pubKey?: Maybe<string> }> }) {
      const keys = input?.pubKey?.split("\n").map((key) => key.trim()).filter((key) => key !== "")
      if (keys !== undefined) unwrap(control.setSshKeys(keys))
      return user(context)
    },
    saveRegistryAuth: ({ input }: { readonly input: { readonly name: string; readonly username: string } }) =>
      unwrap(control.registries.create(input.name, input.username)),
    updateRegistryAuth: ({ input }: { readonly input: { readonly id: string; readonly username: string } }) =>
      unwrap(
        Either.flatMap(control.registries.find(input.id), (registry) =>
          control.registries.save({ ...registry, username: input.username }))
      ),
    deleteRegistryAuth({ registryAuthId }: { readonly registryAuthId: string }) {
      unwrap(control.registries.remove(registryAuthId))
      return true
    },
    secretCreate(
      { input }: {
        readonly input: { readonly name: string; readonly value: string; readonly description?: Maybe<string> }
      }
    ) {
      const { description, name, value } = input
      const secret = unwrap(
        control.secrets.create({ name, value: Redacted.make(value), description: description ?? "" })
      )
      // without its value
      return { id: secret.id, name: secret.name, description: secret.description }
    },
    secretDelete: ({ id }: { readonly id: string }) => unwrap(control.secrets.remove(id)),
    createNetworkVolume: (
      { input }: { readonly input: { readonly name: string; readonly size: number; readonly dataCenterId: string } }
    ) => views.volume(unwrap(control.volumes.create(input))),
    updateNetworkVolume: (
      { input: { id, name, size } }: {
        readonly input: { readonly id: string; readonly name?: Maybe<string>; readonly size?: Maybe<number> }
      }
    ) =>
      views.volume(
        unwrap(Either.flatMap(control.volumes.find(id), (volume) =>
          control.volumes.save({ ...volume, name: name ?? volume.name, size: size ?? volume.size })))
      ),
    deleteNetworkVolume: ({ input }: { readonly input: { readonly id: string } }) =>
      unwrap(control.volumes.remove(input.id))
  }
}

const user = (context: Context) => {
  const { control } = context
  const { id, sshKeys } = control.account()
  return {
    id,
    email: "local@localhost",
    pubKey: sshKeys.join("\n"),
    // nothing is paid for on one's own machine
    clientBalance: 0,
    currentSpendPerHr: 0,
    spendLimit: 80,
    notifyPodsStale: false,
    notifyPodsGeneral: false,
    notifyLowBalance: false,
    endpoints: () => control.endpoints.list().map((deployment) => views.endpoint(context, deployment)),
    endpoint: ({ id }: { readonly id: string }) =>
      Either.match(control.endpoints.find(id), {
        onLeft: () => null,
        onRight: (deployment) => views.endpoint(context, deployment)
      }),
    pods: () => control.pods.list().map(pods.view),
    podTemplates: () => control.templates.list().filter(({ boundTo }) => boundTo === null).map(views.template),
    networkVolumes: () => control.volumes.list().map(views.volume),
    containerRegistryCreds: () => control.registries.list(),
    flashApps: () => control.flash.apps().map((app) => views.flashApp(context, app))
  }
}
