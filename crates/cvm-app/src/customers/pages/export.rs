//! The whole list as CSV: as many rows as are meant, written while they are read.

use super::super::roster::Figures;
use super::super::view::HARMLESS;
use super::super::wanted::Wanted;
use super::{by_id, day, named, of_segment};
use crate::access::{Permission, audit};
use crate::platform::pages::{Answer, csv_cell};
use crate::platform::server::App;
use crate::platform::{Problem, View};
use axum::body::{Body, Bytes};
use axum::extract::RawQuery;
use axum::http::header;
use axum::response::IntoResponse;
use cvm_core::text::{SEGMENTS, TIERS, Words};
use serde_json::json;
use std::fmt::Write;

/// Customers of one file at most.
const ROWS_MAX: usize = 1_000_000;

/// Customers read at once.
const PART: usize = 1_000;

pub(super) async fn csv(view: View, RawQuery(query): RawQuery) -> Answer {
    let wanted = Wanted::read(&query.unwrap_or_default());
    let personal = view.may(Permission::ReadPersonalData);
    let (mut selection, _) = wanted.selection(personal, |name| personal || HARMLESS.contains(&name));
    by_id(&view.app, wanted.get("q"), &mut selection).await?;
    of_segment(&view, &wanted, &mut selection).await?;
    let (order, descending) = (wanted.order, wanted.descending);
    let asked = view.app.roster.ask(&view.app, move |table| selection.all(table, order, descending, ROWS_MAX));
    let rows = asked.await?.ok_or_else(|| Problem::unavailable("the list is being prepared; try again soon", 5))?;
    let mut transaction = view.app.database.begin().await?;
    let details = json!({"rows": rows.len(), "personal": personal});
    audit::record(&mut transaction, &view.app, &view.caller, "customers.export", "", details).await?;
    transaction.commit().await?;
    let parts = Parts { app: view.app.clone(), words: view.words, personal, rows, begun: false, next: 0 };
    let body = Body::from_stream(futures_util::stream::try_unfold(parts, async |mut parts: Parts| {
        let part = parts.next().await?;
        Ok::<_, sqlx::Error>(part.map(|part| (Bytes::from(part), parts)))
    }));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"customers.csv\""),
    ];
    Ok((headers, body).into_response())
}

/// A file in the making.
struct Parts {
    app: App,
    words: Words,
    personal: bool,
    rows: Vec<(u32, Option<Figures>)>,
    begun: bool,
    next: usize,
}

impl Parts {
    async fn next(&mut self) -> Result<Option<String>, sqlx::Error> {
        let begin = self.next;
        if self.begun && begin >= self.rows.len() {
            return Ok(None);
        }
        let mut text = String::new();
        if !self.begun {
            self.begun = true;
            // Spreadsheets take a file without this mark for one in an older alphabet.
            text.push('\u{feff}');
            text.push_str("customer_id");
            text.push_str(if self.personal { ",name,email,phone" } else { "" });
            text.push_str(
                ",suppressed,value_tier,clv,p_alive,expected_purchases,revenue,profit,purchases,first_purchase,",
            );
            text.push_str("last_purchase,rfm_segment,reason\r\n");
        }
        self.next = (begin + PART).min(self.rows.len());
        let rows = &self.rows[begin..self.next];
        let numbers: Vec<u32> = rows.iter().map(|(number, _)| *number).collect();
        let mut named = named(&self.app, &numbers).await?;
        for (number, figures) in rows {
            let Some(named) = named.remove(number) else { continue };
            text.push_str(&csv_cell(&named.customer));
            if self.personal {
                for shown in [&named.name, &named.email, &named.phone] {
                    text.push(',');
                    text.push_str(&csv_cell(shown));
                }
            }
            text.push_str(if named.suppressed { ",true" } else { ",false" });
            match figures {
                Some(figures) => self.figures(&mut text, figures),
                None => text.push_str(&",".repeat(11)),
            }
            text.push_str("\r\n");
        }
        Ok(Some(text))
    }

    fn figures(&self, text: &mut String, figures: &Figures) {
        let name =
            |names: &[&'static str], place: u8| usize::from(place).checked_sub(1).map_or("", |place| names[place]);
        let number = |value: f64| if value.is_nan() { String::new() } else { value.to_string() };
        let reason = figures.reason.map_or_else(String::new, |reason| self.words.reason(&reason));
        let cells = [
            name(TIERS, figures.tier).to_owned(),
            number(figures.clv),
            number(rounded(figures.p_alive)),
            number(rounded(figures.expected_purchases)),
            number(figures.revenue),
            number(figures.profit),
            figures.purchases.to_string(),
            day(figures.first_purchase).unwrap_or_default(),
            day(figures.last_purchase).unwrap_or_default(),
            name(SEGMENTS, figures.segment).to_owned(),
            csv_cell(&reason).into_owned(),
        ];
        for cell in cells {
            write!(text, ",{cell}").expect("texts take what they are given");
        }
    }
}

/// Six places: what is behind them is not kept.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}
