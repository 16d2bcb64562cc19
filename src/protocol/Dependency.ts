/**
 * Names of packages as a request may carry them: a name, perhaps with a version; never an option, a path or a URL,
 * since they become arguments of an installer.
 *
 * @since 0.1.0
 */

const npmName = /^(@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/
const npmVersion = /^[A-Za-z0-9^~<>=*][A-Za-z0-9.*^~<>=|+ -]*$/
const aptPackage = /^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9][A-Za-z0-9.+:~-]*)?$/

/**
 * The name in `name`, `name@1.2.3` or `@scope/name@^1`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const npmNameOf = (dependency: string): string => {
  const at = dependency.indexOf("@", 1)
  return at === -1 ? dependency : dependency.slice(0, at)
}

/**
 * What is wrong with npm and apt packages, in words; `undefined` where nothing is.
 *
 * @since 0.1.0
 * @category guards
 */
export const problemOf = (npm: ReadonlyArray<string>, apt: ReadonlyArray<string>): string | undefined => {
  const badNpm = npm.find((dependency) => !isNpm(dependency))
  if (badNpm !== undefined) {
    return `dependencies: ${JSON.stringify(badNpm)} is not an npm package with a version, as "ms@2.1.3"`
  }
  const badApt = apt.find((dependency) => !aptPackage.test(dependency))
  return badApt === undefined
    ? undefined
    : `systemDependencies: ${JSON.stringify(badApt)} is not the name of an apt package, as "ffmpeg"`
}

const isNpm = (dependency: string): boolean => {
  const name = npmNameOf(dependency)
  const version = dependency.slice(name.length + 1)
  return npmName.test(name) && (dependency === name || npmVersion.test(version))
}
