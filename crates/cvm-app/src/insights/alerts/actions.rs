//! Making and changing what is watched.

use super::rules::{Kind, State};
use super::store::{self, Alert};
use crate::access::{Caller, audit};
use crate::insights::figure::Figure;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time, webhook};
use cvm_core::Language;
use email_address::EmailAddress;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

/// Alerts at most, and addresses of one.
const ALERTS_MAX: usize = 200;
const EMAILS_MAX: usize = 10;

/// Over how many days a figure may be counted: the periods that the overview offers too.
pub(super) const DAYS: [i64; 5] = [1, 7, 30, 90, 365];

/// Of what is unusual there must be enough earlier periods.
const UNUSUAL_DAYS_MAX: i64 = 90;

/// The largest target or limit.
const THRESHOLD_MAX: f64 = 1e13;

/// What is to be watched.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlertDraft)]
pub struct Draft {
    /// What.
    pub figure: Figure,
    /// What for.
    pub kind: Kind,
    /// The target or the limit: an amount in the currency of the settings, a number, or a share as a fraction of 1. None for what
    /// is unusual.
    pub threshold: Option<f64>,
    /// Over how many days: 1, 7, 30, 90 or 365.
    pub days: i64,
    /// Who is told by e-mail: ten addresses at most.
    #[serde(default)]
    pub emails: Vec<String>,
    /// The id of the webhook endpoint that is told.
    #[serde(default)]
    pub webhook: Option<String>,
    /// The language of e-mails: `en`, `pl`, `ru` or `fa`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub language: Language,
}

impl Draft {
    async fn checked(&self, app: &App) -> Result<()> {
        let mut faults = Vec::new();
        let is_unusual = self.kind == Kind::Unusual;
        match self.threshold {
            None if !is_unusual => faults.push(Fault::new("/threshold", "expected a number")),
            Some(_) if is_unusual => faults.push(Fault::new("/threshold", "what is unusual has none; leave it out")),
            Some(threshold) if threshold.is_nan() || threshold.abs() > THRESHOLD_MAX => {
                faults.push(Fault::new("/threshold", "expected a number of 10^13 at most"));
            }
            _ => {}
        }
        if !DAYS.contains(&self.days) {
            faults.push(Fault::new("/days", format!("{} days; expected 1, 7, 30, 90 or 365", self.days)));
        } else if is_unusual && self.days > UNUSUAL_DAYS_MAX {
            faults.push(Fault::new("/days", format!("what is unusual is seen over {UNUSUAL_DAYS_MAX} days at most")));
        }
        if self.emails.len() > EMAILS_MAX {
            faults.push(Fault::new("/emails", format!("expected {EMAILS_MAX} addresses at most")));
        }
        for (place, email) in self.emails.iter().enumerate() {
            if !EmailAddress::is_valid(email) {
                faults.push(Fault::new(format!("/emails/{place}"), "this is no e-mail address"));
            }
        }
        if let Some(id) = &self.webhook
            && !webhook::list(app).await?.iter().any(|endpoint| endpoint.id == *id)
        {
            faults.push(Fault::new("/webhook", "there is no such endpoint; GET /api/v1/webhooks lists them"));
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
    }

    fn into_alert(self, id: String, created_at: Time, created_by: String) -> Alert {
        let Self { figure, kind, threshold, days, emails, webhook, language } = self;
        let (state, checked_at, checked_day) = (State::New, None, None);
        let (value, low, high) = (None, None, None);
        Alert {
            id,
            figure,
            kind,
            threshold,
            days,
            emails,
            webhook,
            language,
            created_at,
            created_by,
            state,
            checked_at,
            checked_day,
            value,
            low,
            high,
        }
    }
}

/// Watches something from now on. It is looked at at once.
///
/// # Errors
/// 422 for what cannot be watched so, 409 where there are too many, and what the database gives.
pub(super) async fn create(app: &App, caller: &Caller, draft: Draft) -> Result<Alert> {
    draft.checked(app).await?;
    let (id, now) = (app.random.id(&app.clock), app.clock.now());
    let alert = draft.into_alert(id, Time(now), caller.actor().1.to_owned());
    let mut transaction = app.database.begin().await?;
    if store::list(&mut *transaction).await?.len() >= ALERTS_MAX {
        return Err(Problem::conflict(format!(
            "{ALERTS_MAX} figures are watched, which is the most; remove one first"
        )));
    }
    store::put(&mut transaction, &alert).await?;
    let details = json!({"figure": alert.figure, "kind": alert.kind});
    audit::record(&mut transaction, app, caller, "alert.create", &alert.id, details).await?;
    super::ask(&mut transaction, app, &alert.created_by).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(alert)
}

/// Watches something else, or otherwise. What the days showed before goes where they showed something else.
///
/// # Errors
/// As [`create`], and 404 where there is none.
pub(super) async fn update(app: &App, caller: &Caller, id: &str, draft: Draft) -> Result<Alert> {
    draft.checked(app).await?;
    let before = store::get(app, id).await?;
    let is_other = (before.figure, before.days) != (draft.figure, draft.days);
    let alert = draft.into_alert(before.id, before.created_at, before.created_by);
    let mut transaction = app.database.begin().await?;
    if is_other {
        store::forget_checks(&mut transaction, id).await?;
    }
    store::put(&mut transaction, &alert).await?;
    let details = json!({"figure": alert.figure, "kind": alert.kind});
    audit::record(&mut transaction, app, caller, "alert.change", id, details).await?;
    super::ask(&mut transaction, app, caller.actor().1).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(alert)
}

/// Watches it no more.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub(super) async fn remove(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    if !store::remove(&mut transaction, id).await? {
        return Err(store::none(id));
    }
    audit::record(&mut transaction, app, caller, "alert.remove", id, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}
