//! What a person can decide about the reading of their files: every choice has a flag and can be kept in a TOML file.

use super::{DecimalMark, IngestError, TimeFormat};
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fmt;

/// All choices; what is `None` is found by looking at the files.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Columns named by the user.
    pub columns: ColumnChoices,
    /// How dates are written.
    pub date_format: Option<TimeFormat>,
    /// The mark before the fraction of a number.
    pub decimal: Option<DecimalMark>,
    /// What stands between the fields of a text file.
    pub separator: Option<Separator>,
    /// How the letters of a text file are coded.
    pub encoding: Option<Encoding>,
    /// Whether the first line of a text file names the columns.
    pub header: Option<bool>,
    /// The zone whose days count; times without a zone are taken for UTC, dates without a time stay as they are.
    pub timezone: Tz,
    /// Last day of observation: rows after it are set aside as `after_as_of`.
    pub as_of: Option<NaiveDate>,
    /// The caller's clock: rows after this local day are set aside as `future_date`.
    pub today: NaiveDate,
    /// What becomes of returns.
    pub returns: Returns,
    /// What becomes of rows that stand there twice.
    pub duplicates: Duplicates,
    /// The one currency to keep.
    pub currency: Option<String>,
    /// Whether clean batches also say where each row stands, the time and the quantity.
    pub detailed: bool,
}

impl Options {
    /// Everything to be found, days in UTC, as seen on the day `today`.
    pub fn new(today: NaiveDate) -> Self {
        Self {
            columns: ColumnChoices::default(),
            date_format: None,
            decimal: None,
            separator: None,
            encoding: None,
            header: None,
            timezone: Tz::UTC,
            as_of: None,
            today,
            returns: Returns::default(),
            duplicates: Duplicates::default(),
            currency: None,
            detailed: false,
        }
    }

    /// Fills what is still open with the choices of a saved mapping; what is already chosen stays. Time zone, returns
    /// and duplicates are never open: where the mapping has them they are taken, so apply it before the flags.
    ///
    /// # Errors
    /// [`IngestError::BadMapping`] where the mapping names an unknown time zone.
    pub fn apply(&mut self, saved: &SavedMapping) -> Result<(), IngestError> {
        for role in Role::ALL.into_iter().chain(Role::CONTRACT) {
            let choice = self.columns.get_mut(role);
            if choice.is_none() {
                *choice = saved.columns.get(role).map(str::to_owned);
            }
        }
        self.date_format = self.date_format.or(saved.date_format);
        self.decimal = self.decimal.or(saved.decimal);
        self.separator = self.separator.or(saved.separator);
        self.encoding = self.encoding.or(saved.encoding);
        self.header = self.header.or(saved.header);
        self.currency = self.currency.take().or_else(|| saved.currency.clone());
        self.returns = saved.returns.unwrap_or(self.returns);
        self.duplicates = saved.duplicates.unwrap_or(self.duplicates);
        if let Some(name) = &saved.timezone {
            let unknown = |_| IngestError::BadMapping { detail: format!("`{name}` is not a time zone") };
            self.timezone = name.parse().map_err(unknown)?;
        }
        Ok(())
    }
}

/// The part of [`Options`] that a user can save to a TOML file and load again; everything is optional.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SavedMapping {
    /// "ymd", "dmy", "mdy", "yyyymmdd", "unix", "unix-ms", "unix-us", "unix-ns" or "excel".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<TimeFormat>,
    /// "point" or "comma".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<DecimalMark>,
    /// "comma", "semicolon", "tab", "pipe" or "space".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<Separator>,
    /// "utf-8", "windows-1250" and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Whether the first line names the columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// IANA name of the zone of local days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// "net" or "drop".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<Returns>,
    /// "auto", "keep" or "drop".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Duplicates>,
    /// The one currency to keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The column of each role.
    pub columns: ColumnChoices,
}

impl SavedMapping {
    /// Reads what [`SavedMapping::to_toml`] wrote, or a person did.
    ///
    /// # Errors
    /// [`IngestError::BadMapping`] with the place and the choices there are.
    pub fn from_toml(text: &str) -> Result<Self, IngestError> {
        toml::from_str(text)
            .map_err(|error| IngestError::BadMapping { detail: error.to_string().trim_end().to_owned() })
    }

    /// As text for a file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("names, flags and strings have a TOML form")
    }
}

/// The column of each role, where the user named one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the role of its name, and Role documents them")]
pub struct ColumnChoices {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churned: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl ColumnChoices {
    /// The column named for a role.
    pub fn get(&self, role: Role) -> Option<&str> {
        match role {
            Role::Customer => self.customer.as_deref(),
            Role::Time => self.time.as_deref(),
            Role::Amount => self.amount.as_deref(),
            Role::Quantity => self.quantity.as_deref(),
            Role::UnitPrice => self.unit_price.as_deref(),
            Role::Order => self.order.as_deref(),
            Role::Product => self.product.as_deref(),
            Role::Category => self.category.as_deref(),
            Role::Channel => self.channel.as_deref(),
            Role::Currency => self.currency.as_deref(),
            Role::Cost => self.cost.as_deref(),
            Role::Start => self.start.as_deref(),
            Role::End => self.end.as_deref(),
            Role::Tenure => self.tenure.as_deref(),
            Role::Observed => self.observed.as_deref(),
            Role::Churned => self.churned.as_deref(),
            Role::Value => self.value.as_deref(),
        }
    }

    /// The place of a role's column.
    pub fn get_mut(&mut self, role: Role) -> &mut Option<String> {
        match role {
            Role::Customer => &mut self.customer,
            Role::Time => &mut self.time,
            Role::Amount => &mut self.amount,
            Role::Quantity => &mut self.quantity,
            Role::UnitPrice => &mut self.unit_price,
            Role::Order => &mut self.order,
            Role::Product => &mut self.product,
            Role::Category => &mut self.category,
            Role::Channel => &mut self.channel,
            Role::Currency => &mut self.currency,
            Role::Cost => &mut self.cost,
            Role::Start => &mut self.start,
            Role::End => &mut self.end,
            Role::Tenure => &mut self.tenure,
            Role::Observed => &mut self.observed,
            Role::Churned => &mut self.churned,
            Role::Value => &mut self.value,
        }
    }
}

/// What a column serves as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Who bought.
    Customer,
    /// When.
    Time,
    /// For how much, the whole line; negative for a return.
    Amount,
    /// How many pieces.
    Quantity,
    /// The price of one piece.
    UnitPrice,
    /// Which lines belong together.
    Order,
    /// What was bought.
    Product,
    /// What kind of thing it is.
    Category,
    /// Where it was bought.
    Channel,
    /// The currency of the amount.
    Currency,
    /// What the line cost the seller.
    Cost,
    /// First day of a contract.
    Start,
    /// Last day of a contract.
    End,
    /// How many periods a contract has lasted.
    Tenure,
    /// How many periods it could have been seen for.
    Observed,
    /// Whether it has ended.
    Churned,
    /// What it brings in a period.
    Value,
}

impl Role {
    /// Those of purchases, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Customer,
        Self::Time,
        Self::Amount,
        Self::Quantity,
        Self::UnitPrice,
        Self::Order,
        Self::Product,
        Self::Category,
        Self::Channel,
        Self::Currency,
        Self::Cost,
    ];

    /// Those of contracts.
    pub const CONTRACT: [Self; 7] =
        [Self::Customer, Self::Start, Self::End, Self::Tenure, Self::Observed, Self::Churned, Self::Value];

    /// Stable name in reports and TOML files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Time => "time",
            Self::Amount => "amount",
            Self::Quantity => "quantity",
            Self::UnitPrice => "unit_price",
            Self::Order => "order",
            Self::Product => "product",
            Self::Category => "category",
            Self::Channel => "channel",
            Self::Currency => "currency",
            Self::Cost => "cost",
            Self::Start => "start",
            Self::End => "end",
            Self::Tenure => "tenure",
            Self::Observed => "observed",
            Self::Churned => "churned",
            Self::Value => "value",
        }
    }

    /// The flag that names its column. `--currency` itself chooses among currencies.
    pub const fn flag(self) -> &'static str {
        match self {
            Self::Customer => "--customer",
            Self::Time => "--time",
            Self::Amount => "--amount",
            Self::Quantity => "--quantity",
            Self::UnitPrice => "--unit-price",
            Self::Order => "--order",
            Self::Product => "--product",
            Self::Category => "--category",
            Self::Channel => "--channel",
            Self::Currency => "--currency-column",
            Self::Cost => "--cost",
            Self::Start => "--start",
            Self::End => "--end",
            Self::Tenure => "--tenure",
            Self::Observed => "--observed",
            Self::Churned => "--churned",
            Self::Value => "--value",
        }
    }

    /// Whether its values are numbers.
    pub(super) const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Amount | Self::Quantity | Self::UnitPrice | Self::Cost | Self::Tenure | Self::Observed | Self::Value
        )
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::UnitPrice => "unit price",
            Self::Observed => "number of periods observed",
            Self::Churned => "status (active or ended)",
            Self::Value => "value a period",
            other => other.name(),
        })
    }
}

/// A closed set of words that a flag accepts, the same in TOML: `FromStr`, `Display` and the list for a message.
macro_rules! words {
    ($type:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $type {
            /// Every value with the word for it in flags and TOML files.
            pub const WORDS: &[(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The word for it in flags and TOML files.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.word())
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let text = text.trim().to_ascii_lowercase();
                Self::WORDS.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
                    let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
                    format!("`{text}` is none of {}", words.join(", "))
                })
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use words;

/// What becomes of a row with a negative amount or quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Returns {
    /// It stays, with a negative amount, and is netted against purchases.
    #[default]
    Net,
    /// It is set aside as `return_dropped`.
    Drop,
}
words!(Returns: Net = "net", Drop = "drop");

/// What becomes of identical rows, all columns compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// Where there is an order column, a row that stands in several files counts as often as in the file that has it
    /// most often: exports that overlap are counted once, two equal lines of one receipt twice.
    #[default]
    Auto,
    /// All stay.
    Keep,
    /// Only the first of identical rows stays.
    Drop,
}
words!(Duplicates: Auto = "auto", Keep = "keep", Drop = "drop");

/// What stands between the fields of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// Tab character.
    Tab,
    /// `|`
    Pipe,
    /// Any run of spaces and tabs.
    Space,
}
words!(Separator: Comma = "comma", Semicolon = "semicolon", Tab = "tab", Pipe = "pipe", Space = "space");

/// How letters are coded as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Central European Windows.
    Windows1250,
    /// Cyrillic Windows.
    Windows1251,
    /// Western Windows, which includes Latin-1.
    Windows1252,
}
words!(Encoding: Utf8 = "utf-8", Utf16Le = "utf-16le", Utf16Be = "utf-16be", Windows1250 = "windows-1250",
    Windows1251 = "windows-1251", Windows1252 = "windows-1252");
