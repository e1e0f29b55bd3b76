//! The sample company in an installation that is still empty, by a job: made, stored, and valued as of some months.
//!
//! Each step is done once, whoever is killed and when: the company of a wish is always the same, imports go on where they
//! stopped, and a month that has its run is not computed again.

use crate::customers;
use crate::customers::RecordKind;
use crate::intake::{Begin, Import, Wanted, fingerprint};
use crate::platform::jobs::{self, Asked, Job, State, Task};
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use crate::scoring::{self, Wish};
use crate::tracking::{self, inbox};
use anyhow::{Context, anyhow};
use chrono::{Datelike, Days, NaiveDate};
use cvm_core::lake::Answering;
use cvm_core::sample::{Sample, SamplePart, SampleRows, SampleWish};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The source that all of it is shown to be of.
const SOURCE: &str = "Sample company";

/// Where it is written for as long as it is read, within the data folder.
const FOLDER: &str = "sample-company";

/// Between looks at what others do.
const LOOK: Duration = Duration::from_millis(200);

/// Customers of a company at most: what one machine stores in an hour or so.
const CUSTOMERS_MAX: u64 = 1_000_000;

/// The kind of job.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "sample",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |_| Vec::new(),
    attempts: 3,
};

/// What is to be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleCompany {
    /// The company.
    pub company: SampleWish,
    /// How many ends of months before today are valued as well.
    pub months: u32,
}

impl SampleCompany {
    /// A company whose last day was yesterday.
    pub fn new(app: &App, customers: u64) -> Self {
        let now = chrono::DateTime::from_timestamp_micros(app.clock.now()).unwrap_or_default();
        let end = now.with_timezone(&app.config.timezone).date_naive();
        Self { company: SampleWish { customers, seed: 42, end }, months: 6 }
    }

    /// The last days of the months before its end, the earliest first.
    fn ends_of_months(&self) -> Vec<NaiveDate> {
        let last = |after: &NaiveDate| after.with_day(1)?.checked_sub_days(Days::new(1));
        let ends = std::iter::successors(last(&self.company.end), last).take(self.months as usize);
        let mut ends: Vec<NaiveDate> = ends.collect();
        ends.reverse();
        ends
    }
}

/// Stands where nobody makes a sample company.
#[derive(Debug)]
pub struct NoSample;

const NONE: &str = "no sample company is made here";

impl Sample for NoSample {
    fn make<'a>(&'a self, _: &'a SampleWish, _: &'a Path) -> Answering<'a, Result<(), String>> {
        Box::pin(async { Err(NONE.to_owned()) })
    }

    fn file(&self, folder: &Path, _: SamplePart) -> PathBuf {
        folder.to_owned()
    }

    fn open<'a>(&'a self, _: &'a Path, _: SamplePart, _: Arc<AtomicU64>) -> Answering<'a, Result<SampleRows, String>> {
        Box::pin(async { Err(NONE.to_owned()) })
    }
}

/// Asks for the sample company; says which job loads it. Asked for again before it is there, it is loaded once.
///
/// # Errors
/// 409 where customers are known already, 422 for a company too large, and what the database gives.
pub async fn ask(app: &App, wish: &SampleCompany, by: &str) -> Result<String> {
    if let Some(job) = underway(app).await? {
        return Ok(job);
    }
    if !is_empty(app).await? {
        return Err(Problem::conflict(
            "there are customers already; the sample company goes into an empty installation",
        ));
    }
    if !(1..=CUSTOMERS_MAX).contains(&wish.company.customers) {
        return Err(Problem::bad_request(format!("expected 1 to {CUSTOMERS_MAX} customers")));
    }
    let (mut transaction, input) = (app.database.begin().await?, json!(wish));
    let asked = Asked { kind: JOB.name, subject: "", input: &input, by, due_at: app.clock.now() };
    let job = jobs::ask(&mut transaction, app, asked).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(job)
}

/// The job that loads the sample company now or soon.
///
/// # Errors
/// What the database gives.
pub async fn underway(app: &App) -> Result<Option<String>> {
    Ok(jobs::unended(&app.database, JOB.name).await?.into_iter().next())
}

/// Whether nobody is known yet.
///
/// # Errors
/// What the database gives.
pub async fn is_empty(app: &App) -> Result<bool> {
    Ok(!customers::any(&app.database).await?)
}

/// Waits until a job has come to its end, and tells how it goes.
///
/// # Errors
/// Where it failed for good, with why, and what the database gives.
pub async fn wait(app: &App, job: &str, see: impl Fn(&Job)) -> anyhow::Result<Job> {
    loop {
        let job = jobs::get(app, job).await.map_err(|problem| anyhow!("{problem}"))?;
        match job.state {
            State::Done => return Ok(job),
            State::Failed | State::Cancelled => anyhow::bail!("{}", job.error),
            State::Waiting | State::Running => see(&job),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    let wish: SampleCompany = task.input()?;
    let folder = app.config.data.join(FOLDER);
    task.at("company");
    app.sample.make(&wish.company, &folder).await.map_err(|error| anyhow!(error))?;
    let source = tracking::create_source(&app.database, &app.clock, SOURCE, &mut app.random.clone()).await?;
    for part in SamplePart::ALL {
        let import = import(app, task, &wish.company, &folder, part, &source.id);
        tokio::select! {
            stored = import => stored.with_context(|| part.name())?,
            () = task.stop.cancelled() => anyhow::bail!("the server stops"),
        }
    }
    tokio::fs::remove_dir_all(&folder).await.context("removing the files of the sample company")?;
    arrive(app, task).await?;
    let days: Vec<Option<NaiveDate>> = wish.ends_of_months().into_iter().map(Some).chain([None]).collect();
    for (number, as_of) in days.iter().enumerate() {
        task.at(format!("values {}/{}", number + 1, days.len()));
        if let Some(as_of) = as_of
            && scoring::has_looked_at(&app.database, *as_of).await?
        {
            continue;
        }
        let wish = Wish { as_of: *as_of, ..Wish::default() };
        tokio::select! {
            scored = scoring::score(app, &wish, &task.job.asked_by, false, |_| ()) => drop(scored?),
            () = task.stop.cancelled() => anyhow::bail!("the server stops"),
        }
    }
    Ok(json!({"customers": wish.company.customers, "as_of": wish.company.end}))
}

/// Stores what is not stored yet of a part.
async fn import(
    app: &App,
    task: &Task,
    company: &SampleWish,
    folder: &Path,
    part: SamplePart,
    source: &str,
) -> anyhow::Result<()> {
    let file = app.sample.file(folder, part);
    let contents = tokio::task::spawn_blocking(move || fingerprint(&file)).await??;
    let SampleWish { customers, seed, end } = company;
    let wanted = Wanted {
        kind: match part {
            SamplePart::Customers => RecordKind::Customers,
            SamplePart::Purchases => RecordKind::Transactions,
            _ => RecordKind::Events,
        },
        paths: vec![format!("sample company {customers}-{seed}-{end}/{}", part.name())],
        contents: vec![contents],
        source: source.to_owned(),
        // Its amounts are as good in any currency: they are taken for the one that is set.
        currency: None,
        again: false,
    };
    let Begin::Goes(import) = Import::begin(app, wanted).await? else { return Ok(()) };
    let progress = Arc::new(AtomicU64::new(0));
    let SampleRows { bytes_total, rows } =
        app.sample.open(folder, part, progress.clone()).await.map_err(|error| anyhow!(error))?;
    let mut see = |_| {
        let done = progress.load(Ordering::Relaxed).min(bytes_total);
        task.at(format!("{} {}%", part.name(), 100 * done / bytes_total.max(1)));
    };
    import.run(app, rows, &mut see).await?;
    Ok(())
}

/// Waits until all that was stored is in the lake and with the customers.
async fn arrive(app: &App, task: &Task) -> anyhow::Result<()> {
    loop {
        let mut left = 0;
        for consumer in inbox::CONSUMERS {
            left = left.max(inbox::lag(&app.database, consumer).await?.messages);
        }
        if left == 0 {
            return Ok(());
        }
        task.at(format!("arriving {left}"));
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = task.stop.cancelled() => anyhow::bail!("the server stops"),
        }
    }
}
