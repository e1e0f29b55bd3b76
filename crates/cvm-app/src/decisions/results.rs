//! How an offer does, and how good its models are.

use super::features::NAMES;
use super::models::{self, Belief};
use super::store::{self, Counters};
use crate::contacts::Channel;
use crate::offers::{self, Offer};
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use cvm_models::propensity::quality::{Quality, quality};
use serde::Serialize;
use utoipa::ToSchema;

/// Answers by which a model is judged at most: the last ones.
const JUDGED: i64 = 20_000;

/// Bars of the table of chances.
const BINS: usize = 10;

/// How an offer does.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfferResults {
    /// Of all its decisions and outcomes.
    pub counters: Counters,
    /// The currency of the amounts.
    pub currency: String,
    /// What it has cost: contacts, rewards and discounts, as they were expected.
    pub spent: f64,
    /// The margin that is expected of what was accepted, before cost.
    pub earned: f64,
    /// Its models.
    pub treatments: Vec<TreatmentResults>,
}

/// The model of a treatment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TreatmentResults {
    /// The treatment's number.
    pub number: i64,
    /// By which way.
    pub channel: Channel,
    /// Answers that it has learned from.
    pub answers: f64,
    /// The chance that a customer of whom nothing is known accepts.
    pub chance: f64,
    /// How good the chances were that it told before the answers came; null without answers.
    pub quality: Option<ModelQuality>,
    /// What its chances are corrected by; null without answers, or before that begins.
    pub correction: Option<Correction>,
    /// What moves the chance most, in log-odds for one more of the feature.
    pub weights: Vec<FeatureWeight>,
}

/// By what the chances of a model are corrected, and what that is worth.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ChanceCorrection)]
pub struct Correction {
    /// Log-odds that are added; 0 corrects nothing.
    pub level: f64,
    /// By how much log-odds beyond those of a usual customer are stretched; 1 corrects nothing.
    pub slope: f64,
    /// How good the chances of the model alone would have been, told before each answer.
    pub before: ModelQuality,
    /// How good they are as corrected by what was known before each answer.
    pub after: ModelQuality,
}

/// How good chances were.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModelQuality {
    /// Answers compared.
    pub answers: usize,
    /// The mean of the chances told.
    pub predicted: f64,
    /// The share that accepted.
    pub observed: f64,
    /// Mean squared distance of chance and answer.
    pub brier: f64,
    /// How much better than telling everyone the share that accepted: above 0 is worth having.
    pub brier_skill: f64,
    /// Mean negative log-likelihood.
    pub log_loss: f64,
    /// Mean distance of chances told and shares found, over the table.
    pub calibration_error: f64,
    /// Chance that who accepted was told the higher of two chances; null where all or none accepted.
    pub ranking: Option<f64>,
    /// Chances by size, and what came true.
    pub table: Vec<ChanceBin>,
}

/// Predictions of about the same chance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChanceBin {
    /// The lowest chance.
    pub from: f64,
    /// The highest chance.
    pub to: f64,
    /// How many.
    pub answers: usize,
    /// The mean of the chances told.
    pub predicted: f64,
    /// The share that accepted.
    pub observed: f64,
}

/// What a feature does to the chance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FeatureWeight {
    /// Its name.
    pub feature: String,
    /// Log-odds for one more of it.
    pub weight: f64,
    /// By how much that may be off: a standard deviation.
    pub deviation: f64,
}

impl From<Quality> for ModelQuality {
    fn from(quality: Quality) -> Self {
        let bin = |bin: cvm_models::propensity::quality::Bin| ChanceBin {
            from: bin.from,
            to: bin.to,
            answers: bin.predictions,
            predicted: bin.predicted,
            observed: bin.observed,
        };
        Self {
            answers: quality.predictions,
            predicted: quality.predicted,
            observed: quality.observed,
            brier: quality.brier,
            brier_skill: quality.brier_skill,
            log_loss: quality.log_loss,
            calibration_error: quality.calibration_error,
            ranking: quality.ranking,
            table: quality.table.into_iter().map(bin).collect(),
        }
    }
}

/// How an offer does.
///
/// # Errors
/// 404 where there is no such offer, and what the database gives.
pub async fn results(app: &App, id: &str) -> Result<OfferResults> {
    let offer = offers::get(app, id).await?;
    super::round(app).await?;
    app.decisions.flush().await;
    let counters = store::counters(app, &[offer.number]).await?.remove(&offer.number).unwrap_or_default();
    let mut treatments = Vec::new();
    for treatment in &offer.draft.treatments {
        treatments.push(of_treatment(app, &offer, treatment).await?);
    }
    Ok(OfferResults {
        currency: app.config.currency.clone(),
        spent: counters.spent as f64 / 10_000.0,
        earned: counters.earned as f64 / 10_000.0,
        counters,
        treatments,
    })
}

async fn of_treatment(app: &App, offer: &Offer, treatment: &offers::Treatment) -> Result<TreatmentResults> {
    const WEIGHTS: usize = 5;
    let key = treatment.key(offer.number);
    let (chances, answers) = store::told(app, key, JUDGED).await?;
    let judged = match chances.is_empty() {
        true => None,
        false => Some(quality(&chances, &answers, BINS).map_err(|error| Problem::internal(&error))?.into()),
    };
    let belief = app.decisions.belief(key);
    let correction = match &belief {
        Some((Belief { calibration: Some(calibration), .. }, learned)) => {
            let told = models::foretold(app, key, JUDGED, *learned).await?;
            let judged = |chances: &[f64]| quality(chances, &told.answers, BINS).ok().map(ModelQuality::from);
            let both = judged(&told.plain).zip(judged(&told.corrected));
            both.map(|(before, after)| Correction { level: calibration.level, slope: calibration.slope, before, after })
        }
        _ => None,
    };
    let model = belief.as_ref().map(|(belief, _)| &belief.model);
    let mut weights: Vec<FeatureWeight> = Vec::new();
    if let Some(model) = model {
        for (name, weight) in NAMES.iter().zip(&model.weights[1..]) {
            let deviation = weight.variance.sqrt();
            // What may as well be nothing says nothing.
            if weight.mean.abs() > 2.0 * deviation {
                weights.push(FeatureWeight { feature: (*name).to_owned(), weight: weight.mean, deviation });
            }
        }
    }
    weights.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    weights.truncate(WEIGHTS);
    Ok(TreatmentResults {
        number: treatment.number,
        channel: treatment.channel,
        answers: model.map_or(0.0, |model| model.answers),
        chance: belief.as_ref().map_or(0.0, |(belief, _)| belief.corrected(belief.model.score(&[])).chance()),
        quality: judged,
        correction,
        weights,
    })
}
