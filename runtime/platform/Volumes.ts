/**
 * Network volumes as folders of this machine: what a worker writes there is there for the next one.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/**
 * @since 0.1.0
 * @category models
 */
export interface Volumes {
  /** Folder of a volume; made where it is not there. */
  readonly folder: (volumeId: string) => string
  /** The volume is gone, with what is on it. */
  readonly remove: (volumeId: string) => void
}

/**
 * In that folder, or in one that goes with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (folder: string | undefined): Effect.Effect<Volumes, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      // made with the first volume: most platforms have none
      Effect.sync(() => ({ path: folder })),
      (root) =>
        Effect.sync(() =>
          folder === undefined && root.path !== undefined
            ? rmSync(root.path, { recursive: true, force: true })
            : undefined
        )
    ),
    (root): Volumes => ({
      folder(volumeId) {
        root.path ??= mkdtempSync(join(tmpdir(), "effect-flash-volumes-"))
        const path = join(root.path, volumeId)
        mkdirSync(path, { recursive: true })
        return path
      },
      remove(volumeId) {
        if (root.path !== undefined) rmSync(join(root.path, volumeId), { recursive: true, force: true })
      }
    })
  )
