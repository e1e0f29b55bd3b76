//! A rule while somebody writes it: a tree of half-finished conditions, as the fields of a form.
//!
//! The fields of a condition are named by its place: `0-1.name` is the name of the second condition of the outermost group `0`.
//! So a builder needs no state on the server and no script. What is not finished is left out of the rule, and said where it
//! stands; what the form cannot show is kept as it is, in JSON.

use cvm_core::order::FunnelStep;
use cvm_core::segment::{
    Comparison, ConsentIs, Did, FieldIs, FieldKind, Happening, Node, NotFollowed, PropertyIs, Rule, Scalar, Sequence,
    Spending, Times, What, When, Word, kind_of,
};
use cvm_core::text::{read_number, read_whole};
use std::collections::{BTreeMap, HashMap};

/// Groups within groups that a form may have, and conditions of a group.
const DEPTH_MAX: usize = 8;
const CHILDREN_MAX: usize = 50;

/// A condition as it is being written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    /// Whether it should not hold.
    pub not: bool,
    pub part: Part,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// Several conditions: any of them, or all.
    Group { any: bool, children: Vec<Draft> },
    /// One, by its kind and the fields of that.
    One { kind: Kind, fields: BTreeMap<String, String> },
}

/// Kinds of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Field,
    Did,
    Sequence,
    NotFollowed,
    Consent,
    Segment,
    Sql,
    /// What the form cannot show.
    Json,
}

impl Kind {
    /// Those that can be added.
    pub const ADDED: &[Self] =
        &[Self::Field, Self::Did, Self::NotFollowed, Self::Sequence, Self::Consent, Self::Segment, Self::Sql];

    pub fn name(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Did => "did",
            Self::Sequence => "sequence",
            Self::NotFollowed => "not_followed",
            Self::Consent => "consent",
            Self::Segment => "segment",
            Self::Sql => "sql",
            Self::Json => "json",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ADDED.iter().copied().chain([Self::Json]).find(|kind| kind.name() == name)
    }
}

/// The rule that a draft makes, as far as it is finished.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub rule: Option<Rule>,
    /// Where in the rule a condition of the form stands, as a JSON pointer.
    pub pointers: HashMap<String, String>,
    /// What is missing or wrong, by the place in the form: an id of words.
    pub faults: HashMap<String, &'static str>,
}

impl Draft {
    /// One condition, to be filled in.
    pub fn new(kind: Kind) -> Self {
        Self { not: false, part: Part::One { kind, fields: BTreeMap::new() } }
    }

    /// A group with one condition to be filled in.
    pub fn group() -> Self {
        Self { not: false, part: Part::Group { any: false, children: vec![Self::new(Kind::Field)] } }
    }

    /// The draft of a rule; its outermost part is a group.
    pub fn of(rule: &Rule) -> Self {
        match Self::of_node(&rule.who) {
            draft if matches!(draft.part, Part::Group { .. }) => draft,
            other => Self { not: false, part: Part::Group { any: false, children: vec![other] } },
        }
    }

    fn of_node(node: &Node) -> Self {
        match node {
            Node::All(nodes) | Node::Any(nodes) => {
                let children = nodes.iter().map(Self::of_node).collect();
                Self { not: false, part: Part::Group { any: matches!(node, Node::Any(_)), children } }
            }
            Node::Not(inner) => {
                let inner = Self::of_node(inner);
                match inner.not {
                    true => Self { not: true, part: Part::Group { any: false, children: vec![inner] } },
                    false => Self { not: true, ..inner },
                }
            }
            other => {
                let (kind, fields) = shown(other).unwrap_or_else(|| {
                    let text = serde_json::to_string(other).expect("conditions are plain data");
                    (Kind::Json, vec![("json", text)])
                });
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                Self { not: false, part: Part::One { kind, fields } }
            }
        }
    }

    /// The draft in a form.
    pub fn read(form: &HashMap<String, String>) -> Self {
        read(form, "0", 0).filter(|draft| matches!(draft.part, Part::Group { .. })).unwrap_or_else(Self::group)
    }

    /// Does what a button asks for: `add:PLACE:KIND`, `group:PLACE`, `remove:PLACE`. Whether it was one of these.
    pub fn change(&mut self, action: &str) -> bool {
        let mut parts = action.split(':');
        let (Some(verb), Some(place)) = (parts.next(), parts.next()) else { return false };
        let added = match (verb, parts.next().and_then(Kind::from_name)) {
            ("add", Some(kind)) => Some(Self::new(kind)),
            ("group", _) => Some(Self::group()),
            ("remove", _) => None,
            _ => return false,
        };
        let mut indices: Vec<usize> = place.split('-').skip(1).filter_map(|index| index.parse().ok()).collect();
        let last = if added.is_none() { indices.pop() } else { None };
        let mut at = self;
        for index in indices {
            let Part::Group { children, .. } = &mut at.part else { return true };
            let Some(child) = children.get_mut(index) else { return true };
            at = child;
        }
        if let Part::Group { children, .. } = &mut at.part {
            match (added, last) {
                (Some(added), _) if children.len() < CHILDREN_MAX => children.push(added),
                (None, Some(last)) if last < children.len() => drop(children.remove(last)),
                _ => {}
            }
        }
        true
    }

    /// The rule, as far as it is finished.
    pub fn make(&self) -> Made {
        let mut made = Made::default();
        made.rule = self.node("0", "/who", &mut made).map(Rule::new);
        made
    }

    fn node(&self, place: &str, pointer: &str, made: &mut Made) -> Option<Node> {
        let within = if self.not { format!("{pointer}/not") } else { pointer.to_owned() };
        let node = match &self.part {
            Part::Group { any, children } => {
                let name = if *any { "any" } else { "all" };
                let mut nodes = Vec::new();
                for (index, child) in children.iter().enumerate() {
                    let pointer = format!("{within}/{name}/{}", nodes.len());
                    nodes.extend(child.node(&format!("{place}-{index}"), &pointer, made));
                }
                if nodes.is_empty() {
                    return None;
                }
                if *any { Node::Any(nodes) } else { Node::All(nodes) }
            }
            Part::One { kind, fields } => match condition(*kind, &Fields(fields)) {
                Ok(node) => node,
                Err(fault) => {
                    made.faults.insert(place.to_owned(), fault);
                    return None;
                }
            },
        };
        made.pointers.insert(place.to_owned(), pointer.to_owned());
        Some(if self.not { Node::Not(Box::new(node)) } else { node })
    }
}

fn read(form: &HashMap<String, String>, place: &str, depth: usize) -> Option<Draft> {
    let field = |name: &str| form.get(&format!("{place}.{name}")).map(String::as_str);
    let not = field("not").is_some_and(|not| !not.is_empty());
    let part = match field("kind")? {
        "group" if depth < DEPTH_MAX => {
            let child = |index: usize| read(form, &format!("{place}-{index}"), depth + 1);
            let children = (0..CHILDREN_MAX).map_while(child).collect();
            Part::Group { any: field("any") == Some("any"), children }
        }
        kind => {
            let start = format!("{place}.");
            let own =
                form.iter().filter_map(|(name, value)| Some((name.strip_prefix(&start)?.to_owned(), value.clone())));
            let fields = own.filter(|(name, _)| name != "kind" && name != "not").collect();
            Part::One { kind: Kind::from_name(kind)?, fields }
        }
    };
    Some(Draft { not, part })
}

/// The fields of a condition; empty ones are not given.
pub(super) struct Fields<'a>(pub &'a BTreeMap<String, String>);

/// What is missing or wrong: an id of words.
type Fault = &'static str;

const UNFINISHED: Fault = "builder-unfinished";
const NO_NUMBER: Fault = "page-number_wanted";
const NO_DAY: Fault = "builder-no_day";

impl Fields<'_> {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    fn needed(&self, name: &str) -> Result<&str, Fault> {
        self.text(name).ok_or(UNFINISHED)
    }

    fn number(&self, name: &str) -> Result<f64, Fault> {
        read_number(self.needed(name)?).ok_or(NO_NUMBER)
    }

    fn days(&self, name: &str) -> Result<u32, Fault> {
        whole(self.needed(name)?).ok_or(NO_NUMBER)
    }

    fn when(&self) -> Result<Option<When>, Fault> {
        self.text("days").map(|days| whole(days).map(When::InLastDays).ok_or(NO_NUMBER)).transpose()
    }

    pub fn happening(&self, event: &str, property: &str) -> Result<Happening, Fault> {
        let what = what(self.needed(event)?).ok_or(UNFINISHED)?;
        let Some(name) = self.text(property) else { return Ok(Happening { what, conditions: Vec::new() }) };
        let kind = cvm_core::segment::properties(&[]).into_iter().find(|known| known.name == name);
        let is = comparison(kind.map_or(FieldKind::Any, |known| known.kind), self, "property_")?;
        Ok(Happening { what, conditions: vec![PropertyIs { name: name.to_owned(), is }] })
    }
}

fn whole(text: &str) -> Option<u32> {
    read_whole(text).filter(|number| *number <= 1_000_000)
}

pub(super) fn scalar(kind: FieldKind, text: &str) -> Result<Scalar, Fault> {
    match kind {
        FieldKind::Number => read_number(text).map(Scalar::Number).ok_or(NO_NUMBER),
        // Whoever sent it decides what it is: what reads as a number or as true or false mostly is that.
        FieldKind::Any => Ok(match text {
            "true" => Scalar::Flag(true),
            "false" => Scalar::Flag(false),
            text => text.parse().map_or_else(|_| Scalar::Text(text.to_owned()), Scalar::Number),
        }),
        FieldKind::Text | FieldKind::Date => Ok(Scalar::Text(text.to_owned())),
    }
}

/// What a comparison says, by the fields `operator`, `value` and `value2` behind a prefix.
fn comparison(kind: FieldKind, fields: &Fields<'_>, prefix: &str) -> Result<Comparison, Fault> {
    let name = |field: &str| format!("{prefix}{field}");
    let (value, operator) = (name("value"), name("operator"));
    let operator = fields.needed(&operator)?;
    let day = || fields.needed(&value)?.parse().map_err(|_| NO_DAY);
    Ok(match operator {
        "equals" => Comparison::Equals(scalar(kind, fields.needed(&value)?)?),
        "one_of" => {
            let all = fields.needed(&value)?.split([',', '،', ';']).map(str::trim).filter(|text| !text.is_empty());
            Comparison::OneOf(all.map(|text| scalar(kind, text)).collect::<Result<_, _>>()?)
        }
        "contains" => Comparison::Contains(fields.needed(&value)?.to_owned()),
        "starts_with" => Comparison::StartsWith(fields.needed(&value)?.to_owned()),
        "above" => Comparison::Above(fields.number(&value)?),
        "at_least" => Comparison::AtLeast(fields.number(&value)?),
        "below" => Comparison::Below(fields.number(&value)?),
        "at_most" => Comparison::AtMost(fields.number(&value)?),
        "between" => Comparison::Between(fields.number(&value)?, fields.number(&name("value2"))?),
        "on" => Comparison::On(day()?),
        "before" => Comparison::Before(day()?),
        "after" => Comparison::After(day()?),
        "in_last_days" => Comparison::InLastDays(fields.days(&value)?),
        "more_than_days_ago" => Comparison::MoreThanDaysAgo(fields.days(&value)?),
        "in_next_days" => Comparison::InNextDays(fields.days(&value)?),
        "birthday_in_days" => Comparison::BirthdayInDays(fields.days(&value)?),
        "is_set" => Comparison::IsSet(true),
        "is_not_set" => Comparison::IsSet(false),
        _ => return Err(UNFINISHED),
    })
}

/// An event by its name in a form: `purchase`, `visit`, `step:..`, `event:..`, `page:..`, `screen:..`.
fn what(text: &str) -> Option<What> {
    Some(match text.split_once(':') {
        None if text == "purchase" => What::Purchase,
        None if text == "visit" => What::Visit,
        Some(("step", name)) => What::Step(*FunnelStep::ALL.iter().find(|step| step.name() == name)?),
        Some(("event", name)) => What::Event(name.to_owned()),
        Some(("page", name)) => What::Page(name.to_owned()),
        Some(("screen", name)) => What::Screen(name.to_owned()),
        _ => return None,
    })
}

pub(super) fn name_of(what: &What) -> String {
    match what {
        What::Purchase => "purchase".to_owned(),
        What::Visit => "visit".to_owned(),
        What::Step(step) => format!("step:{}", step.name()),
        What::Event(name) => format!("event:{name}"),
        What::Page(name) => format!("page:{name}"),
        What::Screen(name) => format!("screen:{name}"),
    }
}

fn condition(kind: Kind, fields: &Fields<'_>) -> Result<Node, Fault> {
    Ok(match kind {
        Kind::Field => {
            let name = fields.needed("name")?;
            let is = comparison(kind_of(name).ok_or(UNFINISHED)?, fields, "")?;
            Node::Field(FieldIs { name: name.to_owned(), is })
        }
        Kind::Did => {
            let times = match fields.text("times") {
                None => None,
                Some(times) => {
                    let times = whole(times).ok_or(NO_NUMBER)?;
                    Some(match fields.text("times_operator") {
                        Some("at_most") => Times::AtMost(times),
                        Some("exactly") => Times::Exactly(times),
                        _ => Times::AtLeast(times),
                    })
                }
            };
            let spending = match fields.text("spending") {
                None => None,
                Some(amount) => {
                    let amount = read_number(amount).ok_or(NO_NUMBER)?;
                    let is_most = fields.text("spending_operator") == Some("at_most");
                    Some(if is_most { Spending::AtMost(amount) } else { Spending::AtLeast(amount) })
                }
            };
            let event = fields.happening("event", "property")?;
            Node::Did(Did { event, when: fields.when()?, times, spending })
        }
        Kind::Sequence => Node::Sequence(Sequence {
            steps: vec![fields.happening("first", "-")?, fields.happening("then", "-")?],
            within_days: fields.days("within_days")?,
            when: fields.when()?,
        }),
        Kind::NotFollowed => Node::NotFollowed(NotFollowed {
            first: fields.happening("first", "-")?,
            then: fields.happening("then", "-")?,
            for_days: fields.days("for_days")?,
            when: fields.when()?,
        }),
        Kind::Consent => Node::Consent(ConsentIs {
            purpose: fields.needed("purpose")?.to_owned(),
            channel: fields.text("channel").map(str::to_owned),
            is: match fields.needed("is")? {
                "granted" => Word::Granted,
                "denied" => Word::Denied,
                _ => Word::Unknown,
            },
        }),
        Kind::Segment => Node::Segment(fields.needed("id")?.to_owned()),
        Kind::Sql => Node::Sql(fields.needed("sql")?.to_owned()),
        Kind::Json => serde_json::from_str(fields.needed("json")?).map_err(|_| "builder-no_json")?,
    })
}

type Shown = Vec<(&'static str, String)>;

/// The fields of a condition; `None` where the form has none for all of it.
fn shown(node: &Node) -> Option<(Kind, Shown)> {
    let mut fields = Vec::new();
    let kind = match node {
        Node::Field(FieldIs { name, is }) => {
            fields.push(("name", name.clone()));
            let [operator, value, value2] = compared(is)?;
            fields.extend([("operator", operator), ("value", value), ("value2", value2)]);
            Kind::Field
        }
        Node::Did(did) => {
            fields.push(("event", name_of(&did.event.what)));
            match did.event.conditions.as_slice() {
                [] => {}
                [PropertyIs { name, is }] => {
                    let [operator, value, value2] = compared(is)?;
                    fields.extend([("property", name.clone()), ("property_operator", operator)]);
                    fields.extend([("property_value", value), ("property_value2", value2)]);
                }
                _ => return None,
            }
            fields.extend(days(did.when)?);
            if let Some(times) = did.times {
                let (operator, times) = match times {
                    Times::AtLeast(times) => ("at_least", times),
                    Times::AtMost(times) => ("at_most", times),
                    Times::Exactly(times) => ("exactly", times),
                };
                fields.extend([("times_operator", operator.to_owned()), ("times", times.to_string())]);
            }
            if let Some(spending) = did.spending {
                let (operator, amount) = match spending {
                    Spending::AtLeast(amount) => ("at_least", amount),
                    Spending::AtMost(amount) => ("at_most", amount),
                };
                fields.extend([("spending_operator", operator.to_owned()), ("spending", amount.to_string())]);
            }
            Kind::Did
        }
        Node::Sequence(Sequence { steps, within_days, when }) => {
            let [first, then] = steps.as_slice() else { return None };
            fields.extend(both(first, then)?);
            fields.push(("within_days", within_days.to_string()));
            fields.extend(days(*when)?);
            Kind::Sequence
        }
        Node::NotFollowed(NotFollowed { first, then, for_days, when }) => {
            fields.extend(both(first, then)?);
            fields.push(("for_days", for_days.to_string()));
            fields.extend(days(*when)?);
            Kind::NotFollowed
        }
        Node::Consent(ConsentIs { purpose, channel, is }) => {
            let is = match is {
                Word::Granted => "granted",
                Word::Denied => "denied",
                Word::Unknown => "unknown",
            };
            fields.extend([("purpose", purpose.clone()), ("is", is.to_owned())]);
            fields.push(("channel", channel.clone().unwrap_or_default()));
            Kind::Consent
        }
        Node::Segment(id) => {
            fields.push(("id", id.clone()));
            Kind::Segment
        }
        Node::Sql(sql) => {
            fields.push(("sql", sql.clone()));
            Kind::Sql
        }
        Node::All(_) | Node::Any(_) | Node::Not(_) => return None,
    };
    Some((kind, fields))
}

fn days(when: Option<When>) -> Option<Shown> {
    match when {
        None => Some(Vec::new()),
        Some(When::InLastDays(days)) => Some(vec![("days", days.to_string())]),
        Some(When::Between(_)) => None,
    }
}

fn both(first: &Happening, then: &Happening) -> Option<Shown> {
    let is_plain = first.conditions.is_empty() && then.conditions.is_empty();
    is_plain.then(|| vec![("first", name_of(&first.what)), ("then", name_of(&then.what))])
}

pub(super) fn compared(is: &Comparison) -> Option<[String; 3]> {
    let text = |scalar: &Scalar| match scalar {
        Scalar::Flag(flag) => flag.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
    };
    let (operator, value, value2) = match is {
        Comparison::Equals(scalar) => ("equals", text(scalar), String::new()),
        Comparison::OneOf(scalars) => {
            let texts: Vec<String> = scalars.iter().map(text).collect();
            if texts.iter().any(|text| text.contains([',', '،', ';'])) {
                return None;
            }
            ("one_of", texts.join(", "), String::new())
        }
        Comparison::Contains(text) => ("contains", text.clone(), String::new()),
        Comparison::StartsWith(text) => ("starts_with", text.clone(), String::new()),
        Comparison::Above(number) => ("above", number.to_string(), String::new()),
        Comparison::AtLeast(number) => ("at_least", number.to_string(), String::new()),
        Comparison::Below(number) => ("below", number.to_string(), String::new()),
        Comparison::AtMost(number) => ("at_most", number.to_string(), String::new()),
        Comparison::Between(low, high) => ("between", low.to_string(), high.to_string()),
        Comparison::On(day) => ("on", day.to_string(), String::new()),
        Comparison::Before(day) => ("before", day.to_string(), String::new()),
        Comparison::After(day) => ("after", day.to_string(), String::new()),
        Comparison::InLastDays(days) => ("in_last_days", days.to_string(), String::new()),
        Comparison::MoreThanDaysAgo(days) => ("more_than_days_ago", days.to_string(), String::new()),
        Comparison::InNextDays(days) => ("in_next_days", days.to_string(), String::new()),
        Comparison::BirthdayInDays(days) => ("birthday_in_days", days.to_string(), String::new()),
        Comparison::IsSet(true) => ("is_set", String::new(), String::new()),
        Comparison::IsSet(false) => ("is_not_set", String::new(), String::new()),
    };
    Some([operator.to_owned(), value, value2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use cvm_core::segment::READY;

    /// The form that a draft is shown as.
    fn form(draft: &Draft, place: &str, into: &mut HashMap<String, String>) {
        if draft.not {
            into.insert(format!("{place}.not"), "1".to_owned());
        }
        match &draft.part {
            Part::Group { any, children } => {
                into.insert(format!("{place}.kind"), "group".to_owned());
                into.insert(format!("{place}.any"), if *any { "any" } else { "all" }.to_owned());
                for (index, child) in children.iter().enumerate() {
                    form(child, &format!("{place}-{index}"), into);
                }
            }
            Part::One { kind, fields } => {
                into.insert(format!("{place}.kind"), kind.name().to_owned());
                into.extend(fields.iter().map(|(name, value)| (format!("{place}.{name}"), value.clone())));
            }
        }
    }

    fn round_trip(rule: &Rule) -> Rule {
        let mut fields = HashMap::new();
        form(&Draft::of(rule), "0", &mut fields);
        let made = Draft::read(&fields).make();
        assert!(made.faults.is_empty(), "{:?}", made.faults);
        made.rule.unwrap()
    }

    #[test]
    fn every_rule_survives_its_form() {
        let written = [
            r#"{"version":1,"who":{"all":[{"field":{"name":"values.clv","is":{"above":100.5}}},
                {"not":{"any":[{"consent":{"purpose":"marketing","channel":"email","is":"denied"}},{"sql":"clv > 1"}]}}]}}"#,
            r#"{"version":1,"who":{"all":[{"did":{"event":{"what":"purchase","where":[{"name":"category","is":{"equals":"food"}}]},
                "when":{"in_last_days":90},"times":{"at_least":2},"spending":{"at_least":50.0}}}]}}"#,
            r#"{"version":1,"who":{"any":[{"not_followed":{"first":{"what":{"step":"product_added"}},"then":{"what":"purchase"},"for_days":3}},
                {"sequence":{"steps":[{"what":"visit"},{"what":{"event":"Signed: Up"}}],"within_days":7}},
                {"did":{"event":{"what":"visit"},"when":{"between":{"from":"2026-01-01","to":"2026-02-01"}}}}]}}"#,
        ];
        for text in written {
            let rule: Rule = serde_json::from_str(text).unwrap();
            assert_eq!(round_trip(&rule), rule);
        }
        for ready in READY {
            let rule = (ready.rule)();
            let again = round_trip(&rule);
            let one = Rule::new(Node::All(vec![rule.who.clone()]));
            assert!(again == rule || again == one, "{}: {again:?}", ready.id);
        }
    }

    #[test]
    fn what_is_not_finished_is_said_and_left_out() {
        let mut draft = Draft::group();
        assert!(draft.change("add:0:consent") && draft.change("add:0:segment") && draft.change("group:0"));
        assert!(!draft.change("save"));
        let fields: HashMap<String, String> = [
            ("0.kind", "group"),
            ("0.any", "any"),
            ("0-0.kind", "field"),
            ("0-0.name", "values.clv"),
            ("0-0.operator", "above"),
            ("0-0.value", "lots"),
            ("0-1.kind", "segment"),
            ("0-1.id", "x"),
            ("0-2.kind", "field"),
            ("0-2.name", "values.p_alive"),
            ("0-2.operator", "below"),
            ("0-2.value", "۰٫۵"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let made = Draft::read(&fields).make();
        assert_eq!(made.faults, HashMap::from([("0-0".to_owned(), NO_NUMBER)]));
        assert_eq!(made.pointers["0-2"], "/who/any/1", "the one before it is not in the rule");
        let below = FieldIs { name: "values.p_alive".to_owned(), is: Comparison::Below(0.5) };
        assert_eq!(made.rule.unwrap().who, Node::Any(vec![Node::Segment("x".to_owned()), Node::Field(below)]));
        let mut draft = Draft::read(&fields);
        draft.change("remove:0-1");
        let Part::Group { children, .. } = draft.part else { panic!() };
        assert_eq!(children.len(), 2);
    }
}
