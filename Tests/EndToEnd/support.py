# SPDX-License-Identifier: Apache-2.0
"""Runs the real binary for tests: one-off commands, and a server on a free port."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("MARTLET", str(ROOT / ".build/release/martlet"))
SHOP = ROOT / "Examples/shop"
KEY = "xyz"


def run(*arguments, **options):
    """The finished process of one command."""
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


class Server:
    """A server over a data directory; use it in a with statement."""

    def __init__(self, directory, *options):
        self.process = subprocess.Popen(
            [BINARY, "serve", "--data-dir", directory, "--api-key", KEY, "--api-address", "127.0.0.1", "--api-port", "0",
             *map(str, options)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"https?://\S+:(\d+)", line)
        if not found:
            raise RuntimeError(f"no address in {line!r}: {self.process.stderr.read()}")
        self.port = int(found[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def call(self, method, path, body=None, key=KEY, raw=False):
        """(status, answer): parsed JSON, or text where raw."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, method=method)
        if key is not None:
            request.add_header("X-TYPESENSE-API-KEY", key)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                status, text = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
            error.close()
        return status, text if raw else json.loads(text)


def temporary():
    return tempfile.TemporaryDirectory(prefix="martlet-test-")
