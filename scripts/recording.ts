/**
 * Records a session of the built command, from `flash init` to `flash undeploy`, on an embedded platform, and writes it
 * into the README. What is another each time, as ids and times, is made the same, so that a recording that has not
 * changed is the same text.
 *
 *     npm run recording [-- --check]      with it: only says whether the README's is what comes out now
 */
import { Data, Effect, Layer, Redacted, Schedule } from "effect"
import { Platform } from "effect-flash/local"
import { spawn } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { buildChanged, projectRoot } from "./build.mjs"

class RecordingFailed extends Data.TaggedError("RecordingFailed")<{ readonly message: string }> {}

interface Step {
  /** Relative to where the session is. */
  readonly folder: string
  readonly words: ReadonlyArray<string>
  /** Stopped with Ctrl+C once it has shown this. */
  readonly until?: RegExp
}

const app = "my-app"

const steps: ReadonlyArray<Step> = [
  { folder: ".", words: ["init", app] },
  { folder: app, words: ["run", "main.ts"] },
  { folder: app, words: ["deploy", "--yes"] },
  { folder: app, words: ["call", "cpu_worker", `{"name":"Ada"}`] },
  { folder: app, words: ["env", "get", "production"] },
  { folder: app, words: ["logs", "cpu_worker", "--system"], until: /model ready/ },
  { folder: app, words: ["undeploy", "--all", "--app", app, "--env", "production", "--yes"] }
]

const main = join(projectRoot, "dist", "cli", "main.mjs")
const place = join(projectRoot, "node_modules", ".cache", "effect-flash", `recording-${process.pid}`)

/** What a command shows on its terminal, both streams in the order in which they were written. */
const shown = ({ folder, until, words }: Step, env: Readonly<Record<string, string>>) =>
  Effect.async<string, RecordingFailed>((resume) => {
    const child = spawn("sh", ["-c", `exec "$@" 2>&1`, "sh", process.execPath, main, ...words], {
      cwd: join(place, folder),
      env: { PATH: process.env["PATH"] ?? "", TZ: "UTC", ...env },
      stdio: ["ignore", "pipe", "inherit"]
    })
    let text = ""
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      text += more
      if (until?.test(text) === true) child.kill("SIGINT")
    })
    child.once("close", (code) => {
      const expected = until === undefined ? 0 : 130
      resume(
        code === expected
          ? Effect.succeed(until === undefined ? text : `${text}^C\n`)
          : Effect.fail(new RecordingFailed({ message: `flash ${words.join(" ")} ended with ${code}:\n${text}` }))
      )
    })
  })

const quoted = (word: string): string => /^[\w./:-]+$/.test(word) ? word : `'${word}'`

/** Ids, addresses, times and sizes as they could be. */
const normalize = (text: string, { home, url }: { readonly home: string; readonly url: string }): string => {
  const ids = new Map<string, string>()
  const named = (id: string, prefix: string): string => {
    const name = ids.get(id) ?? `${prefix}${String(ids.size + 1).padStart(2, "0")}`
    ids.set(id, name)
    return name
  }
  return text
    .replaceAll(url, "http://127.0.0.1:8000")
    .replaceAll(new URL(url).host, "127.0.0.1:8000")
    .replaceAll(new URL(url).port, "8000")
    .replaceAll(home, "~")
    .replaceAll(
      /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g,
      (time) => time.includes("T") ? "12:00:00" : "today 12:00"
    )
    .replaceAll(/\b(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{14}\b/g, (id) => named(id, "e"))
    .replaceAll(/\b(?=[a-z]*\d)[a-z0-9]{20,}\b/g, (id) => named(id, "b"))
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (id) => named(id, "b"))
    .replaceAll(/\b\d+(\.\d+)? (kB|MB)\b/g, "40.0 kB")
    .replaceAll(/\bv\d+\.\d+\.\d+\b/g, "v22.12.0")
    .replaceAll(/waited [^,]+, ran .+/g, "waited 60 ms, ran 2 ms")
}

/** The session as a text. */
const record = Effect.gen(function*() {
  const { apiKey, url } = yield* Platform.Platform
  const home = join(place, "home")
  mkdirSync(join(place, "node_modules"), { recursive: true })
  mkdirSync(home)
  symlinkSync(projectRoot, join(place, "node_modules", "effect-flash"), "dir")
  const env = {
    HOME: home,
    RUNPOD_API_KEY: Redacted.value(apiKey),
    RUNPOD_API_BASE_URL: url,
    RUNPOD_REST_API_URL: `${url}/v1`,
    RUNPOD_ENDPOINT_BASE_URL: `${url}/v2`
  }
  const parts: Array<string> = []
  for (const step of steps) {
    process.stderr.write(`flash ${step.words.join(" ")}\n`)
    // a worker's log may not be there yet
    const text = yield* step.until === undefined
      ? shown(step, env)
      : shown(step, env).pipe(Effect.retry({ schedule: Schedule.spaced("500 millis"), times: 5 }))
    const where = step.folder === "." ? "$" : `${step.folder}$`
    parts.push(`${where} npx flash ${step.words.map(quoted).join(" ")}\n${text.trimEnd()}\n`)
  }
  return normalize(parts.join("\n"), { home, url })
}).pipe(
  Effect.ensuring(Effect.sync(() => rmSync(place, { recursive: true, force: true })))
)

const file = join(projectRoot, "README.md")
const [start, end] = ["<!-- made by `npm run recording` -->\n\n```console\n", "```\n\n<!-- end of the recording -->"]

/** The recording in the README, and what is around it. */
export const parse = (readme: string): readonly [before: string, recording: string, after: string] => {
  const from = readme.indexOf(start) + start.length
  const to = readme.indexOf(end, from)
  if (from < start.length || to < 0) throw new Error("README.md has no place for a recording")
  return [readme.slice(0, from), readme.slice(from, to), readme.slice(to)]
}

if (process.argv[1] === import.meta.filename) {
  await buildChanged(projectRoot, "install")
  const recording = await Effect.runPromise(record.pipe(Effect.provide(Platform.layer().pipe(Layer.orDie))))
  const [before, old, after] = parse(readFileSync(file, "utf8"))
  if (!process.argv.includes("--check")) writeFileSync(file, `${before}${recording}${after}`)
  else if (old !== recording) {
    console.log(recording)
    console.error("README.md has another recording: run `npm run recording`")
    process.exitCode = 1
  }
}
