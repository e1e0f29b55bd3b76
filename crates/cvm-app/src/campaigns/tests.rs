//! Through HTTP and a mail server of the test's own: a campaign from the first draft to the answers of customers.

use super::outbox::{recover, round};
use super::testing::Shop;
use super::{Done, JOB};
use crate::access::Role;
use crate::access::testing::Credentials;
use crate::customers::project;
use crate::platform::clock::{DAY, HOUR, MINUTE};
use crate::platform::jobs::run_due;
use crate::platform::testing::mailbox::Received;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use sqlx::Row;
use std::collections::{BTreeMap, HashSet};

/// A story on SQLite and on PostgreSQL, with a mail server.
macro_rules! with_mail {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $story() { super::$story(super::Shop::open(String::new()).await).await; })+
        }
        mod postgres {
            $(#[tokio::test] async fn $story() {
                let url = crate::platform::testing::new_postgres_database().await;
                super::$story(super::Shop::open(url).await).await;
            })+
        }
    };
}

with_mail!(
    a_campaign_goes_from_draft_to_answers,
    what_the_policy_refuses_is_not_sent,
    a_message_left_by_a_dead_server_is_unknown,
    what_is_asked_for_later_waits_for_it,
    a_campaign_that_comes_again_deals_nobody_anew,
    an_offer_is_chosen_for_each_and_answers_are_learned,
    what_was_chosen_is_said_on_every_try,
    what_a_campaign_is_for_is_counted_for_each_side,
    letters_come_into_one_file_each,
    mail_that_comes_back_is_understood,
);

fn letters(control: f64) -> Value {
    json!({
        "channel": "email", "control_share": control,
        "variants": [{"name": "A", "content": {
            "en": {"subject": "Hello {{ customer.first_name }}", "html": "<p>{{ customer.first_name }}: <a href=\"https://shop.example/a?b=1&amp;c=2\">see</a></p>"},
            "pl": {"subject": "Cześć {{ customer.first_name }}", "text": "Zobacz, {{ customer.first_name }}."},
        }}],
    })
}

/// The body of a letter, of which the longest lines are broken by the encoding.
fn addresses(received: &Received, part: &str) -> Vec<String> {
    let text = received.text.replace("=\r\n", "").replace("=3D", "=");
    let mut found = Vec::new();
    for piece in text.split("https://cvm.example").skip(1) {
        let address: String =
            piece.chars().take_while(|letter| !matches!(letter, '"' | '>' | ' ' | '\r' | '\n')).collect();
        if address.contains(part) {
            found.push(address.replace("&amp;", "&"));
        }
    }
    found
}

async fn a_campaign_goes_from_draft_to_answers(shop: Shop) {
    shop.people(0..60, true).await;
    shop.people(60..70, false).await;
    let draft = json!({"name": "Spring", "definition": letters(0.5)});
    let id =
        shop.ok(&shop.marketer, "POST", "/api/v1/campaigns", draft.clone()).await["id"].as_str().unwrap().to_owned();
    assert_eq!(shop.app.call(&shop.marketer, "POST", "/api/v1/campaigns", draft).await.0, 422, "a name is given once");
    let at = |what: &str| format!("/api/v1/campaigns/{id}/{what}");
    let asked = shop.ok(&shop.marketer, "POST", &at("submit"), Value::Null).await;
    assert_eq!((asked["state"].as_str(), run_due(&shop.app.app, &[JOB]).await.unwrap()), (Some("waiting"), 0));
    assert_eq!(shop.app.call(&shop.marketer, "POST", &at("approve"), Value::Null).await.0, 403);
    shop.ok(&shop.admin, "POST", &at("approve"), Value::Null).await;
    assert_eq!(run_due(&shop.app.app, &[JOB]).await.unwrap(), 1);

    let campaign = shop.campaign(&id).await;
    let counts = &campaign["counts"];
    let (treated, control) =
        (counts["members"]["treated"].as_i64().unwrap(), counts["members"]["control"].as_i64().unwrap());
    assert_eq!((treated + control, campaign["left_out"].clone()), (60, json!({"no_consent": 10})));
    // A binomial of 60 halves is within 4 standard deviations of 30.
    assert!((treated - 30).abs() <= 15, "{treated}");
    assert_eq!(shop.send_all().await as i64, treated);
    let received = shop.mail.received();
    let to: HashSet<&str> = received.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!((received.len() as i64, to.len() as i64), (treated, treated), "everybody once");
    let members = "SELECT customer FROM campaign_members WHERE campaign = $1 AND arm = 'control'";
    let controls = sqlx::query(members).bind(id.as_str()).fetch_all(shop.app.app.database.pool()).await.unwrap();
    assert_eq!(controls.len() as i64, control);
    let campaign = shop.campaign(&id).await;
    assert_eq!(
        (campaign["state"].as_str(), campaign["counts"]["messages"]["sent"].as_i64()),
        (Some("done"), Some(treated))
    );
    assert_eq!((round(&shop.app.app).await.unwrap(), shop.mail.received().len()), (Done::default(), received.len()));

    // What is put in is escaped in the page; the language is the customer's, or the first there is.
    let number = |mail: &Received| mail.to[1..].split('@').next().unwrap().parse::<usize>().unwrap();
    let page = received.iter().find(|mail| number(mail) % 3 == 2).unwrap();
    let polish = received.iter().find(|mail| number(mail) % 3 == 1).unwrap();
    assert!(page.text.contains(&format!("N&#60;{}&#62;", number(page))), "{}", page.text);
    assert!(
        !polish.text.contains("text/html") && polish.text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    );

    // A letter is opened first by a program, then by a person, who follows the link.
    const PERSON: &str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140";
    let (open, go) = (addresses(page, "open.gif").remove(0), addresses(page, "/go?").remove(0));
    assert_eq!(shop.get(&open, PERSON).await.0, 200);
    let opened = async || {
        let counts = shop.campaign(&id).await["counts"].clone();
        [&counts["opened"], &counts["clicked"], &counts["machines"]].map(|count| count.as_i64().unwrap())
    };
    assert_eq!(opened().await, [0, 0, 1], "at once: nobody reads that fast");
    shop.app.clock.advance(MINUTE);
    assert_eq!(shop.get(&open, PERSON).await.0, 200);
    assert_eq!(opened().await, [1, 0, 0]);
    for _ in 0..2 {
        assert_eq!(shop.get(&go, PERSON).await, (StatusCode::FOUND, "https://shop.example/a?b=1&c=2".to_owned()));
    }
    assert_eq!(opened().await, [1, 1, 0]);
    let elsewhere = go.replace("shop.example", "evil.example");
    assert_eq!(shop.get(&elsewhere, PERSON).await.0, 404, "only where the letter says");

    // Unsubscribing: looking does nothing, one click does, and again.
    let header = polish.text.lines().find(|line| line.starts_with("List-Unsubscribe:")).unwrap();
    let folded: String = polish.text.lines().skip_while(|line| *line != header).take(2).collect();
    let address = folded.split_once("https://cvm.example").unwrap().1.split('>').next().unwrap().replace(' ', "");
    assert!(shop.app.page(&Credentials::Nobody, &address).await.1.contains("Wypisz mnie"));
    assert_eq!(shop.campaign(&id).await["counts"]["unsubscribed"], 0);
    for _ in 0..2 {
        let (status, _, page) =
            shop.app.form(&Credentials::Nobody, &address, &[("List-Unsubscribe", "One-Click")]).await;
        assert!(status == 200 && page.contains("Wypisano"), "{status}");
    }
    assert_eq!(shop.campaign(&id).await["counts"]["unsubscribed"], 1);
    while project(&shop.app.app).await.unwrap().batches > 0 {}
    let sql = "SELECT name, count(*) FROM customer_events WHERE source = 'campaigns' GROUP BY name ORDER BY name";
    let events = sqlx::query(sql).fetch_all(shop.app.app.database.pool()).await.unwrap();
    let events: Vec<(String, i64)> = events.iter().map(|row| (row.get(0), row.get(1))).collect();
    let expected = [("Email Delivered", treated), ("Email Link Clicked", 1), ("Email Opened", 1), ("Unsubscribed", 1)];
    assert_eq!(events, expected.map(|(name, count)| (name.to_owned(), count)));

    // The next campaign leaves out who wants no more.
    shop.policy(|policy| policy.caps.clear()).await;
    let next = shop.start(letters(0.0)).await;
    let left_out: BTreeMap<String, u64> =
        serde_json::from_value(shop.campaign(&next).await["left_out"].clone()).unwrap();
    assert_eq!(left_out["no_consent"], 11);
    assert_eq!(shop.send_all().await, 59);
}

async fn what_the_policy_refuses_is_not_sent(shop: Shop) {
    shop.people(0..3, true).await;
    shop.policy(|policy| policy.caps[0].most = 1).await;
    shop.start(letters(0.0)).await;
    assert_eq!(shop.send_all().await, 3);
    shop.app.clock.advance(MINUTE);
    let capped = shop.start(letters(0.0)).await;
    assert_eq!(shop.send_all().await, 0);
    assert_eq!(shop.campaign(&capped).await["counts"]["reasons"], json!({"capped": 3}));
    // Whom they wait for goes whatever the caps say.
    let mut service = letters(0.0);
    service["is_service"] = json!(true);
    shop.start(service).await;
    assert_eq!(shop.send_all().await, 3);
    // At night it waits for the morning.
    shop.policy(|policy| {
        policy.caps.clear();
        if let Some(quiet) = &mut policy.quiet {
            quiet.channels.push(crate::contacts::Channel::Email);
        }
    })
    .await;
    shop.app.clock.advance(11 * HOUR);
    let night = shop.start(letters(0.0)).await;
    assert_eq!(shop.send_all().await, 0);
    assert_eq!(shop.campaign(&night).await["counts"]["messages"], json!({"waiting": 3}));
    shop.app.clock.advance(10 * HOUR);
    // Paused, it waits; then somebody is not there, and somebody is asked again later.
    shop.ok(&shop.marketer, "POST", &format!("/api/v1/campaigns/{night}/pause"), Value::Null).await;
    assert_eq!(shop.send_all().await, 0);
    shop.ok(&shop.marketer, "POST", &format!("/api/v1/campaigns/{night}/resume"), Value::Null).await;
    assert_eq!(shop.send_all().await, 3);

    let now = shop.app.clock.now();
    for (user, email) in [("u0", "refused@example.org"), ("u1", "later@example.org")] {
        let moved = json!({"message_id": format!("m{user}"), "source": "shop", "type": "identify", "user_id": user,
            "timestamp": now, "received_at": now, "traits": {"email": email}});
        shop.app.app.inbox.store(vec![serde_json::from_value(moved).unwrap()]).await.unwrap();
    }
    while project(&shop.app.app).await.unwrap().batches > 0 {}
    let odd = shop.start(letters(0.0)).await;
    assert_eq!(shop.send_all().await, 1);
    let counts = shop.campaign(&odd).await["counts"].clone();
    assert_eq!(counts["messages"], json!({"failed": 1, "sent": 1, "waiting": 1}));
    assert_eq!(counts["bounced"], 1);
    for _ in 0..8 {
        shop.app.clock.advance(HOUR);
        shop.send_all().await;
    }
    assert_eq!(shop.campaign(&odd).await["counts"]["messages"], json!({"failed": 2, "sent": 1}));
    shop.app.clock.advance(13 * HOUR);
    let without = shop.start(letters(0.0)).await;
    assert_eq!(shop.campaign(&without).await["left_out"], json!({"suppressed": 1}), "nobody is at that address");
    shop.ok(&shop.marketer, "POST", &format!("/api/v1/campaigns/{without}/stop"), Value::Null).await;
    assert_eq!((shop.send_all().await, shop.campaign(&without).await["state"].as_str()), (0, Some("stopped")));
}

async fn a_message_left_by_a_dead_server_is_unknown(shop: Shop) {
    shop.people(0..4, true).await;
    let id = shop.start(letters(0.0)).await;
    let sql = "UPDATE outbox SET state = 'sending' WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT 2)";
    sqlx::query(sql).execute(shop.app.app.database.pool()).await.unwrap();
    recover(&shop.app.app).await.unwrap();
    assert_eq!(shop.send_all().await, 2);
    let counts = shop.campaign(&id).await["counts"].clone();
    assert_eq!(
        (&counts["messages"], &counts["reasons"]),
        (&json!({"sent": 2, "unknown": 2}), &json!({"interrupted": 2}))
    );
    assert_eq!(shop.mail.received().len(), 2);
    // They count as told: a cap of one leaves all of them out.
    shop.policy(|policy| policy.caps[0].most = 1).await;
    shop.app.clock.advance(MINUTE);
    shop.start(letters(0.0)).await;
    assert_eq!(shop.send_all().await, 0);
    // The mail server went away amid a campaign: they wait, and go when it is back.
    shop.policy(|policy| policy.caps.clear()).await;
    shop.mail.stop();
    shop.app.clock.advance(MINUTE);
    let waits = shop.start(letters(0.0)).await;
    round(&shop.app.app).await.unwrap();
    let counts = shop.campaign(&waits).await["counts"].clone();
    let known =
        counts["messages"]["waiting"].as_i64().unwrap_or(0) + counts["messages"]["unknown"].as_i64().unwrap_or(0);
    assert_eq!((known, counts["messages"].get("sent")), (4, None), "{counts}");
}

async fn what_is_asked_for_later_waits_for_it(shop: Shop) {
    shop.people(0..2, true).await;
    let id = shop
        .start(json!({
            "channel": "in_app", "control_share": 0.0,
            "variants": [{"name": "A", "content": {"en": {"subject": "Hi", "text": "For you, {{ customer.first_name }}"}}}],
        }))
        .await;
    shop.send_all().await;
    let sql = "SELECT id FROM customers WHERE known_by = 'user_id:u1'";
    let customer: String = sqlx::query(sql).fetch_one(shop.app.app.database.pool()).await.unwrap().get(0);
    let path = format!("/api/v1/messages?channel=in_app&customer={customer}");
    assert_eq!(shop.app.call(&shop.marketer, "GET", &path, Value::Null).await.0, 403);
    let agent = shop.app.sign_in(Role::ServiceAgent).await;
    let waiting = shop.ok(&agent, "GET", &path, Value::Null).await["data"].clone();
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["message"]["text"]), (1, &json!("For you, N<1>")));
    let report = format!("/api/v1/messages/{}/report", waiting[0]["id"].as_str().unwrap());
    for _ in 0..2 {
        shop.ok(&agent, "POST", &report, json!({"report": "delivered"})).await;
    }
    assert_eq!(shop.ok(&agent, "GET", &path, Value::Null).await["data"], json!([]));
    let counts = shop.campaign(&id).await["counts"].clone();
    assert_eq!(counts["messages"], json!({"ready": 1, "sent": 1}));
    let contacts = "SELECT count(*) FROM contacts";
    let contacts: i64 = sqlx::query(contacts).fetch_one(shop.app.app.database.pool()).await.unwrap().get(0);
    assert_eq!(contacts, 1);
    shop.ok(&agent, "POST", &report, json!({"report": "clicked"})).await;
    assert_eq!(shop.campaign(&id).await["counts"]["clicked"], 1);
}

async fn a_campaign_that_comes_again_deals_nobody_anew(shop: Shop) {
    shop.people(0..20, true).await;
    shop.policy(|policy| policy.caps.clear()).await;
    let mut weekly = letters(0.5);
    weekly["timing"] = json!({"every": "0 9 * * *"});
    weekly["variants"] = json!([
        {"name": "A", "content": {"en": {"subject": "A", "text": "a"}}},
        {"name": "B", "weight": 3.0, "content": {"en": {"subject": "B", "text": "b"}}},
    ]);
    let id = shop.start(weekly).await;
    assert_eq!(shop.send_all().await, 0, "it is not nine yet");
    shop.app.clock.advance(DAY);
    run_due(&shop.app.app, &[JOB]).await.unwrap();
    let first = shop.send_all().await;
    let to = |received: Vec<Received>| -> Vec<String> { received.into_iter().map(|mail| mail.to).collect() };
    let told: HashSet<String> = to(shop.mail.received()).into_iter().collect();
    assert!(first > 0 && told.len() == first);
    shop.people(20..40, true).await;
    shop.app.clock.advance(DAY);
    run_due(&shop.app.app, &[JOB]).await.unwrap();
    shop.send_all().await;
    let again: HashSet<String> = to(shop.mail.received()).split_off(first).into_iter().collect();
    assert!(told.is_subset(&again), "the same side, and the new ones beside them");
    let campaign = shop.campaign(&id).await;
    assert_eq!(campaign["state"], "running");
    let variants = campaign["counts"]["variants"].as_object().unwrap();
    assert!(variants["A"].as_i64().unwrap() < variants["B"].as_i64().unwrap(), "{variants:?}");
}

/// An offer that is told by e-mail, with what is different; its id.
async fn offer(shop: &Shop, name: &str, change: Value) -> String {
    let letter = |body: &str| json!({"subject": "{{ offer.name }}, {{ customer.first_name }}", "body": body});
    let content = json!({"en": letter("<p>Yours: <a href=\"https://shop.example/take\">take it</a></p>"), "pl": letter("<p>Dla Ciebie</p>")});
    let mut draft = json!({"name": name, "issue": "growth", "group": "coupons", "state": "active",
        "worth": {"amount": 1000}, "treatments": [{"channel": "email", "content": content}]});
    draft.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    shop.ok(&shop.admin, "POST", "/api/v1/offers", draft).await["id"].as_str().unwrap().to_owned()
}

fn offering(what: Value) -> Value {
    json!({"channel": "email", "control_share": 0.0, "variants": [{"name": "A", "offer": what}]})
}

async fn numbers(shop: &Shop, sql: &str) -> Vec<i64> {
    let row = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(shop.app.app.database.pool()).await.unwrap();
    (0..row.len()).map(|column| row.get(column)).collect()
}

async fn an_offer_is_chosen_for_each_and_answers_are_learned(shop: Shop) {
    shop.people(0..3, true).await;
    shop.policy(|policy| policy.caps.clear()).await;
    let coupon = offer(&shop, "Coupon", json!({"caps": [{"times": 1, "days": 30}]})).await;
    let dear = offer(&shop, "Dear", json!({"group": "gifts", "cost": {"per_acceptance": 2000}})).await;
    let best = offering(json!({"best": {"group": "coupons"}}));
    let draft = json!({"name": "Best", "definition": best});
    let id = shop.ok(&shop.admin, "POST", "/api/v1/campaigns", draft).await["id"].as_str().unwrap().to_owned();
    let of = |user: &str| format!("user_id:{user}");
    let polish = crate::customers::by_identifier(&shop.app.app, &of("u1")).await.unwrap();
    let preview = json!({"customer": polish});
    let seen = shop.ok(&shop.admin, "POST", &format!("/api/v1/campaigns/{id}/preview"), preview).await;
    assert_eq!((&seen["offer"]["offer"], &seen["refusal"]), (&json!(coupon), &Value::Null), "{seen}");
    assert_eq!((&seen["message"]["language"], &seen["message"]["subject"]), (&json!("pl"), &json!("Coupon, N<1>")));
    let test = json!({"customer": polish, "to": "me@example.org"});
    shop.ok(&shop.admin, "POST", &format!("/api/v1/campaigns/{id}/test"), test).await;
    assert!(shop.mail.received()[0].text.contains("Subject: [test] Coupon, N<1>"));
    assert_eq!(numbers(&shop, "SELECT count(*) FROM decisions").await, [0], "looking decides nothing");

    shop.ok(&shop.admin, "POST", &format!("/api/v1/campaigns/{id}/submit"), Value::Null).await;
    run_due(&shop.app.app, &[JOB]).await.unwrap();
    assert_eq!(shop.send_all().await, 3);
    let english = shop.mail.received().into_iter().skip(1).find(|mail| mail.to == "u0@example.org").unwrap();
    assert!(english.text.contains("Yours: <a href=3D") && english.text.contains("Unsubscribe</a>"), "{}", english.text);
    let told = "SELECT count(*) FROM contacts WHERE offer_group = 'coupons' AND offer IS NOT NULL";
    let counted = "SELECT offered, shown, clicked, accepted, declined FROM offer_counters";
    assert_eq!((numbers(&shop, told).await, numbers(&shop, counted).await), (vec![3], vec![3, 3, 0, 0, 0]));
    let counts = shop.campaign(&id).await["counts"].clone();
    assert_eq!(counts["offers"], json!([{"offer": coupon, "chosen": 3, "sent": 3, "clicked": 0}]));

    // What they do with it is told to the decision: a click, and a word that they want no more.
    shop.app.clock.advance(MINUTE);
    const PERSON: &str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140";
    assert_eq!(shop.get(&addresses(&english, "/go?").remove(0), PERSON).await.1, "https://shop.example/take");
    let unsubscribe = addresses(&english, "/unsubscribe").remove(0);
    assert_eq!(shop.app.form(&Credentials::Nobody, &unsubscribe, &[]).await.0, 200);
    assert_eq!(numbers(&shop, counted).await, [3, 3, 1, 0, 1]);
    while project(&shop.app.app).await.unwrap().batches > 0 {}

    // Its own cap holds; of the best nothing is left, of the one it is said why. Who wants no more was left out before.
    let again = shop.start(offering(json!({"best": {}}))).await;
    let named = shop.start(offering(json!({"this": coupon}))).await;
    assert_eq!(shop.send_all().await, 0);
    assert_eq!(shop.campaign(&again).await["counts"]["reasons"], json!({"nothing_worth": 2}));
    assert_eq!(shop.campaign(&named).await["counts"]["reasons"], json!({"offer_capped": 2}));
    // What was settled by a person is made whatever it earns; and can be made again from what was written down.
    shop.start(offering(json!({"this": dear}))).await;
    assert_eq!(shop.send_all().await, 2);
    let sql = "SELECT id FROM decisions WHERE answer <> '[]' ORDER BY at DESC LIMIT 1";
    let decision: String = sqlx::query(sql).fetch_one(shop.app.app.database.pool()).await.unwrap().get(0);
    let replayed = shop.ok(&shop.admin, "GET", &format!("/api/v1/decisions/{decision}/replay"), Value::Null).await;
    assert_eq!((&replayed["same"], &replayed["then"][0]["id"]), (&json!(true), &json!(dear)));
}

async fn what_was_chosen_is_said_on_every_try(shop: Shop) {
    shop.people(0..1, true).await;
    let coupon = offer(&shop, "Coupon", json!({})).await;
    let moved = async |email: &str| {
        let now = shop.app.clock.now();
        let moved = json!({"message_id": email, "source": "shop", "type": "identify", "user_id": "u0",
            "timestamp": now, "received_at": now, "traits": {"email": email}});
        shop.app.app.inbox.store(vec![serde_json::from_value(moved).unwrap()]).await.unwrap();
        while project(&shop.app.app).await.unwrap().batches > 0 {}
    };
    moved("later@example.org").await;
    let id = shop.start(offering(json!({"best": {}}))).await;
    assert_eq!(shop.send_all().await, 0);
    let waiting =
        "SELECT count(*) FROM outbox WHERE state = 'waiting' AND decision IS NOT NULL AND content IS NOT NULL";
    assert_eq!(numbers(&shop, waiting).await, [1]);
    // Meanwhile a better one comes; what was chosen stays.
    offer(&shop, "Better", json!({"worth": {"amount": 9000}})).await;
    shop.app.clock.advance(HOUR);
    moved("u0@example.org").await;
    assert_eq!(shop.send_all().await, 1);
    assert_eq!(shop.campaign(&id).await["counts"]["offers"][0]["offer"], json!(coupon));
    assert!(shop.mail.received()[0].text.contains("Subject: Coupon, N<0>"));
    assert_eq!(numbers(&shop, "SELECT count(*) FROM decisions").await, [1]);
    assert_eq!(numbers(&shop, "SELECT count(*) FROM outbox WHERE content IS NOT NULL").await, [0]);
    // What follows a link that nobody sees is a program, and so is what followed the others just before.
    shop.app.clock.advance(MINUTE);
    const PERSON: &str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140";
    let letter = shop.mail.received().remove(0);
    let (go, all) = (addresses(&letter, "/go?").remove(0), addresses(&letter, "/all").remove(0));
    assert_eq!(
        (shop.get(&go, PERSON).await.0, shop.get(&all, PERSON).await.0),
        (StatusCode::FOUND, StatusCode::NO_CONTENT)
    );
    shop.get(&go, PERSON).await;
    let clicked = async || shop.campaign(&id).await["counts"]["clicked"].as_i64().unwrap();
    assert_eq!(clicked().await, 0);
    shop.app.clock.advance(HOUR);
    shop.get(&go, PERSON).await;
    assert_eq!(clicked().await, 1, "a person who comes later is one");
}

async fn what_a_campaign_is_for_is_counted_for_each_side(shop: Shop) {
    shop.people(0..40, true).await;
    let coupon = offer(&shop, "Coupon", json!({})).await;
    let paid = json!([{"name": "properties.plan", "is": {"equals": "pro"}}]);
    let mut definition = offering(json!({"this": coupon}));
    definition["control_share"] = json!(0.5);
    definition["conversion"] = json!({"event": {"what": {"event": "Signed Up"}, "where": paid}, "days": 2});
    let id = shop.start(definition).await;
    let treated = shop.send_all().await;
    let side = async |arm: &str| -> Vec<String> {
        let sql =
            "SELECT known_by FROM campaign_members JOIN customers ON id = customer WHERE arm = $1 ORDER BY known_by";
        let rows = sqlx::query(sql).bind(arm).fetch_all(shop.app.app.database.pool()).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0).strip_prefix("user_id:").unwrap().to_owned()).collect()
    };
    let (told, control) = (side("treated").await, side("control").await);
    assert_eq!((told.len(), told.len() + control.len()), (treated, 40));
    let signs_up = async |user: &str, plan: &str| {
        let now = shop.app.clock.now();
        let event = json!({"message_id": format!("{user}{now}"), "source": "shop", "type": "track", "name": "Signed Up",
            "user_id": user, "timestamp": now, "received_at": now, "properties": {"plan": plan}});
        shop.app.app.inbox.store(vec![serde_json::from_value(event).unwrap()]).await.unwrap();
    };
    let counted = async || {
        while project(&shop.app.app).await.unwrap().batches > 0 {}
        super::conversions::follow(&shop.app.app).await.unwrap()
    };
    assert_eq!(counted().await, 0);
    for _ in 0..2 {
        shop.app.clock.advance(HOUR);
        for user in told[..3].iter().chain(&control[..2]) {
            signs_up(user, "pro").await;
        }
        signs_up(&told[3], "free").await;
    }
    assert_eq!(counted().await, 5);
    shop.app.clock.advance(2 * DAY);
    signs_up(&told[4], "pro").await;
    assert_eq!((counted().await, counted().await), (0, 0), "too late, and nothing new");
    let of = |arm: &str, variant: &str, customers: usize, times: usize| json!({"arm": arm, "variant": variant, "customers": customers, "converted": times, "conversions": times});
    let expected = json!([of("treated", "A", treated, 3), of("control", "", control.len(), 2)]);
    assert_eq!(shop.campaign(&id).await["conversions"], expected);
    // Who did it after the offer has accepted it; decisions know.
    assert_eq!(numbers(&shop, "SELECT shown, accepted FROM offer_counters").await, [treated as i64, 3]);
    let (_, page) = shop.app.page(&shop.marketer, &format!("/en/campaigns/{id}")).await;
    assert!(page.contains("Conversions") && page.contains("Signed Up") && page.contains("Coupon"), "{page}");
    assert!(shop.app.page(&shop.marketer, &format!("/en/results/{id}")).await.1.contains("Conversions"));
}

async fn letters_come_into_one_file_each(shop: Shop) {
    shop.people(0..3, true).await;
    shop.policy(|policy| policy.consent.clear()).await;
    let tell = async |traits: Value| {
        let now = shop.app.clock.now();
        let told = json!({"message_id": shop.app.app.random.id(&shop.app.clock), "source": "shop", "type": "identify",
            "user_id": "u0", "timestamp": now, "received_at": now, "traits": traits});
        shop.app.app.inbox.store(vec![serde_json::from_value(told).unwrap()]).await.unwrap();
        while project(&shop.app.app).await.unwrap().batches > 0 {}
    };
    tell(json!({"first_name": "=HYPERLINK(1)", "address": {"street": "Długa 1", "postalCode": "80-831", "city": "Gdańsk"}})).await;
    let text = json!({"en": {"subject": "Spring", "text": "Dear {{ customer.first_name }},\nit is here"}});
    let print = json!({"channel": "print", "control_share": 0.0, "variants": [{"name": "A", "content": text}]});
    let id = shop.start(print).await;
    shop.send_all().await;
    let agent = shop.app.sign_in(Role::ServiceAgent).await;
    let files = format!("/api/v1/campaigns/{id}/files");
    assert_eq!(shop.app.call(&shop.marketer, "POST", &files, Value::Null).await.0, 403);
    let (_, page) = shop.app.page(&agent, &format!("/en/campaigns/{id}")).await;
    assert!(page.contains("3 letters") && page.contains("Make a file"), "{page}");
    let made = shop.ok(&agent, "POST", &files, Value::Null).await;
    assert_eq!(made["messages"], 3);
    assert_eq!(shop.app.call(&agent, "POST", &files, Value::Null).await.0, 409, "each comes into one file");
    let path = format!("{files}/{}", made["id"].as_str().unwrap());
    let file = shop.ok(&agent, "GET", &path, Value::Null).await.as_str().unwrap().to_owned();
    assert!(
        file.starts_with(
            "\u{feff}message,customer,name,street,postal_code,city,state,country,language,subject,text\r\n"
        )
    );
    assert!(
        file.contains("'=HYPERLINK(1),Długa 1,80-831,Gdańsk,,,en,Spring,\"Dear =HYPERLINK(1),\nit is here\""),
        "{file}"
    );
    assert_eq!(file.matches("it is here").count(), 3);
    let counts = shop.campaign(&id).await["counts"]["messages"].clone();
    assert_eq!((counts, numbers(&shop, "SELECT count(*) FROM contacts").await), (json!({"sent": 3}), vec![3]));
    // Again it is the same, also after somebody has moved; who was erased is in it no more.
    tell(json!({"address": {"street": "Elsewhere"}})).await;
    assert_eq!(shop.ok(&agent, "GET", &path, Value::Null).await, json!(file));
    let sql = "SELECT id FROM customers WHERE known_by = 'user_id:u0'";
    let customer: String = sqlx::query(sql).fetch_one(shop.app.app.database.pool()).await.unwrap().get(0);
    shop.ok(&shop.admin, "DELETE", &format!("/api/v1/customers/{customer}"), Value::Null).await;
    let file = shop.ok(&agent, "GET", &path, Value::Null).await.as_str().unwrap().to_owned();
    assert!(!file.contains("Długa") && file.matches("it is here").count() == 2, "{file}");
    // One whose maker died in between is ended by whoever asks for it.
    let sql = "UPDATE outbox SET state = 'ready', content = '{\"language\":\"en\",\"subject\":\"\",\"text\":\"late\",\"html\":\"\"}' \
               WHERE id = (SELECT min(id) FROM outbox)";
    sqlx::query(sql).execute(shop.app.app.database.pool()).await.unwrap();
    let file = shop.ok(&agent, "GET", &path, Value::Null).await.as_str().unwrap().to_owned();
    assert!(file.contains("late") && file.matches("it is here").count() == 1, "{file}");
    shop.app.clock.advance(31 * DAY);
    super::tidy(&shop.app.app).await.unwrap();
    assert_eq!(shop.app.call(&agent, "GET", &path, Value::Null).await.0, 404);
}

async fn mail_that_comes_back_is_understood(shop: Shop) {
    shop.people(0..3, true).await;
    shop.policy(|policy| policy.caps.clear()).await;
    let by = shop.app.key(&[crate::access::Permission::DeliverMessages]).await;
    let sent = async || -> Vec<(String, String)> {
        let id = shop.start(letters(0.0)).await;
        shop.send_all().await;
        let sql = "SELECT outbox.id, known_by FROM outbox JOIN customers ON customers.id = customer WHERE campaign = $1 \
                   ORDER BY known_by";
        let rows = sqlx::query(sql).bind(id).fetch_all(shop.app.app.database.pool()).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let comes_back = async |message: &str, status: &str| {
        let mail = format!(
            "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction: failed\r\nStatus: {status}\r\n\r\n\
             --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{message}@shop.example>\r\n\r\nHello\r\n--b--\r\n"
        );
        let request = by.sign(Request::post("/api/v1/messages/bounces")).header("content-type", "message/rfc822");
        let (status, answer) = shop.app.send(request.body(mail.into()).unwrap()).await;
        assert_eq!(status, 200, "{answer}");
        answer
    };
    let first = sent().await;
    let ids: Vec<&str> = first.iter().map(|(id, _)| id.as_str()).collect();
    // The id is the one that the letter itself carries.
    assert!(
        shop.mail.received().iter().any(|mail| mail.text.contains(&format!("Message-ID: <{}@shop.example>", ids[0])))
    );
    assert_eq!(comes_back(ids[0], "5.1.1").await, json!({"message": ids[0], "report": "bounced"}));
    assert_eq!(comes_back(ids[1], "4.2.2").await["report"], "soft_bounced");
    assert_eq!(comes_back("nobody", "5.1.1").await, json!({"message": null, "report": null}));
    let campaign = numbers(&shop, "SELECT count(bounced_at), count(soft_bounced_at) FROM outbox").await;
    assert_eq!(campaign, [1, 1]);
    // Nobody is at the first address; the second gets three chances.
    for round in 1..=2 {
        shop.app.clock.advance(HOUR);
        let next = sent().await;
        assert_eq!(
            next.iter().map(|(_, who)| who.as_str()).collect::<Vec<_>>(),
            ["user_id:u1", "user_id:u2"],
            "{round}"
        );
        for _ in 0..2 {
            comes_back(&next[0].0, "4.2.2").await;
        }
    }
    shop.app.clock.advance(HOUR);
    assert_eq!(sent().await.iter().map(|(_, who)| who.as_str()).collect::<Vec<_>>(), ["user_id:u2"]);
    // A complaint withdraws the consent.
    let complaint = format!(
        "From: abuse@isp.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{}@shop.example>\r\n\r\n--b--\r\n",
        ids[2]
    );
    let request = by.sign(Request::post("/api/v1/messages/bounces")).body(complaint.into()).unwrap();
    assert_eq!(shop.app.send(request).await.1["report"], "complained");
    while project(&shop.app.app).await.unwrap().batches > 0 {}
    assert_eq!(sent().await, []);
    let large = by.sign(Request::post("/api/v1/messages/bounces")).body(vec![b'a'; (1 << 20) + 1].into()).unwrap();
    assert_eq!(shop.app.send(large).await.0, 413);
}

#[tokio::test]
async fn what_cannot_be_is_named() {
    let shop = Shop::open(String::new()).await;
    let refused = async |change: fn(&mut Value)| {
        let mut definition = letters(0.1);
        change(&mut definition);
        let draft = json!({"name": "C", "definition": definition});
        let (status, answer) = shop.app.call(&shop.marketer, "POST", "/api/v1/campaigns", draft).await;
        let pointer = answer["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        (status.as_u16(), pointer)
    };
    let at = |pointer: &str| (422, format!("/definition{pointer}"));
    assert_eq!(refused(|it| it["control_share"] = json!(1.0)).await, at("/control_share"));
    assert_eq!(refused(|it| it["variants"] = json!([])).await, at("/variants"));
    assert_eq!(refused(|it| it["timing"] = json!({"every": "soon"})).await, at("/timing/every"));
    assert_eq!(refused(|it| it["audience"] = json!({"any_of": ["none"]})).await, at("/audience/any_of/0"));
    assert_eq!(
        refused(|it| it["variants"][0]["content"]["en"]["subject"] = json!("{{ x")).await,
        at("/variants/0/content/en/subject")
    );
    assert_eq!(
        refused(|it| it["variants"][0]["content"]["de"] = json!({"text": "x"})).await,
        at("/variants/0/content/de")
    );
    assert_eq!(refused(|it| it["channel"] = json!("sms")).await, at("/variants/0/content/en/html"));
    assert_eq!(refused(|it| it["variants"][0]["offer"] = json!({"best": {}})).await, at("/variants/0/content"));
    assert_eq!(
        refused(|it| it["conversion"] = json!({"event": {"what": {"event": ""}}})).await,
        at("/conversion/event/what/event")
    );
    assert_eq!(
        refused(|it| it["variants"][0] = json!({"name": "A", "offer": {"this": "none"}})).await,
        at("/variants/0/offer")
    );
    // An offer that nobody gets: it may be named while both are written, but nothing starts with it.
    let unwritten = offer(&shop, "Later", json!({"state": "draft"})).await;
    let over = offer(&shop, "Over", json!({"valid_until": "2020-01-01T00:00:00Z"})).await;
    for (what, why) in [
        (json!({"best": {"group": "none"}}), "no active offer"),
        (json!({"this": unwritten}), "the offer Later is not made to anybody: its state is draft"),
        (json!({"this": over}), "the offer Over is over"),
    ] {
        let draft = json!({"name": why, "definition": offering(what)});
        let id = shop.ok(&shop.marketer, "POST", "/api/v1/campaigns", draft).await["id"].as_str().unwrap().to_owned();
        let submit = format!("/api/v1/campaigns/{id}/submit");
        let (status, answer) = shop.app.call(&shop.marketer, "POST", &submit, Value::Null).await;
        assert!(status == 409 && answer["detail"].as_str().unwrap().contains(why), "{answer}");
    }
    // Nobody carries it: that is found when it is to start, not after.
    let text = json!({"channel": "sms", "variants": [{"name": "A", "content": {"en": {"text": "x"}}}]});
    let draft = json!({"name": "S", "definition": text});
    let id = shop.ok(&shop.marketer, "POST", "/api/v1/campaigns", draft).await["id"].as_str().unwrap().to_owned();
    let (status, answer) =
        shop.app.call(&shop.marketer, "POST", &format!("/api/v1/campaigns/{id}/submit"), Value::Null).await;
    assert_eq!(status, 409);
    assert!(answer["detail"].as_str().unwrap().contains("[channel.sms]"), "{answer}");
    shop.ok(&shop.marketer, "DELETE", &format!("/api/v1/campaigns/{id}"), Value::Null).await;
    assert_eq!(shop.app.call(&shop.marketer, "GET", &format!("/api/v1/campaigns/{id}"), Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_marketer_writes_a_campaign_in_the_browser() {
    let shop = Shop::open(String::new()).await;
    shop.people(0..12, true).await;
    let (marketer, admin) = (&shop.marketer, &shop.admin);
    let (status, page) = shop.app.page(marketer, "/en/campaigns").await;
    assert!(status == 200 && page.contains("No campaign yet"), "{status}");
    let form = |name: &'static str, subject: &'static str| -> Vec<(&'static str, &'static str)> {
        vec![
            ("name", name),
            ("channel", "email"),
            ("control", "۵۰"),
            ("timing", "now"),
            ("result_days", "14"),
            ("v0.name", "A"),
            ("v0.weight", "1"),
            ("v0.en.subject", subject),
            ("v0.en.html", "<h1>Hi {{ customer.first_name }}</h1>"),
        ]
    };
    let (status, _, page) = shop.app.form(marketer, "/pl/campaigns/new", &form("", "Hi {{ customer")).await;
    assert_eq!(status, 422);
    assert!(
        page.contains("Podaj nazwę") && page.contains("Szablonu nie da się odczytać") && page.contains("&#60;h1&#62;")
    );
    let added = [form("W", "S"), vec![("add", "variant")]].concat();
    let (status, _, page) = shop.app.form(marketer, "/en/campaigns/new", &added).await;
    assert!(status == 200 && page.contains("v1.name") && page.contains("value=\"B\""));
    let (status, there, _) = shop.app.form(marketer, "/fa/campaigns/new", &form("Wiosna", "Hi")).await;
    assert_eq!(status, 303);
    let (_, page) = shop.app.page(marketer, &there).await;
    assert!(page.contains("پیش‌نویس") && page.contains("درخواست تأیید") && page.contains("<iframe"), "{page}");
    let id = there.rsplit('/').next().unwrap().to_owned();
    assert_eq!(shop.campaign(&id).await["definition"]["control_share"], 0.5);
    let message = format!("/en/campaigns/{id}/message?language=fa&variant=A");
    let (status, letter) = shop.app.page(marketer, &message).await;
    assert!(status == 200 && letter.contains("<h1>Hi آنا</h1>"), "{letter}");
    let act = async |by: &Credentials, action: &str| {
        shop.app.form(by, &format!("/en/campaigns/{id}/do"), &[("action", action)]).await.0.as_u16()
    };
    assert_eq!(act(marketer, "submit").await, 303);
    assert_eq!(act(marketer, "approve").await, 403);
    assert_eq!(act(admin, "approve").await, 303);
    run_due(&shop.app.app, &[JOB]).await.unwrap();
    shop.send_all().await;
    let (_, page) = shop.app.page(marketer, &format!("/en/campaigns/{id}")).await;
    assert!(page.contains("Done") && page.contains("Control group") && page.contains("customers to be told"));
    assert_eq!(act(marketer, "stop").await, 409);
    assert!(shop.app.page(marketer, "/en/campaigns").await.1.contains("Wiosna"));

    // One that makes an offer, and says what it is for.
    offer(&shop, "Coupon", json!({})).await;
    assert!(shop.app.page(marketer, "/fa/campaigns/new").await.1.contains("بهترین پیشنهاد از گروه"));
    let offers = [
        ("name", "Oferta"),
        ("channel", "email"),
        ("control", "10"),
        ("timing", "now"),
        ("result_days", "14"),
        ("v0.name", "A"),
        ("v0.weight", "1"),
        ("v0.offer", r#"{"best":{"group":"coupons"}}"#),
        ("conversion", "event"),
        ("conversion.event", "Signed Up"),
        ("conversion.property", "seats"),
        ("conversion.value", "5"),
        ("conversion.days", "3"),
    ];
    let own = [&offers[..], &[("v0.en.subject", "x")]].concat();
    let (status, _, page) = shop.app.form(marketer, "/pl/campaigns/new", &own).await;
    assert!(status == 422 && page.contains("Oferta ma własną treść"), "{status}");
    let (status, there, page) = shop.app.form(marketer, "/pl/campaigns/new", &offers).await;
    assert_eq!(status, 303, "{page}");
    let written = shop.campaign(there.rsplit('/').next().unwrap()).await["definition"].clone();
    assert_eq!(written["variants"][0]["offer"], json!({"best": {"group": "coupons"}}));
    let seats = json!([{"name": "properties.seats", "is": {"equals": 5.0}}]);
    let event = json!({"what": {"event": "Signed Up"}, "where": seats});
    assert_eq!(written["conversion"], json!({"event": event, "days": 3, "every": false}));
    let (_, page) = shop.app.page(marketer, &there).await;
    assert!(page.contains("Najlepsza oferta z grupy") && page.contains("pierwszy raz w ciągu"), "{page}");
    assert_eq!(shop.app.page(marketer, &format!("{there}/edit")).await.0, 200);

    // Whom to call, by an agent.
    let call = json!({"channel": "call", "control_share": 0.0, "variants": [{"name": "A", "content": {"en": {"text": "Ask how it went"}}}]});
    shop.policy(|policy| policy.consent.clear()).await;
    let now = shop.app.clock.now();
    let phone = json!({"message_id": "phone", "source": "shop", "type": "identify", "user_id": "u3", "timestamp": now,
        "received_at": now, "traits": {"phone": "+48601234567"}});
    shop.app.app.inbox.store(vec![serde_json::from_value(phone).unwrap()]).await.unwrap();
    while project(&shop.app.app).await.unwrap().batches > 0 {}
    let calls = shop.start(call).await;
    shop.send_all().await;
    let agent = shop.app.sign_in(Role::ServiceAgent).await;
    let (_, page) = shop.app.page(&agent, "/en/campaigns/calls").await;
    assert!(page.contains("tel:+48601234567") && page.contains("Ask how it went"));
    let (_, list) = shop.app.page(&agent, "/en/campaigns/calls.csv").await;
    assert!(list.contains(",+48601234567,") && list.contains("Ask how it went"), "{list}");
    let report = page.split("/en/campaigns/calls/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/en/campaigns/calls/{report}");
    assert_eq!(shop.app.form(&agent, &path, &[("report", "complained")]).await.0, 303);
    assert!(shop.app.page(&agent, "/en/campaigns/calls").await.1.contains("Nobody to call"));
    let counts = shop.campaign(&calls).await["counts"].clone();
    assert_eq!((&counts["unsubscribed"], &counts["messages"]["sent"]), (&json!(1), &json!(1)));

    // Who may be told something.
    let (_, page) = shop.app.page(marketer, "/en/campaigns/policy").await;
    assert!(page.contains("disabled") && page.contains("21:00"));
    let policy = [
        ("purpose", "news"),
        ("global", "2,5"),
        ("cap0.most", "1"),
        ("cap0.days", "7"),
        ("cap0.channel", "sms"),
        ("consent.email", "not_denied"),
        ("quiet.from", "20:00"),
        ("quiet.until", "09:00"),
        ("quiet.channel", "sms"),
    ];
    assert_eq!(shop.app.form(marketer, "/en/campaigns/policy", &policy).await.0, 403);
    let (status, _, page) = shop.app.form(admin, "/en/campaigns/policy", &policy).await;
    assert!(status == 200 && page.contains("Saved."));
    let held = shop.ok(admin, "GET", "/api/v1/contact-policy", Value::Null).await;
    assert_eq!((&held["purpose"], &held["global_control"]), (&json!("news"), &json!(0.025)));
    assert_eq!(held["caps"], json!([{"most": 1, "days": 7, "channel": "sms"}]));
    assert_eq!(held["quiet"], json!({"from": "20:00:00", "until": "09:00:00", "channels": ["sms"]}));
    let (status, _, _) = shop.app.form(admin, "/en/campaigns/policy", &[("purpose", "x"), ("global", "99")]).await;
    assert_eq!(status, 422);
}
