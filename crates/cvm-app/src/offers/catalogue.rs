//! What an offer is, and what is wrong with one.

use super::content;
use crate::contacts::Channel;
use crate::platform::Time;
use crate::platform::problem::Fault;
use crate::platform::templates::{Format, Template};
use cvm_core::segment::{Comparison, Rule};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Treatments of one offer.
const TREATMENTS_MAX: usize = 20;
/// Treatments that one offer has ever had: [`Treatment::key`] has room for so many.
const NUMBERS_MAX: i64 = 99;
/// Placements, languages, caps and context weights of one kind.
const LIST_MAX: usize = 20;
/// Letters of a description, a subject and a body.
const DESCRIPTION_MAX: usize = 2_000;
const SUBJECT_MAX: usize = 500;
const BODY_MAX: usize = 100_000;
/// Bytes of the data of a treatment.
const DATA_MAX: usize = 32 << 10;
/// What a lever or weight can multiply by.
const FACTOR_MAX: f64 = 100.0;
/// An amount that sums of a million fit into.
const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// An offer as somebody writes it. Amounts are in the smallest unit of the currency of the settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOffer)]
pub struct Draft {
    /// Different from those of other offers.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it is for; only for those who work here.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: String,
    /// The reason to offer anything, as in `retention`.
    #[schema(min_length = 1, max_length = 100, example = "retention")]
    pub issue: String,
    /// The kind of offer, as in `win-back`. A new offer is expected to be answered as others of its group are.
    #[schema(min_length = 1, max_length = 100, example = "win-back")]
    pub group: String,
    /// Only an active one is offered.
    #[serde(default)]
    pub state: State,
    /// What an acceptance brings: margin that would not come without it, over the horizon of the settings.
    pub worth: Worth,
    /// What it costs.
    #[serde(default)]
    pub cost: Cost,
    /// Offered from this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Time>,
    /// Offered before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
    /// So many acceptances at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub stock: Option<i64>,
    /// It may cost so much in all, contacts included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub budget: Option<i64>,
    /// A factor of the business: 1 changes nothing.
    #[serde(default = "one")]
    #[schema(exclusive_minimum = 0, maximum = 100)]
    pub lever: f64,
    /// After so many days without an answer it counts as not accepted.
    #[serde(default = "week")]
    #[schema(minimum = 1, maximum = 365)]
    pub answer_days: i64,
    /// To whom it may be offered.
    #[serde(default)]
    pub policy: Policy,
    /// How often one customer is told of it; besides what the contact policy says of all offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// What in the context of a decision makes it more or less fitting; factors of several that hold are multiplied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<ContextWeight>,
    /// How it is told, by channel.
    pub treatments: Vec<Treatment>,
    /// When it is changed: the version that was read. Where the offer has another by now, nothing is changed.
    #[serde(default, skip_serializing)]
    pub version: Option<i64>,
}

fn one() -> f64 {
    1.0
}

fn week() -> i64 {
    7
}

/// Whether an offer is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OfferState)]
pub enum State {
    /// It is being written.
    #[default]
    Draft,
    /// It is offered, as far as its limits allow.
    Active,
    /// It rests.
    Paused,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Active, Self::Paused];

    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }
}

/// What an acceptance brings, before its cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = OfferWorth)]
pub enum Worth {
    /// This much margin, whoever accepts.
    Amount(i64),
    /// This share of the margin that the customer is expected to bring over the horizon anyway (`values.clv`) comes on top.
    ShareOfMargin(f64),
}

/// What an offer costs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = OfferCost)]
pub struct Cost {
    /// For each acceptance: a reward, a gift.
    pub per_acceptance: i64,
    /// Of the order that is accepted with: a discount, as a fraction.
    #[schema(minimum = 0, maximum = 1)]
    pub share_of_order: f64,
    /// For each time that somebody is told, by channel. May have decimals: an e-mail costs less than a cent.
    #[schema(value_type = Object, example = json!({"email": 0.2, "call": 400}))]
    pub contact: BTreeMap<Channel, f64>,
}

impl Cost {
    /// For each time that somebody is told by this way.
    pub fn of_contact(&self, channel: Channel) -> f64 {
        self.contact.get(&channel).copied().unwrap_or_default()
    }
}

/// To whom an offer may be made, as rules of segments. What is not known does not hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = OfferPolicy)]
pub struct Policy {
    /// Who may have it at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eligible: Option<Rule>,
    /// For whom it makes sense now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicable: Option<Rule>,
    /// For whom it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suitable: Option<Rule>,
}

impl Policy {
    /// The three with their names.
    pub fn rules(&self) -> [(&'static str, Option<&Rule>); 3] {
        let Self { eligible, applicable, suitable } = self;
        [("eligible", eligible.as_ref()), ("applicable", applicable.as_ref()), ("suitable", suitable.as_ref())]
    }
}

/// So many times in so many days at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfferCap)]
pub struct Cap {
    /// How often.
    #[schema(minimum = 1, maximum = 1000)]
    pub times: u32,
    /// Within the last so many days.
    #[schema(minimum = 1, maximum = 365)]
    pub days: u32,
}

/// That something in the context of a decision makes an offer more or less fitting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfferContextWeight)]
pub struct ContextWeight {
    /// A name in the context.
    #[schema(example = "intent")]
    pub name: String,
    /// What it should be.
    pub is: Comparison,
    /// The factor, where it is so: above 1 for more fitting.
    #[schema(exclusive_minimum = 0, maximum = 100)]
    pub weight: f64,
}

/// How an offer is told by a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Treatment {
    /// What its model is kept by; 0, or not given, for a new one.
    #[serde(default)]
    pub number: i64,
    /// By which way.
    pub channel: Channel,
    /// Where it can stand; anywhere, where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<String>,
    /// What is said, by language. Who reads none of them gets English where it is there, else the first.
    #[schema(value_type = Object)]
    pub content: BTreeMap<String, Content>,
}

/// What is said, in Liquid: `customer` holds attributes by name, `offer` its name, `context` what the decision was told,
/// `recommendations` items that fit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TreatmentContent)]
pub struct Content {
    /// The subject or title.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 500)]
    pub subject: String,
    /// The text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Anything for a program that shows it; Liquid in its texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
}

impl Treatment {
    /// Among all treatments of all offers.
    pub fn key(&self, offer: i64) -> i64 {
        offer * (NUMBERS_MAX + 1) + self.number
    }

    /// The offer of a treatment's key.
    pub fn offer_of(key: i64) -> i64 {
        key / (NUMBERS_MAX + 1)
    }

    /// What is said to who reads this language.
    pub fn content_for(&self, language: &str) -> Option<(&str, &Content)> {
        let of = |language: &str| self.content.get_key_value(language);
        let found = of(language).or_else(|| of(language.split(['-', '_']).next()?));
        let found = found.or_else(|| of("en")).or_else(|| self.content.iter().next());
        found.map(|(language, content)| (language.as_str(), content))
    }
}

impl Draft {
    /// Takes away what nobody sees around names.
    pub(super) fn tidy(&mut self) {
        for name in [&mut self.name, &mut self.issue, &mut self.group] {
            *name = name.trim().to_owned();
        }
    }

    /// Gives new treatments their numbers, after the largest that the offer has ever had; says which is the largest now.
    pub(super) fn number_treatments(&mut self, largest: i64) -> i64 {
        let mut largest = largest;
        for treatment in self.treatments.iter_mut().filter(|treatment| treatment.number == 0) {
            largest += 1;
            treatment.number = largest;
        }
        largest
    }

    /// All that is wrong with it by itself. `before` are the numbers of treatments that the offer has.
    pub(super) fn check(&self, before: &[i64], largest: i64) -> Vec<Fault> {
        let mut faults = Faults(Vec::new());
        for (pointer, name) in [("/name", &self.name), ("/issue", &self.issue), ("/group", &self.group)] {
            faults.0.extend(Fault::of_name(pointer, name));
        }
        faults.letters("/description", &self.description, DESCRIPTION_MAX);
        match self.worth {
            Worth::Amount(amount) => faults.amount("/worth/amount", amount, 0),
            Worth::ShareOfMargin(share) => faults.number("/worth/share_of_margin", share, 0.0, 10.0),
        }
        faults.amount("/cost/per_acceptance", self.cost.per_acceptance, 0);
        faults.number("/cost/share_of_order", self.cost.share_of_order, 0.0, 1.0);
        for (channel, cost) in &self.cost.contact {
            faults.number(&format!("/cost/contact/{}", channel.name()), *cost, 0.0, AMOUNT_MAX as f64);
        }
        for (pointer, limit) in [("/stock", self.stock), ("/budget", self.budget)] {
            limit.into_iter().for_each(|limit| faults.amount(pointer, limit, 1));
        }
        if let (Some(from), Some(until)) = (self.valid_from, self.valid_until)
            && until <= from
        {
            faults.add("/valid_until", "it ends before it begins; expected a time after valid_from");
        }
        faults.factor("/lever", self.lever);
        if !(1..=365).contains(&self.answer_days) {
            faults.add("/answer_days", format!("{}; expected 1 to 365", self.answer_days));
        }
        for (name, rule) in self.policy.rules() {
            rule.into_iter().for_each(|rule| faults.rule(&format!("/policy/{name}"), rule));
        }
        faults.caps("/caps", &self.caps);
        faults.few("/context", self.context.len(), 0, LIST_MAX);
        for (place, weight) in self.context.iter().enumerate() {
            faults.0.extend(Fault::of_name(&format!("/context/{place}/name"), &weight.name));
            faults.factor(&format!("/context/{place}/weight"), weight.weight);
        }
        self.check_treatments(&mut faults, before, largest);
        faults.0
    }

    fn check_treatments(&self, faults: &mut Faults, before: &[i64], largest: i64) {
        faults.few("/treatments", self.treatments.len(), 1, TREATMENTS_MAX);
        let new = self.treatments.iter().filter(|treatment| treatment.number == 0).count() as i64;
        if largest + new > NUMBERS_MAX {
            faults.add("/treatments", format!("it has had {NUMBERS_MAX} treatments; make another offer"));
        }
        for (place, treatment) in self.treatments.iter().enumerate() {
            let pointer = format!("/treatments/{place}");
            let twice = self.treatments[..place].iter().any(|other| other.number == treatment.number);
            if treatment.number != 0 && (twice || !before.contains(&treatment.number)) {
                let detail =
                    format!("the offer has no such treatment {}; leave it out for a new one", treatment.number);
                faults.add(&format!("{pointer}/number"), detail);
            }
            faults.few(&format!("{pointer}/placements"), treatment.placements.len(), 0, LIST_MAX);
            for (place, name) in treatment.placements.iter().enumerate() {
                faults.0.extend(Fault::of_name(&format!("{pointer}/placements/{place}"), name));
            }
            faults.few(&format!("{pointer}/content"), treatment.content.len(), 1, LIST_MAX);
            for (language, content) in &treatment.content {
                let pointer = format!("{pointer}/content/{language}");
                let is_code = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
                if !(2..=8).contains(&language.len()) || !language.bytes().all(is_code) {
                    faults.add(&pointer, "expected the code of a language, as in en or pt-br");
                }
                faults.content(&pointer, content, treatment.channel);
            }
        }
    }
}

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(Fault::new(pointer, detail));
    }

    fn letters(&mut self, pointer: &str, text: &str, most: usize) {
        let letters = text.chars().count();
        if letters > most {
            self.add(pointer, format!("{letters} characters; expected {most} at most"));
        }
    }

    fn few(&mut self, pointer: &str, found: usize, least: usize, most: usize) {
        if !(least..=most).contains(&found) {
            self.add(pointer, format!("{found} of them; expected {least} to {most}"));
        }
    }

    fn number(&mut self, pointer: &str, number: f64, least: f64, most: f64) {
        if !(least..=most).contains(&number) {
            self.add(pointer, format!("{number}; expected {least} to {most}"));
        }
    }

    fn amount(&mut self, pointer: &str, amount: i64, least: i64) {
        if !(least..=AMOUNT_MAX).contains(&amount) {
            self.add(pointer, format!("{amount}; expected {least} to {AMOUNT_MAX}"));
        }
    }

    fn factor(&mut self, pointer: &str, factor: f64) {
        if !(factor > 0.0 && factor <= FACTOR_MAX) {
            self.add(pointer, format!("{factor}; expected more than 0, {FACTOR_MAX} at most"));
        }
    }

    fn caps(&mut self, pointer: &str, caps: &[Cap]) {
        self.few(pointer, caps.len(), 0, LIST_MAX);
        for (place, cap) in caps.iter().enumerate() {
            self.number(&format!("{pointer}/{place}/times"), cap.times.into(), 1.0, 1000.0);
            self.number(&format!("{pointer}/{place}/days"), cap.days.into(), 1.0, 365.0);
        }
    }

    fn rule(&mut self, pointer: &str, rule: &Rule) {
        let faults = rule.check();
        self.0.extend(faults.into_iter().map(|fault| Fault::new(format!("{pointer}{}", fault.pointer), fault.detail)));
        if rule.has_sql() {
            self.add(pointer, "SQL is answered for all customers at once only; make a segment of it and ask for that");
        }
    }

    fn content(&mut self, pointer: &str, content: &Content, channel: Channel) {
        if *content == Content::default() {
            self.add(pointer, "it says nothing; expected a subject, a body or data");
        }
        self.letters(&format!("{pointer}/subject"), &content.subject, SUBJECT_MAX);
        self.letters(&format!("{pointer}/body"), &content.body, BODY_MAX);
        let texts = [("subject", &content.subject, Format::Text), ("body", &content.body, content::format_of(channel))];
        for (name, text, format) in texts {
            self.0.extend(Template::fault(&format!("{pointer}/{name}"), text, format));
        }
        let Some(data) = &content.data else { return };
        let bytes = data.to_string().len();
        if bytes > DATA_MAX {
            self.add(&format!("{pointer}/data"), format!("{bytes} bytes; expected {DATA_MAX} at most"));
        }
        self.0.extend(content::fault_of_data(&format!("{pointer}/data"), data));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// What only has to be there.
    pub fn plain(name: &str) -> Value {
        json!({"name": name, "issue": "growth", "group": "coupons", "state": "active", "worth": {"amount": 500},
               "treatments": [{"channel": "email", "content": {"en": {"subject": "Hello", "body": "A coupon"}}}]})
    }

    fn draft(value: Value) -> Draft {
        serde_json::from_value(value).unwrap()
    }

    fn with(member: &str, value: Value) -> Vec<String> {
        let mut plain = plain("Coupon");
        plain[member] = value;
        draft(plain).check(&[1], 1).into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn what_is_wrong_is_named_where_it_stands() {
        assert_eq!(with("name", json!("Coupon")), [""; 0]);
        assert_eq!(with("name", json!(" ")), ["/name"]);
        assert_eq!(with("worth", json!({"amount": -1})), ["/worth/amount"]);
        assert_eq!(
            with("cost", json!({"share_of_order": 1.1, "contact": {"sms": -1}})),
            ["/cost/share_of_order", "/cost/contact/sms"]
        );
        assert_eq!(with("lever", json!(0)), ["/lever"]);
        assert_eq!(with("stock", json!(0)), ["/stock"]);
        assert_eq!(with("caps", json!([{"times": 1, "days": 0}])), ["/caps/0/days"]);
        let sql = json!({"eligible": {"version": 1, "who": {"sql": "true"}}});
        assert_eq!(with("policy", sql), ["/policy/eligible"]);
        let empty = json!({"suitable": {"version": 1, "who": {"all": []}}});
        assert_eq!(with("policy", empty), ["/policy/suitable/who/all"]);
        let content = |content: Value| json!([{"channel": "sms", "content": {"en": content}}]);
        assert_eq!(with("treatments", json!([])), ["/treatments"]);
        assert_eq!(with("treatments", content(json!({}))), ["/treatments/0/content/en"]);
        assert_eq!(with("treatments", content(json!({"body": "{{ x"}))), ["/treatments/0/content/en/body"]);
        let data = json!({"data": {"buttons": [{"text": "{% if %}"}]}});
        assert_eq!(with("treatments", content(data)), ["/treatments/0/content/en/data/buttons/0/text"]);
        let other = json!([{"number": 7, "channel": "sms", "content": {"en": {"body": "a"}}}]);
        assert_eq!(with("treatments", other), ["/treatments/0/number"]);
    }

    #[test]
    fn treatments_keep_their_numbers_and_new_ones_get_others() {
        let content = json!({"en": {"body": "a"}});
        let treatments =
            json!([{"channel": "sms", "content": content}, {"number": 2, "channel": "push", "content": content}]);
        let mut plain = plain("Coupon");
        plain["treatments"] = treatments;
        let mut draft = draft(plain);
        assert_eq!(draft.number_treatments(5), 6);
        assert_eq!(draft.treatments.iter().map(|it| it.number).collect::<Vec<_>>(), [6, 2]);
        let key = draft.treatments[0].key(12);
        assert_eq!((key, Treatment::offer_of(key)), (1206, 12));
    }

    #[test]
    fn somebody_reads_their_language_or_one_that_is_there() {
        let content = |languages: &[&str]| -> Treatment {
            let content = languages.iter().map(|language| (language.to_string(), json!({"body": language})));
            let content: serde_json::Map<String, Value> = content.collect();
            serde_json::from_value(json!({"channel": "sms", "content": content})).unwrap()
        };
        let found = |languages: &[&str], wanted: &str| content(languages).content_for(wanted).unwrap().0.to_owned();
        assert_eq!(found(&["en", "pl"], "pl"), "pl");
        assert_eq!(found(&["en", "pl"], "pl-PL"), "pl");
        assert_eq!(found(&["en", "pl"], "de"), "en");
        assert_eq!(found(&["fa", "pl"], ""), "fa");
    }
}
