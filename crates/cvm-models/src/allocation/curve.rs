//! What another budget would bring, and where spending more stops paying.

use super::Problem;
use super::plan::{Plan, Sample, Settings, plan};
use crate::{ModelError, Result};
use rand::Rng;

/// The best plan for one budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// What may be spent.
    pub budget: f64,
    /// What would be spent.
    pub spent: f64,
    /// What it would bring, before cost.
    pub value: f64,
    /// What one more unit would bring: below 1 it costs more than it brings.
    pub return_at_margin: f64,
}

/// Value by budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// One for each budget asked for, in their order.
    pub points: Vec<Point>,
    /// The spending beyond which one more unit brings less than one: the budget to set if money were free to have.
    pub stops_paying: Point,
}

/// The curve for these budgets, on a random sample of customers where there are more ([`Settings::sample`]): what-if
/// questions want an answer while one waits, and a sample of 20,000 is off by less than the values themselves are.
///
/// # Errors
/// As [`plan`], for the problem, the settings and each of the budgets.
pub fn curve(problem: &Problem, budgets: &[f64], settings: &Settings, rng: &mut impl Rng) -> Result<Curve> {
    problem.check()?;
    let sample = Sample::of(problem, settings.sample.max(1), rng);
    let small = sample.problem(problem);
    let point = |budget: f64, plan: &Plan| Point {
        budget,
        spent: plan.spent * sample.weight,
        value: plan.value * sample.weight,
        return_at_margin: plan.return_at_margin,
    };
    let mut points = Vec::with_capacity(budgets.len());
    for &budget in budgets {
        if budget.is_nan() || budget < 0.0 {
            return Err(ModelError::invalid("budget", budget, "0 or more, infinite for no limit"));
        }
        let found = plan(&Problem { budget: budget / sample.weight, ..small }, settings, rng)?;
        points.push(point(budget, &found));
    }
    // Without a budget, but with every action worth what is left of its value after its cost.
    let net = sample.values.iter().zip(&sample.costs).map(|(value, cost)| value - cost).collect::<Vec<_>>();
    let mut found = plan(&Problem { values: &net, budget: f64::INFINITY, ..small }, settings, rng)?;
    found.value += found.spent;
    found.return_at_margin = 1.0;
    let stops_paying = point(found.spent * sample.weight, &found);
    Ok(Curve { points, stops_paying })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn returns_fall_and_stop_paying_where_one_brings_one() {
        let mut rng = Pcg64Mcg::seed_from_u64(2);
        let values = (0..20_000).map(|_| rng.random::<f32>() * 4.0).collect::<Vec<_>>();
        let costs = vec![1.0; 20_000];
        let free = f64::INFINITY;
        let problem = Problem { values: &values, costs: &costs, channels: &[0], capacities: &[free], budget: free };
        let settings = Settings { sample: 5_000, ..Settings::default() };
        let budgets = [2_000.0, 5_000.0, 10_000.0, 15_000.0, 19_000.0, free];
        let found = curve(&problem, &budgets, &settings, &mut rng).unwrap();
        // Values are uniform up to 4: the share q with the best of them brings 4 q - 2 q^2, the last of them 4 (1 - q).
        for point in &found.points[..5] {
            let q = point.budget / 20_000.0;
            assert!((point.value / 20_000.0 - (4.0 * q - 2.0 * q * q)).abs() < 0.05, "{point:?}");
            assert!((point.return_at_margin - 4.0 * (1.0 - q)).abs() < 0.1, "{point:?}");
        }
        assert_eq!(found.points[5].return_at_margin, 0.0);
        assert!(found.points.windows(2).all(|pair| pair[0].return_at_margin > pair[1].return_at_margin));
        // Three quarters of customers are worth more than their cost of 1.
        assert!((found.stops_paying.spent - 15_000.0).abs() < 400.0, "{:?}", found.stops_paying);
        let found = curve(&problem, &[f64::NAN], &settings, &mut rng);
        assert!(found.unwrap_err().to_string().starts_with("budget is NaN"));
    }
}
