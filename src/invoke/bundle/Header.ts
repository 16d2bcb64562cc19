/**
 * What stands above bundled code.
 *
 * @since 0.1.0
 */
import { externalPrefix } from "./externals.ts"

/** Bundled CommonJS code calls `require` for Node's own modules, which an ES module does not have. */
const requireHeader =
  `import { createRequire as flashCreateRequire } from "node:module"; const require = flashCreateRequire(import.meta.url);`

/**
 * What code requires of the packages that a worker provides.
 *
 * @since 0.1.0
 * @category accessors
 */
export const requiredBy = (code: string): ReadonlyArray<string> => [
  ...new Set([...code.matchAll(requiredPackage)].flatMap(([, specifier]) => specifier ?? []))
]

/**
 * A line that gives code a `require` where it calls one; empty where it does not. `specifiers`: what it is called with,
 * of the packages that a worker provides; where code is split, the call may stand in another file.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (code: string, specifiers: ReadonlyArray<string> = requiredBy(code)): string => {
  if (!/\brequire\b/.test(code)) return ""
  if (specifiers.length === 0) return `${requireHeader}\n`
  // an ES module that the worker provides is imported, since not every version of Node can require it
  const imports = specifiers.map((specifier, index) => `import * as flashProvided${index} from "${specifier}";`)
  const entries = specifiers.map((specifier, index) => `["${specifier}", flashProvided${index}]`)
  return `${imports.join(" ")} ${requireHeader.replace("const require", "const flashRequire")} ` +
    `const flashProvided = new Map([${entries.join(", ")}]); ` +
    `const require = Object.assign((id) => flashProvided.get(id) ?? flashRequire(id), flashRequire);\n`
}

const requiredPackage = new RegExp(`\\b__require\\("(${externalPrefix}[^"]+)"\\)`, "g")
