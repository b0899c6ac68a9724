#!/usr/bin/env bash
# Typeset PAPER/main.tex in BUILD and copy main.pdf to PAPER: make/latexmk.sh PAPER BUILD
# [RUNS]. With RUNS=fresh, typeset the report on fresh runs, paper/fresh.tex, instead.
set -euo pipefail
# The user's settings of TeX and the shell must not change the paper.
unset CDPATH TEXINPUTS BIBINPUTS BSTINPUTS

paper=$1
if [ "${3:-published}" = fresh ]; then
    mkdir -p "$paper"
    cp paper/replication.sty paper/refs.bib "$paper"
    cp paper/fresh.tex "$paper/main.tex"
fi
# Files of earlier runs are not used, because a killed run leaves incomplete files.
rm -rf "$2"
mkdir -p "$2"
build=$(cd "$2" && pwd)
cd "$paper"
if ! latexmk -norc -pdf -interaction=nonstopmode -halt-on-error -file-line-error -quiet \
    -outdir="$build" main.tex >"$build/latexmk.log" 2>&1; then
    echo "paper: LaTeX stopped:" >&2
    { grep -hE -A 2 '^(!|[^ ]+\.[a-z]+:[0-9]+:)' "$build/main.log" ||
        tail -n 15 "$build/latexmk.log"; } 2>/dev/null | head -n 15 >&2
    echo "paper: the complete log is $build/main.log" >&2
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
