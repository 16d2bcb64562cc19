#!/bin/sh
# Makes an image a worker of effect-flash 0.1.0. Generated from src/resources/startCommand.ts.
set -eu
fail() { echo "effect-flash: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
suits() { has node && node -e "process.exit(/^(20[.](19|[2-9][0-9])|2[1-9]|[3-9][0-9])[.]/.test(process.versions.node) ? 0 : 1)"; }
home="${FLASH_HOME:-/opt/effect-flash}"
mkdir -p "$home" 2>/dev/null && [ -w "$home" ] || home=/tmp/effect-flash
mkdir -p "$home"
export PATH="$home/node/bin:$PATH"
if ! suits; then if ! has curl && ! has wget; then has apt-get || fail "no Node.js >= 20.19, and no curl, wget or apt-get to get it with: use an image that has it"; export DEBIAN_FRONTEND=noninteractive; apt-get -o Acquire::Retries=3 -qq update || fail "apt-get could not update"; apt-get -o Acquire::Retries=3 -qq -y --no-install-recommends install ca-certificates curl || fail "apt-get could not install curl"; fi; case "$(uname -m)" in x86_64) arch=x64; sum=c7a10d6816da8eaaa7534dd73c71c6e2b2c391dbbf845e364902d156615dd1b8;; aarch64) arch=arm64; sum=cc8bc82b2dd0b595c3b95a4c3c9c8c350907cff011afbdee3d1379e812e1e3e3;; *) fail "there is no Node.js for $(uname -m)";; esac; url="https://nodejs.org/dist/v22.22.3/node-v22.22.3-linux-$arch.tar.gz"; archive="$home/node.tar.gz"; download() { if has curl; then curl -fsSL --retry 5 -o "$archive" "$url"; else wget -q -O "$archive" "$url"; fi; }; download || fail "could not download $url"; echo "$sum  $archive" | sha256sum -c - >/dev/null || fail "$url has another checksum than $sum"; mkdir -p "$home/node"; tar -xzf "$archive" -C "$home/node" --strip-components=1 --no-same-owner || fail "could not unpack $archive"; rm "$archive"; hash -r; suits || fail "Node.js 22.22.3 does not run on this image"; fi
installed() { node -p "require(process.argv[1]).version" "$home/node_modules/effect-flash/package.json" 2>&1 || true; }
if [ "$(installed)" != "0.1.0" ]; then has npm || fail "the image has Node.js but no npm"; npm install --prefix "$home" --omit=peer --omit=dev --no-save --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error --fetch-retries=5 "effect-flash@0.1.0" || fail "npm could not install effect-flash@0.1.0"; fi
if [ -n "${FLASH_INSTALL_ONLY:-}" ]; then exit 0; fi
exec "$home/node_modules/.bin/flash" worker "$@"
