//! What lies beside the tables: `README.md` for people, `truth.json` for programs.

use super::calendar::{CAMPAIGN_DAYS, Calendar, FUTURE_DAYS};
use super::catalogue::{CATEGORIES, COUPON, PREFERENCE};
use super::people::{
    ACQUISITION, CALLS_A_YEAR, CATEGORY_HABITS, CHANNEL_PREFERENCE, COMPLAINTS, DISAPPOINTMENT,
    DISAPPOINTMENT_IN_SURVEYS, FREQUENT_CALLERS, LATE_ANSWERS, PREFERRED_CHANNELS, RATES, Response,
    SATISFACTION_ON_COMPLAINTS, SATISFACTION_ON_LEAVING, Shift,
};
use super::totals::Totals;
use super::{CAMPAIGN_ID, Settings, SimulateError, Summary, Table};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;

pub(super) const README: &str = "README.md";
pub(super) const TRUTH: &str = "truth.json";
/// How a later run knows that a folder may be replaced.
const MADE_BY: &str = "cvm simulate";

pub(super) fn write(
    settings: &Settings,
    calendar: &Calendar,
    totals: &Totals,
    summary: &Summary,
    folder: &Path,
) -> Result<(), SimulateError> {
    let truth = serde_json::to_string_pretty(&truth(settings, calendar, totals, summary)).expect("keys are text");
    for (name, text) in [(README, readme(settings, summary)), (TRUTH, truth + "\n")] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|e| SimulateError::io(&path, e))?;
    }
    Ok(())
}

/// The files that an earlier simulation lists as its own; none where there was none.
pub(super) fn files_of_earlier(truth: &Path) -> Vec<String> {
    let text = fs::read_to_string(truth).unwrap_or_default();
    let truth: Value = serde_json::from_str(&text).unwrap_or_default();
    if truth["made_by"] != MADE_BY {
        return Vec::new();
    }
    let files = truth["files"].as_array().into_iter().flatten();
    files.filter_map(|file| file.as_str().map(str::to_owned)).collect()
}

fn readme(settings: &Settings, summary: &Summary) -> String {
    let Settings { customers, seed, start, end, .. } = settings;
    let mut text = format!(
        "# A sample company\n\nEverything in this folder is invented: no person, order, address or number in it is \
         real. It was made by\n`cvm simulate` with {customers} customers and the seed {seed}; the same options make \
         the same files.\n\nThe shop was watched from {start} on; {end} is the first day no longer seen. Money is in \
         euros, time in UTC.\n`truth.json` says which rules made all this, and what the past campaign truly did. A \
         table of more than one file\nis cut by customers: read all its files together.\n"
    );
    for table in settings.tables.iter().copied() {
        let rows = summary.rows.get(table.name()).copied().unwrap_or_default();
        let _ = write!(text, "\n## {}\n\n{} {rows} rows.\n\n", table.name(), table.meaning());
        text.push_str("| column | type | what it says |\n|---|---|---|\n");
        for column in table.columns() {
            let _ = writeln!(text, "| {} | {} | {} |", column.name, column.kind.words(), column.meaning);
        }
    }
    text
}

fn truth(settings: &Settings, calendar: &Calendar, totals: &Totals, summary: &Summary) -> Value {
    let knows_future = settings.simulated_days() > calendar.days;
    json!({
        "made_by": MADE_BY,
        "note": "Everything in this folder is invented.",
        "settings": {
            "customers": settings.customers,
            "seed": settings.seed,
            "start": settings.start.to_string(),
            "end": settings.end.to_string(),
            "tables": settings.tables.iter().map(|table| table.name()).collect::<Vec<_>>(),
            "visits_per_order": settings.visits_per_order,
            "anonymous_share": settings.anonymous_share,
        },
        "made": {
            "rows": summary.rows,
            "orders": summary.orders,
            "amount": summary.amount,
        },
        "rules": rules(),
        "drivers": drivers(),
        "customers": of_table(settings, Table::Truth, || json!({
            "expected_orders_without_campaign": totals.expected_orders,
            "alive_at_end": totals.alive,
            "disappointed": totals.disappointed,
        })),
        "future": if knows_future { future(settings, totals) } else { Value::Null },
        "campaign": campaign(settings, calendar, totals),
        "files": summary.files,
    })
}

/// A value that is only known where a table was made.
fn of_table(settings: &Settings, table: Table, value: impl FnOnce() -> Value) -> Value {
    if settings.tables.contains(&table) { value() } else { Value::Null }
}

fn rules() -> Value {
    let shifts = |shifts: &[Shift]| -> Vec<Value> {
        let row = |s: &Shift| {
            json!({
                "name": s.name, "share": s.share,
                "order_rate_factor": s.orders, "leaving_rate_factor": s.leaving,
            })
        };
        shifts.iter().map(row).collect()
    };
    let category = |(c, habit): (&super::catalogue::Category, &(f64, f64))| {
        json!({
            "name": c.name, "popularity": c.popularity, "return_rate": c.return_rate, "cost_share": c.cost_share,
            "order_rate_factor_where_preferred": habit.0, "spend_factor_where_preferred": habit.1,
        })
    };
    json!({
        "orders": "Poisson with an order rate of the customer's own, gamma-distributed, times the season",
        "order_rate": { "shape": RATES.orders_shape, "mean_per_day": RATES.orders_a_day },
        "leaving": "at midnight, with a leaving rate of the customer's own, gamma-distributed",
        "leaving_rate": { "shape": RATES.leaving_shape, "mean_per_day": RATES.leaving_a_day },
        "spend": "of an order: gamma with shape p and the customer's mean; the means are inverse-gamma with shape q",
        "mean_spend": { "p": RATES.order_shape, "q": RATES.spend_shape, "mean_euros": RATES.spend },
        "acquisition_channel": shifts(&ACQUISITION),
        "preferred_channel": shifts(&PREFERRED_CHANNELS),
        "category": CATEGORIES.iter().zip(&CATEGORY_HABITS).map(category).collect::<Vec<_>>(),
        "preference": {
            "share_of_lines_in_preferred_category_for_that_reason": PREFERENCE,
            "share_of_orders_in_preferred_channel_for_that_reason": CHANNEL_PREFERENCE,
        },
    })
}

fn drivers() -> Value {
    json!([
        {
            "cause": "a complaint whose first response takes 3 days or more",
            "effect": "the leaving rate is multiplied from the order complained of on; survey answers fall",
            "leaving_rate_factor": DISAPPOINTMENT, "share_of_complaints": LATE_ANSWERS,
            "survey_standard_deviations": -DISAPPOINTMENT_IN_SURVEYS,
        },
        {
            "cause": "satisfaction (standard normal, in the truth table)",
            "effect": "one more adds this to the logarithms of the leaving rate and of complaints an order",
            "log_leaving_rate": -SATISFACTION_ON_LEAVING,
            "log_complaints": -SATISFACTION_ON_COMPLAINTS,
            "complaints_an_order_on_average": COMPLAINTS,
        },
        { "cause": "acquisition_channel, preferred_channel, preferred_category", "effect": "see rules" },
        {
            "cause": "some customers call the service often",
            "share": FREQUENT_CALLERS, "calls_a_year": { "most": CALLS_A_YEAR[0], "frequent": CALLS_A_YEAR[1] },
            "effect": "unprofitable customers among those who spend little",
        },
    ])
}

fn future(settings: &Settings, totals: &Totals) -> Value {
    let [orders, revenue, margin] = totals.expected_future;
    json!({
        "days": FUTURE_DAYS,
        "expected": of_table(settings, Table::Truth, || json!({
            "purchases": orders, "revenue": revenue, "margin": margin,
        })),
        "real": {
            "purchases": totals.future_orders,
            "revenue": totals.future_revenue as f64 / 100.0,
            "margin": totals.future_margin as f64 / 100.0,
        },
        "note": "revenue is net of returns; margin is revenue less the cost of the goods kept",
    })
}

fn campaign(settings: &Settings, calendar: &Calendar, totals: &Totals) -> Value {
    let effect =
        |[orders, revenue, margin]: [f64; 3]| json!({ "orders": orders, "revenue": revenue, "margin": margin });
    let responses = Response::ALL.iter().zip(&totals.campaign.by_response).map(|(response, (count, sum))| {
        let each = sum.map(|s| s / (*count).max(1) as f64);
        json!({
            "response": response.name(), "customers": count,
            "change_of_rate": { "A": response.change(false), "B": response.change(true) },
            "coupon_use_of_orders_made_anyway": response.coupon_use(),
            "average_expected_effect": effect(each),
        })
    });
    json!({
        "campaign_id": CAMPAIGN_ID,
        "what": "an e-mail with a coupon; half of the audience, by chance, got it; the rest are the control group",
        "coupon": COUPON,
        "sent_on": (settings.start + chrono::Days::new(u64::from(calendar.campaign_day))).to_string(),
        "effect_days": CAMPAIGN_DAYS,
        "audience": totals.campaign.audience,
        "treated": totals.campaign.treated,
        "average_effect": {
            "unit": "a customer of the audience; orders, euros of revenue net of returns, euros of margin",
            "expected": of_table(settings, Table::Truth, || effect(totals.campaign.average_expected())),
            "realised": effect(totals.campaign.average_realised()),
            "realised_note": "both lives of every customer were drawn: with the campaign, less without it",
        },
        "by_response": of_table(settings, Table::Truth, || responses.collect()),
    })
}
