//! Who may be told something, when, and how often: the contact policy.

use crate::access::Permission;
use crate::contacts::{self, Cap, Channel, Hours, Needed, Policy};
use crate::platform::pages::{Answer, Form, html};
use crate::platform::{Pages, Problem, View};
use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use chrono::NaiveTime;

/// The page of the policy.
pub(super) fn pages() -> Pages {
    Pages::new().page(Permission::ReadCampaigns, "/campaigns/policy", get(policy).post(set_policy))
}

#[derive(Template)]
#[template(path = "campaigns/pages/policy.html")]
struct PolicyPage {
    view: View,
    title: String,
    purpose: String,
    global: String,
    caps: Vec<(String, String, Option<Channel>)>,
    consents: Vec<(Channel, String, Option<Needed>)>,
    channels: Vec<(Channel, String)>,
    quiet_from: String,
    quiet_until: String,
    quiet: Vec<Channel>,
    is_saved: bool,
    fault: Option<String>,
    may_change: bool,
}

async fn policy(view: View) -> Answer {
    let policy = contacts::held(&view.app).await?.policy;
    html(&policy_page(view, &policy, false, None))
}

fn policy_page(view: View, policy: &Policy, is_saved: bool, fault: Option<String>) -> PolicyPage {
    let w = view.words;
    let number = |number: u32| w.number(f64::from(number), 0);
    let mut caps: Vec<(String, String, Option<Channel>)> =
        policy.caps.iter().map(|cap| (number(cap.most), number(cap.days), cap.channel)).collect();
    caps.push((String::new(), String::new(), None)); // room for one more
    let time = |time: Option<NaiveTime>| time.map_or(String::new(), |time| time.format("%H:%M").to_string());
    PolicyPage {
        title: w.text("campaigns-policy"),
        purpose: policy.purpose.clone(),
        global: w.number(policy.global_control * 100.0, 1),
        caps,
        consents: Channel::ALL
            .into_iter()
            .map(|channel| (channel, channel.words(w), policy.consent.get(&channel).copied()))
            .collect(),
        channels: Channel::ALL.into_iter().map(|channel| (channel, channel.words(w))).collect(),
        quiet_from: time(policy.quiet.as_ref().map(|hours| hours.from)),
        quiet_until: time(policy.quiet.as_ref().map(|hours| hours.until)),
        quiet: policy.quiet.as_ref().map_or_else(Vec::new, |hours| hours.channels.clone()),
        is_saved,
        fault,
        may_change: view.may(Permission::ApproveCampaigns),
        view,
    }
}

async fn set_policy(view: View, body: Bytes) -> Answer {
    if !view.may(Permission::ApproveCampaigns) {
        return Err(Problem::forbidden("changing who may be told something needs the permission `campaigns.approve`"));
    }
    let fields = Form::of(&body);
    let held = contacts::held(&view.app).await?.policy;
    let of_channel = |prefix: &str, channel: Channel| fields.text(&format!("{prefix}.{}", channel.name()));
    let needed = |channel: Channel| match of_channel("consent", channel).as_str() {
        "granted" => Some((channel, Needed::Granted)),
        "not_denied" => Some((channel, Needed::NotDenied)),
        _ => None,
    };
    let mut caps = Vec::new();
    for place in 0..100 {
        if !fields.has(&format!("cap{place}.most")) {
            break;
        }
        let (most, days) = (fields.number(&format!("cap{place}.most")), fields.number(&format!("cap{place}.days")));
        if let (Some(most), Some(days)) = (most, days) {
            let channel = Channel::from_name(&fields.text(&format!("cap{place}.channel")));
            caps.push(Cap {
                most: most.max(0.0) as u32,
                days: days.max(0.0) as u32,
                channel,
                group: None,
                offer: None,
            });
        }
    }
    // Caps of single offers and groups are set with these.
    caps.extend(held.caps.iter().filter(|cap| cap.group.is_some() || cap.offer.is_some()).cloned());
    let time = |name: &str| NaiveTime::parse_from_str(&fields.text(name), "%H:%M").ok();
    let quiet = time("quiet.from").zip(time("quiet.until")).map(|(from, until)| {
        let named = fields.all("quiet.channel");
        let channels = Channel::ALL.into_iter().filter(|channel| named.contains(&channel.name()));
        Hours { from, until, channels: channels.collect() }
    });
    let policy = Policy {
        purpose: fields.text("purpose"),
        consent: Channel::ALL.into_iter().filter_map(needed).collect(),
        caps,
        quiet,
        global_control: fields.number("global").map_or(f64::NAN, |percent| percent / 100.0),
    };
    match contacts::set(&view.app, &view.caller, &policy).await {
        Ok(()) => Ok(html(&policy_page(view, &policy, true, None))?),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let fault = view.words.text("campaigns-policy-fault");
            let page = html(&policy_page(view, &policy, false, Some(fault)))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}
