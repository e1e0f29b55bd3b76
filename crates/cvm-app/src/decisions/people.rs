//! Customers in memory, as decisions need them: which offers they may have, features, money, consents. A few hundred bytes each,
//! so that a million fit; as many as the setting allows, the longest unused go first.
//!
//! What is kept holds for one ground (offers, segments, scoring run, policy), until a time when by itself it may be another, and
//! until the customer changes. Changes are followed a moment behind, as with segments.

use super::arbitration::Reason;
use super::features::Feature;
use crate::contacts::{Channel, Contact, Standing};
use crate::customers::identifiers::Kind;
use chrono_tz::Tz;
use cvm_core::segment::{Consent, Person, PersonId};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Parts of the memory, each with a lock of its own.
const PARTS: usize = 16;

/// What one customer takes besides texts and lists.
const BYTES_LEAST: usize = 320;

/// A customer, ready to be decided for.
#[derive(Debug)]
pub(super) struct Ready {
    /// The survivor.
    pub customer: Box<str>,
    /// Of which ground.
    pub stamp: u64,
    /// Not to be used from this time on.
    pub until: i64,
    /// Features of the customer, without moment and context.
    features: Box<[(u8, f32)]>,
    /// Expected margin over the horizon and of an order, in 1/10,000 of the currency's unit.
    pub margin: Option<i64>,
    pub order: Option<i64>,
    pub language: Box<str>,
    pub zone: Tz,
    /// Whether each offer may be made, by its place: two bits each.
    fits: Box<[u8]>,
    /// Attributes, as JSON.
    attributes: Box<str>,
    consents: Box<[Consent]>,
    suppressed: Box<[Kind]>,
    /// Offers that they were shown where they came by themselves: the number, and when.
    pub shown: Box<[(i64, i64)]>,
}

/// Whether an offer may be made to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Fits = 0,
    NotEligible = 1,
    NotApplicable = 2,
    NotSuitable = 3,
}

impl Fit {
    /// Why not.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Fits => None,
            Self::NotEligible => Some(Reason::NotEligible),
            Self::NotApplicable => Some(Reason::NotApplicable),
            Self::NotSuitable => Some(Reason::NotSuitable),
        }
    }
}

/// What was found of a customer.
pub(super) struct Found {
    pub stamp: u64,
    pub until: i64,
    pub features: Vec<Feature>,
    pub margin: Option<i64>,
    pub order: Option<i64>,
    pub fits: Vec<Fit>,
    pub shown: Vec<(i64, i64)>,
}

impl Ready {
    pub fn new(standing: Standing, found: Found) -> Self {
        let language = standing.person.attributes.get("language").and_then(Value::as_str).unwrap_or_default();
        let mut fits = vec![0_u8; found.fits.len().div_ceil(4)];
        for (place, fit) in found.fits.iter().enumerate() {
            fits[place / 4] |= (*fit as u8) << (2 * (place % 4));
        }
        Self {
            customer: standing.customer.into(),
            stamp: found.stamp,
            until: found.until,
            // Features are cut so that they fit exactly.
            features: found.features.iter().map(|&(feature, value)| (feature as u8, value as f32)).collect(),
            margin: found.margin,
            order: found.order,
            language: language.to_lowercase().into(),
            zone: standing.zone,
            fits: fits.into(),
            attributes: Value::Object(standing.person.attributes).to_string().into(),
            consents: standing.person.consents.into(),
            suppressed: standing.suppressed.into(),
            shown: found.shown.into(),
        }
    }

    pub fn features(&self) -> impl Iterator<Item = Feature> {
        self.features.iter().map(|&(feature, value)| (u32::from(feature), f64::from(value)))
    }

    /// Whether the offer at this place may be made.
    pub fn fit(&self, place: usize) -> Fit {
        match self.fits.get(place / 4).map_or(1, |four| four >> (2 * (place % 4)) & 3) {
            0 => Fit::Fits,
            1 => Fit::NotEligible,
            2 => Fit::NotApplicable,
            _ => Fit::NotSuitable,
        }
    }

    /// What is known of them, by name.
    pub fn attributes(&self) -> Map<String, Value> {
        serde_json::from_str(&self.attributes).unwrap_or_default()
    }

    /// As the contact policy sees them.
    pub fn standing(&self, channel: Channel, contacts: Vec<Contact>) -> Standing {
        let attributes = if channel.address().is_some() { self.attributes() } else { Map::new() };
        Standing {
            customer: self.customer.to_string(),
            person: Person { attributes, consents: self.consents.to_vec(), ..Person::default() },
            suppressed: self.suppressed.to_vec(),
            contacts,
            zone: self.zone,
        }
    }

    fn bytes(&self) -> usize {
        let consents = self.consents.iter().map(|it| size_of_val(it) + it.purpose.len() + it.channel.len());
        BYTES_LEAST
            + self.features.len() * 8
            + self.fits.len()
            + self.attributes.len()
            + self.shown.len() * 16
            + consents.sum::<usize>()
    }
}

/// Customers in memory.
pub(super) struct People {
    parts: Vec<Mutex<Part>>,
    /// The last change of customers that was followed.
    position: AtomicI64,
}

/// Two halves: what is used moves to the young one, and where that is full the old one goes.
struct Part {
    young: HashMap<PersonId, Arc<Ready>>,
    old: HashMap<PersonId, Arc<Ready>>,
    bytes: usize,
    bytes_max: usize,
}

impl People {
    /// Of so many bytes at most.
    pub fn new(bytes: usize) -> Self {
        let part = || Part { young: HashMap::new(), old: HashMap::new(), bytes: 0, bytes_max: bytes / 2 / PARTS };
        Self { parts: (0..PARTS).map(|_| Mutex::new(part())).collect(), position: AtomicI64::new(-1) }
    }

    fn part(&self, id: PersonId) -> std::sync::MutexGuard<'_, Part> {
        // The last bits of an id are random.
        let part = &self.parts[(id.0 % PARTS as u128) as usize];
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The customer of this id, if they are ready for this ground and time.
    pub fn get(&self, id: PersonId, stamp: u64, now: i64) -> Option<Arc<Ready>> {
        let mut part = self.part(id);
        let found =
            part.young.get(&id).cloned().or_else(|| part.old.remove(&id).inspect(|it| part.add(id, it.clone())))?;
        (found.stamp == stamp && now < found.until).then_some(found)
    }

    /// How far changes were followed: to be asked before a customer is read.
    pub fn position(&self) -> i64 {
        self.position.load(Ordering::SeqCst)
    }

    /// Keeps a customer who was read at this position; not where changes came meanwhile, for they might be one of them.
    pub fn keep(&self, id: PersonId, ready: Arc<Ready>, position: i64) {
        let mut part = self.part(id);
        if self.position() == position {
            part.remove(id);
            part.add(id, ready);
        }
    }

    /// Forgets those who changed, up to this change.
    pub fn forget(&self, changed: impl Iterator<Item = PersonId>, position: i64) {
        // First, so that whoever is read from before is not kept.
        self.position.store(position, Ordering::SeqCst);
        changed.for_each(|id| self.part(id).remove(id));
    }

    /// Forgets everybody, up to this change.
    pub fn clear(&self, position: i64) {
        self.position.store(position, Ordering::SeqCst);
        for part in &self.parts {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            (part.young, part.old, part.bytes) = (HashMap::new(), HashMap::new(), 0);
        }
    }
}

impl Part {
    fn add(&mut self, id: PersonId, ready: Arc<Ready>) {
        let bytes = ready.bytes();
        if self.bytes + bytes > self.bytes_max && !self.young.is_empty() {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.young.insert(id, ready);
    }

    fn remove(&mut self, id: PersonId) {
        if let Some(gone) = self.young.remove(&id) {
            self.bytes -= gone.bytes();
        }
        self.old.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(name: &str, fits: Vec<Fit>) -> Arc<Ready> {
        let standing = Standing {
            customer: name.to_owned(),
            person: Person::default(),
            suppressed: Vec::new(),
            contacts: Vec::new(),
            zone: Tz::UTC,
        };
        let (features, shown) = (vec![(3, 0.5)], Vec::new());
        let found = Found { stamp: 1, until: 100, features, margin: None, order: Some(5), fits, shown };
        Arc::new(Ready::new(standing, found))
    }

    #[test]
    fn offers_are_remembered_in_two_bits() {
        let all = [Fit::Fits, Fit::NotSuitable, Fit::NotEligible, Fit::NotApplicable, Fit::Fits, Fit::NotSuitable];
        let ready = ready("a", all.to_vec());
        assert!((0..6).all(|place| ready.fit(place) == all[place]));
        assert_eq!(ready.features().collect::<Vec<_>>(), [(3, 0.5)]);
    }

    #[test]
    fn what_is_kept_holds_for_a_ground_a_time_and_until_a_change() {
        let (people, id) = (People::new(1 << 20), PersonId(7));
        people.keep(id, ready("a", vec![]), people.position());
        assert!(people.get(id, 1, 99).is_some());
        assert!(people.get(id, 2, 99).is_none() && people.get(id, 1, 100).is_none());
        people.forget([id].into_iter(), 5);
        assert!(people.get(id, 1, 0).is_none());
        // Read before the change was known, kept after: it may be what was before.
        people.keep(id, ready("a", vec![]), 4);
        assert!(people.get(id, 1, 0).is_none());
        people.keep(id, ready("a", vec![]), 5);
        people.clear(6);
        assert!(people.get(id, 1, 0).is_none());
    }

    #[test]
    fn the_longest_unused_go_first() {
        let one = ready("a", vec![]).bytes();
        let people = People::new(one * PARTS * 2 * 10); // ten in each half of each part
        let id = |number: u128| PersonId(number * PARTS as u128); // all of one part
        people.keep(id(0), ready("used", vec![]), -1);
        for number in 1..1_000 {
            people.keep(id(number), ready("a", vec![]), -1);
            assert!(people.get(id(0), 1, 0).is_some(), "{number}");
        }
        let left = (0..1_000).filter(|number| people.get(id(*number), 1, 0).is_some()).count();
        assert!((10..=20).contains(&left), "{left}");
    }
}
