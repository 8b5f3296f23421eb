"""Webhooks: what each service wants, and what its answer means. Secrets are in no message of an exception."""

import base64
import hashlib
import hmac
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

BODY_MAX = 65536
LATER_CODES = (408, 425, 429)
BUSY = {"wecom": (45009, -1), "dingtalk": (130101, -1)}  # errcode: too often, or their own fault


class Failed(Exception):
    """It did not arrive. `after_s`: when to try again, where the service says so. `wrong`: the message's own fault."""

    def __init__(self, why, after_s=None, wrong=False):
        super().__init__(why)
        self.after_s, self.wrong = after_s, wrong


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None  # an alarm is not sent to wherever somebody points


def secret(options, name):
    """The option itself, or the first line of the file that <name>_file says; None: neither."""
    path = options.get(name + "_file")
    if not path:
        return options.get(name)
    with open(path, encoding="utf-8") as file:
        return file.readline().strip()


def signed(url, key):
    """DingTalk's signature: of the time and the key, in the query."""
    stamp = str(round(time.time() * 1000))
    digest = hmac.new(key.encode(), f"{stamp}\n{key}".encode(), hashlib.sha256).digest()
    query = urllib.parse.urlencode({"timestamp": stamp, "sign": base64.b64encode(digest).decode()})
    return f"{url}{'&' if '?' in url else '?'}{query}"


class Webhook:
    """One address. post() blocks for at most about `timeout` seconds."""

    SIZES = {"wecom": 2000, "dingtalk": 15000, "ntfy": 3800, "json": 15000}  # bytes of text that each takes

    def __init__(self, name, options):
        self.name, self.kind = name, options["type"]
        if self.kind not in self.SIZES:
            raise ValueError(f"webhook {name}: type is one of {', '.join(self.SIZES)}, not {self.kind}")
        self.url, self.key, self.token = (secret(options, what) for what in ("url", "secret", "token"))
        if not self.url or not self.url.startswith(("https://", "http://")):
            raise ValueError(f"webhook {name}: url (or the first line of url_file) must begin with https:// or http://")
        self.topic = options.get("topic")
        if self.kind == "ntfy" and not self.topic:
            raise ValueError(f"webhook {name}: ntfy needs a topic")
        self.timeout = float(options.get("timeout", "10"))
        self.per_minute = int(options.get("per_minute", "20"))
        self.size = self.SIZES[self.kind]
        context = ssl.create_default_context(cafile=options.get("ca_file"))
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), NoRedirect)

    def document(self, title, text, grave, notices):
        if self.kind in ("wecom", "dingtalk"):
            return {"msgtype": "text", "text": {"content": text}}
        if self.kind == "ntfy":
            return {"topic": self.topic, "title": title, "message": text.partition("\n")[2] or text,
                    "priority": (2, 3, 4, 5)[grave]}
        return {"title": title, "text": text, "notices": notices}

    def request(self, document):
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "notify-bridge"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        url = signed(self.url, self.key) if self.kind == "dingtalk" and self.key else self.url
        return urllib.request.Request(url, json.dumps(document, ensure_ascii=False).encode(), headers)

    def post(self, title, text, grave, notices):
        try:
            with self.opener.open(self.request(self.document(title, text, grave, notices)),
                                  timeout=self.timeout) as answer:
                self.judge(answer.read(BODY_MAX))
        except urllib.error.HTTPError as error:
            error.close()
            after = error.headers.get("Retry-After", "")
            raise Failed(f"HTTP status {error.code}", float(after) if after.isdigit() else None,
                         400 <= error.code < 500 and error.code not in LATER_CODES + (401, 403, 404)) from None
        except (OSError, ValueError, urllib.error.URLError) as error:
            reason = getattr(error, "reason", error)
            raise Failed(f"{type(reason).__name__}: {getattr(reason, 'strerror', None) or 'no answer'}") from None
        except Exception as error:
            if isinstance(error, Failed):
                raise
            raise Failed(type(error).__name__) from None

    def judge(self, body):
        """WeCom and DingTalk say with status 200 that they did not take it."""
        if self.kind not in BUSY:
            return
        try:
            code = json.loads(body)["errcode"]
        except (ValueError, KeyError, TypeError):
            raise Failed("the answer is none of this service") from None
        if code:
            raise Failed(f"errcode {code}", wrong=code not in BUSY[self.kind])
