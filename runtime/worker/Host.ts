/**
 * What a program of the worker asks of the module that started it: it is a script, and a script has neither imports nor
 * a place of its own.
 *
 * @since 0.1.0
 */
import type { Worker } from "node:worker_threads"

/**
 * @since 0.1.0
 * @category models
 */
export interface Host {
  /** URL of that module. */
  readonly url: string
  /** Where it would find an import. */
  readonly resolve: (specifier: string) => string
  /** Imports a module. */
  readonly load: (url: string) => Promise<Readonly<Record<string, unknown>>>
  /** Keeps what is compiled by now for workers to come, once. */
  readonly keep: () => void
  /** A thread that was started ahead. */
  readonly spare?: Worker | undefined
}

declare const flashHost: Host | undefined

/**
 * Of the script that this is a part of; of an ES module that module's own.
 *
 * @since 0.1.0
 * @category accessors
 */
export const host: Host = typeof flashHost === "undefined"
  ? { url: import.meta.url, resolve: import.meta.resolve, load: (url) => import(url), keep: () => {} }
  : flashHost
