# SPDX-License-Identifier: Apache-2.0
"""Stands before the real server and answers chosen routes itself, to test what a page does with an answer."""
import http.server
import json
import threading
import urllib.error
import urllib.request


class Front:
    """Forwards to a port; `routes` maps a path to a function of (query, body) that answers JSON, text or a status."""

    def __init__(self, port):
        self.routes = {}
        self.asked = []
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                path, _, query = self.path.partition("?")
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                front.asked.append((self.command, path, query, body))
                if path in front.routes:
                    answer = front.routes[path](query, body)
                    status = answer if isinstance(answer, int) else 200
                    text = answer if isinstance(answer, str) else json.dumps(answer)
                    kind = "text/plain" if isinstance(answer, str) else "application/json"
                    return self.answer(status, {"Content-Type": kind}, text.encode())
                request = urllib.request.Request(f"http://127.0.0.1:{port}{self.path}", data=body, method=self.command)
                for name in ("X-TYPESENSE-API-KEY", "If-None-Match"):
                    if value := self.headers.get(name):
                        request.add_header(name, value)
                try:
                    response = urllib.request.urlopen(request, timeout=60)
                except urllib.error.HTTPError as error:
                    response = error
                with response:
                    self.answer(response.status, dict(response.headers), response.read())

            do_GET = do_POST = handle_any

            def answer(self, status, headers, body):
                try:
                    self.send_response_only(status)
                    for name, value in headers.items():
                        if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except BrokenPipeError:
                    pass  # The page lost interest, as it does in answers that came too late.

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
