//! Customer value statistics: who is still a customer, how often they will buy, how much they will spend, how long
//! a contract lasts, and which customers are alike.
//!
//! Slices of numbers go in, fitted models come out; nothing here does I/O or fetches randomness or time. One model is
//! one file, and opens with its reference. The shape is the same everywhere: `Settings` (a plain struct with
//! defaults), `fit`, a fitted model, predictions. Data are weighted, so that identical customers are one row.
//!
//! | question | model | file | reference |
//! |---|---|---|---|
//! | how often will they buy, are they still there | BG/NBD | [`noncontractual::bgnbd`] | Fader, Hardie & Lee (2005) |
//! | | MBG/NBD | [`noncontractual::mbgnbd`] | Batislam, Denizel & Filiztekin (2007) |
//! | | Pareto/NBD | [`noncontractual::pareto_nbd`] | Schmittlein, Morrison & Colombo (1987) |
//! | | the same by covariates | in their files | Fader & Hardie (2007) |
//! | | BG/BB, for given opportunities | [`noncontractual::bgbb`] | Fader, Hardie & Shang (2010) |
//! | how much is a purchase | Gamma-Gamma | [`noncontractual::gamma_gamma`] | Fader & Hardie (2013) |
//! | how sure are the parameters | NUTS, normal approximation | [`noncontractual::posterior`] | Hoffman & Gelman (2014) |
//! | how long does a contract last | sBG | [`contractual::shifted_beta_geometric`] | Fader & Hardie (2007) |
//! | | BdW | [`contractual::beta_discrete_weibull`] | Fader et al. (2018) |
//! | | Kaplan-Meier | [`contractual::kaplan_meier`] | Kaplan & Meier (1958) |
//! | what makes customers leave | Cox regression | [`contractual::cox`] | Cox (1972), Efron (1977) |
//! | | Weibull AFT | [`contractual::weibull_aft`] | Kalbfleisch & Prentice (2002) |
//! | who is alike | RFM scores and segments | [`segments::rfm`] | |
//! | | k-means | [`segments::kmeans`] | Lloyd (1982), Arthur & Vassilvitskii (2007) |
//! | what is a customer worth | formulas, acquisition, concentration | [`value`] | |
//! | what did a campaign earn | experiments: Welch, CUPED, looks, returns | [`experiment`] | in their files |
//! | on whom does it work | two models, X-learner, causal forest | [`uplift`] | Künzel et al. (2019), Wager & Athey (2018) |
//! | how likely is an answer | online Bayesian logistic regression | [`propensity`] | Chapelle & Li (2011) |
//! | who gets what within a budget | multiple-choice knapsack | [`allocation`] | Sinha & Zoltners (1979), Fisher (1981) |
//!
//! What will really be spent, chance included, is [`noncontractual::predictive`]; how good a forecast was,
//! [`noncontractual::calibration`]. All fits share [`fitting`].
//!
//! From purchases (day, cents) to the value of the next year, discounted by 1% a month:
//!
//! ```
//! use cvm_models::noncontractual::gamma_gamma::{self, Spend};
//! use cvm_models::noncontractual::summary::{Observation, summarise};
//! use cvm_models::noncontractual::{BuyTillYouDie, PurchaseProcess, bgnbd, collapse};
//! use cvm_models::value::formulas::discounted_value;
//!
//! let customers: [&[(i32, i64)]; 6] = [
//!     &[(0, 1900), (20, 2500), (45, 2100), (90, 2300), (160, 2000)],
//!     &[(3, 4000), (140, 5200)],
//!     &[(10, 1500)],
//!     &[(30, 900), (36, 1100), (41, 1000)],
//!     &[(60, 7000)],
//!     &[(80, 3000), (110, 2600), (150, 3300)],
//! ];
//! let observation = Observation::until(180);
//! let summaries: Vec<_> = customers.iter().filter_map(|c| summarise(c.iter().copied(), &observation)).collect();
//! let histories: Vec<_> = summaries.iter().map(|s| s.history).collect();
//! let (patterns, _) = collapse(&histories);
//! // Six customers say little; a slight penalty gives an answer all the same.
//! let buying = bgnbd::fit(&patterns, &bgnbd::Settings { penalty: 0.5, ..Default::default() })?.model;
//! let spend: Vec<_> = summaries
//!     .iter()
//!     .map(|s| Spend { purchases: s.history.frequency, mean: s.monetary, weight: 1.0 })
//!     .collect();
//! let spending = gamma_gamma::fit(&spend, &gamma_gamma::Settings { penalty: 0.5, ..Default::default() })?.model;
//!
//! // The first customer: alive, and if so with these purchases by the end of each month, at 30% margin.
//! let (history, spent) = (&histories[0], &spend[0]);
//! let alive = buying.probability_alive(history);
//! let future = buying.if_alive(history.frequency, history.age);
//! let by_month: Vec<f64> = (1..=12).map(|m| alive * future.expected_purchases(30.0 * f64::from(m))).collect();
//! let each = spending.expected_average_spend(spent.purchases, spent.mean)?;
//! let clv = discounted_value(&by_month, each, 0.3, 0.01)?;
//! assert!(clv > 1_000.0 && clv < 10_000.0, "cents: {clv}");
//! # Ok::<(), cvm_models::ModelError>(())
//! ```
//!
//! No NaN leaves this crate: what cannot be computed is a [`ModelError`] that names the input, the limit and a way on.

#![deny(missing_docs)]

pub mod allocation;
pub mod contractual;
pub mod error;
pub mod experiment;
pub mod fitting;
pub mod noncontractual;
pub mod numerics;
pub mod propensity;
pub mod segments;
#[cfg(test)]
mod testing;
pub mod uplift;
pub mod value;

pub use error::{ModelError, Result};
