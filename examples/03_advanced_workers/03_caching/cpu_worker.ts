/**
 * A model that stays on its worker between calls, and a function of another endpoint that uses it.
 *
 *     npx flash run examples/03_advanced_workers/03_caching/cpu_worker.ts
 *
 * The first call makes the model and takes its time; those that follow find it there. The worker's log says when it is
 * released.
 */
import { Console, Duration, Effect, Schema } from "effect"
import { CpuInstanceType, CpuLiveServerless, Flash, remote, remoteClass } from "effect-flash"

const models = CpuLiveServerless.make("03_03_caching_models", {
  instanceIds: [CpuInstanceType.CPU3C_1_2],
  workersMax: 1
})
const texts = CpuLiveServerless.make("03_03_caching_texts", { instanceIds: [CpuInstanceType.CPU3C_1_2], workersMax: 1 })

class UnknownLanguage extends Schema.TaggedError<UnknownLanguage>()("UnknownLanguage", { language: Schema.String }) {}

const lexica: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  en: { good: 1, great: 2, bad: -1, awful: -2 },
  de: { gut: 1, toll: 2, schlecht: -1, furchtbar: -2 }
}

export const Sentiment = remoteClass("Sentiment", {
  resource: models,
  constructor: { language: Schema.String },
  error: UnknownLanguage,
  methods: {
    score: { payload: { words: Schema.Array(Schema.String) }, success: Schema.Int },
    calls: { success: Schema.Int }
  },
  idleTimeout: "5 minutes"
}, ({ language }) =>
  Effect.gen(function*() {
    const lexicon = lexica[language]
    if (lexicon === undefined) return yield* new UnknownLanguage({ language })
    yield* Effect.acquireRelease(
      Effect.delay(Effect.logInfo(`loaded the model of "${language}"`), "1 second"),
      () => Effect.logInfo(`released the model of "${language}"`)
    )
    let calls = 0
    return {
      score: ({ words }) =>
        Effect.sync(() => {
          calls++
          return words.reduce((sum, word) => sum + (lexicon[word] ?? 0), 0)
        }),
      calls: () => Effect.sync(() => calls)
    }
  }))

/** Runs on an endpoint of its own and calls the model on the other. */
export const judge = remote("judge", {
  resource: texts,
  payload: { text: Schema.String, language: Schema.String },
  success: Schema.Literal("good", "bad", "so so"),
  error: UnknownLanguage
}, ({ language, text }) =>
  Effect.gen(function*() {
    const model = yield* Sentiment({ language })
    const score = yield* model.score({ words: text.toLowerCase().split(/\W+/) })
    return score > 0 ? "good" : score < 0 ? "bad" : "so so"
  }).pipe(Effect.catchIf((error) => error._tag !== "UnknownLanguage", Effect.die)))

const program = Effect.gen(function*() {
  for (const text of ["A good day", "An awful film", "A day"]) {
    const [time, verdict] = yield* Effect.timed(judge({ text, language: "en" }))
    yield* Console.log(`${text}: ${verdict} (${Math.round(Duration.toMillis(time))} ms)`)
  }
  // the same instance, called by this program
  const model = yield* Sentiment({ language: "en" })
  yield* Console.log(`The model was called ${yield* model.calls()} times`)

  yield* judge({ text: "nuqneH", language: "tlh" }).pipe(
    Effect.catchTag("UnknownLanguage", ({ language }) => Console.log(`There is no model of "${language}"`))
  )
})

program.pipe(Flash.runMain)
