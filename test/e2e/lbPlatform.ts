/** Deployed endpoints of the embedded platform, and requests to them as curl makes them. */
import { Effect, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { request as send } from "node:http"
import type { IncomingHttpHeaders } from "node:http"
import * as LbWorker from "./lbWorker.ts"

/** A deployed endpoint with the functions of `lbFunctions.ts`: its workers run their own code only. */
export const deploy = (name: string, settings: object = {}) =>
  Effect.flatMap(LbWorker.module, (module) =>
    create({
      name,
      type: "LOAD_BALANCER",
      scaling: { type: "REQUEST_COUNT", requestCount: 8 },
      env: ownCode(module, "api"),
      ...settings
    }))

/** The environment of a worker with a module of functions, and no others. */
export const ownCode = (module: string, resource: string) => ({
  FLASH_MODULE: module,
  FLASH_IS_LIVE_PROVISIONING: "false",
  FLASH_RESOURCE_NAME: resource
})

/** An endpoint of one worker, by REST v2; succeeds with its id. */
export const create = (settings: object) =>
  Effect.flatMap(Platform.Platform, ({ apiKey, url }) => {
    const body = {
      image: "me/image",
      cpu: [{ id: "cpu3c", vcpuCount: 2 }],
      workers: { min: 0, max: 1, idleTimeout: 60 },
      ...settings
    }
    return Effect.promise(async () => {
      const response = await fetch(`${url}/v2/serverless`, {
        method: "POST",
        headers: { authorization: `Bearer ${Redacted.value(apiKey)}`, "content-type": "application/json" },
        body: JSON.stringify(body)
      })
      const made = await response.json() as { readonly id: string }
      if (response.status >= 300) throw new Error(JSON.stringify(made))
      return made.id
    })
  })

export interface Ask {
  readonly path: string
  readonly method?: string
  /** `undefined`: the account's. */
  readonly key?: string
  readonly host?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** One request over a connection of its own, as curl makes it. */
export const ask = ({ body, headers, host, key, method = "GET", path }: Ask) =>
  Effect.flatMap(Platform.Platform, ({ apiKey, url }) =>
    Effect.async<Answer, Error>((resume) => {
      const token = key ?? Redacted.value(apiKey)
      const sent = send(`${url}${path}`, {
        method,
        agent: false,
        headers: {
          ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
          ...(host === undefined ? {} : { host }),
          ...headers
        }
      }, (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk) => text += chunk)
          .on(
            "end",
            () => resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, text }))
          )
          .on("error", (error) => resume(Effect.fail(error)))
      })
      sent.on("error", (error) => resume(Effect.fail(error)))
      sent.end(body)
      return Effect.sync(() => sent.destroy())
    }))
