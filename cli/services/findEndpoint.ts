/** Endpoints of the account, by what people call them. */
import * as Effect from "effect/Effect"
import type { Endpoint } from "../../src/runpod/rest/Endpoints.ts"
import type { RequestError } from "../../src/runpod/RunpodError.ts"
import { CliError, ExitCode } from "../CliError.ts"
import type { Clients } from "./Clients.ts"

/**
 * By its id, its name on the platform, or the name of its resource: `hello` is `live-hello`, where that is not the name
 * of another one.
 */
export const findEndpoint = (
  { rest }: Clients,
  wanted: string
): Effect.Effect<Endpoint, CliError | RequestError> =>
  Effect.flatMap(rest.listEndpoints, (endpoints) => {
    const matches = [
      ({ id }: Endpoint) => id === wanted,
      ({ name }: Endpoint) => name === wanted,
      ({ name }: Endpoint) => name === `live-${wanted}`,
      ({ name }: Endpoint) => name.endsWith(`-${wanted}`)
    ]
    for (const match of matches) {
      const [found, ...others] = endpoints.filter(match)
      if (found === undefined) continue
      if (others.length === 0) return Effect.succeed(found)
      return new CliError({
        message: `several endpoints are called ${wanted}: ${
          [found, ...others].map(({ id, name }) => `${name} (${id})`).join(", ")
        }`,
        hint: "say its id",
        exitCode: ExitCode.usage
      })
    }
    return new CliError({
      message: `there is no endpoint ${wanted}`,
      hint: endpoints.length === 0
        ? "the account has none"
        : `the account has ${endpoints.map(({ name }) => name).join(", ")}`,
      exitCode: ExitCode.notFound
    })
  })
