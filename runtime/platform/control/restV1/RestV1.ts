/**
 * REST v1: what clients spoke before v2. RunPod has retired it; the platform still serves it, or answers as RunPod does.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Reply, Request } from "../../http/HttpServer.ts"
import type { Context } from "../Context.ts"
import type { ControlError } from "../ControlError.ts"
import * as Routes from "../rest/Routes.ts"
import * as account from "./account.ts"
import * as endpoints from "./endpoints.ts"
import * as pods from "./pods.ts"
import * as templates from "./templates.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type Mode = "serve" | "retired"

/**
 * Every route, by its method and its pattern below `/v1`.
 *
 * @since 0.1.0
 * @category routes
 */
export const table = (context: Context): Routes.Table => ({
  ...account.table(context),
  ...endpoints.table(context),
  ...pods.table(context),
  ...templates.table(context)
})

/**
 * v1's error document. `message` is where its own document has it, `error` where it really is.
 *
 * @since 0.1.0
 * @category constructors
 */
export const failure = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  ...Routes.json(status, { error: message, message, status }),
  headers
})

const statusOf = (error: ControlError): number => {
  switch (error._tag) {
    case "NotFound":
      return 404
    case "StoreError":
      return 500
    default:
      return 400
  }
}

/**
 * Answers the account's requests; `path` is what comes behind the version.
 *
 * @since 0.1.0
 * @category routes
 */
export const make = (context: Context, mode: Mode): (
  request: Request,
  path: ReadonlyArray<string>
) => Effect.Effect<Reply> => {
  if (mode === "retired") {
    const gone = failure(410, "REST v1 has been retired. Use REST v2 at https://api.runpod.io/v2.")
    return () => Effect.succeed(gone)
  }
  return Routes.answerer(table(context), {
    refusal: (error) => failure(statusOf(error), error.message),
    otherMethods: (methods) => failure(405, "method not allowed", { allow: methods.join(", ") }),
    nothing: failure(404, "no such route")
  })
}
