#!/usr/bin/env bash
# Builds everything and runs all tests.
set -euo pipefail

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
  cat <<'HELP'
usage: ./test.sh [CTEST OPTION...]

Installs what is missing from Debian (as root, or through sudo), builds with the dev preset (warnings
are errors) and runs the tests. Options go to ctest: ./test.sh -L unit runs the small ones, -LE slow
leaves out the slow ones, -R NAME picks by name.

Tests that need reference material look for it in ../shared, or in $PROSPECT_SHARED, and say so where
they are skipped.
HELP
  exit 0
fi

cd "$(dirname "$0")"
scripts/install_packages.sh tests
[ -f build/dev/build.ninja ] || cmake --preset dev
cmake --build --preset dev
ctest --preset dev "$@"
