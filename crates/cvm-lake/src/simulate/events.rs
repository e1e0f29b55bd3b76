//! The sample company as a server would have heard of it: its tables as records of customers, purchases and events.
//!
//! Events have the names of Segment's specifications for shops, e-mail and apps, so that whatever reads those of a real shop
//! reads these. A row may tell of several events; each has a place of its own, by which it is known when it comes again.

use super::{Settings, Table, simulate};
use crate::ingest::records::{self, RecordChoices};
use crate::ingest::{self, Options, Reading};
use chrono::{DateTime, SecondsFormat, TimeDelta};
use cvm_core::lake::Answering;
use cvm_core::rows::{Place, RowReader, Rows};
use cvm_core::sample::{Sample, SamplePart, SampleRows, SampleWish};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Visits for each order: enough for funnels, few enough to be stored in seconds.
const VISITS_PER_ORDER: f64 = 1.5;

/// Events of one row at most: the places of a row's events are so many.
const EVENTS_MAX: u64 = 8;

/// Between two steps of a visit.
const STEP: TimeDelta = TimeDelta::seconds(25);

type Record = Map<String, Value>;

/// Makes sample companies, and reads them as records.
#[derive(Debug, Clone, Copy)]
pub struct SampleCompany;

impl Sample for SampleCompany {
    fn make<'a>(&'a self, wish: &'a SampleWish, folder: &'a Path) -> Answering<'a, Result<(), String>> {
        let mut settings = Settings::new(wish.customers, wish.seed, wish.end);
        settings.tables = SamplePart::ALL.into_iter().map(table).chain([Table::Products]).collect();
        settings.visits_per_order = VISITS_PER_ORDER;
        settings.part_customers = wish.customers.max(1);
        let folder = folder.to_owned();
        Box::pin(async move {
            let made = tokio::task::spawn_blocking(move || simulate(&settings, &folder, &|_, _| {})).await;
            made.map_err(|error| error.to_string())?.map(drop).map_err(|error| error.to_string())
        })
    }

    fn file(&self, folder: &Path, part: SamplePart) -> PathBuf {
        path(folder, table(part))
    }

    fn open<'a>(
        &'a self,
        folder: &'a Path,
        part: SamplePart,
        progress: Arc<AtomicU64>,
    ) -> Answering<'a, Result<SampleRows, String>> {
        Box::pin(open(folder, part, progress))
    }
}

fn table(part: SamplePart) -> Table {
    match part {
        SamplePart::Customers => Table::Customers,
        SamplePart::Purchases => Table::Purchases,
        SamplePart::Visits => Table::Visits,
        SamplePart::Messages => Table::Messages,
        SamplePart::Complaints => Table::Complaints,
        SamplePart::Surveys => Table::Surveys,
        SamplePart::Costs => Table::CostsToServe,
    }
}

fn path(folder: &Path, table: Table) -> PathBuf {
    folder.join(format!("{}.parquet", table.name()))
}

async fn open(folder: &Path, part: SamplePart, progress: Arc<AtomicU64>) -> Result<SampleRows, String> {
    if part == SamplePart::Purchases {
        let mut options = Options::new(chrono::NaiveDate::MAX);
        options.detailed = true;
        let name = path(folder, Table::Purchases).display().to_string();
        let opened = tokio::task::spawn_blocking(move || ingest::open(&[name], &options)).await;
        let dataset = opened.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        return Ok(SampleRows { bytes_total: dataset.bytes_total(), rows: Box::new(dataset.read(progress)) });
    }
    let tell: Tell = match part {
        SamplePart::Customers => {
            let mut left = HashSet::new();
            each(folder, Table::Messages, |row| {
                if row.get("unsubscribed") == Some(&Value::Bool(true)) {
                    left.insert(text(&row, "customer_id"));
                }
            })
            .await?;
            Box::new(move |row| vec![customer(row, &left)])
        }
        SamplePart::Visits => {
            let baskets = Baskets::read(folder).await?;
            Box::new(move |row| visit(row, &baskets))
        }
        SamplePart::Messages => Box::new(message),
        SamplePart::Complaints => Box::new(complaint),
        SamplePart::Surveys => Box::new(|row| vec![event("Survey Answered", row, "at")]),
        SamplePart::Costs | SamplePart::Purchases => Box::new(|row| vec![event("Cost Incurred", row, "at")]),
    };
    let (bytes_total, rows) = read(path(folder, table(part)), progress).await?;
    Ok(SampleRows { bytes_total, rows: Box::new(Told { rows, tell }) })
}

/// A table as it is, row by row.
async fn read(path: PathBuf, progress: Arc<AtomicU64>) -> Result<(u64, Reading), String> {
    let name = path.display().to_string();
    let options = Options::new(chrono::NaiveDate::MAX);
    let opened = tokio::task::spawn_blocking(move || records::open(&[name], &RecordChoices::default(), &options)).await;
    let files = opened.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    Ok((files.bytes_total(), files.read(progress)))
}

async fn each(folder: &Path, table: Table, mut see: impl FnMut(Record)) -> Result<(), String> {
    let (_, mut rows) = read(path(folder, table), Arc::default()).await?;
    while let Some(rows) = rows.next().await? {
        if let Rows::Records(rows) = rows {
            rows.into_iter().for_each(|(_, row)| see(row));
        }
    }
    Ok(())
}

/// What a row tells of, in records.
type Tell = Box<dyn Fn(Record) -> Vec<Record> + Send + Sync>;

/// Records told by the rows of a table.
struct Told {
    rows: Reading,
    tell: Tell,
}

impl RowReader for Told {
    fn next(&mut self) -> Answering<'_, Result<Option<Rows>, String>> {
        Box::pin(async {
            let Some(rows) = self.rows.next().await? else { return Ok(None) };
            let Rows::Records(rows) = rows else { return Ok(Some(rows)) };
            let told = rows.into_iter().flat_map(|(place, row)| {
                let records = (0..EVENTS_MAX).zip((self.tell)(row));
                records.map(move |(number, record)| {
                    (Place { file: place.file, line: place.line * EVENTS_MAX + number }, record)
                })
            });
            Ok(Some(Rows::Records(told.collect())))
        })
    }
}

fn text(row: &Record, name: &str) -> String {
    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn is(row: &Record, name: &str) -> bool {
    row.get(name) == Some(&Value::Bool(true))
}

/// Amounts, which tables have as exact text, as numbers.
fn with_number(row: &mut Record, name: &str) {
    if let Some(number) = row.get(name).and_then(Value::as_str).and_then(|text| text.parse::<f64>().ok()) {
        row.insert(name.to_owned(), json!(number));
    }
}

/// Of a row, what names the customer and the device, at a time, and what happened.
fn named(name: &str, row: &Record, time: &Value) -> Record {
    let mut record = Record::new();
    record.insert("event".to_owned(), json!(name));
    record.insert("time".to_owned(), time.clone());
    for (member, column) in [("customer_id", "customer_id"), ("anonymous_id", "device_id")] {
        if let Some(id) = row.get(column) {
            record.insert(member.to_owned(), id.clone());
        }
    }
    record
}

/// An event of which the row is all there is to tell.
fn event(name: &str, mut row: Record, time: &str) -> Record {
    let at = row.shift_remove(time).unwrap_or_default();
    let mut record = named(name, &row, &at);
    row.shift_remove("customer_id");
    with_number(&mut row, "amount");
    record.insert("properties".to_owned(), Value::Object(row));
    record
}

/// A customer as of the registration. Who unsubscribed later had agreed before.
fn customer(mut row: Record, left: &HashSet<String>) -> Record {
    let id = text(&row, "customer_id");
    let channels = [("email", "email"), ("sms", "sms"), ("push", "push"), ("call", "call"), ("post", "print")];
    let consents = channels.map(|(column, channel)| {
        let given = row.shift_remove(&format!("consent_{column}")) == Some(Value::Bool(true));
        let given = given || (channel == "email" && left.contains(&id));
        json!({"purpose": "marketing", "channel": channel, "state": if given { "granted" } else { "denied" }})
    });
    let mut record = Record::new();
    for (member, column) in [("customer_id", "customer_id"), ("email", "email"), ("phone", "phone")] {
        if let Some(value) = row.shift_remove(column) {
            record.insert(member.to_owned(), value);
        }
    }
    with_number(&mut row, "acquisition_cost");
    record.insert("time".to_owned(), row.get("joined").cloned().unwrap_or_default());
    record.insert("attributes".to_owned(), Value::Object(row));
    record.insert("consents".to_owned(), json!(consents));
    record
}

/// What visits are about: what was bought at their end, or else something of the shop's.
struct Baskets {
    products: Vec<Value>,
    /// The product that an order's first line names.
    bought: HashMap<String, usize>,
}

impl Baskets {
    async fn read(folder: &Path) -> Result<Self, String> {
        let (mut products, mut places) = (Vec::new(), BTreeMap::new());
        each(folder, Table::Products, |mut row| {
            places.insert(text(&row, "product_id"), products.len());
            row.shift_remove("unit_cost");
            with_number(&mut row, "price");
            products.push(Value::Object(row));
        })
        .await?;
        let mut bought = HashMap::new();
        each(folder, Table::Purchases, |row| {
            if let Some(&place) = places.get(&text(&row, "product_id")) {
                bought.entry(text(&row, "order_id")).or_insert(place);
            }
        })
        .await?;
        Ok(Self { products, bought })
    }

    /// The product that a visit is about. A session's number is chance already.
    fn of_visit(&self, row: &Record) -> Record {
        let session = text(row, "session_id");
        let chance = session.get(1..).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default();
        let any = (chance % self.products.len().max(1) as u64) as usize;
        let place = row.get("order_id").and_then(Value::as_str).and_then(|order| self.bought.get(order));
        match self.products.get(place.copied().unwrap_or(any)) {
            Some(Value::Object(product)) => product.clone(),
            _ => Record::new(),
        }
    }
}

/// A visit: the page or screen it began with, and then the steps towards an order as far as it went. The order itself is told
/// by what was bought.
fn visit(row: Record, baskets: &Baskets) -> Vec<Record> {
    let Some(began) = row.get("at").and_then(Value::as_str).and_then(|at| DateTime::parse_from_rfc3339(at).ok()) else {
        return Vec::new();
    };
    let channel = row.get("channel").cloned().unwrap_or_default();
    let (session, pages) = (row.get("session_id").cloned().unwrap_or_default(), row.get("pages").cloned());
    let many = pages.as_ref().and_then(Value::as_i64).is_some_and(|pages| pages > 2);
    let product = baskets.of_visit(&row);
    let steps = [
        ("Home", true),
        ("Product Viewed", many || is(&row, "cart_added")),
        ("Product Added", is(&row, "cart_added")),
        ("Checkout Started", is(&row, "checkout_started")),
    ];
    let told = steps.into_iter().filter(|(_, taken)| *taken).zip(0..).map(|((name, _), number)| {
        let time = (began + STEP * number).to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut record = named(name, &row, &json!(time));
        let mut properties =
            Record::from_iter([("channel".to_owned(), channel.clone()), ("session_id".to_owned(), session.clone())]);
        match name {
            "Home" => {
                record.insert("type".to_owned(), json!(if channel == "app" { "screen" } else { "page" }));
                properties.insert("pages".to_owned(), json!(pages));
            }
            "Checkout Started" => {
                properties.insert("products".to_owned(), json!([product]));
            }
            _ => properties.extend(product.clone()),
        }
        if name == "Product Added" {
            properties.insert("quantity".to_owned(), json!(1));
        }
        record.insert("properties".to_owned(), Value::Object(properties));
        record
    });
    told.collect()
}

/// A message: that it came, and what the customer did with it.
fn message(row: Record) -> Vec<Record> {
    let channel = text(&row, "channel");
    let (came, opened, followed) = match channel.as_str() {
        "email" => ("Email Delivered", "Email Opened", "Email Link Clicked"),
        "push" => ("Push Notification Received", "Push Notification Opened", "Push Notification Tapped"),
        _ => ("SMS Delivered", "SMS Opened", "SMS Link Clicked"),
    };
    let properties: Record = ["message_id", "campaign_id", "channel"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), row.get(name)?.clone())))
        .collect();
    let mut told = Vec::new();
    for (name, column) in [(came, "sent_at"), (opened, "opened_at"), (followed, "clicked_at")] {
        if let Some(time) = row.get(column) {
            let mut record = named(name, &row, time);
            record.insert("properties".to_owned(), Value::Object(properties.clone()));
            told.push(record);
        }
    }
    if is(&row, "unsubscribed") {
        let last = ["clicked_at", "opened_at", "sent_at"].into_iter().find_map(|column| row.get(column));
        let mut record = named("Unsubscribed", &row, last.unwrap_or(&Value::Null));
        record.insert("properties".to_owned(), Value::Object(properties));
        let change = json!({"purpose": "marketing", "channel": channel, "state": "denied"});
        record.insert("context".to_owned(), json!({"consent": {"changes": [change]}}));
        told.push(record);
    }
    told
}

/// A case: that it was opened, answered and settled.
fn complaint(row: Record) -> Vec<Record> {
    let mut told = Vec::new();
    let steps: [(&str, &str, &[&str]); 3] = [
        ("Complaint Opened", "opened_at", &["topic", "channel"]),
        ("Complaint Answered", "first_response_at", &["channel"]),
        ("Complaint Resolved", "resolved_at", &["compensation", "satisfied"]),
    ];
    for (name, column, more) in steps {
        let Some(time) = row.get(column) else { continue };
        let mut record = named(name, &row, time);
        let mut properties: Record = ["case_id", "order_id"]
            .iter()
            .chain(more)
            .filter_map(|name| Some(((*name).to_owned(), row.get(*name)?.clone())))
            .collect();
        with_number(&mut properties, "compensation");
        record.insert("properties".to_owned(), Value::Object(properties));
        told.push(record);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    async fn told(folder: &Path, part: SamplePart) -> Vec<(Place, Record)> {
        let mut rows = SampleCompany.open(folder, part, Arc::default()).await.unwrap().rows;
        let mut all = Vec::new();
        while let Some(rows) = rows.next().await.unwrap() {
            match rows {
                Rows::Records(records) => all.extend(records),
                other => panic!("{other:?}"),
            }
        }
        all
    }

    fn count(records: &[(Place, Record)], name: &str) -> usize {
        records.iter().filter(|(_, record)| record["event"] == name).count()
    }

    #[tokio::test]
    async fn each_row_tells_what_happened_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("company");
        let wish = SampleWish { customers: 200, seed: 7, end: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() };
        SampleCompany.make(&wish, &folder).await.unwrap();
        let mut rows = Vec::new();
        each(&folder, Table::Visits, |row| rows.push(row)).await.unwrap();
        let visits = told(&folder, SamplePart::Visits).await;
        let flagged = |name: &str| rows.iter().filter(|row| is(row, name)).count();
        assert_eq!(visits.iter().filter(|(_, record)| record.contains_key("type")).count(), rows.len());
        assert_eq!(count(&visits, "Product Added"), flagged("cart_added"));
        assert_eq!(count(&visits, "Checkout Started"), flagged("checkout_started"));
        assert!(count(&visits, "Product Viewed") > flagged("cart_added"), "some only look");
        assert!(visits.is_sorted_by(|a, b| a.0 < b.0), "each has a place of its own, in their order");
        let added = &visits.iter().find(|(_, record)| record["event"] == "Product Added").unwrap().1;
        let price = added["properties"]["price"].as_f64().unwrap();
        assert!(price > 0.0 && added["properties"]["category"].is_string() && added["anonymous_id"].is_string());

        let mut sent = Vec::new();
        each(&folder, Table::Messages, |row| sent.push(row)).await.unwrap();
        let messages = told(&folder, SamplePart::Messages).await;
        let having = |column: &str| sent.iter().filter(|row| row.contains_key(column)).count();
        let unsubscribed = count(&messages, "Unsubscribed");
        assert_eq!(messages.len(), having("sent_at") + having("opened_at") + having("clicked_at") + unsubscribed);
        assert!(unsubscribed > 0);
        let leaver =
            messages.iter().find(|(_, record)| record["event"] == "Unsubscribed").unwrap().1["customer_id"].clone();
        let customers = told(&folder, SamplePart::Customers).await;
        assert_eq!(customers.len(), 200);
        let leaver = &customers.iter().find(|(_, record)| record["customer_id"] == leaver).unwrap().1;
        let agreed = json!({"purpose": "marketing", "channel": "email", "state": "granted"});
        assert!(leaver["consents"].as_array().unwrap().contains(&agreed), "before they left");
        assert!(leaver["attributes"]["acquisition_cost"].is_number() && leaver["time"].is_string());
    }
}
