//! Programmes that are there to begin with: drafts with all their texts, to be changed and started.

use super::actions::Draft;
use super::definition::Definition;
use super::step::{Kind, Step};
use crate::access::Caller;
use crate::campaigns::Content;
use crate::contacts::Channel;
use crate::platform::Result;
use crate::platform::server::App;
use crate::segments;
use cvm_core::Language;
use cvm_core::order::FunnelStep;
use cvm_core::segment::{
    Comparison, ConsentIs, Did, FieldIs, Happening, Node, NotFollowed, READY as SEGMENTS, Rule, Times, What, When, Word,
};
use cvm_core::text::Words;
use std::collections::BTreeMap;

/// A programme that is there to begin with.
pub struct Ready {
    /// As in the API.
    pub id: &'static str,
    /// The id of its name.
    pub name: &'static str,
    /// The id of what it is for.
    pub description: &'static str,
    /// The name of the segment of those who enter, and who that is.
    entry: (&'static str, fn() -> Rule),
    /// May go through again after so many days.
    again_after_days: Option<u32>,
    steps: &'static [Part],
}

/// A step of one.
enum Part {
    Wait(u32),
    /// Whether who is in this segment goes on: its name, who that is.
    OnlyIf((&'static str, fn() -> Rule), bool),
    /// The way, the ids of subject and text.
    Send(Channel, &'static str, &'static str),
}

/// All of them, in the order of a customer's life.
pub const READY: &[Ready] = &[
    Ready {
        id: "welcome",
        name: "programmes-welcome",
        description: "programmes-welcome-why",
        entry: ("programmes-segment-new", new_and_willing),
        again_after_days: None,
        steps: &[
            Part::Send(Channel::Email, "programmes-welcome-subject", "programmes-welcome-text"),
            Part::Wait(72),
            Part::OnlyIf(("programmes-segment-bought", bought_ever), false),
            Part::Send(Channel::Email, "programmes-welcome-2-subject", "programmes-welcome-2-text"),
        ],
    },
    Ready {
        id: "cart",
        name: "programmes-cart",
        description: "programmes-cart-why",
        entry: ("programmes-segment-cart", cart_left),
        again_after_days: Some(30),
        steps: &[Part::Send(Channel::Email, "programmes-cart-subject", "programmes-cart-text")],
    },
    Ready {
        id: "second",
        name: "programmes-second",
        description: "programmes-second-why",
        entry: ("programmes-segment-once", bought_once_of_late),
        again_after_days: None,
        steps: &[
            Part::Wait(14 * 24),
            Part::OnlyIf(("programmes-segment-one", bought_once), true),
            Part::Send(Channel::Email, "programmes-second-subject", "programmes-second-text"),
        ],
    },
    Ready {
        id: "birthday",
        name: "programmes-birthday",
        description: "programmes-birthday-why",
        entry: ("programmes-segment-birthday", birthday),
        again_after_days: Some(300),
        steps: &[Part::Send(Channel::Email, "programmes-birthday-subject", "programmes-birthday-text")],
    },
    Ready {
        id: "at_risk",
        name: "programmes-at_risk",
        description: "programmes-at_risk-why",
        entry: ("programmes-segment-at_risk", valuable_at_risk),
        again_after_days: Some(180),
        steps: &[
            Part::Send(Channel::Email, "programmes-at_risk-subject", "programmes-at_risk-text"),
            Part::Wait(7 * 24),
            Part::OnlyIf(("programmes-segment-at_risk", valuable_at_risk), true),
            Part::Send(Channel::Call, "programmes-at_risk-call-subject", "programmes-at_risk-call-text"),
        ],
    },
    Ready {
        id: "win_back",
        name: "programmes-win_back",
        description: "programmes-win_back-why",
        entry: ("programmes-segment-sleeping", sleeping),
        again_after_days: Some(365),
        steps: &[
            Part::Send(Channel::Email, "programmes-win_back-subject", "programmes-win_back-text"),
            Part::Wait(14 * 24),
            Part::OnlyIf(("programmes-segment-sleeping", sleeping), true),
            Part::Send(Channel::Email, "programmes-win_back-2-subject", "programmes-win_back-2-text"),
        ],
    },
];

impl Ready {
    /// The draft, in this language where it is no text of a message, with the segments it needs made.
    pub(super) async fn draft(&self, app: &App, caller: &Caller, language: Language) -> Result<Draft> {
        let words = Words::new(language);
        let mut steps = Vec::new();
        for part in self.steps {
            steps.push(Step::from(match part {
                Part::Wait(hours) => Kind::Wait { hours: *hours },
                Part::OnlyIf((name, rule), is_in) => {
                    let segment = segment(app, caller, &words.text(name), rule()).await?;
                    Kind::OnlyIf { segment, is_in: *is_in }
                }
                Part::Send(channel, subject, text) => {
                    Kind::Send { channel: *channel, content: content(subject, text), offer: None }
                }
            }));
        }
        let entry = segment(app, caller, &words.text(self.entry.0), self.entry.1()).await?;
        let definition = Definition {
            description: words.text(self.description),
            entry,
            on_event: None,
            again_after_days: self.again_after_days,
            goal: None,
            control_share: 0.1,
            steps,
            result_days: 30,
        };
        let taken: Vec<String> = super::store::list(&app.database).await?.into_iter().map(|one| one.name).collect();
        Ok(Draft { name: free(&words.text(self.name), &taken), definition, version: None })
    }
}

/// What is said, in every language.
fn content(subject: &str, text: &str) -> BTreeMap<String, Content> {
    let one = |language: Language| {
        let words = Words::new(language);
        let said = Content { subject: words.text(subject), text: words.text(text), html: String::new() };
        (language.code().to_owned(), said)
    };
    Language::ALL.into_iter().map(one).collect()
}

/// The segment of this rule: one that is there already, or a new one.
async fn segment(app: &App, caller: &Caller, name: &str, rule: Rule) -> Result<String> {
    let all = segments::list(app.database.pool()).await?;
    if let Some(known) = all.iter().find(|segment| segment.rule == rule) {
        return Ok(known.id.clone());
    }
    let taken: Vec<String> = all.into_iter().map(|segment| segment.name).collect();
    let draft = segments::Draft { name: free(name, &taken), description: String::new(), rule };
    Ok(segments::create(app, caller, &draft).await?.id)
}

/// A name that is not taken.
fn free(name: &str, taken: &[String]) -> String {
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(name)).unwrap_or_default()
}

fn did(what: What, when: Option<When>, times: Times) -> Node {
    Node::Did(Did { event: Happening { what, conditions: Vec::new() }, when, times: Some(times), spending: None })
}

fn bought_ever() -> Rule {
    Rule::new(did(What::Purchase, None, Times::AtLeast(1)))
}

fn bought_once() -> Rule {
    Rule::new(did(What::Purchase, None, Times::Exactly(1)))
}

fn bought_once_of_late() -> Rule {
    Rule::new(Node::All(vec![
        did(What::Purchase, None, Times::Exactly(1)),
        did(What::Purchase, Some(When::InLastDays(7)), Times::AtLeast(1)),
    ]))
}

fn new_and_willing() -> Rule {
    let is = Comparison::InLastDays(7);
    let consent = ConsentIs { purpose: "marketing".to_owned(), channel: Some("email".to_owned()), is: Word::Granted };
    Rule::new(Node::All(vec![
        Node::Field(FieldIs { name: "profile.first_seen_at".to_owned(), is }),
        Node::Consent(consent),
    ]))
}

fn cart_left() -> Rule {
    let step = |step| Happening { what: What::Step(step), conditions: Vec::new() };
    Rule::new(Node::NotFollowed(NotFollowed {
        first: step(FunnelStep::ProductAdded),
        then: step(FunnelStep::OrderCompleted),
        for_days: 1,
        when: Some(When::InLastDays(3)),
    }))
}

fn birthday() -> Rule {
    let is = Comparison::BirthdayInDays(0);
    Rule::new(Node::Field(FieldIs { name: "attributes.birth_date".to_owned(), is }))
}

fn valuable_at_risk() -> Rule {
    from_the_start("valuable_at_risk")
}

fn sleeping() -> Rule {
    from_the_start("sleeping")
}

/// The rule of a segment that is there from the start.
fn from_the_start(id: &str) -> Rule {
    let ready = SEGMENTS.iter().find(|ready| ready.id == id);
    ready.map_or_else(|| Rule::new(Node::Any(Vec::new())), |ready| (ready.rule)())
}
