//! What is believed of the answers to each treatment, in memory: made from what was saved, and from the outcomes since.
//!
//! Outcomes are the truth: they are learned from in the order of their numbers, by every server alike, so each comes to the same
//! models, and the models of any time can be made again. Saving one, once in [`SAVED_EVERY`] answers, only makes that short.

use super::features::{FEATURES, Feature};
use crate::contacts::Channel;
use crate::offers::{Offer, Treatment};
use crate::platform::database::Transaction;
use crate::platform::server::App;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use cvm_models::propensity::bank::{Bank, Scores};
use cvm_models::propensity::calibration::Calibration;
use cvm_models::propensity::group::starting_point;
use cvm_models::propensity::logistic::{Propensity, Score, Weight};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

/// Answers of a treatment from one saving to the next.
const SAVED_EVERY: u32 = 1_000;

/// Treatments asked for at once.
const ASKED: usize = 500;

/// What is believed of an offer before anything is known of its group: a twentieth accept, give or take a factor of three; and a
/// feature moves that by a fifth of a unit of log-odds.
const USUAL_SHARE: f64 = 0.05;
const LEVEL_VARIANCE: f64 = 1.0;
const FEATURE_VARIANCE: f64 = 0.04;

/// All models, and what scores those of a channel at once.
#[derive(Default)]
pub(super) struct Models {
    /// The last outcome that was learned from.
    pub learned: i64,
    kept: HashMap<i64, (Belief, Channel)>,
    banks: HashMap<Channel, Arranged>,
}

/// What is believed of a treatment.
#[derive(Debug, Clone)]
pub(super) struct Belief {
    pub model: Propensity,
    /// What its chances are corrected by; none before it is saved next, where it was begun before chances were corrected.
    pub calibration: Option<Calibration>,
    /// Answers since it was saved.
    unsaved: u32,
}

/// The treatments of a channel side by side.
struct Arranged {
    places: HashMap<i64, usize, foldhash::fast::RandomState>,
    bank: Bank,
    calibrations: Vec<Option<Calibration>>,
}

/// What is learned from an outcome.
pub(super) struct Lesson {
    pub seq: i64,
    pub treatment: i64,
    pub features: Vec<Feature>,
    pub answered: bool,
}

/// The log-odds of a channel's treatments.
pub(super) struct Odds<'a> {
    arranged: Option<&'a Arranged>,
    scores: Scores,
}

impl Odds<'_> {
    /// Of the treatment of this key, corrected.
    pub fn of(&self, key: i64) -> Option<Score> {
        let arranged = self.arranged?;
        let place = *arranged.places.get(&key)?;
        Some(corrected(self.scores.of(place), arranged.calibrations[place].as_ref()))
    }
}

fn corrected(score: Score, calibration: Option<&Calibration>) -> Score {
    calibration.map_or(score, |calibration| calibration.of(score))
}

impl Belief {
    /// A score of the model, corrected.
    pub fn corrected(&self, score: Score) -> Score {
        corrected(score, self.calibration.as_ref())
    }

    /// Learns: the correction from what the model says before it knows the answer, then the model. What cannot be learned from was
    /// refused when it was told.
    fn learn(&mut self, features: &[Feature], answered: bool) -> bool {
        if features.iter().any(|(feature, _)| *feature as usize >= FEATURES) {
            return false;
        }
        let score = self.model.score(features);
        if self.model.learn(features, answered).is_err() {
            return false;
        }
        if let Some(calibration) = &mut self.calibration {
            calibration.learn(score, answered);
        }
        self.unsaved += 1;
        true
    }
}

fn unknown() -> Vec<Weight> {
    let level = Weight { mean: (USUAL_SHARE / (1.0 - USUAL_SHARE)).ln(), variance: LEVEL_VARIANCE };
    let feature = Weight { mean: 0.0, variance: FEATURE_VARIANCE };
    [level].into_iter().chain(std::iter::repeat_n(feature, FEATURES)).collect()
}

impl Models {
    /// The log-odds of all treatments of a channel.
    pub fn odds(&self, channel: Channel, features: &[Feature]) -> Odds<'_> {
        let mut scores = Scores::default();
        let bank = self.banks.get(&channel);
        if let Some(arranged) = bank {
            arranged.bank.score(features, &mut scores);
        }
        Odds { arranged: bank, scores }
    }

    /// What is believed of a treatment.
    pub fn get(&self, key: i64) -> Option<&Belief> {
        self.kept.get(&key).map(|(belief, _)| belief)
    }

    /// Learns. Gives what is believed where it should be saved by now.
    pub fn learn(&mut self, lesson: &Lesson) -> Option<&Belief> {
        let (belief, channel) = self.kept.get_mut(&lesson.treatment)?;
        if !belief.learn(&lesson.features, lesson.answered) {
            return None;
        }
        let is_due = belief.unsaved >= SAVED_EVERY;
        if is_due {
            belief.unsaved = 0;
            belief.calibration = belief.calibration.or(uncorrected());
        }
        if let Some(arranged) = self.banks.get_mut(channel)
            && let Some(&place) = arranged.places.get(&lesson.treatment)
        {
            arranged.bank.learned(place, &belief.model, &lesson.features).ok()?;
            arranged.calibrations[place] = belief.calibration;
        }
        is_due.then_some(&*belief)
    }

    /// Which treatments are not known yet.
    fn missing(&self, treatments: &[(i64, Channel)]) -> Vec<(i64, Channel)> {
        treatments.iter().copied().filter(|(key, _)| !self.kept.contains_key(key)).collect()
    }

    /// Puts the models of these treatments side by side, channel by channel.
    pub fn arrange(&mut self, treatments: &[(i64, Channel)]) {
        self.banks.clear();
        for channel in Channel::ALL {
            let keys = treatments.iter().filter(|(_, of)| *of == channel).map(|(key, _)| *key);
            let keys: Vec<i64> = keys.filter(|key| self.kept.contains_key(key)).collect();
            let models: Vec<&Propensity> = keys.iter().map(|key| &self.kept[key].0.model).collect();
            if let Ok(bank) = Bank::of(&models) {
                let places = keys.iter().enumerate().map(|(place, key)| (*key, place)).collect();
                let calibrations = keys.iter().map(|key| self.kept[key].0.calibration).collect();
                self.banks.insert(channel, Arranged { places, bank, calibrations });
            }
        }
    }
}

/// The treatments of offers, by their keys.
pub(super) fn treatments(offers: &[Offer]) -> Vec<(i64, Channel)> {
    let of = |offer: &Offer| -> Vec<(i64, Channel)> {
        offer.draft.treatments.iter().map(|treatment| (treatment.key(offer.number), treatment.channel)).collect()
    };
    offers.iter().flat_map(of).collect()
}

/// Makes models for all treatments that have none, and reads those that are not in memory. One caller at a time, who learns
/// nothing meanwhile.
///
/// # Errors
/// What the database gives.
pub(super) async fn complete(
    app: &App,
    models: &std::sync::RwLock<Models>,
    offers: &[Offer],
) -> Result<(), sqlx::Error> {
    let all = treatments(offers);
    let (missing, learned) = {
        let models = models.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        (models.missing(&all), models.learned)
    };
    let channels: HashMap<i64, Channel> = missing.iter().copied().collect();
    let found = at(app, &missing.iter().map(|(key, _)| *key).collect::<Vec<_>>(), learned).await?;
    let new: Vec<i64> = missing.iter().map(|(key, _)| *key).filter(|key| !found.contains_key(key)).collect();
    let keep = |found: HashMap<i64, Belief>| {
        let mut models = models.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        models.kept.extend(found.into_iter().map(|(key, belief)| (key, (belief, channels[&key]))));
    };
    keep(found);
    if !new.is_empty() {
        begin(app, models, offers, &new).await?;
        keep(at(app, &new, learned).await?);
    }
    models.write().unwrap_or_else(std::sync::PoisonError::into_inner).arrange(&all);
    Ok(())
}

/// Makes models for treatments that have none: from what is known of their groups.
async fn begin(
    app: &App,
    models: &std::sync::RwLock<Models>,
    offers: &[Offer],
    new: &[i64],
) -> Result<(), sqlx::Error> {
    let rows = {
        let models = models.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let by_number: HashMap<i64, &Offer> = offers.iter().map(|offer| (offer.number, offer)).collect();
        let group = |offer: &Offer| (offer.draft.issue.clone(), offer.draft.group.clone());
        let mut starts: HashMap<(String, String), Vec<Weight>> = HashMap::new();
        let mut rows = Vec::new();
        for key in new {
            let Some(offer) = by_number.get(&Treatment::offer_of(*key)) else { continue };
            let start = starts.entry(group(offer)).or_insert_with(|| {
                let alike = offers.iter().filter(|other| group(other) == group(offer));
                let keys = alike.flat_map(|offer| offer.draft.treatments.iter().map(|it| it.key(offer.number)));
                let known: Vec<&Propensity> = keys.filter_map(|key| Some(&models.get(key)?.model)).collect();
                starting_point(&known, &unknown()).unwrap_or_else(|_| unknown())
            });
            rows.push((*key, written(start)));
        }
        rows
    };
    let mut transaction = app.database.begin().await?;
    let seq = super::store::lock(&mut transaction).await?;
    for (key, weights) in &rows {
        // Another server may have begun it a moment ago.
        let sql = "INSERT INTO propensity_models (treatment, seq, answers, prior, weights, calibration) \
                   SELECT $1, $2, 0, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM propensity_models WHERE treatment = $6)";
        let query = sqlx::query(sql).bind(key).bind(seq).bind(weights.as_str()).bind(weights.as_str());
        let query = query.bind(uncorrected().as_ref().map(written_calibration)).bind(key);
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// What was believed after the outcome of this number.
///
/// # Errors
/// What the database gives.
pub(super) async fn at(app: &App, keys: &[i64], seq: i64) -> Result<HashMap<i64, Belief>, sqlx::Error> {
    let mut found = HashMap::new();
    for keys in keys.chunks(ASKED) {
        let list = keys.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        // One that was begun later is as it began.
        let sql = format!(
            "SELECT treatment, seq, answers, prior, weights, calibration FROM propensity_models AS kept \
             WHERE treatment IN ({list}) AND seq = (SELECT coalesce(max(CASE WHEN seq <= {seq} THEN seq END), min(seq)) FROM propensity_models AS other \
             WHERE other.treatment = kept.treatment)"
        );
        let mut from = i64::MAX;
        let mut since: HashMap<i64, i64> = HashMap::new();
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(app.database.pool()).await? {
            let (key, kept): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            let (prior, weights) = (read(row.try_get(3)?)?, read(row.try_get(4)?)?);
            let answers = row.try_get::<i64, _>(2)? as f64;
            from = from.min(kept);
            since.insert(key, kept);
            let calibration = row.try_get::<Option<&str>, _>(5)?.map(read_calibration).transpose()?;
            let model = Propensity { weights, prior, answers };
            found.insert(key, Belief { model, calibration, unsaved: 0 });
        }
        if from >= seq {
            continue;
        }
        let sql = format!(
            "SELECT seq, treatment, features, answered FROM outcomes WHERE treatment IN ({list}) AND answered IS NOT NULL \
             AND seq > {from} AND seq <= {seq} ORDER BY seq"
        );
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(app.database.pool()).await? {
            let lesson = lesson(&row)?;
            if let (Some(belief), Some(since)) = (found.get_mut(&lesson.treatment), since.get(&lesson.treatment))
                && lesson.seq > *since
            {
                belief.learn(&lesson.features, lesson.answered);
            }
        }
    }
    Ok(found)
}

/// An outcome that is learned from: its number, the treatment, features, and the answer.
pub(super) fn lesson(row: &AnyRow) -> Result<Lesson, sqlx::Error> {
    Ok(Lesson {
        seq: row.try_get(0)?,
        treatment: row.try_get(1)?,
        features: crate::platform::database::json(row, 2)?,
        answered: row.try_get::<i64, _>(3)? == 1,
    })
}

/// Saves a model as it is after the outcome of this number.
pub(super) async fn save(
    transaction: &mut Transaction,
    (treatment, seq): (i64, i64),
    Belief { model, calibration, .. }: &Belief,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO propensity_models (treatment, seq, answers, prior, weights, calibration) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (treatment, seq) DO NOTHING";
    let query = sqlx::query(sql).bind(treatment).bind(seq).bind(model.answers.round() as i64);
    let query = query.bind(written(&model.prior)).bind(written(&model.weights));
    let query = query.bind(calibration.as_ref().map(written_calibration));
    query.execute(&mut **transaction).await.map(drop)
}

/// The chances that a treatment's model had told before each of its last answers, and what came.
#[derive(Default)]
pub(super) struct Foretold {
    /// By the model alone.
    pub plain: Vec<f64>,
    /// Corrected.
    pub corrected: Vec<f64>,
    pub answers: Vec<bool>,
}

/// What a treatment's model had told before each of so many answers, up to the outcome of this number.
///
/// # Errors
/// What the database gives.
pub(super) async fn foretold(app: &App, key: i64, limit: i64, seq: i64) -> Result<Foretold, sqlx::Error> {
    let sql = "SELECT seq FROM outcomes WHERE treatment = $1 AND answered IS NOT NULL AND seq <= $2 \
               ORDER BY seq DESC LIMIT 1 OFFSET $3";
    let row = sqlx::query(sql).bind(key).bind(seq).bind(limit).fetch_optional(app.database.pool()).await?;
    let from: i64 = row.map_or(Ok(0), |row| row.try_get(0))?;
    let (mut told, mut found) = (Foretold::default(), at(app, &[key], from).await?);
    let Some(belief) = found.get_mut(&key) else { return Ok(told) };
    let sql = "SELECT seq, treatment, features, answered FROM outcomes WHERE treatment = $1 AND answered IS NOT NULL \
               AND seq > $2 AND seq <= $3 ORDER BY seq";
    for row in sqlx::query(sql).bind(key).bind(from).bind(seq).fetch_all(app.database.pool()).await? {
        let Lesson { features, answered, .. } = lesson(&row)?;
        if features.iter().any(|(feature, _)| *feature as usize >= FEATURES) {
            continue;
        }
        let score = belief.model.score(&features);
        told.plain.push(score.chance());
        told.corrected.push(belief.corrected(score).chance());
        told.answers.push(answered);
        belief.learn(&features, answered);
    }
    Ok(told)
}

/// Corrects nothing yet.
fn uncorrected() -> Option<Calibration> {
    Calibration::none((USUAL_SHARE / (1.0 - USUAL_SHARE)).ln()).ok()
}

fn written_calibration(calibration: &Calibration) -> String {
    let Calibration { center, level, slope, precision: [a, b, c] } = *calibration;
    bytes_of([center, level, slope, a, b, c].into_iter())
}

fn read_calibration(text: &str) -> Result<Calibration, sqlx::Error> {
    match numbers_of(text)?.as_slice() {
        &[center, level, slope, a, b, c] => Ok(Calibration { center, level, slope, precision: [a, b, c] }),
        other => Err(sqlx::Error::Decode(format!("a calibration has {} numbers; expected 6", other.len()).into())),
    }
}

/// Bytes, not digits: what is read is what was written.
fn bytes_of(numbers: impl Iterator<Item = f64>) -> String {
    BASE64_STANDARD_NO_PAD.encode(numbers.flat_map(f64::to_le_bytes).collect::<Vec<u8>>())
}

fn numbers_of(text: &str) -> Result<Vec<f64>, sqlx::Error> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(text).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(bytes.chunks_exact(8).map(|bytes| bytes.try_into().map(f64::from_le_bytes).unwrap_or_default()).collect())
}

fn written(weights: &[Weight]) -> String {
    bytes_of(weights.iter().flat_map(|it| [it.mean, it.variance]))
}

fn read(text: &str) -> Result<Vec<Weight>, sqlx::Error> {
    let numbers = numbers_of(text)?;
    let weights: Vec<Weight> =
        numbers.chunks_exact(2).map(|both| Weight { mean: both[0], variance: both[1] }).collect();
    match weights.len() == FEATURES + 1 {
        true => Ok(weights),
        false => {
            Err(sqlx::Error::Decode(format!("a model has {} weights; expected {}", weights.len(), FEATURES + 1).into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_as_they_were_written() {
        let mut weights = unknown();
        weights[3] = Weight { mean: 1.0 / 3.0, variance: f64::MIN_POSITIVE };
        assert_eq!(read(&written(&weights)).unwrap(), weights);
        assert!(read("AAAA").is_err());
        let mut calibration = uncorrected().unwrap();
        calibration.learn(Score { mean: -2.0, variance: 0.5 }, true);
        assert_eq!(read_calibration(&written_calibration(&calibration)).unwrap(), calibration);
        assert!(read_calibration("AAAA").is_err());
    }
}
