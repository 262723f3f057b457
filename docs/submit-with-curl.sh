#!/usr/bin/env bash
# Submits a signed invoice with nothing but curl and openssl, waits for its result and prints the verification code.
#
#   fh sim --port 8787              # in one terminal; it prints the six export lines for the other
#   docs/submit-with-curl.sh        # in the other; or with the path of another invoice
#
# openssl takes the secret as an argument, which other users of the machine can see while it runs. That is fine for a
# simulator; for real credentials use `fh submit`.
set -euo pipefail

file=${1:-$(dirname "$0")/../examples/invoice.json}
: "${FH_BASE_URL:?}" "${FH_API_KEY:?}" "${FH_API_SECRET:?}" "${FH_APPLICATION:?}" "${FH_STATION:?}" "${FH_APP_VERSION:?}"

# post PATH FILE: the signature is over the very bytes that are sent, so the body stays in a file.
post() {
  local signature
  signature=$(openssl dgst -sha256 -hmac "$FH_API_SECRET" -binary "$2" | openssl base64 -A)
  curl --silent --show-error --fail-with-body --max-time 30 --data-binary "@$2" \
    -H 'Content-Type: application/json' \
    -H "X-Api-Key: $FH_API_KEY" \
    -H "X-Api-Signature: $signature" \
    -H "X-Application: $FH_APPLICATION" \
    -H "X-App-Station: $FH_STATION" \
    -H "X-App-Version: $FH_APP_VERSION" \
    "$FH_BASE_URL$1"
}

request=$(post /invoice "$file")
echo "accepted as request $request"

question=$(mktemp)
trap 'rm -f "$question"' EXIT
printf '["%s"]' "$request" > "$question"
for _ in $(seq 100); do
  answer=$(post /status "$question")
  case $answer in
    *'"Success":true'*)
      echo "fiscalised, verification code $(sed -E 's/.*"VerificationCode":"([^"]+)".*/\1/' <<< "$answer")"
      exit 0 ;;
    *'"Error":"'*)
      echo "rejected: $(sed -E 's/.*"Error":"([^"]+)".*/\1/' <<< "$answer")" >&2
      exit 4 ;;
  esac
  sleep 0.2
done
echo "not settled yet; ask again for request $request" >&2
exit 5
