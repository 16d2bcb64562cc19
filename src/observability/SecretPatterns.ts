/**
 * What a secret looks like in a text that nobody knows the secrets of.
 *
 * Every pass reads the text once: no pattern may look at the same characters again and again, since what is logged may
 * be long and may come from somebody else.
 *
 * @since 0.1.0
 */

/**
 * What stands in the place of a secret.
 *
 * @since 0.1.0
 * @category constants
 */
export const placeholder = "***REDACTED***"

/**
 * A name is secret by its last words, whatever is before them: `HF_TOKEN` and `accessToken` are, `max_tokens` is not.
 */
const secretName = [
  "(?:api|secret|private|signing|encryption|auth|account|master|ssh)[_-]?keys?",
  "(?:secret[_-]?)?access[_-]?key(?:[_-]?id)?",
  "passw(?:or)?d",
  "passphrase",
  "(?<![A-Za-z])pass",
  "pwd",
  "secrets?",
  "token",
  "(?:proxy-)?authorization",
  "credentials?",
  "signature",
  "(?:set-)?cookie",
  "connection[_-]?string",
  "(?:presigned|upload|download)[_-]?url"
].join("|")

const suffix = "(?:[_-]?(?:value|\\d+))?"

const isSecret = new RegExp(`(?:${secretName})${suffix}$`, "i")

/**
 * Whether what stands under a name is secret.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSecretName = (name: string): boolean => isSecret.test(name)

/** A name and what is between it and its value: `"token": `, `token=`, `token%3D`, `params[token]=`, `--token `. */
const assignment = new RegExp(
  `(${secretName})${suffix}(\\\\*["'\`])?\\]?(\\s*(?:=>|:=|[:=]|%3[ad])\\s*|\\s+)`,
  "gi"
)

const bearer = /\bbearer(?:\s*[:=]\s*|\s+|%20|\+)/gi

/** Names that are secret in a query alone. */
const query = /([?&](?:sig|key)=)[^&#\s"'`<>]+/gi

const userInfo = /(:\/\/[^\s/?#@:"'`]*:)[^\s/?#"'`]+@/g

const privateKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g

/** Keys that tell by their first letters whose they are: RunPod's own, and what people give to their functions. */
const prefixed =
  /(?<![A-Za-z0-9])(rpa_|rps_|hf_|gh[opsu]_|github_pat_|glpat-|npm_|xox[abeprs]-|AKIA|ASIA|AIza|ya29\.|whsec_|[rs]k_(?:live|test)_)[A-Za-z0-9_-]{8,}/g

/** These words are common: only what is as long as a key is taken for one. */
const prefixedLong = /(?<![A-Za-z0-9])(sk-|key_|api_)[A-Za-z0-9_-]{28,}/g

const jsonWebToken = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g

/**
 * A text without what looks like a secret.
 *
 * @since 0.1.0
 * @category redaction
 */
export const redact = (text: string): string =>
  [assignments, bearers].reduce((text, pass) => pass(text), text.replace(privateKey, placeholder))
    .replace(userInfo, `$1${placeholder}@`)
    .replace(query, `$1${placeholder}`)
    .replace(prefixed, `$1${placeholder}`)
    .replace(prefixedLong, `$1${placeholder}`)
    .replace(jsonWebToken, placeholder)

/** Where in a text a value begins and ends; `undefined` is no secret. */
type Span = readonly [from: number, to: number] | undefined

/** Puts the placeholder where `find` says after each match of a pattern, and goes on behind it. */
const replaceValues = (text: string, pattern: RegExp, find: (match: RegExpExecArray, end: number) => Span): string => {
  let result = ""
  let done = 0
  for (const match of text.matchAll(pattern)) {
    // what looks like a name may stand in a value that is gone already
    if (match.index < done) continue
    const span = find(match, match.index + match[0].length)
    if (span === undefined || span[0] === span[1]) continue
    result += text.slice(done, span[0]) + placeholder
    done = span[1]
  }
  return result + text.slice(done)
}

const assignments = (text: string): string =>
  replaceValues(text, assignment, (match, end) => {
    const [, name = "", quote, separator = ""] = match
    const start = startOfName(text, match.index)
    // mere space is between a name and its value on a command line alone
    if (separator.trim() === "" && (quote !== undefined || !text.startsWith("--", start))) return undefined
    const quoted = quotedAt(text, end)
    if (quoted !== undefined) return quoted
    const before = text[start - 1] ?? ""
    if (/[[{]/.test(text[end] ?? "")) return [end, endOfBrackets(text, end)]
    if (quote !== undefined) return [end, endOf(text, end, /[\s,}\]]/g)]
    if (isQuote(before)) return [end, closing(text, end, before, backslashes(text, start - 2))]
    if (before === "?" || before === "&") return [end, endOf(text, end, /[&#\s"'`<>]/g)]
    if (/cookie$/i.test(name)) return [end, endOf(text, end, /[\r\n]/g)]
    if (/authorization$/i.test(name)) return [end, endOfCredentials(text, end)]
    return [end, endOf(text, end, /\s/g)]
  })

const bearers = (text: string): string =>
  replaceValues(text, bearer, (match, end) => {
    const before = text[match.index - 1] ?? ""
    return quotedAt(text, end) ??
      [end, isQuote(before) ? closing(text, end, before, backslashes(text, match.index - 2)) : endOf(text, end, /\s/g)]
  })

const isQuote = (character: string): boolean => character === `"` || character === "'" || character === "`"

/** Where the name begins whose last words were found. */
const startOfName = (text: string, index: number): number => {
  let start = index
  while (start > 0 && /[\w.-]/.test(text[start - 1] ?? "")) start--
  return start
}

/** How many backslashes there are, up to an index. */
const backslashes = (text: string, last: number): number => {
  let count = 0
  while (text[last - count] === "\\") count++
  return count
}

/** A value in quotes, which may be escaped themselves, as in JSON in JSON. */
const quotedAt = (text: string, index: number): Span => {
  let quote = index
  while (text[quote] === "\\") quote++
  const character = text[quote] ?? ""
  return isQuote(character)
    ? [quote + 1, closing(text, quote + 1, character, quote - index)]
    : undefined
}

/** Where the quote ends that was opened behind so many backslashes; the end of the text where it never does. */
const closing = (text: string, from: number, quote: string, escapes: number): number => {
  for (let index = text.indexOf(quote, from); index !== -1; index = text.indexOf(quote, index + 1)) {
    const found = Math.min(backslashes(text, index - 1), index - from)
    if (escapes === 0 ? found % 2 === 0 : found <= escapes) return index - (escapes === 0 ? 0 : found)
  }
  return text.length
}

const endOf = (text: string, from: number, end: RegExp): number => {
  end.lastIndex = from
  return end.exec(text)?.index ?? text.length
}

/** A scheme and its token; of a scheme with parameters, the line. */
const endOfCredentials = (text: string, from: number): number => {
  const scheme = /(?:bearer|basic|token|apikey)[^\S\r\n]+/iy
  scheme.lastIndex = from
  if (scheme.test(text)) return endOf(text, scheme.lastIndex, /\s/g)
  const word = endOf(text, from, /\s/g)
  return /^[A-Za-z][\w-]{0,20}$/.test(text.slice(from, word)) ? endOf(text, from, /[\r\n]/g) : word
}

/** Behind the bracket that closes the one at an index, with whatever is between, quotes included. */
const endOfBrackets = (text: string, from: number): number => {
  let depth = 0
  for (let index = from; index < text.length; index++) {
    const character = text[index] ?? ""
    if (isQuote(character)) index = closing(text, index + 1, character, backslashes(text, index - 1))
    else if (character === "{" || character === "[") depth++
    else if ((character === "}" || character === "]") && --depth === 0) return index + 1
  }
  return text.length
}
