//! Many rules at once for one customer. Policies of offers say the same things again and again ("of age", "bought within a
//! year"), so each distinct condition is looked at once, whatever rules it stands in, and each field is read once. The answers
//! are those of [`Rule::holds`].

use super::comparison::Known;
use super::evaluate::field;
use super::{Comparison, Facts, FieldIs, Node, Rule};
use std::collections::HashMap;

/// Segments within segments, and groups within groups, at most: what `check` and `order` let through has fewer.
const DEPTH_MAX: usize = 200;

/// Rules, taken apart into distinct conditions.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    parts: Vec<Part>,
    roots: Vec<usize>,
    fields: Vec<String>,
    members: Vec<String>,
}

/// A condition; of a group, the places of what it is made of.
#[derive(Debug, Clone)]
enum Part {
    All(Vec<usize>),
    Any(Vec<usize>),
    Not(usize),
    /// The place of the field, and what it should be.
    Field(usize, Comparison),
    /// What is answered alone.
    Other(Node),
    /// Membership that is known and not answered here.
    Member(String),
    Unknown,
}

/// What was found of one customer. Keep it from customer to customer, so that nothing is allocated.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    found: Vec<Answer>,
    next_change: Option<i64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Answer {
    #[default]
    NotAsked,
    Unknown,
    No,
    Yes,
}

impl Rules {
    /// Takes rules apart. Conditions on segments are answered by these segments' rules, but where SQL is in them: then by
    /// [`Facts::is_in`]. A segment that is not there is not known.
    pub fn of(rules: &[&Rule], segments: &HashMap<&str, &Rule>) -> Self {
        let mut making = Making { made: Self::default(), known: HashMap::new(), fields: HashMap::new(), segments };
        for rule in rules {
            let root = making.part(&rule.who, 0);
            making.made.roots.push(root);
        }
        making.made
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// How many distinct conditions they are made of, groups included.
    pub fn conditions(&self) -> usize {
        self.parts.len()
    }

    /// Segments of whose members must be known who they are, since SQL is in them.
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// Whether any of them asks for events or orders, which are more to read than the rest of a person.
    pub fn ask_what_they_did(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Other(node) if !node.happenings().is_empty()))
    }

    /// Answers for one customer, rule by rule as they are asked for: `None` where it depends on what only the lake can tell.
    pub fn ask<'a>(&'a self, facts: Facts<'a>, answers: &'a mut Answers) -> Asking<'a> {
        answers.found.clear();
        answers.found.resize(self.parts.len(), Answer::NotAsked);
        answers.next_change = None;
        Asking { rules: self, facts, answers, fields: vec![None; self.fields.len()] }
    }
}

/// Rules that are being answered for one customer.
pub struct Asking<'a> {
    rules: &'a Rules,
    facts: Facts<'a>,
    answers: &'a mut Answers,
    fields: Vec<Option<Option<Known<'a>>>>,
}

impl Asking<'_> {
    /// Whether the rule at this place holds.
    ///
    /// # Panics
    /// Beyond the last rule.
    pub fn holds(&mut self, rule: usize) -> Option<bool> {
        match self.answer(self.rules.roots[rule]) {
            Answer::Yes => Some(true),
            Answer::No => Some(false),
            Answer::Unknown | Answer::NotAsked => None,
        }
    }

    /// When, by the passing of time alone, any answer given so far may next be another. Only what was looked at counts: what
    /// was not, did not decide.
    pub fn next_change(&self) -> Option<i64> {
        self.answers.next_change
    }

    fn answer(&mut self, place: usize) -> Answer {
        if self.answers.found[place] != Answer::NotAsked {
            return self.answers.found[place];
        }
        let of = |holds: bool| if holds { Answer::Yes } else { Answer::No };
        let rules = self.rules;
        let answer = match &rules.parts[place] {
            Part::All(parts) => self.decided(parts, Answer::No),
            Part::Any(parts) => self.decided(parts, Answer::Yes),
            Part::Not(part) => match self.answer(*part) {
                Answer::Yes => Answer::No,
                Answer::No => Answer::Yes,
                other => other,
            },
            Part::Field(name, is) => {
                let facts = &self.facts;
                let known = *self.fields[*name].get_or_insert_with(|| field(&rules.fields[*name], facts));
                self.changes_at(is.next_change(known, facts.calendar));
                of(is.holds(known, self.facts.calendar))
            }
            Part::Other(node) => {
                self.changes_at(node.next_change(&self.facts));
                node.holds(&self.facts).map_or(Answer::Unknown, of)
            }
            Part::Member(segment) => (self.facts.is_in)(segment).map_or(Answer::Unknown, of),
            Part::Unknown => Answer::Unknown,
        };
        self.answers.found[place] = answer;
        answer
    }

    /// Any (or all) of some conditions: one that answers so decides, whatever is not known of the rest.
    fn decided(&mut self, parts: &[usize], by: Answer) -> Answer {
        let mut answer = if by == Answer::Yes { Answer::No } else { Answer::Yes };
        for part in parts {
            match self.answer(*part) {
                found if found == by => return by,
                Answer::Unknown | Answer::NotAsked => answer = Answer::Unknown,
                _ => {}
            }
        }
        answer
    }

    fn changes_at(&mut self, time: Option<i64>) {
        let next = &mut self.answers.next_change;
        *next = [*next, time].into_iter().flatten().min();
    }
}

/// Rules while they are taken apart.
struct Making<'a> {
    made: Rules,
    /// Conditions as text, with their places.
    known: HashMap<String, usize>,
    fields: HashMap<String, usize>,
    segments: &'a HashMap<&'a str, &'a Rule>,
}

impl Making<'_> {
    fn part(&mut self, node: &Node, depth: usize) -> usize {
        if depth > DEPTH_MAX {
            return self.place("unknown".to_owned(), || Part::Unknown);
        }
        match node {
            Node::All(nodes) => {
                let parts = self.parts(nodes, depth);
                self.place(format!("all {parts:?}"), || Part::All(parts))
            }
            Node::Any(nodes) => {
                let parts = self.parts(nodes, depth);
                self.place(format!("any {parts:?}"), || Part::Any(parts))
            }
            Node::Not(node) => {
                let part = self.part(node, depth + 1);
                self.place(format!("not {part}"), || Part::Not(part))
            }
            Node::Field(FieldIs { name, is }) => {
                let next = self.fields.len();
                let field = *self.fields.entry(name.clone()).or_insert(next);
                if field == next {
                    self.made.fields.push(name.clone());
                }
                self.place(text(node), || Part::Field(field, is.clone()))
            }
            Node::Segment(id) => self.segment(id, depth),
            Node::Sql(_) => self.place("unknown".to_owned(), || Part::Unknown),
            other => self.place(text(other), || Part::Other(other.clone())),
        }
    }

    /// In one order and once each: what a group answers does not depend on it.
    fn parts(&mut self, nodes: &[Node], depth: usize) -> Vec<usize> {
        let mut parts: Vec<usize> = nodes.iter().map(|node| self.part(node, depth + 1)).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    fn segment(&mut self, id: &str, depth: usize) -> usize {
        match self.segments.get(id) {
            Some(rule) if !self.has_sql(rule, 0) => self.part(&rule.who, depth + 1),
            Some(_) => {
                if !self.made.members.iter().any(|known| known == id) {
                    self.made.members.push(id.to_owned());
                }
                self.place(format!("member {id}"), || Part::Member(id.to_owned()))
            }
            None => self.place("unknown".to_owned(), || Part::Unknown),
        }
    }

    /// Whether SQL is in a rule, or in a segment that it is made of.
    fn has_sql(&self, rule: &Rule, depth: usize) -> bool {
        depth > DEPTH_MAX
            || rule.has_sql()
            || rule.segments().iter().any(|id| self.segments.get(id).is_some_and(|rule| self.has_sql(rule, depth + 1)))
    }

    fn place(&mut self, key: String, part: impl FnOnce() -> Part) -> usize {
        let made = &mut self.made.parts;
        *self.known.entry(key).or_insert_with(|| {
            made.push(part());
            made.len() - 1
        })
    }
}

fn text(node: &Node) -> String {
    serde_json::to_string(node).expect("a condition is plain data")
}

#[cfg(test)]
mod tests {
    use super::super::{Calendar, Person, READY};
    use super::*;
    use serde_json::{Map, Value, json};

    fn node(value: Value) -> Node {
        serde_json::from_value(value).unwrap()
    }

    fn facts<'a>(person: &'a Person, values: &'a Map<String, Value>, calendar: &'a Calendar) -> Facts<'a> {
        Facts { person, values: Some(values), calendar, is_in: &|id| (id == "sql").then_some(true) }
    }

    #[test]
    fn the_same_answers_as_one_by_one() {
        // Conditions that hold, do not, and are not known; in groups of all kinds.
        let leaves = [
            json!({"field": {"name": "attributes.city", "is": {"equals": "Gdańsk"}}}),
            json!({"field": {"name": "values.clv", "is": {"above": 100.0}}}),
            json!({"field": {"name": "values.clv", "is": {"at_most": 100.0}}}),
            json!({"field": {"name": "attributes.birthday", "is": {"birthday_in_days": 7}}}),
            json!({"did": {"event": {"what": "purchase"}}}),
            json!({"sql": "true"}),
        ];
        let mut rules = Vec::new();
        for a in &leaves {
            for b in &leaves {
                for group in ["all", "any"] {
                    rules.push(Rule::new(node(json!({group: [a, {"not": b}]}))));
                    rules.push(Rule::new(node(json!({"not": {group: [b, a, a]}}))));
                }
            }
        }
        rules.extend(READY.iter().map(|ready| (ready.rule)()));
        let made = Rules::of(&rules.iter().collect::<Vec<_>>(), &HashMap::new());
        // 144 rules of six conditions, their groups each once, and the ready ones.
        assert!(made.ask_what_they_did());
        assert!(made.len() > 144 && made.conditions() < 200, "{} {}", made.len(), made.conditions());
        let calendar = Calendar::new(1_767_323_045_000_000, chrono_tz::Europe::Warsaw);
        let mut answers = Answers::default();
        for (city, clv, birthday) in [("Gdańsk", 200.0, "1990-01-05"), ("Łódź", 50.0, "1990-06-05"), ("", 0.0, "")]
        {
            let attributes = json!({"city": city, "birthday": birthday});
            let person = Person { attributes: attributes.as_object().unwrap().clone(), ..Person::default() };
            let values = json!({"clv": clv, "p_alive": 0.3}).as_object().unwrap().clone();
            let facts = facts(&person, &values, &calendar);
            let mut asking = made.ask(facts, &mut answers);
            let mut nexts = Vec::new();
            for (place, rule) in rules.iter().enumerate() {
                assert_eq!(asking.holds(place), rule.holds(&facts), "{rule:?}");
                nexts.extend(rule.next_change(&facts));
            }
            // All conditions stand alone somewhere, so what they tell of time is that of all.
            assert_eq!(asking.next_change(), nexts.into_iter().min());
        }
    }

    #[test]
    fn segments_are_answered_by_their_rules_but_where_sql_is_in_them() {
        let rich = Rule::new(node(json!({"field": {"name": "values.clv", "is": {"above": 100.0}}})));
        let inner = Rule::new(node(json!({"all": [{"segment": "rich"}]})));
        let sql = Rule::new(node(json!({"sql": "true"})));
        let of_sql = Rule::new(node(json!({"segment": "sql"})));
        let segments: HashMap<&str, &Rule> =
            [("rich", &rich), ("inner", &inner), ("sql", &sql), ("of_sql", &of_sql)].into();
        let asked = ["inner", "of_sql", "sql", "gone"].map(|id| Rule::new(Node::Segment(id.to_owned())));
        let made = Rules::of(&asked.iter().collect::<Vec<_>>(), &segments);
        assert_eq!(made.members(), ["of_sql", "sql"]);
        let calendar = Calendar::new(0, chrono_tz::UTC);
        let (person, values) = (Person::default(), json!({"clv": 101}).as_object().unwrap().clone());
        let mut answers = Answers::default();
        let mut asking = made.ask(facts(&person, &values, &calendar), &mut answers);
        assert_eq!([0, 1, 2, 3].map(|rule| asking.holds(rule)), [Some(true), None, Some(true), None]);
    }

    #[test]
    fn only_what_decided_tells_when_to_look_again() {
        let seen = json!({"field": {"name": "profile.last_seen_at", "is": {"in_last_days": 3}}});
        let never = json!({"field": {"name": "attributes.city", "is": {"is_set": true}}});
        let rule = Rule::new(node(json!({"all": [never, seen]})));
        let made = Rules::of(&[&rule], &HashMap::new());
        assert!(!made.ask_what_they_did());
        let calendar = Calendar::new(0, chrono_tz::UTC);
        let (person, values, mut answers) = (Person::default(), Map::new(), Answers::default());
        let mut asking = made.ask(facts(&person, &values, &calendar), &mut answers);
        assert_eq!((asking.holds(0), asking.next_change()), (Some(false), None));
    }
}
