/**
 * `/account`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Context } from "../Context.ts"
import { reader } from "./Body.ts"
import { list, matching, object } from "./Fields.ts"
import { json } from "./Routes.ts"
import type { Table } from "./Routes.ts"

const replace = reader(
  object({ keys: list(matching(/^(ssh|ecdsa|sk)-[^\s]+ [^\s]+([ \t][^\n\r]*)?$/)) }),
  "error"
)

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ control }: Context): Table => ({
  "GET /account/ssh-keys": () => Effect.sync(() => json(200, { keys: control.account().sshKeys })),
  "PUT /account/ssh-keys": ({ body }) =>
    Either.gen(function*() {
      const { keys } = yield* replace(body)
      return json(200, { keys: (yield* control.setSshKeys(keys)).sshKeys })
    })
})
