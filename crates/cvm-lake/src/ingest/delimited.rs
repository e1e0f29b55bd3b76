//! Rows of delimited text, with the line of the file on which each begins.
//!
//! Written here and not taken from the `csv` crate because rows need their physical line (quoted line breaks and all),
//! their text for the list of problems, columns parted by runs of spaces, and forgiveness for stray quotes; half of
//! the time of reading a large file is spent in the loop of [`split_line`].

use super::options::Separator;
use super::source::{Text, UNREADABLE};
use super::{names, numbers, times::TimeFormat};
use std::io::{self, BufRead};

/// How the text of one file is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) separator: Separator,
    /// Whether the first row names the columns.
    pub(super) header: bool,
    /// Lines before the first row: Excel's "sep=;".
    pub(super) preface: u64,
    /// Names of the columns; "column 1" and so on where the file has none.
    pub(super) names: Vec<String>,
}

/// What came next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A row that begins on this line, from 1.
    Row(u64),
    /// A row with bytes that are no text.
    Unreadable(u64),
    End,
}

/// Reads row after row; the fields of the current one can be asked for.
pub(super) struct Rows<'a> {
    text: Text<'a>,
    /// `None` where a row is a line and has no fields.
    separator: Option<Separator>,
    buffer: String,
    /// Start of the next row in the buffer.
    at: usize,
    /// Its line.
    line: u64,
    /// The current row in the buffer, line end stripped.
    row: (usize, usize),
    fields: Vec<Field>,
    /// Fields whose doubled quotes were undone.
    unescaped: String,
}

/// Where a field stands.
#[derive(Debug, Clone, Copy)]
struct Field {
    start: u32,
    end: u32,
    unescaped: bool,
}

/// A quote that is not closed within these limits is a stray one.
const QUOTED_BYTES: usize = 256 * 1024;
const QUOTED_LINES: u64 = 500;

impl<'a> Rows<'a> {
    pub(super) fn new(text: Text<'a>, separator: Separator) -> Self {
        let (buffer, unescaped) = (String::new(), String::new());
        let separator = Some(separator);
        Self { text, separator, buffer, at: 0, line: 1, row: (0, 0), fields: Vec::new(), unescaped }
    }

    /// Whole lines, not split.
    pub(super) fn lines(text: Text<'a>) -> Self {
        Self { separator: None, ..Self::new(text, Separator::Comma) }
    }

    /// At the first row of data of a file laid out so.
    pub(super) fn of_file(text: Text<'a>, layout: &Layout) -> io::Result<Self> {
        let mut rows = Self::new(text, layout.separator);
        for _ in 0..layout.preface {
            if let Some(end) = rows.line_end(0)? {
                rows.at += end;
                rows.line += 1;
            }
        }
        if layout.header {
            rows.advance()?;
        }
        Ok(rows)
    }

    /// Goes to the next row; blank lines are none.
    #[inline]
    pub(super) fn advance(&mut self) -> io::Result<Next> {
        self.fields.clear();
        if let Some(separator) = self.separator
            && let Some(end) = split_line(&self.buffer.as_bytes()[self.at..], separator, &mut self.fields)
        {
            let last = self.fields.last().map_or(0, |field| field.end as usize);
            let blank = self.fields.len() == 1 && self.buffer[self.at..self.at + last].trim_ascii().is_empty();
            if !blank {
                self.line += 1;
                self.row = (self.at, self.at + last);
                self.at += end;
                return Ok(self.found(self.line - 1));
            }
        }
        self.advance_with_care()
    }

    /// The same for rows with quotes, at the end of the buffer, or parted by spaces.
    fn advance_with_care(&mut self) -> io::Result<Next> {
        loop {
            let Some(mut end) = self.line_end(0)? else { return Ok(Next::End) };
            let line = self.line;
            self.line += 1;
            if self.line_text(end).trim_ascii().is_empty() {
                self.at += end;
                continue;
            }
            self.fields.clear();
            self.unescaped.clear();
            if let Some(separator) = self.separator {
                let text = without_line_end(&self.buffer[self.at..self.at + end]);
                if text.as_bytes().contains(&b'"') {
                    end = self.split_quoted(end, separator)?;
                } else {
                    split_plain(text, separator, &mut self.fields);
                }
            }
            let length = self.line_text(end).len();
            self.row = (self.at, self.at + length);
            self.at += end;
            return Ok(self.found(line));
        }
    }

    fn found(&self, line: u64) -> Next {
        let text = self.text();
        if !text.is_ascii() && text.contains(UNREADABLE) { Next::Unreadable(line) } else { Next::Row(line) }
    }

    /// Number of fields of the current row.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field of the current row; empty where the row is too short.
    #[inline]
    pub(super) fn field(&self, index: usize) -> &str {
        match self.fields.get(index) {
            None => "",
            Some(field) if field.unescaped => &self.unescaped[field.start as usize..field.end as usize],
            Some(field) => &self.buffer[self.row.0 + field.start as usize..self.row.0 + field.end as usize],
        }
    }

    /// The current row as it stands in the file.
    pub(super) fn text(&self) -> &str {
        &self.buffer[self.row.0..self.row.1]
    }

    fn line_text(&self, end: usize) -> &str {
        without_line_end(&self.buffer[self.at..self.at + end])
    }

    /// Length from the start of the row to the end of the line that holds byte `from`, line end included.
    fn line_end(&mut self, from: usize) -> io::Result<Option<usize>> {
        let mut searched = from;
        loop {
            let rest = &self.buffer.as_bytes()[self.at + searched..];
            if let Some(end) = find(rest, b'\n') {
                return Ok(Some(searched + end + 1));
            }
            searched += rest.len();
            self.buffer.drain(..self.at);
            self.at = 0;
            if !self.text.read_more(&mut self.buffer)? {
                return Ok((searched > from).then_some(searched));
            }
        }
    }

    /// Splits a row with quotes, which may go on over several lines; returns its length.
    fn split_quoted(&mut self, first_end: usize, separator: Separator) -> io::Result<usize> {
        let mut end = first_end;
        let mut lines = 0;
        while end < QUOTED_BYTES && lines < QUOTED_LINES {
            let text = without_line_end(&self.buffer[self.at..self.at + end]);
            if split_quoted(text, separator, &mut self.fields, &mut self.unescaped) {
                self.line += lines;
                return Ok(end);
            }
            match self.line_end(end)? {
                Some(next) => end = next,
                None => break,
            }
            lines += 1;
        }
        let text = without_line_end(&self.buffer[self.at..self.at + first_end]);
        self.fields.clear();
        split_plain(text, separator, &mut self.fields);
        Ok(first_end)
    }
}

/// The first place of a byte, by the quickest search the standard library has.
#[inline]
fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    let mut unread = bytes;
    let skipped = unread.skip_until(wanted).expect("memory can be read");
    skipped.checked_sub(1).filter(|last| bytes[*last] == wanted)
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

const fn byte(separator: Separator) -> u8 {
    match separator {
        Separator::Comma => b',',
        Separator::Semicolon => b';',
        Separator::Tab => b'\t',
        Separator::Pipe => b'|',
        Separator::Space => b' ',
    }
}

/// Splits the line at the beginning of the text and gives its length; `None` where it has quotes, no end, or is parted
/// by spaces. Most rows of most files go this way: one look at each byte.
#[inline]
fn split_line(text: &[u8], separator: Separator, fields: &mut Vec<Field>) -> Option<usize> {
    if separator == Separator::Space {
        return None;
    }
    let separator = byte(separator);
    let mut start = 0;
    for (at, byte) in text.iter().enumerate() {
        if *byte == separator {
            fields.push(Field { start: start as u32, end: at as u32, unescaped: false });
            start = at + 1;
        } else if *byte == b'\n' {
            let end = if at > start && text[at - 1] == b'\r' { at - 1 } else { at };
            fields.push(Field { start: start as u32, end: end as u32, unescaped: false });
            return Some(at + 1);
        } else if *byte == b'"' {
            return None;
        }
    }
    None
}

/// Splits a row without quotes.
fn split_plain(text: &str, separator: Separator, fields: &mut Vec<Field>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    if separator == Separator::Space {
        for end in 0..=bytes.len() {
            if end == bytes.len() || matches!(bytes[end], b' ' | b'\t') {
                if end > start {
                    fields.push(Field { start: start as u32, end: end as u32, unescaped: false });
                }
                start = end + 1;
            }
        }
        return;
    }
    let separator = byte(separator);
    for (end, byte) in bytes.iter().enumerate() {
        if *byte == separator {
            fields.push(Field { start: start as u32, end: end as u32, unescaped: false });
            start = end + 1;
        }
    }
    fields.push(Field { start: start as u32, end: bytes.len() as u32, unescaped: false });
}

/// Splits a row with quotes; false where a quote is still open at the end.
fn split_quoted(text: &str, separator: Separator, fields: &mut Vec<Field>, unescaped: &mut String) -> bool {
    let bytes = text.as_bytes();
    let spaces = separator == Separator::Space;
    let parts = |byte_: u8| if spaces { matches!(byte_, b' ' | b'\t') } else { byte_ == byte(separator) };
    fields.clear();
    unescaped.clear();
    let mut at = 0;
    loop {
        while spaces && at < bytes.len() && parts(bytes[at]) {
            at += 1;
        }
        if spaces && at == bytes.len() {
            return true;
        }
        let mut end = at;
        if bytes.get(at) == Some(&b'"') {
            let Some((close, doubled)) = closing_quote(bytes, at + 1) else { return false };
            if bytes.get(close + 1).is_none_or(|byte_| parts(*byte_)) {
                fields.push(inside_quotes(text, at + 1, close, doubled, unescaped));
                end = close + 1;
                if end == bytes.len() {
                    return true;
                }
                at = end + 1;
                continue;
            }
            // Something follows the closing quote: they are part of the text, such as in "The Sims" 3.
        }
        while end < bytes.len() && !parts(bytes[end]) && bytes[end] != b'\n' {
            end += 1;
        }
        if bytes.get(end) == Some(&b'\n') {
            return true;
        }
        fields.push(Field { start: at as u32, end: end as u32, unescaped: false });
        if end == bytes.len() {
            return true;
        }
        at = end + 1;
    }
}

/// The quote that closes what was opened before `from`, and whether there are doubled ones before it.
fn closing_quote(bytes: &[u8], from: usize) -> Option<(usize, bool)> {
    let mut at = from;
    let mut doubled = false;
    while let Some(step) = bytes[at..].iter().position(|byte| *byte == b'"') {
        at += step;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some((at, doubled));
        }
        doubled = true;
        at += 2;
    }
    None
}

fn inside_quotes(text: &str, start: usize, end: usize, doubled: bool, unescaped: &mut String) -> Field {
    if !doubled {
        return Field { start: start as u32, end: end as u32, unescaped: false };
    }
    let from = unescaped.len();
    unescaped.push_str(&text[start..end].replace("\"\"", "\""));
    Field { start: from as u32, end: unescaped.len() as u32, unescaped: true }
}

/// Rows looked at to find the layout.
const LAYOUT_ROWS: usize = 1000;

/// Finds how the text is laid out from its beginning; `complete` where that is all.
pub(super) fn find_layout(
    head: &str,
    complete: bool,
    separator: Option<Separator>,
    header: Option<bool>,
) -> io::Result<Layout> {
    let first_line = head.lines().next().unwrap_or("").trim_end();
    let announced = first_line.strip_prefix("sep=").and_then(announced_separator);
    let preface = u64::from(announced.is_some());
    let body = if preface == 1 { head.split_once('\n').map_or("", |(_, body)| body) } else { head };
    let separator = match separator.or(announced) {
        Some(separator) => separator,
        None => find_separator(body, complete)?,
    };
    let rows = read_rows(body, complete, separator)?;
    let width = usual_width(&rows).0;
    let header = header.unwrap_or_else(|| has_header(&rows));
    let names = match rows.first() {
        Some(first) if header && names_all_but_row_numbers(first.len(), width) => {
            unique_names(&[&[String::new()], first.as_slice()].concat())
        }
        Some(first) if header => unique_names(first),
        _ => (1..=width).map(|number| format!("column {number}")).collect(),
    };
    Ok(Layout { separator, header, preface, names })
}

fn announced_separator(text: &str) -> Option<Separator> {
    [Separator::Comma, Separator::Semicolon, Separator::Tab, Separator::Pipe]
        .into_iter()
        .find(|separator| text.as_bytes() == [byte(*separator)])
}

fn read_rows(body: &str, complete: bool, separator: Separator) -> io::Result<Vec<Vec<String>>> {
    let bytes: Box<dyn io::Read + Send + '_> = Box::new(body.as_bytes());
    let mut rows = Rows::new(Text::new(bytes, None), separator);
    let mut read = Vec::new();
    while read.len() < LAYOUT_ROWS && rows.advance()? != Next::End {
        read.push((0..rows.len()).map(|index| rows.field(index).trim().to_owned()).collect());
    }
    // The last row of a head is cut.
    if !complete && read.len() < LAYOUT_ROWS && read.len() > 1 {
        read.pop();
    }
    Ok(read)
}

/// The number of fields that most rows have, and the share of rows that have it.
fn usual_width(rows: &[Vec<String>]) -> (usize, f64) {
    let mut counts = std::collections::BTreeMap::new();
    for row in rows {
        *counts.entry(row.len()).or_insert(0_usize) += 1;
    }
    let (width, count) = counts.into_iter().max_by_key(|(width, count)| (*count, *width)).unwrap_or((0, 0));
    (width, count as f64 / rows.len().max(1) as f64)
}

/// The separator that gives nearly all rows, the first included, the same number of fields. Those that seldom occur
/// in text come first: a decimal comma may stand once in every row of a file with semicolons.
fn find_separator(body: &str, complete: bool) -> io::Result<Separator> {
    use Separator::{Comma, Pipe, Semicolon, Space, Tab};
    let mut second_best = None;
    for separator in [Tab, Semicolon, Pipe, Comma, Space] {
        let rows = read_rows(body, complete, separator)?;
        let (width, share) = usual_width(&rows);
        let fits = |first: &Vec<String>| first.len() == width || names_all_but_row_numbers(first.len(), width);
        if width < 2 || !rows.first().is_some_and(fits) {
            continue;
        }
        if share >= 0.95 {
            return Ok(separator);
        }
        if second_best.is_none_or(|(_, best)| share > best + 0.1) {
            second_best = Some((separator, share));
        }
    }
    Ok(second_best.map_or(Comma, |(separator, _)| separator))
}

/// R writes the numbers of rows before them, and no name for those.
fn names_all_but_row_numbers(names: usize, width: usize) -> bool {
    names >= 2 && names + 1 == width
}

/// Whether the first row names the columns: it holds no number and no date, and is known or unlike the rest.
fn has_header(rows: &[Vec<String>]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    if first.iter().any(|field| is_data(field)) {
        return false;
    }
    let known = first.iter().any(|field| names::is_known(field));
    let unlike = |column: usize| {
        let values: Vec<&str> = rest.iter().filter_map(|row| row.get(column)).map(String::as_str).collect();
        let filled = values.iter().filter(|value| !numbers::is_missing(value)).count();
        filled > 0 && values.iter().filter(|value| is_data(value)).count() * 10 >= filled * 9
    };
    known || rest.is_empty() || (0..first.len()).any(unlike) || !rest.iter().flatten().any(|field| is_data(field))
}

fn is_data(field: &str) -> bool {
    !matches!(numbers::readings(field), numbers::Readings::Neither)
        || TimeFormat::ALL.iter().any(|format| !format.is_number() && format.parse(field).is_some())
}

/// Names of columns, each made different: a repeated one gets a number.
fn unique_names(header: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let name = if name.is_empty() { format!("column {}", index + 1) } else { name.clone() };
        let mut unique = name.clone();
        let mut number = 2;
        while names.contains(&unique) {
            unique = format!("{name} ({number})");
            number += 1;
        }
        names.push(unique);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, separator: Separator) -> Vec<(u64, Vec<String>)> {
        let bytes: Box<dyn io::Read + Send + '_> = Box::new(text.as_bytes());
        let mut rows = Rows::new(Text::new(bytes, None), separator);
        let mut read = Vec::new();
        while let Next::Row(line) = rows.advance().unwrap() {
            read.push((line, (0..rows.len()).map(|index| rows.field(index).to_owned()).collect()));
        }
        read
    }

    fn expected(rows: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
        rows.iter().map(|(line, fields)| (*line, fields.iter().map(|field| (*field).to_owned()).collect())).collect()
    }

    #[test]
    fn a_quoted_line_break_moves_the_lines_that_follow() {
        let text = "a,b\r\n1,\"two\nlines, \"\"quoted\"\"\"\r\n\r\n2,x\r\n3,\n4,last";
        let wanted = [
            (1, &["a", "b"] as &[&str]),
            (2, &["1", "two\nlines, \"quoted\""]),
            (5, &["2", "x"]),
            (6, &["3", ""]),
            (7, &["4", "last"]),
        ];
        assert_eq!(rows(text, Separator::Comma), expected(&wanted));
    }

    #[test]
    fn stray_quotes_are_text() {
        let text = "1\t\"The Sims\" 3\t2\n2\t5\" pipe\t2\n3\t\"never closed\t2\n4\tx\t2\n";
        let wanted = [
            (1, &["1", "\"The Sims\" 3", "2"] as &[&str]),
            (2, &["2", "5\" pipe", "2"]),
            (3, &["3", "\"never closed", "2"]),
            (4, &["4", "x", "2"]),
        ];
        assert_eq!(rows(text, Separator::Tab), expected(&wanted));
    }

    #[test]
    fn runs_of_spaces_part_columns() {
        let text = " 00001 19970101  1   11.77\r\n\"2 b\"  19970112 1 12.00 \r\n";
        let wanted = [(1, &["00001", "19970101", "1", "11.77"] as &[&str]), (2, &["2 b", "19970112", "1", "12.00"])];
        assert_eq!(rows(text, Separator::Space), expected(&wanted));
    }

    #[test]
    fn rows_longer_than_a_chunk_stay_whole() {
        let long = "x".repeat(600_000);
        let text = format!("a;{long}\nb;2\n");
        assert_eq!(rows(&text, Separator::Semicolon), expected(&[(1, &["a", &long]), (2, &["b", "2"])]));
    }

    #[test]
    fn layouts_are_found() {
        for (text, separator, header, names) in [
            ("id,date,price\n1,2005-01-02,230.3\n", Separator::Comma, true, "id|date|price"),
            ("id;date;price\n1;02.01.2005;230,3\n2;02.01.2005;1,5\n", Separator::Semicolon, true, "id|date|price"),
            ("1;02.01.2005;230,3\n2;02.01.2005;1,5\n", Separator::Semicolon, false, "column 1|column 2|column 3"),
            ("id\tdate\tnote\n1\t2005-01-02\tone, two\n", Separator::Tab, true, "id|date|note"),
            ("id|date|price\n1|2005-01-02|3\n", Separator::Pipe, true, "id|date|price"),
            (" id  date  price\n 1 20050102   3.5\n", Separator::Space, true, "id|date|price"),
            ("sep=;\nid;date\n1;2005-01-02\n", Separator::Semicolon, true, "id|date"),
            (
                "\"id\" \"date\" \"sum\"\n\"1\" 7 2005-01-02 3\n\"2\" 7 2005-01-03 3\n",
                Separator::Space,
                true,
                "column 1|id|date|sum",
            ),
            ("Id,Id,,Sum\n1,2,3,2005-01-02\n", Separator::Comma, true, "Id|Id (2)|column 3|Sum"),
        ] {
            let layout = find_layout(text, true, None, None).unwrap();
            assert_eq!(
                (layout.separator, layout.header, layout.names.join("|")),
                (separator, header, names.to_owned())
            );
        }
    }
}
