//! Who gets what, and how fast offers are scored for one customer.

use crate::timed;
use cvm_models::Result;
use cvm_models::allocation::{Problem, curve::curve, plan};
use cvm_models::propensity::bank::{Bank, Scores};
use cvm_models::propensity::logistic::Propensity;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// A million customers, twenty actions over five channels.
pub fn allocation() -> Result<()> {
    let (customers, actions) = (1_000_000, 20_usize);
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
    let channels: Vec<usize> = (0..actions).map(|action| action / 4).collect();
    let free = f64::INFINITY;
    for capacities in [[free; 5], [free, 200_000.0, 150_000.0, 50_000.0, 20_000.0]] {
        let problem =
            Problem { values: &values, costs: &costs, channels: &channels, capacities: &capacities, budget: 300_000.0 };
        let what = format!("plan of 1,000,000 customers x 20 actions, capacities {capacities:?}");
        let found = timed(&what, || plan::plan(&problem, &Default::default(), &mut rng))?;
        println!("  value {:.0}, at most {:.2e} below the best", found.value, found.gap());
        let budgets: Vec<f64> = (1..=20).map(|step| 1e5 * f64::from(step)).collect();
        let found = timed("its curve of 20 budgets", || curve(&problem, &budgets, &Default::default(), &mut rng))?;
        println!("  stops paying at {:.0}", found.stops_paying.spent);
    }
    Ok(())
}

/// 2,500 offers over 1,000 features, 20 of which a customer has.
pub fn propensity() -> Result<()> {
    let mut rng = Pcg64Mcg::seed_from_u64(3);
    let mut models = vec![Propensity::unknown(1_000, 0.05, 1.0)?; 2_500];
    let mut features = || (0..20).map(|i| (50 * i + rng.random_range(0..50), 1.0)).collect::<Vec<(u32, f64)>>();
    let seen: Vec<_> = (0..200).map(|_| features()).collect();
    timed("200,000 answers learned", || {
        (0..200_000).try_for_each(|i| models[i % 2_500].learn(&seen[i % 200], i % 17 == 0))
    })?;
    let bank = Bank::of(&models.iter().collect::<Vec<_>>())?;
    let mut scores = Scores::default();
    let each = timed("200 customers, 2,500 offers each, scored one by one", || {
        let chance = |features: &Vec<(u32, f64)>| models.iter().map(|m| m.score(features).chance()).fold(0.0, f64::max);
        seen.iter().map(chance).sum::<f64>()
    });
    let side_by_side = timed("the same side by side", || {
        let mut sum = 0.0;
        for features in &seen {
            bank.score(features, &mut scores);
            sum += (0..2_500).map(|offer| scores.of(offer).chance()).fold(0.0, f64::max);
        }
        sum
    });
    println!("  mean best chance {:.6} and {:.6}", each / 200.0, side_by_side / 200.0);
    timed("the same with exploration", || {
        let mut sum = 0.0;
        for features in &seen {
            bank.score(features, &mut scores);
            sum += (0..2_500).map(|offer| scores.of(offer).drawn(1.0, &mut rng)).fold(0.0, f64::max);
        }
        sum
    });
    Ok(())
}
