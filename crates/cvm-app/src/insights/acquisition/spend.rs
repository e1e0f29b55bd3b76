//! What was spent to win customers, by month and channel.

use crate::access::{Caller, audit};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use chrono::NaiveDate;
use cvm_core::text::read_number;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Row;
use utoipa::ToSchema;

/// Months and channels of one change, and of all, at most.
pub(super) const ROWS_MAX: usize = 5_000;
const ALL_MAX: i64 = 50_000;

/// Letters of a channel, and what was spent, at most.
const CHANNEL_MAX: usize = 64;
const AMOUNT_MAX: f64 = 1e12;

/// What was spent in a month on a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcquisitionSpend)]
pub struct Spend {
    /// As in 2026-01.
    pub month: String,
    /// As the customers' attribute names it.
    pub channel: String,
    /// In the currency of the settings; 0 takes the row away.
    pub amount: f64,
}

/// The first day of a month such as 2026-01.
pub(super) fn first_day(month: &str) -> Option<NaiveDate> {
    let is_short = month.len() == 7;
    format!("{month}-01").parse().ok().filter(|_| is_short)
}

impl Spend {
    /// What is wrong with it: the member and what was expected.
    fn fault(&self) -> Option<(&'static str, String)> {
        let letters = self.channel.trim().chars().count();
        if first_day(&self.month).is_none() {
            return Some(("month", "expected a month as in 2026-01".to_owned()));
        }
        if !(1..=CHANNEL_MAX).contains(&letters) || self.channel.chars().any(char::is_control) {
            return Some(("channel", format!("expected a name of 1 to {CHANNEL_MAX} letters")));
        }
        (!(0.0..=AMOUNT_MAX).contains(&self.amount)).then(|| ("amount", format!("expected 0 to {AMOUNT_MAX:e}")))
    }
}

/// All that was spent, the latest month first.
pub(super) async fn list(app: &App) -> Result<Vec<Spend>, sqlx::Error> {
    let sql = "SELECT month, channel, amount FROM acquisition_spend ORDER BY month DESC, channel";
    let rows = sqlx::query(sql).fetch_all(app.database.pool()).await?;
    let spend = |row: &sqlx::any::AnyRow| {
        let amount = row.try_get::<i64, _>(2)? as f64 / 10_000.0;
        Ok(Spend { month: row.try_get(0)?, channel: row.try_get(1)?, amount })
    };
    rows.iter().map(spend).collect()
}

/// Enters what was spent; what was entered of the same month and channel before goes.
///
/// # Errors
/// 422 for what cannot be, 409 where there is too much, and what the database gives.
pub(super) async fn enter(app: &App, caller: &Caller, rows: &[Spend]) -> Result<()> {
    let faulty = rows.iter().enumerate().filter_map(|(place, row)| Some((place, row.fault()?)));
    let faults: Vec<Fault> =
        faulty.map(|(place, (member, detail))| Fault::new(format!("/data/{place}/{member}"), detail)).collect();
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    if rows.len() > ROWS_MAX {
        let fault = Fault::new("/data", format!("{} rows; expected {ROWS_MAX} at most", rows.len()));
        return Err(Problem::invalid(vec![fault]));
    }
    let (now, by) = (app.clock.now(), caller.actor().1);
    let mut transaction = app.database.begin().await?;
    for row in rows {
        let (month, channel) = (row.month.as_str(), row.channel.trim());
        if row.amount == 0.0 {
            let gone = "DELETE FROM acquisition_spend WHERE month = $1 AND channel = $2";
            sqlx::query(gone).bind(month).bind(channel).execute(&mut *transaction).await?;
            continue;
        }
        let sql = "INSERT INTO acquisition_spend (month, channel, amount, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (month, channel) DO UPDATE SET amount = excluded.amount, changed_at = excluded.changed_at, \
                   changed_by = excluded.changed_by";
        let query = sqlx::query(sql).bind(month).bind(channel).bind((row.amount * 10_000.0).round() as i64);
        query.bind(now).bind(by).execute(&mut *transaction).await?;
    }
    let all = sqlx::query("SELECT count(*) FROM acquisition_spend").fetch_one(&mut *transaction).await?;
    if all.try_get::<i64, _>(0)? > ALL_MAX {
        return Err(Problem::conflict(format!("more than {ALL_MAX} months and channels; take some away first")));
    }
    audit::record(&mut transaction, app, caller, "acquisition_spend.enter", "", json!({"rows": rows.len()})).await?;
    transaction.commit().await?;
    Ok(())
}

/// Rows of a text: month, channel and amount, with commas, semicolons or tabs between them; a first line of names is left out. Or the
/// number of the line that cannot be read.
pub(super) fn read(text: &str) -> Result<Vec<Spend>, usize> {
    let mut rows = Vec::new();
    for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        // A comma may be that of the amount's cents, where something else stands between the cells.
        let between = ['\t', ';', ','].into_iter().find(|between| line.contains(*between)).unwrap_or(',');
        let cells: Vec<&str> = line.split(between).map(|cell| cell.trim().trim_matches('"')).collect();
        let row = match cells[..] {
            [month, channel, amount] => {
                read_number(amount).map(|amount| Spend { month: month.to_owned(), channel: channel.to_owned(), amount })
            }
            _ => None,
        };
        match row.filter(|row| row.fault().is_none()) {
            Some(row) => rows.push(row),
            // Heads; a row of a month that cannot be read is none.
            None if number == 1 && first_day(cells[0]).is_none() => {}
            None => return Err(number),
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(month: &str, channel: &str, amount: f64) -> Spend {
        Spend { month: month.to_owned(), channel: channel.to_owned(), amount }
    }

    #[test]
    fn tables_are_read_as_spreadsheets_write_them() {
        let rows = vec![row("2026-01", "paid search", 1200.5), row("2026-02", "tv", 0.0)];
        assert_eq!(read("month,channel,amount\r\n2026-01,paid search,1200.5\r\n2026-02,\"tv\",0\r\n").unwrap(), rows);
        assert_eq!(read("2026-01;paid search;1200,5\n\n2026-02;tv;0").unwrap(), rows);
        assert_eq!(read("\u{feff}2026-01\tpaid search\t1200.5\n2026-02\ttv\t0").unwrap(), rows);
        assert_eq!(read("2026-01\tpaid search\t۱٬۲۰۰٫۵\n2026-02\ttv\t0").unwrap(), rows);
        assert_eq!(
            read("2026-01\ttv\t1,200\n2026-02\ttv\t0"),
            Err(1),
            "a thousand and two hundred, or one and a fifth"
        );
        assert_eq!(read("2026-01,tv,5\n2026-13,tv,5"), Err(2));
        assert_eq!(read("2026-01,tv,5\n2026-02,tv,-5"), Err(2));
        assert_eq!(read("2026-01,tv,5\n2026-02,tv"), Err(2));
    }
}
