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
    assert_eq!((&counts["entered"], &counts["at"]), (&json!(2), &json!({"1": 2})), "both are in the pause");
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
    assert_eq!((&counts["at"], &counts["ended"]), (&json!({}), &json!({"done": 1, "left": 1})));
    assert_eq!(
        (&counts["left"], &counts["passed"]),
        (&json!({"2": 1}), &json!({"0": [2], "1": [2], "2": [1], "3": [1]}))
    );

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

/// Begins with an event, waits for another, forks by segment and by chance, tells other systems, and waits for the morning.
async fn ways_part_and_meet_again(shop: Shop) {
    let segment = async |name: &str, who: Value| {
        let draft = json!({"name": name, "rule": {"version": 1, "who": who}});
        shop.ok(&shop.marketer, "POST", "/api/v1/segments", draft).await["id"].as_str().unwrap().to_owned()
    };
    let bought = segment("Bought", json!({"did": {"event": {"what": "purchase"}}})).await;
    let saved = segment("Saved", json!({"field": {"name": "attributes.saved_cart", "is": {"equals": true}}})).await;
    run_due(&shop.app.app, &[segments::JOB]).await.unwrap();
    let endpoint = json!({"name": "Call centre", "url": "https://calls.example.org/hook"});
    let endpoint = shop.ok(&shop.admin, "POST", "/api/v1/webhooks", endpoint).await["id"].clone();
    let said =
        |subject: &str| json!({"send": {"channel": "email", "content": {"en": {"subject": subject, "text": "x"}}}});
    let paths = json!([{"name": "Letter", "weight": 1, "steps": [said("Help")]},
        {"name": "Call", "weight": 1, "steps": [{"webhook": {"endpoint": endpoint}}]}]);
    let order = json!({"event": {"what": "purchase"}, "at_most_days": 2});
    let definition = json!({
        "on_event": {"what": {"event": "Checkout Started"}, "where": [{"name": "properties.value", "is": {"at_least": 50}}]},
        "control_share": 0.0, "steps": [
            {"wait_until": order},
            {"branch": {"segment": bought, "then": [{"update_profile": {"attribute": "saved_cart", "value": true}}],
                "otherwise": [{"split": {"paths": paths}}]}},
            {"wait_for_time": {"at": "09:00:00"}}, said("End")],
    });
    let wrong = json!({"name": "W", "definition": {"entry": "", "steps": [{"webhook": {"endpoint": "none"}}]}});
    let (status, problem) = shop.app.call(&shop.marketer, "POST", "/api/v1/programmes", wrong).await;
    let faults = problem["errors"].as_array().unwrap().iter();
    let pointers: Vec<&str> = faults.map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pointers, ["/definition/entry", "/definition/steps/0/webhook/endpoint"]);
    let made = json!({"name": "Checkout", "definition": definition});
    let made = shop.ok(&shop.marketer, "POST", "/api/v1/programmes", made).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let path = |what: &str| format!("/api/v1/programmes/{id}{what}");
    let begins = async |user: &str, value: u32| {
        let call = json!({"name": "Checkout Started", "properties": {"value": value}});
        shop.tell(user, call).await;
    };
    for user in 0..9 {
        shop.comes(&format!("u{user}")).await;
    }
    begins("u8", 60).await;
    shop.app.clock.advance(HOUR);
    shop.ok(&shop.admin, "POST", &path("/start"), Value::Null).await;
    shop.app.clock.advance(HOUR);
    for user in 0..8 {
        begins(&format!("u{user}"), if user == 0 { 10 } else { 60 }).await;
    }
    begins("u1", 70).await;
    let counts = shop.counts(&id).await;
    assert_eq!((&counts["entered"], &counts["at"]), (&json!(7), &json!({"0": 7})), "not u0, not u8, nobody twice");

    // Who buys is through at once, and waits for the morning.
    let order = json!({"name": "Order Completed", "properties": {"order_id": "1", "revenue": 10, "currency": "USD"}});
    shop.tell("u1", order).await;
    let counts = shop.counts(&id).await;
    assert_eq!(counts["at"], json!({"0": 6, "6": 1}));
    assert_eq!(counts["passed"], json!({"0": [1], "1": [1], "2": [1]}));
    shop.follow().await;
    let count = shop.ok(&shop.marketer, "GET", &format!("/api/v1/segments/{saved}"), Value::Null).await;
    assert_eq!(count["customers"], 1, "the attribute is known: {count}");

    // The first step goes, and a pause comes before the end: who waited goes on where the first step was.
    shop.ok(&shop.marketer, "POST", &path("/pause"), Value::Null).await;
    let mut changed = shop.ok(&shop.marketer, "GET", &path(""), Value::Null).await;
    let steps = changed["definition"]["steps"].as_array_mut().unwrap();
    steps.remove(0);
    steps.insert(2, json!({"wait": {"hours": 1}}));
    let change = json!({"name": "Checkout", "version": changed["version"], "definition": changed["definition"]});
    let changed = shop.ok(&shop.marketer, "PUT", &path(""), change).await;
    let ids: Vec<&Value> = changed["definition"]["steps"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(ids, [1, 6, 8, 7].map(Value::from).iter().collect::<Vec<_>>(), "{changed}");
    assert_eq!(shop.counts(&id).await["at"], json!({"1": 6, "6": 1}));
    shop.ok(&shop.admin, "POST", &path("/start"), Value::Null).await;
    shop.follow().await;
    let counts = shop.counts(&id).await;
    assert_eq!((&counts["at"], &counts["passed"]["1"]), (&json!({"6": 7}), &json!([1, 6])));
    let (letters, calls) = (shop.letters().len() as u64, counts["passed"]["5"][0].as_u64().unwrap_or(0));
    assert_eq!(letters + calls, 6);
    assert_eq!(counts["passed"]["3"], json!([letters, calls]));
    let sql = "SELECT count(*) FROM webhook_deliveries WHERE kind = 'programme.step'";
    let row = sqlx::query(sql).fetch_one(shop.app.app.database.pool()).await.unwrap();
    assert_eq!(sqlx::Row::get::<i64, _>(&row, 0) as u64, calls);
    shop.app.clock.advance(DAY);
    shop.follow().await;
    assert_eq!(shop.counts(&id).await["at"], json!({"8": 7}), "it is past nine, and the pause begins");
    shop.app.clock.advance(HOUR);
    shop.follow().await;
    assert_eq!(shop.letters().iter().filter(|(_, subject)| subject == "End").count(), 7);
    let (_, page) = shop.app.page(&shop.marketer, &format!("/en/programmes/{id}")).await;
    for part in ["Fork by segment", "Call · 50%", "The others", "saved_cart = true", "Call centre", "9:00"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// Who waits for a segment goes on when they enter it; who waits in vain leaves.
async fn a_segment_is_waited_for(shop: Shop) {
    let segment = async |name: &str, who: Value| {
        let draft = json!({"name": name, "rule": {"version": 1, "who": who}});
        shop.ok(&shop.marketer, "POST", "/api/v1/segments", draft).await["id"].as_str().unwrap().to_owned()
    };
    let plan = |name: &str| json!({"field": {"name": "attributes.plan", "is": {"equals": name}}});
    let (gold, silver) = (segment("Gold", plan("gold")).await, segment("Silver", plan("silver")).await);
    run_due(&shop.app.app, &[segments::JOB]).await.unwrap();
    let thanks = json!({"send": {"channel": "email", "content": {"en": {"subject": "Thanks", "text": "x"}}}});
    let until = json!({"wait_until": {"segment": gold, "at_most_days": 1, "or_leave": true}});
    let definition = json!({"entry": silver, "control_share": 0.0, "steps": [until, thanks]});
    let made = json!({"name": "Silver", "definition": definition});
    let made = shop.ok(&shop.marketer, "POST", "/api/v1/programmes", made).await;
    let id = made["id"].as_str().unwrap().to_owned();
    shop.ok(&shop.admin, "POST", &format!("/api/v1/programmes/{id}/start"), Value::Null).await;
    shop.app.clock.advance(HOUR);
    let becomes = |plan: &str| json!({"type": "identify", "traits": {"plan": plan}});
    for user in ["ada", "bob"] {
        shop.comes(user).await;
        shop.tell(user, becomes("silver")).await;
    }
    assert_eq!(shop.counts(&id).await["at"], json!({"0": 2}));
    shop.app.clock.advance(HOUR);
    shop.tell("ada", becomes("gold")).await;
    assert_eq!(shop.letters(), [("ada@example.org".to_owned(), "Thanks".to_owned())]);
    shop.app.clock.advance(DAY);
    shop.follow().await;
    let counts = shop.counts(&id).await;
    assert_eq!((&counts["left"], &counts["ended"]), (&json!({"0": 1}), &json!({"done": 1, "left": 1})));
}

async fn a_step_makes_an_offer_chosen_as_it_goes(shop: Shop) {
    let content = json!({"en": {"subject": "{{ offer.name }}, {{ customer.first_name }}", "body": "<p>Take it</p>"}});
    let offer = async |name: &str, amount: i64, state: &str| {
        let draft = json!({"name": name, "issue": "growth", "group": "coupons", "state": state, "worth": {"amount": amount},
            "treatments": [{"channel": "email", "content": content}]});
        shop.ok(&shop.admin, "POST", "/api/v1/offers", draft).await["id"].as_str().unwrap().to_owned()
    };
    let rested = offer("Rested", 9000, "draft").await;
    offer("Coupon", 1000, "active").await;
    let entry = json!({"name": "Everybody", "rule": {"version": 1, "who": {"field": {"name": "attributes.email", "is": {"is_set": true}}}}});
    let entry = shop.ok(&shop.admin, "POST", "/api/v1/segments", entry).await["id"].clone();
    run_due(&shop.app.app, &[segments::JOB]).await.unwrap();
    let programme = |what: Value| {
        json!({"name": what.to_string(), "definition": {"entry": entry, "control_share": 0.0, "result_days": 7,
            "steps": [{"send": {"channel": "email", "offer": what}}, {"wait": {"hours": 24}}, {"send": {"channel": "email", "offer": what}}]}})
    };
    // Nothing starts with an offer that nobody gets; words and an offer are too much.
    let unmade = shop.ok(&shop.marketer, "POST", "/api/v1/programmes", programme(json!({"this": rested}))).await;
    let start = |programme: &Value| format!("/api/v1/programmes/{}/start", programme["id"].as_str().unwrap());
    let (status, answer) = shop.app.call(&shop.admin, "POST", &start(&unmade), Value::Null).await;
    assert!(status == StatusCode::CONFLICT && answer["detail"].as_str().unwrap().contains("Rested"), "{answer}");
    let mut both = programme(json!({"best": {}}));
    both["definition"]["steps"][0]["send"]["content"] = json!({"en": {"subject": "a", "text": "b"}});
    let (status, answer) = shop.app.call(&shop.marketer, "POST", "/api/v1/programmes", both).await;
    assert_eq!(
        (status, &answer["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/definition/steps/0/send/content"))
    );
    let best =
        shop.ok(&shop.marketer, "POST", "/api/v1/programmes", programme(json!({"best": {"group": "coupons"}}))).await;
    shop.ok(&shop.admin, "POST", &start(&best), Value::Null).await;
    let path = format!("/en/programmes/{}", best["id"].as_str().unwrap());
    let (_, page) = shop.app.page(&shop.marketer, &path).await;
    assert!(page.contains("coupons"), "{page}");
    let (_, form) = shop.app.page(&shop.marketer, &format!("{path}/edit")).await;
    assert!(form.contains("s0.offer") && form.contains("\" selected>"), "{form}");

    shop.follow().await;
    shop.app.clock.advance(HOUR);
    shop.comes("ada").await;
    let letter = |subject: &str| ("ada@example.org".to_owned(), subject.to_owned());
    assert_eq!(shop.letters(), [letter("Coupon, ada")]);
    // What is better by then is chosen then.
    offer("Better", 5000, "active").await;
    shop.app.clock.advance(DAY);
    shop.follow().await;
    assert_eq!(shop.letters(), [letter("Coupon, ada"), letter("Better, ada")]);
}

#[tokio::test]
async fn on_sqlite() {
    newcomers_are_welcomed_and_reminded(shop(String::new()).await).await;
    a_step_makes_an_offer_chosen_as_it_goes(shop(String::new()).await).await;
    goals_and_control_groups_are_kept(shop(String::new()).await).await;
    ways_part_and_meet_again(shop(String::new()).await).await;
    a_segment_is_waited_for(shop(String::new()).await).await;
}

#[tokio::test]
async fn on_postgres() {
    newcomers_are_welcomed_and_reminded(shop(new_postgres_database().await).await).await;
    a_step_makes_an_offer_chosen_as_it_goes(shop(new_postgres_database().await).await).await;
    goals_and_control_groups_are_kept(shop(new_postgres_database().await).await).await;
    ways_part_and_meet_again(shop(new_postgres_database().await).await).await;
    a_segment_is_waited_for(shop(new_postgres_database().await).await).await;
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
    let entries = page.split("name=\"entry\"").nth(1).unwrap();
    let entry = entries.split("<option value=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
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
    let added = [&fields[..], &[("add", "-"), ("kind.", "send")]].concat();
    let (status, _, page) = shop.app.form(marketer, &form, &added).await;
    assert!(status == 200 && page.contains("s1.en.subject"));
    // Forks within forks, one step moved up, one taken away with what is in it.
    let forked = [
        &fields[..],
        &[("s1.kind", "split"), ("s1.paths", "2"), ("s1.p0.name", "A"), ("s1.p0.weight", "1")],
        &[("s1.p1.name", "B"), ("s1.p1.weight", "3"), ("s2.kind", "branch"), ("s2.in", "1.1"), ("s2.segment", &*entry)],
    ]
    .concat();
    let with = |more: &[(&'static str, &'static str)]| [&forked[..], more].concat();
    let (_, _, page) = shop.app.form(marketer, &form, &with(&[("add", "-2.0"), ("kind.2.0", "wait_event")])).await;
    assert!(page.contains("name=\"s3.in\" value=\"2.0\"") && page.contains("name=\"s3.event\""), "{page}");
    let (_, _, page) = shop.app.form(marketer, &form, &with(&[("up", "1")])).await;
    assert!(
        page.contains("name=\"s1.in\" value=\"0.1\"") && page.contains("name=\"s2.kind\" value=\"wait\""),
        "{page}"
    );
    let (_, _, page) = shop.app.form(marketer, &form, &with(&[("less", "1.1")])).await;
    assert!(page.contains("s1.p0.name") && !page.contains("s1.p1.name") && !page.contains("s2.kind"), "{page}");
    let (_, _, page) = shop.app.form(marketer, &form, &with(&[("more", "1")])).await;
    assert!(page.contains("s1.p2.name"));
    let (_, _, page) = shop.app.form(marketer, &form, &with(&[("remove", "1")])).await;
    assert!(!page.contains("s1.kind"));
    let half = with(&[("e.event", "event:Checkout Started"), ("e.property", "amount")]);
    let (status, _, page) = shop.app.form(marketer, &form, &half).await;
    assert!(status == 422 && page.contains("Checkout Started"), "{page}");
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
