//! Which customers are asked for, in which order, and which of them make a page.

use super::folding::Needle;
use super::roster::{Figures, Row, Table, Tag};
use memchr::memmem::Finder;
use std::cmp::Ordering;
use std::ops::RangeInclusive;

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    Name,
    Tier,
    #[default]
    Clv,
    PAlive,
    Revenue,
    Profit,
    Purchases,
    LastPurchase,
}

/// Bounds of a figure, both included.
pub(super) type Bounds = RangeInclusive<f64>;

/// Which customers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Selection {
    /// All of these are in their words,
    pub needles: Vec<Needle>,
    /// or they are one of these, found by an id; where there is any, or `exact` is set, the others are not asked for.
    pub numbers: Vec<u32>,
    /// Whether only those found by an id.
    pub exact: bool,
    /// Any of these tiers and segments, by their place from 1; none for all.
    pub tiers: Vec<u8>,
    pub segments: Vec<u8>,
    pub p_alive: Option<Bounds>,
    pub clv: Option<Bounds>,
    pub revenue: Option<Bounds>,
    /// Days since the beginning of the common era.
    pub last_purchase: Option<RangeInclusive<i32>>,
    pub first_purchase: Option<RangeInclusive<i32>>,
    /// Any of these scores, from 1 to 5; none for all.
    pub recency: Vec<u8>,
    pub frequency: Vec<u8>,
    /// All of these.
    pub tags: Vec<Tag>,
    /// Members of a segment, as a bit for each number; none for all.
    pub members: Option<Vec<u64>>,
    pub suppressed: Option<bool>,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Place {
    #[default]
    First,
    /// Behind this number.
    After(u32),
    /// Up to before this number.
    Before(u32),
}

/// A page.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    /// Numbers, in order.
    pub rows: Vec<(u32, Option<Figures>)>,
    /// How many there are in all, and how many come before these.
    pub total: usize,
    pub before: usize,
}

impl Page {
    /// Whether others come behind.
    pub fn has_more(&self) -> bool {
        self.before + self.rows.len() < self.total
    }
}

/// A selection made ready for a table.
struct Ready<'a> {
    of: &'a Selection,
    finders: Vec<(Finder<'a>, bool)>,
    tags: Vec<u32>,
    has_figures: bool,
}

impl Selection {
    /// None where nobody can be meant.
    fn ready(&self, table: &Table) -> Option<Ready<'_>> {
        let tags = self.tags.iter().map(|tag| table.find(tag)).collect::<Option<Vec<u32>>>()?;
        let finder = |needle: &'_ Needle| match needle {
            Needle::Word(word) => (Finder::new(word.as_bytes()).into_owned(), true),
            Needle::Digits(digits) => (Finder::new(digits.as_bytes()).into_owned(), false),
        };
        let has_figures = !self.tiers.is_empty()
            || !self.segments.is_empty()
            || self.p_alive.is_some()
            || self.clv.is_some()
            || self.revenue.is_some()
            || self.last_purchase.is_some()
            || self.first_purchase.is_some()
            || !self.recency.is_empty()
            || !self.frequency.is_empty();
        Some(Ready { of: self, finders: self.needles.iter().map(finder).collect(), tags, has_figures })
    }

    /// The numbers of all, in order; at most so many.
    pub fn all(&self, table: &Table, order: Order, descending: bool, most: usize) -> Vec<(u32, Option<Figures>)> {
        self.found(table, (order, descending), None, most).rows(table)
    }

    /// A page of so many.
    pub fn page(&self, table: &Table, (order, descending): (Order, bool), place: Place, size: usize) -> Page {
        let key_of = |number: u32| table.rows.get(number as usize).map(|row| (key(row, order, descending), number));
        let beyond = match place {
            Place::First => None,
            Place::After(number) => key_of(number).map(|last| (last, Ordering::Greater)),
            Place::Before(number) => key_of(number).map(|first| (first, Ordering::Less)),
        };
        let found = self.found(table, (order, descending), beyond, size);
        let before = match beyond {
            None => 0,
            Some((_, Ordering::Less)) => found.beyond - found.keys.len(),
            Some(_) => found.total - found.beyond,
        };
        Page { rows: found.rows(table), total: found.total, before }
    }

    /// All that are meant, and of those beyond a key the nearest to it, at most so many, in order.
    fn found(
        &self,
        table: &Table,
        (order, descending): (Order, bool),
        beyond: Option<(Key, Ordering)>,
        most: usize,
    ) -> Nearest {
        let compare = |a: &Key, b: &Key| compare(table, order, descending, a, b);
        let nearer = |a: &Key, b: &Key| match beyond {
            Some((_, Ordering::Less)) => compare(b, a),
            _ => compare(a, b),
        };
        let Some(ready) = self.ready(table) else { return Nearest::default() };
        let parts = table.in_parts(|first, rows| {
            let mut part = Nearest::default();
            for (number, row) in (first as u32..).zip(rows) {
                if !(row.is_there && ready.means(number, row)) {
                    continue;
                }
                part.total += 1;
                let key = (key(row, order, descending), number);
                if beyond.is_some_and(|(bound, side)| compare(&key, &bound) != side) {
                    continue;
                }
                part.beyond += 1;
                part.keys.push(key);
                // Now and then, so that each is looked at few times and few are held.
                if part.keys.len() >= most.saturating_mul(2).max(4_096) {
                    part.keep(most, nearer);
                }
            }
            part
        });
        let mut found = parts.into_iter().fold(Nearest::default(), |mut all, part| {
            all.total += part.total;
            all.beyond += part.beyond;
            all.keys.extend(part.keys);
            all
        });
        found.keep(most, nearer);
        found.keys.sort_unstable_by(compare);
        found
    }
}

/// Those who are meant, as far as they are asked for.
#[derive(Debug, Default)]
struct Nearest {
    keys: Vec<Key>,
    /// How many are meant, and how many of these are beyond the key.
    total: usize,
    beyond: usize,
}

impl Nearest {
    fn keep(&mut self, most: usize, nearer: impl Fn(&Key, &Key) -> Ordering) {
        if self.keys.len() > most {
            self.keys.select_nth_unstable_by(most, nearer);
            self.keys.truncate(most);
        }
    }

    fn rows(&self, table: &Table) -> Vec<(u32, Option<Figures>)> {
        self.keys.iter().map(|(_, number)| (*number, table.rows[*number as usize].figures)).collect()
    }
}

impl Ready<'_> {
    fn means(&self, number: u32, row: &Row) -> bool {
        let Selection { suppressed, .. } = self.of;
        suppressed.is_none_or(|suppressed| suppressed == row.is_suppressed)
            && (!self.has_figures || row.figures.is_some_and(|figures| self.fits(&figures)))
            && self.tags.iter().all(|tag| row.tags.contains(tag))
            && self.of.members.as_ref().is_none_or(|members| has_bit(members, number))
            && self.is_named(number, row)
    }

    fn fits(&self, figures: &Figures) -> bool {
        let Selection { tiers, segments, p_alive, clv, revenue, last_purchase, first_purchase, .. } = self.of;
        let Selection { recency, frequency, .. } = self.of;
        let within = |bounds: &Option<Bounds>, value: f64| bounds.as_ref().is_none_or(|bounds| bounds.contains(&value));
        (tiers.is_empty() || tiers.contains(&figures.tier))
            && (segments.is_empty() || segments.contains(&figures.segment))
            && within(p_alive, f64::from(figures.p_alive))
            && within(clv, figures.clv)
            && within(revenue, figures.revenue)
            && last_purchase.as_ref().is_none_or(|days| days.contains(&figures.last_purchase))
            && first_purchase.as_ref().is_none_or(|days| days.contains(&figures.first_purchase))
            && (recency.is_empty() || recency.contains(&figures.recency))
            && (frequency.is_empty() || frequency.contains(&figures.frequency))
    }

    fn is_named(&self, number: u32, row: &Row) -> bool {
        if self.of.exact || !self.of.numbers.is_empty() && self.of.numbers.contains(&number) {
            return self.of.numbers.contains(&number);
        }
        let words = row.words.as_bytes();
        self.finders.iter().all(|(finder, at_beginning)| match at_beginning {
            true => begins_a_word(words, finder),
            false => finder.find(words).is_some(),
        })
    }
}

/// Whether a number is among those whose bits are set.
fn has_bit(bits: &[u64], number: u32) -> bool {
    bits.get(number as usize / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
}

/// Whether a word begins so.
fn begins_a_word(words: &[u8], finder: &Finder<'_>) -> bool {
    // Bytes of letters outside of ASCII are none of these.
    finder
        .find_iter(words)
        .any(|place| place == 0 || !(words[place - 1].is_ascii_alphanumeric() || words[place - 1] >= 128))
}

/// What a row is ordered by, and its number.
type Key = (u64, u32);

/// Rises in the order of the list. Who has nothing to be ordered by comes last, whichever way.
fn key(row: &Row, order: Order, descending: bool) -> u64 {
    const NONE: u64 = u64::MAX;
    let of_number = |value: f64| {
        let bits = value.to_bits();
        // The order of these numbers is that of the values, also of negative ones.
        if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
    };
    let rising = match (order, &row.figures) {
        (Order::Name, _) if row.name().is_empty() => return NONE,
        (Order::Name, _) => row.name_key,
        (_, None) => return NONE,
        (Order::Tier, Some(figures)) if figures.tier == 0 => return NONE,
        // The best is the first of the tiers.
        (Order::Tier, Some(figures)) => of_number(-f64::from(figures.tier)),
        (Order::LastPurchase, Some(figures)) if figures.last_purchase == i32::MIN => return NONE,
        (Order::LastPurchase, Some(figures)) => of_number(f64::from(figures.last_purchase)),
        (order, Some(figures)) => {
            let value = match order {
                Order::PAlive => f64::from(figures.p_alive),
                Order::Revenue => figures.revenue,
                Order::Profit => figures.profit,
                Order::Purchases => f64::from(figures.purchases),
                _ => figures.clv,
            };
            if value.is_nan() {
                return NONE;
            }
            of_number(value)
        }
    };
    if descending { (!rising).min(NONE - 1) } else { rising.min(NONE - 1) }
}

fn compare(table: &Table, order: Order, descending: bool, a: &Key, b: &Key) -> Ordering {
    let by_key = a.0.cmp(&b.0);
    if by_key != Ordering::Equal || order != Order::Name {
        return by_key.then(a.1.cmp(&b.1));
    }
    let name = |key: &Key| table.rows[key.1 as usize].name();
    let by_name = name(a).cmp(name(b));
    (if descending { by_name.reverse() } else { by_name }).then(a.1.cmp(&b.1))
}
