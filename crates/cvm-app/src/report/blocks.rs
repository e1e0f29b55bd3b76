//! What a section of the report is made of: text, tables, charts, cards.

use super::charts::Chart;
use askama::Template;
use cvm_core::text::Words;

/// A part of the report under its own heading.
pub struct Section {
    /// Anchor.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// What the reader should take from it, in a sentence or two.
    pub lead: String,
    /// Content, from top to bottom.
    pub blocks: Vec<Block>,
}

/// One element of a section.
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A smaller heading.
    Heading(String),
    /// A table shown as such.
    Table(Table),
    /// A picture with its table.
    Figure(Figure),
    /// Groups of customers, a card each.
    Cards(Vec<Card>),
    /// A table of the same figures, folded away.
    Folded(Table),
}

/// A picture, what its colours mean, and the same figures as a table.
pub struct Figure {
    /// The picture.
    pub chart: Chart,
    /// Class and meaning of each colour.
    pub legend: Vec<(&'static str, String)>,
    /// The figures.
    pub table: Table,
}

/// A group of customers.
pub struct Card {
    /// Its name.
    pub name: String,
    /// The way to its customers, where there are pages.
    pub href: Option<String>,
    /// Its most important figure.
    pub figure: String,
    /// Its share of the whole, as a bar (markup of ours) and in words.
    pub share: (String, String),
    /// Further figures: name and value.
    pub facts: Vec<(String, String)>,
    /// What the text below is about; nothing where it speaks for itself.
    pub about: Option<String>,
    /// Sentences or traits.
    pub text: Vec<String>,
}

/// A headline figure.
pub struct Headline {
    /// What it is.
    pub label: String,
    /// The figure.
    pub value: String,
    /// Its bounds, as a bar (markup of ours) and in words.
    pub bounds: Option<(String, String)>,
    /// Remarks.
    pub notes: Vec<String>,
    /// Whether it is the one that matters most.
    pub main: bool,
}

/// A table.
#[derive(Template)]
#[template(path = "report/table.html")]
pub struct Table {
    /// What it shows, for those who come upon it alone.
    pub caption: String,
    /// Class of the style sheet.
    pub class: &'static str,
    /// Heads of the columns, and whether figures stand below.
    pub heads: Vec<(String, bool)>,
    /// Rows of cells; the first cell names the row.
    pub rows: Vec<Vec<Cell>>,
    /// "… (table, scrolls sideways)".
    pub scroll: String,
    /// Whether its page has a file of it.
    pub has_file: bool,
}

impl Table {
    /// A table of these heads (and whether figures stand below them) and rows.
    pub fn new(
        words: Words,
        caption: String,
        class: &'static str,
        heads: Vec<(String, bool)>,
        rows: Vec<Vec<Cell>>,
    ) -> Self {
        let scroll = words.with("report-scroll", &[("table", caption.as_str().into())]);
        Self { caption, class, heads, rows, scroll, has_file: false }
    }

    /// A table of which its page has a file, with all that this leaves out.
    #[must_use]
    pub fn with_file(self) -> Self {
        Self { has_file: true, ..self }
    }

    /// Leaves out columns that have nothing in any row.
    pub fn leave_out_empty(&mut self) {
        for place in (0..self.heads.len()).rev() {
            if self.rows.iter().all(|row| matches!(row.get(place), Some(Cell::Empty))) {
                self.heads.remove(place);
                self.rows.iter_mut().for_each(|row| drop(row.remove(place)));
            }
        }
    }
}

/// One cell of a table.
pub enum Cell {
    /// Words of ours.
    Text(String),
    /// A figure.
    Number(String),
    /// What a user supplied, in whatever direction it runs, with a remark of ours.
    Foreign(String, Option<String>),
    /// A name of ours with a badge.
    Badge(String, String),
    /// A bar (markup of ours) and its figure.
    Bar(String, String),
    /// A place on a heat map: darkness 0 to 9, the figure, and smaller ones.
    Heat(u8, String, Vec<String>),
    /// The same with a way to the customers behind it.
    HeatLink(u8, String, Vec<String>, String),
    /// Words of ours, and the way to what they stand for.
    Link(String, String),
    /// A figure, and the way to what is behind it.
    NumberLink(String, String),
    /// What a user supplied, a remark of ours, and the way to it.
    ForeignLink(String, Option<String>, String),
    /// Nothing to show.
    Empty,
}
