#!/usr/bin/env bash
# From a bare Debian machine to a leaderboard of prompts found by a real search.
set -euo pipefail

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
  cat <<'HELP'
usage: ./quickstart.sh

Installs what is missing from Debian (as root, or through sudo), builds the program, searches for
prompts of the bundled task "topics" with the bundled language model, and prints the leaderboard.
Run again, it neither installs nor rebuilds, and shows the finished search.

The search is experiments/examples/quickstart.json; its results lie in runs/quickstart.
HELP
  exit 0
fi
[ $# -eq 0 ] || { echo "expected no argument, found '$1'; see ./quickstart.sh --help" >&2; exit 2; }

cd "$(dirname "$0")"
minutes() { awk -v s="$1" 'BEGIN { printf "%.1f min", s / 60 }'; }

start=$SECONDS
scripts/install_packages.sh program
installed=$SECONDS
[ -f build/release/build.ninja ] || cmake --preset release -DPROSPECT_TESTS=OFF >build-release.log 2>&1 || {
  cat build-release.log >&2
  exit 1
}
rm -f build-release.log
cmake --build --preset release --target prospect_program prospect_scoring
built=$SECONDS
build/release/bin/prospect search experiments/examples/quickstart.json
finished=$SECONDS

echo
echo "install $(minutes $((installed - start))), build $(minutes $((built - installed)))," \
  "search $(minutes $((finished - built)))"
