/**
 * Endpoints and templates.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { Context } from "../Context.ts"
import type { Control } from "../Control.ts"
import { Conflict, NotFound, Refused } from "../ControlError.ts"
import type { ControlError } from "../ControlError.ts"
import type { Template } from "../Records.ts"
import type { Deployment } from "../Rollout.ts"
import * as TemplateControl from "../TemplateControl.ts"
import * as inputs from "./endpointInput.ts"
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
    podTemplate: ({ id }: { readonly id: string }) =>
      Either.match(control.templates.find(id), { onLeft: () => null, onRight: views.template }),
    podTemplates: (
      { input }: {
        readonly input?: Maybe<{ readonly isRunpod?: Maybe<boolean>; readonly isServerless?: Maybe<boolean> }>
      }
    ) =>
      // none of these is RunPod's own
      (input?.isRunpod === true ? [] : control.templates.list())
        .filter(({ boundTo }) => boundTo === null)
        .filter(({ serverless }) => (input?.isServerless ?? serverless) === serverless)
        .map(views.template),
    saveEndpoint: ({ input }: { readonly input: inputs.EndpointInput }) =>
      views.endpoint(context, unwrap(saveEndpoint(control, input))),
    updateEndpointTemplate: (
      { input }: { readonly input?: Maybe<{ readonly endpointId: string; readonly templateId: string }> }
    ) => input ? views.endpoint(context, unwrap(putOn(control, input.endpointId, input.templateId))) : null,
    deleteEndpoint: ({ id }: { readonly id: string }) => unwrap(control.endpoints.remove(id)),
    saveTemplate: ({ input }: { readonly input?: Maybe<inputs.TemplateInput> }) =>
      input ? views.template(unwrap(saveTemplate(control, input))) : null,
    deleteTemplate: ({ templateName }: { readonly templateName: string }) =>
      unwrap(Either.flatMap(named(control, templateName), ({ id }) => control.templates.remove(id)))
  }
}

const named = (control: Control, name: string): Either.Either<Template, ControlError> =>
  Either.fromNullable(
    control.templates.list().find((template) => template.name === name),
    () => new NotFound({ what: "template", id: name })
  )

const saveEndpoint = (control: Control, input: inputs.EndpointInput): Either.Either<Deployment, ControlError> =>
  Either.gen(function*() {
    if (input.hubReleaseId) return yield* refused("the embedded platform has no hub releases")
    const { id, template, templateId } = input
    const before = id ? yield* control.endpoints.find(id) : undefined
    const draft = yield* inputs.endpoint(before?.endpoint, input)
    const shared = templateId ? yield* control.templates.find(templateId) : undefined
    if (before !== undefined) {
      const base = shared ?? before.template
      return yield* control.endpoints.save({
        endpoint: { ...before.endpoint, ...draft },
        template: template ? { ...base, ...inputs.template(base, template), serverless: true } : base
      })
    }
    if (shared !== undefined) return yield* control.endpoints.createOn(draft, shared)
    if (!template) return yield* refused("templateId or template is required")
    if (template.name && Either.isRight(named(control, template.name))) {
      return yield* Either.left(new Conflict({ message: "Template name must be unique" }))
    }
    return yield* control.endpoints.create(draft, inputs.template(TemplateControl.empty, template))
  })

const putOn = (control: Control, endpointId: string, templateId: string): Either.Either<Deployment, ControlError> =>
  Either.gen(function*() {
    const { endpoint } = yield* control.endpoints.find(endpointId)
    return yield* control.endpoints.save({ endpoint, template: yield* control.templates.find(templateId) })
  })

const saveTemplate = (control: Control, input: inputs.TemplateInput): Either.Either<Template, ControlError> =>
  Either.gen(function*() {
    if (!input.id) return yield* control.templates.create(inputs.template(TemplateControl.empty, input))
    const before = yield* control.templates.find(input.id)
    return yield* control.templates.save({ ...before, ...inputs.template(before, input) })
  })

const refused = (message: string): Either.Either<never, ControlError> => Either.left(new Refused({ message }))
