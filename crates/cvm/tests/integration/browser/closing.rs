//! The loop in a browser: who is leaving and worth having, a plan with a budget, a campaign from it, and what it earned.

use super::super::campaigns::{Sending, received};
use super::super::erasure::{Api, until};
use super::super::whole_loop::{answered, leaving_but_worth_it, past};
use super::visit::Visit;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use std::collections::HashSet;

async fn the_loop_closes(language: &str) {
    let Sending { folder: _folder, counted, mail: _mail, server, password } = Sending::start();
    let api = Api::of(&server, &password);
    let get = |path: &str| api.call("GET", path, &Value::Null);
    let score = |orders: usize| {
        let lines = json!({"sql": "SELECT count(DISTINCT order_id) AS orders FROM order_lines"});
        until("the orders in the lake", || api.call("POST", "/api/v1/query", &lines)["rows"][0]["orders"] == orders);
        let job = api.call("POST", "/api/v1/runs", &json!({}))["job"].as_str().unwrap().to_owned();
        until("the values", || get(&format!("/api/v1/jobs/{job}"))["state"] == "done");
    };
    let mut rng = Pcg64Mcg::seed_from_u64(21);
    let orders = past(&server, &mut rng);
    score(orders);

    let visit = Visit::open(&server.url).await;
    visit.sign_in(language, "admin@localhost.localdomain", &password).await;
    let settled = |what: &str| {
        format!("/{what}\\/[0-9a-f-]{{36}}$/.test(location.pathname) && document.readyState === 'complete'")
    };

    // Who is leaving and worth having.
    visit.go(&format!("/{language}/segments/new")).await;
    visit.script("document.querySelector('#json').closest('details').open = true").await;
    visit.fill("#json", &leaving_but_worth_it().to_string()).await;
    visit.click("button[value=json]").await;
    visit.wait("document.querySelector('.total') !== null && !document.querySelector('.htmx-request')").await;
    visit.fill("#name", "Leaving").await;
    visit.click("button[value=save]").await;
    visit.wait(&settled("segments")).await;
    let leaving = visit.path().await.rsplit('/').next().unwrap().to_owned();
    until("the segment", || get(&format!("/api/v1/segments/{leaving}"))["computed_at"].is_string());
    assert!(get(&format!("/api/v1/segments/{leaving}"))["customers"].as_u64() > Some(300));

    // A letter costs one; there is money for most of them.
    visit.go(&format!("/{language}/plans/new")).await;
    visit.fill("input[name=name]", "Save them").await;
    visit.script(&format!("document.querySelector('select[name=segment]').value = '{leaving}'")).await;
    for (field, text) in [("budget", "350"), ("name1", "Letter"), ("cost1", "1"), ("percent1", "90")] {
        visit.fill(&format!("input[name={field}]"), text).await;
    }
    visit.check(&format!("plan-new-{language}")).await;
    visit.click("#main form button").await;
    visit.wait(&settled("plans")).await;
    visit.wait("document.querySelector('form[action$=\"/segments\"] button') !== null").await;
    visit.check(&format!("plan-{language}")).await;
    let plan = visit.path().await.rsplit('/').next().unwrap().to_owned();
    let chosen = get(&format!("/api/v1/plans/{plan}"))["outcome"]["chosen"].as_u64().unwrap();
    assert!((1..=350).contains(&chosen), "{chosen}");
    visit.click("form[action$='/segments'] button").await;
    visit.wait("document.querySelector('.message.good a') !== null").await;
    let audience = || {
        let all = get("/api/v1/segments")["data"].clone();
        all.as_array().unwrap().iter().find(|it| it["name"] == "Save them: Letter").cloned().unwrap_or_default()
    };
    until("the plan's segment", || audience()["customers"] == chosen);

    // Half of them are told.
    visit.go(&format!("/{language}/campaigns/new")).await;
    visit.fill("input[name=name]", "Come back").await;
    let audience = audience()["id"].as_str().unwrap().to_owned();
    visit.script(&format!("document.querySelector('select[name=any_of]').value = '{audience}'")).await;
    visit.fill("input[name=control]", "50").await;
    visit.script("document.querySelectorAll('details').forEach((one) => one.open = true)").await;
    visit.fill("input[name='v0.en.subject']", "We miss you").await;
    visit.fill("textarea[name='v0.en.text']", "Come back.").await;
    visit.script("document.querySelector('#main form > p.actions button').click()").await;
    visit.wait(&settled("campaigns")).await;
    visit.check(&format!("campaign-draft-{language}")).await;
    let campaign = visit.path().await.rsplit('/').next().unwrap().to_owned();
    visit.script("document.querySelector('input[name=action][value=submit]').form.requestSubmit()").await;
    until("the end of the campaign", || get(&format!("/api/v1/campaigns/{campaign}"))["state"] == "done");
    let told: HashSet<String> = received(&counted).into_iter().map(|(_, to)| to).collect();
    assert!(told.len() as u64 > chosen / 3, "{}", told.len());

    // They answer, and the page says what that earned, with its interval.
    let orders = answered(&server, &told, orders, &mut rng);
    score(orders);
    let results = format!("/api/v1/campaigns/{campaign}/results");
    until("the result", || get(&results)["latest"].is_object());
    visit.go(&format!("/{language}/campaigns/{campaign}")).await;
    visit.click(&format!("a[href$='/results/{campaign}']")).await;
    visit.wait(&settled("results")).await;
    assert_eq!(visit.text("h1").await, "Come back");
    let bounds = visit.text(".tile .bounds").await;
    assert!(bounds.chars().filter(|letter| letter.is_numeric()).count() >= 4, "an interval has two ends: {bounds}");
    let each = get(&results)["latest"]["effects"]["margin"]["each"].clone();
    assert!(each["low"].as_f64() < each["estimate"].as_f64() && each["estimate"].as_f64() > Some(0.0), "{each}");
    visit.check(&format!("results-{language}")).await;
    visit.close().await;
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_closes_in_english() {
    the_loop_closes("en").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_closes_in_persian() {
    the_loop_closes("fa").await;
}
