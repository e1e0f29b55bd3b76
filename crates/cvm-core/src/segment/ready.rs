//! The segments that are there at the first start. Everyone knows them; they can be edited and taken away.

use super::{Comparison, Did, FieldIs, Happening, Node, Rule, Scalar, Times, What, When};

/// A segment that is there from the start.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// A stable name: `ready-` and it is the id of its name among the texts.
    pub id: &'static str,
    /// Who belongs to it.
    pub rule: fn() -> Rule,
}

/// All of them.
pub const READY: &[Ready] = &[
    Ready { id: "champions", rule: || Rule::new(value("rfm_segment", text("champions"))) },
    Ready {
        id: "valuable_at_risk",
        rule: || {
            Rule::new(Node::All(vec![
                value("value_tier", Comparison::OneOf(vec![scalar("platinum"), scalar("gold")])),
                Node::Any(vec![
                    value("p_alive", Comparison::Below(0.5)),
                    value("rfm_segment", Comparison::OneOf(vec![scalar("at_risk"), scalar("cannot_lose")])),
                ]),
            ]))
        },
    },
    Ready {
        id: "new",
        rule: || {
            Rule::new(Node::All(vec![
                bought(None, Times::AtLeast(1)),
                Node::Not(Box::new(Node::Field(FieldIs {
                    name: "values.first_purchase".to_owned(),
                    is: Comparison::MoreThanDaysAgo(30),
                }))),
                bought(Some(When::InLastDays(30)), Times::AtLeast(1)),
            ]))
        },
    },
    Ready { id: "one_time", rule: || Rule::new(bought(None, Times::Exactly(1))) },
    Ready { id: "unprofitable", rule: || Rule::new(value("profit", Comparison::Below(0.0))) },
    Ready {
        id: "would_be_vip",
        rule: || {
            Rule::new(Node::All(vec![
                value("value_tier", text("gold")),
                value("p_alive", Comparison::AtLeast(0.7)),
                bought(Some(When::InLastDays(180)), Times::AtLeast(2)),
            ]))
        },
    },
    Ready {
        id: "sleeping",
        rule: || {
            Rule::new(Node::All(vec![
                bought(None, Times::AtLeast(1)),
                Node::Not(Box::new(bought(Some(When::InLastDays(180)), Times::AtLeast(1)))),
            ]))
        },
    },
];

fn value(column: &str, is: Comparison) -> Node {
    Node::Field(FieldIs { name: format!("values.{column}"), is })
}

fn scalar(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

fn text(text: &str) -> Comparison {
    Comparison::Equals(scalar(text))
}

fn bought(when: Option<When>, times: Times) -> Node {
    let event = Happening { what: What::Purchase, conditions: Vec::new() };
    Node::Did(Did { event, when, times: Some(times), spending: None })
}
