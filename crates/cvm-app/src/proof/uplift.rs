//! Whom a campaign moves: three models of its effect on each customer, judged on customers they have not seen, and the best of them
//! asked about everybody. Pure.

use cvm_models::ModelError;
use cvm_models::uplift::curves::{area_under_uplift, qini_coefficient};
use cvm_models::uplift::forest::{EffectForest, Settings as Trees};
use cvm_models::uplift::groups::{Expectation, Group, Settings as Groups};
use cvm_models::uplift::learner::Learner;
use cvm_models::uplift::two_models::TwoModels;
use cvm_models::uplift::validation::{Gain, Unseen, gain, score_unseen};
use cvm_models::uplift::x_learner::XLearner;
use cvm_models::uplift::{Campaign, Uplift};
use rand::Rng;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Value columns that are known of a customer before a campaign.
pub(super) const COLUMNS: [&str; 10] = [
    "frequency",
    "recency_days",
    "age_days",
    "monetary",
    "revenue",
    "returns",
    "p_alive",
    "expected_purchases",
    "expected_spend",
    "clv",
];

/// Numbers in a customer's row: those columns, and whether anything was known of them.
pub(super) const WIDTH: usize = COLUMNS.len() + 1;

/// Customers on each side below which nothing is learned.
pub(super) const LEAST: u64 = 250;

/// Customers to learn from at most: more take long and teach little.
pub(super) const MOST: usize = 50_000;

/// Parts in which customers are judged by models of the parts before.
const PARTS: u32 = 5;

/// The share of customers on whom the gain of choosing is judged; set beforehand, since the best of many shares is lucky too.
pub(super) const SHARE: f64 = 0.3;

const PENALTY: f64 = 1.0;
const CONFIDENCE: f64 = 0.95;

/// How sure one has to be that a contact pays, or harms.
const SURENESS: f64 = 0.8;

/// A way to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UpliftMethod)]
pub enum Method {
    /// One regression of the treated and one of the control group.
    TwoModels,
    /// Two regressions that learn from each other.
    XLearner,
    /// Trees that split where the effect changes.
    Forest,
}

/// How good a model is, on customers it has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = UpliftQuality)]
pub struct Quality {
    /// How it was learned.
    pub method: Method,
    /// Qini coefficient of conversions: 0 at random, 1 at best; null where all or none converted.
    pub qini: Option<f64>,
    /// Area under the uplift curve of conversions, likewise.
    pub auuc: Option<f64>,
    /// Margin per customer that the campaign adds among the three tenths it would choose.
    pub chosen: super::results::Interval,
    /// Among the others.
    pub others: super::results::Interval,
    /// Per customer of all: what choosing adds over taking as many at random.
    pub gain: super::results::Interval,
}

/// A finished campaign.
pub(super) struct Finished {
    /// Row-major.
    pub rows: Vec<f64>,
    pub margins: Vec<f64>,
    pub converted: Vec<f64>,
    pub treated: Vec<bool>,
    /// Cost of a contact.
    pub cost: f64,
}

/// What was learned.
pub(super) struct Learned {
    pub qualities: Vec<Quality>,
    pub best: Method,
    model: Model,
    forest: EffectForest,
    outcomes: TwoModels,
    groups: Groups,
}

enum Model {
    Two(TwoModels),
    X(Box<XLearner>),
    Forest(EffectForest),
}

impl Uplift for Model {
    fn effect(&self, row: &[f64]) -> f64 {
        match self {
            Self::Two(model) => model.effect(row),
            Self::X(model) => model.effect(row),
            Self::Forest(model) => model.effect(row),
        }
    }
}

/// What is expected of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score {
    pub effect: f64,
    pub group: Group,
}

/// Trees for so many customers: the first model learns from one part of them only, and wants ten leaves on each side of it.
fn trees(smaller_side: usize) -> Trees {
    let usual = Trees::default();
    let leaf = (smaller_side / (10 * PARTS as usize)).clamp(5, usual.leaf);
    Trees { trees: 100, leaf, ..usual }
}

fn fit(method: Method, campaign: &Campaign<'_>, trees: &Trees, rng: &mut impl Rng) -> Result<Model, ModelError> {
    let line = Learner::Linear(PENALTY);
    Ok(match method {
        Method::TwoModels => Model::Two(TwoModels::fit(campaign, &line, rng)?),
        Method::XLearner => Model::X(Box::new(XLearner::fit(campaign, &line, &line, rng)?)),
        Method::Forest => Model::Forest(EffectForest::fit(campaign, trees, rng)?),
    })
}

/// Learns.
///
/// # Errors
/// What the models refuse: too few customers on a side.
pub(super) fn learn(finished: &Finished, rng: &mut impl Rng) -> Result<Learned, ModelError> {
    let campaign =
        Campaign { rows: &finished.rows, columns: WIDTH, outcomes: &finished.margins, treated: &finished.treated };
    let told = finished.treated.iter().filter(|treated| **treated).count();
    let trees = trees(told.min(finished.treated.len() - told));
    let mut qualities = Vec::new();
    for method in [Method::TwoModels, Method::XLearner, Method::Forest] {
        let unseen = score_unseen(&campaign, PARTS, |part, rng| fit(method, part, &trees, rng), rng)?;
        qualities.push(quality(method, &campaign, &finished.converted, &unseen)?);
    }
    let best = qualities.iter().max_by(|a, b| a.gain.estimate.total_cmp(&b.gain.estimate));
    let best = best.map_or(Method::Forest, |best| best.method);
    let outcomes = TwoModels::fit(&campaign, &Learner::Linear(PENALTY), rng)?;
    let forest = EffectForest::fit(&campaign, &trees, rng)?;
    let model = match best {
        Method::Forest => Model::Forest(forest.clone()),
        other => fit(other, &campaign, &trees, rng)?,
    };
    let control = finished.margins.iter().zip(&finished.treated).filter(|(_, treated)| !**treated);
    let (sum, count) = control.fold((0.0, 0.0), |(sum, count), (margin, _)| (sum + margin, count + 1.0));
    // Whoever brings as much as the mean without being told buys anyway.
    let groups = Groups { value: 1.0, cost: finished.cost, sureness: SURENESS, buys_anyway: sum / count };
    Ok(Learned { qualities, best, model, forest, outcomes, groups })
}

fn quality(method: Method, campaign: &Campaign<'_>, converted: &[f64], unseen: &Unseen) -> Result<Quality, ModelError> {
    let Gain { chosen, others, over_random, .. } = gain(campaign, &unseen.best(SHARE), CONFIDENCE)?;
    let (mut scores, mut outcomes, mut treated) = (Vec::new(), Vec::new(), Vec::new());
    for (at, score) in unseen.scores.iter().enumerate() {
        if let Some(score) = score {
            scores.push(*score);
            outcomes.push(converted[at]);
            treated.push(campaign.treated[at]);
        }
    }
    Ok(Quality {
        method,
        qini: qini_coefficient(&outcomes, &scores, &treated).ok(),
        auuc: area_under_uplift(&outcomes, &scores, &treated).ok(),
        chosen: super::results::Interval::of(&chosen),
        others: super::results::Interval::of(&others),
        gain: super::results::Interval::of(&over_random),
    })
}

impl Learned {
    /// What is expected of customers, a row each.
    ///
    /// # Errors
    /// Effects that are not finite.
    pub fn score(&self, rows: &[f64]) -> Result<Vec<Score>, ModelError> {
        let rows = rows.chunks_exact(WIDTH);
        let expectation = |row: &[f64]| Expectation {
            without: self.outcomes.without(row),
            effect: self.model.effect(row),
            standard_error: self.forest.estimate(row).standard_error,
        };
        let all: Vec<Expectation> = rows.map(expectation).collect();
        let groups = self.groups.groups(&all)?;
        Ok(all.iter().zip(groups).map(|(one, group)| Score { effect: one.effect, group }).collect())
    }
}

/// As in the database, attributes and words.
pub(super) fn group_name(group: Group) -> &'static str {
    match group {
        Group::Persuadable => "persuadable",
        Group::SureThing => "sure_thing",
        Group::LostCause => "lost_cause",
        Group::DoNotDisturb => "do_not_disturb",
    }
}

/// All of them.
pub(super) const GROUPS: [Group; 4] = [Group::Persuadable, Group::SureThing, Group::LostCause, Group::DoNotDisturb];

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    /// Customers of whom those with a high first column are moved, by 6, those with a low one driven away, by 4.
    fn finished(customers: usize, rng: &mut Pcg64Mcg) -> Finished {
        let (mut rows, mut margins, mut converted, mut treated) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..customers {
            let row: [f64; WIDTH] = std::array::from_fn(|_| rng.random());
            let told = rng.random_bool(0.5);
            let effect = if row[0] > 0.6 {
                6.0
            } else if row[0] < 0.2 {
                -4.0
            } else {
                0.0
            };
            let margin = 10.0 * row[1] + if told { effect } else { 0.0 } + rng.random_range(-3.0..3.0);
            margins.push(margin);
            converted.push(f64::from(u8::from(margin > 6.0)));
            treated.push(told);
            rows.extend(row);
        }
        Finished { rows, margins, converted, treated, cost: 1.0 }
    }

    #[test]
    fn it_learns_whom_it_moves_and_says_how_well() {
        let mut rng = Pcg64Mcg::seed_from_u64(6);
        let learned = learn(&finished(3_000, &mut rng), &mut rng).unwrap();
        assert_eq!(learned.qualities.len(), 3);
        let best = learned.qualities.iter().find(|quality| quality.method == learned.best).unwrap();
        // The best three tenths of them are moved by 6, the others by a mean of (0.1 x 6 - 0.2 x 4) / 0.7.
        assert!(best.chosen.low > 4.5 && best.others.high < 1.0 && best.gain.low > 0.5, "{best:?}");
        assert!(best.qini.unwrap() > 0.1 && best.auuc.unwrap() > 0.05, "{best:?}");
        let row = |first: f64, second: f64| {
            let mut row = [0.5; WIDTH];
            (row[0], row[1]) = (first, second);
            row
        };
        let rows = [row(0.8, 0.1), row(0.4, 0.9), row(0.4, 0.05), row(0.1, 0.5)].concat();
        let scores = learned.score(&rows).unwrap();
        let groups: Vec<&str> = scores.iter().map(|score| group_name(score.group)).collect();
        assert_eq!(groups, ["persuadable", "sure_thing", "lost_cause", "do_not_disturb"], "{scores:?}");
    }

    #[test]
    fn where_all_are_alike_choosing_gains_nothing_sure() {
        let mut rng = Pcg64Mcg::seed_from_u64(8);
        let mut all_alike = finished(1_500, &mut rng);
        for margin in &mut all_alike.margins {
            *margin = rng.random_range(0.0..10.0);
        }
        let learned = learn(&all_alike, &mut rng).unwrap();
        assert!(learned.qualities.iter().all(|quality| quality.gain.low < 0.0), "{:?}", learned.qualities);
        assert!(learn(&finished(60, &mut rng), &mut rng).is_err());
    }
}
