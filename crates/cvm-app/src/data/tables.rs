//! The tables of the lake: how large they are, and what their columns say.

use super::places;
use crate::platform::View;
use crate::platform::pages::{Answer, Tab, form_urlencoded, html};
use askama::Template;
use cvm_core::columns::{CATALOGUES, Catalogue, Column, Kind};
use cvm_core::lake::QueryLimits;
use std::time::Duration;

#[derive(Template)]
#[template(path = "data/pages/tables.html")]
struct TablesPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    tables: Vec<Table>,
}

struct Table {
    name: &'static str,
    meaning: String,
    rows: Option<i64>,
    files: i64,
    size: String,
    columns: Vec<Row>,
    /// Its first rows.
    look: String,
}

/// A column.
struct Row {
    name: &'static str,
    kind: &'static str,
    meaning: String,
}

pub(super) async fn list(view: View) -> Answer {
    let mut tables = Vec::new();
    for size in view.app.lake.sizes().await? {
        // The names of tables are ours. The engine reads how many rows there are from what it notes of files.
        let sql = format!("SELECT count(*) AS n FROM {}", size.table);
        let limits = QueryLimits { time: Duration::from_secs(5), ..QueryLimits::default() };
        let counted = view.app.lake.query(&sql, limits).await.ok();
        let first = form_urlencoded(&[("sql", &format!("SELECT * FROM {} LIMIT 20", size.table))]);
        tables.push(Table {
            name: size.table,
            meaning: meaning(&view, size.table),
            rows: counted.and_then(|answer| answer.rows.first()?.get("n")?.as_i64()),
            files: size.files,
            size: bytes(&view, size.bytes),
            columns: columns_of(&view, size.table),
            look: format!("{}?{first}", view.href("/data/sql")),
        });
    }
    let tabs = places(&view, "/data/tables");
    html(&TablesPage { title: view.words.text("facts-title"), tabs, tables, view })
}

fn columns_of(view: &View, table: &str) -> Vec<Row> {
    let families: &[&str] = match table {
        "messages" => &["message-column"],
        "order_lines" => &["order-column", "line-column"],
        "transactions" => &["buyer-column", "line-column"],
        "owners" => &["owner-column"],
        "customer_values" => &["run-column", "column"],
        _ => &[],
    };
    let of = |family: &&str| CATALOGUES.iter().find(|(name, _)| name == family);
    let row = |family: &str, column: &Column| Row {
        name: column.name,
        kind: kind(column),
        meaning: view.words.column_of(family, column.name),
    };
    let rows = |(family, columns): &Catalogue| columns.iter().map(|column| row(family, column)).collect::<Vec<_>>();
    families.iter().filter_map(of).flat_map(rows).collect()
}

fn meaning(view: &View, table: &str) -> String {
    match table {
        "messages" => view.words.text("facts-table-messages"),
        "order_lines" => view.words.text("facts-table-order_lines"),
        "transactions" => view.words.text("facts-table-transactions"),
        "owners" => view.words.text("facts-table-owners"),
        "customer_values" => view.words.text("facts-table-customer_values"),
        "people" => view.words.text("facts-table-people"),
        _ => String::new(),
    }
}

/// A size in mebibytes, as people compare them.
fn bytes(view: &View, bytes: i64) -> String {
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    format!("{} MiB", view.words.number(mebibytes, if mebibytes < 10.0 { 1 } else { 0 }))
}

/// The type of a column, as SQL calls it.
fn kind(column: &Column) -> &'static str {
    match column.kind {
        Kind::Text => "text",
        Kind::Date => "date",
        Kind::Integer => "bigint",
        Kind::Amount => "decimal",
        Kind::Number => "double",
        Kind::Flag => "boolean",
        Kind::Time => "timestamp",
    }
}
