# Shared by the scripts beside it: a Python environment that has what a script needs. Sourced, not run.
#
#   root                 the repository
#   set_up EXTRAS TOOLS  makes `python` one that has ganforge with these extras (comma-separated, may be none);
#                        TOOLS are modules whose presence tells that an active environment will do

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$root/.venv"

fail() {
    printf 'ganforge: %s\n' "$@" >&2
    exit 1
}

say() {
    printf 'ganforge: %s\n' "$*" >&2
}

set_up() {
    local extras="$1" tools="$2"
    if [ -n "${VIRTUAL_ENV:-}" ] && has_all "$VIRTUAL_ENV/bin/python" "$tools"; then
        PATH="$VIRTUAL_ENV/bin:$PATH"
        return
    fi
    make_venv
    PATH="$venv/bin:$PATH"
    export VIRTUAL_ENV="$venv"
    unset PYTHONHOME
    install_into_venv "$extras"
}

# Whether this Python imports ganforge from this repository, and has all the tools. Imports none of them: torch is slow.
has_all() {
    [ -x "$1" ] && "$1" - "$root" $2 <<'PYTHON'
import importlib.util
import pathlib
import sys

root, *tools = sys.argv[1:]
spec = importlib.util.find_spec("ganforge")
ours = spec is not None and spec.origin is not None and pathlib.Path(root) in pathlib.Path(spec.origin).parents
sys.exit(not (ours and all(importlib.util.find_spec(tool) for tool in tools)))
PYTHON
}

make_venv() {
    if [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version > /dev/null 2>&1; then
        return
    fi
    local python
    python="$(find_python)" || fail \
        "Python 3.11 or newer is needed, and none was found (looked for python3.11 to python3.14, python3, python)." \
        "Install it, for example: sudo apt-get install python3.11 python3.11-venv"
    "$python" -c 'import ensurepip, venv' > /dev/null 2>&1 || fail \
        "$python cannot make virtual environments: its module venv or ensurepip is missing." \
        "Install it, for example: sudo apt-get install $(basename "$python")-venv" \
        "Or activate an environment of your own into which you have run: pip install -c constraints.txt -e '.[dev]'"
    say "making the environment .venv with $("$python" --version)"
    "$python" -m venv --clear "$venv" || fail "The environment $venv could not be made; the reason stands above."
}

find_python() {
    local name
    for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' > /dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    return 1
}

# What the studio's pages are made of: an installation builds them.
web_sources() {
    [ ! -d "$root/web" ] || (cd "$root/web" && find . -path ./node_modules -prune -o -type f -print0 | sort -z | xargs -0 cat)
    cat "$root/hatch_build.py"
}

# Installs nothing where the last installation was of the same files and of these extras, or of all of them (dev).
install_into_venv() {
    local extras="$1" wanted stamp
    wanted="$(cat "$root/pyproject.toml" "$root/constraints.txt" | cksum) $(web_sources | cksum) $root"
    for stamp in "$venv/.installed-$extras" "$venv/.installed-dev"; do
        if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
            return
        fi
    done
    local pip=(python -m pip --disable-pip-version-check install --quiet)
    # By itself and by its exact version first: where a build for the CPU alone is on offer, only that finds it
    say "installing torch (once; a large download)"
    "${pip[@]}" "$(grep '^torch==' "$root/constraints.txt")" || fail "torch could not be installed; the reason stands above."
    say "installing the rest"
    "${pip[@]}" --constraint "$root/constraints.txt" --editable "${root}[${extras}]" ||
        fail "The packages could not be installed; the reason stands above."
    printf '%s' "$wanted" > "$venv/.installed-$extras"
}
