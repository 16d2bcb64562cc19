/**
 * The load balancer: knows the workers of its endpoints and how they are, and lends them to requests. A request that
 * finds no worker wants one to be started, and waits for it.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import type * as Scope from "effect/Scope"
import * as ids from "../ids.ts"
import type * as Affinity from "./Affinity.ts"
import * as Probe from "./Probe.ts"
import type { Requests } from "./Work.ts"

/**
 * Where a worker serves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Member {
  readonly id: string
  readonly endpointId: string
  readonly port: number
  readonly health: Probe.Target
}

/**
 * Why a request gets no worker.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoWorker extends Data.TaggedError("NoWorker")<{
  readonly reason: "none" | "timeout" | "gone"
  readonly detail: string
}> {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Balancer extends Requests {
  /** What workers know their requests by. */
  readonly token: string
  /** A worker was started; it gets requests once it says that it is healthy. */
  readonly join: (member: Member) => void
  /** A healthy worker for one request, as long as the scope; waits two minutes for one. */
  readonly lease: (
    endpointId: string,
    affinity?: Affinity.Affinity
  ) => Effect.Effect<Member, NoWorker, Scope.Scope>
  /** Nobody listens where a worker should, or a connection to it broke: it is asked at once how it is. */
  readonly suspect: (workerId: string) => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** An endpoint may want more workers. */
  readonly want: (endpointId: string) => void
  /** A worker has said that it is healthy. */
  readonly saw: (workerId: string) => void
  /** How a worker is. Default: its `/ping`. */
  readonly probe?: (target: Probe.Target) => Effect.Effect<Probe.Health>
}

/** How long a request waits for a worker. */
const patience = "2 minutes"

/** How often a worker is asked that is on its way or unhealthy, and one that is healthy. */
const intervals = { soon: "50 millis", usual: "1 second" } as const

interface Entry {
  readonly member: Member
  health: Probe.Health
  isRetired: boolean
  held: number
}

interface Waiter {
  readonly endpointId: string
  readonly look: () => void
  readonly fail: (error: NoWorker) => void
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Balancer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { probe = Probe.ask, saw, want } = options
    const entries = new Map<string, Entry>()
    const waiters = new Set<Waiter>()
    const probes = yield* FiberMap.make<string>()
    const follow = yield* FiberMap.runtime(probes)<never>()

    const of = (endpointId: string): ReadonlyArray<Entry> =>
      [...entries.values()].filter(({ member }) => member.endpointId === endpointId)

    const isOpen = ({ health, isRetired }: Entry): boolean => health === "healthy" && !isRetired

    const lookAgain = (endpointId: string) => {
      for (const waiter of [...waiters]) if (waiter.endpointId === endpointId) waiter.look()
    }

    /** The worker that a request is to go to: the one it asks for, or that with the fewest. */
    const choose = (endpointId: string, affinity: Affinity.Affinity | undefined): Entry | NoWorker | undefined => {
      const asked = affinity === undefined ? undefined : entries.get(affinity.workerId)
      const own = asked?.member.endpointId === endpointId && !asked.isRetired ? asked : undefined
      if (own !== undefined && isOpen(own)) return own
      if (affinity?.isStrict === true) {
        return own ?? gone(affinity.workerId)
      }
      return of(endpointId).filter(isOpen).toSorted((a, b) => a.held - b.held)[0]
    }

    const gone = (workerId: string) => new NoWorker({ reason: "gone", detail: `worker ${workerId} is gone` })

    const found = (endpointId: string, affinity: Affinity.Affinity | undefined): Effect.Effect<Entry, NoWorker> =>
      Effect.async<Entry, NoWorker>((resume) => {
        const end = (result: Effect.Effect<Entry, NoWorker>) => {
          waiters.delete(waiter)
          resume(result)
        }
        const waiter: Waiter = {
          endpointId,
          look() {
            const chosen = choose(endpointId, affinity)
            if (chosen instanceof NoWorker) end(Effect.fail(chosen))
            // one that is asked for by name may still be on its way
            else if (chosen !== undefined && isOpen(chosen)) end(Effect.succeed(chosen))
          },
          fail: (error) => end(Effect.fail(error))
        }
        waiters.add(waiter)
        waiter.look()
        if (waiters.has(waiter)) want(endpointId)
        return Effect.sync(() => waiters.delete(waiter))
      }).pipe(Effect.timeoutFail({
        duration: patience,
        onTimeout: () => new NoWorker({ reason: "timeout", detail: "timed out waiting for worker" })
      }))

    const lease: Balancer["lease"] = (endpointId, affinity) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.tap(restore(found(endpointId, affinity)), (entry) => {
          entry.held++
          want(endpointId)
          return Effect.addFinalizer(() =>
            Effect.sync(() => {
              entry.held--
            })
          )
        })
      ).pipe(Effect.map(({ member }) => member))

    const check = (entry: Entry): Effect.Effect<void> =>
      Effect.map(probe(entry.member.health), (health) => {
        const before = entry.health
        // one that never was healthy is still on its way, whatever it says
        entry.health = health === "unhealthy" && before === "initializing" ? before : health
        if (entry.health !== "healthy" || before === "healthy") return
        saw(entry.member.id)
        lookAgain(entry.member.endpointId)
      })

    const watch = (entry: Entry): Effect.Effect<never> =>
      Effect.forever(Effect.flatMap(
        check(entry),
        () => Effect.sleep(entry.health === "healthy" ? intervals.usual : intervals.soon)
      ))

    return {
      token: ids.uuid(),
      join(member) {
        const entry: Entry = { member, health: "initializing", isRetired: false, held: 0 }
        entries.set(member.id, entry)
        follow(member.id, watch(entry))
      },
      lease,
      suspect(workerId) {
        const entry = entries.get(workerId)
        if (entry === undefined) return
        entry.health = "unhealthy"
        follow(workerId, watch(entry))
      },
      demand: (endpointId) =>
        [...waiters].filter((waiter) => waiter.endpointId === endpointId).length +
        of(endpointId).reduce((sum, { held }) => sum + held, 0),
      // load balancers scale by the number of their requests
      waitingSince: () => undefined,
      heldBy: (workerId) => entries.get(workerId)?.held ?? 0,
      retire(workerId) {
        const entry = entries.get(workerId)
        if (entry === undefined) return
        entry.isRetired = true
        lookAgain(entry.member.endpointId)
      },
      lose(workerId) {
        const entry = entries.get(workerId)
        if (entry === undefined) return
        entries.delete(workerId)
        follow(workerId, Effect.void)
        lookAgain(entry.member.endpointId)
      },
      failQueued(endpointId, detail) {
        for (const waiter of [...waiters]) {
          if (waiter.endpointId === endpointId) waiter.fail(new NoWorker({ reason: "none", detail }))
        }
      }
    }
  })
