#!/usr/bin/env bash
# Typeset PAPER/main.tex in BUILD and put main.pdf beside it: make/latexmk.sh PAPER BUILD
# [RUNS]. RUNS=fresh: what the fresh runs give is a report of its own, from the same parts.
set -euo pipefail
# The paper is made of what is here, whatever the user's settings of TeX and the shell.
unset CDPATH TEXINPUTS BIBINPUTS BSTINPUTS

paper=$1
if [ "${3:-published}" = fresh ]; then
    mkdir -p "$paper"
    cp paper/replication.sty paper/refs.bib "$paper"
    cp paper/fresh.tex "$paper/main.tex"
fi
# Nothing of an earlier run is used: one that was killed leaves halves behind.
rm -rf "$2"
mkdir -p "$2"
build=$(cd "$2" && pwd)
cd "$paper"
if ! latexmk -norc -pdf -interaction=nonstopmode -halt-on-error -file-line-error -quiet \
    -outdir="$build" main.tex >"$build/latexmk.log" 2>&1; then
    echo "paper: LaTeX stopped:" >&2
    { grep -hE -A 2 '^(!|[^ ]+\.[a-z]+:[0-9]+:)' "$build/main.log" ||
        tail -n 15 "$build/latexmk.log"; } 2>/dev/null | head -n 15 >&2
    echo "paper: the whole log is $build/main.log" >&2
    exit 2
fi
warned=$(grep -hE '^LaTeX Warning: (Reference|Citation|There were undefined)' \
    "$build/main.log" | sort -u || true)
if [ -n "$warned" ]; then
    printf 'paper: %s\n' "$warned" >&2
fi
if ! cmp -s "$build/main.pdf" main.pdf; then
    cp "$build/main.pdf" main.pdf.part
    mv main.pdf.part main.pdf
fi
