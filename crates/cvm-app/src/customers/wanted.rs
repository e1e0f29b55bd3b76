//! What the address of the list asks for: filters, order and page, as people and other pages write them.

use super::folding::{fold, needles};
use super::roster::Tag;
use super::selection::{Bounds, Order, Place, Selection};
use chrono::{Datelike, NaiveDate};
use cvm_core::text::{SEGMENTS, TIERS, read_number};
use std::ops::RangeInclusive;

/// Letters of what is searched for, and of a value, at most.
const LETTERS_MAX: usize = 200;

/// Pairs of an address that are read.
const PAIRS_MAX: usize = 60;

/// The orders, by their names in addresses.
pub(super) const ORDERS: &[(&str, Order)] = &[
    ("name", Order::Name),
    ("tier", Order::Tier),
    ("clv", Order::Clv),
    ("alive", Order::PAlive),
    ("revenue", Order::Revenue),
    ("profit", Order::Profit),
    ("purchases", Order::Purchases),
    ("last", Order::LastPurchase),
];

/// Names of filters, in the order in which they stand in addresses.
const FILTERS: &[&str] = &[
    "q",
    "tier",
    "segment",
    "alive_from",
    "alive_to",
    "clv_from",
    "clv_to",
    "revenue_from",
    "revenue_to",
    "bought_from",
    "bought_to",
    "country",
    "city",
    "attribute",
    "value",
    "consent",
    "contact",
];

/// An address behind the question mark, as it was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Names and values, in the order of [`FILTERS`]; nothing that is empty.
    pairs: Vec<(&'static str, String)>,
    pub order: Order,
    pub descending: bool,
    pub place: Place,
}

impl Wanted {
    /// Reads it; what is not known is left out.
    pub fn read(query: &str) -> Self {
        let mut wanted = Self { descending: true, ..Self::default() };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()).take(PAIRS_MAX) {
            let value: String = value.trim().chars().filter(|letter| !letter.is_control()).take(LETTERS_MAX).collect();
            match &*name {
                "sort" => {
                    let name = value.trim_start_matches('-');
                    if let Some((_, order)) = ORDERS.iter().find(|(known, _)| *known == name) {
                        (wanted.order, wanted.descending) = (*order, value.starts_with('-'));
                    }
                }
                "after" => wanted.place = value.parse().map_or(wanted.place, Place::After),
                "before" => wanted.place = value.parse().map_or(wanted.place, Place::Before),
                name => {
                    let known = FILTERS.iter().find(|known| **known == name);
                    wanted.pairs.extend(known.filter(|_| !value.is_empty()).map(|known| (*known, value)));
                }
            }
        }
        let place = |name: &str| FILTERS.iter().position(|known| *known == name);
        wanted.pairs.sort_by_key(|(name, _)| place(name));
        wanted.pairs.dedup();
        wanted
    }

    /// The value of a filter; empty where it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Whether a filter has this value.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|(known, set)| *known == name && set == value)
    }

    /// The filters that are set, but what is searched for.
    pub fn filters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let set = self.pairs.iter().filter(|(name, _)| *name != "q");
        set.map(|(name, value)| (*name, value.as_str()))
    }

    /// As it was written, without the page.
    pub fn address(&self) -> String {
        self.address_with(&[], &[])
    }

    /// The same without one filter.
    pub fn address_without(&self, name: &str, value: &str) -> String {
        let of_pair: &[(&str, &str)] = match name {
            // They mean nothing without each other.
            "attribute" | "value" => &[("attribute", ""), ("value", "")],
            _ => &[],
        };
        self.address_with(&[&[(name, value)], of_pair].concat(), &[])
    }

    /// The same ordered by this; the other way round where it is already.
    pub fn address_ordered(&self, order: Order) -> String {
        let descending = if self.order == order { !self.descending } else { order != Order::Name };
        Self { order, descending, ..self.clone() }.address()
    }

    /// The same at another page.
    pub fn address_at(&self, place: Place) -> String {
        match place {
            Place::First => self.address(),
            Place::After(number) => self.address_with(&[], &[("after", number.to_string())]),
            Place::Before(number) => self.address_with(&[], &[("before", number.to_string())]),
        }
    }

    fn address_with(&self, without: &[(&str, &str)], more: &[(&str, String)]) -> String {
        let mut address = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.pairs {
            let is_left_out = without.iter().any(|(left, of)| left == name && (of.is_empty() || of == value));
            if !is_left_out {
                address.append_pair(name, value);
            }
        }
        if (self.order, self.descending) != (Order::Clv, true) {
            let name = ORDERS.iter().find(|(_, order)| *order == self.order).map_or("clv", |(name, _)| name);
            address.append_pair("sort", &format!("{}{name}", if self.descending { "-" } else { "" }));
        }
        for (name, value) in more {
            address.append_pair(name, value);
        }
        address.finish()
    }

    /// Who is asked for; and the names of filters whose values cannot be read. Names of people are looked for only with
    /// `personal`, attributes only where `is_open` lets them be seen.
    pub fn selection(&self, personal: bool, is_open: impl Fn(&str) -> bool) -> (Selection, Vec<&'static str>) {
        let mut faults = Vec::new();
        let places = |name: &'static str, names: &[&str]| -> Vec<u8> {
            let set = self.pairs.iter().filter(|(known, _)| *known == name);
            set.filter_map(|(_, value)| names.iter().position(|known| known == value)).map(|it| it as u8 + 1).collect()
        };
        let tiers = places("tier", TIERS);
        let segments = places("segment", SEGMENTS);
        let mut bounds = |from: &'static str, to: &'static str, unit: f64| -> Option<Bounds> {
            let mut bound = |name: &'static str, open: f64| match self.get(name) {
                "" => open,
                text => read_number(text).map(|value| value * unit).unwrap_or_else(|| {
                    faults.push(name);
                    open
                }),
            };
            let (low, high) = (bound(from, f64::NEG_INFINITY), bound(to, f64::INFINITY));
            (low.is_finite() || high.is_finite()).then_some(low..=high)
        };
        let p_alive = bounds("alive_from", "alive_to", 0.01);
        let clv = bounds("clv_from", "clv_to", 1.0);
        let revenue = bounds("revenue_from", "revenue_to", 1.0);
        let last_purchase = self.days(&mut faults);
        let mut tags = Vec::new();
        for name in ["country", "city"] {
            tags.extend(
                Some(self.get(name)).filter(|value| !value.is_empty()).map(|value| Tag::attribute(name, value)),
            );
        }
        let (attribute, value) = (self.get("attribute"), self.get("value"));
        match (attribute.is_empty(), value.is_empty()) {
            (false, false) if is_open(attribute) => tags.push(Tag::attribute(attribute, value)),
            (false, true) => faults.push("value"),
            (true, true) => {}
            _ => faults.push("attribute"),
        }
        tags.extend(Some(self.get("consent")).filter(|given| !given.is_empty()).map(Tag::consent));
        let suppressed = match self.get("contact") {
            "yes" => Some(false),
            "no" => Some(true),
            _ => None,
        };
        let typed = self.get("q");
        let needles = if personal { needles(typed) } else { Vec::new() };
        // Who may not see names finds people by what they know already: a whole id. So does who typed nothing that names.
        let exact = !typed.is_empty() && needles.is_empty();
        let numbers = Vec::new();
        let selection = Selection {
            needles,
            numbers,
            exact,
            tiers,
            segments,
            p_alive,
            clv,
            revenue,
            last_purchase,
            tags,
            suppressed,
        };
        (selection, faults)
    }

    fn days(&self, faults: &mut Vec<&'static str>) -> Option<RangeInclusive<i32>> {
        let mut day = |name: &'static str, open: i32| match self.get(name) {
            "" => open,
            text => fold(text).parse::<NaiveDate>().map(|day| day.num_days_from_ce()).unwrap_or_else(|_| {
                faults.push(name);
                open
            }),
        };
        let (from, to) = (day("bought_from", i32::MIN + 1), day("bought_to", i32::MAX));
        (from > i32::MIN + 1 || to < i32::MAX).then_some(from..=to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_itself() {
        let address = "q=anna+k&tier=platinum&tier=gold&alive_to=50&city=%C5%81%C3%B3d%C5%BA&sort=-last";
        let wanted = Wanted::read(address);
        assert_eq!(wanted.address(), address);
        assert_eq!(wanted.address_without("tier", "gold"), address.replace("&tier=gold", ""));
        assert_eq!(wanted.address_at(Place::After(7)), format!("{address}&after=7"));
        assert_eq!(wanted.address_ordered(Order::LastPurchase), address.replace("=-last", "=last"));
        assert_eq!(wanted.address_ordered(Order::Clv), address.replace("&sort=-last", ""));
        assert_eq!(Wanted::read("after=3&tier=&nonsense=1&sort=nonsense").address(), "");
        let pair = Wanted::read("attribute=plan&value=gold");
        assert_eq!(pair.address_without("attribute", "plan"), "");
    }

    #[test]
    fn filters_are_read_and_wrong_ones_named() {
        let wanted = Wanted::read(
            "tier=gold&alive_from=12.5&clv_from=%DB%B1%DB%B0%DB%B0&revenue_to=x&bought_from=2026-01-31&bought_to=soon\
             &country=PL&attribute=plan&contact=no&consent=marketing/email",
        );
        let (selection, faults) = wanted.selection(true, |_| true);
        assert_eq!(faults, ["revenue_to", "bought_to", "value"]);
        assert_eq!(selection.tiers, [2]);
        assert_eq!(selection.p_alive, Some(0.125..=f64::INFINITY));
        assert_eq!(selection.clv, Some(100.0..=f64::INFINITY));
        assert_eq!(selection.revenue, None);
        assert_eq!(
            *selection.last_purchase.unwrap().start(),
            NaiveDate::from_ymd_opt(2026, 1, 31).unwrap().num_days_from_ce()
        );
        assert_eq!(selection.tags, [Tag::attribute("country", "PL"), Tag::consent("marketing/email")]);
        assert_eq!(selection.suppressed, Some(true));
    }

    #[test]
    fn who_may_not_see_names_does_not_search_them() {
        let (selection, _) = Wanted::read("q=Nowak&attribute=plan&value=gold").selection(false, |_| false);
        assert!(selection.exact && selection.needles.is_empty() && selection.tags.is_empty());
        let (selection, _) = Wanted::read("").selection(false, |_| false);
        assert_eq!(selection, Selection::default());
    }
}
