import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Layer, Logger, Metric, Redacted, Tracer } from "effect"
import { Flash } from "effect-flash"
import * as OpenTelemetry from "effect-flash/opentelemetry"
import { execFile } from "node:child_process"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"
import { promisify } from "node:util"
import * as PlatformSpans from "../../src/observability/PlatformSpans.ts"
import * as Collector from "./collector.ts"
import type { Span } from "./collector.ts"
import { outer } from "./fixtures/traced.ts"

const environment = (variables: Readonly<Record<string, string>>, options: Partial<OpenTelemetry.Options> = {}) =>
  Layer.provide(
    OpenTelemetry.layer(options),
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))
  )

const one = (spans: ReadonlyArray<Span>, name: string): Span => {
  const found = spans.filter((span) => span.name === name)
  assert(found.length === 1 && found[0] !== undefined, `${found.length} spans are named ${name}`)
  return found[0]
}

/** Each of the names is the child of the one before. */
const expectChain = (spans: ReadonlyArray<Span>, names: ReadonlyArray<string>) => {
  names.slice(1).forEach((name, index) => {
    expect(one(spans, name).parentSpanId, name).toBe(one(spans, names[index] ?? "").spanId)
  })
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
}

const chain = ["main", "Flash.outer", "RpcServer.outer", "Flash.inner", "RpcServer.inner", "work"]

describe("a trace", () => {
  it.scopedLive("spans a call and the calls of its handler, in this process", () =>
    Effect.gen(function*() {
      const { spans, url } = yield* Collector.start
      yield* outer().pipe(
        Flash.provide,
        Effect.withSpan("main"),
        Effect.provide(Layer.merge(Flash.layerInline, environment({ OTEL_EXPORTER_OTLP_ENDPOINT: url })))
      )
      // all of it is there when the layer has ended
      expectChain(spans(), chain)
    }))

  it.scopedLive(
    "spans caller, platform, worker and the calls of its handler, each from its own process",
    () =>
      Effect.gen(function*() {
        const { having, posted, url } = yield* Collector.start
        const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
        const program = fileURLToPath(new URL("fixtures/traced.ts", import.meta.url))
        const { stdout } = yield* Effect.promise(() =>
          promisify(execFile)(process.execPath, ["--import", loader, "--conditions=effect-flash-source", program], {
            env: {
              PATH: process.env["PATH"],
              FLASH_TARGET: "local",
              OTEL_EXPORTER_OTLP_ENDPOINT: url,
              OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=ada"
            }
          })
        )
        const spans = yield* having(...chain, "runpod.execution")
        expectChain(spans, chain)
        const services = new Map(spans.map(({ name, service }) => [name, service]))
        expect(chain.map((name) => services.get(name))).toEqual([
          "caller",
          "caller",
          "traced",
          "traced",
          "traced",
          "traced"
        ])
        // what the platform tells stands beside the worker's own spans
        for (const name of ["runpod.queue", "runpod.execution"]) {
          const span = one(spans, name)
          expect(span.parentSpanId).toBe(one(spans, "Flash.outer").spanId)
          expect(span.attributes).toMatchObject({ "runpod.endpoint": "traced", "runpod.job.status": "COMPLETED" })
        }
        // and nothing that is sent has a secret in it
        expect(one(spans, "work").attributes).toEqual({
          api_key: "***REDACTED***",
          url: "https://x.test/?token=***REDACTED***"
        })
        expect(posted.map(({ body }) => body).join("")).not.toContain("abcdefgh")
        expect(posted.every(({ headers }) => headers["x-tenant"] === "ada")).toBe(true)
        const logs = posted.filter(({ path }) => path === "/v1/logs").map(({ body }) => body).join("")
        expect(logs).toContain("token=***REDACTED***")
        const metrics = posted.filter(({ path }) => path === "/v1/metrics").map(({ body }) => body).join("")
        expect(metrics).toContain("endpoint_latency")
        expect(stdout).toMatch(/worker/)
      }),
    60_000
  )

  it.effect("has the platform's times of a job, and without a span or a time no span", () =>
    Effect.gen(function*() {
      const ended: Array<Tracer.Span> = []
      const spy = Effect.map(Effect.tracer, (tracer) =>
        Tracer.make({
          ...tracer,
          context: tracer.context.bind(tracer),
          span: (...args) => {
            const span = tracer.span(...args)
            ended.push(span)
            return span
          }
        }))
      const record = (job: Partial<PlatformSpans.EndedJob>) =>
        PlatformSpans.record("hello", { id: "job-1", status: "COMPLETED", ...job })
      const within = (job: Partial<PlatformSpans.EndedJob>) =>
        Effect.flatMap(spy, (tracer) => record(job).pipe(Effect.withSpan("call"), Effect.withTracer(tracer)))
      yield* Effect.flatMap(spy, (tracer) => Effect.withTracer(record({ executionTime: 5 }), tracer))
      expect(ended).toEqual([])
      yield* within({})
      expect(ended.map(({ name }) => name)).toEqual(["call"])
      ended.length = 0
      yield* within({ delayTime: 250, executionTime: 1500, workerId: "w1", retries: 1 })
      const [call, queue, execution] = ended
      assert(call !== undefined && queue?.status._tag === "Ended" && execution?.status._tag === "Ended")
      expect([queue.name, execution.name]).toEqual(["runpod.queue", "runpod.execution"])
      expect(queue.status.endTime - queue.status.startTime).toBe(250_000_000n)
      expect(execution.status.endTime - execution.status.startTime).toBe(1_500_000_000n)
      expect(queue.status.endTime).toBe(execution.status.startTime)
      expect(Object.fromEntries(execution.attributes)).toEqual({
        "runpod.endpoint": "hello",
        "runpod.job.id": "job-1",
        "runpod.job.status": "COMPLETED",
        "runpod.worker.id": "w1",
        "runpod.job.retries": 1
      })
    }))
})

describe("telemetry", () => {
  const work = Effect.withSpan(Effect.void, "work")

  it.scopedLive("is sent nowhere where no collector is named, or where it is switched off", () =>
    Effect.gen(function*() {
      const { posted, url } = yield* Collector.start
      yield* Effect.provide(work, environment({}))
      yield* Effect.provide(work, environment({ OTEL_EXPORTER_OTLP_ENDPOINT: "" }))
      yield* Effect.provide(work, environment({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SDK_DISABLED: "true" }))
      expect(posted).toEqual([])
    }))

  it.scopedLive("says which service it is of, with the headers and in the format of the environment", () =>
    Effect.gen(function*() {
      const { posted, spans, url } = yield* Collector.start
      const headers = { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20a=b, x-tenant = 7," }
      yield* Effect.provide(
        work,
        environment({
          OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/`,
          OTEL_SERVICE_NAME: "mine",
          OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test",
          ...headers
        })
      )
      expect(one(spans(), "work").service).toBe("mine")
      const trace = posted.find(({ path }) => path === "/v1/traces")
      expect(trace?.body).toContain("deployment.environment")
      expect(trace?.headers).toMatchObject({ authorization: "Bearer a=b", "x-tenant": "7" })
      posted.length = 0
      yield* Effect.provide(
        work,
        environment({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" })
      )
      expect(posted.find(({ path }) => path === "/v1/traces")?.headers["content-type"]).toBe("application/x-protobuf")
    }))

  it.scopedLive("has no secret in it: in names, attributes, errors, logs or labels, known or not", () =>
    Effect.gen(function*() {
      const { posted, url } = yield* Collector.start
      const counter = Metric.tagged(Metric.counter("telemetry_test"), "url", "https://x.test/?token=abcdefgh")
      yield* Effect.gen(function*() {
        yield* Metric.increment(counter)
        yield* Effect.logError("Bearer abcdefgh", Cause.die(new Error("password=abcdefgh known-secret")))
        yield* Effect.exit(Effect.withSpan(Effect.die(new Error("api_key: abcdefgh")), "known-secret"))
        yield* Effect.withSpan(Effect.void, "work", {
          attributes: { password: "abcdefgh", list: ["token=abcdefgh"], n: 1 }
        })
      }).pipe(
        Effect.provide(
          Layer.provideMerge(
            OpenTelemetry.layerWith({ endpoint: url, known: [Redacted.make("known-secret")] }),
            Logger.remove(Logger.defaultLogger)
          )
        )
      )
      const all = posted.map(({ body }) => body).join("\n")
      expect(all).not.toMatch(/abcdefgh|known-secret/)
      expect(new Set(posted.map(({ path }) => path))).toEqual(new Set(["/v1/traces", "/v1/logs", "/v1/metrics"]))
      expect(all).toContain("***REDACTED***")
    }))

  it.scopedLive("costs the program nothing where the collector is not there", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Effect.provide(
        Effect.as(work, "done"),
        OpenTelemetry.layerWith({ endpoint: "http://127.0.0.1:1", shutdownTimeout: "100 millis" })
      ))
      expect(exit).toEqual(Exit.succeed("done"))
    }))

  it.effect("wants variables that mean something, and does not say what a header was", () =>
    Effect.gen(function*() {
      for (
        const [name, value] of [
          ["OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"],
          ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector"],
          ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
          ["OTEL_EXPORTER_OTLP_HEADERS", "abcdefgh"],
          ["OTEL_EXPORTER_OTLP_HEADERS", "x=%E0%A4%A"],
          ["OTEL_SDK_DISABLED", "perhaps"]
        ] as const
      ) {
        const exit = yield* Effect.exit(Effect.provide(Effect.void, environment({ [name]: value })))
        assert(Exit.isFailure(exit), `${name}=${value}`)
        expect(Cause.pretty(exit.cause)).toContain(name)
        expect(Cause.pretty(exit.cause)).not.toContain("abcdefgh")
      }
    }))
})

describe("the package", () => {
  it("itself does not need @effect/opentelemetry", async () => {
    const { default: ts } = await import("typescript")
    const root = fileURLToPath(new URL("../../src/index.ts", import.meta.url))
    const program = ts.createProgram([root], {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      allowImportingTsExtensions: true,
      noEmit: true,
      noLib: true,
      skipLibCheck: true
    })
    const files = program.getSourceFiles().map(({ fileName }) => fileName)
    expect(files.some((file) => file.endsWith("src/invoke/Endpoints.ts"))).toBe(true)
    expect(files.filter((file) => file.includes("opentelemetry") || file.endsWith("OpenTelemetry.ts"))).toEqual([])
  }, 60_000)
})
