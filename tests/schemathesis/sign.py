"""Signs what schemathesis sends, over the very bytes that leave, as docs/submit-with-curl.sh does."""

import base64
import hashlib
import hmac
import os

import requests
import schemathesis

SECRET = os.environ["FH_API_SECRET"].encode()
HEADERS = {
    "X-Api-Key": os.environ["FH_API_KEY"],
    "X-Application": os.environ["FH_APPLICATION"],
    "X-App-Station": os.environ["FH_STATION"],
    "X-App-Version": os.environ["FH_APP_VERSION"],
}


class Signature(requests.auth.AuthBase):
    """A signature exactly when there is a body."""

    def __call__(self, request):
        body = request.body
        if body:
            if isinstance(body, str):
                body = body.encode()
            digest = hmac.new(SECRET, body, hashlib.sha256).digest()
            request.headers["X-Api-Signature"] = base64.b64encode(digest).decode()
        return request


@schemathesis.auth()
class Credentials:
    def get(self, case, context):
        return HEADERS

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), **data}
        case._auth = Signature()
