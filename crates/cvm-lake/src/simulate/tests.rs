//! The company as a reader finds it: read back from the files, compared with what must be true of it.

use super::*;
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Date32Type, Decimal128Type, Float64Type, Int32Type, TimestampMicrosecondType};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};

const DAY: i64 = 86_400_000_000;

fn settings(customers: u64) -> Settings {
    Settings::new(customers, 7, NaiveDate::from_ymd_opt(2026, 1, 1).unwrap())
}

/// With these tables only.
fn only<const N: usize>(customers: u64, tables: [Table; N]) -> Settings {
    Settings { tables: tables.into(), ..settings(customers) }
}

fn make(settings: &Settings) -> (tempfile::TempDir, PathBuf) {
    let beside = tempfile::tempdir().unwrap();
    let folder = beside.path().join("company");
    simulate(settings, &folder, &|_, _| {}).unwrap();
    (beside, folder)
}

/// All rows of a table, from all its files in order.
fn read(folder: &Path, table: Table) -> RecordBatch {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        let rest = name.strip_prefix(table.name());
        rest.is_some_and(|rest| rest == ".parquet" || rest.starts_with('-'))
    });
    paths.sort();
    let batches: Vec<_> = paths
        .iter()
        .flat_map(|path| ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap())
        .map(Result::unwrap)
        .collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn column<'a>(rows: &'a RecordBatch, name: &str) -> &'a ArrayRef {
    rows.column_by_name(name).unwrap()
}

fn texts<'a>(rows: &'a RecordBatch, name: &str) -> Vec<Option<&'a str>> {
    column(rows, name).as_string::<i32>().iter().collect()
}

fn times(rows: &RecordBatch, name: &str) -> Vec<i64> {
    column(rows, name).as_primitive::<TimestampMicrosecondType>().values().to_vec()
}

/// In cents.
fn amounts(rows: &RecordBatch, name: &str) -> Vec<i64> {
    column(rows, name).as_primitive::<Decimal128Type>().values().iter().map(|v| *v as i64).collect()
}

fn numbers(rows: &RecordBatch, name: &str) -> Vec<Option<f64>> {
    column(rows, name).as_primitive::<Float64Type>().iter().collect()
}

fn integers(rows: &RecordBatch, name: &str) -> Vec<i32> {
    column(rows, name).as_primitive::<Int32Type>().values().to_vec()
}

fn flags(rows: &RecordBatch, name: &str) -> Vec<bool> {
    column(rows, name).as_boolean().iter().map(|flag| flag.unwrap_or(false)).collect()
}

fn truth(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("truth.json")).unwrap()).unwrap()
}

/// Mean with its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

#[test]
fn the_same_seed_makes_the_same_files_on_any_number_of_threads() {
    let settings = Settings { part_customers: 300, ..settings(1000) };
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| make(&settings))
    };
    let ((_one, one), (_three, three)) = (with_threads(1), with_threads(3));
    let names = files(&settings);
    assert_eq!(names.len(), 10 * 4 + 1 + 2);
    for name in names {
        let same = fs::read(one.join(&name)).unwrap() == fs::read(three.join(&name)).unwrap();
        assert!(same, "{name} depends on threads");
    }
}

#[test]
fn a_seed_makes_this_company_and_no_other() {
    let (_beside, folder) = make(&settings(1000));
    let made = &truth(&folder)["made"];
    assert_eq!(made["rows"]["purchases"], read(&folder, Table::Purchases).num_rows());
    let checksum = |table, name| amounts(&read(&folder, table), name).iter().sum::<i64>();
    let sums = [
        checksum(Table::Purchases, "amount"),
        checksum(Table::Purchases, "cost"),
        checksum(Table::Customers, "acquisition_cost"),
        checksum(Table::CostsToServe, "amount"),
        checksum(Table::FuturePurchases, "revenue"),
    ];
    assert_eq!((made["rows"].to_string(), sums), (ROWS.to_owned(), SUMS));
    let (_beside, other) = make(&Settings { seed: 8, ..settings(1000) });
    assert_ne!(truth(&other)["made"], *made);
}

const ROWS: &str = concat!(
    r#"{"campaign":540,"complaints":258,"costs_to_serve":5998,"customers":1000,"future_purchases":1000,"#,
    r#""messages":12078,"products":304,"purchases":10552,"surveys":826,"truth":1000,"visits":30360}"#
);
const SUMS: [i64; 5] = [26_627_874, 16_659_665, 1_036_737, 2_813_574, 15_369_035];

#[test]
fn a_small_company_is_the_beginning_of_a_large_one_whatever_tables_are_asked_for() {
    let (_small, small) = make(&only(200, [Table::Purchases]));
    let (_large, large) = make(&Settings { part_customers: 77, ..settings(500) });
    let (small, large) = (read(&small, Table::Purchases), read(&large, Table::Purchases));
    assert!(small.num_rows() > 1000);
    assert_eq!(small, large.slice(0, small.num_rows()));
}

#[test]
fn what_a_row_refers_to_exists() {
    let (_beside, folder) = make(&settings(2000));
    let ids = |table: Table, name: &str| -> HashSet<String> {
        texts(&read(&folder, table), name).into_iter().flatten().map(str::to_owned).collect()
    };
    let (customers, orders) = (ids(Table::Customers, "customer_id"), ids(Table::Purchases, "order_id"));
    assert_eq!(customers.len(), 2000);
    for table in Table::ALL.into_iter().filter(|table| *table != Table::Products) {
        let of_table = ids(table, "customer_id");
        assert!(!of_table.is_empty() && of_table.is_subset(&customers), "{}", table.name());
    }
    for (table, name) in [
        (Table::Purchases, "return_of"),
        (Table::Visits, "order_id"),
        (Table::Surveys, "order_id"),
        (Table::Complaints, "order_id"),
    ] {
        let of_table = ids(table, name);
        assert!(!of_table.is_empty() && of_table.is_subset(&orders), "{} of {}", name, table.name());
    }
    assert!(ids(Table::Purchases, "product_id").is_subset(&ids(Table::Products, "product_id")));
    for table in Table::ALL {
        let unique = table.columns().iter().filter(|c| c.kind == Kind::Id);
        for name in unique.map(|c| c.name).filter(|_| table != Table::Purchases) {
            assert_eq!(ids(table, name).len(), read(&folder, table).num_rows(), "{name} of {}", table.name());
        }
    }
}

#[test]
fn purchases_happen_in_the_observed_time_while_alive_and_returns_take_back_what_was_bought() {
    let settings = settings(3000);
    let (_beside, folder) = make(&settings);
    let (purchases, truth) = (read(&folder, Table::Purchases), read(&folder, Table::Truth));
    let died = column(&truth, "died_on").as_primitive::<Date32Type>();
    let died: HashMap<_, _> = texts(&truth, "customer_id").into_iter().zip(died.iter()).collect();
    let midnight = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros();
    let observed = midnight(settings.start)..midnight(settings.end);
    let (customers, at) = (texts(&purchases, "customer_id"), times(&purchases, "purchased_at"));
    let (orders, of) = (texts(&purchases, "order_id"), texts(&purchases, "return_of"));
    let (quantity, amount) = (integers(&purchases, "quantity"), amounts(&purchases, "amount"));
    let products = texts(&purchases, "product_id");
    let mut bought: HashMap<_, (i64, i64)> = HashMap::new();
    let (mut returns, mut anonymous, mut dead) = (0, 0, 0);
    for i in 0..purchases.num_rows() {
        assert!(observed.contains(&at[i]));
        assert_eq!(quantity[i] < 0, of[i].is_some());
        assert_eq!(quantity[i] < 0, amount[i] < 0);
        let Some(customer) = customers[i] else {
            anonymous += 1;
            continue;
        };
        if let Some(order) = of[i] {
            let (paid, when) = bought[&(order, products[i])];
            assert!(paid >= -amount[i] && when < at[i], "{order}");
            returns += 1;
            continue;
        }
        let paid = bought.entry((orders[i].unwrap(), products[i])).or_insert((0, at[i]));
        paid.0 += amount[i];
        if let Some(died) = died[&Some(customer)] {
            assert!(at[i] < (i64::from(died) + 1) * DAY, "{customer} bought after the last day");
            dead += 1;
        }
    }
    let share = |count: i32| f64::from(count) / purchases.num_rows() as f64;
    assert!((0.01..0.06).contains(&share(returns)), "{returns}");
    assert!((0.002..0.009).contains(&share(anonymous)), "{anonymous}");
    assert!(share(dead) > 0.2);
}

#[test]
fn the_campaign_estimated_from_the_files_covers_its_truth() {
    let (_beside, folder) = make(&only(40_000, [Table::Campaign, Table::Purchases, Table::Truth]));
    let (campaign, purchases) = (read(&folder, Table::Campaign), read(&folder, Table::Purchases));
    let sent: HashMap<_, _> =
        texts(&campaign, "customer_id").into_iter().flatten().zip(times(&campaign, "assigned_at")).collect();
    let at = times(&purchases, "purchased_at");
    let (amount, cost) = (amounts(&purchases, "amount"), amounts(&purchases, "cost"));
    let (orders, of) = (texts(&purchases, "order_id"), texts(&purchases, "return_of"));
    // An order counts where it was made in the 30 days; a return counts with its order, whenever it came back.
    let mut counted: HashSet<&str> = HashSet::new();
    let mut worth: HashMap<&str, (f64, f64)> = HashMap::new();
    for (i, customer) in texts(&purchases, "customer_id").into_iter().enumerate() {
        let Some(sent) = customer.and_then(|customer| sent.get(customer)) else { continue };
        let new = of[i].is_none() && (*sent..sent + 30 * DAY).contains(&at[i]) && counted.insert(orders[i].unwrap());
        if counted.contains(of[i].or(orders[i]).unwrap()) {
            let (count, margin) = worth.entry(customer.unwrap()).or_default();
            *count += f64::from(u8::from(new));
            *margin += (amount[i] - cost[i]) as f64 / 100.0;
        }
    }
    let mut groups: [[Vec<f64>; 2]; 2] = Default::default();
    for (customer, treated) in texts(&campaign, "customer_id").into_iter().zip(flags(&campaign, "treated")) {
        let (count, margin) = worth.get(customer.unwrap()).copied().unwrap_or_default();
        groups[usize::from(treated)][0].push(count);
        groups[usize::from(treated)][1].push(margin);
    }
    let truth = &truth(&folder)["campaign"]["average_effect"];
    for (k, what) in ["orders", "margin"].into_iter().enumerate() {
        let ((control, control_se), (treated, treated_se)) = (mean(&groups[0][k]), mean(&groups[1][k]));
        let (effect, se) = (treated - control, control_se.hypot(treated_se));
        for kind in ["expected", "realised"] {
            let true_effect = truth[kind][what].as_f64().unwrap();
            assert!((effect - true_effect).abs() < 2.0 * se, "{what}: {effect} +- {se}, {kind} {true_effect}");
        }
        assert!(effect > 2.0 * se, "{what}: {effect} +- {se} cannot be told from nothing");
    }
}

#[test]
fn the_future_is_as_the_truth_expects() {
    let (_beside, folder) = make(&only(20_000, [Table::Truth, Table::FuturePurchases]));
    let (truth, future) = (read(&folder, Table::Truth), read(&folder, Table::FuturePurchases));
    assert_eq!(texts(&truth, "customer_id"), texts(&future, "customer_id"));
    let real: [Vec<f64>; 3] = [
        integers(&future, "purchases").into_iter().map(f64::from).collect(),
        amounts(&future, "revenue").into_iter().map(|cents| cents as f64 / 100.0).collect(),
        amounts(&future, "margin").into_iter().map(|cents| cents as f64 / 100.0).collect(),
    ];
    let expected = ["expected_purchases", "expected_spend", "expected_margin"];
    for (real, expected) in real.iter().zip(expected.map(|name| numbers(&truth, name))) {
        let differences: Vec<f64> = real.iter().zip(expected).map(|(r, e)| r - e.unwrap()).collect();
        let (difference, se) = mean(&differences);
        assert!(difference.abs() < 3.0 * se, "{difference} +- {se}");
    }
    let alive = flags(&truth, "alive_at_end");
    assert!(real[0].iter().zip(&alive).all(|(purchases, alive)| *alive || *purchases == 0.0));
}

#[test]
fn the_disappointed_answer_worse() {
    let (_beside, folder) = make(&only(10_000, [Table::Truth, Table::Surveys]));
    let (truth, surveys) = (read(&folder, Table::Truth), read(&folder, Table::Surveys));
    let disappointed: HashMap<_, _> =
        texts(&truth, "customer_id").into_iter().zip(flags(&truth, "disappointed")).collect();
    let mut scores = [Vec::new(), Vec::new()];
    let answers =
        texts(&surveys, "customer_id").into_iter().zip(texts(&surveys, "kind")).zip(integers(&surveys, "score"));
    for ((customer, _), score) in answers.filter(|((_, kind), _)| *kind == Some("nps")) {
        scores[usize::from(disappointed[&customer])].push(f64::from(score));
    }
    let [(content, _), (upset, _)] = [mean(&scores[0]), mean(&scores[1])];
    assert!(content - upset > 0.7, "{content} {upset}");
    // Persian comments are written in Persian.
    let comments = texts(&surveys, "text").into_iter().zip(texts(&surveys, "language"));
    let mut persian = comments.filter(|(_, language)| *language == Some("fa")).filter_map(|(text, _)| text);
    assert!(persian.clone().count() > 50 && persian.all(|text| text.chars().any(|c| ('آ'..='ی').contains(&c))));
}

#[test]
fn the_readme_names_every_column_of_every_file_and_says_that_all_is_invented() {
    let (_beside, folder) = make(&settings(50));
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    assert!(readme.contains("no person, order, address or number in it is real"));
    for table in Table::ALL {
        let section = readme.split("\n## ").find(|s| s.starts_with(&format!("{}\n", table.name()))).unwrap();
        for field in read(&folder, table).schema().fields() {
            assert!(section.contains(&format!("\n| {} | ", field.name())), "{} of {}", field.name(), table.name());
        }
    }
}

#[test]
fn progress_ends_at_all_customers() {
    let (most, last_total) = (AtomicU64::new(0), AtomicU64::new(0));
    let beside = tempfile::tempdir().unwrap();
    let settings = Settings { part_customers: 1500, ..only(4000, [Table::Purchases]) };
    simulate(&settings, &beside.path().join("company"), &|done, total| {
        most.fetch_max(done, Ordering::Relaxed);
        last_total.store(total, Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!((most.into_inner(), last_total.into_inner()), (4000, 4000));
}

#[test]
fn a_folder_is_replaced_only_where_a_simulation_made_all_of_it() {
    let (beside, folder) = make(&settings(20));
    // A second run replaces the first, also where that had more files.
    let only = only(10, [Table::Customers]);
    simulate(&only, &folder, &|_, _| {}).unwrap();
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["README.md", "customers.parquet", "truth.json"]);
    assert_eq!(fs::read_dir(beside.path()).unwrap().count(), 1, "nothing is left beside it");
    // Something of the user's lies in it: nothing is touched.
    fs::write(folder.join("thesis.docx"), "years of work").unwrap();
    let error = simulate(&only, &folder, &|_, _| {}).unwrap_err().to_string();
    assert!(
        error.ends_with("holds `thesis.docx`, which no simulation made; name a new folder, or empty this one first")
    );
    assert_eq!(fs::read_to_string(folder.join("thesis.docx")).unwrap(), "years of work");
    assert_eq!(fs::read_dir(beside.path()).unwrap().count(), 1);
}

#[test]
fn what_an_interrupted_run_left_is_cleared_and_what_others_left_is_not() {
    let beside = tempfile::tempdir().unwrap();
    let (folder, partial) = (beside.path().join("company"), beside.path().join("company.partial"));
    fs::create_dir(&partial).unwrap();
    fs::write(partial.join("photo.jpg"), "x").unwrap();
    let error = simulate(&settings(5), &folder, &|_, _| {}).unwrap_err();
    assert!(matches!(error, SimulateError::FolderInUse { .. }), "{error}");
    fs::write(partial.join("UNFINISHED"), "x").unwrap();
    simulate(&settings(5), &folder, &|_, _| {}).unwrap();
    assert!(folder.join("purchases.parquet").exists() && !partial.exists());
}

#[test]
fn wrong_settings_are_named_with_their_limits() {
    let beside = tempfile::tempdir().unwrap();
    let error =
        |settings: &Settings| simulate(settings, &beside.path().join("company"), &|_, _| {}).unwrap_err().to_string();
    assert_eq!(error(&settings(0)), "customers is 0; expected 1 to 1,000,000,000");
    let mut short = settings(5);
    short.end = short.start + chrono::Days::new(30);
    assert_eq!(error(&short), "the observed time is 30 days; expected an end 90 days to 20 years after the start");
    let distant = Settings { end: NaiveDate::from_ymd_opt(9999, 1, 1).unwrap(), ..settings(5) };
    assert_eq!(error(&distant), "the end is 9999-01-01; expected a day of the years 1900 to 2200");
    assert_eq!("orders".parse::<Table>().unwrap_err().split(';').next(), Some("table `orders` is not known"));
    assert_eq!(fs::read_dir(beside.path()).unwrap().count(), 0, "nothing was begun");
    let unnamed = simulate(&settings(5), Path::new(".."), &|_, _| {}).unwrap_err().to_string();
    assert_eq!(unnamed, "the folder is `..`; expected the name of a folder to make");
}
