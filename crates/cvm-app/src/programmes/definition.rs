//! A programme as people write it.

use crate::campaigns::{self, Audience, Content, Timing, Variant};
use crate::contacts::Channel;
use crate::platform::problem::Fault;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Steps at most.
const STEPS_MAX: usize = 30;

/// Hours of a pause at most: a year.
const HOURS_MAX: u32 = 8_784;

/// Who goes through what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProgrammeDefinition)]
pub struct Definition {
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: String,
    /// Whoever enters this segment from the start on.
    pub entry: String,
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
    /// One after the other.
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

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ProgrammeStep)]
pub enum Step {
    /// A pause of so many hours.
    Wait {
        /// So many.
        #[schema(minimum = 1, maximum = 8784)]
        hours: u32,
    },
    /// Only who is in this segment, or is not, goes on; the others leave.
    OnlyIf {
        /// The segment.
        segment: String,
        /// Whether who is in it goes on, or who is not.
        is_in: bool,
    },
    /// Something is said.
    Send {
        /// By which way.
        channel: Channel,
        /// What, by language.
        #[schema(value_type = BTreeMap<String, Content>)]
        content: BTreeMap<String, Content>,
    },
}

impl Definition {
    /// The segments it is made of, with where they stand.
    pub(super) fn segments(&self) -> Vec<(String, &str)> {
        let mut segments = vec![("/definition/entry".to_owned(), self.entry.as_str())];
        segments.extend(self.goal.iter().map(|goal| ("/definition/goal".to_owned(), goal.as_str())));
        for (place, step) in self.steps.iter().enumerate() {
            if let Step::OnlyIf { segment, .. } = step {
                segments.push((format!("/definition/steps/{place}/only_if/segment"), segment));
            }
        }
        segments
    }

    /// The steps that say something, each as a campaign.
    pub(super) fn campaigns(&self) -> Vec<(usize, campaigns::Definition)> {
        let campaign = |(place, step): (usize, &Step)| match step {
            Step::Send { channel, content } => Some((place, self.campaign(*channel, content))),
            Step::Wait { .. } | Step::OnlyIf { .. } => None,
        };
        self.steps.iter().enumerate().filter_map(campaign).collect()
    }

    /// The whole, as the campaign that its result is told of: who entered was dealt to its sides.
    pub(super) fn whole(&self) -> campaigns::Definition {
        let whole = self.campaign(Channel::Email, &BTreeMap::new());
        let variants = vec![Variant { name: String::new(), weight: 1.0, content: BTreeMap::new(), offer: None }];
        let audience = Audience { any_of: vec![self.entry.clone()], none_of: Vec::new() };
        campaigns::Definition { control_share: self.control_share, audience, variants, ..whole }
    }

    fn campaign(&self, channel: Channel, content: &BTreeMap<String, Content>) -> campaigns::Definition {
        campaigns::Definition {
            description: String::new(),
            audience: Audience::default(),
            channel,
            variants: vec![Variant { name: "A".to_owned(), weight: 1.0, content: content.clone(), offer: None }],
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
        if self.steps.is_empty() || self.steps.len() > STEPS_MAX {
            wrong("/steps", "expected 1 to 30 steps");
        }
        for (place, step) in self.steps.iter().enumerate() {
            if let Step::Wait { hours } = step
                && !(1..=HOURS_MAX).contains(hours)
            {
                wrong(&format!("/steps/{place}/wait/hours"), "expected 1 to 8784 hours");
            }
        }
        for (place, campaign) in self.campaigns() {
            let inside = campaign.faults(zone).into_iter().filter_map(|fault| {
                let rest = fault.pointer.strip_prefix("/definition/variants/0")?.to_owned();
                Some(Fault::new(format!("/definition/steps/{place}/send{rest}"), fault.detail))
            });
            faults.extend(inside);
        }
        faults
    }
}
