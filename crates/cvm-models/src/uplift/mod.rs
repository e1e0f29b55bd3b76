//! Whom a treatment moves: the effect of a campaign on each kind of customer, learned from one that had a control group
//! drawn by lot.
//!
//! | question | file | reference |
//! |---|---|---|
//! | two models, one a group | [`two_models`] | Hansotia & Rukstales (2002) |
//! | two models that learn from each other | [`x_learner`] | Künzel et al. (2019) |
//! | trees that split where the effect changes | [`forest`] | Wager & Athey (2018) |
//! | how well are customers ranked | [`curves`] | Radcliffe (2007), Devriendt et al. (2020) |
//! | what does targeting gain, honestly | [`validation`] | |
//! | persuadables and the others | [`groups`] | |

pub mod curves;
pub mod forest;
pub mod groups;
pub mod learner;
pub mod linear;
mod tree;
pub mod two_models;
pub mod validation;
pub mod x_learner;

use crate::{ModelError, Result};

/// A finished campaign to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Campaign<'a> {
    /// What was known of customers before it, row-major.
    pub rows: &'a [f64],
    /// Numbers in a row.
    pub columns: usize,
    /// What came of it, one a customer: 1 for an answer, or money.
    pub outcomes: &'a [f64],
    /// Who got it, one a customer.
    pub treated: &'a [bool],
}

/// What knows the effect on a customer.
pub trait Uplift {
    /// Expected outcome with the treatment less without, for a row of as many columns as were learned from.
    fn effect(&self, row: &[f64]) -> f64;
}

impl<'a> Campaign<'a> {
    /// Customers.
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// One customer's row.
    ///
    /// # Panics
    /// Beyond the last customer.
    pub fn row(&self, customer: usize) -> &'a [f64] {
        &self.rows[customer * self.columns..][..self.columns]
    }

    /// Share of the treated.
    pub fn share_treated(&self) -> f64 {
        self.treated.iter().filter(|treated| **treated).count() as f64 / self.len() as f64
    }

    /// Refuses numbers that are not finite, lengths that do not fit, and a side with fewer than `least` customers.
    pub(crate) fn check(&self, least: usize) -> Result<()> {
        let n = self.len();
        if self.columns == 0 || self.rows.len() != n * self.columns {
            return Err(ModelError::invalid("numbers in rows", self.rows.len() as f64, "columns times customers"));
        }
        if self.treated.len() != n {
            return Err(ModelError::invalid("number of treatments", self.treated.len() as f64, "one a customer"));
        }
        if let Some(at) = self.rows.iter().position(|value| !value.is_finite()) {
            let name = format!("column {} of customer {}", at % self.columns + 1, at / self.columns + 1);
            return Err(ModelError::invalid(name, self.rows[at], "a finite number"));
        }
        if let Some(at) = self.outcomes.iter().position(|value| !value.is_finite()) {
            let name = format!("outcome of customer {}", at + 1);
            return Err(ModelError::invalid(name, self.outcomes[at], "a finite number"));
        }
        let treated = self.treated.iter().filter(|treated| **treated).count();
        if treated.min(n - treated) < least {
            return Err(ModelError::NotIdentified {
                model: "uplift",
                found: format!("{treated} treated customers and {} in the control group", n - treated),
                advice: "run the campaign with more customers on either side",
            });
        }
        Ok(())
    }

    /// These customers only.
    pub(crate) fn chosen(&self, customers: &[usize]) -> OwnedCampaign {
        OwnedCampaign {
            rows: customers.iter().flat_map(|c| self.row(*c)).copied().collect(),
            columns: self.columns,
            outcomes: customers.iter().map(|c| self.outcomes[*c]).collect(),
            treated: customers.iter().map(|c| self.treated[*c]).collect(),
        }
    }

    /// One side only.
    pub(crate) fn side(&self, treated: bool) -> OwnedCampaign {
        self.chosen(&(0..self.len()).filter(|c| self.treated[*c] == treated).collect::<Vec<_>>())
    }
}

/// A part of a campaign.
pub(crate) struct OwnedCampaign {
    pub rows: Vec<f64>,
    columns: usize,
    pub outcomes: Vec<f64>,
    treated: Vec<bool>,
}

impl OwnedCampaign {
    pub fn borrowed(&self) -> Campaign<'_> {
        Campaign { rows: &self.rows, columns: self.columns, outcomes: &self.outcomes, treated: &self.treated }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::OwnedCampaign;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, StandardNormal};
    use rand_pcg::Pcg64Mcg;

    /// The effect that [`campaign`] gives a customer: on a half of them none, on the others rising in the second column.
    pub fn true_effect(row: &[f64]) -> f64 {
        if row[0] > 0.5 { 4.0 * row[1] } else { 0.0 }
    }

    /// Customers with four columns between 0 and 1, of whom the last two say nothing of the effect, but much of the
    /// outcome or nothing at all.
    pub fn campaign(customers: usize, seed: u64) -> OwnedCampaign {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let mut found = OwnedCampaign { rows: Vec::new(), columns: 4, outcomes: Vec::new(), treated: Vec::new() };
        for _ in 0..customers {
            let row: [f64; 4] = std::array::from_fn(|_| rng.random());
            let treated = rng.random_bool(0.6);
            let noise: f64 = StandardNormal.sample(&mut rng);
            let effect = if treated { true_effect(&row) } else { 0.0 };
            found.outcomes.push(5.0 * row[2] + effect + noise);
            found.rows.extend(row);
            found.treated.push(treated);
        }
        found
    }

    /// Mean squared error of effects against the truth.
    pub fn error(campaign: &OwnedCampaign, effect: impl Fn(&[f64]) -> f64) -> f64 {
        let rows = campaign.rows.chunks_exact(4);
        let n = rows.len() as f64;
        rows.map(|row| (effect(row) - true_effect(row)).powi(2)).sum::<f64>() / n
    }
}
