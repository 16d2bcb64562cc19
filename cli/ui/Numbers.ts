import * as Effect from "effect/Effect"
import { CliError, ExitCode } from "../CliError.ts"

/** Fails, as a wrong use, where the value of an option is out of its range. */
export const inRange = (
  option: string,
  value: number,
  { max = Infinity, min }: { readonly min: number; readonly max?: number }
): Effect.Effect<number, CliError> =>
  value >= min && value <= max ? Effect.succeed(value) : new CliError({
    message: `${option} cannot be ${value}`,
    hint: max === Infinity ? `it is ${min} or more` : `it is between ${min} and ${max}`,
    exitCode: ExitCode.usage
  })
