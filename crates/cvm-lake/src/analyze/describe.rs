//! From scores to the figures of the report.

use super::amount;
use super::forecast::Forecast;
use super::score::{Margin, Members, Scores, Tier, YEAR_DAYS};
use crate::LakeError;
use crate::features::base::{Base, Problems};
use crate::features::calendar::{self, Months};
use cvm_core::report::{
    Bin, Cluster, Cohort, Concentration, Covariates, CustomerRow, Group, Headline, Interval, MappedColumn, Month,
    Profit, Report, RfmCell, Run, Validation, Warning,
};
use cvm_models::segments::rfm::Segment;
use cvm_models::value::concentration::{self, concentration};
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;

/// Customers in each list of the report.
const LISTED: usize = 50;

/// A month's table has at most this many cohorts, the latest.
const COHORTS: usize = 24;

/// Rows set aside beyond this share deserve a word at the top.
const MANY_PROBLEMS: f64 = 0.05;

/// What the other steps found.
pub struct Evidence {
    /// What was asked.
    pub run: Run,
    /// How good the forecast is.
    pub validation: Option<Validation>,
    /// What the reader must know.
    pub warnings: Vec<Warning>,
    /// What else was known of customers.
    pub covariates: Option<Covariates>,
    /// How columns were read.
    pub mapping: Vec<MappedColumn>,
    /// What was not used.
    pub problems: Problems,
}

/// Puts the report together.
pub fn describe(
    base: &Base,
    members: &Members,
    forecast: Option<&Forecast>,
    scores: &Scores<'_>,
    margin: &Margin,
    evidence: Evidence,
) -> Result<Report, LakeError> {
    let Evidence { run, validation, mut warnings, covariates, mapping, problems } = evidence;
    let months = base.months().ok_or(LakeError::NoPurchases)?;
    let set_aside: u64 = problems.by_reason.iter().map(|problem| problem.rows).sum();
    let share = set_aside as f64 / problems.rows_read.max(1) as f64;
    if share > MANY_PROBLEMS {
        warnings.insert(0, Warning::ManyProblems { share });
    }
    if problems.identical_rows > 0 {
        warnings.push(Warning::IdenticalRows { rows: problems.identical_rows });
    }
    let revenue = || -> Vec<f64> { base.revenue.iter().map(|&units| amount(units)).collect() };
    let values: Vec<f64> = (0..base.len()).map(|row| scores.value(row)).collect();
    let tables = Tables { base, scores };
    Ok(Report {
        headline: headline(base, members, forecast, scores, margin, &months),
        revenue_concentration: curve(&revenue())?,
        clv_concentration: curve(&values)?,
        rfm_grid: tables.rfm_grid(),
        segments: tables.segments(),
        tiers: tables.tiers(),
        clusters: tables.clusters(),
        cohorts: cohorts(base, &months, scores.as_of),
        leaving: tables.leaving()?,
        best: tables.best()?,
        profit: base.cost.is_some().then(|| tables.profit()).transpose()?,
        clv_histogram: histogram(&values),
        validation,
        models: forecast.map(Forecast::parameters).unwrap_or_default(),
        covariates,
        mapping,
        problems: problems.by_reason,
        warnings,
        run,
    })
}

fn headline(
    base: &Base,
    members: &Members,
    forecast: Option<&Forecast>,
    scores: &Scores<'_>,
    margin: &Margin,
    months: &Months,
) -> Headline {
    let customers = members.rows.len() as u64;
    let purchases: u64 = base.purchases.iter().map(|&purchases| u64::from(purchases)).sum();
    let revenue = amount(base.revenue.iter().sum());
    let repeat = base.purchases.iter().filter(|&&purchases| purchases > 1).count();
    let observed_years: f64 =
        members.rows.iter().map(|&row| f64::from(scores.as_of - base.first_day[row as usize] + 1) / YEAR_DAYS).sum();
    let totals = forecast.map(|forecast| forecast.totals(&members.population));
    let none = Interval { value: 0.0, low: 0.0, high: 0.0 };
    let scaled = |interval: Interval| {
        let (a, b) = (interval.low * margin.factor(), interval.high * margin.factor());
        Interval { value: interval.value * margin.factor(), low: a.min(b), high: a.max(b) }
    };
    Headline {
        customers,
        purchases,
        revenue,
        returns: amount(base.returns.iter().sum()),
        average_order_value: amount(base.purchase_amount.iter().sum()) / purchases.max(1) as f64,
        purchases_per_year: purchases as f64 / observed_years.max(1.0 / YEAR_DAYS),
        repeat_rate: repeat as f64 / customers.max(1) as f64,
        active_customers: totals.map_or(none, |totals| totals.active),
        expected_purchases: totals.map_or(none, |totals| totals.purchases),
        expected_revenue: totals.map_or(none, |totals| totals.spend),
        clv: totals.map_or(none, |totals| scaled(totals.discounted)),
        clv_simple: (0..base.len()).map(|row| scores.clv_simple(row)).sum(),
        monthly: monthly(base, months, scores.as_of),
    }
}

/// Revenue, customers and new customers by calendar month.
fn monthly(base: &Base, months: &Months, as_of: i32) -> Vec<Month> {
    let Some((first_day, last_day)) = base.observed_days() else { return Vec::new() };
    let (first, last) = (months.of(first_day), months.of(last_day));
    let mut rows = vec![(0_i64, 0_u64, 0_u64); (last - first + 1) as usize];
    for customer in 0..base.len() {
        let mut previous = None;
        for (day, net) in base.history(customer) {
            let month = months.of(day);
            let row = &mut rows[(month - first) as usize];
            row.0 += net;
            if previous != Some(month) {
                row.1 += 1;
            }
            if previous.is_none() {
                row.2 += 1;
            }
            previous = Some(month);
        }
    }
    let month = |(index, &(revenue, customers, new_customers)): (usize, &(i64, u64, u64))| {
        let month = first + index as i32;
        let starts_before = index == 0 && first_day > calendar::month_start(month);
        let ends_after = as_of < calendar::month_start(month + 1) - 1;
        Month {
            month: calendar::month_name(month),
            revenue: amount(revenue + base.returned_by_month.get(&month).copied().unwrap_or(0)),
            customers,
            new_customers,
            complete: !(starts_before || ends_after),
        }
    };
    rows.iter().enumerate().map(month).collect()
}

/// Share of each month's new customers who bought in the months after; only months that were observed to their end.
fn cohorts(base: &Base, months: &Months, as_of: i32) -> Vec<Cohort> {
    let Some((first_day, last_day)) = base.observed_days() else { return Vec::new() };
    let (first, last) = (months.of(first_day), months.of(last_day));
    let count = (last - first + 1) as usize;
    let whole = if as_of >= calendar::month_start(last + 1) - 1 { last } else { last - 1 };
    let mut bought = vec![vec![0_u64; count]; count];
    for customer in 0..base.len() {
        let mut start = None;
        let mut previous = None;
        for (day, _) in base.history(customer) {
            let month = (months.of(day) - first) as usize;
            let start = *start.get_or_insert(month);
            if previous != Some(month) {
                bought[start][month - start] += 1;
            }
            previous = Some(month);
        }
    }
    let cohort = |(index, row): (usize, &Vec<u64>)| {
        let month = first + index as i32;
        let seen = (whole - month).max(0) as usize;
        Cohort {
            month: calendar::month_name(month),
            customers: row[0],
            retained: (1..=seen).map(|k| row[k] as f64 / row[0].max(1) as f64).collect(),
        }
    };
    let all: Vec<Cohort> = bought.iter().enumerate().map(cohort).filter(|cohort| cohort.customers > 0).collect();
    all[all.len().saturating_sub(COHORTS)..].to_vec()
}

/// The Lorenz curve; a base whose total is not positive has none that would mean anything.
fn curve(values: &[f64]) -> Result<Concentration, LakeError> {
    if values.iter().sum::<f64>() <= 0.0 {
        return Ok(Concentration { lorenz: vec![(0.0, 0.0), (1.0, 1.0)], gini: 0.0, top20_share: 0.0 });
    }
    let found = concentration(values, None, &concentration::Settings::default())?;
    Ok(Concentration { lorenz: found.lorenz, gini: found.gini, top20_share: found.top_share })
}

/// Thirty bars up to the 99th percentile, the last of which holds all above.
fn histogram(values: &[f64]) -> Vec<Bin> {
    const BARS: usize = 30;
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| *value > 0.0).collect();
    if sorted.is_empty() {
        return Vec::new();
    }
    let rank = ((sorted.len() as f64 * 0.99) as usize).min(sorted.len() - 1);
    let top = *sorted.select_nth_unstable_by(rank, f64::total_cmp).1;
    let highest = sorted.iter().copied().fold(top, f64::max);
    let lowest = values.iter().copied().fold(0.0, f64::min);
    let width = (top - lowest) / BARS as f64;
    let mut bins: Vec<Bin> = (0..BARS)
        .map(|bar| {
            let low = lowest + bar as f64 * width;
            Bin { low, high: if bar + 1 == BARS { highest } else { low + width }, customers: 0 }
        })
        .collect();
    for value in values {
        let bar = ((value - lowest) / width) as usize;
        bins[bar.min(BARS - 1)].customers += 1;
    }
    bins
}

/// Sums over a group of customers.
#[derive(Default, Clone)]
struct Sums {
    customers: u64,
    members: u64,
    revenue: f64,
    value: f64,
    alive: f64,
    purchases: f64,
    since: f64,
}

struct Tables<'a> {
    base: &'a Base,
    scores: &'a Scores<'a>,
}

impl Tables<'_> {
    fn add(&self, sums: &mut Sums, row: usize) {
        sums.customers += 1;
        sums.revenue += amount(self.base.revenue[row]);
        sums.value += self.scores.value(row);
        sums.purchases += f64::from(self.base.purchases[row]);
        sums.since += f64::from(self.scores.as_of - self.base.last_day[row]);
        if let Some(alive) = self.scores.p_alive(row) {
            sums.members += 1;
            sums.alive += alive;
        }
    }

    fn group(id: &str, sums: &Sums) -> Group {
        let mean = |sum: f64| sum / sums.customers.max(1) as f64;
        Group {
            id: id.to_owned(),
            customers: sums.customers,
            revenue: sums.revenue,
            clv: sums.value,
            p_alive: sums.alive / sums.members.max(1) as f64,
            purchases: mean(sums.purchases),
            days_since_last: mean(sums.since),
        }
    }

    /// Sums by a number from 0 to `groups`.
    fn by(&self, groups: usize, of: impl Fn(usize) -> Option<usize>) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); groups];
        for row in 0..self.base.len() {
            if let Some(group) = of(row) {
                self.add(&mut sums[group], row);
            }
        }
        sums
    }

    fn rfm_grid(&self) -> Vec<RfmCell> {
        let scores = self.scores;
        let cell = |row: usize| Some(usize::from(scores.recency[row] - 1) * 5 + usize::from(scores.frequency[row] - 1));
        let sums = self.by(25, cell);
        let cell = |(index, sums): (usize, &Sums)| RfmCell {
            r_score: (index / 5 + 1) as u8,
            f_score: (index % 5 + 1) as u8,
            customers: sums.customers,
            revenue: sums.revenue,
            clv: sums.value,
        };
        sums.iter().enumerate().map(cell).collect()
    }

    fn segments(&self) -> Vec<Group> {
        let place = |segment: Segment| Segment::ALL.iter().position(|&other| other == segment);
        let sums = self.by(Segment::ALL.len(), |row| place(self.scores.segment(row)));
        let mut groups: Vec<Group> = Segment::ALL
            .iter()
            .zip(&sums)
            .filter(|(_, sums)| sums.customers > 0)
            .map(|(segment, sums)| Self::group(segment.id(), sums))
            .collect();
        groups.sort_by(|a, b| b.clv.total_cmp(&a.clv));
        groups
    }

    fn tiers(&self) -> Vec<Group> {
        let place = |tier: Tier| Tier::ALL.iter().position(|&(other, _)| other == tier);
        let sums = self.by(Tier::ALL.len(), |row| place(self.scores.tier[row]));
        let tiers = Tier::ALL.iter().zip(&sums).filter(|(_, sums)| sums.customers > 0);
        tiers.map(|((tier, _), sums)| Self::group(tier.id(), sums)).collect()
    }

    fn clusters(&self) -> Vec<Cluster> {
        let traits = &self.scores.cluster_traits;
        let sums = self.by(traits.len(), |row| usize::from(self.scores.cluster[row]).checked_sub(1));
        let cluster = |(index, (sums, traits)): (usize, (&Sums, &Vec<_>))| Cluster {
            group: Self::group(&(index + 1).to_string(), sums),
            traits: traits.clone(),
        };
        sums.iter().zip(traits).enumerate().map(cluster).collect()
    }

    /// Customers among the best fifth by past revenue who are probably gone, by the revenue that went with them.
    fn leaving(&self) -> Result<Vec<CustomerRow>, LakeError> {
        let revenue = |row: usize| amount(self.base.revenue[row]);
        let mut all: Vec<f64> = (0..self.base.len()).map(revenue).collect();
        let rank = ((all.len() as f64 * 0.8) as usize).min(all.len() - 1);
        let bound = *all.select_nth_unstable_by(rank, f64::total_cmp).1;
        let gone = |row: usize| self.scores.p_alive(row).map_or(0.0, |alive| 1.0 - alive);
        let leaving = (0..self.base.len()).filter(|&row| revenue(row) >= bound && gone(row) > 0.5);
        self.rows(highest(leaving, |row| revenue(row) * gone(row)))
    }

    fn best(&self) -> Result<Vec<CustomerRow>, LakeError> {
        self.rows(highest(0..self.base.len(), |row| self.scores.value(row)))
    }

    fn profit(&self) -> Result<Profit, LakeError> {
        let profit: Vec<f64> = (0..self.base.len()).filter_map(|row| self.scores.profit(row)).collect();
        let losses = || profit.iter().filter(|profit| **profit < 0.0);
        let total: f64 = profit.iter().sum();
        let whale = match total > 0.0 {
            true => concentration(&profit, None, &concentration::Settings::default())?.whale,
            false => Vec::new(), // shares of a loss mean nothing
        };
        let losing = (0..profit.len()).filter(|&row| profit[row] < 0.0);
        Ok(Profit {
            total,
            unprofitable_customers: losses().count() as u64,
            loss: -losses().sum::<f64>(),
            whale,
            worst: self.rows(highest(losing, |row| -profit[row]))?,
        })
    }

    fn rows(&self, rows: Vec<usize>) -> Result<Vec<CustomerRow>, LakeError> {
        rows.into_iter().map(|row| self.row(row)).collect()
    }

    fn row(&self, row: usize) -> Result<CustomerRow, LakeError> {
        let id = cast(&self.base.ids.slice(row, 1), &DataType::Utf8)?;
        let value = self.scores.value(row);
        let forecast = self.scores.forecast(row);
        Ok(CustomerRow {
            customer_id: if id.is_null(0) { String::new() } else { id.as_string::<i32>().value(0).to_owned() },
            last_purchase: calendar::date(self.base.last_day[row]).to_string(),
            purchases: u64::from(self.base.purchases[row]),
            revenue: amount(self.base.revenue[row]),
            p_alive: forecast.map_or(0.0, |forecast| forecast.p_alive),
            clv: match forecast.filter(|_| self.scores.has_bounds()) {
                Some(forecast) => Interval { value, low: forecast.clv_low, high: forecast.clv_high },
                None => Interval { value, low: value, high: value },
            },
            segment: self.scores.segment(row).id().to_owned(),
            reason: self.scores.reason(row),
            profit: self.scores.profit(row).filter(|_| self.base.cost.is_some()),
        })
    }
}

/// The rows with the highest value, best first, at most [`LISTED`]; equal ones in the order of the base.
fn highest(rows: impl Iterator<Item = usize>, value: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut best: Vec<(f64, usize)> = Vec::with_capacity(2 * LISTED);
    let order = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    for row in rows {
        best.push((value(row), row));
        if best.len() == 2 * LISTED {
            best.sort_unstable_by(order);
            best.truncate(LISTED);
        }
    }
    best.sort_unstable_by(order);
    best.truncate(LISTED);
    best.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_are_found_in_order() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from((i * 7919) % 1000)).collect();
        let found = highest(0..values.len(), |row| values[row]);
        let expected: Vec<f64> = (0..LISTED).map(|i| 999.0 - i as f64).collect();
        assert_eq!(found.iter().map(|&row| values[row]).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_histogram_counts_everyone() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let bins = histogram(&values);
        assert_eq!(bins.iter().map(|bin| bin.customers).sum::<u64>(), 1000);
        assert_eq!(bins.last().map(|bin| bin.high), Some(999.0));
        assert!(histogram(&[0.0, 0.0]).is_empty());
    }
}
