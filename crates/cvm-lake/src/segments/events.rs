//! What persons did, many at once: each condition looks only at the rows of its own event.
//!
//! Rows are dealt out by kind and name once, texts are compared once a word, and what is counted goes straight to the place of
//! whose row it is. So a hundred conditions cost little more than one.

use super::json::member;
use crate::LakeError;
use cvm_core::order::funnel_step;
use cvm_core::segment::{
    Calendar, Comparison, Did, EventKind, Happening, Known, Node, NotFollowed, PROPERTY_PREFIX, Sequence, Times, What,
    counts_as_purchase, follow,
};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, ListArray,
    StringArray, StructArray,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::Int32Type;

const DAY: i64 = 86_400_000_000;

/// What is read of every event.
const ALWAYS: [&str; 3] = ["kind", "time", "name"];

/// The columns of events that a condition on what somebody did needs.
pub(super) fn columns_of(node: &Node) -> Vec<&str> {
    let mut columns = Vec::new();
    for happening in node.happenings() {
        columns.extend(ALWAYS);
        for condition in &happening.conditions {
            match condition.name.as_str() {
                name if name.starts_with(PROPERTY_PREFIX) => columns.push("properties"),
                "amount" => columns.extend(["amount", "in_currency"]),
                name => columns.push(name),
            }
        }
        match node {
            Node::Did(_) if happening.what == What::Purchase => columns.extend(["order", "amount", "in_currency"]),
            Node::Did(_) => {}
            _ => columns.push("amount"),
        }
    }
    columns
}

/// The events of some persons.
pub(super) struct Events<'a> {
    people: usize,
    all: &'a StructArray,
    /// Whose each row is.
    owners: Vec<u32>,
    times: &'a Int64Array,
    names: &'a DictionaryArray<Int32Type>,
    /// Rows by kind and name, and where those of which begin.
    rows: Vec<u32>,
    begins: Vec<usize>,
}

impl<'a> Events<'a> {
    pub(super) fn new(lists: &'a ListArray) -> Result<Self, LakeError> {
        let all = lists.values().as_struct();
        let kinds = column(all, "kind")?.as_primitive::<Int32Type>();
        let names: &DictionaryArray<Int32Type> = column(all, "name")?.as_dictionary();
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
        Ok(Self { people: lists.len(), all, times: column(all, "time")?.as_primitive(), names, owners, rows, begins })
    }

    /// Amounts, and whether each is in the company's currency.
    fn amounts(&self) -> Result<(&'a Int64Array, &'a BooleanArray), LakeError> {
        Ok((column(self.all, "amount")?.as_primitive(), column(self.all, "in_currency")?.as_boolean()))
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
                if time >= from && time <= to && checks.iter().all(|check| check.holds(row, calendar)) {
                    found(row, self.owners[row] as usize);
                }
            }
        }
        Ok(())
    }

    /// Which rows were not given back: those are worth less than nothing.
    fn done(&self) -> Result<impl Fn(usize) -> bool + use<'a>, LakeError> {
        let amounts: &'a Int64Array = column(self.all, "amount")?.as_primitive();
        Ok(move |row| amounts.is_null(row) || amounts.value(row) >= 0)
    }

    pub(super) fn did(&self, did: &Did, calendar: &Calendar) -> Result<BooleanBuffer, LakeError> {
        let mut counts = vec![0_u64; self.people];
        let times = did.times.unwrap_or(Times::AtLeast(1));
        let fits = |count, sum| times.fit(count) && did.spending.is_none_or(|spending| spending.fits(sum));
        let window = calendar.window(did.when);
        if did.event.what != What::Purchase {
            self.each(&did.event, calendar, window, |_, owner| counts[owner] += 1)?;
            return Ok(BooleanBuffer::collect_bool(self.people, |person| fits(counts[person], 0)));
        }
        let mut sums = vec![0_i64; self.people];
        let (amounts, in_currency) = self.amounts()?;
        let orders: &Int32Array = column(self.all, "order")?.as_primitive();
        let mut order = Order::default();
        self.each(&did.event, calendar, window, |row, owner| {
            let key = (owner, orders.value(row));
            if order.key != Some(key) {
                order.end(&mut counts);
                order.key = Some(key);
            }
            let amount = if amounts.is_valid(row) { amounts.value(row) } else { 0 };
            order.amount = order.amount.saturating_add(amount);
            order.any_given_back |= amount < 0;
            if in_currency.value(row) {
                sums[owner] = sums[owner].saturating_add(amount);
            }
        })?;
        order.end(&mut counts);
        Ok(BooleanBuffer::collect_bool(self.people, |person| fits(counts[person], sums[person])))
    }

    pub(super) fn sequence(&self, sequence: &Sequence, calendar: &Calendar) -> Result<BooleanBuffer, LakeError> {
        let is_done = self.done()?;
        let steps = sequence.steps.len();
        // How many steps each has done at all, from the first on: whoever lacks one is out.
        let mut did = vec![0_usize; self.people];
        let mut moments: Vec<(usize, i64, usize)> = Vec::new();
        for (step, happening) in sequence.steps.iter().enumerate() {
            let window = calendar.window(sequence.when.filter(|_| step == 0));
            self.each(happening, calendar, window, |row, owner| {
                let moment = (owner, self.times.value(row), step);
                // Lines of one order are one moment.
                if did[owner] >= step && moments.last() != Some(&moment) && is_done(row) {
                    did[owner] = step + 1;
                    moments.push(moment);
                }
            })?;
        }
        // Side by side, whoever they belong to.
        moments.retain(|&(owner, ..)| did[owner] == steps);
        let mut ends = vec![0_usize; self.people + 1];
        moments.iter().for_each(|&(owner, ..)| ends[owner + 1] += 1);
        (0..self.people).for_each(|person| ends[person + 1] += ends[person]);
        let (mut theirs, mut next) = (vec![(0, 0); moments.len()], ends.clone());
        for (owner, time, step) in moments {
            theirs[next[owner]] = (time, step);
            next[owner] += 1;
        }
        let mut whole = vec![false; self.people];
        for (person, whole) in whole.iter_mut().enumerate().filter(|(person, _)| did[*person] == steps) {
            *whole = follow(&mut theirs[ends[person]..ends[person + 1]], steps, sequence.within_days);
        }
        Ok(whole.into_iter().collect())
    }

    pub(super) fn not_followed(&self, asked: &NotFollowed, calendar: &Calendar) -> Result<BooleanBuffer, LakeError> {
        let is_done = self.done()?;
        let latest = |happening: &Happening, window: (i64, i64)| {
            let mut latest = vec![i64::MIN; self.people];
            self.each(happening, calendar, window, |row, owner| {
                if is_done(row) {
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

fn column<'a>(events: &'a StructArray, name: &str) -> Result<&'a ArrayRef, LakeError> {
    events.column_by_name(name).ok_or_else(|| LakeError::Internal(format!("`{name}` of events was not read")))
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
    Amount((&'a Int64Array, &'a BooleanArray), &'a Comparison),
    Quantity(&'a Float64Array, &'a Comparison),
    Property(&'a StringArray, &'a str, &'a Comparison),
}

impl<'a> Check<'a> {
    fn new(events: &Events<'a>, name: &'a str, is: &'a Comparison, calendar: &Calendar) -> Result<Self, LakeError> {
        if let Some(property) = name.strip_prefix(PROPERTY_PREFIX) {
            return Ok(Self::Property(column(events.all, "properties")?.as_string(), property, is));
        }
        Ok(match name {
            "amount" => Self::Amount(events.amounts()?, is),
            "quantity" => Self::Quantity(column(events.all, name)?.as_primitive(), is),
            _ => {
                let column: &DictionaryArray<Int32Type> = column(events.all, name)?.as_dictionary();
                let words = column.values().as_string::<i32>().iter();
                let holds = words.map(|word| is.holds(word.map(Known::Text), calendar)).collect();
                Self::Words(column, holds, is.holds(None, calendar))
            }
        })
    }

    fn holds(&self, row: usize, calendar: &Calendar) -> bool {
        match self {
            Self::Words(column, holds, nothing) => column.key(row).map_or(*nothing, |word| holds[word]),
            Self::Amount((amounts, in_currency), is) => {
                let known = amounts.is_valid(row) && in_currency.value(row);
                let amount = known.then(|| Known::Number(amounts.value(row) as f64 / 10_000.0));
                is.holds(amount, calendar)
            }
            Self::Quantity(quantities, is) => {
                let quantity = quantities.is_valid(row).then(|| Known::Number(quantities.value(row)));
                is.holds(quantity, calendar)
            }
            Self::Property(texts, name, is) => {
                let value = if texts.is_valid(row) { member(texts.value(row), name) } else { None };
                is.holds(value.as_ref().and_then(Known::of), calendar)
            }
        }
    }
}
