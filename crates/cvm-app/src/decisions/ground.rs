//! What all decisions stand on, read and taken apart once: active offers with their policies, the contact policy, the scoring run.

use super::arbitration::Reason;
use super::features;
use super::people::{Fit, Found, Ready};
use super::store::{self, Ground};
use crate::contacts::{Cap, Channel, Held, Policy, Standing};
use crate::customers;
use crate::offers::{Draft, Offer, State};
use crate::platform::clock::DAY;
use crate::platform::server::App;
use crate::segments;
use cvm_core::segment::{Answers, Calendar, Facts, Person, PersonId, Rule, Rules};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// What all decisions stand on.
pub(super) struct Stand {
    /// Another one for each reading.
    pub stamp: u64,
    /// The number of the catalogue.
    pub catalogue: i64,
    pub ground: Ground,
    pub held: Held,
    /// Of those who come by themselves: what is said to them is no contact, but for caps that name it.
    inbound: Policy,
    /// Offers that are active, the oldest first.
    pub offers: Vec<Ours>,
    /// What is asked of every offer for every decision, offer by offer: memory that is read in a row.
    pub limits: Vec<Limits>,
    /// How offers are told: one of each channel, in the order of [`Channel::ALL`].
    lanes: Vec<Lane>,
    /// Those caps of a single offer that remember the longest.
    own_caps: Option<Policy>,
    rules: Rules,
}

/// From when until when an offer is made, and whether it has other limits.
pub(super) struct Limits {
    from: i64,
    until: i64,
    /// Whether it has a stock or a budget.
    pub is_scarce: bool,
    /// Whether it has caps of its own.
    pub is_capped: bool,
}

impl Limits {
    fn of(draft: &Draft) -> Self {
        Self {
            from: draft.valid_from.map_or(i64::MIN, |from| from.0),
            until: draft.valid_until.map_or(i64::MAX, |until| until.0),
            is_scarce: draft.stock.is_some() || draft.budget.is_some(),
            is_capped: !draft.caps.is_empty(),
        }
    }

    /// Why an offer is not made now, by its time.
    pub fn time(&self, now: i64) -> Option<Reason> {
        if now < self.from {
            return Some(Reason::NotYet);
        }
        (now >= self.until).then_some(Reason::Over)
    }
}

/// A treatment of an active offer.
pub(super) struct Way {
    /// Its place among those of its offer.
    pub treatment: usize,
    pub key: i64,
    /// What telling costs, in the smallest unit of the currency.
    pub contact: f64,
    is_anywhere: bool,
}

/// The treatments of a channel, offer by offer.
struct Lane {
    ways: Vec<Way>,
    /// Where those of each offer begin, and where the last ones end.
    starts: Vec<usize>,
}

impl Lane {
    fn of(channel: Channel, offers: &[Ours]) -> Self {
        let mut lane = Self { ways: Vec::new(), starts: vec![0] };
        for ours in offers {
            for (place, treatment) in ours.draft.treatments.iter().enumerate() {
                if treatment.channel == channel {
                    lane.ways.push(Way {
                        treatment: place,
                        key: treatment.key(ours.number),
                        contact: ours.draft.cost.of_contact(channel),
                        is_anywhere: treatment.placements.is_empty(),
                    });
                }
            }
            lane.starts.push(lane.ways.len());
        }
        lane
    }
}

/// An active offer.
pub(super) struct Ours {
    pub number: i64,
    pub id: String,
    pub draft: Draft,
    /// Places of its rules: eligible, applicable, suitable.
    rules: [Option<usize>; 3],
    /// Its own caps, as a policy.
    caps: Option<Policy>,
}

impl Ours {
    /// The policy of its own caps, where it has any.
    pub fn caps(&self) -> Option<&Policy> {
        self.caps.as_ref()
    }
}

impl Stand {
    /// Reads all anew.
    pub async fn read(
        app: &App,
        stamp: u64,
        catalogue: i64,
        ground: Ground,
        held: Held,
    ) -> Result<(Self, Vec<Offer>), sqlx::Error> {
        let all = crate::offers::list(app.database.pool()).await?;
        let segments = segments::list(app.database.pool()).await?;
        let segments: HashMap<&str, &Rule> = segments.iter().map(|it| (it.id.as_str(), &it.rule)).collect();
        let active: Vec<&Offer> = all.iter().filter(|offer| offer.draft.state == State::Active).collect();
        let mut rules: Vec<&Rule> = Vec::new();
        let mut offers = Vec::new();
        for offer in &active {
            let places = offer.draft.policy.rules().map(|(_, rule)| {
                rule.map(|rule| {
                    rules.push(rule);
                    rules.len() - 1
                })
            });
            let cap = |cap: &crate::offers::Cap| Cap {
                most: cap.times,
                days: cap.days,
                channel: None,
                group: None,
                offer: Some(offer.id.clone()),
            };
            let caps: Vec<Cap> = offer.draft.caps.iter().map(cap).collect();
            let caps = (!caps.is_empty()).then(|| only_caps(&held.policy, caps));
            offers.push(Ours {
                number: offer.number,
                id: offer.id.clone(),
                draft: offer.draft.clone(),
                rules: places,
                caps,
            });
        }
        let rules = Rules::of(&rules, &segments);
        let limits = offers.iter().map(|ours| Limits::of(&ours.draft)).collect();
        let lanes = Channel::ALL.into_iter().map(|channel| Lane::of(channel, &offers)).collect();
        let own_caps = offers.iter().filter_map(Ours::caps).min_by_key(|caps| caps.remembers(0)).cloned();
        let named = |cap: &&Cap| cap.channel == Some(Channel::InApp) || cap.group.is_some() || cap.offer.is_some();
        let inbound = Policy { caps: held.policy.caps.iter().filter(named).cloned().collect(), ..held.policy.clone() };
        drop(segments);
        Ok((Self { stamp, catalogue, ground, held, inbound, offers, limits, lanes, own_caps, rules }, all))
    }

    /// Whether nothing of what it was made from is another by now.
    pub fn stands_on(&self, catalogue: i64, ground: &Ground) -> bool {
        let filled_at = if self.rules.members().is_empty() { ground.filled_at } else { self.ground.filled_at };
        self.catalogue == catalogue && Ground { filled_at, ..self.ground.clone() } == *ground
    }

    /// The contact policy for a channel.
    pub fn policy(&self, channel: Channel) -> &Policy {
        if channel == Channel::InApp { &self.inbound } else { &self.held.policy }
    }

    /// How the offer at this place is told on a channel, where something would stand there.
    pub fn ways(&self, channel: Channel, offer: usize, placement: &str) -> impl Iterator<Item = &Way> {
        let lane = &self.lanes[channel as usize];
        let fits = move |way: &&Way| {
            way.is_anywhere
                || self.offers[offer].draft.treatments[way.treatment].placements.iter().any(|it| it == placement)
        };
        lane.ways[lane.starts[offer]..lane.starts[offer + 1]].iter().filter(fits)
    }

    /// Whether caps of single offers or groups must be asked for.
    pub fn has_caps_of_offers(&self, channel: Channel) -> bool {
        self.policy(channel).caps.iter().any(|cap| cap.group.is_some() || cap.offer.is_some())
    }

    /// Since when what was said must be known; none where nothing is counted.
    pub fn counts_since(&self, channel: Channel, now: i64) -> Option<i64> {
        let own = self.own_caps.as_ref().map(|caps| caps.remembers(now));
        let policy = self.policy(channel);
        let all = (!policy.caps.is_empty()).then(|| policy.remembers(now));
        [own, all].into_iter().flatten().min()
    }

    /// Reads what is asked of customers beside who they are.
    pub async fn gather(&self, app: &App, standings: Vec<Standing>) -> Result<Vec<Gathered>, sqlx::Error> {
        let ids: Vec<&str> = standings.iter().map(|standing| standing.customer.as_str()).collect();
        let mut values = match &self.ground.run {
            Some(run) => store::values(app, run, &ids).await?,
            None => HashMap::new(),
        };
        let mut members = match self.rules.members() {
            [] => HashMap::new(),
            _ => segments::of_customers(app, &ids).await?,
        };
        let mut persons: HashMap<PersonId, Person> = match self.rules.ask_what_they_did() {
            true => {
                let persons = customers::persons(app, &ids).await?;
                persons.into_iter().filter_map(|(id, person)| Some((id, person?))).collect()
            }
            false => HashMap::new(),
        };
        let mut shown = match self.counts_since(Channel::InApp, app.clock.now()) {
            Some(since) => store::impressions(app, &ids, since).await?,
            None => HashMap::new(),
        };
        let gathered = |standing: Standing| Gathered {
            values: values.remove(&standing.customer),
            members: members.remove(&standing.customer).unwrap_or_default(),
            person: standing.customer.parse().ok().and_then(|id: PersonId| persons.remove(&id)),
            shown: shown.remove(&standing.customer).unwrap_or_default(),
            standing,
        };
        Ok(standings.into_iter().map(gathered).collect())
    }

    /// What follows of a customer: whom each offer may be made to, features, money.
    pub fn find(&self, app: &App, gathered: Gathered) -> Result<Ready, sqlx::Error> {
        let Gathered { standing, values, members, person, shown } = gathered;
        let now = app.clock.now();
        let values: Option<Map<String, Value>> = match values {
            Some(text) => Some(serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(Box::new(error)))?),
            None => None,
        };
        let person = person.as_ref().unwrap_or(&standing.person);
        let calendar = Calendar::new(now, app.config.timezone);
        let is_in = |id: &str| Some(members.contains(id));
        let facts = Facts { person, values: values.as_ref(), calendar: &calendar, is_in: &is_in };
        let mut answers = Answers::default();
        let mut asking = self.rules.ask(facts, &mut answers);
        let mut fit = |offer: &Ours| {
            let mut stages = offer.rules.into_iter().zip([Fit::NotEligible, Fit::NotApplicable, Fit::NotSuitable]);
            // What is not known does not hold.
            let fails = |(rule, _): &(Option<usize>, Fit)| rule.is_some_and(|rule| asking.holds(rule) != Some(true));
            stages.find(fails).map_or(Fit::Fits, |(_, fit)| fit)
        };
        let fits = self.offers.iter().map(&mut fit).collect();
        // Features count days, so what is found holds for today at most.
        let tomorrow = calendar.today().succ_opt().map_or(now + DAY, |day| calendar.start_of(day));
        let until = asking.next_change().map_or(tomorrow, |next| next.min(tomorrow));
        let money = |name: &str| values.as_ref().and_then(|values| super::figure(values, name));
        let found = Found {
            stamp: self.stamp,
            until,
            features: features::of_customer(values.as_ref(), calendar.today()),
            margin: money("clv").map(kept),
            order: values.as_ref().and_then(order).map(kept),
            fits,
            shown,
        };
        Ok(Ready::new(standing, found))
    }
}

/// What was read of a customer.
pub(super) struct Gathered {
    standing: Standing,
    /// The columns of the scoring run, as JSON.
    values: Option<String>,
    /// Segments that they are in, where any rule asks for them.
    members: HashSet<String>,
    /// What they did, where any rule asks for it.
    person: Option<Person>,
    shown: Vec<(i64, i64)>,
}

/// A policy that asks for nothing but these caps.
fn only_caps(policy: &Policy, caps: Vec<Cap>) -> Policy {
    Policy { caps, consent: std::collections::BTreeMap::new(), quiet: None, global_control: 0.0, ..policy.clone() }
}

/// What an order of somebody is expected to be: of those to come, else of those that were.
fn order(values: &Map<String, Value>) -> Option<f64> {
    let number = |name: &str| super::figure(values, name);
    let to_come = || Some(number("expected_spend")? / number("expected_purchases").filter(|it| *it > 0.01)?);
    let were = || Some(number("revenue")? / (number("frequency")? + 1.0));
    to_come().or_else(|| number("monetary")).or_else(were)
}

/// An amount as it is written down: in 1/10,000 of the currency's unit.
fn kept(amount: f64) -> i64 {
    (amount * 10_000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_order_is_as_those_to_come_or_those_that_were() {
        let of = |values: Value| order(values.as_object().unwrap());
        assert_eq!(of(json!({"expected_spend": 90.0, "expected_purchases": 3, "monetary": 20})), Some(30.0));
        assert_eq!(of(json!({"expected_spend": 0.0, "expected_purchases": 0.0, "monetary": 20})), Some(20.0));
        assert_eq!(of(json!({"revenue": "50.0000", "frequency": 1})), Some(25.0));
        assert_eq!(of(json!({"clv": 1})), None);
    }
}
