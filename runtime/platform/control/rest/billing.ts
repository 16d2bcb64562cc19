/**
 * `/billing`: what runs on one's own machine costs nothing, so there are no records, of whatever time.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { Context } from "../Context.ts"
import { Refused } from "../ControlError.ts"
import type { ControlError } from "../ControlError.ts"
import * as Query from "./Query.ts"
import { json } from "./Routes.ts"
import type { Call, Table } from "./Routes.ts"

const bucketSizes = ["hour", "day", "week", "month", "year"] as const

type BucketSize = (typeof bucketSizes)[number]

/** The kinds of records: what their filter and their count of resources are called, and the parts of their amounts. */
const kinds = [
  {
    path: "/billing",
    amounts: [
      "totalAmount",
      "podGpuAmount",
      "podCpuAmount",
      "podDiskAmount",
      "serverlessGpuAmount",
      "serverlessCpuAmount",
      "serverlessDiskAmount",
      "serverlessFeeAmount",
      "storageStandardAmount",
      "storageHighPerformanceAmount",
      "endpointAmount",
      "clusterGpuAmount",
      "clusterDiskAmount",
      "clusterNetworkingAmount"
    ]
  },
  {
    path: "/billing/pods",
    filter: "podId",
    count: "uniquePodCount",
    amounts: ["totalAmount", "gpuAmount", "cpuAmount", "diskAmount"]
  },
  {
    path: "/billing/serverless",
    filter: "serverlessId",
    count: "uniqueServerlessCount",
    amounts: ["totalAmount", "gpuAmount", "cpuAmount", "diskAmount", "feeAmount"]
  },
  { path: "/billing/endpoints", amounts: ["totalAmount"] },
  {
    path: "/billing/network-volumes",
    filter: "networkVolumeId",
    count: "uniqueNetworkVolumeCount",
    amounts: ["totalAmount", "standardAmount", "highPerformanceAmount"]
  },
  {
    path: "/billing/clusters",
    filter: "clusterId",
    count: "uniqueClusterCount",
    amounts: ["totalAmount", "gpuAmount", "diskAmount", "networkingAmount"]
  }
] as const

/**
 * @since 0.1.0
 * @category routes
 */
export const table = ({ now }: Context): Table =>
  Object.fromEntries(kinds.map((kind) => [
    `GET ${kind.path}`,
    (call: Call) =>
      Either.map(window(call.query, now()), (query) =>
        json(200, {
          records: [],
          metadata: {
            query: "filter" in kind ? { ...query, [kind.filter]: call.query.get(kind.filter) } : query,
            recordCount: 0,
            ...("count" in kind ? { [kind.count]: 0 } : {}),
            totals: Object.fromEntries(kind.amounts.map((name) => [name, 0]))
          }
        }))
  ]))

const day = 86_400_000

/** What is asked for, widened to whole buckets. */
const window = (query: URLSearchParams, now: number) =>
  Either.gen(function*() {
    const bucketSize = (yield* Query.one(query, "bucketSize", bucketSizes)) ?? "day"
    const startTime = yield* Query.time(query, "startTime")
    const endTime = yield* Query.time(query, "endTime")
    const lastN = yield* Query.integer(query, "lastN", { min: 1, max: 100_000 })
    if (lastN !== undefined && (startTime ?? endTime) !== undefined) {
      return yield* refused("lastN and startTime or endTime exclude each other")
    }
    const current = floor(now, bucketSize)
    const end = lastN === undefined ? ceiling(endTime ?? now, bucketSize) : step(current, bucketSize, 1)
    const start = lastN === undefined
      ? floor(startTime ?? now - 30 * day, bucketSize)
      : step(current, bucketSize, 1 - lastN)
    return start >= end
      ? yield* refused("startTime must be before endTime")
      : { startTime: iso(start), endTime: iso(end), bucketSize }
  })

const refused = (message: string): Either.Either<never, ControlError> => Either.left(new Refused({ message }))

/** The beginning of the bucket that a time is in, in UTC. Weeks begin on Monday. */
const floor = (millis: number, size: BucketSize): number => {
  const date = new Date(millis)
  const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  switch (size) {
    case "hour":
      return Date.UTC(year, month, dayOfMonth, date.getUTCHours())
    case "day":
      return Date.UTC(year, month, dayOfMonth)
    case "week":
      return Date.UTC(year, month, dayOfMonth - (date.getUTCDay() + 6) % 7)
    case "month":
      return Date.UTC(year, month)
    case "year":
      return Date.UTC(year, 0)
  }
}

/** So many buckets after the beginning of one. */
const step = (start: number, size: BucketSize, count: number): number => {
  const date = new Date(start)
  switch (size) {
    case "hour":
      return start + count * 3_600_000
    case "day":
      return start + count * day
    case "week":
      return start + count * 7 * day
    case "month":
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count)
    case "year":
      return Date.UTC(date.getUTCFullYear() + count, 0)
  }
}

const ceiling = (millis: number, size: BucketSize): number => {
  const start = floor(millis, size)
  return start === millis ? start : step(start, size, 1)
}

const iso = (millis: number): string => new Date(millis).toISOString()
