//! How many go on from step to step, and what people do at all: any events, in any order of one's choice.

use super::figures::{ask, number, seen};
use super::overview::{presets, span};
use super::period::{Period, Wanted};
use crate::platform::pages::{Answer, html};
use crate::platform::server::App;
use crate::platform::{Problem, Query, Result, View};
use crate::report::charts::{self, Bars, Direction};
use crate::report::{Cell, Chart, Table};
use askama::Template;
use chrono::{DateTime, NaiveDate};
use cvm_core::order::FunnelStep;
use serde::Deserialize;

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
    /// Whether to tell the sources apart: anything but nothing.
    by_source: String,
}

impl Asked {
    fn by_source(&self) -> bool {
        !self.by_source.is_empty()
    }

    fn steps(&self) -> Vec<&str> {
        let all =
            [&self.step1, &self.step2, &self.step3, &self.step4, &self.step5, &self.step6, &self.step7, &self.step8];
        let given: Vec<&str> = all.into_iter().map(|step| step.trim()).filter(|step| !step.is_empty()).collect();
        if given.is_empty() { DEFAULT.to_vec() } else { given }
    }

    fn within(&self) -> Result<u32> {
        let text = self.within.trim();
        let days = if text.is_empty() { Ok(7) } else { text.parse() };
        days.ok().filter(|days| (1..=WITHIN_MAX).contains(days)).ok_or_else(|| {
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

/// How many came to a step.
struct Reached {
    source: String,
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
    by_source: bool,
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
    let (kinds, reached) =
        tokio::try_join!(kinds(&view.app, period), reached(&view.app, period, &steps, within, asked.by_source()))?;
    let names: Vec<String> = steps.iter().map(|step| name(&view, step)).collect();
    let page = FunnelsPage {
        title: view.words.text("page-funnels"),
        period: span(&view, period),
        presets: presets(&view, period, &asked.period),
        chosen: (1..=STEPS_MAX)
            .map(|i| (i, view.words.number(i as f64, 0), steps.get(i - 1).copied().unwrap_or_default().to_owned()))
            .collect(),
        within,
        by_source: asked.by_source(),
        picture: picture(&view, &names, &reached),
        table: table(&view, &names, &reached, asked.by_source()),
        is_empty: kinds.is_empty(),
        engagement: engagement(&view, &kinds),
        kinds: with_chosen(&view, kinds, &steps),
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

async fn kinds(app: &App, period: Period) -> Result<Vec<Kind>> {
    let sql = format!(
        "WITH seen AS ({})
         SELECT CASE WHEN type IN ('page', 'screen') THEN type WHEN funnel_step IS NOT NULL THEN concat('step:', funnel_step)
             ELSE concat('event:', name) END AS step,
           count(DISTINCT person) AS people, count(*) AS events
         FROM seen GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {KINDS_MAX}",
        seen(app, period)
    );
    let kind = |row: &serde_json::Map<String, serde_json::Value>| Kind {
        step: row.get("step").and_then(|step| step.as_str()).unwrap_or_default().to_owned(),
        name: String::new(),
        people: number(row, "people"),
        events: number(row, "events"),
    };
    Ok(ask(app, &sql).await?.iter().map(kind).filter(|kind| condition(&kind.step).is_ok()).collect())
}

/// How many came to each step, from their first time at the first one on.
async fn reached(app: &App, period: Period, steps: &[&str], within: u32, by_source: bool) -> Result<Vec<Reached>> {
    let mut parts = vec![format!("seen AS ({})", seen(app, period))];
    let mut ends = Vec::new();
    for (i, step) in steps.iter().enumerate().map(|(i, step)| (i + 1, step)) {
        let condition = condition(step)?;
        let source = if by_source { "first_value(source ORDER BY moment)" } else { "''" };
        let before = i - 1;
        if before == 0 {
            parts.push(format!(
                "at1 AS (SELECT person, min(moment) AS start, min(moment) AS moment, 0 AS took, {source} AS source \
                 FROM seen WHERE {condition} GROUP BY person)"
            ));
        } else {
            // The same event twice is two; different ones may be told with one time.
            let after = if steps[before - 1] == *step { ">" } else { ">=" };
            let window = i64::from(within) * DAY_MICROS;
            parts.push(format!(
                "at{i} AS (SELECT seen.person, start, min(seen.moment) AS moment, min(seen.moment) - before.moment AS took, \
                   before.source FROM at{before} AS before JOIN seen ON seen.person = before.person \
                 WHERE {condition} AND seen.moment {after} before.moment AND seen.moment <= start + {window} \
                 GROUP BY seen.person, start, before.moment, before.source)"
            ));
        }
        ends.push(format!(
            "SELECT {i} AS step, source, count(*) AS people, median(CAST(took AS DOUBLE)) / 1e6 AS seconds FROM at{i} GROUP BY source"
        ));
    }
    let sql = format!("WITH {} {} ORDER BY source, step", parts.join(", "), ends.join(" UNION ALL "));
    let read = |row: &serde_json::Map<String, serde_json::Value>| Reached {
        source: row.get("source").and_then(|source| source.as_str()).unwrap_or_default().to_owned(),
        step: number(row, "step") as usize,
        people: number(row, "people"),
        seconds: number(row, "seconds"),
    };
    Ok(ask(app, &sql).await?.iter().map(read).collect())
}

fn people_at(reached: &[Reached], step: usize) -> f64 {
    reached.iter().filter(|reached| reached.step == step).map(|reached| reached.people).sum()
}

fn picture(view: &View, names: &[String], reached: &[Reached]) -> Chart {
    let heights: Vec<f64> = (1..=names.len()).map(|step| people_at(reached, step)).collect();
    let high = heights.iter().copied().fold(0.0, f64::max);
    let bars = Bars {
        label: view.words.text("funnels-picture"),
        names: names
            .iter()
            .zip(1..)
            .map(|(name, i)| format!("{}. {name}", view.words.number(f64::from(i), 0)))
            .collect(),
        series: vec![("a", heights)],
        pale: Vec::new(),
        y: charts::round_marks(0.0, high, 4).into_iter().map(|mark| (mark, view.words.compact(mark))).collect(),
        x_title: view.words.text("funnels-step"),
    };
    charts::bars(&bars, Direction::of(view.language()))
}

fn table(view: &View, names: &[String], reached: &[Reached], by_source: bool) -> Table {
    let w = view.words;
    let mut sources: Vec<&str> = reached.iter().map(|reached| reached.source.as_str()).collect();
    sources.dedup();
    if sources.is_empty() {
        sources.push("");
    }
    let mut rows = Vec::new();
    for source in sources {
        let at = |step: usize| reached.iter().find(|reached| reached.source == source && reached.step == step);
        let first = at(1).map_or(0.0, |reached| reached.people);
        let mut before = first;
        for (name, step) in names.iter().zip(1..) {
            let people = at(step).map_or(0.0, |reached| reached.people);
            let share = |of: f64| if of > 0.0 { Cell::Number(w.percent(people / of, 1)) } else { Cell::Empty };
            let took = at(step).filter(|_| step > 1).map(|reached| w.duration(reached.seconds));
            let mut row = vec![
                Cell::Foreign(name.clone(), None),
                Cell::Number(w.number(people, 0)),
                share(first),
                if step > 1 { share(before) } else { Cell::Empty },
                took.map_or(Cell::Empty, Cell::Number),
            ];
            if by_source {
                row.insert(1, Cell::Foreign(source.to_owned(), None));
            }
            rows.push(row);
            before = people;
        }
    }
    let mut heads = vec![
        (w.text("funnels-step"), false),
        (w.text("funnels-people"), true),
        (w.text("funnels-of_first"), true),
        (w.text("funnels-of_before"), true),
        (w.text("funnels-took"), true),
    ];
    if by_source {
        heads.insert(1, (w.text("funnels-source"), false));
    }
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
