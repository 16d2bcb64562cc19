import type { ResourceConfig } from "../ResourceConfig.ts"

/** A wrong field, and what is wrong with it. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** The rules between the fields of a resource. */
export const check = (config: ResourceConfig): ReadonlyArray<Issue> =>
  config.workersMin <= config.workersMax
    ? []
    : [{
      path: "workersMin",
      message: `workersMin ${config.workersMin} is above workersMax ${config.workersMax}`
    }]
