//! The form of an offer: what was written becomes an offer, and what is not finished stays a part of the form.

use super::{field, is_theirs, names_in_use, state_name};
use crate::contacts::Channel;
use crate::offers::{self, Cap, Content, Draft, Offer, Policy, State, Treatment, Worth};
use crate::platform::pages::{Answer, Fields, html};
use crate::platform::{Path, Time, View};
use crate::segments;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use chrono::{DateTime, NaiveDate};
use cvm_core::order::currency_places;
use cvm_core::segment::{Node, Rule, start_of_day};
use cvm_core::text::{Words, read_number};
use std::collections::{BTreeMap, HashMap};

type Form = HashMap<String, String>;

/// Treatments, and languages of each, in a form at most.
const TREATMENTS: usize = 20;

/// Languages that can be chosen; others come by the API.
const LANGUAGES: [(&str, &str); 12] = [
    ("en", "English"),
    ("pl", "Polski"),
    ("ru", "Русский"),
    ("fa", "فارسی"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("uk", "Українська"),
    ("cs", "Čeština"),
    ("tr", "Türkçe"),
    ("ar", "العربية"),
];

/// What stands for a rule that was not made of one segment.
const AS_IT_IS: &str = "as-it-is";

const POLICIES: [(&str, &str, &str); 3] = [
    ("eligible", "offers-eligible", "offers-eligible-hint"),
    ("applicable", "offers-applicable", "offers-applicable-hint"),
    ("suitable", "offers-suitable", "offers-suitable-hint"),
];

#[derive(Template)]
#[template(path = "decisions/pages/edit.html")]
struct EditPage {
    view: View,
    title: String,
    form: Form,
    faults: BTreeMap<String, String>,
    problem: Option<String>,
    treatments: Vec<TreatmentForm>,
    states: Vec<(&'static str, String)>,
    channels: Vec<(&'static str, String)>,
    policies: Vec<PolicyForm>,
    segments: Vec<(String, String)>,
    issues: Vec<String>,
    groups: Vec<String>,
}

struct TreatmentForm {
    /// As in `t0`.
    place: String,
    number: String,
    languages: Vec<(String, String)>,
    /// Languages that it has not.
    others: Vec<(&'static str, &'static str)>,
}

struct PolicyForm {
    name: &'static str,
    label: String,
    hint: String,
    /// Whether what is set is no single segment.
    is_rule: bool,
}

impl EditPage {
    fn get(&self, name: &str) -> &str {
        field(&self.form, name)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    fn of(&self, place: &str, name: &str) -> &str {
        field(&self.form, &format!("{place}.{name}"))
    }

    fn fault(&self, name: &str) -> Option<&String> {
        self.faults.get(name)
    }

    fn fault_of(&self, place: &str, name: &str) -> Option<&String> {
        self.faults.get(&format!("{place}.{name}"))
    }

    /// Whether the texts of a language are shown at once: the first, new ones, and those that need another look.
    fn is_open(&self, place: &str, code: &str, first: &bool) -> bool {
        let at = self.within(place, code);
        let is_new = self.of(&at, "subject").is_empty() && self.of(&at, "body").is_empty();
        *first || is_new || self.fault_of(&at, "data").is_some()
    }

    /// The place of a language within a treatment.
    fn within(&self, place: &str, code: &str) -> String {
        format!("{place}.{code}")
    }
}

pub(super) async fn begin(view: View) -> Answer {
    let pairs = [
        ("state", "draft"),
        ("worth", "amount"),
        ("lever", "1"),
        ("answer_days", "7"),
        ("t0.channel", "in_app"),
        ("t0.languages", view.language().code()),
    ];
    let form = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    edit(view, None, form, BTreeMap::new(), None).await
}

pub(super) async fn change(view: View, Path(id): Path<String>) -> Answer {
    let offer = offers::get(&view.app, &id).await?;
    let form = of_offer(&view, &offer);
    edit(view, Some(&offer), form, BTreeMap::new(), None).await
}

pub(super) async fn save_new(view: View, Fields(form): Fields<Form>) -> Answer {
    save(view, None, form).await
}

pub(super) async fn save_changed(view: View, Path(id): Path<String>, Fields(form): Fields<Form>) -> Answer {
    let offer = offers::get(&view.app, &id).await?;
    save(view, Some(&offer), form).await
}

async fn save(view: View, offer: Option<&Offer>, mut form: Form) -> Answer {
    let action = field(&form, "do").to_owned();
    if rearrange(&mut form, &action) {
        return edit(view, offer, form, BTreeMap::new(), None).await;
    }
    let draft = match Reading::of(&view, offer, &form) {
        Ok(draft) => draft,
        Err(faults) => return edit(view, offer, form, faults, None).await,
    };
    let saved = match offer {
        None => offers::create(&view.app, &view.caller, draft).await,
        Some(offer) => offers::update(&view.app, &view.caller, &offer.id, draft).await,
    };
    match saved {
        Ok(offer) => Ok(Redirect::to(&view.href(&format!("/offers/{}", offer.id))).into_response()),
        Err(problem) if is_theirs(&problem) => {
            let detail = problem.detail().to_owned();
            edit(view, offer, form, BTreeMap::new(), Some(detail)).await
        }
        Err(problem) => Err(problem),
    }
}

/// A treatment or a language more or less; whether that was asked for.
fn rearrange(form: &mut Form, action: &str) -> bool {
    let (verb, place) = action.split_once(':').unwrap_or((action, ""));
    let place = place.to_owned();
    match verb {
        "treatment" => {
            let next = (0..TREATMENTS).find(|number| !form.contains_key(&format!("t{number}.channel")));
            if let Some(number) = next {
                form.insert(format!("t{number}.channel"), "email".to_owned());
                form.insert(format!("t{number}.languages"), "en".to_owned());
            }
        }
        "remove" => form.retain(|name, _| !name.starts_with(&format!("{place}."))),
        "language" => {
            let more = field(form, &format!("{place}.more")).to_owned();
            let languages = form.entry(format!("{place}.languages")).or_default();
            if LANGUAGES.iter().any(|(code, _)| *code == more) && !languages.split(' ').any(|it| it == more) {
                *languages = format!("{languages} {more}").trim().to_owned();
            }
        }
        _ => return false,
    }
    true
}

async fn edit(
    view: View,
    offer: Option<&Offer>,
    form: Form,
    faults: BTreeMap<String, String>,
    problem: Option<String>,
) -> Answer {
    let w = view.words;
    let (issues, groups) = names_in_use(&view).await?;
    let policy = |(name, label, hint): (&'static str, &str, &str)| PolicyForm {
        name,
        label: w.text(label),
        hint: w.text(hint),
        is_rule: offer.is_some_and(|offer| {
            let rules = offer.draft.policy.rules();
            rules.iter().any(|(known, rule)| *known == name && rule.is_some_and(|rule| segment_of(rule).is_none()))
        }),
    };
    let status = if faults.is_empty() && problem.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = EditPage {
        title: offer.map_or_else(|| w.text("offers-new"), |offer| offer.draft.name.clone()),
        treatments: treatments(&form),
        states: State::ALL.iter().map(|state| (state.name(), state_name(w, *state))).collect(),
        channels: Channel::ALL.iter().map(|channel| (channel.name(), channel.words(w))).collect(),
        policies: POLICIES.map(policy).into(),
        segments: segments::names(&view.app, view.language()).await?,
        issues,
        groups,
        faults,
        problem,
        form,
        view,
    };
    Ok((status, html(&page)?).into_response())
}

fn places(form: &Form) -> impl Iterator<Item = String> {
    let there = |place: &String| form.contains_key(&format!("{place}.channel"));
    (0..TREATMENTS).map(|number| format!("t{number}")).filter(there)
}

fn languages(form: &Form, place: &str) -> Vec<String> {
    let text = field(form, &format!("{place}.languages"));
    text.split(' ').filter(|code| !code.is_empty()).take(LANGUAGES.len()).map(str::to_owned).collect()
}

fn treatments(form: &Form) -> Vec<TreatmentForm> {
    let one = |place: String| {
        let languages = languages(form, &place);
        let name = |code: &String| {
            let known = LANGUAGES.iter().find(|(known, _)| known == code);
            known.map_or_else(|| code.clone(), |(_, name)| (*name).to_owned())
        };
        TreatmentForm {
            number: field(form, &format!("{place}.number")).to_owned(),
            others: LANGUAGES.into_iter().filter(|(code, _)| languages.iter().all(|it| it != code)).collect(),
            languages: languages.iter().map(|code| (code.clone(), name(code))).collect(),
            place,
        }
    };
    places(form).map(one).collect()
}

/// The segment that a rule is, if it is no more.
fn segment_of(rule: &Rule) -> Option<&str> {
    match &rule.who {
        Node::Segment(id) => Some(id),
        _ => None,
    }
}

fn unit(view: &View) -> f64 {
    10_f64.powi(currency_places(&view.app.config.currency) as i32)
}

/// A number as a form has it.
fn written(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn day(view: &View, time: i64) -> String {
    let time = DateTime::from_timestamp_micros(time).unwrap_or_default();
    time.with_timezone(&view.app.config.timezone).date_naive().to_string()
}

/// The last day of an offer that ends at this moment.
fn last_day(view: &View, until: i64) -> String {
    day(view, until - 1)
}

fn of_offer(view: &View, offer: &Offer) -> Form {
    let (draft, unit) = (&offer.draft, unit(view));
    let money = |amount: f64| written(amount / unit);
    let mut form = Form::new();
    let mut set = |name: &str, value: String| drop(form.insert(name.to_owned(), value));
    set("name", draft.name.clone());
    set("description", draft.description.clone());
    set("issue", draft.issue.clone());
    set("group", draft.group.clone());
    set("state", draft.state.name().to_owned());
    set("version", offer.version.to_string());
    match draft.worth {
        Worth::Amount(amount) => {
            set("worth", "amount".to_owned());
            set("worth_amount", money(amount as f64));
        }
        Worth::ShareOfMargin(share) => {
            set("worth", "share".to_owned());
            set("worth_share", written(100.0 * share));
        }
    }
    if draft.cost.per_acceptance > 0 {
        set("reward", money(draft.cost.per_acceptance as f64));
    }
    if draft.cost.share_of_order > 0.0 {
        set("discount", written(100.0 * draft.cost.share_of_order));
    }
    draft.valid_from.iter().for_each(|time| set("valid_from", day(view, time.0)));
    draft.valid_until.iter().for_each(|time| set("valid_until", last_day(view, time.0)));
    draft.stock.iter().for_each(|stock| set("stock", stock.to_string()));
    draft.budget.iter().for_each(|budget| set("budget", money(*budget as f64)));
    set("lever", written(draft.lever));
    set("answer_days", draft.answer_days.to_string());
    if let Some(cap) = draft.caps.first() {
        set("cap_times", cap.times.to_string());
        set("cap_days", cap.days.to_string());
    }
    for (name, rule) in draft.policy.rules() {
        let chosen = rule.map_or("", |rule| segment_of(rule).unwrap_or(AS_IT_IS));
        set(name, chosen.to_owned());
    }
    for (place, treatment) in draft.treatments.iter().enumerate() {
        set(&format!("t{place}.number"), treatment.number.to_string());
        set(&format!("t{place}.channel"), treatment.channel.name().to_owned());
        set(&format!("t{place}.placements"), treatment.placements.join(", "));
        if let Some(cost) = draft.cost.contact.get(&treatment.channel) {
            set(&format!("t{place}.cost"), money(*cost));
        }
        let codes: Vec<&str> = treatment.content.keys().map(String::as_str).collect();
        set(&format!("t{place}.languages"), codes.join(" "));
        for (language, content) in &treatment.content {
            set(&format!("t{place}.{language}.subject"), content.subject.clone());
            set(&format!("t{place}.{language}.body"), content.body.clone());
            let data = content.data.as_ref().map(|data| serde_json::to_string_pretty(data).unwrap_or_default());
            set(&format!("t{place}.{language}.data"), data.unwrap_or_default());
        }
    }
    form
}

/// A form while it is read.
struct Reading<'a> {
    view: &'a View,
    words: Words,
    form: &'a Form,
    faults: BTreeMap<String, String>,
}

impl<'a> Reading<'a> {
    /// The offer that a form describes; or what is wrong in which field.
    fn of(view: &'a View, offer: Option<&Offer>, form: &'a Form) -> Result<Draft, BTreeMap<String, String>> {
        let mut reading = Self { view, words: view.words, form, faults: BTreeMap::new() };
        let draft = reading.draft(offer.map(|offer| &offer.draft));
        if reading.faults.is_empty() { Ok(draft) } else { Err(reading.faults) }
    }

    fn wrong(&mut self, name: &str, id: &str) {
        self.faults.insert(name.to_owned(), self.words.text(id));
    }

    fn text(&mut self, name: &str) -> String {
        let text = field(self.form, name).to_owned();
        if text.is_empty() {
            self.wrong(name, "offers-fault-empty");
        }
        text
    }

    /// A number not below nothing; none where nothing was written.
    fn number(&mut self, name: &str) -> Option<f64> {
        let text = field(self.form, name);
        if text.is_empty() {
            return None;
        }
        let number = read_number(text).filter(|number| *number >= 0.0);
        if number.is_none() {
            self.wrong(name, "offers-fault-number");
        }
        number
    }

    fn money(&mut self, name: &str) -> Option<i64> {
        let unit = unit(self.view);
        self.number(name).map(|number| (number * unit).round() as i64)
    }

    fn whole(&mut self, name: &str) -> Option<i64> {
        self.number(name).map(|number| number.round() as i64)
    }

    /// The moment that a day begins, or that the next one does; as it was where the day is the same.
    fn day(&mut self, name: &str, later: bool, before: Option<Time>) -> Option<Time> {
        let text = field(self.form, name);
        if text.is_empty() {
            return None;
        }
        let shown = before.map(|time| if later { last_day(self.view, time.0) } else { day(self.view, time.0) });
        if shown.as_deref() == Some(text) {
            return before;
        }
        let found = text.parse::<NaiveDate>().ok();
        let found = if later { found.and_then(|day| day.succ_opt()) } else { found };
        if found.is_none() {
            self.wrong(name, "offers-fault-day");
        }
        found.map(|day| Time(start_of_day(day, self.view.app.config.timezone)))
    }

    fn draft(&mut self, before: Option<&Draft>) -> Draft {
        let worth = match field(self.form, "worth") {
            "share" => Worth::ShareOfMargin(self.number("worth_share").unwrap_or(0.0) / 100.0),
            _ => Worth::Amount(self.money("worth_amount").unwrap_or(0)),
        };
        let state = State::ALL.into_iter().find(|state| state.name() == field(self.form, "state"));
        let mut cost = before.map(|draft| draft.cost.clone()).unwrap_or_default();
        cost.per_acceptance = self.money("reward").unwrap_or(0);
        cost.share_of_order = self.number("discount").unwrap_or(0.0) / 100.0;
        let cap = self.whole("cap_times").zip(self.whole("cap_days"));
        let cap = cap.map(|(times, days)| Cap { times: times.min(9_999) as u32, days: days.min(9_999) as u32 });
        let other_caps = before.into_iter().flat_map(|draft| draft.caps.iter().skip(1).copied());
        let policy = before.map(|draft| draft.policy.clone()).unwrap_or_default();
        let mut draft = Draft {
            name: self.text("name"),
            description: field(self.form, "description").to_owned(),
            issue: self.text("issue"),
            group: self.text("group"),
            state: state.unwrap_or_default(),
            worth,
            cost,
            valid_from: self.day("valid_from", false, before.and_then(|draft| draft.valid_from)),
            valid_until: self.day("valid_until", true, before.and_then(|draft| draft.valid_until)),
            stock: self.whole("stock"),
            budget: self.money("budget"),
            lever: self.number("lever").unwrap_or(1.0),
            answer_days: self.whole("answer_days").unwrap_or(7),
            policy: Policy {
                eligible: self.rule("eligible", policy.eligible),
                applicable: self.rule("applicable", policy.applicable),
                suitable: self.rule("suitable", policy.suitable),
            },
            caps: cap.into_iter().chain(other_caps).collect(),
            context: before.map(|draft| draft.context.clone()).unwrap_or_default(),
            treatments: Vec::new(),
            version: field(self.form, "version").parse().ok(),
        };
        if draft.valid_from.zip(draft.valid_until).is_some_and(|(from, until)| until <= from) {
            self.wrong("valid_until", "offers-fault-ends");
        }
        for place in places(self.form).collect::<Vec<_>>() {
            let treatment = self.treatment(&place);
            let contact = self.number(&format!("{place}.cost"));
            match contact.filter(|cost| *cost > 0.0) {
                Some(cost) => drop(draft.cost.contact.insert(treatment.channel, cost * unit(self.view))),
                None => drop(draft.cost.contact.remove(&treatment.channel)),
            }
            draft.treatments.push(treatment);
        }
        if draft.treatments.is_empty() {
            self.wrong("treatments", "offers-fault-no_treatment");
        }
        draft
    }

    fn rule(&self, name: &str, before: Option<Rule>) -> Option<Rule> {
        match field(self.form, name) {
            "" => None,
            AS_IT_IS => before,
            segment => Some(Rule::new(Node::Segment(segment.to_owned()))),
        }
    }

    fn treatment(&mut self, place: &str) -> Treatment {
        let of = |name: &str| field(self.form, &format!("{place}.{name}"));
        let placements = of("placements").split([',', '،']).map(str::trim).filter(|name| !name.is_empty());
        let mut treatment = Treatment {
            number: of("number").parse().unwrap_or(0),
            channel: Channel::from_name(of("channel")).unwrap_or(Channel::InApp),
            placements: placements.map(str::to_owned).collect(),
            content: BTreeMap::new(),
        };
        for language in languages(self.form, place) {
            let of = |name: &str| field(self.form, &format!("{place}.{language}.{name}"));
            let data = match of("data") {
                "" => None,
                text => match serde_json::from_str(text) {
                    Ok(data) => Some(data),
                    Err(_) => {
                        self.wrong(&format!("{place}.{language}.data"), "offers-fault-json");
                        None
                    }
                },
            };
            let of = |name: &str| field(self.form, &format!("{place}.{language}.{name}"));
            let content = Content { subject: of("subject").to_owned(), body: of("body").to_owned(), data };
            // A language without a word is left out.
            if content != Content::default() {
                treatment.content.insert(language, content);
            }
        }
        if treatment.content.is_empty() {
            self.wrong(&format!("{place}.content"), "offers-fault-no_content");
        }
        treatment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_are() {
        for (number, text) in [(1.0, "1"), (0.25, "0.25"), (1_000.0, "1000"), (0.0, "0"), (0.002, "0.002")] {
            assert_eq!(written(number), text);
        }
    }

    #[test]
    fn treatments_and_languages_come_and_go() {
        let mut form =
            Form::from([("t0.channel".to_owned(), "sms".to_owned()), ("t0.languages".to_owned(), "en".to_owned())]);
        assert!(rearrange(&mut form, "treatment"));
        form.insert("t1.more".to_owned(), "pl".to_owned());
        assert!(rearrange(&mut form, "language:t1") && rearrange(&mut form, "language:t1"));
        let found = treatments(&form);
        assert_eq!(found.iter().map(|it| it.languages.len()).collect::<Vec<_>>(), [1, 2]);
        assert!(found[1].others.iter().all(|(code, _)| *code != "pl"));
        assert!(rearrange(&mut form, "remove:t0") && !rearrange(&mut form, "save"));
        assert_eq!(treatments(&form)[0].place, "t1");
    }
}
