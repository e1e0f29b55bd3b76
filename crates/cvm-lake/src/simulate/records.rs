//! What the shop's systems write down of a customer's life: one function a table.

use super::calendar::{Calendar, DAY, HOUR, SECOND};
use super::catalogue::{CATEGORIES, Catalogue, Kept, Line};
use super::contacts::{Case, Message, Visit};
use super::dice::{Dice, Purpose, scramble};
use super::life::{CampaignEffect, Complaint, Life, Order, campaign_sent_at, expected_orders, expected_orders_of_life};
use super::people::{ACQUISITION, Channel, DISAPPOINTMENT_IN_SURVEYS, Identity, Traits, unsubscription};
use super::tables::{Sheet, Table};
use super::totals::{Totals, add};
use super::words::{Mood, comment};
use super::{CAMPAIGN_ID, Settings, SimulateError};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) type Written = Result<(), SimulateError>;

/// Writes the customers of one part, one after the other.
pub(super) struct Recorder<'a> {
    settings: &'a Settings,
    calendar: &'a Calendar,
    catalogue: &'a Catalogue,
    sheets: BTreeMap<Table, Sheet>,
    pub(super) totals: Totals,
    life: Life,
    lines: Vec<Line>,
    /// The observed orders that really happened.
    orders: Vec<Placed>,
    customer_id: String,
    text: String,
}

/// An observed order with what later records need of it.
pub(super) struct Placed {
    pub(super) id: String,
    pub(super) order: Order,
    /// Paid, in cents.
    pub(super) amount: i64,
    /// Delivered at a higher cost.
    bulky: bool,
    /// When lines of it came back.
    returned_at: Option<i64>,
}

/// What one customer bought after the end.
#[derive(Default)]
struct Future {
    orders: u32,
    days: u32,
    last_day: Option<u32>,
    revenue: i64,
    margin: i64,
}

/// What one customer was worth during the campaign, in the two worlds: control, treated.
type Worlds = [Outcome; 2];

#[derive(Default, Clone, Copy)]
struct Outcome {
    orders: i64,
    revenue: i64,
    margin: i64,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        calendar: &'a Calendar,
        catalogue: &'a Catalogue,
        sheets: BTreeMap<Table, Sheet>,
    ) -> Self {
        Self {
            settings,
            calendar,
            catalogue,
            sheets,
            totals: Totals::default(),
            life: Life::default(),
            lines: Vec::new(),
            orders: Vec::new(),
            customer_id: String::new(),
            text: String::new(),
        }
    }

    /// Everything about one customer.
    pub(super) fn customer(&mut self, number: u64) -> Written {
        let (traits, mut person) = Traits::draw(self.settings.seed, number, self.calendar);
        let audience = traits.in_audience(self.calendar);
        let until = self.settings.simulated_days();
        self.life.draw(self.settings.seed, &traits, self.calendar, until, audience);
        self.customer_id.clear();
        write!(self.customer_id, "C{number:07}").expect("text can be added to a String");
        let future = self.purchases(&traits, audience)?;
        self.identity(&traits, &mut person)?;
        self.visits(&traits)?;
        self.messages(&traits, audience)?;
        self.service(&traits)?;
        self.surveys(&traits)?;
        self.campaign(&traits, audience)?;
        self.truth(&traits, audience)?;
        self.future(&future)?;
        self.totals.customers += 1;
        Ok(())
    }

    /// Closes the files; what was written stands in the totals.
    pub(super) fn finish(mut self) -> Result<Totals, SimulateError> {
        for (table, sheet) in self.sheets {
            *self.totals.rows.entry(table).or_default() += sheet.finish()?;
        }
        Ok(self.totals)
    }

    /// Fills the baskets of all orders in both worlds, and writes those that happened in the observed time.
    fn purchases(&mut self, traits: &Traits, audience: bool) -> Result<Future, SimulateError> {
        self.orders.clear();
        let mut dice = Dice::new(self.settings.seed, traits.number, Purpose::Basket);
        let treated = audience && traits.treated;
        let window = self.calendar.campaign_window();
        let (mut future, mut worlds) = (Future::default(), Worlds::default());
        for i in 0..self.life.orders.len() {
            let order = self.life.orders[i];
            let spend = traits.spend * dice.gamma_of_four();
            self.catalogue.basket(spend, traits.category, &mut dice, &mut self.lines);
            if audience && window.contains(&order.day) {
                count_worlds(&mut worlds, &order, &self.lines);
            }
            if order.day >= self.calendar.days {
                future.count(&order, &self.lines);
            } else {
                if order.happens(treated) {
                    self.place(traits, order, treated && order.coupon)?;
                }
                if dice.chance(self.settings.anonymous_share) {
                    self.order_without_customer(traits.number, i, order.day, &mut dice)?;
                }
            }
        }
        if audience {
            self.totals.campaign.realised(traits.treated, worlds.map(|w| [w.orders, w.revenue, w.margin]));
        }
        Ok(future)
    }

    /// Counts and writes one order of the observed time.
    ///
    /// It draws nothing: an order that happens in one world only may not shift the baskets after it.
    fn place(&mut self, traits: &Traits, order: Order, coupon: bool) -> Written {
        let count = self.orders.len() + 1;
        let id = format!("O{:07}-{count:03}", traits.number);
        let mut placed = Placed { id, order, amount: 0, bulky: false, returned_at: None };
        for line in &self.lines {
            placed.amount += line.paid(coupon);
            placed.bulky |=
                matches!(CATEGORIES[self.catalogue.products[line.product].category].name, "electronics" | "garden");
        }
        self.totals.orders += 1;
        self.totals.amount += placed.amount;
        let returned = self.lines.iter().filter_map(|line| line.returned_after).min();
        // What comes back after the end is not known yet.
        let back = returned.map(|days| order.day + days).filter(|day| *day < self.calendar.days);
        placed.returned_at = back.map(|day| self.calendar.midnight(day) + return_time(order.at));
        self.write_order(&placed, coupon)?;
        self.orders.push(placed);
        Ok(())
    }

    fn write_order(&mut self, placed: &Placed, coupon: bool) -> Written {
        let Some(sheet) = self.sheets.get_mut(&Table::Purchases) else { return Ok(()) };
        let customer = Some(self.customer_id.as_str());
        for line in &self.lines {
            write_line(sheet, self.catalogue, &placed.id, customer, &placed.order, line, coupon, None)?;
        }
        let Some(at) = placed.returned_at else { return Ok(()) };
        let id = placed.id.replacen('O', "R", 1);
        let returned = Order { at, channel: Channel::Shop, ..placed.order };
        for line in self.lines.iter().filter(|line| line.returned_after.is_some()) {
            write_line(sheet, self.catalogue, &id, customer, &returned, line, coupon, Some(&placed.id))?;
        }
        Ok(())
    }

    /// Someone pays at a till and leaves no name.
    fn order_without_customer(&mut self, customer: u64, number: usize, day: u32, dice: &mut Dice) -> Written {
        let category = dice.below(CATEGORIES.len());
        self.catalogue.basket(3000.0 * dice.gamma_of_four(), category, dice, &mut self.lines);
        let at = self.calendar.moment(day, Channel::Shop, dice);
        let order = Order { day, at, channel: Channel::Shop, ..self.life.orders[number] };
        let Some(sheet) = self.sheets.get_mut(&Table::Purchases) else { return Ok(()) };
        let id = format!("T{:016x}", scramble(self.settings.seed ^ scramble((customer << 16) + number as u64)));
        for line in &self.lines {
            write_line(sheet, self.catalogue, &id, None, &order, line, false, None)?;
        }
        Ok(())
    }

    fn identity(&mut self, traits: &Traits, dice: &mut Dice) -> Written {
        let Some(sheet) = self.sheets.get_mut(&Table::Customers) else { return Ok(()) };
        let person = Identity::draw(traits, dice);
        let born =
            NaiveDate::from_yo_opt(traits.birth_year, person.birth_day_of_year).expect("every year has 365 days");
        sheet
            .text(self.customer_id.as_str())
            .text(person.email.as_deref())
            .text(person.phone.as_deref())
            .text(person.first_name)
            .text(person.last_name)
            .text(person.gender)
            .date(born.to_epoch_days())
            .text(person.city)
            .text(person.country)
            .text(traits.locale().language)
            .date(self.calendar.unix_day(traits.registered))
            .text(ACQUISITION[traits.acquisition].name)
            .amount(traits.acquisition_cost)
            .text(CATEGORIES[traits.category].name)
            .text(traits.channel.name());
        let unsubscribed = unsubscription(traits, self.calendar).is_some();
        for (i, consent) in traits.consents.into_iter().enumerate() {
            sheet.flag(consent && !(i == 0 && unsubscribed));
        }
        sheet.end_row()
    }

    /// A visit for each online order, browsing around the orders, and strangers who never buy.
    fn visits(&mut self, traits: &Traits) -> Written {
        let Some(sheet) = self.sheets.get_mut(&Table::Visits) else { return Ok(()) };
        let mut dice = Dice::new(self.settings.seed, traits.number, Purpose::Visits);
        let mut visit = Visit { sheet, dice: &mut dice, seed: self.settings.seed, text: &mut self.text };
        let devices =
            [Channel::Web, Channel::App].map(|c| scramble(visit.seed ^ scramble(traits.number * 8 + c as u64)));
        let device = |channel: Channel| devices[usize::from(channel == Channel::App)];
        let mut bought = 0;
        for placed in self.orders.iter().filter(|p| p.order.channel.is_online()) {
            bought += 1;
            let before = visit.dice.between(2.0, 30.0) as i64 * 60 * SECOND;
            let at = (placed.order.at - before).max(self.calendar.midnight(0));
            let channel = placed.order.channel;
            visit.write(Some(&self.customer_id), device(channel), at, channel, Some(&placed.id))?;
        }
        let wanted = self.settings.visits_per_order * self.orders.len() as f64 - f64::from(bought);
        let browsing = visit.dice.poisson(wanted.max(0.0));
        for _ in 0..browsing {
            // People look around before they buy more than after.
            let order = &visit.dice.pick(&self.orders).order;
            let days = (visit.dice.exponential() * 6.0) as u32;
            let day = if visit.dice.chance(0.75) { order.day.saturating_sub(days) } else { order.day + days };
            let day = day.min(self.calendar.days - 1);
            let online = traits.channel.is_online() && visit.dice.chance(0.8);
            let channel = if online { traits.channel } else { Channel::Web };
            let at = self.calendar.moment(day, channel, visit.dice);
            let known = day >= traits.registered && visit.dice.chance(0.7);
            visit.write(known.then_some(self.customer_id.as_str()), device(channel), at, channel, None)?;
        }
        for k in 0..visit.dice.poisson(0.3 * self.settings.visits_per_order) {
            let stranger = scramble(visit.seed ^ scramble((traits.number << 16) + 3 + u64::from(k)));
            let day = visit.dice.below(self.calendar.days as usize) as u32;
            let at = self.calendar.moment(day, Channel::Web, visit.dice);
            visit.write(None, stranger, at, Channel::Web, None)?;
        }
        Ok(())
    }

    /// Newsletters by e-mail, offers by SMS each quarter, news in the app, and the campaign.
    fn messages(&mut self, traits: &Traits, audience: bool) -> Written {
        let Some(sheet) = self.sheets.get_mut(&Table::Messages) else { return Ok(()) };
        let mut dice = Dice::new(self.settings.seed, traits.number, Purpose::Messages);
        let unsubscription = unsubscription(traits, self.calendar);
        let mut message =
            Message { sheet, customer: &self.customer_id, text: &mut self.text, count: 0, end: self.calendar.end() };
        for month in self.calendar.months.iter().filter(|month| month.first_day > traits.registered) {
            let (day, name) = (month.first_day, &month.name);
            // Who is gone still gets mail, and seldom reads it.
            let interest = traits.engagement * if day <= self.life.last_day { 1.0 } else { 0.25 };
            let at = self.calendar.midnight(day) + 9 * HOUR + dice.below(3600) as i64 * SECOND;
            if traits.consents[0] && unsubscription.is_none_or(|last| day <= last) {
                let leaves = unsubscription == Some(day);
                message.write(&format!("newsletter-{name}"), "email", at, interest, leaves, &mut dice)?;
            }
            if traits.consents[1] && month.of_year % 3 == 2 {
                message.write(&format!("offer-sms-{name}"), "sms", at, interest, false, &mut dice)?;
            }
            if traits.consents[2] {
                message.write(&format!("app-news-{name}"), "push", at, interest * 0.6, false, &mut dice)?;
            }
        }
        if audience && traits.treated {
            let alive = self.life.last_day >= self.calendar.campaign_day;
            let interest = if alive { (traits.engagement * 1.3).min(0.9) } else { traits.engagement * 0.25 };
            let at = campaign_sent_at(traits, self.calendar);
            message.write(CAMPAIGN_ID, "email", at, interest, false, &mut dice)?;
        }
        Ok(())
    }

    /// Complaints, and what serving the customer cost.
    fn service(&mut self, traits: &Traits) -> Written {
        if !self.sheets.contains_key(&Table::Complaints) && !self.sheets.contains_key(&Table::CostsToServe) {
            return Ok(());
        }
        let mut dice = Dice::new(self.settings.seed, traits.number, Purpose::Service);
        let mut costs: Vec<(i64, &str, i64)> = Vec::new();
        for (k, placed) in self.orders.iter().enumerate() {
            let channel = placed.order.channel;
            if channel != Channel::Shop {
                costs.push((placed.order.at + 4 * HOUR, "delivery", if placed.bulky { 790 } else { 390 }));
            }
            if channel == Channel::CallCentre {
                costs.push((placed.order.at, "call", 240));
            }
            if let Some(at) = placed.returned_at {
                costs.push((at, "return_handling", 450));
            }
            let Some(case) = Case::draw(placed, self.calendar, &mut dice) else { continue };
            costs.push((case.opened_at, "call", 600));
            if let Some(sheet) = self.sheets.get_mut(&Table::Complaints) {
                self.text.clear();
                write!(self.text, "K{:07}-{:03}", traits.number, k + 1).expect("text can be added to a String");
                case.write(sheet, &self.text, &self.customer_id, &placed.id)?;
            }
        }
        let (from, to) = (traits.registered, (self.life.last_day.saturating_add(1)).min(self.calendar.days));
        for _ in 0..dice.poisson(traits.calls_a_year * f64::from(to - from) / 365.0) {
            let day = from + dice.below((to - from) as usize) as u32;
            let at = self.calendar.moment(day, Channel::CallCentre, &mut dice);
            costs.push((at, "call", dice.between(350.0, 1100.0) as i64));
        }
        let Some(sheet) = self.sheets.get_mut(&Table::CostsToServe) else { return Ok(()) };
        costs.retain(|(at, ..)| *at < self.calendar.end());
        costs.sort_unstable();
        for (at, kind, amount) in costs {
            sheet.text(self.customer_id.as_str()).time(at).text(kind).amount(amount).end_row()?;
        }
        Ok(())
    }

    /// Twice a year how likely they are to recommend the shop; after some orders, and after cases, how it went.
    fn surveys(&mut self, traits: &Traits) -> Written {
        if !self.sheets.contains_key(&Table::Surveys) {
            return Ok(());
        }
        let mut dice = Dice::new(self.settings.seed, traits.number, Purpose::Surveys);
        let mut answers = Vec::new();
        let last = self.life.last_day.min(self.calendar.days - 1);
        for day in self.calendar.months.iter().filter(|month| month.of_year % 6 == 4).map(|month| month.first_day) {
            if (traits.first_day..=last).contains(&day) && dice.chance(0.25) {
                answers.push((self.calendar.moment(day + 1, Channel::Web, &mut dice), "nps", None));
            }
        }
        for (i, placed) in self.orders.iter().enumerate() {
            if placed.order.complaint != Complaint::None && dice.chance(0.4) {
                answers.push((placed.order.at + 21 * DAY, "ces", Some(i)));
            } else if dice.chance(0.06) {
                answers.push((placed.order.at + 2 * DAY + dice.below(86_400) as i64 * SECOND, "csat", Some(i)));
            }
        }
        answers.retain(|(at, ..)| *at < self.calendar.end());
        answers.sort_unstable();
        for (k, (at, kind, about)) in answers.into_iter().enumerate() {
            self.answer(traits, k + 1, at, kind, about, &mut dice)?;
        }
        Ok(())
    }

    fn answer(
        &mut self,
        traits: &Traits,
        number: usize,
        at: i64,
        kind: &str,
        about: Option<usize>,
        dice: &mut Dice,
    ) -> Written {
        let placed = about.map(|i| &self.orders[i]);
        let upset = self.life.disappointed.is_some_and(|day| self.calendar.midnight(day) + DAY <= at);
        let late = placed.map_or(upset, |p| p.order.complaint == Complaint::AnsweredLate);
        let feeling =
            traits.satisfaction + 0.8 * dice.normal() - if upset || late { DISAPPOINTMENT_IN_SURVEYS } else { 0.0 };
        let (middle, spread, low, high) = match kind {
            "nps" => (8.0, 1.5, 0, 10),
            "csat" => (4.1, 0.8, 1, 5),
            _ => (4.6, 1.2, 1, 7),
        };
        let score = ((middle + spread * feeling).round() as i32).clamp(low, high);
        let mood = match feeling {
            f if f < -1.0 => Mood::Bad,
            f if f < 0.3 => Mood::Mixed,
            _ => Mood::Good,
        };
        let text = dice.chance(0.45).then(|| comment(traits.locale, mood, late, dice));
        self.text.clear();
        write!(self.text, "Q{:07}-{number:03}", traits.number).expect("text can be added to a String");
        let order_id = placed.map(|p| p.id.as_str());
        let sheet = self.sheets.get_mut(&Table::Surveys).expect("answers are drawn where surveys are written");
        sheet.text(self.text.as_str()).text(self.customer_id.as_str()).time(at).text(kind).integer(score);
        sheet.text(text.as_deref()).text(traits.locale().language).text(order_id).end_row()
    }

    fn campaign(&mut self, traits: &Traits, audience: bool) -> Written {
        if !audience {
            return Ok(());
        }
        let Some(sheet) = self.sheets.get_mut(&Table::Campaign) else { return Ok(()) };
        let at = campaign_sent_at(traits, self.calendar);
        let variant = match (traits.treated, traits.variant_b) {
            (false, _) => "control",
            (true, false) => "A",
            (true, true) => "B",
        };
        sheet.text(self.customer_id.as_str()).text(CAMPAIGN_ID).flag(traits.treated).text(variant);
        sheet.time(at).time(traits.treated.then_some(at)).end_row()
    }

    fn truth(&mut self, traits: &Traits, audience: bool) -> Written {
        let Some(sheet) = self.sheets.get_mut(&Table::Truth) else { return Ok(()) };
        let days = self.calendar.days;
        let kept = Kept::by(traits.category);
        let euros = traits.spend / 100.0;
        let disappointed = self.life.disappointed.is_some_and(|day| day < days);
        let alive = self.life.last_day >= days;
        let future = super::calendar::FUTURE_DAYS;
        let orders = if alive { expected_orders(traits, self.calendar, days, future, disappointed) } else { 0.0 };
        let died_on = (self.life.last_day < days + future).then(|| self.calendar.unix_day(self.life.last_day));
        let expected = [orders, orders * euros * kept.revenue, orders * euros * kept.margin];
        let effect = audience.then(|| {
            let effect = CampaignEffect::expected(traits, self.calendar, &self.life);
            effect_in_euros(&effect, euros, kept)
        });
        sheet.text(self.customer_id.as_str()).number(traits.orders_rate).number(traits.leaving_rate);
        sheet.number(euros).number(traits.satisfaction).flag(disappointed).flag(alive).date(died_on);
        for amount in expected {
            sheet.number(amount);
        }
        sheet.text(traits.response.name());
        for k in 0..3 {
            sheet.number(effect.map(|e| e[k]));
        }
        sheet.end_row()?;
        let totals = &mut self.totals;
        if let Some(effect) = effect {
            totals.campaign.expected(traits.response as usize, effect);
        }
        totals.expected_orders += expected_orders_of_life(traits, self.calendar);
        totals.alive += u64::from(alive);
        totals.disappointed += u64::from(disappointed);
        add(&mut totals.expected_future, &expected);
        Ok(())
    }

    fn future(&mut self, future: &Future) -> Written {
        self.totals.future_orders += u64::from(future.orders);
        self.totals.future_revenue += future.revenue;
        self.totals.future_margin += future.margin;
        let Some(sheet) = self.sheets.get_mut(&Table::FuturePurchases) else { return Ok(()) };
        sheet.text(self.customer_id.as_str()).integer(future.orders as i32).integer(future.days as i32);
        sheet.amount(future.revenue).amount(future.margin).end_row()
    }
}

impl Future {
    fn count(&mut self, order: &Order, lines: &[Line]) {
        self.orders += 1;
        self.days += u32::from(self.last_day.replace(order.day) != Some(order.day));
        self.revenue += lines.iter().map(|line| line.revenue(false)).sum::<i64>();
        self.margin += lines.iter().map(|line| line.margin(false)).sum::<i64>();
    }
}

/// When the shop takes back what was ordered at this moment: in its opening hours.
fn return_time(ordered_at: i64) -> i64 {
    9 * HOUR + (scramble(ordered_at as u64) % 36_000) as i64 * SECOND
}

/// Adds an order of the campaign's time to the worlds in which it happens.
fn count_worlds(worlds: &mut Worlds, order: &Order, lines: &[Line]) {
    for (treated, world) in [false, true].into_iter().zip(worlds) {
        if order.happens(treated) {
            let coupon = treated && order.coupon;
            world.orders += 1;
            world.revenue += lines.iter().map(|line| line.revenue(coupon)).sum::<i64>();
            world.margin += lines.iter().map(|line| line.margin(coupon)).sum::<i64>();
        }
    }
}

/// Expected change in orders, revenue and margin of one customer whose orders cost `euros` on average.
fn effect_in_euros(effect: &CampaignEffect, euros: f64, kept: Kept) -> [f64; 3] {
    let coupons = kept.coupon() * (effect.coupons_taken_along + effect.orders_added);
    [effect.orders, euros * (effect.orders * kept.revenue - coupons), euros * (effect.orders * kept.margin - coupons)]
}

/// Writes one line of an order, or takes it back: then `return_of` names the order.
#[expect(clippy::too_many_arguments, reason = "a row of the table, written from one place")]
fn write_line(
    sheet: &mut Sheet,
    catalogue: &Catalogue,
    id: &str,
    customer: Option<&str>,
    order: &Order,
    line: &Line,
    coupon: bool,
    return_of: Option<&str>,
) -> Written {
    let product = &catalogue.products[line.product];
    let sign = if return_of.is_some() { -1 } else { 1 };
    let discount = line.discount + line.amount - line.paid(coupon);
    sheet.text(id).text(customer).time(order.at).text(order.channel.name());
    sheet.text(product.id.as_str()).text(CATEGORIES[product.category].name).integer((sign * line.quantity) as i32);
    sheet.amount(sign * line.paid(coupon)).amount(sign * discount).amount(sign * line.cost);
    sheet.text("EUR").text(return_of).end_row()
}
