//! Tables as files that spreadsheets open.

use super::Answer;
use axum::http::header;
use axum::response::IntoResponse;

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
        // What begins like a formula would be run by a spreadsheet that opens the file; a number is none.
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
        let guard = if formula { "'" } else { "" };
        if formula || cell.contains([',', '"', '\n', '\r']) {
            text.push_str(&format!("\"{guard}{}\"", cell.replace('"', "\"\"")));
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_cells() {
        let mut text = String::new();
        line(&mut text, ["a", "b,c", "say \"hi\"", "-1.5", "=1+1", "two\nlines", ""].into_iter());
        assert_eq!(text, "a,\"b,c\",\"say \"\"hi\"\"\",-1.5,\"'=1+1\",\"two\nlines\",\r\n");
    }
}
