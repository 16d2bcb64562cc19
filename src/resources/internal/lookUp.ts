/** A table's own entry: `constructor` and the like are none. */
export const lookUp = <A>(table: Readonly<Record<string, A>>, key: string): A | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined
