#!/usr/bin/env bash
# Opens exports with pyarrow, DuckDB and openpyxl, and holds their sums against `fh report` and the simulator's Z-report.
#
#   tests/tables/run.sh            # 300 random sales and their notes; installs the three into a folder of its own
#   tests/tables/run.sh 87500      # with its notes 100,000 documents
#   LIBREOFFICE=1 tests/tables/run.sh   # and with LibreOffice, which must be there as `soffice`
#
# PYTHON is an interpreter that has the three; FH the built `fh`; VENV the folder to install into.
set -euo pipefail
cd "$(dirname "$0")/../.."
count=${1:-300}

if [ -z "${PYTHON:-}" ]; then
  VENV=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/fh-tables}
  PYTHON=$VENV/bin/python
  "$PYTHON" -c 'import duckdb, openpyxl, pyarrow' 2> /dev/null || {
    python3 -m venv "$VENV" && "$VENV/bin/pip" install --quiet duckdb==2.0.1 openpyxl==3.1.5 pyarrow==26.0.1
  }
fi
if [ -z "${FH:-}" ]; then
  cargo build --quiet --locked --bin fh
  FH=target/debug/fh
fi
FH=$(realpath "$FH")
here=$PWD/tests/tables

work=$(mktemp -d)
"$FH" sim --port 0 > "$work/sim" 2>&1 &
simulator=$!
trap 'kill "$simulator" 2>/dev/null || true; rm -rf "$work"' EXIT
until grep -q '^export FH_APP_VERSION=' "$work/sim"; do
  kill -0 "$simulator" 2>/dev/null || { cat "$work/sim" >&2; exit 1; }
  sleep 0.1
done
eval "$(grep '^export FH_' "$work/sim")"
export FH_OUTBOX=$work/outbox.db HOME=$work
cd "$work"

from=$(date --date "-$((count / 40000 + 1)) days" +%F)
half=$((count / 2))
"$PYTHON" "$here/documents.py" 0 "$half" "$count" > first.jsonl
"$PYTHON" "$here/documents.py" "$half" $((count - half)) "$count" > second.jsonl
# The rate of a code is changed in the middle.
"$FH" tax add --code STD --tax-id 2 --name 'Zero at first' > /dev/null
"$FH" submit first.jsonl > /dev/null
mapping=$("$FH" --output json tax list | "$PYTHON" -c 'import json, sys
told = [json.loads(line) for line in sys.stdin]
told = told[0] if isinstance(told[0], list) else told
print(next(one["Id"] for one in told if one["TaxCode"] == "STD"))')
"$FH" tax delete "$mapping" > /dev/null
"$FH" tax add --code STD --tax-id 517 --name 'Then the standard rate' > /dev/null
"$FH" submit second.jsonl > /dev/null

for table in documents taxes lines; do
  for format in csv parquet; do
    "$FH" export --from "$from" --of "$table" --format "$format" --file "$table.$format"
  done
done
"$FH" export --from "$from" --format jsonl --file documents.jsonl
"$FH" export --from "$from" --format xlsx --file all.xlsx
for by in currency tax; do
  "$FH" --output json report --from "$from" --by "$by" > "$by.json"
done
closed=$(curl --silent --fail -X POST "${FH_BASE_URL%/api}/_sim/close-day")
day=$("$PYTHON" -c 'import json, sys; print(json.loads(sys.argv[1])["fiscal_day"])' "$closed")
"$FH" --output json zreport get "$day" > zreport.json
"$PYTHON" "$here/check.py" "$work"

if [ -n "${LIBREOFFICE:-}" ]; then
  soffice --headless "-env:UserInstallation=file://$work/office" --convert-to csv:"Text - txt - csv (StarCalc)":44,34,76,1,,0,false,true,false,false,false,-1 \
    --outdir "$work/office-out" all.xlsx documents.csv > /dev/null
  "$PYTHON" "$here/office.py" "$work"
fi
