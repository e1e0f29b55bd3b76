//! Tables as files that spreadsheets open.

use super::Answer;
use axum::http::header;
use axum::response::IntoResponse;
use std::borrow::Cow;

/// A file of comma-separated values, in UTF-8 with the mark by which spreadsheets know it.
///
/// # Errors
/// None in practice.
pub fn csv(name: &str, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Answer {
    let mut text = String::from("\u{feff}");
    line(&mut text, head.iter().copied());
    for row in rows {
        line(&mut text, row.iter().map(String::as_str));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
    ];
    Ok((headers, text).into_response())
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&csv_cell(cell));
    }
    text.push_str("\r\n");
}

/// Text as a cell. What begins like a formula would be run by a spreadsheet that opens the file, so a quotation mark goes before it; a
/// number with its sign is none, nor is a phone's.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let is_number = text.starts_with(['-', '+']) && text.parse::<f64>().is_ok();
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number;
    let text = if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) };
    if text.contains(['"', ',', ';', '\n', '\r', '\t']) {
        return Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_cells() {
        let mut text = String::new();
        line(&mut text, ["a", "b,c", "say \"hi\"", "-1.5", "two\nlines", ""].into_iter());
        assert_eq!(text, "a,\"b,c\",\"say \"\"hi\"\"\",-1.5,\"two\nlines\",\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, written) in [
            ("Anna", "Anna"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+48601234567", "+48601234567"),
            ("+1+1", "'+1+1"),
            ("-1+1", "'-1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "\"'\t=1\""),
            ("Nowak; \"Ala\"", "\"Nowak; \"\"Ala\"\"\""),
        ] {
            assert_eq!(csv_cell(text), written);
        }
    }
}
