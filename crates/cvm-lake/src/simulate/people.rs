//! Who the invented customers are, and the hidden traits that make them buy, complain, answer and leave.

use super::calendar::Calendar;
use super::catalogue::CATEGORIES;
use super::dice::{Dice, Purpose, scramble};
use super::names::{LOCALES, Locale};

/// Where people buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Shop,
    Web,
    App,
    CallCentre,
}

impl Channel {
    pub(super) const ALL: [Self; 4] = [Self::Shop, Self::Web, Self::App, Self::CallCentre];

    pub(super) fn name(self) -> &'static str {
        ["shop", "web", "app", "call_centre"][self as usize]
    }

    /// Leaves a visit on a site or in an app.
    pub(super) fn is_online(self) -> bool {
        matches!(self, Self::Web | Self::App)
    }
}

/// Share of customers who prefer each channel, and what that does to the rates of buying and leaving.
pub(super) const PREFERRED_CHANNELS: [Shift; 4] = [
    shift("shop", 0.38, 1.0, 1.0),
    shift("web", 0.34, 1.0, 1.05),
    shift("app", 0.22, 1.3, 0.8),
    shift("call_centre", 0.06, 0.7, 1.2),
];

/// How customers were won. The average cost follows in `ACQUISITION_COSTS`.
pub(super) const ACQUISITION: [Shift; 6] = [
    shift("organic", 0.28, 1.05, 0.90),
    shift("referral", 0.14, 1.20, 0.65),
    shift("paid_search", 0.22, 1.0, 1.0),
    shift("paid_social", 0.16, 0.85, 1.4),
    shift("affiliate", 0.10, 0.80, 1.7),
    shift("shop_opening", 0.10, 1.10, 0.85),
];

/// Average cost of winning a customer, in euros, in the order of `ACQUISITION`.
const ACQUISITION_COSTS: [f64; 6] = [1.5, 8.0, 18.0, 14.0, 22.0, 4.0];

/// What the preferred category does to the rate of buying and to the spend, in the order of the categories.
pub(super) const CATEGORY_HABITS: [(f64, f64); CATEGORIES.len()] =
    [(1.5, 0.7), (1.0, 1.0), (1.1, 0.8), (0.8, 1.2), (0.5, 2.4), (0.8, 0.9), (0.7, 1.2), (1.0, 0.6)];

/// Distribution of the hidden rates before the shifts above, as in the Pareto/NBD and Gamma-Gamma models.
pub(super) const RATES: Rates = Rates {
    orders_shape: 0.8,
    orders_a_day: 0.026,
    leaving_shape: 0.7,
    leaving_a_day: 1.0 / 260.0,
    order_shape: 4.0,
    spend_shape: 3.5,
    spend: 42.0,
};
/// What one standard deviation of satisfaction takes off the rate of leaving, as a logarithm.
pub(super) const SATISFACTION_ON_LEAVING: f64 = 0.3;
/// What a complaint answered late does to the rate of leaving, from the order complained of on.
pub(super) const DISAPPOINTMENT: f64 = 3.0;
/// Complaints an order, of a customer of average satisfaction.
pub(super) const COMPLAINTS: f64 = 0.035;
/// What one standard deviation of satisfaction takes off the complaints an order, as a logarithm.
pub(super) const SATISFACTION_ON_COMPLAINTS: f64 = 0.4;
/// Share of complaints that are answered late (3 to 12 days instead of 2 to 24 hours).
pub(super) const LATE_ANSWERS: f64 = 0.35;
/// What a complaint answered late does to the answers to surveys, in standard deviations of satisfaction.
pub(super) const DISAPPOINTMENT_IN_SURVEYS: f64 = 2.2;
/// Probability that an order goes through the preferred channel for that reason alone.
pub(super) const CHANNEL_PREFERENCE: f64 = 0.7;
/// Calls to the service a year, of most customers and of those who call often; and the share of these.
pub(super) const CALLS_A_YEAR: [f64; 2] = [0.4, 14.0];
pub(super) const FREQUENT_CALLERS: f64 = 0.04;
/// Highest rate and spend: nobody orders more than once a day or for more than 2,000 euros on average.
const MOST_ORDERS_A_DAY: f64 = 1.0;
const HIGHEST_SPEND: f64 = 2000.0;

/// One answer of a trait, with its share and its effect.
pub(super) struct Shift {
    pub(super) name: &'static str,
    pub(super) share: f64,
    pub(super) orders: f64,
    pub(super) leaving: f64,
}

const fn shift(name: &'static str, share: f64, orders: f64, leaving: f64) -> Shift {
    Shift { name, share, orders, leaving }
}

pub(super) struct Rates {
    /// Shape r of the gamma distribution of order rates over customers.
    pub(super) orders_shape: f64,
    pub(super) orders_a_day: f64,
    /// Shape s of the gamma distribution of leaving rates over customers.
    pub(super) leaving_shape: f64,
    pub(super) leaving_a_day: f64,
    /// Shape p of the gamma distribution of a customer's orders.
    pub(super) order_shape: f64,
    /// Shape q of the gamma distribution behind the customers' mean spends.
    pub(super) spend_shape: f64,
    /// Mean spend an order, in euros.
    pub(super) spend: f64,
}

/// What a coupon does to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Response {
    /// Buys more because of it.
    Persuadable,
    /// Buys as before, and takes the coupon.
    SureThing,
    /// Does not react.
    LostCause,
    /// Is put off, and buys less.
    DoNotDisturb,
}

impl Response {
    pub(super) const ALL: [Self; 4] = [Self::Persuadable, Self::SureThing, Self::LostCause, Self::DoNotDisturb];

    pub(super) fn name(self) -> &'static str {
        ["persuadable", "sure_thing", "lost_cause", "do_not_disturb"][self as usize]
    }

    /// Change of the rate of buying during the campaign; variant B is worded better than A.
    pub(super) fn change(self, variant_b: bool) -> f64 {
        match self {
            Self::Persuadable => 1.5 * if variant_b { 1.25 } else { 0.75 },
            Self::SureThing | Self::LostCause => 0.0,
            Self::DoNotDisturb => -0.5,
        }
    }

    /// Probability that an order that would have been made anyway is paid with the coupon.
    pub(super) fn coupon_use(self) -> f64 {
        [0.5, 0.8, 0.1, 0.2][self as usize]
    }
}

/// Consents to marketing, in the order e-mail, SMS, push, call, post.
pub(super) type Consents = [bool; 5];

/// The traits of one customer that shape what they do.
pub(super) struct Traits {
    /// Number from 1.
    pub(super) number: u64,
    pub(super) locale: usize,
    pub(super) female: bool,
    pub(super) birth_year: i32,
    /// Day of the registration.
    pub(super) registered: u32,
    /// Day of the first order.
    pub(super) first_day: u32,
    pub(super) acquisition: usize,
    pub(super) acquisition_cost: i64,
    pub(super) category: usize,
    pub(super) channel: Channel,
    /// Consents at registration.
    pub(super) consents: Consents,
    /// From this day on, the next e-mail is answered by an unsubscription.
    pub(super) tired_of_email: u32,
    /// Standard normal.
    pub(super) satisfaction: f64,
    /// Orders a day of average busyness.
    pub(super) orders_rate: f64,
    /// Rate of leaving a day.
    pub(super) leaving_rate: f64,
    /// Mean spend an order in cents, before returns.
    pub(super) spend: f64,
    pub(super) complaint_rate: f64,
    /// Probability of opening a message.
    pub(super) engagement: f64,
    /// Calls to the service a year.
    pub(super) calls_a_year: f64,
    pub(super) response: Response,
    /// Where treated, with this variant of the campaign.
    pub(super) variant_b: bool,
    pub(super) treated: bool,
}

impl Traits {
    pub(super) fn draw(seed: u64, number: u64, calendar: &Calendar) -> (Self, Dice) {
        let mut dice = Dice::new(seed, number, Purpose::Person);
        let locale = dice.weighted(&LOCALES.each_ref().map(|l| l.share));
        let (acquisition, preferred) = (by_share(&ACQUISITION, &mut dice), by_share(&PREFERRED_CHANNELS, &mut dice));
        let category = dice.weighted(&CATEGORIES.each_ref().map(|c| c.popularity));
        let satisfaction = dice.normal();
        let (won, prefers) = (&ACQUISITION[acquisition], &PREFERRED_CHANNELS[preferred]);
        let (orders, spend) = CATEGORY_HABITS[category];
        let first_day = first_day(calendar, &mut dice);
        let channel = Channel::ALL[preferred];
        let birth_year = 1995 - (dice.normal() * 15.0).clamp(-12.0, 50.0) as i32;
        let response = response(channel, acquisition, birth_year, &mut dice);
        let tired = dice.exponential() * if response == Response::DoNotDisturb { 800.0 } else { 3000.0 };
        let traits = Self {
            number,
            locale,
            female: dice.chance(0.54),
            birth_year,
            registered: if dice.chance(0.75) { first_day } else { first_day.saturating_sub(dice.below(30) as u32) },
            first_day,
            acquisition,
            acquisition_cost: (ACQUISITION_COSTS[acquisition] * 100.0 * dice.gamma(6.0)) as i64,
            category,
            channel,
            consents: [0.8, 0.45, if channel == Channel::App { 0.7 } else { 0.15 }, 0.25, 0.35].map(|p| dice.chance(p)),
            tired_of_email: first_day.saturating_add(tired as u32),
            satisfaction,
            orders_rate: (RATES.orders_a_day * won.orders * prefers.orders * orders * dice.gamma(RATES.orders_shape))
                .min(MOST_ORDERS_A_DAY),
            leaving_rate: RATES.leaving_a_day
                * won.leaving
                * prefers.leaving
                * (-SATISFACTION_ON_LEAVING * satisfaction).exp()
                * dice.gamma(RATES.leaving_shape),
            spend: mean_spend(spend, &mut dice),
            complaint_rate: (COMPLAINTS * (-SATISFACTION_ON_COMPLAINTS * satisfaction).exp()).min(0.2),
            engagement: 0.15 + 0.5 * dice.unit() * dice.unit(),
            calls_a_year: CALLS_A_YEAR[usize::from(dice.chance(FREQUENT_CALLERS))],
            response,
            variant_b: dice.chance(0.5),
            treated: scramble(seed ^ scramble(number ^ 0xCA_4DA1)) >> 63 == 1,
        };
        (traits, dice)
    }

    /// In the audience of the campaign: a customer by then, whose consent to e-mail stands.
    pub(super) fn in_audience(&self, calendar: &Calendar) -> bool {
        self.first_day < calendar.campaign_day
            && self.consents[0]
            && unsubscription(self, calendar).is_none_or(|day| day > calendar.campaign_day)
    }

    pub(super) fn locale(&self) -> &'static Locale {
        &LOCALES[self.locale]
    }
}

/// The day of the newsletter by which the customer leaves the e-mail list, if within the observed time.
pub(super) fn unsubscription(traits: &Traits, calendar: &Calendar) -> Option<u32> {
    // Most never tire within the observed time: no walk over the months for them.
    if !traits.consents[0] || traits.tired_of_email >= calendar.days {
        return None;
    }
    let from = traits.tired_of_email.max(traits.registered + 1);
    calendar.months.iter().map(|month| month.first_day).find(|day| *day >= from)
}

/// What only the table of customers needs.
pub(super) struct Identity {
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) city: &'static str,
    pub(super) country: &'static str,
    pub(super) birth_day_of_year: u32,
    pub(super) gender: Option<&'static str>,
}

impl Identity {
    /// Drawn after the traits, from the same generator.
    pub(super) fn draw(traits: &Traits, dice: &mut Dice) -> Self {
        let locale = traits.locale();
        let first = dice.pick(if traits.female { &locale.female } else { &locale.male });
        let last = dice.pick(&locale.surnames);
        let (city, country) = *dice.pick(&locale.cities);
        let domain = if dice.chance(0.6) { "example.com" } else { "example.org" };
        let latin_last = if traits.female { last.latin_female } else { last.latin };
        let email = format!("{}.{latin_last}{}@{domain}", first.1, traits.number).to_lowercase();
        Self {
            first_name: first.0,
            last_name: if traits.female { last.female } else { last.male },
            email: (traits.consents[0] || dice.chance(0.7)).then_some(email),
            // Country code 999 is given to nobody, so no such number can be called.
            phone: (traits.consents[1] || dice.chance(0.6)).then(|| format!("+999{:010}", traits.number)),
            city,
            country,
            birth_day_of_year: 1 + dice.below(365) as u32,
            gender: (!dice.chance(0.02)).then_some(if traits.female { "female" } else { "male" }),
        }
    }
}

fn by_share<const N: usize>(shifts: &[Shift; N], dice: &mut Dice) -> usize {
    dice.weighted(&shifts.each_ref().map(|s| s.share))
}

/// The shop grows: some more customers come late than early.
fn first_day(calendar: &Calendar, dice: &mut Dice) -> u32 {
    let late = dice.chance(0.25);
    let u = dice.unit();
    let share = if late { u.max(dice.unit()) } else { u };
    calendar.day_at(share * calendar.busyness(calendar.days), calendar.days).unwrap_or(calendar.days - 1)
}

/// Gamma-Gamma: the mean of a customer's orders is gamma-distributed in the denominator.
fn mean_spend(category_factor: f64, dice: &mut Dice) -> f64 {
    let q = RATES.spend_shape;
    let spend = RATES.spend * category_factor * (q - 1.0) / (q * dice.gamma(q));
    spend.clamp(4.0, HIGHEST_SPEND) * 100.0
}

/// Who reacts how can be guessed from what the shop knows, but not surely: so models of uplift find something.
fn response(channel: Channel, acquisition: usize, birth_year: i32, dice: &mut Dice) -> Response {
    let paid = matches!(ACQUISITION[acquisition].name, "paid_social" | "affiliate");
    let if_true = |condition: bool, factor: f64| if condition { factor } else { 1.0 };
    let weights = [
        if_true(channel.is_online(), 2.2) * if_true(paid, 1.6) * if_true(birth_year > 1992, 1.6) * 0.6,
        if_true(!paid, 1.4) * if_true(channel.is_online(), 1.2),
        if_true(channel == Channel::Shop, 1.6),
        0.3 * if_true(birth_year < 1970, 3.0) * if_true(channel == Channel::CallCentre, 2.0),
    ];
    let total: f64 = weights.iter().sum();
    Response::ALL[dice.weighted(&weights.map(|w| w / total))]
}
