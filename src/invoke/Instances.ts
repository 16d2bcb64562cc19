/**
 * The instances of stateful classes that a process keeps between calls: found again by their ids, made by the first call
 * that wants them, bounded, and released when they are no longer called.
 *
 * A class is known by its definition, so that two versions of its code never share an instance.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { ClassDefinition, Handler } from "../Procedure.ts"

/**
 * The methods of an instance, by their names.
 *
 * @since 0.1.0
 * @category models
 */
export type Methods = Readonly<Record<string, Handler | undefined>>

/**
 * Which instance a call wants.
 *
 * @since 0.1.0
 * @category models
 */
export interface Wanted<R> {
  readonly definition: ClassDefinition
  readonly id: string
  /** What its constructor is given. */
  readonly args: unknown
  /** Whether one that is there is replaced. */
  readonly replace: boolean
  /** Makes it; its finalizers belong to the scope. */
  readonly make: Effect.Effect<Methods, unknown, R | Scope.Scope>
}

/**
 * An instance that is in use.
 *
 * @since 0.1.0
 * @category models
 */
export interface Instance {
  readonly id: string
  /** What its constructor was given. */
  readonly args: unknown
  readonly methods: Methods
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Calls that were made of its methods, with this one. */
  readonly calls: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Instances {
  /**
   * The instance is in use as long as the scope: it is not released meanwhile. Where many want one that is not there it
   * is made once; how its making failed is the failure of all who waited for it, and the next to want it makes it anew.
   * A making that nobody waits for any more is interrupted.
   */
  readonly use: <R>(wanted: Wanted<R>) => Effect.Effect<Instance, unknown, R | Scope.Scope>
  /** Releases the instances of a class. No call of it may run. */
  readonly release: (definition: ClassDefinition) => Effect.Effect<void>
}

interface Entry {
  readonly id: string
  readonly args: unknown
  readonly createdAt: number
  readonly scope: Scope.CloseableScope
  making: Fiber.RuntimeFiber<Methods, unknown> | undefined
  users: number
  /** When the last of them left. */
  usedAt: number
  calls: number
}

/** The instances of one class, by their ids, those first that were not wanted for longest. */
interface Group {
  readonly definition: ClassDefinition
  readonly entries: Map<string, Entry>
  /** Whether a fiber looks for those that are idle. */
  isWatched: boolean
}

/**
 * Instances that live until the end of the scope at the longest.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Instances, never, Scope.Scope> = Effect.gen(function*() {
  const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.parallel)
  // what is released by time is no matter of the call that made it
  const runtime = yield* Effect.runtime<never>()
  const groups = new Map<ClassDefinition, Group>()

  const groupOf = (definition: ClassDefinition): Group => {
    const known = groups.get(definition)
    if (known !== undefined) return known
    const group: Group = { definition, entries: new Map(), isWatched: false }
    groups.set(definition, group)
    return group
  }

  /** Forgets instances at once; succeeds with what releases them. */
  const drop = (group: Group, dropped: ReadonlyArray<Entry>): Effect.Effect<void> => {
    for (const entry of dropped) if (group.entries.get(entry.id) === entry) group.entries.delete(entry.id)
    return Effect.forEach(dropped.filter(({ users }) => users === 0), close, {
      concurrency: "unbounded",
      discard: true
    })
  }

  const begin = <R>(group: Group, wanted: Wanted<R>, now: number) =>
    Effect.flatMap(
      Effect.runtime<R>(),
      (callers) =>
        Effect.map(Scope.fork(scope, ExecutionStrategy.sequential), (own) => {
          const { args, definition, id, make } = wanted
          const idle = [...group.entries.values()].filter(({ users }) => users === 0)
          const replaced = group.entries.get(id)
          const over = Math.max(0, group.entries.size - (replaced === undefined ? 0 : 1) - definition.maxInstances + 1)
          const evicted = idle.filter((entry) => entry !== replaced).slice(0, over)
          // what goes is gone before something takes its place in memory
          const room = Runtime.runFork(
            runtime,
            drop(group, replaced === undefined ? evicted : [replaced, ...evicted]),
            { scope }
          )
          const entry: Entry = {
            id,
            args,
            createdAt: now,
            scope: own,
            making: undefined,
            users: 0,
            usedAt: now,
            calls: 0
          }
          group.entries.set(id, entry)
          // its user enters uninterruptibly; the making is not to inherit that
          const making = Effect.interruptible(Effect.zipRight(Fiber.await(room), Scope.extend(make, own)))
          entry.making = Runtime.runFork(callers, making, { scope })
          entry.making.addObserver((exit) => {
            if (Exit.isFailure(exit) && group.entries.get(id) === entry) group.entries.delete(id)
          })
          return entry
        })
    )

  /** An instance for one more user. */
  const enter = <R>(wanted: Wanted<R>) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const group = groupOf(wanted.definition)
      const known = wanted.replace ? undefined : group.entries.get(wanted.id)
      return Effect.map(known === undefined ? begin(group, wanted, now) : Effect.succeed(known), (entry) => {
        entry.users++
        group.entries.delete(entry.id)
        group.entries.set(entry.id, entry)
        return { group, entry }
      })
    })

  const leave = ({ entry, group }: { readonly entry: Entry; readonly group: Group }): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      entry.users--
      entry.usedAt = now
      if (entry.users > 0) return Effect.void
      const made = entry.making?.unsafePoll()
      const stays = made?._tag === "Success" && group.entries.get(entry.id) === entry &&
        group.entries.size <= group.definition.maxInstances
      if (!stays) return drop(group, [entry])
      watch(group)
      return Effect.void
    })

  /** Releases those that were not called for so long, as long as there are any. */
  const watch = (group: Group): void => {
    if (group.isWatched) return
    group.isWatched = true
    const { idleTimeout } = group.definition
    const look: Effect.Effect<void> = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const entries = [...group.entries.values()]
      const idle = entries.filter(({ usedAt, users }) => users === 0 && usedAt + idleTimeout <= now)
      const dropping = drop(group, idle)
      if (group.entries.size === 0) {
        group.isWatched = false
        return dropping
      }
      const next = Math.min(
        ...[...group.entries.values()].map(({ usedAt, users }) => (users === 0 ? usedAt : now) + idleTimeout)
      )
      return Effect.zipRight(dropping, Effect.zipRight(Effect.sleep(next - now), look))
    })
    Runtime.runFork(runtime, Effect.interruptible(look), { scope })
  }

  const instanceOf = (entry: Entry, methods: Methods): Instance => ({
    id: entry.id,
    args: entry.args,
    methods,
    createdAt: entry.createdAt,
    calls: ++entry.calls
  })

  return {
    use: (wanted) =>
      Effect.flatMap(
        Effect.acquireRelease(enter(wanted), leave),
        ({ entry }) =>
          entry.making === undefined
            ? Effect.interrupt
            : Effect.map(Effect.flatten(Fiber.await(entry.making)), (methods) => instanceOf(entry, methods))
      ),
    release: (definition) =>
      Effect.suspend(() => {
        const group = groups.get(definition)
        groups.delete(definition)
        return group === undefined ? Effect.void : drop(group, [...group.entries.values()])
      })
  }
})

const close = ({ making, scope }: Entry): Effect.Effect<void> =>
  (making === undefined ? Effect.void : Fiber.interrupt(making)).pipe(
    Effect.zipRight(Scope.close(scope, Exit.void)),
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause) ? Effect.void : Effect.logWarning("An instance did not end well", cause)
    ),
    Effect.uninterruptible
  )
