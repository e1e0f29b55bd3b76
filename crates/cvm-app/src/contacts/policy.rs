//! The rules of who may be told something now.

use crate::customers::identifiers::Kind;
use crate::platform::problem::Fault;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use cvm_core::segment::{Consent, ConsentIs, Person, Word, consent, start_of_day};
use cvm_core::text::Words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The ways to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Email,
    /// A short message to a telephone.
    Sms,
    /// A notice of an app.
    Push,
    /// Another system is told, which does the rest.
    Webhook,
    /// What a shop or an app asks for when the customer is there.
    InApp,
    /// Somebody calls.
    Call,
    /// A letter, by a file for the printer.
    Print,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Email, Self::Sms, Self::Push, Self::Webhook, Self::InApp, Self::Call, Self::Print];

    /// As in the database, the API and consents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Push => "push",
            Self::Webhook => "webhook",
            Self::InApp => "in_app",
            Self::Call => "call",
            Self::Print => "print",
        }
    }

    /// As people call it.
    pub fn words(self, words: Words) -> String {
        words.channel(self.name()).unwrap_or_else(|| self.name().to_owned())
    }

    /// The way of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// What kind of identifier its address is; none where it is no identifier.
    pub fn identifier(self) -> Option<Kind> {
        match self {
            Self::Email => Some(Kind::Email),
            Self::Sms | Self::Call => Some(Kind::Phone),
            Self::Push | Self::Print | Self::Webhook | Self::InApp => None,
        }
    }

    /// The attribute with the address by which somebody is reached; none where they are known by more than that, or come themselves.
    pub fn address(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("email"),
            Self::Sms | Self::Call => Some("phone"),
            Self::Push => Some("push_token"),
            Self::Webhook | Self::InApp | Self::Print => None,
        }
    }
}

/// What a customer must have said before they are told anything by a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConsentNeeded)]
pub enum Needed {
    /// Yes.
    Granted,
    /// Anything but no.
    NotDenied,
}

/// At most so many contacts in so many days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactCap)]
pub struct Cap {
    /// So many; 0 for none at all.
    #[schema(maximum = 1000)]
    pub most: u32,
    /// In so many calendar days of the customer, today among them: 1 is today.
    #[schema(minimum = 1, maximum = 366)]
    pub days: u32,
    /// Only those by this way; all where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Only those with an offer of this group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Only those with this offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
}

/// Hours of a day, in the time of the customer; over midnight where they end before they begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietHours)]
pub struct Hours {
    /// The first minute, as in `21:00`.
    #[schema(value_type = String)]
    pub from: NaiveTime,
    /// The first minute after.
    #[schema(value_type = String)]
    pub until: NaiveTime,
    /// By which ways nothing is said then.
    pub channels: Vec<Channel>,
}

/// Who may be told something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactPolicy)]
pub struct Policy {
    /// What consents are asked for, as in `marketing`.
    #[schema(min_length = 1, max_length = 100)]
    pub purpose: String,
    /// What must have been said, by way; nothing where a way is not named.
    pub consent: BTreeMap<Channel, Needed>,
    /// How often at most.
    pub caps: Vec<Cap>,
    /// When nothing is said.
    pub quiet: Option<Hours>,
    /// The share of all customers who are never told anything, from 0 to 0.5.
    #[schema(minimum = 0, maximum = 0.5)]
    pub global_control: f64,
}

impl Default for Policy {
    /// What law and good manners ask for in most countries, and a group to compare with.
    fn default() -> Self {
        let granted = [Channel::Email, Channel::Sms, Channel::Push, Channel::Call];
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self {
            purpose: "marketing".to_owned(),
            consent: granted
                .into_iter()
                .map(|channel| (channel, Needed::Granted))
                .chain([Channel::Print, Channel::Webhook].map(|channel| (channel, Needed::NotDenied)))
                .collect(),
            caps: vec![Cap { most: 3, days: 7, channel: None, group: None, offer: None }],
            quiet: Some(Hours {
                from: hour(21),
                until: hour(8),
                channels: vec![Channel::Sms, Channel::Push, Channel::Call],
            }),
            global_control: 0.02,
        }
    }
}

/// Something that was said to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The customer, by whoever survived then.
    pub customer: String,
    /// When.
    pub at: i64,
    /// By which way.
    pub channel: Channel,
    /// Of which campaign or programme.
    pub campaign: Option<String>,
    /// With which offer.
    pub offer: Option<String>,
    /// The group of the offer.
    pub group: Option<String>,
}

/// What somebody wants to say.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// By which way.
    pub channel: Channel,
    /// With which offer.
    pub offer: Option<&'a str>,
    /// The group of the offer.
    pub group: Option<&'a str>,
    /// Whether the customer waits for it, as for the answer to a complaint: no cap, no quiet hours and no consent stand against it.
    pub is_service: bool,
}

/// What is known of whom it would be said to.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// What they said of consents.
    pub consents: &'a [Consent],
    /// Whether they are on the list of those who are not to be contacted.
    pub is_suppressed: bool,
    /// What was said to them of late.
    pub contacts: &'a [Contact],
    /// Whose days and hours count.
    pub zone: Tz,
    /// This moment.
    pub now: i64,
}

/// Why something is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContactRefusal)]
pub enum Refusal {
    /// They are on the list of those who are not to be contacted.
    Suppressed,
    /// They said no, or have not said yes.
    NoConsent,
    /// There is no address by which they could be reached.
    NoAddress,
    /// They belong to those who are never told anything.
    GlobalControl,
    /// They were told enough of late.
    Capped,
    /// Not at this hour: again then.
    Quiet {
        /// When it may be said, in microseconds of Unix time.
        until: i64,
    },
    /// They are nobody any more.
    Gone,
}

impl Refusal {
    /// As in the database and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::NoConsent => "no_consent",
            Self::NoAddress => "no_address",
            Self::GlobalControl => "global_control",
            Self::Capped => "capped",
            Self::Quiet { .. } => "quiet",
            Self::Gone => "gone",
        }
    }
}

/// The time zone of a customer: their attribute `timezone`, else that of the settings.
pub fn zone_of(person: &Person, settings: Tz) -> Tz {
    let own = person.attributes.get("timezone").and_then(|zone| zone.as_str());
    own.and_then(|zone| zone.parse().ok()).unwrap_or(settings)
}

impl Policy {
    /// Why something is not to be said now; none where it may.
    pub fn refusal(&self, asked: &Asked<'_>, of: &Of<'_>) -> Option<Refusal> {
        if of.is_suppressed {
            return Some(Refusal::Suppressed);
        }
        if asked.is_service {
            return None;
        }
        let is = |is| {
            let channel = Some(asked.channel.name().to_owned());
            consent(of.consents, &ConsentIs { purpose: self.purpose.clone(), channel, is })
        };
        let may = match self.consent.get(&asked.channel) {
            Some(Needed::Granted) => is(Word::Granted),
            Some(Needed::NotDenied) => !is(Word::Denied),
            None => true,
        };
        if !may {
            return Some(Refusal::NoConsent);
        }
        if self.caps.iter().any(|cap| cap.concerns(asked) && cap.count(of) >= cap.most) {
            return Some(Refusal::Capped);
        }
        let quiet = self.quiet.as_ref().filter(|hours| hours.channels.contains(&asked.channel));
        quiet.and_then(|hours| hours.end(of.now, of.zone)).map(|until| Refusal::Quiet { until })
    }

    /// From when on contacts are needed to count them, for somebody in whatever time zone.
    pub fn remembers(&self, now: i64) -> i64 {
        const DAY: i64 = 86_400_000_000;
        let days = self.caps.iter().map(|cap| cap.days).max().unwrap_or(0);
        now - (i64::from(days) + 2) * DAY
    }

    /// What is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        const CAPS_MAX: usize = 100;
        let mut faults: Vec<Fault> = Fault::of_name("/purpose", &self.purpose).into_iter().collect();
        if self.caps.len() > CAPS_MAX {
            faults.push(Fault::new("/caps", format!("{} caps; expected {CAPS_MAX} at most", self.caps.len())));
        }
        for (place, cap) in self.caps.iter().enumerate() {
            if cap.most > 1_000 {
                faults.push(Fault::new(format!("/caps/{place}/most"), "expected 0 to 1000"));
            }
            if !(1..=366).contains(&cap.days) {
                faults.push(Fault::new(format!("/caps/{place}/days"), "expected 1 to 366 days"));
            }
        }
        if !(0.0..=0.5).contains(&self.global_control) {
            faults.push(Fault::new("/global_control", "expected a share from 0 to 0.5"));
        }
        if self.quiet.as_ref().is_some_and(|hours| hours.from == hours.until) {
            faults.push(Fault::new("/quiet/until", "the same as `from`; give another hour, or no quiet hours"));
        }
        faults
    }
}

impl Cap {
    fn concerns(&self, asked: &Asked<'_>) -> bool {
        self.channel.is_none_or(|channel| channel == asked.channel)
            && self.group.as_deref().is_none_or(|group| Some(group) == asked.group)
            && self.offer.as_deref().is_none_or(|offer| Some(offer) == asked.offer)
    }

    fn count(&self, of: &Of<'_>) -> u32 {
        let today = DateTime::from_timestamp_micros(of.now).unwrap_or_default().with_timezone(&of.zone).date_naive();
        let first = today.checked_sub_days(Days::new(u64::from(self.days.max(1) - 1))).unwrap_or(today);
        let from = start_of_day(first, of.zone);
        let counts = |contact: &&Contact| {
            contact.at >= from
                && self.channel.is_none_or(|channel| channel == contact.channel)
                && self.group.as_ref().is_none_or(|group| Some(group) == contact.group.as_ref())
                && self.offer.as_ref().is_none_or(|offer| Some(offer) == contact.offer.as_ref())
        };
        u32::try_from(of.contacts.iter().filter(counts).count()).unwrap_or(u32::MAX)
    }
}

impl Hours {
    /// When these hours end, if it is one of them now.
    fn end(&self, now: i64, zone: Tz) -> Option<i64> {
        let local = DateTime::from_timestamp_micros(now)?.with_timezone(&zone);
        let (day, time) = (local.date_naive(), local.time());
        let over_midnight = self.from > self.until;
        let is_quiet = match over_midnight {
            true => time >= self.from || time < self.until,
            false => (self.from..self.until).contains(&time),
        };
        if !is_quiet {
            return None;
        }
        let day = if over_midnight && time >= self.from { day.succ_opt()? } else { day };
        moments(day, self.until, zone).find(|&end| end > now)
    }
}

/// Moments from a time of a day on, minute by minute: where a clock is put forward, the time itself may not be there.
pub fn moments(day: NaiveDate, time: NaiveTime, zone: Tz) -> impl Iterator<Item = i64> {
    let minutes = (0..=180).map(move |minutes| day.and_time(time) + chrono::TimeDelta::minutes(minutes));
    minutes
        .filter_map(move |moment| zone.from_local_datetime(&moment).earliest())
        .map(|moment| moment.timestamp_micros())
}
