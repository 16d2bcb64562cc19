/** Values that are secrets beyond doubt, in what would be packed: keys that tell by their form whose they are. */

const patterns: ReadonlyArray<readonly [what: string, pattern: RegExp]> = [
  ["a private key", /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:\s|\\[nr])*[A-Za-z0-9+/=]{40}/g],
  [
    "an access key",
    /(?<![A-Za-z0-9_])(?:rpa_[A-Z0-9]{30,}|rps_[A-Z0-9]{30,}|hf_[A-Za-z0-9]{30,}|gh[opsu]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}|glpat-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{30,}|xox[abeprs]-[A-Za-z0-9-]{20,}|AKIA[A-Z0-9]{16}|ASIA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,}|whsec_[A-Za-z0-9]{24,}|[rs]k_live_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{32,})(?![A-Za-z0-9])/g
  ]
]

/** A line with these words is passed over: what is on it only looks like one. */
const allowed = /flash: not a secret/i

export interface Finding {
  /** Counted from 1. */
  readonly line: number
  /** `an access key`. */
  readonly what: string
}

/** Where a text has what is a secret. What it is, is not told. */
export const find = (text: string): ReadonlyArray<Finding> =>
  patterns.flatMap(([what, pattern]) =>
    [...text.matchAll(pattern)].flatMap(({ index }) => {
      const start = text.lastIndexOf("\n", index) + 1
      const end = text.indexOf("\n", index)
      return allowed.test(text.slice(start, end === -1 ? undefined : end))
        ? []
        : [{ line: text.slice(0, index).split("\n").length, what }]
    })
  )
