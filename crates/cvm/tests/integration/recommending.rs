//! What goes together, learned from the real lake: customers have tastes that only we know, and what they buy later is found better
//! by what they have than by what most buy.

use super::proof::{START, started};
use cvm_app::platform::clock::{DAY, HOUR};
use cvm_app::platform::{Paging, jobs};
use cvm_app::scoring::{self, Wish};
use cvm_app::{customers, recommendations};
use cvm_core::message::Message;
use rand::seq::IteratorRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::json;

const PEOPLE: usize = 400;
const TASTES: usize = 4;
/// Products of one taste.
const PRODUCTS: usize = 20;

/// Whoever likes a taste buys of it nine times of ten.
fn orders() -> Vec<Message> {
    let mut rng = Pcg64Mcg::seed_from_u64(3);
    let mut orders = Vec::new();
    for person in 0..PEOPLE {
        let mut days: Vec<i64> = (1..=300).sample(&mut rng, 8);
        days.sort_unstable();
        for (number, day) in days.into_iter().enumerate() {
            let taste = if rng.random_bool(0.9) { person % TASTES } else { rng.random_range(0..TASTES) };
            let product = taste * PRODUCTS + rng.random_range(0..PRODUCTS);
            let id = format!("o{person}-{number}");
            let at = START - day * DAY;
            let products = json!([{"product_id": format!("p{product}"), "price": 10, "quantity": 1}]);
            let properties = json!({"order_id": id, "currency": "EUR", "products": products});
            let order = json!({"message_id": id, "type": "track", "source": "shop", "name": "Order Completed",
                "user_id": format!("u{person}"), "timestamp": at, "received_at": at, "properties": properties});
            orders.push(serde_json::from_value(order).unwrap());
        }
    }
    orders
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_together_is_learned_from_the_lake() {
    let folder = tempfile::tempdir().unwrap();
    let (app, clock) = started(folder.path()).await;
    app.inbox.store(orders()).await.unwrap();
    app.catch_up().await.unwrap();
    scoring::score(&app, &Wish::default(), "test", true, |_| ()).await.map(drop).unwrap();
    // What is done regularly is noted first, and due after a while.
    for _ in 0..2 {
        jobs::run_due(&app, &[recommendations::JOB]).await.unwrap();
        clock.advance(HOUR);
    }

    let filter = jobs::Filter { kind: recommendations::JOB.name.to_owned(), state: None };
    let done = jobs::list(&app, &filter, &Paging::default()).await.unwrap().data;
    let found = done.iter().find(|job| job.result["kind"].is_string());
    let found = &found.unwrap_or_else(|| panic!("nothing was learned: {done:?}")).result;
    assert_eq!((&found["kind"], &found["products"]), (&json!("together"), &json!(TASTES * PRODUCTS)), "{found}");
    let of = |who: &str, what: &str| found[who][what].as_f64().unwrap();
    for what in ["recall", "ndcg"] {
        // By what most buy, an eighth of ten products of eighty is found; who knows the taste finds about half of ten of twenty.
        assert!(of("quality", what) > 1.5 * of("popularity", what), "{found}");
    }
    let everybody = customers::everybody(&app.database, "", PEOPLE as i64).await.unwrap();
    let known = customers::known_as(&app.database, &everybody).await.unwrap();
    let (mut ours, mut all) = (0, 0);
    for customer in everybody.iter().take(40) {
        let person: usize = known[customer].strip_prefix("user_id:u").unwrap().parse().unwrap();
        for one in recommendations::for_customer(&app, customer, 5).await.unwrap() {
            let product: usize = one.product[1..].parse().unwrap();
            (ours, all) = (ours + usize::from(product / PRODUCTS == person % TASTES), all + 1);
        }
    }
    assert!(all == 200 && ours > 160, "{ours} of {all} are of the customer's own taste");
    app.close().await;
}
