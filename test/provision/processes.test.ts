/** First calls of one endpoint by several processes at once, which share a project's folder. */
import { expect, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { mkdtempSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Http from "./http.ts"
import * as Lane from "./lane.ts"

const program = fileURLToPath(new URL("./fixtures/calls.ts", import.meta.url))
const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href

it.scopedLive(
  "fifty first calls from three processes provision one endpoint, and all are answered",
  () =>
    Effect.gen(function*() {
      const cwd = mkdtempSync(join(tmpdir(), "effect-flash-test-"))
      const platform = yield* Lane.platform
      // as good as never: it counts
      platform.faults.add([{ method: "POST", path: "/v2/serverless", skip: 1000 }, {
        method: "DELETE",
        path: "/v2/serverless/*",
        skip: 1000
      }])
      const children = yield* Effect.forEach([[0, 17], [17, 17], [34, 16]], (numbers) =>
        Lane.spawn(program, numbers.map(String), {
          node: ["--import", loader, "--conditions=effect-flash-source"],
          cwd,
          env: {
            FLASH_TARGET: "live",
            RUNPOD_API_KEY: Redacted.value(platform.apiKey),
            RUNPOD_API_BASE_URL: platform.url,
            RUNPOD_ENDPOINT_BASE_URL: `${platform.url}/v2`
          }
        }))
      yield* Effect.forEach(children, (child) =>
        child.line((line) =>
          line === "ready"
        ), { concurrency: "unbounded" })
      yield* Effect.forEach(children, (child) => child.write("go\n"))
      const squares = yield* Effect.forEach(
        children,
        (child) =>
          Effect.map(child.line((line) => line.startsWith("squares ")), (line): ReadonlyArray<number> =>
            JSON.parse(line.slice("squares ".length))),
        { concurrency: "unbounded" }
      )
      expect(squares.flat()).toEqual(Array.from({ length: 50 }, (_, n) =>
        n * n))
      expect(yield* Effect.forEach(children, (child) => child.ended)).toEqual([0, 0, 0])

      expect(platform.faults.list().map(({ method, skip }) => `${method} ${skip}`)).toEqual(["POST 999", "DELETE 1000"])
      const { endpoints, forgotten, records } = yield* Http.holdings({
        platform,
        app: "live",
        env: "live",
        directory: join(cwd, ".flash", "state")
      })
      expect(endpoints).toEqual(["live-shared"])
      expect(forgotten).toEqual([])
      expect(records).toMatchObject([{ name: "shared", status: "ready" }])
      // no lock is left
      expect(readdirSync(join(cwd, ".flash", "state", "live"))).toEqual(["live.json"])
    }),
  60_000
)
