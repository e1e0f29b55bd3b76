//! Every figure of the retention job: what its `summary.json` holds and its report shows.
//!
//! Amounts are in the file's currency (major units); shares and probabilities are fractions of 1; times are counted in
//! periods of the contract. What is estimated is an [`Interval`].

use crate::reason::ContractReason;
use crate::report::{Interval, MappedColumn, ModelParameters, ProblemCount};
use serde::{Deserialize, Serialize};

/// The whole result.
#[derive(Debug, Clone, Serialize)]
pub struct RetentionReport {
    /// What was asked, of which data.
    pub run: RetentionRun,
    /// The figures of the base.
    pub headline: RetentionHeadline,
    /// How many are still there after each period, as seen and as projected, from period 0.
    pub survival: Vec<SurvivalPoint>,
    /// Who renewed at the end of each period.
    pub periods: Vec<RenewalPeriod>,
    /// Last periods of tenure on which the curves were judged; 0 where too few were seen.
    pub holdout_periods: u32,
    /// All curves tried, the simplest first.
    pub candidates: Vec<CurveCandidate>,
    /// The fitted curves.
    pub models: Vec<ModelParameters>,
    /// Active contracts by periods completed.
    pub tenures: Vec<TenureBand>,
    /// Active contracts with the largest loss expected at their next renewal (without values: the least likely to
    /// renew).
    pub at_risk: Vec<ContractRow>,
    /// How the columns of the files were read.
    pub mapping: Vec<MappedColumn>,
    /// Rows not used, by reason.
    pub problems: Vec<ProblemCount>,
    /// What the reader must know before trusting a figure.
    pub warnings: Vec<RetentionWarning>,
}

/// What was asked, of which data.
#[derive(Debug, Clone, Serialize)]
pub struct RetentionRun {
    /// Version of OpenCVM.
    pub version: String,
    /// The files, as named.
    pub files: Vec<String>,
    /// Rows read, used or not.
    pub rows_read: u64,
    /// Rows used.
    pub rows_used: u64,
    /// How the contracts were told: dates, tenure (periods and a flag) or survival (periods survived of periods seen).
    pub shape: String,
    /// Last day of observation; `None` where the files hold no dates.
    pub as_of: Option<String>,
    /// First day of a contract; `None` where the files hold no dates.
    pub first_day: Option<String>,
    /// Length of a period.
    pub period: Period,
    /// How many periods ahead remaining lifetimes and values look.
    pub horizon_periods: u32,
    /// Discount a year, as a fraction.
    pub discount_rate: f64,
    /// Margin on revenue, as a fraction; 1 where it was not said.
    pub margin: f64,
    /// ISO 4217 code where known.
    pub currency: Option<String>,
    /// The curve that projects.
    pub model: String,
}

/// The time from one renewal to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "unit", rename_all = "snake_case")]
pub enum Period {
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
    /// So many days.
    Days {
        /// How many.
        days: u32,
    },
}

impl Period {
    /// Its mean length in years.
    pub fn years(self) -> f64 {
        match self {
            Self::Week => 7.0 / 365.25,
            Self::Month => 1.0 / 12.0,
            Self::Year => 1.0,
            Self::Days { days } => f64::from(days) / 365.25,
        }
    }
}

/// The figures of the base.
#[derive(Debug, Clone, Serialize)]
pub struct RetentionHeadline {
    /// Contracts.
    pub contracts: u64,
    /// Those still active.
    pub active: u64,
    /// Those that have ended.
    pub ended: u64,
    /// Share that does not renew, all periods together.
    pub churn_rate: Interval,
    /// Periods that a new customer is expected to stay within the horizon, the first included.
    pub expected_lifetime: Interval,
    /// Revenue of all active contracts in one period, where values are known.
    pub revenue_per_period: Option<f64>,
    /// What the active contracts are expected to bring over the horizon: margin, discounted, from the next renewal on.
    pub residual_value: Option<Interval>,
    /// The same without an end; `None` where the discount is 0.
    pub residual_value_endless: Option<f64>,
}

/// One period of the survival curve.
#[derive(Debug, Clone, Serialize)]
pub struct SurvivalPoint {
    /// Renewals that fell due.
    pub period: u32,
    /// Share still there, as seen (Kaplan-Meier), with the bounds of the estimate; `None` beyond what was seen.
    pub seen: Option<Interval>,
    /// Share expected by the curve that was chosen, with the bounds that come from the doubt about its parameters.
    pub projected: Interval,
}

/// Renewals at the end of one period of tenure.
#[derive(Debug, Clone, Serialize)]
pub struct RenewalPeriod {
    /// Period of tenure, from 1.
    pub period: u32,
    /// Contracts that came to its end.
    pub due: f64,
    /// Those of them that ended.
    pub lost: f64,
    /// Share that renewed, with Wilson's bounds.
    pub retention: Interval,
    /// Share by the curve that was chosen.
    pub projected: f64,
}

/// One curve tried.
#[derive(Debug, Clone, Serialize)]
pub struct CurveCandidate {
    /// Its name.
    pub model: String,
    /// Log-likelihood on all periods.
    pub log_likelihood: Option<f64>,
    /// Log-likelihood of the periods held out, by the fit to those before; higher is better.
    pub holdout_log_likelihood: Option<f64>,
    /// Mean absolute error of the retention of the periods held out.
    pub holdout_error: Option<f64>,
    /// Whether it projects.
    pub chosen: bool,
    /// Why it could not be fitted, where so.
    pub failure: Option<String>,
}

/// Active contracts of like tenure.
#[derive(Debug, Clone, Serialize)]
pub struct TenureBand {
    /// Fewest periods completed.
    pub from: u32,
    /// Most periods completed; `None` for the last band.
    pub to: Option<u32>,
    /// Active contracts.
    pub contracts: u64,
    /// Mean probability that the next renewal comes.
    pub renew_next: f64,
    /// Mean periods expected over the horizon.
    pub remaining_periods: f64,
    /// Residual value of all, where values are known.
    pub residual_value: Option<f64>,
}

/// One contract as a line of the report.
#[derive(Debug, Clone, Serialize)]
pub struct ContractRow {
    /// As in the file.
    pub customer_id: String,
    /// First day, where known.
    pub start: Option<String>,
    /// Periods so far.
    pub tenure_periods: f64,
    /// Probability that the next renewal comes.
    pub renew_next: f64,
    /// Periods expected over the horizon.
    pub remaining_periods: f64,
    /// Revenue a period, where known.
    pub value: Option<f64>,
    /// Expected margin over the horizon, discounted.
    pub residual_value: Option<f64>,
    /// What is expected to be lost at the next renewal: the chance of leaving times what a renewal would bring.
    pub value_at_stake: Option<f64>,
    /// Why.
    pub reason: ContractReason,
}

/// What the reader must know.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RetentionWarning {
    /// Too few periods were seen to hold any out.
    NoHoldout,
    /// The curve misses the bounds of what was seen in this share of periods.
    PoorFit {
        /// Of all periods seen.
        share: f64,
    },
    /// Few contracts have ended.
    FewLosses {
        /// How many.
        contracts: u64,
    },
    /// The horizon reaches far beyond the longest tenure seen.
    Extrapolated {
        /// Longest tenure seen, in periods.
        seen: u32,
    },
    /// A sizeable share of rows could not be used.
    ManyProblems {
        /// Of all rows.
        share: f64,
    },
    /// The files do not say what a contract brings.
    NoValues,
    /// No margin was given: value is revenue, not profit.
    NoMargin,
    /// The end of observation is the last date in the files; who left later is not known.
    AsOfFromFile {
        /// That day.
        date: String,
    },
}
