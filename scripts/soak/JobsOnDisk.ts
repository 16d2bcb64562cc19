/** The jobs in a platform's file, when nobody has it open. */
import Database from "libsql"

export interface StoredJob {
  /** Its number, from its input. */
  readonly n: number
  readonly status: string
  /** JSON text, or `undefined` as text where there is none. */
  readonly output: string
  readonly error: string | null
}

interface Row {
  readonly id: string
  readonly input: string
  readonly status: string
  readonly output: string | null
  readonly error: string | null
}

export const read = (path: string): ReadonlyMap<string, StoredJob> => {
  const db = new Database(path)
  const rows = db.prepare("select id, input, status, output, error from jobs").all() as ReadonlyArray<Row>
  const jobs = new Map(rows.map(({ error, id, input, output, status }) => {
    const { n }: { readonly n: number } = JSON.parse(input)
    return [id, { n, status, output: output ?? "undefined", error }]
  }))
  db.close()
  return jobs
}

export const tally = (jobs: ReadonlyMap<string, StoredJob>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { status } of jobs.values()) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
