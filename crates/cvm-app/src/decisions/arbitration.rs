//! Which action is best for a customer now: priority = propensity x context weight x value x lever, for every offer that may be
//! made, beside doing nothing, whose priority is 0.
//!
//! Value is money: what an acceptance brings more than it costs. What telling costs is paid whether or not anybody accepts, so
//! an acceptance carries its share of it: the cost of a contact divided by the propensity. Then propensity x value is what
//! telling is expected to earn, and where that is less than nothing, nothing is done. Nothing here reads or writes anything, so a
//! decision can be made again from what was written down.

use super::features::Feature;
use crate::offers::{Draft, Worth};
use cvm_core::segment::{Calendar, Known};
use cvm_models::propensity::logistic::Score;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Why an offer was not chosen. Earlier ones are asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LeftOutReason)]
pub enum Reason {
    /// The customer belongs to those who are never told anything, so that all that is done can be compared with that.
    GlobalControl,
    /// The customer is on the list of those who are not to be contacted.
    Suppressed,
    /// They said no, or have not said yes, by this channel.
    NoConsent,
    /// There is no address by which they could be reached.
    NoAddress,
    /// Not at this hour of the customer.
    Quiet,
    /// They were told enough of late: by this channel, or in all.
    Capped,
    /// It begins later.
    NotYet,
    /// It has ended.
    Over,
    /// There are no more.
    OutOfStock,
    /// What it may cost is spent.
    BudgetSpent,
    /// It has no treatment for this channel, or for this place in it.
    NoTreatment,
    /// The customer may not have it.
    NotEligible,
    /// It makes no sense for them now.
    NotApplicable,
    /// It would not be good for them.
    NotSuitable,
    /// They were told of it, or of others of its group, often enough.
    OfferCapped,
    /// What it is worth depends on figures of the customer that are not known.
    UnknownValue,
    /// It would cost more than it brings.
    DestroysValue,
    /// Others are better.
    Outranked,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::GlobalControl,
        Self::Suppressed,
        Self::NoConsent,
        Self::NoAddress,
        Self::Quiet,
        Self::Capped,
        Self::NotYet,
        Self::Over,
        Self::OutOfStock,
        Self::BudgetSpent,
        Self::NoTreatment,
        Self::NotEligible,
        Self::NotApplicable,
        Self::NotSuitable,
        Self::OfferCapped,
        Self::UnknownValue,
        Self::DestroysValue,
        Self::Outranked,
    ];

    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GlobalControl => "global_control",
            Self::Suppressed => "suppressed",
            Self::NoConsent => "no_consent",
            Self::NoAddress => "no_address",
            Self::Quiet => "quiet",
            Self::Capped => "capped",
            Self::NotYet => "not_yet",
            Self::Over => "over",
            Self::OutOfStock => "out_of_stock",
            Self::BudgetSpent => "budget_spent",
            Self::NoTreatment => "no_treatment",
            Self::NotEligible => "not_eligible",
            Self::NotApplicable => "not_applicable",
            Self::NotSuitable => "not_suitable",
            Self::OfferCapped => "offer_capped",
            Self::UnknownValue => "unknown_value",
            Self::DestroysValue => "destroys_value",
            Self::Outranked => "outranked",
        }
    }
}

/// All that a decision depends on, but offers and models: it is written down with the decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Inputs {
    /// The moment.
    pub now: i64,
    /// What the caller told.
    pub context: Map<String, Value>,
    /// Of customer, moment and context.
    pub features: Vec<Feature>,
    /// Margin that the customer is expected to bring over the horizon, in 1/10,000 of the currency's unit.
    pub margin: Option<i64>,
    /// What an order of theirs is expected to be, in the same.
    pub order: Option<i64>,
    /// How much of the doubt is acted out: 0 for none.
    pub exploration: f64,
    /// What chance begins with.
    pub seed: u64,
    /// Places after the point of the currency's smallest unit.
    pub places: u32,
    /// Whether it was settled beforehand what to offer: then it is made whatever it is expected to earn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_settled: bool,
}

/// A treatment that may be made, and its log-odds.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// The offer's number.
    pub offer: i64,
    pub draft: &'a Draft,
    /// The treatment's key.
    pub key: i64,
    /// What telling costs, in the smallest unit of the currency.
    pub contact: f64,
    pub score: Score,
}

impl<'a> Candidate<'a> {
    /// The treatment of this key, if the offer has it.
    pub fn of(offer: i64, draft: &'a Draft, key: i64, score: impl FnOnce() -> Score) -> Option<Self> {
        let treatment = draft.treatments.iter().find(|it| it.key(offer) == key)?;
        Some(Self { offer, draft, key, contact: draft.cost.of_contact(treatment.channel), score: score() })
    }
}

/// The parts of a priority. Money is in the currency's unit, as `clv` is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PriorityParts)]
pub struct Parts {
    /// The chance that was acted by: `chance`, but for what is tried to learn of it.
    pub propensity: f64,
    /// How much the context speaks for it.
    pub context_weight: f64,
    /// What an acceptance earns: `worth` - `reward` - `discount` - `contact` / `propensity`.
    pub value: f64,
    /// The factor of the business.
    pub lever: f64,
    /// The chance of an acceptance, as far as is known.
    pub chance: f64,
    /// Margin that an acceptance brings and that would not come without it.
    pub worth: f64,
    /// What an acceptance costs.
    pub reward: f64,
    /// What is taken off the order that it is accepted with.
    pub discount: f64,
    /// What telling costs, accepted or not.
    pub contact: f64,
}

impl Parts {
    /// What is expected to be earned by telling, weighted.
    pub fn priority(&self) -> f64 {
        self.propensity * self.context_weight * self.value * self.lever
    }
}

/// What became of the candidates: by their places.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Ranking {
    /// Those that earn something, one an offer: as many as are wanted, the best first, then the others as they come.
    pub ranked: Vec<(usize, Parts)>,
    /// The first ones of offers of which none does.
    pub left_out: Vec<(usize, Reason)>,
}

/// Ranks candidates and puts the `best` ones in order; those of one offer stand together.
pub(super) fn rank(candidates: &[Candidate<'_>], inputs: &Inputs, best: usize) -> Ranking {
    let mut ranking = Ranking { ranked: Vec::with_capacity(candidates.len()), left_out: Vec::new() };
    let mut first = 0;
    for same in candidates.chunk_by(|a, b| a.offer == b.offer) {
        let priced = same.iter().enumerate().filter_map(|(place, one)| Some((first + place, parts(one, inputs)?)));
        let best = priced.max_by(|a, b| a.1.priority().total_cmp(&b.1.priority()).then(b.0.cmp(&a.0)));
        match best {
            Some((place, parts)) if inputs.is_settled || parts.priority() > 0.0 => ranking.ranked.push((place, parts)),
            Some(_) => ranking.left_out.push((first, Reason::DestroysValue)),
            None => ranking.left_out.push((first, Reason::UnknownValue)),
        }
        first += same.len();
    }
    // Of equal ones the older offer, so that there is one answer.
    let order = |a: &(usize, Parts), b: &(usize, Parts)| b.1.priority().total_cmp(&a.1.priority()).then(a.0.cmp(&b.0));
    let best = best.min(ranking.ranked.len());
    if best < ranking.ranked.len() {
        ranking.ranked.select_nth_unstable_by(best, order);
    }
    ranking.ranked[..best].sort_unstable_by(order);
    ranking
}

/// The parts of a treatment's priority; `None` where what it is worth depends on what is not known.
fn parts(candidate: &Candidate<'_>, inputs: &Inputs) -> Option<Parts> {
    let draft = candidate.draft;
    let unit = 10_f64.powi(inputs.places as i32);
    let known = |amount: i64| amount as f64 / 10_000.0;
    let nothing = inputs.is_settled.then_some(0);
    let worth = match draft.worth {
        Worth::Amount(amount) => amount as f64 / unit,
        // Whoever costs more than they bring is worth no more for buying more.
        Worth::ShareOfMargin(share) => share * known(inputs.margin.or(nothing)?).max(0.0),
    };
    let discount = match draft.cost.share_of_order {
        0.0 => 0.0,
        share => share * known(inputs.order.or(nothing)?).max(0.0),
    };
    let contact = candidate.contact / unit;
    let chance = candidate.score.chance();
    // Each treatment's chance is its own, whichever others there are.
    let seed = inputs.seed ^ (candidate.key as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let propensity = match inputs.exploration > 0.0 {
        true => candidate.score.drawn(inputs.exploration, &mut Pcg64Mcg::seed_from_u64(seed)),
        false => chance,
    };
    let propensity = propensity.max(1e-9); // telling is paid for: a share of it cannot be endless
    let reward = draft.cost.per_acceptance as f64 / unit;
    Some(Parts {
        propensity,
        context_weight: context_weight(draft, inputs),
        value: worth - reward - discount - contact / propensity,
        lever: draft.lever,
        chance,
        worth,
        reward,
        discount,
        contact,
    })
}

fn context_weight(draft: &Draft, inputs: &Inputs) -> f64 {
    if draft.context.is_empty() {
        return 1.0;
    }
    let calendar = Calendar::new(inputs.now, chrono_tz::UTC);
    let holds = draft.context.iter().filter(|weight| {
        let known = inputs.context.get(&weight.name).and_then(Known::of);
        weight.is.holds(known, &calendar)
    });
    holds.map(|weight| weight.weight).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draft(change: Value) -> Draft {
        let mut draft = json!({"name": "a", "issue": "i", "group": "g", "worth": {"amount": 1000},
                              "treatments": [{"number": 1, "channel": "call", "content": {"en": {"body": "b"}}}]});
        for (name, value) in change.as_object().unwrap() {
            draft[name] = value.clone();
        }
        serde_json::from_value(draft).unwrap()
    }

    fn inputs() -> Inputs {
        Inputs {
            now: 0,
            context: json!({"intent": "cancel"}).as_object().unwrap().clone(),
            features: Vec::new(),
            margin: Some(2_000_000),
            order: Some(500_000),
            exploration: 0.0,
            seed: 1,
            places: 2,
            is_settled: false,
        }
    }

    /// The first treatment of an offer.
    fn first(offer: i64, draft: &Draft, score: Score) -> Candidate<'_> {
        Candidate::of(offer, draft, draft.treatments[0].key(offer), || score).unwrap()
    }

    fn ranked(drafts: &[Draft], score: Score, inputs: &Inputs) -> Ranking {
        let candidates = (1..).zip(drafts).map(|(offer, draft)| first(offer, draft, score));
        rank(&candidates.collect::<Vec<_>>(), inputs, usize::MAX)
    }

    /// Log-odds of a tenth, without doubt.
    const TENTH: Score = Score { mean: -2.197_224_577_336_219, variance: 0.0 };

    #[test]
    fn priority_is_the_product_of_its_parts() {
        // By hand: worth 20% of 200 = 40; less 10% of 50 = 5, less 3; a call of 1.50 for a tenth: 15. So 17 an acceptance.
        let offer = draft(json!({
            "worth": {"share_of_margin": 0.2}, "lever": 2.0,
            "cost": {"per_acceptance": 300, "share_of_order": 0.1, "contact": {"call": 150.0}},
            "context": [{"name": "intent", "is": {"equals": "cancel"}, "weight": 1.5},
                        {"name": "intent", "is": {"equals": "buy"}, "weight": 9.0}],
        }));
        let found = ranked(&[offer], TENTH, &inputs());
        let (_, parts) = found.ranked[0];
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        close(parts.value, 17.0);
        close(parts.context_weight, 1.5);
        close(parts.priority(), 0.1 * 1.5 * 17.0 * 2.0);
        // Without weights it is what telling earns: a tenth of 32 less the call.
        close(parts.propensity * parts.value, 0.1 * 32.0 - 1.5);
    }

    #[test]
    fn nothing_is_better_than_what_destroys_value() {
        let call = |cents: f64| draft(json!({"cost": {"contact": {"call": cents}}}));
        // A tenth of 10.00 is 1.00: one call earns a cent, the other loses one, and nothing is as good as breaking even.
        let found = ranked(&[call(99.0), call(101.0)], TENTH, &inputs());
        assert_eq!(found.ranked.iter().map(|it| it.0).collect::<Vec<_>>(), [0]);
        assert_eq!(found.left_out, [(1, Reason::DestroysValue)]);
        // Whoever costs more than they bring: what grows with their margin is worth nothing, what is cheap still earns.
        let poor = Inputs { margin: Some(-50_000), ..inputs() };
        let shares = [
            draft(json!({"worth": {"share_of_margin": 0.5}, "cost": {"per_acceptance": 1}})),
            draft(json!({"worth": {"amount": 100}})),
        ];
        let found = ranked(&shares, TENTH, &poor);
        assert_eq!((found.ranked[0].0, found.left_out), (1, vec![(0, Reason::DestroysValue)]));
    }

    #[test]
    fn what_is_not_known_is_no_reason_to_guess() {
        let shares =
            [draft(json!({"worth": {"share_of_margin": 0.5}})), draft(json!({"cost": {"share_of_order": 0.1}}))];
        let stranger = Inputs { margin: None, order: None, ..inputs() };
        let found = ranked(&shares, TENTH, &stranger);
        assert_eq!(found.left_out, [(0, Reason::UnknownValue), (1, Reason::UnknownValue)]);
        // What was settled is made whatever it earns; what is not known brings nothing.
        let dear = draft(json!({"worth": {"share_of_margin": 0.5}, "cost": {"per_acceptance": 300}}));
        let found = ranked(&[dear], TENTH, &Inputs { is_settled: true, ..stranger });
        assert_eq!((found.ranked[0].1.value, found.left_out), (-3.0, Vec::new()));
    }

    #[test]
    fn what_is_little_known_is_tried_and_the_same_seed_gives_the_same() {
        // One that is known to be taken by a tenth, one that may be anything around a twentieth.
        let drafts = [draft(json!({})), draft(json!({}))];
        let doubtful = Score { mean: -2.94, variance: 1.0 };
        let best = |seed: u64, exploration: f64| {
            let inputs = Inputs { seed, exploration, ..inputs() };
            let all = [first(1, &drafts[0], TENTH), first(2, &drafts[1], doubtful)];
            rank(&all, &inputs, 1).ranked[0].0
        };
        assert!((0..200).all(|seed| best(seed, 0.0) == 0));
        let tried = (0..2_000).filter(|seed| best(*seed, 1.0) == 1).count();
        // P(N(-2.94, 1) > -2.197) = 0.2287 (normal table at 0.743), four standard errors of 2,000 are 0.0376.
        assert!((tried as f64 / 2_000.0 - 0.2287).abs() < 0.0376, "{tried}");
        assert!((0..200).all(|seed| best(seed, 1.0) == best(seed, 1.0)));
    }

    #[test]
    fn as_many_as_are_wanted_are_in_order() {
        let drafts: Vec<Draft> =
            (0..50).map(|number| draft(json!({"worth": {"amount": 100 + number * 37 % 50}}))).collect();
        let all = ranked(&drafts, TENTH, &inputs()).ranked;
        assert!(all.is_sorted_by(|a, b| a.1.priority() > b.1.priority()));
        for best in [0, 1, 7, 50, 60] {
            let candidates = (1..).zip(&drafts).map(|(offer, draft)| first(offer, draft, TENTH));
            let found = rank(&candidates.collect::<Vec<_>>(), &inputs(), best).ranked;
            assert_eq!((found.len(), &found[..best.min(50)]), (50, &all[..best.min(50)]));
        }
        assert!(Reason::ALL.iter().enumerate().all(|(place, reason)| *reason as usize == place));
    }

    #[test]
    fn of_one_offer_the_better_treatment_is_made() {
        let content = json!({"en": {"body": "b"}});
        let treatments = [1, 2].map(|number| json!({"number": number, "channel": "in_app", "content": content}));
        let draft = draft(json!({"treatments": treatments}));
        let with = |place: usize, score| Candidate::of(1, &draft, draft.treatments[place].key(1), || score).unwrap();
        let better = Score { mean: -1.0, variance: 0.0 };
        let found = rank(&[with(0, TENTH), with(1, better)], &inputs(), 1);
        assert_eq!(found.ranked.iter().map(|it| it.0).collect::<Vec<_>>(), [1]);
    }
}
