/**
 * GPUs as people name them (pools and cards), and as the platform selects them (pools without some cards).
 *
 * Every function here gives the same result for the same set of GPUs, in whatever order they are named.
 *
 * @since 0.1.0
 */
import { GpuGroup, type GpuPool } from "./GpuGroup.ts"
import { type GpuCard, GpuType, gpuTypeDetails } from "./GpuType.ts"

/**
 * GPUs as the platform selects them. There is no list of cards alone: a card is what is left of its pool. A card that
 * the platform adds to a pool later is in.
 *
 * @since 0.1.0
 * @category models
 */
export interface GpuSelection {
  readonly pools: ReadonlyArray<GpuPool>
  readonly excludedTypes: ReadonlyArray<GpuCard>
}

/**
 * Pools and the cards of them that are not wanted, each sorted. A pool that is named itself is taken whole, also where
 * some of its cards are named beside it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toSelection = (gpus: ReadonlyArray<GpuGroup | GpuType>): GpuSelection => {
  if (gpus.includes("any")) return { pools: GpuGroup.all, excludedTypes: [] }
  const whole = new Set(GpuGroup.all.filter((pool) => gpus.includes(pool)))
  const named = new Set(GpuType.all.filter((card) => gpus.includes(card)))
  const partial = new Set([...named].map((card) => gpuTypeDetails[card].pool).filter((pool) => !whole.has(pool)))
  return {
    pools: GpuGroup.all.filter((pool) => whole.has(pool) || partial.has(pool)),
    excludedTypes: GpuType.all.filter((card) => partial.has(gpuTypeDetails[card].pool) && !named.has(card))
  }
}

/** The cards that are left of a pool, or the pool where all are. */
const fromSelection = ({ excludedTypes, pools }: GpuSelection): ReadonlyArray<GpuPool | GpuCard> => [
  ...pools.filter((pool) => !excludedTypes.some((card) => gpuTypeDetails[card].pool === pool)),
  ...GpuType.all.filter((card) => {
    const { pool } = gpuTypeDetails[card]
    return pools.includes(pool) && !excludedTypes.includes(card) &&
      excludedTypes.some((other) => gpuTypeDetails[other].pool === pool)
  })
]

/**
 * The shortest list that selects the same GPUs, sorted, the pools first: `any` becomes all pools, all cards of a pool
 * become the pool.
 *
 * @since 0.1.0
 * @category conversions
 */
export const normalise = (
  gpus: readonly [GpuGroup | GpuType, ...ReadonlyArray<GpuGroup | GpuType>]
): readonly [GpuPool | GpuCard, ...ReadonlyArray<GpuPool | GpuCard>] =>
  // at least one is named, and what is named stays selected
  fromSelection(toSelection(gpus)) as [GpuPool | GpuCard, ...ReadonlyArray<GpuPool | GpuCard>]

/**
 * The platform's text for a selection: pools, then cards that are not wanted with a minus sign, joined by commas.
 *
 * @example
 * import { toGpuIds } from "effect-flash"
 *
 * toGpuIds(["NVIDIA L4"]) // "AMPERE_24,-NVIDIA GeForce RTX 3090,-NVIDIA RTX A5000"
 *
 * @since 0.1.0
 * @category conversions
 */
export const toGpuIds = (gpus: ReadonlyArray<GpuGroup | GpuType>): string => {
  const { excludedTypes, pools } = toSelection(gpus)
  return [...pools, ...excludedTypes.map((card) => `-${card}`)].join(",")
}

/**
 * Reads such a text. What is in it and not known here is told apart rather than dropped.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromGpuIds = (gpuIds: string): {
  readonly gpus: ReadonlyArray<GpuPool | GpuCard>
  readonly unknown: ReadonlyArray<string>
} => {
  const tokens = gpuIds.split(",").map((token) => token.trim()).filter((token) => token !== "")
  const any = tokens.includes("any")
  const cards = GpuType.all.filter((card) => tokens.includes(card))
  const pools = GpuGroup.all.filter((pool) => any || tokens.includes(pool))
  const excludedTypes = GpuType.all.filter((card) => tokens.includes(`-${card}`))
  const known = new Set<string>(["any", ...GpuGroup.all, ...GpuType.all, ...GpuType.all.map((card) => `-${card}`)])
  return {
    gpus: fromSelection(toSelection([...fromSelection({ pools, excludedTypes }), ...cards])),
    unknown: tokens.filter((token) => !known.has(token))
  }
}
