/**
 * Keeps pages of the web from calling functions on a developer's machine: whoever opens such a page has not asked for
 * it, and calls on RunPod cost money. Pages of this machine may call.
 */
import type { Reply, Request } from "./Http.ts"
import { json } from "./Http.ts"

const isLoopback = (name: string): boolean =>
  name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || name === "::1" ||
  /^127\.\d+\.\d+\.\d+$/.test(name)

const nameIn = (url: string): string | undefined => URL.canParse(url) ? new URL(url).hostname : undefined

/** Why a request is not taken; `undefined` where it is. `host`: where the server listens. */
export const refusal = ({ headers }: Request, host: string): Reply | undefined => {
  const asked = nameIn(`http://${headers["host"] ?? ""}`)
  // a name of somebody else's that leads here
  if (isLoopback(host) && (asked === undefined || !isLoopback(asked))) {
    return json({ detail: `this server is for ${host}, not for ${headers["host"] ?? "nobody"}` }, 403)
  }
  const origin = headers["origin"]
  if (origin === undefined) return undefined
  const from = nameIn(origin)
  return from !== undefined && (isLoopback(from) || from === asked)
    ? undefined
    : json({ detail: `pages of ${origin} may not call functions here` }, 403)
}

/** Lets a page of this machine read what it is answered. */
export const shared = ({ headers }: Request, reply: Reply): Reply => {
  const origin = headers["origin"]
  return origin === undefined
    ? reply
    : { ...reply, headers: { ...reply.headers, "access-control-allow-origin": origin, vary: "origin" } }
}

/** The question of a browser whether a page may call. */
export const preflight = ({ headers, method }: Request): Reply | undefined =>
  method === "OPTIONS" && headers["access-control-request-method"] !== undefined
    ? {
      status: 204,
      headers: {
        "access-control-allow-methods": headers["access-control-request-method"],
        "access-control-allow-headers": headers["access-control-request-headers"] ?? "content-type",
        "access-control-max-age": "600"
      },
      body: ""
    }
    : undefined
