#!/usr/bin/env bash
# Installs from Debian what prospect needs and this machine lacks; prints nothing where nothing is
# missing.
#
#   scripts/install_packages.sh program    what quickstart.sh needs
#   scripts/install_packages.sh tests      that and the test library
set -euo pipefail

packages=(
  g++ cmake ninja-build
  libtorch-dev          # the language model's tensors (ATen)
  libopenblas0-pthread  # LibTorch takes libblas.so.3 at run time; the reference BLAS is 20 times slower
  libeigen3-dev libtbb-dev libboost-program-options-dev nlohmann-json3-dev libicu-dev libsqlite3-dev
  libdnnl-dev libsentencepiece-dev  # tokenizers that are published as SentencePiece models
  libvectorscan-dev liblzma-dev  # prompt mining: tens of thousands of names at once, in packed text
  liblink-grammar-dev link-grammar-dictionaries-en  # its dependency paths
  libmythes-dev mythes-en-us libhunspell-dev hunspell-en-us  # synonyms and their word forms
  gnuplot-nox           # the plots of `prospect report`
)
[ "${1:-program}" = tests ] && packages+=(doctest-dev ccache libvalijson-dev)  # valijson: rows against their JSON Schema

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "expected root or sudo, to install: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
