//! Sums over customers, added up in the order of the parts so that they do not depend on threads.

use super::tables::Table;
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Sums over the customers of a part, or of all.
#[derive(Debug, Default, Clone)]
pub(super) struct Totals {
    pub(super) customers: u64,
    pub(super) rows: BTreeMap<Table, u64>,
    /// Observed orders of known customers, and what was paid for them in cents before returns.
    pub(super) orders: u64,
    pub(super) amount: i64,
    pub(super) expected_orders: f64,
    pub(super) alive: u64,
    pub(super) disappointed: u64,
    /// Orders, revenue and margin expected after the end, in euros.
    pub(super) expected_future: [f64; 3],
    pub(super) future_orders: u64,
    /// In cents.
    pub(super) future_revenue: i64,
    pub(super) future_margin: i64,
    pub(super) campaign: CampaignTotals,
}

/// Sums over the audience of the campaign. Triples are orders, revenue and margin.
#[derive(Debug, Default, Clone)]
pub(super) struct CampaignTotals {
    pub(super) audience: u64,
    pub(super) treated: u64,
    /// What each was worth in the world without and with the campaign; amounts in cents.
    pub(super) control_world: [i64; 3],
    pub(super) treated_world: [i64; 3],
    /// Effect expected of each, amounts in euros, by response to it.
    pub(super) by_response: [(u64, [f64; 3]); 4],
}

impl CampaignTotals {
    pub(super) fn realised(&mut self, treated: bool, worlds: [[i64; 3]; 2]) {
        self.audience += 1;
        self.treated += u64::from(treated);
        add(&mut self.control_world, &worlds[0]);
        add(&mut self.treated_world, &worlds[1]);
    }

    pub(super) fn expected(&mut self, response: usize, effect: [f64; 3]) {
        let (count, sum) = &mut self.by_response[response];
        *count += 1;
        add(sum, &effect);
    }

    /// Average effect a customer of the audience that really was: orders, then euros of revenue and of margin.
    pub(super) fn average_realised(&self) -> [f64; 3] {
        let n = self.audience.max(1) as f64;
        let difference = |k: usize| (self.treated_world[k] - self.control_world[k]) as f64 / n;
        [difference(0), difference(1) / 100.0, difference(2) / 100.0]
    }

    /// The same as expected given the hidden traits.
    pub(super) fn average_expected(&self) -> [f64; 3] {
        let n = self.audience.max(1) as f64;
        [0, 1, 2].map(|k| self.by_response.iter().map(|(_, sum)| sum[k]).sum::<f64>() / n)
    }
}

impl Totals {
    pub(super) fn add(mut self, other: &Self) -> Self {
        self.customers += other.customers;
        for (table, rows) in &other.rows {
            *self.rows.entry(*table).or_default() += rows;
        }
        self.orders += other.orders;
        self.amount += other.amount;
        self.expected_orders += other.expected_orders;
        self.alive += other.alive;
        self.disappointed += other.disappointed;
        self.future_orders += other.future_orders;
        self.future_revenue += other.future_revenue;
        self.future_margin += other.future_margin;
        self.campaign.audience += other.campaign.audience;
        self.campaign.treated += other.campaign.treated;
        add(&mut self.expected_future, &other.expected_future);
        add(&mut self.campaign.control_world, &other.campaign.control_world);
        add(&mut self.campaign.treated_world, &other.campaign.treated_world);
        for (mine, theirs) in self.campaign.by_response.iter_mut().zip(&other.campaign.by_response) {
            mine.0 += theirs.0;
            add(&mut mine.1, &theirs.1);
        }
        self
    }
}

/// Adds triple to triple.
pub(super) fn add<T: Copy + AddAssign>(sum: &mut [T; 3], more: &[T; 3]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += *more;
    }
}
