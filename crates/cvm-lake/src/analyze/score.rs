//! Every customer's scores: the forecast, the RFM segment, the tier, the cluster and the reason.

use super::covariates::Design;
use super::forecast::{CustomerForecast, Forecast};
use super::population::Population;
use super::reasons::{self, Typical};
use super::{Options, amount, clusters};
use crate::LakeError;
use crate::features::base::Base;
use cvm_core::reason::Reason;
use cvm_core::report::Warning;
use cvm_models::noncontractual::History;
use cvm_models::segments::rfm::{self, Segment};
use cvm_models::value::formulas;

/// Days in a year, leap years spread over all.
pub const YEAR_DAYS: f64 = 365.25;

/// No member: a customer who has returned everything.
const NOBODY: u32 = u32::MAX;

/// The customers whom models can see: those with a purchase.
pub struct Members {
    /// As the models see them.
    pub population: Population,
    /// For each member the row of the base.
    pub rows: Vec<u32>,
    member_of: Vec<u32>,
}

impl Members {
    /// Everyone with a purchase, as known on the day `as_of`; told apart by a design, if there is one.
    pub fn of(base: &Base, as_of: i32, design: Option<&Design>) -> Self {
        let rows: Vec<u32> = (0..base.len() as u32).filter(|&i| base.purchases[i as usize] > 0).collect();
        let mut member_of = vec![NOBODY; base.len()];
        for (member, &row) in rows.iter().enumerate() {
            member_of[row as usize] = member as u32;
        }
        let history = |&row: &u32| {
            let i = row as usize;
            History {
                frequency: base.purchases[i] - 1,
                recency: f64::from(base.last_day[i] - base.first_day[i]),
                age: f64::from(as_of - base.first_day[i]),
            }
        };
        let histories: Vec<History> = rows.iter().map(history).collect();
        let monetary = rows.iter().map(|&row| base.monetary(row as usize).unwrap_or(0.0)).collect();
        Self { population: Design::population(design, &rows, &histories, monetary), rows, member_of }
    }

    /// What must be said of them before anything is computed.
    pub fn warnings(&self) -> Vec<Warning> {
        let repeat = self.population.spenders().count() as u64;
        // Fewer than a hundred leave the standard errors of four parameters as large as the parameters.
        if repeat < 100 { vec![Warning::FewRepeatCustomers { customers: repeat }] } else { Vec::new() }
    }
}

/// What a unit of revenue leaves.
#[derive(Debug, Clone, Copy)]
pub enum Margin {
    /// A share that the user gave.
    Given(f64),
    /// From the costs in the files: the share of the whole base.
    FromCosts(f64),
    /// Not known: revenue counts in full.
    Unknown,
}

impl Margin {
    /// The user's figure, else the files', else none.
    pub fn of(base: &Base, given: Option<f64>) -> Self {
        if let Some(rate) = given {
            return Self::Given(rate);
        }
        let Some(cost) = &base.cost else { return Self::Unknown };
        let revenue: f64 = base.revenue.iter().map(|&units| units as f64).sum();
        let cost: f64 = cost.iter().map(|&units| units as f64).sum();
        if revenue > 0.0 { Self::FromCosts((revenue - cost) / revenue) } else { Self::Unknown }
    }

    /// Whether value is revenue only.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// The share, where one is known.
    pub fn rate(&self) -> Option<f64> {
        match *self {
            Self::Given(rate) | Self::FromCosts(rate) => Some(rate),
            Self::Unknown => None,
        }
    }

    /// The share that the forecast is multiplied by.
    pub fn factor(&self) -> f64 {
        self.rate().unwrap_or(1.0)
    }
}

/// A value tier by rank of CLV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The best 5%.
    Platinum,
    /// The next 15%.
    Gold,
    /// The next 30%.
    Silver,
    /// The other half.
    Bronze,
}

impl Tier {
    /// Best first, with the share of customers down to which each reaches.
    pub const ALL: [(Self, f64); 4] =
        [(Self::Platinum, 0.05), (Self::Gold, 0.20), (Self::Silver, 0.50), (Self::Bronze, 1.0)];

    /// Stable name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Platinum => "platinum",
            Self::Gold => "gold",
            Self::Silver => "silver",
            Self::Bronze => "bronze",
        }
    }
}

/// What is known of each customer, by their row in the base.
///
/// What many look at is kept, in as few bytes as it takes; what follows from it is computed when it is asked for, so
/// that memory lasts for tens of millions of customers.
pub struct Scores<'a> {
    /// Day number up to which customers were observed.
    pub as_of: i32,
    /// Recency score, 1 to 5.
    pub recency: Vec<u8>,
    /// Frequency score.
    pub frequency: Vec<u8>,
    /// Monetary score.
    pub monetary: Vec<u8>,
    /// By value.
    pub tier: Vec<Tier>,
    /// From 1, the most valuable; 0 where none was found.
    pub cluster: Vec<u8>,
    /// What tells the clusters apart, in their order.
    pub cluster_traits: Vec<Vec<cvm_core::report::ClusterTrait>>,
    base: &'a Base,
    members: &'a Members,
    future: Option<&'a Forecast>,
    margin: Margin,
    lifetime_years: f64,
    typical: Typical,
    values: Vec<f64>,
}

impl Scores<'_> {
    fn member(&self, row: usize) -> Option<usize> {
        let member = self.members.member_of[row];
        (member != NOBODY).then_some(member as usize)
    }

    /// The forecast of a customer; `None` for one without a purchase, or without a model.
    pub fn forecast(&self, row: usize) -> Option<CustomerForecast> {
        let (member, future) = (self.member(row)?, self.future?);
        Some(future.customer(&self.members.population, member).with_margin(self.margin.factor()))
    }

    /// Whether forecasts have bounds.
    pub fn has_bounds(&self) -> bool {
        self.future.is_some_and(Forecast::has_bounds)
    }

    /// Probability of still being a customer.
    pub fn p_alive(&self, row: usize) -> Option<f64> {
        let (member, future) = (self.member(row)?, self.future?);
        Some(future.p_alive(&self.members.population, member))
    }

    /// What ranks customers: CLV, or the simple formula where there is no model.
    pub fn value(&self, row: usize) -> f64 {
        self.values[row]
    }

    /// RFM segment.
    pub fn segment(&self, row: usize) -> Segment {
        let (recency, frequency, monetary) = (self.recency[row], self.frequency[row], self.monetary[row]);
        Segment::of(rfm::Scores { recency, frequency, monetary })
    }

    /// Margin so far; `None` where neither costs nor a margin are known.
    pub fn profit(&self, row: usize) -> Option<f64> {
        let revenue = self.base.revenue[row];
        match &self.base.cost {
            Some(cost) => Some(amount(revenue - cost[row])),
            None => self.margin.rate().map(|rate| amount(revenue) * rate),
        }
    }

    /// Average order value x purchases a year x the lifetime of the base x margin.
    ///
    /// A customer of less than a year is given a whole one, or two purchases in a first week would become a hundred a
    /// year.
    pub fn clv_simple(&self, row: usize) -> f64 {
        let purchases = f64::from(self.base.purchases[row]);
        if purchases == 0.0 {
            return 0.0;
        }
        let order_value = amount(self.base.purchase_amount[row]) / purchases;
        let years = (f64::from(self.as_of - self.base.first_day[row]) / YEAR_DAYS).max(1.0);
        formulas::simple_value(order_value, purchases / years, self.lifetime_years, self.margin.factor())
            .expect("amounts in 64 bits and lifetimes of at most ten years are finite")
    }

    /// Why.
    pub fn reason(&self, row: usize) -> Reason {
        reasons::reason(self.base, row, self.as_of, &self.typical)
    }
}

/// Scores everyone.
pub fn score<'a>(
    base: &'a Base,
    members: &'a Members,
    future: Option<&'a Forecast>,
    margin: &Margin,
    as_of: i32,
    options: &Options,
) -> Result<Scores<'a>, LakeError> {
    use rayon::prelude::*;
    let [recency, frequency, monetary] = rfm_scores(base, as_of)?;
    let mut scores = Scores {
        as_of,
        recency,
        frequency,
        monetary,
        tier: vec![Tier::Bronze; base.len()],
        cluster: vec![0; base.len()],
        cluster_traits: Vec::new(),
        base,
        members,
        future,
        margin: *margin,
        lifetime_years: lifetime_years(base, members, as_of),
        typical: Typical::of(base),
        values: Vec::new(),
    };
    scores.values = match future {
        Some(future) => {
            let value = |member: usize| future.discounted(&members.population, member) * margin.factor();
            let of = |row: usize| scores.member(row).map_or(0.0, value);
            (0..base.len()).into_par_iter().with_min_len(4096).map(of).collect()
        }
        None => (0..base.len()).map(|row| scores.clv_simple(row)).collect(),
    };
    set_tiers(&mut scores);
    clusters::set_clusters(base, members, &mut scores, options.seed)?;
    Ok(scores)
}

fn rfm_scores(base: &Base, as_of: i32) -> Result<[Vec<u8>; 3], LakeError> {
    let since: Vec<f64> = base.last_day.iter().map(|&day| f64::from(as_of - day)).collect();
    let purchases: Vec<f64> = base.purchases.iter().map(|&purchases| f64::from(purchases)).collect();
    let spend: Vec<f64> = base.revenue.iter().map(|&units| amount(units)).collect();
    let scores = rfm::scores(&since, &purchases, &spend, &rfm::Settings::default())?;
    let column = |of: fn(&rfm::Scores) -> u8| scores.iter().map(of).collect();
    Ok([column(|one| one.recency), column(|one| one.frequency), column(|one| one.monetary)])
}

/// How long a customer of this base stays, in years: 1 / churn, where churn is the share of those who bought in the
/// first half of the observation and not in the second, as a yearly rate; at most 10, beyond which a formula that
/// assumes nothing changes says nothing.
fn lifetime_years(base: &Base, members: &Members, as_of: i32) -> f64 {
    let first = members.rows.iter().map(|&row| base.first_day[row as usize]).min().unwrap_or(as_of);
    let middle = first + (as_of - first) / 2;
    let early = || members.rows.iter().filter(|&&row| base.first_day[row as usize] <= middle);
    let stayed = early().filter(|&&row| base.last_day[row as usize] > middle).count() as f64;
    let half_years = f64::from(as_of - middle) / YEAR_DAYS;
    let retention_per_year = (stayed / (early().count().max(1) as f64)).powf(1.0 / half_years.max(1.0 / YEAR_DAYS));
    (1.0 / (1.0 - retention_per_year).max(0.1)).min(10.0)
}

/// Ranks by value; customers of equal value get the better tier only together.
fn set_tiers(scores: &mut Scores) {
    let count = scores.tier.len();
    let mut values: Vec<f64> = (0..count).map(|row| scores.value(row)).collect();
    let all = values.clone();
    let mut bounds = Vec::new();
    for (tier, share) in Tier::ALL {
        let rank = ((share * count as f64).ceil() as usize).clamp(1, count) - 1;
        let (_, bound, _) = values.select_nth_unstable_by(rank, |a, b| b.total_cmp(a));
        bounds.push((tier, *bound));
    }
    for (row, value) in all.into_iter().enumerate() {
        let tier = bounds.iter().find(|(_, bound)| value >= *bound).map_or(Tier::Bronze, |(tier, _)| *tier);
        scores.tier[row] = tier;
    }
}
