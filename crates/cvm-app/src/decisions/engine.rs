//! Deciding: who is asked about, what may be said to them, what is best, and writing it down.

use super::arbitration::{Candidate, Inputs, Parts, Ranking, Reason, rank};
use super::features;
use super::ground::Stand;
use super::log::{Chosen, Log, Logged};
use super::models::{self, Models};
use super::people::{People, Ready};
use super::reading::Reading;
use super::store::{self, Counters, Ground, Numbers};
use crate::access::Caller;
use crate::contacts::{self, Asked, Channel, Contact, Refusal};
use crate::customers;
use crate::offers::{self, Draft, Said};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Config, Database, Problem, Result, Time};
use crate::recommendations;
use cvm_core::order::currency_places;
use cvm_core::segment::PersonId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

/// Actions that can be asked for.
const COUNT_MAX: usize = 20;

/// Names and bytes of a context.
const CONTEXT_NAMES_MAX: usize = 50;
const CONTEXT_BYTES_MAX: usize = 16 << 10;

/// Where more than so many changed at once, everybody is forgotten.
const CHANGED_MAX: i64 = 20_000;

/// What decides. Clones are one.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    stand: RwLock<Option<Arc<Stand>>>,
    models: RwLock<Models>,
    counters: RwLock<HashMap<i64, Counters>>,
    people: People,
    reading: Reading,
    log: Log,
    /// Whoever reads offers, models or outcomes anew is the only one.
    turn: Mutex<()>,
    stamps: AtomicU64,
    /// Whether somebody follows what changes; else each decision looks.
    followed: AtomicBool,
}

impl Engine {
    /// Starts what writes decisions down.
    pub fn start(config: &Config, database: Database) -> Self {
        Self(Arc::new(Inner {
            stand: RwLock::default(),
            models: RwLock::default(),
            counters: RwLock::default(),
            people: People::new(config.decision_memory_mib << 20),
            reading: Reading::default(),
            log: Log::start(database),
            turn: Mutex::default(),
            stamps: AtomicU64::new(1),
            followed: AtomicBool::new(false),
        }))
    }

    /// Waits until all decisions are written down.
    pub async fn close(&self) {
        self.0.log.close().await;
    }

    /// Waits until all decisions so far are written down.
    pub async fn flush(&self) {
        self.0.log.flush().await;
    }

    /// How far changes of customers were followed.
    pub(super) fn position(&self) -> i64 {
        self.0.people.position()
    }

    fn stand(&self) -> Option<Arc<Stand>> {
        self.0.stand.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is believed of a treatment, by its key, and after which outcome.
    pub(super) fn belief(&self, key: i64) -> Option<(models::Belief, i64)> {
        let models = self.0.models.read().unwrap_or_else(PoisonError::into_inner);
        Some((models.get(key)?.clone(), models.learned))
    }
}

/// What somebody asks.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = DecisionWish)]
pub struct Wish {
    /// The customer, or one merged into them. Either this or `identifier`.
    pub customer: Option<String>,
    /// What identifies the customer, as in `user_id:42` or `email:anna@shop.example`.
    pub identifier: Option<String>,
    /// Only offers of this issue.
    pub issue: Option<String>,
    /// Only offers of this group.
    pub group: Option<String>,
    /// Only this offer, by its id. It is made whatever it is expected to earn, if it may be made at all.
    pub offer: Option<String>,
    /// By which way something would be said; `in_app` where it is not given.
    pub channel: Option<Channel>,
    /// Where it would stand, as in `home`.
    #[schema(max_length = 100)]
    pub placement: String,
    /// What is known of the occasion: texts, numbers, true and false by name.
    #[schema(value_type = Object)]
    pub context: Map<String, Value>,
    /// So many actions at most; 1 where it is not given.
    #[schema(minimum = 1, maximum = 20)]
    pub count: Option<usize>,
    /// How much of the doubt about answers is acted out, so that they are learned: 0 for none, 1 is Thompson's. As in the settings
    /// where it is not given.
    #[schema(minimum = 0, maximum = 2)]
    pub exploration: Option<f64>,
    /// What chance begins with, to have the same again.
    pub seed: Option<u32>,
    /// Whether each offer that was left out is named.
    pub explain: bool,
    /// Only to see: nothing is written down, and outcomes cannot be told.
    pub dry_run: bool,
}

/// What is best now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Decision {
    /// By which outcomes are told; none of a dry run.
    pub id: Option<String>,
    /// When.
    pub at: Time,
    /// The surviving customer.
    pub customer: String,
    /// By which way.
    pub channel: Channel,
    /// Where.
    pub placement: String,
    /// The currency of all amounts.
    pub currency: String,
    /// The best first, doing nothing among them: what stands after it would be worse than nothing.
    pub actions: Vec<Action>,
    /// What is not among the actions.
    pub left_out: LeftOut,
    /// By what it was decided.
    pub basis: Basis,
}

/// An action.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
#[schema(as = NextBestAction)]
pub enum Action {
    /// To make an offer.
    Offer(Box<Made>),
    /// To do nothing: neither earns nor costs anything.
    Nothing {
        /// 0.
        priority: f64,
    },
}

/// An offer to be made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OfferToMake)]
pub struct Made {
    /// What it is expected to earn, weighted: the product of propensity, context weight, value and lever.
    pub priority: f64,
    /// Its id.
    pub offer: String,
    /// Its name.
    pub name: String,
    /// Its issue.
    pub issue: String,
    /// Its group.
    pub group: String,
    /// The number of its treatment.
    pub treatment: i64,
    /// The language of the content.
    pub language: String,
    /// What to say.
    pub content: Said,
    /// Of what the priority is made.
    pub parts: Parts,
}

/// What was left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LeftOutOffers)]
pub struct LeftOut {
    /// How many offers, by reason.
    #[schema(value_type = Object)]
    pub counts: BTreeMap<&'static str, usize>,
    /// Each of them, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<LeftOutOffer>,
}

/// An offer that was left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeftOutOffer {
    /// Its id.
    pub offer: String,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: Reason,
}

/// By what it was decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DecisionBasis)]
pub struct Basis {
    /// The number of the catalogue.
    pub catalogue: i64,
    /// Models had learned from so many outcomes.
    pub outcomes: i64,
    /// How much of the doubt was acted out.
    pub exploration: f64,
    /// What chance began with.
    pub seed: u64,
}

/// Decides.
///
/// # Errors
/// 404 where there is no such customer, 422 for a wish that cannot be, 429 where decisions come quicker than they can be written
/// down, and what the database gives.
pub async fn decide(app: &App, caller: &Caller, wish: &Wish) -> Result<Decision> {
    wish.check()?;
    let engine = &app.decisions;
    if !engine.0.followed.load(Ordering::Relaxed) {
        round(app).await?;
    }
    let stand = current(app).await?;
    let now = app.clock.now();
    let ready = find(app, &stand, wish, now).await?;
    let channel = wish.channel.unwrap_or(Channel::InApp);
    let inputs = inputs(app, &ready, wish, now);
    let mut left_out: Vec<(usize, Reason)> = Vec::new();
    let may = allowed(app, &stand, &ready, wish, channel, now, &mut left_out).await?;
    let count = wish.count.unwrap_or(1);
    let (ranking, keys, places, outcomes) = {
        let models = engine.0.models.read().unwrap_or_else(PoisonError::into_inner);
        let odds = models.odds(channel, &inputs.features);
        // Each with the place of its offer.
        let (mut candidates, mut places) = (Vec::with_capacity(may.len()), Vec::with_capacity(may.len()));
        for &place in &may {
            let ours = &stand.offers[place];
            for way in stand.ways(channel, place, &wish.placement) {
                let Some(score) = odds.of(way.key) else { continue };
                let (key, contact) = (way.key, way.contact);
                candidates.push(Candidate { offer: ours.number, draft: &ours.draft, key, contact, score });
                places.push(place);
            }
        }
        let keys: Vec<i64> = candidates.iter().map(|it| it.key).collect();
        (rank(&candidates, &inputs, count), keys, places, models.learned)
    };
    left_out.extend(ranking.left_out.iter().map(|(candidate, reason)| (places[*candidate], *reason)));
    left_out.extend(ranking.ranked.iter().skip(count).map(|(candidate, _)| (places[*candidate], Reason::Outranked)));
    let chosen = chosen(&ranking, &keys, count, |candidate| {
        let ours = &stand.offers[places[candidate]];
        (ours.id.clone(), &ours.draft)
    });
    let mut actions = Vec::with_capacity(chosen.len() + 1);
    for (chosen, (candidate, _)) in chosen.iter().zip(&ranking.ranked) {
        let draft = &stand.offers[places[*candidate]].draft;
        let treatment = draft.treatments.iter().find(|it| it.key(chosen.offer) == chosen.treatment);
        let treatment = treatment.ok_or_else(|| Problem::internal(&"a treatment that was chosen is gone"))?;
        actions.push(Action::Offer(Box::new(made(app, (draft, treatment), chosen, &ready, wish).await?)));
    }
    actions.push(Action::Nothing { priority: 0.0 });
    let id = (!wish.dry_run).then(|| app.random.id(&app.clock));
    if let Some(id) = &id {
        let logged = Logged {
            id: id.clone(),
            at: now,
            customer: ready.customer.to_string(),
            channel,
            placement: wish.placement.clone(),
            asked_by: caller.actor().1.to_owned(),
            catalogue: stand.catalogue,
            outcomes,
            wanted: count as i64,
            inputs: inputs.clone(),
            candidates: keys,
            answer: chosen,
        };
        let full =
            || Problem::too_many_requests("decisions come quicker than they can be written down; ask again later", 1);
        engine.0.log.write(logged).map_err(|_| full())?;
    }
    Ok(Decision {
        id,
        at: Time(now),
        customer: ready.customer.to_string(),
        channel,
        placement: wish.placement.clone(),
        currency: app.config.currency.clone(),
        actions,
        left_out: left_out_of(&stand, &left_out, wish.explain),
        basis: Basis { catalogue: stand.catalogue, outcomes, exploration: inputs.exploration, seed: inputs.seed },
    })
}

/// The best of the candidates of these keys; `of` tells the id of a candidate's offer, and what is offered.
fn chosen<'a>(ranking: &Ranking, keys: &[i64], count: usize, of: impl Fn(usize) -> (String, &'a Draft)) -> Vec<Chosen> {
    let one = |(candidate, parts): &(usize, Parts)| {
        let treatment = keys[*candidate];
        let offer = offers::Treatment::offer_of(treatment);
        let (id, draft) = of(*candidate);
        let group = draft.group.clone();
        Chosen { offer, id, group, treatment, parts: *parts, answer_days: draft.answer_days }
    };
    ranking.ranked.iter().take(count).map(one).collect()
}

fn left_out_of(stand: &Stand, left_out: &[(usize, Reason)], explain: bool) -> LeftOut {
    let mut counts = [0_usize; Reason::ALL.len()];
    left_out.iter().for_each(|(_, reason)| counts[*reason as usize] += 1);
    let counted = Reason::ALL.iter().zip(counts).filter(|(_, count)| *count > 0);
    let counts = counted.map(|(reason, count)| (reason.name(), count)).collect();
    let mut named: Vec<&(usize, Reason)> = if explain { left_out.iter().collect() } else { Vec::new() };
    named.sort_by_key(|(place, reason)| (*reason, *place));
    let offer = |(place, reason): &(usize, Reason)| {
        let ours = &stand.offers[*place];
        LeftOutOffer { offer: ours.id.clone(), name: ours.draft.name.clone(), reason: *reason }
    };
    LeftOut { counts, offers: named.into_iter().map(offer).collect() }
}

/// What a chosen offer says.
async fn made(
    app: &App,
    (draft, treatment): (&Draft, &offers::Treatment),
    chosen: &Chosen,
    ready: &Ready,
    wish: &Wish,
) -> Result<Made> {
    const RECOMMENDATIONS: usize = 10;
    let found = treatment.content_for(&ready.language);
    let (language, content) = found.ok_or_else(|| Problem::internal(&"a treatment says nothing"))?;
    let data = match content.speaks_of_somebody() {
        true => {
            let mut customer = ready.attributes();
            customer.insert("id".to_owned(), Value::from(&*ready.customer));
            let recommendations = match content.recommends() {
                true => recommendations::for_customer(app, &ready.customer, RECOMMENDATIONS).await?,
                false => Vec::new(),
            };
            let offer = json!({"id": chosen.id, "name": draft.name});
            json!({"customer": customer, "offer": offer, "context": wish.context, "recommendations": recommendations})
        }
        false => Value::Null,
    };
    // What a filter cannot do with one customer's data does not take the decision away from the caller.
    let content = content.fill(treatment.channel, &data).unwrap_or_else(|unfilled| {
        tracing::warn!(offer = chosen.id, error = %unfilled, "an offer's text could not be filled in");
        Said::default()
    });
    Ok(Made {
        priority: chosen.parts.priority(),
        offer: chosen.id.clone(),
        name: draft.name.clone(),
        issue: draft.issue.clone(),
        group: draft.group.clone(),
        treatment: treatment.number,
        language: language.to_owned(),
        content,
        parts: chosen.parts,
    })
}

fn inputs(app: &App, ready: &Ready, wish: &Wish, now: i64) -> Inputs {
    let mut features: Vec<features::Feature> = ready.features().collect();
    features.extend(features::of_moment(now, ready.zone));
    features.extend(features::of_context(&wish.context, &wish.placement));
    Inputs {
        now,
        context: wish.context.clone(),
        features,
        margin: ready.margin,
        order: ready.order,
        exploration: wish.exploration.unwrap_or(app.config.decision_exploration),
        seed: wish.seed.map_or_else(|| u64::from_le_bytes(app.random.bytes()) >> 12, u64::from),
        places: currency_places(&app.config.currency),
        is_settled: wish.offer.is_some(),
    }
}

/// Places of offers that may be made; the others go to `left_out`.
async fn allowed(
    app: &App,
    stand: &Stand,
    ready: &Ready,
    wish: &Wish,
    channel: Channel,
    now: i64,
    left_out: &mut Vec<(usize, Reason)>,
) -> Result<Vec<usize>> {
    let contacts = said(app, stand, ready, channel, now).await?;
    let standing = ready.standing(channel, contacts);
    let (policy, dealer) = (stand.policy(channel), &stand.held.dealer);
    let asked = Asked { channel, offer: None, group: None, is_service: false };
    if let Some(refusal) = standing.refusal(policy, dealer, &asked, now) {
        let reason = match refusal {
            Refusal::Suppressed => Reason::Suppressed,
            Refusal::NoConsent => Reason::NoConsent,
            Refusal::NoAddress => Reason::NoAddress,
            Refusal::GlobalControl => Reason::GlobalControl,
            Refusal::Quiet { .. } => Reason::Quiet,
            Refusal::Capped | Refusal::Gone => Reason::Capped,
        };
        let asked = (0..stand.offers.len()).filter(|place| wish.asks_for(&stand.offers[*place]));
        left_out.extend(asked.map(|place| (place, reason)));
        return Ok(Vec::new());
    }
    // Who was told nothing cannot have been told too much, but where nothing at all is to be told.
    let was_told = !standing.contacts.is_empty();
    let has_caps = stand.has_caps_of_offers(channel) && (was_told || policy.caps.iter().any(|cap| cap.most == 0));
    let counters = app.decisions.0.counters.read().unwrap_or_else(PoisonError::into_inner);
    let places = currency_places(&app.config.currency).min(4);
    let mut may = Vec::with_capacity(stand.offers.len());
    left_out.reserve(stand.offers.len());
    let asks_for_all = wish.asks_for_all();
    for (place, limits) in stand.limits.iter().enumerate() {
        let ours = &stand.offers[place];
        if !(asks_for_all || wish.asks_for(ours)) {
            continue;
        }
        let scarce = || {
            let (draft, counted) = (&ours.draft, counters.get(&ours.number).copied().unwrap_or_default());
            let spent = counted.spent / 10_i64.pow(4 - places);
            if draft.stock.is_some_and(|stock| counted.accepted >= stock) {
                return Some(Reason::OutOfStock);
            }
            draft.budget.is_some_and(|budget| spent >= budget).then_some(Reason::BudgetSpent)
        };
        let refuses = |policy| {
            let group = Some(ours.draft.group.as_str());
            let asked = Asked { channel, offer: Some(&ours.id), group, is_service: false };
            standing.refusal(policy, dealer, &asked, now).is_some()
        };
        let is_capped =
            || was_told && limits.is_capped && ours.caps().is_some_and(refuses) || has_caps && refuses(policy);
        let is_told = || stand.ways(channel, place, &wish.placement).next().is_some();
        let reason = limits
            .time(now)
            .or_else(|| limits.is_scarce.then(scarce).flatten())
            .or_else(|| (!is_told()).then_some(Reason::NoTreatment))
            .or_else(|| ready.fit(place).reason())
            .or_else(|| is_capped().then_some(Reason::OfferCapped));
        match reason {
            Some(reason) => left_out.push((place, reason)),
            None => may.push(place),
        }
    }
    Ok(may)
}

/// What was said to a customer of late, as far as it is counted.
async fn said(app: &App, stand: &Stand, ready: &Ready, channel: Channel, now: i64) -> Result<Vec<Contact>> {
    let Some(since) = stand.counts_since(channel, now) else { return Ok(Vec::new()) };
    if channel != Channel::InApp {
        return Ok(contacts::recent(app, &[&ready.customer], since).await?);
    }
    let by_number: HashMap<i64, &super::ground::Ours> = match ready.shown.is_empty() {
        true => HashMap::new(),
        false => stand.offers.iter().map(|ours| (ours.number, ours)).collect(),
    };
    let contact = |(offer, at): &(i64, i64)| {
        let ours = by_number.get(offer)?;
        Some(Contact {
            customer: ready.customer.to_string(),
            at: *at,
            channel,
            campaign: None,
            offer: Some(ours.id.clone()),
            group: Some(ours.draft.group.clone()),
        })
    };
    Ok(ready.shown.iter().filter_map(contact).collect())
}

/// Who is asked about.
async fn find(app: &App, stand: &Arc<Stand>, wish: &Wish, now: i64) -> Result<Arc<Ready>> {
    let people = &app.decisions.0.people;
    let id = match (&wish.customer, &wish.identifier) {
        (Some(id), _) => id.clone(),
        (None, Some(identifier)) => customers::by_identifier(app, identifier).await?,
        (None, None) => {
            return Err(Problem::invalid(vec![Fault::new(
                "/customer",
                "expected a customer, or an identifier of one",
            )]));
        }
    };
    if let Ok(person) = id.parse::<PersonId>()
        && let Some(ready) = people.get(person, stand.stamp, now)
    {
        return Ok(ready);
    }
    let read = app.decisions.0.reading.read(app, stand, &id).await?;
    let (gathered, position) = read.ok_or_else(|| Problem::not_found(format!("there is no customer {id}")))?;
    let ready = Arc::new(stand.find(app, gathered)?);
    if let Ok(person) = ready.customer.parse::<PersonId>() {
        people.keep(person, ready.clone(), position);
    }
    Ok(ready)
}

impl Wish {
    /// Whether an offer is among those that are asked for.
    fn asks_for(&self, ours: &super::ground::Ours) -> bool {
        let is = |wanted: &Option<String>, known: &str| wanted.as_deref().is_none_or(|wanted| wanted == known);
        is(&self.issue, &ours.draft.issue) && is(&self.group, &ours.draft.group) && is(&self.offer, &ours.id)
    }

    /// Whether any offer will do.
    fn asks_for_all(&self) -> bool {
        self.issue.is_none() && self.group.is_none() && self.offer.is_none()
    }

    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let count = self.count.unwrap_or(1);
        if !(1..=COUNT_MAX).contains(&count) {
            faults.push(Fault::new("/count", format!("{count}; expected 1 to {COUNT_MAX}")));
        }
        if self.exploration.is_some_and(|exploration| !(0.0..=2.0).contains(&exploration)) {
            faults.push(Fault::new("/exploration", "expected 0 to 2"));
        }
        if self.placement.chars().count() > 100 {
            faults.push(Fault::new("/placement", "expected 100 characters at most"));
        }
        let names = self.context.len();
        if names > CONTEXT_NAMES_MAX {
            faults.push(Fault::new("/context", format!("{names} names; expected {CONTEXT_NAMES_MAX} at most")));
        }
        let bytes = if names > 0 { json!(self.context).to_string().len() } else { 0 };
        if bytes > CONTEXT_BYTES_MAX {
            faults.push(Fault::new("/context", format!("{bytes} bytes; expected {CONTEXT_BYTES_MAX} at most")));
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
    }
}

/// What decisions stand on, read anew where the catalogue is known to be another.
async fn current(app: &App) -> Result<Arc<Stand>, sqlx::Error> {
    match app.decisions.stand() {
        Some(stand) if stand.catalogue >= app.offers.number() => Ok(stand),
        _ => {
            let _turn = app.decisions.0.turn.lock().await;
            look(app, store::numbers(app).await?).await
        }
    }
}

/// Reads what changed: offers, segments, policy, scoring run. For whoever has the turn.
async fn look(app: &App, numbers: Numbers) -> Result<Arc<Stand>, sqlx::Error> {
    let engine = &app.decisions;
    let Numbers { catalogue, ground, outcomes, .. } = numbers;
    app.offers.note(catalogue);
    if let Some(stand) = engine.stand().filter(|stand| stand.stands_on(catalogue, &ground)) {
        return Ok(stand);
    }
    let held = contacts::held(app).await?;
    // The policy that is read counts, where it was made only now.
    let ground = Ground { policy: held.version, ..ground };
    let is_first = engine.stand().is_none();
    let stamp = engine.0.stamps.fetch_add(1, Ordering::Relaxed);
    let (stand, all) = Stand::read(app, stamp, catalogue, ground, held).await?;
    if is_first {
        engine.0.models.write().unwrap_or_else(PoisonError::into_inner).learned = outcomes;
    }
    models::complete(app, &engine.0.models, &all).await?;
    let counters = store::counters(app, &[]).await?;
    *engine.0.counters.write().unwrap_or_else(PoisonError::into_inner) = counters;
    let stand = Arc::new(stand);
    *engine.0.stand.write().unwrap_or_else(PoisonError::into_inner) = Some(stand.clone());
    Ok(stand)
}

/// Learns from outcomes that came since: here and on other servers.
///
/// # Errors
/// What the database gives; what was learned until then stays learned.
pub(super) async fn learn(app: &App) -> Result<(), sqlx::Error> {
    let _turn = app.decisions.0.turn.lock().await;
    catch_up(app).await
}

async fn catch_up(app: &App) -> Result<(), sqlx::Error> {
    use sqlx::Row;
    const ROWS: i64 = 2_000;
    let engine = &app.decisions.0;
    loop {
        let learned = engine.models.read().unwrap_or_else(PoisonError::into_inner).learned;
        let sql = "SELECT seq, treatment, features, answered, offer, customer FROM outcomes WHERE seq > $1 \
                   ORDER BY seq LIMIT $2";
        let rows = sqlx::query(sql).bind(learned).bind(ROWS).fetch_all(app.database.pool()).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        let (mut offers, mut seen, mut saves) = (Vec::new(), Vec::new(), Vec::new());
        {
            let mut models = engine.models.write().unwrap_or_else(PoisonError::into_inner);
            for row in &rows {
                offers.push(row.try_get::<i64, _>(4)?);
                seen.extend(row.try_get::<&str, _>(5)?.parse::<PersonId>().ok());
                if row.try_get::<Option<i64>, _>(3)?.is_some() {
                    let lesson = models::lesson(row)?;
                    if let Some(model) = models.learn(&lesson) {
                        saves.push((lesson.treatment, lesson.seq, model.clone()));
                    }
                }
            }
            models.learned = last.try_get(0)?;
        }
        offers.sort_unstable();
        offers.dedup();
        let counted = store::counters(app, &offers).await?;
        engine.counters.write().unwrap_or_else(PoisonError::into_inner).extend(counted);
        engine.people.forget(seen.into_iter(), engine.people.position());
        if !saves.is_empty() {
            let mut transaction = app.database.begin().await?;
            store::lock(&mut transaction).await?;
            for (treatment, seq, model) in &saves {
                models::save(&mut transaction, (*treatment, *seq), model).await?;
            }
            transaction.commit().await?;
        }
        if (rows.len() as i64) < ROWS {
            return Ok(());
        }
    }
}

/// Takes over whatever changed: customers, offers, segments, policy, scoring run, outcomes.
///
/// # Errors
/// What the database gives.
pub async fn round(app: &App) -> Result<(), sqlx::Error> {
    let _turn = app.decisions.0.turn.lock().await;
    let (people, numbers) = (&app.decisions.0.people, store::numbers(app).await?);
    let (last, outcomes) = (numbers.change, numbers.outcomes);
    match people.position() {
        position if position == last => {}
        position if position < 0 => people.clear(last),
        position => {
            let changed = customers::changed(&app.database, (position + 1, ""), CHANGED_MAX).await?;
            match changed.len() as i64 == CHANGED_MAX {
                true => people.clear(last),
                false => people.forget(changed.iter().filter_map(|(_, id)| id.parse().ok()), last),
            }
        }
    }
    look(app, numbers).await?;
    let learned = app.decisions.0.models.read().unwrap_or_else(PoisonError::into_inner).learned;
    if learned == outcomes { Ok(()) } else { catch_up(app).await }
}

/// Follows what changes, until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    const PAUSE: Duration = Duration::from_millis(100);
    const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(5);
    loop {
        let pause = match round(&app).await {
            Ok(()) => {
                app.decisions.0.followed.store(true, Ordering::Relaxed);
                PAUSE
            }
            Err(error) => {
                tracing::error!(error = %error, "decisions cannot follow what changes right now");
                PAUSE_AFTER_ERROR
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    app.decisions.0.followed.store(false, Ordering::Relaxed);
}

/// A decision of before, made again.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DecisionReplay)]
pub struct Replayed {
    /// The decision.
    pub id: String,
    /// When it was made.
    pub at: Time,
    /// Whether it comes out the same, to the last digit.
    pub same: bool,
    /// What was answered, the best first.
    #[schema(value_type = Vec<Object>)]
    pub then: Value,
    /// What comes out now.
    #[schema(value_type = Vec<Object>)]
    pub again: Value,
    /// What it was decided from: context, features, what the customer is expected to bring (in 1/10,000 of the currency's unit).
    #[schema(value_type = Object)]
    pub inputs: Value,
    /// Treatments that could be made.
    pub candidates: usize,
}

/// Makes a decision again: with the offers as they were, models that have learned what they had, and the same chance.
///
/// # Errors
/// 404 where there is no such decision, and what the database gives.
pub(super) async fn replay(app: &App, id: &str) -> Result<Replayed> {
    app.decisions.flush().await;
    let logged = store::logged(app, id).await?.ok_or_else(|| store::no_decision(id))?;
    let mut numbers: Vec<i64> = logged.candidates.iter().map(|key| offers::Treatment::offer_of(*key)).collect();
    numbers.dedup();
    let drafts = offers::of_catalogue(app, logged.catalogue, &numbers).await?;
    let then = models::at(app, &logged.candidates, logged.outcomes).await?;
    let known: Vec<&i64> = logged.candidates.iter().filter(|key| then.contains_key(key)).collect();
    let all: Vec<_> = known.iter().map(|key| &then[*key].model).collect();
    // By the same sums as then.
    let bank = cvm_models::propensity::bank::Bank::of(&all);
    let mut scores = cvm_models::propensity::bank::Scores::default();
    if let Ok(bank) = &bank {
        bank.score(&logged.inputs.features, &mut scores);
    }
    let candidate = |(place, key): (usize, &&i64)| {
        let offer = offers::Treatment::offer_of(**key);
        Candidate::of(offer, drafts.get(&offer)?, **key, || then[*key].corrected(scores.of(place)))
    };
    let candidates: Vec<Candidate<'_>> = known.iter().enumerate().filter_map(candidate).collect();
    let keys: Vec<i64> = candidates.iter().map(|it| it.key).collect();
    let ids: HashMap<i64, &str> = logged.answer.iter().map(|it| (it.offer, it.id.as_str())).collect();
    let again = chosen(
        &rank(&candidates, &logged.inputs, logged.wanted as usize),
        &keys,
        logged.wanted as usize,
        |candidate| {
            let Candidate { offer, draft, .. } = candidates[candidate];
            (ids.get(&offer).copied().unwrap_or_default().to_owned(), draft)
        },
    );
    let as_text = |chosen: &[Chosen]| serde_json::to_string(chosen).map_err(|error| Problem::internal(&error));
    let written = store::answer_text(app, id).await?;
    Ok(Replayed {
        same: as_text(&again)? == written,
        id: logged.id,
        at: Time(logged.at),
        then: json!(logged.answer),
        again: json!(again),
        inputs: json!(logged.inputs),
        candidates: logged.candidates.len(),
    })
}
