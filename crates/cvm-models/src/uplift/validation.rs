//! What targeting by a model truly gains: scores by models that never saw the customer, and the effect on those they
//! would choose, with its interval.
//!
//! S. Wager (2024), "Sequential validation of treatment heterogeneity"; the idea for choosing whom to treat is A. R.
//! Luedtke & M. J. van der Laan's (2016), Annals of Statistics 44. Each part of the customers is scored by a model
//! fitted to the parts before it. Usual cross-fitting, where each part also teaches the models of all others, finds
//! something in pure noise three times as often as it should; a curve drawn on the customers a model learned
//! from finds them always.

use super::{Campaign, Uplift};
use crate::experiment::Effect;
use crate::experiment::arm::Arm;
use crate::experiment::difference::difference_of_means;
use crate::{ModelError, Result};
use rand::Rng;
use rand::seq::SliceRandom;

/// Scores of customers by models that did not see them.
#[derive(Debug, Clone, PartialEq)]
pub struct Unseen {
    /// The effect expected on each customer; `None` for those of the first part, whom no model comes before.
    pub scores: Vec<Option<f64>>,
    /// The part each is in, from 0.
    pub parts: Vec<u32>,
}

/// What choosing some customers gains over others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// Share of the scored customers chosen.
    pub share: f64,
    /// Effect per customer among the chosen.
    pub chosen: Effect,
    /// Effect per customer among the others.
    pub others: Effect,
    /// Per customer of the whole base: what treating the chosen brings beyond treating as many at random.
    pub over_random: Effect,
}

/// Splits customers at random into parts, with the same share of treated, and scores each but the first by a model
/// fitted to those before it.
///
/// # Errors
/// [`ModelError::Invalid`] for fewer than two parts, and the errors of the model.
pub fn score_unseen<M: Uplift, R: Rng>(
    campaign: &Campaign,
    parts: u32,
    mut fit: impl FnMut(&Campaign, &mut R) -> Result<M>,
    rng: &mut R,
) -> Result<Unseen> {
    campaign.check(2 * parts as usize)?;
    if parts < 2 {
        return Err(ModelError::invalid("parts", f64::from(parts), "at least 2"));
    }
    let mut assigned = vec![0; campaign.len()];
    for side in [true, false] {
        let mut mine = (0..campaign.len()).filter(|c| campaign.treated[*c] == side).collect::<Vec<_>>();
        mine.shuffle(rng);
        for (at, customer) in mine.into_iter().enumerate() {
            assigned[customer] = at as u32 % parts;
        }
    }
    let mut scores = vec![None; campaign.len()];
    for part in 1..parts {
        let before = (0..campaign.len()).filter(|c| assigned[*c] < part).collect::<Vec<_>>();
        let model = fit(&campaign.chosen(&before).borrowed(), rng)?;
        for (customer, score) in scores.iter_mut().enumerate().filter(|(c, _)| assigned[*c] == part) {
            *score = Some(model.effect(campaign.row(customer)));
        }
    }
    Ok(Unseen { scores, parts: assigned })
}

impl Unseen {
    /// The best share of each part: scores of different models need not be on one scale. `None` for who has no score.
    pub fn best(&self, share: f64) -> Vec<Option<bool>> {
        let mut chosen = vec![None; self.scores.len()];
        let parts = self.parts.iter().max().map_or(0, |last| last + 1);
        for part in 0..parts {
            let scored = self.scores.iter().enumerate().filter(|(c, _)| self.parts[*c] == part);
            let mut mine = scored.filter_map(|(c, score)| Some((c, (*score)?))).collect::<Vec<_>>();
            mine.sort_by(|a, b| b.1.total_cmp(&a.1));
            let best = (share.clamp(0.0, 1.0) * mine.len() as f64).round() as usize;
            for (rank, (customer, _)) in mine.into_iter().enumerate() {
                chosen[customer] = Some(rank < best);
            }
        }
        chosen
    }

    /// Those on whom the effect is expected to be above this: with cost by value of an outcome, those who pay.
    pub fn above(&self, effect: f64) -> Vec<Option<bool>> {
        self.scores.iter().map(|score| score.map(|score| score > effect)).collect()
    }
}

/// The effect on the chosen, on the others, and what choosing gains. Choose by [`Unseen`] scores, by a share or limit fixed
/// beforehand: the best of many shares is lucky as well as good. Customers without a choice are left out.
///
/// # Errors
/// [`ModelError::Invalid`] where chosen or others have fewer than two customers on a side.
pub fn gain(campaign: &Campaign, chosen: &[Option<bool>], confidence: f64) -> Result<Gain> {
    if chosen.len() != campaign.len() {
        return Err(ModelError::invalid("number of choices", chosen.len() as f64, "one a customer"));
    }
    let arm = |part: bool, side: bool| {
        let mine = (0..chosen.len()).filter(|c| chosen[*c] == Some(part) && campaign.treated[*c] == side);
        Arm::of(&mine.map(|c| campaign.outcomes[c]).collect::<Vec<_>>())
    };
    let effect = |part| difference_of_means(&arm(part, true)?, &arm(part, false)?, confidence);
    let (inside, outside) = (effect(true)?, effect(false)?);
    let share = chosen.iter().flatten().filter(|c| **c).count() as f64 / chosen.iter().flatten().count() as f64;
    // Chosen at random, the same share would have the mean effect of both parts.
    let error = inside.standard_error.hypot(outside.standard_error);
    let difference = Effect::new(inside.estimate - outside.estimate, error, f64::MAX, confidence)?;
    Ok(Gain { share, chosen: inside, others: outside, over_random: difference.times(share * (1.0 - share)) })
}

#[cfg(test)]
mod tests {
    use super::super::forest::{EffectForest, Settings};
    use super::super::learner::Learner;
    use super::super::testing::{campaign, true_effect};
    use super::super::two_models::TwoModels;
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn the_gain_holds_the_truth() {
        let seen = campaign(4_000, 11);
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let settings = Settings { trees: 100, ..Default::default() };
        let fitted =
            score_unseen(&seen.borrowed(), 5, |part, rng| EffectForest::fit(part, &settings, rng), &mut rng).unwrap();
        let chosen = fitted.best(0.3);
        assert_eq!(chosen.iter().filter(|c| c.is_none()).count(), 800, "the first part of five");
        let found = gain(&seen.borrowed(), &chosen, 0.95).unwrap();
        assert!((found.share - 0.3).abs() < 1e-3);
        let mean = |part: bool| {
            let rows = seen.rows.chunks_exact(4).zip(&chosen).filter(|(_, c)| **c == Some(part));
            let effects = rows.map(|(row, _)| true_effect(row)).collect::<Vec<_>>();
            effects.iter().sum::<f64>() / effects.len() as f64
        };
        let (inside, outside) = (mean(true), mean(false));
        assert!(found.chosen.low < inside && inside < found.chosen.high, "{found:?}, {inside}");
        assert!(found.others.low < outside && outside < found.others.high, "{found:?}, {outside}");
        // Effects are 4 u on a half: the best 30% could have 2.8 on average, all have 1.
        assert!(found.chosen.estimate > 2.4, "{found:?}");
        let truth = found.share * (1.0 - found.share) * (inside - outside);
        assert!(found.over_random.low < truth && truth < found.over_random.high);
        assert!(found.over_random.low > 0.3);
    }

    #[test]
    fn a_model_of_noise_gains_nothing() {
        // Without an effect, the interval of the gain holds 0 about 95 times of 100.
        let mut rng = Pcg64Mcg::seed_from_u64(5);
        let (mut wrong, mut lucky) = (0, 0);
        for _ in 0..1_000 {
            let rows = (0..600).map(|_| rng.random()).collect::<Vec<f64>>();
            let treated = (0..200).map(|_| rng.random()).collect::<Vec<bool>>();
            let outcomes = (0..200).map(|_| rng.random()).collect::<Vec<f64>>();
            let noise = Campaign { rows: &rows, columns: 3, outcomes: &outcomes, treated: &treated };
            let line = Learner::Linear(1.0);
            let fitted = score_unseen(&noise, 5, |part, rng| TwoModels::fit(part, &line, rng), &mut rng).unwrap();
            let found = gain(&noise, &fitted.best(0.5), 0.95).unwrap().over_random;
            wrong += u32::from(found.p_value < 0.05);
            lucky += u32::from(found.low > 0.0);
        }
        println!("{wrong} of 1,000 campaigns of noise with a gain or a loss, {lucky} with a gain");
        // scipy.stats.binom.ppf(0.975, 1000, 0.05 and 0.025).
        assert!(wrong <= 64 && lucky <= 35, "{wrong}, {lucky}");
    }

    #[test]
    fn choices_and_refusals() {
        let scores = [None, Some(0.1), Some(0.3), Some(-5.0), Some(-4.0)].to_vec();
        let fitted = Unseen { scores, parts: vec![0, 1, 1, 2, 2] };
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(fitted.best(0.5), [None, no, yes, no, yes]);
        assert_eq!(fitted.above(0.05), [None, yes, yes, no, no]);
        let seen = campaign(100, 1);
        assert!(gain(&seen.borrowed(), &[Some(true); 3], 0.95).is_err());
        assert!(gain(&seen.borrowed(), &[Some(true); 100], 0.95).is_err(), "there are no others");
    }
}
