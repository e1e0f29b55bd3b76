//! The pages of targets and alerts.

use super::actions::{self, DAYS, Draft};
use super::rules::{Kind, State};
use super::store::{self, Alert, Check};
use crate::access::Permission;
use crate::insights::figure::Figure;
use crate::insights::figure::Unit;
use crate::platform::pages::{Answer, Fields, csv, form_urlencoded, html};
use crate::platform::webhook;
use crate::platform::{Pages, Path, Query, Result, View};
use crate::report::charts::{self, Chart, Direction, Line, Lines};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::text::Words;
use serde::Deserialize;

/// News on the page, and days in the picture of one.
const NEWS: i64 = 50;
const DAYS_SHOWN: i64 = 90;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCustomers, "/alerts", get(list))
        .part(Permission::EditAlerts, "/alerts/add", post(add))
        .page(Permission::EditAlerts, "/alerts/new", get(new))
        .part(Permission::EditAlerts, "/alerts/check", post(check_now))
        .part(Permission::ReadCustomers, "/alerts.csv", get(export_all))
        .page(Permission::ReadCustomers, "/alerts/{id}", get(show))
        .part(Permission::EditAlerts, "/alerts/{id}/change", post(change))
        .part(Permission::EditAlerts, "/alerts/{id}/remove", post(remove))
        .part(Permission::ReadCustomers, "/alerts/{id}/history.csv", get(export))
}

/// What is watched, in words: "Revenue, last 7 days: at least €100,000".
pub(in crate::insights) fn says(words: Words, currency: &str, alert: &Alert) -> String {
    let (name, _) = alert.figure.texts();
    let period = words.with("alerts-period", &[("days", alert.days.unsigned_abs().into())]);
    let value = alert.threshold.map_or_else(String::new, |value| alert.figure.shown(words, currency, value));
    let (figure, period) = (("figure", words.text(name).into()), ("period", period.into()));
    let value = ("value", value.into());
    match alert.kind {
        Kind::Target if alert.figure.is_better_low() => words.with("alerts-says-at_most", &[figure, period, value]),
        Kind::Target => words.with("alerts-says-at_least", &[figure, period, value]),
        Kind::Above => words.with("alerts-says-above", &[figure, period, value]),
        Kind::Below => words.with("alerts-says-below", &[figure, period, value]),
        Kind::Unusual => words.with("alerts-says-unusual", &[figure, period]),
    }
}

/// The words of a state, and the class of its badge.
fn state(words: Words, state: State, has_value: bool) -> (&'static str, String) {
    match (state, has_value) {
        (State::New, _) => ("", words.text("alerts-state-new")),
        (_, false) => ("", words.text("alerts-state-unknown")),
        (State::Quiet, true) => ("good", words.text("alerts-state-quiet")),
        (State::Raised, true) => ("bad", words.text("alerts-state-raised")),
        (State::Met, true) => ("good", words.text("alerts-state-met")),
        (State::Missed, true) => ("warn", words.text("alerts-state-missed")),
    }
}

/// One that is watched, as a row.
struct Watched {
    href: String,
    says: String,
    value: String,
    usual: String,
    state: (&'static str, String),
    day: String,
    emails: usize,
    has_webhook: bool,
}

/// Something that happened.
struct Happened {
    href: String,
    says: String,
    day: String,
    value: String,
    state: (&'static str, String),
}

#[derive(Template)]
#[template(path = "insights/alerts/pages/list.html")]
struct ListPage {
    view: View,
    title: String,
    alerts: Vec<Watched>,
    news: Vec<Happened>,
    may_edit: bool,
    checking: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    checking: bool,
}

async fn list(view: View, Query(Asked { checking }): Query<Asked>) -> Answer {
    let alerts = store::list(view.app.database.pool()).await?;
    let news = store::news(&view.app, NEWS).await?;
    let currency = view.app.config.currency.as_str();
    let happened = |check: &Check| {
        let alert = alerts.iter().find(|alert| alert.id == check.alert)?;
        Some(Happened {
            href: view.href(&format!("/alerts/{}", alert.id)),
            says: says(view.words, currency, alert),
            day: view.words.date(&check.day),
            value: check.value.map_or_else(String::new, |value| alert.figure.shown(view.words, currency, value)),
            state: state(view.words, check.state, true),
        })
    };
    let news = news.iter().filter_map(happened).collect();
    let alerts = alerts.iter().map(|alert| watched(&view, alert)).collect();
    let may_edit = view.may(Permission::EditAlerts);
    html(&ListPage { title: view.words.text("page-alerts"), alerts, news, may_edit, checking, view })
}

fn watched(view: &View, alert: &Alert) -> Watched {
    let currency = view.app.config.currency.as_str();
    let shown = |value: f64| alert.figure.shown(view.words, currency, value);
    let usual = alert.low.zip(alert.high).map_or_else(String::new, |(low, high)| {
        view.words.with("alerts-usual", &[("low", shown(low).into()), ("high", shown(high).into())])
    });
    Watched {
        href: view.href(&format!("/alerts/{}", alert.id)),
        says: says(view.words, currency, alert),
        value: alert.value.map_or_else(|| "–".to_owned(), shown),
        usual,
        state: state(view.words, alert.state, alert.value.is_some()),
        day: alert.checked_day.as_ref().map_or_else(|| "–".to_owned(), |day| view.words.date(day)),
        emails: alert.emails.len(),
        has_webhook: alert.webhook.is_some(),
    }
}

/// What people write into the form, as they wrote it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Written {
    figure: String,
    kind: String,
    threshold: String,
    days: String,
    emails: String,
    webhook: String,
}

/// What is wrong with it: the id of the words, by field.
#[derive(Default)]
struct Faults {
    threshold: Option<String>,
    days: Option<String>,
    emails: Option<String>,
}

impl Written {
    fn of(alert: &Alert) -> Self {
        let unit = if alert.figure.unit() == Unit::Share { 100.0 } else { 1.0 };
        // As a browser's field of numbers wants it, without what binary fractions add.
        let threshold = |value: f64| ((value * unit * 10_000.0).round() / 10_000.0).to_string();
        Self {
            figure: alert.figure.name().to_owned(),
            kind: alert.kind.name().to_owned(),
            threshold: alert.threshold.map(threshold).unwrap_or_default(),
            days: alert.days.to_string(),
            emails: alert.emails.join(", "),
            webhook: alert.webhook.clone().unwrap_or_default(),
        }
    }

    fn draft(&self, view: &View) -> Draft {
        let figure = Figure::from_name(&self.figure).unwrap_or(Figure::Revenue);
        let kind = Kind::from_name(&self.kind).unwrap_or(Kind::Target);
        let unit = if figure.unit() == Unit::Share { 0.01 } else { 1.0 };
        let threshold = cvm_core::text::read_number(&self.threshold).map(|value| value * unit);
        let emails = self.emails.split([',', ';', '\n', ' ']).map(str::trim).filter(|email| !email.is_empty());
        Draft {
            figure,
            kind,
            threshold: threshold.filter(|_| kind != Kind::Unusual),
            days: self.days.parse().unwrap_or(0),
            emails: emails.map(str::to_owned).collect(),
            webhook: Some(self.webhook.clone()).filter(|id| !id.is_empty()),
            language: view.language(),
        }
    }
}

/// A choice: its name, its words, whether it is chosen.
type Choice = (String, String, bool);

struct Form {
    action: String,
    written: Written,
    faults: Faults,
    figures: Vec<Choice>,
    kinds: Vec<Choice>,
    days: Vec<Choice>,
    webhooks: Vec<Choice>,
    hint: String,
    has_mailer: bool,
}

async fn form(view: &View, action: String, written: Written, faults: Faults) -> Result<Form> {
    let w = view.words;
    let kinds = [
        (Kind::Target, "alerts-kind-target"),
        (Kind::Above, "alerts-kind-above"),
        (Kind::Below, "alerts-kind-below"),
        (Kind::Unusual, "alerts-kind-unusual"),
    ];
    let figure = |figure: Figure| (figure.name().to_owned(), w.text(figure.texts().0), figure.name() == written.figure);
    let day = |days: i64| {
        let shown = w.with("alerts-days-choice", &[("days", days.unsigned_abs().into())]);
        (days.to_string(), shown, days.to_string() == written.days)
    };
    let webhooks = webhook::list(&view.app).await?;
    let webhook = |endpoint: webhook::Endpoint| {
        let is_chosen = endpoint.id == written.webhook;
        (endpoint.id, endpoint.name, is_chosen)
    };
    Ok(Form {
        figures: Figure::ALL.map(figure).into(),
        kinds: kinds.map(|(kind, id)| (kind.name().to_owned(), w.text(id), kind.name() == written.kind)).into(),
        days: DAYS.map(day).into(),
        webhooks: webhooks.into_iter().map(webhook).collect(),
        hint: w.with("alerts-threshold-hint", &[("currency", view.app.config.currency.as_str().into())]),
        has_mailer: view.app.mailer.is_some(),
        action,
        written,
        faults,
    })
}

#[derive(Template)]
#[template(path = "insights/alerts/pages/new.html")]
struct NewPage {
    view: View,
    title: String,
    form: Form,
}

/// What the overview asks to be watched.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    figure: String,
    #[serde(default)]
    days: String,
}

async fn new(view: View, Query(Wanted { figure, days }): Query<Wanted>) -> Answer {
    let days = if DAYS.iter().any(|known| known.to_string() == days) { days } else { "30".to_owned() };
    let written = Written { figure, days, kind: Kind::Target.name().to_owned(), ..Written::default() };
    let form = form(&view, view.href("/alerts/add"), written, Faults::default()).await?;
    html(&NewPage { title: view.words.text("alerts-new"), form, view })
}

/// What of the form is wrong, in words.
fn faults(view: &View, written: &Written, draft: &Draft) -> Option<Faults> {
    let w = view.words;
    let is_valid = |email: &String| email_address::EmailAddress::is_valid(email);
    let faults = Faults {
        threshold: (draft.kind != Kind::Unusual && draft.threshold.is_none()).then(|| w.text("page-number_wanted")),
        days: (draft.kind == Kind::Unusual && written.days == "365").then(|| w.text("alerts-fault-days")),
        emails: (draft.emails.len() > 10 || !draft.emails.iter().all(is_valid)).then(|| w.text("alerts-fault-emails")),
    };
    (faults.threshold.is_some() || faults.days.is_some() || faults.emails.is_some()).then_some(faults)
}

async fn add(view: View, Fields(written): Fields<Written>) -> Answer {
    let draft = written.draft(&view);
    if let Some(faults) = faults(&view, &written, &draft) {
        let form = form(&view, view.href("/alerts/add"), written, faults).await?;
        let page = html(&NewPage { title: view.words.text("alerts-new"), form, view })?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let alert = actions::create(&view.app, &view.caller, draft).await?;
    Ok(Redirect::to(&view.href(&format!("/alerts/{}", alert.id))).into_response())
}

#[derive(Template)]
#[template(path = "insights/alerts/pages/show.html")]
struct ShowPage {
    view: View,
    title: String,
    alert: Alert,
    watched: Watched,
    /// None where there is too little for a picture.
    chart: Option<Chart>,
    legend: Vec<(&'static str, String)>,
    rows: Vec<Day>,
    form: Option<Form>,
}

/// A day of the history.
struct Day {
    day: String,
    value: String,
    usual: String,
    state: (&'static str, String),
}

async fn show(view: View, Path(id): Path<String>) -> Answer {
    let alert = store::get(&view.app, &id).await?;
    let written = Written::of(&alert);
    html(&page(view, alert, written, Faults::default()).await?)
}

async fn page(view: View, alert: Alert, written: Written, faults: Faults) -> Result<ShowPage> {
    let checks = store::checks(&view.app, &alert.id, DAYS_SHOWN).await?;
    let currency = view.app.config.currency.as_str();
    let shown = |value: f64| alert.figure.shown(view.words, currency, value);
    let day = |check: &Check| Day {
        day: view.words.date(&check.day),
        value: check.value.map_or_else(|| "–".to_owned(), shown),
        usual: check.low.zip(check.high).map_or_else(String::new, |(low, high)| {
            view.words.with("alerts-usual", &[("low", shown(low).into()), ("high", shown(high).into())])
        }),
        state: state(view.words, check.state, check.value.is_some()),
    };
    let rows = checks.iter().map(day).collect();
    let chart = picture(&view, &alert, &checks);
    let bounds = if alert.kind == Kind::Unusual { "alerts-usual-bounds" } else { "alerts-threshold" };
    let legend = vec![("a", view.words.text(alert.figure.texts().0)), ("b", view.words.text(bounds))];
    let form = match view.may(Permission::EditAlerts) {
        true => Some(form(&view, view.href(&format!("/alerts/{}/change", alert.id)), written, faults).await?),
        false => None,
    };
    let title = says(view.words, currency, &alert);
    Ok(ShowPage { title, watched: watched(&view, &alert), chart, legend, rows, form, alert, view })
}

/// The figure day by day, with the limit or with what is usual.
fn picture(view: &View, alert: &Alert, checks: &[Check]) -> Option<Chart> {
    let days: Vec<&Check> = checks.iter().rev().filter(|check| check.value.is_some()).collect();
    if days.len() < 2 {
        return None;
    }
    let points = |of: &dyn Fn(&Check) -> Option<f64>| -> Vec<(f64, f64)> {
        days.iter().enumerate().filter_map(|(i, check)| Some((i as f64, of(check)?))).collect()
    };
    let limits: Vec<Vec<(f64, f64)>> = match alert.threshold {
        Some(threshold) => vec![points(&|_| Some(threshold))],
        None => vec![points(&|check| check.low), points(&|check| check.high)],
    };
    let line = |class, points| Line { class, points, area: false };
    let mut lines: Vec<Line> = limits.into_iter().map(|points| line("b", points)).collect();
    lines.push(line("a", points(&|check| check.value)));
    let all = || lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
    let (low, high) = (all().fold(0.0, f64::min), all().fold(0.0, f64::max));
    let mark = |value: f64| (value, alert.figure.mark(view.words, &view.app.config.currency, value));
    let chart = Lines {
        label: says(view.words, &view.app.config.currency, alert),
        x: days.iter().enumerate().map(|(i, check)| (i as f64, view.words.date(&check.day))).collect(),
        y: charts::round_marks(low, high, 4).into_iter().map(mark).collect(),
        x_title: view.words.text("alerts-day"),
        shaded_from: None,
        lines,
    };
    Some(charts::lines(&chart, Direction::of(view.language())))
}

async fn change(view: View, Path(id): Path<String>, Fields(written): Fields<Written>) -> Answer {
    let draft = written.draft(&view);
    if let Some(faults) = faults(&view, &written, &draft) {
        let alert = store::get(&view.app, &id).await?;
        let page = html(&page(view, alert, written, faults).await?)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    actions::update(&view.app, &view.caller, &id, draft).await?;
    Ok(Redirect::to(&view.href(&format!("/alerts/{id}"))).into_response())
}

async fn remove(view: View, Path(id): Path<String>) -> Answer {
    actions::remove(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href("/alerts")).into_response())
}

async fn check_now(view: View) -> Answer {
    let mut transaction = view.app.database.begin().await?;
    super::ask(&mut transaction, &view.app, view.caller.actor().1).await?;
    transaction.commit().await?;
    view.app.jobs.wake();
    Ok(Redirect::to(&view.href(&format!("/alerts?{}", form_urlencoded(&[("checking", "true")])))).into_response())
}

async fn export_all(view: View) -> Answer {
    let alerts = store::list(view.app.database.pool()).await?;
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let row = |alert: Alert| {
        vec![
            alert.figure.name().to_owned(),
            alert.kind.name().to_owned(),
            number(alert.threshold),
            alert.days.to_string(),
            alert.state.name().to_owned(),
            number(alert.value),
            number(alert.low),
            number(alert.high),
            alert.checked_day.unwrap_or_default(),
        ]
    };
    let head = ["figure", "kind", "threshold", "days", "state", "value", "usual_low", "usual_high", "day"];
    csv("alerts", &head, alerts.into_iter().map(row))
}

async fn export(view: View, Path(id): Path<String>) -> Answer {
    store::get(&view.app, &id).await?;
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let row = |check: Check| {
        vec![check.day, number(check.value), number(check.low), number(check.high), check.state.name().to_owned()]
    };
    let checks = store::checks(&view.app, &id, 800).await?;
    csv("alert-history", &["day", "value", "usual_low", "usual_high", "state"], checks.into_iter().map(row))
}
