//! From prices to a plan that holds every limit: customers who cost the limits most for what they bring step back, and
//! what is left over is filled up.

use super::Problem;
use super::prices::{action_prices, by_piece};
use std::num::NonZero;

/// Nobody's action.
const NOTHING: u16 = u16::MAX;

/// Times that left-over budget is offered round.
const ROUNDS: usize = 6;

pub(super) struct Draft<'a> {
    problem: &'a Problem<'a>,
    prices: &'a [f64],
    by_action: Vec<f64>,
    threads: NonZero<usize>,
    choices: Vec<u16>,
    used: Vec<f64>,
    limits: Vec<f64>,
}

/// One customer's change of action, and what it loses after prices for each unit it frees (or takes).
#[derive(Clone, Copy)]
struct Move {
    customer: u32,
    action: u16,
    loss: f64,
}

impl<'a> Draft<'a> {
    /// Everyone's best action after prices.
    pub fn at(problem: &'a Problem<'a>, prices: &'a [f64], threads: NonZero<usize>) -> Self {
        let by_action = action_prices(problem, prices);
        let pieces = by_piece(problem.customers(), threads, |customers| {
            let best = customers.map(|customer| {
                let (values, costs) = problem.row(customer);
                let (mut best, mut choice) = (0.0, NOTHING);
                for (action, ((value, cost), price)) in values.iter().zip(costs).zip(&by_action).enumerate() {
                    let worth = f64::from(*value) - prices[0] * f64::from(*cost) - price;
                    if worth > best {
                        (best, choice) = (worth, action as u16);
                    }
                }
                choice
            });
            best.collect::<Vec<_>>()
        });
        let limits = problem.limits();
        let mut draft = Self {
            problem,
            prices,
            by_action,
            threads,
            choices: pieces.concat(),
            used: vec![0.0; limits.len()],
            limits,
        };
        draft.count();
        draft
    }

    /// Counts what is used; costs summed step by step would drift.
    fn count(&mut self) {
        let k = self.limits.len();
        let pieces = by_piece(self.choices.len(), self.threads, |customers| {
            let mut used = vec![0.0; k];
            for customer in customers {
                self.uses(customer, self.choices[customer], |limit, amount| used[limit] += amount);
            }
            used
        });
        self.used.fill(0.0);
        for piece in pieces {
            self.used.iter_mut().zip(piece).for_each(|(sum, used)| *sum += used);
        }
    }

    /// What an action for a customer takes of the limits.
    fn uses(&self, customer: usize, action: u16, mut each: impl FnMut(usize, f64)) {
        if action != NOTHING {
            let cost = self.problem.row(customer).1[usize::from(action)];
            each(0, f64::from(cost));
            each(self.problem.channels[usize::from(action)] + 1, 1.0);
        }
    }

    fn worth(&self, customer: usize, action: u16) -> f64 {
        if action == NOTHING {
            return 0.0;
        }
        let (values, costs) = self.problem.row(customer);
        let action = usize::from(action);
        f64::from(values[action]) - self.prices[0] * f64::from(costs[action]) - self.by_action[action]
    }

    fn value(&self, customer: usize, action: u16) -> f64 {
        if action == NOTHING { 0.0 } else { f64::from(self.problem.row(customer).0[usize::from(action)]) }
    }

    fn apply(&mut self, customer: usize, action: u16) {
        let mut change = vec![0.0; self.limits.len()];
        self.uses(customer, self.choices[customer], |limit, amount| change[limit] -= amount);
        self.uses(customer, action, |limit, amount| change[limit] += amount);
        self.used.iter_mut().zip(change).for_each(|(used, change)| *used += change);
        self.choices[customer] = action;
    }

    /// The tolerance of a sum of so many costs.
    fn over(&self, limit: usize) -> bool {
        self.used[limit] > self.limits[limit] * (1.0 + 1e-12)
    }

    /// Steps back until every limit holds.
    pub fn hold(mut self) -> Self {
        // At first to any action that uses less; if limits keep pushing each other, to nothing.
        for only_nothing in [false, false, true] {
            for limit in 0..self.limits.len() {
                if !self.over(limit) {
                    continue;
                }
                let mut moves = self.collect(|draft, customer| draft.step_back(customer, limit, only_nothing));
                moves.sort_unstable_by(|a, b| a.loss.total_cmp(&b.loss));
                for step in moves {
                    if !self.over(limit) {
                        break;
                    }
                    self.apply(step.customer as usize, step.action);
                }
                self.count();
            }
        }
        self
    }

    /// The change that loses least for each unit it frees.
    fn step_back(&self, customer: usize, limit: usize, only_nothing: bool) -> Option<Move> {
        let now = self.choices[customer];
        let mut used = 0.0;
        self.uses(customer, now, |of, amount| used += if of == limit { amount } else { 0.0 });
        if used <= 0.0 {
            return None;
        }
        let worth = self.worth(customer, now);
        let mut best = Move { customer: customer as u32, action: NOTHING, loss: worth / used };
        let (values, costs) = self.problem.row(customer);
        for action in 0..if only_nothing { 0 } else { self.problem.actions() } {
            let freed = used - self.problem.use_of(limit, action, costs[action]);
            if freed > 0.0 && values[action] > 0.0 {
                let loss = (worth - self.worth(customer, action as u16)) / freed;
                if loss < best.loss {
                    best = Move { action: action as u16, loss, ..best };
                }
            }
        }
        Some(best)
    }

    /// Gives out what is left, nearest to worth its price first.
    pub fn fill(mut self) -> Self {
        for _ in 0..ROUNDS {
            let mut moves = self.collect(Self::step_up);
            moves.sort_unstable_by(|a, b| a.loss.total_cmp(&b.loss));
            let mut changed = false;
            for step in moves {
                if self.fits(step.customer as usize, step.action) {
                    self.apply(step.customer as usize, step.action);
                    changed = true;
                }
            }
            self.count();
            if !changed {
                break;
            }
        }
        self
    }

    /// The action of more value that fits and loses least after prices.
    fn step_up(&self, customer: usize) -> Option<Move> {
        let now = self.choices[customer];
        let (value, worth) = (self.value(customer, now), self.worth(customer, now));
        let mut best: Option<Move> = None;
        for (action, candidate) in self.problem.row(customer).0.iter().enumerate() {
            let action = action as u16;
            if f64::from(*candidate) > value && self.fits(customer, action) {
                let loss = worth - self.worth(customer, action);
                if best.is_none_or(|best| loss < best.loss) {
                    best = Some(Move { customer: customer as u32, action, loss });
                }
            }
        }
        best
    }

    fn fits(&self, customer: usize, action: u16) -> bool {
        let now = self.choices[customer];
        let mut fits = true;
        self.uses(customer, action, |limit, amount| {
            let mut after = self.used[limit] + amount;
            self.uses(customer, now, |of, amount| after -= if of == limit { amount } else { 0.0 });
            fits &= after <= self.limits[limit];
        });
        fits
    }

    fn collect(&self, of: impl Fn(&Self, usize) -> Option<Move> + Sync) -> Vec<Move> {
        let pieces = by_piece(self.choices.len(), self.threads, |customers| {
            customers.filter_map(|customer| of(self, customer)).collect::<Vec<_>>()
        });
        pieces.concat()
    }

    /// (choices, value, what is used of the limits).
    pub fn done(self) -> (Vec<Option<u16>>, f64, Vec<f64>) {
        let value = (0..self.choices.len()).map(|customer| self.value(customer, self.choices[customer])).sum();
        let choices = self.choices.iter().map(|choice| (*choice != NOTHING).then_some(*choice)).collect();
        (choices, value, self.used)
    }
}
