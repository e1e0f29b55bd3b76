#!/usr/bin/env python3
"""Loads a real server on this machine, or kills it again and again, and writes what came out as a table.

    server.py load      --events 10000000 [--postgres]
    server.py lookups   --users 1000000
    server.py pages     --users 1000000
    server.py faults    --rounds 100 [--postgres]
    server.py segments  --rate 200 [--postgres]
    server.py decisions --users 1000000 --offers 2500

The load comes from wrk (Debian's package), on the same machine. Needs nothing but Python's own modules.
"""

import argparse
import atexit
import base64
import html
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).parent


class Server:
    """A server in a folder of its own."""

    def __init__(self, binary, folder, database=""):
        self.binary, self.folder = binary, folder
        self.environment = os.environ | {"CVM_LISTEN": "127.0.0.1:0", "CVM_DATABASE_URL": database, "CVM_LOG": "warn"}
        self.key = re.search(r"write key of\s+`web`:\n\s+(\S+)", self.run("init", folder))[1]
        self.process = None

    def run(self, *command):
        """What a command says; ends with its words where it fails."""
        said = subprocess.run([self.binary, *command], env=self.environment, capture_output=True, text=True)
        if said.returncode:
            raise SystemExit(f"cvm {command[0]}: {said.stderr}")
        return said.stdout

    def start(self):
        began = time.time()
        self.process = subprocess.Popen([self.binary, "serve", self.folder], env=self.environment, stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)  # whatever ends this program ends the server too
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise SystemExit(f"the server did not start: exit {self.process.wait()}")
        return time.time() - began

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        if self.process.wait(timeout=120) != 0:
            raise SystemExit("the server did not stop well")

    def query(self, sql):
        return json.loads(self.run("query", sql, "--folder", self.folder, "--format", "json", "--rows", "100000000", "--seconds", "600"))

    def api_key(self, scopes="customers.read,personal.read"):
        return self.run("keys", self.folder, "--add", "benchmark", "--scopes", scopes).split()[-1]

    def get(self, path, key):
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {key}"})
        return json.load(urllib.request.urlopen(request))

    def post(self, path, body, authorization):
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        return json.load(urllib.request.urlopen(urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)))

    def memory(self):
        """Anonymous memory in MiB: what the process itself holds."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", text)[1]) / 1024

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk(server, connections, seconds, script, *arguments, threads=2):
    command = ["wrk", "--threads", str(threads), "--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "30s",
               "--script", HERE / script, server.url, "--", *map(str, arguments)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(said.strip().splitlines()[-1])


def rest(server):
    """Waits until the server has nothing to do: what follows from events, like segments, is computed after them."""
    while True:
        cpu = server.cpu()
        time.sleep(2)
        if server.cpu() - cpu < 0.2:
            return


def lookups(options):
    """Profiles of a million customers, looked up by their ids."""
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        server = Server(options.binary, f"{folder}/data")
        ids = made_up_customers(f"{folder}/data/cvm.sqlite", options.users)
        server.start()
        key, file = server.api_key(), pathlib.Path(folder) / "ids"
        file.write_text("\n".join(random.Random(1).sample(ids, min(len(ids), options.lookups))) + "\n")
        rest(server)
        lines = ["| customers | at once | profiles a second | p50 ms | p99 ms | errors | processors used |", "|---:|---:|---:|---:|---:|---:|---:|"]
        for threads, connections in [(1, 1), (2, 2), (2, 8)]:
            cpu = server.cpu()
            said = wrk(server, connections, options.seconds, "lookups.lua", key, file, threads=threads)
            lines.append(f"| {options.users:,} | {connections} | {said['requests'] / said['seconds']:,.0f} | {said['p50_ms']:.1f} | {said['p99_ms']:.1f} "
                         f"| {said['errors']} | {(server.cpu() - cpu) / said['seconds']:.2f} |")
        server.stop()
        save(options, "lookups", lines)


def load(options):
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        server = Server(options.binary, f"{folder}/data", options.database)
        server.start()
        key = base64.b64encode(f"{server.key}:".encode()).decode()
        rows, memory = [], []

        def phase(name, connections, seconds, each):
            cpu = server.cpu()
            result = wrk(server, connections, seconds, "events.lua", key, each, options.users, name.replace(" ", "-"))
            note(name, result, each, server.cpu() - cpu)
            return result["requests"] * each

        def note(name, result, each, cpu):
            count = result["requests"] * each
            rows.append((name, f"{count / result['seconds']:,.0f} a second", f"{result['p50_ms']:.1f}", f"{result['p99_ms']:.1f}",
                         result["errors"], f"{cpu / result['seconds']:.2f}", f"{1e6 * cpu / max(count, 1):.0f}"))
            print(rows[-1], flush=True)

        sent = phase("Single events", options.connections, options.seconds, 1)
        memory.append((f"{sent:,}", server.memory()))
        number = 0
        while sent < options.events:
            number += 1
            sent += phase(f"Batches of 100, part {number}", 32, options.seconds, 100)
            memory.append((f"{sent:,}", server.memory()))
        api, began, first = server.api_key(), time.time(), waiting(folder, options)
        mark = first
        while True:
            left = waiting(folder, options)
            print("batches waiting:", left, "memory:", round(server.memory()), flush=True)
            if left == 0:
                break
            if left <= mark:
                memory.append((f"{sent:,}, {100 - 100 * left // first} of 100 of the waiting in lake and profiles", server.memory()))
                mark = left - first / 10
            time.sleep(2)
        memory.append((f"{sent:,}, all in lake and profiles", server.memory()))
        rows.append(("All events in lake and profiles after the last", f"{time.time() - began:,.0f} s", "", "", "", "", ""))
        rest(server)
        ids, cursor = [], ""
        while len(ids) < options.lookups:
            page = server.get(f"/api/v1/customers?limit=200&cursor={cursor}" if cursor else "/api/v1/customers?limit=200", api)
            ids += [row["id"] for row in page["data"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        random.Random(1).shuffle(ids)
        file = pathlib.Path(folder) / "ids"
        file.write_text("\n".join(ids) + "\n")
        for connections in (1, 8):
            cpu, result = server.cpu(), wrk(server, max(connections, 2), 20, "lookups.lua", api, file)
            note(f"Profiles, {max(connections, 2)} at once", result, 1, server.cpu() - cpu)
        stored = server.query("SELECT count(*) AS n, count(DISTINCT message_id) AS ids FROM messages")[0]
        server.stop()
        lines = ["| what | rate or time | p50 ms | p99 ms | errors | processors used | of them µs each |",
                 "|---|---:|---:|---:|---:|---:|---:|"]
        lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
        lines += ["", f"{sent:,} events sent, {stored['n']:,} in the lake, {stored['ids']:,} ids.", "",
                  "| events so far | memory of the server, MiB |", "|---:|---:|"]
        lines += [f"| {stage} | {mib:,.0f} |" for stage, mib in memory]
        save(options, "load-postgres" if options.database else "load", lines)


def segments(options):
    """How long after an event was acknowledged its sender is seen in a segment, with a hundred segments and others who send."""
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        server = Server(options.binary, f"{folder}/data", options.database)
        server.start()
        api = server.api_key("segments.read,segments.edit")
        basic = "Basic " + base64.b64encode(f"{server.key}:".encode()).decode()
        event = lambda number: {"did": {"event": {"what": {"event": f"Event {number}"}}, "when": {"in_last_days": 7 + number}}}
        bought = {"did": {"event": {"what": "purchase"}, "when": {"in_last_days": 30}, "spending": {"at_least": 5}}}
        for number in range(92):
            rule = {"version": 1, "who": {"all": [event(number % 20), {"not": bought}]}}
            server.post("/api/v1/segments", {"name": f"Segment {number}", "rule": rule}, f"Bearer {api}")
        probe = server.post("/api/v1/segments", {"name": "Buyers", "rule": {"version": 1, "who": bought}}, f"Bearer {api}")["id"]
        members = lambda: server.get(f"/api/v1/segments/{probe}", api)["customers"]
        stop, sent = threading.Event(), [0]

        def others(thread):
            chance = random.Random(thread)
            while not stop.wait(4 / options.rate):
                user = f"u{chance.randrange(options.users)}"
                server.post("/v1/track", {"userId": user, "event": f"Event {chance.randrange(40)}"}, basic)
                sent[0] += 1

        threads = [threading.Thread(target=others, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        began, waited = time.time(), []
        for number in range(options.probes):
            order = {"order_id": str(number), "revenue": 9.5, "currency": "USD"}
            server.post("/v1/track", {"userId": f"probe-{number}", "event": "Order Completed", "properties": order}, basic)
            acknowledged = time.time()
            while members() <= number:
                time.sleep(0.005)
            waited.append(1000 * (time.time() - acknowledged))
        seconds = time.time() - began
        stop.set()
        for thread in threads:
            thread.join()
        waited.sort()
        at = lambda share: f"{waited[min(len(waited) - 1, int(share * len(waited)))]:,.0f}"
        lines = ["| segments | others' events a second | events | p50 ms | p90 ms | p99 ms | slowest ms |", "|---:|---:|---:|---:|---:|---:|---:|",
                 f"| 100 | {sent[0] / seconds:,.0f} | {len(waited)} | {at(0.5)} | {at(0.9)} | {at(0.99)} | {waited[-1]:,.0f} |"]
        server.stop()
        save(options, "segments-postgres" if options.database else "segments", lines)


def made_up_customers(path, count):
    """Customers with attributes and values, as if they had been sent and scored; their ids."""
    import sqlite3
    chance = random.Random(1)
    ids = sorted(f"01900000-{number % 65536:04x}-7{number // 65536:03x}-8000-{chance.getrandbits(48):012x}" for number in range(count))
    cities = [f"City {number}" for number in range(200)]
    told = lambda value: {"value": value, "time": 1, "source": "web"}

    def customer(number, id):
        attributes = {"city": told(chance.choice(cities)), "plan": told(f"plan-{chance.randrange(20)}"), "language": told("en"),
                      "first_name": told("Anna"), "score": told(chance.randrange(1000))}
        return id, id, f"user_id:{number}", json.dumps(attributes)

    def value(id):
        worth = chance.expovariate(1 / 200)
        columns = {"clv": round(worth, 2), "p_alive": round(chance.random(), 3), "frequency": chance.randrange(12), "age_days": 700,
                   "last_purchase": "2026-01-02", "monetary": round(chance.expovariate(1 / 60), 2), "expected_purchases": 3.5,
                   "expected_spend": round(worth * 3, 2), "r_score": 1 + chance.randrange(5), "f_score": 1 + chance.randrange(5),
                   "m_score": 1 + chance.randrange(5), "value_tier": "silver", "rfm_segment": "loyal"}
        return id, json.dumps(columns)

    with sqlite3.connect(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.executemany("INSERT INTO customers (id, survivor, known_by, created_at, first_seen_at, last_seen_at, identifiers, "
                             "events, attributes) VALUES (?, ?, ?, 1, 1, 1, 0, 0, ?)",
                             (customer(number, id) for number, id in enumerate(ids)))
        database.executemany("INSERT INTO customer_values (customer, run, columns) VALUES (?, 'run', ?)", map(value, ids))
        database.execute("INSERT INTO scoring_runs (id, as_of, asked_by, started_at, ended_at, customers, report) "
                         "VALUES ('run', '2026-01-02', 'benchmark', 1, 2, ?, '{}')", (count,))
    return ids


def made_up_offer(number, chance):
    """An offer with ten criteria, of kinds that repeat from offer to offer as they do in catalogues."""
    field = lambda name, **comparison: {"field": {"name": name, "is": comparison}}
    criteria = lambda count: {"version": 1, "who": {"all": [chance.choice([
        lambda: field("values.clv", above=chance.randrange(0, 200, 10)),
        lambda: field("values.p_alive", at_least=chance.randrange(0, 60, 5) / 100),
        lambda: field("values.monetary", below=50 * chance.randrange(2, 20)),
        lambda: field("values.frequency", at_most=chance.randrange(8, 20)),
        lambda: field("values.r_score", at_least=chance.randrange(1, 3)),
        lambda: field("attributes.score", above=chance.randrange(0, 500, 10)),
        lambda: {"not": field("attributes.plan", equals=f"plan-{chance.randrange(20)}")},
        lambda: {"not": field("attributes.city", equals=f"City {chance.randrange(200)}")},
    ])() for _ in range(count)]}}
    content = {"en": {"subject": "Hello", "body": "An offer for {{ customer.first_name }}"}, "pl": {"body": "Oferta"}}
    return {"name": f"Offer {number}", "issue": f"Issue {number % 5}", "group": f"Group {number % 50}", "state": "active",
            "worth": {"share_of_margin": 0.01 + 0.001 * chance.randrange(50)}, "cost": {"share_of_order": 0.01, "contact": {"email": 0.2}},
            "policy": {"eligible": criteria(4), "applicable": criteria(3), "suitable": criteria(3)},
            "treatments": [{"channel": channel, "content": content} for channel in ["in_app", "email", "sms", "push", "call"]]}


def decisions(options):
    """Decisions a second over customers who are in memory, and over customers who are not."""
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        server = Server(options.binary, f"{folder}/data")
        server.environment["CVM_DECISION_MEMORY_MIB"] = "1024"
        ids = made_up_customers(f"{folder}/data/cvm.sqlite", options.users)
        server.start()
        key, chance = server.api_key("offers.read,offers.edit,decisions.make"), random.Random(2)
        for number in range(options.offers):
            server.post("/api/v1/offers", made_up_offer(number, chance), f"Bearer {key}")
        one = server.post("/api/v1/decisions", {"customer": ids[0], "explain": True}, f"Bearer {key}")
        print({"left out": one["left_out"]["counts"]}, file=sys.stderr)
        busy, everybody = f"{folder}/busy", f"{folder}/everybody"
        pathlib.Path(everybody).write_text("\n".join(ids))
        pathlib.Path(busy).write_text("\n".join(chance.sample(ids, min(len(ids), options.lookups))))
        lines = ["| offers | customers | asked about | decisions a second | p50 ms | p99 ms | errors | memory MiB |",
                 "|---:|---:|---|---:|---:|---:|---:|---:|"]
        for name, file, connections, warm in [(f"{options.lookups:,} who are there now", busy, 16, True),
                                              (f"{options.lookups:,} who are there now", busy, 4, True),
                                              ("anybody", everybody, 8, False)]:
            if warm:
                wrk(server, 16, max(options.seconds, options.lookups // 1000), "decisions.lua", key, file)
            said = wrk(server, connections, options.seconds, "decisions.lua", key, file)
            lines.append(f"| {options.offers:,} | {options.users:,} | {name}, {connections} at once | {said['requests'] / said['seconds']:,.0f} "
                         f"| {said['p50_ms']:.1f} | {said['p99_ms']:.1f} | {said['errors']} | {server.memory():,.0f} |")
        server.stop()
        save(options, "decisions", lines)


def pages(options):
    """How long the server takes for each page that can be come by from the first one, at a million customers who bought."""
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        server = Server(options.binary, f"{folder}/data", options.database)
        server.environment["CVM_CURRENCY"] = "EUR"  # in which the sample company sells
        run = server.run
        run("simulate", "--customers", str(options.users), "--only", "purchases", "--length", options.length, "--output", f"{folder}/company", "-q")
        run("import", "--kind", "transactions", "-q", server.folder, *map(str, pathlib.Path(f"{folder}/company").glob("purchases*")))
        password = run("users", server.folder, "--add", "bench@example.com", "--role", "admin").split()[-1]
        server.start()
        while waiting(folder, options) > 0:
            time.sleep(2)
        run("score", server.folder, "-q")
        rest(server)
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=120)
        form = urllib.parse.urlencode({"email": "bench@example.com", "password": password, "next": "/en/"})
        connection.request("POST", "/en/login", form, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        cookie = answer.getheader("Set-Cookie").split(";")[0]
        answer.read()

        def ask(path, **fields):
            began = time.perf_counter()
            if fields:
                headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
                connection.request("POST", path, urllib.parse.urlencode(fields), headers)
            else:
                connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            body = answer.read()
            return answer, body, 1000 * (time.perf_counter() - began)

        count = server.query("SELECT count(*) AS customers FROM customer_values")[0]["customers"]
        shown, known, found, said = set(), ["/en/"], [], []
        while known:
            path = known.pop(0)
            # One page of each kind: the first customer, the first segment.
            kind = re.sub(r"[0-9a-f-]{36}|[0-9a-f]{16,}", "*", path.split("?")[0])
            if kind in shown or re.search(r"csv|export|logout|download", path):
                continue
            shown.add(kind)
            answer, body, first = ask(path)
            if answer.status in (302, 303):
                known.append(answer.getheader("Location"))
            if answer.status != 200 or "text/html" not in answer.getheader("Content-Type", ""):
                continue
            known += [html.unescape(link) for link in re.findall(r'href="(/en/[^"#]*)"', body.decode())]
            times = sorted(ask(path)[2] for _ in range(20))
            found.append((kind, first, times))
            print(f"{kind} {first:.0f} {times[10]:.0f} {times[18]:.0f}", file=sys.stderr, flush=True)
            rule = re.search(r'<textarea class="code" name="json" id="json">(.+?)</textarea>', body.decode(), re.DOTALL)
            if rule:
                # What the page asks for by itself after it is there.
                counted = sorted(ask(path, do="json", json=html.unescape(rule[1]))[2] for _ in range(5))
                said.append(f"Its counts come {counted[2]:,.0f} ms after `{kind}` (of five times the middle).")
        server.stop()
        everything = sorted(time for _, first, times in found for time in [first, *times])
        lines = [f"{count:,} customers with values. Of all {len(everything):,} answers 95 of 100 took at most {everything[int(0.95 * len(everything))]:.0f} ms, "
                 f"half of them {everything[len(everything) // 2]:.0f} ms.", *said, "",
                 "| page | first time, ms | p50 ms | p95 ms |", "|---|---:|---:|---:|"]
        lines += [f"| {kind} | {first:.0f} | {times[10]:.0f} | {times[18]:.0f} |" for kind, first, times in sorted(found, key=lambda page: -page[2][18])]
        save(options, "pages", lines)


def waiting(folder, options):
    """Batches of the inbox that are not yet in lake and profiles."""
    sql = "SELECT count(*) FROM inbox"
    if options.database:
        socket = options.database.split("host=")[1]
        psql = ["psql", "-h", socket, "-U", "postgres", "-d", "cvm", "-Atc", sql]
        return int(subprocess.run(psql, check=True, capture_output=True, text=True).stdout)
    import sqlite3
    with sqlite3.connect(f"file:{folder}/data/inbox.sqlite?mode=ro", uri=True) as database:
        return database.execute(sql).fetchone()[0]


def faults(options):
    """Kills the server amid requests; then everything acknowledged must be stored, and nothing twice."""
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        server = Server(options.binary, f"{folder}/data", options.database)
        authorization = "Basic " + base64.b64encode(f"{server.key}:".encode()).decode()
        acknowledged, starts, chance, rounds = set(), [], random.Random(1), []
        lock = threading.Lock()

        def send(round_number, thread, stop, taken):
            number = 0
            while not stop.is_set():
                ids = [f"{round_number}-{thread}-{number + i}" for i in range(chance_of_batch[thread])]
                number += len(ids)
                calls = [{"type": "track", "messageId": id, "userId": f"u{thread}", "event": "e"} for id in ids]
                # The same again until there is an answer: what SDKs do, and what makes doubles where there is a fault.
                body = json.dumps({"batch": calls})
                while not stop.is_set():
                    try:
                        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
                        connection.request("POST", "/v1/batch", body, {"Authorization": authorization})
                        if connection.getresponse().status == 200:
                            taken.update(ids)
                            break
                    except (OSError, http.client.HTTPException):
                        time.sleep(0.05)  # it is dead: the next server takes it, or the round ends
            with lock:
                acknowledged.update(taken)

        chance_of_batch = [1, 1, 1, 10, 10, 100]
        for number in range(options.rounds):
            starts.append(server.start())
            stop, taken = threading.Event(), [set() for _ in chance_of_batch]
            threads = [threading.Thread(target=send, args=(number, thread, stop, taken[thread])) for thread in range(len(taken))]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.05, 2.0))  # long enough for some to die within the mover's, the projector's, any commit
            server.kill()
            stop.set()
            for thread in threads:
                thread.join()
            rounds.append(sum(map(len, taken)))
            print(f"round {number + 1}: {rounds[-1]} acknowledged, start {starts[-1]:.2f} s", flush=True)
        server.start()
        began = time.time()
        while waiting(folder, options) > 0:  # where several servers may be, the lease of a dead one has to run out
            if time.time() - began > 120:
                raise SystemExit("the inbox does not empty")
            time.sleep(0.2)
        server.stop()
        stored = [row["message_id"] for row in server.query("SELECT message_id FROM messages")]
        lost, double = acknowledged - set(stored), len(stored) - len(set(stored))
        lines = ["| kills | acknowledged | stored | lost | twice | slowest start, s |", "|---:|---:|---:|---:|---:|---:|",
                 f"| {options.rounds} | {len(acknowledged):,} | {len(stored):,} | {len(lost)} | {double} | {max(starts):.2f} |"]
        save(options, "faults-postgres" if options.database else "faults", lines)
        if lost or double:
            raise SystemExit("messages were lost or doubled")


def save(options, name, lines):
    print("\n".join(lines))
    pathlib.Path(options.results).mkdir(parents=True, exist_ok=True)
    (pathlib.Path(options.results) / f"{name}.md").write_text("\n".join(lines) + "\n")


def private_postgres(folder):
    """A PostgreSQL of its own, as the tests have: its URL and what ends it."""
    programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres", "postgres")
    data = f"{folder}/postgres"
    run = lambda *command: subprocess.run([*as_user, *command], check=True, capture_output=True)
    run(programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust")
    run(programs / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", f"-c listen_addresses='' -k {folder}", "start")
    run(programs / "createdb", "-h", folder, "-U", "postgres", "cvm")
    return f"postgres://postgres@localhost/cvm?host={folder}", lambda: run(programs / "pg_ctl", "-D", data, "-m", "fast", "stop")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    benchmarks = {benchmark.__name__: benchmark for benchmark in (load, faults, lookups, pages, segments, decisions)}
    options.add_argument("what", choices=benchmarks)
    options.add_argument("--binary", default="target/release/cvm")
    options.add_argument("--events", type=int, default=10_000_000)
    options.add_argument("--users", type=int, default=1_000_000)
    options.add_argument("--seconds", type=int, default=30)
    options.add_argument("--connections", type=int, default=256)
    options.add_argument("--lookups", type=int, default=50_000)
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--rate", type=int, default=200)
    options.add_argument("--probes", type=int, default=300)
    options.add_argument("--offers", type=int, default=2_500)
    options.add_argument("--length", default="90d", help="how long the made-up customers of `pages` are observed")
    options.add_argument("--postgres", action="store_true")
    options.add_argument("--scratch", default=tempfile.gettempdir())
    options.add_argument("--results", default="target/benchmark-results")
    options = options.parse_args()
    options.binary = str(pathlib.Path(options.binary).resolve())
    options.database, stop = "", None
    if options.postgres:
        folder = tempfile.mkdtemp(dir=options.scratch, prefix="postgres-")
        options.database, stop = private_postgres(folder)
    try:
        benchmarks[options.what](options)
    finally:
        if stop:
            stop()
            shutil.rmtree(folder)


main()
