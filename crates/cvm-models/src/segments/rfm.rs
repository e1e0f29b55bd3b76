//! RFM: customers scored by recency, frequency and monetary value, and the eleven segments that marketers name.
//!
//! A. M. Hughes (1994), "Strategic Database Marketing", for the scores by quintiles. The eleven names are common among
//! practitioners, who draw their borders differently; ours are in one table, [`Segment::of`].
//!
//! # What a score says
//!
//! With n classes, a customer's score is 1 + the whole part of n x (share of customers who are *strictly worse*).
//! Of five classes, a 5 is better than at least 80% of all customers, a 1 better than fewer than 20%. So customers with
//! the same value have the same score, whatever their order in the file.
//!
//! It also settles what to do where many share a value. Where 60% bought once, nobody is worse than they: all of them
//! score 1, and those who bought twice are better than 60% and score 4; 2 and 3 stay empty, which is the truth about
//! such a base. Breaking the tie by order would call some of the one-time buyers better than others for no reason.

use crate::{ModelError, Result};

/// A customer's three scores, 1 the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scores {
    /// Recency: the highest bought last.
    pub recency: u8,
    /// Frequency: the highest buys most often.
    pub frequency: u8,
    /// Monetary: the highest spends most.
    pub monetary: u8,
}

/// How scores are cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Number of classes, from 2 to 9; not used where cut points are given.
    pub classes: u8,
    /// Cut points for recency, ascending: with 30, 90, 180 and 365 days, up to 30 days score 5.
    pub recency_cuts: Option<Vec<f64>>,
    /// Cut points for frequency, ascending: with 1, 2, 4 and 9 purchases, 1 scores 1 and 10 or more score 5.
    pub frequency_cuts: Option<Vec<f64>>,
    /// Cut points for monetary value, ascending; a value on a cut belongs below it.
    pub monetary_cuts: Option<Vec<f64>>,
}

impl Default for Settings {
    /// Quintiles for all three.
    fn default() -> Self {
        Self { classes: 5, recency_cuts: None, frequency_cuts: None, monetary_cuts: None }
    }
}

/// Scores of all customers: time since the last purchase, number of purchases, and spend, one row a customer.
///
/// # Errors
/// [`ModelError::Invalid`] without customers, for columns of different length, values that are not finite, or cut
/// points that do not ascend.
pub fn scores(since_last: &[f64], purchases: &[f64], spend: &[f64], settings: &Settings) -> Result<Vec<Scores>> {
    for (name, column) in [("purchases", purchases), ("spend", spend)] {
        if column.len() != since_last.len() {
            let name = format!("number of values of {name}");
            return Err(ModelError::invalid(name, column.len() as f64, "one for each customer"));
        }
    }
    let scale = |name, values, cuts: &Option<Vec<f64>>, better| match cuts {
        Some(cuts) => Scale::of_cuts(cuts, better).and_then(|scale| check(name, values).map(|()| scale)),
        None => Scale::of_quantiles(name, values, settings.classes, better),
    };
    let recency = scale("time since last purchase", since_last, &settings.recency_cuts, Better::Lower)?;
    let frequency = scale("purchases", purchases, &settings.frequency_cuts, Better::Higher)?;
    let monetary = scale("spend", spend, &settings.monetary_cuts, Better::Higher)?;
    let rows = since_last.iter().zip(purchases).zip(spend);
    let score = |((&since_last, &purchases), &spend)| Scores {
        recency: recency.score(since_last),
        frequency: frequency.score(purchases),
        monetary: monetary.score(spend),
    };
    Ok(rows.map(score).collect())
}

/// Which end of a scale is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// As for purchases and spend.
    Higher,
    /// As for the time since the last purchase.
    Lower,
}

/// A scale of scores from 1 up, cut from one base and usable on another.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// Bounds in the order from worst to best, with their sign turned where lower is better. Each one that a value
    /// (turned likewise) passes adds 1 to its score.
    bounds: Vec<f64>,
    better: Better,
}

impl Scale {
    /// Cuts `classes` quantile classes. `name` is what errors call the values.
    ///
    /// The k-th bound is the worst value with at least the share k / `classes` of customers at it or worse (the inverse
    /// of the empirical distribution; definition 1 of R. J. Hyndman and Y. Fan, 1996).
    ///
    /// # Errors
    /// [`ModelError::Invalid`] without values, for values not finite, and for fewer than 2 or more than 9 classes.
    pub fn of_quantiles(name: &str, values: &[f64], classes: u8, better: Better) -> Result<Self> {
        if !(2..=9).contains(&classes) {
            return Err(ModelError::invalid("number of classes", f64::from(classes), "from 2 to 9"));
        }
        if values.is_empty() {
            return Err(ModelError::invalid("number of customers", 0.0, "at least 1"));
        }
        check(name, values)?;
        let classes = usize::from(classes);
        let ranks = (1..classes).map(|k| (k * values.len()).div_ceil(classes) - 1).collect::<Vec<_>>();
        Ok(Self { bounds: order_statistics(values, better, &ranks), better })
    }

    /// A scale with given cut points, ascending. A value on a cut counts as lower than the next.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where cut points are not finite or do not ascend, or are more than 8 or none.
    pub fn of_cuts(cuts: &[f64], better: Better) -> Result<Self> {
        if cuts.is_empty() || cuts.len() > 8 {
            return Err(ModelError::invalid("number of cut points", cuts.len() as f64, "from 1 to 8"));
        }
        for (i, cut) in cuts.iter().enumerate() {
            if !cut.is_finite() || (i > 0 && *cut <= cuts[i - 1]) {
                let expected = "a finite number above the one before";
                return Err(ModelError::invalid(format!("cut point {}", i + 1), *cut, expected));
            }
        }
        // Up to 30 days is the same as less than the next number after 30.
        let bounds = match better {
            Better::Higher => cuts.to_vec(),
            Better::Lower => cuts.iter().rev().map(|cut| -cut.next_up()).collect(),
        };
        Ok(Self { bounds, better })
    }

    /// The score of a value.
    pub fn score(&self, value: f64) -> u8 {
        let value = turned(value, self.better);
        self.bounds.iter().fold(1, |score, &bound| score + u8::from(value > bound))
    }

    /// The highest score of this scale.
    pub fn classes(&self) -> u8 {
        self.bounds.len() as u8 + 1
    }
}

fn turned(value: f64, better: Better) -> f64 {
    match better {
        Better::Higher => value,
        Better::Lower => -value,
    }
}

fn check(name: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => {
            Err(ModelError::invalid(format!("{name} of customer {}", row + 1), values[row], "a finite number"))
        }
        None => Ok(()),
    }
}

/// The values of these ranks (ascending, from 0) in ascending order, signs turned where lower is better.
///
/// A histogram of the leading bits finds the few drawers in which the ranks lie; only their contents are ordered, so
/// that two passes do for what sorting needs twenty.
fn order_statistics(values: &[f64], better: Better, ranks: &[usize]) -> Vec<f64> {
    const DRAWERS: usize = 1 << 16;
    let drawer = |value: f64| (key(turned(value, better)) >> 48) as usize;
    let mut counts = vec![0_u32; DRAWERS];
    for &value in values {
        counts[drawer(value)] += 1;
    }
    // Where each rank lies: its drawer, and its rank within.
    let mut places = Vec::with_capacity(ranks.len());
    let mut before = 0;
    for (drawer, &count) in counts.iter().enumerate() {
        while let Some(&rank) = ranks.get(places.len()).filter(|rank| **rank < before + count as usize) {
            places.push((drawer, rank - before));
        }
        before += count as usize;
    }
    let mut found = Vec::with_capacity(ranks.len());
    let mut contents = Vec::new();
    let mut open = None;
    for (wanted, rank) in places {
        if open != Some(wanted) {
            open = Some(wanted);
            contents.clear();
            contents.reserve(counts[wanted] as usize);
            contents.extend(values.iter().filter(|v| drawer(**v) == wanted).map(|v| turned(*v, better)));
        }
        found.push(*contents.select_nth_unstable_by(rank, f64::total_cmp).1);
    }
    found
}

/// A number whose order as an integer is that of `value`, as in [`f64::total_cmp`], both zeros being one.
fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

impl Scores {
    /// The same scores on the scale of five on which segments are defined, from one of `classes`: the ends stay ends.
    pub fn on_five(self, classes: u8) -> Self {
        let stretch = |score: u8| {
            let steps = f64::from(classes.max(2) - 1);
            (1.0 + (f64::from(score) - 1.0) * 4.0 / steps).round().clamp(1.0, 5.0) as u8
        };
        Self { recency: stretch(self.recency), frequency: stretch(self.frequency), monetary: stretch(self.monetary) }
    }
}

/// The eleven usual RFM segments, from the best to the lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// Bought very recently and buy most often.
    Champions,
    /// Buy often, and not long ago.
    Loyal,
    /// Recent, and came back already.
    PotentialLoyalists,
    /// First purchase very recently.
    NewCustomers,
    /// First purchase not long ago.
    Promising,
    /// Middling in both; could go either way.
    NeedAttention,
    /// Few purchases, the last some time ago.
    AboutToSleep,
    /// Bought often or much, and not for long.
    AtRisk,
    /// Were among the best, by purchases or spend, and have been silent for long.
    CannotLose,
    /// Few purchases, long ago.
    Hibernating,
    /// Few purchases, longest ago.
    Lost,
}

use Segment::{
    AboutToSleep, AtRisk, CannotLose, Champions, Hibernating, Lost, Loyal, NeedAttention, NewCustomers,
    PotentialLoyalists, Promising,
};

/// A cell of the table: the segment, and that of its customers whose monetary score is 5.
type Cell = (Segment, Segment);

const fn all(segment: Segment) -> Cell {
    (segment, segment)
}

/// Rows: recency 5 (latest) to 1. Columns: frequency 1 to 5 (most often).
#[rustfmt::skip]
const TABLE: [[Cell; 5]; 5] = [
    [all(NewCustomers), all(PotentialLoyalists), all(PotentialLoyalists), all(Champions),       all(Champions)],
    [all(Promising),    all(PotentialLoyalists), all(PotentialLoyalists), all(Loyal),           (Loyal, Champions)],
    [all(AboutToSleep), all(AboutToSleep),       all(NeedAttention),      all(Loyal),           all(Loyal)],
    [all(Hibernating),  all(Hibernating),        (AtRisk, CannotLose),    (AtRisk, CannotLose), all(CannotLose)],
    [all(Lost),         all(Lost),               (AtRisk, CannotLose),    (AtRisk, CannotLose), all(CannotLose)],
];

impl Segment {
    /// All of them, from the best to the lost.
    pub const ALL: [Self; 11] = [
        Champions,
        Loyal,
        PotentialLoyalists,
        NewCustomers,
        Promising,
        NeedAttention,
        AboutToSleep,
        AtRisk,
        CannotLose,
        Hibernating,
        Lost,
    ];

    /// The segment of a customer with scores from 1 to 5 (scores beyond count as the nearest).
    ///
    /// | R \ F | 1 | 2 | 3 | 4 | 5 |
    /// |---|---|---|---|---|---|
    /// | 5 | new customers | potential loyalists | potential loyalists | champions | champions |
    /// | 4 | promising | potential loyalists | potential loyalists | loyal | loyal; M 5: champions |
    /// | 3 | about to sleep | about to sleep | need attention | loyal | loyal |
    /// | 2 | hibernating | hibernating | at risk; M 5: cannot lose | at risk; M 5: cannot lose | cannot lose |
    /// | 1 | lost | lost | at risk; M 5: cannot lose | at risk; M 5: cannot lose | cannot lose |
    ///
    /// Monetary value decides in two places only, where it decides what to do: who is a champion, and who must not be
    /// lost.
    pub fn of(scores: Scores) -> Self {
        let cell = |score: u8| usize::from(score.clamp(1, 5)) - 1;
        let (usual, top_spender) = TABLE[4 - cell(scores.recency)][cell(scores.frequency)];
        if scores.monetary >= 5 { top_spender } else { usual }
    }

    /// The name that files and interfaces use; it does not change.
    pub fn id(self) -> &'static str {
        match self {
            Champions => "champions",
            Loyal => "loyal",
            PotentialLoyalists => "potential_loyalists",
            NewCustomers => "new_customers",
            Promising => "promising",
            NeedAttention => "need_attention",
            AboutToSleep => "about_to_sleep",
            AtRisk => "at_risk",
            CannotLose => "cannot_lose",
            Hibernating => "hibernating",
            Lost => "lost",
        }
    }

    /// The segment of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|segment| segment.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn every_score() -> impl Iterator<Item = Scores> {
        let one = || 1..=5_u8;
        let three = one().flat_map(move |r| one().flat_map(move |f| one().map(move |m| (r, f, m))));
        three.map(|(recency, frequency, monetary)| Scores { recency, frequency, monetary })
    }

    #[test]
    fn every_combination_has_a_segment_and_every_segment_a_combination() {
        assert_eq!(every_score().count(), 125);
        let found = every_score().map(Segment::of).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), Segment::ALL);
    }

    #[test]
    fn ids_are_stable_and_lead_back() {
        let ids = Segment::ALL.map(Segment::id).join(" ");
        assert_eq!(
            ids,
            "champions loyal potential_loyalists new_customers promising need_attention about_to_sleep at_risk \
             cannot_lose hibernating lost"
        );
        assert!(Segment::ALL.into_iter().all(|segment| Segment::from_id(segment.id()) == Some(segment)));
        assert_eq!(Segment::from_id("heroes"), None);
    }

    #[test]
    fn the_table_as_documented() {
        for (recency, frequency, monetary, expected) in [
            (5, 5, 5, Champions),
            (5, 4, 1, Champions),
            (4, 5, 4, Loyal),
            (4, 5, 5, Champions),
            (4, 4, 5, Loyal),
            (5, 1, 5, NewCustomers),
            (4, 1, 1, Promising),
            (4, 3, 3, PotentialLoyalists),
            (3, 3, 3, NeedAttention),
            (3, 1, 3, AboutToSleep),
            (2, 4, 4, AtRisk),
            (2, 3, 5, CannotLose),
            (1, 5, 1, CannotLose),
            (2, 2, 2, Hibernating),
            (1, 1, 1, Lost),
            (0, 9, 9, CannotLose),
        ] {
            assert_eq!(
                Segment::of(Scores { recency, frequency, monetary }),
                expected,
                "{recency}{frequency}{monetary}"
            );
        }
    }

    /// 2 still buying, 1 fading, 0 gone quiet.
    fn activity(segment: Segment) -> u8 {
        match segment {
            Champions | Loyal | PotentialLoyalists | NewCustomers | Promising => 2,
            NeedAttention | AboutToSleep => 1,
            AtRisk | CannotLose | Hibernating | Lost => 0,
        }
    }

    /// How much a customer has shown so far, among those equally active.
    fn worth(segment: Segment) -> u8 {
        match segment {
            Champions | CannotLose => 3,
            Loyal | AtRisk => 2,
            PotentialLoyalists | NeedAttention => 1,
            NewCustomers | Promising | AboutToSleep | Hibernating | Lost => 0,
        }
    }

    #[test]
    fn a_better_score_never_makes_a_worse_segment() {
        for scores in every_score() {
            let here = Segment::of(scores);
            let later = Segment::of(Scores { recency: (scores.recency + 1).min(5), ..scores });
            assert!(activity(later) >= activity(here), "{scores:?}: {here:?}, more recent {later:?}");
            let frequency = (scores.frequency + 1).min(5);
            let monetary = (scores.monetary + 1).min(5);
            for better in [Scores { frequency, ..scores }, Scores { monetary, ..scores }] {
                let there = Segment::of(better);
                // Loyal customers may be fading a little; frequency speaks for them.
                assert!(activity(there) >= activity(here), "{scores:?} {better:?}");
                assert!(worth(there) >= worth(here), "{scores:?}: {here:?}, {better:?}: {there:?}");
            }
        }
    }

    #[test]
    fn ten_customers_by_hand() {
        let values = [3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0, 5.5, 3.5];
        let higher = Scale::of_quantiles("v", &values, 5, Better::Higher).unwrap();
        let lower = Scale::of_quantiles("v", &values, 5, Better::Lower).unwrap();
        assert_eq!(values.map(|v| higher.score(v)), [2, 1, 3, 1, 4, 5, 2, 5, 4, 3]);
        assert_eq!(values.map(|v| lower.score(v)), [4, 5, 3, 5, 2, 1, 4, 1, 2, 3]);
    }

    #[test]
    fn where_most_bought_once() {
        let mut purchases = vec![1.0; 60];
        purchases.extend([2.0; 20]);
        purchases.extend([7.0; 20]);
        let scale = Scale::of_quantiles("purchases", &purchases, 5, Better::Higher).unwrap();
        assert_eq!([1.0, 2.0, 7.0].map(|v| scale.score(v)), [1, 4, 5]);
        let all_the_same = Scale::of_quantiles("purchases", &[3.0; 50], 5, Better::Higher).unwrap();
        assert_eq!(all_the_same.score(3.0), 1);
        assert_eq!(Scale::of_quantiles("purchases", &[3.0], 5, Better::Lower).unwrap().score(3.0), 1);
    }

    #[test]
    fn given_cut_points() {
        let days = Scale::of_cuts(&[30.0, 90.0, 180.0, 365.0], Better::Lower).unwrap();
        assert_eq!([0.0, 30.0, 30.5, 90.0, 365.0, 366.0].map(|v| days.score(v)), [5, 5, 4, 4, 2, 1]);
        let purchases = Scale::of_cuts(&[1.0, 2.0, 4.0, 9.0], Better::Higher).unwrap();
        assert_eq!([1.0, 2.0, 3.0, 9.0, 10.0].map(|v| purchases.score(v)), [1, 2, 3, 4, 5]);
        assert_eq!(purchases.classes(), 5);
        for bad in [&[] as &[f64], &[1.0, 1.0], &[2.0, 1.0], &[f64::NAN], &[0.0; 9]] {
            assert!(Scale::of_cuts(bad, Better::Higher).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn three_columns_to_scores() {
        let since_last = [1.0, 400.0, 30.0, 60.0, 200.0];
        let purchases = [9.0, 1.0, 3.0, 2.0, 5.0];
        let spend = [10.0, -3.0, 70.0, 40.0, 20.0];
        let found = scores(&since_last, &purchases, &spend, &Settings::default()).unwrap();
        let rows = found.iter().map(|s| (s.recency, s.frequency, s.monetary)).collect::<Vec<_>>();
        assert_eq!(rows, [(5, 5, 2), (1, 1, 1), (4, 3, 5), (3, 2, 4), (2, 4, 3)]);
        let cut = Settings { recency_cuts: Some(vec![30.0, 90.0, 180.0, 365.0]), ..Settings::default() };
        let found = scores(&since_last, &purchases, &spend, &cut).unwrap();
        assert_eq!(found.iter().map(|s| s.recency).collect::<Vec<_>>(), [5, 1, 5, 4, 2]);
    }

    #[test]
    fn wrong_input_is_named() {
        let settings = Settings::default();
        let error = |r: &[f64], f: &[f64], m: &[f64]| scores(r, f, m, &settings).unwrap_err().to_string();
        assert_eq!(error(&[], &[], &[]), "number of customers is 0; expected at least 1");
        assert!(error(&[1.0], &[], &[1.0]).starts_with("number of values of purchases is 0"));
        assert_eq!(error(&[1.0], &[1.0], &[f64::NAN]), "spend of customer 1 is NaN; expected a finite number");
        assert!(Scale::of_quantiles("v", &[1.0], 1, Better::Higher).is_err());
        let cut = Settings { recency_cuts: Some(vec![30.0]), ..Settings::default() };
        assert!(scores(&[f64::NAN], &[1.0], &[1.0], &cut).is_err());
    }

    #[test]
    fn other_numbers_of_classes_reach_all_segments_ends() {
        let scores = |s| Scores { recency: s, frequency: s, monetary: s };
        assert_eq!((1..=3).map(|s| scores(s).on_five(3).recency).collect::<Vec<_>>(), [1, 3, 5]);
        assert_eq!((1..=5).map(|s| scores(s).on_five(5).recency).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!((1..=9).map(|s| scores(s).on_five(9).monetary).collect::<Vec<_>>(), [1, 2, 2, 3, 3, 4, 4, 5, 5]);
    }

    proptest! {
        #[test]
        fn a_score_is_the_share_of_those_who_are_worse(
            values in prop::collection::vec(prop_oneof![
                (-3_i32..4).prop_map(f64::from), -1e3..1e3_f64, Just(-0.0), Just(1e-300)
            ], 1..80),
            classes in 2_u8..=9,
            lower in any::<bool>(),
        ) {
            let better = if lower { Better::Lower } else { Better::Higher };
            let scale = Scale::of_quantiles("v", &values, classes, better).unwrap();
            for &value in &values {
                let worse = values.iter().filter(|v| if lower { **v > value } else { **v < value }).count();
                prop_assert_eq!(usize::from(scale.score(value)), 1 + usize::from(classes) * worse / values.len());
            }
        }
    }
}
