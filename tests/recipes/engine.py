"""As much of a container engine as testcontainers asks for, where there is none: a "container" is the program itself.

It answers on a Unix socket. What the recipe says of the image, its port and its readiness is carried out; nothing of
the image's own is shown by this, which the stage `container` does.

    python engine.py SOCKET PROGRAM
"""

import json
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingUnixStreamServer

PORT = "7545/tcp"
ID = "f" * 64
containers = {}


class Container:
    def __init__(self, program, wish):
        self.program = program
        self.wish = wish
        self.process = None
        self.port = None

    def start(self):
        variables = dict(entry.split("=", 1) for entry in self.wish.get("Env") or [])
        command = [self.program, "--port", "0", "--log-level", "error"]
        self.process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline()
        self.port = ready.strip().rsplit(":", 1)[1]

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()

    def face(self):
        exposed = self.wish.get("ExposedPorts") or {}
        ports = {port: [{"HostIp": "127.0.0.1", "HostPort": self.port}] for port in exposed}
        return {
            "Id": ID,
            "Name": "/emulator",
            "Config": {"Image": self.wish["Image"], "Labels": self.wish.get("Labels") or {}},
            "State": {"Status": "running", "Running": True},
            "NetworkSettings": {"Ports": ports, "Networks": {"bridge": {"IPAddress": "127.0.0.1", "Gateway": ""}}},
        }


class Engine(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    program = None

    def respond(self, status, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        path = re.sub(r"^/v[0-9.]+", "", self.path.split("?")[0])
        match (self.command, path):
            case (_, "/_ping"):
                self.respond(200)
            case ("GET", "/version"):
                self.respond(200, {"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Version": "0"})
            case ("GET", "/info"):
                self.respond(200, {"OperatingSystem": "none", "ServerVersion": "0"})
            case ("POST", "/containers/create"):
                if PORT not in (body.get("ExposedPorts") or {}):
                    sys.exit(f"the recipe does not expose {PORT}: {body}")
                containers[ID] = Container(self.program, body)
                self.respond(201, {"Id": ID, "Warnings": []})
            case ("POST", path) if path.endswith("/start"):
                containers[ID].start()
                self.respond(204)
            case ("GET", path) if path.startswith("/containers/") and path.endswith("/json"):
                self.respond(200, containers[ID].face())
            case ("GET", path) if path.startswith("/images/"):
                self.respond(200, {"Id": "sha256:" + ID, "RepoTags": ["mock-qlik-cloud:latest"]})
            case ("DELETE", _):
                containers.pop(ID).stop()
                self.respond(204)
            case _:
                print(f"nobody knows how to {self.command} {path}", file=sys.stderr)
                self.respond(404, {"message": f"no {path}"})

    do_GET = do_POST = do_DELETE = do_HEAD = handle_any

    def address_string(self):
        return "socket"

    def log_message(self, *_):
        pass


def main():
    socket, Engine.program = sys.argv[1:]
    with ThreadingUnixStreamServer(socket, Engine) as server:
        server.daemon_threads = True
        print("Listening", flush=True)
        server.serve_forever()


main()
