//! How many go on from step to step, and what people do at all: any events, in any order of one's choice, of everybody or of the
//! members of one segment or two.

use super::figures::{number, seen};
use super::overview::{presets, span};
use super::period::{Period, Wanted};
use crate::access::Permission;
use crate::platform::pages::{Answer, html};
use crate::platform::server::App;
use crate::platform::{Problem, Query, Result, Time, View};
use crate::report::charts::{self, Bars, Direction};
use crate::report::{Cell, Chart, Table};
use crate::segments;
use askama::Template;
use chrono::{DateTime, NaiveDate};
use cvm_core::lake::QueryLimits;
use cvm_core::order::FunnelStep;
use cvm_core::segment::PersonId;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Steps of a funnel at most.
const STEPS_MAX: usize = 8;

/// Kinds of events offered as steps at most, the most frequent first.
const KINDS_MAX: usize = 200;

/// Days from the first step to the last at most.
const WITHIN_MAX: u32 = 366;

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(flatten)]
    period: Wanted,
    /// The steps; empty ones are left out.
    step1: String,
    step2: String,
    step3: String,
    step4: String,
    step5: String,
    step6: String,
    step7: String,
    step8: String,
    /// Days from the first step to the last.
    within: String,
    /// What is told apart.
    by: By,
    /// The segment whose members are looked at; empty for everybody.
    segment: String,
    /// The segment that it is compared with.
    against: String,
}

/// What is told apart, by what the first step was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    #[default]
    #[serde(rename = "")]
    Nothing,
    /// Who told of it.
    Source,
    /// Where it was done: web, app, shop.
    Channel,
}

impl By {
    /// The column of what was seen; none for nothing.
    fn column(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Source => "source",
            Self::Channel => "channel",
        }
    }
}

impl Asked {
    fn steps(&self) -> Vec<&str> {
        let all =
            [&self.step1, &self.step2, &self.step3, &self.step4, &self.step5, &self.step6, &self.step7, &self.step8];
        let given: Vec<&str> = all.into_iter().map(|step| step.trim()).filter(|step| !step.is_empty()).collect();
        if given.is_empty() { DEFAULT.to_vec() } else { given }
    }

    fn within(&self) -> Result<u32> {
        let text = self.within.trim();
        let days = if text.is_empty() { Some(7) } else { cvm_core::text::read_whole(text) };
        days.filter(|days| (1..=WITHIN_MAX).contains(days)).ok_or_else(|| {
            Problem::bad_request(format!("`{text}` days from the first step to the last; expected 1 to {WITHIN_MAX}"))
        })
    }
}

/// What is shown where nothing is asked for: the way of a shop.
const DEFAULT: &[&str] =
    &["step:product_viewed", "step:product_added", "step:checkout_started", "step:order_completed"];

/// The condition of a step, from its name in the address: `step:` of the e-commerce specification, `event:` of any other
/// name, `page` or `screen`.
fn condition(step: &str) -> Result<String> {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match step.split_once(':') {
        Some(("step", name)) => Ok(format!("funnel_step = {}", text(name))),
        Some(("event", name)) => Ok(format!("type = 'track' AND name = {}", text(name))),
        None if matches!(step, "page" | "screen") => Ok(format!("type = '{step}'")),
        _ => Err(Problem::bad_request(format!("`{step}` is no step; expected step:NAME, event:NAME, page or screen"))),
    }
}

/// A kind of event.
struct Kind {
    /// As in the address.
    step: String,
    name: String,
    people: f64,
    events: f64,
}

/// Whose way is looked at.
#[derive(Default)]
struct Groups {
    /// What they are called, and where they are shown; none for everybody.
    named: Vec<(String, String)>,
    members: Vec<Vec<PersonId>>,
}

impl Groups {
    /// The segments of the address, as they are now.
    async fn read(view: &View, asked: &Asked) -> Result<Self> {
        let mut groups = Self::default();
        let wanted = [&asked.segment, &asked.against].into_iter().filter(|id| !id.is_empty());
        for id in wanted.filter(|_| view.may(Permission::ReadSegments)) {
            let segment = segments::get(&view.app, id).await?;
            let name = segment.name_in(view.language()).to_owned();
            groups.named.push((name, view.href(&format!("/segments/{}", segment.id))));
            groups.members.push(segments::member_ids(&view.app.database, segment.number).await?);
        }
        Ok(groups)
    }

    /// All lists: their number and name; everybody is list 0.
    fn lists(&self) -> Vec<(usize, &str)> {
        if self.named.is_empty() {
            return vec![(0, "")];
        }
        self.named.iter().zip(1..).map(|((name, _), list)| (list, name.as_str())).collect()
    }

    async fn ask(&self, app: &App, sql: &str) -> Result<Vec<Map<String, Value>>> {
        Ok(app.lake.query_among(sql, &self.members, QueryLimits::default()).await?.rows)
    }
}

/// How many came to a step.
struct Reached {
    /// Which of the groups.
    list: usize,
    /// Which source or channel; empty where none are told apart, and where it was not said.
    part: String,
    step: usize,
    people: f64,
    /// From the step before, in the middle.
    seconds: f64,
}

#[derive(Template)]
#[template(path = "insights/pages/funnels.html")]
struct FunnelsPage {
    view: View,
    title: String,
    period: String,
    wanted: Wanted,
    presets: Vec<super::overview::Preset>,
    kinds: Vec<Kind>,
    /// What is chosen, with its number for the address and for people; empty where there is no step.
    chosen: Vec<(usize, String, String)>,
    within: u32,
    by: By,
    /// Segments to choose from: id and name.
    segments: Vec<(String, String)>,
    segment: String,
    against: String,
    /// The chosen segments: name and address.
    groups: Vec<(String, String)>,
    /// As of when they are.
    as_of: String,
    picture: Chart,
    table: Table,
    engagement: Table,
    is_empty: bool,
}

/// `/funnels`.
pub(super) async fn funnels(view: View, Query(asked): Query<Asked>) -> Answer {
    let now = DateTime::from_timestamp_micros(view.app.clock.now()).unwrap_or_default();
    let today: NaiveDate = now.with_timezone(&view.app.config.timezone).date_naive();
    let (period, _) = asked.period.read(today)?;
    let steps = asked.steps();
    let within = asked.within()?;
    let groups = Groups::read(&view, &asked).await?;
    let segments = match view.may(Permission::ReadSegments) {
        true => segments::names(&view.app, view.language()).await?,
        false => Vec::new(),
    };
    let (kinds, reached) = tokio::try_join!(
        kinds(&view.app, period, &groups),
        reached(&view.app, period, &groups, &steps, within, asked.by)
    )?;
    let names: Vec<String> = steps.iter().map(|step| name(&view, step)).collect();
    let page = FunnelsPage {
        title: view.words.text("page-funnels"),
        period: span(&view, period),
        presets: presets(&view, period, &asked.period),
        chosen: (1..=STEPS_MAX)
            .map(|i| (i, view.words.number(i as f64, 0), steps.get(i - 1).copied().unwrap_or_default().to_owned()))
            .collect(),
        within,
        by: asked.by,
        segments,
        as_of: view.moment(&Time(view.app.clock.now())),
        picture: picture(&view, &names, &groups, &reached),
        table: table(&view, &names, &groups, &reached, asked.by),
        is_empty: kinds.is_empty(),
        engagement: engagement(&view, &kinds),
        kinds: with_chosen(&view, kinds, &steps),
        groups: groups.named,
        segment: asked.segment.clone(),
        against: asked.against.clone(),
        wanted: asked.period,
        view,
    };
    html(&page)
}

/// The kinds of the period, and those that were chosen though nobody did them.
fn with_chosen(view: &View, kinds: Vec<Kind>, steps: &[&str]) -> Vec<Kind> {
    let mut all: Vec<Kind> = kinds.into_iter().map(|kind| Kind { name: name(view, &kind.step), ..kind }).collect();
    for step in steps {
        if !all.iter().any(|kind| kind.step == *step) {
            all.push(Kind { step: (*step).to_owned(), name: name(view, step), people: 0.0, events: 0.0 });
        }
    }
    all
}

/// What people read for a step.
fn name(view: &View, step: &str) -> String {
    match step.split_once(':') {
        Some(("step", name)) => {
            let step = FunnelStep::ALL.iter().find(|step| step.name() == name);
            step.map_or_else(|| name.to_owned(), |&step| view.words.funnel_step(step))
        }
        Some((_, name)) => name.to_owned(),
        None if step == "page" => view.words.text("funnels-page"),
        None => view.words.text("funnels-screen"),
    }
}

async fn kinds(app: &App, period: Period, groups: &Groups) -> Result<Vec<Kind>> {
    let whose = if groups.members.is_empty() { "" } else { "WHERE person IN (SELECT customer_id FROM members)" };
    let sql = format!(
        "WITH seen AS (SELECT * FROM ({}) AS told {whose})
         SELECT CASE WHEN type IN ('page', 'screen') THEN type WHEN funnel_step IS NOT NULL THEN concat('step:', funnel_step)
             ELSE concat('event:', name) END AS step,
           count(DISTINCT person) AS people, count(*) AS events
         FROM seen GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {KINDS_MAX}",
        seen(app, period, "")
    );
    let kind = |row: &Map<String, Value>| Kind {
        step: row.get("step").and_then(|step| step.as_str()).unwrap_or_default().to_owned(),
        name: String::new(),
        people: number(row, "people"),
        events: number(row, "events"),
    };
    Ok(groups.ask(app, &sql).await?.iter().map(kind).filter(|kind| condition(&kind.step).is_ok()).collect())
}

/// How many came to each step, from their first time at the first one on.
async fn reached(
    app: &App,
    period: Period,
    groups: &Groups,
    steps: &[&str],
    within: u32,
    by: By,
) -> Result<Vec<Reached>> {
    // Who is on both lists goes the way once for each.
    let listed = if groups.members.is_empty() {
        "SELECT told.*, 0 AS list FROM told"
    } else {
        "SELECT told.*, list FROM told JOIN members ON members.customer_id = person"
    };
    let channel = if by == By::Channel { ", coalesce(attribute(properties, 'channel'), '') AS channel" } else { "" };
    let mut parts = vec![format!("told AS ({})", seen(app, period, channel)), format!("seen AS ({listed})")];
    let mut ends = Vec::new();
    for (i, step) in steps.iter().enumerate().map(|(i, step)| (i + 1, step)) {
        let condition = condition(step)?;
        let part = match by.column() {
            "" => "''".to_owned(),
            column => format!("first_value({column} ORDER BY moment)"),
        };
        let before = i - 1;
        if before == 0 {
            parts.push(format!(
                "at1 AS (SELECT list, person, min(moment) AS start, min(moment) AS moment, 0 AS took, {part} AS part \
                 FROM seen WHERE {condition} GROUP BY list, person)"
            ));
        } else {
            // The same event twice is two; different ones may be told with one time.
            let after = if steps[before - 1] == *step { ">" } else { ">=" };
            let window = i64::from(within) * DAY_MICROS;
            parts.push(format!(
                "at{i} AS (SELECT seen.list, seen.person, start, min(seen.moment) AS moment, \
                   min(seen.moment) - before.moment AS took, before.part \
                 FROM at{before} AS before JOIN seen ON seen.person = before.person AND seen.list = before.list \
                 WHERE {condition} AND seen.moment {after} before.moment AND seen.moment <= start + {window} \
                 GROUP BY seen.list, seen.person, start, before.moment, before.part)"
            ));
        }
        ends.push(format!(
            "SELECT {i} AS step, list, part, count(*) AS people, median(CAST(took AS DOUBLE)) / 1e6 AS seconds \
             FROM at{i} GROUP BY list, part"
        ));
    }
    let sql = format!("WITH {} {} ORDER BY list, part, step", parts.join(", "), ends.join(" UNION ALL "));
    let read = |row: &Map<String, Value>| Reached {
        list: number(row, "list") as usize,
        part: row.get("part").and_then(Value::as_str).unwrap_or_default().to_owned(),
        step: number(row, "step") as usize,
        people: number(row, "people"),
        seconds: number(row, "seconds"),
    };
    Ok(groups.ask(app, &sql).await?.iter().map(read).collect())
}

/// People of a list by step. Two lists are compared by the share of those who began, since they are of any size.
fn picture(view: &View, names: &[String], groups: &Groups, reached: &[Reached]) -> Chart {
    let w = view.words;
    let are_shares = groups.named.len() > 1;
    let heights = |list: usize| {
        let at = |step: usize| {
            let these = reached.iter().filter(|reached| (reached.list, reached.step) == (list, step));
            these.map(|reached| reached.people).sum::<f64>()
        };
        let whole = if are_shares { at(1).max(1.0) } else { 1.0 };
        (1..=names.len()).map(|step| at(step) / whole).collect::<Vec<f64>>()
    };
    let series: Vec<(&str, Vec<f64>)> =
        groups.lists().into_iter().zip(["a", "b"]).map(|((list, _), class)| (class, heights(list))).collect();
    let high = series.iter().flat_map(|(_, heights)| heights).copied().fold(0.0, f64::max);
    let mark = |mark: f64| (mark, if are_shares { w.percent(mark, 0) } else { w.compact(mark) });
    let bars = Bars {
        label: w.text(if are_shares { "funnels-picture-shares" } else { "funnels-picture" }),
        names: names.iter().zip(1..).map(|(name, i)| format!("{}. {name}", w.number(f64::from(i), 0))).collect(),
        series,
        pale: Vec::new(),
        y: charts::round_marks(0.0, high, 4).into_iter().map(mark).collect(),
        x_title: w.text("funnels-step"),
    };
    charts::bars(&bars, Direction::of(view.language()))
}

fn table(view: &View, names: &[String], groups: &Groups, reached: &[Reached], by: By) -> Table {
    let w = view.words;
    let mut rows = Vec::new();
    for (list, group) in groups.lists() {
        let mut parts: Vec<&str> =
            reached.iter().filter(|reached| reached.list == list).map(|reached| reached.part.as_str()).collect();
        parts.dedup();
        if parts.is_empty() {
            parts.push("");
        }
        for part in parts {
            let at = |step: usize| reached.iter().find(|it| (it.list, it.part.as_str(), it.step) == (list, part, step));
            let first = at(1).map_or(0.0, |reached| reached.people);
            let mut before = first;
            for (name, step) in names.iter().zip(1..) {
                let people = at(step).map_or(0.0, |reached| reached.people);
                let share = |of: f64| if of > 0.0 { Cell::Number(w.percent(people / of, 1)) } else { Cell::Empty };
                let took = at(step).filter(|_| step > 1).map(|reached| w.duration(reached.seconds));
                let mut row = vec![Cell::Foreign(name.clone(), None)];
                if !groups.named.is_empty() {
                    row.push(Cell::Foreign(group.to_owned(), None));
                }
                if by != By::Nothing {
                    let said = if part.is_empty() { w.text("funnels-not_said") } else { part.to_owned() };
                    row.push(Cell::Foreign(said, None));
                }
                row.extend([
                    Cell::Number(w.number(people, 0)),
                    share(first),
                    if step > 1 { share(before) } else { Cell::Empty },
                    took.map_or(Cell::Empty, Cell::Number),
                ]);
                rows.push(row);
                before = people;
            }
        }
    }
    let mut heads = vec![(w.text("funnels-step"), false)];
    if !groups.named.is_empty() {
        heads.push((w.text("funnels-segment"), false));
    }
    match by {
        By::Nothing => {}
        By::Source => heads.push((w.text("funnels-source"), false)),
        By::Channel => heads.push((w.text("funnels-channel"), false)),
    }
    heads.extend(
        ["funnels-people", "funnels-of_first", "funnels-of_before", "funnels-took"].map(|id| (w.text(id), true)),
    );
    Table::new(w, w.text("funnels-picture"), "", heads, rows)
}

fn engagement(view: &View, kinds: &[Kind]) -> Table {
    let w = view.words;
    let most = kinds.iter().map(|kind| kind.people).fold(0.0, f64::max);
    let direction = Direction::of(view.language());
    let row = |kind: &Kind| {
        let share = if most > 0.0 { kind.people / most } else { 0.0 };
        let each = if kind.people > 0.0 { w.number(kind.events / kind.people, 1) } else { String::new() };
        vec![
            Cell::Foreign(name(view, &kind.step), None),
            Cell::Bar(charts::share_bar(share, "a", direction), w.number(kind.people, 0)),
            Cell::Number(w.number(kind.events, 0)),
            Cell::Number(each),
        ]
    };
    let heads = vec![
        (w.text("funnels-what"), false),
        (w.text("funnels-people"), true),
        (w.text("funnels-times"), true),
        (w.text("funnels-each"), true),
    ];
    Table::new(w, w.text("funnels-engagement"), "", heads, kinds.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_events_cannot_become_sql() {
        assert_eq!(condition("event:it's").unwrap(), "type = 'track' AND name = 'it''s'");
        assert_eq!(condition("step:order_completed").unwrap(), "funnel_step = 'order_completed'");
        assert_eq!(condition("page").unwrap(), "type = 'page'");
        for wrong in ["", "1=1", "page' OR '", "table:x"] {
            assert!(condition(wrong).is_err(), "{wrong}");
        }
    }
}
