//! Amounts over HTTP: in the smallest unit of their currency, whole numbers where they are money that is paid or counted. What is
//! estimated for one customer may have a fraction. Inside, results and plans are in units of the currency, as the models give them.

use cvm_core::order::currency_places;
use serde::Serializer;

/// From units of a currency to its smallest unit, and back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smallest(f64);

impl Smallest {
    /// Of this currency.
    pub fn of(currency: &str) -> Self {
        Self(10_f64.powi(currency_places(currency) as i32))
    }

    /// A whole number of them.
    pub fn whole(self, units: f64) -> f64 {
        (units * self.0).round()
    }

    /// An estimate in them.
    pub fn estimate(self, units: f64) -> f64 {
        units * self.0
    }

    /// Back to units.
    pub fn units(self, smallest: f64) -> f64 {
        smallest / self.0
    }
}

/// Writes a number without a fraction as the whole number that it is.
///
/// # Errors
/// What the serializer gives.
pub fn amount<S: Serializer>(amount: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // beyond 2^53 whole numbers have gaps
    match amount.fract() == 0.0 && amount.abs() <= EXACT {
        true => serializer.serialize_i64(*amount as i64),
        false => serializer.serialize_f64(*amount),
    }
}

/// The same where there may be none.
///
/// # Errors
/// What the serializer gives.
pub fn amount_or_none<S: Serializer>(of: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match of {
        Some(of) => amount(of, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    struct Paid {
        #[serde(serialize_with = "amount")]
        cost: f64,
        #[serde(serialize_with = "amount_or_none")]
        budget: Option<f64>,
    }

    #[test]
    fn whole_amounts_are_whole_in_the_smallest_unit_of_their_currency() {
        let said = |currency: &str, units: f64| {
            let of = Smallest::of(currency);
            serde_json::to_string(&Paid { cost: of.whole(units), budget: None }).unwrap()
        };
        assert_eq!(said("EUR", 12.345), r#"{"cost":1235,"budget":null}"#);
        assert_eq!(said("JPY", 12.345), r#"{"cost":12,"budget":null}"#);
        assert_eq!(said("EUR", -0.01), r#"{"cost":-1,"budget":null}"#);
        assert_eq!(Smallest::of("EUR").units(250.0), 2.5);
        let kept = serde_json::to_string(&Paid { cost: 0.5, budget: Some(3.0) }).unwrap();
        assert_eq!(kept, r#"{"cost":0.5,"budget":3}"#);
    }
}
