/**
 * `effect-flash/local`: the embedded platform and the target on it.
 *
 * @since 0.1.0
 */
export { layerFlash, layerFlashAppOn, layerFlashOn, layerResourceManagerOn } from "./LocalFlash.ts"
export * as Platform from "./Platform.ts"
