/** Endpoints to make in tests. */
import * as Compute from "../../../runtime/platform/control/Compute.ts"
import type { EndpointDraft, TemplateDraft } from "../../../runtime/platform/control/EndpointControl.ts"
import * as TemplateControl from "../../../runtime/platform/control/TemplateControl.ts"

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
