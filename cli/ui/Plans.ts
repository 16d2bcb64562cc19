/** What a deployment would do, as a diff. */
import type { Prospect } from "../../src/provision/Deployment.ts"
import * as Plan from "../../src/provision/Plan.ts"
import { bad, bold, count, dim, doubtful, good } from "./Text.ts"

const marks: Readonly<Record<Plan.Action, string>> = {
  none: " ",
  create: good("+"),
  adopt: doubtful("~"),
  update: doubtful("~"),
  resume: doubtful("~"),
  delete: bad("-")
}

const words: Readonly<Record<Plan.Action, string>> = {
  none: "as it is",
  create: "is created",
  adopt: "is there, and is taken over",
  update: "is changed",
  resume: "is finished, where an earlier run ended",
  delete: "is deleted"
}

const valueOf = (value: unknown): string => {
  const text = typeof value === "string" ? value : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** Of what is new every field would be a change: that it is new says it. */
const changesOf = ({ action, changes, drift }: Plan.Step): ReadonlyArray<string> =>
  action === "create" ? [] : [
    ...changes.map(({ field, from, to, workers }) =>
      `      ${field}: ${from === undefined ? "-" : valueOf(from)} -> ${to === undefined ? "-" : valueOf(to)}${
        workers === "are replaced" ? dim(" (workers are replaced)") : ""
      }`
    ),
    ...drift.map((field) => `      ${field}: ${dim("somebody else has changed it")}`)
  ]

const stepLines = (step: Plan.Step): ReadonlyArray<string> => [
  `  ${marks[step.action]} ${bold(step.name)} ${dim(step.type)} ${dim(step.endpointName)} ${words[step.action]}`,
  ...changesOf(step)
]

/** Whether endpoints are made or deleted, which costs or loses something. */
export const needsConsent = ({ plan, removed }: Prospect, prune: boolean): boolean =>
  plan.steps.some(({ action }) => action === "create" || action === "adopt") || (prune && removed.steps.length > 0)

/** Whether nothing would be done at all. */
export const isNothing = ({ buildId, environment, plan, removed }: Prospect, prune: boolean): boolean =>
  Plan.isEmpty(plan) && buildId !== undefined && environment?.activeBuildId === buildId &&
  (!prune || removed.steps.length === 0)

const buildLine = ({ buildId, environment, source }: Prospect): string => {
  if (buildId === undefined) return "  + a new build is uploaded and promoted"
  return environment?.activeBuildId === buildId
    ? `    build ${buildId} serves already`
    : `  ~ build ${buildId} ${source._tag === "Archive" ? "is the same and there already: it" : ""} is promoted`
}

export const planText = (prospect: Prospect, prune: boolean): string => {
  const { environment, place, plan, removed } = prospect
  return [
    `${bold(place.env)} of app ${bold(place.app)}${environment === undefined ? dim(" (new)") : ""}`,
    ...plan.steps.flatMap(stepLines),
    ...(prune ? removed.steps.flatMap(stepLines) : []),
    buildLine(prospect),
    ...(prune || removed.steps.length === 0 ? [] : [
      `    ${count(removed.steps.length, "endpoint")} of no resource any more: ${
        removed.steps.map(({ endpointName }) => endpointName).join(", ")
      }; --prune deletes them`
    ])
  ].join("\n")
}

const stepJson = ({ action, changes, drift, endpointId, endpointName, name, type }: Plan.Step) => ({
  resource: name,
  type,
  endpointName,
  endpointId,
  action,
  // a creation has every field
  changes: action === "create" ? [] : changes,
  drift
})

export const planJson = (prospect: Prospect) => ({
  ...prospect.place,
  environmentId: prospect.environment?.id,
  activeBuildId: prospect.environment?.activeBuildId,
  buildId: prospect.buildId,
  steps: prospect.plan.steps.map(stepJson),
  removed: prospect.removed.steps.map(stepJson)
})
