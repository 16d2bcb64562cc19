/**
 * `/pods`, which are records without a machine, and `/clusters`, of which there are none and none can be had.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Context } from "../Context.ts"
import { Malformed, NotFound, Refused } from "../ControlError.ts"
import type { ControlError } from "../ControlError.ts"
import * as PodControl from "../PodControl.ts"
import type { Pod, Template } from "../Records.ts"
import * as documents from "./documents.ts"
import * as bodies from "./podBodies.ts"
import * as Query from "./Query.ts"
import { json, noContent } from "./Routes.ts"
import type { Handler, Table } from "./Routes.ts"

/** GB. */
const defaultDisk = 20

const noCluster: Handler = ({ param }) => Either.left(new NotFound({ what: "cluster", id: param("id") }))

const noCapacity: Handler = () => Either.left(new Refused({ message: PodControl.noCapacity }))

/**
 * @since 0.1.0
 * @category routes
 */
export const table = (context: Context): Table => {
  const { pods } = context.control
  const shown = (status: number) => (pod: Pod) => json(status, documents.pod(pod))
  return {
    "GET /pods": () => Effect.sync(() => json(200, { pods: pods.list().map(documents.pod) })),
    "POST /pods": ({ body }) =>
      Either.gen(function*() {
        const draft = yield* drafted(context, yield* bodies.create(body))
        return shown(201)(yield* pods.create(draft, context.stock))
      }),
    "GET /pods/:id": ({ param }) => Either.map(pods.find(param("id")), shown(200)),
    "PATCH /pods/:id": ({ body, param }) =>
      Either.gen(function*() {
        const before = yield* pods.find(param("id"))
        const next = yield* changed(context, before, yield* bodies.update(body))
        return shown(200)(yield* pods.save(next))
      }),
    "DELETE /pods/:id": ({ param }) => Either.map(pods.remove(param("id")), () => noContent),
    "GET /pods/:id/logs": ({ param, query }) =>
      Either.gen(function*() {
        const pod = yield* pods.find(param("id"))
        const source = yield* Query.one(query, "source", ["container", "system"])
        return logOf(pod, source)
      }),
    "POST /pods/:id/action": ({ body, param }) =>
      Either.gen(function*() {
        const id = param("id")
        const { action } = yield* bodies.action(body)
        if (action === "terminate") return yield* Either.map(pods.remove(id), () => noContent)
        return shown(200)(yield* pods[action](id))
      }),
    "GET /clusters": () => Effect.sync(() => json(200, { clusters: [] })),
    "POST /clusters": noCapacity,
    "GET /clusters/:id": noCluster,
    "PATCH /clusters/:id": noCluster,
    "DELETE /clusters/:id": noCluster,
    "GET /clusters/:id/pods": noCluster
  }
}

/** Nothing of a pod's own: it has not run. */
const logOf = (pod: Pod, source: "container" | "system" | undefined) => {
  const ts = new Date(pod.changedAt).toISOString()
  const line = JSON.stringify({ source: "system", line: PodControl.explain(pod), ts })
  return {
    status: 200,
    headers: { "content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no" },
    body: source === "container" ? "" : `id: ${ts}\ndata: ${line}\n\n`
  }
}

/** A template is copied when it is named, and keeps no hold of the pod. */
const templateOf = (
  { control }: Context,
  id: string | undefined
): Either.Either<Template | undefined, ControlError> =>
  id === undefined || id === "" ?
    Either.right(undefined) :
    Either.flatMap(control.templates.find(id), (template) =>
      template.serverless
        ? Either.left(new Malformed({ errors: [`$.templateId: template ${id} is a serverless template`] }))
        : Either.right(template))

const given = ({ args, disk, image, ports, registry }: bodies.Update): Partial<Pod> => ({
  ...(args === undefined ? {} : { args }),
  ...(disk === undefined ? {} : { disk }),
  ...(image === undefined ? {} : { image }),
  ...(ports === undefined ? {} : { ports }),
  ...(registry === undefined ? {} : { registry: registry === "" ? null : registry })
})

const mounted = ({ mounts }: bodies.Update): Partial<Pod> => {
  const [network] = mounts?.network ?? []
  return {
    ...(mounts?.persistent === undefined ? {} : { volume: mounts.persistent }),
    ...(mounts?.network === undefined
      ? {}
      : { networkVolume: network === undefined ? null : { id: network.volumeId, path: network.path } })
  }
}

const computeOf = ({ cpu, gpu }: bodies.Create): Either.Either<Pod["compute"], Refused> => {
  if (cpu !== undefined && gpu === undefined) return Either.right({ type: "CPU", ...cpu })
  return gpu === undefined || cpu !== undefined
    ? Either.left(new Refused({ message: "exactly one of gpu and cpu must be given" }))
    : Either.right({ type: "GPU", id: gpu.id, count: gpu.count ?? 1 })
}

const drafted = (context: Context, body: bodies.Create): Either.Either<PodControl.PodDraft, ControlError> =>
  Either.gen(function*() {
    const template = yield* templateOf(context, body.templateId)
    const compute = yield* computeOf(body)
    const base = template === undefined
      ? { ...PodControl.empty, disk: defaultDisk }
      : { ...PodControl.empty, ...PodControl.fromTemplate(template) }
    const { globalNetworking = false } = body
    return {
      ...base,
      // a pod on CPUs has no disk of its own beside its container's
      ...(compute.type === "CPU" ? { volume: PodControl.empty.volume } : {}),
      ...given(body),
      ...mounted(body),
      name: body.name,
      env: { ...base.env, ...body.env },
      compute,
      cloud: body.cloud ?? "SECURE",
      dataCenterIds: body.dataCenterIds ?? [],
      globalNetworking
    }
  })

const changed = (context: Context, before: Pod, body: bodies.Update): Either.Either<Pod, ControlError> =>
  Either.map(templateOf(context, body.templateId), (template) => ({
    ...before,
    ...(template === undefined ? {} : { ...PodControl.fromTemplate(template), volume: before.volume }),
    ...given(body),
    ...mounted(body),
    name: body.name ?? before.name,
    env: template === undefined && body.env === undefined ? before.env : { ...template?.env, ...body.env },
    locked: body.locked ?? before.locked,
    globalNetworking: body.globalNetworking ?? before.globalNetworking
  }))
