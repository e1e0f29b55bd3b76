//! What a plan is asked for, and what comes out.

use crate::contacts::Channel;
use crate::platform::money::{Smallest, amount, amount_or_none};
use crate::platform::problem::Fault;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Actions of a plan at most.
pub(super) const ACTIONS_MAX: usize = 20;

/// What is to be planned. Amounts over HTTP are in the smallest unit of the currency of the settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanDefinition)]
pub struct Definition {
    /// Different from those of other plans.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The segment to choose from; everybody who has a value where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// What may be spent; as much as pays where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "amount_or_none")]
    #[schema(minimum = 0, value_type = Option<i64>)]
    pub budget: Option<f64>,
    /// How many customers each channel can carry; as many as pays where it is not given.
    #[serde(default)]
    pub limits: BTreeMap<Channel, u64>,
    /// What can be done.
    #[schema(min_items = 1, max_items = 20)]
    pub actions: Vec<Action>,
    /// The attribute that says by which channel a customer was won: then it is said what may be paid for a new one by each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub won_by: Option<String>,
}

/// Something that can be done for a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanAction)]
pub struct Action {
    /// Different from those of other actions of the plan.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// By which way it reaches the customer.
    pub channel: Channel,
    /// What it costs for one customer.
    #[serde(serialize_with = "amount")]
    #[schema(minimum = 0, value_type = i64)]
    pub cost: f64,
    /// The segment it is for; all that the plan chooses from where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// What it is expected to add to a customer's margin.
    pub worth: Worth,
}

/// What an action is expected to add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanWorth)]
pub enum Worth {
    /// What this campaign was shown to add: by customer where an uplift model was learned from it, by value tier where its
    /// effect differs between them, else the same for all.
    ProvenBy(String),
    /// So much of the customer's expected margin, as a fraction: an assumption.
    Assumed(f64),
}

/// Where the worth of an action came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanGround)]
pub enum Ground {
    /// What somebody assumed.
    Assumed,
    /// A campaign's effect on all of its customers.
    Proven,
    /// A campaign's effect by value tier.
    ProvenByTier,
    /// A model of a campaign's effect on each customer.
    Scored,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanOutcome)]
pub struct Outcome {
    /// The scoring run whose values it rests on.
    pub run: String,
    /// The currency of all amounts.
    pub currency: String,
    /// Customers to choose from.
    pub customers: u64,
    /// Customers who get something.
    pub chosen: u64,
    /// What is spent.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub spent: f64,
    /// Margin that is expected beyond what would come by itself.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub value: f64,
    /// The same less what is spent.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub profit: f64,
    /// No plan within the limits has a higher profit.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub bound: f64,
    /// What one more unit of money would bring; 1 or less where the budget does not bind.
    pub return_at_margin: f64,
    /// Action by action, in the order of the definition.
    pub actions: Vec<ActionOutcome>,
    /// Channels with a limit.
    pub channels: Vec<ChannelOutcome>,
    /// Value by budget.
    pub curve: Vec<Point>,
    /// The spending beyond which one more unit brings less than one.
    pub stops_paying: Point,
    /// What may be paid for a new customer, by the channel that wins them; empty where nobody asked.
    pub acquisition: Vec<Acquisition>,
}

/// What becomes of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanActionOutcome)]
pub struct ActionOutcome {
    /// Customers who get it.
    pub customers: u64,
    /// What is spent on it.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub spent: f64,
    /// What it is expected to bring.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub value: f64,
    /// Where its worth came from.
    pub ground: Ground,
}

/// What becomes of a channel with a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanChannelOutcome)]
pub struct ChannelOutcome {
    /// The channel.
    pub channel: Channel,
    /// How many it can carry.
    pub limit: u64,
    /// How many it carries.
    pub customers: u64,
    /// What room for one more would bring, after its cost: an estimate, with a fraction.
    pub at_margin: f64,
}

/// The best plan for one budget.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanPoint)]
pub struct Point {
    /// What would be spent.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub spent: f64,
    /// What it would bring.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub value: f64,
    /// What one more unit would bring.
    pub return_at_margin: f64,
}

/// What a new customer of a channel may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanAcquisition)]
pub struct Acquisition {
    /// The channel.
    pub channel: String,
    /// Customers who came by it.
    pub customers: u64,
    /// Margin that such a customer brought in their first year, discounted, as far as it was seen.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub first_year: f64,
    /// The same over all months that were seen.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub margin: f64,
    /// So many months were seen.
    pub months: u32,
    /// The highest cost that comes back within a year.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub pays_back: f64,
    /// The highest cost that leaves three times as much as it took, a usual rule.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub three_to_one: f64,
}

impl Outcome {
    /// With amounts as HTTP has them.
    pub(super) fn in_smallest(mut self, smallest: Smallest) -> Self {
        let whole = |amount: &mut f64| *amount = smallest.whole(*amount);
        [&mut self.spent, &mut self.value, &mut self.profit, &mut self.bound].into_iter().for_each(whole);
        for action in &mut self.actions {
            [&mut action.spent, &mut action.value].into_iter().for_each(whole);
        }
        for point in self.curve.iter_mut().chain([&mut self.stops_paying]) {
            [&mut point.spent, &mut point.value].into_iter().for_each(whole);
        }
        for of in &mut self.acquisition {
            [&mut of.first_year, &mut of.margin, &mut of.pays_back, &mut of.three_to_one].into_iter().for_each(whole);
        }
        self.channels.iter_mut().for_each(|channel| channel.at_margin = smallest.estimate(channel.at_margin));
        self
    }
}

impl Definition {
    /// With amounts in units of the currency, from what came over HTTP.
    pub(super) fn in_units(mut self, smallest: Smallest) -> Self {
        self.budget = self.budget.map(|budget| smallest.units(budget));
        self.actions.iter_mut().for_each(|action| action.cost = smallest.units(action.cost));
        self
    }

    /// With amounts as HTTP has them.
    pub(super) fn in_smallest(mut self, smallest: Smallest) -> Self {
        self.budget = self.budget.map(|budget| smallest.whole(budget));
        self.actions.iter_mut().for_each(|action| action.cost = smallest.whole(action.cost));
        self
    }

    /// Amounts that came over HTTP and are not whole.
    pub(super) fn fractions(&self) -> Vec<Fault> {
        const WHOLE: &str = "expected a whole number of the currency's smallest unit";
        let mut faults = Vec::new();
        if self.budget.is_some_and(|budget| budget.fract() != 0.0) {
            faults.push(Fault::new("/budget", WHOLE));
        }
        for (place, _) in self.actions.iter().enumerate().filter(|(_, action)| action.cost.fract() != 0.0) {
            faults.push(Fault::new(format!("/actions/{place}/cost"), WHOLE));
        }
        faults
    }

    /// What is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(Fault::of_name("/name", &self.name));
        let is_amount = |amount: f64| amount.is_finite() && (0.0..=1e12).contains(&amount);
        if self.budget.is_some_and(|budget| !is_amount(budget)) {
            faults.push(Fault::new("/budget", "expected an amount, 0 or more"));
        }
        if !(1..=ACTIONS_MAX).contains(&self.actions.len()) {
            faults.push(Fault::new("/actions", format!("expected 1 to {ACTIONS_MAX} actions")));
        }
        if self.won_by.as_ref().is_some_and(|name| name.trim().is_empty() || name.chars().count() > 100) {
            faults.push(Fault::new("/won_by", "expected the name of an attribute"));
        }
        for (place, action) in self.actions.iter().enumerate() {
            faults.extend(Fault::of_name(&format!("/actions/{place}/name"), &action.name));
            let name = action.name.trim();
            if self.actions.iter().take(place).any(|other| other.name.trim() == name) {
                faults.push(Fault::new(format!("/actions/{place}/name"), "expected a name that no other action has"));
            }
            if !is_amount(action.cost) {
                faults.push(Fault::new(format!("/actions/{place}/cost"), "expected an amount, 0 or more"));
            }
            if matches!(action.worth, Worth::Assumed(share) if !(share.is_finite() && (0.0..=10.0).contains(&share))) {
                faults.push(Fault::new(format!("/actions/{place}/worth"), "expected a fraction from 0 to 10"));
            }
        }
        faults
    }
}
