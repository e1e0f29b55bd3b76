//! Through HTTP and a mail server: people enter by what they do, go through the steps at their time, and leave.

use super::store::State;
use super::walk::round;
use crate::campaigns;
use crate::campaigns::testing::Shop;
use crate::customers::project;
use crate::platform::clock::{DAY, HOUR};
use crate::platform::jobs::run_due;
use crate::platform::testing::new_postgres_database;
use crate::segments;
use axum::http::StatusCode;
use cvm_core::message::Message;
use serde_json::{Value, json};

async fn shop(database_url: String) -> Shop {
    let shop = Shop::open(database_url).await;
    shop.policy(|policy| policy.caps.clear()).await;
    shop
}

impl Shop {
    /// Something happens; everything that follows from it by itself does, too.
    async fn tell(&self, user: &str, call: Value) {
        let now = self.app.clock.now();
        let mut message = json!({"message_id": self.app.app.random.id(&self.app.clock), "source": "shop", "type": "track",
            "user_id": user, "timestamp": now, "received_at": now});
        message.as_object_mut().unwrap().extend(call.as_object().unwrap().clone());
        let message: Message = serde_json::from_value(message).unwrap();
        self.app.app.inbox.store(vec![message]).await.unwrap();
        self.follow().await;
    }

    async fn follow(&self) {
        let app = &self.app.app;
        while project(app).await.unwrap().batches > 0 {}
        while segments::round(app).await.unwrap().persons > 0 {}
        while round(app).await.unwrap() != super::Walked::default() {}
        campaigns::send_due(app).await.unwrap();
    }

    async fn comes(&self, user: &str) {
        let consent = json!({"purpose": "marketing", "channel": "email", "state": "granted"});
        let call = json!({"type": "identify", "traits": {"email": format!("{user}@example.org"), "first_name": user},
            "context": {"consent": {"changes": [consent]}}});
        self.tell(user, call).await;
    }

    fn letters(&self) -> Vec<(String, String)> {
        let subject = |text: &str| text.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned));
        self.mail.received().into_iter().map(|mail| (mail.to, subject(&mail.text).unwrap_or_default())).collect()
    }

    async fn counts(&self, id: &str) -> Value {
        self.ok(&self.marketer, "GET", &format!("/api/v1/programmes/{id}"), Value::Null).await["counts"].clone()
    }
}

async fn newcomers_are_welcomed_and_reminded(shop: Shop) {
    shop.comes("early").await;
    let made = shop.ok(&shop.marketer, "POST", "/api/v1/programmes/ready", json!({"ready": "welcome"})).await;
    let id = made["id"].as_str().unwrap().to_owned();
    run_due(&shop.app.app, &[segments::JOB]).await.unwrap();
    let path = |what: &str| format!("/api/v1/programmes/{id}/{what}");
    assert_eq!(shop.app.call(&shop.marketer, "POST", &path("start"), Value::Null).await.0, StatusCode::FORBIDDEN);
    let mut definition = made["definition"].clone();
    definition["control_share"] = json!(0.0);
    let change = json!({"name": "Welcome", "definition": definition});
    shop.ok(&shop.marketer, "PUT", &format!("/api/v1/programmes/{id}"), change).await;
    shop.ok(&shop.admin, "POST", &path("start"), Value::Null).await;
    shop.follow().await;
    assert_eq!(shop.letters(), [], "who was there before does not enter");

    shop.app.clock.advance(HOUR);
    shop.comes("ada").await;
    shop.comes("bob").await;
    let welcomed = [("ada@example.org", "Welcome, ada"), ("bob@example.org", "Welcome, bob")];
    let expected = |letters: &[(&str, &str)]| -> Vec<(String, String)> {
        letters.iter().map(|(to, subject)| ((*to).to_owned(), (*subject).to_owned())).collect()
    };
    assert_eq!(shop.letters(), expected(&welcomed));
    let counts = shop.counts(&id).await;
    assert_eq!(
        (&counts["entered"], &counts["before"]),
        (&json!(2), &json!({"2": 2})),
        "both wait before the condition"
    );
    shop.follow().await;
    assert_eq!(shop.letters().len(), 2, "once");

    // Bob buys, Ada does not.
    shop.tell(
        "bob",
        json!({"name": "Order Completed", "properties": {"order_id": "1", "revenue": 10, "currency": "USD"}}),
    )
    .await;
    shop.app.clock.advance(3 * DAY);
    shop.follow().await;
    let all = [&welcomed[..], &[("ada@example.org", "Can we help you choose, ada?")]].concat();
    assert_eq!(shop.letters(), expected(&all));
    let counts = shop.counts(&id).await;
    assert_eq!((&counts["before"], &counts["ended"]), (&json!({}), &json!({"done": 1, "left": 1})));

    // Its result is told of who entered.
    let results = format!("/api/v1/campaigns/{id}/results");
    assert_eq!(shop.ok(&shop.marketer, "GET", &results, Value::Null).await["latest"], Value::Null);
    assert_eq!(shop.app.page(&shop.marketer, &format!("/en/results/{id}")).await.0, StatusCode::OK);
    let begun = campaigns::begun(&shop.app.app.database).await.unwrap();
    assert_eq!(begun.iter().map(|campaign| campaign.name.as_str()).collect::<Vec<_>>(), ["Welcome"]);
    // What is said are campaigns that the programme owns.
    assert_eq!(shop.ok(&shop.marketer, "GET", "/api/v1/campaigns", Value::Null).await["data"], json!([]));
    let mut transaction = shop.app.app.database.begin().await.unwrap();
    let steps = campaigns::of_programme(&mut transaction, &id).await.unwrap();
    drop(transaction);
    assert_eq!(steps.len(), 2);
    let stop = format!("/api/v1/campaigns/{}/stop", steps[&0].id);
    assert_eq!(shop.app.call(&shop.admin, "POST", &stop, Value::Null).await.0, StatusCode::CONFLICT);
    let sent = campaigns::counts(&shop.app.app.database, &steps[&0].id).await.unwrap();
    assert_eq!(sent.messages["sent"], 2);

    // Paused, nobody enters; stopped, it is over.
    shop.ok(&shop.marketer, "POST", &path("pause"), Value::Null).await;
    shop.comes("cid").await;
    assert_eq!(shop.letters().len(), 3);
    shop.ok(&shop.marketer, "POST", &path("stop"), Value::Null).await;
    assert_eq!(super::get(&shop.app.app, &id).await.unwrap().state, State::Stopped);
    assert_eq!(shop.app.call(&shop.admin, "POST", &path("start"), Value::Null).await.0, StatusCode::CONFLICT);
}

async fn goals_and_control_groups_are_kept(shop: Shop) {
    let segment = async |name: &str, who: Value| {
        let draft = json!({"name": name, "rule": {"version": 1, "who": who}});
        shop.ok(&shop.marketer, "POST", "/api/v1/segments", draft).await["id"].as_str().unwrap().to_owned()
    };
    let gold = segment("Gold", json!({"field": {"name": "attributes.plan", "is": {"equals": "gold"}}})).await;
    let bought = segment("Bought", json!({"did": {"event": {"what": "purchase"}}})).await;
    run_due(&shop.app.app, &[segments::JOB]).await.unwrap();
    let said =
        |subject: &str| json!({"send": {"channel": "email", "content": {"en": {"subject": subject, "text": "x"}}}});
    let definition = json!({
        "entry": gold, "goal": bought, "control_share": 0.5, "again_after_days": 10,
        "steps": [said("One"), {"wait": {"hours": 24}}, said("Two")],
    });
    let made =
        shop.ok(&shop.marketer, "POST", "/api/v1/programmes", json!({"name": "Gold", "definition": definition})).await;
    let id = made["id"].as_str().unwrap().to_owned();
    shop.ok(&shop.admin, "POST", &format!("/api/v1/programmes/{id}/start"), Value::Null).await;
    shop.app.clock.advance(HOUR);
    for user in 0..16 {
        shop.comes(&format!("u{user}")).await;
        shop.tell(&format!("u{user}"), json!({"type": "identify", "traits": {"plan": "gold"}})).await;
    }
    let counts = shop.counts(&id).await;
    let control = counts["ended"]["control"].as_u64().unwrap();
    let treated = shop.letters().len() as u64;
    assert_eq!((control + treated, &counts["entered"]), (16, &json!(16)));
    assert!((2..=14).contains(&control), "{control}");
    let members = campaigns::counts(&shop.app.app.database, &id).await.unwrap().members;
    assert_eq!((members["control"] as u64, members["treated"] as u64), (control, treated));
    // One who was told buys: there is nothing more to say to them.
    let buyer = shop.letters()[0].0.split('@').next().unwrap().to_owned();
    shop.tell(
        &buyer,
        json!({"name": "Order Completed", "properties": {"order_id": "1", "revenue": 10, "currency": "USD"}}),
    )
    .await;
    shop.app.clock.advance(DAY);
    shop.follow().await;
    assert_eq!(shop.letters().len() as u64, 2 * treated - 1);
    assert_eq!(shop.counts(&id).await["ended"]["goal"], 1);
    // Out and in again: not before ten days are over, and on the same side then.
    let again = async |plan: &str| {
        for user in 0..16 {
            shop.tell(&format!("u{user}"), json!({"type": "identify", "traits": {"plan": plan}})).await;
        }
    };
    again("none").await;
    again("gold").await;
    assert_eq!(shop.counts(&id).await["entered"], 16);
    shop.app.clock.advance(11 * DAY);
    again("none").await;
    again("gold").await;
    let counts = shop.counts(&id).await;
    assert_eq!((&counts["entered"], counts["ended"]["control"].as_u64().unwrap()), (&json!(32), 2 * control));
}

#[tokio::test]
async fn on_sqlite() {
    newcomers_are_welcomed_and_reminded(shop(String::new()).await).await;
    goals_and_control_groups_are_kept(shop(String::new()).await).await;
}

#[tokio::test]
async fn on_postgres() {
    newcomers_are_welcomed_and_reminded(shop(new_postgres_database().await).await).await;
    goals_and_control_groups_are_kept(shop(new_postgres_database().await).await).await;
}

#[tokio::test]
async fn a_marketer_takes_a_ready_programme_and_changes_it() {
    let shop = shop(String::new()).await;
    let (marketer, admin) = (&shop.marketer, &shop.admin);
    let (status, page) = shop.app.page(marketer, "/fa/programmes").await;
    assert!(status == 200 && page.contains("سبد رهاشده"), "{status}");
    for ready in super::READY {
        let (status, there, text) = shop.app.form(marketer, "/pl/programmes/ready", &[("ready", ready.id)]).await;
        assert_eq!(status, 303, "{}: {text}", ready.id);
        assert_eq!(shop.app.page(marketer, &there).await.0, 200);
    }
    let again = shop.app.form(marketer, "/pl/programmes/ready", &[("ready", "cart")]).await;
    let (_, page) = shop.app.page(marketer, &again.1).await;
    assert!(page.contains("Porzucony koszyk 2") && page.contains("customer.first_name"), "{page}");
    let form = format!("{}/edit", again.1);
    let (_, page) = shop.app.page(marketer, &form).await;
    assert!(page.contains("s0.en.subject") && page.contains("Still thinking it over"), "{page}");
    let entry = page.split("<option value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [
        ("name", "Koszyk"),
        ("entry", &*entry),
        ("control", "20"),
        ("again", "۳۰"),
        ("result_days", "7"),
        ("s0.kind", "wait"),
        ("s0.hours", "0"),
    ];
    let (status, _, page) = shop.app.form(marketer, &form, &fields).await;
    assert!(status == 422 && page.contains("Podaj od 1 do 8784 godzin"), "{status}");
    let added = [&fields[..], &[("add", "send")]].concat();
    let (status, _, page) = shop.app.form(marketer, &form, &added).await;
    assert!(status == 200 && page.contains("s1.en.subject"));
    let whole = [
        &fields[..6],
        &[
            ("s0.hours", "36"),
            ("s1.kind", "send"),
            ("s1.channel", "email"),
            ("s1.pl.subject", "Hej"),
            ("s1.pl.text", "x"),
        ],
    ]
    .concat();
    let (status, there, page) = shop.app.form(marketer, &form, &whole).await;
    assert_eq!(status, 303, "{page}");
    let (_, page) = shop.app.page(admin, &there).await;
    assert!(page.contains("36 godz.") && page.contains("Hej") && page.contains("Uruchom"), "{page}");
    let act = format!("{there}/do");
    assert_eq!(shop.app.form(marketer, &act, &[("action", "start")]).await.0, 403);
    assert_eq!(shop.app.form(admin, &act, &[("action", "start")]).await.0, 303);
    assert_eq!(shop.app.form(admin, &act, &[("action", "delete")]).await.0, 409);
}
