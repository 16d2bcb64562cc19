/**
 * A payload on its way into the text of a request's body and back out of it: msgpack, which calls use, and JSON.
 */
import { Effect } from "effect"
import * as Codec from "../../src/protocol/Codec.ts"
import type { Case, Row } from "../harness/Bench.ts"
import * as Loops from "../harness/Loops.ts"

interface Body {
  readonly args: readonly [unknown]
}

const codec = Codec.make()

const rowOf = (index: number) => ({
  id: index,
  name: `customer ${index}`,
  score: index * 0.37,
  active: index % 3 === 0,
  tags: ["alpha", "beta"]
})

/** Rows of a table: names, numbers, flags and lists, of about so many bytes as JSON. */
const tableOf = (bytes: number) => {
  const size = JSON.stringify(rowOf(1000)).length + 1
  return Array.from({ length: Math.max(1, Math.round(bytes / size)) }, (_, index) => rowOf(index))
}

const through = (format: Codec.Format) => (value: unknown): string =>
  JSON.stringify({ args: [codec.encode(format, value)] })

const back = (format: Codec.Format) => (text: string): unknown => {
  const { args: [wire] }: Body = JSON.parse(text)
  return codec.decode(format, wire)
}

const bareJson = {
  encode: (value: unknown): string => JSON.stringify({ args: [value] }),
  decode: (text: string): unknown => {
    const { args: [value] }: Body = JSON.parse(text)
    return value
  }
}

/** JSON has no bytes: people send base64. */
const bytesInJson = {
  encode: (value: unknown): string => JSON.stringify({ args: [Buffer.from(value as Uint8Array).toString("base64")] }),
  decode: (text: string): unknown => {
    const { args: [wire] }: Body = JSON.parse(text)
    return Buffer.from(String(wire), "base64")
  }
}

const kilobytes = (text: string): string => `${(Buffer.byteLength(text) / 1000).toFixed(1)} kB`

interface Json {
  readonly encode: (value: unknown) => string
  readonly decode: (text: string) => unknown
}

const roundTrip = (name: string, value: unknown, calls: number, json: Json = bareJson): Case => {
  const msgpack: Json = { encode: through("msgpack"), decode: back("msgpack") }
  const checked: Json = { encode: through("json"), decode: back("json") }
  const round = ({ decode, encode }: Json) => Loops.duration(calls, () => decode(encode(value)))
  return {
    name,
    unit: "µs",
    rounds: 9,
    warmUp: 2,
    subjects: [
      { name: "JSON", role: "floor", round: round(json) },
      { name: "codec, msgpack", role: "ours", round: round(msgpack) },
      ...(json === bareJson ? [{ name: "codec, JSON", role: "peer" as const, round: round(checked) }] : [])
    ],
    budgets: [],
    notes: [`on the wire: JSON ${kilobytes(json.encode(value))}, msgpack ${kilobytes(msgpack.encode(value))}`]
  }
}

export const row: Row = Effect.succeed([
  roundTrip("table of 1 kB there and back", tableOf(1000), 2000),
  roundTrip("table of 100 kB there and back", tableOf(100_000), 100),
  roundTrip("table of 5 MB there and back", tableOf(5_000_000), 3),
  roundTrip("5 MB of bytes there and back", new Uint8Array(5_000_000).fill(7), 5, bytesInJson)
])
