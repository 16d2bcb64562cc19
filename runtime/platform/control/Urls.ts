/**
 * Where clients find an endpoint.
 *
 * @since 0.1.0
 */

/**
 * A load-balancing endpoint has a host of its own: names below `localhost` mean this machine.
 *
 * @since 0.1.0
 * @category constructors
 */
export const loadBalancer = (base: string, endpointId: string): string => {
  const { port } = new URL(base)
  return `http://${endpointId}.localhost${port === "" ? "" : `:${port}`}`
}

/**
 * The job API of an endpoint.
 *
 * @since 0.1.0
 * @category constructors
 */
export const queue = (base: string, endpointId: string): string => `${base}/v2/${endpointId}`
