//! From what each customer brought to what the campaign earned: pure, and the same for one campaign and for all of them.

use super::results::{
    Arm, Difference, Effects, Interval, Money, Part, People, Power, Return, SampleRatio, Strata, Warning,
};
use cvm_core::lake::{Bought, Spent};
use cvm_models::ModelError;
use cvm_models::experiment::arm::{Arm as Moments, PairedArm};
use cvm_models::experiment::cuped::Adjustment;
use cvm_models::experiment::difference::{difference_of_means, relative_difference};
use cvm_models::experiment::power::{self, skewness};
use cvm_models::experiment::returns::returns;
use cvm_models::experiment::sample_ratio::{self, USUAL_THRESHOLD};
use cvm_models::experiment::sequential::{self, look, plain_confidence};
use cvm_models::experiment::strata::by_stratum;

/// How sure intervals are.
pub(super) const CONFIDENCE: f64 = 0.95;

/// Customers of the smaller side below which nothing is compared: means of money are far from normal.
pub(super) const LEAST: u64 = 50;

/// Of the control group's margin, the change that is worth finding.
const WORTH_FINDING: f64 = 0.05;

/// A side needs so many times the squared skewness of outcomes: then the true tails of its interval are not above twice what
/// they say (Hall 1992, "The Bootstrap and Edgeworth Expansion", the first term for a mean).
const SKEWNESS_FACTOR: f64 = 12.0;

/// One customer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subject {
    /// The group: 0 is the control group, then variants.
    pub arm: usize,
    /// Value tier at assignment, from 1.
    pub tier: Option<u8>,
    /// Segments at assignment, a bit each.
    pub segments: u64,
    /// Cost of contact.
    pub cost: f64,
    /// Cost of the rewards and gifts of offers that they accepted.
    pub reward: f64,
    /// Share of the days of observation that have passed.
    pub elapsed: f64,
    /// What they bought.
    pub bought: Bought,
}

/// How the comparison was laid out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// Names of groups, the control group's first.
    pub variants: Vec<String>,
    /// The shares of the lot, where they are known.
    pub shares: Option<Vec<f64>>,
    /// Value tiers, from 1.
    pub tiers: &'static [&'static str],
    /// Ids and names of segments, in the order of their bits.
    pub segments: Vec<(String, String)>,
    /// Customers expected of all groups together.
    pub planned: u64,
    /// Whether an event counts as a conversion, and not an order.
    pub by_event: bool,
    /// Whether this is one look of many at the same customers.
    pub is_sequence: bool,
    /// Whether the margin on what has no known cost is set.
    pub margin_is_set: bool,
}

/// What comes out, as in [`super::Results`], without what only the caller knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measured {
    pub elapsed: f64,
    pub people: People,
    pub arms: Vec<Arm>,
    pub effects: Option<Effects>,
    pub money: Option<Money>,
    pub sample_ratio: Option<SampleRatio>,
    pub tiers: Option<Strata>,
    pub segments: Option<Strata>,
    pub power: Option<Power>,
    pub warnings: Vec<Warning>,
}

/// Compares.
///
/// # Errors
/// What the statistics refuse: amounts that are not finite.
pub(super) fn measure(subjects: &[Subject], layout: &Layout) -> Result<Measured, ModelError> {
    let mut arms = layout.variants.iter().enumerate().map(|(at, name)| group(subjects, at, name)).collect::<Vec<_>>();
    let control = arms.first().map_or(0, |arm| arm.customers);
    let people = People { treated: subjects.len() as u64 - control, control, ..People::default() };
    let elapsed = if subjects.is_empty() {
        0.0
    } else {
        subjects.iter().map(|subject| subject.elapsed).sum::<f64>() / subjects.len() as f64
    };
    let mut found = Measured {
        elapsed,
        people,
        arms: Vec::new(),
        effects: None,
        money: None,
        sample_ratio: None,
        tiers: None,
        segments: None,
        power: None,
        warnings: Vec::new(),
    };
    if let Some(shares) = layout.shares.as_deref().filter(|shares| shares.len() > 1 && !subjects.is_empty()) {
        let counts = arms.iter().map(|arm| arm.customers).collect::<Vec<_>>();
        let ratio = sample_ratio::check(&counts, shares, USUAL_THRESHOLD)?;
        for (arm, expected) in arms.iter_mut().zip(&ratio.expected) {
            arm.expected = Some(*expected);
        }
        found.sample_ratio = Some(SampleRatio { p_value: ratio.p_value, mismatch: ratio.mismatch });
        if ratio.mismatch {
            found.warnings.push(Warning::SampleRatio);
        }
    }
    if control == 0 || people.treated == 0 {
        found.warnings.push(Warning::NoControl);
    } else if control.min(people.treated) < LEAST {
        found.warnings.push(Warning::NothingToCompare { least: LEAST });
    } else {
        Comparison::new(subjects, layout, elapsed)?.fill(&mut found, &mut arms)?;
    }
    if elapsed < 1.0 && layout.is_sequence {
        found.warnings.push(Warning::Running);
    }
    let costed = subjects.iter().map(|subject| subject.bought.after.revenue_costed).sum::<f64>();
    let revenue = subjects.iter().map(|subject| subject.bought.after.revenue).sum::<f64>();
    if revenue > 0.0 && costed < 0.5 * revenue && !layout.margin_is_set {
        found.warnings.push(Warning::NoMargins);
    }
    found.arms = arms;
    Ok(found)
}

fn converted(bought: &Bought, by_event: bool) -> bool {
    if by_event { bought.events > 0 } else { bought.after.orders > 0 }
}

fn group(subjects: &[Subject], at: usize, name: &str) -> Arm {
    let mut arm = Arm {
        variant: name.to_owned(),
        is_control: at == 0,
        customers: 0,
        expected: None,
        converted: 0,
        orders: 0,
        revenue: 0.0,
        margin: 0.0,
        contact_cost: 0.0,
        effect: None,
    };
    for subject in subjects.iter().filter(|subject| subject.arm == at) {
        arm.customers += 1;
        arm.orders += u64::from(subject.bought.after.orders);
        arm.revenue += subject.bought.after.revenue;
        arm.margin += subject.bought.after.margin;
        arm.contact_cost += subject.cost;
    }
    arm
}

/// Treated and control, both large enough.
struct Comparison<'a> {
    subjects: &'a [Subject],
    layout: &'a Layout,
    treated: Vec<bool>,
    /// Of plain intervals: where more looks are to come, so much that they hold at all of them.
    confidence: f64,
    sequence: sequential::Settings,
}

impl<'a> Comparison<'a> {
    fn new(subjects: &'a [Subject], layout: &'a Layout, elapsed: f64) -> Result<Self, ModelError> {
        // What a customer tells of the effect grows with the days that passed, so looks at the same customers are narrowest when
        // all of these have: what counts as the number of customers so far is their share of it. A sequence runs in the
        // variance that has been gathered, whether by more customers or by more of their time.
        let tightest_at = (layout.planned.max(2) as f64) / elapsed.clamp(1e-3, 1.0);
        let sequence = sequential::Settings { confidence: CONFIDENCE, tightest_at, first_look: LEAST };
        let confidence = match layout.is_sequence && elapsed < 1.0 {
            true => plain_confidence(subjects.len() as f64, &sequence)?,
            false => CONFIDENCE,
        };
        Ok(Self {
            subjects,
            layout,
            treated: subjects.iter().map(|subject| subject.arm > 0).collect(),
            confidence,
            sequence,
        })
    }

    fn of(&self, outcome: impl Fn(&Subject) -> f64) -> Vec<f64> {
        self.subjects.iter().map(outcome).collect()
    }

    /// Outcomes as they would be with the same past for all.
    fn adjusted(
        &self,
        outcome: impl Fn(&Subject) -> f64,
        past: impl Fn(&Spent) -> f64,
    ) -> Result<(Vec<f64>, Adjustment), ModelError> {
        let outcomes = self.of(outcome);
        let past = self.of(|subject| past(&subject.bought.before));
        let orders = self.of(|subject| f64::from(subject.bought.before.orders));
        let covariates: [&[f64]; 2] = [&past, &orders];
        let adjustment = Adjustment::fit(&outcomes, &self.treated, &covariates)?;
        Ok((adjustment.adjusted(&outcomes, &covariates)?, adjustment))
    }

    /// Of those who are in, the treated and the control group.
    fn sides(&self, outcomes: &[f64], is_in: impl Fn(&Subject) -> bool) -> [Vec<f64>; 2] {
        [true, false].map(|side| {
            let all = self.subjects.iter().zip(outcomes).zip(&self.treated);
            all.filter(|((subject, _), treated)| **treated == side && is_in(subject)).map(|((_, y), _)| *y).collect()
        })
    }

    fn difference(
        &self,
        outcome: impl Fn(&Subject) -> f64 + Copy,
        past: impl Fn(&Spent) -> f64,
    ) -> Result<(Difference, Vec<f64>), ModelError> {
        let (adjusted, adjustment) = self.adjusted(outcome, past)?;
        let [treated, control] = self.sides(&adjusted, |_| true);
        let (a, b) = (Moments::of(&treated)?, Moments::of(&control)?);
        let each = difference_of_means(&a, &b, self.confidence)?;
        // What the control group brings, as a share of which the effect is given, is that of the adjusted outcomes too.
        let relative = if b.mean > 0.0 { relative_difference(&a, &b, self.confidence).ok() } else { None };
        let relative = relative.and_then(|ratio| {
            let (low, high) = ratio.interval?;
            Some(Interval { estimate: ratio.estimate, low, high, p_value: None })
        });
        let plain = self.of(outcome);
        let [treated_plain, control_plain] = self.sides(&plain, |_| true);
        let mean = |outcomes: &[f64]| outcomes.iter().sum::<f64>() / outcomes.len() as f64;
        let difference = Difference {
            treated: mean(&treated_plain),
            control: mean(&control_plain),
            each: Interval::of(&each),
            total: Interval::of(&each.times(treated.len() as f64)),
            relative,
            variance_left: adjustment.variance_left,
        };
        Ok((difference, adjusted))
    }

    fn fill(&self, found: &mut Measured, arms: &mut [Arm]) -> Result<(), ModelError> {
        let by_event = self.layout.by_event;
        let converts = |subject: &Subject| f64::from(u8::from(converted(&subject.bought, by_event)));
        for (at, arm) in arms.iter_mut().enumerate() {
            let mine = self.subjects.iter().filter(|subject| subject.arm == at);
            arm.converted = mine.filter(|subject| converted(&subject.bought, by_event)).count() as u64;
        }
        let (margin, adjusted) = self.difference(|subject| subject.bought.after.margin, |before| before.margin)?;
        let [treated, control] = self.sides(&adjusted, |_| true);
        let look = look(&Moments::of(&treated)?, &Moments::of(&control)?, &self.sequence)?;
        found.effects = Some(Effects {
            revenue: self.difference(|subject| subject.bought.after.revenue, |before| before.revenue)?.0,
            margin,
            orders: self.difference(|subject| f64::from(subject.bought.after.orders), |before| before.revenue)?.0,
            conversion: self.difference(converts, |before| f64::from(u8::from(before.orders > 0)))?.0,
            look: look.filter(|_| self.layout.is_sequence).map(|effect| Interval::of(&effect)),
        });
        let money = self.money(&adjusted)?;
        if money.contacts_costed == 0 {
            found.warnings.push(Warning::NoCosts);
        }
        self.variants(&adjusted, arms)?;
        found.tiers = self.strata(&adjusted, self.tier_parts(), false)?;
        found.segments = self.strata(&adjusted, self.segment_parts(), true)?;
        let few_large = skewness(&adjusted).powi(2) * SKEWNESS_FACTOR > control.len().min(treated.len()) as f64;
        if few_large {
            found.warnings.push(Warning::FewLargeOrders);
        }
        found.power = self.power(&treated, &control, margin.control, &money)?;
        let all = self.subjects.len() as u64;
        if let Some(power) = found.power.filter(|power| power.customers > all && margin.each.side() == 0) {
            found.warnings.push(Warning::TooFew { more: power.customers - all });
        }
        found.money = Some(money);
        Ok(())
    }

    fn money(&self, adjusted: &[f64]) -> Result<Money, ModelError> {
        let [contacts, rewards] = [|subject: &Subject| subject.cost, |subject: &Subject| subject.reward]
            .map(|cost| self.sides(&self.of(cost), |_| true));
        let margins = self.sides(adjusted, |_| true);
        let spent = self.sides(&self.of(|subject| subject.cost + subject.reward), |_| true);
        let pair = |side: usize| PairedArm::of(&margins[side], &spent[side]);
        let earned = returns(&pair(0)?, &pair(1)?, 0.0, self.confidence)?;
        let discounts = self.sides(&self.of(|subject| subject.bought.after.discount), |_| true);
        let mean = |side: &[f64]| side.iter().sum::<f64>() / side.len() as f64;
        Ok(Money {
            contact_cost: contacts[0].iter().sum(),
            contacts_costed: contacts[0].iter().filter(|cost| **cost > 0.0).count() as u64,
            reward_cost: Some(rewards[0].iter().sum()),
            discount: (mean(&discounts[0]) - mean(&discounts[1])) * discounts[0].len() as f64,
            profit: Interval::of(&earned.total_profit),
            profit_each: Interval::of(&earned.profit),
            return_on_investment: earned.return_on_investment.as_ref().map(Return::of),
        })
    }

    /// Each variant against the control group, which they share.
    fn variants(&self, adjusted: &[f64], arms: &mut [Arm]) -> Result<(), ModelError> {
        let control = Moments::of(&self.sides(adjusted, |_| true)[1])?;
        let asked = arms.iter().filter(|arm| !arm.is_control && arm.customers >= LEAST).count() as f64;
        for (at, arm) in arms.iter_mut().enumerate().skip(1) {
            if arm.customers < LEAST {
                continue;
            }
            let treated = Moments::of(&self.sides(adjusted, |subject| subject.arm == at)[0])?;
            let effect = difference_of_means(&treated, &control, self.confidence)?;
            let p_value = Some((effect.p_value * asked).min(1.0));
            arm.effect = Some(Interval { p_value, ..Interval::of(&effect) });
        }
        Ok(())
    }

    fn tier_parts(&self) -> Vec<(String, String, Vec<bool>)> {
        let one = |(at, id): (usize, &&str)| {
            let is_in = |subject: &Subject| subject.tier == Some(at as u8 + 1);
            ((*id).to_owned(), String::new(), self.subjects.iter().map(is_in).collect())
        };
        self.layout.tiers.iter().enumerate().map(one).collect()
    }

    fn segment_parts(&self) -> Vec<(String, String, Vec<bool>)> {
        let one = |(at, (id, name)): (usize, &(String, String))| {
            let is_in = |subject: &Subject| subject.segments >> at & 1 == 1;
            (id.clone(), name.clone(), self.subjects.iter().map(is_in).collect())
        };
        self.layout.segments.iter().enumerate().map(one).collect()
    }

    fn strata(
        &self,
        adjusted: &[f64],
        parts: Vec<(String, String, Vec<bool>)>,
        overlap: bool,
    ) -> Result<Option<Strata>, ModelError> {
        let mut moments = Vec::with_capacity(parts.len());
        let mut shown = Vec::with_capacity(parts.len());
        for (id, name, is_in) in parts {
            let side = |side: bool| {
                let all = adjusted.iter().zip(&is_in).zip(&self.treated);
                let mine = all.filter(|((_, is_in), treated)| **is_in && **treated == side);
                mine.map(|((outcome, _), _)| *outcome).collect::<Vec<_>>()
            };
            let (treated, control) = (side(true), side(false));
            if treated.is_empty() && control.is_empty() {
                continue;
            }
            let (of_treated, of_control) = (treated.len() as u64, control.len() as u64);
            shown.push(Part { id, name, treated: of_treated, control: of_control, effect: None, together: None });
            // A group of a few is not compared: its variance is anybody's guess.
            if of_treated.min(of_control) >= LEAST / 2 {
                moments.push((shown.len() - 1, (Moments::of(&treated)?, Moments::of(&control)?)));
            }
        }
        if shown.is_empty() {
            return Ok(None);
        }
        let mut p_value_same = None;
        if !moments.is_empty() {
            let arms = moments.iter().map(|(_, arms)| *arms).collect::<Vec<_>>();
            let found = by_stratum(&arms, self.confidence)?;
            p_value_same = Some(found.p_value_same).filter(|_| !overlap && arms.len() > 1);
            for ((at, _), stratum) in moments.iter().zip(&found.strata) {
                let Some(stratum) = stratum else { continue };
                let effect = Interval { p_value: Some(stratum.p_value_together), ..Interval::of(&stratum.alone) };
                shown[*at].effect = Some(effect);
                shown[*at].together = Some((stratum.low_together, stratum.high_together));
            }
        }
        Ok(Some(Strata { p_value_same, parts: shown }))
    }

    fn power(
        &self,
        treated: &[f64],
        control: &[f64],
        control_mean: f64,
        money: &Money,
    ) -> Result<Option<Power>, ModelError> {
        let deviation = |outcomes: &[f64]| Ok::<_, ModelError>(Moments::of(outcomes)?.variance.sqrt());
        let (deviation_treated, deviation_control) = (deviation(treated)?, deviation(control)?);
        if deviation_treated <= 0.0 || deviation_control <= 0.0 {
            return Ok(None);
        }
        let share_treated = treated.len() as f64 / self.subjects.len() as f64;
        let design = power::Design { deviation_treated, deviation_control, share_treated, ..power::Design::default() };
        let wanted = (money.contact_cost / treated.len() as f64).max(WORTH_FINDING * control_mean);
        if wanted <= 0.0 {
            return Ok(None);
        }
        let detectable = design.detectable(self.subjects.len() as f64)?;
        Ok(Some(Power { detectable, wanted, customers: design.customers(wanted)?.ceil() as u64 }))
    }
}
