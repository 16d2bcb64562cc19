import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { ExitCode } from "../CliError.ts"
import { ExitStatus } from "../ExitStatus.ts"
import { withClients } from "../services/Clients.ts"
import { diagnose } from "../services/Diagnosis.ts"
import { answer, json } from "../ui/Answer.ts"
import { bad, dim, doubtful, good } from "../ui/Text.ts"

const mark = { good: () => good("ok  "), doubtful: () => doubtful("look"), bad: () => bad("bad ") } as const

/** `flash doctor`: what may be wrong on this machine, with the key, and with what was left on the account. */
export const doctor = Command.make("doctor", { json }, (options) =>
  withClients((clients) =>
    Effect.gen(function*() {
      const findings = yield* diagnose(clients)
      yield* answer(options, findings, () =>
        findings.map(({ check, detail, result }) => `${mark[result]()}  ${check}: ${dim(detail)}`).join("\n"))
      if (
        findings.some(({ result }) =>
          result === "bad"
        )
      ) yield* (yield* ExitStatus).set(ExitCode.failure)
    })
  )).pipe(Command.withDescription("Look for what is wrong: the key, the connection, records, leftovers"))
