//! What can go wrong between a file of purchases and a clean table; each message names the thing and the way on.
//!
//! A row that cannot be used is not an error: it goes to the [`ProblemLog`](super::ProblemLog). An error is what a
//! person must decide or repair before any row is worth reading.

use super::options::Role;
use super::times::TimeFormat;

/// Why the files cannot be read as purchases.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No files were named.
    #[error("no files were given; name at least one file, a pattern such as 'sales/*.csv', or - for standard input")]
    NoFiles,
    /// A named file does not exist.
    #[error("file `{path}` does not exist")]
    FileNotFound {
        /// As named by the user.
        path: String,
    },
    /// A pattern fits no file.
    #[error("no file fits the pattern `{pattern}`")]
    NoMatch {
        /// As given.
        pattern: String,
    },
    /// A pattern is not one.
    #[error("`{pattern}` is not a pattern of file names: {detail}")]
    BadPattern {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The operating system refused.
    #[error("cannot read `{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file with nothing in it.
    #[error("file `{path}` is empty")]
    Empty {
        /// The file.
        path: String,
    },
    /// Files with a header and nothing below.
    #[error("no rows in {}: there is nothing below the header", files(.paths))]
    NoRows {
        /// All that were looked at.
        paths: Vec<String>,
    },
    /// A kind of file that is not read.
    #[error("`{path}` is {kind}; {advice}")]
    Unsupported {
        /// The file.
        path: String,
        /// What it is.
        kind: String,
        /// What to do instead.
        advice: &'static str,
    },
    /// A file that breaks off or is not what it says.
    #[error("`{path}` is damaged: {detail}")]
    Damaged {
        /// The file.
        path: String,
        /// What the reader found.
        detail: String,
    },
    /// A column named by a flag is not there.
    #[error("{} names the column `{wanted}`, which `{path}` does not have; its columns are {}", .role.flag(),
        list(.columns))]
    ColumnNotFound {
        /// What the column should serve as.
        role: Role,
        /// The name given.
        wanted: String,
        /// The file looked at.
        path: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A column named for a record is not there.
    #[error("`{path}` has no column `{wanted}`; its columns are {}", list(.columns))]
    NoSuchColumn {
        /// The name given.
        wanted: String,
        /// The file looked at.
        path: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// Nothing fits what a record needs.
    #[error("found no column for the {name} in {}; name it with --{name} COLUMN", list(.columns))]
    NoMember {
        /// What is missing.
        name: &'static str,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// One file lacks a column that the others have.
    #[error("`{path}` has no column `{column}` (the {role}), which `{first}` has; its columns are {}", list(.columns))]
    MissingInFile {
        /// The file that lacks it.
        path: String,
        /// The column.
        column: String,
        /// What it serves as.
        role: Role,
        /// The file that has it.
        first: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// Nothing fits a role that is needed.
    #[error("found no column for the {role} in {}; name it with {} COLUMN", list(.columns), needed_flag(*.role))]
    NoColumn {
        /// What is missing.
        role: Role,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// Several columns fit a role.
    #[error("{} could each be the {role}; say which with {} COLUMN", list(.columns), .role.flag())]
    AmbiguousColumn {
        /// The role.
        role: Role,
        /// All that fit.
        columns: Vec<String>,
    },
    /// A time column whose values fit no format.
    #[error(
        "the values of `{column}` fit no format of dates, for example `{example}`; expected dates such as 2024-01-31, \
         31.01.2024, 01/31/2024 or 20240131, Unix times or Excel day numbers: say which with --date-format, or name \
         another column with --time"
    )]
    NoTimeFormat {
        /// The column.
        column: String,
        /// The first value that does not fit.
        example: String,
    },
    /// A time column that can be read in two ways.
    #[error(
        "the dates of `{column}` can be read in two ways: `{example}` is {first} (--date-format {first_flag}) or \
         {second} (--date-format {second_flag}), and no value decides; say which with --date-format"
    )]
    AmbiguousTime {
        /// The column.
        column: String,
        /// A value that has two readings.
        example: String,
        /// One reading, as an ISO date.
        first: String,
        /// Its flag.
        first_flag: TimeFormat,
        /// The other reading.
        second: String,
        /// Its flag.
        second_flag: TimeFormat,
    },
    /// Both readings of a date column have values that only they explain.
    #[error(
        "`{column}` mixes formats of dates: `{first}` fits only --date-format {first_flag}, `{second}` only \
         --date-format {second_flag}; say which with --date-format, the other rows become problems"
    )]
    MixedTimes {
        /// The column.
        column: String,
        /// A value that only the first explains.
        first: String,
        /// Its flag.
        first_flag: TimeFormat,
        /// A value that only the second explains.
        second: String,
        /// Its flag.
        second_flag: TimeFormat,
    },
    /// A column that should hold numbers does not.
    #[error("`{column}` should hold the {role}, but `{example}` is not a number; name another column with {}",
        .role.flag())]
    NotNumeric {
        /// The column.
        column: String,
        /// What it serves as.
        role: Role,
        /// The first value that is none.
        example: String,
    },
    /// A status column whose values say nothing.
    #[error(
        "the values of `{column}` do not say whether a contract is active, for example `{example}`; expected yes and no, \
         true and false, 1 and 0, or words such as active and cancelled: name another column with --churned"
    )]
    NoStatus {
        /// The column.
        column: String,
        /// The first value that says nothing.
        example: String,
    },
    /// Numbers that can be read in two ways.
    #[error(
        "the numbers of `{column}` can be read in two ways: `{example}` is {point} (--decimal point) or {comma} \
         (--decimal comma), and no value decides; say which with --decimal"
    )]
    AmbiguousDecimal {
        /// The column.
        column: String,
        /// A value that has two readings.
        example: String,
        /// Read with a decimal point.
        point: String,
        /// Read with a decimal comma.
        comma: String,
    },
    /// Both marks have numbers that only they explain.
    #[error(
        "`{column}` mixes decimal marks: `{point}` fits only --decimal point, `{comma}` only --decimal comma; say \
         which with --decimal, the other rows become problems"
    )]
    MixedDecimals {
        /// The column.
        column: String,
        /// A number with a decimal point.
        point: String,
        /// A number with a decimal comma.
        comma: String,
    },
    /// A column of the file of customers that an option names is not there.
    #[error("{flag} names the column `{wanted}`, which `{path}` does not have; its columns are {}", list(.columns))]
    NoCovariateColumn {
        /// The option.
        flag: &'static str,
        /// The name given.
        wanted: String,
        /// The file.
        path: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// Nothing in the file of customers looks like their id.
    #[error(
        "found no column for the customer in `{path}`, whose columns are {}; name it with --covariates-id COLUMN",
        list(.columns)
    )]
    NoCovariateId {
        /// The file.
        path: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// Several columns of the file of customers look like their id.
    #[error("{} of `{path}` could each be the customer; say which with --covariates-id COLUMN", list(.columns))]
    AmbiguousCovariateId {
        /// The file.
        path: String,
        /// All that fit.
        columns: Vec<String>,
    },
    /// No column of the file of customers says anything.
    #[error(
        "no column of `{path}` can be used: {why}; expected at least one whose values several customers share, such as \
         gender, age or the channel they came by"
    )]
    NoCovariates {
        /// The file.
        path: String,
        /// Each column with the reason.
        why: String,
    },
    /// The ids of the file of customers are none of the purchases'.
    #[error(
        "no customer of the purchases is in `{path}`: its column `{column}` has ids such as `{here}`, the purchases such \
         as `{there}`; name another column with --covariates-id, or write the ids alike"
    )]
    NoCommonCustomers {
        /// The file.
        path: String,
        /// Its column of ids.
        column: String,
        /// An id in it.
        here: String,
        /// An id of the purchases.
        there: String,
    },
    /// Two rows of one customer do not agree.
    #[error(
        "customer `{customer}` stands in {first} and in {second} with different values; leave one row for each customer"
    )]
    CustomerTwice {
        /// The id.
        customer: String,
        /// Line and file of the first row.
        first: String,
        /// Of the second.
        second: String,
    },
    /// Amounts in several currencies cannot be added.
    #[error("`{column}` holds several currencies ({}); choose one with --currency, the other rows become problems",
        .found.join(", "))]
    SeveralCurrencies {
        /// The column.
        column: String,
        /// In order of appearance.
        found: Vec<String>,
    },
    /// A saved mapping cannot be read.
    #[error("the saved mapping cannot be used: {detail}")]
    BadMapping {
        /// What is wrong, and where.
        detail: String,
    },
    /// The log of problems cannot be written.
    #[error("cannot write the list of problems to `{path}`: {detail}")]
    ProblemLog {
        /// Where it should be.
        path: String,
        /// Why not.
        detail: String,
    },
}

impl IngestError {
    pub(super) fn io(path: &str) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| match source.kind() {
            std::io::ErrorKind::NotFound => Self::FileNotFound { path: path.to_owned() },
            // Decompressors speak of damage through these.
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidInput => {
                Self::Damaged { path: path.to_owned(), detail: source.to_string() }
            }
            _ => Self::Io { path: path.to_owned(), source },
        }
    }

    pub(super) fn damaged(path: &str, detail: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), detail: detail.to_string() }
    }
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "no columns".to_owned(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

fn files(paths: &[String]) -> String {
    list(paths)
}

fn needed_flag(role: Role) -> &'static str {
    match role {
        Role::Amount => "--amount COLUMN, or --quantity COLUMN and --unit-price",
        Role::Start => "--start COLUMN and --end COLUMN, or --tenure COLUMN and --churned",
        other => other.flag(),
    }
}
