import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { withClients } from "../services/Clients.ts"
import { checkKey } from "../services/KeyCheck.ts"
import { answer, json } from "../ui/Answer.ts"
import { count, good } from "../ui/Text.ts"

/** `flash whoami`: which key counts, where it came from, and whether RunPod takes it. */
export const whoami = Command.make("whoami", { json }, (options) =>
  withClients(({ config }) =>
    Effect.gen(function*() {
      const { origin, value } = yield* config.apiKey
      const endpoints = yield* checkKey(config, value, origin)
      yield* answer(options, { keyOrigin: origin, accepted: true, endpoints, api: config.restBaseUrl }, () =>
        [
          good("RunPod takes the API key."),
          `Key: from ${origin}`,
          `Platform: ${config.restBaseUrl}`,
          `Account: ${count(endpoints, "endpoint")}`
        ].join("\n"))
    })
  )).pipe(Command.withDescription("Show which API key counts and whether RunPod takes it"))
