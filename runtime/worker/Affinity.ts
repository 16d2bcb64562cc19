/**
 * Which jobs have to share a thread: those of one instance of a class, which lives in the thread that made it.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"

/**
 * What is the same of jobs that want the same instance; `undefined` of a job that any thread may run, also where it wants
 * an instance of its own. Versions of code are not told apart: their instances are, in the thread.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (input: unknown): string | undefined => {
  if (!Predicate.isReadonlyRecord(input) || input["execution_type"] !== "class") return undefined
  const { class_name: name, instance_id: id } = input
  return typeof name === "string" && typeof id === "string" ? JSON.stringify([name, id]) : undefined
}
