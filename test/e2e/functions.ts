/** Remote functions that the end-to-end tests call; workers load this module. */
import { Chunk, Context, Effect, Layer, Schema, Stream } from "effect"
import { CpuLiveServerless, Remote, remote } from "effect-flash"
import { appendFileSync, existsSync, writeFileSync } from "node:fs"

export const cpu = CpuLiveServerless.make("e2e", { workersMax: 2 })
export const wide = CpuLiveServerless.make("e2e-wide", { workersMax: 1, maxConcurrency: 8 })

export class EmptyName extends Schema.TaggedError<EmptyName>()("EmptyName", {}) {}

export const hello = remote(
  "hello",
  {
    resource: cpu,
    payload: { name: Schema.String },
    success: Schema.Struct({ greeting: Schema.String, pid: Schema.Int }),
    error: EmptyName
  },
  ({ name }) =>
    name === "" ? Effect.fail(new EmptyName()) : Effect.succeed({ greeting: `Hello ${name}`, pid: process.pid })
)

export const add = remote("add", {
  resource: cpu,
  payload: { a: Schema.Number, b: Schema.Number },
  success: Schema.Number
}, ({ a, b }) => Effect.succeed(a + b))

export const nothing = remote("nothing", { resource: cpu }, () => Effect.void)

export const rich = remote("rich", {
  resource: cpu,
  payload: {
    at: Schema.DateFromSelf,
    big: Schema.BigIntFromSelf,
    bytes: Schema.Uint8ArrayFromSelf,
    error: Schema.NullOr(Schema.String)
  },
  success: Schema.Struct({
    at: Schema.DateFromSelf,
    big: Schema.BigIntFromSelf,
    bytes: Schema.Uint8ArrayFromSelf,
    error: Schema.NullOr(Schema.String)
  })
}, (payload) => Effect.succeed(payload))

export const echo = remote("echo", {
  resource: cpu,
  payload: { value: Schema.Unknown },
  success: Schema.Unknown
}, ({ value }) => Effect.succeed(value))

export const explode = remote(
  "explode",
  { resource: cpu, payload: { how: Schema.String } },
  ({ how }) =>
    Effect.suspend((): Effect.Effect<void> => {
      throw new TypeError(`boom: ${how}`)
    })
)

/** Marks its start, and its finalizer, in files. */
export const hang = remote("hang", {
  resource: cpu,
  payload: { started: Schema.String, finalized: Schema.String }
}, ({ finalized, started }) =>
  Effect.never.pipe(
    Effect.onInterrupt(() => Effect.sync(() => writeFileSync(finalized, "finalized"))),
    (self) => Effect.zipRight(Effect.sync(() => appendFileSync(started, `${process.pid}\n`)), self)
  ))

/** Kills its process the first time, or every time. */
export const kill = remote("kill", {
  resource: cpu,
  payload: { marker: Schema.String, always: Schema.Boolean },
  success: Schema.String
}, ({ always, marker }) =>
  Effect.sync(() => {
    if (always || !existsSync(marker)) {
      writeFileSync(marker, "killed")
      process.kill(process.pid, "SIGKILL")
    }
    return "second worker"
  }))

/** Blocks its thread. */
export const block = remote("block", {
  resource: cpu,
  payload: { millis: Schema.Number },
  success: Schema.String
}, ({ millis }) =>
  Effect.sync(() => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis)
    return "unblocked"
  }))

/** Has a layer, so that it shares its thread with all others that have one. */
export const blockBesideOthers = remote("blockBesideOthers", {
  resource: wide,
  layer: Layer.empty,
  payload: { started: Schema.String }
}, ({ started }) =>
  Effect.sync(() => {
    writeFileSync(started, "blocking")
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
  }))

export const chatter = remote(
  "chatter",
  { resource: wide, payload: { id: Schema.Int } },
  ({ id }) =>
    Effect.forEach([1, 2, 3], (n) =>
      Effect.zipRight(
        n === 2 ? Effect.logInfo(`job ${id} line ${n}`) : Effect.sync(() => {
          process.stdout.write(`job ${id} line ${n}\n`)
        }),
        Effect.sleep("5 millis")
      ), { discard: true })
)

export class Counter extends Context.Tag("e2e/Counter")<Counter, { readonly next: Effect.Effect<number> }>() {}

export const count = remote("count", {
  resource: wide,
  success: Schema.Int,
  layer: Layer.sync(Counter, () => {
    let n = 0
    return { next: Effect.sync(() => ++n) }
  })
}, () => Effect.flatMap(Counter, ({ next }) => next))

export const exit = remote("exit", { resource: cpu }, () =>
  Effect.sync((): void => {
    process.exit(7)
  }))

/** Calls another function of its own endpoint. */
export const twice = remote("twice", {
  resource: cpu,
  payload: { a: Schema.Number },
  success: Schema.Number
}, ({ a }) => Effect.orDie(add({ a, b: a })))

export const needsPackage = remote("needsPackage", {
  resource: cpu,
  payload: { value: Schema.Unknown },
  success: Schema.Boolean,
  dependencies: ["is-odd@3.0.1"],
  systemDependencies: ["flash-no-such-package"]
}, ({ value }) => {
  // a package that is not installed here: neither are its types
  const name: string = "is-odd"
  return Effect.promise(() => import("is-odd" as typeof name)).pipe(
    Effect.map((isOdd: { readonly default: (value: unknown) => boolean }) => isOdd.default(value))
  )
})

export const needsNothingGood = remote("needsNothingGood", {
  resource: cpu,
  dependencies: ["flash-no-such-package-at-all@99.0.0"]
}, () => Effect.void)

export class Enough extends Schema.TaggedError<Enough>()("Enough", { at: Schema.Int }) {}

/** Values one by one; the last one may be a failure or a defect. */
export const count1 = remote("count1", {
  resource: cpu,
  payload: { to: Schema.Int, end: Schema.optional(Schema.Literal("fail", "die")) },
  success: Schema.Struct({ n: Schema.Int, at: Schema.DateFromSelf, big: Schema.BigIntFromSelf }),
  error: Enough,
  stream: true
}, ({ end, to }) =>
  Stream.range(1, to).pipe(
    Stream.rechunk(1),
    Stream.map((n) => ({ n, at: new Date(n), big: BigInt(n) })),
    Stream.concat(
      end === "fail"
        ? Stream.fail(new Enough({ at: to }))
        : end === "die"
        ? Stream.die(new TypeError("boom"))
        : Stream.empty
    )
  ))

/** Values of so many bytes. */
export const blobs = remote("blobs", {
  resource: cpu,
  payload: { count: Schema.Int, bytes: Schema.Int },
  success: Schema.Uint8ArrayFromSelf,
  stream: true
}, ({ bytes, count }) => Stream.range(1, count).pipe(Stream.map((n) => new Uint8Array(bytes).fill(n))))

export const large = remote("large", {
  resource: cpu,
  payload: { bytes: Schema.Int },
  success: Schema.Uint8ArrayFromSelf
}, ({ bytes }) => Effect.succeed(new Uint8Array(bytes)))

/** Never ends: its number, and so many bytes. Writes how far it came when it is interrupted. */
export const endless = remote("endless", {
  resource: cpu,
  payload: { started: Schema.String, finalized: Schema.String, bytes: Schema.Int },
  success: Schema.Struct({ n: Schema.Int, bytes: Schema.Uint8ArrayFromSelf }),
  stream: true
}, ({ bytes, finalized, started }) => {
  let pulled = 0
  return Stream.repeatEffectChunk(Effect.sync(() => {
    if (pulled === 0) writeFileSync(started, "started")
    return Chunk.of({ n: pulled++, bytes: new Uint8Array(bytes) })
  })).pipe(Stream.ensuring(Effect.sync(() => writeFileSync(finalized, String(pulled)))))
})

/** A few values, then it kills its process; the second run counts from the same beginning. */
export const streamAndKill = remote("streamAndKill", {
  resource: cpu,
  payload: { marker: Schema.String, before: Schema.Int },
  success: Schema.Int,
  stream: true
}, ({ before, marker }) =>
  Stream.range(1, 10).pipe(
    Stream.rechunk(1),
    Stream.tap((n) =>
      n <= before || existsSync(marker) ? Effect.void : Effect.sync(() => {
        writeFileSync(marker, "killed")
        process.kill(process.pid, "SIGKILL")
      }).pipe(Effect.delay("300 millis"))
    )
  ))

/** Ends its thread after a few values. */
export const streamAndExit = remote("streamAndExit", {
  resource: cpu,
  payload: { before: Schema.Int },
  success: Schema.Int,
  stream: true
}, ({ before }) =>
  Stream.concat(
    Stream.range(1, before),
    Stream.drain(Effect.delay(Effect.sync((): void => process.exit(7)), "300 millis"))
  ))

/** Streams beside a job that blocks the thread of functions with layers. */
export const streamBeside = remote("streamBeside", {
  resource: wide,
  layer: Layer.empty,
  success: Schema.Int,
  stream: true
}, () => Stream.concat(Stream.make(1), Stream.never))

/** Reports, and waits for the file before it goes on. */
export const report = remote("report", {
  resource: cpu,
  payload: { steps: Schema.Int, go: Schema.String },
  success: Schema.String
}, ({ go, steps }) =>
  Effect.gen(function*() {
    for (let step = 1; step <= steps; step++) {
      yield* Remote.progress({ step, steps })
      while (!existsSync(`${go}${step}`)) yield* Effect.sleep("5 millis")
    }
    // JSON cannot carry it: it is not reported, and that is all
    yield* Remote.progress({ big: 1n })
    return "reported"
  }))

/** Dies the first time. */
export const flaky = remote("flaky", { resource: cpu, payload: { marker: Schema.String }, success: Schema.String }, (
  { marker }
) =>
  Effect.suspend(() => {
    if (existsSync(marker)) return Effect.succeed("second run")
    writeFileSync(marker, "first run")
    return Effect.dieMessage("first run")
  }))

// not exported on purpose
const hiddenFunction = remote("hidden", { resource: cpu }, () => Effect.void)
export const callHidden = () => hiddenFunction()

export const three = CpuLiveServerless.make("e2e-three", {
  workersMax: 1,
  maxConcurrency: 3,
  executionTimeoutMs: 5000
})

/** Loops and lets nobody in. */
export const spin = remote(
  "spin",
  { resource: three, payload: { started: Schema.String } },
  ({ started }) =>
    Effect.sync((): void => {
      writeFileSync(started, "started")
      for (;;) Math.random()
    })
)

/** Waits for a file, without blocking. */
export const waits = remote("waits", {
  resource: three,
  payload: { started: Schema.String, go: Schema.String },
  success: Schema.Int
}, ({ go, started }) =>
  Effect.gen(function*() {
    appendFileSync(started, "started\n")
    while (!existsSync(go)) yield* Effect.sleep("5 millis")
    return process.pid
  }))

/** Prints lines in pieces, each after the others have begun theirs. */
export const prints = remote("prints", {
  resource: three,
  payload: { name: Schema.String, folder: Schema.String, others: Schema.Array(Schema.String) }
}, ({ folder, name, others }) =>
  Effect.forEach([1, 2, 3, 4], (turn) =>
    Effect.gen(function*() {
      process.stdout.write(`${name} `)
      writeFileSync(`${folder}/${name}-${turn}`, "")
      while (!others.every((other) => existsSync(`${folder}/${other}-${turn}`))) yield* Effect.sleep("2 millis")
      process.stdout.write(`${turn}\n`)
    }), { discard: true }))
