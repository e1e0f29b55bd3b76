//! Small files of contracts, from the file to the report.

use super::*;
use chrono::NaiveDate;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Float64Type, Int32Type};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fmt::Write;
use std::path::Path;

fn options(files: Vec<String>) -> Options {
    Options {
        files,
        ingest: ingest::Options::new(NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()),
        period: Period::Month,
        horizon_days: 1826,
        discount_rate: 0.1,
        margin: None,
        holdout: None,
        language: Language::En,
        csv: true,
        seed: 1,
    }
}

/// A run on one file: the report and the table of contracts.
fn run(content: &str, change: impl FnOnce(&mut Options)) -> Result<(RetentionReport, RecordBatch), LakeError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contracts.csv");
    std::fs::write(&path, content).unwrap();
    let mut options = options(vec![path.display().to_string()]);
    change(&mut options);
    let output = Output::prepare(&folder.path().join("results")).unwrap();
    let (report, _) = retention(&options, &output, &Progress::default())?;
    let results = output.commit()?;
    let text = std::fs::read_to_string(results.join("contracts.csv")).unwrap();
    assert_eq!(text.lines().count() as u64, report.run.rows_used + 1);
    assert!(results.join("problems.parquet").is_file() && results.join("summary.json").is_file());
    let table = table(&results.join("contracts.parquet"));
    assert_eq!(table.num_rows() as u64, report.run.rows_used);
    Ok((report, table))
}

fn table(path: &Path) -> RecordBatch {
    let file = std::fs::File::open(path).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().next().unwrap().unwrap()
}

fn refusal(content: &str, change: impl FnOnce(&mut Options)) -> String {
    run(content, change).unwrap_err().to_string()
}

fn numbers(table: &RecordBatch, name: &str) -> Vec<f64> {
    table.column_by_name(name).unwrap().as_primitive::<Float64Type>().iter().flatten().collect()
}

fn renewals(table: &RecordBatch) -> Vec<i32> {
    table.column_by_name("renewals").unwrap().as_primitive::<Int32Type>().values().to_vec()
}

/// Survivors of 1,000 customers after 0 to 7 renewals: Fader & Hardie (2007), "How to project customer retention",
/// Journal of Interactive Marketing 21, table 1, the years used for calibration.
const HIGH_END: [u32; 8] = [1000, 869, 743, 653, 593, 551, 517, 491];
const REGULAR: [u32; 8] = [1000, 631, 468, 382, 326, 289, 262, 241];

/// The same as rows of periods survived of periods observed.
fn survival_table(survivors: &[u32; 8]) -> String {
    let mut text = "customer_id,recency,T\n".to_owned();
    let mut id = 0;
    let mut rows = |count: u32, recency: usize| {
        for _ in 0..count {
            id += 1;
            writeln!(text, "{id},{recency},8").unwrap();
        }
    };
    for year in 1..8 {
        rows(survivors[year - 1] - survivors[year], year);
    }
    rows(survivors[7], 8);
    text
}

fn yearly(options: &mut Options) {
    (options.period, options.horizon_days) = (Period::Year, 3653);
}

#[test]
fn the_published_table_gives_the_published_parameters() {
    // Fader & Hardie (2007), table 2: the sBG model by maximum likelihood on the first 7 renewals.
    for (survivors, alpha, beta) in [(&HIGH_END, 0.668, 3.806), (&REGULAR, 0.704, 1.182)] {
        let (report, table) = run(&survival_table(survivors), yearly).unwrap();
        assert_eq!(report.run.shape, "survival");
        let seen: Vec<f64> = report.survival.iter().filter_map(|p| Some(p.seen?.value * 1000.0)).collect();
        assert_eq!(seen.len(), 8);
        for (seen, expected) in seen.iter().zip(survivors) {
            assert!((seen - f64::from(*expected)).abs() < 1e-6, "{seen} {expected}");
        }
        let sbg = report.models.iter().find(|m| m.model == "sBG").unwrap();
        for ((name, value, _), expected) in sbg.parameters.iter().zip([alpha, beta]) {
            assert!((value / expected - 1.0).abs() < 0.02, "{name}: {value} for {expected}");
        }
        let active = table.column_by_name("active").unwrap().as_boolean();
        assert_eq!(active.true_count() as u32, survivors[7]);
        assert_eq!(renewals(&table).iter().max(), Some(&7));
        assert_eq!(report.candidates.iter().filter(|c| c.chosen).count(), 1);
        assert!(report.headline.residual_value.is_none());
        assert!(report.warnings.contains(&cvm_core::retention::RetentionWarning::NoValues));
        let lifetime = report.headline.expected_lifetime;
        assert!(lifetime.low < lifetime.value && lifetime.value < lifetime.high, "{lifetime:?}");
    }
}

/// 600 contracts that started amid a month of 2023 or later, each lost at the end of a month with 10%, of
/// which what is seen until the 15th of January 2025.
fn dated() -> String {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(11);
    let mut text = "Nr klienta;Data rozpoczęcia;Data zakończenia;Abonament\n".to_owned();
    let day = |month: i32| NaiveDate::from_ymd_opt(2023 + month / 12, (month % 12 + 1) as u32, 15).unwrap();
    for customer in 0..600 {
        let start = customer % 20;
        let months = (1..).find(|_| rng.random::<f64>() < 0.1).unwrap();
        let end = if start + months <= 24 { day(start + months).format("%d.%m.%Y").to_string() } else { String::new() };
        writeln!(text, "{customer};{};{end};49,50", day(start).format("%d.%m.%Y")).unwrap();
    }
    text
}

#[test]
fn dated_contracts_are_read_in_polish_and_valued() {
    let (report, table) = run(&dated(), |options| {
        options.ingest.as_of = NaiveDate::from_ymd_opt(2025, 1, 15);
        options.margin = Some(0.5);
    })
    .unwrap();
    assert_eq!((report.run.shape.as_str(), report.run.as_of.as_deref()), ("dates", Some("2025-01-15")));
    let mapped: Vec<String> =
        report.mapping.iter().map(|m| format!("{} {}", m.role, m.format.clone().unwrap_or_default())).collect();
    assert_eq!(mapped, ["customer ", "start dd.mm.yyyy", "end dd.mm.yyyy", "value decimal comma"]);
    let churn = report.headline.churn_rate;
    assert!(churn.low < 0.1 && 0.1 < churn.high && churn.high - churn.low < 0.02, "{churn:?}");
    assert_eq!(report.run.model, "constant churn", "{:?}", report.candidates);
    let active = table.column_by_name("active").unwrap().as_boolean();
    let values = numbers(&table, "residual_value");
    let next = numbers(&table, "p_renew_next");
    // With constant churn, what is left is the same for all: a geometric series of 60 terms.
    let (keep, discount) = (1.0 - churn.value, 1.1_f64.powf(-1.0 / 12.0));
    let series: f64 = (0..60).map(|k| keep * (keep * discount).powi(k)).sum();
    for row in 0..table.num_rows() {
        if active.value(row) {
            assert!((next[row] - keep).abs() < 1e-9);
            assert!((values[row] / (series * 49.5 * 0.5) - 1.0).abs() < 1e-9, "{}", values[row]);
        } else {
            assert_eq!((next[row], values[row]), (0.0, 0.0));
        }
    }
    let total = report.headline.residual_value.unwrap();
    assert!((total.value / values.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(total.low < total.value && total.value < total.high);
    assert_eq!(report.headline.active + report.headline.ended, 600);
    assert!((report.headline.revenue_per_period.unwrap() - 49.5 * report.headline.active as f64).abs() < 1e-6);
    assert_eq!(report.tenures.iter().map(|band| band.contracts).sum::<u64>(), report.headline.active);
    assert_eq!(report.at_risk.len(), 20);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let json = |report: &RetentionReport| {
        let mut report = report.clone();
        report.run.files.clear();
        json(&report).unwrap()
    };
    let (first, second) = (run(&dated(), |_| {}).unwrap().0, run(&dated(), |_| {}).unwrap().0);
    assert_eq!(json(&first), json(&second));
    let last_date = cvm_core::retention::RetentionWarning::AsOfFromFile { date: "2025-01-15".to_owned() };
    assert!(first.warnings.contains(&last_date), "{:?}", first.warnings);
}

#[test]
fn tenure_and_status_are_read_whatever_yes_means() {
    for (status, yes, no) in [("Churn", "Yes", "No"), ("is_active", "0", "1"), ("Статус", "расторгнут", "действует")]
    {
        let mut text = format!("customerID,tenure,{status},MonthlyCharges,TotalCharges\n");
        for i in 0..120 {
            let (tenure, ended) = (1 + i % 12, i % 3 == 0);
            writeln!(text, "{i},{tenure},{},20.5,{}", if ended { yes } else { no }, 20 * tenure).unwrap();
        }
        text.push_str(&format!("new,0,{no},20.5, \n"));
        let (report, table) = run(&text, |_| {}).unwrap();
        assert_eq!((report.run.shape.as_str(), report.headline.ended), ("tenure", 40), "{status}");
        assert_eq!(report.headline.contracts, 121);
        assert_eq!(numbers(&table, "tenure_periods")[..3], [1.0, 2.0, 3.0]);
        assert_eq!(renewals(&table)[..3], [0, 2, 3], "the first was lost in its first period");
        let reasons = table.column_by_name("reason").unwrap();
        let reasons = datafusion::arrow::compute::cast(reasons, &datafusion::arrow::datatypes::DataType::Utf8).unwrap();
        let reasons = reasons.as_string::<i32>();
        assert_eq!(reasons.value(0), "ended; tenure: 1 month");
        assert!(reasons.value(1).starts_with("tenure: 2 months; "), "{}", reasons.value(1));
        assert!(reasons.value(120).starts_with("new, not yet at its first renewal; "), "{}", reasons.value(120));
    }
}

#[test]
fn rows_that_are_no_contracts_are_kept_with_their_reason() {
    let mut text = "client,start date,end date,status,fee\n".to_owned();
    for i in 0..100 {
        let end = if i % 4 == 0 { "2024-03-01" } else { "" };
        writeln!(text, "{i},2024-01-{:02},{end},{},9", 1 + i % 28, if i % 4 == 0 { "cancelled" } else { "active" })
            .unwrap();
    }
    text.push_str(
        ",2024-01-01,,active,9\n\
        a,,,active,9\n\
        b,soon,,active,9\n\
        c,2024-02-01,2024-01-01,cancelled,9\n\
        d,2024-02-01,,cancelled,9\n\
        e,2024-02-01,,perhaps,9\n\
        f,2999-01-01,,active,9\n\
        g,2024-02-01,,active,nine\n\
        0,2024-01-01,2024-03-01,cancelled,9\n\
        h,2024-02-01\n\
        i,2024-02-01,9999-12-31,active,\n",
    );
    let (report, _) = run(&text, |options| options.ingest.as_of = NaiveDate::from_ymd_opt(2024, 6, 1)).unwrap();
    assert_eq!((report.run.rows_read, report.run.rows_used), (111, 101));
    let mut problems: Vec<&str> = report.problems.iter().map(|p| p.reason.as_str()).collect();
    problems.sort_unstable();
    let expected = [
        "duplicate",
        "end_before_start",
        "future_date",
        "no_customer",
        "no_end",
        "no_time",
        "not_a_number",
        "unreadable_status",
        "unreadable_time",
        "wrong_columns",
    ];
    assert_eq!(problems, expected);
    assert!(report.problems.iter().all(|p| p.rows == 1));
}

#[test]
fn what_cannot_be_done_is_said() {
    let no_end = refusal("customer,start\n1,2024-01-01\n2,2024-02-01\n", |_| {});
    assert_eq!(no_end, "found no column for the end in `customer` and `start`; name it with --end COLUMN");
    let nothing = refusal("customer,city\n1,Łódź\n2,Kraków\n", |_| {});
    assert_eq!(
        nothing,
        "found no column for the start in `customer` and `city`; name it with --start COLUMN and --end COLUMN, or \
         --tenure COLUMN and --churned COLUMN"
    );
    let status = refusal("customer,tenure,status\n1,3,gold\n2,4,silver\n", |_| {});
    assert!(status.starts_with("the values of `status` do not say whether a contract is active, for example `gold`"));
    let two = refusal("customer,start,begin,end\n1,2024-01-01,2024-01-02,\n2,2024-02-01,2024-02-02,\n", |_| {});
    assert_eq!(two, "`start` and `begin` could each be the start; say which with --start COLUMN");
    let dates = refusal("customer,start,end\n1,01/02/2024,03/04/2024\n2,05/06/2024,\n", |_| {});
    assert!(dates.contains("can be read in two ways"), "{dates}");
    let none = refusal("customer,tenure,churned\na,-1,yes\nb,-2,no\n", |_| {});
    assert_eq!(none, "no row is a usable contract: Tenure missing or not a number (2)");
    let young = refusal("customer,tenure,churned\na,0,no\nb,0,no\n", |_| {});
    assert!(young.contains("no customer has come to the end of a period"), "{young}");
    let wrong = refusal("customer,tenure,churned\na,1,no\n", |options| options.margin = Some(2.0));
    assert_eq!(wrong, "the margin is 2; expected a share of revenue above 0 and up to 1");
}

#[test]
fn the_calendar_counts_months() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap().to_epoch_days();
    let months = |from, to| base::periods_between(day(from), day(to), Period::Month);
    assert_eq!(months("2024-07-01", "2024-09-01"), 2.0);
    assert_eq!(months("2024-01-31", "2024-02-29"), 1.0);
    assert_eq!(months("2024-01-15", "2024-01-15"), 0.0);
    assert!((months("2024-01-01", "2024-02-15") - (1.0 + 14.0 / 29.0)).abs() < 1e-12);
    let years = base::periods_between(day("2020-02-29"), day("2024-02-28"), Period::Year);
    assert!(3.99 < years && years < 4.0, "{years}");
    assert_eq!(base::periods_between(day("2024-01-01"), day("2024-01-15"), Period::Week), 2.0);
    assert_eq!(base::periods_between(day("2024-01-01"), day("2024-01-21"), Period::Days { days: 10 }), 2.0);
}

#[test]
fn a_contract_without_discount_has_no_endless_value_but_one_over_the_horizon() {
    let (report, _) = run(&dated(), |options| options.discount_rate = 0.0).unwrap();
    assert!(report.headline.residual_value.is_some() && report.headline.residual_value_endless.is_none());
}
