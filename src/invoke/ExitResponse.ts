/**
 * What a handler did, as the response that says so.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Codec from "../protocol/Codec.ts"
import { protocolVersion } from "../protocol/FunctionRequest.ts"
import type * as FunctionResponse from "../protocol/FunctionResponse.ts"

/**
 * A schema-encoded `Exit`.
 *
 * @since 0.1.0
 * @category models
 */
export type EncodedExit =
  | { readonly _tag: "Success"; readonly value: unknown }
  | { readonly _tag: "Failure"; readonly cause: unknown }

/**
 * Throws where what is encoded cannot be carried in the format.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  codec: Codec.Codec,
  format: Codec.Format,
  exit: Exit.Exit<unknown, unknown>,
  encoded: EncodedExit
): FunctionResponse.FunctionResponse => {
  const head = { protocol_version: protocolVersion, serialization_format: format }
  if (encoded._tag === "Success") {
    // JSON has no `undefined`: a function without a result answers without the field
    return format === "json" && encoded.value === undefined
      ? { ...head, success: true }
      : { ...head, success: true, result: codec.encode(format, encoded.value) }
  }
  const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
  return {
    ...head,
    success: false,
    error: { ...describe(cause), cause: codec.encode(format, encoded.cause) }
  }
}

const describe = (cause: Cause.Cause<unknown>): { readonly _tag: "fail" | "die" | "interrupt"; message: string } => {
  if (Cause.isInterruptedOnly(cause)) return { _tag: "interrupt", message: "the handler was interrupted" }
  const failure = Cause.failureOption(cause)
  return Option.isSome(failure)
    ? { _tag: "fail", message: messageOf(failure.value) }
    : { _tag: "die", message: messageOf(Cause.squash(cause)) }
}

const messageOf = (error: unknown): string => {
  const tag = Predicate.hasProperty(error, "_tag") ? String(error._tag) : undefined
  const message = Predicate.hasProperty(error, "message") && Predicate.isString(error.message) ? error.message : ""
  // an error class without fields and without a message of its own says `{  }`
  if (message === "" || message === "{  }") return tag ?? String(error)
  return tag === undefined ? message : `${tag}: ${message}`
}

/**
 * @since 0.1.0
 * @category combinators
 */
export const withoutStacks = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> =>
  Exit.isSuccess(exit) ? exit : Exit.failCause(Cause.match(exit.cause, {
    onEmpty: Cause.empty as Cause.Cause<unknown>,
    onFail: Cause.fail,
    onDie: (defect) => Cause.die(defect instanceof Error ? { name: defect.name, message: defect.message } : defect),
    onInterrupt: Cause.interrupt,
    onSequential: Cause.sequential,
    onParallel: Cause.parallel
  }))
