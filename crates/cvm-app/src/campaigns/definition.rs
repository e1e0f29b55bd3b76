//! A campaign as people write it.

use crate::contacts::{Channel, Share};
use crate::platform::Time;
use crate::platform::jobs::Schedule;
use crate::platform::problem::Fault;
use crate::platform::templates::{Format, Template};
use chrono_tz::Tz;
use cvm_core::Language;
use cvm_core::segment::{Did, Happening, Node, Rule};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Variants of a campaign at most.
const VARIANTS_MAX: usize = 10;

/// Segments of an audience at most.
const SEGMENTS_MAX: usize = 20;

/// Characters of a description.
const DESCRIPTION_MAX: usize = 2_000;

/// Whom to tell what, when, and beside whom that is compared with saying nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignDefinition)]
pub struct Definition {
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: String,
    /// Who may become part of it.
    #[serde(default)]
    pub audience: Audience,
    /// By which way.
    pub channel: Channel,
    /// What is said; who is told which of them is dealt by weight, and stays so.
    #[schema(min_items = 1, max_items = 10)]
    pub variants: Vec<Variant>,
    /// The share of the audience that is told nothing, from 0 to 0.9; without one there is nothing to compare with.
    #[serde(default = "control")]
    #[schema(minimum = 0, maximum = 0.9)]
    pub control_share: f64,
    /// When people are chosen and told.
    #[serde(default)]
    pub timing: Timing,
    /// How many are told in a minute at most; as many as the way takes where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub per_minute: Option<u32>,
    /// Whether customers wait for it, as for a notice about their order: then neither consent nor caps nor quiet hours stand against it,
    /// and there is no control group.
    #[serde(default)]
    pub is_service: bool,
    /// Within how many days of being chosen what customers buy counts as its result.
    #[serde(default = "days")]
    #[schema(minimum = 1, maximum = 365)]
    pub result_days: u32,
    /// What else they are to do; it is counted for each side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
}

/// What counts as a conversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignConversion)]
pub struct Conversion {
    /// What they do, as in rules of segments.
    pub event: Happening,
    /// Within so many days after they were first told; of who was not, after they were chosen.
    #[serde(default = "week")]
    #[schema(minimum = 1, maximum = 365)]
    pub days: u32,
    /// Whether each time counts; else only the first.
    #[serde(default)]
    pub every: bool,
}

fn week() -> u32 {
    7
}

fn control() -> f64 {
    0.1
}

fn days() -> u32 {
    30
}

/// Who may become part of a campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignAudience)]
pub struct Audience {
    /// Who is in any of these segments; everybody where there is none.
    #[serde(default)]
    pub any_of: Vec<String>,
    /// But nobody of these.
    #[serde(default)]
    pub none_of: Vec<String>,
}

/// One of the things that may be said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignVariant)]
pub struct Variant {
    /// Different from those of the others.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Its part of those who are told something, against the weights of the others.
    #[serde(default = "weight")]
    pub weight: f64,
    /// What is said, by language. Who reads none of them gets the first of en, pl, ru and fa that is there.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Content>)]
    pub content: BTreeMap<String, Content>,
    /// What is offered, where nothing of its own is said: the treatment of the offer for the way and the customer's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offering>,
}

/// What a variant offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CampaignOffering)]
pub enum Offering {
    /// This offer, by its id, to whoever may have it.
    This(String),
    /// Whichever is best for each customer at the moment of sending; nothing is said where none is worth it.
    Best(Among),
}

/// Among which offers the best is chosen: among all where neither is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = CampaignAmongOffers)]
pub struct Among {
    /// Only those of this issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// Only those of this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

fn weight() -> f64 {
    1.0
}

/// What is said, in one language. All of it is Liquid, over `customer`, `values`, `campaign` and `unsubscribe_url`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = CampaignContent)]
pub struct Content {
    /// The subject of a letter, the title of a notice.
    pub subject: String,
    /// The text. Of a letter with a page, it is made of the page where it is empty.
    pub text: String,
    /// The same as a page, for e-mail and in an app.
    pub html: String,
}

/// When people are chosen and told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = CampaignTiming)]
pub enum Timing {
    /// As soon as it is approved.
    #[default]
    Now,
    /// At this time.
    At(Time),
    /// Again and again, by a cron pattern in the time zone of the settings, as in `0 9 * * 1`.
    Every(String),
}

impl Timing {
    /// When people are next chosen, after this moment; none where that was.
    pub fn next(&self, now: i64, zone: Tz) -> Option<i64> {
        match self {
            Self::Now => Some(now),
            Self::At(time) => Some(time.0.max(now)),
            Self::Every(pattern) => Schedule::cron(pattern, zone).ok()?.next(now),
        }
    }

    /// Whether it comes again.
    pub fn is_recurring(&self) -> bool {
        matches!(self, Self::Every(_))
    }
}

impl Content {
    /// Its parts, with what they are.
    pub(super) fn parts(&self) -> [(&'static str, &str, Format); 3] {
        [
            ("subject", &self.subject, Format::Text),
            ("text", &self.text, Format::Text),
            ("html", &self.html, Format::Html),
        ]
    }
}

impl Conversion {
    /// As the rule of a segment of all who have done it.
    pub fn rule(&self) -> Rule {
        Rule::new(Node::Did(Did { event: self.event.clone(), when: None, times: None, spending: None }))
    }
}

impl Definition {
    /// The share that is told nothing; none of what customers wait for.
    pub(super) fn control(&self) -> Option<f64> {
        (!self.is_service).then_some(self.control_share)
    }

    /// The shares of the variants, by their places.
    pub(super) fn dealt(&self) -> Vec<Share<usize>> {
        let share = |(side, variant): (usize, &Variant)| Share { side, weight: variant.weight };
        self.variants.iter().enumerate().map(share).collect()
    }

    /// What is wrong with it, whatever else there is.
    pub fn faults(&self, zone: Tz) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut wrong =
            |pointer: &str, detail: String| faults.push(Fault::new(format!("/definition{pointer}"), detail));
        let characters = self.description.chars().count();
        if characters > DESCRIPTION_MAX {
            wrong("/description", format!("{characters} characters; expected {DESCRIPTION_MAX} at most"));
        }
        for (name, segments) in [("any_of", &self.audience.any_of), ("none_of", &self.audience.none_of)] {
            if segments.len() > SEGMENTS_MAX {
                let detail = format!("{} segments; expected {SEGMENTS_MAX} at most", segments.len());
                wrong(&format!("/audience/{name}"), detail);
            }
        }
        if !(0.0..=0.9).contains(&self.control_share) {
            wrong("/control_share", "expected a share from 0 to 0.9".to_owned());
        }
        if self.per_minute == Some(0) {
            wrong("/per_minute", "expected 1 at least; stop the campaign to tell nobody".to_owned());
        }
        if !(1..=365).contains(&self.result_days) {
            wrong("/result_days", "expected 1 to 365 days".to_owned());
        }
        if let Some(conversion) = &self.conversion {
            if !(1..=365).contains(&conversion.days) {
                wrong("/conversion/days", "expected 1 to 365 days".to_owned());
            }
            for fault in conversion.rule().check() {
                let place = fault.pointer.strip_prefix("/who/did").unwrap_or(&fault.pointer);
                wrong(&format!("/conversion{place}"), fault.detail);
            }
        }
        if let Timing::Every(pattern) = &self.timing
            && let Err(error) = Schedule::cron(pattern, zone)
        {
            wrong("/timing/every", format!("{error}; expected a cron pattern, as in 0 9 * * 1"));
        }
        if self.variants.is_empty() || self.variants.len() > VARIANTS_MAX {
            wrong("/variants", format!("{} variants; expected 1 to {VARIANTS_MAX}", self.variants.len()));
        }
        for (place, variant) in self.variants.iter().enumerate() {
            if self.variants[..place].iter().any(|other| other.name.trim() == variant.name.trim()) {
                wrong(&format!("/variants/{place}/name"), "another variant has the same name".to_owned());
            }
            if !variant.weight.is_finite() || variant.weight <= 0.0 {
                wrong(&format!("/variants/{place}/weight"), "expected a number above 0".to_owned());
            }
        }
        for (place, variant) in self.variants.iter().enumerate() {
            faults.extend(Fault::of_name(&format!("/definition/variants/{place}/name"), &variant.name));
            faults.extend(self.faults_of_content(variant, &format!("/definition/variants/{place}/content")));
        }
        faults
    }

    fn faults_of_content(&self, variant: &Variant, pointer: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        match (&variant.offer, variant.content.is_empty()) {
            (None, true) => faults.push(Fault::new(pointer, "nothing is said in any language")),
            (Some(_), false) => {
                let detail = "it makes an offer, which has its own words; leave these out";
                faults.push(Fault::new(pointer, detail));
            }
            _ => {}
        }
        if variant.offer.is_some() && self.is_service {
            let pointer = pointer.replace("/content", "/offer");
            faults.push(Fault::new(pointer, "customers wait for a service message; it makes no offer"));
        }
        for (language, content) in &variant.content {
            let pointer = format!("{pointer}/{language}");
            if language.parse::<Language>().is_err() {
                faults.push(Fault::new(pointer.as_str(), "no language of ours; expected en, pl, ru or fa"));
                continue;
            }
            if content.text.trim().is_empty() && content.html.trim().is_empty() {
                faults.push(Fault::new(format!("{pointer}/text"), "nothing is said"));
            }
            if content.subject.trim().is_empty() && matches!(self.channel, Channel::Email | Channel::Push) {
                faults.push(Fault::new(format!("{pointer}/subject"), "a letter needs a subject, a notice a title"));
            }
            if !content.html.is_empty() && !matches!(self.channel, Channel::Email | Channel::InApp | Channel::Webhook) {
                faults.push(Fault::new(format!("{pointer}/html"), "this way carries no pages; write it as text"));
            }
            for (name, text, format) in content.parts() {
                faults.extend(Template::fault(&format!("{pointer}/{name}"), text, format));
            }
        }
        faults
    }
}

impl Variant {
    /// What is said to somebody who reads this language, and in which language that is.
    pub(super) fn content_for(&self, language: Option<&str>) -> Option<(Language, &Content)> {
        let own = language.and_then(|language| language.parse().ok());
        let order = own.into_iter().chain(Language::ALL);
        order.filter_map(|language| Some((language, self.content.get(language.code())?))).next()
    }
}
