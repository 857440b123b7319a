#!/bin/bash
# The reference that parity is measured against: a folder with Debian sid, in which PyTorch, transformers,
# tokenizers and SentencePiece are installed. prospect itself never needs it.
#
#   reference_stack.sh build DIR                       needs root and debootstrap; about 3 GB, some minutes
#   reference_stack.sh run DIR SCRIPT.py ARGUMENTS...  runs a script in it
#
# build goes on where it was interrupted, and leaves a complete folder alone. The Debian mirror is the first
# one in this machine's apt sources, or $MIRROR. run shows the script's folder, the current one and those in
# $BIND (separated by ':') inside, at the paths that they have here.
set -euo pipefail

packages=(python3-torch libopenblas0-pthread python3-transformers python3-tokenizers python3-safetensors
  python3-sentencepiece python3-protobuf)

die() {
  echo "reference_stack.sh: $*" >&2
  exit 2
}

first_mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null | sed 's/#.*//' |
    tr -s '[:space:]' '\n' | grep -m 1 -E '^https?://.*/debian/?$' || true
}

# A command inside the folder. What is mounted belongs to a namespace that ends with the command.
inside() {
  local root=$1 binds=$2
  shift 2
  unshare --mount --propagation private bash -euc '
    root=$1 binds=$2; shift 2
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    while IFS= read -r folder; do
      [[ -n $folder ]] || continue
      mkdir -p "$root$folder"
      mount --bind "$folder" "$root$folder"
    done <<<"$binds"
    exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1 "$@"' inside "$root" "$binds" "$@"
}

build() {
  local root=$1 mirror
  if [[ ! -e $root/etc/apt/sources.list.d/sid.list ]]; then
    command -v debootstrap >/dev/null || die "needs debootstrap: apt-get install debootstrap"
    mirror=${MIRROR:-$(first_mirror)}
    [[ -n $mirror ]] || die "found no Debian mirror in /etc/apt; set MIRROR to one"
    debootstrap --variant=minbase --include=ca-certificates sid "$root" "$mirror" >&2
    rm -f "$root/etc/apt/sources.list"
    echo "deb [check-valid-until=no] $mirror sid main" >"$root/etc/apt/sources.list.d/sid.list"
  fi
  if [[ ! -e $root/etc/reference-stack ]]; then
    printf 'path-exclude=/usr/share/%s/*\n' doc man locale info >"$root/etc/dpkg/dpkg.cfg.d/code-alone"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    inside "$root" "" apt-get -q update >&2
    inside "$root" "" apt-get -q -y --no-install-recommends install "${packages[@]}" >&2
    inside "$root" "" apt-get clean
    echo "${packages[*]}" >"$root/etc/reference-stack"
  fi
  inside "$root" "" python3 -c 'import torch, transformers, tokenizers
print("torch", torch.__version__, "transformers", transformers.__version__, "tokenizers", tokenizers.__version__)'
}

run() {
  local root=$1 script binds folder
  [[ -e $root/etc/reference-stack ]] || die "$root is no complete stack; expected one from: reference_stack.sh build $root"
  [[ -f $2 ]] || die "$2: no such script"
  script=$(realpath "$2")
  shift 2
  binds=$PWD$'\n'$(dirname "$script")
  while IFS= read -r folder; do
    [[ -z $folder ]] && continue
    [[ -d $folder ]] || die "$folder (in BIND): no such folder"
    binds+=$'\n'$(realpath "$folder")
  done < <(tr ':' '\n' <<<"${BIND:-}")
  if grep -qE '^(/|/(usr|lib|bin|sbin|etc|proc|sys|dev)(/.*)?)$' <<<"$binds"; then
    die "a system folder cannot be shown inside; run from the folder of the checkpoints"
  fi
  inside "$root" "$binds" env --chdir="$PWD" python3 "$script" "$@"
}

[[ $(id -u) -eq 0 ]] || die "needs root (chroot does)"
case ${1:-} in
  build)
    [[ $# -eq 2 ]] || die "expected: build DIR"
    mkdir -p "$2"
    build "$(cd "$2" && pwd)"
    ;;
  run)
    [[ $# -ge 3 && -d $2 ]] || die "expected: run DIR SCRIPT.py ARGUMENTS..., with DIR a folder"
    root=$(cd "$2" && pwd)
    shift 2
    run "$root" "$@"
    ;;
  *) die "expected build or run, found '${1:-nothing}'" ;;
esac
