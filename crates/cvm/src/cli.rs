//! The options of the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use cvm_core::Language;
use cvm_core::retention::Period;
use cvm_lake::analyze::{Holdout, Kind, Uncertainty};
use cvm_lake::ingest::{DecimalMark, Duplicates, Encoding, Returns, Separator, TimeFormat};
use cvm_lake::simulate::Table;
use std::path::PathBuf;

/// What each customer is worth, and what is worth doing about it.
#[derive(Debug, Parser)]
#[command(name = "cvm", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find what every customer was worth and will be worth, from files of purchases
    ///
    /// Columns and formats are found by looking at the files; where two readings fit, the command stops and says
    /// which option decides.
    Analyze(Box<Analyze>),
    /// Find how long customers stay and what they will still bring, from files of contracts
    ///
    /// A file tells of contracts by start and end dates, by tenure and a status, or by periods survived of periods
    /// observed; which it is, is found by looking.
    Retention(Box<Retention>),
    /// Make a sample company with known truth, as Parquet files
    Simulate(Simulate),
    /// Make a folder for a server: settings, database, lake, and the first write key
    Init(Init),
    /// Make a server with the sample company in it, and serve it; a second time, serve what is there
    Demo(Demo),
    /// Serve: take in what SDKs send and answer questions, until Ctrl-C
    Serve(Serve),
    /// Show who may send events, with their write keys
    Sources(Sources),
    /// Store files of customers, transactions or events; the same command again goes on where it stopped
    ///
    /// Transactions are read as by `cvm analyze`: columns and formats are found by looking at the files; where two readings
    /// fit, the command stops and says which option decides.
    Import(Box<Import>),
    /// Read on in the tables and buckets that the configuration file names
    ///
    /// A running server does so by itself, each at its time; this is for now and for trying.
    Sync(Sync),
    /// Show who may sign in; add somebody, or give them another password
    Users(Users),
    /// Make a key for a program that calls the API
    Keys(Keys),
    /// Ask the lake a question in SQL
    Query(Query),
    /// Compute the value of everyone now, from all that came in; with a server running, it does the work
    Score(Score),
    /// Put everything into one file, while the server runs or not
    Backup(Backup),
    /// Make a folder that serves from a backup
    ///
    /// The database may be another than that of the backup: name it with CVM_DATABASE_URL. Persons who were erased since
    /// the backup come back with it, unless --erased names an installation that knows of them.
    Restore(Restore),
    /// Look whether everything the server needs is well, and say what to do
    Doctor(Doctor),
}

/// Options of `cvm init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Folder to make
    #[arg(default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
    /// Name of the first source of events
    #[arg(long, default_value = "Web", value_name = "NAME")]
    pub source: String,
    /// E-mail of the first user, who may do everything
    #[arg(long, default_value = "admin@localhost.localdomain", value_name = "EMAIL")]
    pub admin: String,
    /// Language of that user's pages: en, pl, ru, fa
    #[arg(long, default_value = "en", env = "CVM_LANGUAGE", value_name = "CODE")]
    pub language: Language,
}

/// Options of `cvm demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Folder to make
    #[arg(default_value = "cvm-demo")]
    pub folder: PathBuf,
    /// How many customers the company has
    #[arg(long, default_value_t = 5000, value_name = "N")]
    pub customers: u64,
    /// How many ends of months before today the values are computed for as well
    #[arg(long, default_value_t = 6, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=24))]
    pub months: u32,
    /// Language of the users' pages: en, pl, ru, fa
    #[arg(long, default_value = "en", env = "CVM_LANGUAGE", value_name = "CODE")]
    pub language: Language,
    /// Make it and do not serve it
    #[arg(long)]
    pub only_make: bool,
    /// Show no progress
    #[arg(short, long)]
    pub quiet: bool,
}

/// Options of `cvm serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Folder made by `cvm init`
    #[arg(default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
}

/// Options of `cvm sources`.
#[derive(Debug, Args)]
pub struct Sources {
    /// Folder made by `cvm init`
    #[arg(default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
    /// Add a source of this name first
    #[arg(long, value_name = "NAME")]
    pub add: Option<String>,
}

/// Options of `cvm users`.
#[derive(Debug, Args)]
pub struct Users {
    /// Folder made by `cvm init`
    #[arg(default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
    /// Add a user with this e-mail; their password is shown once
    #[arg(long, value_name = "EMAIL", conflicts_with = "reset")]
    pub add: Option<String>,
    /// What they are here for: admin, analyst, marketer, service_agent, viewer
    #[arg(long, default_value = "viewer", value_name = "ROLE")]
    pub role: String,
    /// Language of their pages: en, pl, ru, fa
    #[arg(long, default_value = "en", env = "CVM_LANGUAGE", value_name = "CODE")]
    pub language: Language,
    /// Give the user with this e-mail another password, shown once, and end their sessions
    #[arg(long, value_name = "EMAIL")]
    pub reset: Option<String>,
}

/// Options of `cvm keys`.
#[derive(Debug, Args)]
pub struct Keys {
    /// Folder made by `cvm init`
    #[arg(default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
    /// What the key is for
    #[arg(long, value_name = "NAME")]
    pub add: String,
    /// What it may do, as in customers.read,personal.read
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', required = true)]
    pub scopes: Vec<String>,
}

/// Options of `cvm import`.
#[derive(Debug, Args)]
pub struct Import {
    /// Folder made by `cvm init`
    pub folder: PathBuf,
    /// Files: CSV and other text, NDJSON, Parquet, also as .gz or .zst; patterns
    #[arg(required = true)]
    pub files: Vec<String>,
    /// What the rows are about
    #[arg(long, value_enum)]
    pub kind: ImportKind,
    /// The source that the rows are shown to be of
    #[arg(long, default_value = "import", value_name = "NAME")]
    pub source: String,
    /// Take all rows as new ones, though the files were imported before
    #[arg(long)]
    pub again: bool,
    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// Column of the event's name
    #[arg(long, value_name = "COLUMN", help_heading = "Reading files")]
    pub event: Option<String>,
    /// Column of the e-mail address
    #[arg(long, value_name = "COLUMN", help_heading = "Reading files")]
    pub email: Option<String>,
    /// Column of the phone number
    #[arg(long, value_name = "COLUMN", help_heading = "Reading files")]
    pub phone: Option<String>,
    /// Column of the number of the loyalty card
    #[arg(long, value_name = "COLUMN", help_heading = "Reading files")]
    pub loyalty_card: Option<String>,
    /// How files are read.
    #[command(flatten)]
    pub reading: Reading,
}

/// What the rows of a file are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportKind {
    /// Lines of what was bought and given back.
    Transactions,
    /// Who somebody is: a row a person, and all columns are attributes.
    Customers,
    /// What somebody did: customer, event, time, and all other columns are properties.
    Events,
}

/// Options of `cvm sync`.
#[derive(Debug, Args)]
pub struct Sync {
    /// Folder made by `cvm init`
    #[arg(default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
    /// Only this one, whether or not it is time [default: all whose time has come]
    pub name: Option<String>,
    /// Show how far each is, and run none
    #[arg(long, conflicts_with = "restart")]
    pub list: bool,
    /// Begin at the beginning: rows that are known by their own ids for now are not stored again
    #[arg(long, requires = "name")]
    pub restart: bool,
}

/// Options of `cvm query`.
#[derive(Debug, Args)]
pub struct Query {
    /// One statement that reads
    pub sql: String,
    /// Folder made by `cvm init`
    #[arg(long, default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
    /// How to show the answer
    #[arg(long, default_value = "table", value_enum)]
    pub format: QueryFormat,
    /// Rows at most
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    pub rows: usize,
    /// Seconds at most
    #[arg(long, default_value_t = 60, value_name = "N")]
    pub seconds: u64,
}

/// How an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QueryFormat {
    /// For people.
    Table,
    /// For programs: a list of objects.
    Json,
}

/// Options of `cvm score`.
#[derive(Debug, Args)]
pub struct Score {
    /// Folder made by `cvm init`
    #[arg(default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
    /// Last day to look at; today where it is not given
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub as_of: Option<chrono::NaiveDate>,
    /// Say nothing while it works
    #[arg(long, short)]
    pub quiet: bool,
}

/// Options of `cvm backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// File to write, as in backup.tar.zst
    pub file: PathBuf,
    /// Folder made by `cvm init`
    #[arg(long, default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
}

/// Options of `cvm restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// File that `cvm backup` wrote
    pub file: PathBuf,
    /// Folder to make
    #[arg(long, default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
    /// Folder of an installation whose erasures are to be applied to the backup
    #[arg(long, value_name = "FOLDER")]
    pub erased: Option<PathBuf>,
}

/// Options of `cvm doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Folder made by `cvm init`
    #[arg(default_value = "cvm-data", env = "CVM_FOLDER")]
    pub folder: PathBuf,
}

/// Options of `cvm analyze`.
#[derive(Debug, Args)]
pub struct Analyze {
    /// Files of purchases: CSV and other text, NDJSON, Parquet, also as .gz or .zst; patterns; - for standard input
    #[arg(required = true)]
    pub files: Vec<String>,

    /// Folder for the results; replaced if it holds those of an earlier run
    #[arg(short, long, default_value = "cvm-analysis", value_name = "FOLDER")]
    pub output: PathBuf,

    /// How far ahead to look: 90d, 52w, 12m, 2y
    #[arg(long, default_value = "12m", value_parser = days, value_name = "TIME", help_heading = "Forecast")]
    pub horizon: u32,

    /// Discount a year, as a fraction
    #[arg(long, default_value_t = 0.1, value_name = "RATE", help_heading = "Forecast")]
    pub discount: f64,

    /// Margin on revenue, as a fraction [default: from the cost column, else revenue counts in full]
    #[arg(long, value_name = "RATE", help_heading = "Forecast")]
    pub margin: Option<f64>,

    /// Last day of observation [default: the day of the last purchase]
    #[arg(long, value_name = "DATE", help_heading = "Forecast")]
    pub as_of: Option<chrono::NaiveDate>,

    /// Time at the end kept from the models to judge them by: auto, none, or a time like 26w
    #[arg(long, default_value = "auto", value_parser = holdout, value_name = "TIME", help_heading = "Forecast")]
    pub holdout: Holdout,

    /// Purchase model
    #[arg(long, default_value = "choose", value_enum, help_heading = "Forecast")]
    pub model: ModelChoice,

    /// How bounds are made
    #[arg(long, default_value = "laplace", value_enum, help_heading = "Forecast")]
    pub uncertainty: UncertaintyChoice,

    /// What else is known of customers.
    #[command(flatten)]
    pub covariates: Covariates,

    /// How results are given.
    #[command(flatten)]
    pub results: Results,

    /// How files are read.
    #[command(flatten)]
    pub reading: Reading,

    /// Memory for gathering purchases before it goes to disk, like 2GB [default: half of the machine's]
    #[arg(long, value_parser = bytes, value_name = "SIZE", help_heading = "Machine")]
    pub memory: Option<usize>,

    /// Threads [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Machine")]
    pub threads: Option<u16>,

    /// Seed of everything random
    #[arg(long, default_value_t = 1, value_name = "N", help_heading = "Machine")]
    pub seed: u64,
}

/// How results are given.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Results")]
pub struct Results {
    /// Language of the report and of the words in the tables: en, pl, ru, fa
    #[arg(long, default_value = "en", env = "CVM_LANGUAGE", value_name = "CODE")]
    pub language: Language,
    /// What to print at the end
    #[arg(long, default_value = "text", value_enum)]
    pub format: Format,
    /// Write the table of customers or contracts as CSV too
    #[arg(long)]
    pub csv: bool,
    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// What else is known of customers than their purchases.
#[derive(Debug, Args)]
#[command(next_help_heading = "Covariates")]
pub struct Covariates {
    /// File with a row for each customer and columns such as gender, age or channel: how do they buy and leave?
    #[arg(long = "covariates", id = "covariates_file", value_name = "FILE")]
    pub file: Option<String>,
    /// Its column of customers [default: found by its name]
    #[arg(long = "covariates-id", requires = "covariates_file", value_name = "COLUMN")]
    pub id: Option<String>,
    /// Its columns to use, like gender,age [default: the eight that tell most]
    #[arg(long = "covariates-columns", requires = "covariates_file", value_delimiter = ',', value_name = "COLUMNS")]
    pub columns: Vec<String>,
}

/// How files are read: whatever is not said is found by looking.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading files")]
pub struct Reading {
    /// Column that names the customer (for all column options: the name, or its number from 1 in a file without names)
    #[arg(long, value_name = "COLUMN")]
    pub customer: Option<String>,
    /// Column of the date or time of purchase
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// Column of the amount paid for the line
    #[arg(long, value_name = "COLUMN")]
    pub amount: Option<String>,
    /// Column of the number of pieces
    #[arg(long, value_name = "COLUMN")]
    pub quantity: Option<String>,
    /// Column of the price of one piece
    #[arg(long, value_name = "COLUMN")]
    pub unit_price: Option<String>,
    /// Column of the order or invoice
    #[arg(long, value_name = "COLUMN")]
    pub order: Option<String>,
    /// Column of the product
    #[arg(long, value_name = "COLUMN")]
    pub product: Option<String>,
    /// Column of the product's category
    #[arg(long, value_name = "COLUMN")]
    pub category: Option<String>,
    /// Column of the channel
    #[arg(long, value_name = "COLUMN")]
    pub channel: Option<String>,
    /// Column of the currency
    #[arg(long, value_name = "COLUMN")]
    pub currency_column: Option<String>,
    /// Column of what the line cost
    #[arg(long, value_name = "COLUMN")]
    pub cost: Option<String>,

    /// Returns and cancellations: net (against purchases), drop [default: net]
    #[arg(long, value_name = "WAY")]
    pub returns: Option<Returns>,
    /// Rows that stand there twice: auto (drop what overlapping exports repeat), keep, drop [default: auto]
    #[arg(long, value_name = "WAY")]
    pub duplicates: Option<Duplicates>,
    /// How values are written.
    #[command(flatten)]
    pub formats: Formats,
}

/// How the values of any file are written: whatever is not said is found by looking.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading files")]
pub struct Formats {
    /// The one currency to keep, where the files hold several; else its name for the report
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
    /// How dates are written: ymd, dmy, mdy, yyyymmdd, unix, unix-ms, unix-us, unix-ns, excel
    #[arg(long, value_name = "FORMAT")]
    pub date_format: Option<TimeFormat>,
    /// Mark before the fraction of a number: point, comma
    #[arg(long, value_name = "MARK")]
    pub decimal: Option<DecimalMark>,
    /// Between the fields of text: comma, semicolon, tab, pipe, space
    #[arg(long, value_name = "MARK")]
    pub separator: Option<Separator>,
    /// Encoding of text: utf-8, utf-16le, utf-16be, windows-1250, windows-1251, windows-1252
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<Encoding>,
    /// Whether the first line names the columns
    #[arg(long, value_name = "true|false")]
    pub header: Option<bool>,
    /// Time zone of local days, like Europe/Warsaw; times without a zone are taken for UTC [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<chrono_tz::Tz>,
    /// Read these choices from a TOML file; options given here go before it
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Write the choices made to a TOML file
    #[arg(long, value_name = "FILE")]
    pub save_mapping: Option<PathBuf>,
}

/// Options of `cvm retention`.
#[derive(Debug, Args)]
pub struct Retention {
    /// Files of contracts: CSV and other text, NDJSON, Parquet, also as .gz or .zst; patterns; - for standard input
    #[arg(required = true)]
    pub files: Vec<String>,

    /// Folder for the results; replaced if it holds those of an earlier run
    #[arg(short, long, default_value = "cvm-retention", value_name = "FOLDER")]
    pub output: PathBuf,

    /// From one renewal to the next: month, year, week, or days like 30d
    #[arg(long, default_value = "month", value_parser = period, value_name = "PERIOD", help_heading = "Forecast")]
    pub period: Period,

    /// How far ahead to look: 52w, 12m, 5y
    #[arg(long, default_value = "5y", value_parser = days, value_name = "TIME", help_heading = "Forecast")]
    pub horizon: u32,

    /// Discount a year, as a fraction
    #[arg(long, default_value_t = 0.1, value_name = "RATE", help_heading = "Forecast")]
    pub discount: f64,

    /// Margin on revenue, as a fraction [default: revenue counts in full]
    #[arg(long, value_name = "RATE", help_heading = "Forecast")]
    pub margin: Option<f64>,

    /// Last day of observation [default: the last date in the files]
    #[arg(long, value_name = "DATE", help_heading = "Forecast")]
    pub as_of: Option<chrono::NaiveDate>,

    /// Longest tenures kept from the curves to judge them by, in periods: auto (a third), none, or a number
    #[arg(long, default_value = "auto", value_parser = holdout_periods, value_name = "N", help_heading = "Forecast")]
    pub holdout: HoldoutPeriods,

    /// How results are given.
    #[command(flatten)]
    pub results: Results,

    /// Which column is what.
    #[command(flatten)]
    pub columns: ContractColumns,

    /// How values are written.
    #[command(flatten)]
    pub formats: Formats,

    /// Seed of everything random
    #[arg(long, default_value_t = 1, value_name = "N", help_heading = "Machine")]
    pub seed: u64,
}

/// The columns of a file of contracts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading files")]
pub struct ContractColumns {
    /// Column that names the customer (for all column options: the name, or its number from 1 in a file without names)
    #[arg(long, value_name = "COLUMN")]
    pub customer: Option<String>,
    /// Column of the first day
    #[arg(long, value_name = "COLUMN")]
    pub start: Option<String>,
    /// Column of the last day; empty where the contract goes on
    #[arg(long, value_name = "COLUMN")]
    pub end: Option<String>,
    /// Column of the periods so far, where there are no dates
    #[arg(long, value_name = "COLUMN")]
    pub tenure: Option<String>,
    /// Column of the periods observed, for tables of survival
    #[arg(long, value_name = "COLUMN")]
    pub observed: Option<String>,
    /// Column that says whether the contract has ended (yes and no, 1 and 0, active and cancelled)
    #[arg(long, value_name = "COLUMN")]
    pub churned: Option<String>,
    /// Column of what the contract brings in a period
    #[arg(long, value_name = "COLUMN")]
    pub value: Option<String>,
}

/// Longest tenures kept from the curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldoutPeriods {
    /// A third of those seen.
    Auto,
    /// So many.
    Periods(u32),
}

impl HoldoutPeriods {
    /// How many; `None` for a third.
    pub fn periods(self) -> Option<u32> {
        match self {
            Self::Auto => None,
            Self::Periods(periods) => Some(periods),
        }
    }
}

/// Options of `cvm simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// How many customers
    #[arg(long, default_value_t = 8000, value_name = "N")]
    pub customers: u64,
    /// The same seed makes the same company
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub seed: u64,
    /// Folder to make; replaced if it holds an earlier sample company
    #[arg(short, long, default_value = "cvm-company", value_name = "FOLDER")]
    pub output: PathBuf,
    /// First day after the observation
    #[arg(long, default_value = "2026-01-01", value_name = "DATE")]
    pub end: chrono::NaiveDate,
    /// How long it is observed: 90d, 52w, 12m, 2y
    #[arg(long, default_value = "2y", value_parser = days, value_name = "TIME")]
    pub length: u32,
    /// Write only these tables, like customers,purchases [default: all]
    #[arg(long, value_delimiter = ',', value_name = "TABLES")]
    pub only: Vec<Table>,
    /// Visits on the site or in the app for each order
    #[arg(long, default_value_t = 4.0, value_name = "N")]
    pub visits_per_order: f64,
    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// Which purchase model predicts.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ModelChoice {
    /// The one, or the combination, that predicts the hold-out best.
    Choose,
    /// Beta-geometric / negative binomial.
    BgNbd,
    /// Modified beta-geometric / negative binomial.
    MbgNbd,
    /// Pareto / negative binomial.
    ParetoNbd,
    /// BG/NBD by what is known of each customer; needs --covariates.
    BgNbdCovariates,
    /// Pareto/NBD by what is known of each customer; needs --covariates.
    ParetoNbdCovariates,
}

impl ModelChoice {
    /// The model; `None` to choose.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::Choose => None,
            Self::BgNbd => Some(Kind::BgNbd),
            Self::MbgNbd => Some(Kind::MbgNbd),
            Self::ParetoNbd => Some(Kind::ParetoNbd),
            Self::BgNbdCovariates => Some(Kind::BgNbdCovariates),
            Self::ParetoNbdCovariates => Some(Kind::ParetoNbdCovariates),
        }
    }
}

/// How bounds are made.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum UncertaintyChoice {
    /// Normal approximation at the maximum likelihood.
    Laplace,
    /// Draws from the posterior by the No-U-Turn sampler.
    Nuts,
    /// No bounds.
    None,
}

impl From<UncertaintyChoice> for Uncertainty {
    fn from(choice: UncertaintyChoice) -> Self {
        match choice {
            UncertaintyChoice::Laplace => Self::Laplace,
            UncertaintyChoice::Nuts => Self::Nuts,
            UncertaintyChoice::None => Self::None,
        }
    }
}

/// What is printed at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A summary to read.
    Text,
    /// The content of summary.json.
    Json,
}

/// A length of time in days: a number with d, w, m (a twelfth of a year) or y.
fn days(text: &str) -> Result<u32, String> {
    let expected = || format!("`{text}` is no length of time; expected a whole number with d, w, m or y, like 12m");
    let split = text.len() - text.chars().next_back().map_or(0, char::len_utf8);
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse::<u32>().map_err(|_| expected())?.into();
    let days = match unit {
        "d" => number,
        "w" => number * 7.0,
        "m" => number * 365.25 / 12.0,
        "y" => number * 365.25,
        _ => return Err(expected()),
    };
    // The half day of 12 months and of odd years goes down: twelve months are 365 days.
    Ok(days as u32)
}

fn holdout(text: &str) -> Result<Holdout, String> {
    match text {
        "auto" => Ok(Holdout::Auto),
        "none" => Ok(Holdout::None),
        _ => days(text).map(Holdout::Days).map_err(|error| format!("{error}, auto or none")),
    }
}

fn holdout_periods(text: &str) -> Result<HoldoutPeriods, String> {
    match text {
        "auto" => Ok(HoldoutPeriods::Auto),
        "none" => Ok(HoldoutPeriods::Periods(0)),
        _ => text
            .parse()
            .map(HoldoutPeriods::Periods)
            .map_err(|_| format!("`{text}` is no number of periods; expected a whole number, auto or none")),
    }
}

/// From one renewal to the next.
fn period(text: &str) -> Result<Period, String> {
    match text {
        "week" => Ok(Period::Week),
        "month" => Ok(Period::Month),
        "year" => Ok(Period::Year),
        _ => text
            .strip_suffix('d')
            .unwrap_or(text)
            .parse()
            .map(|days| Period::Days { days })
            .map_err(|_| format!("`{text}` is no period; expected month, year, week or a number of days like 30d")),
    }
}

fn bytes(text: &str) -> Result<usize, String> {
    let expected = || format!("`{text}` is no size; expected a number with MB or GB, like 2GB");
    let (number, factor) = match text.to_ascii_uppercase() {
        upper if upper.ends_with("GB") => (text[..text.len() - 2].to_owned(), 1_u64 << 30),
        upper if upper.ends_with("MB") => (text[..text.len() - 2].to_owned(), 1_u64 << 20),
        _ => return Err(expected()),
    };
    let number: f64 = number.trim().parse().map_err(|_| expected())?;
    let bytes = number * factor as f64;
    if bytes < 64.0 * f64::from(1 << 20) || bytes > 1e15 {
        return Err(format!("{text} is too little or too much memory; expected 64MB or more"));
    }
    Ok(bytes as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_options_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn lengths_of_time() {
        assert_eq!(days("12m"), Ok(365));
        assert_eq!(days("52w"), Ok(364));
        assert_eq!(days("2y"), Ok(730));
        assert_eq!(days("90d"), Ok(90));
        for wrong in ["", "12", "m", "-3d", "1.5y", "3q", "12ś"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn periods() {
        assert_eq!(period("month"), Ok(Period::Month));
        assert_eq!(period("30d"), Ok(Period::Days { days: 30 }));
        assert_eq!(period("30"), Ok(Period::Days { days: 30 }));
        assert!(period("fortnight").unwrap_err().contains("expected month, year, week or a number of days"));
        assert_eq!(holdout_periods("none"), Ok(HoldoutPeriods::Periods(0)));
        assert_eq!(holdout_periods("auto").unwrap().periods(), None);
        assert!(holdout_periods("26w").is_err());
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes("2GB"), Ok(2 << 30));
        assert_eq!(bytes("512mb"), Ok(512 << 20));
        for wrong in ["", "2", "GB", "1KB", "10MB", "-2GB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
