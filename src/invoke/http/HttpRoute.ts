/**
 * How a function of a load-balanced endpoint is called over plain HTTP, made of its route and its schemas. Callers and
 * workers both work by it, so that a typed call and one with curl are the same request.
 *
 * @since 0.1.0
 */
import * as RpcSchema from "@effect/rpc/RpcSchema"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as AST from "effect/SchemaAST"
import * as Endpoint from "../../Endpoint.ts"
import type { Procedure } from "../../Endpoint.ts"
import type * as Codec from "../../protocol/Codec.ts"
import * as Route from "../../protocol/Route.ts"
import { InvalidRoute } from "./InvalidRoute.ts"
import * as PayloadLayout from "./PayloadLayout.ts"
import * as RouteResponse from "./RouteResponse.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpRoute extends Route.Route {
  readonly payload: PayloadLayout.PayloadLayout
  readonly response: RouteResponse.ResponseLayout
}

/**
 * Leaves values as their schemas encode them: a route lays them out itself.
 *
 * @since 0.1.0
 * @category constants
 */
export const codec: Codec.Codec = { encode: (_, value) => value, decode: (_, wire) => wire }

/**
 * The schema of a function's own errors, those in its stream included.
 *
 * @since 0.1.0
 * @category accessors
 */
export const errorAst = ({ errorSchema, successSchema }: Procedure): AST.AST =>
  Option.match(RpcSchema.getStreamSchemas(successSchema.ast), {
    onNone: () => errorSchema.ast,
    onSome: ({ failure }) => failure.ast
  })

/**
 * The route of a function that has one. Fails with what is wrong with it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (procedure: Procedure): Either.Either<HttpRoute, string> => {
  const { route } = procedure[Endpoint.DefinitionId]
  if (route === undefined) return Either.left("it has no method and path")
  const problem = Route.problemOf(route)
  if (problem !== undefined) return Either.left(problem)
  return Either.all({
    method: Either.right(route.method),
    path: Either.right(route.path),
    payload: PayloadLayout.make(route, Endpoint.payloadSchema(procedure).ast),
    response: RouteResponse.make(Endpoint.successSchema(procedure).ast, errorAst(procedure))
  })
}

/**
 * Looks at a declaration: functions of load balancers have a route, others have none. Throws `InvalidRoute`.
 *
 * @since 0.1.0
 * @category guards
 */
export const check = (procedure: Procedure): void => {
  const { resource, route } = procedure[Endpoint.DefinitionId]
  const invalid = (issue: string) => new InvalidRoute({ function: procedure._tag, endpoint: resource.name, issue })
  if (!("port" in resource.config)) {
    if (route !== undefined) throw invalid("it is a queue, which has no routes: leave out method and path")
    return
  }
  if (route === undefined) {
    throw invalid("a function of a load balancer needs a method and a path, as `method: \"GET\", path: \"/hello\"`")
  }
  const made = make(procedure)
  if (Either.isLeft(made)) throw invalid(made.left)
}
