#!/usr/bin/env bash
# Installs what gauntlet needs and this machine lacks; as `setup.sh bench`, with what make bench needs; as
# `setup.sh browser`, with what opens the report's page in make test. Nothing to do costs one dpkg-query.
# Debian 12 and Ubuntu 24.04 and newer. Exit status: 0 everything is there, 2 it isn't and can't be installed from here.
set -euo pipefail

# The one list of packages, each with what it is for.
packages=(
  'make                 runs the commands'
  'git                  names the commit in a report and the files for lint'
  'clang-19             compiles everything'
  'libclang-rt-19-dev   the sanitizer run-times: the tsan and asan engines'
  'lld-19               links everything: hundreds of programs, in a third of the time'
  'llvm-19              llvm-symbolizer: functions and lines in sanitizer reports'
  'g++                  the second compiler that primitives must please'
  'libboost-test-dev    Boost.Test: every cell binary is a test module'
  'libboost-context-dev fibers for simulated threads'
  'relacy-dev           the relacy engine'
  'elfutils             eu-stack: the stacks of a hung process'
  'libdw-dev            names, functions and lines of addresses in our own process'
  'nlohmann-json3-dev   writes results'
  'libcpp-httplib-dev   client and server of the example that fetches URLs in parallel'
  'python3              runs cells, grades, reports'
  'python3-jinja2       the report templates'
  'python3-pygments     source excerpts in the report'
  'python3-jsonschema   checks results against their schema'
  'python3-pytest       make test'
  'python3-junitparser  make test: reads our junit.xml back'
  'libxml2-utils        make test: xmllint holds junit.xml to its schema'
  'python3-pytest-xdist make test: on every core'
  'libboost-dev         make test: Boost.Lockfree, explored as it is; make bench: boost::asio::thread_pool'
  'libconcurrentqueue-dev    make test: and so is this queue'
  'libreaderwriterqueue-dev  make test: and this one'
  'libck-dev            make test: and Concurrency Kit'
  'liburcu-dev          make test: and a queue of Userspace RCU'
  'clang-format-19      make lint'
  'clang-tidy-19        make lint'
  'libclang-19-dev      make lint: keeps clang-tidy to our own code'
  'llvm-19-dev          the passes that gauntlet-c++ compiles programs with'
  'shellcheck           make lint'
  'pyflakes3            make lint'
)
[[ ${1-} != bench ]] || packages+=(
  'libbenchmark-dev     repeats and times'
  'libabsl-dev          absl::Mutex and its company'
  'libtbb-dev           TBB queues, locks and tasks'
)

# These may well be there without apt's doing: `programs package reason`, where one of the programs is enough.
[[ ${1-} != browser ]] || while read -r programs package; do
  for program in ${programs//|/ }; do
    ! command -v "$program" >/dev/null || continue 2
  done
  packages=("${packages[@]}" "$package")
done <<'LIST'
chromium|google-chrome chromium             opens the report
node                   nodejs               drives the browser
npm                    npm                  brings what package.json names
LIST

explain() { printf '%s\n' "$@" >&2; }

installed() {
  dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${packages[@]%% *}" 2>/dev/null |
    sed -n 's/^installed //p'
}

# A package per line of output: those of the list that are not installed.
missing() {
  comm -23 <(printf '%s\n' "${packages[@]%% *}" | sort -u) <(installed | sort -u)
}

if ! command -v dpkg-query >/dev/null; then
  explain 'setup: dpkg-query: not found; gauntlet installs its tools on Debian 12, Ubuntu 24.04 and newer.' \
    'Elsewhere, install the equivalents of these by hand:' "${packages[@]/#/  }"
  exit 2
fi

mapfile -t lacking < <(missing)
((${#lacking[@]})) || exit 0

by_hand="sudo apt-get update && sudo apt-get install --no-install-recommends ${lacking[*]}"
give_up() {
  explain "setup: $1" 'Run this, then try again:' "  $by_hand"
  exit 2
}

as_root=()
if (($(id -u) != 0)); then
  command -v sudo >/dev/null || give_up "missing: ${lacking[*]}; installing needs root, and there is no sudo."
  as_root=(sudo)
  [[ -t 0 ]] || as_root=(sudo --non-interactive)
fi
command -v apt-get >/dev/null || give_up "missing: ${lacking[*]}; installing needs apt-get, which is not here."

explain "setup: installing ${#lacking[@]} of ${#packages[@]} packages:"
for package in "${packages[@]}"; do
  for name in "${lacking[@]}"; do
    [[ ${package%% *} != "$name" ]] || explain "  $package"
  done
done

# apt's own chatter is shown only if it fails. The lock is waited for: another apt may be at work (unattended-upgrades).
apt() {
  local said
  local command=(env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes -o DPkg::Lock::Timeout=300 "$@")
  if ! said=$("${as_root[@]}" "${command[@]}" 2>&1); then
    explain "$said"
    give_up "\`apt-get $*\` failed; its words are above."
  fi
}
apt update
apt install --no-install-recommends "${lacking[@]}"

mapfile -t lacking < <(missing)
((${#lacking[@]} == 0)) || give_up "still missing after apt-get install: ${lacking[*]}."
