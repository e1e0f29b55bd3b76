//! The main job against a company whose truth and future are known.

use super::*;
use crate::engine::{self, Limits};
use crate::simulate::{self, Table};
use chrono::NaiveDate;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use std::path::Path;

fn options(company: &Path) -> Options {
    let today = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
    Options {
        files: vec![company.join("purchases*.parquet").display().to_string()],
        ingest: ingest::Options::new(today),
        horizon_days: 365,
        discount_rate: 0.0,
        margin: Some(1.0),
        holdout: Holdout::Auto,
        model: None,
        uncertainty: Uncertainty::Laplace,
        language: Language::En,
        csv: false,
        limits: Limits { threads: 2, ..Limits::default() },
        seed: 1,
    }
}

async fn run(options: &Options, target: &Path) -> Report {
    let output = Output::prepare(target).unwrap();
    let (report, _) = analyze(options, &output, &Progress::default()).await.unwrap();
    output.commit().unwrap();
    report
}

/// A company of `customers`, and a session that knows its tables.
async fn company(folder: &Path, customers: u64) -> SessionContext {
    let mut settings = simulate::Settings::new(customers, 7, NaiveDate::from_ymd_opt(2026, 1, 1).unwrap());
    settings.tables = [Table::Purchases, Table::FuturePurchases, Table::Truth].into();
    simulate::simulate(&settings, folder, &|_, _| ()).unwrap();
    let context = engine::session(&Limits::default()).unwrap();
    for table in ["purchases", "future_purchases", "truth"] {
        let path = folder.join(format!("{table}.parquet"));
        context.register_parquet(table, path.to_str().unwrap(), ParquetReadOptions::default()).await.unwrap();
    }
    context
}

async fn numbers(context: &SessionContext, sql: &str) -> Vec<f64> {
    let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
    let row = &batches[0];
    (0..row.num_columns()).map(|column| row.column(column).as_primitive::<Float64Type>().value(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn totals_and_bounds_hold_against_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let context = company(&folder.path().join("company"), 3000).await;
    let target = folder.path().join("out");
    let report = run(&options(&folder.path().join("company")), &target).await;

    // Counted another way: plain SQL over the files.
    let counted = numbers(
        &context,
        "SELECT CAST(sum(amount) AS DOUBLE), CAST(-sum(least(amount, 0)) AS DOUBLE), CAST(count(*) AS DOUBLE) \
         FROM purchases WHERE customer_id IS NOT NULL",
    )
    .await;
    assert!((report.headline.revenue - counted[0]).abs() < 1e-6, "{} {counted:?}", report.headline.revenue);
    assert!((report.headline.returns - counted[1]).abs() < 1e-6);
    assert_eq!(report.run.rows_used as f64, counted[2]);
    let monthly: f64 = report.headline.monthly.iter().map(|month| month.revenue).sum();
    assert!((monthly - counted[0]).abs() < 1e-6, "the months add up to the whole");
    let set_aside: u64 = report.problems.iter().map(|problem| problem.rows).sum();
    assert_eq!(report.run.rows_used + set_aside, report.run.rows_read);

    // What customers really did in the year after lies inside their bounds as often as it should.
    let path = target.join("customers.parquet");
    context.register_parquet("customers", path.to_str().unwrap(), ParquetReadOptions::default()).await.unwrap();
    let held = numbers(
        &context,
        "SELECT avg(CASE WHEN revenue BETWEEN clv_low - 0.01 AND clv_high + 0.01 THEN 1.0 ELSE 0.0 END), \
                avg(CASE WHEN revenue > clv_high + 0.01 THEN 1.0 ELSE 0.0 END) \
         FROM (SELECT CAST(f.revenue AS DOUBLE) AS revenue, clv_low, clv_high \
               FROM future_purchases f JOIN customers c ON f.customer_id = c.customer_id WHERE clv IS NOT NULL) AS known",
    )
    .await;
    assert!(held[0] > 0.90, "{held:?} of customers inside");
    assert!(held[1] < 0.08, "{held:?} of customers above");

    // Who is believed alive mostly is: the company's own record against P(alive), by halves.
    let alive = numbers(
        &context,
        "SELECT avg(CASE WHEN p_alive > 0.8 THEN CAST(CAST(alive_at_end AS INT) AS DOUBLE) END), \
                avg(CASE WHEN p_alive < 0.2 THEN CAST(CAST(alive_at_end AS INT) AS DOUBLE) END) \
         FROM truth t JOIN customers c ON t.customer_id = c.customer_id",
    )
    .await;
    assert!(alive[0] > 0.75, "{alive:?}");
    assert!(alive[1] < 0.25, "{alive:?}");

    let chosen = report.validation.unwrap().candidates.into_iter().filter(|candidate| candidate.chosen).count();
    assert!(chosen >= 1);
}
