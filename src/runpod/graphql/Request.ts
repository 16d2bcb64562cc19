/**
 * GraphQL over the exchange: one request for every operation.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Body from "../http/Body.ts"
import * as Exchange from "../http/Exchange.ts"
import { refusal } from "../http/Refusal.ts"
import { isAmbiguous, retrying } from "../http/Retries.ts"
import { NotFound, OutcomeUnknown } from "../RunpodError.ts"
import type { GraphqlError } from "../RunpodError.ts"
import { failure } from "./Failure.ts"
import type { Kind, Subject } from "./Failure.ts"

/**
 * A document, what of its answer counts, and how it is read.
 *
 * @since 0.1.0
 */
export interface Operation<A, I> {
  readonly document: string
  /** Where in `data` the result is: `["myself", "flashApps"]`. */
  readonly path: readonly [string, ...Array<string>]
  readonly schema: Schema.Schema<A, I>
  /** Logging in is done without a key. */
  readonly key?: "none"
}

/**
 * What one request of an operation is made of.
 *
 * @since 0.1.0
 */
export interface Asking {
  readonly variables?: Readonly<Record<string, unknown>>
  /** The things that it names, which may be missing. */
  readonly subjects?: ReadonlyArray<Subject>
  /** What the variables hold that must not be shown. */
  readonly secrets?: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 */
export interface Graphql {
  /** A query, or a mutation that does the same when it is done twice. */
  readonly request: <A, I>(operation: Operation<A, I>) => (asking?: Asking) => Effect.Effect<A, GraphqlError>
  /** A mutation that makes something: sent once. */
  readonly create: <A, I>(
    operation: Operation<A, I>,
    kind: Kind
  ) => (asking: Asking & { readonly name?: string }) => Effect.Effect<A, GraphqlError | OutcomeUnknown>
  /** A deletion: its field is there and `null` where it succeeded. */
  readonly remove: (
    operation: Pick<Operation<unknown, unknown>, "document" | "path">
  ) => (asking: Asking) => Effect.Effect<void, GraphqlError>
}

const isRecord = (u: unknown): u is Record<string, unknown> => typeof u === "object" && u !== null

const nameOf = (document: string): string => /\b(?:query|mutation)\s+(\w+)/.exec(document)?.[1] ?? "anonymous"

const isQuery = (document: string): boolean => /^\s*query\b/.test(document)

/** What an answer says of one operation. */
interface Said {
  readonly answer: Exchange.Exchanged
  readonly failure: GraphqlError | undefined
  /** What stands at the operation's path; `undefined` where nothing does. */
  readonly result: unknown
}

/**
 * @since 0.1.0
 */
export const make = (exchange: Exchange.Exchange, url: string): Graphql => {
  const say = (
    { document, key, path }: Pick<Operation<unknown, unknown>, "document" | "path" | "key">,
    { secrets = [], subjects = [], variables = {} }: Asking
  ): Effect.Effect<Said, GraphqlError> =>
    Effect.gen(function*() {
      const answer = yield* exchange.transfer({
        method: "POST",
        url,
        name: `GraphQL ${nameOf(document)}`,
        api: "GraphQL",
        body: JSON.stringify({ query: document, variables }),
        secrets,
        ...(key === undefined ? {} : { key })
      })
      const isAnswer = Exchange.isGood(answer.status) || answer.status === 400 || answer.status === 422
      if (!isAnswer) return yield* Effect.fail(refusal(answer.asked, answer))
      const parsed = Body.parse(answer)
      // a refusal need not be JSON
      const json = Exchange.isGood(answer.status)
        ? yield* parsed
        : yield* Effect.orElseSucceed(parsed, () => undefined)
      const { data, errors } = isRecord(json) ? json : {}
      const failed = failure(answer, errors, subjects)
      if (failed === undefined && !Exchange.isGood(answer.status)) {
        return yield* Effect.fail(refusal(answer.asked, answer))
      }
      const result = path.reduce<unknown>((at, step) => isRecord(at) ? at[step] : undefined, data)
      return { answer, failure: failed, result }
    })

  const request: Graphql["request"] = (operation) => {
    const decode = Body.decode(operation.schema)
    return (asking = {}) =>
      say(operation, asking).pipe(
        Effect.flatMap(({ answer, failure, result }) => {
          if (failure !== undefined) return Effect.fail(failure)
          const [subject] = asking.subjects ?? []
          if (result === null && subject !== undefined && isQuery(operation.document)) {
            return Effect.fail(new NotFound({ ...subject, detail: "the answer is null" }))
          }
          return result === undefined ? Effect.fail(lacking(answer, operation.path)) : decode(answer, result)
        }),
        retrying("freely")
      )
  }

  return {
    request,
    create: <A, I>(operation: Operation<A, I>, kind: Kind) => {
      const decode = Body.decode(operation.schema)
      const { document, path } = operation
      return (asking) => {
        const unknown = (cause: GraphqlError) =>
          new OutcomeUnknown({
            request: `GraphQL ${nameOf(document)}`,
            kind,
            ...(asking.name === undefined ? {} : { name: asking.name }),
            cause
          })
        return say(operation, asking).pipe(
          Effect.flatMap(({ answer, failure, result }): Effect.Effect<A, GraphqlError | OutcomeUnknown> => {
            // an error beside a result: something was made all the same
            if (failure !== undefined) {
              return Effect.fail(result === undefined || result === null ? failure : unknown(failure))
            }
            return result === undefined ? Effect.fail(lacking(answer, path)) : decode(answer, result)
          }),
          retrying("once"),
          Effect.mapError((error) => error._tag !== "OutcomeUnknown" && isAmbiguous(error) ? unknown(error) : error)
        )
      }
    },
    remove: (operation) => (asking) =>
      say(operation, asking).pipe(
        Effect.flatMap(({ answer, failure, result }) => {
          if (failure !== undefined) return Effect.fail(failure)
          return result === undefined ? Effect.fail(lacking(answer, operation.path)) : Effect.void
        }),
        retrying("freely")
      )
  }
}

const lacking = (answer: Exchange.Exchanged, path: ReadonlyArray<string>) =>
  Body.unreadable(answer, `it has no data.${path.join(".")}`)
