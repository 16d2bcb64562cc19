/** Keeps secrets out of an artifact: what the code asks for by name, and what stands in it. */
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { isSecretName } from "../../src/observability/SecretPatterns.ts"
import type { ProjectResource } from "./Project.ts"
import { isSecretFile } from "./SecretFiles.ts"
import * as SecretValues from "./SecretValues.ts"

/** Larger files are data. */
const maxText = 4 * 1024 * 1024

/** `files`: the project's own files that go into the artifact, from its folder. */
export const problemsOf = (
  root: string,
  files: ReadonlyArray<string>,
  resources: ReadonlyArray<ProjectResource>
): ReadonlyArray<string> => [...files.flatMap((file) => ofFile(root, file)), ...resources.flatMap(ofVariables)]

const ofFile = (root: string, file: string): ReadonlyArray<string> => {
  if (isSecretFile(file)) {
    return [
      `${file}: the code imports it or names it by \`new URL\`, and it holds secrets, which are in no artifact; ` +
      `put them into the worker's environment with Env.secret`
    ]
  }
  const path = join(root, file)
  if (statSync(path).size > maxText) return []
  return SecretValues.find(readFileSync(path, "utf8")).map(({ line, what }) =>
    `${file}:${line}: ${what} stands in it; store it as a secret on RunPod and use Env.secret. ` +
    "(A comment `flash: not a secret` on the line says that it only looks like one.)"
  )
}

/** A literal is a part of the manifest. */
const ofVariables = ({ config: { env }, name }: ProjectResource): ReadonlyArray<string> =>
  Object.entries(env).flatMap(([variable, value]) =>
    typeof value === "string" && value !== "" && (isSecretName(variable) || SecretValues.find(value).length > 0)
      ? [
        `resource "${name}": the variable ${variable} has a literal value, which would be in the manifest for all to ` +
        `read; use Env.secret("…"), or Env.fromLocal("${variable}")`
      ]
      : []
  )
