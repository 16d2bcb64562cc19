/**
 * Endpoints as the control plane has them: made, changed and removed, with a release for each change that workers are
 * replaced for.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as ids from "../ids.ts"
import { NotFound, Refused } from "./ControlError.ts"
import type { ControlError } from "./ControlError.ts"
import { objection } from "./EndpointRules.ts"
import type { Endpoint, Release, Template } from "./Records.ts"
import { put, remove } from "./ResourceStore.ts"
import type { Change, ResourceStore } from "./ResourceStore.ts"
import { diff } from "./Rollout.ts"
import type { Deployment } from "./Rollout.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type EndpointDraft = Omit<Endpoint, "id" | "templateId" | "version" | "aiKey" | "createdAt">

/**
 * @since 0.1.0
 * @category models
 */
export type TemplateDraft = Omit<Template, "id" | "boundTo" | "createdAt">

/**
 * @since 0.1.0
 * @category models
 */
export type EndpointEvent = { readonly _tag: "Saved" | "Removed"; readonly id: string }

/**
 * @since 0.1.0
 * @category models
 */
export interface EndpointControl {
  /** In the order in which they were made. */
  readonly list: () => ReadonlyArray<Deployment>
  readonly find: (id: string) => Either.Either<Deployment, NotFound>
  /** Made with a template of its own. */
  readonly create: (draft: EndpointDraft, template: TemplateDraft) => Either.Either<Deployment, ControlError>
  /** Made on a template of the account, whose changes it follows. */
  readonly createOn: (draft: EndpointDraft, template: Template) => Either.Either<Deployment, ControlError>
  /** Puts an endpoint in the place of the one with its id. A template that others use too is not changed but copied. */
  readonly save: (next: Deployment) => Either.Either<Deployment, ControlError>
  /** With the template that was made for it. */
  readonly remove: (id: string) => Either.Either<void, ControlError>
  /** The newest first. */
  readonly releases: (id: string) => ReadonlyArray<Release>
  /** What is to be written for the endpoints that a change of their containers concerns. */
  readonly release: (endpoint: Endpoint, diff: Release["diff"]) => ReadonlyArray<Change>
  /** Writes changes, and tells who listens of these endpoints. */
  readonly commit: (changes: ReadonlyArray<Change>, saved: ReadonlyArray<string>) => Either.Either<void, ControlError>
}

/** Releases that are kept of an endpoint. */
const maxReleases = 100

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly store: ResourceStore
  readonly now: () => number
  readonly emit: (event: EndpointEvent) => void
}): EndpointControl => {
  const { emit, now, store } = options

  const templateOf = (endpoint: Endpoint): Template | undefined => store.templates.get(endpoint.templateId)

  const deploymentOf = (endpoint: Endpoint | undefined): Deployment | undefined => {
    const template = endpoint === undefined ? undefined : templateOf(endpoint)
    return endpoint === undefined || template === undefined ? undefined : { endpoint, template }
  }

  const releasesOf = (id: string) => store.releases.all().filter(({ endpointId }) => endpointId === id).toReversed()

  const release = (endpoint: Endpoint, diff: Release["diff"]): ReadonlyArray<Change> => {
    const record = { id: ids.uuid(), endpointId: endpoint.id, version: endpoint.version, createdAt: now(), diff }
    const surplus = releasesOf(endpoint.id).slice(maxReleases - 1)
    return [
      put("endpoints", endpoint),
      put("releases", record),
      ...surplus.map(({ id }) => remove("releases", id))
    ]
  }

  const commit: EndpointControl["commit"] = (changes, saved) =>
    Either.map(store.commit(changes), () => {
      for (const id of saved) emit({ _tag: "Saved", id })
    })

  const accept = (deployment: Deployment): Either.Either<Deployment, Refused> => {
    const message = objection(store, deployment)
    return message === undefined ? Either.right(deployment) : Either.left(new Refused({ message }))
  }

  /** A template for one endpoint alone, with a name that no other has. */
  const bound = (template: TemplateDraft, endpoint: { readonly id: string; readonly name: string }): Template => {
    const id = ids.resourceId()
    const isTaken = template.name === "" || store.templates.all().some(({ name }) => name === template.name)
    return {
      ...template,
      id,
      name: isTaken ? `${endpoint.name}__template__${id}` : template.name,
      serverless: true,
      boundTo: endpoint.id,
      createdAt: now()
    }
  }

  /** Whether a template goes with this endpoint. One that others were put on meanwhile stays. */
  const isOwn = (template: Template, endpointId: string): boolean =>
    template.boundTo === endpointId &&
    store.endpoints.all().every(({ id, templateId }) => templateId !== template.id || id === endpointId)

  /** What an endpoint runs on from now on, and what is to be written for that. */
  const settle = (before: Template, next: Template, endpoint: Endpoint): readonly [Template, ReadonlyArray<Change>] => {
    const known = store.templates.get(next.id)
    const leave = isOwn(before, endpoint.id) && next.id !== before.id ? [remove("templates", before.id)] : []
    if (known === undefined || JSON.stringify(known) === JSON.stringify(next)) return [next, leave]
    if (isOwn(known, endpoint.id)) return [next, [put("templates", next)]]
    const copy = bound(next, endpoint)
    return [copy, [...leave, put("templates", copy)]]
  }

  const find = (id: string): Either.Either<Deployment, NotFound> =>
    Either.fromNullable(deploymentOf(store.endpoints.get(id)), () => new NotFound({ what: "endpoint", id }))

  const create = (id: string, draft: EndpointDraft, template: Template): Either.Either<Deployment, ControlError> =>
    Either.gen(function*() {
      const endpoint: Endpoint = {
        ...draft,
        id,
        templateId: template.id,
        version: 1,
        aiKey: Redacted.make(ids.apiKey()),
        createdAt: now()
      }
      const deployment = yield* accept({ endpoint, template })
      yield* commit([put("templates", template), ...release(endpoint, [])], [id])
      return deployment
    })

  return {
    list: () => store.endpoints.all().flatMap((endpoint) => deploymentOf(endpoint) ?? []),
    find,
    create(draft, template) {
      const id = ids.endpointId()
      return create(id, draft, bound(template, { id, name: draft.name }))
    },
    createOn: (draft, template) => create(ids.endpointId(), draft, template),
    save: (next) =>
      Either.gen(function*() {
        const before = yield* find(next.endpoint.id)
        yield* accept(next)
        const [template, changes] = settle(before.template, next.template, next.endpoint)
        const changed = diff(before, { endpoint: next.endpoint, template })
        const version = before.endpoint.version + (changed.length > 0 ? 1 : 0)
        const endpoint = { ...next.endpoint, templateId: template.id, version }
        const records = changed.length > 0 ? release(endpoint, changed) : [put("endpoints", endpoint)]
        yield* commit([...changes, ...records], [endpoint.id])
        return { endpoint, template }
      }),
    remove: (id) =>
      Either.gen(function*() {
        const { endpoint, template } = yield* find(id)
        yield* store.commit([
          remove("endpoints", endpoint.id),
          ...(isOwn(template, id) ? [remove("templates", template.id)] : []),
          ...releasesOf(id).map((release) => remove("releases", release.id))
        ])
        emit({ _tag: "Removed", id })
      }),
    releases: releasesOf,
    release,
    commit
  }
}
