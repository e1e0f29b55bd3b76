//! A plan within the limits, with the bound on how far it is from the best one.

use super::Problem;
use super::prices::{dual, search};
use super::repair::Draft;
use crate::{ModelError, Result};
use rand::Rng;
use std::num::NonZero;

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Customers on whom prices are found first; all of them only correct these.
    pub sample: usize,
    /// Temperatures, the last as a share of the mean value of a customer's best action: lower is nearer to the best plan
    /// and slower.
    pub temperature: f64,
    /// Threads to work with; they do not change the result.
    pub threads: NonZero<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { sample: 20_000, temperature: 1e-3, threads: NonZero::<usize>::MIN }
    }
}

/// Who gets what.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The action of each customer, or none.
    pub choices: Vec<Option<u16>>,
    /// Expected incremental value in all.
    pub value: f64,
    /// What is spent of the budget.
    pub spent: f64,
    /// Customers of each channel.
    pub contacts: Vec<f64>,
    /// No plan within the limits has a higher value.
    pub bound: f64,
    /// What one more unit of budget would bring.
    pub return_at_margin: f64,
    /// What one more customer in each channel would bring.
    pub capacity_at_margin: Vec<f64>,
}

impl Plan {
    /// How much better than this the best plan could be, as a share of it: 0.001 is a tenth of a percent.
    pub fn gap(&self) -> f64 {
        if self.bound > 0.0 { ((self.bound - self.value) / self.bound).max(0.0) } else { 0.0 }
    }
}

/// Chooses an action, or none, for each customer.
///
/// # Errors
/// [`ModelError::Invalid`] for numbers and settings out of their domain.
///
/// ```
/// use cvm_models::allocation::{Problem, plan::plan};
/// use rand::SeedableRng;
///
/// // Two customers; an e-mail costs 1, a call 5, and there is money for one call or for two e-mails and change.
/// let problem = Problem {
///     values: &[3.0, 12.0, 4.0, 8.0],
///     costs: &[1.0, 5.0, 1.0, 5.0],
///     channels: &[0, 1],
///     capacities: &[f64::INFINITY, 10.0],
///     budget: 6.0,
/// };
/// let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(1);
/// let found = plan(&problem, &Default::default(), &mut rng)?;
/// assert_eq!(found.choices, [Some(1), Some(0)]);
/// assert_eq!((found.value, found.spent), (16.0, 6.0));
/// # Ok::<(), cvm_models::ModelError>(())
/// ```
pub fn plan(problem: &Problem, settings: &Settings, rng: &mut impl Rng) -> Result<Plan> {
    problem.check()?;
    settings.check()?;
    let prices = prices(problem, settings, rng);
    Ok(at_prices(problem, &prices, settings))
}

impl Settings {
    fn check(&self) -> Result<()> {
        if self.sample == 0 {
            return Err(ModelError::invalid("customers in the sample", 0.0, "at least 1"));
        }
        let fine = self.temperature > 0.0 && self.temperature <= 1.0;
        if fine { Ok(()) } else { Err(ModelError::invalid("temperature", self.temperature, "above 0, up to 1")) }
    }
}

/// The plan that follows from prices of budget and channels.
pub(super) fn at_prices(problem: &Problem, prices: &[f64], settings: &Settings) -> Plan {
    let bound = dual(problem, prices, settings.threads).bound;
    let (mut choices, mut value, mut used) = Draft::at(problem, prices, settings.threads).hold().fill().done();
    // Where a budget is for a few only, one alone may be worth more than those whose prices are best; without this, a plan of a
    // knapsack may be as bad as one likes.
    if let Some((customer, action, alone)) = best_alone(problem)
        && alone > value
    {
        choices.fill(None);
        choices[customer] = u16::try_from(action).ok();
        used.fill(0.0);
        used[0] = f64::from(problem.row(customer).1[action]);
        used[1 + problem.channels[action]] = 1.0;
        value = alone;
    }
    Plan {
        choices,
        value,
        spent: used[0],
        contacts: used[1..].to_vec(),
        // Rounding must not let a plan that is the best one pass its bound.
        bound: bound.max(value),
        return_at_margin: prices[0],
        capacity_at_margin: prices[1..].to_vec(),
    }
}

/// The one choice that is worth most of those within the limits: customer, action, value.
fn best_alone(problem: &Problem) -> Option<(usize, usize, f64)> {
    let mut best: Option<(usize, usize, f64)> = None;
    for customer in 0..problem.customers() {
        let (values, costs) = problem.row(customer);
        for (action, (&value, &cost)) in values.iter().zip(costs).enumerate() {
            let fits = f64::from(cost) <= problem.budget && problem.capacities[problem.channels[action]] >= 1.0;
            let value = f64::from(value);
            if fits && value > best.map_or(0.0, |(.., best)| best) {
                best = Some((customer, action, value));
            }
        }
    }
    best
}

/// The prices at which the limits just hold.
fn prices(problem: &Problem, settings: &Settings, rng: &mut impl Rng) -> Vec<f64> {
    let mut prices = vec![0.0; 1 + problem.capacities.len()];
    let customers = problem.customers();
    let sample = Sample::of(problem, settings.sample, rng);
    let scale = sample.mean_best_value();
    if scale <= 0.0 {
        return prices;
    }
    // From soft to hard, by factors of four.
    let mut temperatures = vec![settings.temperature * scale];
    while temperatures[temperatures.len() - 1] < 0.3 * scale {
        temperatures.push(temperatures[temperatures.len() - 1] * 4.0);
    }
    temperatures.reverse();
    search(&sample.problem(problem), &mut prices, &temperatures, settings.threads);
    if sample.values.len() < customers * problem.actions() {
        search(problem, &mut prices, &temperatures[temperatures.len() - 1..], settings.threads);
    }
    prices
}

/// Some customers, with their share of the limits.
pub(super) struct Sample {
    pub values: Vec<f32>,
    pub costs: Vec<f32>,
    pub capacities: Vec<f64>,
    pub budget: f64,
    /// Customers for whom one of the sample stands.
    pub weight: f64,
    actions: usize,
}

impl Sample {
    pub fn of(problem: &Problem, most: usize, rng: &mut impl Rng) -> Self {
        let customers = problem.customers();
        let mut chosen = if customers > most {
            rand::seq::index::sample(rng, customers, most).into_vec()
        } else {
            (0..customers).collect()
        };
        chosen.sort_unstable();
        let weight = customers as f64 / chosen.len() as f64;
        Self {
            values: chosen.iter().flat_map(|c| problem.row(*c).0).copied().collect(),
            costs: chosen.iter().flat_map(|c| problem.row(*c).1).copied().collect(),
            capacities: problem.capacities.iter().map(|capacity| capacity / weight).collect(),
            budget: problem.budget / weight,
            weight,
            actions: problem.actions(),
        }
    }

    pub fn problem<'a>(&'a self, whole: &Problem<'a>) -> Problem<'a> {
        Problem {
            values: &self.values,
            costs: &self.costs,
            channels: whole.channels,
            capacities: &self.capacities,
            budget: self.budget,
        }
    }

    fn mean_best_value(&self) -> f64 {
        let best = |row: &[f32]| f64::from(row.iter().fold(0.0_f32, |best, value| best.max(*value)));
        let rows = self.values.chunks_exact(self.actions);
        let n = rows.len() as f64;
        rows.map(best).sum::<f64>() / n
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    const FREE: f64 = f64::INFINITY;

    fn rng() -> Pcg64Mcg {
        Pcg64Mcg::seed_from_u64(1)
    }

    /// Values and costs by a formula that the reference repeats.
    fn formula(customers: usize, actions: usize) -> (Vec<f32>, Vec<f32>) {
        let cells = (0..customers).flat_map(|i| (0..actions).map(move |j| (i, j)));
        let value = |(i, j): (usize, usize)| ((i * 7919 + j * 104_729 + i * j * 31 + 13) % 1000) as f32 / 10.0 - 20.0;
        let cost = |(i, j): (usize, usize)| ((i * 5023 + j * 15_331 + i * i * 7 + 3) % 200) as f32 / 20.0 + 0.5;
        (cells.clone().map(value).collect(), cells.map(cost).collect())
    }

    fn holds(problem: &Problem, found: &Plan) {
        let (mut spent, mut value, mut contacts) = (0.0, 0.0, vec![0.0; problem.capacities.len()]);
        for (customer, choice) in found.choices.iter().enumerate() {
            if let Some(action) = choice.map(usize::from) {
                let (values, costs) = problem.row(customer);
                value += f64::from(values[action]);
                spent += f64::from(costs[action]);
                contacts[problem.channels[action]] += 1.0;
            }
        }
        assert!((value - found.value).abs() < 1e-6 * (1.0 + value.abs()));
        assert!((spent - found.spent).abs() < 1e-6 * (1.0 + spent) && spent <= problem.budget * (1.0 + 1e-9));
        assert_eq!(contacts, found.contacts);
        assert!(contacts.iter().zip(problem.capacities).all(|(used, capacity)| used <= capacity));
    }

    #[test]
    fn near_the_best_plan_of_an_exact_solver() {
        // scipy.optimize.milp 1.17.1 (HiGHS), gap 0.
        let channels = |actions: usize| if actions == 4 { vec![0, 0, 1, 2] } else { vec![0, 0, 1, 1, 2, 2] };
        for (customers, actions, capacities, budget, best, far) in [
            (40, 4, [FREE, FREE, FREE], 60.0, 1355.2, 0.02),
            (40, 4, [10.0, 8.0, 5.0], FREE, 1523.2, 0.02),
            (40, 4, [10.0, 8.0, 5.0], 50.0, 1226.5, 0.02),
            (200, 6, [60.0, 50.0, 20.0], 300.0, 8111.6, 0.005),
            (200, 6, [FREE, FREE, FREE], 100.0, 4451.7, 0.005),
        ] {
            let (values, costs) = formula(customers, actions);
            let channels = channels(actions);
            let problem =
                Problem { values: &values, costs: &costs, channels: &channels, capacities: &capacities, budget };
            let found = plan(&problem, &Settings::default(), &mut rng()).unwrap();
            holds(&problem, &found);
            println!("{} of {best}, bound {}", found.value, found.bound);
            assert!(found.value <= best + 1e-3 && best <= found.bound + 1e-3, "{} {best} {}", found.value, found.bound);
            assert!(found.value > best * (1.0 - far) && found.gap() < 2.0 * far, "{} of {best}", found.value);
        }
    }

    /// All plans there are.
    fn best_by_trying(problem: &Problem) -> f64 {
        let (customers, actions) = (problem.customers(), problem.actions());
        let mut best = 0.0_f64;
        for mut code in 0..(actions + 1).pow(customers as u32) {
            let (mut value, mut spent, mut contacts) = (0.0, 0.0, vec![0.0; problem.capacities.len()]);
            for customer in 0..customers {
                let action = code % (actions + 1);
                code /= actions + 1;
                if action < actions {
                    value += f64::from(problem.row(customer).0[action]);
                    spent += f64::from(problem.row(customer).1[action]);
                    contacts[problem.channels[action]] += 1.0;
                }
            }
            let fits = spent <= problem.budget && contacts.iter().zip(problem.capacities).all(|(c, most)| c <= most);
            if fits {
                best = best.max(value);
            }
        }
        best
    }

    proptest! {
        #[test]
        fn between_nothing_and_the_bound(
            cells in prop::collection::vec((-5_i8..30, 0_u8..10), 15),
            budget in prop_oneof![Just(FREE), (0_u8..30).prop_map(f64::from)],
            capacity in prop_oneof![Just(FREE), (0_u8..4).prop_map(f64::from)],
        ) {
            let (values, costs): (Vec<_>, Vec<_>) = cells.iter().map(|(v, c)| (f32::from(*v), f32::from(*c))).unzip();
            let capacities = [capacity, 3.0];
            let problem = Problem { values: &values, costs: &costs, channels: &[0, 0, 1], capacities: &capacities, budget };
            let found = plan(&problem, &Settings::default(), &mut rng()).unwrap();
            holds(&problem, &found);
            let best = best_by_trying(&problem);
            prop_assert!(found.value <= best + 1e-9, "{} {best}", found.value);
            prop_assert!(best <= found.bound + 1e-6, "{best} {}", found.bound);
            prop_assert!(found.value >= 0.5 * best, "{} of {best}", found.value);
        }
    }

    /// Customers who differ in how much they buy, actions in how they cost and reach.
    fn many(customers: usize, actions: usize) -> (Vec<f32>, Vec<f32>) {
        let mut rng = Pcg64Mcg::seed_from_u64(9);
        let (mut values, mut costs) = (Vec::new(), Vec::new());
        for _ in 0..customers {
            let worth = -20.0 * rng.random::<f32>().max(1e-6).ln();
            for action in 0..actions {
                let strength = 0.05 + 0.3 * action as f32 / actions as f32;
                values.push(worth * strength * (rng.random::<f32>() * 2.4 - 0.4));
                costs.push(0.02 + 0.2 * action as f32 * rng.random::<f32>());
            }
        }
        (values, costs)
    }

    #[test]
    fn many_customers_are_planned_to_within_a_thousandth() {
        let (values, costs) = many(30_000, 8);
        let channels = [0, 0, 0, 1, 1, 2, 2, 2];
        let problem = Problem {
            values: &values,
            costs: &costs,
            channels: &channels,
            capacities: &[FREE, 5_000.0, 3_000.0],
            budget: 4_000.0,
        };
        let settings = Settings { sample: 5_000, ..Settings::default() };
        let found = plan(&problem, &settings, &mut rng()).unwrap();
        holds(&problem, &found);
        println!("gap {}, spent {}, contacts {:?}", found.gap(), found.spent, found.contacts);
        assert!(found.gap() < 1e-3, "{}", found.gap());
        assert!(found.spent > 3_999.0);
        // Threads share the work and change nothing.
        let threads = NonZero::new(3).unwrap();
        assert_eq!(plan(&problem, &Settings { threads, ..settings }, &mut rng()).unwrap(), found);
        // One more unit of budget brings what its price says.
        let more = plan(&Problem { budget: 4_100.0, ..problem }, &settings, &mut rng()).unwrap();
        let brings = (more.value - found.value) / 100.0;
        assert!((brings / found.return_at_margin - 1.0).abs() < 0.05, "{brings} {}", found.return_at_margin);
    }

    #[test]
    fn all_alike_is_the_hardest_for_prices() {
        // Everyone changes their mind at the same price; the left-over is filled one by one.
        let (values, costs) = ([2.0_f32; 100], [1.0_f32; 100]);
        let problem = Problem { values: &values, costs: &costs, channels: &[0], capacities: &[FREE], budget: 37.5 };
        let found = plan(&problem, &Settings::default(), &mut rng()).unwrap();
        assert_eq!((found.value, found.spent), (74.0, 37.0));
        assert!((75.0 - 1e-6..76.0).contains(&found.bound), "{}", found.bound);
    }

    #[test]
    fn nothing_wins_where_everything_harms() {
        let never = f32::NEG_INFINITY;
        let values = [-1.0, -0.5, never, 3.0];
        let problem =
            Problem { values: &values, costs: &[0.0; 4], channels: &[0, 1], capacities: &[FREE; 2], budget: 0.0 };
        let found = plan(&problem, &Settings::default(), &mut rng()).unwrap();
        assert_eq!(found.choices, [None, Some(1)]);
        assert_eq!((found.value, found.gap()), (3.0, 0.0));
    }

    #[test]
    fn refusals_name_the_place() {
        let fine = Problem { values: &[1.0; 4], costs: &[1.0; 4], channels: &[0, 0], capacities: &[FREE], budget: 1.0 };
        let message = |problem: Problem| plan(&problem, &Settings::default(), &mut rng()).unwrap_err().to_string();
        assert_eq!(
            message(Problem { costs: &[1.0, 1.0, -1.0, 1.0], ..fine }),
            "cost of action 1 for customer 2 is -1; expected a finite number, 0 or more"
        );
        assert_eq!(
            message(Problem { values: &[1.0, f32::NAN, 1.0, 1.0], ..fine }),
            "value of action 2 for customer 1 is NaN; expected a number, negative infinity for never"
        );
        assert!(message(Problem { budget: -1.0, ..fine }).starts_with("budget is -1"));
        assert!(message(Problem { channels: &[0, 1], ..fine }).starts_with("channel of an action is 1"));
        assert!(message(Problem { values: &[1.0; 3], ..fine }).starts_with("number of values is 3"));
    }

    #[test]
    fn a_limit_of_a_channel_does_not_hide_that_of_the_budget() {
        // A letter at 1 brings a tenth of what each of a hundred is worth, a call at 4 twice that; three calls at most.
        let values = (1..=100).flat_map(|worth| [0.1 * worth as f32, 0.2 * worth as f32]).collect::<Vec<_>>();
        let costs = [1.0, 4.0].repeat(100);
        for budget in (5..=110).step_by(5) {
            let problem = Problem {
                values: &values,
                costs: &costs,
                channels: &[0, 1],
                capacities: &[f64::INFINITY, 3.0],
                budget: f64::from(budget),
            };
            let found = plan(&problem, &Settings::default(), &mut Pcg64Mcg::seed_from_u64(1)).unwrap();
            // All splits of the budget between calls to the best and letters to the next.
            let best = (0..=3).filter_map(|calls| {
                let letters = (budget - 4 * calls).min(100 - calls);
                let sum = |from: i32, to: i32| (from..=to).sum::<i32>() as f64;
                let worth = 0.2 * sum(101 - calls, 100) + 0.1 * sum(101 - calls - letters, 100 - calls);
                (letters >= 0).then_some(worth)
            });
            let best = best.fold(0.0, f64::max);
            assert!(
                found.value > 0.995 * best - 0.1,
                "{budget}: {} of {best}, {}",
                found.value,
                found.return_at_margin
            );
            assert!(found.bound >= best - 1e-3 && found.bound < 1.01 * best + 0.5, "{budget}: {} {best}", found.bound);
        }
    }
}
