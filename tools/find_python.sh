#!/bin/sh
# Print the path of a Python that Pyxiu runs on (3.11 to 3.14), or say clearly what is missing.
# $PYTHON, when set, is the only candidate; otherwise `python3` and then the versioned names are tried.
set -u

probe='import sys; v = sys.version_info[:2]; print(sys.executable); sys.exit(0 if (3, 11) <= v <= (3, 14) else 1)'

for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if path="$("$candidate" -c "$probe" 2>/dev/null)"; then
        printf '%s\n' "$path"
        exit 0
    fi
done

{
    echo "Pyxiu needs Python 3.11, 3.12, 3.13 or 3.14."
    if [ -n "${PYTHON:-}" ]; then
        echo "PYTHON=$PYTHON is: $("$PYTHON" --version 2>&1 || echo 'not found')"
    else
        echo "python3 is: $(python3 --version 2>&1 || echo 'not found')"
    fi
    echo "Debian, Ubuntu: apt install python3      macOS: brew install python@3.13"
    echo "Or name one yourself:                    make setup PYTHON=/path/to/python3.11"
} >&2
exit 1
