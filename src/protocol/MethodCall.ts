/**
 * What a method is called with on its way to an endpoint: the payload, and the instance it is for.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"

/**
 * An instance as its callers name it.
 *
 * @since 0.1.0
 * @category models
 */
export interface InstanceRef {
  readonly id: string
  /** What its constructor is given, encoded by the constructor's schema. */
  readonly args: unknown
}

const MethodCallId = Symbol.for("effect-flash/MethodCall")

/**
 * Stands for the payload of a method until it is encoded, so that nothing in between has to know of instances.
 *
 * @since 0.1.0
 * @category models
 */
export class MethodCall {
  readonly [MethodCallId] = true
  readonly instance: InstanceRef
  readonly payload: unknown

  constructor(instance: InstanceRef, payload: unknown) {
    this.instance = instance
    this.payload = payload
  }
}

/**
 * By a global symbol: a program of CommonJS may have a copy of this package of its own.
 *
 * @since 0.1.0
 * @category guards
 */
export const isMethodCall = (payload: unknown): payload is MethodCall => Predicate.hasProperty(payload, MethodCallId)

/**
 * The payload itself.
 *
 * @since 0.1.0
 * @category accessors
 */
export const payloadOf = (payload: unknown): unknown => isMethodCall(payload) ? payload.payload : payload
