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
    let files = vec![company.join("purchases*.parquet").display().to_string()];
    Options {
        discount_rate: 0.0,
        margin: Some(1.0),
        limits: Limits { threads: 2, ..Limits::default() },
        seed: 1,
        ..Options::new(files, ingest::Options::new(today))
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

/// A shop where customers of group b buy twice as often as those of a and all else is equal: `purchases.csv`, and
/// `customers.csv` with their groups and columns that say nothing.
fn shop(folder: &Path, customers: u32) {
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, Exp, Gamma};
    use std::fmt::Write;
    // So few purchases a day that hardly any two fall on one, which would count as one.
    const DAYS: f64 = 1440.0;
    let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(12);
    let start = NaiveDate::from_ymd_opt(2021, 1, 1).unwrap();
    let mut purchases = String::from("customer_id;date;amount\n");
    let mut known = String::from("id,gruppe,age,mail,joined\n");
    let (rate, gone) = (Gamma::new(3.0, 0.0025).unwrap(), Gamma::new(2.0, 0.000_25).unwrap());
    for customer in 0..customers {
        let is_b = customer % 2 == 1;
        // Every tenth came in the last week: of them only the group is known.
        let first = if customer % 10 < 2 { DAYS - 7.0 * rng.random::<f64>() } else { 720.0 * rng.random::<f64>() };
        let often = Exp::new(rate.sample(&mut rng) * if is_b { 2.0 } else { 1.0 }).unwrap();
        let end = first + Exp::<f64>::new(gone.sample(&mut rng)).unwrap().sample(&mut rng);
        let mut day = first;
        while day < end.min(DAYS) || day == first {
            let date = start + chrono::Days::new(day as u64);
            writeln!(purchases, "c{customer};{date};{:.2}", 10.0 + 20.0 * rng.random::<f64>()).unwrap();
            day += f64::max(often.sample(&mut rng), 1e-9);
        }
        let age = if customer % 50 == 7 { "n/a".to_owned() } else { (18 + rng.random_range(0..60)).to_string() };
        let group = if is_b { "b" } else { "a" };
        writeln!(known, "c{customer},{group},{age},c{customer}@example.org,2023-0{}-01", customer % 9 + 1).unwrap();
    }
    std::fs::write(folder.join("purchases.csv"), purchases).unwrap();
    std::fs::write(folder.join("customers.csv"), known).unwrap();
}

fn shop_options(folder: &Path) -> Options {
    let file = folder.join("customers.csv").display().to_string();
    Options {
        files: vec![folder.join("purchases.csv").display().to_string()],
        covariates: Some(Wanted { file, ..Wanted::default() }),
        horizon_days: 720,
        ..options(folder)
    }
}

/// The effect on buying of group b, and expected purchases per new customer of each group.
async fn found(report: &Report, target: &Path) -> (cvm_core::report::Interval, f64) {
    let known = report.covariates.as_ref().unwrap();
    let group = known.columns.iter().find(|column| column.column == "gruppe").unwrap();
    let is_b = group.levels[1].level == cvm_core::report::Level::Value { text: "b".to_owned() };
    let context = engine::session(&Limits::default()).unwrap();
    let path = target.join("customers.parquet");
    context.register_parquet("c", path.to_str().unwrap(), ParquetReadOptions::default()).await.unwrap();
    let new = numbers(
        &context,
        "SELECT avg(CASE WHEN CAST(substr(customer_id, 2) AS INT) % 2 = 0 THEN expected_purchases END), \
                avg(CASE WHEN CAST(substr(customer_id, 2) AS INT) % 2 = 1 THEN expected_purchases END) \
         FROM c WHERE frequency = 0 AND age_days < 7",
    )
    .await;
    let (buying, ratio) = (group.levels[1].buying.unwrap(), new[1] / new[0]);
    if is_b {
        return (buying, ratio);
    }
    let inverse =
        cvm_core::report::Interval { value: 1.0 / buying.value, low: 1.0 / buying.high, high: 1.0 / buying.low };
    (inverse, ratio)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_who_buy_twice_as_often_are_found_by_what_is_known_of_them() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path(), 3000);
    let options = shop_options(folder.path());
    let report = run(&options, &folder.path().join("out")).await;

    let candidates = &report.validation.as_ref().unwrap().candidates;
    let rmse = |model: &str| candidates.iter().find(|candidate| candidate.model == model).unwrap().rmse;
    // The shop is one of the Pareto/NBD, so this is the model whose error must show what the groups are worth.
    let (with, without) = (rmse("Pareto/NBD with covariates"), rmse("Pareto/NBD"));
    assert!(with < without, "{with} with covariates, {without} without");
    assert_eq!(report.run.model, "Pareto/NBD with covariates");
    let (buying, ratio) = found(&report, &folder.path().join("out")).await;
    assert!(buying.low < 2.0 && buying.high > 2.0 && buying.high - buying.low < 0.6, "{buying:?}");
    assert!((1.7..2.3).contains(&ratio), "{ratio}");

    // What says nothing is left out, or shown to do nothing.
    let known = report.covariates.unwrap();
    let left_out: Vec<(&str, &str)> = known.left_out.iter().map(|out| (out.column.as_str(), out.reason.id())).collect();
    assert_eq!(left_out, [("mail", "all_different"), ("joined", "dates")]);
    let age = known.columns.iter().find(|column| column.column == "age").unwrap();
    assert_eq!((known.matched, known.unmatched, age.missing), (3000, 0, 60));
    assert_eq!(known.groups, 10);
    for level in &age.levels[1..] {
        let buying = level.buying.unwrap();
        assert!(buying.low < 1.1 && buying.high > 0.9, "{level:?}");
    }
    let parameters = &report.models.iter().find(|model| model.model.contains("with covariates")).unwrap().parameters;
    assert!(parameters.iter().any(|(name, ..)| name == "alpha:age"), "{parameters:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_model_with_covariates_can_be_asked_for_and_sampled() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path(), 600);
    for (kind, uncertainty) in
        [(Kind::BgNbdCovariates, Uncertainty::Nuts), (Kind::ParetoNbdCovariates, Uncertainty::Laplace)]
    {
        let mut options = Options { model: Some(kind), uncertainty, ..shop_options(folder.path()) };
        options.covariates.as_mut().unwrap().columns = vec!["gruppe".to_owned()];
        let target = folder.path().join(kind.flag());
        let report = run(&options, &target).await;
        assert_eq!(report.run.model, kind.name());
        let (buying, ratio) = found(&report, &target).await;
        assert!(buying.low < 2.0 && buying.high > 2.0, "{buying:?}");
        assert!((1.4..2.8).contains(&ratio), "{ratio}");
        let clv = report.headline.clv;
        assert!(clv.low < clv.value && clv.value < clv.high && clv.low > 0.5 * clv.value, "{clv:?}");
        assert_eq!(report.covariates.unwrap().groups, 2);
    }
}
