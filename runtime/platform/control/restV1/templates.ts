/**
 * `/templates`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Context } from "../Context.ts"
import type { TemplateDraft } from "../EndpointControl.ts"
import { reader } from "../rest/Body.ts"
import { flag, object, oneOf, optional, text } from "../rest/Fields.ts"
import { json, noContent } from "../rest/Routes.ts"
import type { Handler, Table } from "../rest/Routes.ts"
import * as TemplateControl from "../TemplateControl.ts"
import * as container from "./container.ts"
import * as documents from "./documents.ts"

const fields = { ...container.fields, isPublic: optional(flag), readme: optional(text) }

const Update = object(fields)

const update = reader(Update, "ignore")

const create = reader(
  object({
    ...fields,
    category: optional(oneOf("NVIDIA", "AMD", "CPU")),
    imageName: text,
    isServerless: optional(flag),
    name: text
  }),
  "ignore"
)

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ control: { templates } }: Context): Table => {
  const change: Handler = ({ body, param }) =>
    Either.gen(function*() {
      const before = yield* templates.find(param("id"))
      const next = changed(before, yield* update(body))
      return json(200, documents.template(yield* templates.save({ ...before, ...next })))
    })

  return {
    "GET /templates": ({ query }) =>
      Effect.sync(() => {
        const all = query.get("includeEndpointBoundTemplates") === "true"
        return json(200, templates.list().filter(({ boundTo }) => all || boundTo === null).map(documents.template))
      }),
    "POST /templates": ({ body }) =>
      Either.gen(function*() {
        const { category = "NVIDIA", isServerless = false, ...fields } = yield* create(body)
        const draft = changed({ ...(isServerless ? serverless : pod), category }, fields)
        return json(200, documents.template(yield* templates.create(draft)))
      }),
    "GET /templates/:id": ({ param }) =>
      Either.map(templates.find(param("id")), (found) => json(200, documents.template(found))),
    "PATCH /templates/:id": change,
    "POST /templates/:id/update": change,
    "DELETE /templates/:id": ({ param }) => Either.map(templates.remove(param("id")), () => noContent)
  }
}

const serverless: TemplateDraft = { ...TemplateControl.empty, serverless: true }

const pod: TemplateDraft = {
  ...TemplateControl.empty,
  ports: ["8888/http", "22/tcp"],
  volume: { size: 20, path: "/workspace" }
}

const changed = (before: TemplateDraft, body: typeof Update.Type): TemplateDraft => ({
  ...before,
  ...container.given(before, body),
  public: body.isPublic ?? before.public,
  readme: body.readme ?? before.readme
})
