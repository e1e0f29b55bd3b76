//! Making campaigns, letting them start, stopping them.

use super::choosing;
use super::definition::{Definition, Offering};
use super::message::{About, Filled, Texts};
use super::offering::{self, Choice, Chosen, ChosenOffer};
use super::store::{self, Campaign, State, WHOLE};
use crate::access::{Caller, Permission, audit};
use crate::channels::Outcome;
use crate::contacts::{self, Asked, Channel, Standing};
use crate::platform::database::Transaction;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time};
use crate::segments;
use cvm_core::Language;
use cvm_core::segment::Person;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A campaign as somebody writes it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCampaign)]
pub struct Draft {
    /// Different from those of other campaigns.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Whom to tell what, when.
    pub definition: Definition,
    /// The version that was read; where the campaign has another by now, nothing is changed.
    #[serde(default)]
    pub version: Option<i64>,
}

/// Makes a campaign. Nobody is told anything yet.
///
/// # Errors
/// 422 for what cannot be, and what the database gives.
pub async fn create(app: &App, caller: &Caller, draft: Draft) -> Result<Campaign> {
    check(app, &draft).await?;
    let campaign = draft_of(app, caller, app.random.id(&app.clock), (draft.name.trim(), draft.definition));
    let mut transaction = app.database.begin().await?;
    store::put(&mut transaction, &campaign).await?;
    save(transaction, app, caller, "campaign.create", &campaign).await
}

/// A campaign of which nothing is written yet.
fn draft_of(app: &App, caller: &Caller, id: String, (name, definition): (&str, Definition)) -> Campaign {
    let (now, by) = (Time(app.clock.now()), caller.actor().1.to_owned());
    Campaign {
        id,
        name: name.to_owned(),
        state: State::Draft,
        definition,
        version: 1,
        created_at: now,
        created_by: by.clone(),
        changed_at: now,
        changed_by: by,
        approved_at: None,
        approved_by: None,
        left_out: BTreeMap::new(),
        due_at: None,
        started_at: None,
        ended_at: None,
        programme: None,
        programme_step: None,
    }
}

/// Changes a campaign that has not started. What was approved is to be approved again.
///
/// # Errors
/// As for [`create`]; 404 where there is none, 409 where it has started or somebody else changed it meanwhile.
pub async fn update(app: &App, caller: &Caller, id: &str, draft: Draft) -> Result<Campaign> {
    check(app, &draft).await?;
    let (mut transaction, mut campaign) = begin(app, id).await?;
    if !matches!(campaign.state, State::Draft | State::Waiting | State::Scheduled) || campaign.started_at.is_some() {
        return Err(Problem::conflict("the campaign has started; make a new one, so that each has one result"));
    }
    if draft.version.is_some_and(|version| version != campaign.version) {
        let now = campaign.version;
        return Err(Problem::conflict(format!("somebody changed it meanwhile: it is version {now}; read it again")));
    }
    (campaign.name, campaign.definition) = (draft.name.trim().to_owned(), draft.definition);
    (campaign.state, campaign.due_at, campaign.approved_at, campaign.approved_by) = (State::Draft, None, None, None);
    change(&mut transaction, app, caller, &mut campaign).await?;
    save(transaction, app, caller, "campaign.change", &campaign).await
}

/// Asks for approval; whoever may approve has approved with it.
///
/// # Errors
/// 404 where there is none, 409 where it is no draft, nobody carries its messages, or segments of its audience are gone.
pub async fn submit(app: &App, caller: &Caller, id: &str) -> Result<Campaign> {
    let (mut transaction, mut campaign) = begin_ready(app, id, State::Draft).await?;
    if caller.may(Permission::ApproveCampaigns) {
        return start(transaction, app, caller, campaign).await;
    }
    campaign.state = State::Waiting;
    change(&mut transaction, app, caller, &mut campaign).await?;
    save(transaction, app, caller, "campaign.submit", &campaign).await
}

/// Lets a campaign start at its time.
///
/// # Errors
/// As for [`submit`]; 409 where nobody asked for approval.
pub async fn approve(app: &App, caller: &Caller, id: &str) -> Result<Campaign> {
    let (transaction, campaign) = begin_ready(app, id, State::Waiting).await?;
    start(transaction, app, caller, campaign).await
}

async fn start(mut transaction: Transaction, app: &App, caller: &Caller, mut campaign: Campaign) -> Result<Campaign> {
    let now = app.clock.now();
    let due_at = campaign.definition.timing.next(now, app.config.timezone);
    let due_at = due_at.ok_or_else(|| Problem::conflict("there is no time to come at which it would start"))?;
    (campaign.approved_at, campaign.approved_by) = (Some(Time(now)), Some(caller.actor().1.to_owned()));
    (campaign.state, campaign.due_at) = (State::Scheduled, Some(Time(due_at)));
    change(&mut transaction, app, caller, &mut campaign).await?;
    choosing::ask(&mut transaction, app, &campaign.id, due_at, caller.actor().1).await?;
    let campaign = save(transaction, app, caller, "campaign.approve", &campaign).await?;
    app.jobs.wake();
    Ok(campaign)
}

/// Tells nobody more until it goes on.
///
/// # Errors
/// 404 where there is none, 409 where it does not run.
pub async fn pause(app: &App, caller: &Caller, id: &str) -> Result<Campaign> {
    let (mut transaction, mut campaign) = begin(app, id).await?;
    expect(&campaign, &[State::Running, State::Scheduled])?;
    campaign.state = State::Paused;
    change(&mut transaction, app, caller, &mut campaign).await?;
    save(transaction, app, caller, "campaign.pause", &campaign).await
}

/// Goes on.
///
/// # Errors
/// 404 where there is none, 409 where it was not paused.
pub async fn resume(app: &App, caller: &Caller, id: &str) -> Result<Campaign> {
    let (mut transaction, mut campaign) = begin(app, id).await?;
    expect(&campaign, &[State::Paused])?;
    campaign.state = if campaign.started_at.is_some() { State::Running } else { State::Scheduled };
    if let Some(Time(due_at)) = campaign.due_at {
        choosing::ask(&mut transaction, app, id, due_at, caller.actor().1).await?;
    }
    change(&mut transaction, app, caller, &mut campaign).await?;
    let campaign = save(transaction, app, caller, "campaign.resume", &campaign).await?;
    app.jobs.wake();
    app.outbox.wake();
    Ok(campaign)
}

/// Ends a campaign: who was not told yet will not be.
///
/// # Errors
/// 404 where there is none, 409 where it has ended already.
pub async fn stop(app: &App, caller: &Caller, id: &str) -> Result<Campaign> {
    let (mut transaction, mut campaign) = begin(app, id).await?;
    expect(&campaign, &[State::Waiting, State::Scheduled, State::Running, State::Paused])?;
    (campaign.state, campaign.due_at, campaign.ended_at) = (State::Stopped, None, Some(Time(app.clock.now())));
    let sql = "UPDATE outbox SET state = 'refused', reason = 'stopped' WHERE campaign = $1 \
               AND state IN ('waiting', 'ready')";
    sqlx::query(sql).bind(id).execute(&mut *transaction).await?;
    change(&mut transaction, app, caller, &mut campaign).await?;
    save(transaction, app, caller, "campaign.stop", &campaign).await
}

/// Takes a campaign away that has not started.
///
/// # Errors
/// 404 where there is none, 409 where it has started.
pub async fn delete(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let (mut transaction, campaign) = begin(app, id).await?;
    expect(&campaign, &[State::Draft, State::Waiting])?;
    store::delete(&mut transaction, id).await?;
    audit::record(&mut transaction, app, caller, "campaign.delete", id, json!({"name": campaign.name})).await?;
    Ok(transaction.commit().await?)
}

/// Writes the campaigns of a programme's steps, within a change of it: those of steps that are no more are stopped. The whole is a
/// campaign too, of the programme's own id: its members are those who entered, and nothing of it is sent.
///
/// # Errors
/// What the database gives.
pub async fn put_steps(
    transaction: &mut Transaction,
    app: &App,
    caller: &Caller,
    (programme, name): (&str, &str),
    state: State,
    (whole, steps): (Definition, Vec<(usize, Definition)>),
) -> Result<()> {
    let mut known = store::of_programme(transaction, programme).await?;
    let steps = steps.into_iter().map(|(place, definition)| (Some(place), definition));
    for (place, definition) in std::iter::once((None, whole)).chain(steps) {
        let name = place.map_or_else(|| name.to_owned(), |place| format!("{name} · {}", place + 1));
        let found = match place {
            Some(place) => known.remove(&place),
            None => store::find(&mut **transaction, programme).await.ok(),
        };
        let mut campaign = found.unwrap_or_else(|| {
            let id = if place.is_some() { app.random.id(&app.clock) } else { programme.to_owned() };
            let step = place.map_or(WHOLE, |place| i64::try_from(place).unwrap_or(i64::MAX));
            let (programme, programme_step) = (Some(programme.to_owned()), Some(step));
            Campaign { programme, programme_step, version: 0, ..draft_of(app, caller, id, (&name, definition.clone())) }
        });
        (campaign.name, campaign.definition, campaign.state) = (name, definition, state);
        campaign.started_at = campaign.started_at.or((state == State::Running).then(|| Time(app.clock.now())));
        change(transaction, app, caller, &mut campaign).await?;
    }
    for mut gone in known.into_values() {
        gone.state = State::Stopped;
        change(transaction, app, caller, &mut gone).await?;
    }
    Ok(())
}

/// Begins a change of a campaign: nobody else changes it until then.
async fn begin(app: &App, id: &str) -> Result<(Transaction, Campaign)> {
    let mut transaction = app.database.begin().await?;
    // On PostgreSQL this locks the row; SQLite has one writer.
    sqlx::query("UPDATE campaigns SET version = version WHERE id = $1").bind(id).execute(&mut *transaction).await?;
    let campaign = store::find(&mut *transaction, id).await?;
    if let Some(programme) = &campaign.programme {
        return Err(Problem::conflict(format!("it is a step of programme {programme}; change that instead")));
    }
    Ok((transaction, campaign))
}

/// Begins a change of a campaign that is to start. What stands in the way is asked before: it takes connections of its own.
async fn begin_ready(app: &App, id: &str, state: State) -> Result<(Transaction, Campaign)> {
    let seen = store::get(app, id).await?;
    expect(&seen, &[state])?;
    ready(app, &seen).await?;
    let (transaction, campaign) = begin(app, id).await?;
    expect(&campaign, &[state])?;
    if campaign.version != seen.version {
        return Err(Problem::conflict("somebody changed it meanwhile; read it again"));
    }
    Ok((transaction, campaign))
}

async fn change(transaction: &mut Transaction, app: &App, caller: &Caller, campaign: &mut Campaign) -> Result<()> {
    campaign.version += 1;
    (campaign.changed_at, campaign.changed_by) = (Time(app.clock.now()), caller.actor().1.to_owned());
    store::put(transaction, campaign).await
}

async fn save(
    mut transaction: Transaction,
    app: &App,
    caller: &Caller,
    action: &str,
    campaign: &Campaign,
) -> Result<Campaign> {
    let details = json!({"name": campaign.name, "state": campaign.state});
    audit::record(&mut transaction, app, caller, action, &campaign.id, details).await?;
    transaction.commit().await?;
    Ok(campaign.clone())
}

fn expect(campaign: &Campaign, states: &[State]) -> Result<()> {
    if states.contains(&campaign.state) {
        return Ok(());
    }
    let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
    let state = campaign.state.name();
    Err(Problem::conflict(format!("the campaign is {state}; this can be done while it is {}", names.join(" or "))))
}

/// What stands in the way of a start.
async fn ready(app: &App, campaign: &Campaign) -> Result<()> {
    if let Some(missing) = app.outbox.channels.missing(campaign.definition.channel) {
        return Err(Problem::conflict(missing));
    }
    let audience = &campaign.definition.audience;
    for id in audience.any_of.iter().chain(&audience.none_of) {
        segments::get(app, id).await.map_err(|_| Problem::conflict(format!("segment {id} of its audience is gone")))?;
    }
    for variant in &campaign.definition.variants {
        let Some(offer) = &variant.offer else { continue };
        if let Some(missing) = offering::missing(app, campaign.definition.channel, offer, true).await? {
            return Err(Problem::conflict(format!("variant {}: {missing}", variant.name)));
        }
    }
    Ok(())
}

async fn check(app: &App, draft: &Draft) -> Result<()> {
    let mut faults: Vec<Fault> = Fault::of_name("/name", &draft.name).into_iter().collect();
    faults.extend(draft.definition.faults(app.config.timezone));
    let audience = &draft.definition.audience;
    for (name, segments) in [("any_of", &audience.any_of), ("none_of", &audience.none_of)] {
        for (place, id) in segments.iter().enumerate() {
            if let Err(problem) = segments::get(app, id).await {
                if problem.status() != 404 {
                    return Err(problem);
                }
                let pointer = format!("/definition/audience/{name}/{place}");
                faults.push(Fault::new(pointer, "there is no such segment"));
            }
        }
    }
    for (place, variant) in draft.definition.variants.iter().enumerate() {
        if let Some(offer @ Offering::This(_)) = &variant.offer
            && let Some(missing) = offering::missing(app, draft.definition.channel, offer, false).await?
        {
            faults.push(Fault::new(format!("/definition/variants/{place}/offer"), missing));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// Who a message is looked at for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignPreviewFor)]
pub struct For {
    /// A customer's id.
    pub customer: String,
    /// The variant's name; the first where it is not given.
    #[serde(default)]
    pub variant: Option<String>,
}

/// A message as a customer would get it now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CampaignPreview)]
pub struct Preview {
    /// What it says; nothing where nothing is offered.
    pub message: Filled,
    /// The offer that it makes, as it would be chosen now; null where it makes none.
    pub offer: Option<ChosenOffer>,
    /// Why it would not go now; null where it would.
    pub refusal: Option<String>,
    /// The side the customer would be dealt to: treated, control or global_control.
    pub arm: String,
    /// The variant they would get.
    pub variant: String,
}

/// What a customer would get.
///
/// # Errors
/// 404 where there is no such campaign or customer, 422 for a variant that is not there or a text that cannot be filled.
pub async fn preview(app: &App, id: &str, wanted: &For) -> Result<Preview> {
    let campaign = store::get(app, id).await?;
    let (preview, _) = filled(app, &campaign, wanted, "preview").await?;
    Ok(preview)
}

/// What somebody made up would get: for those who may not see who customers are, and before there is an audience.
///
/// # Errors
/// 422 for a variant that is not there or a text that cannot be filled.
pub(super) async fn example(app: &App, campaign: &Campaign, variant: &str, language: Language) -> Result<Filled> {
    let held = contacts::held(app).await?;
    let (first, last, city) = match language {
        Language::En => ("Ada", "Brown", "London"),
        Language::Pl => ("Anna", "Nowak", "Gdańsk"),
        Language::Ru => ("Анна", "Иванова", "Казань"),
        Language::Fa => ("آنا", "رضایی", "شیراز"),
    };
    let attributes = json!({
        "first_name": first, "last_name": last, "name": format!("{first} {last}"), "city": city,
        "email": "ada@example.com", "phone": "+48 22 123 45 67", "language": language.code(),
    });
    let person = Person { attributes: attributes.as_object().cloned().unwrap_or_default(), ..Person::default() };
    let standing = Standing {
        customer: "00000000-0000-0000-0000-000000000000".to_owned(),
        person,
        suppressed: Vec::new(),
        contacts: Vec::new(),
        zone: app.config.timezone,
    };
    let wrong = |detail: String| Problem::invalid(vec![Fault::new("/definition/variants", detail)]);
    let of_variant = campaign.definition.variants.iter().find(|one| one.name == variant);
    match of_variant.and_then(|variant| variant.offer.as_ref()) {
        Some(Offering::This(offer)) => {
            let customer = &standing.person.attributes;
            return offering::example(app, campaign, offer, language.code(), customer).await;
        }
        Some(Offering::Best(_)) => return Ok(Filled::default()),
        None => {}
    }
    let texts = Texts::of(campaign).map_err(|unfilled| wrong(unfilled.to_string()))?;
    let variant = texts.variant(variant).ok_or_else(|| wrong(format!("there is no variant {variant}")))?;
    let about = About { id: "example", standing: &standing, values: None, variant, is_example: true };
    texts.fill(app, &held.dealer, &about).map_err(|unfilled| wrong(unfilled.to_string()))
}

async fn filled(
    app: &App,
    campaign: &Campaign,
    wanted: &For,
    message: &str,
) -> Result<(Preview, crate::channels::Outgoing)> {
    let held = contacts::held(app).await?;
    let customer = crate::customers::survivor(app, &wanted.customer).await?;
    let standings = contacts::standings(app, &held.policy, &[&customer]).await?;
    let standing = standings.get(&customer).ok_or_else(|| Problem::not_found("there is no such customer"))?;
    let values = choosing::values(app, &[&customer]).await?;
    let unreadable = |pointer: &str, detail: String| Problem::invalid(vec![Fault::new(pointer, detail)]);
    let texts = Texts::of(campaign).map_err(|unfilled| unreadable("/definition/variants", unfilled.to_string()))?;
    let definition = &campaign.definition;
    let dealt = choosing::variant_of(&held, campaign, &customer).unwrap_or(0);
    let variant = match &wanted.variant {
        Some(name) => {
            texts.variant(name).ok_or_else(|| unreadable("/variant", format!("there is no variant {name}")))?
        }
        None => dealt,
    };
    let about = About { id: message, standing, values: values.get(&customer), variant, is_example: false };
    let mut refused = None;
    let (filled, offer, made) = match &definition.variants[variant].offer {
        Some(offering) => match offering::choose(app, definition.channel, offering, &customer, true).await? {
            Choice::Offer(chosen) => {
                let Chosen { made, said, shown } = *chosen;
                (texts.offered(app, &held.dealer, &about, said), Some(shown), Some(made))
            }
            Choice::Nothing(reason) => {
                refused = Some(reason);
                (Filled::default(), None, None)
            }
        },
        None => {
            let filled = texts.fill(app, &held.dealer, &about);
            let pointer = format!("/definition/variants/{variant}");
            (filled.map_err(|unfilled| unreadable(&pointer, unfilled.to_string()))?, None, None)
        }
    };
    let (of_offer, group) = made.as_ref().map(|made| (made.offer.as_str(), made.group.as_str())).unzip();
    let asked = Asked { channel: definition.channel, offer: of_offer, group, is_service: definition.is_service };
    let refusal = standing.refusal(&held.policy, &held.dealer, &asked, app.clock.now());
    let refusal = refusal.map(contacts::Refusal::name).or(refused);
    let arm = choosing::arm_of(&held, &campaign.id, &customer, definition.control());
    let outgoing = texts.outgoing(app, &held.dealer, &about, (&filled, made.as_ref()));
    let preview = Preview {
        message: filled,
        offer,
        refusal: refusal.map(str::to_owned),
        arm: arm.name().to_owned(),
        variant: definition.variants[variant].name.clone(),
    };
    Ok((preview, outgoing))
}

/// Where a test goes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignTest)]
pub struct Test {
    /// Whose message it is.
    pub customer: String,
    /// The variant's name; the one they would get where it is not given.
    #[serde(default)]
    pub variant: Option<String>,
    /// The address or number that it goes to instead.
    #[schema(min_length = 3, max_length = 254)]
    pub to: String,
}

/// Sends a customer's message to somebody else, who looks at it. It counts as nothing.
///
/// # Errors
/// As for [`preview`]; 409 where nobody carries it or it is not taken.
pub async fn send_test(app: &App, caller: &Caller, id: &str, test: &Test) -> Result<()> {
    let campaign = store::get(app, id).await?;
    let channel = campaign.definition.channel;
    let carrier = app.outbox.channels.carrier(channel).ok_or_else(|| {
        Problem::conflict(
            app.outbox.channels.missing(channel).unwrap_or_else(|| "it is asked for, not sent".to_owned()),
        )
    })?;
    if channel == Channel::Email && test.to.parse::<lettre::Address>().is_err() {
        return Err(Problem::invalid(vec![Fault::new("/to", "expected an e-mail address")]));
    }
    let wanted = For { customer: test.customer.clone(), variant: test.variant.clone() };
    let message = format!("test-{}", app.random.id(&app.clock));
    let (preview, mut outgoing) = filled(app, &campaign, &wanted, &message).await?;
    if preview.message == Filled::default() {
        let reason = preview.refusal.unwrap_or_default();
        return Err(Problem::conflict(format!("nothing would be offered to this customer: {reason}; try another")));
    }
    outgoing.to.clone_from(&test.to);
    outgoing.subject = format!("[test] {}", outgoing.subject);
    match carrier.send(&outgoing).await {
        Outcome::Sent => {}
        Outcome::Failed { reason, .. } | Outcome::Later(reason) | Outcome::Unknown(reason) => {
            return Err(Problem::conflict(format!("the test was not sent: {reason}")));
        }
    }
    let mut transaction = app.database.begin().await?;
    audit::record(&mut transaction, app, caller, "campaign.test", id, json!({"customer": test.customer})).await?;
    Ok(transaction.commit().await?)
}
