//! `cvm`: the command line of OpenCVM. Options in, one call, words and exit codes out; the logic is elsewhere.

mod cli;
mod progress;

use clap::Parser;
use cli::{Analyze, Cli, Command, Format, Simulate};
use cvm_core::text::Words;
use cvm_lake::analyze::{self, Output, Progress, Step};
use cvm_lake::ingest::SavedMapping;
use cvm_lake::{LakeError, engine, ingest, simulate};
use std::path::Path;
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
        Command::Simulate(options) => run_simulate(&options),
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

#[expect(clippy::print_stdout, reason = "the one place that prints results")]
fn say(text: &str) {
    println!("{}", text.trim_end());
}

#[expect(clippy::disallowed_methods, reason = "the clock enters the program here")]
fn today(timezone: chrono_tz::Tz) -> chrono::NaiveDate {
    chrono::Utc::now().with_timezone(&timezone).date_naive()
}

fn run_analyze(options: Analyze) -> Result<(), Failure> {
    let (quiet, format) = (options.quiet, options.format);
    let (target, save_mapping) = (options.output.clone(), options.reading.save_mapping.clone());
    let asked = asked(options)?;
    let output = Arc::new(Output::prepare(&target)?);
    let progress = Arc::new(Progress::default());
    let words = Words::new(asked.language);
    let shown = progress::show(progress.clone(), words, quiet || format == Format::Json);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(asked.limits.threads)
        .enable_all()
        .build()
        .map_err(Failure::data)?;
    let language = asked.language;
    let job = {
        let (output, progress) = (output.clone(), progress.clone());
        runtime.spawn(async move { analyze::analyze(&asked, &output, &progress).await })
    };
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
    output.add("report.html", &cvm_app::report::render(&report, language).map_err(Failure::data)?)?;
    let output = Arc::into_inner(output).ok_or_else(|| Failure::data("internal error: the results are still in use"))?;
    let folder = output.commit()?;
    if let Some(path) = save_mapping {
        std::fs::write(&path, mapping.to_toml()).map_err(|error| Failure::data(format!("{}: {error}", path.display())))?;
    }
    match format {
        Format::Json => {
            let path = folder.join("summary.json");
            say(&std::fs::read_to_string(path).map_err(Failure::data)?);
        }
        Format::Text if quiet => {}
        Format::Text => {
            say(&cvm_app::report::terminal(&report, language));
            say(&format!("\n{}", folder.join("report.html").display()));
        }
    }
    Ok(())
}

/// Removes what was written so far.
fn interrupted(aside: &Path) -> Failure {
    let left = match std::fs::remove_dir_all(aside) {
        Ok(()) => "nothing was written".to_owned(),
        Err(error) => format!("{} could not be removed: {error}", aside.display()),
    };
    Failure { code: INTERRUPTED, message: format!("interrupted; {left}") }
}

/// From the options of the command line to what the job is asked.
fn asked(options: Analyze) -> Result<analyze::Options, Failure> {
    let reading = options.reading;
    let mut choices = ingest::Options::new(today(reading.timezone.unwrap_or(chrono_tz::UTC)));
    choices.columns = ingest::ColumnChoices {
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
    };
    choices.date_format = reading.date_format;
    choices.decimal = reading.decimal;
    choices.separator = reading.separator;
    choices.encoding = reading.encoding;
    choices.header = reading.header;
    choices.as_of = options.as_of;
    choices.currency = reading.currency;
    if let Some(path) = reading.mapping {
        let failed = |error: &dyn std::fmt::Display| Failure { code: USAGE, message: format!("{}: {error}", path.display()) };
        let text = std::fs::read_to_string(&path).map_err(|error| failed(&error))?;
        let saved = SavedMapping::from_toml(&text);
        saved.and_then(|saved| choices.apply(&saved)).map_err(|error| failed(&error))?;
    }
    // A saved mapping decides these three outright, so what was said on the command line comes after it.
    choices.timezone = reading.timezone.unwrap_or(choices.timezone);
    choices.returns = reading.returns.unwrap_or(choices.returns);
    choices.duplicates = reading.duplicates.unwrap_or(choices.duplicates);
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
        model: options.model.kind(),
        uncertainty: options.uncertainty.into(),
        language: options.language,
        csv: options.csv,
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
    let shown = progress::show(progress.clone(), Words::new(cvm_core::Language::En), options.quiet);
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
