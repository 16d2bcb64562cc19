/**
 * The name somebody meant: of the candidates the one with the fewest wrong, missing, added or swapped letters, where
 * that is few for its length. Case, spaces and punctuation do not count.
 */
export const nearest = (wrong: string, candidates: ReadonlyArray<string>): string | undefined => {
  const given = letters(wrong)
  const best = candidates
    .map((candidate) => ({ candidate, edits: edits(given, letters(candidate)) }))
    .reduce<{ readonly candidate: string; readonly edits: number } | undefined>(
      (best, next) => best === undefined || next.edits < best.edits ? next : best,
      undefined
    )
  return best !== undefined && best.edits <= Math.max(1, Math.floor(given.length / 3)) ? best.candidate : undefined
}

/** ` (did you mean X?)`, or nothing. */
export const suggestion = (wrong: string, candidates: ReadonlyArray<string>): string => {
  const name = nearest(wrong, candidates)
  return name === undefined ? "" : `; did you mean ${name}?`
}

const letters = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "")

/** The optimal string alignment distance. */
const edits = (a: string, b: string): number => {
  let beforeLast: Array<number> = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + cost,
        swapped ? at(beforeLast, j - 2) + 1 : Infinity
      ))
    }
    beforeLast = last
    last = row
  }
  return at(last, b.length)
}

const at = (row: ReadonlyArray<number>, index: number): number => row[index] ?? Infinity
