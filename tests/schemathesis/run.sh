#!/usr/bin/env bash
# Tests the simulator with schemathesis, which makes requests from the specification and looks for answers outside it.
#
#   tests/schemathesis/run.sh            # installs schemathesis into a folder of its own, starts the simulator, asks every operation
#   tests/schemathesis/run.sh -n 500     # more requests; further arguments go to schemathesis
#
# SCHEMATHESIS is the program to use instead, FH the built `fh`; VENV the folder to install into. Nothing leaves this machine but the installation.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=4.32.5
if [ -z "${SCHEMATHESIS:-}" ]; then
  VENV=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/fh-schemathesis-$version}
  [ -x "$VENV/bin/schemathesis" ] || { python3 -m venv "$VENV" && "$VENV/bin/pip" install --quiet "schemathesis==$version"; }
  SCHEMATHESIS=$VENV/bin/schemathesis
fi

work=$(mktemp -d)
if [ -z "${FH:-}" ]; then
  cargo build --quiet --locked --bin fh
  FH=target/debug/fh
fi
"$FH" sim --port 0 > "$work/sim" 2>&1 &
simulator=$!
trap 'kill "$simulator" 2>/dev/null || true; rm -rf "$work"' EXIT
until grep -q '^export FH_APP_VERSION=' "$work/sim"; do
  kill -0 "$simulator" 2>/dev/null || { cat "$work/sim" >&2; exit 1; }
  sleep 0.1
done
eval "$(grep '^export FH_' "$work/sim")"

# What is asked: is any answer outside the specification? Not asked is what the service does not promise: that it refuses everything
# that a schema forbids (limits are the authority's, and are reported when a document is settled), or takes everything that one allows.
export SCHEMATHESIS_HOOKS=sign
export PYTHONPATH=$PWD/tests/schemathesis PYTHONDONTWRITEBYTECODE=1
specification=$PWD/spec/openapi.json
cd "$work" # it leaves notes of its own behind
"$SCHEMATHESIS" run "$specification" --url "$FH_BASE_URL" --seed 1 --max-examples 50 --continue-on-failure \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
  "$@"
