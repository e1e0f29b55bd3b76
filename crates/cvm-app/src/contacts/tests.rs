use super::policy::{Asked, Cap, Channel, Contact, Hours, Needed, Of, Policy, Refusal};
use super::{held, record, standings};
use crate::access::{Permission, Role};
use crate::customers::{everybody, project};
use crate::platform::clock::{DAY, HOUR, MINUTE};
use crate::platform::testing::{START, TestApp, on_both_databases};
use axum::http::StatusCode;
use chrono::NaiveTime;
use chrono_tz::Tz;
use cvm_core::message::Message;
use cvm_core::segment::Consent;
use serde_json::{Value, json};

/// 2026-01-02 12:00 UTC, a Friday.
const NOON: i64 = 1_767_355_200_000_000;

fn consent(channel: &str, granted: bool, time: i64) -> Consent {
    Consent { purpose: "marketing".to_owned(), channel: channel.to_owned(), granted, time }
}

fn contact(at: i64, channel: Channel, offer: Option<&str>) -> Contact {
    Contact {
        customer: "c".to_owned(),
        at,
        channel,
        campaign: None,
        offer: offer.map(str::to_owned),
        group: offer.map(|_| "loans".to_owned()),
    }
}

const EMAIL: Asked<'_> = Asked { channel: Channel::Email, offer: None, group: None, is_service: false };

fn of<'a>(consents: &'a [Consent], contacts: &'a [Contact], zone: Tz, now: i64) -> Of<'a> {
    Of { consents, is_suppressed: false, contacts, zone, now }
}

#[test]
fn nobody_is_told_what_they_did_not_allow() {
    let policy = Policy { caps: Vec::new(), quiet: None, ..Policy::default() };
    let refusal = |consents: &[Consent], asked: &Asked<'_>| policy.refusal(asked, &of(consents, &[], Tz::UTC, NOON));
    assert_eq!(refusal(&[], &EMAIL), Some(Refusal::NoConsent));
    assert_eq!(refusal(&[consent("email", true, 1)], &EMAIL), None);
    assert_eq!(refusal(&[consent("any", true, 1)], &EMAIL), None);
    assert_eq!(refusal(&[consent("any", true, 1), consent("email", false, 2)], &EMAIL), Some(Refusal::NoConsent));
    let print = Asked { channel: Channel::Print, ..EMAIL };
    assert_eq!(policy.consent[&Channel::Print], Needed::NotDenied);
    assert_eq!(
        (refusal(&[], &print), refusal(&[consent("print", false, 1)], &print)),
        (None, Some(Refusal::NoConsent))
    );
    let app = Asked { channel: Channel::InApp, ..EMAIL };
    assert_eq!(refusal(&[], &app), None, "what they come for themselves needs no consent");
    // What a table calls phone or post is what the policy calls a call or a letter.
    for (name, channel) in [("phone", Channel::Call), ("Post", Channel::Print), ("E-Mail", Channel::Email)] {
        let no = consent(&cvm_core::segment::consent_channel(name), false, 1);
        assert_eq!(refusal(&[no], &Asked { channel, ..EMAIL }), Some(Refusal::NoConsent), "{name}");
    }
    let service = Asked { is_service: true, ..EMAIL };
    assert_eq!(refusal(&[], &service), None);
    let suppressed = Of { is_suppressed: true, ..of(&[], &[], Tz::UTC, NOON) };
    assert_eq!(policy.refusal(&service, &suppressed), Some(Refusal::Suppressed));
}

#[test]
fn caps_count_days_of_the_customer() {
    let cap = Cap { most: 1, days: 1, channel: None, group: None, offer: None };
    let policy = Policy { consent: [].into(), caps: vec![cap.clone()], quiet: None, ..Policy::default() };
    let contacts = [contact(NOON - 13 * HOUR, Channel::Email, None)]; // 23:00 of the day before in UTC
    let refusal = |zone| policy.refusal(&EMAIL, &of(&[], &contacts, zone, NOON));
    assert_eq!(refusal(Tz::UTC), None);
    assert_eq!(refusal(Tz::Europe__Warsaw), Some(Refusal::Capped), "there it was today");
    // Only what the cap is about counts.
    let narrow = |cap: Cap, offer: Option<&str>| {
        let policy = Policy { caps: vec![cap], ..policy.clone() };
        let asked = Asked { offer, group: offer.map(|_| "loans"), ..EMAIL };
        let contacts = [contact(NOON - DAY, Channel::Sms, Some("a")), contact(NOON - HOUR, Channel::Email, None)];
        policy.refusal(&asked, &of(&[], &contacts, Tz::UTC, NOON)).is_some()
    };
    let week = Cap { most: 1, days: 7, ..cap };
    assert!(narrow(week.clone(), None));
    assert!(!narrow(Cap { most: 2, channel: Some(Channel::Email), ..week.clone() }, None));
    assert!(!narrow(Cap { channel: Some(Channel::Sms), ..week.clone() }, None), "it is not about e-mail");
    assert!(narrow(Cap { group: Some("loans".to_owned()), ..week.clone() }, Some("b")));
    assert!(narrow(Cap { offer: Some("a".to_owned()), ..week.clone() }, Some("a")));
    assert!(!narrow(Cap { offer: Some("a".to_owned()), ..week }, Some("b")));
}

#[test]
fn quiet_hours_wait_for_the_morning_of_the_customer() {
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    let hours = Hours { from: time(21, 0), until: time(8, 30), channels: vec![Channel::Email] };
    let policy = Policy { consent: [].into(), caps: Vec::new(), quiet: Some(hours), ..Policy::default() };
    let refusal = |zone, now| policy.refusal(&EMAIL, &of(&[], &[], zone, now));
    assert_eq!(refusal(Tz::UTC, NOON), None);
    let evening = NOON + 9 * HOUR + MINUTE;
    assert_eq!(refusal(Tz::UTC, evening), Some(Refusal::Quiet { until: NOON + 20 * HOUR + 30 * MINUTE }));
    assert_eq!(refusal(Tz::UTC, NOON - 4 * HOUR), Some(Refusal::Quiet { until: NOON - 4 * HOUR + 30 * MINUTE }));
    // Tehran is three and a half hours ahead: 21:00 there.
    assert!(refusal(Tz::Asia__Tehran, NOON + 5 * HOUR + 30 * MINUTE).is_some());
    assert_eq!(refusal(Tz::Asia__Tehran, NOON + 5 * HOUR + 29 * MINUTE), None);
    let other = Asked { channel: Channel::Print, ..EMAIL };
    assert_eq!(policy.refusal(&other, &of(&[], &[], Tz::UTC, evening)), None);
    // Clocks go forward at 02:00 on 2026-03-29 in Warsaw: quiet until 02:30 ends at 03:00, which is 01:00 UTC.
    let night = Hours { from: time(1, 0), until: time(2, 30), channels: vec![Channel::Email] };
    let policy = Policy { quiet: Some(night), ..policy };
    let half_past_one = 1_774_744_200_000_000;
    let until = half_past_one + 30 * MINUTE;
    let found = policy.refusal(&EMAIL, &of(&[], &[], Tz::Europe__Warsaw, half_past_one));
    assert_eq!(found, Some(Refusal::Quiet { until }));
}

on_both_databases!(standings_know_what_was_said_also_before_a_merge, the_policy_is_changed_by_who_approves);

async fn standings_know_what_was_said_also_before_a_merge(app: TestApp) {
    let identify = |(user, email): (&str, &str)| -> Message {
        serde_json::from_value(json!({
            "message_id": user, "source": "shop", "type": "identify", "user_id": user, "timestamp": START,
            "received_at": START, "traits": {"email": email, "timezone": "Asia/Tehran"},
        }))
        .unwrap()
    };
    let messages = [("a", "a@example.org"), ("b", "b@example.org")].map(identify);
    app.app.inbox.store(messages.into()).await.unwrap();
    while project(&app.app).await.unwrap().batches > 0 {}
    let ids = everybody(&app.app.database, "", 10).await.unwrap();
    let mut transaction = app.app.database.begin().await.unwrap();
    let now = app.clock.now();
    let to = |customer: &str, at| Contact { customer: customer.to_owned(), ..contact(at, Channel::Email, None) };
    let told = [("x".to_owned(), to(&ids[0], now)), ("y".to_owned(), to(&ids[1], now - 30 * DAY))];
    record(&mut transaction, &told).await.unwrap();
    record(&mut transaction, &told[..1]).await.unwrap();
    transaction.commit().await.unwrap();
    let by = app.key(&[Permission::WriteCustomers, Permission::ReadCustomers]).await;
    let (status, _) = app.call(&by, "POST", "/api/v1/customers/merge", json!({"a": ids[0], "b": ids[1]})).await;
    assert!(status.is_success());
    let held = held(&app.app).await.unwrap();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let found = standings(&app.app, &held.policy, &names).await.unwrap();
    assert_eq!(found.len(), 2, "by both of their ids");
    let one = &found[&ids[1]];
    assert_eq!((one.contacts.len(), one.zone, one.suppressed.len()), (1, Tz::Asia__Tehran, 0));
    assert!(one.address(Channel::Email).unwrap().ends_with("@example.org"));
    assert_eq!(one.address(Channel::Sms), None);
    let none = Policy { consent: [].into(), quiet: None, caps: Vec::new(), global_control: 0.0, ..Policy::default() };
    assert_eq!(one.refusal(&none, &held.dealer, &EMAIL, now), None);
    let sms = Asked { channel: Channel::Sms, ..EMAIL };
    assert_eq!(one.refusal(&none, &held.dealer, &sms, now), Some(Refusal::NoAddress));
    let half = Policy { global_control: 0.5, ..none.clone() };
    let is_control = held.dealer.in_global_control(&one.customer, 0.5);
    assert_eq!(one.refusal(&half, &held.dealer, &EMAIL, now).is_some(), is_control);
    let (status, _) = app
        .call(&by, "PUT", &format!("/api/v1/customers/{}/suppression", ids[0]), json!({"reason": "asked by telephone"}))
        .await;
    assert!(status.is_success());
    let found = standings(&app.app, &held.policy, &names).await.unwrap();
    assert_eq!(found[&ids[0]].refusal(&none, &held.dealer, &EMAIL, now), Some(Refusal::Suppressed));
}

async fn the_policy_is_changed_by_who_approves(app: TestApp) {
    let (admin, marketer) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Marketer).await);
    const PATH: &str = "/api/v1/contact-policy";
    let (_, mut policy) = app.call(&marketer, "GET", PATH, Value::Null).await;
    assert_eq!((policy["purpose"].as_str(), policy["global_control"].as_f64()), (Some("marketing"), Some(0.02)));
    policy["global_control"] = json!(0.05);
    assert_eq!(app.call(&marketer, "PUT", PATH, policy.clone()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(app.call(&admin, "PUT", PATH, policy.clone()).await.0, StatusCode::OK);
    assert_eq!(app.call(&marketer, "GET", PATH, Value::Null).await.1, policy);
    policy["global_control"] = json!(0.9);
    let (status, refused) = app.call(&admin, "PUT", PATH, policy).await;
    assert_eq!((status.as_u16(), refused["errors"][0]["pointer"].as_str()), (422, Some("/global_control")));
}
