//! What forms of campaigns and programmes can offer: the best of all, of an issue, of a group, or one of them.

use super::super::definition::{Among, Offering};
use crate::offers;
use crate::platform::View;
use cvm_core::text::Words;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// As it is sent by a form.
pub fn written(offering: &Offering) -> String {
    json!(offering).to_string()
}

/// What can be offered, as it is sent and as it is called; with it what is offered already.
///
/// # Errors
/// What the database gives.
pub async fn offerings(
    view: &View,
    own: impl Iterator<Item = &Offering>,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    let all = offers::list(view.app.database.pool()).await?;
    let names: BTreeMap<String, String> =
        all.iter().map(|offer| (offer.id.clone(), offer.draft.name.clone())).collect();
    let issues: BTreeSet<&String> = all.iter().map(|offer| &offer.draft.issue).collect();
    let groups: BTreeSet<&String> = all.iter().map(|offer| &offer.draft.group).collect();
    let best = |issue: Option<&String>, group: Option<&String>| {
        Offering::Best(Among { issue: issue.cloned(), group: group.cloned() })
    };
    let mut offerings: Vec<Offering> = all.first().map(|_| best(None, None)).into_iter().collect();
    offerings.extend(issues.into_iter().map(|issue| best(Some(issue), None)));
    offerings.extend(groups.into_iter().map(|group| best(None, Some(group))));
    offerings.extend(all.iter().map(|offer| Offering::This(offer.id.clone())));
    for offering in own {
        if !offerings.contains(offering) {
            offerings.push(offering.clone());
        }
    }
    let named = |offering: &Offering| (written(offering), offering_name(view.words, &names, offering));
    Ok(offerings.iter().map(named).collect())
}

/// What is offered, as it is called; `names` are those of offers by their ids.
pub fn offering_name(words: Words, names: &BTreeMap<String, String>, offering: &Offering) -> String {
    let of = |id: &str, kind: &str, name: &str| words.with(id, &[(kind, name.into())]);
    match offering {
        Offering::This(id) => names.get(id).unwrap_or(id).clone(),
        Offering::Best(Among { group: Some(group), .. }) => of("campaigns-offering-group", "group", group),
        Offering::Best(Among { issue: Some(issue), .. }) => of("campaigns-offering-issue", "issue", issue),
        Offering::Best(Among { .. }) => words.text("campaigns-offering-best"),
    }
}

/// The names of all offers, by their ids.
///
/// # Errors
/// What the database gives.
pub async fn offer_names(view: &View) -> Result<BTreeMap<String, String>, sqlx::Error> {
    let all = offers::list(view.app.database.pool()).await?;
    Ok(all.into_iter().map(|offer| (offer.id, offer.draft.name)).collect())
}
