import { assert, describe, expect, it } from "@effect/vitest"
import { Duration, Either } from "effect"
import * as CallOptions from "../../src/protocol/CallOptions.ts"

const issueOf = (options: object): string => {
  const encoded = CallOptions.encode(options as CallOptions.CallOptions)
  assert(Either.isLeft(encoded))
  return encoded.left
}

describe("the options of a call", () => {
  it("become the fields of a job, times in milliseconds", () => {
    expect(CallOptions.encode({
      policy: { executionTimeout: "5 minutes", ttl: Duration.hours(1), lowPriority: true },
      webhook: new URL("https://example.test/done?x=1")
    })).toEqual(Either.right({
      policy: { executionTimeout: 300_000, ttl: 3_600_000, lowPriority: true },
      webhook: "https://example.test/done?x=1"
    }))
    expect(CallOptions.encode({ policy: { ttl: 10_000 } })).toEqual(Either.right({ policy: { ttl: 10_000 } }))
  })

  it("that say nothing add no field, and the mode is none", () => {
    expect(CallOptions.encode({})).toEqual(Either.right({}))
    expect(CallOptions.encode({ mode: "runsync" })).toEqual(Either.right({}))
  })

  it("may be as large and as small as the platform allows", () => {
    for (const executionTimeout of [5_000, "7 days"] as const) {
      expect(Either.isRight(CallOptions.encode({ policy: { executionTimeout } }))).toBe(true)
    }
    expect(issueOf({ policy: { executionTimeout: 4_999 } })).toMatch(/^policy\.executionTimeout: .*5000 ms and 7 days/)
    expect(issueOf({ policy: { ttl: 9_999 } })).toMatch(/^policy\.ttl: /)
    expect(issueOf({ policy: { ttl: "8 days" } })).toMatch(/^policy\.ttl: /)
    expect(issueOf({ policy: { ttl: Duration.infinity } })).toMatch(/^policy\.ttl: /)
  })

  it("that are not legal are named, all of them", () => {
    const issue = issueOf({
      mode: "later",
      webhook: "ftp://example.test",
      policy: { executionTimeout: "soon", lowPriority: "yes" },
      priority: 1
    })
    for (const path of ["mode", "webhook", "policy.executionTimeout", "policy.lowPriority", "priority"]) {
      expect(issue).toContain(`${path}: `)
    }
    for (const webhook of ["", "example.test", "http://", "javascript:alert(1)", 1]) {
      expect(issueOf({ webhook })).toMatch(/^webhook: /)
    }
  })
})
