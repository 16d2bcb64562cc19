/** Jobs side by side in one worker of the embedded platform. */
import { expect, layer } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Logger, Schedule } from "effect"
import { Flash } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Fixtures from "./functions.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-beside-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const appears = (check: () => boolean) =>
  Effect.repeat(Effect.sync(check), { until: Boolean, schedule: Schedule.spaced("5 millis") }).pipe(
    Effect.timeout("15 seconds")
  )

layer(Layer.provideMerge(layerFlashOn, Platform.layer()), { excludeTestServices: true })("beside others", (it) => {
  it.scoped("a job that loops is stopped within its timeout plus one second, and they finish", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const at = (name: string) => join(directory, name)
      const payload = { started: at("others"), go: at("go") }
      // theirs is longer, so that it is the one that loops whose time is over
      const wait = Flash.provide(Fixtures.waits(payload, { policy: { executionTimeout: "30 seconds" } }))
      const others = yield* Effect.forkScoped(Effect.all([wait, wait], { concurrency: "unbounded" }))
      yield* appears(() => existsSync(at("others")) && readFileSync(at("others"), "utf8").split("\n").length > 2)
      const spinning = yield* Effect.forkScoped(Effect.flip(Flash.provide(Fixtures.spin({ started: at("spin") }))))
      yield* appears(() => existsSync(at("spin")))
      const [took, error] = yield* Effect.timed(Fiber.join(spinning))
      expect(error).toMatchObject({ _tag: "JobTimedOut", endpoint: "e2e-three" })
      expect(Duration.toMillis(took)).toBeLessThan(6000)
      writeFileSync(at("go"), "")
      const [first, second] = yield* Fiber.join(others)
      expect(first).toBe(second)
    }))

  it.scoped("three that print by turns have three outputs, each in order", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const names = ["a", "b", "c"]
      const outputs = yield* Effect.forEach(names, (name) => {
        const printed: Array<string> = []
        const logger = Logger.make<unknown, void>(({ message }) => void printed.push(String(message)))
        return Flash.provide(Fixtures.prints({ name, folder: directory, others: names })).pipe(
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
          Effect.as(printed)
        )
      }, { concurrency: "unbounded" })
      expect(outputs).toEqual(names.map((name) => [1, 2, 3, 4].map((turn) => `${name} ${turn}`)))
    }))
})
