//! What flows from groups on one side to groups on the other, as bands as wide as what flows.

use super::charts::{Chart, Direction, Size, both, escape, letters, put};

/// A picture of bands between two sides.
pub struct Flow {
    /// What the picture shows, for those who cannot see it.
    pub label: String,
    /// What the two sides are.
    pub titles: (String, String),
    /// Groups from top to bottom, on the side where one begins to read.
    pub from: Vec<String>,
    /// Those on the other side.
    pub to: Vec<String>,
    /// Places of groups on both sides, how much goes from one to the other, and the class of the style sheet.
    pub bands: Vec<(usize, usize, f64, &'static str)>,
}

/// Between two groups of a side.
const GAP: f64 = 9.0;

/// How wide the bar of a group is.
const BAR: f64 = 9.0;

/// A group that has anyone is to be seen.
const LEAST: f64 = 1.5;

const TOP: f64 = 30.0;

/// Draws bands.
pub fn flow(flow: &Flow, direction: Direction) -> Chart {
    both(|size| draw(flow, direction, Size { height: size.height + 40.0, ..size }))
}

fn draw(flow: &Flow, direction: Direction, size: Size) -> String {
    let x = |x: f64| if direction == Direction::Rtl { size.width - x } else { x };
    let room = |names: &[String]| names.iter().map(|name| letters(name)).fold(0.0, f64::max) + 10.0;
    let (begin, end) = (room(&flow.from), size.width - room(&flow.to));
    let mut svg = format!(
        "<svg class=\"chart {}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
        size.class,
        size.width,
        size.height,
        escape(&flow.label)
    );
    let (mut left, mut right) = (vec![0.0; flow.from.len()], vec![0.0; flow.to.len()]);
    for &(from, to, amount, _) in &flow.bands {
        left[from] += amount;
        right[to] += amount;
    }
    let total: f64 = left.iter().sum();
    let groups = flow.from.len().max(flow.to.len()) as f64;
    let scale = if total > 0.0 { (size.height - TOP - 8.0 - GAP * groups) / total } else { 0.0 };
    let (tops_left, tops_right) = (tops(&left, scale), tops(&right, scale));
    let (mut used_left, mut used_right) = (vec![0.0; left.len()], vec![0.0; right.len()]);
    for &(from, to, amount, class) in flow.bands.iter().filter(|band| band.2 > 0.0) {
        let (y1, y2) = (tops_left[from] + used_left[from], tops_right[to] + used_right[to]);
        let height = amount * scale;
        used_left[from] += height;
        used_right[to] += height;
        let (x1, x2) = (x(begin + BAR), x(end - BAR));
        let middle = (x1 + x2) / 2.0;
        let (b1, b2) = (y1 + height, y2 + height);
        put(
            &mut svg,
            format_args!(
                "<path class=\"band {class}\" d=\"M{x1:.1} {y1:.1}C{middle:.1} {y1:.1} {middle:.1} {y2:.1} {x2:.1} {y2:.1}\
                 L{x2:.1} {b2:.1}C{middle:.1} {b2:.1} {middle:.1} {b1:.1} {x1:.1} {b1:.1}Z\"/>"
            ),
        );
    }
    let mut side = |names: &[String], amounts: &[f64], tops: &[f64], bar: f64, text: f64, class: &str, title: &str| {
        put(
            &mut svg,
            format_args!("<text class=\"{class} title\" x=\"{:.1}\" y=\"16\">{}</text>", x(text), escape(title)),
        );
        for ((name, amount), top) in names.iter().zip(amounts).zip(tops).filter(|((_, amount), _)| **amount > 0.0) {
            let height = (amount * scale).max(LEAST);
            let left = x(bar).min(x(bar + BAR));
            put(
                &mut svg,
                format_args!(
                    "<rect class=\"node\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{BAR}\" height=\"{height:.1}\"/>\
                     <text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                    x(text),
                    top + height / 2.0 + 4.0,
                    escape(name)
                ),
            );
        }
    };
    side(&flow.from, &left, &tops_left, begin, begin - 6.0, "end", &flow.titles.0);
    side(&flow.to, &right, &tops_right, end - BAR, end + 6.0, "begin", &flow.titles.1);
    svg + "</svg>"
}

/// Where each group begins. One that has nobody takes no room.
fn tops(amounts: &[f64], scale: f64) -> Vec<f64> {
    let mut y = TOP;
    let place = |amount: &f64| {
        let top = y;
        if *amount > 0.0 {
            y += (amount * scale).max(LEAST) + GAP;
        }
        top
    };
    amounts.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(direction: Direction) -> String {
        let bands = vec![(0, 0, 60.0, "c"), (0, 1, 30.0, "b"), (1, 0, 10.0, "a")];
        let names = || vec!["<gold>".to_owned(), "silver".to_owned()];
        let titles = ("before".to_owned(), "now".to_owned());
        flow(&Flow { label: "flow".to_owned(), titles, from: names(), to: names(), bands }, direction).wide
    }

    #[test]
    fn bands_stay_inside_and_names_are_no_markup() {
        let svg = picture(Direction::Ltr);
        assert_eq!(svg.matches("<path").count(), 3);
        assert!(svg.contains("&lt;gold&gt;") && !svg.contains("NaN"), "{svg}");
        let ends = svg.split("y=\"").skip(1).filter_map(|part| part.split('"').next()?.parse::<f64>().ok());
        assert!(ends.into_iter().all(|y| (0.0..=340.0).contains(&y)), "{svg}");
    }

    #[test]
    fn sides_are_mirrored_where_text_runs_from_right_to_left() {
        let first = |svg: &str| -> f64 {
            svg.split("<rect class=\"node\" x=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
        };
        let (ltr, rtl) = (first(&picture(Direction::Ltr)), first(&picture(Direction::Rtl)));
        assert!((ltr + rtl + BAR - 760.0).abs() < 0.2, "{ltr} {rtl}");
    }

    #[test]
    fn nothing_is_still_a_picture() {
        let titles = (String::new(), String::new());
        let empty = Flow { label: String::new(), titles, from: vec![], to: vec![], bands: vec![] };
        assert!(flow(&empty, Direction::Ltr).wide.ends_with("</svg>"));
    }
}
