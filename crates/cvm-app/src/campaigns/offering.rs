//! Messages that make an offer: which offer a customer is told of, how, and what becomes of it.
//!
//! `decisions` choose, when the message is due. What they chose is written down with the message before it is handed over and stays so
//! on every try; sending, answers and conversions are told back as outcomes of that decision, from which they learn.

use super::definition::Offering;
use super::message::{Filled, Texts};
use super::outbox::Due;
use super::store::Campaign;
use crate::access::Caller;
use crate::contacts::Channel;
use crate::decisions::{self, Action, Kind, Outcome, Reason, Wish};
use crate::offers::{self, Said};
use crate::platform::database::Transaction;
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::Row;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// Nothing that could be offered is worth telling.
const NOTHING_WORTH: &str = "nothing_worth";

/// The offer is not made to anybody any more.
const NO_OFFER: &str = "no_offer";

/// The offer that a message makes, as it is written down with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    /// Its id.
    pub offer: String,
    /// Its group.
    pub group: String,
    /// By which outcomes are told; empty of what is only looked at.
    pub decision: String,
}

impl Made {
    /// From three columns of the outbox, beginning with this one; none where the message offers nothing.
    pub fn read(row: &AnyRow, first: usize) -> Result<Option<Self>, sqlx::Error> {
        let Some(offer) = row.try_get(first)? else { return Ok(None) };
        let text = |column| Ok::<_, sqlx::Error>(row.try_get::<Option<String>, _>(column)?.unwrap_or_default());
        Ok(Some(Self { offer, group: text(first + 1)?, decision: text(first + 2)? }))
    }
}

/// What was chosen for a customer.
#[derive(Debug, Clone)]
pub(super) enum Choice {
    /// This.
    Offer(Box<Chosen>),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// An offer that was chosen for a customer.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub made: Made,
    /// What it says.
    pub said: Filled,
    /// As it is shown to who looks at it.
    pub shown: ChosenOffer,
}

/// The offer that a customer would be told of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChosenOffer {
    /// Its id.
    pub offer: String,
    /// Its name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// What telling is expected to earn, weighted; in the currency's unit.
    pub priority: f64,
}

/// Chooses for a customer. What is only looked at is written down nowhere.
pub(super) async fn choose(
    app: &App,
    channel: Channel,
    offering: &Offering,
    customer: &str,
    is_looked_at: bool,
) -> Result<Choice> {
    let mut wish =
        Wish { customer: Some(customer.to_owned()), channel: Some(channel), dry_run: is_looked_at, ..Wish::default() };
    match offering {
        Offering::This(offer) => wish.offer = Some(offer.clone()),
        Offering::Best(among) => (wish.issue, wish.group) = (among.issue.clone(), among.group.clone()),
    }
    let decision = decisions::decide(app, &Caller::system(), &wish).await?;
    let Some(Action::Offer(best)) = decision.actions.into_iter().next() else {
        return Ok(Choice::Nothing(why_nothing(offering, |reason| decision.left_out.counts.contains_key(reason))));
    };
    // A text that cannot be filled is an empty one here: it is no message.
    if best.content == Said::default() {
        return Ok(Choice::Nothing("template"));
    }
    let made = Made { offer: best.offer.clone(), group: best.group.clone(), decision: decision.id.unwrap_or_default() };
    let shown = ChosenOffer { offer: best.offer, name: best.name, group: best.group, priority: best.priority };
    let said = as_message(channel, best.language, best.content);
    Ok(Choice::Offer(Box::new(Chosen { made, said, shown })))
}

/// Why nothing was chosen: what stands against telling them anything, or of one offer what stands against that.
fn why_nothing(offering: &Offering, has: impl Fn(&str) -> bool) -> &'static str {
    const OF_THE_CUSTOMER: [Reason; 6] = [
        Reason::GlobalControl,
        Reason::Suppressed,
        Reason::NoConsent,
        Reason::NoAddress,
        Reason::Quiet,
        Reason::Capped,
    ];
    let found = |reasons: &[Reason]| reasons.iter().map(|reason| reason.name()).find(|name| has(name));
    let otherwise = if matches!(offering, Offering::This(_)) { NO_OFFER } else { NOTHING_WORTH };
    let of_offer = || matches!(offering, Offering::This(_)).then(|| found(&Reason::ALL)).flatten();
    found(&OF_THE_CUSTOMER).or_else(of_offer).unwrap_or(otherwise)
}

fn as_message(channel: Channel, language: String, said: Said) -> Filled {
    let subject = said.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    match channel {
        Channel::Email => Filled { language, subject, text: String::new(), html: said.body },
        _ => Filled { language, subject, text: said.body, html: String::new() },
    }
}

/// What an offer says to somebody made up, in a language that one of its treatments has.
pub(super) async fn example(
    app: &App,
    campaign: &Campaign,
    offer: &str,
    language: &str,
    customer: &Map<String, Value>,
) -> Result<Filled> {
    let channel = campaign.definition.channel;
    let offer = offers::get(app, offer).await?;
    let treatment = offer.draft.treatments.iter().find(|treatment| treatment.channel == channel);
    let found = treatment.and_then(|treatment| treatment.content_for(language));
    let Some((language, content)) = found else { return Ok(Filled::default()) };
    let data = json!({
        "customer": customer, "offer": {"id": offer.id, "name": offer.draft.name}, "context": {}, "recommendations": [],
    });
    let said = content.fill(channel, &data).map_err(|unfilled| Problem::conflict(unfilled.to_string()))?;
    let mut filled = as_message(channel, language.to_owned(), said);
    Texts::complete(&mut filled);
    Ok(filled)
}

/// Writes down what was chosen, with messages that still wait: whoever takes them again says the same.
pub(super) async fn keep(
    transaction: &mut Transaction,
    chosen: impl Iterator<Item = (&Due, &Made, &Filled)>,
) -> anyhow::Result<()> {
    for (due, made, filled) in chosen {
        let sql = "UPDATE outbox SET offer = $1, offer_group = $2, decision = $3, content = $4 \
                   WHERE id = $5 AND state = 'waiting'";
        let query = sqlx::query(sql).bind(made.offer.as_str()).bind(made.group.as_str()).bind(made.decision.as_str());
        let query = query.bind(serde_json::to_string(filled)?).bind(due.id.as_str());
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Tells what became of an offer. Of a decision that was kept for long enough, or whose customer was erased, nothing can be learned.
pub(super) async fn tell(app: &App, made: Option<&Made>, kind: Kind) -> Result<()> {
    let Some(made) = made.filter(|made| !made.decision.is_empty()) else { return Ok(()) };
    let outcome = Outcome { decision: made.decision.clone(), offer: made.offer.clone(), outcome: kind, at: None };
    match decisions::tell(app, &outcome, false).await {
        Err(problem) if problem.status() != 404 => Err(problem),
        _ => Ok(()),
    }
}

/// What stands in the way of offering this on a way, in words; none where nothing does. Who only writes a campaign may name an offer that
/// is not made yet; `now` it must be.
///
/// # Errors
/// What the database gives.
pub async fn missing(app: &App, channel: Channel, offering: &Offering, now: bool) -> Result<Option<String>> {
    let by = channel.name();
    let says = |draft: &offers::Draft| draft.treatments.iter().any(|treatment| treatment.channel == channel);
    match offering {
        Offering::This(id) => {
            let offer = match offers::get(app, id).await {
                Ok(offer) => offer,
                Err(problem) if problem.status() == 404 => return Ok(Some(format!("there is no offer {id}"))),
                Err(problem) => return Err(problem),
            };
            let (draft, state) = (&offer.draft, offer.draft.state);
            let is_over = draft.valid_until.is_some_and(|until| until.0 <= app.clock.now());
            Ok(if !says(draft) {
                Some(format!("the offer has no treatment for {by}; add one"))
            } else if now && state != offers::State::Active {
                let (name, state) = (&draft.name, state.name());
                Some(format!("the offer {name} is not made to anybody: its state is {state}; make it active first"))
            } else if now && is_over {
                Some(format!("the offer {} is over; give it a later end first", draft.name))
            } else {
                None
            })
        }
        Offering::Best(among) => {
            let is = |wanted: &Option<String>, known: &str| wanted.as_deref().is_none_or(|wanted| wanted == known);
            let fits = |offer: &offers::Offer| {
                let draft = &offer.draft;
                draft.state == offers::State::Active
                    && is(&among.issue, &draft.issue)
                    && is(&among.group, &draft.group)
                    && says(draft)
            };
            let all = offers::list(app.database.pool()).await?;
            let none = || format!("no active offer among these has a treatment for {by}; make one, or choose others");
            Ok((!all.iter().any(fits)).then(none))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::definition::Among;

    #[test]
    fn nothing_has_the_reason_that_says_most() {
        let (one, best) = (Offering::This("a".to_owned()), Offering::Best(Among::default()));
        let why = |offering: &Offering, reasons: &[&str]| why_nothing(offering, |reason| reasons.contains(&reason));
        assert_eq!(why(&one, &["out_of_stock"]), "out_of_stock");
        assert_eq!(why(&one, &[]), NO_OFFER);
        assert_eq!(why(&best, &["out_of_stock", "destroys_value"]), NOTHING_WORTH);
        assert_eq!(why(&best, &["capped"]), "capped");
    }
}
