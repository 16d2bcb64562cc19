/**
 * Starts the worker: a thread first, since it takes longest, then the program that has jobs for it (`../main.ts`).
 *
 * @since 0.1.0
 */
import { handlerEnvironment } from "../HandlerEnvironment.ts"
import { heapLimitOf } from "../Heap.ts"
import * as JobThread from "../JobThread.ts"
import * as Script from "./Script.ts"

declare const flashMain: string

const spare = JobThread.open({
  program: new URL("./thread.mjs", import.meta.url),
  env: handlerEnvironment(process.env),
  // a number that is none ends the program below, which says so
  heapLimit: heapLimitOf(Number.parseInt(process.env["FLASH_MAX_HEAP_MB"] ?? "", 10))
})

Script.run(new URL(flashMain, import.meta.url), {
  url: import.meta.url,
  resolve: import.meta.resolve,
  load: (url) => import(url),
  spare
})
