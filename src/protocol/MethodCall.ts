/**
 * What a method is called with on its way to an endpoint: the payload, and the instance it is for.
 *
 * @since 0.1.0
 */

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

/**
 * Stands for the payload of a method until it is encoded, so that nothing in between has to know of instances.
 *
 * @since 0.1.0
 * @category models
 */
export class MethodCall {
  readonly instance: InstanceRef
  readonly payload: unknown

  constructor(instance: InstanceRef, payload: unknown) {
    this.instance = instance
    this.payload = payload
  }
}

/**
 * The payload itself.
 *
 * @since 0.1.0
 * @category accessors
 */
export const payloadOf = (payload: unknown): unknown => payload instanceof MethodCall ? payload.payload : payload
