//! A programme as people write it.

use super::step::{Kind, Place, Step};
use crate::campaigns::{self, Audience, Content, Offering, Timing, Variant};
use crate::contacts::Channel;
use crate::platform::problem::Fault;
use chrono_tz::Tz;
use cvm_core::segment::Happening;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Steps at most, those within others too.
pub(super) const STEPS_MAX: usize = 30;

/// Forks within each other at most.
const FORKS_MAX: usize = 3;

/// Who goes through what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProgrammeDefinition)]
pub struct Definition {
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: String,
    /// Whoever enters this segment from the start on. With `on_event`: only who is in it then; everybody where it is empty.
    #[serde(default)]
    pub entry: String,
    /// Whoever does this from the start on. What comes in more than a day late starts nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_event: Option<Happening>,
    /// Who has gone through may go through again after so many days; never where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub again_after_days: Option<u32>,
    /// Whoever enters this segment has what the programme is for, and leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// The share of those who enter that is told nothing, from 0 to 0.9.
    #[serde(default = "control")]
    #[schema(minimum = 0, maximum = 0.9)]
    pub control_share: f64,
    /// One after the other. At most 30, those within others too.
    #[schema(min_items = 1, max_items = 30)]
    pub steps: Vec<Step>,
    /// Within how many days of entering what customers buy counts as its result.
    #[serde(default = "days")]
    #[schema(minimum = 1, maximum = 365)]
    pub result_days: u32,
}

fn control() -> f64 {
    0.1
}

fn days() -> u32 {
    30
}

impl Definition {
    /// All steps, each before those within it.
    pub(super) fn all(&self) -> Vec<&Step> {
        fn walk<'a>(steps: &'a [Step], into: &mut Vec<&'a Step>) {
            for step in steps {
                into.push(step);
                step.kind.ways().into_iter().for_each(|way| walk(way, into));
            }
        }
        let mut all = Vec::new();
        walk(&self.steps, &mut all);
        all
    }

    /// Where each step stands, by its id.
    pub(super) fn places(&self) -> BTreeMap<u32, Place<'_>> {
        fn lay<'a>(steps: &'a [Step], after: Option<u32>, into: &mut BTreeMap<u32, Place<'a>>) {
            let nexts = steps.iter().skip(1).map(|step| step.id).chain([after]);
            for (step, next) in steps.iter().zip(nexts) {
                if let Some(id) = step.id {
                    into.insert(id, Place { step, next });
                }
                step.kind.ways().into_iter().for_each(|way| lay(way, next, into));
            }
        }
        let mut places = BTreeMap::new();
        lay(&self.steps, None, &mut places);
        places
    }

    /// The same with an id for every step: those that are known stay, each once; the others get the next ones from here on.
    pub(super) fn numbered(mut self, is_known: impl Fn(u32) -> bool, from: u32) -> Self {
        fn number(steps: &mut [Step], give: &mut impl FnMut(Option<u32>) -> u32) {
            for step in steps {
                step.id = Some(give(step.id));
                step.kind.ways_mut().into_iter().for_each(|way| number(way, give));
            }
        }
        let (mut next, mut taken) = (from, BTreeSet::new());
        number(&mut self.steps, &mut |id| match id.filter(|&id| is_known(id) && taken.insert(id)) {
            Some(id) => id,
            None => {
                next += 1;
                next - 1
            }
        });
        self
    }

    /// As it is kept: before steps had ids, their places were these.
    pub(super) fn kept(self) -> Self {
        let from = self.all().iter().filter_map(|step| step.id).max().map_or(0, |last| last + 1);
        self.numbered(|_| true, from)
    }

    /// The segments it is made of, with where they stand.
    pub(super) fn segments(&self) -> Vec<(String, &str)> {
        let mut segments = Vec::new();
        if self.on_event.is_none() || !self.entry.is_empty() {
            segments.push(("/definition/entry".to_owned(), self.entry.as_str()));
        }
        segments.extend(self.goal.iter().map(|goal| ("/definition/goal".to_owned(), goal.as_str())));
        for (pointer, step) in self.pointed() {
            let segment = step.kind.segment();
            segments.extend(segment.map(|segment| (format!("{pointer}/{}/segment", step.kind.name()), segment)));
        }
        segments
    }

    /// The endpoints that its steps tell, with where they stand.
    pub(super) fn endpoints(&self) -> Vec<(String, &str)> {
        let mut endpoints = Vec::new();
        for (pointer, step) in self.pointed() {
            if let Kind::Webhook { endpoint } = &step.kind {
                endpoints.push((format!("{pointer}/webhook/endpoint"), endpoint.as_str()));
            }
        }
        endpoints
    }

    /// What its steps offer, by which way, with where that stands.
    pub(super) fn offers(&self) -> Vec<(String, Channel, &Offering)> {
        let mut offers = Vec::new();
        for (pointer, step) in self.pointed() {
            if let Kind::Send { channel, offer: Some(offer), .. } = &step.kind {
                offers.push((format!("{pointer}/send/offer"), *channel, offer));
            }
        }
        offers
    }

    /// All steps with where they stand in JSON.
    fn pointed(&self) -> Vec<(String, &Step)> {
        fn walk<'a>(steps: &'a [Step], at: &str, into: &mut Vec<(String, &'a Step)>) {
            for (place, step) in steps.iter().enumerate() {
                let pointer = format!("{at}/{place}");
                into.push((pointer.clone(), step));
                let ways = step.kind.ways().into_iter().enumerate();
                ways.for_each(|(way, steps)| walk(steps, &format!("{pointer}{}", step.kind.pointer_of(way)), into));
            }
        }
        let mut all = Vec::new();
        walk(&self.steps, "/definition/steps", &mut all);
        all
    }

    /// The steps that say something, by their ids, each as a campaign.
    pub(super) fn campaigns(&self) -> Vec<(usize, campaigns::Definition)> {
        let campaign = |step: &Step| match &step.kind {
            Kind::Send { channel, content, offer } => {
                Some((step.id? as usize, self.campaign(*channel, content, offer.as_ref())))
            }
            _ => None,
        };
        self.all().into_iter().filter_map(campaign).collect()
    }

    /// The whole, as the campaign that its result is told of: who entered was dealt to its sides.
    pub(super) fn whole(&self) -> campaigns::Definition {
        let whole = self.campaign(Channel::Email, &BTreeMap::new(), None);
        let variants = vec![Variant { name: String::new(), weight: 1.0, content: BTreeMap::new(), offer: None }];
        let any_of = Some(self.entry.clone()).filter(|entry| !entry.is_empty()).into_iter().collect();
        let audience = Audience { any_of, none_of: Vec::new() };
        campaigns::Definition { control_share: self.control_share, audience, variants, ..whole }
    }

    fn campaign(
        &self,
        channel: Channel,
        content: &BTreeMap<String, Content>,
        offer: Option<&Offering>,
    ) -> campaigns::Definition {
        let (name, content, offer) = ("A".to_owned(), content.clone(), offer.cloned());
        campaigns::Definition {
            description: String::new(),
            audience: Audience::default(),
            channel,
            variants: vec![Variant { name, weight: 1.0, content, offer }],
            control_share: 0.0,
            timing: Timing::Now,
            per_minute: None,
            is_service: false,
            result_days: self.result_days,
            conversion: None,
        }
    }

    /// What is wrong with it, whatever else there is.
    pub fn faults(&self, zone: Tz) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut wrong =
            |pointer: &str, detail: &str| faults.push(Fault::new(format!("/definition{pointer}"), detail.to_owned()));
        if self.description.chars().count() > 2_000 {
            wrong("/description", "more than 2000 characters");
        }
        if !(0.0..=0.9).contains(&self.control_share) {
            wrong("/control_share", "expected a share from 0 to 0.9");
        }
        if self.again_after_days == Some(0) {
            wrong("/again_after_days", "expected 1 at least, or nothing");
        }
        if !(1..=365).contains(&self.result_days) {
            wrong("/result_days", "expected 1 to 365 days");
        }
        let steps = self.pointed();
        if steps.is_empty() || steps.len() > STEPS_MAX {
            wrong("/steps", "expected 1 to 30 steps, those within others too");
        }
        let forks =
            |pointer: &str| pointer.split('/').filter(|part| ["then", "otherwise", "paths"].contains(part)).count();
        if steps.iter().any(|(pointer, _)| forks(pointer) > FORKS_MAX) {
            wrong("/steps", "more than 3 forks within each other; make another programme of what is inside");
        }
        if let Some(event) = &self.on_event {
            faults.extend(faults_of(event, "/definition/on_event"));
        }
        for (pointer, step) in steps {
            faults.extend(step.kind.faults(&pointer));
            if let Kind::Send { channel, content, offer } = &step.kind {
                let inside =
                    self.campaign(*channel, content, offer.as_ref()).faults(zone).into_iter().filter_map(|fault| {
                        let rest = fault.pointer.strip_prefix("/definition/variants/0")?.to_owned();
                        Some(Fault::new(format!("{pointer}/send{rest}"), fault.detail))
                    });
                faults.extend(inside);
            }
        }
        faults
    }
}

/// What is wrong with an event.
pub(super) fn faults_of(event: &Happening, pointer: &str) -> Vec<Fault> {
    let faults = event.check().into_iter();
    faults.map(|fault| Fault::new(format!("{pointer}{}", fault.pointer), fault.detail)).collect()
}
