/** Notices that a file of the project was saved, added or removed. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { existsSync, statSync, watch } from "node:fs"
import type { FSWatcher } from "node:fs"
import { dirname, join } from "node:path"
import * as ProjectFiles from "../build/ProjectFiles.ts"

export interface Sources {
  /** These files are watched, too, wherever they are. */
  readonly follow: (files: ReadonlyArray<string>) => Effect.Effect<void>
  /** Waits until the files are others than at the beginning, or than this told last. */
  readonly changed: Effect.Effect<void>
}

/** Editors write in several steps; milliseconds. */
const quiet = 10

/** Files beside modules that have a say in what is served. */
const others = ["package.json", "tsconfig.json", ".gitignore", ".flashignore"]

/** Files by their paths, each with what tells its states apart. */
type Print = ReadonlyMap<string, string>

/** `root`: absolute path without links in it. */
export const make = (root: string): Effect.Effect<Sources, never, Scope.Scope> =>
  Effect.gen(function*() {
    const events = yield* Queue.sliding<void>(1)
    const watchers = new Map<string, FSWatcher>()
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const watcher of watchers.values()) watcher.close()
      })
    )
    let followed: ReadonlyArray<string> = []

    const drop = (folder: string, watcher: FSWatcher) => {
      watcher.close()
      if (watchers.get(folder) === watcher) watchers.delete(folder)
    }

    /** Folders are watched, not files: editors put a new file in the place of the old one. */
    const cover = (folders: ReadonlySet<string>) => {
      for (const [folder, watcher] of watchers) if (!folders.has(folder)) drop(folder, watcher)
      for (const folder of folders) {
        if (watchers.has(folder) || !existsSync(folder)) continue
        try {
          const watcher = watch(folder, { persistent: false }, () => void Queue.unsafeOffer(events, undefined))
          // it is gone, which the folder above tells
          watcher.on("error", () => drop(folder, watcher))
          watchers.set(folder, watcher)
        } catch {
          // it went away just now, or the system has no more watches to give; the others still tell
        }
      }
    }

    const look = (): Print => {
      const { folders, modules } = listed(root)
      cover(new Set([...folders, ...followed.map((file) => dirname(file))]))
      return new Map(
        [...modules, ...others.map((name) => join(root, name)), ...followed].map((path) =>
          [path, stampOf(path)] as const
        )
      )
    }

    let known = look()
    return {
      follow: (files) =>
        Effect.sync(() => {
          followed = files
          look()
          // those that were not looked at before are as they are now
          known = new Map([...files.map((path) => [path, stampOf(path)] as const), ...known])
        }),
      changed: Effect.gen(function*() {
        // looks first: whoever stopped waiting may have missed what it was told
        while (!differ(known, look())) yield* Queue.take(events)
        yield* Effect.sleep(quiet)
        known = look()
      })
    }
  })

/** One that is in neither is as good as one that is gone. */
const differ = (before: Print, after: Print): boolean =>
  [...new Set([...before.keys(), ...after.keys()])].some((path) =>
    (before.get(path) ?? gone) !== (after.get(path) ?? gone)
  )

const listed = (root: string) => {
  try {
    const { folders, modules } = ProjectFiles.list(root)
    const absolute = (path: string) => join(root, path)
    return { folders: folders.map(absolute), modules: modules.map(absolute) }
  } catch {
    // a folder went away while it was read, of which there is another event
    return { folders: [root], modules: [] }
  }
}

const gone = ""

const stampOf = (path: string): string => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? gone : `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}`
}
