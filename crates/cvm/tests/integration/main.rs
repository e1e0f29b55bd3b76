//! The binary as a user meets it: files in, results out, messages and exit codes.

#![expect(clippy::unwrap_used, reason = "all of this file is tests, helpers included")]

mod browser;
mod campaigns;
mod erasure;
mod intake;
mod operations;
mod proof;
mod recommending;
mod segments;
mod server;
mod story;
mod whole_loop;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn cvm(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cvm")).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Standard output of a run that must succeed.
fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = cvm(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Exit code and message of a run that must fail, and leave nothing behind.
fn fail(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let before = names(folder);
    let output = cvm(folder, arguments);
    assert_eq!(names(folder), before, "{arguments:?} left something behind");
    (output.status.code().unwrap(), text(&output.stderr))
}

/// Everything in a folder, hidden files too.
fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The rows of a CSV file without quoted fields, the header first.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let content = fs::read_to_string(path).unwrap();
    content.trim_start_matches('\u{feff}').lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn column<'a>(rows: &'a [Vec<String>], name: &str) -> Vec<&'a str> {
    let place = rows[0].iter().position(|header| header == name).unwrap_or_else(|| panic!("no column {name}"));
    rows[1..].iter().map(|row| row[place].as_str()).collect()
}

const BY_HAND: &str = "\
customer;date;amount
anna;02.01.2024;10,00
anna;02.01.2024;5,50
anna;20.02.2024;20,00
boris;15.01.2024;7,25
boris;16.01.2024;-7,25
;17.01.2024;3,00
clara;18.01.2024;4,00
clara;18.01.2024;-4,00
dora;99.99.2024;1,00
";

/// The lines above and twenty more of one customer: a column that is nearly all dates has one that is none.
fn by_hand() -> String {
    format!("{BY_HAND}{}", "eva;31.03.2024;5,00\n".repeat(20))
}

#[test]
fn what_was_bought_is_counted_to_the_cent() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kauf.csv"), by_hand()).unwrap();
    succeed(folder.path(), &["analyze", "kauf.csv", "--csv", "-o", "out"]);
    let out = folder.path().join("out");

    let customers = rows(&out.join("customers.csv"));
    assert_eq!(column(&customers, "customer_id"), ["anna", "boris", "clara", "eva"]);
    // Anna's two lines of one day are one purchase. Clara returned all she bought: she is listed, but no customer.
    assert_eq!(column(&customers, "frequency"), ["1", "0", "0", "0"]);
    assert_eq!(column(&customers, "recency_days"), ["49", "0", "", "0"]);
    assert_eq!(column(&customers, "age_days"), ["89", "76", "", "0"]);
    assert_eq!(column(&customers, "revenue"), ["35.5000", "0.0000", "0.0000", "100.0000"]);
    assert_eq!(column(&customers, "returns"), ["0.0000", "7.2500", "4.0000", "0.0000"]);
    assert_eq!(column(&customers, "monetary"), ["20.0", "", "", ""]);

    let summary = json(&out.join("summary.json"));
    assert_eq!(summary["run"]["as_of"], "2024-03-31");
    assert_eq!(summary["run"]["rows_read"], 29);
    assert_eq!(summary["run"]["rows_used"], 27);
    assert_eq!(summary["headline"]["customers"], 3);
    assert_eq!(summary["headline"]["purchases"], 4);
    assert_eq!(summary["headline"]["revenue"], 135.5);
    let problems = summary["problems"].as_array().unwrap();
    let reasons: Vec<&str> = problems.iter().map(|problem| problem["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["no_customer", "unreadable_time"]);
    let months: Vec<f64> =
        summary["headline"]["monthly"].as_array().unwrap().iter().map(|m| m["revenue"].as_f64().unwrap()).collect();
    assert_eq!(months, [15.5, 20.0, 100.0], "Boris' return of the day after belongs to its month");
}

#[test]
fn the_sample_company_is_understood_without_a_flag() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["simulate", "--customers", "600", "-o", "company", "--only", "purchases,truth"]);
    let analyze = |output: &str, more: &[&str]| {
        let all = [&["analyze", "company/purchases.parquet", "--csv", "-o", output], more].concat();
        succeed(folder.path(), &all)
    };
    let said = analyze("first", &[]);
    assert!(said.contains("Customer lifetime value"), "{said}");
    let first = folder.path().join("first");

    // Every documented column is there, and bounds are in order. (An expectation may lie above the upper bound: of a
    // customer who is gone with 96%, 95% of outcomes are nothing.)
    let customers = rows(&first.join("customers.csv"));
    let documented: Vec<&str> = cvm_core::columns::CUSTOMER.iter().map(|column| column.name).collect();
    assert_eq!(customers[0], documented);
    let number = |text: &str| text.parse::<f64>().unwrap();
    let mut with_forecast = 0;
    for ((low, value), high) in
        column(&customers, "clv_low").iter().zip(column(&customers, "clv")).zip(column(&customers, "clv_high"))
    {
        if !value.is_empty() {
            with_forecast += 1;
            assert!(number(low) <= number(value) + 1e-9, "{low} {value}");
            assert!(number(low) <= number(high), "{low} {high}");
        }
    }
    assert!(with_forecast > 590, "{with_forecast}");

    // The sums of the rows are the totals of the summary.
    let summary = json(&first.join("summary.json"));
    let revenue: f64 = column(&customers, "revenue").into_iter().map(number).sum();
    assert!((revenue - summary["headline"]["revenue"].as_f64().unwrap()).abs() < 1e-6);
    let clv: f64 = column(&customers, "clv").into_iter().filter(|text| !text.is_empty()).map(number).sum();
    assert!((clv / summary["headline"]["clv"]["value"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    for list in ["segments", "tiers"] {
        let counted: u64 = summary[list].as_array().unwrap().iter().map(|g| g["customers"].as_u64().unwrap()).sum();
        assert_eq!(counted, customers.len() as u64 - 1, "{list}");
    }

    // The same again, on one thread: the same bytes. Another seed moves only what is drawn.
    analyze("second", &["--threads", "1"]);
    let bytes = |name: &str| fs::read(folder.path().join(name).join("customers.csv")).unwrap();
    assert!(bytes("first") == bytes("second"), "the number of threads changed the result");

    // Four languages, each with its direction and its words.
    for (language, direction, word) in [
        ("en", "ltr", "Champions"),
        ("pl", "ltr", "Najlepsi klienci"),
        ("ru", "ltr", "Лучшие клиенты"),
        ("fa", "rtl", "قهرمانان"),
    ] {
        analyze(language, &["--language", language, "--quiet"]);
        let page = fs::read_to_string(folder.path().join(language).join("report.html")).unwrap();
        assert!(page.contains(&format!("lang=\"{language}\" dir=\"{direction}\"")), "{language}");
        assert!(page.contains(word), "{language}: {word}");
    }
}

#[test]
fn json_goes_to_standard_output_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kauf.csv"), by_hand()).unwrap();
    let said = succeed(folder.path(), &["analyze", "kauf.csv", "--format", "json", "-o", "out"]);
    let printed: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(printed, json(&folder.path().join("out/summary.json")));
}

#[test]
fn choices_can_be_saved_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let ambiguous = "who,when,what\na,03/04/2024,1.00\na,05/06/2024,2.00\nb,01/02/2024,3.00\n";
    fs::write(folder.path().join("a.csv"), ambiguous).unwrap();
    let (code, message) = fail(folder.path(), &["analyze", "a.csv"]);
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("--date-format"), "{message}");

    let columns = ["--customer", "who", "--time", "when", "--amount", "what", "--date-format", "dmy"];
    let arguments = [&["analyze", "a.csv", "-o", "out", "--save-mapping", "m.toml"], &columns[..]].concat();
    succeed(folder.path(), &arguments);
    assert_eq!(json(&folder.path().join("out/summary.json"))["run"]["as_of"], "2024-06-05");
    succeed(folder.path(), &["analyze", "a.csv", "-o", "out", "--mapping", "m.toml"]);
    assert_eq!(json(&folder.path().join("out/summary.json"))["run"]["as_of"], "2024-06-05");
    succeed(folder.path(), &["analyze", "a.csv", "-o", "out", "--mapping", "m.toml", "--date-format", "mdy"]);
    assert_eq!(json(&folder.path().join("out/summary.json"))["run"]["as_of"], "2024-05-06", "a flag goes first");
}

#[test]
fn standard_input_is_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cvm"))
        .current_dir(folder.path())
        .args(["analyze", "-", "-o", "out", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(by_hand().as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(json(&folder.path().join("out/summary.json"))["headline"]["revenue"], 135.5);
}

#[test]
fn wrong_use_is_named_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kauf.csv"), by_hand()).unwrap();
    fs::write(folder.path().join("empty.csv"), "").unwrap();
    let returned = "customer,date,amount\na,2024-01-15,-5.00\nb,2024-01-20,-6.00\n";
    fs::write(folder.path().join("returned.csv"), returned).unwrap();
    fs::create_dir(folder.path().join("thesis")).unwrap();
    fs::write(folder.path().join("thesis/chapter.txt"), "years of work").unwrap();
    for (arguments, code, words) in [
        (&["analyze", "missing.csv"][..], 1, "missing.csv"),
        (&["analyze", "empty.csv"], 1, "empty"),
        (&["analyze", "returned.csv"], 1, "no row is a usable purchase"),
        (&["analyze", "kauf.csv", "--customer", "nobody"], 1, "nobody"),
        (&["analyze", "kauf.csv", "--horizon", "soon"], 2, "12m"),
        (&["analyze", "kauf.csv", "--margin", "7"], 2, "the margin is 7"),
        (&["analyze", "kauf.csv", "--holdout", "5y"], 2, "the hold-out of 1826 days"),
        (&["analyze", "kauf.csv", "-o", "thesis"], 2, "holds something else than earlier results"),
        (&["analyze"], 2, "<FILES>"),
        (&["simulate", "--customers", "0"], 2, "customers"),
        (&["simulate", "-o", "thesis"], 1, "chapter.txt"),
    ] {
        let (found, message) = fail(folder.path(), arguments);
        assert_eq!(found, code, "{arguments:?}: {message}");
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
}

#[test]
fn what_else_is_known_of_customers_is_asked_for_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
    // Every customer of group b buys each month, of group a every second, some until they leave.
    let mut purchases = String::from("customer,date,amount\n");
    let mut known = String::from("customer,kind,birthday\n");
    for customer in 0..400 {
        let (kind, every) = if customer % 2 == 0 { ("a", 60) } else { ("b", 30) };
        let last = if customer % 5 == 0 { 100 + customer } else { 700 };
        for day in (customer % 90..last.min(700)).step_by(every) {
            // Some are early or late, or everyone would be too regular for any model.
            let late = (day * 7919 + customer * 104_729) % 29;
            let date = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + chrono::Days::new((day + late) as u64);
            purchases.push_str(&format!("k{customer},{date},10.00\n"));
        }
        if customer % 40 != 3 {
            known.push_str(&format!("k{customer},{kind},1980-01-{:02}\n", customer % 28 + 1));
        }
    }
    write("purchases.csv", &purchases);
    write("customers.csv", &known);
    write("strangers.csv", &known.replace('k', "x"));
    write("twice.csv", &format!("{known}k8,b,1980-01-09\n"));
    let said = succeed(
        folder.path(),
        &["analyze", "purchases.csv", "--covariates", "customers.csv", "--model", "bg-nbd-covariates", "-o", "out"],
    );
    assert!(said.contains("Covariates: kind · not used: birthday (holds dates)"), "{said}");
    let summary = json(&folder.path().join("out/summary.json"));
    let covariates = &summary["covariates"];
    assert_eq!(covariates["model"], "BG/NBD with covariates");
    assert_eq!((&covariates["matched"], &covariates["unmatched"]), (&390.into(), &10.into()));
    assert_eq!(covariates["left_out"][0]["reason"], "dates");
    let levels = covariates["columns"][0]["levels"].as_array().unwrap();
    let level = |name: &str| levels.iter().find(|level| level["level"]["text"] == name).unwrap();
    assert_eq!(levels[0]["level"]["text"], "a");
    assert!(levels[0]["buying"].is_null());
    assert!((1.6..2.4).contains(&level("b")["buying"]["value"].as_f64().unwrap()), "{levels:?}");
    let models = json(&folder.path().join("out/models.json"));
    let names: Vec<&str> =
        models["models"][0]["parameters"].as_array().unwrap().iter().map(|p| p[0].as_str().unwrap()).collect();
    assert!(names.contains(&"alpha:kind=b"), "{names:?}");
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.contains("What else is known of customers") && page.contains("more often"));

    for (arguments, code, words) in [
        (&["--covariates", "missing.csv"][..], 1, "missing.csv"),
        (&["--covariates", "strangers.csv"], 1, "no customer of the purchases is in `strangers.csv`"),
        (&["--covariates", "twice.csv"], 1, "customer `k8` stands in line 9 of `twice.csv` and in line 392"),
        (&["--covariates", "customers.csv", "--covariates-id", "who"], 1, "--covariates-id names the column `who`"),
        (&["--covariates", "customers.csv", "--covariates-columns", "birthday"], 1, "`birthday` holds dates"),
        (&["--covariates-id", "who"], 2, "--covariates <FILE>"),
        (&["--model", "pareto-nbd-covariates"], 2, "give a file with --covariates, or use --model pareto-nbd"),
    ] {
        let (found, message) = fail(folder.path(), &[&["analyze", "purchases.csv", "-o", "new"], arguments].concat());
        assert_eq!(found, code, "{arguments:?}: {message}");
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
}

/// Ctrl-C while the files are read: the pipe stays open, so the job is surely amid its work.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cvm"))
        .current_dir(folder.path())
        .args(["analyze", "-", "-o", "out"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(b"customer,date,amount\n").unwrap();
    let begun = std::time::Instant::now();
    while names(folder.path()).is_empty() {
        assert!(begun.elapsed().as_secs() < 60, "the job never began");
        std::thread::yield_now();
    }
    // The handler is set before the job begins to read, but after the folder is made: a second write that is taken in
    // shows nothing of it, so the signal is repeated until the process ends.
    let status = loop {
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed().as_secs() < 60, "the job did not stop");
    };
    drop(pipe);
    assert!(!status.success());
    let left: Vec<PathBuf> = names(folder.path());
    // Where the signal came before the handler, the system ended the process and a hidden folder may be left; nothing
    // may ever stand under the final name.
    assert!(!folder.path().join("out").exists(), "{left:?}");
}

#[test]
fn contracts_are_projected_and_wrong_use_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let rows_of = |i: usize| format!("{i},{},{},25.00\n", 1 + i % 9, if i.is_multiple_of(4) { "Yes" } else { "No" });
    let content = format!("customerID,tenure,Churn,MonthlyCharges\n{}", (0..180).map(rows_of).collect::<String>());
    fs::write(folder.path().join("contracts.csv"), content).unwrap();
    let said = succeed(folder.path(), &["retention", "contracts.csv", "--csv", "--margin", "0.4", "-o", "out"]);
    assert!(said.contains("180 of 180 rows used") && said.contains("Active contracts"), "{said}");
    let out = folder.path().join("out");
    let summary = json(&out.join("summary.json"));
    assert_eq!((&summary["headline"]["active"], &summary["headline"]["ended"]), (&135.into(), &45.into()));
    let contracts = rows(&out.join("contracts.csv"));
    assert_eq!(column(&contracts, "active").iter().filter(|active| **active == "true").count(), 135);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("Contract retention report"));
    assert!(out.join("contracts.parquet").is_file() && out.join("problems.parquet").is_file());

    let (code, message) = fail(folder.path(), &["retention", "contracts.csv", "--margin", "2", "-o", "new"]);
    assert_eq!(
        (code, message.as_str()),
        (2, "cvm: the margin is 2; expected a share of revenue above 0 and up to 1\n")
    );
    let (code, message) = fail(folder.path(), &["retention", "contracts.csv", "--churned", "left", "-o", "new"]);
    assert_eq!(code, 1);
    assert!(
        message.starts_with("cvm: --churned names the column `left`, which `contracts.csv` does not have"),
        "{message}"
    );
    let (code, message) = fail(folder.path(), &["retention", "contracts.csv", "--period", "fortnight"]);
    assert_eq!(code, 2);
    assert!(message.contains("expected month, year, week or a number of days like 30d"), "{message}");
}
