//! `cvm`: the command line of OpenCVM. Options in, one call, words and exit codes out; the logic is elsewhere.

mod cli;
mod demo;
mod intake;
mod progress;
mod server;

use clap::Parser;
use cli::{Analyze, Cli, Command, Covariates, Format, Formats, Reading, Retention, Simulate};
use cvm_core::Language;
use cvm_core::text::Words;
use cvm_lake::analyze::{self, Output, Progress, Step};
use cvm_lake::ingest::SavedMapping;
use cvm_lake::{LakeError, engine, ingest, retention, simulate};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Data that cannot be used.
const DATA: u8 = 1;
/// Options that cannot be used; also clap's own code.
const USAGE: u8 = 2;
/// As a shell names a program ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Analyze(options) => run_analyze(*options),
        Command::Retention(options) => run_retention(*options),
        Command::Simulate(options) => run_simulate(&options),
        Command::Init(options) => server::init(&options),
        Command::Demo(options) => demo::demo(&options),
        Command::Serve(options) => server::serve(&options),
        Command::Sources(options) => server::sources(&options),
        Command::Import(options) => intake::import(*options),
        Command::Sync(options) => intake::sync(&options),
        Command::Users(options) => server::users(&options),
        Command::Keys(options) => server::keys(&options),
        Command::Query(options) => server::query(&options),
        Command::Score(options) => server::score(&options),
        Command::Backup(options) => server::backup(&options),
        Command::Restore(options) => server::restore(&options),
        Command::Doctor(options) => server::doctor(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure.message);
            ExitCode::from(failure.code)
        }
    }
}

/// An end other than success.
struct Failure {
    code: u8,
    message: String,
}

impl From<LakeError> for Failure {
    fn from(error: LakeError) -> Self {
        let code = if matches!(error, LakeError::Option(_)) { USAGE } else { DATA };
        Self { code, message: error.to_string() }
    }
}

impl Failure {
    fn data(error: impl std::fmt::Display) -> Self {
        Self { code: DATA, message: error.to_string() }
    }
}

#[expect(clippy::print_stderr, reason = "the one place that speaks of failures")]
fn complain(message: &str) {
    eprintln!("cvm: {message}");
}

/// Prints results. A reader that has seen enough (`cvm ... | head`) is no failure.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
}

#[expect(clippy::disallowed_methods, reason = "the clock enters the program here")]
fn today(timezone: chrono_tz::Tz) -> chrono::NaiveDate {
    chrono::Utc::now().with_timezone(&timezone).date_naive()
}

fn run_analyze(options: Analyze) -> Result<(), Failure> {
    let ending = Ending {
        results: options.results,
        target: options.output.clone(),
        save_mapping: options.reading.formats.save_mapping.clone(),
    };
    let asked = asked(options)?;
    let threads = asked.limits.threads;
    ending.run(
        threads,
        |output, progress| async move { analyze::analyze(&asked, &output, &progress).await },
        |report, language| cvm_app::report::render(report, language).map_err(Failure::data),
        cvm_app::report::terminal,
    )
}

fn run_retention(options: Retention) -> Result<(), Failure> {
    let ending = Ending {
        results: options.results,
        target: options.output.clone(),
        save_mapping: options.formats.save_mapping.clone(),
    };
    let columns = ingest::ColumnChoices {
        customer: options.columns.customer,
        start: options.columns.start,
        end: options.columns.end,
        tenure: options.columns.tenure,
        observed: options.columns.observed,
        churned: options.columns.churned,
        value: options.columns.value,
        ..Default::default()
    };
    let asked = retention::Options {
        files: options.files,
        ingest: choices(columns, options.formats, options.as_of)?,
        period: options.period,
        horizon_days: options.horizon,
        discount_rate: options.discount,
        margin: options.margin,
        holdout: options.holdout.periods(),
        language: options.results.language,
        csv: options.results.csv,
        seed: options.seed,
    };
    ending.run(
        1,
        |output, progress| async move { retention::retention(&asked, &output, &progress) },
        |report, language| cvm_app::report::retention::render(report, language).map_err(Failure::data),
        cvm_app::report::retention::terminal,
    )
}

/// What becomes of the results of a job.
struct Ending {
    results: cli::Results,
    target: PathBuf,
    save_mapping: Option<PathBuf>,
}

impl Ending {
    /// Runs a job into a folder aside, adds the report as a page, puts the folder in place and says what came out.
    fn run<R, J>(
        self,
        threads: usize,
        job: impl FnOnce(Arc<Output>, Arc<Progress>) -> J,
        render: impl Fn(&R, Language) -> Result<String, Failure>,
        terminal: impl Fn(&R, Language) -> String,
    ) -> Result<(), Failure>
    where
        R: Send + 'static,
        J: Future<Output = Result<(R, SavedMapping), LakeError>> + Send + 'static,
    {
        let Self { results: cli::Results { language, format, quiet, .. }, target, save_mapping } = self;
        let output = Arc::new(Output::prepare(&target)?);
        let progress = Arc::new(Progress::default());
        let shown = progress::show(progress.clone(), Words::new(language), quiet || format == Format::Json);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .map_err(Failure::data)?;
        let job = runtime.spawn(job(output.clone(), progress));
        let finished = runtime.block_on(async {
            tokio::select! {
                finished = job => finished.map_err(Failure::data)?.map_err(Failure::from),
                _ = tokio::signal::ctrl_c() => Err(interrupted(output.aside())),
            }
        });
        drop(shown);
        let (report, mapping) = match finished {
            Ok(finished) => finished,
            Err(failure) if failure.code == INTERRUPTED => {
                complain(&failure.message);
                // Threads amid a computation cannot be stopped one by one; what they would still write is gone already.
                std::process::exit(i32::from(INTERRUPTED));
            }
            Err(failure) => return Err(failure),
        };
        output.add("report.html", &render(&report, language)?)?;
        let output =
            Arc::into_inner(output).ok_or_else(|| Failure::data("internal error: the results are still in use"))?;
        let folder = output.commit()?;
        if let Some(path) = save_mapping {
            std::fs::write(&path, mapping.to_toml())
                .map_err(|error| Failure::data(format!("{}: {error}", path.display())))?;
        }
        match format {
            Format::Json => {
                let path = folder.join("summary.json");
                say(&std::fs::read_to_string(path).map_err(Failure::data)?);
            }
            Format::Text if quiet => {}
            Format::Text => {
                say(&terminal(&report, language));
                say(&format!("\n{}", folder.join("report.html").display()));
            }
        }
        Ok(())
    }
}

/// Removes what was written so far.
fn interrupted(aside: &Path) -> Failure {
    let left = match std::fs::remove_dir_all(aside) {
        Ok(()) => "nothing was written".to_owned(),
        Err(error) => format!("{} could not be removed: {error}", aside.display()),
    };
    Failure { code: INTERRUPTED, message: format!("interrupted; {left}") }
}

/// From the options of the command line to how files are read.
fn choices(
    columns: ingest::ColumnChoices,
    formats: Formats,
    as_of: Option<chrono::NaiveDate>,
) -> Result<ingest::Options, Failure> {
    let mut choices = ingest::Options::new(today(formats.timezone.unwrap_or(chrono_tz::UTC)));
    choices.columns = columns;
    choices.date_format = formats.date_format;
    choices.decimal = formats.decimal;
    choices.separator = formats.separator;
    choices.encoding = formats.encoding;
    choices.header = formats.header;
    choices.as_of = as_of;
    choices.currency = formats.currency;
    if let Some(path) = formats.mapping {
        let failed =
            |error: &dyn std::fmt::Display| Failure { code: USAGE, message: format!("{}: {error}", path.display()) };
        let text = std::fs::read_to_string(&path).map_err(|error| failed(&error))?;
        let saved = SavedMapping::from_toml(&text);
        saved.and_then(|saved| choices.apply(&saved)).map_err(|error| failed(&error))?;
    }
    // A saved mapping decides this outright, so what was said on the command line comes after it.
    choices.timezone = formats.timezone.unwrap_or(choices.timezone);
    Ok(choices)
}

/// The same for files of purchases.
fn purchases(reading: Reading, as_of: Option<chrono::NaiveDate>) -> Result<ingest::Options, Failure> {
    let columns = ingest::ColumnChoices {
        customer: reading.customer,
        time: reading.time,
        amount: reading.amount,
        quantity: reading.quantity,
        unit_price: reading.unit_price,
        order: reading.order,
        product: reading.product,
        category: reading.category,
        channel: reading.channel,
        currency: reading.currency_column,
        cost: reading.cost,
        ..Default::default()
    };
    let mut choices = choices(columns, reading.formats, as_of)?;
    choices.returns = reading.returns.unwrap_or(choices.returns);
    choices.duplicates = reading.duplicates.unwrap_or(choices.duplicates);
    Ok(choices)
}

/// From the options of the command line to what the job is asked.
fn asked(options: Analyze) -> Result<analyze::Options, Failure> {
    let choices = purchases(options.reading, options.as_of)?;
    let Covariates { file, id, columns } = options.covariates;
    let covariates = file.map(|file| ingest::covariates::Wanted { file, id, columns });
    let mut limits = engine::Limits::default();
    limits.memory_bytes = options.memory.unwrap_or(limits.memory_bytes);
    limits.threads = options.threads.map_or(limits.threads, usize::from);
    Ok(analyze::Options {
        files: options.files,
        ingest: choices,
        horizon_days: options.horizon,
        discount_rate: options.discount,
        margin: options.margin,
        holdout: options.holdout,
        covariates,
        model: options.model.kind(),
        uncertainty: options.uncertainty.into(),
        language: options.results.language,
        csv: options.results.csv,
        limits,
        seed: options.seed,
    })
}

fn run_simulate(options: &Simulate) -> Result<(), Failure> {
    let mut settings = simulate::Settings::new(options.customers, options.seed, options.end);
    settings.start = options.end - chrono::Days::new(u64::from(options.length));
    if !options.only.is_empty() {
        settings.tables = options.only.iter().copied().collect();
    }
    settings.visits_per_order = options.visits_per_order;
    let progress = Arc::new(Progress::default());
    progress.enter(Step::Make, options.customers);
    let shown = progress::show(progress.clone(), Words::new(Language::En), options.quiet);
    let done = &progress.done;
    let made = simulate::simulate(&settings, &options.output, &|customers, _| {
        done.fetch_max(customers, Ordering::Relaxed);
    });
    drop(shown);
    let summary = made.map_err(|error| Failure {
        code: if matches!(error, simulate::SimulateError::Invalid { .. }) { USAGE } else { DATA },
        message: error.to_string(),
    })?;
    if !options.quiet {
        let rows: Vec<String> = summary.rows.iter().map(|(table, rows)| format!("  {table:<18} {rows:>12}")).collect();
        say(&format!("{}\n{}", options.output.display(), rows.join("\n")));
    }
    Ok(())
}
