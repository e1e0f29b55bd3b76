//! The daily look at all that is watched, and who is told.

use super::pages::says;
use super::rules::{Kind, State, Verdict, earlier, judge};
use super::store::{self, Alert, Check};
use crate::insights::figures::figures;
use crate::insights::period::Period;
use crate::platform::database::Transaction;
use crate::platform::jobs::{self, Asked, Schedule, Task};
use crate::platform::server::App;
use crate::platform::{Mail, Problem, Result, webhook};
use crate::report::charts::escape;
use crate::scoring::{self, LastRun};
use anyhow::Context;
use chrono::NaiveDate;
use cvm_core::text::Words;
use serde_json::{Value, json};

/// The kind of job: looks at everything that is watched.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "alerts",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |config| Schedule::cron(DAILY, config.timezone).map(|at| (String::new(), at)).into_iter().collect(),
    attempts: 5,
};

/// The kind of job: one e-mail to one reader.
pub const MAIL: jobs::Kind = jobs::Kind {
    name: "alert_mail",
    run: |app, task| Box::pin(async move { mail(&app, &task).await }),
    regular: |_| Vec::new(),
    attempts: 8,
};

/// When people come to work, and after the nightly scoring run.
const DAILY: &str = "0 6 * * *";

/// Asks for a look, within a change.
///
/// # Errors
/// What the database gives.
pub async fn ask(transaction: &mut Transaction, app: &App, by: &str) -> Result<(), sqlx::Error> {
    let asked = Asked { kind: JOB.name, subject: "", input: &Value::Null, by, due_at: app.clock.now() };
    jobs::ask(transaction, app, asked).await.map(drop)
}

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    let alerts = store::list(app.database.pool()).await?;
    let Some(last) = scoring::last_run(app).await.map_err(in_job)? else {
        return Ok(json!({"alerts": alerts.len(), "note": "there are no orders yet"}));
    };
    let day = last.whole_day(app.config.timezone);
    let mut news = 0;
    for (place, alert) in alerts.iter().enumerate() {
        anyhow::ensure!(!task.stop.is_cancelled(), "the server stops");
        task.at(format!("alerts {}/{}", place + 1, alerts.len()));
        let verdict = look(app, alert, &last, day).await.map_err(in_job)?;
        let mut transaction = app.database.begin().await?;
        if store::note(&mut transaction, alert, (&day.to_string(), app.clock.now()), &verdict).await? {
            news += 1;
            tell(&mut transaction, app, alert, day, &verdict).await.map_err(in_job)?;
        }
        transaction.commit().await?;
        app.jobs.wake();
    }
    Ok(json!({"alerts": alerts.len(), "day": day, "news": news}))
}

fn in_job(problem: Problem) -> anyhow::Error {
    anyhow::anyhow!("{problem}")
}

async fn look(app: &App, alert: &Alert, last: &LastRun, day: NaiveDate) -> Result<Verdict> {
    let period = Period::last(alert.days, day);
    let value = alert.figure.of(&*figures(app, period, &last.id).await?);
    let mut history = Vec::new();
    if alert.kind == Kind::Unusual {
        let first_day: NaiveDate = last.report.run.first_day.parse().unwrap_or_default();
        for earlier in earlier(period).filter(|earlier| earlier.from >= first_day) {
            history.extend(alert.figure.of(&*figures(app, earlier, &last.id).await?));
        }
    }
    Ok(judge(alert.kind, alert.threshold, alert.figure.is_better_low(), value, &history))
}

/// Notes what is told to whom, within the change that makes it news.
async fn tell(
    transaction: &mut Transaction,
    app: &App,
    alert: &Alert,
    day: NaiveDate,
    verdict: &Verdict,
) -> Result<()> {
    let kind = match verdict.state {
        Some(State::Raised) => "alert.raised",
        Some(State::Met) => "target.met",
        Some(State::Missed) => "target.missed",
        _ => return Ok(()),
    };
    if let Some(endpoint) = &alert.webhook {
        let data = json!({
            "alert": alert.id, "figure": alert.figure, "kind": alert.kind, "threshold": alert.threshold, "days": alert.days,
            "day": day, "value": verdict.value, "usual_low": verdict.usual.map(|usual| usual.0),
            "usual_high": verdict.usual.map(|usual| usual.1), "currency": app.config.currency,
        });
        webhook::send(transaction, app, endpoint, kind, &data).await?;
    }
    if app.mailer.is_some() {
        for place in 0..alert.emails.len() {
            // No address, since who looks after jobs need not know it.
            let subject = format!("{}/{day}/{place}", alert.id);
            let due_at = app.clock.now();
            let asked = Asked { kind: MAIL.name, subject: &subject, input: &Value::Null, by: "system", due_at };
            jobs::ask(transaction, app, asked).await?;
        }
    }
    Ok(())
}

async fn mail(app: &App, task: &Task) -> anyhow::Result<Value> {
    let mut parts = task.job.subject.split('/');
    let (id, day) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let place: usize = parts.next().and_then(|place| place.parse().ok()).context("which reader")?;
    let (alert, check) = (store::find(app, id).await?, store::check_of(app, id, day).await?);
    let Some((alert, check, mailer)) = alert.zip(check).zip(app.mailer.as_ref()).map(|((a, c), m)| (a, c, m)) else {
        return Ok(json!({"sent": false})); // nobody watches it any more
    };
    let Some(to) = alert.emails.get(place) else { return Ok(json!({"sent": false})) };
    let mail = letter(app, &alert, &check, to, &task.job.subject.replace('/', "."));
    match mailer.send(&mail).await {
        Ok(()) => Ok(json!({"sent": true})),
        Err(error) if error.is_lasting() => Ok(json!({"sent": false, "error": error.to_string()})),
        Err(error) => Err(error.into()),
    }
}

/// What a reader is told.
fn letter(app: &App, alert: &Alert, check: &Check, to: &str, id: &str) -> Mail {
    let words = Words::new(alert.language);
    let what = says(words, &app.config.currency, alert);
    let of = [("what", what.as_str().into())];
    let subject = match check.state {
        State::Met => words.with("alerts-mail-met", &of),
        State::Missed => words.with("alerts-mail-missed", &of),
        _ => words.with("alerts-mail-raised", &of),
    };
    let shown = |value: f64| alert.figure.shown(words, &app.config.currency, value);
    let mut lines = vec![subject.clone()];
    if let Some(value) = check.value {
        let values = [("value", shown(value).into()), ("day", words.date_long(&check.day).into())];
        lines.push(words.with("alerts-mail-now", &values));
    }
    if let Some((low, high)) = check.low.zip(check.high) {
        lines.push(words.with("alerts-usual", &[("low", shown(low).into()), ("high", shown(high).into())]));
    }
    let link = (!app.config.public_url.is_empty())
        .then(|| format!("{}/{}/alerts/{}", app.config.public_url.trim_end_matches('/'), alert.language, alert.id));
    let (language, direction) = (alert.language, alert.language.direction());
    let paragraphs: String = lines.iter().map(|line| format!("<p>{}</p>", escape(line))).collect();
    let open = words.text("alerts-mail-open");
    let (mut text, mut end) = (lines.join("\n\n"), String::new());
    if let Some(link) = link {
        text.push_str(&format!("\n\n{open}: {link}"));
        end = format!("<p><a href=\"{}\">{}</a></p>", escape(&link), escape(&open));
    }
    let html = format!("<html lang=\"{language}\" dir=\"{direction}\"><body>{paragraphs}{end}</body></html>");
    Mail { id: id.to_owned(), to: to.to_owned(), subject, text, html: Some(html), headers: Vec::new() }
}
