"""Stands for an engine in tests: an HTTP server, and beside it a core process that does the work. SIGTERM ends the server only."""
import http.server
import os
import signal
import subprocess
import sys
import threading

# It outlives its server, as a worker of vLLM may.
CORE = "import sys, time\nfor line in sys.stdin:\n  sys.stdout.write(line)\n  sys.stdout.flush()\ntime.sleep(60)\n"
port = int(next(a for a in sys.argv if a.startswith("--port=")).split("=")[1])
core = subprocess.Popen(["VLLM::EngineCore", "-c", CORE], executable=sys.executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
lock = threading.Lock()
counts = {"running": 0, "answered": 0}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def say(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        if self.path == "/metrics":
            self.say(f'vllm:num_requests_running{{engine="0"}} {counts["running"]}.0\nhttp_requests_total{{handler="/v1/completions",status="2xx"}} {counts["answered"]}.0\n')
        else:
            self.say(" ".join(sys.argv[1:]) + " " + os.environ.get("HOME", ""))

    def do_POST(self):
        counts["running"] += 1
        with lock:
            core.stdin.write(b"x\n")
            core.stdin.flush()
            core.stdout.readline()
        counts["running"] -= 1
        counts["answered"] += 1
        self.say("answer")


def end_with_core():
    core.wait()
    os._exit(0)


threading.Thread(target=end_with_core, daemon=True).start()
signal.signal(signal.SIGTERM, lambda *_: os._exit(3))
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
