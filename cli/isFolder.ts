import { statSync } from "node:fs"

/** Whether a word of a command line names a folder. */
export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
