import type { Listed } from "./Event.ts"
import type { Operation } from "./Operation.ts"

/** What is served, as people are shown it. */
export const listOf = (operations: ReadonlyArray<Operation>): ReadonlyArray<Listed> =>
  operations.map((operation) => ({
    method: operation._tag === "Queue" ? "POST" : operation.method,
    path: operation._tag === "Queue" ? `${operation.path}/run_sync` : operation.path,
    function: operation.function.name,
    resource: operation.resource.name,
    type: operation.resource.config._tag
  }))
