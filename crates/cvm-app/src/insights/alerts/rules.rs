//! What is watched for, and in which state a figure is.
//!
//! Usual is what lies within three robust standard deviations of the median: the median absolute deviation times 1.4826, which for
//! normal figures is the standard deviation (F. R. Hampel (1974), "The Influence Curve and Its Role in Robust Estimation"). One odd
//! day in the history moves neither.

use crate::insights::period::Period;
use chrono::Days;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AlertKind)]
pub enum Kind {
    /// A value to be reached: at least, and at most where less is better.
    Target,
    /// More than a value.
    Above,
    /// Less than a value.
    Below,
    /// A change against the figure's own history.
    Unusual,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AlertState)]
pub enum State {
    /// Nobody has looked yet, or there is nothing to see.
    New,
    /// No alert.
    Quiet,
    /// Alert.
    Raised,
    /// The target is reached.
    Met,
    /// The target is not reached.
    Missed,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Target, Self::Above, Self::Below, Self::Unusual];

    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Above => "above",
            Self::Below => "below",
            Self::Unusual => "unusual",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl State {
    const ALL: [Self; 5] = [Self::New, Self::Quiet, Self::Raised, Self::Met, Self::Missed];

    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Quiet => "quiet",
            Self::Raised => "raised",
            Self::Met => "met",
            Self::Missed => "missed",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it is news, after this state, to be in `self`. That an alert is over is to be seen, but nobody is told.
    pub fn is_news_after(self, before: Self) -> bool {
        match (before, self) {
            (before, now) if before == now => false,
            (Self::New, now) => now == Self::Raised,
            _ => true,
        }
    }
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Verdict {
    /// None where there is no figure, or too little history to say what is usual.
    pub state: Option<State>,
    pub value: Option<f64>,
    /// Between these is usual.
    pub usual: Option<(f64, f64)>,
}

/// In which state a figure is. `history` is the same figure of earlier periods; only what is unusual needs it.
pub(super) fn judge(
    kind: Kind,
    threshold: Option<f64>,
    is_better_low: bool,
    value: Option<f64>,
    history: &[f64],
) -> Verdict {
    let usual = (kind == Kind::Unusual).then(|| usual(history)).flatten();
    let alert = |is_raised: bool| if is_raised { State::Raised } else { State::Quiet };
    let state = value.and_then(|value| match (kind, threshold, usual) {
        (Kind::Target, Some(target), _) => {
            let is_met = if is_better_low { value <= target } else { value >= target };
            Some(if is_met { State::Met } else { State::Missed })
        }
        (Kind::Above, Some(limit), _) => Some(alert(value > limit)),
        (Kind::Below, Some(limit), _) => Some(alert(value < limit)),
        (Kind::Unusual, _, Some((low, high))) => Some(alert(!(low..=high).contains(&value))),
        _ => None,
    });
    Verdict { state, value, usual }
}

/// Earlier periods by which the usual is known; fewer say nothing.
const HISTORY: u64 = 8;
const HISTORY_MIN: usize = 5;

/// How many robust standard deviations from the median are usual still.
const DEVIATIONS: f64 = 3.0;

/// What makes a standard deviation of a median absolute deviation where figures are normal: one by the third quartile of the
/// standard normal distribution.
const NORMAL: f64 = 1.4826;

/// Where figures hardly differ, this share of the median is usual still: else every trifle would be an alert.
const LEAST: f64 = 0.02;

/// Between which bounds a figure usually lies.
fn usual(history: &[f64]) -> Option<(f64, f64)> {
    if history.len() < HISTORY_MIN {
        return None;
    }
    let middle = median(history.to_vec());
    let deviation = median(history.iter().map(|value| (value - middle).abs()).collect());
    let room = (DEVIATIONS * NORMAL * deviation).max(LEAST * middle.abs());
    Some((middle - room, middle + room))
}

/// The middle of figures of which there is at least one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { (values[half - 1] + values[half]) / 2.0 }
}

/// The periods that one is compared with, the latest first: as long, right before each other, and a single day on the same
/// weekday.
pub(super) fn earlier(period: Period) -> impl Iterator<Item = Period> {
    let step = period.days().max(7).unsigned_abs();
    (1..=HISTORY).map(move |back| {
        let back = Days::new(back * step);
        Period { from: period.from - back, to: period.to - back }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;

    /// The worked example of Wikipedia's article "Median absolute deviation": of 1, 1, 2, 2, 4, 6, 9 the median is 2 and the
    /// deviation 1.
    #[test]
    fn usual_is_within_three_robust_deviations_of_the_median() {
        let (low, high) = usual(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]).unwrap();
        assert!((low - (2.0 - 3.0 * 1.4826)).abs() < 1e-12 && (high - (2.0 + 3.0 * 1.4826)).abs() < 1e-12);
        assert_eq!(usual(&[100.0; 6]), Some((98.0, 102.0)), "a trifle is no alert");
        assert_eq!(usual(&[1.0; 4]), None, "four say nothing");
        assert_eq!(median(vec![3.0, 1.0, 2.0, 10.0]), 2.5);
    }

    #[test]
    fn one_odd_day_hides_no_other() {
        let judge =
            |value| judge(Kind::Unusual, None, false, Some(value), &[98.0, 102.0, 100.0, 5.0, 101.0, 99.0]).state;
        assert_eq!(judge(97.0), Some(State::Quiet));
        assert_eq!(judge(60.0), Some(State::Raised));
        assert_eq!(judge(140.0), Some(State::Raised));
    }

    #[test]
    fn limits_and_targets_are_passed_or_not() {
        let state = |kind, is_better_low, value| judge(kind, Some(10.0), is_better_low, value, &[]).state;
        for (kind, value, expected) in [
            (Kind::Above, 10.0, State::Quiet),
            (Kind::Above, 10.1, State::Raised),
            (Kind::Below, 10.0, State::Quiet),
            (Kind::Below, 9.9, State::Raised),
            (Kind::Target, 10.0, State::Met),
            (Kind::Target, 9.9, State::Missed),
        ] {
            assert_eq!(state(kind, false, Some(value)), Some(expected), "{kind:?} {value}");
        }
        assert_eq!(state(Kind::Target, true, Some(9.0)), Some(State::Met), "where less is better");
        assert_eq!(state(Kind::Above, false, None), None);
        assert_eq!(judge(Kind::Unusual, None, false, Some(1.0), &[1.0]).state, None);
    }

    #[test]
    fn news_is_told_once() {
        use State::{Met, Missed, New, Quiet, Raised};
        for (before, now, is_news) in [
            (New, Raised, true),
            (New, Missed, false),
            (New, Met, false),
            (Raised, Raised, false),
            (Raised, Quiet, true),
            (Quiet, Raised, true),
            (Missed, Met, true),
            (Met, Missed, true),
        ] {
            assert_eq!(now.is_news_after(before), is_news, "{before:?} to {now:?}");
        }
    }

    #[test]
    fn a_day_is_compared_with_its_weekday_and_a_month_with_those_before() {
        let day = "2026-03-31".parse().unwrap();
        let days: Vec<Period> = earlier(Period::last(1, day)).collect();
        assert!(days.len() == 8 && days.iter().all(|earlier| earlier.from.weekday() == Datelike::weekday(&day)));
        let months: Vec<Period> = earlier(Period::last(30, day)).collect();
        assert_eq!(months[0], Period::last(30, day).before());
        assert_eq!(months[1], months[0].before());
    }
}
