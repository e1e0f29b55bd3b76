//! A campaign's result over the real lake: customers are dealt to sides by the campaign itself, their true answer is known, and the
//! interval covers it.

use cvm_app::access::Caller;
use cvm_app::campaigns::{self, Draft};
use cvm_app::platform::clock::DAY;
use cvm_app::platform::config::FILE;
use cvm_app::platform::server::{App, JOBS};
use cvm_app::platform::{Clock, Config, Paging, Random, jobs};
use cvm_app::scoring::{self, Wish};
use cvm_app::{customers, proof};
use cvm_core::message::Message;
use cvm_lake::facts::Tables;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// 2026-01-02 10:00 UTC.
pub(super) const START: i64 = 1_767_348_000_000_000;
const PEOPLE: usize = 1_200;

/// Chance that is the same in every run: from 0 to 1, by what it is for and whose it is.
fn chance(purpose: u64, person: usize) -> f64 {
    let mut state =
        (person as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ purpose.wrapping_mul(0xd1b5_4a32_d192_ed03);
    for _ in 0..2 {
        state = (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (state >> 11) as f64 / (1_u64 << 53) as f64
}

fn message(id: String, kind: &str, person: usize, at: i64, more: Value) -> Message {
    let mut message = json!({
        "message_id": id, "type": kind, "source": "shop", "user_id": format!("u{person}"), "timestamp": at, "received_at": at,
    });
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(message).unwrap()
}

fn order(id: &str, person: usize, at: i64, amount: f64) -> Message {
    let products = json!([{"sku": "s", "price": format!("{amount:.2}"), "cost": format!("{:.2}", amount * 0.6)}]);
    let properties = json!({"order_id": format!("{id}-{person}"), "currency": "EUR", "products": products});
    let more = json!({"name": "Order Completed", "properties": properties});
    message(format!("{id}-{person}"), "track", person, at, more)
}

/// How much somebody spends, whenever they do.
fn amount(person: usize) -> f64 {
    10.0 + 40.0 * chance(1, person)
}

/// The chance of an order within the month: without being told, and what being told adds.
const WITHOUT: f64 = 0.35;
const ADDED: f64 = 0.25;

/// The product over a real lake in a folder, with a clock to be moved.
pub(super) async fn started(folder: &Path) -> (App, Clock) {
    let path = folder.join(FILE);
    std::fs::write(&path, "currency = \"EUR\"\n").unwrap();
    let config = Config::load(&path, std::iter::empty()).unwrap();
    let lake = Arc::new(Tables::open(&folder.join("lake"), "EUR").await.unwrap());
    let clock = Clock::set_to(START);
    (App::start(config, clock.clone(), Random::seeded(1), lake).await.unwrap(), clock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_interval_covers_what_the_campaign_truly_earned() {
    let folder = tempfile::tempdir().unwrap();
    let (app, clock) = started(folder.path()).await;
    let store = async |messages: Vec<Message>| {
        app.inbox.store(messages).await.unwrap();
        app.catch_up().await.unwrap();
    };
    let score = async || scoring::score(&app, &Wish::default(), "test", true, |_| ()).await.map(drop).unwrap();

    // Everybody bought in the month before, for what they usually spend.
    let who = |person| message(format!("i{person}"), "identify", person, START - 40 * DAY, json!({"traits": {}}));
    store((0..PEOPLE).map(who).collect()).await;
    let before = (0..PEOPLE).filter(|person| chance(2, *person) < 0.8);
    store(before.map(|person| order("before", person, START - 10 * DAY, amount(person))).collect()).await;
    score().await;

    let content = json!({"en": {"subject": "Hello", "text": "there", "html": ""}});
    let definition = json!({
        "channel": "in_app", "control_share": 0.4, "variants": [{"name": "a", "weight": 1, "content": content}],
    });
    let draft: Draft = serde_json::from_value(json!({"name": "Known truth", "definition": definition})).unwrap();
    let by = Caller::system();
    let campaign = campaigns::create(&app, &by, draft).await.unwrap();
    campaigns::submit(&app, &by, &campaign.id).await.unwrap();
    jobs::run_due(&app, &[campaigns::JOB]).await.unwrap();
    let members = campaigns::members(&app.database, &campaign.id, "", 10_000).await.unwrap();
    assert_eq!(members.len(), PEOPLE);

    // They answer, as far as they were told; a few give all of it back, one before it counts and one long after.
    let everybody = customers::everybody(&app.database, "", 10_000).await.unwrap();
    let persons = customers::known_as(&app.database, &everybody).await.unwrap();
    let person = |customer: &str| persons[customer].strip_prefix("user_id:u").unwrap().parse::<usize>().unwrap();
    let arms: HashMap<usize, &str> = members.iter().map(|member| (person(&member.customer), &*member.arm)).collect();
    let buys = |person: &usize| {
        let added = if arms[person] == "treated" { ADDED } else { 0.0 };
        chance(3, *person) < WITHOUT + added
    };
    let at = |person: usize| START + DAY + (chance(4, person) * 28.0) as i64 * DAY;
    let buyers: Vec<usize> = (0..PEOPLE).filter(buys).collect();
    clock.advance(29 * DAY);
    store(buyers.iter().map(|&person| order("after", person, at(person), amount(person))).collect()).await;
    // What is bought after the month is no part of it.
    clock.advance(5 * DAY);
    store((0..300).map(|person| order("late", person, START + 33 * DAY, 500.0)).collect()).await;
    let back = |person: usize| {
        let properties = json!({"order_id": format!("after-{person}"), "currency": "EUR"});
        let more = json!({"name": "Order Refunded", "properties": properties});
        message(format!("back-{person}"), "track", person, START + 34 * DAY, more)
    };
    let returned: Vec<usize> = buyers.iter().copied().filter(|person| chance(5, *person) < 0.1).collect();
    store(returned.iter().map(|&person| back(person)).collect()).await;
    score().await;
    jobs::run_due(&app, JOBS).await.unwrap();

    let looks = proof::looks(&app.database, &campaign.id, 10).await.unwrap();
    let filter = jobs::Filter { kind: proof::JOB.name.to_owned(), state: None };
    let done = jobs::list(&app, &filter, &Paging::default()).await.unwrap().data;
    let latest = looks.first().unwrap_or_else(|| panic!("no result: {done:?}"));
    assert!(latest.is_final() && !latest.is_void(), "{latest:?}");
    let of = |arm: &str| (0..PEOPLE).filter(|person| arms[person] == arm).collect::<Vec<usize>>();
    let (treated, control) = (of("treated"), of("control"));
    assert_eq!((latest.people.treated, latest.people.control), (treated.len() as u64, control.len() as u64));
    // What the orders come to, by hand: margin is four tenths.
    let margin = |people: &[usize]| {
        let left = people.iter().filter(|person| buys(person) && !returned.contains(person));
        left.map(|person| 0.4 * amount(*person)).sum::<f64>()
    };
    for (arm, people) in latest.arms.iter().zip([&control, &treated]) {
        assert!((arm.margin - margin(people)).abs() < 0.01 * people.len() as f64, "{arm:?} {}", margin(people));
    }
    // The truth: so much more often, for what they spend on average, less what comes back.
    let truth = ADDED * 0.9 * 0.4 * 30.0;
    let effects = latest.effects.unwrap();
    let each = effects.margin.each;
    assert!(each.low < truth && truth < each.high && each.low > 0.0, "{each:?} {truth}");
    let conversion = effects.conversion.each;
    assert!(conversion.low < ADDED * 0.9 && ADDED * 0.9 < conversion.high, "{conversion:?}");
    // The past says how much somebody spends, so it takes noise out.
    assert!(effects.margin.variance_left < 1.0, "{}", effects.margin.variance_left);
    let tiers = latest.tiers.as_ref().unwrap();
    let counted: u64 = tiers.parts.iter().map(|part| part.treated + part.control).sum();
    assert!(counted > 0 && counted <= PEOPLE as u64, "{tiers:?}");
    app.close().await;
}
