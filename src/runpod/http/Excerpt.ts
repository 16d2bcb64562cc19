/**
 * What may be shown of an answer: its beginning, without keys, signatures and the values of environments.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"

const hidden = "<redacted>"

/** Names whose values are secrets, or hold some. */
const secretNames =
  /key|token|secret|password|passwd|credential|authorization|cookie|signature|^env$|uploadurl|downloadurl|presignedurl/i

const patterns: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(bearer|basic)\s+[\w.~+/=-]{12,}/gi, `$1 ${hidden}`],
  [/\b(?:rpa|rps|rp|sk|hf|ghp|gho|github_pat|xox[a-z])_[\w-]{6,}/g, hidden],
  [/\bsk-[\w-]{12,}/g, hidden],
  // the query of a signed URL is its key, and so is what stands before a host's @
  [/(https?:\/\/[^\s"'<>?#]+)\?[^\s"'<>]+/g, `$1?${hidden}`],
  [/(https?:\/\/)[^\s"'<>/@]+@/g, `$1${hidden}@`],
  [/\b([\w-]{0,40}(?:key|token|secret|password|passwd))(["']?\s*[:=]\s*["']?)[^\s"',;&}]+/gi, `$1$2${hidden}`]
]

/** Every `Redacted` in a value: what must not come back in an answer that says what it was sent. */
export const secretsOf = (value: unknown): ReadonlyArray<string> => {
  if (Redacted.isRedacted(value)) {
    const secret = Redacted.value(value)
    return typeof secret === "string" ? [secret] : []
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(secretsOf) : []
}

/** What stands under secret names in a JSON value, as text: the environments of an answer, and whatever else it tells. */
export const secretsIn = (value: unknown, secret = false): ReadonlyArray<string> => {
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value)
      ? value.flatMap((item) => secretsIn(item, secret))
      : Object.entries(value).flatMap(([name, item]) => secretsIn(item, secret || secretNames.test(name)))
  }
  return secret && (typeof value === "string" || typeof value === "number") ? [String(value)] : []
}

/** Without what looks like a secret, and without the given ones. A secret of a letter or two is in every text. */
export const redact = (text: string, secrets: ReadonlyArray<string> = []): string => {
  let out = text
  for (const secret of secrets) {
    if (secret.length < 4) continue
    // in JSON it stands escaped
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1)])) out = out.replaceAll(form, hidden)
  }
  // nothing longer is ever shown, and some patterns take their time
  out = out.slice(0, 16_384)
  for (const [pattern, replacement] of patterns) out = out.replace(pattern, replacement)
  return out
}

/** A JSON value without the values of secret names; the names stay. */
const withoutSecrets = (value: unknown, secret: boolean): unknown => {
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, secret))
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, withoutSecrets(item, secret || secretNames.test(name))])
    )
  }
  return secret && value !== null ? hidden : value
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The first kilobyte of an answer that may be shown.
 */
export const excerpt = (body: string, secrets: ReadonlyArray<string> = []): string => {
  const json = parse(body)
  const shown = json !== undefined
    ? JSON.stringify(withoutSecrets(json, false))
    // JSON that broke off: nobody can tell which text is an environment's
    : /^\s*[[{]/.test(body)
    ? body.slice(0, 4096).replace(/(:\s*)"(?:[^"\\]|\\.)*"?/g, `$1"${hidden}"`)
    : /^\s*</.test(body)
    ? body.slice(0, 16_384).replace(/<(script|style)\b.*?<\/\1>/gis, "").replace(/<[^<>]*>/g, " ").replace(/\s+/g, " ")
    : body.slice(0, 4096)
  return cut(redact(shown, secrets).trim(), 1024)
}

/** At most so many letters, and a sign that there were more. */
export const cut = (text: string, length: number): string => text.length <= length ? text : `${text.slice(0, length)}…`
