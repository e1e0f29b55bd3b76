//! Imports: each row once, whatever stops them.

use super::{Begin, Import, ImportError, Rows, Wanted};
use crate::customers::RecordKind;
use crate::platform::testing::{TestApp, on_both_databases};
use crate::tracking::InboxError;
use cvm_core::lake::Answering;
use cvm_core::message::Message;
use cvm_core::rows::{self, Place, RejectedRow, RowReader};
use serde_json::{Map, Value, json};
use sqlx::Row;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;

on_both_databases! {
    an_import_that_is_dropped_goes_on_and_each_row_comes_once,
    of_two_that_import_the_same_one_goes_on,
    files_are_known_by_what_they_hold,
    rows_become_customers_and_events,
}

/// All messages of the inbox, in order.
pub(super) async fn stored(app: &TestApp) -> Vec<Message> {
    let batches = crate::tracking::inbox::next_batches(&app.app.database, 0, usize::MAX).await.unwrap();
    batches.into_iter().flat_map(|batch| batch.messages).collect()
}

/// The reasons of what was rejected.
async fn reasons(app: &TestApp) -> Vec<String> {
    let rows = sqlx::query("SELECT reason FROM rejections ORDER BY reason").fetch_all(app.app.database.inbox()).await;
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Rows from memory; then the end, an error, or a wait without end.
struct Given {
    rows: VecDeque<rows::Rows>,
    then: Then,
}

enum Then {
    End,
    Hang(Arc<Notify>),
    Break,
}

impl RowReader for Given {
    fn next(&mut self) -> Answering<'_, Result<Option<rows::Rows>, String>> {
        Box::pin(async {
            match (self.rows.pop_front(), &self.then) {
                (Some(rows), _) => Ok(Some(rows)),
                (None, Then::End) => Ok(None),
                (None, Then::Break) => Err("the file breaks off".to_owned()),
                (None, Then::Hang(hangs)) => {
                    hangs.notify_one();
                    std::future::pending().await
                }
            }
        })
    }
}

fn wanted(content: &str, kind: RecordKind) -> Wanted {
    Wanted {
        kind,
        paths: vec!["/files/a.csv".to_owned()],
        contents: vec![content.to_owned()],
        source: "import".to_owned(),
        currency: None,
        again: false,
    }
}

async fn begin(app: &TestApp, wanted: &Wanted) -> Import {
    match Import::begin(&app.app, wanted.clone()).await.unwrap() {
        Begin::Goes(import) => *import,
        Begin::Finished(rows) => panic!("finished with {rows:?}"),
    }
}

/// Rows of events by line; every tenth line is no row.
fn events(lines: std::ops::Range<u64>) -> VecDeque<rows::Rows> {
    let place = |line| Place { file: 0, line };
    let record = |line: u64| match json!({"customer_id": format!("u{line}"), "event": "Seen", "time": "2025-01-01"}) {
        Value::Object(record) => (place(line), record),
        _ => unreachable!(),
    };
    let mut given = VecDeque::new();
    for from in lines.clone().step_by(1_000) {
        let part = from..(from + 1_000).min(lines.end);
        let bad = part.clone().filter(|line| line % 10 == 0);
        let bad = bad.map(|line| RejectedRow { place: place(line), reason: "wrong_columns", text: "x".to_owned() });
        given.push_back(rows::Rows::Rejected(bad.collect()));
        given.push_back(rows::Rows::Records(part.filter(|line| line % 10 != 0).map(record).collect()));
    }
    given
}

async fn an_import_that_is_dropped_goes_on_and_each_row_comes_once(app: TestApp) {
    let wanted = wanted("1", RecordKind::Events);
    let nothing = |_: Rows| {};
    // Killed amid the second page, then a file that cannot be read on, then to the end.
    let hangs = Arc::new(Notify::new());
    let given = Given { rows: events(0..8_000), then: Then::Hang(hangs.clone()) };
    let running = app.app.clone();
    let import = begin(&app, &wanted).await;
    let task = tokio::spawn(async move { import.run(&running, given, &mut { nothing }).await });
    hangs.notified().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let done = begin(&app, &wanted).await.rows();
    assert_eq!(done.accepted + done.rejected, 5_000, "as far as whole pages go");

    let given = Given { rows: events(0..11_000), then: Then::Break };
    let broken = begin(&app, &wanted).await.run(&app.app, given, &mut { nothing }).await.unwrap_err();
    assert_eq!(broken.to_string(), "the file breaks off");
    // Long after, when no message id is remembered, what is stored is still not stored again.
    app.clock.advance(400 * crate::platform::clock::DAY);
    crate::tracking::tidy(&app.app).await.unwrap();
    let given = Given { rows: events(0..12_345), then: Then::End };
    let rows = begin(&app, &wanted).await.run(&app.app, given, &mut { nothing }).await.unwrap();
    assert_eq!(rows, Rows { accepted: 11_110, repeated: 0, rejected: 1_235 });

    let mut people: Vec<String> = stored(&app).await.into_iter().filter_map(|message| message.user_id).collect();
    assert_eq!(people.len(), 11_110);
    people.sort_unstable();
    people.dedup();
    assert_eq!(people.len(), 11_110);
    let reasons = reasons(&app).await;
    assert_eq!((reasons.len(), reasons[0].as_str()), (1_235, "wrong_columns (line 0 of a.csv)"));
    match Import::begin(&app.app, wanted).await.unwrap() {
        Begin::Finished(finished) => assert_eq!(finished, rows),
        Begin::Goes(_) => panic!("there is nothing left to do"),
    }
}

async fn of_two_that_import_the_same_one_goes_on(app: TestApp) {
    let wanted = wanted("1", RecordKind::Events);
    let (one, two) = (begin(&app, &wanted).await, begin(&app, &wanted).await);
    let given = || Given { rows: events(0..100), then: Then::End };
    one.run(&app.app, given(), &mut |_| {}).await.unwrap();
    let overtaken = two.run(&app.app, given(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(overtaken, ImportError::Inbox(InboxError::Overtaken)), "{overtaken}");
    assert_eq!((stored(&app).await.len(), reasons(&app).await.len()), (90, 10));
}

async fn files_are_known_by_what_they_hold(app: TestApp) {
    let given = || Given { rows: events(0..10), then: Then::End };
    let first = wanted("1", RecordKind::Events);
    begin(&app, &first).await.run(&app.app, given(), &mut |_| {}).await.unwrap();
    let elsewhere = Wanted { paths: vec!["/other/b.csv".to_owned()], ..first.clone() };
    assert!(matches!(Import::begin(&app.app, elsewhere).await.unwrap(), Begin::Finished(_)), "a copy is the same");
    let changed = Wanted { contents: vec!["2".to_owned()], ..first.clone() };
    let refused = Import::begin(&app.app, changed.clone()).await.unwrap_err().to_string();
    assert!(refused.starts_with("`/files/a.csv` was imported before and has changed since"), "{refused}");
    let other_kind = Wanted { kind: RecordKind::Customers, ..changed.clone() };
    assert!(matches!(Import::begin(&app.app, other_kind).await.unwrap(), Begin::Goes(_)));
    for again in [Wanted { again: true, ..changed }, Wanted { again: true, ..first }] {
        begin(&app, &again).await.run(&app.app, given(), &mut |_| {}).await.unwrap();
    }
    assert_eq!(stored(&app).await.len(), 27);
}

async fn rows_become_customers_and_events(app: TestApp) {
    let row = |line, record: Value| match record {
        Value::Object(record) => (Place { file: 0, line }, record),
        _ => (Place { file: 0, line }, Map::new()),
    };
    let given = Given {
        rows: VecDeque::from([rows::Rows::Records(vec![
            row(2, json!({"customer_id": "7", "email": "a@example.org", "attributes": {"type": "gold", "visits": 3}})),
            row(3, json!({"attributes": {"city": "Łódź"}})),
            row(4, json!({"phone": "+48601234567", "attributes": {"time": "noon"}})),
        ])]),
        then: Then::End,
    };
    let rows = begin(&app, &wanted("c", RecordKind::Customers)).await.run(&app.app, given, &mut |_| {}).await.unwrap();
    assert_eq!(rows, Rows { accepted: 2, repeated: 0, rejected: 1 });
    let messages = stored(&app).await;
    assert_eq!(
        Value::Object(messages[0].traits.clone()),
        json!({"type": "gold", "visits": 3, "email": "a@example.org"})
    );
    assert_eq!(messages[0].user_id.as_deref(), Some("7"));
    assert_eq!(messages[1].traits["time"], "noon");
    assert_eq!(reasons(&app).await, ["nobody is named: give customer_id, anonymous_id, email, phone or loyalty_card"]);
}
