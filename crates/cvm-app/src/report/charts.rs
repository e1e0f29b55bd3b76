//! Small charts as inline SVG: lines, areas, bars, intervals; no script, readable in both directions of writing.
//!
//! A picture cannot grow its letters when a phone shrinks it, so every chart is drawn twice, wide and narrow, and
//! the style sheet shows one of the two. Colours are classes of the style sheet, which knows about dark and print.
//! Where text runs from right to left the horizontal axis does too.

use cvm_core::Language;
use std::fmt::Write;

/// A finished picture: the same drawn wide and narrow.
pub struct Chart {
    /// SVG for screens of 640 pixels and more.
    pub wide: String,
    /// SVG for phones.
    pub narrow: String,
}

/// A mark on an axis: where, and what is written.
pub type Tick = (f64, String);

/// Which way the text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Direction {
    /// That of a language.
    pub fn of(language: Language) -> Self {
        if language.direction() == "rtl" { Self::Rtl } else { Self::Ltr }
    }
}

/// One line of a line chart.
pub struct Line {
    /// Class of the style sheet: "a" (past, actual), "b" (future, predicted) or "c" (for comparison).
    pub class: &'static str,
    /// Points with rising x.
    pub points: Vec<(f64, f64)>,
    /// Whether the area under the line is tinted.
    pub area: bool,
}

/// A chart of lines.
pub struct Lines {
    /// What the picture shows, for those who cannot see it.
    pub label: String,
    /// Lines, the last one on top.
    pub lines: Vec<Line>,
    /// Marks of the horizontal axis; its ends are those of the data.
    pub x: Vec<Tick>,
    /// Marks of the vertical axis, from its lower end to its upper.
    pub y: Vec<Tick>,
    /// Title of the horizontal axis.
    pub x_title: String,
    /// A stretch of the horizontal axis with a name, to its end.
    pub shaded_from: Option<Tick>,
}

/// A chart of upright bars.
pub struct Bars {
    /// What the picture shows.
    pub label: String,
    /// Name of each bar, or, where there is one more than bars, of each edge between them.
    pub names: Vec<String>,
    /// Series of bars: class and heights.
    pub series: Vec<(&'static str, Vec<f64>)>,
    /// Places drawn pale, by index.
    pub pale: Vec<usize>,
    /// Marks of the vertical axis.
    pub y: Vec<Tick>,
    /// Title of the horizontal axis.
    pub x_title: String,
}

/// An estimate with its bounds: low, value, high.
pub type Bounds = (f64, f64, f64);

/// Estimates over time, each with its bounds.
pub struct Estimates {
    /// What the picture shows.
    pub label: String,
    /// Places with rising x, and what is known there.
    pub points: Vec<(f64, Bounds)>,
    /// Marks of the horizontal axis.
    pub x: Vec<Tick>,
    /// Marks of the vertical axis, from its lower end to its upper; 0 among them.
    pub y: Vec<Tick>,
    /// Title of the horizontal axis.
    pub x_title: String,
}

/// Estimates below each other, each with its bounds, beside a line at 0.
pub struct Forest {
    /// What the picture shows.
    pub label: String,
    /// Name of each row and what is known of it.
    pub rows: Vec<(String, Option<Bounds>)>,
    /// Marks of the horizontal axis, from its lower end to its upper; 0 among them.
    pub x: Vec<Tick>,
    /// Title of the horizontal axis.
    pub x_title: String,
}

/// Marks at round numbers from 0 (or below) to at least `high`, about `count` of them.
pub fn round_marks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let (low, high) = (low.min(0.0), high.max(0.0));
    let span = high - low;
    if !(span.is_finite() && span > 0.0) {
        return vec![0.0, 1.0];
    }
    let raw = span / count as f64;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= raw * 0.999).unwrap_or(raw);
    let first = (low / step).floor() as i64;
    let last = (high / step - 1e-9).ceil() as i64;
    (first..=last).map(|k| k as f64 * step).collect()
}

/// Draws lines.
pub fn lines(chart: &Lines, direction: Direction) -> Chart {
    both(|size| {
        let xs = chart.lines.iter().flat_map(|line| line.points.iter().map(|p| p.0));
        let (x_low, x_high) = extent(xs);
        let frame = Frame::new(size, direction, (x_low, x_high), &chart.y);
        let mut svg = frame.open(&chart.label);
        if let Some((from, name)) = &chart.shaded_from {
            frame.shade(&mut svg, *from, name);
        }
        frame.vertical_axis(&mut svg, &chart.y);
        frame.names(&mut svg, &chart.x);
        frame.title(&mut svg, &chart.x_title);
        for line in &chart.lines {
            frame.line(&mut svg, line);
        }
        svg + "</svg>"
    })
}

/// Draws bars, beside each other where there are several series.
pub fn bars(chart: &Bars, direction: Direction) -> Chart {
    both(|size| {
        let count = chart.series.iter().map(|(_, heights)| heights.len()).max().unwrap_or(0).max(1);
        let frame = Frame::new(size, direction, (0.0, count as f64), &chart.y);
        let mut svg = frame.open(&chart.label);
        frame.vertical_axis(&mut svg, &chart.y);
        let group = if chart.series.len() > 1 { 0.72 } else { 0.82 };
        let width = group / chart.series.len().max(1) as f64;
        for (s, (class, heights)) in chart.series.iter().enumerate() {
            for (i, height) in heights.iter().enumerate() {
                let from = i as f64 + (1.0 - group) / 2.0 + s as f64 * width;
                let pale = if chart.pale.contains(&i) { " pale" } else { "" };
                frame.bar(&mut svg, from, from + width * 0.96, *height, &format!("{class}{pale}"));
            }
        }
        let shift = if chart.names.len() > count { 0.0 } else { 0.5 };
        let names: Vec<Tick> = chart.names.iter().enumerate().map(|(i, n)| (i as f64 + shift, n.clone())).collect();
        frame.names(&mut svg, &names);
        frame.title(&mut svg, &chart.x_title);
        svg + "</svg>"
    })
}

/// Draws estimates over time.
pub fn estimates(chart: &Estimates, direction: Direction) -> Chart {
    both(|size| {
        let (x_low, x_high) = extent(chart.points.iter().map(|(x, _)| *x));
        // The first and the last stand clear of the edges, one alone in the middle.
        let room = if chart.points.len() > 1 { (x_high - x_low) * 0.04 } else { 1.0 };
        let x_high = if chart.points.len() > 1 { x_high } else { x_low };
        let frame = Frame::new(size, direction, (x_low - room, x_high + room), &chart.y);
        let mut svg = frame.open(&chart.label);
        frame.vertical_axis(&mut svg, &chart.y);
        frame.names(&mut svg, &chart.x);
        frame.title(&mut svg, &chart.x_title);
        let upper = chart.points.iter().map(|(x, (_, _, high))| (*x, *high));
        let lower = chart.points.iter().rev().map(|(x, (low, ..))| (*x, *low));
        frame.shape(&mut svg, upper.chain(lower));
        let points = chart.points.iter().map(|(x, (_, value, _))| (*x, *value)).collect();
        frame.line(&mut svg, &Line { class: "a", points, area: false });
        for (x, (low, value, high)) in &chart.points {
            frame.whisker(&mut svg, (*x, *low), (*x, *high));
            frame.dot(&mut svg, *x, *value);
        }
        svg + "</svg>"
    })
}

/// Letters of a row's name beside a picture on a phone; the table has the whole.
const NAME_NARROW: usize = 13;

/// Draws estimates below each other.
pub fn forest(chart: &Forest, direction: Direction) -> Chart {
    let height = TOP + BOTTOM + 30.0 * chart.rows.len() as f64;
    let draw = |width: f64, class| {
        let size = Size { width, height, class };
        let name = |text: &str| match text.char_indices().nth(NAME_NARROW) {
            Some((end, _)) if class == "narrow" => format!("{}…", text[..end].trim_end()),
            _ => text.to_owned(),
        };
        let rows = chart.rows.len() as f64;
        let marks = chart.rows.iter().enumerate().map(|(at, (text, _))| (rows - at as f64 - 0.5, name(text)));
        let marks: Vec<Tick> = marks.collect();
        let mut frame = Frame::new(size, direction, extent(chart.x.iter().map(|mark| mark.0)), &marks);
        frame.y = (0.0, rows.max(1.0));
        let mut svg = frame.open(&chart.label);
        frame.vertical_axis(&mut svg, &marks);
        frame.upright(&mut svg, 0.0);
        frame.names(&mut svg, &chart.x);
        frame.title(&mut svg, &chart.x_title);
        for ((_, bounds), (y, _)) in chart.rows.iter().zip(&marks) {
            if let Some((low, value, high)) = bounds {
                frame.whisker(&mut svg, (*low, *y), (*high, *y));
                frame.dot(&mut svg, *value, *y);
            }
        }
        svg + "</svg>"
    };
    Chart { wide: draw(760.0, "wide"), narrow: draw(340.0, "narrow") }
}

/// A bar for a table cell: a share of the whole width. It only repeats the number beside it.
pub fn share_bar(share: f64, class: &str, direction: Direction) -> String {
    let width = (share.clamp(0.0, 1.0) * 100.0).max(if share > 0.0 { 0.6 } else { 0.0 });
    let x = if direction == Direction::Rtl { 100.0 - width } else { 0.0 };
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"track\" width=\"100\" height=\"8\"/>\
         <rect class=\"{class}\" x=\"{x:.2}\" width=\"{width:.2}\" height=\"8\"/></svg>"
    )
}

/// Bounds with the estimate between them, on a scale from 0 to `most`. It only repeats the numbers beside it.
pub fn interval_bar(low: f64, value: f64, high: f64, scale: (f64, f64), direction: Direction) -> String {
    let span = if scale.1 > scale.0 { scale.1 - scale.0 } else { 1.0 };
    let place = |v: f64| ((v - scale.0) / span).clamp(0.0, 1.0) * 100.0;
    let (low, value, high) = (place(low), place(value), place(high));
    let mirrored = |from: f64, width: f64| if direction == Direction::Rtl { 100.0 - from - width } else { from };
    let band = (high - low).max(0.8);
    format!(
        "<svg class=\"interval\" viewBox=\"0 0 100 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"track\" y=\"5\" width=\"100\" height=\"2\"/>\
         <rect class=\"band\" x=\"{:.2}\" y=\"2.5\" width=\"{band:.2}\" height=\"7\"/>\
         <rect class=\"point\" x=\"{:.2}\" width=\"1.2\" height=\"12\"/></svg>",
        mirrored(low.min(100.0 - band), band),
        mirrored((value - 0.6).clamp(0.0, 98.8), 1.2),
    )
}

/// Text made safe to stand in markup.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

/// Room for one drawing.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub width: f64,
    pub height: f64,
    pub class: &'static str,
}

pub(super) fn both(draw: impl Fn(Size) -> String) -> Chart {
    Chart {
        wide: draw(Size { width: 760.0, height: 300.0, class: "wide" }),
        narrow: draw(Size { width: 340.0, height: 240.0, class: "narrow" }),
    }
}

/// The drawing area and its two scales.
struct Frame {
    size: Size,
    direction: Direction,
    x: (f64, f64),
    y: (f64, f64),
    /// Room kept free on the side of the vertical axis.
    axis: f64,
}

const TOP: f64 = 12.0;
const BOTTOM: f64 = 44.0;
const END: f64 = 16.0;

impl Frame {
    fn new(size: Size, direction: Direction, x: (f64, f64), marks: &[Tick]) -> Self {
        let axis = 12.0 + marks.iter().map(|(_, text)| letters(text)).fold(0.0, f64::max);
        Self { size, direction, x, y: extent(marks.iter().map(|m| m.0)), axis }
    }

    fn open(&self, label: &str) -> String {
        let Size { width, height, class, .. } = self.size;
        format!(
            "<svg class=\"chart {class}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">",
            escape(label)
        )
    }

    fn inner(&self) -> (f64, f64) {
        (self.axis, self.size.width - END)
    }

    fn mirrored(&self, x: f64) -> f64 {
        if self.direction == Direction::Rtl { self.size.width - x } else { x }
    }

    fn x(&self, value: f64) -> f64 {
        let (from, to) = self.inner();
        self.mirrored(from + (value - self.x.0) / (self.x.1 - self.x.0) * (to - from))
    }

    fn y(&self, value: f64) -> f64 {
        let floor = self.size.height - BOTTOM;
        floor - (value - self.y.0) / (self.y.1 - self.y.0) * (floor - TOP)
    }

    fn vertical_axis(&self, svg: &mut String, marks: &[Tick]) {
        let (from, to) = self.inner();
        let (from, to, text_at) = (self.mirrored(from), self.mirrored(to), self.mirrored(self.axis - 8.0));
        for (value, text) in marks {
            let y = self.y(*value);
            let class = if *value == 0.0 { "zero" } else { "grid" };
            put(
                svg,
                format_args!("<line class=\"{class}\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"),
            );
            let text = escape(text);
            put(svg, format_args!("<text class=\"end\" x=\"{text_at:.1}\" y=\"{:.1}\">{text}</text>", y + 4.0));
        }
    }

    /// Names along the horizontal axis, as many as have room.
    fn names(&self, svg: &mut String, names: &[Tick]) {
        let (from, to) = self.inner();
        let longest = names.iter().map(|(_, text)| letters(text)).fold(0.0, f64::max);
        let most = ((to - from) / (longest + 12.0)).max(1.0);
        let step = (names.len() as f64 / most).ceil().max(1.0) as usize;
        let y = self.size.height - BOTTOM + 18.0;
        for (value, text) in names.iter().step_by(step) {
            // A name at the very edge would be cut off.
            let room = (letters(text) / 2.0).min(self.size.width / 2.0);
            let x = self.x(*value).clamp(room, self.size.width - room);
            put(svg, format_args!("<text class=\"mid\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(text)));
        }
    }

    fn title(&self, svg: &mut String, text: &str) {
        let (from, to) = self.inner();
        let (x, y) = (self.mirrored((from + to) / 2.0), self.size.height - 6.0);
        put(svg, format_args!("<text class=\"mid title\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(text)));
    }

    fn shade(&self, svg: &mut String, from: f64, name: &str) {
        let (a, b) = (self.x(from), self.x(self.x.1));
        let (left, width) = (a.min(b), (b - a).abs());
        let height = self.size.height - BOTTOM - TOP;
        put(
            svg,
            format_args!(
                "<rect class=\"shade\" x=\"{left:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
            ),
        );
        // The upper corner where curves that rise have not been yet is the lower one.
        let (x, y) = (self.x(self.x.1), self.size.height - BOTTOM - 10.0);
        let x = if self.direction == Direction::Rtl { x + 8.0 } else { x - 8.0 };
        put(svg, format_args!("<text class=\"end title\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(name)));
    }

    fn line(&self, svg: &mut String, line: &Line) {
        let mut path = String::new();
        for (i, (x, y)) in line.points.iter().enumerate() {
            let step = if i == 0 { 'M' } else { 'L' };
            put(&mut path, format_args!("{step}{:.1} {:.1}", self.x(*x), self.y(*y)));
        }
        if let (true, Some(first), Some(last)) = (line.area, line.points.first(), line.points.last()) {
            let zero = self.y(0.0);
            let (from, to) = (self.x(first.0), self.x(last.0));
            put(
                svg,
                format_args!(
                    "<path class=\"area {}\" d=\"{path}L{to:.1} {zero:.1}L{from:.1} {zero:.1}Z\"/>",
                    line.class
                ),
            );
        }
        put(svg, format_args!("<path class=\"line {}\" d=\"{path}\"/>", line.class));
    }

    /// A tinted area within these points.
    fn shape(&self, svg: &mut String, points: impl Iterator<Item = (f64, f64)>) {
        let places: Vec<String> = points.map(|(x, y)| format!("{:.1} {:.1}", self.x(x), self.y(y))).collect();
        put(svg, format_args!("<path class=\"area a\" d=\"M{}Z\"/>", places.join("L")));
    }

    fn whisker(&self, svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let (x1, x2, y1, y2) = (self.x(x1), self.x(x2), self.y(y1), self.y(y2));
        put(svg, format_args!("<line class=\"whisker\" x1=\"{x1:.1}\" x2=\"{x2:.1}\" y1=\"{y1:.1}\" y2=\"{y2:.1}\"/>"));
    }

    fn dot(&self, svg: &mut String, x: f64, y: f64) {
        let (x, y) = (self.x(x), self.y(y));
        put(svg, format_args!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"));
    }

    /// A line from below to above.
    fn upright(&self, svg: &mut String, x: f64) {
        let (x, below) = (self.x(x), self.size.height - BOTTOM);
        put(svg, format_args!("<line class=\"zero\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP:.1}\" y2=\"{below:.1}\"/>"));
    }

    fn bar(&self, svg: &mut String, from: f64, to: f64, height: f64, class: &str) {
        let (a, b) = (self.x(from), self.x(to));
        let (top, zero) = (self.y(height), self.y(0.0));
        let (x, y) = (a.min(b), top.min(zero));
        let (width, height) = ((b - a).abs(), (zero - top).abs());
        put(
            svg,
            format_args!(
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
            ),
        );
    }
}

pub(super) fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    svg.write_fmt(text).expect("a string takes everything");
}

/// Smallest and largest; a stretch of length 1 where there is none.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low < high {
        (low, high)
    } else if low.is_finite() {
        (low, low + 1.0)
    } else {
        (0.0, 1.0)
    }
}

/// About how wide a text of 12 pixels is, in a wide font.
pub(super) fn letters(text: &str) -> f64 {
    let wide = |c| match c {
        '\u{200b}'..='\u{200f}' => 0.0,
        '\u{600}'..='\u{6ff}' => 6.6,
        _ => 8.6,
    };
    text.chars().map(wide).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_cover_the_data() {
        assert_eq!(round_marks(0.0, 97.0, 5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(round_marks(-12.0, 30.0, 4), [-20.0, 0.0, 20.0, 40.0]);
        assert_eq!(round_marks(0.0, 0.0, 4), [0.0, 1.0]);
        assert_eq!(round_marks(0.0, f64::NAN, 4), [0.0, 1.0]);
        assert_eq!(round_marks(0.0, 1.0, 4).last(), Some(&1.0));
    }

    fn one_bar(direction: Direction) -> String {
        let y = vec![(0.0, "0".to_owned()), (10.0, "10".to_owned())];
        let names = vec!["<a>".to_owned(), "b".to_owned()];
        let series = vec![("a", vec![10.0, 5.0])];
        bars(&Bars { label: "\"x\"".into(), names, series, pale: vec![1], y, x_title: "t".into() }, direction).wide
    }

    #[test]
    fn a_bar_chart_stands_mirrored_where_text_runs_from_right_to_left() {
        let x_of_first = |svg: &str| -> f64 {
            let bar = svg.split("<rect class=\"a\" x=\"").nth(1).unwrap();
            bar.split('"').next().unwrap().parse().unwrap()
        };
        let (ltr, rtl) = (one_bar(Direction::Ltr), one_bar(Direction::Rtl));
        let width: f64 = ltr.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        assert!((x_of_first(&ltr) + x_of_first(&rtl) + width - 760.0).abs() < 0.2);
        assert!(ltr.contains("class=\"a pale\""));
    }

    #[test]
    fn names_in_a_picture_cannot_become_markup() {
        let svg = one_bar(Direction::Ltr);
        assert!(svg.contains("&lt;a&gt;") && svg.contains("aria-label=\"&quot;x&quot;\""), "{svg}");
    }

    #[test]
    fn bounds_stay_inside_their_picture() {
        for (low, value, high) in [(0.0, 0.0, 0.0), (-5.0, 0.0, 500.0), (99.0, 100.0, 100.0)] {
            let svg = interval_bar(low, value, high, (0.0, 100.0), Direction::Rtl);
            for part in svg.split("x=\"").skip(1).filter_map(|p| p.split('"').next()?.parse::<f64>().ok()) {
                assert!((0.0..=100.0).contains(&part), "{part} in {svg}");
            }
        }
    }

    #[test]
    fn a_forest_stands_beside_a_line_at_nothing() {
        let tick = |at: f64| (at, format!("{at}"));
        let drawn = |direction| {
            let rows =
                vec![("a segment with a long name".to_owned(), Some((-1.0, 1.0, 3.0))), ("few".to_owned(), None)];
            let x = [-1.0, 0.0, 3.0].map(tick).to_vec();
            forest(&Forest { label: "l".into(), rows, x, x_title: "t".into() }, direction)
        };
        let (ltr, rtl) = (drawn(Direction::Ltr), drawn(Direction::Rtl));
        let dot = |svg: &str| -> f64 { svg.split("cx=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap() };
        assert!((dot(&ltr.wide) + dot(&rtl.wide) - 760.0).abs() < 0.2);
        assert_eq!(ltr.wide.matches("class=\"dot\"").count(), 1);
        assert!(ltr.wide.contains("a segment with a long name<") && ltr.narrow.contains("a segment wit…<"));
    }

    #[test]
    fn one_look_is_a_picture_too() {
        let y = vec![(-1.0, "-1".to_owned()), (0.0, "0".to_owned()), (2.0, "2".to_owned())];
        let points = vec![(1.76e15, (-0.5, 0.7, 1.9))];
        let x = vec![(1.76e15, "today".to_owned())];
        let svg = estimates(&Estimates { label: "l".into(), points, x, y, x_title: "t".into() }, Direction::Ltr).wide;
        assert!(svg.contains("class=\"whisker\"") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn a_chart_without_data_is_still_a_picture() {
        let empty = Lines {
            label: String::new(),
            lines: vec![Line { class: "a", points: vec![], area: true }],
            x: vec![],
            y: vec![],
            x_title: String::new(),
            shaded_from: None,
        };
        let svg = lines(&empty, Direction::Ltr).wide;
        assert!(svg.ends_with("</svg>") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
