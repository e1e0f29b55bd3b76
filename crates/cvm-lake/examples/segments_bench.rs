//! A hundred segments over many customers, for the benchmark: `segments_bench CUSTOMERS` makes them up, hands them over, answers
//! all rules a few times and prints how long that took.

#![expect(clippy::print_stdout, reason = "the benchmark reads what it prints")]

use chrono::NaiveDate;
use chrono_tz::Tz;
use cvm_core::lake::{Lake, People, Segmentation};
use cvm_core::segment::{Calendar, Consent, Event, EventKind, Person, PersonId, Rule};
use cvm_lake::facts::Tables;
use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use deltalake::protocol::SaveMode;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NOW: i64 = 1_774_744_200_000_000;
const DAY: i64 = 86_400_000_000;
const PORTION: usize = 20_000;
const EVENTS: [&str; 12] = [
    "Product Viewed",
    "Product Added",
    "Product Removed",
    "Cart Viewed",
    "Checkout Started",
    "Coupon Applied",
    "Signed Up",
    "Email Opened",
    "Email Clicked",
    "Product Searched",
    "App Opened",
    "Feedback Given",
];
const CITIES: [&str; 8] = ["Gdańsk", "Warszawa", "Łódź", "Kraków", "Poznań", "Wrocław", "Lublin", "Szczecin"];
const RFM: [&str; 6] = ["champions", "loyal", "at_risk", "cannot_lose", "lost", "promising"];
const TIERS: [&str; 4] = ["platinum", "gold", "silver", "bronze"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let customers: usize = std::env::args().nth(1).ok_or("usage: segments_bench CUSTOMERS")?.parse()?;
    let folder = tempfile::tempdir()?;
    let lake = Tables::open(folder.path(), "EUR").await?;
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let started = Instant::now();
    let (mut ids, mut events) = (Vec::with_capacity(customers), 0);
    let mut handing = std::time::Duration::ZERO;
    for change in 0..customers.div_ceil(PORTION) {
        let people: Vec<(PersonId, Option<Person>)> = (0..PORTION.min(customers - change * PORTION))
            .map(|_| (PersonId(rng.random()), Some(person(&mut rng))))
            .collect();
        ids.extend(people.iter().map(|(id, _)| *id));
        events += people.iter().filter_map(|(_, person)| person.as_ref()).map(|it| it.events.len()).sum::<usize>();
        let started = Instant::now();
        lake.take_people(&People { read_at: NOW, people: &people }, 1 + change as i64).await?;
        handing += started.elapsed();
    }
    put_values(folder.path(), &ids, &mut rng).await?;
    lake.tidy(std::time::Duration::from_secs(3600)).await?;
    println!(
        "{customers} customers, {events} events and order lines, made in {:.0} s, of that handed over in {:.1} s",
        started.elapsed().as_secs_f64(),
        handing.as_secs_f64()
    );
    let rules: Vec<(String, Rule)> = (0..100)
        .map(|number| Ok((format!("s{number}"), serde_json::from_value(json!({"version": 1, "who": rule(number)}))?)))
        .collect::<Result<_, serde_json::Error>>()?;
    for (id, rule) in &rules {
        assert!(rule.check().is_empty(), "{id}: {:?}", rule.check());
    }
    let all: Vec<(&str, &Rule)> = rules.iter().map(|(id, rule)| (id.as_str(), rule)).collect();
    let conditions: usize = rules.iter().map(|(_, rule)| rule.nodes().len()).sum();
    for _ in 0..3 {
        let (started, cpu) = (Instant::now(), cpu_seconds());
        let calendar = Calendar::new(NOW, Tz::Europe__Warsaw);
        let question = Segmentation { rules: &all, calendar, run: Some("run-1"), conditions: false };
        let answer = lake.segment(&question).await?;
        let members: u64 = answer.segments.iter().map(|segment| segment.count.customers).sum();
        println!(
            "{} rules of {conditions} conditions: {:.2} s, {:.2} s of processors, {members} memberships",
            rules.len(),
            started.elapsed().as_secs_f64(),
            cpu_seconds() - cpu
        );
    }
    for (id, rule) in [0, 1, 3, 5].map(|number| &rules[number]) {
        let started = Instant::now();
        let calendar = Calendar::new(NOW, Tz::Europe__Warsaw);
        let question = Segmentation { rules: &[(id.as_str(), rule)], calendar, run: Some("run-1"), conditions: true };
        let answer = lake.segment(&question).await?;
        let customers = answer.segments[0].count.customers;
        println!(
            "preview of {id} with all its conditions: {:.2} s, {customers} customers",
            started.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn person(rng: &mut Pcg64Mcg) -> Person {
    let mut any = |most: usize| rng.random_range(0..most);
    let attributes = json!({
        "city": CITIES[any(8)], "country": "PL", "age": 18 + any(60), "language": (["pl", "uk", "en"][any(3)]), "newsletter": any(2) == 0,
        "birthday": format!("19{}-{:02}-{:02}", 40 + any(60), 1 + any(12), 1 + any(28)), "plan": (["free", "basic", "gold"][any(3)]),
        "email": format!("somebody-{}@example.org", any(1_000_000)), "first_name": "Anna", "last_name": format!("Nowak-{}", any(10_000)),
    });
    let consent = |channel: &str, granted: bool| Consent {
        purpose: "marketing".to_owned(),
        channel: channel.to_owned(),
        granted,
        time: NOW - DAY,
    };
    let mut person = Person {
        first_seen_at: NOW - any(800) as i64 * DAY,
        last_seen_at: NOW - any(100) as i64 * DAY,
        attributes: attributes.as_object().cloned().unwrap_or_default(),
        consents: vec![consent("email", any(2) == 0), consent("any", any(3) == 0)],
        events: Vec::new(),
    };
    for _ in 0..any(15) {
        let mut event = Event::new(EventKind::Track, NOW - any(400 * 86_400) as i64 * 1_000_000);
        event.name = Some(EVENTS[any(12)].to_owned());
        event.source = ["web", "app"][any(2)].to_owned();
        event.channel = Some(["web", "app", "shop"][any(3)].to_owned());
        event.product = Some(format!("p{}", any(5_000)));
        event.category = Some(format!("c{}", any(50)));
        event.properties = json!({"price": any(200), "colour": (["red", "blue", "green"][any(3)])})
            .as_object()
            .cloned()
            .unwrap_or_default();
        person.events.push(event);
    }
    for order in 1..=any(4) as i32 {
        let time = NOW - any(700 * 86_400) as i64 * 1_000_000;
        for _ in 0..1 + any(3) {
            let mut line = Event::new(EventKind::Line, time);
            (line.order, line.in_currency) = (order, true);
            line.source = "shop".to_owned();
            line.channel = Some(["web", "app", "shop"][any(3)].to_owned());
            line.product = Some(format!("p{}", any(5_000)));
            line.category = Some(format!("c{}", any(50)));
            line.amount = Some(any(2_000_000) as i64);
            line.quantity = Some(1.0);
            person.events.push(line);
        }
    }
    person.sort();
    person
}

/// A hundred rules of all kinds, a few conditions each.
fn rule(number: usize) -> Value {
    let category = json!({"name": "category", "is": {"equals": format!("c{}", number % 50)}});
    let bought = json!({"did": {"event": {"what": "purchase", "where": [category]}, "when": {"in_last_days": 30 + number * 3},
                                "times": {"at_least": 1 + number % 2}}});
    let spent = json!({"did": {"event": {"what": "purchase"}, "when": {"in_last_days": 365}, "spending": {"at_least": 10 + number}}});
    let event = json!({"did": {"event": {"what": {"event": EVENTS[number % 12]}, "where": [{"name": "channel", "is": {"equals": "app"}}]},
                               "when": {"in_last_days": 20 + number}}});
    let cart = json!({"not_followed": {"first": {"what": {"step": "product_added"}}, "then": {"what": "purchase"}, "for_days": 1 + number % 10}});
    let steps = json!({"sequence": {"steps": [{"what": {"event": EVENTS[number % 12]}}, {"what": "purchase"}], "within_days": 14}});
    let field = |name: &str, is: Value| json!({"field": {"name": name, "is": is}});
    let clv = field("values.clv", json!({"at_least": number * 5}));
    let alive = field("values.p_alive", json!({"below": 0.3 + number as f64 / 200.0}));
    let rfm = field("values.rfm_segment", json!({"one_of": [RFM[number % 6], RFM[(number + 1) % 6]]}));
    let city = field("attributes.city", json!({"one_of": [CITIES[number % 8], CITIES[(number + 3) % 8]]}));
    let age = field("attributes.age", json!({"between": [18 + number % 30, 50 + number % 20]}));
    let birthday = field("attributes.birthday", json!({"birthday_in_days": 1 + number % 30}));
    let consent = json!({"consent": {"purpose": "marketing", "channel": "email", "is": "granted"}});
    let other = json!({"segment": format!("s{}", number.saturating_sub(7))});
    match number % 7 {
        0 => json!({"all": [bought, clv, consent]}),
        1 => json!({"any": [{"all": [rfm, alive]}, {"all": [city, age, spent]}]}),
        2 => json!({"all": [cart, {"not": rfm}]}),
        3 => json!({"all": [event, city, {"not": bought}]}),
        4 => json!({"all": [steps, clv]}),
        5 => json!({"any": [birthday, {"all": [age, event, consent]}]}),
        _ => json!({"all": [{"any": [spent, alive]}, {"not": other}]}),
    }
}

async fn put_values(lake: &std::path::Path, ids: &[PersonId], rng: &mut Pcg64Mcg) -> Result<(), Box<dyn Error>> {
    let folder = lake.join("customer_values").canonicalize()?;
    let url = url::Url::from_directory_path(folder).map_err(|()| "no absolute path")?;
    let day = (NaiveDate::from_ymd_opt(2026, 3, 28).unwrap_or_default() - NaiveDate::default()).num_days() as i32;
    // Not in the order of the persons, as a run's results are not.
    for part in ids.rchunks(100_000) {
        let rows = part.len();
        let mut numbers = |most: f64| (0..rows).map(|_| rng.random::<f64>() * most).collect::<Float64Array>();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("customer_id", Arc::new(part.iter().rev().map(|id| Some(id.to_string())).collect::<StringArray>())),
            ("clv", Arc::new(numbers(1_000.0))),
            ("p_alive", Arc::new(numbers(1.0))),
            ("profit", Arc::new(numbers(300.0))),
            ("r_score", Arc::new((0..rows).map(|row| Some(1 + row as i64 % 5)).collect::<Int64Array>())),
            ("rfm_segment", Arc::new((0..rows).map(|row| Some(RFM[row % 6])).collect::<StringArray>())),
            ("value_tier", Arc::new((0..rows).map(|row| Some(TIERS[row % 4])).collect::<StringArray>())),
            ("as_of", Arc::new(Date32Array::from(vec![day; rows]))),
            ("run", Arc::new(StringArray::from(vec!["run-1"; rows]))),
        ];
        let table = deltalake::open_table(url.clone()).await?;
        let write = table.write([RecordBatch::try_from_iter(columns)?]).with_save_mode(SaveMode::Append);
        write.with_schema_mode(deltalake::operations::write::SchemaMode::Merge).await?;
    }
    Ok(())
}

/// User and system time of this process, as Linux counts it: in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
