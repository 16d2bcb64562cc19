/**
 * What a status means: the one place where a refusal of the control plane gets its class.
 *
 * @since 0.1.0
 */
import type * as Headers from "@effect/platform/Headers"
import { RateLimited, Unauthorized } from "../../RemoteError.ts"
import {
  ApiRetired,
  CapacityUnavailable,
  Conflict,
  Forbidden,
  NotFound,
  RequestRejected,
  ServerError,
  ValidationFailed
} from "../RunpodError.ts"
import type { RequestError } from "../RunpodError.ts"
import { cut, excerpt, redact } from "./Excerpt.ts"
import * as RateLimit from "./RateLimit.ts"

/**
 * What is needed of a request to say what became of it.
 *
 * @since 0.1.0
 */
export interface Asked {
  /** Method and URL, or the name of a GraphQL operation. */
  readonly request: string
  readonly api: "REST v1" | "REST v2" | "GraphQL" | "job"
  /** The one thing that the request is about: `endpoint` and its id. A list and a creation are about none. */
  readonly subject: { readonly kind: string; readonly id: string } | undefined
  readonly keyOrigin: string
  /** What must not be shown, the key among it. */
  readonly secrets: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 */
export interface Answer {
  readonly status: number
  readonly headers: Headers.Headers
  readonly body: string
  /** Milliseconds; when it came. */
  readonly at: number
}

/** RFC 9457 as REST v2 answers, `{"error"}` as REST v1 does, `{"message"}`, `{"errors":[{"message"}]}`, or any text. */
interface Problem {
  /** Whether the API itself speaks, and not a proxy or another server at a mistaken address. */
  readonly isApi: boolean
  readonly detail: string
  readonly errors: ReadonlyArray<string>
}

const isRecord = (u: unknown): u is Record<string, unknown> => typeof u === "object" && u !== null

const problemOf = (answer: Answer, secrets: ReadonlyArray<string>): Problem => {
  let json: unknown
  try {
    json = JSON.parse(answer.body)
  } catch {
    json = undefined
  }
  const fields = isRecord(json) ? json : {}
  const errors = (Array.isArray(fields["errors"]) ? fields["errors"] : [])
    .map((error: unknown) => isRecord(error) ? error["message"] : error)
    .filter((error) => typeof error === "string")
    .map((error) => cut(redact(error, secrets), 512))
  const text = [fields["detail"], fields["error"], fields["message"], errors.join("; "), fields["title"]]
    .find((text) => typeof text === "string" && text !== "")
  const detail = typeof text === "string" ? cut(redact(text, secrets), 1024) : excerpt(answer.body, secrets)
  return {
    isApi: typeof text === "string",
    detail: detail === "" ? `status ${answer.status}, without a word` : detail,
    errors
  }
}

/** `$.gpu.pools: …` or `$: missing property 'name'` into the path and what is wrong there. */
const fieldOf = (error: string): { readonly path: string; readonly problem: string } => {
  const [, path, problem] = /^\$?((?:[./[][^\s:]*)?)\s*:\s+(.*)$/s.exec(error) ?? []
  if (path === undefined || problem === undefined) return { path: "", problem: error }
  // a problem that names one property of the body is that property's
  const named = path === "" ? /^(?:missing|additional) propert(?:y|ies) '([^']+)'/.exec(problem)?.[1] : undefined
  return { path: named ?? path.replace(/^[./]/, ""), problem }
}

/**
 * Whether a message says that there is no capacity.
 *
 * @since 0.1.0
 */
export const saysFullUp = (detail: string): boolean =>
  /no longer any instances available|no instances? (?:are )?(?:currently )?available|insufficient capacity/i.test(
    detail
  )

/**
 * The error that an answer outside of 2xx stands for.
 *
 * @since 0.1.0
 */
export const refusal = (asked: Asked, answer: Answer): RequestError => {
  const { keyOrigin, request, subject } = asked
  const { detail, errors, isApi } = problemOf(answer, asked.secrets)
  switch (answer.status) {
    case 400:
      return saysFullUp(detail)
        ? new CapacityUnavailable({ request, detail })
        : new ValidationFailed({ request, detail, fields: errors.map(fieldOf) })
    case 401:
      return new Unauthorized({ keyOrigin, detail })
    case 403:
      return isApi
        ? new Forbidden({ request, keyOrigin, detail })
        : new RequestRejected({ request, status: 403, detail })
    case 404:
      // a page that is not there says nothing of the thing
      return isApi && subject !== undefined
        ? new NotFound({ ...subject, detail })
        : new RequestRejected({ request, status: 404, detail })
    case 409:
      return new Conflict({ request, detail })
    case 410:
      return new ApiRetired({ request, api: asked.api, detail })
    case 422:
      return new ValidationFailed({ request, detail, fields: errors.map(fieldOf) })
    case 429: {
      const retryAfterMs = RateLimit.waitMs(answer.headers, answer.at)
      return new RateLimited(retryAfterMs === undefined ? {} : { retryAfterMs })
    }
    default:
      return answer.status >= 500 || answer.status === 408
        ? new ServerError({ request, status: answer.status, detail })
        : new RequestRejected({ request, status: answer.status, detail })
  }
}
