#!/bin/sh
# gauntlet-c++ and gauntlet-cc: clang++ and clang, whose programs explore themselves when they run. They take what clang
# takes; GAUNTLET_CHECK_OPTIONS gives the program gauntlet-check's options, GAUNTLET_SUPPRESSIONS names their file.
built=$(dirname "$(dirname "$(readlink -f "$0")")")
case $0 in
*c++) compiler=clang++-19 ;;
*) compiler=clang-19 ;;
esac

# With nothing but options (-v, -print-…) there is nothing to link the library to.
inputs=false
for argument; do
  case $argument in
  - | [!-]*) inputs=true ;;
  esac
done
if $inputs; then set -- --config="$built/lib/gauntlet.cfg" "$@"; fi
exec "$compiler" "$@"
