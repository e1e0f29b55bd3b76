//! From what else is known of customers to few groups of them, which the models can tell apart.
//!
//! Texts become levels, numbers the medians of at most five classes, so that customers who are alike in all columns form
//! a group: models and tables are made for each group, and their number must not grow with that of customers.

use super::models::{Fit, Kind, POSITIVE};
use super::population::{Known, Population};
use crate::LakeError;
use crate::features::base::Base;
use crate::ingest::covariates::{CustomerFile, KnownColumn, MISSING, RARE, Values, nothing_left};
use cvm_core::report::{self, CovariateColumn, CovariateLevel, Interval, LeftOut, LeftOutReason, Level, Warning};
use cvm_models::noncontractual::History;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

/// The most columns that are used.
const MOST_COLUMNS: usize = 8;

/// The most groups of customers.
const MOST_GROUPS: usize = 64;

/// A text that fewer than this share of customers have is no level of its own.
const RARE_SHARE: f64 = 0.01;

/// How finely columns are cut: texts with a level of their own, and classes of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    words: usize,
    classes: usize,
}

const FINE: Cut = Cut { words: 6, classes: 5 };
const COARSE: Cut = Cut { words: 2, classes: 3 };

/// Beyond this share of customers without a row the reader is warned.
const MANY_UNKNOWN: f64 = 0.2;

/// A quantile of the standard normal distribution: 90% lie within so many standard errors.
const NINETY_PERCENT: f64 = 1.644_853_626_951_472_2;

/// Customers in groups by what is known of them.
#[derive(Debug)]
pub struct Design {
    columns: Vec<Coded>,
    /// Names of the numbers that the models see.
    names: Vec<String>,
    /// These numbers for each group.
    rows: Vec<Vec<f64>>,
    /// By row of the base; of those who never bought of no matter.
    group_of: Vec<u8>,
    left_out: Vec<LeftOut>,
    file: String,
    id_column: String,
    matched: u64,
    unmatched: u64,
    other_rows: u64,
    unusable_rows: u64,
}

/// A column cut into levels.
#[derive(Debug)]
struct Coded {
    name: String,
    coarsened: bool,
    missing: u64,
    /// With the number of their customers; the first is the one that the others are compared with.
    levels: Vec<(Level, u64)>,
    /// What the models see of each level.
    seen: Seen,
    /// By member.
    level_of: Vec<u8>,
}

/// What the models see of a column.
#[derive(Debug)]
enum Seen {
    /// For each level but the first whether it is the customer's.
    Indicators,
    /// One number, that of the level.
    Number(Vec<f64>),
}

impl Design {
    /// Reads the file and groups the customers who bought. Where columns must be chosen, purchases up to the day `until`
    /// decide, so that those held out stay unseen.
    ///
    /// # Errors
    /// What reading gives, and an error where no column tells customers apart.
    pub fn read(file: &CustomerFile, base: &Base, until: i32, progress: &AtomicU64) -> Result<Self, LakeError> {
        let members: Vec<usize> = (0..base.len()).filter(|&row| base.purchases[row] > 0).collect();
        let example = members.first().map_or_else(String::new, |&row| base.id(row));
        let known = file.read(base.len(), |id| base.find(id), &example, progress)?;
        let rates: Vec<f64> = members.iter().map(|&row| rate(base, row, until)).collect();
        let matched = members.iter().filter(|&&row| known.matched[row]).count() as u64;
        let (columns, mut left_out) = coded(&known.columns, &members, &rates);
        left_out.splice(0..0, file.left_out().iter().cloned());
        if columns.is_empty() {
            return Err(nothing_left(file.name(), &left_out).into());
        }
        let (rows, group_of) = groups(&columns, &members, base.len());
        Ok(Self {
            names: columns.iter().flat_map(Coded::names).collect(),
            rows,
            group_of,
            left_out,
            file: file.name().to_owned(),
            id_column: file.id_column().to_owned(),
            matched,
            unmatched: members.len() as u64 - matched,
            other_rows: known.other_rows,
            unusable_rows: known.unusable_rows,
            columns,
        })
    }

    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.rows.len()
    }

    /// The group of a customer by row of the base.
    pub fn group_of(&self, row: usize) -> usize {
        usize::from(self.group_of[row])
    }

    /// Customers by their rows of the base, counted by group and history; by history alone where there is no design.
    pub fn population(design: Option<&Self>, rows: &[u32], histories: &[History], monetary: Vec<f64>) -> Population {
        let Some(design) = design else { return Population::new(histories, monetary) };
        let group_of: Vec<u8> = rows.iter().map(|&row| design.group_of[row as usize]).collect();
        let known = Known { names: &design.names, rows: &design.rows, group_of: &group_of };
        Population::grouped(histories, monetary, &known)
    }

    /// What the reader must know.
    pub fn warnings(&self) -> Option<Warning> {
        let share = self.unmatched as f64 / (self.matched + self.unmatched).max(1) as f64;
        (share > MANY_UNKNOWN).then_some(Warning::FewCovariates { share })
    }

    /// What the columns say of customers, by the coefficients of a model, if one predicts.
    pub fn describe(&self, fit: Option<&Fit>) -> report::Covariates {
        let mut first = 0;
        let columns = self.columns.iter().map(|column| {
            let effects = |level: usize| fit.filter(|_| level > 0).map(|fit| self.effects(fit, column, first, level));
            let level = |(number, (level, customers)): (usize, &(Level, u64))| {
                let effects = effects(number);
                CovariateLevel {
                    level: level.clone(),
                    customers: *customers,
                    buying: effects.map(|(buying, _)| buying),
                    leaving: effects.map(|(_, leaving)| leaving),
                }
            };
            let described = CovariateColumn {
                column: column.name.clone(),
                missing: column.missing,
                coarsened: column.coarsened,
                levels: column.levels.iter().enumerate().map(level).collect(),
            };
            first += column.width();
            described
        });
        report::Covariates {
            columns: columns.collect(),
            file: self.file.clone(),
            id_column: self.id_column.clone(),
            matched: self.matched,
            unmatched: self.unmatched,
            other_rows: self.other_rows,
            unusable_rows: self.unusable_rows,
            groups: self.groups() as u64,
            model: fit.map(|fit| fit.kind.name().to_owned()),
            left_out: self.left_out.clone(),
        }
    }

    /// How many times as often those of a level buy, and how many times as readily they leave, as those of the first;
    /// `first` is the place of the column's first number.
    fn effects(&self, fit: &Fit, column: &Coded, first: usize, level: usize) -> (Interval, Interval) {
        let (number, by) = match &column.seen {
            Seen::Indicators => (first + level - 1, 1.0),
            Seen::Number(values) => (first, values[level] - values[0]),
        };
        let coefficient =
            |parameter: usize, factor: f64| (POSITIVE + parameter * self.names.len() + number, factor * by);
        let times = |terms: &[(usize, f64)]| {
            let (value, error) = fit.combination(terms);
            let at = |errors: f64| (value + errors * error).clamp(-700.0, 700.0).exp();
            Interval { value: at(0.0), low: at(-NINETY_PERCENT), high: at(NINETY_PERCENT) }
        };
        let leaving = match fit.kind {
            // The chance to leave after a purchase is spread as Beta(a, b): its odds go as a / b.
            Kind::BgNbdCovariates => times(&[coefficient(1, 1.0), coefficient(2, -1.0)]),
            _ => times(&[coefficient(1, 1.0)]),
        };
        (times(&[coefficient(0, 1.0)]), leaving)
    }
}

/// Purchases a day after the first; the measure by which columns are compared before there is a model. Not a number for
/// those who came later.
fn rate(base: &Base, row: usize, until: i32) -> f64 {
    let days = until - base.first_day[row];
    let repeats = base.history(row).skip(1).take_while(|(day, _)| *day <= until).count() as f64;
    if days < 0 { f64::NAN } else { repeats / f64::from(days).max(1.0) }
}

/// All columns cut into levels, as finely as the number of groups allows, and those that cannot be.
fn coded(known: &[KnownColumn], members: &[usize], rates: &[f64]) -> (Vec<Coded>, Vec<LeftOut>) {
    let (mut columns, mut left_out) = (Vec::new(), Vec::new());
    let mut leave_out = |name: &str, reason| left_out.push(LeftOut { column: name.to_owned(), reason });
    for (place, column) in known.iter().enumerate() {
        match cut(column, members, FINE) {
            Ok(coded) => columns.push((place, coded)),
            Err(reason) => leave_out(&column.name, reason),
        }
    }
    let count = |columns: &[(usize, Coded)]| {
        let mut keys = keys(columns.iter().map(|(_, coded)| coded), members.len());
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    };
    while columns.len() > MOST_COLUMNS || count(&columns) > MOST_GROUPS {
        let told: Vec<f64> = columns.iter().map(|(_, coded)| explained(coded, rates)).collect();
        let Some(least) = (0..columns.len()).min_by(|a, b| told[*a].total_cmp(&told[*b])) else { break };
        if columns.len() > MOST_COLUMNS {
            let (_, dropped) = columns.remove(least);
            leave_out(&dropped.name, LeftOutReason::TooManyColumns);
            continue;
        }
        let (place, fine) = &columns[least];
        let coarse = cut(&known[*place], members, COARSE).ok();
        match coarse.filter(|coarse| !fine.coarsened && coarse.levels.len() < fine.levels.len()) {
            Some(coarse) => columns[least].1 = Coded { coarsened: true, ..coarse },
            None => {
                let (_, dropped) = columns.remove(least);
                leave_out(&dropped.name, LeftOutReason::TooManyGroups);
            }
        }
    }
    (columns.into_iter().map(|(_, coded)| coded).collect(), left_out)
}

/// For each member a number that is the same for those of the same levels in all columns.
fn keys<'a>(columns: impl Iterator<Item = &'a Coded>, members: usize) -> Vec<u32> {
    let mut keys = vec![0_u32; members];
    for column in columns {
        // Eight columns of at most eight levels fit.
        let levels = column.levels.len() as u32;
        keys.iter_mut().zip(&column.level_of).for_each(|(key, level)| *key = *key * levels + u32::from(*level));
    }
    keys
}

/// The numbers of each group, and by row of the base the group.
fn groups(columns: &[Coded], members: &[usize], rows: usize) -> (Vec<Vec<f64>>, Vec<u8>) {
    let keys = keys(columns.iter(), members.len());
    let first: BTreeMap<u32, usize> = (0..keys.len()).rev().map(|member| (keys[member], member)).collect();
    let numbers = |member: &usize| columns.iter().flat_map(|column| column.row(column.level_of[*member])).collect();
    let group: BTreeMap<u32, u8> = first.keys().copied().zip(0..).collect();
    let mut group_of = vec![0; rows];
    for (&row, key) in members.iter().zip(&keys) {
        group_of[row] = group[key];
    }
    (first.values().map(numbers).collect(), group_of)
}

/// The share of the variance of purchase rates that lies between the levels, less what as many levels would have by
/// chance.
fn explained(column: &Coded, rates: &[f64]) -> f64 {
    let known = || column.level_of.iter().zip(rates).filter(|(_, rate)| rate.is_finite());
    let mut sums = vec![(0.0, 0.0); column.levels.len()];
    let (mut members, mut total) = (0.0, 0.0);
    for (level, rate) in known() {
        let (count, sum) = &mut sums[usize::from(*level)];
        *count += 1.0;
        *sum += rate;
        members += 1.0;
        total += rate;
    }
    let mean = total / f64::max(members, 1.0);
    let square = |(count, sum): &(f64, f64)| count * (sum / count - mean).powi(2);
    let between: f64 = sums.iter().filter(|(count, _)| *count > 0.0).map(square).sum();
    let all: f64 = known().map(|(_, rate)| (rate - mean).powi(2)).sum();
    let by_chance = (sums.len() - 1) as f64 / f64::max(members - 1.0, 1.0);
    between / all.max(f64::MIN_POSITIVE) - by_chance
}

fn cut(column: &KnownColumn, members: &[usize], cut: Cut) -> Result<Coded, LeftOutReason> {
    let coded = match &column.values {
        Values::Text { words, codes } => {
            cut_text(words, &members.iter().map(|&row| codes[row]).collect::<Vec<_>>(), cut)
        }
        Values::Numbers(numbers) => cut_numbers(&members.iter().map(|&row| numbers[row]).collect::<Vec<_>>(), cut),
    }?;
    if coded.levels.len() < 2 {
        return Err(LeftOutReason::AllTheSame);
    }
    Ok(Coded { name: column.name.clone(), ..coded })
}

/// Frequent texts, the rare ones together, and those without one; what is too rare even so goes with the most frequent.
fn cut_text(words: &[String], codes: &[u32], cut: Cut) -> Result<Coded, LeftOutReason> {
    let mut counts = vec![0_u64; words.len()];
    for code in codes.iter().filter(|code| **code < RARE) {
        counts[*code as usize] += 1;
    }
    let enough = |count: u64| count as f64 >= RARE_SHARE * codes.len() as f64;
    let mut order: Vec<usize> = (0..words.len()).filter(|&word| counts[word] > 0).collect();
    order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(words[a].cmp(&words[b])));
    let Some(&first) = order.first() else { return Err(LeftOutReason::Empty) };
    if !enough(counts[first]) || counts[first] == 1 {
        return Err(LeftOutReason::AllDifferent);
    }
    let named: Vec<usize> = order.into_iter().take(cut.words).filter(|&word| enough(counts[word])).collect();
    let missing = codes.iter().filter(|code| **code == MISSING).count() as u64;
    let named_customers: u64 = named.iter().map(|&word| counts[word]).sum();
    let others = codes.len() as u64 - named_customers - missing;
    let mut levels: Vec<(Level, u64)> =
        named.iter().map(|&word| (Level::Value { text: words[word].clone() }, counts[word])).collect();
    // Too few without a value count among the others, too few others among the most frequent.
    let has_missing = enough(missing) && missing > 0;
    let others = others + if has_missing { 0 } else { missing };
    let mut level = |level: Level, customers: u64, enough: bool| {
        if enough {
            levels.push((level, customers));
            return (levels.len() - 1) as u8;
        }
        levels[0].1 += customers;
        0
    };
    let other = level(Level::Other, others, enough(others) && others > 0);
    let gap = if has_missing { level(Level::Missing, missing, true) } else { other };
    let level_of_word = |code: u32| named.iter().position(|&word| word as u32 == code).map_or(other, |at| at as u8);
    let level_of = codes.iter().map(|&code| if code == MISSING { gap } else { level_of_word(code) }).collect();
    Ok(Coded { name: String::new(), coarsened: false, missing, levels, seen: Seen::Indicators, level_of })
}

/// Classes of about as many customers each, standing for their medians; those without a number are in the middle.
fn cut_numbers(numbers: &[f64], cut: Cut) -> Result<Coded, LeftOutReason> {
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(&lowest), Some(&highest)) = (sorted.first(), sorted.last()) else { return Err(LeftOutReason::Empty) };
    let mut distinct = sorted.clone();
    distinct.dedup();
    // The highest number of each class: of few different numbers each is a class.
    let mut ends = match distinct.len() <= cut.classes {
        true => distinct,
        false => (1..=cut.classes).map(|class| sorted[class * sorted.len() / cut.classes - 1]).collect(),
    };
    ends.dedup();
    let class_of = |number: f64| ends.partition_point(|end| *end < number);
    let middle = class_of(sorted[sorted.len() / 2]);
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    let spread = (sorted.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / sorted.len() as f64).sqrt();
    // The middle goes first, for it is what the others are compared with.
    let order: Vec<usize> = std::iter::once(middle).chain((0..ends.len()).filter(|class| *class != middle)).collect();
    let place = |class: usize| order.iter().position(|other| *other == class).unwrap_or(0) as u8;
    let level_of: Vec<u8> = numbers.iter().map(|&n| place(if n.is_finite() { class_of(n) } else { middle })).collect();
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    for &class in &order {
        let from = if class == 0 { 0 } else { sorted.partition_point(|n| *n <= ends[class - 1]) };
        let members = &sorted[from..sorted.partition_point(|n| *n <= ends[class])];
        let low = members.first().copied().unwrap_or(lowest);
        let high = members.last().copied().unwrap_or(highest);
        let customers = level_of.iter().filter(|level| **level == place(class)).count() as u64;
        levels.push((Level::Range { low, high }, customers));
        let median = members.get(members.len() / 2).copied().unwrap_or(mean);
        values.push(if spread > 0.0 { (median - mean) / spread } else { 0.0 });
    }
    let missing = (numbers.len() - sorted.len()) as u64;
    Ok(Coded { name: String::new(), coarsened: false, missing, levels, seen: Seen::Number(values), level_of })
}

impl Coded {
    /// How many numbers the models see.
    fn width(&self) -> usize {
        match &self.seen {
            Seen::Indicators => self.levels.len() - 1,
            Seen::Number(_) => 1,
        }
    }

    /// Their names.
    fn names(&self) -> Vec<String> {
        let indicator = |(level, _): &(Level, u64)| match level {
            Level::Value { text } => format!("{}={text}", self.name),
            Level::Missing => format!("{} missing", self.name),
            _ => format!("{} other", self.name),
        };
        match &self.seen {
            Seen::Indicators => self.levels[1..].iter().map(indicator).collect(),
            Seen::Number(_) => vec![self.name.clone()],
        }
    }

    /// What they are for a level.
    fn row(&self, level: u8) -> Vec<f64> {
        match &self.seen {
            Seen::Indicators => (1..self.levels.len()).map(|k| f64::from(u8::from(k == usize::from(level)))).collect(),
            Seen::Number(values) => vec![values[usize::from(level)]],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, values: &[Option<&str>]) -> KnownColumn {
        let mut words: Vec<String> = Vec::new();
        let mut code = |text: &str| match words.iter().position(|word| word == text) {
            Some(at) => at as u32,
            None => {
                words.push(text.to_owned());
                words.len() as u32 - 1
            }
        };
        let codes = values.iter().map(|value| value.map_or(MISSING, &mut code)).collect();
        KnownColumn { name: name.to_owned(), values: Values::Text { words, codes } }
    }

    fn numbers(name: &str, values: Vec<f64>) -> KnownColumn {
        KnownColumn { name: name.to_owned(), values: Values::Numbers(values) }
    }

    fn levels(coded: &Coded) -> Vec<(String, u64)> {
        let name = |level: &Level| match level {
            Level::Value { text } => text.clone(),
            Level::Range { low, high } => format!("{low} to {high}"),
            other => format!("{other:?}"),
        };
        coded.levels.iter().map(|(level, customers)| (name(level), *customers)).collect()
    }

    fn of(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
        expected.iter().map(|(level, customers)| ((*level).to_owned(), *customers)).collect()
    }

    /// So many of each.
    fn repeated<'a>(values: &[(Option<&'a str>, usize)]) -> Vec<Option<&'a str>> {
        values.iter().flat_map(|(value, times)| std::iter::repeat_n(*value, *times)).collect()
    }

    #[test]
    fn texts_become_the_frequent_ones_others_and_missing() {
        let all: Vec<usize> = (0..1000).collect();
        let many = repeated(&[
            (Some("b"), 300),
            (Some("a"), 400),
            (Some("c"), 100),
            (Some("d"), 60),
            (Some("e"), 40),
            (Some("f"), 30),
            (Some("g"), 20),
            (Some("h"), 5),
            (None, 45),
        ]);
        let coded = cut(&text("channel", &many), &all, FINE).unwrap();
        let expected =
            [("a", 400), ("b", 300), ("c", 100), ("d", 60), ("e", 40), ("f", 30), ("Other", 25), ("Missing", 45)];
        assert_eq!(levels(&coded), of(&expected));
        assert_eq!((coded.level_of[0], coded.level_of[300], coded.level_of[999]), (1, 0, 7));
        assert_eq!(coded.row(6), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(coded.names()[6], "channel missing");

        // Too few of anything goes where something is known of it.
        let few = repeated(&[(Some("a"), 600), (Some("b"), 394), (Some("c"), 3), (None, 3)]);
        let coded = cut(&text("gender", &few), &all, FINE).unwrap();
        assert_eq!(levels(&coded), of(&[("a", 606), ("b", 394)]));
        assert_eq!(coded.missing, 3);
        let coarse = cut(&text("channel", &many), &all, COARSE).unwrap();
        assert_eq!(levels(&coarse), of(&[("a", 400), ("b", 300), ("Other", 255), ("Missing", 45)]));
    }

    #[test]
    fn what_tells_nobody_apart_is_left_out() {
        let all: Vec<usize> = (0..300).collect();
        let reason = |column: &KnownColumn| cut(column, &all, FINE).err();
        let each: Vec<String> = (0..300).map(|i| format!("name {i}")).collect();
        let each: Vec<Option<&str>> = each.iter().map(|name| Some(name.as_str())).collect();
        assert_eq!(reason(&text("name", &each)), Some(LeftOutReason::AllDifferent));
        assert_eq!(reason(&text("country", &repeated(&[(Some("pl"), 300)]))), Some(LeftOutReason::AllTheSame));
        assert_eq!(reason(&text("note", &repeated(&[(None, 300)]))), Some(LeftOutReason::Empty));
        assert_eq!(reason(&numbers("children", vec![1.0; 300])), Some(LeftOutReason::AllTheSame));
        assert_eq!(reason(&numbers("income", vec![f64::NAN; 300])), Some(LeftOutReason::Empty));
        assert_eq!(reason(&text("gift", &repeated(&[(Some("yes"), 150), (None, 150)]))), None);
    }

    #[test]
    fn numbers_stand_for_the_medians_of_their_class() {
        let all: Vec<usize> = (0..101).collect();
        let mut ages: Vec<f64> = (0..100).map(f64::from).collect();
        ages.push(f64::NAN);
        let coded = cut(&numbers("age", ages), &all, FINE).unwrap();
        let expected = [("40 to 59", 21), ("0 to 19", 20), ("20 to 39", 20), ("60 to 79", 20), ("80 to 99", 20)];
        assert_eq!((levels(&coded), coded.missing), (of(&expected), 1));
        assert_eq!(coded.level_of[100], 0, "who has no number is in the middle");
        // Of 0 to 99: mean 49.5, population standard deviation sqrt((100^2 - 1) / 12).
        let z = |value: f64| (value - 49.5) / (9999.0_f64 / 12.0).sqrt();
        for (level, median) in [50.0, 10.0, 30.0, 70.0, 90.0].into_iter().enumerate() {
            assert!((coded.row(level as u8)[0] - z(median)).abs() < 1e-12);
        }
        // Of few different numbers each is a class, and a value that most have makes no empty ones.
        let flags = (0..101).map(|i| f64::from(i % 4 / 3)).collect();
        assert_eq!(levels(&cut(&numbers("card", flags), &all, FINE).unwrap()), of(&[("0 to 0", 76), ("1 to 1", 25)]));
        let visits = (0..101).map(|i| f64::from((i - 80).max(0))).collect();
        let coded = cut(&numbers("visits", visits), &all, FINE).unwrap();
        assert_eq!(levels(&coded), of(&[("0 to 0", 81), ("1 to 20", 20)]));
    }

    #[test]
    fn groups_stay_few_and_the_column_that_says_least_gives_way() {
        let all: Vec<usize> = (0..4000).collect();
        let letter = |i: usize, of: usize| Some(["a", "b", "c", "d", "e", "f"][i % of]);
        let column = |name: &str, each: &dyn Fn(usize) -> Option<&'static str>| {
            text(name, &all.iter().map(|&i| each(i)).collect::<Vec<_>>())
        };
        let known = [
            column("good", &|i| letter(i / 7, 6)),
            column("idle", &|i| letter(i / 45, 6)),
            column("fair", &|i| letter(i, 5)),
        ];
        // Rates follow the first column most, then the third.
        let rates: Vec<f64> = all.iter().map(|i| 10.0 * ((i / 7) % 6) as f64 + (i % 5) as f64).collect();
        let (columns, left_out) = coded(&known, &all, &rates);
        let names: Vec<(&str, bool)> = columns.iter().map(|column| (column.name.as_str(), column.coarsened)).collect();
        assert_eq!(names, [("good", false), ("fair", false)]);
        assert_eq!(left_out, [LeftOut { column: "idle".to_owned(), reason: LeftOutReason::TooManyGroups }]);
        let (rows, group_of) = groups(&columns, &all, 4000);
        assert_eq!((rows.len(), rows[0].len()), (30, 9));
        for &i in &all {
            let expected: Vec<f64> = columns.iter().flat_map(|column| column.row(column.level_of[i])).collect();
            assert_eq!(rows[usize::from(group_of[i])], expected);
        }
        // Six times six times two are too many, but not where the second has three.
        let flag = |i: usize| letter(i % 5 / 3, 2);
        let known =
            [column("good", &|i| letter(i / 7, 6)), column("idle", &|i| letter(i / 45, 6)), column("fair", &flag)];
        let (columns, left_out) = coded(&known, &all, &rates);
        let names: Vec<(&str, bool)> = columns.iter().map(|column| (column.name.as_str(), column.coarsened)).collect();
        assert_eq!(names, [("good", false), ("idle", true), ("fair", false)]);
        assert_eq!((groups(&columns, &all, 4000).0.len(), left_out.len()), (36, 0));
    }
}
