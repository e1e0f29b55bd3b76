//! The tables of the lake: how large they are, and what their columns say.

use super::places;
use crate::platform::View;
use crate::platform::pages::{Answer, Tab, form_urlencoded, html};
use askama::Template;
use cvm_core::columns::{CATALOGUES, Catalogue, Column, Kind};
use cvm_core::lake::TableSize;

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
    let table = |size: TableSize| {
        let columns = columns_of(&view, size.table);
        let first = form_urlencoded(&[("sql", &format!("SELECT * FROM {} LIMIT 20", size.table))]);
        Table {
            name: size.table,
            meaning: meaning(&view, size.table),
            // The others are not for SQL, and have rows that do not count.
            rows: (!columns.is_empty()).then_some(size.rows),
            files: size.files,
            size: bytes(&view, size.bytes),
            columns,
            look: format!("{}?{first}", view.href("/data/sql")),
        }
    };
    let tables = view.app.lake.sizes().await?.into_iter().map(table).collect();
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
