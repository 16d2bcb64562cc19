/**
 * Every variable of the environment, from which docs/environment.md is made (`npm run generate`).
 */
import { table } from "./markdown.ts"

/** One variable. */
export interface Variable {
  readonly name: string
  /** Absent where nothing is assumed. */
  readonly fallback?: string
  readonly meaning: string
  /** Whether runpod-flash or the platform has it too; `read` is false of what they have and this package has not. */
  readonly origin: "runpod-flash" | "RunPod" | "effect-flash" | "common"
  readonly read?: false
}

interface Section {
  readonly title: string
  readonly variables: ReadonlyArray<Variable>
}

const ours = (name: string, meaning: string, fallback?: string): Variable =>
  variable("effect-flash", name, meaning, fallback)
const flash = (name: string, meaning: string, fallback?: string): Variable =>
  variable("runpod-flash", name, meaning, fallback)
const runpod = (name: string, meaning: string, fallback?: string): Variable =>
  variable("RunPod", name, meaning, fallback)
const common = (name: string, meaning: string, fallback?: string): Variable =>
  variable("common", name, meaning, fallback)

const variable = (origin: Variable["origin"], name: string, meaning: string, fallback?: string): Variable => ({
  name,
  meaning,
  origin,
  ...(fallback === undefined ? {} : { fallback })
})

const unused = (name: string, meaning: string): Variable => ({ ...flash(name, meaning), read: false })

export const sections: ReadonlyArray<Section> = [
  {
    title: "Programs and the command line",
    variables: [
      ours("FLASH_TARGET", "Where calls run: `inline`, `local`, `live`, `deployed` or `worker`", "by what else is set"),
      flash("RUNPOD_API_KEY", "The account's key. In a worker: the key with which it calls other endpoints"),
      flash("RUNPOD_API_BASE_URL", "The control plane; `/graphql` and `/v2` below it", "https://api.runpod.io"),
      ours("RUNPOD_REST_V2_API_URL", "REST v2", "/v2 of RUNPOD_API_BASE_URL"),
      flash("RUNPOD_REST_API_URL", "REST v1", "https://rest.runpod.io/v1"),
      flash("RUNPOD_ENDPOINT_BASE_URL", "The job API", "https://api.runpod.ai/v2"),
      flash("RUNPOD_CONSOLE_URL", "The console, for links", "https://console.runpod.io"),
      flash("CONSOLE_BASE_URL", "An older name of it"),
      flash("RUNPOD_HAPI_URL", "Collected logs of workers", "https://hapi.runpod.net"),
      flash("RUNPOD_URL_MIXED_OK", "`1`: no warning where the addresses are of several installations"),
      flash(
        "FLASH_HOST",
        "Where the dev server listens, and a load balancer's worker",
        "localhost; in a worker 0.0.0.0"
      ),
      flash("FLASH_PORT", "Port of the dev server", "8888"),
      flash("HF_TOKEN", "Token of Hugging Face, which is never written into a log")
    ]
  },
  {
    title: "Deployments without a flash app",
    variables: [
      ours(
        "FLASH_ARTIFACT_STORE",
        "Below this address archives are put and fetched: S3, or any server with `PUT` and `GET`"
      ),
      ours(
        "FLASH_ARTIFACT_PUBLIC_URL",
        "Below this address workers fetch them, unsigned",
        "FLASH_ARTIFACT_STORE, signed"
      ),
      ours("FLASH_ARTIFACT_PUT_URL", "In place of a store: where this deployment's archive is put"),
      ours("FLASH_ARTIFACT_GET_URL", "And where workers fetch it"),
      common("AWS_ACCESS_KEY_ID", "The key that signs addresses of the store; none where there is no key"),
      common("AWS_SECRET_ACCESS_KEY", "Its secret"),
      common("AWS_SESSION_TOKEN", "The token of temporary credentials"),
      common("AWS_REGION", "The store's region", "us-east-1"),
      common("AWS_DEFAULT_REGION", "An older name of it")
    ]
  },
  {
    title: "Images",
    variables: [
      flash("FLASH_IMAGE_TAG", "Tag of RunPod's own worker images", "a stock image"),
      flash("FLASH_GPU_IMAGE", "Image of queues on GPUs"),
      flash("FLASH_CPU_IMAGE", "Image of queues on CPUs"),
      flash("FLASH_LB_IMAGE", "Image of load balancers on GPUs"),
      flash("FLASH_CPU_LB_IMAGE", "Image of load balancers on CPUs"),
      ours("FLASH_HOME", "Where the start command installs Node.js and the worker", "/opt/effect-flash"),
      ours("FLASH_INSTALL_ONLY", "Set: the start command installs and ends, to make an image")
    ]
  },
  {
    title: "Reliability",
    variables: [
      flash("FLASH_RETRY_ENABLED", "Whether calls are repeated", "true"),
      flash("FLASH_RETRY_MAX_ATTEMPTS", "Attempts of a call", "3"),
      flash("FLASH_RETRY_BASE_DELAY", "Seconds before the second attempt", "0.5"),
      flash("FLASH_CIRCUIT_BREAKER_ENABLED", "Whether an endpoint that fails is left alone for a while", "true"),
      flash("FLASH_CB_FAILURE_THRESHOLD", "Failures that open a circuit", "5"),
      flash("FLASH_CB_SUCCESS_THRESHOLD", "Probes that close it", "2"),
      flash("FLASH_CB_TIMEOUT_SECONDS", "Seconds that it is open", "60"),
      flash("FLASH_LOAD_BALANCER_ENABLED", "Whether calls are spread over several endpoints", "false"),
      flash("FLASH_LB_STRATEGY", "How they are spread", "round_robin"),
      flash("FLASH_METRICS_ENABLED", "Whether calls are counted", "true")
    ]
  },
  {
    title: "Logs and traces",
    variables: [
      flash("LOG_LEVEL", "The least level that is logged", "INFO"),
      flash("FLASH_FILE_LOGGING_ENABLED", "Whether there is a log in files", "false"),
      flash("FLASH_LOG_DIR", "Their folder", ".flash/logs"),
      flash("FLASH_LOG_RETENTION_DAYS", "Days that they are kept", "30"),
      common("NO_COLOR", "Set: no colours"),
      common("OTEL_EXPORTER_OTLP_ENDPOINT", "Where spans, logs and metrics are sent"),
      common("OTEL_EXPORTER_OTLP_HEADERS", "Headers of these requests"),
      common("OTEL_EXPORTER_OTLP_PROTOCOL", "Their form"),
      common("OTEL_RESOURCE_ATTRIBUTES", "Attributes of everything that is sent"),
      common("OTEL_SERVICE_NAME", "Name of the service"),
      common("OTEL_SDK_DISABLED", "`true`: nothing is sent")
    ]
  },
  {
    title: "Workers",
    variables: [
      flash("FLASH_RESOURCE_NAME", "Name of the worker's resource"),
      flash("FLASH_IS_LIVE_PROVISIONING", "`true`: code comes with the calls", "false"),
      flash("FLASH_APP", "The app it was deployed with; of a program on the target `deployed`, the app it calls"),
      flash("FLASH_ENV", "The environment it was deployed to, or is called in", "of a program, production"),
      flash("FLASH_ENVIRONMENT_ID", "Its id, by which the endpoints of the app are found"),
      flash("FLASH_ENDPOINT_TYPE", "`lb`: the worker of a load balancer"),
      flash(
        "FLASH_BUILD_ARTIFACT_PATH",
        "The build's archive: a path or a URL",
        "/root/.runpod/artifact.tar.gz"
      ),
      ours("FLASH_BUILD_ARTIFACT_SHA256", "Its sha256; another archive is not run"),
      flash("FLASH_DISABLE_UNPACK", "`1`, `true` or `yes`: no archive is unpacked"),
      flash("FLASH_MANIFEST_PATH", "The manifest, from the root of the archive", "flash_manifest.json"),
      ours("FLASH_MODULE", "A module whose functions the worker serves, in place of an archive"),
      ours("FLASH_MAX_CONCURRENCY", "Jobs at a time", "1"),
      ours("FLASH_STACKS", "`false`: the stack of a defect stays in the worker", "true"),
      ours(
        "FLASH_DEPENDENCY_CACHE",
        "Folder of installed npm packages",
        "on the network volume, or in the user's cache"
      ),
      ours(
        "FLASH_VOLUME_PATH",
        "Where the network volume is; set by the embedded platform, which mounts none",
        "/runpod-volume"
      ),
      ours("FLASH_SYSTEM_DEPENDENCIES", "`look`: apt packages are not installed, only missed", "install"),
      ours("FLASH_CODE_DIRECTORY", "Folder of the code that is run, removed at the end", "a temporary one"),
      ours("FLASH_DEPLOYED_CODE", "Set by the worker for its own threads"),
      ours("FLASH_EXIT_WITH_STDIN", "`true`: the worker ends with its standard input", "false"),
      common("XDG_CACHE_HOME", "The user's cache", "~/.cache"),
      ours(
        "FLASH_GATEWAY_TOKEN",
        "What a load balancer has to know for a worker to answer it; set by the embedded platform"
      ),
      ours("FLASH_MAX_THREADS", "Threads for jobs that run side by side; jobs beyond them share", "4"),
      ours("FLASH_MAX_HEAP_MB", "Megabytes of JavaScript values that a thread may hold", "75 % of the container"),
      ours("FLASH_REFRESH_WORKER", "`true`: another worker after each job", "false"),
      ours("FLASH_TEST_INPUT", "Input of one job to run without a platform, as JSON"),
      runpod("RUNPOD_SKIP_AUTO_SYSTEM_CHECKS", "`true`: no checks of memory, disk and network at the start", "false"),
      runpod("RUNPOD_SKIP_GPU_CHECK", "`true`: no check of the GPUs at the start", "false"),
      runpod("RUNPOD_MIN_MEMORY_GB", "Memory that has to be free", "4"),
      runpod("RUNPOD_MIN_DISK_PERCENT", "Part of the disk that has to be free", "10"),
      runpod("RUNPOD_NETWORK_CHECK_TIMEOUT", "Seconds that the check of the network may take", "5"),
      runpod("RUNPOD_GPU_COUNT", "GPUs that the worker was given", "0"),
      runpod("RUNPOD_GPU_TEST_TIMEOUT", "Seconds that the check of the GPUs may take", "30"),
      runpod("RUNPOD_MIN_CUDA_VERSION", "The oldest CUDA that the driver has to support", "11.8")
    ]
  },
  {
    title: "Set by the platform in its workers",
    variables: [
      runpod("RUNPOD_WEBHOOK_GET_JOB", "Where jobs are taken"),
      runpod("RUNPOD_WEBHOOK_POST_OUTPUT", "Where results go"),
      runpod("RUNPOD_WEBHOOK_POST_STREAM", "Where values of a stream go"),
      runpod("RUNPOD_WEBHOOK_PING", "Where the heartbeat goes"),
      runpod("RUNPOD_PING_INTERVAL", "Milliseconds between two of them", "10000"),
      runpod("RUNPOD_AI_API_KEY", "The key for these addresses; handlers do not see it"),
      runpod("RUNPOD_AI_API_ID", "Id of the endpoint, by an older name"),
      runpod("RUNPOD_ENDPOINT_ID", "Id of the endpoint"),
      runpod("RUNPOD_ENDPOINT_SECRET", "A secret of the endpoint; scripts of packages do not see it"),
      runpod("RUNPOD_POD_ID", "Id of the worker"),
      runpod("RUNPOD_POD_HOSTNAME", "Name of its machine"),
      runpod("RUNPOD_GPU_TYPE_ID", "Its GPU, or `CPU`"),
      runpod("RUNPOD_VOLUME_ID", "Id of its network volume"),
      runpod("RUNPOD_DC_ID", "Its data center"),
      runpod("RUNPOD_INIT_TIMEOUT", "Seconds that it may take to be up before it is unhealthy", "420")
    ]
  },
  {
    title: "Of runpod-flash, without a meaning here",
    variables: [
      unused("FLASH_IS_MOTHERSHIP", "There is no mothership: endpoints find each other by the manifest"),
      unused("FLASH_MOTHERSHIP_ID", "As above"),
      unused("FLASH_IS_TEST_MOTHERSHIP", "As above"),
      unused("FLASH_MAIN_FILE", "As above"),
      unused("FLASH_APP_VARIABLE", "As above"),
      unused("FLASH_MODULE_PATH", "As above"),
      unused("RUNPOD_ENDPOINT_URL", "As above"),
      unused("HF_HUB_ENABLE_HF_TRANSFER", "For Python's libraries")
    ]
  }
]

/** The page, in the form that the formatter wants. */
export const page = (): string =>
  [
    "# Environment variables",
    "",
    "Made from `scripts/environment.ts` by `npm run generate`. The last column says where a name comes from.",
    "",
    ...sections.flatMap(({ title, variables }) => [
      `## ${title}`,
      "",
      ...table([
        ["Variable", "Default", "Meaning", "Of"],
        ...variables.map(({ fallback, meaning, name, origin }) => [
          `\`${name}\``,
          fallback === undefined ? "" : fallback,
          meaning,
          origin === "common" ? "" : origin
        ])
      ]),
      ""
    ])
  ].join("\n")

/** A name in a source that is one of ours, or of the platform's. */
const named = /\b(?:FLASH|RUNPOD|OTEL)_[A-Z0-9_]*[A-Z0-9]\b/g

/** Names in strings that only begin a name. */
const beginnings = new Set(["RUNPOD_SECRET", "FLASH_RETRY", "FLASH_CB"])

/** What the sources and the table do not agree about, in words. */
export const problems = (sources: ReadonlyArray<string>): ReadonlyArray<string> => {
  const known = new Map(sections.flatMap(({ variables }) => variables).map((one) => [one.name, one]))
  const found = new Set(sources.flatMap((text) => text.match(named) ?? []))
  return [
    ...[...found].filter((name) => !known.has(name) && !beginnings.has(name)).map((name) =>
      `${name} is not in the table`
    ),
    ...[...known.values()].filter(({ name, read }) => read !== false && !sources.some((text) => text.includes(name)))
      .map(({ name }) => `${name} is in the table, and read nowhere`)
  ].sort()
}
