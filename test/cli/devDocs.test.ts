/** The page at /docs, in a browser: what a person fills in is called, and what comes back is shown. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { chromium } from "playwright-core"
import { serve } from "./devServer.ts"

const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path)
)
if (browser === undefined) {
  console.warn("The page at /docs is not tested: there is no Chromium (Debian: apt install chromium)")
}

const files = {
  "greet.ts": `
    import { Effect, Schema, Stream } from "effect"
    import { CpuLiveServerless, CpuLiveLoadBalancer, remote } from "effect-flash"
    const resource = CpuLiveServerless.make("cpu")
    class Person extends Schema.Class<Person>("Person")({ name: Schema.String, age: Schema.optional(Schema.Int) }) {}
    export const greet = remote("greet", { resource, payload: { person: Person }, success: Schema.String },
      ({ person }) => Effect.succeed("Hello <b>" + person.name + "</b>"))
    const api = CpuLiveLoadBalancer.make("api")
    export const user = remote("user", {
      resource: api, method: "GET", path: "/users/{id}", payload: { id: Schema.NumberFromString, verbose: Schema.Literal("yes", "no") },
      success: Schema.Struct({ id: Schema.Number, verbose: Schema.String })
    }, (payload) => Effect.succeed(payload))`
}

describe.skipIf(browser === undefined)("the page at /docs", () => {
  it.scopedLive("calls functions and shows their results", () =>
    Effect.gen(function*() {
      const { url } = yield* serve(files)
      const chrome = yield* Effect.acquireRelease(
        Effect.promise(() =>
          chromium.launch({
            executablePath: browser ?? "",
            args: [
              "--no-sandbox",
              "--disable-gpu",
              "--disable-quic",
              "--no-first-run",
              "--disable-background-networking",
              "--disable-component-update",
              "--disable-sync"
            ]
          })
        ),
        (chrome) => Effect.promise(() => chrome.close())
      )
      const page = yield* Effect.promise(() => chrome.newPage())
      const complaints: Array<string> = []
      page.on("pageerror", ({ message }) => complaints.push(message))
      page.on("console", (message) => message.type() === "error" ? complaints.push(message.text()) : undefined)
      const asked: Array<string> = []
      page.on("request", (request) => asked.push(new URL(request.url()).origin))
      yield* Effect.promise(async () => {
        await page.goto(`${url}/docs`)
        await page.waitForSelector("body[data-ready]")
        assert.strictEqual(await page.title(), "Flash Dev Server")
        // a queue's function, with the body that the page suggests
        const greet = page.locator("#run_sync_greet")
        await greet.locator("summary").click()
        const body = greet.locator("textarea")
        expect(JSON.parse(await body.inputValue())).toEqual({ input: { person: { name: "string" } } })
        await body.fill(`{"input":{"person":{"name":"Ada"}}}`)
        await greet.getByRole("button", { name: "Send" }).click()
        await greet.locator("strong.ok", { hasText: /^200 in \d+ ms$/ }).waitFor()
        const answer = JSON.parse(await greet.locator("pre.result").innerText())
        expect(answer).toMatchObject({ status: "COMPLETED", output: "Hello <b>Ada</b>" })
        expect(await greet.locator("pre.curl").innerText()).toContain(`curl -X POST '${url}/greet/run_sync'`)
        // what is wrong with a body
        await body.fill(`{"input":{}}`)
        await greet.getByRole("button", { name: "Send" }).click()
        await greet.locator("strong.bad", { hasText: /^422 in/ }).waitFor()
        expect(await greet.locator("pre.result").innerText()).toContain("is missing")
        // a load balancer's route, with a path and a query
        const user = page.locator("#user")
        await user.locator("summary").click()
        await user.locator("input[name=id]").fill("7")
        await user.locator("input[name=verbose]").fill("yes")
        await user.getByRole("button", { name: "Send" }).click()
        await user.locator("strong.ok", { hasText: /^200 in/ }).waitFor()
        expect(JSON.parse(await user.locator("pre.result").innerText())).toEqual({ id: 7, verbose: "yes" })
      })
      // the browser itself tells of an answer of 422
      expect(complaints.filter((text) => !text.includes("422"))).toEqual([])
      expect([...new Set(asked)]).toEqual([url])
    }), 60_000)
})
