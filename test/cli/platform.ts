/** The embedded platform, for commands that a test runs against it. */
import { Effect, Layer, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Variables of a command: the platform's addresses and key, and a home of its own. */
export const environment = Effect.gen(function*() {
  const { apiKey, url } = yield* Platform.Platform
  const home = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-home-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  return {
    HOME: home,
    RUNPOD_API_KEY: Redacted.value(apiKey),
    RUNPOD_API_BASE_URL: url,
    RUNPOD_REST_API_URL: `${url}/v1`,
    RUNPOD_ENDPOINT_BASE_URL: `${url}/v2`,
    RUNPOD_CONSOLE_URL: url
  }
})

export const platform = Platform.layer({ loginApproval: "anyone" }).pipe(Layer.orDie)
