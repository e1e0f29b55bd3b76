//! When a customer orders, what goes wrong, when they leave, and what a coupon changes: hidden rates made visible.
//!
//! A Pareto/NBD process (Schmittlein, Morrison and Colombo, "Counting your customers", 1987) with two additions. Days
//! are busy or quiet ([`Calendar`]). And a complaint that is answered late multiplies the rate of leaving from then
//! on. Leaving takes effect at midnight, so that every expectation here is exact, day by day.

use super::calendar::{Calendar, HOUR, SECOND};
use super::dice::{Dice, Purpose};
use super::people::{CHANNEL_PREFERENCE, Channel, DISAPPOINTMENT, LATE_ANSWERS, PREFERRED_CHANNELS, Traits};

/// In which world an order happens: in that where the customer is in the control group, in the other, or in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum World {
    Both,
    OnlyControl,
    OnlyTreated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Complaint {
    None,
    AnsweredSoon,
    AnsweredLate,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) day: u32,
    /// Microseconds of Unix time.
    pub(super) at: i64,
    pub(super) channel: Channel,
    pub(super) complaint: Complaint,
    pub(super) world: World,
    /// Paid with the campaign's coupon, where the customer got one.
    pub(super) coupon: bool,
}

impl Order {
    pub(super) fn happens(&self, treated: bool) -> bool {
        match self.world {
            World::Both => true,
            World::OnlyControl => !treated,
            World::OnlyTreated => treated,
        }
    }
}

/// All orders in both worlds, by time, and how it ended.
#[derive(Default)]
pub(super) struct Life {
    pub(super) orders: Vec<Order>,
    /// Last day as a customer; may lie beyond everything simulated.
    pub(super) last_day: u32,
    /// Day of the first order whose complaint was answered late.
    pub(super) disappointed: Option<u32>,
}

impl Life {
    /// Fills in the life of a customer up to the day `until`.
    pub(super) fn draw(&mut self, seed: u64, traits: &Traits, calendar: &Calendar, until: u32, audience: bool) {
        self.orders.clear();
        self.disappointed = None;
        let mut dice = Dice::new(seed, traits.number, Purpose::Timeline);
        let patience = dice.exponential();
        self.last_day = last_day(traits.first_day, patience / traits.leaving_rate);
        self.order(traits.first_day, traits, calendar, patience, &mut dice);
        let mut busyness = calendar.busyness(traits.first_day + 1);
        loop {
            busyness += dice.exponential() / traits.orders_rate;
            let before = until.min(self.last_day.saturating_add(1));
            let Some(day) = calendar.day_at(busyness, before) else { break };
            self.order(day, traits, calendar, patience, &mut dice);
        }
        if audience {
            self.answer_campaign(seed, traits, calendar);
        }
        self.orders.sort_by_key(|order| order.at);
    }

    fn order(&mut self, day: u32, traits: &Traits, calendar: &Calendar, patience: f64, dice: &mut Dice) {
        let channel = channel(traits, dice);
        let at = calendar.moment(day, channel, dice);
        let complaint = match dice.unit() {
            u if u < traits.complaint_rate * LATE_ANSWERS => Complaint::AnsweredLate,
            u if u < traits.complaint_rate => Complaint::AnsweredSoon,
            _ => Complaint::None,
        };
        if complaint == Complaint::AnsweredLate && self.disappointed.is_none() {
            self.disappointed = Some(day);
            self.last_day = disappointed_last_day(traits, day, patience);
        }
        self.orders.push(Order { day, at, channel, complaint, world: World::Both, coupon: false });
    }

    /// What the campaign takes away, adds and makes cheaper.
    fn answer_campaign(&mut self, seed: u64, traits: &Traits, calendar: &Calendar) {
        let mut dice = Dice::new(seed, traits.number, Purpose::Campaign);
        let window = calendar.campaign_window();
        let change = traits.response.change(traits.variant_b);
        let sent = campaign_sent_at(traits, calendar);
        for order in self.orders.iter_mut().filter(|order| window.contains(&order.day)) {
            order.coupon = dice.chance(traits.response.coupon_use());
            // A complaint shapes the rest of the life, so its order stays in both worlds.
            if dice.chance(-change) && order.complaint == Complaint::None {
                order.world = World::OnlyControl;
            }
            while order.at < sent {
                order.at += 7 * HOUR;
            }
        }
        if change > 0.0 {
            self.add_orders(traits.orders_rate * change, traits, calendar, &mut dice);
        }
    }

    /// Orders that are made because of the campaign, all with the coupon.
    fn add_orders(&mut self, rate: f64, traits: &Traits, calendar: &Calendar, dice: &mut Dice) {
        let window = calendar.campaign_window();
        let before = window.end.min(self.last_day.saturating_add(1));
        let mut busyness = calendar.busyness(window.start) + dice.exponential() / rate;
        while let Some(day) = calendar.day_at(busyness, before) {
            let channel = channel(traits, dice);
            // Nobody answers a message before it came.
            let at = calendar.moment(day, channel, dice).max(campaign_sent_at(traits, calendar) + HOUR);
            let (world, complaint) = (World::OnlyTreated, Complaint::None);
            self.orders.push(Order { day, at, channel, complaint, world, coupon: true });
            busyness += dice.exponential() / rate;
        }
    }
}

/// The moment at which the campaign's e-mail goes to this customer, at six in the morning.
pub(super) fn campaign_sent_at(traits: &Traits, calendar: &Calendar) -> i64 {
    let second = (traits.number % 1800) as i64;
    calendar.midnight(calendar.campaign_day) + 6 * HOUR + second * SECOND
}

/// Orders expected from the beginning of the day `from` on, over `days`, of someone who is a customer then.
pub(super) fn expected_orders(traits: &Traits, calendar: &Calendar, from: u32, days: u32, disappointed: bool) -> f64 {
    let stay = (-traits.leaving_rate).exp();
    let stay_disappointed = (-traits.leaving_rate * DISAPPOINTMENT).exp();
    let late = traits.orders_rate * traits.complaint_rate * LATE_ANSWERS;
    let (mut content, mut upset) = if disappointed { (0.0, 1.0) } else { (1.0, 0.0) };
    let mut orders = 0.0;
    for day in from..from + days {
        let weight = calendar.weight(day);
        orders += traits.orders_rate * weight * (content + upset);
        let turned = content * -(-late * weight).exp_m1();
        content = (content - turned) * stay;
        upset = (upset + turned) * stay_disappointed;
    }
    orders
}

/// Orders expected from the first one to the end of the observed time, that one included.
pub(super) fn expected_orders_of_life(traits: &Traits, calendar: &Calendar) -> f64 {
    // The first order may already be complained of; nobody leaves before the day after it.
    let turned = traits.complaint_rate * LATE_ANSWERS;
    let (from, days) = (traits.first_day + 1, calendar.days - traits.first_day - 1);
    1.0 + (1.0 - turned) * expected_orders(traits, calendar, from, days, false)
        + turned * expected_orders(traits, calendar, from, days, true)
}

/// What the campaign changes in a customer who gets it.
pub(super) struct CampaignEffect {
    /// Incremental orders: those added less those lost.
    pub(super) orders: f64,
    /// Orders paid with the coupon that would have been made anyway.
    pub(super) coupons_taken_along: f64,
    /// Orders made because of the campaign, all with the coupon.
    pub(super) orders_added: f64,
}

impl CampaignEffect {
    /// Expected, given the hidden state on the day of sending.
    pub(super) fn expected(traits: &Traits, calendar: &Calendar, life: &Life) -> Self {
        let window = calendar.campaign_window();
        let alive = life.last_day >= window.start;
        let disappointed = life.disappointed.is_some_and(|day| day < window.start);
        let days = window.end - window.start;
        let base = if alive { expected_orders(traits, calendar, window.start, days, disappointed) } else { 0.0 };
        let change = traits.response.change(traits.variant_b);
        let lost = base * (-change).max(0.0) * (1.0 - traits.complaint_rate);
        let added = base * change.max(0.0);
        Self {
            orders: added - lost,
            coupons_taken_along: (base - lost) * traits.response.coupon_use(),
            orders_added: added,
        }
    }
}

fn channel(traits: &Traits, dice: &mut Dice) -> Channel {
    if dice.chance(CHANNEL_PREFERENCE) {
        return traits.channel;
    }
    Channel::ALL[dice.weighted(&PREFERRED_CHANNELS.each_ref().map(|c| c.share))]
}

/// The last day of someone whose patience lasts for `days` more days after the day on which they first ordered: the
/// day after that is safe.
fn last_day(first_day: u32, days: f64) -> u32 {
    (f64::from(first_day) + 1.0 + days.floor()).min(f64::from(u32::MAX)) as u32
}

/// The same when the rate of leaving rises on `day`: the patience used up until then is gone.
fn disappointed_last_day(traits: &Traits, day: u32, patience: f64) -> u32 {
    let leaving_rate = traits.leaving_rate * DISAPPOINTMENT;
    if day == traits.first_day {
        return last_day(day, patience / leaving_rate);
    }
    let used = traits.leaving_rate * f64::from(day - traits.first_day - 1);
    let days = ((patience - used) / leaving_rate).floor();
    (f64::from(day) + days).min(f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::super::calendar::{DAY, FUTURE_DAYS};
    use super::*;
    use chrono::NaiveDate;

    const SEED: u64 = 11;
    const CUSTOMERS: u64 = 40_000;

    /// Every difference of a count and its expectation has mean zero: how many standard errors is theirs away?
    #[derive(Default)]
    struct Differences(Vec<f64>);

    impl Differences {
        fn standard_errors(&self) -> f64 {
            let n = self.0.len() as f64;
            let mean = self.0.iter().sum::<f64>() / n;
            let variance = self.0.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
            mean / (variance / n).sqrt()
        }
    }

    fn each_life(mut look: impl FnMut(&Traits, &Calendar, &Life)) {
        let calendar = Calendar::new(NaiveDate::from_ymd_opt(2024, 1, 1).unwrap(), 730);
        let mut life = Life::default();
        for number in 1..=CUSTOMERS {
            let (traits, _) = Traits::draw(SEED, number, &calendar);
            let audience = traits.in_audience(&calendar);
            life.draw(SEED, &traits, &calendar, calendar.days + FUTURE_DAYS, audience);
            look(&traits, &calendar, &life);
        }
    }

    #[test]
    fn orders_are_as_many_as_theory_says_before_and_after_the_end() {
        let (mut observed, mut future, mut campaign) = <(Differences, Differences, Differences)>::default();
        each_life(|traits, calendar, life| {
            let control = life.orders.iter().filter(|order| order.happens(false));
            let (before, after): (Vec<&Order>, Vec<&Order>) = control.partition(|order| order.day < calendar.days);
            observed.0.push(before.len() as f64 - expected_orders_of_life(traits, calendar));
            let alive = life.last_day >= calendar.days;
            let disappointed = life.disappointed.is_some_and(|day| day < calendar.days);
            let expected = expected_orders(traits, calendar, calendar.days, FUTURE_DAYS, disappointed);
            future.0.push(after.len() as f64 - if alive { expected } else { 0.0 });
            if traits.in_audience(calendar) {
                let count = |treated| life.orders.iter().filter(|order| order.happens(treated)).count() as f64;
                let effect = CampaignEffect::expected(traits, calendar, life);
                campaign.0.push(count(true) - count(false) - effect.orders);
            }
        });
        for (what, differences) in [("observed", observed), ("future", future), ("campaign", campaign)] {
            let away = differences.standard_errors();
            assert!(away.abs() < 3.0, "{what}: {away} standard errors from the expectation");
        }
    }

    #[test]
    fn nobody_orders_before_the_first_day_or_after_the_last() {
        each_life(|traits, calendar, life| {
            for order in &life.orders {
                assert!((traits.first_day..=life.last_day).contains(&order.day));
                assert_eq!((order.at - calendar.midnight(0)) / DAY, i64::from(order.day));
            }
            assert!(life.orders.is_sorted_by_key(|order| order.at));
        });
    }

    #[test]
    fn late_answers_make_customers_leave_sooner() {
        // What is left of an exponential life, cut so that a few very loyal customers do not decide.
        const LONGEST: f64 = 300.0;
        let expected = |rate: f64| (1.0 - (-LONGEST * rate).exp()) / rate;
        let (mut left, mut as_drawn, mut otherwise, mut customers) = (0.0, 0.0, 0.0, 0.0);
        each_life(|traits, _, life| {
            if let Some(day) = life.disappointed {
                // Leaving waits for midnight: half a day on average.
                left += (f64::from(life.last_day - day) + 0.5).min(LONGEST);
                as_drawn += expected(traits.leaving_rate * DISAPPOINTMENT);
                otherwise += expected(traits.leaving_rate);
                customers += 1.0;
            }
        });
        assert!(customers > 2000.0 && (left / as_drawn - 1.0).abs() < 0.03, "{left} days instead of {as_drawn}");
        assert!(left < 0.8 * otherwise, "{left} days instead of {otherwise}");
    }
}
