//! Who gets what: from what each action is worth for each customer to the plan and what another budget would bring. Pure.

use super::definition::{ActionOutcome, ChannelOutcome, Definition, Ground, Point};
use crate::contacts::Channel;
use cvm_core::segment::PersonId;
use cvm_models::ModelError;
use cvm_models::allocation::Problem;
use cvm_models::allocation::curve::{Point as CurvePoint, curve};
use cvm_models::allocation::plan::{Settings, plan};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use std::collections::{HashMap, HashSet};
use std::num::NonZero;

/// Points of the curve.
const POINTS: usize = 12;

/// How far beyond where spending stops paying the curve goes.
const BEYOND: f64 = 1.5;

/// A customer to choose an action for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub customer: PersonId,
    /// Expected margin.
    pub clv: f64,
    /// From 1.
    pub tier: Option<u8>,
}

/// What an action adds, ready to be asked for each customer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Adds {
    /// A share of the expected margin.
    Share(f64),
    /// The same for all, but for tiers of which more is known.
    Effect { all: f64, tiers: [Option<f64>; 4] },
    /// By customer; for others as above.
    Scored { scores: HashMap<PersonId, f32>, others: f64 },
}

impl Adds {
    pub fn ground(&self) -> Ground {
        match self {
            Self::Share(_) => Ground::Assumed,
            Self::Effect { tiers, .. } if tiers.iter().any(Option::is_some) => Ground::ProvenByTier,
            Self::Effect { .. } => Ground::Proven,
            Self::Scored { .. } => Ground::Scored,
        }
    }

    fn of(&self, candidate: &Candidate) -> f64 {
        match self {
            // What is lost on a customer is not lost less by spending on them.
            Self::Share(share) => share * candidate.clv.max(0.0),
            Self::Effect { all, tiers } => {
                let tier = candidate.tier.and_then(|tier| tiers.get(usize::from(tier).checked_sub(1)?).copied());
                tier.flatten().unwrap_or(*all)
            }
            Self::Scored { scores, others } => {
                scores.get(&candidate.customer).map_or(*others, |score| f64::from(*score))
            }
        }
    }
}

/// An action: what it adds, and whom it is for where it is not for all.
pub(super) struct Offered {
    pub adds: Adds,
    pub only: Option<HashSet<PersonId>>,
}

/// The plan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chosen {
    /// Of each candidate.
    pub choices: Vec<Option<u16>>,
    /// What the choice is expected to add, of each candidate.
    pub values: Vec<f32>,
    pub spent: f64,
    pub value: f64,
    /// Of the profit.
    pub bound: f64,
    pub return_at_margin: f64,
    pub actions: Vec<ActionOutcome>,
    pub channels: Vec<ChannelOutcome>,
    pub curve: Vec<Point>,
    pub stops_paying: Point,
}

/// Chooses.
///
/// # Errors
/// What the optimisation refuses: no candidates, and numbers out of their domain.
pub(super) fn choose(
    candidates: &[Candidate],
    definition: &Definition,
    offered: &[Offered],
    threads: NonZero<usize>,
    seed: u64,
) -> Result<Chosen, ModelError> {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let actions = definition.actions.len();
    let mut values = Vec::with_capacity(candidates.len() * actions);
    for candidate in candidates {
        values.extend(offered.iter().map(|offered| {
            let is_for = offered.only.as_ref().is_none_or(|only| only.contains(&candidate.customer));
            if is_for { offered.adds.of(candidate) as f32 } else { f32::NEG_INFINITY }
        }));
    }
    let costs: Vec<f32> = definition.actions.iter().map(|action| action.cost as f32).collect();
    let all_costs: Vec<f32> = candidates.iter().flat_map(|_| costs.iter().copied()).collect();
    // An action that brings less than it costs is never chosen, whatever the budget: profit is what is sought.
    let profits: Vec<f32> = values.iter().zip(&all_costs).map(|(value, cost)| value - cost).collect();
    let used: Vec<Channel> = {
        let mut used: Vec<Channel> = definition.actions.iter().map(|action| action.channel).collect();
        used.sort_unstable();
        used.dedup();
        used
    };
    let place = |channel: &Channel| used.iter().position(|other| other == channel).unwrap_or(0);
    let channels: Vec<usize> = definition.actions.iter().map(|action| place(&action.channel)).collect();
    let limit = |channel: &Channel| definition.limits.get(channel).map_or(f64::INFINITY, |limit| *limit as f64);
    let capacities: Vec<f64> = used.iter().map(limit).collect();
    let budget = definition.budget.unwrap_or(f64::INFINITY);
    let problem = Problem { values: &profits, costs: &all_costs, channels: &channels, capacities: &capacities, budget };
    let settings = Settings { threads, ..Settings::default() };
    let found = plan(&problem, &settings, &mut rng)?;
    let gross = Problem { values: &values, ..problem };
    let stops_paying = curve(&gross, &[], &settings, &mut rng)?.stops_paying;
    // Nearer to each other at the beginning, where the curve bends most.
    let share = |at: usize| (at as f64 / POINTS as f64).powi(2);
    let budgets: Vec<f64> =
        (1..=POINTS).map(|at| stops_paying.spent * BEYOND * share(at)).filter(|budget| *budget > 0.0).collect();
    let points = curve(&gross, &budgets, &settings, &mut rng)?.points;

    let mut outcomes: Vec<ActionOutcome> = offered
        .iter()
        .map(|offered| ActionOutcome { customers: 0, spent: 0.0, value: 0.0, ground: offered.adds.ground() })
        .collect();
    let mut chosen_values = vec![0.0; candidates.len()];
    for (at, choice) in found.choices.iter().enumerate() {
        let Some(action) = choice.map(usize::from) else { continue };
        let value = values[at * actions + action];
        chosen_values[at] = value;
        outcomes[action].customers += 1;
        outcomes[action].spent += f64::from(costs[action]);
        outcomes[action].value += f64::from(value);
    }
    let limited = used.iter().enumerate().filter_map(|(at, channel)| {
        let limit = *definition.limits.get(channel)?;
        let (customers, at_margin) = (found.contacts[at] as u64, found.capacity_at_margin[at]);
        Some(ChannelOutcome { channel: *channel, limit, customers, at_margin })
    });
    let value: f64 = outcomes.iter().map(|outcome| outcome.value).sum();
    Ok(Chosen {
        channels: limited.collect(),
        values: chosen_values,
        spent: found.spent,
        value,
        bound: found.bound,
        // Of profit, so that a unit of money brings itself back as well.
        return_at_margin: 1.0 + found.return_at_margin,
        actions: outcomes,
        curve: std::iter::once(Point { spent: 0.0, value: 0.0, return_at_margin: first(&points) })
            .chain(points.iter().map(point))
            .collect(),
        stops_paying: point(&stops_paying),
        choices: found.choices,
    })
}

fn point(point: &CurvePoint) -> Point {
    Point { spent: point.spent, value: point.value, return_at_margin: point.return_at_margin }
}

/// The first unit brings no less than the next ones.
fn first(points: &[CurvePoint]) -> f64 {
    points.first().map_or(0.0, |first| first.return_at_margin)
}
