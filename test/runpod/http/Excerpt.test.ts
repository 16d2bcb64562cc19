import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc, Redacted } from "effect"
import { excerpt, redact, secretsOf } from "../../../src/runpod/http/Excerpt.ts"
import { cases } from "../../laws.ts"

describe("redact", () => {
  const secret: ReadonlyArray<readonly [string, string]> = [
    ["authorization: Bearer abcdefghijkl.mno-p", "authorization: Bearer <redacted>"],
    ["the key rpa_ABCDEF0123456789 is expired", "the key <redacted> is expired"],
    ["put https://s3.eu/b/k?X-Amz-Signature=abc&X-Amz-Date=1 failed", "put https://s3.eu/b/k?<redacted> failed"],
    ["https://ada:pw@example.com/v2", "https://<redacted>@example.com/v2"],
    [`{"password":"open sesame"`, `{"password":"<redacted> sesame"`],
    ["api_key=abc123&x=1", "api_key=<redacted>&x=1"],
    ["HF_TOKEN: hf_AbCdEfGhIj", "HF_TOKEN: <redacted>"]
  ]
  for (const [text, shown] of secret) it(text, () => expect(redact(text)).toBe(shown))

  for (
    const text of [
      "missing bearer token",
      "no token provided",
      "app not found",
      "https://api.runpod.io/v2/serverless/ep1",
      "$.gpu.pools[0]: expected string",
      "the key is not valid"
    ]
  ) it(`leaves "${text}" as it is`, () => expect(redact(text)).toBe(text))

  it("takes the given secrets out, as JSON writes them too", () => {
    const given = `pass"word\n1`
    expect(redact(`${given} ${JSON.stringify({ given })}`, [given])).toBe(`<redacted> {"given":"<redacted>"}`)
  })

  it("leaves letters alone that are in every text", () => {
    expect(redact("a banana", ["a", "", "an"])).toBe("a banana")
  })
})

describe("secretsOf", () => {
  it("finds every Redacted", () => {
    expect(secretsOf({ a: Redacted.make("one"), b: [{ c: Redacted.make("two") }, "no"], d: Redacted.make(5), e: null }))
      .toEqual(["one", "two"])
  })
})

describe("excerpt", () => {
  it("keeps the names and hides the values of what is secret by its name", () => {
    expect(excerpt(JSON.stringify({ id: "ep1", env: { A: "x", B: ["y"] }, uploadUrl: "u", aiKey: "k", n: null })))
      .toBe(
        `{"id":"ep1","env":{"A":"<redacted>","B":["<redacted>"]},"uploadUrl":"<redacted>","aiKey":"<redacted>","n":null}`
      )
  })

  it("hides every text of JSON that broke off", () => {
    expect(excerpt(`{"id":"ep1","env":{"A":"sec`)).toBe(`{"id":"<redacted>","env":{"A":"<redacted>"`)
  })

  it("reads a page to the point", () => {
    expect(excerpt("<html><style>a{}</style><body>\n<h1>502</h1>  Bad\tGateway</body></html>")).toBe("502 Bad Gateway")
  })

  it("is no longer than a kilobyte, and shows no value of an environment", () => {
    const value = fc.stringMatching(/^[a-z]{12,40}$/)
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[A-Z]{1,8}$/), value, { minKeys: 1 }),
        fc.jsonValue(),
        fc.nat(3000),
        (env, other, length) => {
          const body = JSON.stringify({ other, nested: { env } })
          for (const text of [excerpt(body), excerpt(body.slice(0, length))]) {
            expect(text.length).toBeLessThanOrEqual(1025)
            for (const secret of Object.values(env)) {
              // what the other field says by chance is not a secret of the environment
              if (!JSON.stringify(other).includes(secret)) expect(text).not.toContain(secret)
            }
          }
        }
      ),
      cases(200)
    )
  })
})
