/**
 * The text of a module, parsed.
 *
 * @since 0.1.0
 */
import { extname } from "node:path"
import { BundleProblem } from "./BundleProblem.ts"
import * as Statements from "./Statements.ts"
import type { Statement } from "./Statements.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface ModuleSource {
  readonly file: string
  readonly text: string
  readonly isCommonJs: boolean
  readonly statements: ReadonlyArray<Statement>
  /** Whether tsconfig.json has a say in how it is compiled: it has tags, decorators or fields of classes. */
  readonly needsConfiguration: boolean
}

/**
 * Reads JavaScript or TypeScript, as the name of the file says; rejects with a `BundleProblem` where it is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = async (file: string, text: string): Promise<ModuleSource> => {
  // a native parser: it is loaded only where something is bundled
  const { parseSync } = await import("oxc-parser")
  const { errors, module, program } = parseSync(file, text, {
    preserveParens: false,
    sourceType: extname(file) === ".cjs" ? "commonjs" : "unambiguous"
  })
  const [error] = errors
  if (error !== undefined) {
    const line = text.slice(0, error.labels[0]?.start ?? 0).split("\n").length
    throw new BundleProblem([{ file, line, text: `it is no valid ${languageOf(file)}: ${error.message}` }])
  }
  const isCommonJs = !module.hasModuleSyntax && /\b(exports|module)\b/.test(text)
  const imported = program.body.flatMap((node) =>
    node.type === "ImportDeclaration" ? node.specifiers.map(({ local }) => local.name) : []
  )
  // what tags become is said by a comment, by tsconfig.json or by nobody: any import may be it
  const pragmas = [...text.matchAll(/@jsx(?:Frag)?\s+([\w$]+)/g)].flatMap(([, name]) => name ?? [])
  const statements = Statements.inspect(program.body, {
    isCommonJs,
    jsxNames: ["React", "h", "Fragment", ...pragmas, ...imported]
  })
  const needsConfiguration = statements.some(({ isConfigured }) => isConfigured)
  return { file, text, isCommonJs, statements, needsConfiguration }
}

const languageOf = (file: string): string => /\.[cm]?tsx?$/.test(file) ? "TypeScript" : "JavaScript"
