//! The form of a programme: its steps in one list, each before those within it, so that it needs no state and no script.
//!
//! The fields of step 3 begin with `s3.`; `s3.in` says within which way of which other it stands, as `1.0`. A button adds a
//! step, takes one away or moves one: then the form comes back with that done.

use super::definition::{Definition, STEPS_MAX};
use super::step::{Kind, LocalTime, Path, Step, Until};
use crate::campaigns::Content;
use crate::contacts::Channel;
use crate::platform::pages::Form;
use crate::segments::{event_fields, event_in, scalar_in};
use chrono::NaiveTime;
use cvm_core::Language;
use cvm_core::segment::{Happening, Scalar, What};
use std::collections::BTreeMap;

/// Paths of a split that a form has at most.
const PATHS_MAX: u32 = 10;

/// A form as it came.
pub(super) struct Writing<'a> {
    form: &'a Form,
    /// The steps in their order: the numbers of their fields, and within what they stand.
    steps: Vec<(usize, String)>,
    /// One that was just added, with the number of its fields.
    added: Option<(usize, Kind)>,
    /// A path more, or one less, of a split.
    path: Option<(usize, PathChange)>,
    /// Whether a button asked for a change, not for saving.
    pub is_changed: bool,
    /// What is missing of events, by where it stands: ids of words.
    pub faults: Vec<(String, &'static str)>,
}

#[derive(Clone, Copy, PartialEq)]
enum PathChange {
    More,
    Less(usize),
}

impl<'a> Writing<'a> {
    /// The form with what its button asks for done.
    pub fn of(form: &'a Form) -> Self {
        let there = (0..2 * STEPS_MAX).filter(|n| form.has(&format!("s{n}.kind")));
        let steps = there.map(|n| (n, form.text(&format!("s{n}.in")))).collect();
        let mut writing = Self { form, steps, added: None, path: None, is_changed: false, faults: Vec::new() };
        writing.is_changed = writing.change();
        writing
    }

    fn change(&mut self) -> bool {
        let asked = |name: &str| Some(self.form.text(name)).filter(|text| !text.is_empty());
        if let Some(within) = asked("add") {
            let within = within.trim_start_matches('-').to_owned();
            let kind = blank(&self.form.text(&format!("kind.{within}")), &self.form.text("entry"));
            let free = self.steps.iter().map(|(n, _)| n + 1).max().unwrap_or(0);
            if let (Some(kind), true) = (kind, self.steps.len() < STEPS_MAX) {
                self.steps.push((free, within));
                self.added = Some((free, kind));
            }
            return true;
        }
        if let Some(n) = asked("remove").and_then(|n| n.parse::<usize>().ok()) {
            self.steps.retain(|(step, _)| *step != n);
            return true;
        }
        if let Some(n) = asked("more").and_then(|n| n.parse().ok()) {
            self.path = Some((n, PathChange::More));
            return true;
        }
        if let Some((n, path)) = asked("less").as_deref().and_then(|text| text.split_once('.')) {
            self.path = n.parse().ok().zip(path.parse().ok().map(PathChange::Less));
            return true;
        }
        for (name, up) in [("up", true), ("down", false)] {
            if let Some(n) = asked(name).and_then(|n| n.parse::<usize>().ok()) {
                self.swap(n, up);
                return true;
            }
        }
        false
    }

    /// Changes a step's place with that of the one before or behind it on the same way.
    fn swap(&mut self, n: usize, up: bool) {
        let Some(at) = self.steps.iter().position(|(step, _)| *step == n) else { return };
        let mut beside = (0..self.steps.len()).filter(|&other| self.steps[other].1 == self.steps[at].1);
        let other = if up { beside.rfind(|&other| other < at) } else { beside.find(|&other| other > at) };
        if let Some(other) = other {
            self.steps.swap(at, other);
        }
    }

    /// What the form says, as far as it goes.
    pub fn definition(&mut self) -> Definition {
        let form = self.form;
        let on_event = self.event("e", "/definition/on_event");
        Definition {
            description: form.text("description"),
            entry: form.text("entry"),
            on_event,
            again_after_days: form.whole("again").filter(|days| *days > 0),
            goal: Some(form.text("goal")).filter(|goal| !goal.is_empty()),
            control_share: form.number("control").map_or(f64::NAN, |percent| percent / 100.0),
            steps: self.within("", "/definition/steps", 0),
            result_days: form.whole("result_days").unwrap_or(30),
        }
    }

    /// The steps of one way.
    fn within(&mut self, way: &str, pointer: &str, depth: usize) -> Vec<Step> {
        if depth > STEPS_MAX {
            return Vec::new(); // a form that was made by hand and says a step is within itself
        }
        let own: Vec<usize> = self.steps.iter().filter(|(_, within)| within == way).map(|(n, _)| *n).collect();
        let mut steps = Vec::new();
        for n in own {
            let pointer = format!("{pointer}/{}", steps.len());
            let added = self.added.as_ref().filter(|(added, _)| *added == n).map(|(_, kind)| kind.clone());
            let kind = added.or_else(|| self.kind(n, &pointer, depth));
            let id = self.form.text(&format!("s{n}.id")).parse().ok();
            steps.extend(kind.map(|kind| Step { id, kind }));
        }
        steps
    }

    fn kind(&mut self, n: usize, pointer: &str, depth: usize) -> Option<Kind> {
        let form = self.form;
        let field = |name: &str| form.text(&format!("s{n}.{name}"));
        let whole = |name: &str| form.whole(&format!("s{n}.{name}")).unwrap_or(0);
        let kind = field("kind");
        Some(match kind.as_str() {
            "wait" => Kind::Wait { hours: whole("hours") },
            "wait_event" => {
                let event = self.event(&format!("s{n}"), &format!("{pointer}/wait_until/event"));
                let event = Some(event.unwrap_or_else(no_event));
                let (at_most_days, or_leave) = (whole("days"), field("or_leave") == "yes");
                Kind::WaitUntil(Until { event, segment: None, at_most_days, or_leave })
            }
            "wait_segment" => {
                let (at_most_days, or_leave) = (whole("days"), field("or_leave") == "yes");
                Kind::WaitUntil(Until { event: None, segment: Some(field("segment")), at_most_days, or_leave })
            }
            "wait_for_time" => {
                let at = field("at");
                let at = NaiveTime::parse_from_str(&at, "%H:%M").or_else(|_| at.parse()).unwrap_or_default();
                let weekdays = form.all(&format!("s{n}.day")).into_iter().filter_map(|day| day.parse().ok()).collect();
                Kind::WaitForTime(LocalTime { at, weekdays })
            }
            "only_if" => Kind::OnlyIf { segment: field("segment"), is_in: field("is_in") != "no" },
            "branch" => {
                let (then, otherwise) = (format!("{pointer}/branch/then"), format!("{pointer}/branch/otherwise"));
                let then = self.within(&format!("{n}.0"), &then, depth + 1);
                let otherwise = self.within(&format!("{n}.1"), &otherwise, depth + 1);
                Kind::Branch { segment: field("segment"), then, otherwise }
            }
            "split" => Kind::Split { paths: self.paths(n, pointer, depth) },
            "send" => {
                let mut content = BTreeMap::new();
                for language in Language::ALL {
                    let part = |name: &str| field(&format!("{language}.{name}"));
                    let said = Content { subject: part("subject"), text: part("text"), html: part("html") };
                    if said != Content::default() {
                        content.insert(language.code().to_owned(), said);
                    }
                }
                let channel = Channel::from_name(&field("channel")).unwrap_or(Channel::Email);
                Kind::Send { channel, content, offer: serde_json::from_str(&field("offer")).ok() }
            }
            "webhook" => Kind::Webhook { endpoint: field("endpoint") },
            "update_profile" => {
                Kind::UpdateProfile { attribute: field("attribute"), value: scalar_in(&field("value")) }
            }
            _ => return None,
        })
    }

    fn paths(&mut self, n: usize, pointer: &str, depth: usize) -> Vec<Path> {
        let form = self.form;
        let change = self.path.filter(|(of, _)| *of == n).map(|(_, change)| change);
        let mut paths = Vec::new();
        for way in 0..form.whole(&format!("s{n}.paths")).unwrap_or(0).min(PATHS_MAX) as usize {
            if change == Some(PathChange::Less(way)) {
                continue;
            }
            let pointer = format!("{pointer}/split/paths/{}/steps", paths.len());
            paths.push(Path {
                name: form.text(&format!("s{n}.p{way}.name")),
                weight: form.number(&format!("s{n}.p{way}.weight")).unwrap_or(f64::NAN),
                steps: self.within(&format!("{n}.{way}"), &pointer, depth + 1),
            });
        }
        if change == Some(PathChange::More) {
            paths.push(path(paths.len()));
        }
        paths
    }

    /// The event that fields of a prefix say; where they do not say a whole one, that is noted.
    fn event(&mut self, prefix: &str, pointer: &str) -> Option<Happening> {
        const FIELDS: [&str; 5] = ["event", "property", "property_operator", "property_value", "json"];
        let form = self.form;
        let fields = FIELDS.map(|name| (name.to_owned(), form.text(&format!("{prefix}.{name}"))));
        match event_in(&fields.into_iter().collect()) {
            Ok(event) => event,
            Err(fault) => {
                self.faults.push((pointer.to_owned(), fault));
                let only = BTreeMap::from([("event".to_owned(), form.text(&format!("{prefix}.event")))]);
                event_in(&only).ok().flatten()
            }
        }
    }
}

fn no_event() -> Happening {
    Happening { what: What::Event(String::new()), conditions: Vec::new() }
}

fn path(place: usize) -> Path {
    let letter = ('A'..='Z').nth(place).unwrap_or('Z');
    Path { name: letter.to_string(), weight: 1.0, steps: Vec::new() }
}

/// The kinds of steps in a form, with the ids of their names.
pub(super) const KINDS: [(&str, &str); 10] = [
    ("send", "programmes-send"),
    ("wait", "programmes-wait"),
    ("wait_event", "programmes-wait_event"),
    ("wait_segment", "programmes-wait_segment"),
    ("wait_for_time", "programmes-wait_for_time"),
    ("only_if", "programmes-only_if"),
    ("branch", "programmes-branch"),
    ("split", "programmes-split"),
    ("webhook", "programmes-webhook"),
    ("update_profile", "programmes-update_profile"),
];

/// The name of a kind in a form.
pub(super) fn name_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::WaitUntil(Until { event: Some(_), .. }) => "wait_event",
        Kind::WaitUntil(_) => "wait_segment",
        other => other.name(),
    }
}

/// The id of the name of a kind.
pub(super) fn title_of(kind: &Kind) -> &'static str {
    let name = name_of(kind);
    KINDS.iter().find(|(known, _)| *known == name).map_or("programmes-send", |(_, title)| title)
}

/// A step to be filled in.
fn blank(kind: &str, segment: &str) -> Option<Kind> {
    let segment = segment.to_owned();
    let until = |event, segment| Kind::WaitUntil(Until { event, segment, at_most_days: 3, or_leave: false });
    Some(match kind {
        "send" => Kind::Send { channel: Channel::Email, content: BTreeMap::new(), offer: None },
        "wait" => Kind::Wait { hours: 24 },
        "wait_event" => until(Some(Happening { what: What::Purchase, conditions: Vec::new() }), None),
        "wait_segment" => until(None, Some(segment)),
        "wait_for_time" => Kind::WaitForTime(LocalTime { at: NaiveTime::from_hms_opt(9, 0, 0)?, weekdays: Vec::new() }),
        "only_if" => Kind::OnlyIf { segment, is_in: true },
        "branch" => Kind::Branch { segment, then: Vec::new(), otherwise: Vec::new() },
        "split" => Kind::Split { paths: vec![path(0), path(1)] },
        "webhook" => Kind::Webhook { endpoint: String::new() },
        "update_profile" => Kind::UpdateProfile { attribute: String::new(), value: Scalar::Text(String::new()) },
        _ => return None,
    })
}

/// A part of the list of steps, as a page draws it from the first to the last.
pub(super) enum Item<'a> {
    /// A step begins.
    Step(Written<'a>),
    /// One of the ways that part at it begins.
    Way(Way<'a>),
    /// That way ends; the same value as that of `in` in its fields.
    EndWay(String),
    /// The step ends.
    End,
}

/// A step in the list.
pub(super) struct Written<'a> {
    /// The number of its fields.
    pub n: usize,
    /// Within what it stands, as in its fields.
    pub within: String,
    /// Where it stands in JSON.
    pub pointer: String,
    pub step: &'a Step,
    pub is_first: bool,
    pub is_last: bool,
    /// Whether ways part here.
    pub has_ways: bool,
    /// The fields of the event that it asks for.
    pub event: BTreeMap<String, String>,
}

/// A way in the list.
pub(super) struct Way<'a> {
    /// The number of the step it belongs to, and which of its ways it is.
    pub n: usize,
    pub way: usize,
    /// The id of that step.
    pub of: Option<u32>,
    /// Where it stands in JSON.
    pub pointer: String,
    /// Of a split; the ways of a branch have no names.
    pub path: Option<&'a Path>,
    /// Whether it is the last of its step's ways.
    pub is_last: bool,
    pub is_empty: bool,
}

/// All steps as a page draws them.
pub(super) fn items(definition: &Definition) -> Vec<Item<'_>> {
    fn lay<'a>(steps: &'a [Step], within: &str, pointer: &str, n: &mut usize, into: &mut Vec<Item<'a>>) {
        for (place, step) in steps.iter().enumerate() {
            let own = *n;
            *n += 1;
            let pointer = format!("{pointer}/{place}");
            let ways = step.kind.ways();
            let event = match &step.kind {
                Kind::WaitUntil(Until { event: Some(event), .. }) => event_fields(event),
                _ => BTreeMap::new(),
            };
            into.push(Item::Step(Written {
                n: own,
                within: within.to_owned(),
                pointer: pointer.clone(),
                step,
                is_first: place == 0,
                is_last: place + 1 == steps.len(),
                has_ways: !ways.is_empty(),
                event,
            }));
            let paths = if let Kind::Split { paths } = &step.kind { paths.as_slice() } else { &[] };
            for (way, steps) in ways.iter().enumerate() {
                let at = format!("{pointer}{}", step.kind.pointer_of(way));
                let pointer = at.strip_suffix("/steps").unwrap_or(&at).to_owned();
                let (path, is_last) = (paths.get(way), way + 1 == ways.len());
                into.push(Item::Way(Way {
                    n: own,
                    way,
                    of: step.id,
                    pointer,
                    path,
                    is_last,
                    is_empty: steps.is_empty(),
                }));
                lay(steps, &format!("{own}.{way}"), &at, n, into);
                into.push(Item::EndWay(format!("{own}.{way}")));
            }
            into.push(Item::End);
        }
    }
    let (mut items, mut n) = (Vec::new(), 0);
    lay(&definition.steps, "", "/definition/steps", &mut n, &mut items);
    items
}
