//! Segments of a real server over its real lake: what somebody does shows a moment later, and all at once agrees.

use super::erasure::{Api, until};
use super::server::Server;
use super::succeed;
use serde_json::{Value, json};

#[test]
fn membership_follows_events_and_the_lake_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let said = succeed(folder.path(), &["init", "data"]);
    let password = said.split_whitespace().last().unwrap();
    let server = Server::start(folder.path());
    let api = Api::of(&server, password);
    let get = |path: &str| api.call("GET", path, &Value::Null);
    let track = |user: &str, number: usize, event: &str, properties: Value| {
        let call =
            json!({"userId": user, "event": event, "messageId": format!("{user}-{number}"), "properties": properties});
        assert!(server.request("POST", "/v1/track", &call.to_string()).unwrap().starts_with("HTTP/1.1 200"));
    };
    let ready = get("/api/v1/segments")["data"].as_array().unwrap().len();
    assert_eq!(ready, 7, "those that are there from the start");
    let rule = json!({"version": 1, "who": {"all": [
        {"did": {"event": {"what": "purchase", "where": [{"name": "category", "is": {"equals": "Shoes"}}]}, "times": {"at_least": 2}}},
        {"field": {"name": "attributes.city", "is": {"starts_with": "gda"}}},
    ]}});
    let made = api.call("POST", "/api/v1/segments", &json!({"name": "Shoes in Gdańsk", "rule": rule}));
    let segment = format!("/api/v1/segments/{}", made["id"].as_str().unwrap());
    until("the first answer", || get(&segment)["computed_at"].is_string());

    let call = json!({"userId": "anna", "messageId": "who", "traits": {"city": "Gdańsk"}});
    assert!(server.request("POST", "/v1/identify", &call.to_string()).unwrap().starts_with("HTTP/1.1 200"));
    let shoes = |order: usize| json!({"order_id": order, "currency": "USD", "products": [{"sku": "s", "price": 9, "category": "Shoes"}]});
    track("anna", 1, "Order Completed", shoes(1));
    track("bob", 1, "Order Completed", shoes(2));
    track("anna", 2, "Order Completed", shoes(3));
    until("anna", || get(&segment)["customers"] == 1);
    let member = get(&format!("{segment}/members"))["data"][0]["customer"].as_str().unwrap().to_owned();
    let names = get(&format!("/api/v1/customers/{member}"))["segments"].clone();
    assert!(names.as_array().unwrap().iter().any(|one| one["name"] == "Shoes in Gdańsk"), "{names}");

    // The lake takes everybody over and finds the same; after a scoring run there are values, too.
    let lines = json!({"sql": "SELECT count(*) AS lines FROM order_lines"});
    until("the orders in the lake", || api.call("POST", "/api/v1/query", &lines)["rows"][0]["lines"] == 3);
    api.call("POST", "/api/v1/runs", &json!({}));
    until("the rebuild after the run", || {
        api.jobs("segments").iter().any(|job| job["state"] == "done" && job["asked_by"] == "scoring")
    });
    let wish = json!({"rule": made["rule"], "language": "fa"});
    let preview = api.call("POST", "/api/v1/segments/preview", &wish);
    assert_eq!((&preview["customers"], &preview["all_customers"]), (&json!(1), &json!(2)), "{preview}");
    assert_eq!(preview["conditions"][1]["customers"], 1, "who bought shoes twice");
    let by_sql =
        json!({"rule": {"version": 1, "who": {"sql": "attribute(attributes, 'city') = 'Gdańsk' AND revenue > 10"}}});
    assert_eq!(api.call("POST", "/api/v1/segments/preview", &by_sql)["customers"], 1);
    let export = server.send("GET", &format!("{segment}/export"), &api.header(), "").unwrap();
    assert!(export.contains("customer_id,first_purchase") && export.contains(&member), "{export}");
    // What is given back in full was no purchase.
    track("anna", 3, "Order Refunded", json!({"order_id": 3, "currency": "USD"}));
    until("anna's leaving", || get(&segment)["customers"] == 0);
    let moves = get(&format!("{segment}/history"))["moves"]["data"].clone();
    assert_eq!((moves.as_array().unwrap().len(), &moves[0]["entered"]), (2, &json!(false)), "{moves}");
    server.stop();
}
