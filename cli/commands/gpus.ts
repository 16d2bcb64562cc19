/** `flash gpus`: what can be asked for, what it costs, and what is to be had now. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type { GpuType } from "../../src/runpod/rest/Catalog.ts"
import { withClients } from "../services/Clients.ts"
import { answer, json } from "../ui/Answer.ts"
import { bad, bold, doubtful, good, table } from "../ui/Text.ts"

const colors: Readonly<Record<string, (text: string) => string>> = {
  HIGH: good,
  MEDIUM: doubtful,
  LOW: doubtful,
  NONE: bad
}

const cpu = Options.boolean("cpu").pipe(Options.withDescription("CPU instances instead"))

const stock = (availability: string | undefined): string =>
  availability === undefined ? "-" : (colors[availability] ?? doubtful)(availability.toLowerCase())

const dollars = (price: number | undefined): string => price === undefined ? "-" : `$${price.toFixed(2)}`

const byMemory = (a: GpuType, b: GpuType): number => a.memory - b.memory || (a.id < b.id ? -1 : 1)

export const gpus = Command.make("gpus", { cpu, json }, (options) =>
  withClients(({ rest }) =>
    options.cpu
      ? Effect.flatMap(rest.listCpuTypes({ product: ["SERVERLESS"] }), (types) =>
        answer(options, types, () =>
          table(
            ["Flavor", "Name", "vCPUs", "GB per vCPU", "Price per vCPU and hour", "Stock"],
            types.map((type) => [
              bold(type.id),
              type.name,
              `${type.vcpu.min}-${type.vcpu.max}`,
              String(type.ramGbPerVcpu),
              dollars(type.price.serverlessPerVcpu),
              stock(type.availability)
            ])
          )))
      : Effect.flatMap(rest.listGpuTypes({ product: ["SERVERLESS"] }), (types) =>
        answer(options, types, () =>
          table(
            ["GPU", "Pool", "Memory", "Price per hour", "Stock"],
            types.toSorted(byMemory).map((type) => [
              bold(type.id),
              type.pool ?? "-",
              `${type.memory} GB`,
              dollars(type.price.serverless),
              stock(type.availability)
            ])
          )))
  )).pipe(Command.withDescription("GPU types, their prices and what is to be had now"))
