//! All that is known of a person, read in one question: each more is a way to the thread of the connection and back, which takes
//! longer than most of the answers.

use super::notes::Note;
use super::profile::Attributes;
use super::store::read_attributes;
use super::view::{ConsentView, EventView, IdentifierView, MergeView, ValuesView};
use crate::platform::Time;
use crate::segments::Membership;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use std::cmp::Reverse;
use std::collections::HashSet;

/// Rows of one kind shown of one person at most.
const ROWS_MAX: i64 = 1_000;

/// First the part that a row belongs to, then seven texts and three numbers.
const EVERYTHING: &str = "\
    WITH these AS (SELECT id, survivor, known_by, created_at, first_seen_at, last_seen_at, attributes FROM customers \
        WHERE survivor = (SELECT survivor FROM customers WHERE id = $1)) \
    SELECT 'customer' AS part, id AS a, survivor AS b, attributes AS c, '' AS d, '' AS e, '' AS f, '' AS g, \
        created_at AS l, first_seen_at AS m, last_seen_at AS n FROM these \
    UNION ALL SELECT * FROM (SELECT 'identifier', shown.identifier, known_by, shown.source, blocks.reason, '', '', '', \
        since, refused_at, linked_at FROM these JOIN customer_identifiers AS shown ON shown.customer = these.id \
        LEFT JOIN identifier_blocks AS blocks ON blocks.identifier = shown.identifier \
        ORDER BY linked_at, shown.identifier LIMIT $2) AS identifiers \
    UNION ALL SELECT * FROM (SELECT 'consent', given.id, purpose, channel, state, given.source, proof, '', \
        time, received_at, 0 FROM these JOIN customer_consents AS given ON given.customer = these.id \
        ORDER BY time DESC, received_at DESC, given.id DESC LIMIT $2) AS consents \
    UNION ALL SELECT 'values', run, columns, '', '', '', '', '', ended_at, 0, 0 FROM these \
        JOIN customer_values ON customer = these.id JOIN scoring_runs ON scoring_runs.id = run WHERE these.id = survivor \
        AND run = (SELECT id FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1) \
    UNION ALL SELECT 'segment', segments.id, name, ready, '', '', '', '', entered_at, number, 0 FROM these \
        JOIN segment_members ON customer = these.id JOIN segments ON number = segment WHERE these.id = survivor \
    UNION ALL SELECT * FROM (SELECT 'merge', id, survivor, merged, identifier, merged_by, unmerged_by, '', \
        merged_at, unmerged_at, 0 FROM customer_merges WHERE survivor IN (SELECT id FROM these) \
        OR merged IN (SELECT id FROM these) ORDER BY merged_at DESC, id DESC LIMIT $2) AS merges \
    UNION ALL SELECT * FROM (SELECT 'event', message_id, kind, name, told.source, summary, order_id, currency, \
        time, amount, 0 FROM these JOIN customer_events AS told ON told.customer = these.id \
        ORDER BY time DESC, message_id DESC LIMIT $3) AS events \
    UNION ALL SELECT * FROM (SELECT 'note', notes.id, author, users.name, notes.text, '', '', '', time, 0, 0 \
        FROM these JOIN customer_notes AS notes ON notes.customer = these.id LEFT JOIN users ON users.id = author \
        ORDER BY time DESC, notes.id DESC LIMIT $2) AS notes";

/// What was found of a person.
pub(super) struct Known(Vec<Found>);

/// A row.
struct Found {
    part: String,
    texts: [Option<String>; 7],
    numbers: [Option<i64>; 3],
}

impl Found {
    fn of(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let mut found = Self { part: row.try_get(0)?, texts: Default::default(), numbers: Default::default() };
        for (column, text) in (1..).zip(&mut found.texts) {
            *text = row.try_get(column)?;
        }
        for (column, number) in (8..).zip(&mut found.numbers) {
            *number = row.try_get(column)?;
        }
        Ok(found)
    }

    fn text(&self, place: usize) -> String {
        self.texts[place].clone().unwrap_or_default()
    }

    fn number(&self, place: usize) -> i64 {
        self.numbers[place].unwrap_or_default()
    }

    fn json<T: DeserializeOwned>(&self, place: usize) -> Result<T, sqlx::Error> {
        let text = self.texts[place].as_deref().unwrap_or("null");
        serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }
}

impl Known {
    /// Of the person of this id, or of an id that was merged into them, with so many events; `None` where there is nobody.
    pub async fn of(asked: &mut AnyConnection, id: &str, events: i64) -> Result<Option<Self>, sqlx::Error> {
        let rows = sqlx::query(EVERYTHING).bind(id).bind(ROWS_MAX).bind(events).fetch_all(asked).await?;
        let found = rows.iter().map(Found::of).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Self(found)).filter(|known| !known.0.is_empty()))
    }

    /// The rows of a part in an order: the parts of a union have none.
    fn part<K: Ord>(&self, part: &str, order: impl Fn(&Found) -> K) -> Vec<&Found> {
        let mut rows: Vec<&Found> = self.0.iter().filter(|found| found.part == part).collect();
        rows.sort_by_key(|found| order(found));
        rows
    }

    /// The latest first, by their first number and their first text.
    fn latest(&self, part: &str) -> Vec<&Found> {
        self.part(part, |found| Reverse((found.numbers[0], found.text(0))))
    }

    /// Their customers, the oldest first.
    fn customers(&self) -> Vec<&Found> {
        self.part("customer", |found| (found.numbers[0], found.text(0)))
    }

    /// The id to keep.
    pub fn survivor(&self) -> String {
        self.customers().first().map(|oldest| oldest.text(1)).unwrap_or_default()
    }

    /// When the oldest of their customers was made, and when they were seen first and last.
    pub fn times(&self) -> [Time; 3] {
        let customers = self.customers();
        let created_at = customers.first().map(|oldest| oldest.number(0));
        let first = customers.iter().map(|found| found.number(1)).min();
        let last = customers.iter().map(|found| found.number(2)).max();
        [created_at, first, last].map(|time| Time(time.unwrap_or_default()))
    }

    /// The attributes of each of their customers.
    pub fn attributes(&self) -> Result<Vec<Attributes>, sqlx::Error> {
        self.customers().iter().map(|found| read_attributes(&found.text(2))).collect()
    }

    /// What they are known by.
    pub fn identifiers(&self) -> Vec<IdentifierView> {
        let view = |found: &Found| {
            let identifier = found.text(0);
            let (kind, value) = identifier.split_once(':').unwrap_or(("", &identifier));
            IdentifierView {
                kind: kind.to_owned(),
                value: value.to_owned(),
                shown_by: found.text(1),
                since: Time(found.number(0)),
                source: found.text(2),
                blocked: found.texts[3].clone(),
                refused_at: found.numbers[1].map(Time),
            }
        };
        self.part("identifier", |found| (found.number(2), found.text(0))).into_iter().map(view).collect()
    }

    /// Consents that hold, or all there ever were; with their proof for those who may see it.
    pub fn consents(&self, history: bool, personal: bool) -> Result<Vec<ConsentView>, sqlx::Error> {
        let order = |found: &Found| Reverse((found.number(0), found.number(1), found.text(0)));
        let (mut seen, mut views) = (HashSet::new(), Vec::new());
        for found in self.part("consent", order) {
            let (purpose, channel) = (found.text(1), found.text(2));
            if !seen.insert((purpose.clone(), channel.clone())) && !history {
                continue;
            }
            let proof = if personal { found.json(5)? } else { Value::Null };
            let (state, time, source) = (found.text(3), Time(found.number(0)), found.text(4));
            views.push(ConsentView { purpose, channel, state, time, source, proof });
        }
        Ok(views)
    }

    /// The columns of the last scoring run.
    pub fn values(&self) -> Result<Option<ValuesView>, sqlx::Error> {
        let view = |found: &Found| {
            Ok(ValuesView { run: found.text(0), computed_at: Time(found.number(0)), columns: found.json(1)? })
        };
        self.latest("values").first().map(|found| view(found)).transpose()
    }

    /// The segments that they belong to.
    pub fn segments(&self) -> Vec<Membership> {
        let view =
            |found: &Found| Membership::new(found.text(0), found.text(1), found.texts[2].as_deref(), found.number(0));
        self.part("segment", |found| found.number(1)).into_iter().map(view).collect()
    }

    /// How they came to be one person; by what, for those who may see it.
    pub fn merges(&self, personal: bool) -> Vec<MergeView> {
        let view = |found: &Found| MergeView {
            id: found.text(0),
            survivor: found.text(1),
            merged: found.text(2),
            identifier: found.texts[3].clone().filter(|_| personal),
            merged_at: Time(found.number(0)),
            merged_by: found.text(4),
            unmerged_at: found.numbers[1].map(Time),
            unmerged_by: found.texts[5].clone(),
        };
        self.latest("merge").into_iter().map(view).collect()
    }

    /// The latest events; what was in them, for those who may see it.
    pub fn timeline(&self, personal: bool) -> Result<Vec<EventView>, sqlx::Error> {
        let view = |found: &Found| {
            Ok(EventView {
                message_id: found.text(0),
                time: Time(found.number(0)),
                kind: found.text(1),
                name: found.texts[2].clone(),
                source: found.text(3),
                summary: if personal { found.json(4)? } else { Value::Null },
                order_id: found.texts[5].clone(),
                amount: found.numbers[1],
                currency: found.texts[6].clone(),
            })
        };
        self.latest("event").into_iter().map(view).collect()
    }

    /// What people wrote down about them.
    pub fn notes(&self) -> Vec<Note> {
        let view = |found: &Found| Note {
            id: found.text(0),
            time: Time(found.number(0)),
            author: found.text(1),
            author_name: found.text(2),
            text: found.text(3),
        };
        self.latest("note").into_iter().map(view).collect()
    }
}
