//! A rule read aloud, in the language of who reads it.
//!
//! Conditions are short phrases of nouns, which join in every language without the cases and genders of a sentence about "he or
//! she".

use super::comparison::{Comparison, Scalar};
use super::{
    ConsentIs, Did, FieldIs, Happening, Node, NotFollowed, PropertyIs, Rule, Sequence, Spending, Times, What, When,
    Word,
};
use crate::order::FunnelStep;
use crate::text::{Value, Words};

/// Texts of one condition that are read out; the rest is an ellipsis.
const READ_OUT: usize = 10;

/// What a sentence names that the rule knows by an id only.
#[derive(Clone, Copy)]
pub struct Naming<'a> {
    /// The currency of the settings.
    pub currency: &'a str,
    /// The name of a segment.
    pub segment: &'a dyn Fn(&str) -> Option<String>,
}

impl Rule {
    /// The rule in words.
    pub fn sentence(&self, words: Words, naming: &Naming<'_>) -> String {
        capital(&self.who.phrase(words, naming))
    }
}

impl Node {
    /// The condition in words, to be put among others.
    pub fn phrase(&self, words: Words, naming: &Naming<'_>) -> String {
        let reader = Reader { words, naming };
        match self {
            Self::All(nodes) => reader.joined("rule-and", nodes),
            Self::Any(nodes) => reader.joined("rule-or", nodes),
            Self::Not(node) => words.with("rule-not", &[("condition", reader.part(node).into())]),
            Self::Field(FieldIs { name, is }) => reader.comparison(name, is),
            Self::Did(did) => reader.did(did),
            Self::Sequence(sequence) => reader.sequence(sequence),
            Self::NotFollowed(not_followed) => reader.not_followed(not_followed),
            Self::Consent(consent) => reader.consent(consent),
            Self::Segment(id) => {
                let name = (naming.segment)(id).unwrap_or_else(|| id.clone());
                words.with("rule-segment", &[("name", reader.quoted(&name).into())])
            }
            Self::Sql(sql) => words.with("rule-sql", &[("sql", reader.quoted(&shortened(sql)).into())]),
        }
    }
}

impl Words {
    /// The name of a field, or of a property of events: of one that is not ours, the name that its sender gave it.
    pub fn field(self, name: &str) -> String {
        let short = name.split_once('.').map_or(name, |(_, short)| short);
        let is_ours = !name.starts_with(super::PROPERTY_PREFIX);
        let known = if is_ours { self.find(&format!("field-{short}"), &[]) } else { None };
        known.unwrap_or_else(|| self.with("rule-quoted", &[("text", short.into())]))
    }

    /// What a step of buying is called.
    pub fn funnel_step(self, step: FunnelStep) -> String {
        self.named("funnel", &step.name())
    }

    /// The name of a segment that is there from the start.
    pub fn ready_segment(self, id: &str) -> String {
        self.named("ready", id)
    }
}

struct Reader<'a> {
    words: Words,
    naming: &'a Naming<'a>,
}

impl Reader<'_> {
    /// A condition within another: groups are held together.
    fn part(&self, node: &Node) -> String {
        let phrase = node.phrase(self.words, self.naming);
        match node {
            Node::All(nodes) | Node::Any(nodes) if nodes.len() > 1 => {
                self.words.with("rule-group", &[("condition", phrase.into())])
            }
            _ => phrase,
        }
    }

    fn joined(&self, by: &str, nodes: &[Node]) -> String {
        self.join(by, nodes.iter().map(|node| self.part(node)).collect())
    }

    fn join(&self, by: &str, parts: Vec<String>) -> String {
        let join =
            |first: String, second: String| self.words.with(by, &[("first", first.into()), ("second", second.into())]);
        parts.into_iter().reduce(join).unwrap_or_default()
    }

    fn quoted(&self, text: &str) -> String {
        self.words.with("rule-quoted", &[("text", text.into())])
    }

    fn number(&self, number: f64) -> String {
        let decimals = (0..=4).find(|&places| is_whole(number * 10_f64.powi(places))).unwrap_or(4);
        self.words.number(number, decimals as u8)
    }

    fn scalar(&self, field: &str, scalar: &Scalar) -> String {
        match scalar {
            Scalar::Flag(true) => self.words.text("rule-true"),
            Scalar::Flag(false) => self.words.text("rule-false"),
            Scalar::Number(number) => self.number(*number),
            Scalar::Text(text) => match field {
                "values.rfm_segment" => self.quoted(&self.words.segment(text)),
                "values.value_tier" => self.quoted(&self.words.tier(text)),
                _ => self.quoted(text),
            },
        }
    }

    fn comparison(&self, name: &str, is: &Comparison) -> String {
        let field = || Value::from(self.words.field(name));
        let text = |id: &str, value: String| self.words.with(id, &[("field", field()), ("value", value.into())]);
        let days = |id: &str, days: u32| self.words.with(id, &[("field", field()), ("days", u64::from(days).into())]);
        let date = |id: &str, date: &chrono::NaiveDate| {
            self.words.with(id, &[("field", field()), ("date", self.words.date(&date.to_string()).into())])
        };
        match is {
            Comparison::Equals(scalar) => text("rule-equals", self.scalar(name, scalar)),
            Comparison::OneOf(scalars) => {
                let mut values: Vec<String> =
                    scalars.iter().take(READ_OUT).map(|scalar| self.scalar(name, scalar)).collect();
                if scalars.len() > READ_OUT {
                    values.push("…".to_owned());
                }
                let values = self.join("rule-details", values);
                self.words.with("rule-one_of", &[("field", field()), ("values", values.into())])
            }
            Comparison::Contains(part) => text("rule-contains", self.quoted(part)),
            Comparison::StartsWith(part) => text("rule-starts_with", self.quoted(part)),
            Comparison::Above(bound) => text("rule-above", self.number(*bound)),
            Comparison::AtLeast(bound) => text("rule-at_least", self.number(*bound)),
            Comparison::Below(bound) => text("rule-below", self.number(*bound)),
            Comparison::AtMost(bound) => text("rule-at_most", self.number(*bound)),
            Comparison::Between(low, high) => {
                let (low, high) = (self.number(*low), self.number(*high));
                self.words.with("rule-between", &[("field", field()), ("low", low.into()), ("high", high.into())])
            }
            Comparison::On(day) => date("rule-on", day),
            Comparison::Before(day) => date("rule-before", day),
            Comparison::After(day) => date("rule-after", day),
            Comparison::InLastDays(count) => days("rule-in_last_days", *count),
            Comparison::MoreThanDaysAgo(count) => days("rule-more_than_days_ago", *count),
            Comparison::InNextDays(count) => days("rule-in_next_days", *count),
            Comparison::BirthdayInDays(count) => days("rule-birthday_in_days", *count),
            Comparison::IsSet(true) => self.words.with("rule-is_set", &[("field", field())]),
            Comparison::IsSet(false) => self.words.with("rule-is_not_set", &[("field", field())]),
        }
    }

    fn happening(&self, Happening { what, conditions }: &Happening) -> String {
        let named = |id: &str, name: &str| self.words.with(id, &[("name", self.quoted(name).into())]);
        let event = match what {
            What::Purchase => self.words.text("rule-purchase"),
            What::Visit => self.words.text("rule-visit"),
            What::Event(name) => named("rule-event", name),
            What::Page(name) => named("rule-page", name),
            What::Screen(name) => named("rule-screen", name),
            What::Step(step) => self.words.funnel_step(*step),
        };
        if conditions.is_empty() {
            return event;
        }
        let conditions = conditions.iter().map(|PropertyIs { name, is }| self.comparison(name, is)).collect();
        let conditions = self.join("rule-details", conditions);
        self.words.with("rule-with", &[("event", event.into()), ("conditions", conditions.into())])
    }

    fn when(&self, when: Option<When>) -> Option<String> {
        Some(match when? {
            When::InLastDays(days) => self.words.with("rule-when-last", &[("days", u64::from(days).into())]),
            When::Between(days) => {
                let [from, to] = [days.from, days.to].map(|day| self.words.date(&day.to_string()));
                self.words.with("rule-when-between", &[("from", from.into()), ("to", to.into())])
            }
        })
    }

    fn times(&self, times: Times) -> String {
        let (id, count) = match times {
            Times::Exactly(0) | Times::AtMost(0) => return self.words.text("rule-never"),
            Times::AtLeast(count) => ("rule-times-at_least", count),
            Times::AtMost(count) => ("rule-times-at_most", count),
            Times::Exactly(count) => ("rule-times-exactly", count),
        };
        self.words.with(id, &[("count", u64::from(count).into())])
    }

    fn did(&self, did: &Did) -> String {
        let spending = did.spending.map(|spending| {
            let (id, amount) = match spending {
                Spending::AtLeast(amount) => ("rule-spending-at_least", amount),
                Spending::AtMost(amount) => ("rule-spending-at_most", amount),
            };
            let amount = self.words.money(amount, Some(self.naming.currency));
            self.words.with(id, &[("amount", amount.into())])
        });
        let times = self.times(did.times.unwrap_or(Times::AtLeast(1)));
        let details = [Some(times), self.when(did.when), spending].into_iter().flatten().collect();
        let details = self.join("rule-details", details);
        self.words.with("rule-did", &[("event", self.happening(&did.event).into()), ("details", details.into())])
    }

    /// A phrase and when that was, if it matters.
    fn timed(&self, phrase: String, when: Option<When>) -> String {
        match self.when(when) {
            Some(when) => self.words.with("rule-details", &[("first", phrase.into()), ("second", when.into())]),
            None => phrase,
        }
    }

    fn sequence(&self, Sequence { steps, within_days, when }: &Sequence) -> String {
        let mut steps: Vec<String> = steps.iter().map(|step| self.happening(step)).collect();
        if let Some(first) = steps.first_mut() {
            *first = self.timed(std::mem::take(first), *when);
        }
        let steps = self.join("rule-then", steps);
        self.words.with("rule-sequence", &[("steps", steps.into()), ("days", u64::from(*within_days).into())])
    }

    fn not_followed(&self, NotFollowed { first, then, for_days, when }: &NotFollowed) -> String {
        let first = self.timed(self.happening(first), *when);
        let values =
            [("first", first.into()), ("then", self.happening(then).into()), ("days", u64::from(*for_days).into())];
        self.words.with("rule-not_followed", &values)
    }

    fn consent(&self, ConsentIs { purpose, channel, is }: &ConsentIs) -> String {
        let id = match is {
            Word::Granted => "rule-consent-granted",
            Word::Denied => "rule-consent-denied",
            Word::Unknown => "rule-consent-unknown",
        };
        let channel = channel.as_ref().map(|name| self.words.channel(name).unwrap_or_else(|| self.quoted(name)));
        let channel = channel.unwrap_or_else(|| self.words.text("rule-any_channel"));
        self.words.with(id, &[("purpose", self.quoted(purpose).into()), ("channel", channel.into())])
    }
}

fn is_whole(number: f64) -> bool {
    (number - number.round()).abs() < 1e-9
}

fn capital(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Letters of a condition in SQL that a sentence repeats.
const SQL_SHOWN: usize = 160;

/// A list of many ids is no sentence.
fn shortened(sql: &str) -> String {
    match sql.char_indices().nth(SQL_SHOWN) {
        Some((end, _)) => format!("{}…", &sql[..end]),
        None => sql.to_owned(),
    }
}
