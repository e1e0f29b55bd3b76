//! The same month of a company twice: sent by SDKs as it happens, and imported from files. It makes the same customers, of
//! the same worth.

use super::server::{Server, ask, sdks};
use super::{succeed, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

fn story(arguments: &[&str]) -> String {
    let output =
        Command::new(sdks().join("venv/bin/python")).arg(sdks().join("story.py")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// What everyone is worth, by the id that the company knows them by.
fn values(folder: &Path) -> BTreeMap<String, Value> {
    let sql = "SELECT identifier, customer_values.* FROM customer_values JOIN owners USING (customer_id) \
               WHERE identifier LIKE 'user_id:%'";
    let rows = ask(folder, sql);
    let row = |row: &Value| {
        let mut columns = row.as_object().unwrap().clone();
        columns.remove("run");
        columns.remove("customer_id");
        columns.remove("cluster"); // begins at customers drawn by their place, and here they have other ids
        (columns.remove("identifier").unwrap().as_str().unwrap().to_owned(), Value::Object(columns))
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_month_by_sdks_and_by_files_is_the_same_to_the_cent() {
    let folder = tempfile::tempdir().unwrap();
    let (live, files) = (folder.path().join("live"), folder.path().join("files"));
    fs::create_dir(&live).unwrap();
    fs::create_dir(&files).unwrap();
    let shown = |path: &Path| path.display().to_string();
    succeed(folder.path(), &["simulate", "--customers", "900", "--only", "customers,purchases", "--output", "company"]);
    story(&["cut", &shown(&folder.path().join("company")), &shown(folder.path())]);

    let server = Server::start(&live);
    let three = story(&["send", &shown(folder.path()), &server.url, &server.write_key]);
    server.stop();
    succeed(&files, &["init", "data"]);
    for (kind, file) in [("customers", "customers.parquet"), ("transactions", "purchases.parquet")] {
        let file = shown(&folder.path().join(file));
        succeed(&files, &["import", "data", &file, "--kind", kind, "--quiet"]);
    }
    for folder in [&live, &files] {
        let currency = ask(folder, "SELECT DISTINCT currency FROM order_lines");
        let currency = currency[0]["currency"].as_str().map(str::to_owned);
        // No order is in the lake before a server ran; then it says which currency counts.
        let settings = fs::read_to_string(folder.join("data/cvm.toml")).unwrap();
        let currency = currency.unwrap_or_else(|| "EUR".to_owned());
        fs::write(folder.join("data/cvm.toml"), settings.replace("\"USD\"", &format!("\"{currency}\""))).unwrap();
        let said = succeed(folder, &["score", "data", "--as-of", "2025-12-31"]);
        assert!(said.contains("customers as of 2025-12-31"), "{said}");
    }
    let (by_sdks, by_files) = (values(&live), values(&files));
    assert!(by_sdks.len() > 100, "{}", by_sdks.len());
    assert_eq!(by_sdks.len(), by_files.len());
    for (who, worth) in &by_files {
        let (one, other) = (by_sdks[who].as_object().unwrap(), worth.as_object().unwrap());
        assert_eq!(one.len(), other.len());
        for (column, value) in other {
            // Customers stand in another order, so sums over all of them differ in their last digits.
            let is_same = match (one[column].as_f64(), value.as_f64()) {
                (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * other.abs(),
                _ => one[column] == *value,
            };
            assert!(is_same, "{who}, {column}: {} and {value}", one[column]);
        }
    }
    let total = |folder: &Path| ask(folder, "SELECT sum(amount) AS amount, sum(cost) AS cost FROM transactions");
    assert_eq!(total(&live), total(&files));
    assert!(by_files.values().any(|columns| columns["profit"].as_f64().is_some_and(|profit| profit > 0.0)));

    let three = three.trim();
    let sql = format!(
        "SELECT count(DISTINCT customer_id) AS people, count(*) AS ids FROM owners \
         WHERE identifier IN ('user_id:{three}', 'anonymous_id:browser-1', 'anonymous_id:till-7')"
    );
    let found = ask(&live, &sql);
    assert_eq!((&found[0]["people"], found[0]["ids"].as_i64() >= Some(3)), (&1.into(), true), "{found}");
}
