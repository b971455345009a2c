# SPDX-License-Identifier: Apache-2.0
"""What the server does with clients that ask too much, too slowly, or from elsewhere."""
import json
import pathlib
import resource
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest
import urllib.request

from support import BINARY, KEY, Server, temporary

SCHEMA = {"name": "c", "fields": [{"name": "title", "type": "string"}]}


class LimitsTest(unittest.TestCase):
    def start(self, *options):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.server = Server(self.directory + "/data", *options)
        self.addCleanup(self.server.__exit__)
        return self.server

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=20)
        self.addCleanup(connection.close)
        return connection

    def head(self, method, path, *more):
        lines = [f"{method} {path} HTTP/1.1", "Host: x", f"X-TYPESENSE-API-KEY: {KEY}", *more, "", ""]
        return "\r\n".join(lines).encode()

    def read_all(self, connection):
        parts = []
        while part := connection.recv(1 << 16):
            parts.append(part)
        return b"".join(parts)

    def fetch(self, method, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}{path}", method=method, headers=headers)
        with urllib.request.urlopen(request) as response:
            response.read()
            return response.status, dict(response.headers)

    def test_cross_origin(self):
        self.start("--enable-cors", "--cors-domains", "https://shop.example,https://b.example")
        status, headers = self.fetch("OPTIONS", "/multi_search", Origin="https://shop.example",
                                     **{"Access-Control-Request-Method": "POST"})
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (204, "https://shop.example"))
        self.assertIn("x-typesense-api-key", headers["Access-Control-Allow-Headers"])
        self.assertNotIn("Access-Control-Allow-Origin", self.fetch("GET", "/health", Origin="https://evil.example")[1])
        self.assertNotIn("Access-Control-Allow-Origin", self.fetch("GET", "/health")[1])

    def test_rate_of_one_key(self):
        server = self.start("--rate-limit", "5")
        server.call("POST", "/collections", SCHEMA)
        key = server.call("POST", "/keys", {"description": "d", "actions": ["*"], "collections": ["*"]})[1]["value"]
        statuses = [server.call("GET", "/collections", key=key)[0] for _ in range(20)]
        self.assertEqual(set(statuses), {200, 429})
        self.assertGreaterEqual(statuses.count(200), 5)
        self.assertEqual({server.call("GET", "/collections")[0] for _ in range(20)}, {200})
        time.sleep(1)
        self.assertEqual(server.call("GET", "/collections", key=key)[0], 200)

    def test_bodies_too_long_or_too_deep(self):
        server = self.start("--max-body-mb", "1")
        server.call("POST", "/collections", SCHEMA)
        self.assertEqual(server.call("POST", "/collections", b'{"a":"' + b"x" * (1 << 20) + b'"}')[0], 413)
        self.assertEqual(server.call("POST", "/collections", b"[" * 100 + b"]" * 100)[0], 400)
        # Imports have no limit, but lines have.
        lines = b"\n".join(b'{"title":"lamp %d","rest":"%s"}' % (i, b"x" * 50_000) for i in range(60))
        status, text = server.call("POST", "/collections/c/documents/import", lines, raw=True)
        self.assertEqual((status, text.count('"success":true')), (200, 60))
        long = b'{"title":"' + b"x" * (17 << 20) + b'"}\n{"title":"good"}'
        answers = server.call("POST", "/collections/c/documents/import", long, raw=True)[1].split("\n")
        self.assertIn("longer than 16 MB", answers[0])
        self.assertEqual(answers[1], '{"success":true}')

    def test_slow_clients_are_cut_off_and_hold_up_nobody(self):
        server = self.start("--patience-seconds", "2")
        slow_head, slow_body, silent = self.connect(), self.connect(), self.connect()
        slow_body.sendall(self.head("POST", "/multi_search", "Content-Length: 1000"))
        started = time.time()
        for connection, text in ((slow_head, b"GET /health HT"), (slow_body, b'{"searches":[')):
            for byte in text[:6]:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)
                self.assertEqual(server.call("GET", "/health")[0], 200)
        for connection in (slow_head, slow_body, silent):
            try:
                self.assertEqual(self.read_all(connection), b"")
            except ConnectionResetError:
                pass
        self.assertLess(time.time() - started, 12)

    def test_idle_and_half_open_connections_hold_up_nobody(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = min(10_000, hard - 600)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        print(f"limits: {count} connections that send nothing, half a request, or no more", end="", flush=True)
        server = self.start()
        connections = [self.connect() for _ in range(count)]
        for connection in connections[::3]:
            connection.sendall(b"GET /hea")
        for connection in connections[1::3]:
            connection.sendall(b"GET /hea")
            connection.shutdown(socket.SHUT_WR)
        slowest = 0
        for _ in range(100):
            started = time.time()
            self.assertEqual(server.call("GET", "/health")[0], 200)
            slowest = max(slowest, time.time() - started)
        self.assertLess(slowest, 1)
        connections[0].sendall(b"lth HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(connections[0].recv(100).startswith(b"HTTP/1.1 200"))

    def test_more_connections_than_there_is_room_for(self):
        server = self.start("--connection-limit", "8")
        connections = [self.connect() for _ in range(40)]
        for connection in connections:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        # Those beyond the limit are closed or wait; the first ones are served, and room is used again.
        self.assertTrue(connections[0].recv(100).startswith(b"HTTP/1.1 200"))
        for connection in connections:
            connection.close()
        self.assertEqual(server.call("GET", "/health")[0], 200)

    def test_too_few_open_files_are_told(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        command = ["sh", "-c", 'ulimit -n 512; exec "$@"', "sh", BINARY, "serve", "--data-dir", directory.name + "/data",
                   "--api-key", KEY, "--api-address", "127.0.0.1", "--api-port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            line = process.stderr.readline()
            process.terminate()
        self.assertIn("room for 256 connections, not 16384", line)
        self.assertIn("ulimit -n", line)

    def test_a_full_queue_says_when_to_try_again(self):
        server = self.start("--queue-limit", "1")
        server.call("POST", "/collections", SCHEMA)
        holding = self.connect()
        holding.sendall(self.head("POST", "/collections/c/documents/import", "Content-Length: 1000"))
        deadline = time.time() + 10
        status = 0
        while status != 503 and time.time() < deadline:
            refused = self.connect()
            body = b'{"title":"x"}'
            refused.sendall(self.head("POST", "/collections/c/documents", f"Content-Length: {len(body)}",
                                      "Connection: close") + body)
            answer = self.read_all(refused)
            status = int(answer.split()[1])
        self.assertEqual(status, 503)
        self.assertIn(b"Retry-After: 1", answer)
        self.assertEqual(server.call("GET", "/collections/c/documents/search?q=x&query_by=title")[0], 200)

    def test_requests_under_way_are_finished_at_the_end(self):
        server = self.start()
        server.call("POST", "/collections", SCHEMA)
        lines = b"".join(b'{"title":"lamp %d"}\n' % i for i in range(5000))
        connection = self.connect()
        connection.sendall(self.head("POST", "/collections/c/documents/import", f"Content-Length: {len(lines)}"))
        connection.sendall(lines[:40_000])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        connection.sendall(lines[40_000:])
        self.assertEqual(self.read_all(connection).count(b'"success":true'), 5000)
        self.assertEqual(server.process.wait(20), 0)

    def test_import_arrives_in_any_parts(self):
        server = self.start()
        server.call("POST", "/collections", SCHEMA)
        lines = "".join(json.dumps({"id": str(i), "title": f"lampe é蓝 {i}"}) + "\r\n" for i in range(50)).encode()
        for size in (1, 7, 64, 1000):
            connection = self.connect()
            connection.sendall(self.head("POST", "/collections/c/documents/import?action=upsert",
                                         "Transfer-Encoding: chunked", "Connection: close"))
            for start in range(0, len(lines), size):
                part = lines[start:start + size]
                connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            connection.sendall(b"0\r\n\r\n")
            self.assertEqual(self.read_all(connection).count(b'{"success":true}'), 50)
        self.assertEqual(server.call("GET", "/collections/c")[1]["num_documents"], 50)

    def test_writers_do_not_hold_up_searches(self):
        server = self.start()
        server.call("POST", "/collections", SCHEMA)
        lines = b"".join(b'{"title":"lamp %d"}\n' % i for i in range(30_000))
        writer = threading.Thread(target=server.call, args=("POST", "/collections/c/documents/import", lines, KEY, True))
        writer.start()
        slowest = 0
        while writer.is_alive():
            started = time.time()
            self.assertEqual(server.call("GET", "/collections/c/documents/search?q=lamp&query_by=title")[0], 200)
            slowest = max(slowest, time.time() - started)
        writer.join()
        self.assertLess(slowest, 1)

    def certificate(self, folder, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out",
                        f"{folder}/cert.pem"], check=True, capture_output=True)

    def name_served(self, folder):
        context = ssl.create_default_context(cafile=f"{folder}/cert.pem")
        with urllib.request.urlopen(f"https://127.0.0.1:{self.server.port}/health", context=context) as response:
            self.assertEqual(json.loads(response.read()), {"ok": True})
        with socket.create_connection(("127.0.0.1", self.server.port)) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                return connection.getpeercert()["subject"][0][0][1]

    def test_tls_and_a_renewed_certificate(self):
        with temporary() as folder:
            self.certificate(folder, "first")
            self.start("--tls-certificate", f"{folder}/cert.pem", "--tls-key", f"{folder}/key.pem")
            self.assertEqual(self.name_served(folder), "first")
            self.certificate(folder, "second")
            self.server.process.send_signal(signal.SIGHUP)
            time.sleep(0.5)
            self.assertEqual(self.name_served(folder), "second")
            (pathlib.Path(folder) / "key.pem").write_text("no key")
            self.server.process.send_signal(signal.SIGHUP)
            self.assertIn("cannot be used", self.server.process.stderr.readline())
            self.assertEqual(self.name_served(folder), "second")


if __name__ == "__main__":
    unittest.main()
