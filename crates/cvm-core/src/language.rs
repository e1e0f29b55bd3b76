//! The languages OpenCVM speaks.

use serde::{Deserialize, Serialize};

/// A language of the product. Persian is written right to left, with its own digits and calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Polish.
    Pl,
    /// Russian.
    Ru,
    /// Persian.
    Fa,
}

impl Language {
    /// All of them, in the order shown to users.
    pub const ALL: [Self; 4] = [Self::En, Self::Pl, Self::Ru, Self::Fa];

    /// The code in URLs, options and `lang` attributes.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Pl => "pl",
            Self::Ru => "ru",
            Self::Fa => "fa",
        }
    }

    /// What it calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Pl => "Polski",
            Self::Ru => "Русский",
            Self::Fa => "فارسی",
        }
    }

    /// The HTML `dir` of its script.
    pub fn direction(self) -> &'static str {
        if self == Self::Fa { "rtl" } else { "ltr" }
    }
}

impl std::str::FromStr for Language {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
            .ok_or_else(|| format!("language `{code}` is not known; expected en, pl, ru or fa"))
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
