//! A whole server for a test: its own folder, its own database, a clock that the test moves.

pub mod mailbox;
pub mod mariadb;
pub mod postgres;

pub use postgres::new_database as new_postgres_database;

use super::server::App;
use super::{Clock, Config, Random};
use crate::access::testing::Credentials;
use crate::tracking;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use cvm_core::lake::{
    Answering, Bought, Count, Erased, Exchange, Expired, Export, Lake, LakeFailure, LakeFile, Members, Numbers, Owner,
    People, Purchases, QueryAnswer, QueryLimits, Scoring, Segmentation, Segmented, Spent, TableSize, Values,
};
use cvm_core::message::Message;
use cvm_core::report::Report;
use cvm_core::segment::{Facts, Node, Person, PersonId, Rule};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::ServiceExt;

/// Where the clock of tests starts: 2026-01-02 03:04:05 UTC.
pub const START: i64 = 1_767_323_045_000_000;

/// Rows of an answer.
type Rows = Vec<serde_json::Map<String, Value>>;

/// A lake that keeps its promises in memory, and can be told to fail.
#[derive(Debug, Default)]
pub struct MemoryLake {
    facts: Mutex<(i64, Vec<Message>)>,
    /// When orders were.
    pub orders: Mutex<Vec<i64>>,
    /// Whom segments are answered for, and up to which change.
    pub people: Mutex<(i64, BTreeMap<PersonId, Person>)>,
    /// Who has values in the last run.
    pub valued: Mutex<BTreeSet<String>>,
    /// Who bought what when, for questions of recommendations.
    pub purchases: Mutex<Vec<(String, i64, String)>>,
    /// Runs that have values.
    pub runs: Mutex<Vec<String>>,
    /// Answers to SQL that has these words. While there are none, no SQL is answered.
    pub answers: Mutex<Vec<(String, Rows)>>,
    /// Among whom was asked last.
    pub lists: Mutex<Vec<Vec<PersonId>>>,
    /// Who bought when for how much; half of it is margin.
    pub bought: Mutex<Vec<(PersonId, i64, f64)>>,
    /// The values of every run, beside those of everyone who is worth 1.
    pub numbers: Mutex<BTreeMap<PersonId, BTreeMap<&'static str, f64>>>,
    /// Appends to refuse before the next that works.
    pub failures: AtomicUsize,
    /// Appends to do and then deny, as when the answer is lost.
    pub lost_answers: AtomicUsize,
}

impl MemoryLake {
    /// All messages, in order.
    pub fn messages(&self) -> Vec<Message> {
        self.facts.lock().unwrap().1.clone()
    }

    /// Answers SQL that has these words with these rows, from now on.
    pub fn answer(&self, words: &str, rows: &Value) {
        let row = |row: &Value| row.as_object().unwrap().clone();
        let rows = rows.as_array().unwrap().iter().map(row).collect();
        self.answers.lock().unwrap().push((words.to_owned(), rows));
    }

    fn take(count: &AtomicUsize) -> bool {
        count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

impl Lake for MemoryLake {
    fn position(&self) -> Answering<'_, Result<i64, LakeFailure>> {
        Box::pin(async { Ok(self.facts.lock().unwrap().0) })
    }

    fn append<'a>(&'a self, messages: &'a [(i64, Message)], batch: i64) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move {
            if Self::take(&self.failures) {
                return Err(LakeFailure::Unavailable("the test says so".to_owned()));
            }
            let mut facts = self.facts.lock().unwrap();
            if facts.0 < batch {
                facts.0 = batch;
                facts.1.extend(messages.iter().map(|(_, message)| message.clone()));
                let is_order = |message: &&Message| message.name.as_deref() == Some("Order Completed");
                let orders = messages.iter().map(|(_, message)| message).filter(is_order);
                self.orders.lock().unwrap().extend(orders.map(|message| message.timestamp));
            }
            if Self::take(&self.lost_answers) {
                return Err(LakeFailure::Unavailable("the test says so".to_owned()));
            }
            Ok(())
        })
    }

    fn sizes(&self) -> Answering<'_, Result<Vec<TableSize>, LakeFailure>> {
        Box::pin(async { Ok(vec![TableSize { table: "messages", files: 1, bytes: 2, rows: 3 }]) })
    }

    /// Everyone is worth 1.
    fn score<'a>(
        &'a self,
        scoring: &'a Scoring,
        exchange: &'a dyn Exchange,
    ) -> Answering<'a, Result<Option<Report>, LakeFailure>> {
        Box::pin(async move {
            let mut owners: Vec<Owner> = Vec::new();
            while let page = exchange.owners(owners.last()).await?
                && !page.is_empty()
            {
                owners.extend(page);
            }
            let customers: BTreeSet<String> = owners.into_iter().map(|owner| owner.customer).collect();
            if customers.is_empty() {
                return Ok(None);
            }
            if !exchange.at("step-values", Some(0.5)) {
                return Err(LakeFailure::Stopped);
            }
            self.valued.lock().unwrap().clone_from(&customers);
            let columns = format!(r#"{{"clv": 1, "as_of": "{}"}}"#, scoring.as_of);
            let values = customers.into_iter().map(|customer| Values { customer, columns: columns.clone() });
            exchange.put(&values.collect::<Vec<_>>()).await?;
            self.runs.lock().unwrap().push(scoring.run.clone());
            if Self::take(&self.failures) {
                return Err(LakeFailure::Unavailable("the test says so".to_owned()));
            }
            Ok(Some(crate::report::sample()))
        })
    }

    fn forget<'a>(&'a self, erased: &'a dyn Erased) -> Answering<'a, Result<u64, LakeFailure>> {
        Box::pin(async move {
            let mut facts = self.facts.lock().unwrap();
            let before = facts.1.len();
            facts.1.retain(|message| {
                let ids = (message.user_id.as_deref(), message.anonymous_id.as_deref());
                !erased.covers(ids.0, ids.1, message.timestamp, message.received_at)
            });
            Ok((before - facts.1.len()) as u64)
        })
    }

    fn expire<'a>(&'a self, what: Expired<'a>) -> Answering<'a, Result<u64, LakeFailure>> {
        Box::pin(async move {
            if Self::take(&self.failures) {
                return Err(LakeFailure::Unavailable("the test says so".to_owned()));
            }
            fn drop_from<T>(rows: &Mutex<Vec<T>>, gone: impl Fn(&T) -> bool) -> u64 {
                let mut rows = rows.lock().unwrap();
                let before = rows.len();
                rows.retain(|row| !gone(row));
                (before - rows.len()) as u64
            }
            Ok(match what {
                Expired::Messages(before) => {
                    let mut facts = self.facts.lock().unwrap();
                    let all = facts.1.len();
                    facts.1.retain(|message| message.timestamp >= before);
                    (all - facts.1.len()) as u64
                }
                Expired::Orders(before) => drop_from(&self.orders, |&time| time < before),
                Expired::Values(gone) => drop_from(&self.runs, |run| gone(run)),
            })
        })
    }

    fn tidy(&self, _: Duration) -> Answering<'_, Result<(), LakeFailure>> {
        Box::pin(async { Ok(()) })
    }

    fn files(&self) -> Answering<'_, Result<Vec<LakeFile>, LakeFailure>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn people_position(&self) -> Answering<'_, Result<i64, LakeFailure>> {
        Box::pin(async { Ok(self.people.lock().unwrap().0) })
    }

    fn take_people<'a>(&'a self, people: &'a People<'a>, change: i64) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move {
            let mut known = self.people.lock().unwrap();
            known.0 = change;
            for (id, person) in people.people {
                match person {
                    Some(person) => known.1.insert(*id, person.clone()),
                    None => known.1.remove(id),
                };
            }
            Ok(())
        })
    }

    fn segment<'a>(&'a self, question: &'a Segmentation<'a>) -> Answering<'a, Result<Segmented, LakeFailure>> {
        Box::pin(async move {
            let known = self.people.lock().unwrap();
            let people: Vec<PersonId> = known.1.keys().copied().collect();
            let columns = serde_json::json!({"clv": 1});
            let valued = self.valued.lock().unwrap();
            let values = |who: &PersonId| {
                let is_valued = question.run.is_some() && valued.contains(&who.to_string());
                columns.as_object().filter(|_| is_valued)
            };
            let mut belongs: HashMap<&str, Vec<bool>> = HashMap::new();
            let mut segments = Vec::new();
            for &(id, rule) in question.rules {
                let of = |node: &Node| {
                    let holds = people.iter().enumerate().map(|(place, who)| {
                        let is_in = |id: &str| belongs.get(id).map(|known| known[place]);
                        let (person, calendar) = (&known.1[who], &question.calendar);
                        let facts = Facts { person, values: values(who), calendar, is_in: &is_in };
                        Rule::new(answered(node)?).holds(&facts).ok_or_else(|| LakeFailure::Internal("open".to_owned()))
                    });
                    let holds = holds.collect::<Result<Vec<bool>, LakeFailure>>()?;
                    let customers = holds.iter().filter(|holds| **holds).count() as u64;
                    let worth = people.iter().zip(&holds).filter(|(who, holds)| **holds && values(who).is_some());
                    let value = worth.count() as f64;
                    Ok::<_, LakeFailure>((holds, Count { customers, value }))
                };
                let (holds, count) = of(&rule.who)?;
                let mut bits = vec![0_u64; people.len().div_ceil(64)];
                for place in (0..people.len()).filter(|&place| holds[place]) {
                    bits[place / 64] |= 1 << (place % 64);
                }
                let nodes = rule.nodes();
                let nodes = nodes.iter().filter(|_| question.conditions);
                let conditions = nodes.map(|(_, node)| Ok(of(node)?.1)).collect::<Result<_, LakeFailure>>()?;
                segments.push(Members { bits, count, conditions });
                belongs.insert(id, holds);
            }
            let value = people.iter().filter(|who| values(who).is_some()).count() as f64;
            Ok(Segmented { people, value, segments })
        })
    }

    fn check_condition<'a>(&'a self, sql: &'a str) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move { answered(&Node::Sql(sql.to_owned())).map(drop) })
    }

    fn export<'a>(&'a self, export: &'a Export<'a>) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move {
            let ids: Vec<String> = export.customers.iter().map(|id| format!("{id}\n")).collect();
            std::fs::write(export.path, format!("{:?}\n{}", export.format, ids.concat())).unwrap();
            Ok(())
        })
    }

    fn purchases<'a>(&'a self, question: &'a Purchases<'a>) -> Answering<'a, Result<Vec<Bought>, LakeFailure>> {
        Box::pin(async move {
            let mut asked: BTreeMap<PersonId, Vec<usize>> = BTreeMap::new();
            for (id, place) in question.customers {
                asked.entry(*id).or_default().push(*place as usize);
            }
            let mut answers = vec![Bought::default(); question.stretches.len()];
            for (id, time, amount) in self.bought.lock().unwrap().iter() {
                for &place in asked.get(id).into_iter().flatten() {
                    let stretch = question.stretches[place];
                    if !(stretch.before..stretch.until).contains(time) {
                        continue;
                    }
                    let answer = &mut answers[place];
                    let spent: &mut Spent = if *time < stretch.from { &mut answer.before } else { &mut answer.after };
                    spent.orders += 1;
                    spent.revenue += amount;
                    spent.margin += amount / 2.0;
                }
            }
            Ok(answers)
        })
    }

    fn numbers<'a>(&'a self, _: &'a str, columns: &'a [&'a str]) -> Answering<'a, Result<Numbers, LakeFailure>> {
        Box::pin(async move {
            let known = self.numbers.lock().unwrap();
            let column = |name: &&str| known.values().map(|row| row.get(name).copied().unwrap_or(f64::NAN)).collect();
            Ok(Numbers { customers: known.keys().copied().collect(), columns: columns.iter().map(column).collect() })
        })
    }

    fn query<'a>(&'a self, sql: &'a str, _: QueryLimits) -> Answering<'a, Result<QueryAnswer, LakeFailure>> {
        Box::pin(async move {
            let purchases = self.purchases.lock().unwrap();
            let mut by: BTreeMap<&str, Vec<&(String, i64, String)>> = BTreeMap::new();
            let is_by_product = sql.starts_with("SELECT product, count(DISTINCT customer_id)");
            for purchase in purchases.iter() {
                by.entry(if is_by_product { &purchase.2 } else { &purchase.0 }).or_default().push(purchase);
            }
            let product = |(product, bought): (&&str, &Vec<_>)| serde_json::json!({"product": product, "buyers": bought.len(), "category": format!("category of {product}")});
            let customer = |(customer, bought): (&&str, &Vec<&(String, i64, String)>)| {
                let lines: Vec<String> = bought.iter().map(|(_, time, product)| format!("{time} {product}")).collect();
                serde_json::json!({"customer_id": customer, "lines": lines})
            };
            let rows: Vec<Value> = match sql {
                sql if is_by_product && !sql.is_empty() => by.iter().map(product).collect(),
                sql if sql.starts_with("SELECT customer_id, array_agg") => by.iter().map(customer).collect(),
                sql => {
                    let answers = self.answers.lock().unwrap();
                    if answers.is_empty() {
                        return Err(LakeFailure::Statement(format!("no SQL here: {sql}")));
                    }
                    let known = answers.iter().find(|(words, _)| sql.contains(words.as_str()));
                    known.map_or_else(Vec::new, |(_, rows)| rows.iter().cloned().map(Value::Object).collect())
                }
            };
            let rows = rows.into_iter().filter_map(|row| row.as_object().cloned()).collect();
            Ok(QueryAnswer { columns: Vec::new(), rows, cut: false })
        })
    }

    fn query_among<'a>(
        &'a self,
        sql: &'a str,
        lists: &'a [Vec<PersonId>],
        limits: QueryLimits,
    ) -> Answering<'a, Result<QueryAnswer, LakeFailure>> {
        *self.lists.lock().unwrap() = lists.to_vec();
        self.query(sql, limits)
    }
}

/// This lake knows one condition in SQL, `true`; who is in a list of ids it does not look at.
fn answered(node: &Node) -> Result<Node, LakeFailure> {
    let all = |nodes: &[Node]| nodes.iter().map(answered).collect::<Result<Vec<_>, _>>();
    Ok(match node {
        Node::Sql(sql) if sql == "true" || sql.starts_with("customer_id IN (") => Node::All(Vec::new()),
        Node::Sql(sql) => return Err(LakeFailure::Statement(format!("no SQL here: {sql}"))),
        Node::All(nodes) => Node::All(all(nodes)?),
        Node::Any(nodes) => Node::Any(all(nodes)?),
        Node::Not(node) => Node::Not(Box::new(answered(node)?)),
        other => other.clone(),
    })
}

/// Makes two tests of one story: an `async fn(TestApp)` of the module above, on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $story() { super::$story($crate::platform::testing::TestApp::new().await).await; })+
        }
        mod postgres {
            $(#[tokio::test] async fn $story() { super::$story($crate::platform::testing::TestApp::on_postgres().await).await; })+
        }
    };
}
pub(crate) use on_both_databases;

/// A server without a socket.
pub struct TestApp {
    /// What requests see.
    pub app: App,
    /// The clock, to be moved.
    pub clock: Clock,
    /// The write key of the source `shop`.
    pub write_key: String,
    /// Where facts go in tests of the product; the real one has tests of its own and of the whole.
    pub lake: Arc<MemoryLake>,
    router: axum::Router,
    _folder: tempfile::TempDir,
}

impl TestApp {
    /// On SQLite, in a folder that goes away with the test.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// On a new database of the private PostgreSQL server.
    pub async fn on_postgres() -> Self {
        let url = postgres::new_database().await;
        Self::with(|config| config.database_url = url).await
    }

    /// The same as the first with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(super::config::FILE), super::config::DEFAULT).unwrap();
        let mut config = Config::load(&folder.path().join(super::config::FILE), std::iter::empty()).unwrap();
        // Whoever has a connection and asks for another would wait for ever when all others do so too: here at once.
        config.database_connections = 1;
        change(&mut config);
        let (clock, mut random) = (Clock::set_to(START), Random::seeded(1));
        let lake = Arc::new(MemoryLake::default());
        let app = App::start(config, clock.clone(), random.clone(), lake.clone()).await.unwrap();
        let source = tracking::create_source(&app.database, &clock, "shop", &mut random).await.unwrap();
        let router = app.router();
        Self { app, clock, write_key: source.write_key, lake, router, _folder: folder }
    }

    /// A request with the write key; the answer's status and body.
    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.post_bytes(path, &[], body.to_string().into_bytes()).await
    }

    /// The same with other headers and any bytes.
    pub async fn post_bytes(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (StatusCode, Value) {
        use base64::Engine;
        let key = base64::prelude::BASE64_STANDARD.encode(format!("{}:", self.write_key));
        let mut request = Request::post(path).header("authorization", format!("Basic {key}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A call of the API by somebody; `Value::Null` is no body.
    pub async fn call(&self, by: &Credentials, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(by.sign(Request::builder().method(method).uri(path)).body(body).unwrap()).await
    }

    /// Any request.
    pub async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let (status, _, body) = self.exchange(request).await;
        (status, body)
    }

    /// Any request; the answer with its headers. Where the request does not say, it comes from this machine.
    pub async fn exchange(&self, mut request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let extensions = request.extensions_mut();
        if extensions.get::<ConnectInfo<SocketAddr>>().is_none() {
            extensions.insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
        (status, headers, serde_json::from_slice(&body).unwrap_or_else(|_| text()))
    }
}
