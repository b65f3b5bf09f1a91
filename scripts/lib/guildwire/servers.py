"""Private Redis, PostgreSQL and nginx on free loopback ports."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile

from .processes import Failure, Process, free_port, inside_path, wait_for

# Of an event, as it begins.
ENVELOPE = re.compile(rb'^\{"id":"(\d+)-(\d+)","event":"[a-z._]+","guild":"\d+","ts":(\d+),', re.MULTILINE)
POSTGRES_BIN = "/usr/lib/postgresql/15/bin"


class Redis:
    def __init__(self, family, folder):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.folder = os.path.join(folder, "redis")
        os.makedirs(self.folder, exist_ok=True)
        self.process = Process("redis", [
            inside_path("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder,
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--daemonize", "no",
        ], os.path.join(folder, "redis.log"))
        family.start(self.process)
        wait_for("Redis", lambda: self.command("PING") == "PONG", family=family)

    def times(self):
        """{id: `ts`} of every event in the logs."""
        found = {}
        for shard in self.command("SMEMBERS", "guildwire:shards").splitlines():
            run = subprocess.run([inside_path("redis-cli"), "-p", str(self.port), "--raw", "XRANGE", f"guildwire:log:{shard}",
                                  "-", "+"], capture_output=True)
            for epoch, number, ts in ENVELOPE.findall(run.stdout):
                found[int(epoch), int(number)] = int(ts)
        return found

    def command(self, *words):
        run = subprocess.run([inside_path("redis-cli"), "-p", str(self.port), *words],
                             capture_output=True, text=True)
        return run.stdout.strip()


class Postgres:
    """Runs as the user `postgres` when the script runs as root, with its data where that user can reach it."""

    def __init__(self, family, folder, keep=None):
        self.port = free_port()
        self.user = "postgres" if os.geteuid() == 0 else None
        self.url = f"postgresql://guildwire@127.0.0.1:{self.port}/guildwire"
        self.home = keep or tempfile.mkdtemp(prefix="guildwire-postgres-", dir="/var/tmp")
        os.makedirs(self.home, exist_ok=True)
        self.ephemeral = keep is None
        self.data = os.path.join(self.home, "data")
        self.log = os.path.join(self.home, "postgres.log")
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.home, entry.pw_uid, entry.pw_gid)
        if not os.path.exists(os.path.join(self.data, "PG_VERSION")):
            self._run("initdb", "-D", self.data, "-U", "guildwire", "--auth=trust", "-E", "UTF8", "--no-sync",
                      "--locale=C.UTF-8")
        self.process = Process("postgres", [
            f"{POSTGRES_BIN}/postgres", "-D", self.data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
            "-c", f"unix_socket_directories={self.home}", "-c", "shared_buffers=128MB",
        ], os.path.join(folder, "postgres.log"), user=self.user, cwd=self.home)
        family.start(self.process)
        wait_for("PostgreSQL", self._is_ready, family=family, every=0.1)
        if self.query("SELECT 1 FROM pg_database WHERE datname = 'guildwire'", "postgres") != "1":
            self.query("CREATE DATABASE guildwire", "postgres")

    def _run(self, program, *arguments):
        ids = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        run = subprocess.run([f"{POSTGRES_BIN}/{program}", *arguments], capture_output=True, text=True,
                             cwd=self.home, **ids)
        if run.returncode != 0:
            raise Failure(f"{program} failed:\n{run.stderr}")

    def _is_ready(self):
        return subprocess.run([f"{POSTGRES_BIN}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def start_again(self, seconds=180):
        """Behind a kill. The next server is refused until the killed one's children are gone, and lets nobody in before it has flushed
        its whole data folder, which takes a busy disk long: only who waits for its answer knows that it is back."""
        def answers():
            if not self.process.running:
                self.process.start()
            return self._is_ready()

        wait_for("PostgreSQL to start again", answers, seconds, every=0.1)

    def query(self, sql, database="guildwire"):
        run = subprocess.run(
            [f"{POSTGRES_BIN}/psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", str(self.port), "-U", "guildwire",
             "-d", database, "-c", sql], capture_output=True, text=True)
        return run.stdout.strip() if run.returncode == 0 else ""

    def clean(self):
        if self.ephemeral:
            shutil.rmtree(self.home, ignore_errors=True)


NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    upstream web {{
        least_conn;
{servers}
        keepalive 16;
    }}
    map $http_upgrade $wanted {{
        default upgrade;
        '' '';
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_next_upstream error timeout;
        }}
        # An EventSource gives up for good on any answer but 200.
        location = /api/stream {{
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_buffering off;
            proxy_read_timeout 60s;
            proxy_next_upstream error timeout;
            error_page 502 504 =200 @away;
        }}
        location = /api/ws {{
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection $wanted;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_read_timeout 60s;
            proxy_next_upstream error timeout;
        }}
        location @away {{
            default_type text/event-stream;
            add_header Cache-Control "no-cache, no-transform" always;
            return 200 "retry: 3000\\n\\n";
        }}
    }}
}}
"""


class Nginx:
    def __init__(self, family, folder, port, replicas):
        configuration = os.path.join(folder, "nginx.conf")
        with open(configuration, "w") as file:
            file.write(NGINX.format(
                folder=folder, port=port, user="user root;" if os.geteuid() == 0 else "",
                servers="\n".join(f"        server 127.0.0.1:{replica} max_fails=0;" for replica in replicas)))
        self.process = family.start(Process("nginx", [
            inside_path("nginx"), "-p", folder, "-c", configuration, "-e", os.path.join(folder, "nginx-error.log"),
        ], os.path.join(folder, "nginx.log")))
