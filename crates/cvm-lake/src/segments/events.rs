//! What persons did, many at once: each condition looks only at the rows of its own event.
//!
//! Rows are dealt out by kind and name once, texts are compared once a word, and what is counted goes straight to the place of
//! whose row it is. So a hundred conditions cost little more than one.

use super::json::member;
use crate::LakeError;
use cvm_core::order::funnel_step;
use cvm_core::segment::{
    Calendar, Comparison, Did, EventKind, Happening, Known, NotFollowed, PROPERTY_PREFIX, Sequence, Times, What,
    counts_as_purchase, follow,
};
use datafusion::arrow::array::{
    Array, AsArray, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, ListArray, StringArray,
    StructArray,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::Int32Type;

const DAY: i64 = 86_400_000_000;

/// The paths of all that is read of events but properties.
pub(super) const COLUMNS: &[&str] = &[
    "events.list.element.kind",
    "events.list.element.time",
    "events.list.element.name",
    "events.list.element.source",
    "events.list.element.channel",
    "events.list.element.product",
    "events.list.element.category",
    "events.list.element.coupon",
    "events.list.element.amount",
    "events.list.element.in_currency",
    "events.list.element.quantity",
    "events.list.element.order",
];

/// The path of properties, which few conditions need.
pub(super) const PROPERTIES: &str = "events.list.element.properties";

/// Whether conditions on an event look at its properties.
pub(super) fn needs_properties(happening: &Happening) -> bool {
    happening.conditions.iter().any(|condition| condition.name.starts_with(PROPERTY_PREFIX))
}

/// The events of some persons.
pub(super) struct Events<'a> {
    people: usize,
    all: &'a StructArray,
    /// Whose each row is.
    owners: Vec<u32>,
    times: &'a Int64Array,
    amounts: &'a Int64Array,
    in_currency: &'a BooleanArray,
    quantities: &'a Float64Array,
    orders: &'a Int32Array,
    names: &'a DictionaryArray<Int32Type>,
    /// Rows by kind and name, and where those of which begin.
    rows: Vec<u32>,
    begins: Vec<usize>,
}

impl<'a> Events<'a> {
    pub(super) fn new(lists: &'a ListArray) -> Result<Self, LakeError> {
        let all = lists.values().as_struct();
        let column = |name: &str| {
            all.column_by_name(name).ok_or_else(|| LakeError::Table(format!("events lack the column {name}")))
        };
        let kinds = column("kind")?.as_primitive::<Int32Type>();
        let names: &DictionaryArray<Int32Type> = column("name")?.as_dictionary();
        // Rows of persons that are not among these come before and after, where the list is a part of another.
        let mut owners = vec![u32::MAX; all.len()];
        for (person, bounds) in lists.offsets().windows(2).enumerate() {
            owners[bounds[0] as usize..bounds[1] as usize].fill(person as u32);
        }
        let words = names.values().len();
        let bucket = |row: usize| kinds.value(row) as usize * (words + 1) + names.key(row).unwrap_or(words);
        let mut begins = vec![0; EventKind::ALL.len() * (words + 1) + 1];
        let theirs = || (0..all.len()).filter(|&row| owners[row] != u32::MAX);
        for row in theirs() {
            begins[bucket(row) + 1] += 1;
        }
        for place in 1..begins.len() {
            begins[place] += begins[place - 1];
        }
        let (mut rows, mut next) = (vec![0; begins[begins.len() - 1]], begins.clone());
        for row in theirs() {
            let place = &mut next[bucket(row)];
            rows[*place] = row as u32;
            *place += 1;
        }
        Ok(Self {
            people: lists.len(),
            all,
            times: column("time")?.as_primitive(),
            amounts: column("amount")?.as_primitive(),
            in_currency: column("in_currency")?.as_boolean(),
            quantities: column("quantity")?.as_primitive(),
            orders: column("order")?.as_primitive(),
            names,
            owners,
            rows,
            begins,
        })
    }

    fn word(&self, word: usize) -> &str {
        self.names.values().as_string::<i32>().value(word)
    }

    /// The rows of an event, some of each name; those of one name in their order.
    fn rows_of(&self, what: &What) -> Vec<&[u32]> {
        let words = self.names.values().len();
        let of = |kinds: &[EventKind], named: &dyn Fn(Option<usize>) -> bool| {
            let mut found = Vec::new();
            for (place, _) in EventKind::ALL.iter().enumerate().filter(|(_, kind)| kinds.contains(kind)) {
                for word in (0..=words).filter(|&word| named((word < words).then_some(word))) {
                    let bucket = place * (words + 1) + word;
                    found.push(&self.rows[self.begins[bucket]..self.begins[bucket + 1]]);
                }
            }
            found
        };
        let named = |kind: EventKind, name: &str| of(&[kind], &|word| word.is_some_and(|word| self.word(word) == name));
        match what {
            What::Purchase => of(&[EventKind::Line], &|_| true),
            What::Visit => of(&[EventKind::Page, EventKind::Screen], &|_| true),
            What::Event(name) => named(EventKind::Track, name),
            What::Page(name) => named(EventKind::Page, name),
            What::Screen(name) => named(EventKind::Screen, name),
            What::Step(step) => {
                of(&[EventKind::Track], &|word| word.is_some_and(|word| funnel_step(self.word(word)) == Some(*step)))
            }
        }
    }

    /// Calls with every row of an event from one time to another: its number and its owner's.
    fn each(
        &self,
        happening: &Happening,
        calendar: &Calendar,
        (from, to): (i64, i64),
        mut found: impl FnMut(usize, usize),
    ) -> Result<(), LakeError> {
        let checks =
            happening.conditions.iter().map(|condition| Check::new(self, &condition.name, &condition.is, calendar));
        let checks = checks.collect::<Result<Vec<_>, _>>()?;
        for rows in self.rows_of(&happening.what) {
            for &row in rows {
                let row = row as usize;
                let time = self.times.value(row);
                if time >= from && time <= to && checks.iter().all(|check| check.holds(self, row, calendar)) {
                    found(row, self.owners[row] as usize);
                }
            }
        }
        Ok(())
    }

    /// What is worth less than nothing was given back.
    fn is_done(&self, row: usize) -> bool {
        self.amounts.is_null(row) || self.amounts.value(row) >= 0
    }

    pub(super) fn did(&self, did: &Did, calendar: &Calendar) -> Result<BooleanBuffer, LakeError> {
        let (mut counts, mut sums) = (vec![0_u64; self.people], vec![0_i64; self.people]);
        let is_purchase = did.event.what == What::Purchase;
        let mut order = Order::default();
        self.each(&did.event, calendar, calendar.window(did.when), |row, owner| {
            if !is_purchase {
                counts[owner] += 1;
                return;
            }
            let key = (owner, self.orders.value(row));
            if order.key != Some(key) {
                order.end(&mut counts);
                order.key = Some(key);
            }
            let amount = if self.amounts.is_valid(row) { self.amounts.value(row) } else { 0 };
            order.amount = order.amount.saturating_add(amount);
            order.any_given_back |= amount < 0;
            if self.in_currency.value(row) {
                sums[owner] = sums[owner].saturating_add(amount);
            }
        })?;
        order.end(&mut counts);
        let times = did.times.unwrap_or(Times::AtLeast(1));
        Ok(BooleanBuffer::collect_bool(self.people, |person| {
            times.fit(counts[person]) && did.spending.is_none_or(|spending| spending.fits(sums[person]))
        }))
    }

    pub(super) fn sequence(&self, sequence: &Sequence, calendar: &Calendar) -> Result<BooleanBuffer, LakeError> {
        let mut moments: Vec<(usize, i64, usize)> = Vec::new();
        for (step, happening) in sequence.steps.iter().enumerate() {
            let window = calendar.window(sequence.when.filter(|_| step == 0));
            self.each(happening, calendar, window, |row, owner| {
                if self.is_done(row) {
                    moments.push((owner, self.times.value(row), step));
                }
            })?;
        }
        moments.sort_unstable();
        let mut whole = vec![false; self.people];
        for theirs in moments.chunk_by(|a, b| a.0 == b.0) {
            let mut steps: Vec<(i64, usize)> = theirs.iter().map(|&(_, time, step)| (time, step)).collect();
            whole[theirs[0].0] = follow(&mut steps, sequence.steps.len(), sequence.within_days);
        }
        Ok(whole.into_iter().collect())
    }

    pub(super) fn not_followed(&self, asked: &NotFollowed, calendar: &Calendar) -> Result<BooleanBuffer, LakeError> {
        let latest = |happening: &Happening, window: (i64, i64)| {
            let mut latest = vec![i64::MIN; self.people];
            self.each(happening, calendar, window, |row, owner| {
                if self.is_done(row) {
                    latest[owner] = latest[owner].max(self.times.value(row));
                }
            })?;
            Ok::<_, LakeError>(latest)
        };
        let (from, to) = calendar.window(asked.when);
        let first = latest(&asked.first, (from, to.min(calendar.now() - i64::from(asked.for_days) * DAY)))?;
        let then = latest(&asked.then, (i64::MIN, calendar.now()))?;
        Ok(BooleanBuffer::collect_bool(self.people, |person| first[person] > i64::MIN && first[person] >= then[person]))
    }
}

/// The order whose lines come.
#[derive(Default)]
struct Order {
    key: Option<(usize, i32)>,
    amount: i64,
    any_given_back: bool,
}

impl Order {
    /// Counts it.
    fn end(&mut self, counts: &mut [u64]) {
        let Self { key, amount, any_given_back } = std::mem::take(self);
        if let Some((owner, _)) = key
            && counts_as_purchase(amount, any_given_back)
        {
            counts[owner] += 1;
        }
    }
}

/// A condition on a property, ready for rows.
enum Check<'a> {
    /// By words: whether it holds for each, and for none.
    Words(&'a DictionaryArray<Int32Type>, Vec<bool>, bool),
    Amount(&'a Comparison),
    Quantity(&'a Comparison),
    Property(&'a StringArray, &'a str, &'a Comparison),
}

impl<'a> Check<'a> {
    fn new(events: &Events<'a>, name: &'a str, is: &'a Comparison, calendar: &Calendar) -> Result<Self, LakeError> {
        let column = |name: &str| {
            events.all.column_by_name(name).ok_or_else(|| LakeError::Internal(format!("`{name}` was not read")))
        };
        if let Some(property) = name.strip_prefix(PROPERTY_PREFIX) {
            return Ok(Self::Property(column("properties")?.as_string(), property, is));
        }
        Ok(match name {
            "amount" => Self::Amount(is),
            "quantity" => Self::Quantity(is),
            _ => {
                let column: &DictionaryArray<Int32Type> = column(name)?.as_dictionary();
                let words = column.values().as_string::<i32>().iter();
                let holds = words.map(|word| is.holds(word.map(Known::Text), calendar)).collect();
                Self::Words(column, holds, is.holds(None, calendar))
            }
        })
    }

    fn holds(&self, events: &Events<'_>, row: usize, calendar: &Calendar) -> bool {
        match self {
            Self::Words(column, holds, nothing) => column.key(row).map_or(*nothing, |word| holds[word]),
            Self::Amount(is) => {
                let known = events.amounts.is_valid(row) && events.in_currency.value(row);
                let amount = known.then(|| Known::Number(events.amounts.value(row) as f64 / 10_000.0));
                is.holds(amount, calendar)
            }
            Self::Quantity(is) => {
                let quantity = events.quantities.is_valid(row).then(|| Known::Number(events.quantities.value(row)));
                is.holds(quantity, calendar)
            }
            Self::Property(texts, name, is) => {
                let value = if texts.is_valid(row) { member(texts.value(row), name) } else { None };
                is.holds(value.as_ref().and_then(Known::of), calendar)
            }
        }
    }
}
