#!/usr/bin/env bash
# Instructions per operation: those of 2N operations less those of N, divided by N, so that
# start, warm-up and end cancel out.
#
#     benches/count.sh WORKLOAD RIVAL [N]
#     benches/count.sh RUNTIME/MESSAGE/SHAPE/CAPACITY CHANNEL [N]
set -euo pipefail
shopt -s inherit_errexit

workload=${1:?usage: benches/count.sh WORKLOAD RIVAL [N]}
rival=${2:?usage: benches/count.sh WORKLOAD RIVAL [N]}
operations=${3:-20000}

cd "$(dirname "$0")/.."
cargo build --quiet --profile bench --package wane-benches --bin count
program=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release/count

report=$(mktemp)
trap 'rm -f "$report"' EXIT

# Valgrind runs one thread at a time; a fair turn keeps the workers' shares like those of two cores.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --fair-sched=try --log-file="$report" \
        "$program" "$workload" "$rival" "$1"
    awk '/Collected/ { print $4 }' "$report"
}

once=$(instructions "$operations")
twice=$(instructions $((2 * operations)))
awk -v once="$once" -v twice="$twice" -v operations="$operations" \
    -v what="$workload on $rival" \
    'BEGIN { printf "%s: %.0f instructions per operation\n", what, (twice - once) / operations }'
