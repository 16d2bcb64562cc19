/**
 * REST over the exchange: paths, queries, bodies, and which of them may be repeated.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { OutcomeUnknown, RequestRejected, ValidationFailed } from "../RunpodError.ts"
import type { CreateError, RequestError } from "../RunpodError.ts"
import * as Body from "./Body.ts"
import type { Ask, Exchange } from "./Exchange.ts"
import { isAmbiguous, retrying } from "./Retries.ts"

/** Values of a query; a list is one value with commas, as the API has it. */
export type Query = Readonly<Record<string, string | number | boolean | ReadonlyArray<string> | undefined>>

/**
 * @since 0.1.0
 */
export interface Rest {
  /** What is asked for as it is asked. */
  readonly ask: (options: {
    readonly method: Ask["method"]
    /** What the path is made of: `["serverless", id]`. */
    readonly path: ReadonlyArray<string>
    readonly query?: Query
    /** What the request is about. Default: none. */
    readonly subject?: Ask["subject"]
  }) => Effect.Effect<Ask, ValidationFailed>
  readonly get: <A, I>(
    schema: Schema.Schema<A, I>,
    kind: string
  ) => (path: ReadonlyArray<string>, query?: Query) => Effect.Effect<A, RequestError>
  readonly create: <Req, ReqI, A, I>(
    request: Schema.Schema<Req, ReqI>,
    response: Schema.Schema<A, I>,
    kind: string
  ) => (path: ReadonlyArray<string>, value: Req) => Effect.Effect<A, CreateError>
  readonly update: <Req, ReqI, A, I>(
    request: Schema.Schema<Req, ReqI>,
    response: Schema.Schema<A, I>,
    kind: string
  ) => (path: ReadonlyArray<string>, value: Req) => Effect.Effect<A, RequestError>
  /** A `POST` without a body that does the same when it is done twice. */
  readonly act: <A, I>(
    response: Schema.Schema<A, I>,
    kind: string
  ) => (path: ReadonlyArray<string>) => Effect.Effect<A, RequestError>
  readonly remove: (kind: string) => (path: ReadonlyArray<string>) => Effect.Effect<void, RequestError>
}

const search = (query: Query): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || (Array.isArray(value) && value.length === 0)
      ? []
      : [`${name}=${encodeURIComponent(String(value)).replaceAll("%2C", ",")}`]
  )
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`
}

/** An empty id would ask for the list, and dots for another path. */
const isSegment = (segment: string): boolean => segment.trim() !== "" && !/^\.+$/.test(segment)

/**
 * `["serverless", id, "workers"]` is about the endpoint, `["catalog", "gpus", id]` about the GPU type, and in the job API
 * `[id, "health"]` about the endpoint again.
 */
const subjectIn = (api: Ask["api"]) => (path: ReadonlyArray<string>, kind: string): Pick<Ask, "subject"> => {
  const id = api === "job" ? path[0] : path[0] === "catalog" ? path[2] : path[1]
  return id === undefined ? {} : { subject: { kind, id } }
}

const nameOf = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "name" in value && typeof value.name === "string"
    ? value.name
    : undefined

/**
 * @since 0.1.0
 */
export const make = (exchange: Exchange, api: Ask["api"], baseUrl: string): Rest => {
  const subjectOf = subjectIn(api)

  const ask: Rest["ask"] = ({ method, path, query, subject }) => {
    const url = `${baseUrl}/${path.map(encodeURIComponent).join("/")}${search(query ?? {})}`
    return path.every(isSegment)
      ? Effect.succeed({ method, url, api, ...(subject === undefined ? {} : { subject }) })
      : Effect.fail(
        new ValidationFailed({
          request: `${method} ${baseUrl}/${path[0]}`,
          detail: "it was not sent",
          fields: [{ path: "id", problem: `${JSON.stringify(path.find((part) => !isSegment(part)))} is not an id` }]
        })
      )
  }

  const withBody = <Req, ReqI>(schema: Schema.Schema<Req, ReqI>) => {
    const encode = Body.encode(schema)
    return (target: Ask, value: Req) =>
      Effect.map(
        encode(`${target.method} ${target.url}`, value),
        ({ json, secrets }): Ask => ({ ...target, body: JSON.stringify(json), secrets })
      )
  }

  const reading = <A, I>(schema: Schema.Schema<A, I>) => {
    const decode = Body.decode(schema)
    return (target: Ask) =>
      exchange.send(target).pipe(
        Effect.flatMap((answer) => Effect.flatMap(Body.parse(answer), (json) => decode(answer, json)))
      )
  }

  return {
    ask,
    get: (schema, kind) => {
      const read = reading(schema)
      return (path, query) =>
        Effect.flatMap(
          ask({ method: "GET", path, ...subjectOf(path, kind), ...(query === undefined ? {} : { query }) }),
          (target) => retrying("freely")(read(target))
        )
    },
    create: (request, response, kind) => {
      const write = withBody(request)
      const read = reading(response)
      return Effect.fnUntraced(function*(path, value) {
        const name = nameOf(value)
        const sent = yield* write(yield* ask({ method: "POST", path }), value)
        return yield* retrying("once")(read(sent)).pipe(
          Effect.mapError((cause) => isAmbiguous(cause) ? outcomeUnknown(kind, name, sent, cause) : cause)
        )
      })
    },
    update: (request, response, kind) => {
      const write = withBody(request)
      const read = reading(response)
      return Effect.fnUntraced(function*(path, value) {
        const target = yield* ask({ method: "PATCH", path, ...subjectOf(path, kind) })
        const sent = yield* write(target, value)
        return yield* retrying("freely")(read(sent)).pipe(
          // what was not found may be something that the body names: the thing itself is asked for
          Effect.catchTag("NotFound", (error) =>
            Effect.zipRight(
              retrying("freely")(read({ ...target, method: "GET", secrets: sent.secrets ?? [] })),
              Effect.fail(
                new RequestRejected({ request: `PATCH ${target.url}`, status: 404, detail: error.detail })
              )
            ))
        )
      })
    },
    act: (response, kind) => {
      const read = reading(response)
      return (path) =>
        Effect.flatMap(
          ask({ method: "POST", path, ...subjectOf(path, kind) }),
          (target) => retrying("freely")(read(target))
        )
    },
    remove: (kind) => (path) =>
      Effect.flatMap(
        ask({ method: "DELETE", path, ...subjectOf(path, kind) }),
        (target) => Effect.asVoid(retrying("freely")(exchange.send(target)))
      )
  }
}

/** The thing may be there: made before the connection broke, or made and answered in words that cannot be read. */
const outcomeUnknown = (kind: string, name: string | undefined, { method, url }: Ask, cause: RequestError) =>
  new OutcomeUnknown({ request: `${method} ${url}`, kind, ...(name === undefined ? {} : { name }), cause })
