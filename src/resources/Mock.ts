/**
 * Stand-ins for endpoints: handlers and results pass through the functions' schemas, so that a mock cannot answer what
 * a worker could not.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { EndpointService } from "../Endpoint.ts"
import * as InProcessJobs from "../InProcessJobs.ts"
import * as Procedure from "../Procedure.ts"
import { payloadOf } from "../protocol/MethodCall.ts"
import { FunctionNotFound, InvalidPayload, InvalidResponse } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"

type Handler = (payload: never) => Effect.Effect<unknown, unknown> | Stream.Stream<unknown, unknown>

/**
 * An endpoint of handlers by function name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  name: string,
  handlers: Readonly<Record<string, Handler | undefined>>,
  scope: Scope.Scope
): EndpointService => {
  const jobs = InProcessJobs.make(name, scope)

  /** What the handler returns for a payload that went through its schema. */
  const handle = (
    procedure: Procedure.Procedure,
    payload: unknown
  ): Effect.Effect<ReturnType<Handler>, RemoteError> => {
    const handler = handlers[procedure._tag]
    if (handler === undefined) {
      return Effect.fail(
        new FunctionNotFound({
          function: procedure._tag,
          module: `layerMock of "${name}"`,
          known: Object.keys(handlers)
        })
      )
    }
    return Procedure.payloadEncoder(procedure)(payloadOf(payload)).pipe(
      Effect.flatMap((encoded) =>
        Effect.mapError(Schema.decode(Procedure.payloadSchema(procedure))(encoded), ({ message }) => message)
      ),
      Effect.mapError((issue) => new InvalidPayload({ function: procedure._tag, issue })),
      Effect.map((decoded) => handler(decoded as never))
    )
  }

  const through = <A>(procedure: Procedure.Procedure, schema: Schema.Schema<A, unknown>) => (value: A) =>
    Schema.encode(schema)(value).pipe(
      Effect.flatMap(Schema.decode(schema)),
      Effect.mapError((error) => new InvalidResponse({ function: procedure._tag, issue: error.message }))
    )

  const run = (
    procedure: Procedure.Procedure,
    returned: Effect.Effect<unknown, unknown>
  ): Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError> =>
    Effect.flatMap(Effect.exit(returned), through(procedure, Procedure.exitSchema(procedure)))

  const stream = (procedure: Procedure.Procedure, payload: unknown): Stream.Stream<unknown, unknown> =>
    Stream.unwrap(Effect.map(handle(procedure, payload), (returned) => {
      // a handler of such a function returns a stream: its type says so
      const values = returned as Stream.Stream<unknown, unknown>
      return values.pipe(
        Stream.catchAllCause((cause) => Stream.fromEffect(Effect.flatten(run(procedure, Effect.failCause(cause))))),
        Stream.mapEffect(through(procedure, Procedure.successSchema(procedure)))
      )
    }))

  const execute = (procedure: Procedure.Procedure, payload: unknown) =>
    Effect.flatMap(handle(procedure, payload), (returned) =>
      // and one of any other function returns an effect
      run(procedure, returned as Effect.Effect<unknown, unknown>))

  return {
    name,
    execute: (procedure, payload) => Effect.flatten(execute(procedure, payload)),
    stream,
    jobs: {
      submit: (procedure, payload) => {
        const isStream = Procedure.isStream(procedure)
        return jobs.submit({
          isStream,
          run: (report) =>
            isStream
              ? Effect.exit(Stream.runForEachChunk(stream(procedure, payload), (chunk) => report.emit([...chunk])))
              : execute(procedure, payload)
        })
      },
      attach: (_, jobId) => jobs.attach(jobId)
    }
  }
}
