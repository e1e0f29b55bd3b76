"""The same jobs with the tools that people use now; each prints the CPU seconds of the part that counts."""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

SUMMARY = """
SELECT customer_id, count(*) - 1 AS frequency, max(day) - min(day) AS recency, (SELECT max(date) FROM '{path}') - min(day) AS age,
       CASE WHEN count(*) > 1 THEN (sum(amount) - arg_min(amount, day)) / (count(*) - 1) END AS monetary
FROM (SELECT customer_id, date AS day, sum(amount) AS amount FROM '{path}' GROUP BY ALL)
GROUP BY customer_id
"""


def summary_duckdb(path):
    import duckdb

    duckdb.sql("SET threads = 2")
    duckdb.sql(f"CREATE TABLE summary AS {SUMMARY.format(path=path)}")


def summary_polars(path):
    import polars as pl

    lazy = pl.scan_parquet(path)
    days = lazy.group_by("customer_id", "date").agg(pl.col("amount").sum())
    summary = days.group_by("customer_id").agg(
        (pl.len() - 1).alias("frequency"),
        (pl.col("date").max() - pl.col("date").min()).alias("recency"),
        pl.col("date").min().alias("first"),
        ((pl.col("amount").sum() - pl.col("amount").sort_by("date").first()) / (pl.len() - 1)).alias("monetary"),
    )
    summary.collect(engine="streaming")


def summarised(path):
    """Frequency, recency, age in days and mean repeat spend, as lifetimes wants them."""
    import duckdb

    return duckdb.sql(SUMMARY.format(path=path)).df()


def timed(work):
    started = time.process_time()
    work()
    print(json.dumps({"cpu_seconds": time.process_time() - started}))


def fit(path, fitter):
    data = summarised(path)
    # Weeks, on which its search ends; in days it does not always.
    timed(lambda: fitter.fit(data["frequency"], data["recency"] / 7, data["age"] / 7))
    return data


def main():
    job, path = sys.argv[1:]
    if job == "summary-duckdb":
        return summary_duckdb(path)
    if job == "summary-polars":
        return summary_polars(path)
    import lifetimes

    if job == "fit-bg-nbd":
        fit(path, lifetimes.BetaGeoFitter())
    elif job == "fit-pareto-nbd":
        fit(path, lifetimes.ParetoNBDFitter())
    elif job == "score":
        data = summarised(path)
        model, spend = lifetimes.BetaGeoFitter(), lifetimes.GammaGammaFitter()
        sample = data.sample(20_000, random_state=1)
        model.fit(sample["frequency"], sample["recency"] / 7, sample["age"] / 7)
        repeat = sample[(sample["frequency"] > 0) & (sample["monetary"] > 0)]
        spend.fit(repeat["frequency"], repeat["monetary"])
        monetary = data["monetary"].fillna(0.0)
        timed(lambda: spend.customer_lifetime_value(
            model, data["frequency"], data["recency"] / 7, data["age"] / 7, monetary, time=12, discount_rate=0.01, freq="W"
        ))


if __name__ == "__main__":
    main()
