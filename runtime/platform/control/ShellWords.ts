/**
 * Arguments of a command as one text and as a list.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category encoding
 */
export const join = (words: ReadonlyArray<string>): string => words.map(quote).join(" ")

const quote = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/**
 * Reads words as a shell does, without expanding anything. A quote that is left open ends with the text.
 *
 * @since 0.1.0
 * @category decoding
 */
export const split = (text: string): ReadonlyArray<string> => {
  const words: Array<string> = []
  const token = /\s+|'([^']*)(?:'|$)|"((?:\\.|[^"\\])*)(?:"|$)|\\(.?)|([^\s'"\\]+)/gs
  let word: string | undefined
  for (const [whole, single, double, escaped, plain] of text.matchAll(token)) {
    if (single !== undefined) word = (word ?? "") + single
    else if (double !== undefined) word = (word ?? "") + double.replace(/\\(["\\$`])/g, "$1")
    else if (escaped !== undefined) word = (word ?? "") + escaped
    else if (plain !== undefined) word = (word ?? "") + plain
    else if (word !== undefined && whole.trim() === "") {
      words.push(word)
      word = undefined
    }
  }
  if (word !== undefined) words.push(word)
  return words
}
