/** Endpoints to make in tests. */
import { Either } from "effect"
import * as Compute from "../../../runtime/platform/control/Compute.ts"
import type { Control } from "../../../runtime/platform/control/Control.ts"
import type { EndpointDraft, TemplateDraft } from "../../../runtime/platform/control/EndpointControl.ts"
import * as TemplateControl from "../../../runtime/platform/control/TemplateControl.ts"
import type { Endpoint, Endpoints } from "../../../runtime/platform/Endpoints.ts"

export const draft = (more: Partial<EndpointDraft> = {}): EndpointDraft => ({
  name: "hello",
  kind: "QUEUE",
  workers: { min: 0, max: 3, idleTimeout: 10 },
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  timeout: 0,
  flashboot: "OFF",
  compute: Compute.gpu({ pools: ["ADA_24"], excludedTypes: [] }),
  env: {},
  dataCenterIds: [],
  networkVolumes: [],
  modelReferences: [],
  flashEnvironmentId: null,
  ...more
})

export const template = (more: Partial<TemplateDraft> = {}): TemplateDraft => ({
  ...TemplateControl.empty,
  name: "a template",
  image: "my/image:1",
  serverless: true,
  ...more
})

/** An endpoint that was made, as jobs and workers know it. */
export const made = (
  control: Control,
  endpoints: Endpoints,
  more: { readonly endpoint?: Partial<EndpointDraft>; readonly template?: Partial<TemplateDraft> } = {}
): Endpoint => {
  const { endpoint } = Either.getOrThrow(control.endpoints.create(draft(more.endpoint), template(more.template)))
  const found = endpoints.get(endpoint.id)
  if (found === undefined) throw new Error("the endpoint that was made is not there")
  return found
}
