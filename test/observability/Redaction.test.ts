import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Chunk, FastCheck, FiberId, HashMap, Logger, Option, Redacted } from "effect"
import { Redaction, TransportFailed } from "effect-flash"
import { cases } from "../laws.ts"

const { cause, text, value } = Redaction.make()
const gone = Redaction.placeholder

describe("a text", () => {
  it("loses each form of a secret, and keeps the rest", () => {
    const secret = "abc.def/ghi+jkl=_-~,x"
    const rows: ReadonlyArray<readonly [before: string, after: string]> = [
      // what the original's filter knows
      [`Authorization: Bearer ${secret}`, `Authorization: ${gone}`],
      [`sent Bearer ${secret} to`, `sent Bearer ${gone} to`],
      [`sent bearer:${secret} to`, `sent bearer:${gone} to`],
      [`api_key=${secret}`, `api_key=${gone}`],
      [`API-KEY : ${secret} (env)`, `API-KEY : ${gone} (env)`],
      [`apikey: "${secret}"`, `apikey: "${gone}"`],
      [`RUNPOD_API_KEY=${secret} node`, `RUNPOD_API_KEY=${gone} node`],
      [`key sk-${"a1".repeat(14)} used`, `key sk-${gone} used`],
      [`api_${"x".repeat(28)}`, `api_${gone}`],
      [`password = 'hunter 2'`, `password = '${gone}'`],
      [`passwd:${secret}; user`, `passwd:${gone} user`],
      [`client secret: ${secret}`, `client secret: ${gone}`],
      // and what it lets through
      [`{"api_key": "${secret}", "n": 1}`, `{"api_key": "${gone}", "n": 1}`],
      [`{'password': '${secret}', 'n': 1}`, `{'password': '${gone}', 'n': 1}`],
      [`{"password":"with \\"quotes\\" in it","n":1}`, `{"password":"${gone}","n":1}`],
      [`{"body":"{\\"token\\":\\"${secret}\\",\\"n\\":1}"}`, `{"body":"{\\"token\\":\\"${gone}\\",\\"n\\":1}"}`],
      [`key rpa_ABCDEFGH12345678 used`, `key rpa_${gone} used`],
      [`token=${secret}`, `token=${gone}`],
      [`access_token: ${secret}`, `access_token: ${gone}`],
      [`secret_key=${secret}`, `secret_key=${gone}`],
      [`aws_secret_access_key=${secret}`, `aws_secret_access_key=${gone}`],
      [`{ accessToken: '${secret}', n: 1 }`, `{ accessToken: '${gone}', n: 1 }`],
      [
        `GET https://s3.test/b/k?X-Amz-Date=1&X-Amz-Credential=AKIA%2Fx&X-Amz-Signature=0a1b&X-Amz-Expires=60 403`,
        `GET https://s3.test/b/k?X-Amz-Date=1&X-Amz-Credential=${gone}&X-Amz-Signature=${gone}&X-Amz-Expires=60 403`
      ],
      [`https://x.blob.test/c?sv=1&sig=ab%2Bcd&se=2`, `https://x.blob.test/c?sv=1&sig=${gone}&se=2`],
      [`https://maps.test/?key=${"x".repeat(9)}#top`, `https://maps.test/?key=${gone}#top`],
      [`postgres://ada:pa55@db.test/x`, `postgres://ada:${gone}@db.test/x`],
      [`"uploadUrl": "https://s3.test/k"`, `"uploadUrl": "${gone}"`],
      [`"credentials": {"user":"ada","x":["}"]}, "n": 1`, `"credentials": ${gone}, "n": 1`],
      [`flash deploy --api-key ${secret} --yes`, `flash deploy --api-key ${gone} --yes`],
      [`curl -H "X-Api-Key: ${secret}" https://x.test`, `curl -H "X-Api-Key: ${gone}" https://x.test`],
      [`Cookie: a=1; session=2\nHost: x`, `Cookie: ${gone}\nHost: x`],
      [`Authorization: Digest username="ada", response="0a"\nHost: x`, `Authorization: ${gone}\nHost: x`],
      [`redirect=https%3A%2F%2Fx%3Ftoken%3D${"x".repeat(9)}`, `redirect=https%3A%2F%2Fx%3Ftoken%3D${gone}`],
      [`-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- end`, `${gone} end`],
      [`-----BEGIN PRIVATE KEY-----\nMIIE`, gone],
      [`jwt eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln end`, `jwt ${gone} end`],
      [`HF_TOKEN=hf_abcdefgh`, `HF_TOKEN=${gone}`],
      [`used hf_abcdefghij and ghp_abcdefghij`, `used hf_${gone} and ghp_${gone}`]
    ]
    for (const [before, after] of rows) expect(text(before)).toBe(after)
  })

  it("without a secret is what it was", () => {
    for (
      const harmless of [
        "",
        "max_tokens=512, tokens: 3, total_tokens: 7",
        "the password was wrong, and the token is missing",
        "SyntaxError: Unexpected token 'x' in JSON",
        "key_value and api_key are names; sk-short is not a key",
        "sherpa_onnx_streaming_model",
        "git clone ssh://git@github.test/a/b",
        "GET https://api.runpod.test/v2/ep1/status/job-1?wait=60000",
        "secretary: Ada, authority: 3, tokenizer: bpe, bypass: true",
        "Job 1a2b-u1 on endpoint \"hello\" failed: RuntimeError"
      ]
    ) expect(text(harmless)).toBe(harmless)
  })

  it("takes about as long per character however it is made", () => {
    // a pattern that looks at the same characters again would take minutes for one of these
    const size = 200_000
    for (
      const part of [
        "a",
        "token",
        "token ",
        "token=",
        "\"token\":\"",
        "api_key_",
        "sk-",
        "eyJ",
        "://",
        "://a:",
        "bearer ",
        "password {",
        "-----BEGIN PRIVATE KEY-----",
        "\\\"",
        "\\",
        " ",
        "?sig=",
        "'token="
      ]
    ) expect(text(part.repeat(size / part.length)).length).toBeGreaterThan(0)
  }, 20_000)
})

/** Anything somebody may have chosen for a key, without space. */
const printable = FastCheck.string({ unit: "grapheme-ascii", minLength: 12, maxLength: 60 })
const word = printable.map((s) => s.replace(/\s/g, "_"))
const unquoted = word.map((s) => s.replace(/^["'`{[\\]+/, "x").replace(/^$/, "xxxxxxxxxxxx")).filter((s) =>
  s.length >= 8
)
const urlSafe = FastCheck.stringMatching(/^[A-Za-z0-9._~+%-]{12,60}$/)
const token = FastCheck.stringMatching(/^[A-Za-z0-9]{28,60}$/)
const name = FastCheck.constantFrom(
  ...["api_key", "apiKey", "API-KEY", "RUNPOD_API_KEY", "password", "passwd", "pwd", "token", "access_token"],
  ...["refreshToken", "auth_token", "secret", "secret_key", "clientSecret", "AWS_SECRET_ACCESS_KEY", "private_key"],
  ...["x-api-key", "signature", "HF_TOKEN", "DB_PASSWORD", "passphrase"]
)
/** Around it, anything that is no secret itself. */
const prose = FastCheck.constantFrom("", "GET /x 401 ", "request failed: ", "{\"n\":1} ", "at /a/b.ts:3:4\n", "— ")

interface Case {
  readonly secret: string
  readonly text: string
}

const contexts: ReadonlyArray<FastCheck.Arbitrary<Case>> = [
  FastCheck.record({ secret: unquoted, name }).map(({ name, secret }) => ({ secret, text: `${name}=${secret}` })),
  FastCheck.record({ secret: unquoted, name }).map(({ name, secret }) => ({ secret, text: `${name}: ${secret} x` })),
  FastCheck.record({ secret: unquoted }).map(({ secret }) => ({ secret, text: `Bearer ${secret} x` })),
  FastCheck.record({ secret: unquoted }).map(({ secret }) => ({ secret, text: `authorization: bearer ${secret}` })),
  FastCheck.record({ secret: printable, name }).map(({ name, secret }) => ({
    secret: JSON.stringify(secret).slice(1, -1),
    text: JSON.stringify({ a: 1, [name]: secret, b: [2] })
  })),
  FastCheck.record({ secret: printable, name }).map(({ name, secret }) => ({
    secret: JSON.stringify(secret).slice(1, -1),
    text: JSON.stringify({ a: 1, [name]: secret }, undefined, 2)
  })),
  FastCheck.record({ secret: token, name }).map(({ name, secret }) => ({
    secret,
    text: JSON.stringify({ body: JSON.stringify({ inner: { [name]: secret } }) })
  })),
  FastCheck.record({ secret: token, name }).map(({ name, secret }) => ({
    secret,
    text: JSON.stringify(JSON.stringify({ body: JSON.stringify({ inner: { [name]: secret, b: 1 } }) }))
  })),
  FastCheck.record({ secret: urlSafe, name }).map(({ name, secret }) => ({
    secret,
    text: `https://x.test/p?a=1&${name}=${secret}&b=2`
  })),
  FastCheck.record({ secret: urlSafe, name }).map(({ name, secret }) => ({
    secret,
    text: `tool --${name.replaceAll("_", "-")} ${secret} --yes`
  })),
  FastCheck.record({ secret: urlSafe, name }).map(({ name, secret }) => ({
    secret,
    text: `{ '${name}': '${secret}' }`
  })),
  FastCheck.record({ secret: token, prefix: FastCheck.constantFrom("rpa_", "rps_", "sk-", "key_", "api_") }).map(
    ({ prefix, secret }) => ({ secret, text: `used ${prefix}${secret}, sorry` })
  ),
  FastCheck.record({ secret: token }).map(({ secret }) => ({ secret, text: `https://ada:${secret}@x.test/p` }))
]

describe("any secret", () => {
  it("is gone from each context that tells that it is one", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(...contexts), prose, prose, ({ secret, text: middle }, before, after) => {
        const result = text(`${before}${middle}\n${after}`)
        expect(result).not.toContain(secret)
        // nor is a part of it left that would be of use
        for (let at = 0; at + 8 <= secret.length; at += 4) {
          const part = secret.slice(at, at + 8)
          if (!gone.includes(part) && !`${before}${after}`.includes(part)) expect(result).not.toContain(part)
        }
        expect(result).toContain(gone)
        // what is around it is still there, where nothing of it can be a part of the secret
        expect(result.startsWith(before)).toBe(true)
      }),
      cases(3000)
    )
  })

  it("that is known is gone wherever it stands, encoded or not", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ minLength: 4 }), FastCheck.string(), FastCheck.string(), (secret, a, b) => {
        const known = Redaction.make({ known: [Redacted.make(secret)] })
        const forms = [
          secret,
          JSON.stringify({ x: secret }),
          encodeURIComponent(secret),
          Buffer.from(secret).toString("base64")
        ]
        for (const form of forms) {
          const result = known.text(`${a}${form}${b}`)
          if (!gone.includes(secret) && !`${a}${gone}${b}`.includes(secret)) expect(result).not.toContain(secret)
          expect(result).toContain(gone)
        }
      }),
      cases(500)
    )
  })

  it("that is known is gone whole where another one is a part of it; a word is no secret", () => {
    const known = Redaction.make({ known: ["hunter2", "hunter2-and-more", "abc", ""].map((s) => Redacted.make(s)) })
    expect(known.text("hunter2-and-more hunter2 abc")).toBe(`${gone} ${gone} abc`)
  })
})

describe("redaction", () => {
  it("never throws, is the same each time, and changes nothing more the second time", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.oneof(FastCheck.string({ unit: "binary" }), FastCheck.oneof(...contexts).map((one) => one.text)),
        (any) => {
          const once = text(any)
          expect(text(any)).toBe(once)
          expect(text(once)).toBe(once)
        }
      ),
      cases(2000)
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.anything({
          withNullPrototype: true,
          withMap: true,
          withSet: true,
          withBigInt: true,
          withDate: true,
          withTypedArray: true,
          withSparseArray: true
        }),
        (any) => {
          const copy = value(any)
          JSON.stringify(copy)
        }
      ),
      cases(500)
    )
  })
})

describe("a value", () => {
  it("loses what its names say to be secret, at any depth, and secrets in its texts", () => {
    const secret = "s3cr3t-value"
    const copy = value({
      a: 1,
      apiKey: secret,
      headers: { Authorization: [secret], accept: "*" },
      list: [{ password: { nested: secret } }, `token=${secret}`],
      raw: ["X-Api-Key", secret, "Accept", "*"],
      env: [{ name: "HF_TOKEN", value: secret }, { key: "PORT", value: "80" }],
      map: new Map<string, unknown>([["access_token", secret], ["n", 1]]),
      set: new Set([`Bearer ${secret}`]),
      redacted: Redacted.make(secret),
      some: Option.some(`password=${secret}`),
      bytes: Buffer.from(secret),
      at: new Date(0),
      url: new URL(`https://x.test/?token=${secret}`),
      big: 2n,
      max_tokens: 5
    })
    expect(copy).toEqual({
      a: 1,
      apiKey: gone,
      headers: { Authorization: gone, accept: "*" },
      list: [{ password: gone }, `token=${gone}`],
      raw: ["X-Api-Key", gone, "Accept", "*"],
      env: [{ name: "HF_TOKEN", value: gone }, { key: "PORT", value: "80" }],
      map: { access_token: gone, n: 1 },
      set: [`Bearer ${gone}`],
      redacted: "<redacted>",
      some: { _id: "Option", _tag: "Some", value: `password=${gone}` },
      bytes: "<12 bytes>",
      at: "1970-01-01T00:00:00.000Z",
      url: `https://x.test/?token=${gone}`,
      big: "2",
      max_tokens: 5
    })
  })

  it("of any make is copied without harm", () => {
    const circular: Record<string, unknown> = { n: 1 }
    circular["self"] = circular
    expect(value(circular)).toEqual({ n: 1, self: "<circular>" })
    const hostile = {
      get boom(): string {
        throw new Error("token=abc")
      }
    }
    expect(value({ hostile, n: 1 })).toEqual({ hostile: gone, n: 1 })
    const proxy = new Proxy({}, {
      get: () => {
        throw new Error("no")
      },
      ownKeys: () => {
        throw new Error("no")
      },
      getPrototypeOf: () => {
        throw new Error("no")
      }
    })
    expect(value(proxy)).toBe(gone)
    expect(value({ toJSON: () => ({ token: "abc" }) })).toEqual({ token: gone })
    expect(value(JSON.parse(`{"__proto__":{"token":"abc"}}`))).toEqual(JSON.parse(`{"__proto__":{"token":"${gone}"}}`))
    let deep: unknown = "password=abc"
    for (let n = 0; n < 10_000; n++) deep = { deep }
    expect(JSON.stringify(value(deep))).not.toContain("abc")
    expect(value(Array.from({ length: 20_000 }, () => ({})))).toHaveLength(20_000)
  })

  it("that is an error stays one, with its name, its stack, its fields and its cause", () => {
    const error = new TransportFailed({
      request: "GET https://x.test/?token=abcdefgh",
      code: "ECONNRESET",
      cause: new Error("password=abcdefgh", { cause: { apiKey: "abcdefgh" } })
    })
    const copy = value(error)
    assert.instanceOf(copy, Error)
    expect(copy.name).toBe("TransportFailed")
    expect(copy.message).toBe(`GET https://x.test/?token=${gone} failed (ECONNRESET).`)
    expect(copy).toMatchObject({ code: "ECONNRESET", request: `GET https://x.test/?token=${gone}` })
    expect((copy.cause as Error).message).toBe(`password=${gone}`)
    expect((copy.cause as Error).cause).toEqual({ apiKey: gone })
    expect(copy.stack).toContain("TransportFailed")
    expect(copy.stack).not.toContain("abcdefgh")
    const many = value(new AggregateError([new Error("token=abcdefgh")], "all failed"))
    expect(((many as AggregateError).errors[0] as Error).message).toBe(`token=${gone}`)
  })
})

describe("a cause", () => {
  it("keeps its shape and loses its secrets", () => {
    const secret = "abcdefgh"
    const original = Cause.parallel(
      Cause.sequential(Cause.fail(`token=${secret}`), Cause.die(new Error(`Bearer ${secret}`))),
      Cause.interrupt(FiberId.none)
    )
    const copy = cause(original)
    expect(Array.from(Cause.failures(copy))).toEqual([`token=${gone}`])
    expect(Chunk.toReadonlyArray(Cause.defects(copy)).map((defect) => (defect as Error).message)).toEqual([
      `Bearer ${gone}`
    ])
    expect(Cause.isInterrupted(copy)).toBe(true)
    expect(Cause.pretty(copy, { renderErrorCause: true })).not.toContain(secret)
  })
})

describe("a logger", () => {
  it("gets nothing secret: in messages, annotations or causes", () => {
    const seen: Array<Logger.Logger.Options<unknown>> = []
    const logger = Redaction.make({ known: [Redacted.make("known-value")] }).logger(
      Logger.make<unknown, void>((options) => void seen.push(options))
    )
    logger.log({
      ...({} as Logger.Logger.Options<unknown>),
      message: ["token=abcdefgh", { apiKey: "abcdefgh" }, "known-value"],
      cause: Cause.die(new Error("password: abcdefgh")),
      annotations: HashMap.make(["authorization", "abcdefgh"], ["url", "https://x.test/?token=abcdefgh"])
    })
    const [options] = seen
    assert(options !== undefined)
    expect(options.message).toEqual([`token=${gone}`, { apiKey: gone }, gone])
    expect(Cause.pretty(options.cause)).toContain(`password: ${gone}`)
    expect(Object.fromEntries(options.annotations)).toEqual({
      authorization: gone,
      url: `https://x.test/?token=${gone}`
    })
  })
})
