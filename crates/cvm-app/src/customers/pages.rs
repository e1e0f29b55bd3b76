//! The pages of customers: the list, what is found while one types, and one customer (`person`).

mod export;
mod person;
#[cfg(test)]
mod tests;

use super::identifiers::Writer;
use super::listing;
use super::roster::Figures;
use super::saved::{self, SavedView};
use super::selection::{Order, Page, Place, Selection};
use super::store::places;
use super::view::HARMLESS;
use super::wanted::{ORDERS, SCORES, Wanted};
use crate::access::Permission;
use crate::platform::pages::{Answer, Fields, html};
use crate::platform::server::App;
use crate::platform::{Pages, Path, Result, View};
use crate::segments;
use askama::Template;
use axum::extract::RawQuery;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use chrono::NaiveDate;
use cvm_core::text::{SEGMENTS, TIERS};
use serde::Deserialize;
use sqlx::Row;
use std::collections::HashMap;

/// Customers of a page, and of what is found while one types.
const PAGE: usize = 50;
const FOUND: usize = 8;

/// Choices offered for a filter at most.
const CHOICES: usize = 200;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCustomers, "/customers", get(list))
        .part(Permission::ReadCustomers, "/customers/found", get(found))
        .part(Permission::ReadCustomers, "/customers/export.csv", get(export::csv))
        .part(Permission::ReadCustomers, "/customers/views", post(save_view))
        .part(Permission::ReadCustomers, "/customers/views/{id}/remove", post(remove_view))
        .merge(person::pages())
}

/// A customer of the list, as they are shown.
pub(super) struct Line {
    href: String,
    /// The name, else what they can be told apart by.
    title: String,
    /// An address or a number.
    contact: String,
    tier: Option<(&'static str, String)>,
    segment: String,
    clv: String,
    p_alive: String,
    revenue: String,
    profit: String,
    purchases: String,
    last_purchase: String,
    reason: String,
    suppressed: bool,
}

#[derive(Template)]
#[template(path = "customers/pages/list.html")]
struct ListPage {
    view: View,
    title: String,
    as_of: String,
    wanted: Wanted,
    faults: Vec<&'static str>,
    /// None while the roster is being made.
    list: Option<List>,
    is_filling: bool,
    views: Vec<SavedView>,
    /// Id and name of each segment.
    saved_segments: Vec<(String, String)>,
    personal: bool,
    erased: bool,
}

/// What the roster and the database gave.
struct List {
    lines: Vec<Line>,
    count: String,
    range: String,
    total: usize,
    heads: Vec<Head>,
    previous: Option<String>,
    next: Option<String>,
    choices: Choices,
    /// Known by a browser only, found by an id.
    visitors: Vec<String>,
    has_values: bool,
    is_everybody_absent: bool,
}

/// A column's head.
struct Head {
    label: String,
    href: String,
    /// As `aria-sort` says it.
    sorted: &'static str,
    number: bool,
    /// What the column says; empty where its name does.
    meaning: String,
    id: &'static str,
}

/// What can be chosen in filters.
#[derive(Default)]
struct Choices {
    countries: Vec<String>,
    cities: Vec<String>,
    attributes: Vec<String>,
    consents: Vec<String>,
}

async fn list(view: View, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer {
    let query = query.unwrap_or_default();
    let wanted = Wanted::read(&query);
    let is_part = headers.contains_key("hx-request");
    let address = format!("{}?{}", view.href("/customers"), wanted.address_at(wanted.place));
    // A form sends also what is empty: addresses are for people too.
    if !is_part && query.split('&').any(|pair| pair.ends_with('=')) {
        return Ok(Redirect::to(&address).into_response());
    }
    let personal = view.may(Permission::ReadPersonalData);
    let (mut selection, faults) = wanted.selection(personal, |name| personal || HARMLESS.contains(&name));
    let visitors = by_id(&view.app, wanted.get("q"), &mut selection).await?;
    of_segment(&view, &wanted, &mut selection).await?;
    let saved_segments = saved_segments(&view).await?;
    let (order, descending, place) = (wanted.order, wanted.descending, wanted.place);
    let asked = view.app.roster.ask(&view.app, move |table| {
        let page = selection.page(table, (order, descending), place, PAGE);
        let mut attributes = table.names();
        attributes.retain(|name| personal || HARMLESS.contains(&name.as_str()));
        let (countries, cities) = (table.frequent("country", CHOICES), table.frequent("city", CHOICES));
        let consents = table.frequent("", CHOICES);
        let is_everybody_absent = page.total == 0 && !table.rows.iter().any(|row| row.is_there);
        (page, Choices { countries, cities, attributes, consents }, table.has_values(), is_everybody_absent)
    });
    let list = match asked.await? {
        None => None,
        Some((page, choices, has_values, is_everybody_absent)) => {
            let lines = lines(&view, &page.rows).await?;
            let (previous, next) = around(&view, &wanted, &page);
            Some(List {
                count: count(&view, page.total),
                range: range(&view, &page),
                total: page.total,
                heads: heads(&view, &wanted),
                lines,
                previous,
                next,
                choices,
                visitors,
                has_values,
                is_everybody_absent,
            })
        }
    };
    let views = match view.caller.user() {
        Ok((user, _)) => saved::list(&view.app, user).await?,
        Err(_) => Vec::new(),
    };
    let as_of = match crate::scoring::shown_as_of(&view.app).await? {
        Some(day) => view.words.with("page-as_of", &[("date", view.words.date_long(&day).into())]),
        None => String::new(),
    };
    let is_filling = listing::is_filling(&view.app).await?;
    let erased = url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "erased");
    let title = view.words.text("page-customers");
    let page = html(&ListPage {
        title,
        as_of,
        wanted,
        faults,
        list,
        is_filling,
        views,
        saved_segments,
        personal,
        erased,
        view,
    })?;
    Ok(if is_part { ([("hx-push-url", address)], page).into_response() } else { page })
}

#[derive(Template)]
#[template(path = "customers/pages/found.html")]
struct FoundPart {
    view: View,
    lines: Vec<Line>,
    visitors: Vec<String>,
    count: String,
    more: Option<String>,
    is_ready: bool,
}

/// What is found while one types: a part of every page.
async fn found(view: View, RawQuery(query): RawQuery) -> Answer {
    let wanted = Wanted::read(&query.unwrap_or_default());
    let typed = wanted.get("q").to_owned();
    if typed.is_empty() {
        let count = String::new();
        return html(&FoundPart { lines: vec![], visitors: vec![], count, more: None, is_ready: true, view });
    }
    let (mut selection, _) = wanted.selection(view.may(Permission::ReadPersonalData), |_| false);
    let visitors = by_id(&view.app, &typed, &mut selection).await?;
    let best_first = (Order::Clv, true);
    let asked = view.app.roster.ask(&view.app, move |table| selection.page(table, best_first, Place::First, FOUND));
    let page = asked.await?;
    let is_ready = page.is_some();
    let page = page.unwrap_or_default();
    let lines = lines(&view, &page.rows).await?;
    let query = crate::platform::pages::form_urlencoded(&[("q", &typed)]);
    let more = page.has_more().then(|| format!("{}?{query}", view.href("/customers")));
    html(&FoundPart { lines, visitors, count: count(&view, page.total), more, is_ready, view })
}

/// Finds who has shown what was typed, whole; gives visitors, who are on no list.
async fn by_id(app: &App, typed: &str, selection: &mut Selection) -> Result<Vec<String>> {
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let mut names = Writer::new(&app.config.phone_region).all_of(typed);
    names.push(typed.to_owned());
    let places = places(1, names.len());
    let sql = format!(
        "SELECT DISTINCT customers.survivor, customer_list.number FROM customers \
         LEFT JOIN customer_list ON customer_list.customer = customers.survivor \
         WHERE customers.id IN {places} \
         OR customers.id IN (SELECT customer FROM customer_identifiers WHERE identifier IN {places}) LIMIT 50"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false);
    let query = names.iter().fold(query, |query, name| query.bind(name.as_str()));
    let mut visitors = Vec::new();
    for row in query.fetch_all(app.database.pool()).await? {
        match row.try_get::<Option<i64>, _>(1)? {
            Some(number) => selection.numbers.extend(u32::try_from(number)),
            None => visitors.push(row.try_get(0)?),
        }
    }
    Ok(visitors)
}

/// Narrows a list to the members of the segment that is asked for, for who may see members.
pub(super) async fn of_segment(view: &View, wanted: &Wanted, selection: &mut Selection) -> Result<()> {
    let id = wanted.get("in");
    if !id.is_empty() && view.may(Permission::ReadSegments) {
        selection.members = Some(segments::listed(&view.app, id).await?);
    }
    Ok(())
}

/// Segments to choose from: id and name.
async fn saved_segments(view: &View) -> Result<Vec<(String, String)>> {
    if !view.may(Permission::ReadSegments) {
        return Ok(Vec::new());
    }
    Ok(segments::names(&view.app, view.language()).await?)
}

/// Who stands behind a number: id, name, address, phone.
pub(super) struct Named {
    pub customer: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub suppressed: bool,
}

/// Who stands behind these numbers now; who is no more stands behind none.
pub(super) async fn named(app: &App, numbers: &[u32]) -> Result<HashMap<u32, Named>, sqlx::Error> {
    let mut all = HashMap::with_capacity(numbers.len());
    for numbers in numbers.chunks(200) {
        let places = places(1, numbers.len());
        let sql = format!(
            "SELECT number, customer, name, email, phone, suppressed FROM customer_list \
             WHERE customer IS NOT NULL AND number IN {places}"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        let query = numbers.iter().fold(query, |query, number| query.bind(i64::from(*number)));
        for row in query.fetch_all(app.database.pool()).await? {
            let number: i64 = row.try_get(0)?;
            let named = Named {
                customer: row.try_get(1)?,
                name: row.try_get(2)?,
                email: row.try_get(3)?,
                phone: row.try_get(4)?,
                suppressed: row.try_get::<Option<i64>, _>(5)?.is_some(),
            };
            all.extend(u32::try_from(number).ok().map(|number| (number, named)));
        }
    }
    Ok(all)
}

/// Rows as they are shown.
async fn lines(view: &View, rows: &[(u32, Option<Figures>)]) -> Result<Vec<Line>> {
    let numbers: Vec<u32> = rows.iter().map(|(number, _)| *number).collect();
    let mut named = named(&view.app, &numbers).await?;
    let there = rows.iter().filter_map(|(number, figures)| Some((named.remove(number)?, *figures)));
    Ok(there.map(|(named, figures)| line(view, named, figures)).collect())
}

fn line(view: &View, named: Named, figures: Option<Figures>) -> Line {
    let (words, currency) = (view.words, Some(view.app.config.currency.as_str()));
    let personal = view.may(Permission::ReadPersonalData);
    let contact = if named.email.is_empty() { &named.phone } else { &named.email };
    let title = [&named.name, contact].into_iter().find(|text| personal && !text.is_empty());
    let title = title.cloned().unwrap_or_else(|| short(&named.customer).to_owned());
    let contact = if personal && *contact != title { contact.clone() } else { String::new() };
    let money = |value: f64| if value.is_nan() { "–".to_owned() } else { words.money_whole(value, currency) };
    let figure = |show: &dyn Fn(&Figures) -> String| figures.as_ref().map_or_else(|| "–".to_owned(), show);
    let name_of = |names: &[&'static str], place: u8| usize::from(place).checked_sub(1).map(|place| names[place]);
    let tier = figures.and_then(|figures| name_of(TIERS, figures.tier));
    let segment = figures.and_then(|figures| name_of(SEGMENTS, figures.segment));
    Line {
        href: view.href(&format!("/customers/{}", named.customer)),
        title,
        contact,
        tier: tier.map(|tier| (tier, words.tier(tier))),
        segment: segment.map_or_else(String::new, |segment| words.segment(segment)),
        clv: figure(&|it| money(it.clv)),
        p_alive: figure(&|it| words.percent(f64::from(it.p_alive), 0)),
        revenue: figure(&|it| money(it.revenue)),
        profit: figure(&|it| money(it.profit)),
        purchases: figure(&|it| words.number(f64::from(it.purchases), 0)),
        last_purchase: figure(&|it| day(it.last_purchase).map_or("–".to_owned(), |day| words.date(&day))),
        reason: figures.and_then(|it| it.reason).map_or_else(String::new, |reason| words.reason(&reason)),
        suppressed: named.suppressed,
    }
}

/// The end of an id, by which people tell two apart: ids that are made at one time begin alike.
pub(super) fn short(id: &str) -> &str {
    id.rsplit('-').next().unwrap_or(id)
}

/// An ISO day.
pub(super) fn day(days: i32) -> Option<String> {
    NaiveDate::from_num_days_from_ce_opt(days).filter(|_| days > 0).map(|day| day.to_string())
}

fn count(view: &View, total: usize) -> String {
    view.words.with("customers-count", &[("count", (total as u64).into())])
}

fn range(view: &View, page: &Page) -> String {
    let number = |value: usize| view.words.number(value as f64, 0);
    let (from, to) = (page.before + 1, page.before + page.rows.len());
    view.words.with(
        "customers-range",
        &[("from", number(from).into()), ("to", number(to).into()), ("count", number(page.total).into())],
    )
}

fn around(view: &View, wanted: &Wanted, page: &Page) -> (Option<String>, Option<String>) {
    let href = |place: Place| format!("{}?{}", view.href("/customers"), wanted.address_at(place));
    let previous = page.rows.first().filter(|_| page.before > 0).map(|(number, _)| href(Place::Before(*number)));
    let next = page.rows.last().filter(|_| page.has_more()).map(|(number, _)| href(Place::After(*number)));
    (previous, next)
}

fn heads(view: &View, wanted: &Wanted) -> Vec<Head> {
    let label = |order: Order| match order {
        Order::Name => "customers-name",
        Order::Tier => "customers-tier",
        Order::Clv => "customers-clv",
        Order::PAlive => "customers-alive",
        Order::Revenue => "customers-revenue",
        Order::Profit => "customers-profit",
        Order::Purchases => "customers-purchases",
        Order::LastPurchase => "customers-last",
    };
    let column = |order: Order| match order {
        Order::Name | Order::Purchases => "",
        Order::Tier => "value_tier",
        Order::Clv => "clv",
        Order::PAlive => "p_alive",
        Order::Revenue => "revenue",
        Order::Profit => "profit",
        Order::LastPurchase => "last_purchase",
    };
    let head = |&(_, order): &(&str, Order)| Head {
        label: view.words.text(label(order)),
        href: format!("{}?{}", view.href("/customers"), wanted.address_ordered(order)),
        sorted: match (wanted.order == order, wanted.descending) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        },
        number: !matches!(order, Order::Name | Order::Tier),
        meaning: if column(order).is_empty() { String::new() } else { view.words.column(column(order)) },
        id: column(order),
    };
    // By names they can be ordered by whoever sees these.
    let personal = view.may(Permission::ReadPersonalData);
    let mut heads: Vec<Head> = ORDERS.iter().map(head).collect();
    if !personal {
        heads[0].href = String::new();
    }
    heads
}

impl ListPage {
    /// Whether a filter's value cannot be read.
    fn is_wrong(&self, name: &str) -> bool {
        self.faults.contains(&name)
    }

    /// What is set, in words, each with the address without it.
    fn chips(&self) -> Vec<(String, String)> {
        let words = self.view.words;
        let chip = |(name, value): (&'static str, &str)| {
            let shown = match name {
                "tier" => words.tier(value),
                "segment" => words.segment(value),
                "alive_from" => format!("{} ≥ {value}%", words.text("customers-alive")),
                "alive_to" => format!("{} ≤ {value}%", words.text("customers-alive")),
                "clv_from" => format!("{} ≥ {value}", words.text("customers-clv")),
                "clv_to" => format!("{} ≤ {value}", words.text("customers-clv")),
                "revenue_from" => format!("{} ≥ {value}", words.text("customers-revenue")),
                "revenue_to" => format!("{} ≤ {value}", words.text("customers-revenue")),
                "bought_from" => format!("{} ≥ {}", words.text("customers-last"), words.date(value)),
                "bought_to" => format!("{} ≤ {}", words.text("customers-last"), words.date(value)),
                "first_from" => format!("{} ≥ {}", words.text("customers-first"), words.date(value)),
                "first_to" => format!("{} ≤ {}", words.text("customers-first"), words.date(value)),
                "in" => {
                    let known = self.saved_segments.iter().find(|(id, _)| id == value);
                    let name = known.map_or(value, |(_, name)| name);
                    format!("{}: {name}", words.text("customers-in_segment"))
                }
                "r" => format!("{}: {value}", words.text("rfm-recency")),
                "f" => format!("{}: {value}", words.text("rfm-frequency")),
                "value" => format!("{} = {value}", self.wanted.get("attribute")),
                "contact" if value == "no" => words.text("customers-suppressed"),
                "contact" => words.text("customers-contactable"),
                _ => value.to_owned(),
            };
            let address = self.wanted.address_without(name, value);
            (shown, format!("{}?{address}", self.view.href("/customers")))
        };
        self.wanted.filters().filter(|(name, _)| *name != "attribute").map(chip).collect()
    }

    fn tiers(&self) -> Vec<(&'static str, String, bool)> {
        let tier = |&id: &&'static str| (id, self.view.words.tier(id), self.wanted.has("tier", id));
        TIERS.iter().map(tier).collect()
    }

    fn segments(&self) -> Vec<(&'static str, String, bool)> {
        let segment = |&id: &&'static str| (id, self.view.words.segment(id), self.wanted.has("segment", id));
        SEGMENTS.iter().map(segment).collect()
    }

    /// Filters by scores: their name, their words, and which are set.
    fn scores(&self) -> [(&'static str, String, Vec<Score>); 2] {
        let of = |name| SCORES.map(|score| (score, self.wanted.has(name, score))).to_vec();
        let words = self.view.words;
        [("r", words.text("rfm-recency"), of("r")), ("f", words.text("rfm-frequency"), of("f"))]
    }

    /// A consent that is looked for, as people call it: what for, and by which way.
    fn consent(&self, given: &str) -> String {
        match given.rsplit_once('/') {
            Some((purpose, channel)) => format!("{purpose} · {}", person::channel_name(self.view.words, channel)),
            None => given.to_owned(),
        }
    }

    /// Filters by a range: its name, those of its ends, its words.
    fn ranges(&self) -> [(&'static str, &'static str, &'static str, String); 3] {
        let words = self.view.words;
        [
            ("clv", "clv_from", "clv_to", words.text("customers-clv")),
            ("alive", "alive_from", "alive_to", words.text("customers-alive_percent")),
            ("revenue", "revenue_from", "revenue_to", words.text("customers-revenue")),
        ]
    }

    /// The order as it stands in addresses.
    fn sort(&self) -> String {
        let name = ORDERS.iter().find(|(_, order)| *order == self.wanted.order).map_or("clv", |(name, _)| name);
        format!("{}{name}", if self.wanted.descending { "-" } else { "" })
    }
}

/// A score to choose, and whether it is set.
type Score = (&'static str, bool);

/// A view to be saved.
#[derive(Deserialize)]
struct NewView {
    name: String,
    query: String,
    #[serde(default)]
    shared: String,
}

async fn save_view(view: View, Fields(new): Fields<NewView>) -> Answer {
    // Only what the list understands is kept.
    let query = Wanted::read(&new.query).address();
    saved::save(&view.app, &view.caller, &new.name, &query, !new.shared.is_empty()).await?;
    Ok(Redirect::to(&format!("{}?{query}", view.href("/customers"))).into_response())
}

async fn remove_view(view: View, Path(id): Path<String>) -> Answer {
    saved::remove(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href("/customers")).into_response())
}
