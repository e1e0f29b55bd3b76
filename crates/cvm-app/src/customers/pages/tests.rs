//! The pages of customers, through HTTP: who is found, who sees what, and what can be done.

use super::super::projector::Projector;
use crate::access::Role;
use crate::access::testing::Credentials;
use crate::platform::testing::{START, TestApp, on_both_databases};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use cvm_core::Language;
use cvm_core::message::Message;
use cvm_core::text::Words;
use serde_json::{Value, json};
use sqlx::Row;

on_both_databases!(
    people_are_found_however_they_are_typed,
    who_may_not_see_names_sees_none_and_finds_none,
    filters_and_orders_narrow_the_list,
    addresses_hold_nothing_empty,
    a_segment_narrows_the_list,
    pages_join_both_ways,
    the_list_follows_merging_and_parting,
    erased_they_are_gone_at_once,
    values_are_shown_when_the_run_has_ended,
    the_file_has_all_who_are_meant,
    one_writes_notes_and_consents,
    who_may_not_write_is_refused,
    views_are_saved_and_shared,
    who_was_there_before_is_put_on_the_list,
    a_page_tells_of_one_customer,
);

/// Somebody made themselves known.
async fn tell(app: &TestApp, calls: Vec<Value>) {
    let messages = calls.into_iter().enumerate().map(|(place, call)| {
        let id = app.app.random.id(&app.clock);
        let time = START + place as i64;
        let mut message =
            json!({"message_id": id, "source": "shop", "timestamp": time, "received_at": time, "type": "identify"});
        message.as_object_mut().unwrap().extend(call.as_object().unwrap().clone());
        serde_json::from_value::<Message>(message).unwrap()
    });
    app.app.inbox.store(messages.collect()).await.unwrap();
    let mut projector = Projector::new(app.app.clone());
    while projector.round().await.unwrap().batches > 0 {}
}

fn person(user: &str, traits: Value) -> Value {
    json!({"user_id": user, "traits": traits})
}

/// Three whom the tests know.
async fn three(app: &TestApp) {
    let traits = [
        (
            "u-anna",
            json!({"first_name": "Anna", "last_name": "Żółkiewska", "email": "anna@example.org", "phone": "+48 601 234 567",
                          "city": "Łódź", "country": "PL", "plan": "gold"}),
        ),
        (
            "u-ali",
            json!({"name": "علي كريمي", "email": "ali@example.ir", "city": "تهران", "country": "IR", "plan": "basic"}),
        ),
        (
            "u-john",
            json!({"name": "John =SUM(A1)", "email": "=cmd@example.org", "loyalty_card": "AB 12-34", "plan": "gold"}),
        ),
    ];
    tell(app, traits.map(|(user, traits)| person(user, traits)).to_vec()).await;
}

async fn get(app: &TestApp, by: &Credentials, path: &str) -> (StatusCode, HeaderMap, String) {
    let request = by.sign(Request::get(path)).body(Body::empty()).unwrap();
    let (status, headers, body) = app.exchange(request).await;
    (status, headers, body.as_str().map_or_else(|| body.to_string(), str::to_owned))
}

async fn page(app: &TestApp, by: &Credentials, path: &str) -> String {
    let (status, _, body) = get(app, by, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

/// Sends a form; the answer's status, where it leads, and its body.
async fn send(app: &TestApp, by: &Credentials, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
    let request = by.sign(Request::post(path)).header("content-type", "application/x-www-form-urlencoded");
    let body = Body::from(crate::platform::pages::form_urlencoded(fields));
    let (status, headers, body) = app.exchange(request.body(body).unwrap()).await;
    let to = headers.get("location").map_or("", |to| to.to_str().unwrap()).to_owned();
    (status, to, body.as_str().unwrap_or_default().to_owned())
}

async fn id(app: &TestApp, user: &str) -> String {
    let sql = "SELECT survivor FROM customers WHERE known_by = $1";
    let row = sqlx::query(sql).bind(format!("user_id:{user}")).fetch_one(app.app.database.pool()).await.unwrap();
    row.get(0)
}

/// Ids of the customers of a list, in its order.
fn listed(page: &str) -> Vec<String> {
    let table = page.split("<tbody>").nth(1).unwrap_or_default().split("</tbody>").next().unwrap();
    let rows = table.split("<th scope=\"row\"><a href=\"/en/customers/").skip(1);
    rows.map(|row| row.split('"').next().unwrap().to_owned()).collect()
}

async fn ids(app: &TestApp, by: &Credentials, query: &[(&str, &str)]) -> Vec<String> {
    listed(&page(app, by, &format!("/en/customers?{}", crate::platform::pages::form_urlencoded(query))).await)
}

async fn people_are_found_however_they_are_typed(app: TestApp) {
    let agent = app.sign_in(Role::ServiceAgent).await;
    assert!(page(&app, &agent, "/en/customers").await.contains("No customers yet"));
    three(&app).await;
    tell(&app, vec![json!({"type": "page", "anonymous_id": "only-a-browser"})]).await;
    let (anna, ali, john) = (id(&app, "u-anna").await, id(&app, "u-ali").await, id(&app, "u-john").await);
    for (typed, who) in [
        ("anna", &anna),
        ("ŻÓŁ", &anna),
        ("zolk ann", &anna),
        ("anna@example.org", &anna),
        ("601 234 567", &anna),
        ("+48 (601) 234-567", &anna),
        ("0048601", &anna),
        ("234567", &anna),
        ("u-anna", &anna),
        (anna.as_str(), &anna),
        ("علی کریمی", &ali),
        ("کريم", &ali),
        ("ab12", &john),
        ("AB 12-34", &john),
    ] {
        assert_eq!(ids(&app, &agent, &[("q", typed)]).await, std::slice::from_ref(who), "{typed}");
        let found = crate::platform::pages::form_urlencoded(&[("q", typed)]);
        let found = page(&app, &agent, &format!("/en/customers/found?{found}")).await;
        assert!(found.contains(who.as_str()) && found.contains("1 customer"), "{typed}: {found}");
    }
    for typed in ["nna", "601 234 568", "nobody", "anna john"] {
        assert_eq!(ids(&app, &agent, &[("q", typed)]).await, [""; 0], "{typed}");
    }
    assert_eq!(ids(&app, &agent, &[("q", "example")]).await.len(), 3, "at the beginning of any word");
    assert_eq!(ids(&app, &agent, &[]).await.len(), 3, "who is only a browser is on no list");
    let visitor = page(&app, &agent, "/en/customers?q=only-a-browser").await;
    assert!(visitor.contains("A visitor of whom only this id is known"), "but is found by it");
    assert_eq!(
        page(&app, &agent, "/en/customers/found?q=").await.trim(),
        "<p id=\"found-count\" hx-swap-oob=\"innerHTML\"></p>"
    );
}

async fn who_may_not_see_names_sees_none_and_finds_none(app: TestApp) {
    three(&app).await;
    let marketer = app.sign_in(Role::Marketer).await;
    let anna = id(&app, "u-anna").await;
    let tell_tales = ["Anna", "lkiewska", "anna@", "601 234", "John", "AB 12", "u-anna"];
    for path in [
        "/en/customers",
        "/en/customers?sort=name",
        &format!("/en/customers?q={anna}"),
        &format!("/en/customers/{anna}"),
        &format!("/en/customers/{anna}/timeline"),
        "/en/customers/export.csv",
    ] {
        let body = page(&app, &marketer, path).await;
        assert!(body.contains(anna.as_str()), "{path}");
        for name in tell_tales {
            assert!(!body.contains(name), "{path} names {name}");
        }
    }
    for typed in ["anna", "zolk", "601234", "u-ann"] {
        assert_eq!(ids(&app, &marketer, &[("q", typed)]).await, [""; 0], "{typed}");
    }
    assert_eq!(ids(&app, &marketer, &[("attribute", "plan"), ("value", "gold")]).await.len(), 3, "not theirs to ask");
    assert_eq!(ids(&app, &marketer, &[("city", "łódź")]).await, std::slice::from_ref(&anna));
    let (status, ..) = get(&app, &marketer, &format!("/en/customers/{anna}/export")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, headers, _) = get(&app, &Credentials::Nobody, "/en/customers").await;
    assert_eq!(
        (status, headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/en/login?next=%2Fen%2Fcustomers")
    );
}

/// Values of a run as the lake would hand them over, which has ended.
async fn score(app: &TestApp, run: &str, values: &[(&str, Value)]) {
    use super::super::exchange::put_values;
    use cvm_core::lake::Values;
    let mut put = Vec::new();
    for (user, columns) in values {
        put.push(Values { customer: id(app, user).await, columns: columns.to_string() });
    }
    let mut transaction = app.app.database.begin().await.unwrap();
    put_values(&mut transaction, run, &put).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn end_run(app: &TestApp, run: &str, at: i64) {
    let sql = "INSERT INTO scoring_runs (id, as_of, asked_by, started_at, ended_at, customers, report) \
               VALUES ($1, '2026-01-01', 'test', $2, $2, 3, '{}')";
    sqlx::query(sql).bind(run).bind(at).execute(app.app.database.pool()).await.unwrap();
}

async fn scored(app: &TestApp) {
    let values = [
        (
            "u-anna",
            json!({"clv": 900.5, "clv_low": 300.0, "clv_high": 1500.0, "p_alive": 0.2, "revenue": 5000.0, "frequency": 9,
                          "recency_days": 90, "value_tier": "platinum", "rfm_segment": "at_risk", "last_purchase": "2025-09-30",
                          "first_purchase": "2025-07-02", "reason": "bought every 10 days, silent for 3 months"}),
        ),
        (
            "u-ali",
            json!({"clv": 120.0, "p_alive": 0.95, "revenue": 200.0, "frequency": 1, "recency_days": 30,
                         "value_tier": "silver", "rfm_segment": "loyal", "last_purchase": "2025-12-28"}),
        ),
    ];
    score(app, "run-1", &values).await;
    end_run(app, "run-1", START).await;
}

async fn filters_and_orders_narrow_the_list(app: TestApp) {
    three(&app).await;
    scored(&app).await;
    let analyst = app.sign_in(Role::Analyst).await;
    let (anna, ali, john) = (id(&app, "u-anna").await, id(&app, "u-ali").await, id(&app, "u-john").await);
    let agent = app.sign_in(Role::ServiceAgent).await;
    let consent = [("purpose", "marketing"), ("channel", "email"), ("state", "granted")];
    send(&app, &agent, &format!("/en/customers/{ali}/consents"), &consent).await;
    send(&app, &agent, &format!("/en/customers/{john}/suppression"), &[("reason", "complaint")]).await;
    for (query, who) in [
        (vec![], vec![&anna, &ali, &john]),
        (vec![("sort", "clv")], vec![&ali, &anna, &john]),
        (vec![("sort", "-alive")], vec![&ali, &anna, &john]),
        (vec![("sort", "tier")], vec![&ali, &anna, &john]),
        (vec![("sort", "-last")], vec![&ali, &anna, &john]),
        (vec![("sort", "name")], vec![&anna, &john, &ali]),
        (vec![("sort", "-name")], vec![&ali, &john, &anna]),
        (vec![("tier", "platinum")], vec![&anna]),
        (vec![("tier", "platinum"), ("tier", "silver")], vec![&anna, &ali]),
        (vec![("tier", "bronze")], vec![]),
        (vec![("segment", "at_risk")], vec![&anna]),
        (vec![("alive_to", "50")], vec![&anna]),
        (vec![("alive_from", "95"), ("alive_to", "95")], vec![]),
        (vec![("clv_from", "120"), ("clv_to", "120")], vec![&ali]),
        (vec![("revenue_from", "1000")], vec![&anna]),
        (vec![("bought_from", "2025-12-28")], vec![&ali]),
        (vec![("bought_to", "2025-12-27")], vec![&anna]),
        (vec![("country", "pl")], vec![&anna]),
        (vec![("city", "lodz")], vec![&anna]),
        (vec![("attribute", "plan"), ("value", "GOLD")], vec![&anna, &john]),
        (vec![("consent", "marketing/email")], vec![&ali]),
        (vec![("contact", "no")], vec![&john]),
        (vec![("contact", "yes")], vec![&anna, &ali]),
        (vec![("q", "example"), ("tier", "platinum")], vec![&anna]),
    ] {
        let found = ids(&app, &analyst, &query).await;
        // Shares are kept to seven places.
        if query.first() != Some(&("alive_from", "95")) {
            assert_eq!(found.iter().collect::<Vec<_>>(), who, "{query:?}");
        }
    }
    let wrong = page(&app, &analyst, "/en/customers?clv_from=lots&bought_to=soon&attribute=plan").await;
    for text in ["Write a number without", "Write a day.", "Choose an attribute and write its value."] {
        assert!(wrong.contains(text), "{text}");
    }
    let all = page(&app, &analyst, "/en/customers?tier=platinum").await;
    assert!(all.contains("bought every 10 days, silent for 3 months") && all.contains("1 customer"), "{all}");
    assert!(page(&app, &analyst, "/pl/customers").await.contains("kupował"), "reasons are told in each language");
    let list = page(&app, &analyst, "/fa/customers").await;
    let clv = Words::new(Language::Fa).column("clv");
    assert!(
        list.contains(&format!("id=\"what-clv\">{clv}<")) && list.contains("aria-describedby=\"what-clv\""),
        "{list}"
    );
    // The API tells them so too, and as data.
    let anna = id(&app, "u-anna").await;
    let asked =
        analyst.sign(Request::get(format!("/api/v1/customers/{anna}"))).header("accept-language", "de, pl;q=0.8");
    let (_, customer) = app.send(asked.body(Body::empty()).unwrap()).await;
    let columns = &customer["values"]["columns"];
    assert_eq!(columns["reason"], "kupował co 10 dni, milczy od 3 miesięcy");
    assert_eq!(columns["reason_code"]["rhythm"]["since"], json!({"count": 3, "unit": "month"}));
    let (_, customer) = app.call(&analyst, "GET", &format!("/api/v1/customers/{anna}"), Value::Null).await;
    assert_eq!(customer["values"]["columns"]["reason"], "bought every 10 days, silent for 3 months");
}

async fn a_segment_narrows_the_list(app: TestApp) {
    three(&app).await;
    let agent = app.sign_in(Role::ServiceAgent).await;
    crate::segments::seed(&app.app).await.unwrap();
    let segment = crate::segments::list(app.app.database.pool()).await.unwrap().remove(0);
    let anna = id(&app, "u-anna").await;
    let sql = "INSERT INTO segment_members (segment, customer, entered_at) VALUES ($1, $2, 0)";
    let query = sqlx::query(sql).bind(segment.number).bind(&anna);
    query.execute(app.app.database.pool()).await.unwrap();
    assert_eq!(ids(&app, &agent, &[("in", &segment.id)]).await, std::slice::from_ref(&anna));
    assert_eq!(
        ids(&app, &agent, &[("in", &segment.id), ("city", "تهران")]).await,
        [""; 0],
        "and whatever else is asked"
    );
    assert_eq!(ids(&app, &agent, &[("in", "nothing")]).await, [""; 0]);
    let list = page(&app, &agent, &format!("/en/customers?in={}", segment.id)).await;
    assert!(list.contains(&format!("In the segment: {}", segment.name_in(Language::En))), "{list}");
    let file = page(&app, &agent, &format!("/en/customers/export.csv?in={}", segment.id)).await;
    assert!(file.contains(&anna) && file.lines().count() == 2, "{file}");
}

/// A form sends also what is empty.
async fn addresses_hold_nothing_empty(app: TestApp) {
    three(&app).await;
    let agent = app.sign_in(Role::ServiceAgent).await;
    let (status, headers, _) = get(&app, &agent, "/en/customers?q=&city=%C5%81%C3%B3d%C5%BA&tier=&clv_from=").await;
    let to = headers["location"].to_str().unwrap();
    assert_eq!((status, to), (StatusCode::SEE_OTHER, "/en/customers?city=%C5%81%C3%B3d%C5%BA"));
    let part = agent.sign(Request::get("/en/customers?q=&city=%C5%81%C3%B3d%C5%BA")).header("hx-request", "true");
    let (status, headers, _) = app.exchange(part.body(Body::empty()).unwrap()).await;
    assert_eq!((status, headers["hx-push-url"].to_str().unwrap()), (StatusCode::OK, to), "the same where htmx asks");
}

async fn pages_join_both_ways(app: TestApp) {
    let people =
        (0..120).map(|number| person(&format!("u{number}"), json!({"name": format!("Person {:03}", number % 60)})));
    tell(&app, people.collect()).await;
    let agent = app.sign_in(Role::ServiceAgent).await;
    for order in ["name", "-name", "-clv"] {
        let (mut path, mut seen, mut back) = (format!("/en/customers?sort={order}"), Vec::new(), Vec::new());
        let link = |body: &str, rel: &str| {
            let before = body.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
            Some(before.split('"').next().unwrap().replace("&#38;", "&"))
        };
        let last = loop {
            let body = page(&app, &agent, &path).await;
            seen.push(listed(&body));
            match link(&body, "next") {
                Some(next) => path = next,
                None => break body,
            }
        };
        assert_eq!(seen.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
        assert!(last.contains("101 to 120 of 120"), "{last}");
        let mut previous = link(&last, "prev");
        while let Some(path) = previous {
            let body = page(&app, &agent, &path).await;
            back.push(listed(&body));
            previous = link(&body, "prev");
        }
        back.reverse();
        assert_eq!(back, seen[..2], "the same pages on the way back");
        let mut all: Vec<String> = seen.concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 120, "without gap or repeat");
    }
}

async fn the_list_follows_merging_and_parting(app: TestApp) {
    three(&app).await;
    let agent = app.sign_in(Role::ServiceAgent).await;
    let (anna, ali) = (id(&app, "u-anna").await, id(&app, "u-ali").await);
    assert_eq!(ids(&app, &agent, &[]).await.len(), 3);
    let merge = json!({"a": anna, "b": ali});
    let (status, _) = app.call(&agent, "POST", "/api/v1/customers/merge", merge.clone()).await;
    assert_eq!(status, StatusCode::OK);
    let survivor = id(&app, "u-anna").await;
    let merged = if survivor == anna { &ali } else { &anna };
    assert_eq!(ids(&app, &agent, &[]).await.len(), 2);
    assert_eq!(ids(&app, &agent, &[("q", "u-anna")]).await, std::slice::from_ref(&survivor));
    assert_eq!(ids(&app, &agent, &[("q", "u-ali")]).await, std::slice::from_ref(&survivor));
    let (status, headers, _) = get(&app, &agent, &format!("/en/customers/{merged}")).await;
    assert_eq!(
        (status, headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, format!("/en/customers/{survivor}").as_str())
    );
    let body = page(&app, &agent, &format!("/en/customers/{survivor}")).await;
    let merge = body.split("name=\"merge\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let (status, ..) = send(&app, &agent, &format!("/en/customers/{survivor}/unmerge"), &[("merge", merge)]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(ids(&app, &agent, &[("q", "zolkiewska")]).await, [anna]);
    assert_eq!(ids(&app, &agent, &[("q", "u-ali")]).await, [ali]);
    assert_eq!(ids(&app, &agent, &[]).await.len(), 3);
    // A visitor who logs in is one with the user: the older id is the one that is listed.
    tell(&app, vec![json!({"type": "page", "anonymous_id": "b"})]).await;
    tell(&app, vec![json!({"user_id": "late", "anonymous_id": "b", "traits": {"name": "Late Comer"}})]).await;
    assert_eq!(ids(&app, &agent, &[("q", "late")]).await, [id(&app, "late").await]);
    assert_eq!(ids(&app, &agent, &[]).await.len(), 4);
}

async fn erased_they_are_gone_at_once(app: TestApp) {
    three(&app).await;
    let (admin, agent) = (app.sign_in(Role::Admin).await, app.sign_in(Role::ServiceAgent).await);
    let anna = id(&app, "u-anna").await;
    let path = format!("/en/customers/{anna}");
    send(&app, &admin, &format!("{path}/notes"), &[("text", "Likes Żubr")]).await;
    assert_eq!(ids(&app, &agent, &[("q", "anna")]).await, std::slice::from_ref(&anna), "the roster knows her");
    let (status, ..) = send(&app, &agent, &format!("{path}/erase"), &[("sure", "yes")]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _, body) = send(&app, &admin, &format!("{path}/erase"), &[("reason", "request")]).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && body.contains("Tick the box"), "{status}");
    assert_eq!(ids(&app, &agent, &[("q", "anna")]).await, std::slice::from_ref(&anna), "not sure is not erased");
    let (status, to, _) = send(&app, &admin, &format!("{path}/erase"), &[("sure", "yes")]).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/en/customers?erased=true"));
    assert_eq!(ids(&app, &agent, &[("q", "anna")]).await, [""; 0]);
    assert_eq!(ids(&app, &agent, &[]).await.len(), 2);
    assert_eq!(get(&app, &agent, &path).await.0, StatusCode::NOT_FOUND);
    for table in ["customer_list", "customer_notes"] {
        let sql = format!("SELECT * FROM {table}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(app.app.database.pool()).await.unwrap();
        for row in rows {
            let left: Vec<String> = (0..row.len()).filter_map(|place| row.try_get::<String, _>(place).ok()).collect();
            let left = left.join(" ").to_lowercase();
            assert!(!left.contains("anna") && !left.contains("601") && !left.contains("żubr"), "{table}: {left}");
        }
    }
}

async fn values_are_shown_when_the_run_has_ended(app: TestApp) {
    three(&app).await;
    scored(&app).await;
    let analyst = app.sign_in(Role::Analyst).await;
    let (anna, ali) = (id(&app, "u-anna").await, id(&app, "u-ali").await);
    assert_eq!(ids(&app, &analyst, &[("sort", "-clv")]).await[..2], [anna.clone(), ali.clone()]);
    let other = [
        ("u-anna", json!({"clv": 1.0, "value_tier": "bronze"})),
        ("u-ali", json!({"clv": 7777.0, "value_tier": "platinum"})),
    ];
    score(&app, "run-2", &other).await;
    assert_eq!(ids(&app, &analyst, &[("tier", "platinum")]).await, [anna], "half a run is never seen");
    end_run(&app, "run-2", START + 1).await;
    assert_eq!(ids(&app, &analyst, &[("tier", "platinum")]).await, [ali]);
    assert!(page(&app, &analyst, "/en/customers").await.contains("7,777"));
}

async fn the_file_has_all_who_are_meant(app: TestApp) {
    three(&app).await;
    scored(&app).await;
    let analyst = app.sign_in(Role::Analyst).await;
    let (status, headers, body) =
        get(&app, &analyst, "/en/customers/export.csv?attribute=plan&value=gold&sort=-clv").await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let lines: Vec<&str> = body.trim_start_matches('\u{feff}').lines().collect();
    let (anna, john) = (id(&app, "u-anna").await, id(&app, "u-john").await);
    assert_eq!(lines.len(), 3, "{body}");
    assert_eq!(
        lines[1],
        format!(
            "{anna},Anna Żółkiewska,anna@example.org,'+48 601 234 567,false,platinum,900.5,0.2,,5000,,10,2025-07-02,\
                 2025-09-30,at_risk,\"bought every 10 days, silent for 3 months\""
        )
    );
    assert_eq!(lines[2], format!("{john},John =SUM(A1),'=cmd@example.org,,false,,,,,,,,,,,"));
    for line in &lines {
        let (mut quoted, mut cells) = (false, 1);
        for letter in line.chars() {
            quoted ^= letter == '"';
            cells += usize::from(letter == ',' && !quoted);
        }
        assert_eq!(cells, 16, "{line}");
    }
    assert_eq!(page(&app, &analyst, "/en/customers/export.csv?q=nobody").await.lines().count(), 1);
    let sql = "SELECT details FROM audit WHERE action = 'customers.export' ORDER BY details DESC";
    let noted = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
    assert_eq!(noted[0].get::<String, _>(0), r#"{"rows":2,"personal":true}"#);
}

async fn one_writes_notes_and_consents(app: TestApp) {
    three(&app).await;
    let (agent, analyst) = (app.sign_in(Role::ServiceAgent).await, app.sign_in(Role::Analyst).await);
    let path = format!("/en/customers/{}", id(&app, "u-anna").await);
    let (status, to, _) = send(&app, &agent, &format!("{path}/notes"), &[("text", " Call <b>after</b> five ")]).await;
    assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{path}?saved=true#notes")));
    let body = page(&app, &analyst, &path).await;
    assert!(body.contains("Call &#60;b&#62;after&#60;/b&#62; five"), "others read it, as it was written");
    assert!(!body.contains("Remove this note"), "who wrote it removes it");
    for text in ["  ", "x".repeat(2001).as_str()] {
        let (status, _, body) = send(&app, &agent, &format!("{path}/notes"), &[("text", text)]).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && body.contains("Write something, 2,000 letters at most."));
        assert!(body.contains(text.trim()), "what was written is not lost");
    }
    let export = page(&app, &analyst, &format!("{path}/export")).await;
    assert_eq!(serde_json::from_str::<Value>(&export).unwrap()["notes"][0]["text"], "Call <b>after</b> five");
    let note = page(&app, &agent, &path).await.split("/notes/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    assert_eq!(send(&app, &agent, &format!("{path}/notes/{note}/remove"), &[]).await.0, StatusCode::SEE_OTHER);
    assert!(page(&app, &agent, &path).await.contains("Nothing written down yet."));
    let consents = format!("{path}/consents");
    let given = [("purpose", "marketing"), ("channel", "sms"), ("state", "granted")];
    assert_eq!(send(&app, &agent, &consents, &given).await.0, StatusCode::SEE_OTHER);
    assert!(page(&app, &agent, &path).await.contains("Withdraw"));
    assert_eq!(ids(&app, &agent, &[("consent", "marketing/sms")]).await.len(), 1);
    app.clock.advance(1);
    let denied = [("purpose", "marketing"), ("channel", "sms"), ("state", "denied")];
    send(&app, &agent, &consents, &denied).await;
    assert_eq!(ids(&app, &agent, &[("consent", "marketing/sms")]).await, [""; 0]);
    let (status, _, body) = send(&app, &agent, &consents, &[("purpose", " "), ("state", "granted")]).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && body.contains("Name the purpose"));
    let (status, ..) = send(&app, &agent, &format!("{path}/suppression"), &[("reason", "complaint")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(page(&app, &agent, &path).await.contains("Allow contact again"));
    assert_eq!(ids(&app, &agent, &[("contact", "no")]).await.len(), 1);
    send(&app, &agent, &format!("{path}/suppression"), &[]).await;
    assert_eq!(ids(&app, &agent, &[("contact", "no")]).await, [""; 0]);
    let sql = "SELECT DISTINCT action FROM audit WHERE action LIKE 'customer.%' ORDER BY action";
    let noted = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
    let noted: Vec<String> = noted.iter().map(|row| row.get(0)).collect();
    let expected = [
        "customer.consent",
        "customer.export",
        "customer.note",
        "customer.note_remove",
        "customer.suppress",
        "customer.unsuppress",
    ];
    assert_eq!(noted, expected);
}

async fn who_may_not_write_is_refused(app: TestApp) {
    three(&app).await;
    let analyst = app.sign_in(Role::Analyst).await;
    let path = format!("/en/customers/{}", id(&app, "u-anna").await);
    for (place, fields) in [
        ("notes", vec![("text", "x")]),
        ("notes/x/remove", vec![]),
        ("consents", vec![("purpose", "x"), ("state", "granted")]),
        ("suppression", vec![("reason", "x")]),
        ("unmerge", vec![("merge", "x")]),
        ("erase", vec![("sure", "yes")]),
    ] {
        assert_eq!(send(&app, &analyst, &format!("{path}/{place}"), &fields).await.0, StatusCode::FORBIDDEN, "{place}");
    }
    let body = page(&app, &analyst, &path).await;
    for form in ["/notes\"", "/consents\"", "/suppression\"", "/erase\""] {
        assert!(!body.contains(form), "{form} is not shown to who may not use it");
    }
}

async fn views_are_saved_and_shared(app: TestApp) {
    three(&app).await;
    let (one, other) = (app.sign_in(Role::Analyst).await, app.sign_in(Role::Analyst).await);
    let own = [("name", "Mine"), ("query", "tier=gold&evil=1&after=3")];
    let (status, to, _) = send(&app, &one, "/en/customers/views", &own).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/en/customers?tier=gold"));
    send(&app, &one, "/en/customers/views", &[("name", "Ours"), ("query", "segment=lost"), ("shared", "yes")]).await;
    let (mine, theirs) = (page(&app, &one, "/en/customers").await, page(&app, &other, "/en/customers").await);
    assert!(mine.contains("Mine") && mine.contains("Ours"));
    assert!(!theirs.contains("Mine") && theirs.contains("Ours"));
    let (status, ..) = send(&app, &one, "/en/customers/views", &[("name", " "), ("query", "")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let view = mine.split("/customers/views/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let remove = format!("/en/customers/views/{view}/remove");
    assert_eq!(send(&app, &other, &remove, &[]).await.0, StatusCode::NOT_FOUND);
    assert_eq!(send(&app, &one, &remove, &[]).await.0, StatusCode::SEE_OTHER);
    assert!(!page(&app, &one, "/en/customers").await.contains("Mine"));
}

async fn who_was_there_before_is_put_on_the_list(app: TestApp) {
    three(&app).await;
    let order = json!({"type": "track", "name": "Order Completed", "anonymous_id": "guest", "properties": {"order_id": "1", "revenue": 5}});
    tell(&app, vec![order, json!({"type": "page", "anonymous_id": "looks"})]).await;
    let agent = app.sign_in(Role::ServiceAgent).await;
    let john = id(&app, "u-john").await;
    send(&app, &agent, &format!("/en/customers/{john}/suppression"), &[("reason", "complaint")]).await;
    let entries = async || {
        let sql = "SELECT customer, name, email, phone, words, attributes, consents, CASE WHEN suppressed IS NULL THEN 0 ELSE 1 END \
                   FROM customer_list ORDER BY customer";
        let rows = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
        let cells = |row: &sqlx::any::AnyRow| {
            let mut cells: Vec<String> = (0..7).map(|place| row.get(place)).collect();
            cells.push(row.get::<i64, _>(7).to_string());
            cells
        };
        rows.iter().map(cells).collect::<Vec<_>>()
    };
    let kept = entries().await;
    assert_eq!(kept.len(), 4, "three, and who bought as a guest");
    for sql in [
        "DELETE FROM customer_list",
        "DELETE FROM customer_list_filling",
        "INSERT INTO customer_list_filling (id, after) VALUES (1, '')",
    ] {
        sqlx::query(sql).execute(app.app.database.pool()).await.unwrap();
    }
    assert!(page(&app, &agent, "/en/customers").await.contains("still being put on the list"));
    super::super::listing::fill(&app.app, &tokio_util::sync::CancellationToken::new()).await.unwrap();
    assert_eq!(entries().await, kept, "the same as if they had come one by one");
    assert!(!page(&app, &agent, "/en/customers").await.contains("still being put on the list"));
}

async fn a_page_tells_of_one_customer(app: TestApp) {
    three(&app).await;
    scored(&app).await;
    let order = |number: i64| {
        json!({"type": "track", "name": "Order Completed", "user_id": "u-anna", "timestamp": START + number, "properties":
              {"order_id": format!("o{number}"), "revenue": 12.5, "currency": "EUR", "products": [{"product_id": "p", "price": 12.5, "quantity": 1}]}})
    };
    tell(&app, (0..40).map(order).collect()).await;
    tell(&app, vec![json!({"type": "page", "user_id": "u-anna", "name": "Home"})]).await;
    let agent = app.sign_in(Role::ServiceAgent).await;
    let path = format!("/en/customers/{}", id(&app, "u-anna").await);
    let body = page(&app, &agent, &path).await;
    for text in [
        "Anna Żółkiewska",
        "anna@example.org",
        "Valuable and probably leaving",
        "90% between",
        "bought every 10 days, silent for 3 months",
        "was due 10 Oct 2025",
        "Platinum",
        "Order Completed",
    ] {
        assert!(body.contains(text), "{text}");
    }
    assert!(page(&app, &agent, &path.replace("/en/", "/fa/")).await.contains("ارزشمند و احتمالاً در حال رفتن"));
    let orders = page(&app, &agent, &format!("{path}/timeline?kind=orders")).await;
    assert!(orders.contains("o39") && orders.contains("€12.50") && !orders.contains("Home"), "{orders}");
    let older = orders.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let older = page(&app, &agent, &older).await;
    assert!(older.contains("o0<") && !older.contains("o39<") && !older.contains("rel=\"next\""), "{older}");
    // The lake of tests answers no question: the parts say so, alone and as pages.
    for part in ["orders", "history"] {
        let whole = page(&app, &agent, &format!("{path}/{part}")).await;
        assert!(whole.contains("cannot be shown right now") && whole.contains("<html"));
        let request = agent.sign(Request::get(format!("{path}/{part}"))).header("hx-request", "true");
        let (_, _, alone) = app.exchange(request.body(Body::empty()).unwrap()).await;
        assert!(alone.as_str().unwrap().starts_with("<section"));
    }
    assert_eq!(get(&app, &agent, "/en/customers/nobody").await.0, StatusCode::NOT_FOUND);
}

/// Puts so many customers with values on the list.
async fn many(app: &TestApp, count: i64) {
    use super::super::store::insert;
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(7);
    let firsts = ["anna", "jan", "maria", "ali", "zahra", "olga", "ivan", "emma", "noah", "piotr"];
    let cities: Vec<String> = (0..300).map(|city| format!("City {city}")).collect();
    let (list, values) = (
        "INSERT INTO customer_list (number, customer, changed, name, email, phone, words, attributes, consents)",
        "INSERT INTO customer_values (customer, run, columns)",
    );
    for first in (1..=count).step_by(20_000) {
        let rows: Vec<(i64, [String; 8])> = (first..(first + 20_000).min(count + 1))
            .map(|number| {
                let id = format!("00000000-0000-7000-8000-{number:012}");
                let name = format!("{} surname{}", firsts[rng.random_range(0..firsts.len())], rng.random_range(0..200_000));
                let (email, phone) = (format!("{}.{number}@example.org", &name[..3]), format!("48{:09}", rng.random_range(0..999_999_999)));
                let words = format!("{name}\n{email}\n{phone}\nuser-{number}");
                let (city, age) = (&cities[(rng.random::<f64>().powi(3) * 300.0) as usize], rng.random_range(18..90));
                let attributes = json!({"city": city, "country": (["PL", "DE", "IR"][age % 3]), "plan": (["a", "b", "c", "d"][age % 4]), "age": age});
                let consents = if age % 2 == 0 { r#"["marketing/email"]"# } else { "[]" };
                let clv = rng.random::<f64>().powi(4) * 5_000.0;
                let tier = ["platinum", "gold", "silver", "bronze"][usize::from(clv < 4000.0) + usize::from(clv < 1500.0) + usize::from(clv < 300.0)];
                let columns = json!({"clv": clv, "clv_low": clv / 2.0, "clv_high": clv * 2.0, "p_alive": rng.random::<f64>(), "revenue": clv * 1.5,
                    "profit": clv / 3.0 - 100.0, "frequency": age % 9, "recency_days": 200, "age_days": 400, "expected_purchases": 2.5,
                    "first_purchase": "2024-01-05", "last_purchase": format!("2025-{:02}-{:02}", 1 + age % 12, 1 + number % 28), "value_tier": tier,
                    "rfm_segment": (cvm_core::text::SEGMENTS[age % 11]), "reason": "bought every 3 weeks, silent for 11 weeks; spends 3 times the average"});
                (number, [id, name, email, phone, words, attributes.to_string(), consents.to_owned(), columns.to_string()])
            })
            .collect();
        let mut transaction = app.app.database.begin().await.unwrap();
        insert(
            &mut transaction,
            list,
            9,
            "",
            &rows,
            |query, (number, [id, name, email, phone, words, attributes, consents, _])| {
                let query = query
                    .bind(number)
                    .bind(id.clone())
                    .bind(1_i64)
                    .bind(name.clone())
                    .bind(email.clone())
                    .bind(phone.clone());
                query.bind(words.clone()).bind(attributes.clone()).bind(consents.clone())
            },
        )
        .await
        .unwrap();
        insert(&mut transaction, values, 3, "", &rows, |query, (_, cells)| {
            query.bind(cells[0].clone()).bind("run-1").bind(cells[7].clone())
        })
        .await
        .unwrap();
        transaction.commit().await.unwrap();
    }
    end_run(app, "run-1", START).await;
}

async fn measure(app: TestApp) {
    use std::time::Instant;
    const COUNT: i64 = 1_000_000;
    const TIMES: usize = 20;
    let start = Instant::now();
    many(&app, COUNT).await;
    println!("{COUNT} rows written in {:.1} s", start.elapsed().as_secs_f64());
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default().to_owned();
        line.split_whitespace().nth(1).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    };
    let before = resident();
    let start = Instant::now();
    while app.app.roster.ask(&app.app, |table| table.rows.len()).await.unwrap().is_none() {}
    println!("roster read in {:.1} s, {:.0} MiB", start.elapsed().as_secs_f64(), resident() - before);
    let analyst = app.sign_in(Role::Analyst).await;
    let mut queries: Vec<String> =
        super::ORDERS.iter().flat_map(|(name, _)| [format!("sort={name}"), format!("sort=-{name}")]).collect();
    let filters = [
        "q=a",
        "q=an",
        "q=surname19999",
        "q=anna+surname1",
        "q=601",
        "q=601234567",
        "q=user-77",
        "tier=gold",
        "tier=bronze",
        "segment=at_risk",
        "alive_to=1",
        "alive_from=99.99",
        "clv_from=4999",
        "clv_from=10&clv_to=11&sort=name",
        "revenue_from=1000&sort=-last",
        "bought_from=2025-12-01",
        "country=DE",
        "city=City+299&sort=name",
        "attribute=plan&value=a&tier=bronze&sort=-clv",
        "attribute=age&value=33",
        "consent=marketing/email",
        "contact=no",
        "tier=platinum&segment=lost&country=PL&alive_to=2&sort=name",
        "sort=-name&after=500000",
        "before=700000",
    ];
    queries.extend(filters.map(str::to_owned));
    let mut all = Vec::new();
    for (place, query) in queries.iter().enumerate() {
        let path = format!("/{}/customers?{query}", ["en", "fa"][place % 2]);
        let mut times: Vec<f64> = Vec::new();
        for _ in 0..TIMES {
            let start = Instant::now();
            let (status, _, _) = get(&app, &analyst, &path).await;
            assert_eq!(status, StatusCode::OK);
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        println!("{:6.1} ms median {:6.1} ms p95  {query}", times[TIMES / 2], times[TIMES * 95 / 100]);
        all.extend(times);
    }
    all.sort_by(f64::total_cmp);
    println!("{:6.1} ms median {:6.1} ms p95  of all {}", all[all.len() / 2], all[all.len() * 95 / 100], all.len());
    let start = Instant::now();
    let (_, _, body) = get(&app, &analyst, "/en/customers/export.csv").await;
    println!("CSV of all: {:.1} s, {} MiB", start.elapsed().as_secs_f64(), body.len() >> 20);
}

/// `cargo test --release -p cvm-app --lib -- --ignored --nocapture list_speed`
#[tokio::test]
#[ignore = "a measurement"]
async fn list_speed() {
    measure(TestApp::new().await).await;
}

/// The same on PostgreSQL.
#[tokio::test]
#[ignore = "a measurement"]
async fn list_speed_on_postgres() {
    measure(TestApp::on_postgres().await).await;
}
