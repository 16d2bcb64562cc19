/**
 * `effect-flash/opentelemetry`: sends traces, metrics and logs to an OpenTelemetry collector, over OTLP and HTTP.
 *
 * A trace spans caller, platform, worker and nested calls: a call carries its trace to the worker, and a worker sends its
 * spans to the same collector where its environment names one.
 *
 * | variable                      | meaning                                                                           |
 * | ----------------------------- | --------------------------------------------------------------------------------- |
 * | `OTEL_EXPORTER_OTLP_ENDPOINT` | base URL of the collector, as `http://localhost:4318`; without it nothing is sent |
 * | `OTEL_EXPORTER_OTLP_HEADERS`  | headers, as `authorization=Bearer%20x,tenant=y`                                   |
 * | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/json` (default) or `http/protobuf`                                          |
 * | `OTEL_SERVICE_NAME`           | name of the service; default `effect-flash`                                       |
 * | `OTEL_RESOURCE_ATTRIBUTES`    | more attributes of the service, as `deployment.environment=test`                  |
 * | `OTEL_SDK_DISABLED`           | `true` sends nothing                                                              |
 *
 * It needs `@effect/opentelemetry`, which is installed beside this package: `npm install @effect/opentelemetry@0.64`.
 *
 * @since 0.1.0
 */
import * as OtlpLogger from "@effect/opentelemetry/OtlpLogger"
import * as OtlpMetrics from "@effect/opentelemetry/OtlpMetrics"
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Variables from "../reliability/Variables.ts"
import * as Redaction from "./Redaction.ts"
import { isSecretName } from "./SecretPatterns.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Base URL of the collector; `/v1/traces`, `/v1/metrics` and `/v1/logs` are put behind it. */
  readonly endpoint: string
  readonly headers?: Readonly<Record<string, Redacted.Redacted>>
  /** Default `http/json`. */
  readonly protocol?: "http/json" | "http/protobuf"
  /** Default `effect-flash`. */
  readonly serviceName?: string
  readonly serviceVersion?: string
  readonly attributes?: Readonly<Record<string, string>>
  /** How long spans and logs are gathered before they are sent. Default 5 seconds. */
  readonly interval?: Duration.DurationInput
  /** How long the end of the layer may take to send what is left. Default 3 seconds. */
  readonly shutdownTimeout?: Duration.DurationInput
  /** Secrets that are known. */
  readonly known?: ReadonlyArray<Redacted.Redacted>
}

/**
 * Sends traces, metrics and logs, without secrets. A collector that is not there costs the program nothing.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<never> => {
  const base = options.endpoint.replace(/\/+$/, "")
  const common = {
    headers: Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name, Redacted.value(value)])
    ),
    resource: {
      serviceName: options.serviceName ?? "effect-flash",
      serviceVersion: options.serviceVersion,
      attributes: { ...options.attributes }
    },
    exportInterval: options.interval,
    shutdownTimeout: options.shutdownTimeout
  }
  const known = [...options.known ?? [], ...Object.values(options.headers ?? {})]
  // one after the other: layers that are merged do not put back what they changed
  return OtlpTracer.layer({ ...common, url: `${base}/v1/traces` }).pipe(
    Layer.provideMerge(OtlpMetrics.layer({ ...common, url: `${base}/v1/metrics` })),
    Layer.provideMerge(OtlpLogger.layer({ ...common, url: `${base}/v1/logs` })),
    Layer.provide(serialization(options.protocol ?? "http/json", Redaction.make({ known }))),
    Layer.provide(FetchHttpClient.layer)
  )
}

/**
 * As the environment says; nothing where it names no collector. What is given here goes before the environment. Fails
 * with a `ConfigError` that names the variable that means nothing.
 *
 * @example
 * import { CpuLiveServerless, Flash, remote } from "effect-flash"
 * import * as OpenTelemetry from "effect-flash/opentelemetry"
 * import { Effect } from "effect"
 *
 * const cpu = CpuLiveServerless.make("pi")
 * export const pi = remote("pi", { resource: cpu }, () => Effect.void)
 *
 * pi().pipe(Effect.withSpan("main"), Effect.provide(OpenTelemetry.layer()), Flash.runMain)
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Partial<Options> = {}): Layer.Layer<never, ConfigError> =>
  Layer.unwrapEffect(Effect.gen(function*() {
    const env = yield* variables
    const endpoint = options.endpoint ?? Option.getOrUndefined(env.endpoint)
    if (endpoint === undefined || endpoint === "" || env.isDisabled) return Layer.empty
    return layerWith({
      headers: env.headers,
      protocol: env.protocol,
      ...(Option.isSome(env.serviceName) ? { serviceName: env.serviceName.value } : {}),
      ...options,
      endpoint,
      known: [...options.known ?? [], ...[env.apiKey, env.workerKey].flatMap(Option.toArray)]
    })
  }))

const headersOf = (text: string): Readonly<Record<string, Redacted.Redacted>> =>
  Object.fromEntries(
    text.split(",").filter((part) => part.trim() !== "").map((part) => {
      const at = part.indexOf("=")
      // not what it is: it may be a secret
      if (at < 1) throw new Error("Expected headers as name=value, separated by commas")
      return [part.slice(0, at).trim(), Redacted.make(decodeURIComponent(part.slice(at + 1).trim()))]
    })
  )

const variables = Config.all({
  endpoint: Config.option(
    Config.string("OTEL_EXPORTER_OTLP_ENDPOINT").pipe(
      Config.validate({ message: "Expected a URL of http or https", validation: (url) => url === "" || isUrl(url) })
    )
  ),
  headers: Config.mapAttempt(Config.string("OTEL_EXPORTER_OTLP_HEADERS"), headersOf).pipe(Config.withDefault({})),
  protocol: Config.withDefault(
    Config.literal("http/json", "http/protobuf")("OTEL_EXPORTER_OTLP_PROTOCOL"),
    "http/json" as const
  ),
  serviceName: Config.option(Config.string("OTEL_SERVICE_NAME")),
  isDisabled: Variables.flag("OTEL_SDK_DISABLED", false),
  apiKey: Config.option(Config.redacted("RUNPOD_API_KEY")),
  workerKey: Config.option(Config.redacted("RUNPOD_AI_API_KEY"))
})

const isUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/** The last place where everything that is sent can be seen. */
const serialization = (
  protocol: "http/json" | "http/protobuf",
  redaction: Redaction.Redaction
): Layer.Layer<OtlpSerialization.OtlpSerialization> =>
  Layer.map(
    protocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf,
    (context) => {
      const { logs, metrics, traces } = Context.get(context, OtlpSerialization.OtlpSerialization)
      const without = (data: unknown) => withoutSecrets(data, redaction)
      return Context.make(OtlpSerialization.OtlpSerialization, {
        logs: (data) => logs(without(data)),
        metrics: (data) => metrics(without(data)),
        traces: (data) => traces(without(data))
      })
    }
  )

/** The same data with other texts: what a collector expects must keep its form, so that nothing is left out. */
const withoutSecrets = (data: unknown, redaction: Redaction.Redaction): unknown => {
  if (typeof data === "string") return redaction.text(data)
  if (typeof data !== "object" || data === null || ArrayBuffer.isView(data)) return data
  if (Array.isArray(data)) return data.map((item) => withoutSecrets(item, redaction))
  const isSecret = "key" in data && typeof data.key === "string" && isSecretName(data.key)
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      isSecret && name === "value" ? { stringValue: Redaction.placeholder } : withoutSecrets(value, redaction)
    ])
  )
}
