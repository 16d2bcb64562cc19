/** What is said of an error, as a page: the same on a terminal and in docs/errors. */
import type { Named } from "./Registry.ts"

export const page = ({ code, exitCode = 1, fix, tag, title, why }: Named): string =>
  [
    `# ${code}: ${title}`,
    "",
    `\`${tag}\` in programs, exit code ${exitCode} of the command line.`,
    "",
    "## Why",
    "",
    why,
    "",
    "## What to do",
    "",
    ...fix.map((step) => `- ${step}`),
    ""
  ].join("\n")
