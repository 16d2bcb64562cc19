/**
 * Files that code names by `new URL("./file", import.meta.url)`: they travel in the bundle, and the worker puts them
 * beside it when the code asks for them.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { readFileSync, statSync } from "node:fs"
import { SourceMap } from "node:module"
import type { SourceMapPayload } from "node:module"
import { basename } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Problem } from "./BundleProblem.ts"
import { packageOf } from "./ImportGraph.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface WithAssets {
  /** Lines and columns are those of the code that was given. Where it names files, it needs `flashAsset` below. */
  readonly code: string
  /** Absolute paths; `flashAsset(0)` is the first. */
  readonly files: ReadonlyArray<string>
  readonly problems: ReadonlyArray<Problem>
}

/** As esbuild prints it. */
const reference = /new URL\((["'`])((?:(?!\1).)+)\1, import\.meta\.url\)/g

/**
 * `map` is the code's source map, with file URLs for its sources.
 *
 * @since 0.1.0
 * @category constructors
 */
export const take = (code: string, map: SourceMapPayload): WithAssets => {
  const references = [...code.matchAll(reference)]
  if (references.length === 0) return { code, files: [], problems: [] }
  const sources = new SourceMap(map)
  const files = new Map<string, number>()
  const problems: Array<Problem> = []
  let out = ""
  let end = 0
  for (const { 0: text, 2: relative = "", index } of references) {
    const origin = originOf(sources, code, index)
    const found = origin === undefined || /^[\w+.-]+:|^\/\//.test(relative) ? undefined : locate(relative, origin)
    if (found === undefined) continue
    if ("text" in found) {
      problems.push(found)
      continue
    }
    if (/new Worker\(\s*$/.test(code.slice(0, index)) && origin !== undefined) {
      problems.push({ ...origin, text: `the module "${relative}" of a thread of its own does not travel` })
      continue
    }
    const place = files.get(found.path) ?? files.size
    files.set(found.path, place)
    // as long as what it stands for, so that columns stay
    out += code.slice(end, index) + `flashAsset(${place})`.padEnd(text.length)
    end = index + text.length
  }
  return { code: out + code.slice(end), files: [...files.keys()], problems }
}

interface Origin {
  readonly file: string
  readonly line: number
}

const originOf = (sources: SourceMap, code: string, index: number): Origin | undefined => {
  const before = code.slice(0, index).split("\n")
  const entry = sources.findEntry(before.length - 1, (before.at(-1) ?? "").length)
  return "originalSource" in entry
    ? { file: fileURLToPath(entry.originalSource), line: entry.originalLine + 1 }
    : undefined
}

/** The file, what is wrong with it, or `undefined` where the URL names no file that can travel. */
const locate = (relative: string, { file, line }: Origin): { readonly path: string } | Problem | undefined => {
  const isOwn = packageOf(file) === undefined
  const path = fileURLToPath(new URL(relative, pathToFileURL(file)))
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) return undefined
  if (/^\.env(\.|$)/.test(basename(path))) {
    return {
      file,
      line,
      text: `"${relative}" holds secrets, which do not travel with code; set them in the worker's environment`
    }
  }
  if (stats !== undefined) return { path }
  return isOwn
    ? { file, line, text: `there is no file "${relative}"; a worker has only the files that travel with the code` }
    : undefined
}

/**
 * Where a file is put, for its contents and its name.
 *
 * @since 0.1.0
 * @category accessors
 */
export const placeOf = (path: string, contents: Uint8Array): string =>
  `assets/${createHash("sha256").update(contents).digest("hex").slice(0, 16)}/${basename(path)}`

const urlOf = (place: string): string => place.split("/").map(encodeURIComponent).join("/")

/**
 * The function that `new URL(…)` became, where the files are there already: at their places below a folder, which is
 * given as a relative URL and ends with a slash.
 *
 * @since 0.1.0
 * @category constructors
 */
export const referTo = (folder: string, places: ReadonlyArray<string>): string =>
  places.length === 0 ? "" : `
function flashAsset(index) {
  return new URL(${JSON.stringify(places.map((place) => `${folder}${urlOf(place)}`))}[index], import.meta.url);
}
`

/**
 * The function that `new URL(…)` became, with the files in it. It writes a file once, whole or not at all.
 *
 * @since 0.1.0
 * @category constructors
 */
export const embed = (paths: ReadonlyArray<string>): string => {
  if (paths.length === 0) return ""
  const contents = paths.map((path) => readFileSync(path))
  const names = contents.map((bytes, index) => `./${urlOf(placeOf(paths[index] ?? "", bytes))}`)
  return `
import { existsSync as flashExists, mkdirSync as flashMkdir, renameSync as flashRename, writeFileSync as flashWrite } from "node:fs";
function flashAsset(index) {
  const url = new URL(${JSON.stringify(names)}[index], import.meta.url);
  if (!flashExists(url)) {
    const staging = new URL(url.href + "." + Math.random());
    flashMkdir(new URL(".", url), { recursive: true });
    flashWrite(staging, Buffer.from(${
    JSON.stringify(contents.map((bytes) => bytes.toString("base64")))
  }[index], "base64"));
    flashRename(staging, url);
  }
  return url;
}
`
}
