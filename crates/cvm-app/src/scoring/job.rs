//! One run: the lake computes, and the database takes what comes out.

use super::store::{self, Ended};
use crate::customers::{self, exchange};
use crate::insights::alerts;
use crate::platform::database::Transaction;
use crate::platform::jobs::{self, Asked, Job, Schedule, State, Task};
use crate::platform::server::App;
use crate::platform::{Config, Problem};
use crate::{proof, segments};
use chrono::NaiveDate;
use cvm_core::lake::{Answering, Exchange, LakeFailure, Owner, Scoring, Values};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use utoipa::ToSchema;

/// Owners asked for at once.
const OWNERS: i64 = 5_000;

/// Values of one change: others who write wait no longer than for these.
const VALUES: usize = 1_000;

/// Between looks at a run that another process may do.
const LOOK: Duration = Duration::from_millis(200);

/// The kind of job.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "score",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |config| config.score_at().map(|at| vec![(String::new(), at)]).unwrap_or_default(),
    attempts: 3,
};

/// What may be different in one run; what is not given is as in the settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Wish {
    /// The last day to look at; today where it is not given.
    #[schema(value_type = Option<String>, format = Date)]
    pub as_of: Option<NaiveDate>,
    /// How far ahead to look, in days.
    #[schema(minimum = 1, maximum = 3650)]
    pub horizon_days: Option<u32>,
    /// Discount a year, as a fraction.
    #[schema(minimum = 0, maximum = 1)]
    pub discount_rate: Option<f64>,
    /// Margin on revenue, as a fraction.
    #[schema(minimum = 0, maximum = 1)]
    pub margin: Option<f64>,
}

impl Config {
    /// When everyone is scored; none where it is switched off.
    pub(crate) fn score_at(&self) -> Option<Schedule> {
        if self.score_schedule.is_empty() {
            return None;
        }
        Schedule::cron(&self.score_schedule, self.timezone).ok() // the settings were checked when they were read
    }
}

/// Asks for a run now; says which job it is.
///
/// # Errors
/// What the database gives.
pub async fn ask(transaction: &mut Transaction, app: &App, wish: &Wish, by: &str) -> Result<String, sqlx::Error> {
    let input = json!(wish);
    jobs::ask(transaction, app, Asked { kind: JOB.name, subject: "", input: &input, by, due_at: app.clock.now() }).await
}

/// Asks for a run and waits for its end. With `here`, this call does it; else a server does.
///
/// # Errors
/// Where it failed for good, with why, and what the database gives.
pub async fn score(app: &App, wish: &Wish, by: &str, here: bool, progress: impl Fn(&Job)) -> anyhow::Result<Job> {
    if let Err(problem) = wish.check(&app.config, app.clock.now()) {
        anyhow::bail!("{problem}");
    }
    let mut transaction = app.database.begin().await?;
    let id = ask(&mut transaction, app, wish, by).await?;
    transaction.commit().await?;
    app.jobs.wake();
    let mut doing = std::pin::pin!(async {
        if here {
            app.catch_up().await?;
            jobs::run_due(app, &[JOB]).await?;
        }
        std::future::pending::<anyhow::Result<()>>().await
    });
    loop {
        tokio::select! {
            failed = &mut doing => failed?,
            () = tokio::time::sleep(LOOK) => {}
        }
        let job = jobs::get(app, &id).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
        match job.state {
            State::Done => return Ok(job),
            State::Failed | State::Cancelled => anyhow::bail!("{}", job.error),
            State::Waiting if here && !job.error.is_empty() => anyhow::bail!("{}", job.error),
            State::Waiting | State::Running => progress(&job),
        }
    }
}

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    let id = &task.job.id;
    if store::has_ended(&app.database, id).await? {
        return Ok(json!({"run": id})); // the try before came to its end and could not say so
    }
    let wish: Wish = task.input::<Option<Wish>>()?.unwrap_or_default();
    let (started_at, config) = (app.clock.now(), &app.config);
    let today = chrono::DateTime::from_timestamp_micros(started_at).unwrap_or_default();
    let margin = wish.margin.unwrap_or(config.score_margin);
    let scoring = Scoring {
        run: id.clone(),
        as_of: wish.as_of.unwrap_or_else(|| today.with_timezone(&config.timezone).date_naive()),
        timezone: config.timezone,
        horizon_days: wish.horizon_days.unwrap_or(config.score_horizon_days),
        discount_rate: wish.discount_rate.unwrap_or(config.score_discount),
        margin: (margin > 0.0).then_some(margin),
        currency: config.currency.clone(),
        memory_bytes: (config.score_memory_mib > 0).then(|| config.score_memory_mib << 20),
    };
    exchange::drop_values(app, exchange::Which::Of(id)).await?;
    let product = Product { app, task, customers: AtomicI64::new(0) };
    let Some(mut report) = app.lake.score(&scoring, &product).await? else {
        let currency = &config.currency;
        let note = format!("nobody has bought anything in {currency} yet; the setting `currency` says which counts");
        return Ok(json!({"customers": 0, "note": note}));
    };
    let (as_of, customers) = (scoring.as_of.to_string(), product.customers.into_inner());
    let mut transaction = app.database.begin().await?;
    let asked_by = task.job.asked_by.as_str();
    let ended_at = app.clock.now();
    // Who was erased while it ran is in its results again; and in what runs that never ended have left in the lake.
    let since = store::last_started(&mut transaction).await?.map_or(started_at, |last| last.min(started_at));
    let forget = customers::ask_to_forget(&mut transaction, app, since).await?;
    if forget {
        store::leave_out_erased(&mut transaction, &mut report).await?;
    }
    let ended = Ended { id, as_of: &as_of, asked_by, started_at, ended_at, customers, report: &report };
    store::insert(&mut transaction, &ended).await?;
    segments::ask(&mut transaction, app, "scoring").await?;
    alerts::ask(&mut transaction, app, "scoring").await?;
    proof::ask(&mut transaction, app, "", "scoring").await?;
    transaction.commit().await?;
    app.jobs.wake();
    exchange::drop_values(app, exchange::Which::NotOf(id)).await?;
    Ok(json!({"run": id, "as_of": as_of, "customers": customers, "model": report.run.model}))
}

/// What the lake asks and tells meanwhile.
struct Product<'a> {
    app: &'a App,
    task: &'a Task,
    customers: AtomicI64,
}

impl Exchange for Product<'_> {
    fn owners<'a>(&'a self, after: Option<&'a Owner>) -> Answering<'a, Result<Vec<Owner>, LakeFailure>> {
        Box::pin(
            async move { exchange::owners(&self.app.database, after, OWNERS).await.map_err(|error| failure(&error)) },
        )
    }

    fn put<'a>(&'a self, values: &'a [Values]) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move {
            for values in values.chunks(VALUES) {
                let mut transaction = self.app.database.begin().await.map_err(|error| failure(&error))?;
                let put = exchange::put_values(&mut transaction, &self.task.job.id, values).await;
                put.map_err(|error| failure(&error))?;
                transaction.commit().await.map_err(|error| failure(&error))?;
                self.customers.fetch_add(values.len() as i64, Ordering::Relaxed);
            }
            Ok(())
        })
    }

    fn at(&self, step: &'static str, done: Option<f64>) -> bool {
        let share = done.map_or_else(String::new, |done| format!(" {:.0}%", 100.0 * done));
        self.task.at(format!("{step}{share}"));
        !self.task.stop.is_cancelled()
    }
}

fn failure(error: &sqlx::Error) -> LakeFailure {
    LakeFailure::Unavailable(format!("the database: {error}"))
}

impl Wish {
    /// What no run can do.
    pub(super) fn check(&self, config: &Config, now: i64) -> Result<(), Problem> {
        use crate::platform::problem::Fault;
        let mut faults = Vec::new();
        let today = chrono::DateTime::from_timestamp_micros(now).unwrap_or_default().with_timezone(&config.timezone);
        if self.as_of.is_some_and(|day| day > today.date_naive()) {
            faults.push(Fault::new("/as_of", format!("expected a day up to today, {}", today.date_naive())));
        }
        if self.horizon_days.is_some_and(|days| !(1..=3650).contains(&days)) {
            faults.push(Fault::new("/horizon_days", "expected 1 to 3650"));
        }
        for (pointer, share) in [("/discount_rate", self.discount_rate), ("/margin", self.margin)] {
            if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                faults.push(Fault::new(pointer, "expected a fraction from 0 to 1"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
    }
}
