//! Persuadables, sure things, lost causes, do-not-disturb: four kinds of customers by what a contact earns on them.
//!
//! The quadrants of M. Lo (2002), "The true lift model", with limits by expected profit and its uncertainty: a customer is
//! persuadable only as far as the contact surely pays, and not to be disturbed only as far as it surely harms; for the
//! rest, what they do anyway decides the name, and the money is better kept.

use crate::contractual::kaplan_meier::normal_quantile;
use crate::{ModelError, Result};

/// What a contact earns on a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// The contact pays.
    Persuadable,
    /// Buys anyway; a contact adds too little to pay.
    SureThing,
    /// Does not buy anyway.
    LostCause,
    /// The contact drives them away.
    DoNotDisturb,
}

/// What counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Money that one more of the outcome is worth; 1 where the outcome is money.
    pub value: f64,
    /// Cost of a contact.
    pub cost: f64,
    /// Chance with which a contact has to pay (or to harm) before a customer is put into that group. 0.5 goes by the
    /// expectation alone.
    pub sureness: f64,
    /// Outcome without contact from which on a customer counts as one who buys anyway.
    pub buys_anyway: f64,
}

/// What is expected of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// Outcome without contact.
    pub without: f64,
    /// What the contact adds to it.
    pub effect: f64,
    /// Standard error of that.
    pub standard_error: f64,
}

impl Settings {
    /// The group of each customer.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a value or cost below 0, a sureness not from 0.5 to below 1, and expectations that are
    /// not finite.
    pub fn groups(&self, customers: &[Expectation]) -> Result<Vec<Group>> {
        let z = self.check()?;
        let bad = |e: &Expectation| ![e.without, e.effect, e.standard_error].iter().all(|x| x.is_finite());
        if let Some(at) = customers.iter().position(bad) {
            let name = format!("effect on customer {}", at + 1);
            return Err(ModelError::invalid(name, customers[at].effect, "finite, with a finite error"));
        }
        Ok(customers.iter().map(|customer| self.group(customer, z)).collect())
    }

    fn group(&self, customer: &Expectation, z: f64) -> Group {
        let doubt = z * customer.standard_error;
        if self.value * (customer.effect - doubt) > self.cost {
            Group::Persuadable
        } else if customer.effect + doubt < 0.0 {
            Group::DoNotDisturb
        } else if customer.without >= self.buys_anyway {
            Group::SureThing
        } else {
            Group::LostCause
        }
    }

    fn check(&self) -> Result<f64> {
        for (name, amount) in [("value of an outcome", self.value), ("cost of a contact", self.cost)] {
            if !(amount.is_finite() && amount >= 0.0) {
                return Err(ModelError::invalid(name, amount, "0 or more"));
            }
        }
        if !(self.sureness >= 0.5 && self.sureness < 1.0) {
            return Err(ModelError::invalid("sureness", self.sureness, "a chance from 0.5 to below 1"));
        }
        if self.sureness == 0.5 { Ok(0.0) } else { normal_quantile(2.0 * self.sureness - 1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings { value: 20.0, cost: 0.5, sureness: 0.8, buys_anyway: 0.3 };

    fn group(without: f64, effect: f64, standard_error: f64) -> Group {
        SETTINGS.groups(&[Expectation { without, effect, standard_error }]).unwrap()[0]
    }

    #[test]
    fn by_profit_and_doubt() {
        // A contact pays from an effect of 0.025 on; the 80% bound is 0.8416 errors away (scipy.stats.norm.ppf(0.8)).
        assert_eq!(group(0.1, 0.025 + 0.0842, 0.1), Group::Persuadable);
        assert_eq!(group(0.1, 0.025 + 0.0841, 0.1), Group::LostCause);
        assert_eq!(group(0.9, 0.025 + 0.0841, 0.1), Group::SureThing);
        assert_eq!(group(0.9, -0.0842, 0.1), Group::DoNotDisturb);
        assert_eq!(group(0.9, -0.0841, 0.1), Group::SureThing);
        assert_eq!(group(0.9, 0.3, 0.0), Group::Persuadable);
    }

    #[test]
    fn by_expectation_alone() {
        let settings = Settings { sureness: 0.5, ..SETTINGS };
        let customer = Expectation { without: 0.0, effect: 0.026, standard_error: 9.0 };
        assert_eq!(settings.groups(&[customer]).unwrap(), [Group::Persuadable]);
    }

    #[test]
    fn refusals() {
        let customer = Expectation { without: 0.0, effect: f64::NAN, standard_error: 0.0 };
        let error = SETTINGS.groups(&[customer]).unwrap_err().to_string();
        assert_eq!(error, "effect on customer 1 is NaN; expected finite, with a finite error");
        assert!(Settings { cost: -1.0, ..SETTINGS }.groups(&[]).is_err());
        assert!(Settings { sureness: 0.3, ..SETTINGS }.groups(&[]).is_err());
    }
}
