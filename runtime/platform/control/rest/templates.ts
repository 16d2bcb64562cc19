/**
 * `/templates`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Context } from "../Context.ts"
import type { TemplateDraft } from "../EndpointControl.ts"
import * as TemplateControl from "../TemplateControl.ts"
import * as documents from "./documents.ts"
import * as bodies from "./endpointBodies.ts"
import { json, noContent } from "./Routes.ts"
import type { Table } from "./Routes.ts"

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ control: { templates } }: Context): Table => ({
  "GET /templates": () =>
    Effect.sync(() =>
      // those that were made for an endpoint are part of it
      json(200, { templates: templates.list().filter(({ boundTo }) => boundTo === null).map(documents.template) })
    ),
  "POST /templates": ({ body }) =>
    Either.gen(function*() {
      const draft = changed(TemplateControl.empty, yield* bodies.createTemplate(body))
      return json(201, documents.template(yield* templates.create(draft)))
    }),
  "GET /templates/:id": ({ param }) =>
    Either.map(templates.find(param("id")), (found) => json(200, documents.template(found))),
  "PATCH /templates/:id": ({ body, param }) =>
    Either.gen(function*() {
      const before = yield* templates.find(param("id"))
      const next = changed(before, yield* bodies.updateTemplate(body))
      return json(200, documents.template(yield* templates.save({ ...before, ...next })))
    }),
  "DELETE /templates/:id": ({ param }) => Either.map(templates.remove(param("id")), () => noContent)
})

const changed = (before: TemplateDraft, body: bodies.TemplateUpdate): TemplateDraft => {
  const { mounts, registry, ...fields } = body
  return {
    ...before,
    ...fields,
    ...(mounts?.persistent === undefined ? {} : { volume: mounts.persistent }),
    ...(registry === undefined ? {} : { registry: registry === "" ? null : registry })
  }
}
