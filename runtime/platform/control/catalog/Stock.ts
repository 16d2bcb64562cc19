/**
 * What is to be had where. Everything, unless the platform is told otherwise: scarcity is for rehearsals.
 *
 * @since 0.1.0
 */
import { dataCenters } from "./DataCenters.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type Level = "NONE" | "LOW" | "MEDIUM" | "HIGH"

/**
 * Levels by GPU type, GPU pool or CPU flavor, as `NVIDIA L4`, `ADA_24` or `cpu3c`; for one data center as
 * `NVIDIA L4@EU-RO-1`. The more precise one wins. Default: `HIGH`.
 *
 * @since 0.1.0
 * @category models
 */
export type Stock = Readonly<Record<string, Level>>

const order: ReadonlyArray<Level> = ["NONE", "LOW", "MEDIUM", "HIGH"]

/**
 * The level of a resource, known by several names from precise to broad, in a data center.
 *
 * @since 0.1.0
 * @category accessors
 */
export const levelIn = (stock: Stock, names: ReadonlyArray<string>, dataCenterId: string): Level => {
  for (const key of [...names.map((name) => `${name}@${dataCenterId}`), ...names]) {
    const level = stock[key]
    if (level !== undefined) return level
  }
  return "HIGH"
}

/**
 * The best level of a resource in any of these data centers; without any, in all there are.
 *
 * @since 0.1.0
 * @category accessors
 */
export const best = (stock: Stock, names: ReadonlyArray<string>, dataCenterIds?: ReadonlyArray<string>): Level => {
  const places = dataCenterIds ?? dataCenters.map(({ id }) => id)
  const levels = places.map((id) => order.indexOf(levelIn(stock, names, id)))
  return order[Math.max(0, ...levels)] ?? "NONE"
}

/**
 * As GraphQL writes it: `High`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const titled = (level: Level): string => level.slice(0, 1) + level.slice(1).toLowerCase()
