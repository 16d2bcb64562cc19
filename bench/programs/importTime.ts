/** Prints how long the import of a module takes, in milliseconds. The argument is its specifier. */
const [, , specifier = ""] = process.argv
const start = performance.now()
await import(specifier)
process.stdout.write(`${performance.now() - start}\n`)
