//! The commands of the server, but those that bring data in: `init`, `serve`, `sources`, `users`, `keys`, `query`, `score`,
//! `backup`, `restore` and `doctor`.

use crate::cli::{Backup, Doctor, Init, Keys, Query, QueryFormat, Restore, Score, Serve, Sources, Users};
use crate::{Failure, USAGE, complain, progress, say};
use cvm_app::access::{self, Caller, NewKey, NewUser, Permission, Role};
use cvm_app::platform::backup::{self, Erasures};
use cvm_app::platform::config::{self, Config, LogFormat};
use cvm_app::platform::jobs;
use cvm_app::platform::random::code;
use cvm_app::platform::server::App;
use cvm_app::platform::tls::Certificate;
use cvm_app::platform::traces::{self, Traces};
use cvm_app::platform::{Clock, Database, Random};
use cvm_app::scoring::{self, Wish};
use cvm_app::tracking;
use cvm_core::Language;
use cvm_core::lake::{Lake, LakeFailure, QueryAnswer, QueryLimits};
use cvm_core::text::Words;
use cvm_lake::LakeError;
use cvm_lake::facts::Tables;
use cvm_lake::files::Stores;
use cvm_lake::simulate::SampleCompany;
use cvm_lake::uploads::BroughtIn;
use std::fs;
use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, LevelFilter, dynamic_filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Folder of the lake within the data folder.
const LAKE: &str = "lake";

pub(crate) fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::data)?;
    runtime.block_on(work)
}

pub(crate) fn load(folder: &Path) -> Result<Config, Failure> {
    Config::load(&folder.join(config::FILE), std::env::vars())
        .map_err(|error| Failure { code: USAGE, message: error.to_string() })
}

async fn open(config: &Config) -> Result<Database, Failure> {
    let url = config.database_url();
    // The URL may hold a password, so it is not shown.
    let failed = |error| Failure::data(format!("the database cannot be opened: {error}; `cvm doctor` looks closer"));
    Database::open(&url, config.database_connections).await.map_err(failed)
}

/// `cvm init`: a folder with everything a server needs, and the first key to send with. A new folder is whole or not there.
pub fn init(options: &Init) -> Result<(), Failure> {
    whole(&options.folder, || fill(options))
}

/// Makes a folder; where that fails, a folder that was not there before is not there after.
pub(crate) fn whole<T>(folder: &Path, make: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let new = !folder.exists();
    let made = make();
    if made.is_err() && new {
        fs::remove_dir_all(folder).map_err(|error| Failure::data(format!("{}: {error}", folder.display())))?;
    }
    made
}

/// Writes the settings of a new folder.
pub(crate) fn write_settings(folder: &Path, settings: &str) -> Result<Config, Failure> {
    let file = folder.join(config::FILE);
    let failed = |error: std::io::Error| Failure::data(format!("{}: {error}", file.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut written = fs::File::create_new(&file).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            let advice = "is there already; `cvm serve` starts the server, `cvm sources` shows its write keys";
            Failure { code: USAGE, message: format!("{} {advice}", file.display()) }
        }
        _ => failed(error),
    })?;
    written.write_all(settings.as_bytes()).and_then(|()| written.sync_all()).map_err(failed)?;
    load(folder)
}

fn fill(options: &Init) -> Result<(), Failure> {
    let file = options.folder.join(config::FILE);
    let config = write_settings(&options.folder, config::DEFAULT)?;
    let listen = config.listen;
    let password = code(20, &mut Random::system());
    let source = run(async {
        let lake = Arc::new(lake(&config).await?);
        let app = start(config, lake).await?;
        let mut random = Random::system();
        let source = tracking::create_source(&app.database, &app.clock, &options.source, &mut random);
        let source = source.await.map_err(Failure::data)?;
        let admin = NewUser {
            email: options.admin.clone(),
            name: "Admin".to_owned(),
            role: Role::Admin,
            language: options.language,
            password: Some(password.clone()),
        };
        access::create_user(&app, &Caller::system(), admin).await.map_err(Failure::data)?;
        app.database.close().await;
        Ok(source)
    })?;
    say(&format!(
        "{file}\n\nStart the server:\n  cvm serve {folder}\n\nPoint an SDK at http://{listen} with the write key of \
         `{id}`:\n  {key}\n\nThe first user, shown this once:\n  {email}  {password}",
        file = file.display(),
        folder = options.folder.display(),
        id = source.id,
        key = source.write_key,
        email = options.admin,
    ));
    Ok(())
}

pub(crate) async fn lake(config: &Config) -> Result<Tables, LakeError> {
    Tables::open(&config.data.join(LAKE), &config.currency).await
}

pub(crate) async fn start(config: Config, lake: Arc<Tables>) -> Result<App, Failure> {
    // The URL may hold a password, so it is not shown.
    App::start(config, Clock::system(), Random::system(), lake)
        .await
        .map(|app| {
            app.with_files(Arc::new(Stores)).with_sample(Arc::new(SampleCompany)).with_uploads(Arc::new(BroughtIn))
        })
        .map_err(|error| Failure::data(format!("the database cannot be opened: {error}; `cvm doctor` looks closer")))
}

/// `cvm serve`: until Ctrl-C or SIGTERM.
pub fn serve(options: &Serve) -> Result<(), Failure> {
    serve_folder(&options.folder, async |_| Ok(()), say)
}

/// Serves a folder: does something with the server's parts first, then says where it is.
pub(crate) fn serve_folder(
    folder: &Path,
    before: impl AsyncFnOnce(&App) -> Result<(), Failure>,
    greet: impl FnOnce(&str),
) -> Result<(), Failure> {
    let config = load(folder)?;
    run(async {
        let traces = Traces::of(&config).map_err(|message| Failure { code: USAGE, message })?;
        log(&config, traces.as_ref())?;
        let _only = lock(&config)?;
        let certificate = Certificate::of(&config).map_err(Failure::data)?;
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let lake = Arc::new(lake(&config).await?);
        let listen = config.listen;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| Failure::data(format!("{listen}: {error}; set another address with `listen`")))?;
        let address = listener.local_addr().map_err(Failure::data)?;
        let app = start(config, lake).await?;
        app.work().await.map_err(Failure::data)?;
        let stop = CancellationToken::new();
        before(&app).await?;
        stop_on_signal(stop.clone()).map_err(Failure::data)?;
        greet(&format!("{scheme}://{address}"));
        let served = app.serve(listener, certificate, stop).await;
        if let Some(traces) = traces {
            traces.end().await;
        }
        served.map_err(Failure::data)
    })
}

/// Makes sure that a database in a file has one server. A PostgreSQL may have several.
fn lock(config: &Config) -> Result<Option<fs::File>, Failure> {
    if !config.database_url.is_empty() {
        return Ok(None);
    }
    let path = config.data.join("server.lock");
    let failed = |error: &dyn std::fmt::Display| Failure::data(format!("{}: {error}", path.display()));
    let file = fs::File::create(&path).map_err(|error| failed(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Err(failed(&"another server has this folder; stop it first")),
        Err(fs::TryLockError::Error(error)) => Err(failed(&error)),
    }
}

/// Whether a server has this folder; nobody can tell where the database is a PostgreSQL.
pub(crate) fn is_served(config: &Config) -> Option<bool> {
    if !config.database_url.is_empty() {
        return None;
    }
    let lock = fs::File::open(config.data.join("server.lock")).map(|file| file.try_lock());
    Some(matches!(lock, Ok(Err(fs::TryLockError::WouldBlock))))
}

/// Asks the server to stop at Ctrl-C or SIGTERM. From when this returns, neither ends the process by itself.
fn stop_on_signal(stop: CancellationToken) -> std::io::Result<()> {
    #[cfg(unix)]
    let (mut terminated, mut interrupted) = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        tracing::info!("stopping: requests in work end first");
        stop.cancel();
    });
    Ok(())
}

fn log(config: &Config, traces: Option<&Traces>) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| Failure {
        code: USAGE,
        message: format!("setting `log` is `{}`: {error}; expected for instance `info,sqlx=warn`", config.log),
    })?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // Dynamic, that is, asked every time: what filters of one layer remember of the last question, answered with no and then
    // not followed by a line, they take for the answer to the next that is not asked, and a line would be lost.
    let may_be = dynamic_filter_fn(|metadata, _| may_be_logged(metadata)).with_max_level_hint(LevelFilter::TRACE);
    let lines = lines.with_filter(filter.and(may_be));
    tracing_subscriber::registry().with(lines).with(traces.map(Traces::layer)).init();
    Ok(())
}

/// What is logged at no setting: spans for the collector, and what the engine tells its makers, which quotes customers' data.
fn may_be_logged(metadata: &Metadata<'_>) -> bool {
    let of_engine = ["buoyant_kernel", "datafusion", "deltalake", "object_store", "parquet"];
    let quotes = of_engine.iter().any(|prefix| metadata.target().starts_with(prefix));
    metadata.target() != traces::TARGET && !(quotes && *metadata.level() > Level::WARN)
}

/// `cvm sources`: who may send, and one more where a name is given.
pub fn sources(options: &Sources) -> Result<(), Failure> {
    let config = load(&options.folder)?;
    run(async {
        let database = open(&config).await?;
        if let Some(name) = &options.add {
            let (clock, mut random) = (Clock::system(), Random::system());
            tracking::create_source(&database, &clock, name, &mut random).await.map_err(Failure::data)?;
        }
        let sources = tracking::list_sources(&database).await.map_err(Failure::data)?;
        database.close().await;
        let rows = sources.into_iter().map(|source| vec![source.id, source.name, source.write_key]);
        say(&table(&["id", "name", "write key"], rows));
        Ok(())
    })
}

/// `cvm users`: who may sign in.
pub fn users(options: &Users) -> Result<(), Failure> {
    let password = code(20, &mut Random::system());
    let said = with_app(load(&options.folder)?, async |app| {
        let caller = Caller::system();
        if let Some(email) = &options.add {
            let role = Role::from_name(&options.role).ok_or_else(|| {
                let roles: Vec<String> = Role::ALL.iter().map(|role| role.name()).collect();
                Failure {
                    code: USAGE,
                    message: format!("`{}` is no role; there are {}", options.role, roles.join(", ")),
                }
            })?;
            let new = NewUser {
                email: email.clone(),
                name: email.split('@').next().unwrap_or_default().to_owned(),
                role,
                language: options.language,
                password: Some(password.clone()),
            };
            let user = access::create_user(app, &caller, new).await.map_err(Failure::data)?;
            return Ok(format!("shown this once:\n  {}  {password}", user.email));
        }
        if let Some(email) = &options.reset {
            access::reset_password(app, &caller, email, &password).await.map_err(Failure::data)?;
            return Ok(format!("shown this once:\n  {email}  {password}"));
        }
        let row = |user: access::User| {
            let state = if user.disabled_at.is_some() { "disabled" } else { "" };
            vec![user.email, user.name, user.role.name(), state.to_owned()]
        };
        let users = access::all_users(app).await.map_err(Failure::data)?;
        Ok(table(&["e-mail", "name", "role", ""], users.into_iter().map(row)))
    })?;
    say(&said);
    Ok(())
}

/// `cvm keys`: a key for a program.
pub fn keys(options: &Keys) -> Result<(), Failure> {
    let scope = |name: &String| {
        let known = Permission::ALL.iter().copied().filter(|scope| scope.is_scope());
        known.clone().find(|scope| scope.name() == *name).ok_or_else(|| {
            let scopes: Vec<String> = known.map(Permission::name).collect();
            Failure { code: USAGE, message: format!("`{name}` is no scope; there are {}", scopes.join(", ")) }
        })
    };
    let scopes = options.scopes.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
    let key = with_app(load(&options.folder)?, async |app| {
        let new = NewKey { name: options.add.clone(), scopes, expires_at: None };
        let created = access::create_key(app, &Caller::system(), new).await.map_err(Failure::data)?;
        Ok(created.key)
    })?;
    say(&format!("shown this once; give it as `Authorization: Bearer KEY`:\n  {key}"));
    Ok(())
}

/// Does something with what a server stands on, whether or not one runs.
pub(crate) fn with_app<T>(config: Config, work: impl AsyncFnOnce(&App) -> Result<T, Failure>) -> Result<T, Failure> {
    run(async {
        let app = start(config.clone(), Arc::new(lake(&config).await?)).await?;
        let done = work(&app).await;
        app.close().await;
        done
    })
}

/// `cvm query`: SQL over the lake, whether or not a server runs.
pub fn query(options: &Query) -> Result<(), Failure> {
    let config = load(&options.folder)?;
    let limits =
        QueryLimits { time: Duration::from_secs(options.seconds), rows: options.rows, ..QueryLimits::default() };
    let answer = run(async {
        let lake = lake(&config).await?;
        lake.query(&options.sql, limits).await.map_err(|failure| match failure {
            LakeFailure::Statement(message) => Failure { code: USAGE, message },
            other => Failure::data(other),
        })
    })?;
    say(&shown(&answer, options.format));
    if answer.cut {
        complain(&format!("only the first {} rows are shown; --rows takes more", options.rows));
    }
    Ok(())
}

fn shown(answer: &QueryAnswer, format: QueryFormat) -> String {
    let names: Vec<&str> = answer.columns.iter().map(|(name, _)| name.as_str()).collect();
    let cell = |value: Option<&serde_json::Value>| match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match format {
        QueryFormat::Json => serde_json::to_string_pretty(&answer.rows).expect("rows are plain JSON"),
        QueryFormat::Table => {
            table(&names, answer.rows.iter().map(|row| names.iter().map(|name| cell(row.get(*name))).collect()))
        }
    }
}

pub(crate) fn table(names: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(names).add_rows(rows);
    table.to_string()
}

/// `cvm score`: the value of everyone, by the server that runs, or else here.
pub fn score(options: &Score) -> Result<(), Failure> {
    let config = load(&options.folder)?;
    let only = lock(&config);
    // A database of its own server has room for this process too: whoever is first takes the job.
    let here = only.is_ok();
    let bar = progress::spinner(options.quiet);
    let done = with_app(config, async |app| {
        let wish = Wish { as_of: options.as_of, ..Wish::default() };
        let done = scoring::score(app, &wish, "command line", here, |job| {
            let stage = jobs::said(Words::new(Language::En), job);
            bar.set_message(if stage.is_empty() { "waiting for the server".to_owned() } else { stage });
        });
        done.await.map_err(Failure::data)
    });
    bar.finish_and_clear();
    let result = done?.result;
    let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
    say(&match result["run"].as_str() {
        None => text("note"),
        Some(run) => format!(
            "{} customers as of {}, by {}\nrun {run}: GET /api/v1/runs/{run}/report",
            result["customers"],
            text("as_of"),
            text("model")
        ),
    });
    Ok(())
}

/// `cvm backup`: everything in one file.
pub fn backup(options: &Backup) -> Result<(), Failure> {
    let bar = progress::spinner(false);
    bar.set_message("Reading database and lake");
    let about = with_app(load(&options.folder)?, async |app| {
        backup::create(app, &options.folder.join(config::FILE), &options.file).await.map_err(Failure::data)
    });
    bar.finish_and_clear();
    let about = about?;
    let file = options.file.display();
    say(&format!("{file}: {} rows of the database, {} files of the lake", about.rows, about.files));
    Ok(())
}

/// `cvm restore`: a folder that serves, from a backup.
pub fn restore(options: &Restore) -> Result<(), Failure> {
    let bar = progress::spinner(false);
    bar.set_message("Writing database and lake");
    let restored = run(async {
        let erasures = match &options.erased {
            None => Erasures::default(),
            Some(folder) => {
                let database = open(&load(folder)?).await?;
                let erasures = Erasures::of(&database).await.map_err(Failure::data)?;
                database.close().await;
                erasures
            }
        };
        let variables: Vec<(String, String)> = std::env::vars().collect();
        let restored = backup::restore(&options.file, &options.folder, &variables, &erasures);
        let (about, config, tombstones) = restored.await.map_err(Failure::data)?;
        let lake = lake(&config).await?;
        let forgotten = lake.forget(&tombstones).await.map_err(Failure::data)?;
        if forgotten > 0 {
            lake.tidy(Duration::ZERO).await.map_err(Failure::data)?;
        }
        Ok((about, forgotten))
    });
    bar.finish_and_clear();
    let (about, forgotten) = restored?;
    let folder = options.folder.display();
    let made =
        chrono::DateTime::from_timestamp_micros(about.created_at).unwrap_or_default().format("%Y-%m-%d %H:%M UTC");
    let erased = if forgotten > 0 { format!("; {forgotten} rows of erased persons left out") } else { String::new() };
    say(&format!("{folder}: as of {made}, {} rows of the database{erased}\n  cvm serve {folder}", about.rows));
    Ok(())
}

/// `cvm doctor`: looks at everything the server needs, and says what to do.
pub fn doctor(options: &Doctor) -> Result<(), Failure> {
    let mut findings = Findings::default();
    let config = match load(&options.folder) {
        Ok(config) => config,
        Err(failure) => {
            findings.bad("settings", &failure.message);
            return findings.end();
        }
    };
    findings.good("settings", &options.folder.join(config::FILE).display().to_string());
    match Certificate::of(&config) {
        Ok(Some(_)) => findings.good("TLS", &config.tls_certificate.display().to_string()),
        Ok(None) => findings.good("TLS", "off: requests are to come from this machine, or through a proxy with TLS"),
        Err(error) => findings.bad("TLS", &error.to_string()),
    }
    findings.disk(&config.data);
    run(async {
        findings.parts(&config).await;
        Ok(())
    })?;
    findings.end()
}

/// What the doctor found.
#[derive(Default)]
struct Findings {
    bad: usize,
}

impl Findings {
    fn good(&self, what: &str, found: &str) {
        say(&format!("  ok   {what:<10} {found}"));
    }

    fn bad(&mut self, what: &str, found: &str) {
        self.bad += 1;
        say(&format!("  BAD  {what:<10} {found}"));
    }

    fn end(self) -> Result<(), Failure> {
        match self.bad {
            0 => Ok(()),
            bad => Err(Failure::data(format!("{bad} of the above must be mended before the server can be relied on"))),
        }
    }

    /// Whether the data folder can be written, how fast what is written is safe, and how much room is left.
    fn disk(&mut self, data: &Path) {
        match time_sync(data) {
            Ok(time) => self.good("disk", &format!("{}: a commit is safe after {:.1} ms", data.display(), 1e3 * time)),
            Err(error) => self.bad("disk", &format!("{} cannot be written: {error}", data.display())),
        }
        #[cfg(unix)]
        match rustix::fs::statvfs(data) {
            Ok(stat) => {
                let free = stat.f_bavail.saturating_mul(stat.f_frsize) >> 20;
                let found = format!("{free} MiB free");
                if free < 1024 {
                    self.bad("space", &format!("{found}; make room, at least 1024"))
                } else {
                    self.good("space", &found)
                }
            }
            Err(error) => self.bad("space", &error.to_string()),
        }
    }

    async fn parts(&mut self, config: &Config) {
        match TcpListener::bind(config.listen).await {
            Ok(_) => self.good("address", &format!("{} is free", config.listen)),
            Err(error) => {
                self.good("address", &format!("{} is in use ({error}): perhaps by this very server", config.listen))
            }
        }
        let lake = lake(config).await;
        let position = match &lake {
            Ok(lake) => lake.position().await,
            Err(error) => Err(LakeFailure::Unavailable(error.to_string())),
        };
        match &position {
            Ok(position) => self.good("lake", &format!("has all up to batch {position}")),
            Err(error) => self.bad("lake", &error.to_string()),
        }
        match Database::open(&config.database_url(), config.database_connections).await {
            Ok(database) => {
                self.good("database", &format!("{:?}, its tables are of this version", database.kind()));
                match tracking::inbox::waiting(&database, position.unwrap_or(0)).await {
                    Ok(waiting) => self.good("inbox", &format!("{waiting} messages on their way to the lake")),
                    Err(error) => self.bad("inbox", &error.to_string()),
                }
                database.close().await;
            }
            Err(error) => self.bad("database", &error.to_string()),
        }
    }
}

/// Seconds until a small write is on the disk, the median of some.
fn time_sync(folder: &Path) -> std::io::Result<f64> {
    let path: PathBuf = folder.join(".doctor");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..9 {
        let started = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64());
    }
    fs::remove_file(&path)?;
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
