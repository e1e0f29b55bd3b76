//! The commands that bring data in: `import` and `sync`.

use crate::cli::{self, ImportKind};
use crate::server::{is_served, load, table, with_app};
use crate::{Failure, USAGE, complain, progress, say};
use cvm_app::customers::RecordKind;
use cvm_app::intake::{Begin, Import, ImportError, Rows, Wanted, fingerprint, sync};
use cvm_app::platform::server::App;
use cvm_app::platform::{Config, Time};
use cvm_lake::ingest::records::{self, RecordChoices, RecordFiles};
use cvm_lake::ingest::{self, Dataset, Reading};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;

/// `cvm import`: files into the inbox, whether or not a server runs.
pub fn import(mut options: cli::Import) -> Result<(), Failure> {
    let config = load(&options.folder)?;
    let formats = &mut options.reading.formats;
    if formats.mapping.is_none() {
        // The days that scoring counts.
        formats.timezone.get_or_insert(config.timezone);
    }
    if options.files.iter().any(|file| file == "-") {
        let message = "standard input cannot be read again where an import stops; save it to a file";
        return Err(Failure { code: USAGE, message: message.to_owned() });
    }
    let (quiet, saved) = (options.quiet, options.reading.formats.save_mapping.clone());
    let (kind, source, again) = (kind(options.kind), options.source.clone(), options.again);
    let files = Files::open(options)?;
    if let (Some(path), Files::Purchases(dataset)) = (&saved, &files) {
        std::fs::write(path, dataset.mapping().to_toml())
            .map_err(|error| Failure::data(format!("{}: {error}", path.display())))?;
    }
    let mut wanted = Wanted { kind, source, again, currency: None, paths: Vec::new(), contents: Vec::new() };
    for name in files.names() {
        let failed = |error: std::io::Error| Failure::data(format!("{name}: {error}"));
        let path = Path::new(&name).canonicalize().map_err(failed)?;
        wanted.contents.push(fingerprint(&path).map_err(failed)?);
        wanted.paths.push(path.display().to_string());
    }
    wanted.currency = files.currency(&config);
    if !quiet {
        say(&files.said());
    }
    let served = is_served(&config);
    let (rows, finished) = with_app(config, async |app| store(app, wanted, files, quiet).await)?;
    if !quiet {
        say(&summary(rows, finished, served));
    }
    Ok(())
}

fn kind(kind: ImportKind) -> RecordKind {
    match kind {
        ImportKind::Transactions => RecordKind::Transactions,
        ImportKind::Customers => RecordKind::Customers,
        ImportKind::Events => RecordKind::Events,
    }
}

/// Stores what is not stored yet; whether that was nothing.
async fn store(app: &App, wanted: Wanted, files: Files, quiet: bool) -> Result<(Rows, bool), Failure> {
    match Import::begin(app, wanted).await.map_err(failure)? {
        Begin::Finished(rows) => Ok((rows, true)),
        Begin::Goes(import) => {
            if import.rows() != Rows::default() && !quiet {
                say("goes on where it stopped");
            }
            let (bytes, progress) = (files.bytes(), Arc::new(AtomicU64::new(0)));
            let bar = bar(bytes, quiet);
            let shown = |rows: Rows| {
                bar.set_position(progress.load(Ordering::Relaxed).min(bytes));
                bar.set_message(format!("{} rows", rows.accepted + rows.repeated + rows.rejected));
            };
            let rows = import.run(app, files.read(progress.clone()), &mut { shown }).await;
            bar.finish_and_clear();
            rows.map(|rows| (rows, false)).map_err(failure)
        }
    }
}

/// `cvm sync`: reads on in other databases and buckets, whether or not a server runs.
pub fn sync(options: &cli::Sync) -> Result<(), Failure> {
    let config = load(&options.folder)?;
    if config.sync.is_empty() {
        let message = "there is no sync; add a table [sync.NAME] to the configuration file, which shows one";
        return Err(Failure { code: USAGE, message: message.to_owned() });
    }
    with_app(config, async |app| run_syncs(app, options).await)
}

async fn run_syncs(app: &App, options: &cli::Sync) -> Result<(), Failure> {
    let syncs = sync::list(app).await.map_err(Failure::data)?;
    if options.list {
        say(&shown(&syncs));
        return Ok(());
    }
    let names: Vec<&str> = match &options.name {
        Some(name) => vec![name],
        None => {
            let due = syncs.iter().filter(|one| sync::is_due(one, app.clock.now()));
            due.map(|one| one.name.as_str()).collect()
        }
    };
    if names.is_empty() {
        say("nothing is due; `cvm sync FOLDER NAME` runs one all the same");
    }
    let (stop, mut failures) = (CancellationToken::new(), Vec::new());
    for name in names {
        if options.restart {
            sync::restart(app, name).await.map_err(Failure::data)?;
        }
        let bar = progress::spinner(false);
        let tell =
            |rows: Rows| bar.set_message(format!("{name}: {} rows", rows.accepted + rows.repeated + rows.rejected));
        let ran = sync::run(app, name, &stop, &tell).await;
        bar.finish_and_clear();
        match ran {
            Ok(Rows { accepted, repeated, rejected }) => {
                say(&format!("{name}: {accepted} rows stored, {repeated} known before, {rejected} rejected"));
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    match failures.is_empty() {
        true => Ok(()),
        false => Err(Failure::data(failures.join("\n"))),
    }
}

fn shown(syncs: &[sync::Sync]) -> String {
    let time = |time: &Time| serde_json::to_value(time).ok().and_then(|time| Some(time.as_str()?.to_owned()));
    let row = |one: &sync::Sync| {
        let ran_at = one.ran_at.as_ref().and_then(time).unwrap_or_else(|| "never".to_owned());
        let place = if one.place.is_null() { String::new() } else { one.place.to_string() };
        let rows = one.rows.accepted.to_string();
        vec![one.name.clone(), one.from.clone(), ran_at, place, rows, one.rows.rejected.to_string(), one.error.clone()]
    };
    table(&["name", "from", "last run", "cursor", "rows", "rejected", "error"], syncs.iter().map(row))
}

fn failure(error: ImportError) -> Failure {
    let code = if matches!(error, ImportError::Changed { .. }) { USAGE } else { crate::DATA };
    Failure { code, message: error.to_string() }
}

fn bar(bytes: u64, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}");
    ProgressBar::with_draw_target(Some(bytes), target).with_style(style.expect("the template is ours"))
}

fn summary(rows: Rows, finished: bool, served: Option<bool>) -> String {
    let Rows { accepted, repeated, rejected } = rows;
    let mut said = format!(
        "rows read      {:>12}\n  stored       {accepted:>12}\n  known before {repeated:>12}\n  rejected     {rejected:>12}",
        accepted + repeated + rejected
    );
    if finished {
        return format!("these files are imported already, nothing was done; of that import:\n{said}");
    }
    if rejected > 0 {
        said.push_str("\nGET /api/v1/rejections lists what was rejected, with the reasons");
    }
    said.push_str(match served {
        Some(true) => "\nthe server takes it from here",
        Some(false) => "\nno server runs: the rows wait safely for the next `cvm serve`",
        None => "\na server takes it from here, now or when one is started",
    });
    said
}

/// Files as they were asked to be read.
enum Files {
    Purchases(Dataset),
    Records(RecordFiles),
}

impl Files {
    fn open(options: cli::Import) -> Result<Self, Failure> {
        let refused = |error: ingest::IngestError| Failure { code: crate::DATA, message: error.to_string() };
        let cli::Import { files, kind, event, email, phone, loyalty_card, reading, .. } = options;
        if kind == ImportKind::Transactions {
            let mut choices = crate::purchases(reading, None)?;
            choices.detailed = true;
            return ingest::open(&files, &choices).map(Self::Purchases).map_err(refused);
        }
        let flags = [
            ("customer_id", reading.customer.clone()),
            ("time", reading.time.clone()),
            ("event", event),
            ("email", email),
            ("phone", phone),
            ("loyalty_card", loyalty_card),
        ];
        let columns = flags.into_iter().filter_map(|(name, column)| Some((name.to_owned(), column?))).collect();
        let choices = RecordChoices::of(self::kind(kind).name(), columns);
        let options = crate::purchases(reading, None)?;
        records::open(&files, &choices, &options).map(Self::Records).map_err(refused)
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Purchases(dataset) => dataset.files(),
            Self::Records(files) => files.files(),
        }
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Purchases(dataset) => dataset.bytes_total(),
            Self::Records(files) => files.bytes_total(),
        }
    }

    fn read(self, progress: Arc<AtomicU64>) -> Reading {
        match self {
            Self::Purchases(dataset) => dataset.read(progress),
            Self::Records(files) => files.read(progress),
        }
    }

    /// The currency of the amounts. An order has it as a code; where the files have something else, it is taken for the
    /// currency that is set, and that is said.
    fn currency(&self, config: &Config) -> Option<String> {
        let Self::Purchases(dataset) = self else { return None };
        let found = dataset.mapping().currency.clone()?;
        let code = found.trim().to_ascii_uppercase();
        let set = &config.currency;
        if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) {
            if code != *set {
                complain(&format!(
                    "the amounts are in {code}; values are computed of those in {set} (setting `currency`)"
                ));
            }
            return Some(code);
        }
        complain(&format!(
            "the amounts are in `{found}`, which is no code of a currency; taken for {set} (setting `currency`)"
        ));
        None
    }

    /// What was found to be what.
    fn said(&self) -> String {
        let row = |name: &str, column: &str| format!("  {name:<12} {column}");
        let rows: Vec<String> = match self {
            Self::Purchases(dataset) => {
                let columns = dataset.mapping().mapped_columns();
                columns.iter().map(|mapped| row(&mapped.role, &mapped.column)).collect()
            }
            Self::Records(files) => files.columns().map(|(column, name)| row(name, column)).collect(),
        };
        rows.join("\n")
    }
}
