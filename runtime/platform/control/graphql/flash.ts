/**
 * Flash apps, their environments and builds.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Context } from "../Context.ts"
import { NotFound } from "../ControlError.ts"
import type { Login } from "../Logins.ts"
import { iso, unwrap } from "./values.ts"
import type { Maybe } from "./values.ts"
import * as views from "./views.ts"

/**
 * @since 0.1.0
 * @category resolvers
 */
export const resolvers = (context: Context) => {
  const { control } = context
  const { flash } = control
  return {
    flashApp: ({ flashAppId }: { readonly flashAppId: string }) =>
      views.flashApp(context, unwrap(flash.app(flashAppId))),
    flashAppByName: ({ flashAppName }: { readonly flashAppName: string }) =>
      views.flashApp(context, unwrap(flash.appByName(flashAppName))),
    flashEnvironment({ flashEnvironmentId }: { readonly flashEnvironmentId: string }) {
      const found = flash.environment(flashEnvironmentId)
      return found === undefined ? null : views.flashEnvironment(context, found)
    },
    flashEnvironmentByName(
      { input }: { readonly input: { readonly flashAppId: string; readonly name: string } }
    ) {
      unwrap(flash.app(input.flashAppId))
      const found = flash.environments(input.flashAppId).find(({ name }) => name === input.name)
      return found === undefined ? null : views.flashEnvironment(context, found)
    },
    flashBuild({ flashBuildId }: { readonly flashBuildId: string }) {
      const found = flash.build(flashBuildId)
      return found === undefined ? null : views.flashBuild(found)
    },
    createFlashApp: ({ input }: { readonly input: { readonly name: string } }) =>
      views.flashApp(context, unwrap(flash.createApp(input.name))),
    deleteFlashApp({ flashAppId }: { readonly flashAppId: string }) {
      for (const { objectKey } of unwrap(flash.removeApp(flashAppId))) context.artifacts.remove(objectKey)
    },
    createFlashEnvironment: (
      { input }: { readonly input: { readonly flashAppId: string; readonly name: string } }
    ) => views.flashEnvironment(context, unwrap(flash.createEnvironment(input.flashAppId, input.name))),
    deleteFlashEnvironment: ({ flashEnvironmentId }: { readonly flashEnvironmentId: string }) =>
      unwrap(flash.removeEnvironment(flashEnvironmentId)),
    updateFlashEnvironment(
      { input: { flashEnvironmentId, state, status } }: {
        readonly input: {
          readonly flashEnvironmentId: string
          readonly state?: Maybe<string>
          readonly status?: Maybe<string>
        }
      }
    ) {
      const next = state ?? status
      const found = next ? unwrap(flash.setState(flashEnvironmentId, next)) : flash.environment(flashEnvironmentId)
      return found === undefined ? null : views.flashEnvironment(context, found)
    },
    addEndpointToFlashEnvironment: (
      { input: { endpointId, flashEnvironmentId } }: {
        readonly input: { readonly endpointId: string; readonly flashEnvironmentId: string }
      }
    ) =>
      views.endpoint(
        context,
        unwrap(Either.flatMap(control.endpoints.find(endpointId), ({ endpoint, template }) =>
          control.endpoints.save({ endpoint: { ...endpoint, flashEnvironmentId }, template })))
      ),
    addNetworkVolumeToFlashEnvironment: (
      { input: { flashEnvironmentId, networkVolumeId } }: {
        readonly input: { readonly flashEnvironmentId: string; readonly networkVolumeId: string }
      }
    ) =>
      views.volume(unwrap(Either.gen(function*() {
        const volume = yield* control.volumes.find(networkVolumeId)
        if (flash.environment(flashEnvironmentId) === undefined) {
          return yield* Either.left(new NotFound({ what: "flash environment", id: flashEnvironmentId }))
        }
        return yield* control.volumes.save({ ...volume, flashEnvironmentId })
      }))),
    prepareFlashArtifactUpload(
      { input }: { readonly input: { readonly flashAppId: string; readonly tarballSize: number } }
    ) {
      const { id } = unwrap(flash.app(input.flashAppId))
      const { expiresAt, objectKey, url } = unwrap(context.artifacts.upload(id, input.tarballSize))
      return { uploadUrl: url, objectKey, expiresAt: iso(expiresAt) }
    },
    finalizeFlashArtifactUpload(
      { input: { flashAppId, manifest, objectKey } }: {
        readonly input: { readonly flashAppId: string; readonly objectKey: string; readonly manifest: unknown }
      }
    ) {
      unwrap(flash.app(flashAppId))
      if (!objectKey.startsWith(`${flashAppId}/`) || context.artifacts.file(objectKey) === undefined) {
        throw new NotFound({ what: "uploaded artifact", id: objectKey })
      }
      return views.flashBuild(unwrap(flash.createBuild({ appId: flashAppId, objectKey, manifest })))
    },
    createFlashAuthRequest: () => login(context.logins.create()),
    flashAuthRequestStatus({ flashAuthRequestId }: { readonly flashAuthRequestId: string }) {
      const found = context.logins.collect(flashAuthRequestId)
      if (found === undefined) throw new NotFound({ what: "flash auth request", id: flashAuthRequestId })
      return { ...login(found), apiKey: found.apiKey === undefined ? null : Redacted.value(found.apiKey) }
    },
    updateFlashBuildManifest: (
      { input }: { readonly input: { readonly flashBuildId: string; readonly manifest: unknown } }
    ) => views.flashBuild(unwrap(flash.setManifest(input.flashBuildId, input.manifest))),
    deployBuildToEnvironment: (
      { input }: { readonly input: { readonly flashEnvironmentId: string; readonly flashBuildId: string } }
    ) => views.flashEnvironment(context, unwrap(flash.deploy(input.flashEnvironmentId, input.flashBuildId)))
  }
}

const login = ({ expiresAt, id, status }: Login) => ({ id, status, expiresAt: iso(expiresAt) })
