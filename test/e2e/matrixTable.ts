/** What a call gives its caller, by what becomes of its function and where that runs: docs/calls.md has the same table. */
export type Outcome = "success" | "typed failure" | "defect" | "interruption" | "timeout" | "lost worker"
/** `method`: of a class, whose instances are on the workers of a queue. */
export type Kind = "queue" | "balancer" | "method"
export type Target = "live" | "deployed" | "local" | "inline"

export type Expected =
  | "value"
  | "own error"
  | "defect"
  | "interrupted"
  | "TimeoutException"
  | "WorkerLost, 1 retry"
  | "WorkerLost, 0 retries"
  | "caller ends too"

export const table: Record<Kind, Record<Target, Record<Outcome, Expected>>> = {
  queue: {
    live: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "WorkerLost, 1 retry"
    },
    deployed: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "WorkerLost, 1 retry"
    },
    local: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "WorkerLost, 1 retry"
    },
    inline: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "caller ends too"
    }
  },
  balancer: {
    live: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "WorkerLost, 0 retries"
    },
    deployed: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "WorkerLost, 0 retries"
    },
    local: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "WorkerLost, 0 retries"
    },
    inline: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "caller ends too"
    }
  },
  method: {
    live: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "WorkerLost, 1 retry"
    },
    deployed: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "WorkerLost, 1 retry"
    },
    local: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "WorkerLost, 1 retry"
    },
    inline: {
      success: "value",
      "typed failure": "own error",
      defect: "defect",
      interruption: "interrupted",
      timeout: "TimeoutException",
      "lost worker": "caller ends too"
    }
  }
}

/** The keys of a record. Of one that is written out above, its type says that these are all. */
const keysOf = <K extends string>(record: Record<K, unknown>) => Object.keys(record) as Array<K>

/** Every cell of the table. */
export const cells = keysOf(table).flatMap((kind) =>
  keysOf(table[kind]).flatMap((target) =>
    keysOf(table[kind][target]).map((outcome) => ({ kind, target, outcome, expected: table[kind][target][outcome] }))
  )
)
