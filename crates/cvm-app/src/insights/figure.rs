//! The figures of the overview by name: how each is read, written and called, and whether more of it is better.

use super::figures::Figures;
use cvm_core::text::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A figure of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "`Figures` says what each means")]
pub enum Figure {
    Revenue,
    Orders,
    Buyers,
    NewBuyers,
    OrderValue,
    Frequency,
    RepeatRate,
    Retention,
    Churn,
    Conversion,
    CartConversion,
    Engaged,
}

/// In what a figure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The currency of the settings.
    Money,
    /// Whole things.
    Count,
    /// Things a customer.
    Mean,
    /// A fraction of 1, shown in percent.
    Share,
}

impl Figure {
    /// All of them, in the order of the overview.
    pub const ALL: [Self; 12] = [
        Self::Revenue,
        Self::Orders,
        Self::Buyers,
        Self::NewBuyers,
        Self::OrderValue,
        Self::Frequency,
        Self::RepeatRate,
        Self::Retention,
        Self::Churn,
        Self::Conversion,
        Self::CartConversion,
        Self::Engaged,
    ];

    /// As the API and addresses write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Orders => "orders",
            Self::Buyers => "buyers",
            Self::NewBuyers => "new_buyers",
            Self::OrderValue => "order_value",
            Self::Frequency => "frequency",
            Self::RepeatRate => "repeat_rate",
            Self::Retention => "retention",
            Self::Churn => "churn",
            Self::Conversion => "conversion",
            Self::CartConversion => "cart_conversion",
            Self::Engaged => "engaged",
        }
    }

    /// The figure of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.name() == name)
    }

    /// The ids of its name and of its meaning.
    pub fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Revenue => ("insights-revenue", "insights-revenue-meaning"),
            Self::Orders => ("insights-orders", "insights-orders-meaning"),
            Self::Buyers => ("insights-buyers", "insights-buyers-meaning"),
            Self::NewBuyers => ("insights-new_buyers", "insights-new_buyers-meaning"),
            Self::OrderValue => ("insights-order_value", "insights-order_value-meaning"),
            Self::Frequency => ("insights-frequency", "insights-frequency-meaning"),
            Self::RepeatRate => ("insights-repeat", "insights-repeat-meaning"),
            Self::Retention => ("insights-retention", "insights-retention-meaning"),
            Self::Churn => ("insights-churn", "insights-churn-meaning"),
            Self::Conversion => ("insights-conversion", "insights-conversion-meaning"),
            Self::CartConversion => ("insights-cart", "insights-cart-meaning"),
            Self::Engaged => ("insights-engaged", "insights-engaged-meaning"),
        }
    }

    /// In what it is counted.
    pub fn unit(self) -> Unit {
        match self {
            Self::Revenue | Self::OrderValue => Unit::Money,
            Self::Orders | Self::Buyers | Self::NewBuyers | Self::Engaged => Unit::Count,
            Self::Frequency => Unit::Mean,
            Self::RepeatRate | Self::Retention | Self::Churn | Self::Conversion | Self::CartConversion => Unit::Share,
        }
    }

    /// Whether twice as many days have twice as much of it. People are not: the same buy again.
    pub fn is_sum(self) -> bool {
        matches!(self, Self::Revenue | Self::Orders)
    }

    /// Whether less of it is better.
    pub fn is_better_low(self) -> bool {
        self == Self::Churn
    }

    /// What it was in a period; none where there is nothing to divide by.
    pub fn of(self, figures: &Figures) -> Option<f64> {
        match self {
            Self::Revenue => Some(figures.revenue),
            Self::Orders => Some(figures.orders),
            Self::Buyers => Some(figures.buyers),
            Self::NewBuyers => Some(figures.new_buyers),
            Self::OrderValue => figures.order_value(),
            Self::Frequency => figures.frequency(),
            Self::RepeatRate => figures.repeat_rate(),
            Self::Retention => figures.retention(),
            Self::Churn => figures.churn(),
            Self::Conversion => figures.conversion(),
            Self::CartConversion => figures.cart_conversion(),
            Self::Engaged => Some(figures.engaged),
        }
    }

    /// As people write it.
    pub fn shown(self, words: Words, currency: &str, value: f64) -> String {
        match self.unit() {
            Unit::Money if value.abs() >= 1000.0 => words.money_whole(value, Some(currency)),
            Unit::Money => words.money(value, Some(currency)),
            Unit::Count => words.number(value, 0),
            Unit::Mean => words.number(value, 2),
            Unit::Share => words.percent(value, 1),
        }
    }

    /// The same on the axis of a picture.
    pub fn mark(self, words: Words, currency: &str, value: f64) -> String {
        match self.unit() {
            Unit::Money => words.money_compact(value, Some(currency)),
            Unit::Count => words.compact(value),
            Unit::Mean => words.number(value, 2),
            Unit::Share => words.percent(value, 0),
        }
    }
}
