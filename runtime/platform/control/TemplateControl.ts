/**
 * Templates. A change of one is a change of every endpoint that runs on it.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ids from "../ids.ts"
import { Conflict, NotFound, Refused } from "./ControlError.ts"
import type { ControlError } from "./ControlError.ts"
import type { EndpointControl, TemplateDraft } from "./EndpointControl.ts"
import { ofTemplate } from "./EndpointRules.ts"
import type { Template } from "./Records.ts"
import { put, remove } from "./ResourceStore.ts"
import type { ResourceStore } from "./ResourceStore.ts"
import { diff } from "./Rollout.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface TemplateControl {
  readonly list: () => ReadonlyArray<Template>
  readonly find: (id: string) => Either.Either<Template, NotFound>
  readonly create: (draft: TemplateDraft) => Either.Either<Template, ControlError>
  readonly save: (next: Template) => Either.Either<Template, ControlError>
  /** Refused while an endpoint runs on it. */
  readonly remove: (id: string) => Either.Either<void, ControlError>
}

/**
 * What a template is where nothing is said.
 *
 * @since 0.1.0
 * @category constants
 */
export const empty: TemplateDraft = {
  name: "",
  image: "",
  args: "",
  entrypoint: [],
  disk: 50,
  env: {},
  ports: [],
  registry: null,
  volume: { size: 0, path: "/workspace" },
  serverless: false,
  public: false,
  category: "NVIDIA",
  readme: "",
  startSsh: true,
  startJupyter: true,
  advancedStart: false,
  startScript: "",
  allowedCudaVersions: []
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly store: ResourceStore
  readonly now: () => number
  readonly endpoints: EndpointControl
}): TemplateControl => {
  const { endpoints, now, store } = options

  const accept = (template: Template): Either.Either<Template, ControlError> => {
    const message = ofTemplate(store, template)
    if (message !== undefined) return Either.left(new Refused({ message }))
    return store.templates.all().some(({ id, name }) => name === template.name && id !== template.id)
      ? Either.left(new Conflict({ message: `Template name must be unique: there is a template "${template.name}"` }))
      : Either.right(template)
  }

  const find = (id: string): Either.Either<Template, NotFound> =>
    Either.fromNullable(store.templates.get(id), () => new NotFound({ what: "template", id }))

  const usersOf = (id: string) => endpoints.list().filter(({ endpoint }) => endpoint.templateId === id)

  return {
    list: store.templates.all,
    find,
    create: (draft) =>
      Either.gen(function*() {
        const template = yield* accept({ ...draft, id: ids.resourceId(), boundTo: null, createdAt: now() })
        yield* store.commit([put("templates", template)])
        return template
      }),
    save: (next) =>
      Either.gen(function*() {
        yield* find(next.id)
        const template = yield* accept(next)
        const users = usersOf(next.id)
        const changes = users.flatMap((before) => {
          const changed = diff(before, { ...before, template })
          return changed.length === 0
            ? []
            : endpoints.release({ ...before.endpoint, version: before.endpoint.version + 1 }, changed)
        })
        yield* endpoints.commit([put("templates", template), ...changes], users.map(({ endpoint }) => endpoint.id))
        return template
      }),
    remove: (id) =>
      Either.gen(function*() {
        const template = yield* find(id)
        const [user] = usersOf(id)
        if (user !== undefined) {
          return yield* Either.left(
            new Refused({ message: `Template in use: endpoint ${user.endpoint.id} runs on "${template.name}"` })
          )
        }
        yield* store.commit([remove("templates", id)])
      })
  }
}
