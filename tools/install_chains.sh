#!/bin/sh
# Install the nodes that `make test-chains` runs: litecoind from Debian's packages, anvil from npm, below .tools.
# Needs root for the Debian package unless it is there already, and npm for anvil. What cannot be had is said, and the
# tests that need it are skipped and say so too.
set -eu
cd "$(dirname "$0")/.."

if ! command -v litecoind >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -q
        apt-get install -y -q --no-install-recommends litecoind
    else
        echo "litecoind is not installed and this is no root on Debian: its tests will be skipped" >&2
    fi
fi

case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) anvil=anvil-linux-amd64 ;;
    Linux-aarch64) anvil=anvil-linux-arm64 ;;
    Darwin-x86_64) anvil=anvil-darwin-amd64 ;;
    Darwin-arm64) anvil=anvil-darwin-arm64 ;;
    *) echo "no anvil for $(uname -s) on $(uname -m)" >&2; exit 1 ;;
esac
PATH="$PATH:$PWD/.venv/bin"
if ! command -v npm >/dev/null 2>&1; then
    echo "npm is not installed (make web brings one): the tests of EVM chains will be skipped" >&2
elif [ ! -x ".tools/chains/node_modules/@foundry-rs/$anvil/bin/anvil" ]; then
    mkdir -p .tools/chains
    # The package with the program itself; the one that chooses it would run a script to install.
    npm install --prefix .tools/chains --no-audit --no-fund --ignore-scripts "@foundry-rs/$anvil@1.7.1"
fi

# The compiler of the contracts in the tests; apart from .venv, because it pins what it needs.
if [ ! -x .tools/chains/vyper/bin/vyper ]; then
    .tools/bin/uv venv -q --python .venv/bin/python .tools/chains/vyper
    .tools/bin/uv pip install -q --python .tools/chains/vyper/bin/python vyper==0.4.3
fi
