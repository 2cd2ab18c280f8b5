#!/bin/sh
# deps.sh check|install PACKAGE... : is what headroom needs there? If not, install it, and say what and why.
# Nothing is installed, and nothing asked, where everything is there. NO_INSTALL=1 prints the line instead.
set -eu
verb=$1
shift

why() {
    case $1 in
    libgsl-dev) echo "distributions, statistics, roots" ;;
    libjansson-dev) echo "writing JSON" ;;
    libzstd-dev) echo "the compression that producers and files really use" ;;
    libcmocka-dev) echo "the tests" ;;
    gnuplot-nox) echo "the figures" ;;
    pkg-config) echo "finding the libraries above" ;;
    *) echo "needed" ;;
    esac
}

has() {
    [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c1-2)" = ii ]
}

# On a system that is not Debian's, or where the same thing came another way, ask the tools themselves.
works() {
    case $1 in
    libgsl-dev) pkg-config --exists gsl ;;
    libjansson-dev) pkg-config --exists jansson ;;
    libzstd-dev) pkg-config --exists libzstd ;;
    libcmocka-dev) pkg-config --exists cmocka ;;
    gnuplot-nox) command -v gnuplot >/dev/null ;;
    pkg-config) command -v pkg-config >/dev/null ;;
    *) false ;;
    esac 2>/dev/null
}

missing=
for package in "$@"; do
    has "$package" || works "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
[ "$(id -u)" -eq 0 ] || sudo="sudo "
line="${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends$missing"

if [ -n "${NO_INSTALL:-}" ]; then
    echo "headroom needs packages that are not here. Install them with:" >&2
    echo "  $line" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "headroom needs$missing, and this system has no apt-get. Install them with its own package manager." >&2
    exit 1
fi
echo "headroom: installing Debian packages:" >&2
for package in $missing; do
    echo "  $package: $(why "$package")" >&2
done
echo "  $line" >&2
export DEBIAN_FRONTEND=noninteractive
if [ -n "$sudo" ]; then
    sudo apt-get update -qq
    sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends $missing
fi
