import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as Job from "../../../runtime/platform/jobs/Job.ts"
import { cases } from "../../laws.ts"

const queued: Job.Job = {
  id: "job-1",
  endpointId: "ep1",
  kind: "async",
  input: `{"a":1}`,
  submittedAt: 1000,
  ttl: 9000,
  expiresAt: 10_000,
  executionTimeout: 0,
  webhook: undefined,
  lowPriority: false,
  extra: undefined,
  status: "IN_QUEUE",
  retries: 0,
  workerId: undefined,
  takenAt: undefined,
  finishedAt: undefined,
  output: undefined,
  error: undefined
}

const rendered = (more: Partial<Job.Job>): unknown => JSON.parse(Job.render({ ...queued, ...more }))

const running = { status: "IN_PROGRESS", workerId: "w1", takenAt: 1500 } as const

describe("a job's document", () => {
  it("of one that waits holds its id and status alone", () => {
    expect(rendered({})).toEqual({ id: "job-1", status: "IN_QUEUE" })
  })

  it("of one that runs holds its delay and its worker, and no execution time", () => {
    expect(rendered(running)).toEqual({ delayTime: 500, id: "job-1", status: "IN_PROGRESS", workerId: "w1" })
  })

  it("of one that completed holds its output and both times, in the platform's order", () => {
    const job = { ...queued, ...running, status: "COMPLETED", finishedAt: 1750, output: `{"b":[1,2]}` } as const
    expect(Job.render(job)).toBe(
      `{"delayTime":500,"executionTime":250,"id":"job-1","output":{"b":[1,2]},"status":"COMPLETED","workerId":"w1"}`
    )
  })

  it("of one that failed holds its error as text, also where that is JSON", () => {
    expect(rendered({ ...running, status: "FAILED", finishedAt: 1750, error: `{"error_type":"x"}` })).toEqual({
      delayTime: 500,
      error: `{"error_type":"x"}`,
      executionTime: 250,
      id: "job-1",
      status: "FAILED",
      workerId: "w1"
    })
  })

  it("of one that never ran has all that clients want of one that is over", () => {
    expect(rendered({ status: "CANCELLED", finishedAt: 1750 })).toEqual({
      delayTime: 750,
      executionTime: 0,
      id: "job-1",
      status: "CANCELLED",
      workerId: ""
    })
  })

  it("counts tries where there was more than one", () => {
    expect(rendered({ ...running, retries: 1 })).toMatchObject({ retries: 1 })
    expect(rendered(running)).not.toHaveProperty("retries")
  })

  it("keeps an output of null", () => {
    expect(rendered({ ...running, status: "COMPLETED", finishedAt: 1750, output: "null" })).toMatchObject({
      output: null
    })
  })

  it("is JSON whatever is in it, and holds no input", () => {
    const text = FastCheck.string({ unit: "binary" })
    FastCheck.assert(
      FastCheck.property(text, text, text, FastCheck.json(), (id, error, workerId, output) => {
        expect(
          rendered({ ...running, id, error, workerId, output, input: `"SECRET"`, finishedAt: 1600, status: "FAILED" })
        )
          .toEqual({
            delayTime: 500,
            executionTime: 100,
            id,
            error,
            output: JSON.parse(output),
            status: "FAILED",
            workerId
          })
      }),
      cases(100)
    )
  })
})

describe("isTerminal", () => {
  it("is true of a job that is over", () => {
    const statuses = ["IN_QUEUE", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"] as const
    expect(statuses.filter((status) => Job.isTerminal({ ...queued, status }))).toEqual([
      "COMPLETED",
      "FAILED",
      "CANCELLED",
      "TIMED_OUT"
    ])
  })
})
