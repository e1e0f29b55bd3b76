//! The prices of the limits: the lowest point of the Lagrangian's dual.
//!
//! The dual is convex with a corner for each customer who changes their mind. It is smoothed (each customer chooses by
//! a logit of small temperature: Y. Nesterov 2005, "Smooth minimization of non-smooth functions"), searched by Newton's
//! method, and the temperature lowered; a price has its own row, so the system has as many unknowns as limits.

use super::Problem;
use nalgebra::{DMatrix, DVector};
use std::num::NonZero;

/// Customers in a piece of work. Pieces are summed in their order, so that the threads do not change the result.
const PIECE: usize = 16_384;

/// What everyone's choice at given prices comes to.
#[derive(Debug, Clone)]
pub(super) struct AtPrices {
    /// The dual: no plan can have a higher value.
    pub bound: f64,
}

/// Cuts the customers into pieces and works on them with so many threads; results come in order.
pub(super) fn by_piece<T: Send>(
    customers: usize,
    threads: NonZero<usize>,
    work: impl Fn(std::ops::Range<usize>) -> T + Sync,
) -> Vec<T> {
    let pieces = customers.div_ceil(PIECE);
    let range = |piece: usize| piece * PIECE..((piece + 1) * PIECE).min(customers);
    if threads.get() == 1 || pieces == 1 {
        return (0..pieces).map(|piece| work(range(piece))).collect();
    }
    let work = &work;
    let mut done = std::thread::scope(|scope| {
        let workers = (0..threads.get()).map(|thread| {
            let mine = (thread..pieces).step_by(threads.get());
            scope.spawn(move || mine.map(|piece| (piece, work(range(piece)))).collect::<Vec<_>>())
        });
        let workers = workers.collect::<Vec<_>>();
        let join =
            |worker: std::thread::ScopedJoinHandle<'_, Vec<(usize, T)>>| worker.join().expect("work does not panic");
        workers.into_iter().flat_map(join).collect::<Vec<_>>()
    });
    done.sort_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The price of each action's place in its channel, beside its cost.
pub(super) fn action_prices(problem: &Problem, prices: &[f64]) -> Vec<f64> {
    problem.channels.iter().map(|channel| prices[channel + 1]).collect()
}

/// The dual at these prices.
pub(super) fn dual(problem: &Problem, prices: &[f64], threads: NonZero<usize>) -> AtPrices {
    let by_action = action_prices(problem, prices);
    let pieces = by_piece(problem.customers(), threads, |customers| {
        let mut sum = 0.0;
        for customer in customers {
            let (values, costs) = problem.row(customer);
            let mut best = 0.0_f64;
            for ((value, cost), price) in values.iter().zip(costs).zip(&by_action) {
                best = best.max(f64::from(*value) - prices[0] * f64::from(*cost) - price);
            }
            sum += best;
        }
        sum
    });
    AtPrices { bound: limits_paid(problem, prices) + pieces.iter().sum::<f64>() }
}

/// What the limits are worth at these prices; a limit that is infinite has no price.
fn limits_paid(problem: &Problem, prices: &[f64]) -> f64 {
    problem.limits().iter().zip(prices).map(|(limit, price)| if *price > 0.0 { limit * price } else { 0.0 }).sum()
}

/// The smoothed dual with its derivatives.
struct Smooth {
    value: f64,
    gradient: DVector<f64>,
    hessian: DMatrix<f64>,
}

fn smooth(problem: &Problem, prices: &[f64], temperature: f64, threads: NonZero<usize>) -> Smooth {
    let k = prices.len();
    let by_action = action_prices(problem, prices);
    let pieces = by_piece(problem.customers(), threads, |customers| {
        let mut sums = Smooth { value: 0.0, gradient: DVector::zeros(k), hessian: DMatrix::zeros(k, k) };
        let mut chances = vec![0.0; problem.actions()];
        let mut used = vec![0.0; k];
        for customer in customers {
            let (values, costs) = problem.row(customer);
            let mut best = 0.0_f64;
            for (chance, ((value, cost), price)) in chances.iter_mut().zip(values.iter().zip(costs).zip(&by_action)) {
                *chance = f64::from(*value) - prices[0] * f64::from(*cost) - price;
                best = best.max(*chance);
            }
            let mut whole = (-best / temperature).exp();
            for chance in &mut chances {
                let above = (*chance - best) / temperature;
                // Beyond this it would not show in the sum.
                *chance = if above > -40.0 { above.exp() } else { 0.0 };
                whole += *chance;
            }
            sums.value += best + temperature * whole.ln();
            used.fill(0.0);
            for (action, (chance, cost)) in
                chances.iter().zip(costs).enumerate().filter(|(_, (chance, _))| **chance > 0.0)
            {
                let (p, cost, channel) = (chance / whole, f64::from(*cost), problem.channels[action] + 1);
                used[0] += p * cost;
                used[channel] += p;
                sums.hessian[(0, 0)] += p * cost * cost;
                sums.hessian[(channel, 0)] += p * cost;
                sums.hessian[(channel, channel)] += p;
            }
            for i in 0..k {
                sums.gradient[i] -= used[i];
                for j in 0..=i {
                    sums.hessian[(i, j)] -= used[i] * used[j];
                }
            }
        }
        sums
    });
    let mut all = Smooth { value: 0.0, gradient: DVector::zeros(k), hessian: DMatrix::zeros(k, k) };
    for piece in pieces {
        all.value += piece.value;
        all.gradient += piece.gradient;
        all.hessian += piece.hessian;
    }
    all.hessian.fill_upper_triangle_with_lower_triangle();
    all.hessian /= temperature;
    all.value += limits_paid(problem, prices);
    for (gradient, limit) in all.gradient.iter_mut().zip(problem.limits()) {
        // Infinite where there is no limit: its price stays 0.
        *gradient += limit;
    }
    all
}

/// Newton steps for each temperature.
const STEPS: usize = 12;

/// The lowest point of the dual smoothed at each temperature in turn, from `prices`.
pub(super) fn search(problem: &Problem, prices: &mut [f64], temperatures: &[f64], threads: NonZero<usize>) {
    for &temperature in temperatures {
        let mut here = smooth(problem, prices, temperature, threads);
        for _ in 0..STEPS {
            // Where prices are at their least value, or nobody is about to change their mind, Newton's direction may lead
            // up; each price by itself then leads down.
            let steps = [newton_step(&here, prices), Some(single_steps(&here, prices, temperature))];
            let lower = |step| lower(problem, &here, prices, &step, temperature, threads);
            let Some((at, there)) = steps.into_iter().flatten().find_map(lower) else { break };
            let gained = here.value - there.value;
            prices.copy_from_slice(&at);
            here = there;
            if gained <= 1e-7 * here.value.abs() {
                break;
            }
        }
    }
}

/// The first point on the way, from its end back, that is lower.
fn lower(
    problem: &Problem,
    here: &Smooth,
    prices: &[f64],
    step: &DVector<f64>,
    temperature: f64,
    threads: NonZero<usize>,
) -> Option<(Vec<f64>, Smooth)> {
    let mut length = 1.0;
    while length >= 1e-3 {
        let at = prices.iter().zip(step.iter()).map(|(p, s)| (p + length * s).max(0.0)).collect::<Vec<_>>();
        let there = smooth(problem, &at, temperature, threads);
        if there.value < here.value {
            return Some((at, there));
        }
        length /= 4.0;
    }
    None
}

/// Downhill for each price as if the others stood still, by no more than about itself.
fn single_steps(here: &Smooth, prices: &[f64], temperature: f64) -> DVector<f64> {
    DVector::from_fn(prices.len(), |i, _| {
        let gradient = here.gradient[i];
        if !gradient.is_finite() || gradient == 0.0 || (prices[i] == 0.0 && gradient > 0.0) {
            return 0.0;
        }
        let most = prices[i].max(8.0 * temperature);
        -gradient / (here.hessian[(i, i)] + gradient.abs() / most)
    })
}

/// Downhill for the prices that may move: those at 0 whose limit is not reached stay there.
fn newton_step(here: &Smooth, prices: &[f64]) -> Option<DVector<f64>> {
    let free =
        (0..prices.len()).filter(|i| here.gradient[*i].is_finite() && (prices[*i] > 0.0 || here.gradient[*i] < 0.0));
    let free = free.collect::<Vec<_>>();
    if free.is_empty() {
        return None;
    }
    let n = free.len();
    // Limits on very different scales: costs in cents, channels in customers.
    let scale = DVector::from_fn(n, |i, _| here.hessian[(free[i], free[i])].max(f64::MIN_POSITIVE).sqrt().recip());
    let mut matrix = DMatrix::from_fn(n, n, |i, j| here.hessian[(free[i], free[j])] * scale[i] * scale[j]);
    for i in 0..n {
        matrix[(i, i)] += 1e-6;
    }
    let gradient = DVector::from_fn(n, |i, _| -here.gradient[free[i]] * scale[i]);
    let solved = matrix.cholesky()?.solve(&gradient).component_mul(&scale);
    let mut step = DVector::zeros(prices.len());
    for (i, at) in free.into_iter().enumerate() {
        step[at] = solved[i];
    }
    step.iter().all(|s| s.is_finite()).then_some(step)
}
