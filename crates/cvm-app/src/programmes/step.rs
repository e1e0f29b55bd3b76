//! A step as people write it, and where it stands among the others.

use super::definition::faults_of;
use crate::campaigns::{Content, Offering};
use crate::contacts::{Channel, moments};
use crate::platform::problem::Fault;
use chrono::{DateTime, Datelike, Days, NaiveTime};
use chrono_tz::Tz;
use cvm_core::segment::{Happening, Scalar};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Hours of a pause at most: a year.
const HOURS_MAX: u32 = 8_784;

/// Days of waiting for something at most.
const DAYS_MAX: u32 = 366;

/// Paths of a split at most.
const PATHS_MAX: usize = 10;

/// Characters of an attribute's name and of its value.
const NAME_MAX: usize = 100;
const VALUE_MAX: usize = 1_000;

/// A step: what is done, and a number that stays with it whatever becomes of the steps around it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ProgrammeStep)]
pub struct Step {
    /// Given by the server. Whoever changes a programme keeps it, so that people stay where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// What is done.
    #[serde(flatten)]
    pub kind: Kind,
}

impl<'de> Deserialize<'de> for Step {
    /// The number beside the one field that says what is done; nothing else.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::<String, Value>::deserialize(deserializer)?;
        let id = fields.remove("id").unwrap_or_default();
        let id = serde_json::from_value(id).map_err(D::Error::custom)?;
        let kind = serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)?;
        Ok(Self { id, kind })
    }
}

impl From<Kind> for Step {
    fn from(kind: Kind) -> Self {
        Self { id: None, kind }
    }
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ProgrammeStepKind)]
pub enum Kind {
    /// A pause of so many hours.
    Wait {
        /// So many.
        #[schema(minimum = 1, maximum = 8784)]
        hours: u32,
    },
    /// A pause until something happens.
    WaitUntil(Until),
    /// A pause until a time of the day, in the time zone of the customer.
    WaitForTime(LocalTime),
    /// Only who is in this segment, or is not, goes on; the others leave.
    OnlyIf {
        /// The segment.
        segment: String,
        /// Whether who is in it goes on, or who is not.
        is_in: bool,
    },
    /// One way for who is in a segment, another for who is not; both meet behind it.
    #[schema(no_recursion)]
    Branch {
        /// The segment.
        segment: String,
        /// The steps of who is in it.
        then: Vec<Step>,
        /// The steps of the others.
        #[serde(default)]
        otherwise: Vec<Step>,
    },
    /// Paths by chance, to compare them; who comes again takes the same one. All meet behind it.
    #[schema(no_recursion)]
    Split {
        /// The paths.
        #[schema(min_items = 2, max_items = 10)]
        paths: Vec<Path>,
    },
    /// Something is said.
    Send {
        /// By which way.
        channel: Channel,
        /// What, by language.
        #[serde(default)]
        #[schema(value_type = BTreeMap<String, Content>)]
        content: BTreeMap<String, Content>,
        /// What is offered, where nothing of its own is said: chosen at the moment of sending.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<Offering>,
    },
    /// Another system is told who is here: a signed message `programme.step`.
    Webhook {
        /// The id of the endpoint.
        endpoint: String,
    },
    /// An attribute of the customer is set.
    UpdateProfile {
        /// Its name.
        #[schema(min_length = 1, max_length = 100)]
        attribute: String,
        /// What it is from now on.
        value: Scalar,
    },
}

/// What is waited for: an event or a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProgrammeUntil)]
pub struct Until {
    /// The customer does this, from the moment on at which they came here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Happening>,
    /// The customer is in this segment, or enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Nobody waits longer.
    #[schema(minimum = 1, maximum = 366)]
    pub at_most_days: u32,
    /// Whether who waited in vain leaves, or goes on as the others do.
    #[serde(default)]
    pub or_leave: bool,
}

/// A time of the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProgrammeLocalTime)]
pub struct LocalTime {
    /// As in `09:00:00`.
    #[schema(value_type = String)]
    pub at: NaiveTime,
    /// On these days of the week only, Monday is 1; on any where there is none.
    #[serde(default)]
    #[schema(max_items = 7)]
    pub weekdays: Vec<u8>,
}

/// One of the ways of a split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProgrammePath)]
pub struct Path {
    /// What people call it.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Its part of those who come by, against the weights of the others.
    #[schema(exclusive_minimum = 0)]
    pub weight: f64,
    /// Its steps; none for a path on which nothing is done.
    #[serde(default)]
    #[schema(no_recursion)]
    pub steps: Vec<Step>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub step: &'a Step,
    /// The id of the one behind it, past what is within it; none at the end.
    pub next: Option<u32>,
}

impl Place<'_> {
    /// The id of the step that comes first on one of the ways within it.
    pub fn first_of(&self, way: usize) -> Option<u32> {
        let ways = self.step.kind.ways();
        ways.get(way).and_then(|steps| steps.first()).map_or(self.next, |step| step.id)
    }
}

impl Kind {
    /// As in JSON.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Wait { .. } => "wait",
            Self::WaitUntil(_) => "wait_until",
            Self::WaitForTime(_) => "wait_for_time",
            Self::OnlyIf { .. } => "only_if",
            Self::Branch { .. } => "branch",
            Self::Split { .. } => "split",
            Self::Send { .. } => "send",
            Self::Webhook { .. } => "webhook",
            Self::UpdateProfile { .. } => "update_profile",
        }
    }

    /// The ways that part here.
    pub(super) fn ways(&self) -> Vec<&[Step]> {
        match self {
            Self::Branch { then, otherwise, .. } => vec![then, otherwise],
            Self::Split { paths } => paths.iter().map(|path| path.steps.as_slice()).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn ways_mut(&mut self) -> Vec<&mut [Step]> {
        match self {
            Self::Branch { then, otherwise, .. } => vec![then, otherwise],
            Self::Split { paths } => paths.iter_mut().map(|path| path.steps.as_mut_slice()).collect(),
            _ => Vec::new(),
        }
    }

    /// Where in its JSON a way stands.
    pub(super) fn pointer_of(&self, way: usize) -> String {
        match (self, way) {
            (Self::Split { .. }, way) => format!("/split/paths/{way}/steps"),
            (_, 0) => "/branch/then".to_owned(),
            _ => "/branch/otherwise".to_owned(),
        }
    }

    /// The segment that it asks for.
    pub(super) fn segment(&self) -> Option<&str> {
        match self {
            Self::OnlyIf { segment, .. } | Self::Branch { segment, .. } => Some(segment),
            Self::WaitUntil(until) => until.segment.as_deref(),
            _ => None,
        }
    }

    /// What is wrong with it by itself; what is said is checked as a campaign.
    pub(super) fn faults(&self, pointer: &str) -> Vec<Fault> {
        let pointer = format!("{pointer}/{}", self.name());
        let one = |field: &str, detail: &str| vec![Fault::new(format!("{pointer}/{field}"), detail)];
        match self {
            Self::Wait { hours } if !(1..=HOURS_MAX).contains(hours) => one("hours", "expected 1 to 8784 hours"),
            Self::WaitUntil(until) => until.faults(&pointer),
            Self::WaitForTime(time) if time.weekdays.iter().any(|day| !(1..=7).contains(day)) => {
                one("weekdays", "expected days from 1, Monday, to 7")
            }
            Self::Split { paths } if !(2..=PATHS_MAX).contains(&paths.len()) => one("paths", "expected 2 to 10 paths"),
            Self::Split { paths } => {
                let of_path = |(place, path): (usize, &Path)| {
                    let at = format!("{pointer}/paths/{place}");
                    let is_weight = path.weight.is_finite() && path.weight > 0.0;
                    let weight = (!is_weight).then(|| Fault::new(format!("{at}/weight"), "expected a number above 0"));
                    Fault::of_name(&format!("{at}/name"), &path.name).into_iter().chain(weight)
                };
                paths.iter().enumerate().flat_map(of_path).collect()
            }
            Self::UpdateProfile { attribute, value } => {
                let is_name = !attribute.trim().is_empty() && attribute.chars().count() <= NAME_MAX;
                let name = (!is_name).then(|| one("attribute", "expected a name of 1 to 100 characters"));
                let is_value = !matches!(value, Scalar::Text(text) if text.chars().count() > VALUE_MAX);
                let value = (!is_value).then(|| one("value", "expected 1000 characters at most"));
                name.into_iter().chain(value).flatten().collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Until {
    fn faults(&self, pointer: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.event.is_some() == self.segment.is_some() {
            faults.push(Fault::new(format!("{pointer}/segment"), "expected either an event or a segment"));
        }
        if let Some(event) = &self.event {
            faults.extend(faults_of(event, &format!("{pointer}/event")));
        }
        if !(1..=DAYS_MAX).contains(&self.at_most_days) {
            faults.push(Fault::new(format!("{pointer}/at_most_days"), "expected 1 to 366 days"));
        }
        faults
    }
}

impl LocalTime {
    /// The first such moment from now on.
    pub(super) fn next(&self, now: i64, zone: Tz) -> Option<i64> {
        let today = DateTime::from_timestamp_micros(now)?.with_timezone(&zone).date_naive();
        let days = (0..=7).filter_map(|later| today.checked_add_days(Days::new(later)));
        let days = days.filter(|day| {
            let weekday = day.weekday().number_from_monday();
            self.weekdays.is_empty() || self.weekdays.iter().any(|&wanted| u32::from(wanted) == weekday)
        });
        days.filter_map(|day| moments(day, self.at, zone).next()).find(|&moment| moment >= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programmes::Definition;
    use serde_json::json;

    fn micros(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    #[test]
    fn a_time_of_the_day_is_the_customers_own() {
        let nine =
            |weekdays: &[u8]| LocalTime { at: NaiveTime::from_hms_opt(9, 0, 0).unwrap(), weekdays: weekdays.to_vec() };
        let now = micros("2026-03-27T08:30:00Z"); // a Friday, the last one before clocks go forward in Europe
        let next = |time: &LocalTime, zone: Tz| time.next(now, zone).unwrap();
        assert_eq!(next(&nine(&[]), Tz::UTC), micros("2026-03-27T09:00:00Z"));
        assert_eq!(next(&nine(&[]), Tz::Europe__Warsaw), micros("2026-03-28T09:00:00+01:00"), "nine has passed there");
        assert_eq!(next(&nine(&[]), Tz::Asia__Tehran), micros("2026-03-28T09:00:00+03:30"));
        assert_eq!(next(&nine(&[1, 7]), Tz::Europe__Warsaw), micros("2026-03-29T09:00:00+02:00"));
        assert_eq!(next(&nine(&[5]), Tz::Europe__Warsaw), micros("2026-04-03T09:00:00+02:00"), "in a week");
        // Half past two is not there on that Sunday.
        let gap = LocalTime { at: NaiveTime::from_hms_opt(2, 30, 0).unwrap(), weekdays: vec![7] };
        assert_eq!(next(&gap, Tz::Europe__Warsaw), micros("2026-03-29T03:00:00+02:00"));
        assert_eq!(nine(&[]).next(micros("2026-03-27T09:00:00Z"), Tz::UTC), Some(micros("2026-03-27T09:00:00Z")));
    }

    fn definition(steps: Value) -> Definition {
        serde_json::from_value(json!({"entry": "e", "steps": steps})).unwrap()
    }

    #[test]
    fn programmes_of_before_steps_had_ids_are_read_by_their_places() {
        let old = definition(json!([{"wait": {"hours": 1}}, {"only_if": {"segment": "s", "is_in": true}}])).kept();
        assert_eq!(old.all().iter().map(|step| step.id).collect::<Vec<_>>(), [Some(0), Some(1)]);
        let again: Definition = serde_json::from_value(serde_json::to_value(&old).unwrap()).unwrap();
        assert_eq!(again, old);
        let wrong = [
            json!([{"wait": {"hours": 1}, "send": {}}]),
            json!([{"id": 1}]),
            json!([{"id": -1, "wait": {"hours": 1}}]),
            json!([{"wait": {"hours": 1, "days": 2}}]),
        ];
        for steps in wrong {
            let read = serde_json::from_value::<Definition>(json!({"entry": "e", "steps": steps}));
            assert!(read.is_err(), "{read:?}");
        }
    }

    #[test]
    fn ids_stay_and_new_steps_get_new_ones() {
        let written = definition(json!([
            {"id": 3, "wait": {"hours": 1}}, {"id": 9, "wait": {"hours": 2}}, {"id": 3, "wait": {"hours": 3}},
            {"branch": {"segment": "s", "then": [{"id": 1, "wait": {"hours": 4}}]}},
        ]));
        let numbered = written.numbered(|id| id <= 3, 7);
        let ids: Vec<_> = numbered.all().iter().filter_map(|step| step.id).collect();
        assert_eq!(ids, [3, 7, 8, 9, 1], "9 was never given, and there is one 3");
    }

    #[test]
    fn ways_part_and_meet_again() {
        let wait = |id: u32| json!({"id": id, "wait": {"hours": 1}});
        let branch = json!({"id": 1, "branch": {"segment": "s", "then": [wait(2), wait(3)]}});
        let paths = json!([{"name": "a", "weight": 1.0, "steps": [branch]}, {"name": "b", "weight": 1.0}]);
        let programme = definition(json!([{"id": 0, "split": {"paths": paths}}, wait(4)]));
        let places = programme.places();
        let next: Vec<_> = places.iter().map(|(id, place)| (*id, place.next)).collect();
        assert_eq!(next, [(0, Some(4)), (1, Some(4)), (2, Some(3)), (3, Some(4)), (4, None)]);
        assert_eq!((places[&0].first_of(0), places[&0].first_of(1)), (Some(1), Some(4)));
        assert_eq!((places[&1].first_of(0), places[&1].first_of(1)), (Some(2), Some(4)));
        let segments = programme.segments();
        assert_eq!(segments[1].0, "/definition/steps/0/split/paths/0/steps/0/branch/segment");
    }

    #[test]
    fn what_cannot_be_is_said_where_it_stands() {
        let programme = definition(json!([
            {"wait_until": {"at_most_days": 0}},
            {"wait_for_time": {"at": "09:00:00", "weekdays": [8]}},
            {"split": {"paths": [{"name": "a", "weight": 0.0}]}},
            {"split": {"paths": [{"name": "a", "weight": 0.0}, {"name": " ", "weight": 1.0}]}},
            {"update_profile": {"attribute": "", "value": true}},
        ]));
        let faults: Vec<String> = programme.faults(Tz::UTC).into_iter().map(|fault| fault.pointer).collect();
        let expected = [
            "0/wait_until/segment",
            "0/wait_until/at_most_days",
            "1/wait_for_time/weekdays",
            "2/split/paths",
            "3/split/paths/0/weight",
            "3/split/paths/1/name",
            "4/update_profile/attribute",
        ];
        assert_eq!(faults, expected.map(|pointer| format!("/definition/steps/{pointer}")));
        let mut nested = json!([{"wait": {"hours": 1}}]);
        for _ in 0..4 {
            nested = json!([{"branch": {"segment": "s", "then": nested}}]);
        }
        assert_eq!(definition(nested).faults(Tz::UTC).len(), 1);
    }
}
