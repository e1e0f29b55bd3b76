//! The pages of offers: all of them, one with how it does, its form, what would be offered to somebody now.

mod form;

use super::engine::{self, Action, Decision, Made, Wish};
use super::results::{self, Correction, ModelQuality, OfferResults, TreatmentResults};
use super::{Reason, store};
use crate::access::Permission;
use crate::contacts::Channel;
use crate::customers;
use crate::offers::{self, Draft, Offer, State, Worth};
use crate::platform::pages::{Answer, csv, form_urlencoded, html};
use crate::platform::{Pages, Path, Problem, Query, Result, View};
use crate::report::charts::{self, Direction, Line, Lines};
use crate::report::{Cell, Chart, Table};
use crate::segments;
use askama::Template;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::order::currency_places;
use cvm_core::text::Words;
use serde::Deserialize;
use std::collections::HashMap;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadOffers, "/offers", get(list))
        .part(Permission::ReadOffers, "/offers.csv", get(export))
        .page(Permission::EditOffers, "/offers/new", get(form::begin).post(form::save_new))
        .page(Permission::MakeDecisions, "/offers/try", get(attempt))
        .page(Permission::ReadOffers, "/offers/{id}", get(show))
        .page(Permission::EditOffers, "/offers/{id}/edit", get(form::change).post(form::save_changed))
        .part(Permission::EditOffers, "/offers/{id}/delete", post(remove))
        .part(Permission::MakeDecisions, "/customers/{id}/offers", get(of_customer))
}

fn state_name(words: Words, state: State) -> String {
    words.text(match state {
        State::Draft => "offers-state-draft",
        State::Active => "offers-state-active",
        State::Paused => "offers-state-paused",
    })
}

pub(crate) fn reason_name(words: Words, reason: Reason) -> String {
    words.text(match reason {
        Reason::GlobalControl => "offers-reason-global_control",
        Reason::Suppressed => "offers-reason-suppressed",
        Reason::NoConsent => "offers-reason-no_consent",
        Reason::NoAddress => "offers-reason-no_address",
        Reason::Quiet => "offers-reason-quiet",
        Reason::Capped => "offers-reason-capped",
        Reason::NotYet => "offers-reason-not_yet",
        Reason::Over => "offers-reason-over",
        Reason::OutOfStock => "offers-reason-out_of_stock",
        Reason::BudgetSpent => "offers-reason-budget_spent",
        Reason::NoTreatment => "offers-reason-no_treatment",
        Reason::NotEligible => "offers-reason-not_eligible",
        Reason::NotApplicable => "offers-reason-not_applicable",
        Reason::NotSuitable => "offers-reason-not_suitable",
        Reason::OfferCapped => "offers-reason-offer_capped",
        Reason::UnknownValue => "offers-reason-unknown_value",
        Reason::DestroysValue => "offers-reason-destroys_value",
        Reason::Outranked => "offers-reason-outranked",
    })
}

/// Words, numbers and amounts of the page.
struct Shown<'a> {
    view: &'a View,
    words: Words,
}

impl<'a> Shown<'a> {
    fn new(view: &'a View) -> Self {
        Self { view, words: view.words }
    }

    fn money(&self, amount: f64) -> String {
        self.words.money(amount, Some(&self.view.app.config.currency))
    }

    /// Of the currency's smallest unit.
    fn minor(&self, amount: f64) -> String {
        self.money(amount / 10_f64.powi(currency_places(&self.view.app.config.currency) as i32))
    }

    fn count(&self, count: i64) -> String {
        self.words.number(count as f64, 0)
    }

    fn share(&self, part: i64, of: i64) -> String {
        if of > 0 { self.words.percent(part as f64 / of as f64, 1) } else { "–".to_owned() }
    }

    fn worth(&self, draft: &Draft) -> String {
        match draft.worth {
            Worth::Amount(amount) => self.minor(amount as f64),
            Worth::ShareOfMargin(share) => {
                let share = self.words.percent(share, 1);
                self.words.with("offers-of_margin", &[("share", share.as_str().into())])
            }
        }
    }

    fn table(&self, caption: &str, heads: &[(&str, bool)], rows: Vec<Vec<Cell>>) -> Table {
        let heads = heads.iter().map(|(id, number)| (self.words.text(id), *number)).collect();
        Table::new(self.words, self.words.text(caption), "", heads, rows)
    }
}

/// An offer in the list.
struct Row {
    href: String,
    name: String,
    place: String,
    state: State,
    state_name: String,
    worth: String,
    offered: String,
    shown: String,
    accepted: String,
    rate: String,
    result: String,
}

#[derive(Template)]
#[template(path = "decisions/pages/list.html")]
struct ListPage {
    view: View,
    title: String,
    rows: Vec<Row>,
    may_edit: bool,
    may_decide: bool,
}

async fn rows(view: &View) -> Result<Vec<Row>> {
    let s = Shown::new(view);
    view.app.decisions.flush().await;
    let counters = store::counters(&view.app, &[]).await?;
    let row = |offer: Offer| {
        let of = counters.get(&offer.number).copied().unwrap_or_default();
        Row {
            href: view.href(&format!("/offers/{}", offer.id)),
            place: format!("{} › {}", offer.draft.issue, offer.draft.group),
            state: offer.draft.state,
            state_name: state_name(s.words, offer.draft.state),
            worth: s.worth(&offer.draft),
            offered: s.count(of.offered),
            shown: s.count(of.shown),
            accepted: s.count(of.accepted),
            rate: s.share(of.accepted, of.shown),
            result: s.money((of.earned - of.spent) as f64 / 10_000.0),
            name: offer.draft.name,
        }
    };
    let mut offers = offers::list(view.app.database.pool()).await?;
    let order = |offer: &Offer| (offer.draft.issue.clone(), offer.draft.group.clone(), offer.draft.name.clone());
    offers.sort_by_key(order);
    Ok(offers.into_iter().map(row).collect())
}

async fn list(view: View) -> Answer {
    let rows = rows(&view).await?;
    let (may_edit, may_decide) = (view.may(Permission::EditOffers), view.may(Permission::MakeDecisions));
    html(&ListPage { title: view.words.text("offers-title"), rows, may_edit, may_decide, view })
}

async fn export(view: View) -> Answer {
    let counters = store::counters(&view.app, &[]).await?;
    let offers = offers::list(view.app.database.pool()).await?;
    let head =
        ["offer", "name", "issue", "group", "state", "offered", "shown", "clicked", "accepted", "declined", "ignored"];
    let row = |offer: Offer| {
        let of = counters.get(&offer.number).copied().unwrap_or_default();
        let counts = [of.offered, of.shown, of.clicked, of.accepted, of.declined, of.ignored];
        let draft = offer.draft;
        let texts = [offer.id, draft.name, draft.issue, draft.group, draft.state.name().to_owned()];
        texts.into_iter().chain(counts.map(|count| count.to_string())).collect()
    };
    csv("offers", &head, offers.into_iter().map(row))
}

#[derive(Template)]
#[template(path = "decisions/pages/show.html")]
struct ShowPage {
    view: View,
    title: String,
    offer: Offer,
    place: String,
    state: String,
    tiles: Vec<(String, String, String)>,
    facts: Vec<(String, String)>,
    rules: Vec<(String, String)>,
    treatments: Vec<TreatmentPart>,
    may_edit: bool,
}

/// A treatment and its model.
struct TreatmentPart {
    name: String,
    answers: String,
    chance: String,
    /// Languages with their texts.
    content: Vec<(String, String, String)>,
    quality: Option<Calibration>,
    correction: Option<Calibration>,
    weights: Option<Table>,
}

/// Whether chances that were told came true: a picture, its table, and figures with their names.
struct Calibration {
    chart: Chart,
    table: Table,
    figures: Vec<(String, String)>,
}

async fn show(view: View, Path(id): Path<String>) -> Answer {
    let offer = offers::get(&view.app, &id).await?;
    let results = results::results(&view.app, &id).await?;
    let s = Shown::new(&view);
    let w = view.words;
    let OfferResults { counters, spent, earned, treatments, .. } = &results;
    let tile = |id: &str, value: String, note: String| (w.text(id), value, note);
    let tiles = vec![
        tile("offers-offered", s.count(counters.offered), String::new()),
        tile("offers-shown", s.count(counters.shown), String::new()),
        tile("offers-accepted", s.count(counters.accepted), s.share(counters.accepted, counters.shown)),
        tile("offers-earned", s.money(*earned), String::new()),
        tile("offers-spent", s.money(*spent), String::new()),
        tile("offers-result", s.money(earned - spent), String::new()),
    ];
    let mut rules = Vec::new();
    for (name, rule) in offer.draft.policy.rules() {
        let id = match name {
            "eligible" => "offers-eligible",
            "applicable" => "offers-applicable",
            _ => "offers-suitable",
        };
        let sentence = match rule {
            Some(rule) => segments::sentence(&view.app, rule, view.language()).await?,
            None => w.text("offers-everybody"),
        };
        rules.push((w.text(id), sentence));
    }
    let mut parts = Vec::new();
    for (treatment, result) in offer.draft.treatments.iter().zip(treatments) {
        parts.push(treatment_part(&s, treatment, result));
    }
    let page = ShowPage {
        title: offer.draft.name.clone(),
        place: format!("{} › {}", offer.draft.issue, offer.draft.group),
        state: state_name(w, offer.draft.state),
        tiles,
        facts: facts(&s, &offer.draft),
        rules,
        treatments: parts,
        may_edit: view.may(Permission::EditOffers),
        offer,
        view,
    };
    html(&page)
}

/// What was set of an offer.
fn facts(s: &Shown<'_>, draft: &Draft) -> Vec<(String, String)> {
    let w = s.words;
    let mut facts = vec![(w.text("offers-worth"), s.worth(draft))];
    let mut add = |id: &str, value: Option<String>| facts.extend(value.map(|value| (w.text(id), value)));
    let cost = &draft.cost;
    add("offers-reward", (cost.per_acceptance > 0).then(|| s.minor(cost.per_acceptance as f64)));
    add("offers-discount", (cost.share_of_order > 0.0).then(|| w.percent(cost.share_of_order, 1)));
    add("offers-valid_from", draft.valid_from.map(|time| s.view.moment(&time)));
    add("offers-valid_until", draft.valid_until.map(|time| s.view.moment(&time)));
    add("offers-stock", draft.stock.map(|stock| s.count(stock)));
    add("offers-budget", draft.budget.map(|budget| s.minor(budget as f64)));
    add("offers-lever", (draft.lever != 1.0).then(|| w.number(draft.lever, 2)));
    let cap = |cap: &offers::Cap| {
        w.with("offers-cap", &[("times", u64::from(cap.times).into()), ("days", u64::from(cap.days).into())])
    };
    let caps: Vec<String> = draft.caps.iter().map(cap).collect();
    add("offers-caps", (!caps.is_empty()).then(|| caps.join("; ")));
    add("offers-answer_days", Some(w.number(draft.answer_days as f64, 0)));
    facts
}

fn treatment_part(s: &Shown<'_>, treatment: &offers::Treatment, result: &TreatmentResults) -> TreatmentPart {
    let w = s.words;
    let content = treatment.content.iter().map(|(language, content)| {
        let data = content.data.as_ref().map(|data| serde_json::to_string_pretty(data).unwrap_or_default());
        let body = [content.body.clone(), data.unwrap_or_default()];
        let body: Vec<String> = body.into_iter().filter(|text| !text.is_empty()).collect();
        (language.clone(), content.subject.clone(), body.join("\n\n"))
    });
    let weight = |weight: &results::FeatureWeight| {
        vec![
            Cell::Text(feature_name(w, &weight.feature)),
            Cell::Number(w.number(weight.weight, 2)),
            Cell::Number(format!("±{}", w.number(weight.deviation, 2))),
        ]
    };
    let heads = [("offers-feature", false), ("offers-weight", true), ("offers-deviation", true)];
    let weights: Vec<Vec<Cell>> = result.weights.iter().map(weight).collect();
    let placements = match treatment.placements.is_empty() {
        true => String::new(),
        false => format!(" ({})", treatment.placements.join(", ")),
    };
    TreatmentPart {
        name: format!("{}{placements}", treatment.channel.words(w)),
        answers: w.number(result.answers, 0),
        chance: w.percent(result.chance, 1),
        content: content.collect(),
        quality: result.quality.as_ref().map(|quality| calibration(s, quality)),
        correction: result.correction.as_ref().map(|correction| corrected(s, correction)),
        weights: (!weights.is_empty()).then(|| s.table("offers-weights", &heads, weights)),
    }
}

fn feature_name(words: Words, feature: &str) -> String {
    match feature {
        "scored" => words.text("offers-feature-scored"),
        "days_since_last" => words.text("offers-feature-since_last"),
        "unprofitable" => words.text("offers-feature-unprofitable"),
        "night" => words.text("offers-feature-night"),
        "morning" => words.text("offers-feature-morning"),
        "afternoon" => words.text("offers-feature-afternoon"),
        "evening" => words.text("offers-feature-evening"),
        "weekend" => words.text("offers-feature-weekend"),
        column => words.field(column),
    }
}

fn calibration(s: &Shown<'_>, quality: &ModelQuality) -> Calibration {
    let w = s.words;
    let row = |bin: &results::ChanceBin| {
        vec![
            Cell::Text(format!("{} – {}", w.percent(bin.from, 0), w.percent(bin.to, 0))),
            Cell::Number(w.number(bin.answers as f64, 0)),
            Cell::Number(w.percent(bin.predicted, 1)),
            Cell::Number(w.percent(bin.observed, 1)),
        ]
    };
    let heads =
        [("offers-chances", false), ("offers-answers", true), ("offers-predicted", true), ("offers-observed", true)];
    let table = s.table("offers-calibration", &heads, quality.table.iter().map(row).collect());
    let figure = |id: &str, value: String| (w.text(id), value);
    let mut figures = vec![
        figure("offers-answers", w.number(quality.answers as f64, 0)),
        figure("offers-predicted", w.percent(quality.predicted, 1)),
        figure("offers-observed", w.percent(quality.observed, 1)),
        figure("offers-calibration_error", w.percent(quality.calibration_error, 1)),
        figure("offers-brier_skill", w.percent(quality.brier_skill, 1)),
    ];
    figures.extend(quality.ranking.map(|ranking| figure("offers-ranking", w.percent(ranking, 0))));
    Calibration { chart: reliability(s, "offers-calibration", &[("b", quality)]), table, figures }
}

/// What came true of the chances told: the nearer a line to the diagonal, the better.
fn reliability(s: &Shown<'_>, label: &str, told: &[(&'static str, &ModelQuality)]) -> Chart {
    let w = s.words;
    let points = |quality: &ModelQuality| {
        // A few answers make a point that says nothing; the table has them all.
        let enough = (quality.answers / 50).clamp(1, 20);
        let drawn = quality.table.iter().filter(|bin| bin.answers >= enough);
        let mut points: Vec<(f64, f64)> = drawn.map(|bin| (bin.predicted, bin.observed)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    };
    let lines: Vec<_> =
        told.iter().map(|&(class, quality)| Line { class, points: points(quality), area: false }).collect();
    let high = lines.iter().flat_map(|line| &line.points).map(|(x, y)| x.max(*y)).fold(0.01, f64::max);
    let marks = charts::round_marks(0.0, high, 4);
    let most = marks.last().copied().unwrap_or(1.0);
    let diagonal = Line { class: "c", points: vec![(0.0, 0.0), (most, most)], area: false };
    let chart = Lines {
        label: w.text(label),
        lines: std::iter::once(diagonal).chain(lines).collect(),
        x: marks.iter().map(|mark| (*mark, w.percent(*mark, 0))).collect(),
        y: marks.iter().map(|mark| (*mark, w.percent(*mark, 0))).collect(),
        x_title: w.text("offers-predicted"),
        shaded_from: None,
    };
    charts::lines(&chart, Direction::of(s.view.language()))
}

/// What a correction is worth: both sides in one picture, and in figures.
fn corrected(s: &Shown<'_>, correction: &Correction) -> Calibration {
    let w = s.words;
    let (before, after) = (&correction.before, &correction.after);
    let row = |id: &str, of: fn(&ModelQuality) -> f64, say: &dyn Fn(f64) -> String| {
        vec![Cell::Text(w.text(id)), Cell::Number(say(of(before))), Cell::Number(say(of(after)))]
    };
    let number = |value: f64| w.number(value, 4);
    let percent = |value: f64| w.percent(value, 2);
    let rows = vec![
        row("offers-log_loss", |quality| quality.log_loss, &number),
        row("offers-brier", |quality| quality.brier, &number),
        row("offers-calibration_error", |quality| quality.calibration_error, &percent),
        row("offers-predicted", |quality| quality.predicted, &percent),
        row("offers-observed", |quality| quality.observed, &percent),
    ];
    let heads = [("offers-measure", false), ("offers-before", true), ("offers-after", true)];
    Calibration {
        chart: reliability(s, "offers-correction", &[("a", before), ("b", after)]),
        table: s.table("offers-correction", &heads, rows),
        figures: vec![
            (w.text("offers-answers"), w.number(after.answers as f64, 0)),
            (w.text("offers-level"), w.number(correction.level, 2)),
            (w.text("offers-slope"), w.number(correction.slope, 2)),
        ],
    }
}

async fn remove(view: View, Path(id): Path<String>) -> Answer {
    offers::delete(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href("/offers")).into_response())
}

/// For whom, and where.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asking {
    customer: String,
    channel: String,
    placement: String,
}

/// An action, as it is shown.
struct ActionRow {
    /// The address of the offer; none for doing nothing.
    href: Option<String>,
    name: String,
    place: String,
    priority: String,
    propensity: String,
    context_weight: String,
    value: String,
    lever: String,
    detail: String,
    subject: String,
    body: String,
}

#[derive(Template)]
#[template(path = "decisions/pages/try.html")]
struct TryPage {
    view: View,
    title: String,
    asking: Asking,
    channels: Vec<(&'static str, String)>,
    fault: Option<String>,
    customer: Option<(String, String)>,
    actions: Vec<ActionRow>,
    counts: Option<Table>,
    left_out: Vec<(String, Vec<(String, String)>)>,
}

/// Actions shown of a trial.
const TRIED: usize = 10;

async fn attempt(view: View, Query(asking): Query<Asking>) -> Answer {
    let w = view.words;
    let channels = Channel::ALL.iter().map(|channel| (channel.name(), channel.words(w))).collect();
    let typed = asking.customer.trim();
    let decided = match typed {
        "" => None,
        typed => Some(would(&view, typed, &asking, TRIED, true).await),
    };
    let (decision, fault) = match decided {
        Some(Ok(decision)) => (Some(decision), None),
        Some(Err(problem)) if matches!(problem.status().as_u16(), 400 | 404 | 422) => {
            (None, Some(w.text("offers-try-nobody")))
        }
        Some(Err(problem)) => return Err(problem),
        None => (None, None),
    };
    let s = Shown::new(&view);
    let (mut actions, mut counts, mut left_out, mut customer) = (Vec::new(), None, Vec::new(), None);
    if let Some(decision) = &decision {
        customer = Some((view.href(&format!("/customers/{}", decision.customer)), decision.customer.clone()));
        actions = action_rows(&s, decision);
        left_out = by_reason(&s, decision);
        let row = |reason: &(String, Vec<(String, String)>)| {
            vec![Cell::Text(reason.0.clone()), Cell::Number(s.count(reason.1.len() as i64))]
        };
        let heads = [("offers-reason", false), ("offers-count", true)];
        counts = Some(s.table("offers-left_out", &heads, left_out.iter().map(row).collect()));
    }
    let title = w.text("offers-try");
    html(&TryPage { title, asking, channels, fault, customer, actions, counts, left_out, view })
}

/// What would be offered now: nothing is tried, nothing is written down.
async fn would(view: &View, typed: &str, asking: &Asking, count: usize, explain: bool) -> Result<Decision> {
    let is_identifier = typed.contains(':');
    let wish = Wish {
        customer: (!is_identifier).then(|| typed.to_owned()),
        identifier: is_identifier.then(|| typed.to_owned()),
        channel: Channel::from_name(&asking.channel),
        placement: asking.placement.chars().take(100).collect(),
        count: Some(count),
        exploration: Some(0.0),
        explain,
        dry_run: true,
        ..Wish::default()
    };
    engine::decide(&view.app, &view.caller, &wish).await
}

fn action_rows(s: &Shown<'_>, decision: &Decision) -> Vec<ActionRow> {
    let w = s.words;
    let row = |action: &Action| match action {
        Action::Nothing { .. } => ActionRow {
            href: None,
            name: w.text("offers-nothing"),
            place: w.text("offers-nothing-lead"),
            priority: s.money(0.0),
            propensity: String::new(),
            context_weight: String::new(),
            value: String::new(),
            lever: String::new(),
            detail: String::new(),
            subject: String::new(),
            body: String::new(),
        },
        Action::Offer(made) => offer_row(s, made),
    };
    decision.actions.iter().map(row).collect()
}

fn offer_row(s: &Shown<'_>, made: &Made) -> ActionRow {
    let (w, parts) = (s.words, &made.parts);
    let per_answer = parts.contact / parts.propensity;
    let mut detail = vec![s.money(parts.worth)];
    for (id, amount) in [
        ("offers-less-reward", parts.reward),
        ("offers-less-discount", parts.discount),
        ("offers-less-contact", per_answer),
    ] {
        if amount > 0.0 {
            detail.push(w.with(id, &[("amount", s.money(amount).into())]));
        }
    }
    ActionRow {
        href: Some(s.view.href(&format!("/offers/{}", made.offer))),
        name: made.name.clone(),
        place: format!("{} › {}", made.issue, made.group),
        priority: s.money(made.priority),
        propensity: w.percent(parts.propensity, 1),
        context_weight: w.number(parts.context_weight, 2),
        value: s.money(parts.value),
        lever: w.number(parts.lever, 2),
        detail: if detail.len() > 1 { detail.join(" ") } else { String::new() },
        subject: made.content.subject.clone(),
        body: made.content.body.clone(),
    }
}

/// What was left out, reason by reason: offers with their addresses.
fn by_reason(s: &Shown<'_>, decision: &Decision) -> Vec<(String, Vec<(String, String)>)> {
    let mut reasons: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut last = None;
    for left in &decision.left_out.offers {
        if last != Some(left.reason) {
            reasons.push((reason_name(s.words, left.reason), Vec::new()));
            last = Some(left.reason);
        }
        if let Some((_, offers)) = reasons.last_mut() {
            offers.push((s.view.href(&format!("/offers/{}", left.offer)), left.name.clone()));
        }
    }
    reasons
}

#[derive(Template)]
#[template(path = "decisions/pages/customer.html")]
struct CustomerPart {
    view: View,
    actions: Vec<ActionRow>,
    more: String,
}

/// What is best for a customer, as a part of their page.
async fn of_customer(view: View, Path(id): Path<String>) -> Answer {
    const SHOWN: usize = 3;
    let id = customers::survivor(&view.app, &id).await?;
    let decision = would(&view, &id, &Asking::default(), SHOWN, false).await?;
    let actions = action_rows(&Shown::new(&view), &decision);
    let more = view.href(&format!("/offers/try?{}", form_urlencoded(&[("customer", &id)])));
    html(&CustomerPart { actions, more, view })
}

/// Names that are in use, for those who write an offer.
async fn names_in_use(view: &View) -> Result<(Vec<String>, Vec<String>)> {
    let offers = offers::list(view.app.database.pool()).await?;
    let of = |name: fn(&Offer) -> &String| {
        let mut names: Vec<String> = offers.iter().map(|offer| name(offer).clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    Ok((of(|offer| &offer.draft.issue), of(|offer| &offer.draft.group)))
}

/// Whether a problem is the caller's to mend.
fn is_theirs(problem: &Problem) -> bool {
    matches!(problem.status().as_u16(), 403 | 409 | 422)
}

/// The text of a field of a form.
fn field<'a>(form: &'a HashMap<String, String>, name: &str) -> &'a str {
    form.get(name).map_or("", |text| text.trim())
}
