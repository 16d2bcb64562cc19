/**
 * Environment variables of an endpoint's workers.
 *
 * A value is a literal string or a reference. What a reference stands for is in no manifest, archive or log: a secret of
 * the account is put in place by the platform when a worker starts, a variable of this machine is read when the endpoint
 * is provisioned.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** Names that a shell takes, but for the one that is no field of an object. */
const VariableName = Schema.String.pipe(
  Schema.pattern(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/),
  Schema.filter((name) => name !== "__proto__")
)

/**
 * The most variables the platform gives a worker.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxVariables = 50

/**
 * A secret of the RunPod account.
 *
 * @since 0.1.0
 * @category models
 */
export interface Secret {
  readonly _tag: "Secret"
  readonly name: string
}

/**
 * A variable of the machine that provisions the endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface Local {
  readonly _tag: "Local"
  readonly name: string
}

/**
 * A literal string, or a reference.
 *
 * @since 0.1.0
 * @category models
 */
export type Value = string | Secret | Local

/**
 * Values by the names of their variables.
 *
 * @since 0.1.0
 * @category models
 */
export type Env = Readonly<Record<string, Value>>

/**
 * A secret of the RunPod account by its name there. Its value never passes through this machine.
 *
 * @example
 * import { CpuLiveServerless, Env } from "effect-flash"
 *
 * const cpu = CpuLiveServerless.make("hello", { env: { HF_TOKEN: Env.secret("huggingface"), LOG_LEVEL: "debug" } })
 *
 * @since 0.1.0
 * @category constructors
 */
export const secret = (name: string): Secret => ({ _tag: "Secret", name })

/**
 * A variable of the machine that provisions the endpoint, read when it does so. The value is stored with the endpoint
 * on the platform; where others can read the account's endpoints, `secret` is safer.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromLocal = (name: string): Local => ({ _tag: "Local", name })

// ---------------------------------------------------------------------------------------------------------------------
// schemas: no message shows a value
// ---------------------------------------------------------------------------------------------------------------------

/** What stands where a value should, without saying it. */
const found = (value: unknown): string => {
  if (value === undefined) return "it is undefined"
  if (value === null) return "it is null"
  if (Redacted.isRedacted(value)) return "a Redacted is never written down"
  if (typeof value === "string") return "a literal has no null character"
  if (typeof value === "object" && "_tag" in value) return "the name of the reference is not one"
  return Array.isArray(value) ? "it is a list" : `it is ${typeof value === "object" ? "an" : "a"} ${typeof value}`
}

const ValueSchema: Schema.Schema<Value> = Schema.Union(
  Schema.String.pipe(Schema.pattern(/^[^\0]*$/)),
  Schema.TaggedStruct("Secret", { name: Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_.-]{1,128}$/)) }),
  Schema.TaggedStruct("Local", { name: VariableName })
).annotations({
  message: ({ actual }) => ({
    message: `expected a string, Env.secret("NAME") or Env.fromLocal("NAME"): ${found(actual)}`,
    override: true
  })
})

/**
 * @since 0.1.0
 * @category schemas
 */
export const EnvSchema: Schema.Schema<Env> = Schema.Record({
  key: VariableName,
  value: ValueSchema
}).annotations({ message: () => "expected an object of variables" }).pipe(
  Schema.filter((env) => {
    const count = Object.keys(env).length
    return count <= maxVariables || `${count} variables, and the platform gives a worker at most ${maxVariables}`
  })
)

// ---------------------------------------------------------------------------------------------------------------------
// values
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Variables that `Env.fromLocal` names and this machine does not have.
 *
 * @since 0.1.0
 * @category errors
 */
export class LocalVariableMissing extends Schema.TaggedError<LocalVariableMissing>()("LocalVariableMissing", {
  names: Schema.NonEmptyArray(Schema.String)
}) {
  override get message() {
    return `Not set on this machine, and named by Env.fromLocal: ${this.names.join(", ")}. Set ${
      this.names.length === 1 ? "it" : "them"
    }, or store the value as a secret on RunPod and use Env.secret.`
  }
}

/**
 * The platform's text for a secret, which it replaces by the secret's value when a worker starts.
 *
 * @since 0.1.0
 * @category accessors
 */
export const render = ({ name }: Secret): string => `{{ RUNPOD_SECRET_${name} }}`

/**
 * The values to send to the platform: literals, the text for each secret, and this machine's variables read through the
 * current `ConfigProvider`. Fails with every variable that is missing.
 *
 * @since 0.1.0
 * @category accessors
 */
export const resolve = (
  env: Env
): Effect.Effect<Readonly<Record<string, Redacted.Redacted>>, LocalVariableMissing> =>
  Effect.gen(function*() {
    const entries: Array<readonly [name: string, value: Redacted.Redacted]> = []
    const missing: Array<string> = []
    for (const [name, value] of Object.entries(env)) {
      const resolved = yield* Effect.either(valueOf(value))
      if (Either.isRight(resolved)) entries.push([name, resolved.right])
      else missing.push(resolved.left)
    }
    const [first, ...others] = missing
    return first === undefined
      ? Object.fromEntries(entries)
      : yield* new LocalVariableMissing({ names: [first, ...others] })
  })

/** Fails with the name of the variable that is missing. */
const valueOf = (value: Value): Effect.Effect<Redacted.Redacted, string> => {
  if (typeof value === "string") return Effect.succeed(Redacted.make(value))
  return value._tag === "Secret"
    ? Effect.succeed(Redacted.make(render(value)))
    : Effect.mapError(Config.redacted(value.name), () => value.name)
}
