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

/**
 * From nothing to plenty.
 *
 * @since 0.1.0
 * @category constants
 */
export const levels = ["NONE", "LOW", "MEDIUM", "HIGH"] as const satisfies ReadonlyArray<Level>

/**
 * A platform's stock, which may change.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stocks {
  /** Always the same object, as it is now. */
  readonly stock: Stock
  /** In the place of everything that was said before. */
  readonly set: (stock: Stock) => void
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (initial: Stock = {}): Stocks => {
  const stock: Record<string, Level> = { ...initial }
  return {
    stock,
    set(next) {
      for (const key of Object.keys(stock)) delete stock[key]
      Object.assign(stock, next)
    }
  }
}

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
  const ranks = places.map((id) => levels.indexOf(levelIn(stock, names, id)))
  return levels[Math.max(0, ...ranks)] ?? "NONE"
}

/**
 * What of these choices is to be had, the first first; nothing where none is.
 *
 * @since 0.1.0
 * @category accessors
 */
export const place = (
  stock: Stock,
  choices: ReadonlyArray<{ readonly hardware: string; readonly names: ReadonlyArray<string> }>,
  dataCenterIds: ReadonlyArray<string>
): string | undefined =>
  choices.find(({ names }) => best(stock, names, dataCenterIds.length === 0 ? undefined : dataCenterIds) !== "NONE")
    ?.hardware

/**
 * As GraphQL writes it: `High`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const titled = (level: Level): string => level.slice(0, 1) + level.slice(1).toLowerCase()
