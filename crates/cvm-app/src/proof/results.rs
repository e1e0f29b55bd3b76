//! What a comparison found, as it is kept, answered and shown. Amounts are in units of the currency.

use crate::platform::Time;
use crate::platform::money::{Smallest, amount, amount_or_none};
use cvm_models::experiment::Effect;
use cvm_models::experiment::fieller::Ratio;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was earned that would not have come by itself, as of one look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Results {
    /// The scoring run whose orders were looked at.
    pub run: String,
    /// Orders up to this time are in it.
    pub data_until: Time,
    /// When it was computed.
    pub computed_at: Time,
    /// The currency of all amounts. Over HTTP they are in its smallest unit: whole what was paid, with a fraction what is estimated.
    pub currency: String,
    /// What counts, and since when.
    pub settings: Settings,
    /// Share of everybody's days of observation that have passed: 1 when it is final.
    pub elapsed: f64,
    /// How sure intervals are. Before the end they are wide enough to hold at all looks together; at the end they are those of
    /// the one look that was planned.
    pub confidence: f64,
    /// Everybody who got something or might have.
    pub people: People,
    /// Each variant, and the control group first.
    pub arms: Vec<Arm>,
    /// By how much the treated differ from the control group; null where there are too few to compare.
    pub effects: Option<Effects>,
    /// What it cost and what is left of it; null as above.
    pub money: Option<Money>,
    /// Whether groups are as large as the lot makes them; null where there is one group only.
    pub sample_ratio: Option<SampleRatio>,
    /// By value tier at the time of assignment.
    pub tiers: Option<Strata>,
    /// By segment at the time of assignment. Segments overlap.
    pub segments: Option<Strata>,
    /// How many customers it takes to know more; null where nothing can be said of it.
    pub power: Option<Power>,
    /// What the reader must know before trusting a figure.
    pub warnings: Vec<Warning>,
}

/// What counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResultsSettings)]
pub struct Settings {
    /// Orders of so many days after assignment count.
    #[schema(minimum = 1, maximum = 730)]
    pub window_days: u32,
    /// What was bought in so many days before it is used to take out how customers differ anyway.
    #[schema(minimum = 1, maximum = 730)]
    pub before_days: u32,
    /// So many customers of all groups together are expected: at this number looks are narrowest.
    #[schema(minimum = 2)]
    pub planned: u64,
    /// The event that counts as a conversion; an order where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

/// Who is in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultsPeople)]
pub struct People {
    /// Treated, of all variants.
    pub treated: u64,
    /// In the control group.
    pub control: u64,
    /// Kept out by the global control group; in no figure of a campaign.
    pub global_control: u64,
    /// Left out: erased since.
    pub erased: u64,
    /// Left out: the same person as another who was assigned earlier.
    pub merged: u64,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultsArm)]
pub struct Arm {
    /// The variant; empty for the control group and where there are no variants.
    pub variant: String,
    /// Whether it is the control group.
    pub is_control: bool,
    /// How many customers.
    pub customers: u64,
    /// How many it should be by the shares of the lot.
    pub expected: Option<f64>,
    /// How many of them did what counts as a conversion.
    pub converted: u64,
    /// Their orders.
    pub orders: u64,
    /// What they paid.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub revenue: f64,
    /// What is left of it after the cost of goods.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub margin: f64,
    /// What contacting them cost.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub contact_cost: f64,
    /// Margin per customer more than the control group's; null for that group itself. Where there are several variants the
    /// chance is corrected for their number.
    pub effect: Option<Interval>,
}

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Chance of an estimate at least as far from 0 if there were no effect; null where nobody asks for it.
    pub p_value: Option<f64>,
}

/// Differences to the control group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultsEffects)]
pub struct Effects {
    /// Revenue.
    pub revenue: Difference,
    /// Margin after cost of goods, before the cost of the campaign.
    pub margin: Difference,
    /// Orders.
    pub orders: Difference,
    /// Customers who did what counts as a conversion.
    pub conversion: Difference,
    /// Margin per customer once more, with the interval that holds at all looks; null before it can be told.
    pub look: Option<Interval>,
}

/// One outcome of the treated and of the control group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultsDifference)]
pub struct Difference {
    /// Mean of the treated.
    pub treated: f64,
    /// Mean of the control group.
    pub control: f64,
    /// Difference per treated customer, less what their past explains.
    pub each: Interval,
    /// The same for all treated together.
    pub total: Interval,
    /// As a share of the control group's mean; null where that cannot be told from 0.
    pub relative: Option<Interval>,
    /// Variance that is left after the past was taken out, as a share.
    pub variance_left: f64,
}

/// What it earned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultsMoney)]
pub struct Money {
    /// Cost of all contacts.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub contact_cost: f64,
    /// Of how many of the treated a cost of contact is known.
    pub contacts_costed: u64,
    /// Cost of rewards and gifts: of offers that were accepted after the campaign had told of them. Discounts are no cost: revenue
    /// and margin are what was paid. Null in results of before this was counted.
    #[serde(serialize_with = "amount_or_none")]
    #[schema(value_type = Option<i64>)]
    pub reward_cost: Option<f64>,
    /// Discount given more than the control group got, by the shops' list prices: already taken off revenue and margin.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub discount: f64,
    /// Margin more than without, less cost, in all.
    pub profit: Interval,
    /// The same per treated customer.
    pub profit_each: Interval,
    /// Profit by cost; null where nothing was spent.
    pub return_on_investment: Option<Return>,
}

/// Profit by cost: 0.5 is half of the cost earned on top of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Return {
    /// The estimate.
    pub estimate: f64,
    /// Lower bound; null where any value is possible.
    pub low: Option<f64>,
    /// Upper bound.
    pub high: Option<f64>,
}

/// Whether the lot was kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultsSampleRatio)]
pub struct SampleRatio {
    /// Chance of groups at least as far from their shares.
    pub p_value: f64,
    /// It is so small that something took customers out of a group: do not read the result.
    pub mismatch: bool,
}

/// The effect by part of the customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultsStrata)]
pub struct Strata {
    /// Chance of such differences between parts if the effect were the same in all; null where parts overlap.
    pub p_value_same: Option<f64>,
    /// Part by part.
    pub parts: Vec<Part>,
}

/// The effect in one part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultsPart)]
pub struct Part {
    /// A value tier, or the id of a segment.
    pub id: String,
    /// Its name, of a segment.
    pub name: String,
    /// Treated customers in it.
    pub treated: u64,
    /// Customers of the control group in it.
    pub control: u64,
    /// Margin per customer more than the control group's; null where there are too few. The chance is corrected for the number
    /// of parts.
    pub effect: Option<Interval>,
    /// The bounds that hold for all parts together.
    pub together: Option<(f64, f64)>,
}

/// What the numbers can show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultsPower)]
pub struct Power {
    /// The smallest effect on a customer's margin that so many customers find four times out of five.
    pub detectable: f64,
    /// The effect worth finding: what a contact costs, or a twentieth of what the control group brings, whichever is more.
    pub wanted: f64,
    /// Customers of all groups together to find that.
    pub customers: u64,
}

/// What to know before trusting a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "what")]
#[schema(as = ResultsWarning)]
pub enum Warning {
    /// There is no control group, so nothing can be said of what would have come by itself.
    NoControl,
    /// A group is so small that nothing is compared.
    NothingToCompare {
        /// Customers that the smaller side needs at least.
        least: u64,
    },
    /// The groups are not as large as the lot makes them.
    SampleRatio,
    /// Not everybody's days of observation have passed.
    Running,
    /// An effect worth having may be missed.
    TooFew {
        /// So many more customers are needed.
        more: u64,
    },
    /// Few large orders decide the result: intervals are rough.
    FewLargeOrders,
    /// No cost of contact is known, so it counts as nothing.
    NoCosts,
    /// Cost of goods is not known: their margin is taken for a fixed share, or all of revenue.
    NoMargins,
}

impl Interval {
    /// One whose chance nobody asks for.
    pub fn of(effect: &Effect) -> Self {
        let Effect { estimate, low, high, p_value, .. } = *effect;
        Self { estimate, low, high, p_value: Some(p_value) }
    }

    /// Whether it is on one side of 0: 1 above, -1 below, else 0.
    pub fn side(&self) -> i8 {
        i8::from(self.low > 0.0) - i8::from(self.high < 0.0)
    }
}

impl Interval {
    /// In the smallest unit of a currency.
    pub(super) fn in_smallest(self, smallest: Smallest) -> Self {
        let of = |amount| smallest.estimate(amount);
        Self { estimate: of(self.estimate), low: of(self.low), high: of(self.high), p_value: self.p_value }
    }
}

impl Difference {
    fn in_smallest(self, smallest: Smallest) -> Self {
        Self {
            treated: smallest.estimate(self.treated),
            control: smallest.estimate(self.control),
            each: self.each.in_smallest(smallest),
            total: self.total.in_smallest(smallest),
            ..self
        }
    }
}

impl Money {
    fn in_smallest(self, smallest: Smallest) -> Self {
        Self {
            contact_cost: smallest.whole(self.contact_cost),
            reward_cost: self.reward_cost.map(|cost| smallest.whole(cost)),
            discount: smallest.whole(self.discount),
            profit: self.profit.in_smallest(smallest),
            profit_each: self.profit_each.in_smallest(smallest),
            ..self
        }
    }
}

impl Strata {
    fn in_smallest(mut self, smallest: Smallest) -> Self {
        for part in &mut self.parts {
            part.effect = part.effect.map(|effect| effect.in_smallest(smallest));
            part.together = part.together.map(|(low, high)| (smallest.estimate(low), smallest.estimate(high)));
        }
        self
    }
}

impl Return {
    pub(super) fn of(ratio: &Ratio) -> Self {
        let (low, high) = ratio.interval.unzip();
        Self { estimate: ratio.estimate, low, high }
    }
}

impl Results {
    /// With amounts as HTTP has them.
    pub(super) fn in_smallest(mut self) -> Self {
        let smallest = Smallest::of(&self.currency);
        for arm in &mut self.arms {
            for amount in [&mut arm.revenue, &mut arm.margin, &mut arm.contact_cost] {
                *amount = smallest.whole(*amount);
            }
            arm.effect = arm.effect.map(|effect| effect.in_smallest(smallest));
        }
        self.effects = self.effects.map(|effects| Effects {
            revenue: effects.revenue.in_smallest(smallest),
            margin: effects.margin.in_smallest(smallest),
            look: effects.look.map(|look| look.in_smallest(smallest)),
            ..effects
        });
        self.money = self.money.map(|money| money.in_smallest(smallest));
        self.tiers = self.tiers.map(|tiers| tiers.in_smallest(smallest));
        self.segments = self.segments.map(|segments| segments.in_smallest(smallest));
        self.power = self.power.map(|power| Power {
            detectable: smallest.estimate(power.detectable),
            wanted: smallest.estimate(power.wanted),
            ..power
        });
        self
    }

    /// Whether nothing more will come.
    pub fn is_final(&self) -> bool {
        self.elapsed >= 1.0
    }

    /// Whether somebody has to look before the result is read.
    pub fn is_void(&self) -> bool {
        self.warnings.iter().any(|warning| matches!(warning, Warning::SampleRatio))
    }
}
