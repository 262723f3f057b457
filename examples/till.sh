#!/bin/sh
# A till in shell, with nothing but curl.
#
#   fh serve                        # in one terminal; or, to try it without an account: fh --sandbox serve
#   examples/till.sh invoice.json
#
# It hands the document to the agent until that says what became of it, and prints the receipt. Handing the same document in
# again changes nothing, so run this again whenever something is not clear.
#
# Environment: FH_AGENT (http://127.0.0.1:8490), FH_AGENT_TOKEN_FILE (where `fh serve` says the token is), and
# FH_AGENT_PATIENCE, the seconds until it gives up waiting (300). What it gives up waiting for stays in the outbox.
#
# Exit codes: 0 printed, 2 usage, 3 refused and not taken in, 4 rejected, 5 not settled yet, 6 wrong token.
set -eu

file=${1:?"the file of an invoice or a credit note"}
agent=${FH_AGENT:-http://127.0.0.1:8490}
token=${FH_AGENT_TOKEN_FILE:-${XDG_STATE_HOME:-$HOME/.local/state}/fiscal-harmony/agent-token}
until=$(($(date +%s) + ${FH_AGENT_PATIENCE:-300}))

test -r "$file" || { echo "till: $file cannot be read" >&2; exit 2; }
test -r "$token" || { echo "till: the token file $token cannot be read; does fh serve run?" >&2; exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# ask PATH [CURL OPTION ...]: writes the answer into a file and prints its status; 000 for none. The token goes through a pipe,
# since other users of the machine can see arguments.
ask() {
  path=$1
  shift
  printf 'header = "Authorization: Bearer %s"\n' "$(cat "$token")" |
    curl --config - --silent --noproxy '*' --max-time 45 --output "$scratch/answer" --dump-header "$scratch/head" \
      --write-out '%{http_code}' "$@" "$agent$path" > "$scratch/status" || echo 000 > "$scratch/status"
  cat "$scratch/status"
}

# field NAME: a text of the answer. Quotes within a JSON text are escaped, so that the first match is the field itself.
field() {
  sed -nE 's/.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p' "$scratch/answer" | head -n 1
}

again() {
  if [ "$(date +%s)" -ge "$until" ]; then
    echo "till: not settled yet: $1. Run this again later." >&2
    exit 5
  fi
  echo "till: $1; asking again" >&2
}

while :; do
  left=$((until - $(date +%s)))
  wait=$((left > 30 ? 30 : left < 0 ? 0 : left))
  status=$(ask "/v1/documents?wait=$wait" --data-binary "@$file")
  case $status in
    200 | 202)
      state=$(sed -nE 's/.*"changed_at":"[^"]*","state":"([a-z]+)".*/\1/p' "$scratch/answer")
      case $state in
        fiscalised) break ;;
        queued | sending | accepted | unknown)
          waits=$(field why)
          again "it is $state${waits:+, and waits for this: $waits}" ;;
        rejected | parked)
          echo "till: $state: $(field reason)" >&2
          # What may have arrived is neither rejected nor refused: somebody must look it up.
          grep -q '"in_doubt":true' "$scratch/answer" && exit 5
          exit 4 ;;
        *)
          echo "till: $state: $(field reason)" >&2
          exit 5 ;;
      esac ;;
    000 | 408 | 429 | 5??)
      again "the agent does not answer ($status)"
      sleep 1 ;;
    *)
      echo "till: $(field detail)" >&2
      case $status in 401 | 403) exit 6 ;; *) exit 3 ;; esac ;;
  esac
done

own=$(sed -nE 's/^[Ll]ocation: *([^[:space:]]*).*/\1/p' "$scratch/head" | tail -n 1)
while status=$(ask "$own/receipt.txt"); [ "$status" != 200 ]; do
  again "the receipt could not be had ($status)"
  sleep 1
done
cat "$scratch/answer"
