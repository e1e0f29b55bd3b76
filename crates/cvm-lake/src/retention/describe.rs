//! The figures of the report, from the contracts and the curve.

use super::base::Base;
use super::doubt::{self, lifetime_of};
use super::remaining::{Remaining, rates};
use super::{ContractFiles, LakeError, Options, Retention, calendar};
use cvm_core::report::{Interval, MappedColumn, ModelParameters, ProblemCount};
use cvm_core::retention::{
    ContractRow, CurveCandidate, RenewalPeriod, RetentionHeadline, RetentionReport, RetentionRun, RetentionWarning,
    SurvivalPoint, TenureBand,
};
use cvm_models::contractual::kaplan_meier::KaplanMeier;
use cvm_models::contractual::retention::{Settings, empirical_retention};
use cvm_models::contractual::{Observation, RenewalTable};
use std::collections::BTreeMap;

/// What reading left behind.
pub(super) struct Evidence {
    pub(super) rows_read: u64,
    pub(super) rows_used: u64,
    pub(super) problems: Vec<ProblemCount>,
    pub(super) mapping: Vec<MappedColumn>,
}

/// Contracts shown as at risk.
const AT_RISK: usize = 20;
/// Share of rows with problems that deserves a warning, as in the main job.
const MANY_PROBLEMS: f64 = 0.05;
/// Losses below which little can be learned.
const FEW_LOSSES: u64 = 30;
/// Share of periods with the curve out of bounds that deserves a warning: chance alone gives a tenth.
const POOR_FIT: f64 = 0.34;

/// Everything the report shows.
pub(super) fn describe(
    base: &Base,
    fitted: &Retention,
    remaining: &Remaining,
    files: &ContractFiles,
    options: &Options,
    evidence: Evidence,
) -> Result<RetentionReport, LakeError> {
    let survival = survival(base, fitted, options)?;
    let headline = headline(base, fitted, remaining, options)?;
    let warnings = warnings(base, fitted, options, &evidence, (&survival, &headline));
    let date = |day: i32| calendar::date(day).to_string();
    let run = RetentionRun {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        files: options.files.clone(),
        rows_read: evidence.rows_read,
        rows_used: evidence.rows_used,
        shape: files.shape().name().to_owned(),
        as_of: base.as_of.map(date),
        first_day: base.first_day().map(date),
        period: options.period,
        horizon_periods: options.horizon_periods(),
        discount_rate: options.discount_rate,
        margin: options.margin.unwrap_or(1.0),
        currency: options.ingest.currency.clone(),
        model: fitted.curve.as_dyn().name().to_owned(),
    };
    Ok(RetentionReport {
        run,
        headline,
        survival,
        periods: periods(fitted),
        holdout_periods: fitted.holdout as u32,
        candidates: candidates(fitted),
        models: models(fitted),
        tenures: tenures(base, remaining),
        at_risk: at_risk(base, remaining),
        mapping: evidence.mapping,
        problems: evidence.problems,
        warnings,
    })
}

fn headline(
    base: &Base,
    fitted: &Retention,
    remaining: &Remaining,
    options: &Options,
) -> Result<RetentionHeadline, LakeError> {
    let horizon = options.horizon_periods();
    let lifetime = lifetime_of(&rates(fitted.curve.as_dyn(), horizon), horizon);
    let (margins, variance) = remaining.margins(base);
    let bounds = doubt::bounds(fitted, options, lifetime, (&margins, variance));
    let has_values = base.active().any(|row| base.rows[row].value.is_some());
    let active = base.active().count() as u64;
    Ok(RetentionHeadline {
        contracts: base.len() as u64,
        active,
        ended: base.len() as u64 - active,
        churn_rate: churn_rate(&fitted.table)?,
        expected_lifetime: bounds.lifetime,
        revenue_per_period: has_values.then(|| base.active().filter_map(|row| base.rows[row].value).sum()),
        residual_value: has_values.then_some(bounds.value),
        residual_value_endless: if has_values { remaining.endless(base) } else { None },
    })
}

/// All renewals that fell due together.
fn churn_rate(table: &RenewalTable) -> Result<Interval, LakeError> {
    let (due, lost) = (table.at_risk().iter().sum::<f64>(), table.lost().iter().sum::<f64>());
    let pooled = RenewalTable::from_counts(vec![due], vec![lost])?;
    let rows = empirical_retention(&pooled, Settings::default().confidence)?;
    let one = rows.first().copied().map_or((0.0, 0.0, 0.0), |r| (1.0 - r.retention, 1.0 - r.high, 1.0 - r.low));
    Ok(Interval { value: one.0, low: one.1, high: one.2 })
}

/// The curve as seen and as projected.
fn survival(base: &Base, fitted: &Retention, options: &Options) -> Result<Vec<SurvivalPoint>, LakeError> {
    let settings = options.settings();
    let mut lives: BTreeMap<(u32, bool), f64> = BTreeMap::new();
    for contract in &base.contracts {
        let tenure = settings.tenure(contract)?;
        *lives.entry((tenure.periods, tenure.ended)).or_default() += tenure.weight;
    }
    let lives: Vec<Observation> = lives
        .into_iter()
        .map(|((periods, ended), weight)| Observation { duration: f64::from(periods), ended, weight })
        .collect();
    let seen = KaplanMeier::fit(&lives, settings.confidence)?;
    let at = |period: u32| {
        let step = seen.steps().iter().take_while(|step| step.time <= f64::from(period)).last();
        let one = step.map_or((1.0, 1.0, 1.0), |s| (s.survival, s.low, s.high));
        Interval { value: one.0, low: one.1, high: one.2 }
    };
    let longest = fitted.table.periods() as u32;
    let start = Interval { value: 1.0, low: 1.0, high: 1.0 };
    let mut points = vec![SurvivalPoint { period: 0, seen: Some(at(0)), projected: start }];
    let projection = super::models::project(
        fitted.table.clone(),
        BTreeMap::new(),
        &Settings { project: longest.max(options.horizon_periods()), ..settings },
    )?;
    points.extend(projection.projection.iter().map(|p| SurvivalPoint {
        period: p.period,
        seen: (p.period <= longest).then(|| at(p.period)),
        projected: Interval { value: p.survival, low: p.low, high: p.high },
    }));
    Ok(points)
}

fn periods(fitted: &Retention) -> Vec<RenewalPeriod> {
    let curve = fitted.curve.as_dyn();
    let one = |p: &cvm_models::contractual::retention::RetentionPeriod| RenewalPeriod {
        period: p.period,
        due: p.at_risk,
        lost: p.lost,
        retention: Interval { value: p.retention, low: p.low, high: p.high },
        projected: curve.retention(p.period),
    };
    fitted.empirical.iter().map(one).collect()
}

fn candidates(fitted: &Retention) -> Vec<CurveCandidate> {
    let one = |c: &cvm_models::contractual::retention::Candidate| CurveCandidate {
        model: c.model.to_owned(),
        log_likelihood: c.log_likelihood,
        holdout_log_likelihood: c.holdout_log_likelihood,
        holdout_error: c.holdout_error,
        chosen: c.chosen,
        failure: c.failure.as_ref().map(ToString::to_string),
    };
    fitted.candidates.iter().map(one).collect()
}

/// The fitted curves, the chosen one first. A standard error that is not finite is left at 0: JSON has no other.
fn models(fitted: &Retention) -> Vec<ModelParameters> {
    let mut candidates: Vec<_> = fitted.candidates.iter().filter(|c| !c.estimates.is_empty()).collect();
    candidates.sort_by_key(|c| !c.chosen);
    let finite = |value: f64| if value.is_finite() { value } else { 0.0 };
    let parameters = |c: &cvm_models::contractual::retention::Candidate| {
        c.estimates.iter().map(|e| (e.name.clone(), e.value, finite(e.standard_error))).collect()
    };
    let one = |c: &cvm_models::contractual::retention::Candidate| ModelParameters {
        model: c.model.to_owned(),
        parameters: parameters(c),
        log_likelihood: c.log_likelihood.unwrap_or_default(),
        customers: fitted.table.customers(),
    };
    candidates.into_iter().map(one).collect()
}

/// Fewest periods completed of each band.
const BANDS: [u32; 9] = [0, 1, 4, 7, 13, 25, 37, 49, 61];

fn tenures(base: &Base, remaining: &Remaining) -> Vec<TenureBand> {
    let mut bands: Vec<TenureBand> = (0..BANDS.len())
        .map(|band| TenureBand {
            from: BANDS[band],
            to: BANDS.get(band + 1).map(|next| next - 1),
            contracts: 0,
            renew_next: 0.0,
            remaining_periods: 0.0,
            residual_value: None,
        })
        .collect();
    for row in base.active() {
        let band = BANDS.partition_point(|from| *from <= base.renewals[row]) - 1;
        let band = &mut bands[band];
        band.contracts += 1;
        band.renew_next += remaining.renew_next(base, row);
        band.remaining_periods += remaining.periods(base, row);
        if let Some(value) = remaining.value(base, row) {
            *band.residual_value.get_or_insert(0.0) += value;
        }
    }
    bands.retain(|band| band.contracts > 0);
    for band in &mut bands {
        band.renew_next /= band.contracts as f64;
        band.remaining_periods /= band.contracts as f64;
    }
    bands
}

fn at_risk(base: &Base, remaining: &Remaining) -> Vec<ContractRow> {
    let has_values = base.active().any(|row| base.rows[row].value.is_some());
    let loss = |row: usize| match has_values {
        true => remaining.at_stake(base, row).unwrap_or(0.0),
        false => 1.0 - remaining.renew_next(base, row),
    };
    let mut rows: Vec<(f64, usize)> = base.active().map(|row| (loss(row), row)).collect();
    let order = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if rows.len() > AT_RISK {
        rows.select_nth_unstable_by(AT_RISK, order);
        rows.truncate(AT_RISK);
    }
    rows.sort_by(order);
    let one = |(_, row): (f64, usize)| ContractRow {
        customer_id: base.rows[row].customer.clone(),
        start: base.rows[row].start.map(|day| calendar::date(day).to_string()),
        tenure_periods: base.tenure[row],
        renew_next: remaining.renew_next(base, row),
        remaining_periods: remaining.periods(base, row),
        value: base.rows[row].value,
        residual_value: remaining.value(base, row),
        value_at_stake: remaining.at_stake(base, row),
        reason: remaining.reason(base, row),
    };
    rows.into_iter().map(one).collect()
}

fn warnings(
    base: &Base,
    fitted: &Retention,
    options: &Options,
    evidence: &Evidence,
    (survival, headline): (&[SurvivalPoint], &RetentionHeadline),
) -> Vec<RetentionWarning> {
    let mut warnings = Vec::new();
    if fitted.holdout == 0 {
        warnings.push(RetentionWarning::NoHoldout);
    }
    let seen: Vec<&SurvivalPoint> = survival.iter().filter(|point| point.period > 0 && point.seen.is_some()).collect();
    let misses = |point: &&&SurvivalPoint| {
        point.seen.is_some_and(|seen| !(seen.low - 1e-9..=seen.high + 1e-9).contains(&point.projected.value))
    };
    let share = seen.iter().filter(misses).count() as f64 / seen.len().max(1) as f64;
    if share > POOR_FIT {
        warnings.push(RetentionWarning::PoorFit { share });
    }
    if headline.ended < FEW_LOSSES {
        warnings.push(RetentionWarning::FewLosses { contracts: headline.ended });
    }
    if options.horizon_periods() as usize > 2 * fitted.table.periods() {
        warnings.push(RetentionWarning::Extrapolated { seen: fitted.table.periods() as u32 });
    }
    let share = evidence.problems.iter().map(|p| p.rows).sum::<u64>() as f64 / evidence.rows_read.max(1) as f64;
    if share > MANY_PROBLEMS {
        warnings.push(RetentionWarning::ManyProblems { share });
    }
    if headline.residual_value.is_none() {
        warnings.push(RetentionWarning::NoValues);
    } else if options.margin.is_none() {
        warnings.push(RetentionWarning::NoMargin);
    }
    if let (Some(day), None) = (base.as_of, options.ingest.as_of) {
        warnings.push(RetentionWarning::AsOfFromFile { date: calendar::date(day).to_string() });
    }
    warnings
}
