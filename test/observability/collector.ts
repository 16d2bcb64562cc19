/** A collector of OTLP JSON on a free port, which keeps what it is sent. */
import { Effect, Schedule } from "effect"
import { createServer } from "node:http"
import type { IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"

export interface Span {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly attributes: Readonly<Record<string, unknown>>
  /** Milliseconds it took. */
  readonly took: number
  readonly raw: unknown
}

interface KeyValue {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface Traces {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: { readonly attributes: ReadonlyArray<KeyValue> }
    readonly scopeSpans: ReadonlyArray<{
      readonly spans: ReadonlyArray<
        Omit<Span, "attributes" | "took"> & {
          readonly attributes: ReadonlyArray<KeyValue>
          readonly startTimeUnixNano: string
          readonly endTimeUnixNano: string
        }
      >
    }>
  }>
}

export interface Posted {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const record = (attributes: ReadonlyArray<KeyValue>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

const spansOf = ({ body }: Posted): ReadonlyArray<Span> => {
  const { resourceSpans }: Traces = JSON.parse(body)
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: String(record(resource.attributes)["service.name"]),
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        attributes: record(span.attributes),
        took: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
        raw: span
      }))
    )
  )
}

/** As long as the scope is open. */
export const start = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly posted: Array<Posted>; readonly close: () => void }>((resume) => {
    const posted: Array<Posted> = []
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.once("end", () => {
        posted.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() })
        response.writeHead(200, { "content-type": "application/json" }).end("{}")
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      const close = () => {
        server.close()
        server.closeAllConnections()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, posted, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ posted, url }) => {
  const spans = () => posted.filter(({ path }) => path === "/v1/traces").flatMap(spansOf)
  return {
    url,
    posted,
    spans,
    /** Once there is a span of each of the names. */
    having: (...names: ReadonlyArray<string>) =>
      Effect.sync(spans).pipe(
        Effect.repeat({
          until: (spans) => names.every((name) => spans.some((span) => span.name === name)),
          schedule: Schedule.spaced("20 millis")
        }),
        Effect.timeout("15 seconds"),
        Effect.zipRight(Effect.sync(spans))
      )
  }
}))
