import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { answer, json } from "../ui/Answer.ts"

/** `flash logout`: forgets the key of this machine. */
export const logout = Command.make("logout", { json }, (options) =>
  Effect.gen(function*() {
    const ApiKey = yield* Effect.promise(() => import("../../src/runpod/ApiKey.ts"))
    const file = yield* ApiKey.remove()
    const left = yield* Effect.option(ApiKey.find())
    const origin = left._tag === "Some" ? left.value.origin : undefined
    yield* answer(options, { file, keyLeft: origin ?? null }, () =>
      [
        `No key is kept in ${file} any more.`,
        ...(origin === undefined ? [] : [`A key is still found in ${origin}.`]),
        "The key itself is still good: revoke it at https://console.runpod.io/user/settings."
      ].join("\n"))
  })).pipe(Command.withDescription("Take the API key out of ~/.runpod/config.toml"))
