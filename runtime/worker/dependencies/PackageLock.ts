/**
 * What npm has resolved a set of packages to, and whether that is what a folder holds.
 *
 * npm checks the digest of an archive when it unpacks it, and notes it in `node_modules/.package-lock.json`; the lock
 * of the set says which one it has to be.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { readFile } from "node:fs/promises"
import { join } from "node:path"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const Lock = Schema.parseJson(Schema.Struct({
  packages: Schema.Record({
    key: Schema.String,
    value: Schema.Struct({
      version: optional(Schema.String),
      integrity: optional(Schema.String),
      /** Belongs to another kind of machine, perhaps. */
      optional: optional(Schema.Boolean)
    })
  })
}))

type Lock = Schema.Schema.Type<typeof Lock>

const Package = Schema.parseJson(Schema.Struct({ version: Schema.String }))

const decodeLock = Schema.decodeUnknownOption(Lock)
const decodePackage = Schema.decodeUnknownOption(Package)

/**
 * Names of the files, in the folder and in its `node_modules`.
 *
 * @since 0.1.0
 * @category constants
 */
export const fileName = "package-lock.json"
const installedName = join("node_modules", ".package-lock.json")

const read = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "")

/**
 * Why a folder is not what its lock says, in words; `undefined` where it is.
 *
 * @since 0.1.0
 * @category guards
 */
export const problemOf = async (folder: string): Promise<string | undefined> => {
  const lock = Option.getOrUndefined(decodeLock(await read(join(folder, fileName))))
  const installed = Option.getOrUndefined(decodeLock(await read(join(folder, installedName))))
  if (lock === undefined || installed === undefined) return "its lock cannot be read"
  const problems = await Promise.all(
    Object.entries(lock.packages).map(([path, expected]) =>
      path === "" ? undefined : packageProblem(folder, path, expected, installed)
    )
  )
  return problems.find((problem) => problem !== undefined)
}

const packageProblem = async (
  folder: string,
  path: string,
  expected: Lock["packages"][string],
  installed: Lock
): Promise<string | undefined> => {
  const actual = installed.packages[path]
  if (actual === undefined) return expected.optional === true ? undefined : `${path} is not installed`
  if (actual.integrity !== expected.integrity) return `${path} is of another digest than was locked`
  const found = Option.getOrUndefined(decodePackage(await read(join(folder, path, "package.json"))))
  return found?.version === expected.version
    ? undefined
    : `${path} is ${found?.version ?? "damaged"}, not ${expected.version}`
}
