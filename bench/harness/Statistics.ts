/** Medians and quartiles: benchmarks of a shared machine have outliers on one side only, and means follow them. */

export interface Summary {
  readonly median: number
  /** First and third quartile: half of the rounds lie between them. */
  readonly low: number
  readonly high: number
}

/** Interpolated between neighbours; `NaN` of nothing. */
export const quantile = (values: ArrayLike<number>, q: number): number => {
  const sorted = Float64Array.from(values).sort()
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)] ?? NaN
  const above = sorted[Math.ceil(position)] ?? NaN
  return below + (above - below) * (position - Math.floor(position))
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5)

export const summarize = (values: ArrayLike<number>): Summary => ({
  median: median(values),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75)
})

/** Round by round, so that what slowed a whole round down slowed both. */
export const ratios = (values: ReadonlyArray<number>, to: ReadonlyArray<number>): ReadonlyArray<number> =>
  values.map((value, round) => value / (to[round] ?? NaN))
