//! Every figure of the main job: what `summary.json` holds and the report shows.
//!
//! Amounts are in the file's currency (major units); shares and probabilities are fractions of 1; dates are ISO 8601
//! local days. What is estimated is an [`Interval`].

use crate::reason::Reason;
use serde::{Deserialize, Serialize};

/// An estimate with its 90% bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate: an expected value.
    pub value: f64,
    /// 5% of outcomes lie below; equal to `value` where uncertainty was switched off.
    pub low: f64,
    /// 5% of outcomes lie above.
    pub high: f64,
}

/// The whole result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// What was asked, of which data.
    pub run: Run,
    /// The figures of the base.
    pub headline: Headline,
    /// How unevenly past revenue is spread over customers.
    pub revenue_concentration: Concentration,
    /// How unevenly future value is.
    pub clv_concentration: Concentration,
    /// Customers by recency score and frequency score, every cell of the 5 by 5 grid.
    pub rfm_grid: Vec<RfmCell>,
    /// The RFM segments that have customers, most valuable first.
    pub segments: Vec<Group>,
    /// Value tiers by CLV, best first.
    pub tiers: Vec<Group>,
    /// Clusters found by behaviour, most valuable first; empty where the base is too small.
    pub clusters: Vec<Cluster>,
    /// Customers by the month of their first purchase.
    pub cohorts: Vec<Cohort>,
    /// Customers of high past value who are probably gone, highest loss first.
    pub leaving: Vec<CustomerRow>,
    /// Customers with the highest CLV.
    pub best: Vec<CustomerRow>,
    /// Where costs are known.
    pub profit: Option<Profit>,
    /// Distribution of CLV over customers.
    pub clv_histogram: Vec<Bin>,
    /// How the model did on purchases it had not seen; absent where the data are too short to split.
    pub validation: Option<Validation>,
    /// The fitted models that predict.
    pub models: Vec<ModelParameters>,
    /// What else was known of customers, where a file of it was given.
    pub covariates: Option<Covariates>,
    /// How the columns of the files were read.
    pub mapping: Vec<MappedColumn>,
    /// Rows not used, by reason.
    pub problems: Vec<ProblemCount>,
    /// What the reader must know before trusting a figure.
    pub warnings: Vec<Warning>,
}

/// What was asked, of which data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Version of OpenCVM.
    pub version: String,
    /// The files, as named.
    pub files: Vec<String>,
    /// Rows read, used or not.
    pub rows_read: u64,
    /// Rows used.
    pub rows_used: u64,
    /// Last day of observation.
    pub as_of: String,
    /// Day of the first purchase.
    pub first_day: String,
    /// How far ahead the forecast looks, in days.
    pub horizon_days: u32,
    /// Discount a year, as a fraction.
    pub discount_rate: f64,
    /// Margin on revenue, as a fraction; `None` where costs come from the file.
    pub margin: Option<f64>,
    /// IANA name of the zone of local days.
    pub timezone: String,
    /// ISO 4217 code where known.
    pub currency: Option<String>,
    /// The model that predicts: a name, or names joined by " + " for a combination.
    pub model: String,
    /// How intervals were made: laplace, nuts or none.
    pub uncertainty: String,
}

/// The figures of the base.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Headline {
    /// Customers with at least one purchase.
    pub customers: u64,
    /// Purchases: distinct customer days with a positive net.
    pub purchases: u64,
    /// Net revenue, returns taken off.
    pub revenue: f64,
    /// Returns and cancellations taken off, as a positive amount.
    pub returns: f64,
    /// Gross sales less returns per purchase.
    pub average_order_value: f64,
    /// Purchases per customer and year of observation.
    pub purchases_per_year: f64,
    /// Share of customers with a second purchase.
    pub repeat_rate: f64,
    /// Customers expected to be active still.
    pub active_customers: Interval,
    /// Purchases expected over the horizon.
    pub expected_purchases: Interval,
    /// Revenue expected over the horizon, not discounted.
    pub expected_revenue: Interval,
    /// Customer lifetime value of the base over the horizon: margin, discounted.
    pub clv: Interval,
    /// CLV by the simple formula, value x frequency x lifetime, for comparison.
    pub clv_simple: f64,
    /// Revenue of the base by calendar month, for the first picture.
    pub monthly: Vec<Month>,
}

/// One calendar month of the base.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Month {
    /// "2011-04".
    pub month: String,
    /// Net revenue.
    pub revenue: f64,
    /// Customers with a purchase.
    pub customers: u64,
    /// Customers with their first purchase.
    pub new_customers: u64,
    /// False for a month that the data cover only in part.
    pub complete: bool,
}

/// Lorenz curve and what follows from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Concentration {
    /// (share of customers from the lowest value up, share of value), from (0, 0) to (1, 1), at most 101 points.
    pub lorenz: Vec<(f64, f64)>,
    /// 0 all equal, 1 all with one customer.
    pub gini: f64,
    /// Share of value held by the best 20% of customers.
    pub top20_share: f64,
}

/// One cell of the RFM grid.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RfmCell {
    /// Recency score, 5 the most recent.
    pub r_score: u8,
    /// Frequency score, 5 the most frequent.
    pub f_score: u8,
    /// Customers in the cell.
    pub customers: u64,
    /// Their net revenue so far.
    pub revenue: f64,
    /// Their CLV.
    pub clv: f64,
}

/// A group of customers with what it is worth.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// Stable name: an RFM segment ("champions") or a tier ("platinum"); words come from [`crate::text`].
    pub id: String,
    /// How many.
    pub customers: u64,
    /// Net revenue so far.
    pub revenue: f64,
    /// CLV over the horizon.
    pub clv: f64,
    /// Mean probability of being active still.
    pub p_alive: f64,
    /// Mean purchases per customer so far.
    pub purchases: f64,
    /// Mean days since the last purchase.
    pub days_since_last: f64,
}

/// A cluster with what tells it from the rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cluster {
    /// Figures; the id is the cluster's number, from "1".
    pub group: Group,
    /// Its distinguishing traits, strongest first.
    pub traits: Vec<ClusterTrait>,
}

/// One way in which a cluster differs from the base.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClusterTrait {
    /// Column: "days_since_last", "purchases", "order_value", "age_days" or "interval_days".
    pub column: String,
    /// Above or below the base.
    pub above: bool,
    /// Typical (median) value in the cluster.
    pub typical: f64,
    /// Typical (median) value in the base.
    pub base: f64,
}

/// Customers by the month of their first purchase.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cohort {
    /// "2011-04".
    pub month: String,
    /// How many joined.
    pub customers: u64,
    /// Share that bought in the k-th month after (k = 1, 2, ...); shorter for later cohorts.
    pub retained: Vec<f64>,
}

/// One customer as a line of the report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerRow {
    /// As in the file.
    pub customer_id: String,
    /// Day of the last purchase.
    pub last_purchase: String,
    /// Purchases so far.
    pub purchases: u64,
    /// Net revenue so far.
    pub revenue: f64,
    /// Probability of being active still.
    pub p_alive: f64,
    /// Value over the horizon.
    pub clv: Interval,
    /// RFM segment.
    pub segment: String,
    /// Why.
    pub reason: Reason,
    /// Margin so far less costs, where costs are known.
    pub profit: Option<f64>,
}

/// Profit where costs are known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Profit {
    /// Revenue less costs of all customers.
    pub total: f64,
    /// Customers with a loss.
    pub unprofitable_customers: u64,
    /// Their loss in all, as a positive amount.
    pub loss: f64,
    /// The whale curve: (share of customers from the most profitable down, share of total profit, may pass 1).
    pub whale: Vec<(f64, f64)>,
    /// The customers with the largest losses.
    pub worst: Vec<CustomerRow>,
}

/// One bar of a histogram.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bin {
    /// From, included.
    pub low: f64,
    /// To, not included but in the last bar.
    pub high: f64,
    /// How many customers.
    pub customers: u64,
}

/// The model against purchases it had not seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Validation {
    /// Last day of the data the models were fitted to.
    pub calibration_end: String,
    /// Last day of the hold-out.
    pub holdout_end: String,
    /// Customers compared (a sample of a large base).
    pub customers: u64,
    /// All models tried, best first.
    pub candidates: Vec<Candidate>,
    /// Purchases in the hold-out by number of repeat purchases before it.
    pub by_frequency: Vec<FrequencyClass>,
    /// Cumulative repeat purchases by week, calibration and hold-out.
    pub tracking: Vec<TrackingWeek>,
    /// Did the 90% bounds hold?
    pub coverage: Coverage,
}

/// One model tried.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Candidate {
    /// Its name.
    pub model: String,
    /// Mean absolute error of purchases per customer.
    pub mae: f64,
    /// Root mean squared error of purchases per customer.
    pub rmse: f64,
    /// Purchases it predicted for all.
    pub predicted: f64,
    /// Purchases there were.
    pub actual: f64,
    /// Log-likelihood on the calibration data.
    pub log_likelihood: Option<f64>,
    /// Whether it predicts in this run.
    pub chosen: bool,
    /// Its share in the combination that predicts; 0 for those left out.
    pub weight: f64,
    /// Why it could not be fitted, where so.
    pub failure: Option<String>,
}

/// Customers with the same number of repeat purchases before the hold-out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FrequencyClass {
    /// "0", "1", ..., "7+".
    pub frequency: String,
    /// How many.
    pub customers: u64,
    /// Mean purchases in the hold-out.
    pub actual: f64,
    /// Mean purchases predicted.
    pub predicted: f64,
}

/// One week of tracking.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrackingWeek {
    /// Weeks since the first day.
    pub week: u32,
    /// Cumulative repeat purchases.
    pub actual: f64,
    /// Cumulative repeat purchases predicted for the same customers.
    pub predicted: f64,
    /// Whether the week lies in the hold-out.
    pub holdout: bool,
}

/// Share of hold-out outcomes inside their 90% bounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Coverage {
    /// 0.9.
    pub nominal: f64,
    /// Share of customers whose hold-out spend lay inside.
    pub customers: f64,
    /// Share of customers whose spend lay above the upper bound.
    pub above: f64,
    /// The spend of all customers together, predicted.
    pub total: Interval,
    /// What it was.
    pub total_actual: f64,
}

/// A fitted model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelParameters {
    /// Its name.
    pub model: String,
    /// Letter, estimate, standard error.
    pub parameters: Vec<(String, f64, f64)>,
    /// Log-likelihood.
    pub log_likelihood: f64,
    /// Customers it was fitted to.
    pub customers: f64,
}

/// What was known of customers besides their purchases, and what it says of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Covariates {
    /// The file, as named.
    pub file: String,
    /// Its column of customers.
    pub id_column: String,
    /// Customers with a purchase who have a row.
    pub matched: u64,
    /// Customers with a purchase who have none: all their values count as missing.
    pub unmatched: u64,
    /// Rows of customers who are not in the purchases.
    pub other_rows: u64,
    /// Rows that could not be read, or name no customer.
    pub unusable_rows: u64,
    /// Groups of customers that the columns tell apart.
    pub groups: u64,
    /// The model whose coefficients the effects are; absent where none with covariates predicts, because the others did
    /// as well on the hold-out.
    pub model: Option<String>,
    /// The columns in use.
    pub columns: Vec<CovariateColumn>,
    /// Those that are not.
    pub left_out: Vec<LeftOut>,
}

/// A column of what is known of customers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CovariateColumn {
    /// Its name.
    pub column: String,
    /// Customers without a value: a level of their own where it is text, the median where it is a number.
    pub missing: u64,
    /// Whether it was given fewer levels than it could have, to keep the groups of customers few.
    pub coarsened: bool,
    /// The levels, the one that the others are compared with first.
    pub levels: Vec<CovariateLevel>,
}

/// One level of a column.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CovariateLevel {
    /// Which.
    pub level: Level,
    /// How many customers with a purchase.
    pub customers: u64,
    /// How many times as often its customers buy, all else equal, as those of the first level; absent for the first,
    /// and where no model with covariates predicts.
    pub buying: Option<Interval>,
    /// How many times as readily they leave: the odds of leaving after a purchase (BG/NBD), or the rate (Pareto/NBD).
    pub leaving: Option<Interval>,
}

/// The values that make a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Level {
    /// One text.
    Value {
        /// As in the file.
        text: String,
    },
    /// Numbers from one to another.
    Range {
        /// The lowest there is.
        low: f64,
        /// The highest.
        high: f64,
    },
    /// All texts too rare for a level.
    Other,
    /// No value.
    Missing,
}

/// A column that is not used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name.
    pub column: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a column of what is known of customers is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// It has no value at all.
    Empty,
    /// All customers have the same.
    AllTheSame,
    /// Nearly each customer has another, as in names and numbers of cards.
    AllDifferent,
    /// It holds dates.
    Dates,
    /// As many columns as can be used seem to say more of customers.
    TooManyColumns,
    /// With it the groups of customers would be too many, and it says the least of them.
    TooManyGroups,
}

impl LeftOutReason {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Empty, Self::AllTheSame, Self::AllDifferent, Self::Dates, Self::TooManyColumns, Self::TooManyGroups];

    /// Stable name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::AllTheSame => "all_the_same",
            Self::AllDifferent => "all_different",
            Self::Dates => "dates",
            Self::TooManyColumns => "too_many_columns",
            Self::TooManyGroups => "too_many_groups",
        }
    }
}

/// How one column was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MappedColumn {
    /// What it serves as: customer, time, amount, quantity, unit_price, order, product, category, channel, currency,
    /// cost.
    pub role: String,
    /// The column of the file.
    pub column: String,
    /// How its values are written, where there is a choice: "dd.mm.yyyy", "decimal comma".
    pub format: Option<String>,
    /// How it was found: name, content, flag or only.
    pub found_by: String,
}

/// Rows not used, by reason.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProblemCount {
    /// Stable name: "no_customer", "unreadable_time", ...; words come from [`crate::text`].
    pub reason: String,
    /// How many.
    pub rows: u64,
}

/// What the reader must know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// The data are too short for a hold-out, so nothing shows how good the forecast is.
    NoHoldout,
    /// On the hold-out, the total was off by this share (positive: predicted too much).
    HoldoutBias {
        /// predicted / actual - 1.
        share: f64,
    },
    /// Far from 90% of customers lay inside their bounds.
    Coverage {
        /// The share that did.
        share: f64,
    },
    /// Spend per purchase and frequency are related, which the spend model assumes they are not.
    SpendDependsOnFrequency {
        /// Correlation over repeat customers.
        correlation: f64,
    },
    /// Too few repeat customers to learn from.
    FewRepeatCustomers {
        /// How many.
        customers: u64,
    },
    /// A sizeable share of rows could not be used.
    ManyProblems {
        /// Of all rows.
        share: f64,
    },
    /// No cost column and no margin given: value is revenue, not profit.
    NoCosts,
    /// Rows that are the same in every column, kept; they may be genuine.
    IdenticalRows {
        /// How many repeat an earlier row.
        rows: u64,
    },
    /// The spend model could not be fitted; each customer's own average, drawn towards the base's, stands in for it.
    NoSpendModel,
    /// The data leave a parameter of a purchase model open, as where nobody seems to leave; a weak prior settled it.
    WeakPrior {
        /// The model.
        model: String,
    },
    /// Many customers have no row in the file of what else is known of them.
    FewCovariates {
        /// The share without one.
        share: f64,
    },
    /// The purchase model could not be fitted; the forecast is missing.
    NoModel,
}
