import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

/** The installed package that this command line belongs to. */
export interface Package {
  /** The folder that holds its package.json. */
  readonly root: string
  readonly version: string
}

/**
 * Finds the package by walking up from this file, which works for the bundle in dist/cli as for the sources. It reads
 * the version from package.json when it is asked, so that a build need not know it.
 */
export const findPackage = (from: string = import.meta.url): Package => {
  for (let folder = Path.dirname(fileURLToPath(from));; folder = Path.dirname(folder)) {
    const path = Path.join(folder, "package.json")
    if (Fs.existsSync(path)) {
      const content: { readonly name?: string; readonly version?: string } = JSON.parse(Fs.readFileSync(path, "utf8"))
      if (content.name === "effect-flash") return { root: folder, version: content.version ?? "0.0.0" }
    }
    if (folder === Path.dirname(folder)) throw new Error("flash does not find the effect-flash package it belongs to")
  }
}
