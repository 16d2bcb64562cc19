/**
 * What bodies say of a container, of a template's and of a pod's.
 *
 * @since 0.1.0
 */
import type { TemplateDraft } from "../EndpointControl.ts"
import { integer, list, object, optional, text, variables } from "../rest/Fields.ts"
import * as ShellWords from "../ShellWords.ts"

/**
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  containerDiskInGb: optional(integer()),
  containerRegistryAuthId: optional(text),
  dockerEntrypoint: optional(list(text)),
  dockerStartCmd: optional(list(text)),
  env: optional(variables),
  imageName: optional(text),
  name: optional(text),
  ports: optional(list(text)),
  volumeInGb: optional(integer()),
  volumeMountPath: optional(text)
}

const Body = object(fields)

type Container = Pick<
  TemplateDraft,
  "name" | "image" | "args" | "entrypoint" | "disk" | "env" | "ports" | "registry" | "volume"
>

/**
 * The container as a body wants it: what it does not say stays.
 *
 * @since 0.1.0
 * @category decoding
 */
export const given = (before: Container, body: typeof Body.Type): Container => ({
  name: body.name ?? before.name,
  image: body.imageName ?? before.image,
  args: body.dockerStartCmd === undefined ? before.args : ShellWords.join(body.dockerStartCmd),
  entrypoint: body.dockerEntrypoint ?? before.entrypoint,
  disk: body.containerDiskInGb ?? before.disk,
  env: body.env ?? before.env,
  ports: body.ports ?? before.ports,
  registry: body.containerRegistryAuthId === undefined ? before.registry : body.containerRegistryAuthId || null,
  volume: { size: body.volumeInGb ?? before.volume.size, path: body.volumeMountPath ?? before.volume.path }
})
