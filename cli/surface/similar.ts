/** How many letters have to be changed, added, left out or swapped with the next to make one word of another. */
export const distance = (a: string, b: string): number => {
  const rows: Array<Array<number>> = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (rows[i - 1]?.[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(Math.min(
        replaced,
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        isSwap ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : Infinity
      ))
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}

/** The candidate that a word was probably meant to be. */
export const similar = (word: string, candidates: ReadonlyArray<string>): string | undefined => {
  const limit = Math.max(1, Math.floor(word.replace(/^-+/, "").length / 3))
  const [best] = candidates
    .map((candidate) => ({
      candidate,
      away: distance(word.toLowerCase(), candidate.toLowerCase())
    }))
    .filter(({ away, candidate }) => away <= limit || (word.length > 3 && candidate.startsWith(word)))
    .sort((a, b) => a.away - b.away)
  return best?.candidate
}
