//! What may be paid for a new customer, by the channel that wins them: from what such customers brought, month by month.

use super::definition::Acquisition;
use crate::platform::clock::DAY;
use crate::platform::server::App;
use cvm_core::lake::{Purchases, Stretch};
use cvm_core::segment::PersonId;
use cvm_models::value::acquisition::{Channel, Terms, by_channel};
use std::collections::HashMap;

/// Months looked at, from the first purchase.
const MONTHS: usize = 24;

/// A month in days, as the models count.
const MONTH_DAYS: f64 = 365.25 / 12.0;

/// Customers of a channel looked at, at most: as many say as much.
const CUSTOMERS_MAX: usize = 20_000;

/// Customers below which nothing is said of a channel.
const LEAST: usize = 30;

/// Channels at most, the largest first.
const CHANNELS_MAX: usize = 30;

/// A customer and what is known of their beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Won {
    pub customer: PersonId,
    /// Their first purchase.
    pub first: i64,
}

/// Answers for the customers of each channel. Only months that have passed for a customer count for the mean of that month.
pub(super) async fn acquisition(
    app: &App,
    won: HashMap<String, Vec<Won>>,
    data_until: i64,
    discount_rate: f64,
) -> anyhow::Result<Vec<Acquisition>> {
    let mut channels: Vec<(String, usize, Vec<Won>)> = won
        .into_iter()
        .filter(|(_, won)| won.len() >= LEAST)
        .map(|(name, mut won)| {
            // Ids are half random, and in their order: every so many-th is a fair sample.
            won.sort_unstable_by_key(|won| won.customer);
            let all = won.len();
            (name, all, won.into_iter().step_by(all.div_ceil(CUSTOMERS_MAX)).collect())
        })
        .collect();
    channels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    channels.truncate(CHANNELS_MAX);
    let month = |at: usize| (at as f64 * MONTH_DAYS) as i64 * DAY;
    let (mut stretches, mut customers) = (Vec::new(), Vec::new());
    for won in channels.iter().flat_map(|(.., won)| won) {
        for two in 0..MONTHS / 2 {
            customers.push((won.customer, stretches.len() as u32));
            let at = |months: usize| won.first + month(2 * two + months);
            stretches.push(Stretch { before: at(0), from: at(1), until: at(2) });
        }
    }
    let margin = (app.config.score_margin > 0.0).then_some(app.config.score_margin);
    let question =
        Purchases { stretches: &stretches, customers: &customers, currency: &app.config.currency, margin, event: None };
    let bought = app.lake.purchases(&question).await?;
    let mut rows = bought.chunks_exact(MONTHS / 2);
    let mut known = Vec::new();
    for (name, all, won) in channels {
        let mut sums = [(0.0, 0.0); MONTHS];
        for won in &won {
            let Some(row) = rows.next() else { break };
            let months = row.iter().flat_map(|two| [two.before.margin, two.after.margin]);
            for (at, margin) in months.enumerate().filter(|(at, _)| won.first + month(at + 1) <= data_until) {
                sums[at].0 += margin;
                sums[at].1 += 1.0;
            }
        }
        let monthly = discounted(&sums, discount_rate);
        if !monthly.is_empty() {
            known.push(Channel { name, customers: all as u64, cost: 0.0, cumulative_margin: monthly });
        }
    }
    answer(&known)
}

/// The cumulative discounted margin by month, as far as enough customers have come.
fn discounted(sums: &[(f64, f64)], discount_rate: f64) -> Vec<f64> {
    let mut total = 0.0;
    let known = sums.iter().take_while(|(_, count)| *count >= LEAST as f64).enumerate();
    known
        .map(|(at, (sum, count))| {
            total += sum / count / (1.0 + discount_rate).powf((at as f64 + 0.5) / 12.0);
            total
        })
        .collect()
}

fn answer(channels: &[Channel]) -> anyhow::Result<Vec<Acquisition>> {
    let within = |channel: &Channel| channel.cumulative_margin.len().min(12);
    let mut found = Vec::new();
    for channel in channels {
        let one = std::slice::from_ref(channel);
        let back = by_channel(one, &Terms { ratio: 1.0, payback_months: Some(within(channel)) })?;
        let ratio = by_channel(one, &Terms { ratio: 3.0, payback_months: None })?;
        let (Some(back), Some(ratio)) = (back.first(), ratio.first()) else { continue };
        found.push(Acquisition {
            channel: channel.name.clone(),
            customers: channel.customers,
            first_year: channel.cumulative_margin[within(channel) - 1],
            margin: back.clv,
            months: channel.cumulative_margin.len() as u32,
            pays_back: back.highest_paying_cost,
            three_to_one: ratio.highest_paying_cost,
        });
    }
    found.sort_by(|a, b| b.pays_back.total_cmp(&a.pays_back).then_with(|| a.channel.cmp(&b.channel)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_count_as_far_as_they_were_seen() {
        // 40 customers brought 10 each in the first month and 5 in the second, 30 of them were seen in the third, 29 later.
        let sums = [(400.0, 40.0), (200.0, 40.0), (60.0, 30.0), (1e9, 29.0)];
        assert_eq!(discounted(&sums, 0.0), [10.0, 15.0, 17.0]);
        let year = discounted(&[(1.0, 30.0); 24], 0.1);
        // numpy: sum(1/30 / 1.1**((arange(24) + 0.5) / 12))
        assert!((year[23] - 0.728_372_4).abs() < 1e-6, "{}", year[23]);
    }

    #[test]
    fn the_highest_cost_comes_back_in_a_year() {
        let margins: Vec<f64> = (1..=24).map(|month| f64::from(month) * 2.0).collect();
        let channel = Channel { name: "search".to_owned(), customers: 50, cost: 0.0, cumulative_margin: margins };
        let found = answer(&[channel]).unwrap();
        assert_eq!((found[0].pays_back, found[0].three_to_one, found[0].first_year), (24.0, 16.0, 24.0));
    }
}
