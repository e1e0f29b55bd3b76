//! Whether one customer belongs to a segment. The lake answers the same for everybody, column by column.

use super::comparison::{Calendar, Known};
use super::fields::{ATTRIBUTES, FieldKind, PROFILE, PROPERTY_PREFIX, VALUES, kind_of};
use super::{
    Consent, ConsentIs, Did, Event, EventKind, Facts, FieldIs, Happening, Node, NotFollowed, Person, Rule, Sequence,
    Times, What, When, Word,
};
use crate::message::MessageKind;
use crate::order::funnel_step;
use chrono::NaiveDate;
use serde_json::Value;
use std::ops::RangeInclusive;

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

impl Rule {
    /// Whether the rule holds; `None` where it depends on what only the lake can tell.
    pub fn holds(&self, facts: &Facts<'_>) -> Option<bool> {
        self.who.holds(facts)
    }

    /// When, by the passing of time alone, the answer may next be another.
    pub fn next_change(&self, facts: &Facts<'_>) -> Option<i64> {
        self.nodes().into_iter().filter_map(|(_, node)| node.next_change(facts)).min()
    }
}

impl Node {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> Option<bool> {
        match self {
            Self::All(nodes) => decided(nodes, facts, false),
            Self::Any(nodes) => decided(nodes, facts, true),
            Self::Not(node) => node.holds(facts).map(|holds| !holds),
            Self::Field(FieldIs { name, is }) => Some(is.holds(field(name, facts), facts.calendar)),
            Self::Did(did) => Some(did.holds(facts)),
            Self::Sequence(sequence) => Some(sequence.holds(facts)),
            Self::NotFollowed(not_followed) => Some(not_followed.holds(facts)),
            Self::Consent(is) => Some(consent(&facts.person.consents, is)),
            Self::Segment(id) => (facts.is_in)(id),
            Self::Sql(_) => None,
        }
    }

    pub(super) fn next_change(&self, facts: &Facts<'_>) -> Option<i64> {
        let calendar = facts.calendar;
        let of_event = |happening: &Happening, when: Option<When>| {
            let fits = facts.person.events.iter().filter(|event| happening.fits(event, calendar));
            fits.filter_map(|event| next_change_of(event.time, when, calendar)).min()
        };
        match self {
            Self::Field(FieldIs { name, is }) => is.next_change(field(name, facts), calendar),
            Self::Did(did) => of_event(&did.event, did.when),
            Self::Sequence(sequence) => {
                let steps = sequence.steps.iter().enumerate();
                steps.filter_map(|(step, event)| of_event(event, sequence.when.filter(|_| step == 0))).min()
            }
            Self::NotFollowed(NotFollowed { first, then, for_days, when }) => {
                let fits = facts.person.events.iter().filter(|event| first.fits(event, calendar));
                let waited = fits.map(|event| event.time.saturating_add(i64::from(*for_days) * DAY));
                let waited = waited.filter(|&time| time > calendar.now()).min();
                [waited, of_event(first, *when), of_event(then, None)].into_iter().flatten().min()
            }
            _ => None,
        }
    }
}

/// Any (or all, with `by` false) of some conditions: one that holds (or does not) decides, whatever is not known of the rest.
fn decided(nodes: &[Node], facts: &Facts<'_>, by: bool) -> Option<bool> {
    let mut all_known = true;
    for node in nodes {
        match node.holds(facts) {
            Some(holds) if holds == by => return Some(by),
            Some(_) => {}
            None => all_known = false,
        }
    }
    all_known.then_some(!by)
}

/// When an event, that stays where it is, next enters or leaves a window.
fn next_change_of(time: i64, when: Option<When>, calendar: &Calendar) -> Option<i64> {
    let leaves = match when {
        Some(When::InLastDays(days)) => time.checked_add(i64::from(days) * DAY),
        _ => None,
    };
    [Some(time), leaves].into_iter().flatten().filter(|&at| at > calendar.now()).min()
}

/// What is known of a field.
pub(super) fn field<'a>(name: &str, facts: &Facts<'a>) -> Option<Known<'a>> {
    if let Some(attribute) = name.strip_prefix(ATTRIBUTES) {
        return Known::of(facts.person.attributes.get(attribute)?);
    }
    if let Some(column) = name.strip_prefix(VALUES) {
        return value(facts.values?.get(column)?, kind_of(name)?);
    }
    let time = match name.strip_prefix(PROFILE)? {
        "first_seen_at" => facts.person.first_seen_at,
        "last_seen_at" => facts.person.last_seen_at,
        _ => return None,
    };
    Some(Known::Day(facts.calendar.day(time)))
}

/// A value column from its JSON, in which exact amounts may stand as text.
fn value(value: &Value, kind: FieldKind) -> Option<Known<'_>> {
    match (kind, value) {
        (FieldKind::Date, Value::String(day)) => day.parse::<NaiveDate>().ok().map(Known::Day),
        (FieldKind::Number, Value::String(number)) => number.parse().ok().map(Known::Number),
        (_, value) => Known::of(value),
    }
}

/// The last word on a purpose by a channel, or for all channels.
pub fn consent(consents: &[Consent], is: &ConsentIs) -> bool {
    let channel = is.channel.as_deref().unwrap_or("any");
    let counts =
        |consent: &&Consent| consent.purpose == is.purpose && (consent.channel == channel || consent.channel == "any");
    let last = consents.iter().filter(counts).max_by_key(|consent| (consent.time, !consent.granted));
    match is.is {
        Word::Granted => last.is_some_and(|last| last.granted),
        Word::Denied => last.is_some_and(|last| !last.granted),
        Word::Unknown => last.is_none(),
    }
}

impl What {
    fn is(&self, event: &Event) -> bool {
        let named = |kind: EventKind, name: &String| event.kind == kind && event.name.as_ref() == Some(name);
        match self {
            Self::Purchase => event.kind == EventKind::Line,
            Self::Visit => matches!(event.kind, EventKind::Page | EventKind::Screen),
            Self::Event(name) => named(EventKind::Track, name),
            Self::Page(name) => named(EventKind::Page, name),
            Self::Screen(name) => named(EventKind::Screen, name),
            Self::Step(step) => {
                event.kind == EventKind::Track && event.name.as_deref().and_then(funnel_step) == Some(*step)
            }
        }
    }
}

impl Happening {
    /// Whether an event is what is asked for, whenever it was.
    fn fits(&self, event: &Event, calendar: &Calendar) -> bool {
        self.what.is(event) && self.conditions.iter().all(|one| one.is.holds(property(event, &one.name), calendar))
    }

    /// When somebody last did it within a time; what was given back is not done.
    pub fn latest(&self, person: &Person, within: RangeInclusive<i64>, calendar: &Calendar) -> Option<i64> {
        let times = person.events.iter().filter(|event| within.contains(&event.time) && is_done(event));
        times.filter(|event| self.fits(event, calendar)).map(|event| event.time).max()
    }
}

impl Happening {
    /// When somebody did it, the first time first; lines of one order are one time, and what was given back is not done.
    pub fn times(&self, person: &Person, calendar: &Calendar) -> Vec<i64> {
        let done = person.events.iter().filter(|event| is_done(event) && self.fits(event, calendar));
        let mut times: Vec<i64> = done.map(|event| event.time).collect();
        times.sort_unstable();
        times.dedup();
        times
    }
}

fn property<'a>(event: &'a Event, name: &str) -> Option<Known<'a>> {
    let text = |text: &'a Option<String>| text.as_deref().map(Known::Text);
    match name {
        "category" => text(&event.category),
        "product" => text(&event.product),
        "channel" => text(&event.channel),
        "coupon" => text(&event.coupon),
        "source" => Some(Known::Text(&event.source)),
        "amount" => event.amount.filter(|_| event.in_currency).map(|amount| Known::Number(amount as f64 / 10_000.0)),
        "quantity" => event.quantity.map(Known::Number),
        name => Known::of(event.properties.get(name.strip_prefix(PROPERTY_PREFIX)?)?),
    }
}

/// Whether lines of an order, worth so much in all, are a purchase; some of them may have been given back.
pub fn counts_as_purchase(amount: i64, any_given_back: bool) -> bool {
    amount > 0 || amount == 0 && !any_given_back
}

impl Did {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        let (from, to) = facts.calendar.window(self.when);
        let events = facts.person.events.iter();
        let fits = events
            .filter(|event| (from..=to).contains(&event.time) && self.event.fits(event, facts.calendar))
            .collect::<Vec<_>>();
        let count = match self.event.what {
            What::Purchase => fits.chunk_by(|a, b| a.order == b.order).filter(|lines| is_purchase(lines)).count(),
            _ => fits.len(),
        };
        let spent = fits.iter().filter(|event| event.in_currency).filter_map(|event| event.amount);
        let spent = spent.fold(0, i64::saturating_add);
        self.times.unwrap_or(Times::AtLeast(1)).fit(count as u64)
            && self.spending.is_none_or(|spending| spending.fits(spent))
    }
}

fn is_purchase(lines: &[&Event]) -> bool {
    let amounts = || lines.iter().filter_map(|line| line.amount);
    counts_as_purchase(amounts().fold(0, i64::saturating_add), amounts().any(|amount| amount < 0))
}

/// Whether it is something somebody did, not something they gave back.
fn is_done(event: &Event) -> bool {
    event.amount.is_none_or(|amount| amount >= 0)
}

impl Sequence {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        let (from, now) = (facts.calendar.window(self.when), facts.calendar.now());
        let mut moments = Vec::new();
        for event in facts.person.events.iter().filter(|event| event.time <= now && is_done(event)) {
            for (step, happening) in self.steps.iter().enumerate() {
                let in_time = step > 0 || (from.0..=from.1).contains(&event.time);
                if in_time && happening.fits(event, facts.calendar) {
                    moments.push((event.time, step));
                }
            }
        }
        follow(&mut moments, self.steps.len(), self.within_days)
    }
}

/// Whether moments of steps make a whole sequence, each within so many days after the one before.
pub fn follow(moments: &mut [(i64, usize)], steps: usize, within_days: u32) -> bool {
    moments.sort_unstable();
    let within = i64::from(within_days) * DAY;
    // When each step was last reached: the later, the more can follow.
    let mut reached: Vec<Option<i64>> = vec![None; steps];
    // The last step first, so that nothing follows what is of the same moment.
    for same in moments.chunk_by(|a, b| a.0 == b.0) {
        for &(time, step) in same.iter().rev() {
            let follows = |before: i64| before < time && time - before <= within;
            if step == 0 || reached[step - 1].is_some_and(follows) {
                reached[step] = Some(time);
            }
        }
    }
    reached.last().is_some_and(Option::is_some)
}

impl NotFollowed {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        let (calendar, (from, to)) = (facts.calendar, facts.calendar.window(self.when));
        let long_ago = calendar.now() - i64::from(self.for_days) * DAY;
        // If any was not followed, the latest was not.
        let first = self.first.latest(facts.person, from..=to.min(long_ago), calendar);
        let then = self.then.latest(facts.person, i64::MIN..=calendar.now(), calendar);
        first.is_some_and(|first| then.is_none_or(|then| then <= first))
    }
}

impl EventKind {
    /// That of a message; none for what is no event.
    pub fn of(kind: MessageKind) -> Option<Self> {
        match kind {
            MessageKind::Track => Some(Self::Track),
            MessageKind::Page => Some(Self::Page),
            MessageKind::Screen => Some(Self::Screen),
            MessageKind::Identify | MessageKind::Group | MessageKind::Alias => None,
        }
    }
}
