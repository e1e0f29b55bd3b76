//! The lake answers as the evaluator for one customer does, whatever the rules and the customers.

use crate::facts::scoring::handed_over;
use crate::facts::{Tables, VALUES};
use chrono::NaiveDate;
use chrono_tz::Tz;
use cvm_core::lake::{Erased, Export, ExportFormat, Lake, LakeFailure, People, Segmentation, Segmented};
use cvm_core::order::FunnelStep;
use cvm_core::segment::*;
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray, new_null_array,
};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// 2026-03-29 00:30 UTC: in the night in which Warsaw's clocks go forward.
const NOW: i64 = 1_774_744_200_000_000;
const DAY: i64 = 86_400_000_000;
const RUN: &str = "run-1";

/// Draws what rules and customers are made of, from few values, so that they meet.
struct Dice(Pcg64Mcg);

impl Dice {
    fn any(&mut self, most: usize) -> usize {
        self.0.random_range(0..most)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.any(of.len())].clone()
    }

    fn maybe<T>(&mut self, of: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.any(3) > 0).then(|| of(self))
    }

    /// Near to where windows end.
    fn time(&mut self) -> i64 {
        let days = self.one(&[0, 0, 1, 2, 3, 7, 30, 31, 89, 90, 400]);
        let near = self.one(&[-1, 0, 0, 1, 1_800_000_000, -1_800_000_000, 5_400_000_000, 43_200_000_000]);
        NOW - days * DAY + near
    }

    fn date(&mut self) -> NaiveDate {
        self.one(&["2026-03-28", "2026-03-29", "2026-03-22", "2026-03-30", "2025-12-29", "2024-02-29", "1990-04-05"])
            .parse()
            .unwrap()
    }

    fn days(&mut self) -> u32 {
        self.one(&[1, 2, 3, 7, 30, 90, 365])
    }

    fn number(&mut self) -> f64 {
        self.one(&[-5.0, 0.0, 1.0, 2.5, 3.0, 100.0, 31.0])
    }

    fn text(&mut self) -> String {
        self.one(&["Gdańsk", "gdańsk", "Shoes", "Hats", "web", "app", "champions", "gold", "x", "İ", "=1"]).to_owned()
    }

    fn scalar(&mut self) -> Scalar {
        match self.any(5) {
            0 => Scalar::Number(self.number()),
            1 => Scalar::Flag(self.any(2) == 0),
            _ => Scalar::Text(self.text()),
        }
    }

    fn value(&mut self) -> Value {
        match self.any(9) {
            0 => Value::Null,
            1 => json!(self.any(2) == 0),
            2 => json!(self.number()),
            3 => json!(self.any(4)),
            4 => json!(self.date().to_string()),
            5 => json!("2026-03-28T23:30:00Z"),
            6 => json!([self.text(), self.number()]),
            7 => json!({"nested": self.text()}),
            _ => json!(self.text()),
        }
    }

    fn comparison(&mut self, kind: FieldKind) -> Comparison {
        let operator = self.one(kind.operators());
        let scalar = |dice: &mut Self| match kind {
            FieldKind::Number => Scalar::Number(dice.number()),
            FieldKind::Any => dice.scalar(),
            _ => Scalar::Text(dice.text()),
        };
        match operator {
            Operator::Equals => Comparison::Equals(scalar(self)),
            Operator::OneOf => Comparison::OneOf(vec![scalar(self), scalar(self)]),
            Operator::Contains => Comparison::Contains(self.one(&["a", "DA", "Shoes"]).to_owned()),
            Operator::StartsWith => Comparison::StartsWith(self.one(&["g", "SH", "x"]).to_owned()),
            Operator::Above => Comparison::Above(self.number()),
            Operator::AtLeast => Comparison::AtLeast(self.number()),
            Operator::Below => Comparison::Below(self.number()),
            Operator::AtMost => Comparison::AtMost(self.number()),
            Operator::Between => Comparison::Between(self.one(&[-5.0, 0.0]), self.one(&[1.0, 100.0])),
            Operator::On => Comparison::On(self.date()),
            Operator::Before => Comparison::Before(self.date()),
            Operator::After => Comparison::After(self.date()),
            Operator::InLastDays => Comparison::InLastDays(self.days()),
            Operator::MoreThanDaysAgo => Comparison::MoreThanDaysAgo(self.days()),
            Operator::InNextDays => Comparison::InNextDays(self.days()),
            Operator::BirthdayInDays => Comparison::BirthdayInDays(self.days()),
            Operator::IsSet => Comparison::IsSet(self.any(2) == 0),
        }
    }

    fn when(&mut self) -> Option<When> {
        self.maybe(|dice| match dice.any(4) {
            0 => {
                let (a, b) = (dice.date(), dice.date());
                When::Between(Days { from: a.min(b), to: a.max(b) })
            }
            _ => When::InLastDays(dice.days()),
        })
    }

    fn happening(&mut self) -> Happening {
        let what = match self.any(8) {
            0..3 => What::Purchase,
            3 => What::Visit,
            4 => What::Event(self.one(&["Product Added", "Signed Up", "No such"]).to_owned()),
            5 => What::Step(self.one(&[FunnelStep::ProductAdded, FunnelStep::OrderCompleted])),
            6 => What::Page("Home".to_owned()),
            _ => What::Screen("Home".to_owned()),
        };
        let fields = properties(&["colour".to_owned(), "price".to_owned()]);
        let conditions = (0..self.one(&[0, 0, 1, 1, 2])).map(|_| {
            let field = self.one(&fields);
            PropertyIs { name: field.name, is: self.comparison(field.kind) }
        });
        Happening { what, conditions: conditions.collect() }
    }

    fn node(&mut self, depth: usize, segments: &[String]) -> Node {
        if depth > 0 && self.any(2) == 0 {
            let nodes = |dice: &mut Self| (0..1 + dice.any(3)).map(|_| dice.node(depth - 1, segments)).collect();
            return match self.any(3) {
                0 => Node::All(nodes(self)),
                1 => Node::Any(nodes(self)),
                _ => Node::Not(Box::new(self.node(depth - 1, segments))),
            };
        }
        match self.any(10) {
            0..3 => {
                let names = ["a", "b", "c"].map(str::to_owned);
                let field = self.one(&fields(&names));
                Node::Field(FieldIs { is: self.comparison(field.kind), name: field.name })
            }
            3..7 => {
                let event = self.happening();
                let is_purchase = event.what == What::Purchase;
                let count = self.any(4) as u32;
                let times =
                    self.maybe(|dice| dice.one(&[Times::AtLeast(count), Times::AtMost(count), Times::Exactly(count)]));
                let amount = self.one(&[-5.0, 0.0, 9.99, 10.0]);
                let spending = self.maybe(|dice| dice.one(&[Spending::AtLeast(amount), Spending::AtMost(amount)]));
                Node::Did(Did { event, when: self.when(), times, spending: spending.filter(|_| is_purchase) })
            }
            7 => {
                let steps = (0..2 + self.any(2)).map(|_| self.happening()).collect();
                Node::Sequence(Sequence { steps, within_days: self.days(), when: self.when() })
            }
            8 => match self.any(2) {
                0 => Node::NotFollowed(NotFollowed {
                    first: self.happening(),
                    then: self.happening(),
                    for_days: self.days(),
                    when: self.when(),
                }),
                _ => Node::Consent(ConsentIs {
                    purpose: "marketing".to_owned(),
                    channel: self.one(&[None, Some("email".to_owned())]),
                    is: self.one(&[Word::Granted, Word::Denied, Word::Unknown]),
                }),
            },
            _ if segments.is_empty() => Node::All(Vec::new()),
            _ => Node::Segment(self.one(segments)),
        }
    }

    fn event(&mut self, order: i32) -> Event {
        let kind = if order > 0 { EventKind::Line } else { self.one(&EventKind::ALL[..3]) };
        let names = ["Product Added", "product added", "Signed Up", "Order Completed", "Home"];
        let mut event = Event::new(kind, self.time());
        event.name = self.maybe(|dice| dice.one(&names).to_owned()).filter(|_| order == 0);
        event.source = self.one(&["web", "app"]).to_owned();
        event.channel = self.maybe(Self::text);
        event.category = self.maybe(Self::text);
        event.product = self.maybe(Self::text);
        event.coupon = self.maybe(Self::text);
        event.quantity = self.maybe(Self::number);
        event.order = order;
        if order > 0 {
            event.amount = Some(self.one(&[0, 1, 50_000, 99_900, 100_000, -50_000, -100_000]));
            event.in_currency = self.any(5) > 0;
        } else {
            for name in ["colour", "price"] {
                if self.any(2) == 0 {
                    event.properties.insert(name.to_owned(), self.value());
                }
            }
        }
        event
    }

    fn person(&mut self) -> Person {
        let consents = (0..self.any(3)).map(|_| Consent {
            purpose: self.one(&["marketing", "analytics"]).to_owned(),
            channel: self.one(&["any", "email", "sms"]).to_owned(),
            granted: self.any(2) == 0,
            time: self.any(2) as i64,
        });
        let mut person = Person { consents: consents.collect(), ..Person::default() };
        (person.first_seen_at, person.last_seen_at) = (self.time(), self.time());
        for name in ["a", "b", "c", "city", "birthday"] {
            if self.any(3) > 0 {
                person.attributes.insert(name.to_owned(), self.value());
            }
        }
        for _ in 0..self.any(6) {
            person.events.push(self.event(0));
        }
        for order in 1..=self.any(4) as i32 {
            for _ in 0..1 + self.any(3) {
                person.events.push(self.event(order));
            }
        }
        person.sort();
        person
    }

    fn id(&mut self) -> PersonId {
        PersonId(self.0.random())
    }

    /// What a run says of some customers, some of it not known.
    fn values(&mut self, customers: &[PersonId]) -> RecordBatch {
        let schema = VALUES.schema();
        let rows = customers.len();
        let column = |dice: &mut Self, name: &str| -> ArrayRef {
            match name {
                "customer_id" => Arc::new(customers.iter().map(|id| Some(id.to_string())).collect::<StringArray>()),
                "first_purchase" | "last_purchase" => Arc::new(
                    (0..rows)
                        .map(|_| dice.maybe(|dice| (dice.date() - NaiveDate::default()).num_days() as i32))
                        .collect::<Date32Array>(),
                ),
                "clv" | "p_alive" | "profit" => {
                    Arc::new((0..rows).map(|_| dice.maybe(Self::number)).collect::<Float64Array>())
                }
                "revenue" => Arc::new(
                    (0..rows)
                        .map(|_| dice.maybe(|dice| i128::from(dice.one(&[0_i64, 10_000, 25_000, 1_000_000]))))
                        .collect::<Decimal128Array>()
                        .with_precision_and_scale(18, 4)
                        .unwrap(),
                ),
                "frequency" | "r_score" => {
                    Arc::new((0..rows).map(|_| dice.maybe(|dice| dice.any(4) as i64)).collect::<Int64Array>())
                }
                "rfm_segment" | "value_tier" => {
                    Arc::new((0..rows).map(|_| dice.maybe(Self::text)).collect::<StringArray>())
                }
                "run" => Arc::new(StringArray::from(vec![RUN; rows])),
                other => new_null_array(schema.field_with_name(other).unwrap().data_type(), rows),
            }
        };
        let columns = schema.fields().iter().map(|field| column(self, field.name())).collect();
        RecordBatch::try_new(schema, columns).unwrap()
    }
}

fn values_of(rows: &RecordBatch) -> HashMap<PersonId, Map<String, Value>> {
    let rows = rows
        .project(&(0..rows.num_columns()).filter(|&at| rows.schema().field(at).name() != "run").collect::<Vec<_>>());
    let handed = handed_over(&rows.unwrap()).unwrap();
    handed.into_iter().map(|one| (one.customer.parse().unwrap(), serde_json::from_str(&one.columns).unwrap())).collect()
}

fn members(answer: &Segmented, rule: usize) -> Vec<PersonId> {
    let members = &answer.segments[rule];
    let mut found: Vec<PersonId> =
        (0..answer.people.len()).filter(|&place| members.has(place)).map(|place| answer.people[place]).collect();
    found.sort_unstable();
    found
}

async fn ask(lake: &Tables, rules: &[(&str, &Rule)], zone: Tz, conditions: bool) -> Segmented {
    let question = Segmentation { rules, calendar: Calendar::new(NOW, zone), run: Some(RUN), conditions };
    lake.segment(&question).await.unwrap()
}

/// The people of one installation, some handed over again, merged, or gone.
async fn hand_over(lake: &Tables, dice: &mut Dice) -> BTreeMap<PersonId, Person> {
    let mut known: BTreeMap<PersonId, Person> = BTreeMap::new();
    for change in 1..=4 {
        let mut handed = Vec::new();
        for _ in 0..30 {
            handed.push((dice.id(), Some(dice.person())));
        }
        let ids: Vec<PersonId> = known.keys().copied().collect();
        for pair in ids.chunks(7).filter(|pair| pair.len() > 1) {
            match dice.any(3) {
                0 => handed.push((pair[0], Some(dice.person()))),
                1 => handed.push((pair[0], None)),
                _ => {
                    let mut both: Person = known[&pair[0]].clone();
                    let other: &Person = &known[&pair[1]];
                    let orders = both.events.iter().map(|event| event.order).max().unwrap_or(0);
                    let of_other = other.events.iter().cloned().map(|mut event| {
                        event.order += if event.order > 0 { orders } else { 0 };
                        event
                    });
                    both.events.extend(of_other);
                    both.sort();
                    handed.push((pair[0], Some(both)));
                    handed.push((pair[1], None));
                }
            }
        }
        lake.take_people(&People { read_at: NOW + change, people: &handed }, change).await.unwrap();
        for (id, person) in handed {
            match person {
                Some(person) => known.insert(id, person),
                None => known.remove(&id),
            };
        }
    }
    known
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_at_once_is_answered_as_one_by_one() {
    let (mut asked, mut held) = (0_u64, 0_u64);
    for seed in 0..16 {
        let mut dice = Dice(Pcg64Mcg::seed_from_u64(seed));
        let folder = tempfile::tempdir().unwrap();
        let lake = Tables::open(folder.path(), "EUR").await.unwrap();
        let known = hand_over(&lake, &mut dice).await;
        assert_eq!(lake.people_position().await.unwrap(), 4);
        let everybody: Vec<PersonId> = known.keys().copied().collect();
        let (with_values, _) = everybody.split_at(everybody.len() * 2 / 3);
        let rows = dice.values(with_values);
        let values = values_of(&rows);
        lake.put_values(RUN, rows).await.unwrap();
        let mut rules: Vec<(String, Rule)> = Vec::new();
        for number in 0..60 {
            let ids: Vec<String> = rules.iter().map(|(id, _)| id.clone()).collect();
            rules.push((format!("s{number}"), Rule::new(dice.node(3, &ids))));
        }
        let asked_rules: Vec<(&str, &Rule)> = rules.iter().map(|(id, rule)| (id.as_str(), rule)).collect();
        let zone = dice.one(&[Tz::UTC, Tz::Europe__Warsaw, Tz::Asia__Tehran, Tz::America__Los_Angeles]);
        let answer = ask(&lake, &asked_rules, zone, true).await;
        assert_eq!(answer.people.len(), known.len());
        let calendar = Calendar::new(NOW, zone);
        let mut belongs: Vec<BTreeMap<PersonId, bool>> = Vec::new();
        for (place, (id, rule)) in rules.iter().enumerate() {
            let holds = |node: &Node, who: &PersonId, person: &Person| {
                let is_in = |id: &str| Some(belongs[id[1..].parse::<usize>().unwrap()][who]);
                let facts = Facts { person, values: values.get(who), calendar: &calendar, is_in: &is_in };
                Rule::new(node.clone()).holds(&facts).unwrap()
            };
            let one_by_one: BTreeMap<PersonId, bool> =
                known.iter().map(|(who, person)| (*who, holds(&rule.who, who, person))).collect();
            let expected: Vec<PersonId> = one_by_one.iter().filter(|(_, holds)| **holds).map(|(who, _)| *who).collect();
            let found = members(&answer, place);
            let wrong = known.keys().find(|who| expected.contains(who) != found.contains(who));
            assert_eq!(
                wrong.map(|who| (found.contains(who), &known[who], values.get(who))),
                None,
                "seed {seed}, {id} in {zone}: {}",
                serde_json::to_string(rule).unwrap()
            );
            // Each condition by itself.
            for ((pointer, node), count) in rule.nodes().iter().zip(&answer.segments[place].conditions) {
                let fits: Vec<&PersonId> =
                    known.iter().filter(|(who, it)| holds(node, who, it)).map(|it| it.0).collect();
                assert_eq!(count.customers, fits.len() as u64, "seed {seed}, {id} {pointer}");
                let worth = |who: &&PersonId| values.get(who).and_then(|it| it.get("clv")?.as_f64()).unwrap_or(0.0);
                let worth: f64 = fits.iter().map(worth).sum();
                assert!((count.value - worth).abs() < 1e-6, "seed {seed}, {id} {pointer}");
            }
            asked += known.len() as u64;
            held += expected.len() as u64;
            belongs.push(one_by_one);
        }
        // What was dropped was of nobody.
        lake.tidy(Duration::ZERO).await.unwrap();
        let mut after = ask(&lake, &asked_rules, zone, true).await;
        let (mut before, mut order) = (answer.people.clone(), after.people.clone());
        before.sort_unstable();
        order.sort_unstable();
        assert_eq!(before, order);
        for place in 0..rules.len() {
            assert_eq!(members(&answer, place), members(&after, place));
            after.segments[place].bits.clear();
        }
    }
    assert!(
        asked > 90_000 && held * 20 > asked && held * 20 < asked * 19,
        "{held} of {asked}: the rules say too little"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_sees_a_row_a_customer() {
    let mut dice = Dice(Pcg64Mcg::seed_from_u64(7));
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let known = hand_over(&lake, &mut dice).await;
    let everybody: Vec<PersonId> = known.keys().copied().collect();
    let rows = dice.values(&everybody);
    lake.put_values(RUN, rows).await.unwrap();
    let field = |name: &str, is: Comparison| Node::Field(FieldIs { name: name.to_owned(), is });
    for (sql, same) in [
        (
            "clv >= 1 AND revenue > 0",
            Node::All(vec![
                field("values.clv", Comparison::AtLeast(1.0)),
                field("values.revenue", Comparison::Above(0.0)),
            ]),
        ),
        (
            "rfm_segment = 'champions'",
            field("values.rfm_segment", Comparison::Equals(Scalar::Text("champions".to_owned()))),
        ),
        ("attribute(attributes, 'a') IS NOT NULL", field("attributes.a", Comparison::IsSet(true))),
        (
            "last_seen_at < '2026-03-01' OR value_tier LIKE 'go%'",
            Node::Any(vec![
                field("profile.last_seen_at", Comparison::Before("2026-03-01".parse().unwrap())),
                field("values.value_tier", Comparison::StartsWith("go".to_owned())),
            ]),
        ),
    ] {
        let (by_sql, by_rule) = (Rule::new(Node::Sql(sql.to_owned())), Rule::new(same));
        let answer = ask(&lake, &[("a", &by_sql), ("b", &by_rule)], Tz::UTC, false).await;
        let found = members(&answer, 0);
        assert!(
            !found.is_empty() && found == members(&answer, 1),
            "{sql}: {} {}",
            found.len(),
            members(&answer, 1).len()
        );
    }
    for (sql, words) in [
        ("clw > 1", "clw"),
        ("clv + 1", "the condition is a Float64; expected one that is true or false"),
        ("clv > (SELECT 1)", ""),
        ("clv > avg(clv)", ""),
        ("clv > 1; DROP TABLE x", ""),
        ("", ""),
    ] {
        let refused = lake.check_condition(sql).await.unwrap_err();
        assert!(matches!(&refused, LakeFailure::Statement(said) if said.contains(words)), "{sql}: {refused}");
    }
}

struct Gone(PersonId);

impl Erased for Gone {
    fn covers(&self, _: Option<&str>, _: Option<&str>, _: i64, _: i64) -> bool {
        false
    }

    fn covers_customer(&self, customer: &str) -> bool {
        customer.parse() == Ok(self.0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_erased_are_in_no_row_and_a_file_holds_who_was_asked_for() {
    let mut dice = Dice(Pcg64Mcg::seed_from_u64(8));
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let known = hand_over(&lake, &mut dice).await;
    let everybody: Vec<PersonId> = known.keys().copied().collect();
    let rows = dice.values(&everybody[1..]);
    lake.put_values(RUN, rows).await.unwrap();
    assert!(lake.forget(&Gone(everybody[5])).await.unwrap() >= 2);
    let all = Rule::new(Node::All(Vec::new()));
    let mut left = members(&ask(&lake, &[("a", &all)], Tz::UTC, false).await, 0);
    left.insert(5, everybody[5]);
    assert_eq!(left, everybody);
    // Nothing of segments is in a backup: the database makes it anew.
    assert!(lake.files().await.unwrap().iter().all(|file| !file.name.starts_with("people")));

    let chosen = [everybody[0], everybody[3]];
    for format in [ExportFormat::Csv, ExportFormat::Parquet] {
        let path = folder.path().join("members");
        lake.export(&Export { customers: &chosen, run: Some(RUN), format, path: &path }).await.unwrap();
        if format == ExportFormat::Parquet {
            let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path).unwrap()).unwrap();
            let batch = reader.build().unwrap().next().unwrap().unwrap();
            assert_eq!((batch.num_rows(), batch.num_columns()), (2, cvm_core::columns::CUSTOMER.len()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("customer_id,first_purchase,last_purchase"), "{}", lines[0]);
        assert_eq!(
            lines[1],
            format!("{}{}", chosen[0], ",".repeat(cvm_core::columns::CUSTOMER.len() - 1)),
            "no values"
        );
        assert!(lines[2].starts_with(&chosen[1].to_string()) && lines.len() == 3);
        assert!(!text.contains(",=1"), "no formula: {text}");
    }
}
