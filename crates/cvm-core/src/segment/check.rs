//! What is wrong with a rule, where, and what to do about it.

use super::comparison::{Comparison, Scalar};
use super::fields::{FieldKind, kind_of, property_kind};
use super::{
    ConsentIs, Did, FieldIs, Happening, Node, NotFollowed, PropertyIs, Rule, Sequence, Spending, VERSION, What, When,
};
use serde::Serialize;
use std::collections::HashMap;

/// Conditions of a rule, groups included.
pub const NODES_MAX: usize = 200;
/// Groups within groups.
pub const DEPTH_MAX: usize = 10;
/// Texts or numbers of one condition.
pub const VALUES_MAX: usize = 1_000;
/// Characters of a text.
pub const TEXT_MAX: usize = 500;
/// Characters of a condition in SQL.
pub const SQL_MAX: usize = 4_000;
/// Days of a window.
pub const DAYS_MAX: u32 = 36_500;
/// Segments within segments.
const SEGMENTS_DEPTH_MAX: usize = 10;
/// Steps of a sequence.
const STEPS_MAX: usize = 5;
/// Conditions on one event.
const CONDITIONS_MAX: usize = 20;
/// An amount or number that is exact enough to be compared.
const NUMBER_MAX: f64 = 1e14;

/// What is wrong in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleFault {
    /// Where, as a JSON pointer within the rule.
    pub pointer: String,
    /// What was found, what was expected, what to do.
    pub detail: String,
}

impl Rule {
    /// All that is wrong with the rule by itself, place by place. Whether the segments in it are there is for [`order`].
    pub fn check(&self) -> Vec<RuleFault> {
        let mut faults = Faults(Vec::new());
        if self.version != VERSION {
            faults.add("/version", format!("version {} is not known; expected {VERSION}", self.version));
        }
        let nodes = self.nodes();
        if nodes.len() > NODES_MAX {
            let found = nodes.len();
            faults.add("/who", format!("{found} conditions; at most {NODES_MAX}: split it into segments of their own"));
            return faults.0;
        }
        for (pointer, node) in nodes {
            let depth = pointer.split('/').filter(|part| matches!(*part, "all" | "any" | "not")).count();
            if depth > DEPTH_MAX {
                faults.add(&pointer, format!("more than {DEPTH_MAX} groups within each other; flatten the rule"));
            }
            faults.node(&pointer, node);
        }
        faults.0
    }
}

impl Happening {
    /// All that is wrong with what somebody should have done.
    pub fn check(&self) -> Vec<RuleFault> {
        let mut faults = Faults(Vec::new());
        faults.happening("", self);
        faults.0
    }
}

struct Faults(Vec<RuleFault>);

impl Faults {
    fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(RuleFault { pointer: pointer.to_owned(), detail: detail.into() });
    }

    fn node(&mut self, pointer: &str, node: &Node) {
        match node {
            Node::All(nodes) | Node::Any(nodes) if nodes.is_empty() => {
                let name = if matches!(node, Node::All(_)) { "all" } else { "any" };
                self.add(&format!("{pointer}/{name}"), "no conditions; add one, or take the group away");
            }
            Node::All(_) | Node::Any(_) | Node::Not(_) => {}
            Node::Field(field) => self.field(&format!("{pointer}/field"), field),
            Node::Did(did) => self.did(&format!("{pointer}/did"), did),
            Node::Sequence(sequence) => self.sequence(&format!("{pointer}/sequence"), sequence),
            Node::NotFollowed(NotFollowed { first, then, for_days, when }) => {
                let pointer = format!("{pointer}/not_followed");
                self.happening(&format!("{pointer}/first"), first);
                self.happening(&format!("{pointer}/then"), then);
                self.days(&format!("{pointer}/for_days"), *for_days);
                self.when(&pointer, *when);
            }
            Node::Consent(ConsentIs { purpose, channel, .. }) => {
                self.text(&format!("{pointer}/consent/purpose"), purpose);
                if let Some(channel) = channel {
                    self.text(&format!("{pointer}/consent/channel"), channel);
                }
            }
            Node::Segment(id) => self.text(&format!("{pointer}/segment"), id),
            Node::Sql(sql) => {
                let characters = sql.chars().count();
                if sql.trim().is_empty() || characters > SQL_MAX {
                    self.add(
                        &format!("{pointer}/sql"),
                        format!("{characters} characters; expected a condition of 1 to {SQL_MAX}"),
                    );
                }
            }
        }
    }

    fn field(&mut self, pointer: &str, FieldIs { name, is }: &FieldIs) {
        match kind_of(name) {
            Some(kind) => self.comparison(pointer, name, kind, is),
            None => self.add(
                &format!("{pointer}/name"),
                format!("there is no field `{name}`; expected `attributes.` and a name, or one of the catalogue"),
            ),
        }
        self.text(&format!("{pointer}/name"), name);
    }

    fn did(&mut self, pointer: &str, did: &Did) {
        self.happening(&format!("{pointer}/event"), &did.event);
        self.when(pointer, did.when);
        if let Some(Spending::AtLeast(amount) | Spending::AtMost(amount)) = did.spending {
            let pointer = format!("{pointer}/spending");
            if did.event.what != What::Purchase {
                self.add(&pointer, "only purchases have spending; use a condition on a property, or ask for purchases");
            }
            self.number(&pointer, amount);
        }
    }

    fn sequence(&mut self, pointer: &str, sequence: &Sequence) {
        let steps = sequence.steps.len();
        if !(2..=STEPS_MAX).contains(&steps) {
            self.add(&format!("{pointer}/steps"), format!("{steps} steps; expected 2 to {STEPS_MAX}"));
        }
        for (step, happening) in sequence.steps.iter().enumerate() {
            self.happening(&format!("{pointer}/steps/{step}"), happening);
        }
        self.days(&format!("{pointer}/within_days"), sequence.within_days);
        self.when(pointer, sequence.when);
    }

    fn happening(&mut self, pointer: &str, happening: &Happening) {
        match &happening.what {
            What::Event(name) => self.text(&format!("{pointer}/what/event"), name),
            What::Page(name) => self.text(&format!("{pointer}/what/page"), name),
            What::Screen(name) => self.text(&format!("{pointer}/what/screen"), name),
            What::Purchase | What::Visit | What::Step(_) => {}
        }
        let count = happening.conditions.len();
        if count > CONDITIONS_MAX {
            self.add(&format!("{pointer}/where"), format!("{count} conditions; expected {CONDITIONS_MAX} at most"));
        }
        for (index, PropertyIs { name, is }) in happening.conditions.iter().enumerate() {
            let pointer = format!("{pointer}/where/{index}");
            self.text(&format!("{pointer}/name"), name);
            match property_kind(name) {
                Some(kind) => self.comparison(&pointer, name, kind, is),
                None => self.add(
                    &format!("{pointer}/name"),
                    format!(
                        "there is no property `{name}`; expected category, product, channel, source, coupon, amount, \
                         quantity, or `properties.` and a name"
                    ),
                ),
            }
        }
    }

    fn when(&mut self, pointer: &str, when: Option<When>) {
        match when {
            Some(When::InLastDays(days)) => self.days(&format!("{pointer}/when/in_last_days"), days),
            Some(When::Between(days)) if days.to < days.from => {
                self.add(&format!("{pointer}/when/between"), "it ends before it begins; exchange the two days");
            }
            _ => {}
        }
    }

    fn comparison(&mut self, pointer: &str, name: &str, kind: FieldKind, is: &Comparison) {
        let operator = written(&is.operator());
        if !kind.operators().contains(&is.operator()) {
            let these: Vec<String> = kind.operators().iter().map(written).collect();
            let (kind, these) = (written(&kind), these.join(", "));
            self.add(&format!("{pointer}/is"), format!("`{name}` is a {kind}; expected one of {these}"));
            return;
        }
        let pointer = format!("{pointer}/is/{operator}");
        match is {
            Comparison::Equals(scalar) => self.scalar(&pointer, kind, scalar),
            Comparison::OneOf(scalars) => {
                if scalars.is_empty() || scalars.len() > VALUES_MAX {
                    let found = scalars.len();
                    self.add(&pointer, format!("{found} values; expected 1 to {VALUES_MAX}"));
                }
                for (index, scalar) in scalars.iter().enumerate().take(VALUES_MAX) {
                    self.scalar(&format!("{pointer}/{index}"), kind, scalar);
                }
            }
            Comparison::Contains(text) | Comparison::StartsWith(text) => self.text(&pointer, text),
            Comparison::Above(bound)
            | Comparison::AtLeast(bound)
            | Comparison::Below(bound)
            | Comparison::AtMost(bound) => self.number(&pointer, *bound),
            Comparison::Between(low, high) => {
                self.number(&pointer, *low);
                self.number(&pointer, *high);
                if high < low {
                    self.add(&pointer, "the second number is less than the first; exchange the two");
                }
            }
            Comparison::InLastDays(days) | Comparison::MoreThanDaysAgo(days) | Comparison::InNextDays(days) => {
                self.days(&pointer, *days);
            }
            Comparison::BirthdayInDays(days) if *days > 365 => {
                self.add(&pointer, format!("{days} days; expected 365 at most"));
            }
            _ => {}
        }
    }

    fn scalar(&mut self, pointer: &str, kind: FieldKind, scalar: &Scalar) {
        match (kind, scalar) {
            (FieldKind::Text, Scalar::Text(text)) | (FieldKind::Any, Scalar::Text(text)) => self.text(pointer, text),
            (FieldKind::Number, Scalar::Number(number)) | (FieldKind::Any, Scalar::Number(number)) => {
                self.number(pointer, *number);
            }
            (FieldKind::Any, Scalar::Flag(_)) => {}
            (kind, _) => self.add(pointer, format!("expected a {}", written(&kind))),
        }
    }

    fn text(&mut self, pointer: &str, text: &str) {
        let characters = text.chars().count();
        if text.is_empty() || characters > TEXT_MAX || text.contains('\0') {
            self.add(pointer, format!("{characters} characters; expected a text of 1 to {TEXT_MAX}"));
        }
    }

    fn number(&mut self, pointer: &str, number: f64) {
        if number.is_nan() || number.abs() > NUMBER_MAX {
            self.add(pointer, format!("{number} is out of range; expected a number up to {NUMBER_MAX:e}"));
        }
    }

    fn days(&mut self, pointer: &str, days: u32) {
        if !(1..=DAYS_MAX).contains(&days) {
            self.add(pointer, format!("{days} days; expected 1 to {DAYS_MAX}"));
        }
    }
}

fn written(name: &impl Serialize) -> String {
    match serde_json::to_value(name) {
        Ok(serde_json::Value::String(name)) => name,
        _ => unreachable!("operators and kinds are written as text"),
    }
}

/// An order in which rules can be answered: each after the segments that it is made of. Gives places in `rules`.
///
/// # Errors
/// The place of a rule, and what is wrong where in it: a segment that is not there, or rules that lead back to themselves.
pub fn order(rules: &[(&str, &Rule)]) -> Result<Vec<usize>, (usize, RuleFault)> {
    let places: HashMap<&str, usize> = rules.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();
    let mut visit = Visit { rules, places, state: vec![State::New; rules.len()], order: Vec::new() };
    for place in 0..rules.len() {
        visit.visit(place, 0)?;
    }
    Ok(visit.order)
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    /// With so many segments within each other.
    Done(usize),
}

struct Visit<'a> {
    rules: &'a [(&'a str, &'a Rule)],
    places: HashMap<&'a str, usize>,
    state: Vec<State>,
    order: Vec<usize>,
}

impl Visit<'_> {
    /// Gives the depth below.
    fn visit(&mut self, place: usize, above: usize) -> Result<usize, (usize, RuleFault)> {
        if let State::Done(depth) = self.state[place] {
            return Ok(depth);
        }
        self.state[place] = State::Open;
        let mut depth = 0;
        for (pointer, node) in self.rules[place].1.nodes() {
            let Node::Segment(id) = node else { continue };
            let fault = |detail: String| (place, RuleFault { pointer: format!("{pointer}/segment"), detail });
            let Some(&within) = self.places.get(id.as_str()) else {
                return Err(fault(format!("there is no segment {id}; choose another, or take the condition away")));
            };
            if self.state[within] == State::Open {
                return Err(fault(format!("segment {id} leads back to this one; take one of the two conditions away")));
            }
            let too_deep = || fault(format!("more than {SEGMENTS_DEPTH_MAX} segments within each other"));
            if above >= SEGMENTS_DEPTH_MAX {
                return Err(too_deep());
            }
            depth = depth.max(1 + self.visit(within, above + 1)?);
            if depth > SEGMENTS_DEPTH_MAX {
                return Err(too_deep());
            }
        }
        self.state[place] = State::Done(depth);
        self.order.push(place);
        Ok(depth)
    }
}
