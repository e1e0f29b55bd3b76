"""OpenCVM against the tools that people use now: CPU seconds and peak memory, medians of runs that take turns.

Every measurement is a process of its own. Where only a part of it counts (a fit without the reading of its data), the
process says on its last line how many CPU seconds that part took; the tools are asked for the same part.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def data(folder, customers, name):
    """Where the purchases are. They are made by another process: Linux counts what a parent has held for its children, too."""
    path = folder / f"{name}.parquet"
    if not path.exists():
        making = multiprocessing.get_context("spawn").Process(target=make_data, args=(path, customers))
        making.start()
        making.join()
        if making.exitcode != 0:
            sys.exit(f"{path} could not be made")
    return path


def make_data(path, customers):
    """Purchases of simulated customers (gamma rates, exponential lifetimes), five or so each over two years."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20_050_415)
    with pq.ParquetWriter(path.with_suffix(".partial"), SCHEMA := pa.schema(
        [("customer_id", pa.int64()), ("date", pa.date32()), ("amount", pa.float64())]
    )) as writer:
        for start in range(0, customers, 500_000):
            n = min(500_000, customers - start)
            joined = rng.integers(0, 700, n)
            rate = rng.gamma(0.6, 1 / 26.0, n)
            life = rng.exponential(1.0, n) / rng.gamma(0.8, 1 / 120.0, n)
            observed = np.minimum(730 - joined, life)
            repeats = rng.poisson(rate * observed)
            customer = np.repeat(np.arange(n), repeats + 1)
            first = np.zeros(len(customer), dtype=bool)
            first[np.cumsum(repeats + 1) - repeats - 1] = True
            offset = np.where(first, 0.0, rng.random(len(customer)) * observed[customer])
            day = 19_000 + joined[customer] + offset.astype(np.int64)
            mean_spend = 15.0 * 3.7 / rng.gamma(3.7, 1.0, n)
            amount = np.round(rng.gamma(6.2, 1 / 6.2, len(customer)) * mean_spend[customer] * 2.0 + 0.01, 2)
            order = np.argsort(day, kind="stable")  # as a shop's log: by time, not by customer
            writer.write_table(pa.table({
                "customer_id": pa.array(start + customer[order] + 1),
                "date": pa.array(day[order].astype("datetime64[D]")),
                "amount": pa.array(amount[order]),
            }, schema=SCHEMA))
    path.with_suffix(".partial").rename(path)


def measure(command):
    """CPU seconds, peak MiB and last line of one process."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with status {status}")
    lines = output.strip().splitlines()
    try:
        part = float(json.loads(lines[-1])["cpu_seconds"]) if lines else None
    except (ValueError, KeyError, TypeError):
        part = None
    return {
        "cpu": part if part is not None else usage.ru_utime + usage.ru_stime,
        "mib": usage.ru_maxrss / 1024,
        "wall": time.monotonic() - started,
    }


def compare(title, runs, contenders, rows):
    """Runs the contenders in turns; adds a line for each to `rows`."""
    print(f"{title} ...", file=sys.stderr, flush=True)
    results = {name: [] for name in contenders}
    for _ in range(runs):
        for name, command in contenders.items():
            results[name].append(measure(command))
    median = {
        name: {key: statistics.median(run[key] for run in measured) for key in ("cpu", "mib", "wall")}
        for name, measured in results.items()
    }
    ours = next(iter(contenders))
    for name, figures in median.items():
        ratio = "" if name == ours else f"{figures['cpu'] / median[ours]['cpu']:.1f}"
        rows.append((title, name, figures["cpu"], figures["wall"], figures["mib"], ratio))
        print(f"  {name:<24} {figures['cpu']:8.2f} CPU s {figures['mib']:8.0f} MiB {ratio}", file=sys.stderr)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--binaries", type=Path, required=True)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--customers", type=int, default=2_000_000)
    options.add_argument("--large", action="store_true", help="also 100 million rows")
    options = options.parse_args()
    examples = options.binaries / "examples"
    cvm = options.binaries / "cvm"
    other = [sys.executable, HERE / "others.py"]
    purchases = data(options.data, options.customers, "purchases")
    million = data(options.data, 1_000_000, "purchases-1m")
    hundred = data(options.data, 100_000, "purchases-100k")
    few = data(options.data, 2_357, "purchases-2357")  # as many customers as the CDNOW sample has
    rows = []

    compare("Summary of all customers", options.runs, {
        "OpenCVM": [examples / "lake_bench", "summary", purchases],
        "DuckDB": [*other, "summary-duckdb", purchases],
        "Polars": [*other, "summary-polars", purchases],
    }, rows)
    compare("BG/NBD fit, 1 million customers", options.runs, {
        "OpenCVM": [examples / "lake_bench", "fit-bg-nbd", million],
        "lifetimes": [*other, "fit-bg-nbd", million],
    }, rows)
    compare("Pareto/NBD fit, 100 thousand customers", options.runs, {
        "OpenCVM": [examples / "lake_bench", "fit-pareto-nbd", hundred],
        "lifetimes": [*other, "fit-pareto-nbd", hundred],
    }, rows)
    compare("Point CLV, 1 million customers", options.runs, {
        "OpenCVM": [examples / "lake_bench", "score", million],
        "lifetimes": [*other, "score", million],
    }, rows)
    compare("BG/NBD posterior by NUTS, 2,357 customers", options.runs, {
        "OpenCVM": [examples / "lake_bench", "nuts", few],
    }, rows)
    compare("BG/NBD posterior by NUTS, 100 thousand customers", 1, {
        "OpenCVM": [examples / "lake_bench", "nuts", hundred],
    }, rows)
    output = options.data / "analysis"
    compare("cvm analyze, bounds included", options.runs, {
        "OpenCVM": [cvm, "analyze", purchases, "--output", output, "--quiet"],
    }, rows)
    if options.large:
        hundred_million = data(options.data, options.customers * 10, "purchases-large")
        compare("cvm analyze --memory 2GB, ten times the rows", 1, {
            "OpenCVM": [cvm, "analyze", hundred_million, "--output", output, "--quiet", "--memory", "2GB"],
        }, rows)
    write(rows, options, purchases)


def write(rows, options, purchases):
    import duckdb
    import polars

    count = duckdb.sql(f"SELECT count(*), count(DISTINCT customer_id) FROM '{purchases}'").fetchall()[0]
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. CPU seconds are user and system time of whole processes; for fits and scores, of that",
        "part only, for all tools alike. Medians of runs that took turns; the ratios are what counts, the machine is what",
        "it is.",
        "",
        f"- data: {count[0]:,} purchases of {count[1]:,} simulated customers over two years, in one Parquet file by day",
        f"- machine: {os.cpu_count()} processors, {platform.machine()}, Linux {platform.release().split('-')[0]}",
        f"- DuckDB {duckdb.__version__}, Polars {polars.__version__}, lifetimes 0.11.3, Python {platform.python_version()}",
        "",
        "| job | tool | CPU s | wall s | peak MiB | times ours |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for title, name, cpu, wall, mib, ratio in rows:
        lines.append(f"| {title} | {name} | {cpu:.2f} | {wall:.2f} | {mib:.0f} | {ratio} |")
    (HERE.parent / "BENCHMARKS.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
