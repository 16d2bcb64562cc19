/**
 * What handlers see of the worker's environment.
 *
 * @since 0.1.0
 */

/** What speaks for the worker, or for who calls it. */
const secrets: ReadonlySet<string> = new Set(["RUNPOD_AI_API_KEY", "FLASH_GATEWAY_TOKEN"])

/**
 * The environment without its secrets.
 *
 * @since 0.1.0
 * @category accessors
 */
export const handlerEnvironment = (env: NodeJS.ProcessEnv): Record<string, string> => ({
  // a module that runs a program does not do so here
  FLASH_TARGET: "worker",
  ...Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => value === undefined || secrets.has(name) ? [] : [[name, value]])
  )
})
