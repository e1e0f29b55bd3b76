//! Every table of a page as a file. The page is made as for a reader, with figures and days written for programs, and its table is
//! read out of it: a file has the filters, the rights and the words of its page, and no page can forget to offer it.
//!
//! `?csv=2` behind a page's address asks for its second table; [`offer`] puts the way there behind each. A table of which a page has
//! a file of its own, with more columns and all rows, says so by `data-file`.

use super::{Answer, asset, csv};
use crate::access::audit;
use crate::platform::{Problem, Result, View};
use axum::body::{Body, to_bytes};
use axum::http::{StatusCode, Uri, header};
use axum::response::Response;
use serde_json::json;

/// Bytes of a page at most.
const PAGE_MAX: usize = 64 << 20;

/// What asks for a table.
const NAME: &str = "csv";

/// Takes the number of the table that is asked for out of an address.
pub(super) fn asked(address: &mut Uri) -> Result<Option<usize>> {
    let query = address.query().unwrap_or_default();
    let pairs = || url::form_urlencoded::parse(query.as_bytes());
    let Some((_, number)) = pairs().find(|(name, _)| name == NAME) else { return Ok(None) };
    let number = number.parse().ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| Problem::bad_request("`csv` is the number of a table of the page, from 1"))?;
    let rest = query.split('&').filter(|pair| pair.split('=').next() != Some(NAME)).collect::<Vec<_>>().join("&");
    let path = address.path();
    let without = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
    *address = without.parse().map_err(|_| Problem::bad_request("the address cannot be read"))?;
    Ok(Some(number))
}

/// The table as a file, out of the page.
pub(super) async fn file(view: &View, number: usize, page: Response) -> Answer {
    if page.status() != StatusCode::OK || !is_page(&page) {
        return Ok(page);
    }
    let page = text(page).await?;
    let Some(table) = tables(&page).nth(number - 1) else {
        return Err(Problem::not_found(format!("this page has no table {number}; it may be empty now")));
    };
    let mut rows = cells(table).into_iter();
    let head = rows.next().unwrap_or_default();
    // What was searched for may be a person.
    let here = view.here();
    let path = here.split('?').next().unwrap_or_default().trim_matches('/');
    let mut transaction = view.app.database.begin().await?;
    let details = json!({"page": path, "table": number, "rows": rows.len()});
    audit::record(&mut transaction, &view.app, &view.caller, "table.export", "", details).await?;
    transaction.commit().await?;
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = if path.is_empty() { "overview".to_owned() } else { path.chars().map(plain).collect() };
    csv(&format!("{name}-{number}"), &head.iter().map(String::as_str).collect::<Vec<_>>(), rows)
}

/// The page, or the part of one that is asked for alone, with a way to the file behind each of its tables.
pub(super) async fn offer(view: &View, page: Response) -> Answer {
    if page.status().is_server_error() || !is_page(&page) {
        return Ok(page);
    }
    let (mut parts, body) = page.into_parts();
    let page = text(Response::new(body)).await?;
    let (mut whole, mut rest) = (String::with_capacity(page.len() + 1024), page.as_str());
    for (number, table) in tables(&page).enumerate() {
        if table.starts_with("<table data-file") {
            continue;
        }
        let end = table.as_ptr() as usize + table.len() - rest.as_ptr() as usize;
        // What scrolls sideways is only the table.
        let tail = &rest[end..];
        let end =
            if tail.trim_start().starts_with("</div>") { end + tail.len() - tail.trim_start().len() + 6 } else { end };
        whole.push_str(&rest[..end]);
        whole.push_str(&link(view, number + 1, &page[..table.as_ptr() as usize - page.as_ptr() as usize]));
        rest = &rest[end..];
    }
    whole.push_str(rest);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::from(whole)))
}

/// The way to a table's file, named after the region that the table scrolls in.
fn link(view: &View, number: usize, before: &str) -> String {
    let region = before.rsplit_once("<div class=\"scroll\"").map_or("", |(_, region)| region);
    let region = if region.matches('>').count() > 1 { "" } else { region };
    let name = region.split("aria-label=\"").nth(1).and_then(|name| name.split('"').next()).unwrap_or_default();
    let label = if name.is_empty() { String::new() } else { format!(" aria-label=\"CSV: {name}\"") };
    let here = view.here();
    let mark = if here.contains('?') { '&' } else { '?' };
    let href = view.href(&format!("{here}{mark}{NAME}={number}")).replace('&', "&#38;").replace('"', "&#34;");
    let icon = asset("vendor/icons.svg");
    format!(
        "<p class=\"sheet\"><a class=\"button quiet small\" href=\"{href}\" download{label}>\
         <svg class=\"icon\" aria-hidden=\"true\"><use href=\"{icon}#download\"></use></svg>CSV</a></p>"
    )
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

async fn text(page: Response) -> Result<String> {
    let bytes = to_bytes(page.into_body(), PAGE_MAX).await.map_err(|error| Problem::internal(&error))?;
    String::from_utf8(bytes.into()).map_err(|error| Problem::internal(&error))
}

/// The tables of a page, from `<table` to `</table>`; none is within another.
fn tables(page: &str) -> impl Iterator<Item = &str> {
    page.match_indices("<table").filter_map(|(begin, _)| {
        let end = page[begin..].find("</table>")?;
        Some(&page[begin..begin + end + "</table>".len()])
    })
}

/// Elements whose words are no part of a cell: pictures, and what one does rather than reads.
const LEFT_OUT: [&str; 6] = ["svg", "form", "button", "select", "caption", "script"];

/// Elements that begin something else within a cell.
const APART: [&str; 7] = ["small", "br", "p", "li", "div", "dd", "dt"];

/// The cells of a table, row by row, without columns that say nothing. HTML is read as our templates write it: what is of others is
/// escaped in it.
fn cells(table: &str) -> Vec<Vec<String>> {
    let (mut rows, mut cell): (Vec<Vec<String>>, Option<String>) = (Vec::new(), None);
    let (mut rest, mut left_out, mut across) = (table, 0_usize, 1);
    while let Some((words, tag)) = rest.split_once('<') {
        if let Some(cell) = cell.as_mut().filter(|_| left_out == 0) {
            cell.push_str(&unescaped(words));
        }
        let end = end_of_tag(tag);
        let (tag, after) = (&tag[..end], &tag[(end + 1).min(tag.len())..]);
        rest = after;
        let (closes, inner) = tag.strip_prefix('/').map_or((false, tag), |inner| (true, inner));
        let name = inner.split([' ', '\n', '/']).next().unwrap_or_default();
        match name {
            name if LEFT_OUT.contains(&name) => {
                left_out = if closes { left_out.saturating_sub(1) } else { left_out + 1 };
            }
            "tr" if !closes => rows.push(Vec::new()),
            "td" | "th" if !closes => {
                let wide = inner.split("colspan=\"").nth(1).and_then(|wide| wide.split('"').next()?.parse().ok());
                (cell, across) = (Some(String::new()), wide.unwrap_or(1));
            }
            "td" | "th" => {
                let words = cell.take().unwrap_or_default();
                let words = words.split('\n').map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
                let words = words.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
                if let Some(row) = rows.last_mut() {
                    row.push(words);
                    row.extend((1..across).map(|_| String::new()));
                }
            }
            name if APART.contains(&name) => cell.iter_mut().for_each(|cell| cell.push('\n')),
            _ => {}
        }
    }
    let wide = rows.iter().map(Vec::len).max().unwrap_or(0);
    for column in (0..wide).rev() {
        if rows.iter().skip(1).all(|row| row.get(column).is_none_or(String::is_empty)) && rows.len() > 1 {
            rows.iter_mut().filter(|row| row.len() > column).for_each(|row| drop(row.remove(column)));
        }
    }
    rows
}

/// Where a tag ends: a `>` may stand in the value of an attribute.
fn end_of_tag(tag: &str) -> usize {
    let mut quoted = false;
    let end = tag.find(|c| {
        quoted ^= c == '"';
        c == '>' && !quoted
    });
    end.unwrap_or(tag.len())
}

/// The text of a cell as it was before it became HTML, with ends of lines as spaces.
fn unescaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let known = after.split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        (text, rest) = match known {
            Some((c, after)) => (text + c.encode_utf8(&mut [0; 4]), after),
            None => (text + "&", after),
        };
    }
    text.push_str(rest);
    text.replace(['\n', '\r'], " ")
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "nbsp" => Some('\u{a0}'),
        _ => name.strip_prefix('#')?.parse().ok().and_then(char::from_u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_it_is_seen() {
        let table = "<table class=\"a > b\"><caption class=\"hidden\">What</caption>\n\
            <thead><tr><th scope=\"col\">Name</th><th scope=\"col\" class=\"n\">Sum</th><th><span class=\"hidden\">Do</span></th></tr></thead>\n\
            <tbody><tr><th scope=\"row\"><a href=\"/x\"><bdi>A &#38; &#60;B&#62;</bdi></a><small>two\n  lines</small></th>\
            <td class=\"n\">12.5<svg><text>12</text></svg></td><td><form><button>Go</button></form></td></tr>\n\
            <tr><td colspan=\"2\">&nbsp;=1+1 &copy</td><td></td></tr></tbody></table>";
        assert_eq!(
            cells(table),
            [["Name", "Sum"], ["A & <B> · two lines", "12.5"], ["=1+1 &copy", ""]]
                .map(|row| row.map(str::to_owned).to_vec())
        );
        let page = format!("<p>{table}</p><table><tr><th>x</th></tr></table>");
        assert_eq!(tables(&page).map(|table| cells(table).len()).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn the_wish_is_taken_out_of_the_address() {
        let mut address: Uri = "/en/segments?q=a&csv=2&b=csv".parse().unwrap();
        assert_eq!(asked(&mut address).unwrap(), Some(2));
        assert_eq!(address, "/en/segments?q=a&b=csv");
        assert_eq!(asked(&mut address).unwrap(), None);
        for wrong in ["/en/x?csv=0", "/en/x?csv=two", "/en/x?csv="] {
            assert!(asked(&mut wrong.parse().unwrap()).is_err(), "{wrong}");
        }
    }
}
