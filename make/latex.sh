#!/usr/bin/env bash
# Check that LaTeX is installed. If it is not, install it if root on Debian or Ubuntu.
set -euo pipefail
unset TEXINPUTS BIBINPUTS BSTINPUTS # as make/latexmk.sh does

packages="latexmk texlive-latex-base texlive-latex-recommended texlive-fonts-recommended"

there() {
    command -v latexmk >/dev/null && command -v pdflatex >/dev/null &&
        kpsewhich booktabs.sty >/dev/null && kpsewhich ptmr8t.tfm >/dev/null
}

there && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "paper: LaTeX is missing; installing $packages (once)"
    log=$(mktemp)
    if DEBIAN_FRONTEND=noninteractive bash -c "apt-get update &&
        apt-get install -y --no-install-recommends $packages" >"$log" 2>&1 && there
    then
        rm "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
    rm "$log"
fi
cat >&2 <<MESSAGE
paper: LaTeX is missing or incomplete (the figures in figures/ do not need it).
  Debian, Ubuntu:  sudo apt-get install $packages
  elsewhere:       TeX Live with latexmk, booktabs, microtype, natbib and Times
MESSAGE
exit 2
