/**
 * The command that makes a stock image a worker.
 *
 * @since 0.1.0
 */

/** What is installed where an image has no Node.js, or one too old; checksums from the release's signed list. */
const node = {
  version: "22.22.3",
  x64: "c7a10d6816da8eaaa7534dd73c71c6e2b2c391dbbf845e364902d156615dd1b8",
  arm64: "cc8bc82b2dd0b595c3b95a4c3c9c8c350907cff011afbdee3d1379e812e1e3e3"
}

/** The versions of Node.js this package runs on, 20.19 and later. */
const suitable = "/^(20[.](19|[2-9][0-9])|2[1-9]|[3-9][0-9])[.]/.test(process.versions.node)"

/**
 * Lines of a POSIX shell. The whole is one argument in single quotes, so that none of them may have one; and one line,
 * since that is what a form of the console takes, so that each must be whole.
 */
const script = (version: string): ReadonlyArray<string> => [
  "set -eu",
  `fail() { echo "effect-flash: $*" >&2; exit 1; }`,
  `has() { command -v "$1" >/dev/null 2>&1; }`,
  `suits() { has node && node -e "process.exit(${suitable} ? 0 : 1)"; }`,
  `home="\${FLASH_HOME:-/opt/effect-flash}"`,
  `mkdir -p "$home" 2>/dev/null && [ -w "$home" ] || home=/tmp/effect-flash`,
  `mkdir -p "$home"`,
  `export PATH="$home/node/bin:$PATH"`,
  `if ! suits; then ${installNode.join("; ")}; fi`,
  `installed() { node -p "require(process.argv[1]).version" "$home/node_modules/effect-flash/package.json" 2>&1 || true; }`,
  `if [ "$(installed)" != "${version}" ]; then ${installWorker(version).join("; ")}; fi`,
  // an image that is to bring it all is made with this
  `if [ -n "\${FLASH_INSTALL_ONLY:-}" ]; then exit 0; fi`,
  // a script of a shell may be given arguments of the worker's
  `exec "$home/node_modules/.bin/flash" worker "$@"`
]

const installNode: ReadonlyArray<string> = [
  `if ! has curl && ! has wget; then ${
    [
      `has apt-get || fail "no Node.js >= 20.19, and no curl, wget or apt-get to get it with: use an image that has it"`,
      `export DEBIAN_FRONTEND=noninteractive`,
      `apt-get -o Acquire::Retries=3 -qq update || fail "apt-get could not update"`,
      `apt-get -o Acquire::Retries=3 -qq -y --no-install-recommends install ca-certificates curl || ` +
      `fail "apt-get could not install curl"`
    ].join("; ")
  }; fi`,
  `case "$(uname -m)" in ${
    [
      `x86_64) arch=x64; sum=${node.x64};;`,
      `aarch64) arch=arm64; sum=${node.arm64};;`,
      `*) fail "there is no Node.js for $(uname -m)";;`
    ].join(" ")
  } esac`,
  `url="https://nodejs.org/dist/v${node.version}/node-v${node.version}-linux-$arch.tar.gz"`,
  `archive="$home/node.tar.gz"`,
  `download() { if has curl; then curl -fsSL --retry 5 -o "$archive" "$url"; else wget -q -O "$archive" "$url"; fi; }`,
  `download || fail "could not download $url"`,
  `echo "$sum  $archive" | sha256sum -c - >/dev/null || fail "$url has another checksum than $sum"`,
  `mkdir -p "$home/node"`,
  `tar -xzf "$archive" -C "$home/node" --strip-components=1 --no-same-owner || fail "could not unpack $archive"`,
  `rm "$archive"`,
  // a shell remembers where it found the old one
  "hash -r",
  `suits || fail "Node.js ${node.version} does not run on this image"`
]

const npmFlags = [
  // the worker's bundle brings the copies of what a program has beside this package
  "--omit=peer",
  "--omit=dev",
  "--no-save",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--no-update-notifier",
  "--loglevel=error",
  "--fetch-retries=5"
]

const installWorker = (version: string): ReadonlyArray<string> => [
  `has npm || fail "the image has Node.js but no npm"`,
  `npm install --prefix "$home" ${npmFlags.join(" ")} "effect-flash@${version}" || ` +
  `fail "npm could not install effect-flash@${version}"`
]

/**
 * Arguments for an image's entry point that make it a worker of this version: installs Node.js where there is none or
 * an old one, then this package, and becomes `flash worker`. What is there already is not installed again: an image may
 * bring it. All of it goes below `FLASH_HOME`, `/opt/effect-flash` by default. Needs a Linux with a POSIX shell, and
 * glibc where Node.js is missing; fails with a line in the container's log that says why.
 *
 * @since 0.1.0
 * @category constructors
 */
export const startCommand = (version: string): string => `sh -c '${script(version).join("; ")}'`

/**
 * The same as a file of a shell, a command a line, for images that bring a worker. With `FLASH_INSTALL_ONLY` set it
 * installs and ends.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bootstrapScript = (version: string): string =>
  `#!/bin/sh\n# Makes an image a worker of effect-flash ${version}. Generated from src/resources/startCommand.ts.\n` +
  `${script(version).join("\n")}\n`
