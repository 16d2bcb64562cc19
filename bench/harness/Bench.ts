/**
 * What a row of the benchmark is: cases, each with subjects that do the same thing in turns, and budgets that compare
 * them.
 */
import { Console, Effect } from "effect"
import type { Scope } from "effect"

/** One of those that are compared. */
export interface Subject {
  readonly name: string
  /** `floor` is the least the thing can cost, `peer` is another way that people have to do it. */
  readonly role: "ours" | "floor" | "peer"
  /** One round: does the thing often enough to be measured, and gives one number in the unit of the case. */
  readonly round: Effect.Effect<number, unknown>
}

export type Unit = "µs" | "ms" | "jobs/s" | "instantiations" | "KiB"

/** A limit for what is ours: in the unit of the case, or as a ratio to the subject that `to` names. */
export interface Budget {
  readonly bound: "at most" | "less than" | "at least"
  readonly limit: number
  readonly to?: string
}

/** Subjects that are measured in turns: A B C A B C and so on. */
export interface Case {
  /** What is measured, in a few words. */
  readonly name: string
  readonly unit: Unit
  readonly rounds: number
  /** Rounds before the first that counts. */
  readonly warmUp: number
  readonly subjects: ReadonlyArray<Subject>
  readonly budgets: ReadonlyArray<Budget>
  /** What a reader has to know to read the numbers right. */
  readonly notes?: ReadonlyArray<string>
}

/** The numbers of one subject, a number for each round. */
export interface Series {
  readonly name: string
  readonly role: Subject["role"]
  readonly rounds: ReadonlyArray<number>
}

export interface Result {
  readonly row: string
  readonly case: string
  readonly unit: Unit
  readonly series: ReadonlyArray<Series>
  readonly budgets: ReadonlyArray<Budget>
  readonly notes: ReadonlyArray<string>
}

/** A row: prepares its cases in a scope, which ends what they started. */
export type Row = Effect.Effect<ReadonlyArray<Case>, unknown, Scope.Scope>

/** Runs a case. A message a round goes to standard error, for whoever waits. */
export const measure = (row: string, it: Case): Effect.Effect<Result, unknown> =>
  Effect.gen(function*() {
    const series = it.subjects.map(({ name, role }) => ({ name, role, rounds: new Array<number>() }))
    for (let round = -it.warmUp; round < it.rounds; round++) {
      const label = round < 0 ? `warm-up ${round + it.warmUp + 1}/${it.warmUp}` : `round ${round + 1}/${it.rounds}`
      yield* Console.error(`${row}: ${it.name}, ${label}`)
      for (const [index, subject] of it.subjects.entries()) {
        const value = yield* subject.round
        if (round >= 0) series[index]?.rounds.push(value)
      }
    }
    return { row, case: it.name, unit: it.unit, series, budgets: it.budgets, notes: it.notes ?? [] }
  })
