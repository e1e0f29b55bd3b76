//! Forests of honest trees: of the effect of a treatment, with its error, and of an outcome.
//!
//! S. Wager & S. Athey (2018), "Estimation and inference of heterogeneous treatment effects using random forests", JASA
//! 113; splits by gradients and weights from all trees: S. Athey, J. Tibshirani & S. Wager (2019), "Generalized random
//! forests", Annals of Statistics 47. Outcomes are centred by a forest of their own first, which is what a customer does
//! anyway. The error is that of "little bags": trees that share a half of the customers are alike as far as these
//! customers matter. Ours rather than a crate's: none splits by the effect, and gradient boosting gives no error.

use super::tree::{Bins, Growth, Sums, Target, Tree};
use super::{Campaign, Uplift};
use crate::{ModelError, Result};
use rand::Rng;
use rand::seq::{SliceRandom, index};

/// How to grow a forest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Trees; an even number, as they come in bags of two.
    pub trees: usize,
    /// Fewest customers in a leaf, on each side for effects.
    pub leaf: usize,
    /// Longest way down.
    pub depth: usize,
    /// Columns tried at each split; `None` is the root of their number plus 20, the habit of causal forests.
    pub columns_tried: Option<usize>,
    /// Share of the customers that a tree sees.
    pub sample: f64,
    /// Most customers that a tree sees: more make it slower and hardly better.
    pub sample_most: usize,
    /// Whether outcomes are centred before effects are sought.
    pub centre: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { trees: 500, leaf: 20, depth: 20, columns_tried: None, sample: 0.4, sample_most: 50_000, centre: true }
    }
}

/// Effects of a treatment.
#[derive(Debug, Clone)]
pub struct EffectForest {
    trees: Vec<Tree>,
}

/// Expected outcomes.
#[derive(Debug, Clone)]
pub struct OutcomeForest {
    trees: Vec<Tree>,
}

/// The effect on one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Expected outcome with the treatment less without.
    pub effect: f64,
    /// Its standard error: how much it would differ if other customers had been drawn.
    pub standard_error: f64,
}

impl EffectForest {
    /// Learns from a campaign.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for numbers and settings out of their domain, [`ModelError::NotIdentified`] for fewer than
    /// ten times the smallest leaf on a side.
    pub fn fit(campaign: &Campaign, settings: &Settings, rng: &mut impl Rng) -> Result<Self> {
        campaign.check(10 * settings.leaf)?;
        settings.check()?;
        let bins = Bins::of(campaign);
        let centred;
        let outcomes = if settings.centre {
            let small = Settings { trees: settings.trees.min(100), ..*settings };
            let expected = grow(campaign, campaign.outcomes, &bins, Target::Outcome, &small, rng).1;
            centred = campaign.outcomes.iter().zip(expected).map(|(y, expected)| y - expected).collect::<Vec<_>>();
            &centred
        } else {
            campaign.outcomes
        };
        Ok(Self { trees: grow(campaign, outcomes, &bins, Target::Effect, settings, rng).0 })
    }

    /// The effect on a customer, with its error.
    pub fn estimate(&self, row: &[f64]) -> Estimate {
        let leaves = self.trees.iter().map(|tree| tree.leaf(row).means()).collect::<Vec<_>>();
        let all = mean(&leaves);
        let spread = all.treated * (1.0 - all.treated);
        let effect = (all.outcome_treated - all.treated * all.outcome) / spread;
        let level = all.outcome - effect * all.treated;
        // How each tree would move the effect.
        let moves = leaves.iter().map(|leaf| {
            let inside = leaf.outcome_treated - (level + effect) * leaf.treated;
            (inside - all.treated * (leaf.outcome - level - effect * leaf.treated)) / spread
        });
        let moves = moves.collect::<Vec<_>>();
        Estimate { effect, standard_error: little_bags(&moves).sqrt() }
    }
}

impl Uplift for EffectForest {
    fn effect(&self, row: &[f64]) -> f64 {
        let leaves = self.trees.iter().map(|tree| tree.leaf(row).means()).collect::<Vec<_>>();
        let all = mean(&leaves);
        (all.outcome_treated - all.treated * all.outcome) / (all.treated * (1.0 - all.treated))
    }
}

impl OutcomeForest {
    /// Learns the outcome, whoever was treated.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for numbers and settings out of their domain and no customers.
    pub fn fit(campaign: &Campaign, settings: &Settings, rng: &mut impl Rng) -> Result<Self> {
        campaign.check(0)?;
        settings.check()?;
        if campaign.len() < 4 {
            return Err(ModelError::invalid("number of customers", campaign.len() as f64, "at least 4"));
        }
        let bins = Bins::of(campaign);
        Ok(Self { trees: grow(campaign, campaign.outcomes, &bins, Target::Outcome, settings, rng).0 })
    }

    /// The expected outcome of a customer.
    pub fn outcome(&self, row: &[f64]) -> f64 {
        self.trees.iter().map(|tree| tree.leaf(row).means().outcome).sum::<f64>() / self.trees.len() as f64
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        if self.trees < 2 || !self.trees.is_multiple_of(2) {
            return Err(ModelError::invalid("trees", self.trees as f64, "an even number, at least 2"));
        }
        if self.leaf == 0 {
            return Err(ModelError::invalid("customers in a leaf", 0.0, "at least 1"));
        }
        if !(self.sample > 0.0 && self.sample <= 0.5) {
            return Err(ModelError::invalid("share a tree sees", self.sample, "a share above 0, up to a half"));
        }
        Ok(())
    }
}

/// The trees, and what those that did not see a customer expect of them.
fn grow(
    campaign: &Campaign,
    outcomes: &[f64],
    bins: &Bins,
    target: Target,
    settings: &Settings,
    rng: &mut impl Rng,
) -> (Vec<Tree>, Vec<f64>) {
    let n = campaign.len();
    let tried = settings.columns_tried.unwrap_or((campaign.columns as f64).sqrt().ceil() as usize + 20);
    let growth = Growth { target, leaf: settings.leaf, tried, depth: settings.depth };
    let sees = ((settings.sample * n as f64) as usize).clamp(2.min(n), settings.sample_most.max(2));
    let mut trees = Vec::with_capacity(settings.trees);
    let mut unseen = vec![(0.0, 0_u32); if target == Target::Outcome { n } else { 0 }];
    let mut seen = vec![false; n];
    for _ in 0..settings.trees / 2 {
        let bag = (n / 2).clamp(sees, (2 * settings.sample_most).max(sees));
        let bag: Vec<u32> = index::sample(rng, n, bag).iter().map(|customer| customer as u32).collect();
        for _ in 0..2 {
            let mut mine: Vec<u32> = index::sample(rng, bag.len(), sees).iter().map(|at| bag[at]).collect();
            mine.shuffle(rng);
            let tree = Tree::grow(campaign, outcomes, bins, &mut mine, &growth, rng);
            if !unseen.is_empty() {
                mine.iter().for_each(|customer| seen[*customer as usize] = true);
                for (customer, (sum, trees)) in unseen.iter_mut().enumerate().filter(|(customer, _)| !seen[*customer]) {
                    *sum += tree.leaf(campaign.row(customer)).means().outcome;
                    *trees += 1;
                }
                mine.iter().for_each(|customer| seen[*customer as usize] = false);
            }
            trees.push(tree);
        }
    }
    let mean = outcomes.iter().sum::<f64>() / n as f64;
    let expected = unseen.into_iter().map(|(sum, trees)| if trees > 0 { sum / f64::from(trees) } else { mean });
    (trees, expected.collect())
}

fn mean(leaves: &[Sums]) -> Sums {
    let n = leaves.len() as f64;
    let mut all = Sums::default();
    for leaf in leaves {
        all.treated += leaf.treated / n;
        all.outcome += leaf.outcome / n;
        all.outcome_treated += leaf.outcome_treated / n;
    }
    all
}

/// Variance of the mean over bags of two: between bags, less what is only the chance of single trees.
fn little_bags(moves: &[f64]) -> f64 {
    let bags = moves.len() as f64 / 2.0;
    let (mut between, mut within) = (0.0, 0.0);
    for pair in moves.chunks_exact(2) {
        let mean = (pair[0] + pair[1]) / 2.0;
        between += mean * mean / bags;
        // The variance of a mean of two trees within their bag.
        within += (pair[0] - pair[1]).powi(2) / 4.0 / bags;
    }
    let raw = between - within;
    // With few trees the difference may fall below 0: the mean of what it may truly be, given that it is above.
    let error = between.max(within) * (2.0 / bags).sqrt();
    if error == 0.0 {
        return 0.0;
    }
    let ratio = raw / error;
    let density = (-ratio * ratio / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let above = 0.5 * statrs::function::erf::erfc(-ratio * std::f64::consts::FRAC_1_SQRT_2);
    raw + error * density / above.max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{campaign, error, true_effect};
    use super::*;
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    const SMALL: Settings = Settings {
        trees: 200,
        leaf: 10,
        depth: 20,
        columns_tried: None,
        sample: 0.4,
        sample_most: 50_000,
        centre: true,
    };

    #[test]
    fn finds_on_whom_it_works() {
        let seen = campaign(4_000, 1);
        let forest = EffectForest::fit(&seen.borrowed(), &SMALL, &mut Pcg64Mcg::seed_from_u64(3)).unwrap();
        let fresh = campaign(2_000, 2);
        // The same effect for all would be off by the variance of the true effects, 1.67.
        let off = error(&fresh, |row| forest.effect(row));
        assert!(off < 0.15, "{off}");
        let plain = Settings { centre: false, ..SMALL };
        let uncentred = EffectForest::fit(&seen.borrowed(), &plain, &mut Pcg64Mcg::seed_from_u64(3)).unwrap();
        assert!(off < error(&fresh, |row| uncentred.effect(row)), "centring helps");
    }

    #[test]
    fn intervals_mostly_hold_the_truth() {
        let mut held = 0.0;
        let mut rng = Pcg64Mcg::seed_from_u64(5);
        // Away from the edges and the jump, where trees are biased.
        let points: Vec<[f64; 4]> =
            [0.2, 0.3, 0.7, 0.8].iter().flat_map(|a| [0.3, 0.5, 0.7].map(|b| [*a, b, 0.5, 0.5])).collect();
        for seed in 0..20 {
            let seen = campaign(2_000, 100 + seed);
            let forest = EffectForest::fit(&seen.borrowed(), &SMALL, &mut rng).unwrap();
            for point in &points {
                let found = forest.estimate(point);
                held += f64::from((found.effect - true_effect(point)).abs() < 1.96 * found.standard_error);
            }
        }
        let share = held / (20.0 * points.len() as f64);
        println!("{share} of 95% intervals held the truth");
        assert!((0.88..=0.99).contains(&share), "{share}");
    }

    #[test]
    fn nothing_to_find_finds_little() {
        let mut seen = campaign(4_000, 7);
        let effects =
            seen.rows.chunks_exact(4).zip(&seen.treated).map(|(row, t)| if *t { true_effect(row) } else { 0.0 });
        let effects = effects.collect::<Vec<_>>();
        seen.outcomes.iter_mut().zip(effects).for_each(|(y, effect)| *y -= effect);
        let forest = EffectForest::fit(&seen.borrowed(), &SMALL, &mut Pcg64Mcg::seed_from_u64(3)).unwrap();
        let off = seen.rows.chunks_exact(4).map(|row| forest.effect(row).powi(2)).sum::<f64>() / 4_000.0;
        assert!(off < 0.05, "{off}");
    }

    #[test]
    fn outcomes_are_learned() {
        let seen = campaign(4_000, 1);
        let control = seen.borrowed().side(false);
        let forest = OutcomeForest::fit(&control.borrowed(), &SMALL, &mut Pcg64Mcg::seed_from_u64(3)).unwrap();
        for level in [0.2, 0.5, 0.8] {
            let found = forest.outcome(&[0.5, 0.5, level, 0.5]);
            assert!((found - 5.0 * level).abs() < 0.3, "{found} at {level}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_forest() {
        let seen = campaign(1_000, 1);
        let of = |seed| {
            let settings = Settings { trees: 20, ..SMALL };
            let forest = EffectForest::fit(&seen.borrowed(), &settings, &mut Pcg64Mcg::seed_from_u64(seed)).unwrap();
            forest.estimate(&[0.7, 0.5, 0.5, 0.5])
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn refusals() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let few = campaign(100, 1);
        let error = EffectForest::fit(&few.borrowed(), &SMALL, &mut rng).unwrap_err().to_string();
        assert!(error.contains("treated customers and") && error.contains("run the campaign"), "{error}");
        let fine = campaign(1_000, 1);
        for bad in [Settings { trees: 3, ..SMALL }, Settings { leaf: 0, ..SMALL }, Settings { sample: 0.6, ..SMALL }] {
            assert!(EffectForest::fit(&fine.borrowed(), &bad, &mut rng).is_err(), "{bad:?}");
        }
    }
}
