/**
 * A scheduler that lets the event loop turn however busy fibers are.
 *
 * Effect's own counts the turns of each fiber for itself: fibers that wake one another, as a stream and its reader do,
 * begin to count anew each time, and a thread full of them hears no message, the one to stop among them.
 *
 * @since 0.1.0
 */
import type { RuntimeFiber } from "effect/Fiber"
import { currentMaxOpsBeforeYield, currentSchedulingPriority } from "effect/FiberRef"
import { PriorityBuckets } from "effect/Scheduler"
import type { Scheduler, Task } from "effect/Scheduler"

/**
 * After so many turns of fibers, together, the event loop has one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (turns: number): Scheduler => {
  const tasks = new PriorityBuckets()
  let isScheduled = false
  let left = turns

  const schedule = () => {
    if (left-- > 0) return queueMicrotask(run)
    left = turns
    setImmediate(run)
  }

  const run = () => {
    const { buckets } = tasks
    tasks.buckets = []
    for (const [, all] of buckets) for (const task of all) task()
    isScheduled = tasks.buckets.length > 0
    if (isScheduled) schedule()
  }

  return {
    scheduleTask(task: Task, priority: number) {
      tasks.scheduleTask(task, priority)
      if (isScheduled) return
      isScheduled = true
      schedule()
    },
    shouldYield: (fiber: RuntimeFiber<unknown, unknown>) =>
      fiber.currentOpCount > fiber.getFiberRef(currentMaxOpsBeforeYield)
        ? fiber.getFiberRef(currentSchedulingPriority)
        : false
  }
}
