/**
 * Starts what a thread runs (`../thread.ts`).
 *
 * @since 0.1.0
 */
import * as Script from "./Script.ts"

declare const flashThread: string

Script.run(new URL(flashThread, import.meta.url), {
  url: import.meta.url,
  resolve: import.meta.resolve,
  load: (url) => import(url)
})
