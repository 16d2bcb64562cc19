/**
 * How much memory a thread may take.
 *
 * @since 0.1.0
 */
import { totalmem } from "node:os"

const MiB = 1024 * 1024

/** A thread ends before the system ends the worker for what the thread took: some of the memory is for the rest. */
const heapShare = 0.75

/** Megabytes. */
const leastHeap = 256

/**
 * In bytes: the container's limit, or what the machine has.
 *
 * @since 0.1.0
 * @category accessors
 */
export const memory = (): number => {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}

/**
 * Megabytes of JavaScript values that a thread may hold: those that are wanted, or most of the memory.
 *
 * @since 0.1.0
 * @category accessors
 */
export const heapLimitOf = (wanted: number): number =>
  wanted > 0 ? wanted : Math.max(leastHeap, Math.floor(memory() * heapShare / MiB))
