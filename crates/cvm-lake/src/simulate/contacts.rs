//! What passes between the shop and a customer besides the purchases: visits, messages, complaints.

use super::calendar::{Calendar, HOUR, SECOND};
use super::dice::{Dice, scramble};
use super::life::Complaint;
use super::people::Channel;
use super::records::{Placed, Written};
use super::tables::Sheet;
use std::fmt::Write;

/// Writes the visits of one customer.
pub(super) struct Visit<'a> {
    pub(super) sheet: &'a mut Sheet,
    pub(super) dice: &'a mut Dice,
    pub(super) seed: u64,
    /// Room to write identifiers in.
    pub(super) text: &'a mut String,
}

impl Visit<'_> {
    pub(super) fn write(
        &mut self,
        customer: Option<&str>,
        device: u64,
        at: i64,
        channel: Channel,
        order_id: Option<&str>,
    ) -> Written {
        let cart = order_id.is_some() || self.dice.chance(0.22);
        let checkout = order_id.is_some() || (cart && self.dice.chance(0.35));
        let pages = 1 + (self.dice.exponential() * if cart { 9.0 } else { 4.0 }) as i32;
        // The session's number says nothing of the customer, as on a real site.
        let session = scramble(self.seed ^ device ^ scramble(self.dice.bits()));
        self.text.clear();
        write!(self.text, "S{session:016x}").expect("text can be added to a String");
        self.sheet.text(self.text.as_str()).text(customer);
        self.text.clear();
        write!(self.text, "D{device:016x}").expect("text can be added to a String");
        self.sheet.text(self.text.as_str()).time(at).text(channel.name()).integer(pages + if cart { 3 } else { 0 });
        self.sheet.flag(cart).flag(checkout).text(order_id).end_row()
    }
}

/// Writes the messages to one customer.
pub(super) struct Message<'a> {
    pub(super) sheet: &'a mut Sheet,
    pub(super) customer: &'a str,
    /// Room to write identifiers in.
    pub(super) text: &'a mut String,
    pub(super) count: u32,
    /// What happens from this moment on is not known yet.
    pub(super) end: i64,
}

impl Message<'_> {
    pub(super) fn write(
        &mut self,
        campaign: &str,
        channel: &str,
        at: i64,
        interest: f64,
        unsubscribed: bool,
        dice: &mut Dice,
    ) -> Written {
        self.count += 1;
        self.text.clear();
        write!(self.text, "M{}-{:03}", &self.customer[1..], self.count).expect("text can be added to a String");
        let opened =
            (unsubscribed || dice.chance(interest)).then(|| at + (dice.exponential() * 8.0 * HOUR as f64) as i64);
        let clicked = opened.filter(|_| dice.chance(0.2)).map(|at| at + dice.below(600) as i64 * SECOND);
        // Nobody can see whether an SMS was read.
        let opened = opened.filter(|_| channel != "sms");
        self.sheet.text(self.text.as_str()).text(self.customer).text(campaign).text(channel).time(at);
        let known = |at: &i64| *at < self.end;
        self.sheet
            .time(whole_second(opened).filter(known))
            .time(whole_second(clicked).filter(known))
            .flag(unsubscribed)
            .end_row()
    }
}

fn whole_second(at: Option<i64>) -> Option<i64> {
    at.map(|at| at / SECOND * SECOND)
}

/// A complaint with its handling, as known at the end of the observed time.
pub(super) struct Case {
    pub(super) opened_at: i64,
    topic: &'static str,
    channel: &'static str,
    first_response_at: Option<i64>,
    resolved_at: Option<i64>,
    compensation: i64,
    satisfied: Option<bool>,
}

impl Case {
    pub(super) fn draw(placed: &Placed, calendar: &Calendar, dice: &mut Dice) -> Option<Self> {
        let late = match placed.order.complaint {
            Complaint::None => return None,
            Complaint::AnsweredSoon => false,
            Complaint::AnsweredLate => true,
        };
        let hours = |hours: f64| (hours * 3600.0) as i64 * SECOND;
        let opened_at = placed.order.at + hours(dice.between(12.0, 140.0));
        let response_hours = if late { dice.between(72.0, 288.0) } else { dice.between(2.0, 24.0) };
        let first_response_at = opened_at + hours(response_hours);
        let resolved_at = first_response_at + hours(dice.between(1.0, if late { 200.0 } else { 60.0 }));
        let generous = dice.chance(0.4);
        let share = dice.between(0.05, 0.2);
        let satisfied = dice.chance(if late { 0.2 } else { 0.8 });
        let topic = *dice.pick(&["delivery", "delivery", "damaged", "wrong_item", "billing", "quality", "staff"]);
        let channel = *dice.pick(&["email", "call", "call", "chat"]);
        let resolved = resolved_at < calendar.end();
        (opened_at < calendar.end()).then_some(Self {
            opened_at,
            topic,
            channel,
            first_response_at: Some(first_response_at).filter(|at| *at < calendar.end()),
            resolved_at: resolved.then_some(resolved_at),
            compensation: if generous && resolved { (placed.amount as f64 * share) as i64 } else { 0 },
            satisfied: resolved.then_some(satisfied),
        })
    }

    pub(super) fn write(&self, sheet: &mut Sheet, id: &str, customer: &str, order: &str) -> Written {
        sheet.text(id).text(customer).text(order).time(self.opened_at).text(self.topic).text(self.channel);
        sheet.time(self.first_response_at).time(self.resolved_at).amount(self.compensation);
        sheet.flag(self.satisfied).end_row()
    }
}
