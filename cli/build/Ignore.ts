/** The rules of `.gitignore` and files like it. */

/** The rules of one file, for paths below its folder. */
export interface Rules {
  /**
   * Whether a path, relative to the folder and with slashes, is ignored; `undefined` where no rule speaks of it.
   * Whoever goes through folders from the top asks of each folder first: what is below an ignored one is not asked of.
   */
  readonly decide: (path: string, isFolder: boolean) => boolean | undefined
}

interface Rule {
  readonly pattern: RegExp
  readonly isNegated: boolean
  readonly isForFolders: boolean
}

/** Reads rules; the last one that speaks of a path decides. */
export const parse = (text: string): Rules => {
  const rules = text.split(/\r?\n/).flatMap(ruleOf)
  return {
    decide: (path, isFolder) => {
      const rule = rules.findLast(({ isForFolders, pattern }) => (isFolder || !isForFolders) && pattern.test(path))
      return rule === undefined ? undefined : !rule.isNegated
    }
  }
}

const ruleOf = (line: string): ReadonlyArray<Rule> => {
  // a space at the end counts only behind a backslash
  const text = line.replace(/(?<!\\)\s+$/, "")
  if (text === "" || text.startsWith("#")) return []
  const isNegated = text.startsWith("!")
  const glob = isNegated ? text.slice(1) : text
  const isForFolders = glob.endsWith("/")
  const path = glob.replace(/\/+$/, "")
  if (path === "") return []
  // a slash anywhere but at the end ties the pattern to the folder
  const prefix = path.includes("/") ? "^" : "(?:^|/)"
  try {
    return [{ pattern: new RegExp(`${prefix}${translate(path.replace(/^\//, ""))}$`), isNegated, isForFolders }]
  } catch {
    // a set of characters that is none: such a pattern matches nothing
    return []
  }
}

/** Double stars first: they cross folders. */
const translate = (glob: string): string =>
  glob.replace(/\*\*\/|\/\*\*$|\*+|\?|\\(.)|\[(?:[!^]?\]?[^\]]*)\]|[.+^${}()|[\]\\]/g, (part, escaped?: string) => {
    if (part === "**/") return "(?:.*/)?"
    if (part === "/**") return "/.*"
    if (part.startsWith("*")) return "[^/]*"
    if (part === "?") return "[^/]"
    if (escaped !== undefined) return escaped.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")
    if (part.length > 1 && part.startsWith("[")) {
      return `[${part.slice(1, -1).replace(/^[!^]/, "^/").replaceAll("\\", "\\\\")}]`
    }
    return `\\${part}`
  })
