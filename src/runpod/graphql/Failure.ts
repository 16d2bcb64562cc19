/**
 * What the errors of a GraphQL answer mean: the one place where their codes and words are read.
 *
 * @since 0.1.0
 */
import { RateLimited, Unauthorized } from "../../RemoteError.ts"
import { cut, redact } from "../http/Excerpt.ts"
import type { Exchanged } from "../http/Exchange.ts"
import * as RateLimit from "../http/RateLimit.ts"
import { saysFullUp } from "../http/Refusal.ts"
import {
  CapacityUnavailable,
  Conflict,
  Forbidden,
  GraphqlErrors,
  NotFound,
  ServerError,
  ValidationFailed
} from "../RunpodError.ts"
import type { GraphqlError } from "../RunpodError.ts"

/**
 * One thing that an operation names: `flash app` and its id or name.
 *
 * @since 0.1.0
 */
export interface Subject {
  readonly kind: Kind
  readonly id: string
}

/**
 * @since 0.1.0
 */
export type Kind = keyof typeof nouns

/** What the platform calls each kind in its messages. */
const nouns = {
  "flash app": /\bapps?\b/gi,
  "flash environment": /\b(?:environments?|env)\b/gi,
  "flash build": /\bbuilds?\b/gi,
  "login request": /\b(?:auth|login) ?requests?\b/gi,
  endpoint: /\bendpoints?\b/gi,
  template: /\btemplates?\b/gi,
  "network volume": /\bvolumes?\b/gi
}

interface GraphqlIssue {
  readonly message: string
  readonly code?: string
  readonly path?: string
}

const isRecord = (u: unknown): u is Record<string, unknown> => typeof u === "object" && u !== null

const pathOf = (path: unknown): string | undefined =>
  Array.isArray(path) && path.length > 0 ? path.join(".") : undefined

/** `errors` of an answer; `null` and none are no errors. */
const issuesOf = (errors: unknown, secrets: ReadonlyArray<string>): ReadonlyArray<GraphqlIssue> =>
  (Array.isArray(errors) ? errors : errors === undefined || errors === null ? [] : [errors]).map((error: unknown) => {
    const fields = isRecord(error) ? error : {}
    const message = typeof fields["message"] === "string" ? fields["message"] : JSON.stringify(error)
    const extensions = isRecord(fields["extensions"]) ? fields["extensions"] : {}
    const path = pathOf(fields["path"])
    return {
      message: cut(redact(message, secrets), 1024),
      ...(typeof extensions["code"] === "string" ? { code: extensions["code"] } : {}),
      ...(path === undefined ? {} : { path })
    }
  })

/** The kind that is named last in a text; a message may speak of an endpoint whose template is missing. */
const lastKind = (text: string): Kind | undefined => {
  let last: { readonly kind: Kind; readonly index: number } | undefined
  for (const kind of Object.keys(nouns) as Array<Kind>) { // the keys of a constant are what its type says
    for (const { index } of text.matchAll(nouns[kind])) {
      if (last === undefined || index > last.index) last = { kind, index }
    }
  }
  return last?.kind
}

/** Words that name no thing: `Resource not found`. */
const isBare = (text: string): boolean =>
  /^\W*(?:error\W+)?(?:the\W+)?(?:resource|record|item|entity|object|it)?\W*$/i.test(text)

/**
 * Which of the things that an operation names is missing, by the message. A message that speaks of something else says
 * nothing of them.
 */
const missing = (message: string, subjects: ReadonlyArray<Subject>): Subject | undefined => {
  const before =
    /^(.*?)\s*(?:\b(?:was|were|is|are|could|can)\s*)?(?:\bnot (?:be )?found\b|\bdoes(?: not|n't) exist\b)/is
      .exec(message)?.[1]
  const after = /\b(?:no such|could not find|cannot find|can't find|unknown)\s+(.{0,40})/is.exec(message)?.[1]
  const named = before ?? after
  if (named === undefined) return undefined
  if (isBare(named)) return subjects.length === 1 ? subjects[0] : undefined
  const kind = lastKind(named)
  return subjects.find((subject) => subject.kind === kind)
}

const says = (issues: ReadonlyArray<GraphqlIssue>, codes: ReadonlyArray<string>, words: RegExp): boolean =>
  issues.some(({ code, message }) => (code !== undefined && codes.includes(code)) || words.test(message))

/**
 * The error that an answer's `errors` stand for, or none.
 *
 * @since 0.1.0
 */
export const failure = (
  answer: Exchanged,
  errors: unknown,
  subjects: ReadonlyArray<Subject>
): GraphqlError | undefined => {
  const { keyOrigin, request, secrets } = answer.asked
  const issues = issuesOf(errors, secrets)
  if (issues.length === 0) return undefined
  const detail = issues.map(({ message }) => message).join("; ")
  for (const { code, message } of issues) {
    const subject = missing(message, subjects) ??
      (code === "NOT_FOUND" && subjects.length === 1 ? subjects[0] : undefined)
    if (subject !== undefined) return new NotFound({ ...subject, detail })
  }
  if (
    says(issues, ["UNAUTHENTICATED"], /\bunauthenticated\b|\bunauthorized\b|\bnot authenticated\b|invalid api key/i)
  ) {
    return new Unauthorized({ keyOrigin, detail })
  }
  if (says(issues, ["FORBIDDEN"], /\bforbidden\b|permission denied|not authorized/i)) {
    return new Forbidden({ request, keyOrigin, detail })
  }
  if (says(issues, ["RATE_LIMITED", "TOO_MANY_REQUESTS"], /too many requests|rate limit/i)) {
    const retryAfterMs = RateLimit.waitMs(answer.headers, answer.at)
    return new RateLimited(retryAfterMs === undefined ? {} : { retryAfterMs })
  }
  if (issues.some(({ message }) => saysFullUp(message))) return new CapacityUnavailable({ request, detail })
  if (says(issues, ["CONFLICT"], /\balready\b/i)) {
    return new Conflict({ request, detail })
  }
  if (says(issues, [], /try again later|temporarily unavailable|service unavailable|gateway time-?out/i)) {
    return new ServerError({ request, status: answer.status, detail })
  }
  if (says(issues, ["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED"], /^Variable "\$/)) {
    const fields = issues.map(({ message, path }) => ({ path: path ?? "", problem: message }))
    return new ValidationFailed({ request, detail: "the API refused it", fields })
  }
  return new GraphqlErrors({ request, errors: issues })
}
