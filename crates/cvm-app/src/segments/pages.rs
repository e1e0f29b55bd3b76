//! The pages: all segments, one, the builder, two beside each other.

use super::actions::{phrases_among, sentence_among};
use super::builder::{Draft, Kind, Made, Part};
use super::store::{self, History, Member, Overlap, Segment};
use super::{Change, Draft as NewSegment, FieldChoices, Preview, Wish, create, delete, fields, preview, update};
use crate::access::Permission;
use crate::platform::pages::{Answer, Fields, form_urlencoded, go_to, html};
use crate::platform::{Page, Pages, Paging, Path, Problem, Query, View};
use crate::report::charts::{self, Direction, Line, Lines};
use crate::report::{Cell, Chart, Table};
use crate::scoring;
use askama::Template;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::columns::CATALOGUES;
use cvm_core::order::FunnelStep;
use cvm_core::segment::{Comparison, FieldIs, FieldKind, Node, Operator, Rule, Scalar, kind_of};
use cvm_core::text::{SEGMENTS, TIERS, Words};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadSegments, "/segments", get(list))
        .page(Permission::ReadSegments, "/segments/compare", get(compare))
        .page(Permission::EditSegments, "/segments/new", get(begin).post(build_new))
        .page(Permission::ReadSegments, "/segments/{id}", get(show))
        .page(Permission::EditSegments, "/segments/{id}/edit", get(change).post(build_changed))
        .part(Permission::EditSegments, "/segments/{id}/delete", post(remove))
}

/// Words, numbers and amounts of the page.
struct Shown<'a> {
    view: &'a View,
    words: Words,
}

impl<'a> Shown<'a> {
    fn new(view: &'a View) -> Self {
        Self { view, words: view.words }
    }

    fn money(&self, amount: f64) -> String {
        self.words.money_whole(amount, Some(&self.view.app.config.currency))
    }

    fn count(&self, count: f64) -> String {
        self.words.number(count, 0)
    }

    fn table(&self, caption: &str, heads: &[(&str, bool)], rows: Vec<Vec<Cell>>) -> Table {
        let heads = heads.iter().map(|(head, number)| ((*head).to_owned(), *number)).collect();
        Table::new(self.words, caption.to_owned(), "", heads, rows)
    }
}

/// A segment in a list.
struct Row {
    href: String,
    name: String,
    sentence: String,
    customers: String,
    share: Option<(String, String)>,
    value: String,
    each: String,
}

/// A group that was found in the data, and the way to make it a segment.
struct Found {
    name: String,
    customers: String,
    value: String,
    traits: Vec<String>,
    href: String,
}

#[derive(Template)]
#[template(path = "segments/pages/list.html")]
struct ListPage {
    view: View,
    title: String,
    rows: Vec<Row>,
    found: Vec<Found>,
    choices: Vec<(String, String)>,
}

async fn list(view: View) -> Answer {
    let s = Shown::new(&view);
    let all = store::list(view.app.database.pool()).await?;
    let last = scoring::last_run(&view.app).await?;
    let base = last.as_ref().map_or(0.0, |last| last.report.headline.customers as f64);
    let direction = Direction::of(view.language());
    let mut rows = Vec::new();
    for segment in &all {
        let share = segment.customers as f64 / base;
        rows.push(Row {
            href: view.href(&format!("/segments/{}", segment.id)),
            name: segment.name_in(view.language()).to_owned(),
            sentence: sentence_among(&all, &segment.rule, &view.app.config.currency, view.language()),
            customers: if segment.computed_at.is_some() { s.count(segment.customers as f64) } else { "…".to_owned() },
            share: (base > 0.0).then(|| (charts::share_bar(share, "a", direction), view.words.percent(share, 1))),
            value: s.money(segment.value),
            each: if segment.customers > 0 { s.money(segment.value / segment.customers as f64) } else { String::new() },
        });
    }
    let found = last.as_ref().map_or_else(Vec::new, |last| found(&s, &last.report));
    let choices = store::names_of(&all, view.language());
    html(&ListPage { title: view.words.text("page-segments"), rows, found, choices, view })
}

/// The clusters of the last run, described, each a segment to be.
fn found(s: &Shown<'_>, report: &cvm_core::report::Report) -> Vec<Found> {
    let currency = report.run.currency.as_deref();
    let one = |cluster: &cvm_core::report::Cluster| {
        let number = cluster.group.id.parse().unwrap_or(0.0);
        let is = Comparison::Equals(Scalar::Number(number));
        let rule = Rule::new(Node::All(vec![Node::Field(FieldIs { name: "values.cluster".to_owned(), is })]));
        let rule = serde_json::to_string(&rule).expect("rules are plain data");
        let name = s.words.with("clusters-name", &[("number", s.words.number(number, 0).into())]);
        Found {
            customers: s.count(cluster.group.customers as f64),
            value: s.money(cluster.group.clv),
            traits: cluster.traits.iter().map(|trait_| s.words.cluster_trait(trait_, currency)).collect(),
            href: s.view.href(&format!("/segments/new?{}", form_urlencoded(&[("name", &name), ("rule", &rule)]))),
            name,
        }
    };
    report.clusters.iter().map(one).collect()
}

#[derive(Template)]
#[template(path = "segments/pages/show.html")]
struct ShowPage {
    view: View,
    title: String,
    segment: Segment,
    sentence: String,
    description: String,
    customers: String,
    value: String,
    each: String,
    computed: Option<String>,
    sizes: Option<(Chart, Table)>,
    members: Vec<MemberRow>,
    next: Option<String>,
    moves: Table,
    overlap: Table,
    versions: Table,
    choices: Vec<(String, String)>,
    may_edit: bool,
}

struct MemberRow {
    href: String,
    customer: String,
    since: String,
    value: String,
    alive: String,
    revenue: String,
    last: String,
    tier: String,
}

fn member_row(s: &Shown<'_>, member: &Member) -> MemberRow {
    let value = |name: &str| member.values.as_ref().and_then(|values| values.get(name));
    let number = |name: &str| value(name).and_then(serde_json::Value::as_f64);
    let text = |name: &str| value(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    MemberRow {
        href: s.view.href(&format!("/customers/{}", member.customer)),
        customer: member.customer.clone(),
        since: s.view.day(&member.entered_at),
        value: number("clv").map_or(String::new(), |clv| s.money(clv)),
        alive: number("p_alive").map_or(String::new(), |p| s.words.percent(p, 0)),
        revenue: number("revenue").map_or(String::new(), |revenue| s.money(revenue)),
        last: s.words.date(text("last_purchase")),
        tier: s.words.tier(text("value_tier")),
    }
}

async fn show(view: View, Path(id): Path<String>, Query(paging): Query<Paging>) -> Answer {
    let s = Shown::new(&view);
    let w = view.words;
    let segment = store::get(&view.app, &id).await?;
    let Page { data: members, next_cursor } = store::members(&view.app, &id, &paging).await?;
    let History { sizes, versions, moves } = store::history(&view.app, &id, &Paging::from(None, 20)).await?;
    let overlap = store::overlap(&view.app, &id).await?;
    let all = store::list(view.app.database.pool()).await?;
    let mut version_rows = Vec::new();
    for version in versions.iter().take(20) {
        version_rows.push(vec![
            Cell::Text(w.number(version.version as f64, 0)),
            Cell::Text(sentence_among(&all, &version.rule, &view.app.config.currency, view.language())),
            Cell::Text(view.moment(&version.changed_at)),
        ]);
    }
    let moved = |moved: &store::Move| {
        let what = w.text(if moved.entered { "segments-entered" } else { "segments-left" });
        vec![Cell::Text(view.moment(&moved.at)), Cell::Text(what), Cell::Foreign(moved.customer.clone(), None)]
    };
    let names: HashMap<String, String> = store::names_of(&all, view.language()).into_iter().collect();
    let common = |overlap: &Overlap| {
        let name = names.get(&overlap.id).unwrap_or(&overlap.name);
        vec![
            Cell::Foreign(name.clone(), None),
            Cell::Number(s.count(overlap.customers as f64)),
            Cell::Number(w.percent(overlap.share, 1)),
            Cell::Number(w.percent(overlap.share_of_other, 1)),
        ]
    };
    let (when, who) = (w.text("segments-when"), w.text("segments-who"));
    let moves_heads = [(&*when, false), (&*w.text("segments-what"), false), (&*who, false)];
    let overlap_heads = [
        (&*w.text("segments-other"), false),
        (&*w.text("segments-in_both"), true),
        (&*w.text("segments-of_this"), true),
        (&*w.text("segments-of_other"), true),
    ];
    let version_heads = [(&*w.text("segments-version"), false), (&*w.text("segments-rule"), false), (&*when, false)];
    let page = ShowPage {
        title: segment.name_in(view.language()).to_owned(),
        sentence: sentence_among(&all, &segment.rule, &view.app.config.currency, view.language()),
        description: segment.description.clone(),
        customers: s.count(segment.customers as f64),
        value: s.money(segment.value),
        each: if segment.customers > 0 { s.money(segment.value / segment.customers as f64) } else { "–".to_owned() },
        computed: segment.computed_at.as_ref().map(|at| view.moment(at)),
        sizes: (sizes.len() > 1).then(|| sizes_over_time(&s, &sizes)),
        members: members.iter().map(|member| member_row(&s, member)).collect(),
        next: next_cursor.map(|cursor| format!("?{}", form_urlencoded(&[("cursor", &cursor)]))),
        moves: s.table(&w.text("segments-moves"), &moves_heads, moves.data.iter().map(moved).collect()),
        overlap: s.table(&w.text("segments-overlap"), &overlap_heads, overlap.iter().map(common).collect()),
        versions: s.table(&w.text("segments-versions"), &version_heads, version_rows),
        choices: store::names_of(&all, view.language()),
        may_edit: view.may(Permission::EditSegments),
        segment,
        view,
    };
    html(&page)
}

fn sizes_over_time(s: &Shown<'_>, sizes: &[store::Size]) -> (Chart, Table) {
    let w = s.words;
    let mut sizes: Vec<&store::Size> = sizes.iter().collect();
    sizes.reverse();
    let caption = w.text("segments-sizes");
    let high = sizes.iter().map(|size| size.customers as f64).fold(0.0, f64::max);
    let chart = Lines {
        label: caption.clone(),
        lines: vec![Line {
            class: "a",
            points: sizes.iter().map(|size| (size.at.0 as f64, size.customers as f64)).collect(),
            area: true,
        }],
        x: sizes.iter().map(|size| (size.at.0 as f64, s.view.day(&size.at))).collect(),
        y: charts::round_marks(0.0, high, 4).into_iter().map(|mark| (mark, w.compact(mark))).collect(),
        x_title: w.text("segments-when"),
        shaded_from: None,
    };
    let row = |size: &&store::Size| {
        let (customers, value) = (s.count(size.customers as f64), s.money(size.value));
        vec![Cell::Text(s.view.moment(&size.at)), Cell::Number(customers), Cell::Number(value)]
    };
    let heads = [
        (&*w.text("segments-when"), false),
        (&*w.text("segments-customers"), true),
        (&*w.text("segments-value"), true),
    ];
    let table = s.table(&caption, &heads, sizes.iter().map(row).collect());
    (charts::lines(&chart, Direction::of(s.view.language())), table)
}

/// Which two; the first two where they are not given.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Pair {
    a: String,
    b: String,
}

#[derive(Template)]
#[template(path = "segments/pages/compare.html")]
struct ComparePage {
    view: View,
    title: String,
    pair: Pair,
    choices: Vec<(String, String)>,
    table: Table,
    shares: Vec<Table>,
}

/// Two segments beside each other: one rule with all that is to be counted, answered at once.
async fn compare(view: View, Query(mut pair): Query<Pair>) -> Answer {
    let s = Shown::new(&view);
    let w = view.words;
    let all = store::list(view.app.database.pool()).await?;
    let mut others = all.iter().map(|segment| &segment.id);
    for id in [&mut pair.a, &mut pair.b] {
        if let (true, Some(other)) = (id.is_empty(), others.next()) {
            id.clone_from(other);
        }
    }
    let (a, b) = (store::get(&view.app, &pair.a).await?, store::get(&view.app, &pair.b).await?);
    let member = |segment: &Segment| Node::Segment(segment.id.clone());
    let with = |segment: &Segment, name: &str, is: Comparison| {
        Node::All(vec![member(segment), Node::Field(FieldIs { name: format!("values.{name}"), is })])
    };
    let is = |id: &str| Comparison::Equals(Scalar::Text(id.to_owned()));
    let mut nodes = vec![member(&a), member(&b), Node::All(vec![member(&a), member(&b)])];
    let asked: Vec<(&str, Comparison)> = TIERS
        .iter()
        .map(|tier| ("value_tier", is(tier)))
        .chain(SEGMENTS.iter().map(|segment| ("rfm_segment", is(segment))))
        .chain([("p_alive", Comparison::AtLeast(0.5)), ("frequency", Comparison::Equals(Scalar::Number(0.0)))])
        .collect();
    for (name, comparison) in &asked {
        nodes.extend([with(&a, name, comparison.clone()), with(&b, name, comparison.clone())]);
    }
    let wish = Wish { rule: Rule::new(Node::Any(nodes)), segment: None, language: view.language() };
    let counted = preview(&view.app, &view.caller, &wish).await?;
    // The parts of the outermost group, in their order.
    let parts: Vec<_> = counted.conditions.iter().filter(|part| part.pointer.matches('/').count() == 3).collect();
    let count = |index: usize| parts.get(index).map_or((0.0, 0.0), |part| (part.customers as f64, part.value));
    let (in_a, in_b, in_both) = (count(0), count(1), count(2));
    let each =
        |(customers, value): (f64, f64)| if customers > 0.0 { s.money(value / customers) } else { String::new() };
    let share = |part: f64, of: f64| if of > 0.0 { w.percent(part / of, 1) } else { String::new() };
    let row = |id: &str, a: String, b: String| vec![Cell::Text(w.text(id)), Cell::Number(a), Cell::Number(b)];
    let (name_a, name_b) = (a.name_in(view.language()), b.name_in(view.language()));
    let heads = [(&*w.text("table-figure"), false), (name_a, true), (name_b, true)];
    let tail = 3 + 2 * (TIERS.len() + SEGMENTS.len());
    let rows = vec![
        row("segments-customers", s.count(in_a.0), s.count(in_b.0)),
        row("segments-in_both", s.count(in_both.0), s.count(in_both.0)),
        row("segments-value", s.money(in_a.1), s.money(in_b.1)),
        row("segments-each", each(in_a), each(in_b)),
        row("segments-alive", share(count(tail).0, in_a.0), share(count(tail + 1).0, in_b.0)),
        row("segments-once", share(count(tail + 2).0, in_a.0), share(count(tail + 3).0, in_b.0)),
    ];
    let title = w.text("segments-compare");
    let table = s.table(&title, &heads, rows);
    let shares_of = |caption: String, first: usize, names: Vec<String>| {
        let direction = Direction::of(view.language());
        let bar = |part: f64, of: f64| {
            let share = if of > 0.0 { part / of } else { 0.0 };
            Cell::Bar(charts::share_bar(share, "a", direction), w.percent(share, 1))
        };
        let row = |(i, name): (usize, String)| {
            let at = 3 + 2 * (first + i);
            vec![Cell::Text(name), bar(count(at).0, in_a.0), bar(count(at + 1).0, in_b.0)]
        };
        let heads = [(&*caption, false), (name_a, true), (name_b, true)];
        s.table(&caption, &heads, names.into_iter().enumerate().map(row).collect())
    };
    let tiers = shares_of(w.text("segments-tiers"), 0, TIERS.iter().map(|tier| w.tier(tier)).collect());
    let rfm = SEGMENTS.iter().map(|segment| w.segment(segment)).collect();
    let rfm = shares_of(w.text("segments-rfm"), TIERS.len(), rfm);
    let choices = store::names_of(&all, view.language());
    html(&ComparePage { title, pair, choices, table, shares: vec![tiers, rfm], view })
}

/// A condition in the builder.
#[derive(Default)]
struct Item {
    place: String,
    depth: usize,
    not: bool,
    /// Of a group: whether any of its conditions is enough. The end of a group has none.
    group: Option<bool>,
    kind: &'static str,
    name: String,
    fields: BTreeMap<String, String>,
    operators: Vec<(String, String)>,
    property_operators: Vec<(String, String)>,
    /// What a field may be, where that is a list.
    values: Vec<(String, String)>,
    input: &'static str,
    fault: Option<String>,
    /// How many it fits, and what they are worth.
    count: Option<(String, String)>,
    /// The condition in words.
    phrase: Option<String>,
    /// Ends the group of this place.
    is_end: bool,
}

impl Item {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.field(name) == value
    }
}

#[derive(Template)]
#[template(path = "segments/pages/build.html")]
struct BuildPage {
    view: View,
    title: String,
    name: String,
    description: String,
    version: Option<i64>,
    items: Vec<Item>,
    kinds: Vec<(&'static str, String)>,
    fields: Vec<(String, Vec<(String, String)>)>,
    events: Vec<(String, String)>,
    properties: Vec<(String, String)>,
    consents: (Vec<String>, Vec<String>),
    segments: Vec<(String, String)>,
    /// How many, of all, and what they are worth.
    total: Option<(String, Option<String>, String)>,
    sentence: Option<String>,
    /// Why it cannot be counted.
    wrong: Option<String>,
    /// Whether it is still to be counted: that takes a moment, for which nobody waits to see the page.
    is_uncounted: bool,
    json: String,
    problem: Option<String>,
    may_query: bool,
}

impl BuildPage {
    /// The places of all counts, as the answer of counting brings them.
    fn counts(&self) -> String {
        let places = self.items.iter().filter(|item| !item.is_end).map(|item| format!("#count-{}", item.place));
        places.collect::<Vec<_>>().join(",")
    }

    /// What a field means, where that is written down.
    fn meaning(&self, field: &str) -> Option<String> {
        let (group, name) = field.split_once('.')?;
        let family = match group {
            "values" => "column",
            "profile" => "person-column",
            _ => return None,
        };
        let (_, columns) = CATALOGUES.iter().find(|(known, _)| *known == family)?;
        let is_known = columns.iter().any(|column| column.name == name);
        is_known.then(|| self.view.words.column_of(family, name))
    }

    /// The columns that a condition in SQL may ask for: name and meaning.
    fn columns(&self) -> Vec<(&'static str, String)> {
        let of = |family: &str| CATALOGUES.iter().find(|(known, _)| *known == family);
        let families = ["person-column", "column"].into_iter().filter_map(of);
        let meaning = |family: &str, name: &str| self.view.words.column_of(family, name);
        families
            .flat_map(|(family, columns)| columns.iter().map(|column| (column.name, meaning(family, column.name))))
            .collect()
    }
}

/// What a link to the builder may bring.
#[derive(Deserialize)]
struct Beginning {
    #[serde(default)]
    name: String,
    #[serde(default)]
    rule: String,
}

async fn begin(view: View, Query(beginning): Query<Beginning>) -> Answer {
    let draft = match beginning.rule.as_str() {
        "" => Draft::group(),
        text => {
            let rule = serde_json::from_str(text);
            Draft::of(&rule.map_err(|error| Problem::bad_request(format!("the rule cannot be read: {error}")))?)
        }
    };
    let form = Form { name: beginning.name, ..Form::default() };
    builder(view, None, &draft, form, None, false).await
}

async fn change(view: View, Path(id): Path<String>) -> Answer {
    let segment = store::get(&view.app, &id).await?;
    let draft = Draft::of(&segment.rule);
    let form = Form {
        name: segment.name_in(view.language()).to_owned(),
        description: segment.description.clone(),
        version: Some(segment.version),
    };
    builder(view, Some(&segment), &draft, form, None, false).await
}

/// What the builder knows beside the rule.
#[derive(Default)]
struct Form {
    name: String,
    description: String,
    version: Option<i64>,
}

async fn build_new(view: View, headers: HeaderMap, Fields(form): Fields<HashMap<String, String>>) -> Answer {
    build(view, &headers, None, &form).await
}

async fn build_changed(
    view: View,
    headers: HeaderMap,
    Path(id): Path<String>,
    Fields(form): Fields<HashMap<String, String>>,
) -> Answer {
    let segment = store::get(&view.app, &id).await?;
    build(view, &headers, Some(&segment), &form).await
}

/// What a form of the builder asks for: another condition, one less, saving, or only to count anew.
async fn build(view: View, headers: &HeaderMap, segment: Option<&Segment>, form: &HashMap<String, String>) -> Answer {
    let text = |name: &str| form.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let mut draft = match text("json") {
        json if text("do") == "json" => match serde_json::from_str(&json) {
            Ok(rule) => Draft::of(&rule),
            Err(_) => Draft::read(form),
        },
        _ => Draft::read(form),
    };
    let known = Form { name: text("name"), description: text("description"), version: text("version").parse().ok() };
    let action = text("do");
    // A page with scripts asks again for the counts.
    let counts = action == "count" || !headers.contains_key("hx-request");
    if draft.change(&action) || action != "save" {
        return builder(view, segment, &draft, known, None, counts).await;
    }
    let Made { rule, faults, .. } = draft.make();
    let Some(rule) = rule.filter(|_| faults.is_empty()) else {
        let problem = view.words.text("builder-not_saved");
        return builder(view, segment, &draft, known, Some(problem), counts).await;
    };
    let (name, description) = (known.name.clone(), known.description.clone());
    let saved = match segment {
        None => create(&view.app, &view.caller, &NewSegment { name, description, rule }).await,
        Some(segment) => {
            let change = Change { name, description, rule, version: known.version };
            update(&view.app, &view.caller, &segment.id, &change).await
        }
    };
    match saved {
        Ok(segment) => Ok(go_to(headers, &view.href(&format!("/segments/{}", segment.id)))),
        Err(problem) if matches!(problem.status().as_u16(), 403 | 409 | 422) => {
            let detail = problem.detail().to_owned();
            builder(view, segment, &draft, known, Some(detail), counts).await
        }
        Err(problem) => Err(problem),
    }
}

async fn builder(
    view: View,
    segment: Option<&Segment>,
    draft: &Draft,
    form: Form,
    problem: Option<String>,
    counts: bool,
) -> Answer {
    let w = view.words;
    let made = draft.make();
    let (counted, wrong) = match made.rule.as_ref().filter(|_| counts) {
        None => (None, None),
        Some(rule) => {
            let id = segment.map(|segment| segment.id.clone());
            let wish = Wish { rule: rule.clone(), segment: id, language: view.language() };
            match preview(&view.app, &view.caller, &wish).await {
                Ok(counted) => (Some(counted), None),
                Err(problem) if matches!(problem.status().as_u16(), 403 | 422) => {
                    (None, Some(problem.detail().to_owned()))
                }
                Err(problem) => return Err(problem),
            }
        }
    };
    let choices = fields(&view.app).await?;
    let all = store::list(view.app.database.pool()).await?;
    let s = Shown::new(&view);
    let mut items = Vec::new();
    let (currency, language) = (&view.app.config.currency, view.language());
    let phrases = made.rule.as_ref().map(|rule| phrases_among(&all, rule, currency, language)).unwrap_or_default();
    draw(&s, draft, ("0", 0), (&made, &phrases), counted.as_ref(), &mut items);
    let total = match (&counted, segment) {
        (Some(counted), _) => {
            Some((s.count(counted.customers as f64), Some(w.percent(counted.share, 1)), s.money(counted.value)))
        }
        // As it was counted last.
        (None, Some(Segment { rule, computed_at: Some(_), customers, value, .. }))
            if made.rule.as_ref() == Some(rule) =>
        {
            Some((s.count(*customers as f64), None, s.money(*value)))
        }
        _ => None,
    };
    let kinds = Kind::ADDED.iter().filter(|kind| **kind != Kind::Sql || view.may(Permission::Query));
    let own = segment.map(|segment| segment.id.as_str());
    let page = BuildPage {
        title: segment.map_or_else(|| w.text("segments-new"), |segment| segment.name_in(view.language()).to_owned()),
        name: form.name,
        description: form.description,
        version: form.version,
        kinds: kinds.map(|kind| (kind.name(), kind_name(w, *kind))).collect(),
        fields: grouped(w, &choices),
        events: events(w, &choices),
        properties: choices.properties.iter().map(|field| (field.name.clone(), w.field(&field.name))).collect(),
        consents: choices.consent_names(),
        segments: store::names_of(&all, view.language())
            .into_iter()
            .filter(|(id, _)| Some(id.as_str()) != own)
            .collect(),
        total,
        sentence: made.rule.as_ref().map(|rule| sentence_among(&all, rule, currency, language)),
        is_uncounted: made.rule.is_some() && !counts,
        json: made
            .rule
            .as_ref()
            .map_or_else(String::new, |rule| serde_json::to_string_pretty(rule).unwrap_or_default()),
        wrong,
        problem,
        may_query: view.may(Permission::Query),
        items,
        view,
    };
    html(&page)
}

fn kind_name(w: Words, kind: Kind) -> String {
    w.text(match kind {
        Kind::Field => "builder-field",
        Kind::Did => "builder-did",
        Kind::Sequence => "builder-sequence",
        Kind::NotFollowed => "builder-not_followed",
        Kind::Consent => "builder-consent",
        Kind::Segment => "builder-segment",
        Kind::Sql => "builder-sql",
        Kind::Json => "builder-json",
    })
}

/// Names of fields under their headings.
fn grouped(w: Words, choices: &FieldChoices) -> Vec<(String, Vec<(String, String)>)> {
    use cvm_core::segment::FieldGroup::{Attributes, Profile, Values};
    let of = |id: &str, group| {
        let named = choices.fields.iter().filter(|field| field.group == group);
        (w.text(id), named.map(|field| (field.name.clone(), w.field(&field.name))).collect::<Vec<_>>())
    };
    let all = [of("builder-values", Values), of("builder-attributes", Attributes), of("builder-profile", Profile)];
    all.into_iter().filter(|(_, fields)| !fields.is_empty()).collect()
}

/// What somebody may have done: purchases and visits, the steps of buying, and what came of late.
pub(super) fn events(w: Words, choices: &FieldChoices) -> Vec<(String, String)> {
    let first = [("purchase", "builder-purchase"), ("visit", "builder-visit")];
    let first = first.into_iter().map(|(name, id)| (name.to_owned(), w.text(id)));
    let steps = FunnelStep::ALL.iter().map(|&step| (format!("step:{}", step.name()), w.funnel_step(step)));
    let others = choices.events.iter().map(|event| {
        let kind = if event.kind == "track" { "event" } else { event.kind.as_str() };
        (format!("{kind}:{}", event.name), event.name.clone())
    });
    first.chain(steps).chain(others).collect()
}

/// The operators of a kind of field, by their names in a form.
pub(super) fn operators(w: Words, kind: FieldKind) -> Vec<(String, String)> {
    let one = |operator: &Operator| {
        let (name, id) = match operator {
            Operator::Equals => ("equals", "op-equals"),
            Operator::OneOf => ("one_of", "op-one_of"),
            Operator::Contains => ("contains", "op-contains"),
            Operator::StartsWith => ("starts_with", "op-starts_with"),
            Operator::Above => ("above", "op-above"),
            Operator::AtLeast => ("at_least", "op-at_least"),
            Operator::Below => ("below", "op-below"),
            Operator::AtMost => ("at_most", "op-at_most"),
            Operator::Between => ("between", "op-between"),
            Operator::On => ("on", "op-on"),
            Operator::Before => ("before", "op-before"),
            Operator::After => ("after", "op-after"),
            Operator::InLastDays => ("in_last_days", "op-in_last_days"),
            Operator::MoreThanDaysAgo => ("more_than_days_ago", "op-more_than_days_ago"),
            Operator::InNextDays => ("in_next_days", "op-in_next_days"),
            Operator::BirthdayInDays => ("birthday_in_days", "op-birthday_in_days"),
            Operator::IsSet => ("is_set", "op-is_set"),
        };
        (name.to_owned(), w.text(id))
    };
    kind.operators().iter().map(one).chain([("is_not_set".to_owned(), w.text("op-is_not_set"))]).collect()
}

fn draw(
    s: &Shown<'_>,
    draft: &Draft,
    (place, depth): (&str, usize),
    (made, phrases): (&Made, &HashMap<String, String>),
    counted: Option<&Preview>,
    into: &mut Vec<Item>,
) {
    let pointer = made.pointers.get(place);
    let part = pointer.and_then(|pointer| counted?.conditions.iter().find(|condition| condition.pointer == *pointer));
    let mut item = Item {
        place: place.to_owned(),
        depth,
        not: draft.not,
        kind: "group",
        name: s.words.text("builder-group"),
        input: "text",
        fault: made.faults.get(place).map(|fault| s.words.text(fault)),
        count: part.map(|part| (s.count(part.customers as f64), s.money(part.value))),
        phrase: pointer.and_then(|pointer| phrases.get(pointer).cloned()),
        ..Item::default()
    };
    match &draft.part {
        Part::Group { any, children } => {
            item.group = Some(*any);
            into.push(item);
            for (index, child) in children.iter().enumerate() {
                draw(s, child, (&format!("{place}-{index}"), depth + 1), (made, phrases), counted, into);
            }
            into.push(Item { place: place.to_owned(), depth, is_end: true, ..Item::default() });
        }
        Part::One { kind, fields } => {
            item.kind = kind.name();
            item.name = kind_name(s.words, *kind);
            item.fields = fields.clone();
            let field = |name: &str| fields.get(name).map(String::as_str).filter(|text| !text.is_empty());
            if let Some(name) = field("name").filter(|_| *kind == Kind::Field) {
                item.operators = operators(s.words, kind_of(name).unwrap_or(FieldKind::Any));
                item.values = values_of(s.words, name);
            }
            if let Some(name) = field("property").filter(|_| *kind == Kind::Did) {
                let kind = cvm_core::segment::properties(&[]).into_iter().find(|known| known.name == name);
                item.property_operators = operators(s.words, kind.map_or(FieldKind::Any, |known| known.kind));
            }
            item.input = match field("operator") {
                Some("on" | "before" | "after") => "date",
                _ => "text",
            };
            if !matches!(field("operator"), None | Some("equals")) {
                item.values.clear();
            }
            into.push(item);
        }
    }
}

/// What a field may be, where that is one of few.
fn values_of(w: Words, name: &str) -> Vec<(String, String)> {
    match name {
        "values.value_tier" => TIERS.iter().map(|tier| ((*tier).to_owned(), w.tier(tier))).collect(),
        "values.rfm_segment" => SEGMENTS.iter().map(|segment| ((*segment).to_owned(), w.segment(segment))).collect(),
        _ => Vec::new(),
    }
}

async fn remove(view: View, Path(id): Path<String>) -> Answer {
    delete(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href("/segments")).into_response())
}
