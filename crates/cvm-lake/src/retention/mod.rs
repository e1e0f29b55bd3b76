//! The retention job: from files of contracts to how long customers stay and what the active ones will still bring.
//!
//! [`retention`] is the whole of it, step by step; like the main job it fills a folder aside ([`Output`]), to which the
//! caller may add before it is put in place.

mod base;
mod describe;
mod doubt;
mod remaining;
#[cfg(test)]
mod tests;

use crate::LakeError;
use crate::analyze::{Progress, Step};
use crate::features::calendar;
use crate::ingest::contracts::{self, ContractFiles, Shape};
use crate::ingest::{self, ProblemLog, SavedMapping};
use crate::output::{self, OURS, Output, TableWriter, json};
use base::Base;
use cvm_core::Language;
use cvm_core::columns;
use cvm_core::report::ProblemCount;
use cvm_core::retention::{Period, RetentionReport};
use cvm_core::text::Words;
use cvm_models::contractual::retention::{self as models, Retention};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, StringArray};
use datafusion::arrow::record_batch::RecordBatch;
use remaining::Remaining;
use std::ops::Range;
use std::sync::Arc;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files, patterns, or "-" for standard input.
    pub files: Vec<String>,
    /// How they are read; the columns are those of [`ingest::Role::CONTRACT`].
    pub ingest: ingest::Options,
    /// The time from one renewal to the next.
    pub period: Period,
    /// How far ahead to look, in days.
    pub horizon_days: u32,
    /// Discount a year, as a fraction.
    pub discount_rate: f64,
    /// Margin on revenue, as a fraction; `None` counts revenue.
    pub margin: Option<f64>,
    /// Last periods of tenure to judge the curves by; `None` for a third of those seen.
    pub holdout: Option<u32>,
    /// Language of the words in the results.
    pub language: Language,
    /// Whether to write `contracts.csv` too.
    pub csv: bool,
    /// Seed of everything random.
    pub seed: u64,
}

impl Options {
    /// Checks what no file can make right.
    fn check(&self) -> Result<(), LakeError> {
        let wrong = |message: String| Err(LakeError::Option(message));
        if !(1..=36_525).contains(&self.horizon_days) {
            return wrong(format!("the horizon is {} days; expected 1 day to 100 years", self.horizon_days));
        }
        if !(0.0..=1.0).contains(&self.discount_rate) {
            return wrong(format!("the discount is {}; expected a yearly rate from 0 to 1", self.discount_rate));
        }
        if let Period::Days { days } = self.period
            && !(1..=3653).contains(&days)
        {
            return wrong(format!("the period is {days} days; expected 1 to 3653"));
        }
        match self.margin {
            Some(margin) if !(margin > 0.0 && margin <= 1.0) => {
                wrong(format!("the margin is {margin}; expected a share of revenue above 0 and up to 1"))
            }
            _ => Ok(()),
        }
    }

    /// The horizon in periods, one at least.
    fn horizon_periods(&self) -> u32 {
        (f64::from(self.horizon_days) / 365.25 / self.period.years()).round().max(1.0) as u32
    }

    fn discount_per_period(&self) -> f64 {
        (1.0 + self.discount_rate).powf(self.period.years()) - 1.0
    }

    /// As the models are told. Durations are in periods. A discount of nothing would make an endless sum, which is
    /// never asked for then.
    fn settings(&self) -> models::Settings {
        models::Settings {
            period: 1.0,
            holdout: self.holdout.map(|periods| periods as usize),
            project: self.horizon_periods(),
            margin: self.margin.unwrap_or(1.0),
            discount: self.discount_per_period().max(1e-6),
            ..models::Settings::default()
        }
    }
}

/// Does the job: the report, and the choices of reading that can be saved. The results stand in `output`, not yet in
/// place.
///
/// # Errors
/// [`LakeError`] for anything that the user can change; then `output` is to be dropped.
pub fn retention(
    options: &Options,
    output: &Output,
    progress: &Progress,
) -> Result<(RetentionReport, SavedMapping), LakeError> {
    options.check()?;
    progress.enter(Step::Look, 0);
    let files = contracts::open(&options.files, &options.ingest)?;
    progress.enter(Step::Read, files.bytes_total());
    let log = ProblemLog::create(&output.path("problems.parquet"))?;
    let rows = files.read(&log, &progress.done)?;
    let (rows_read, rows_used) = (log.rows_read(), log.rows_used());
    let problems = log.finish().map_err(LakeError::from)?;
    if rows.is_empty() {
        return Err(LakeError::NoContracts { reasons: reasons(&problems) });
    }
    let base = Base::new(rows, files.shape(), options);

    progress.enter(Step::Choose, 0);
    let settings = options.settings();
    let fitted = models::analyse(&base.contracts, &settings)?;
    progress.enter(Step::Score, 0);
    let remaining = Remaining::of(&base, &fitted, options)?;
    let evidence = describe::Evidence { rows_read, rows_used, problems, mapping: files.mapped_columns() };
    let report = describe::describe(&base, &fitted, &remaining, &files, options, evidence)?;
    progress.enter(Step::Write, 0);
    write(&base, &remaining, &report, options, output)?;
    Ok((report, files.to_saved().clone()))
}

fn reasons(problems: &[ProblemCount]) -> String {
    let words = Words::new(Language::En);
    let said: Vec<String> =
        problems.iter().map(|problem| format!("{} ({})", words.problem(&problem.reason), problem.rows)).collect();
    if said.is_empty() { "the files have no rows".to_owned() } else { said.join(", ") }
}

/// Contracts written at once.
const ROWS: usize = 65_536;

fn write(
    base: &Base,
    remaining: &Remaining,
    report: &RetentionReport,
    options: &Options,
    output: &Output,
) -> Result<(), LakeError> {
    output.add(OURS, &json(report)?)?;
    let mut table = TableWriter::create(output, "contracts", output::schema(columns::CONTRACT), options.csv)?;
    let words = Words::new(options.language);
    for start in (0..base.len()).step_by(ROWS) {
        table.write(&batch(base, remaining, start..(start + ROWS).min(base.len()), words)?)?;
    }
    table.close()
}

/// One batch of contracts, column by column, each found by its name in the catalogue.
fn batch(base: &Base, remaining: &Remaining, rows: Range<usize>, words: Words) -> Result<RecordBatch, LakeError> {
    let numbers =
        |of: &dyn Fn(usize) -> Option<f64>| -> ArrayRef { Arc::new(Float64Array::from_iter(rows.clone().map(of))) };
    let column = |name: &str| -> Result<ArrayRef, LakeError> {
        Ok(match name {
            "customer_id" => Arc::new(StringArray::from_iter_values(rows.clone().map(|i| &base.rows[i].customer))),
            "start" => Arc::new(Date32Array::from_iter(rows.clone().map(|i| base.rows[i].start))),
            "tenure_periods" => numbers(&|i| Some(base.tenure[i])),
            "active" => Arc::new(BooleanArray::from_iter(rows.clone().map(|i| Some(base.is_active(i))))),
            "renewals" => Arc::new(Int32Array::from_iter_values(rows.clone().map(|i| base.renewals[i] as i32))),
            "p_renew_next" => numbers(&|i| Some(remaining.renew_next(base, i))),
            "expected_remaining_periods" => numbers(&|i| Some(remaining.periods(base, i))),
            "residual_value" => numbers(&|i| remaining.value(base, i)),
            "reason" => {
                output::sentences(rows.clone().map(|i| remaining.reason(base, i)), |r| words.contract_reason(r))
            }
            other => return Err(LakeError::Internal(format!("column `{other}` of the catalogue is not computed"))),
        })
    };
    let schema = output::schema(columns::CONTRACT);
    let arrays = schema.fields().iter().map(|field| column(field.name())).collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema, arrays)?)
}
