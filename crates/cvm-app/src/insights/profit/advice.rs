//! What drives the loss that a customer brings, and what could be done.

/// What is known of a customer who brings a loss. Amounts are in the currency's unit and positive, but margin and profit.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Account {
    pub customer: String,
    pub revenue: f64,
    /// Revenue less what the goods cost.
    pub margin: f64,
    /// What they did not pay of the list price.
    pub discounts: f64,
    /// What they gave back.
    pub returns: f64,
    /// What serving them cost in all.
    pub served: f64,
    /// What of it was for what they gave back.
    pub handling: f64,
    /// What winning them cost.
    pub won: f64,
    /// What is left: margin less serving and winning.
    pub profit: f64,
    /// The probability that they are a customer still.
    pub p_alive: f64,
    /// What they are expected to bring.
    pub clv: f64,
}

/// What drives a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Goods are sold below what they cost, also without discounts.
    Goods,
    /// Without discounts there would be a margin.
    Discounts,
    /// Much comes back.
    Returns,
    /// Serving costs more than they bring.
    Service,
    /// They have not paid back yet what winning them cost.
    Acquisition,
}

/// What could be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Reprice,
    FewerIncentives,
    CurbReturns,
    CheaperChannel,
    FewerContacts,
    GiveTime,
    LetGo,
}

/// From this share of what was sold on, what comes back is much.
const MUCH_RETURNED: f64 = 0.3;

/// Who is a customer still with this probability is worth keeping; below the other, they are as good as gone.
const ALIVE: f64 = 0.5;
const GONE: f64 = 0.2;

impl Account {
    /// What drives the loss.
    pub fn cause(&self) -> Cause {
        let sold = self.revenue + self.returns;
        let gives_much_back = sold > 0.0 && self.returns / sold >= MUCH_RETURNED;
        if self.margin < 0.0 {
            return match () {
                () if gives_much_back => Cause::Returns,
                () if self.margin + self.discounts > 0.0 => Cause::Discounts,
                () => Cause::Goods,
            };
        }
        // The goods have a margin, so serving or winning took it, the larger of both first.
        if self.won >= self.served {
            return Cause::Acquisition;
        }
        if gives_much_back || self.handling > self.served / 2.0 { Cause::Returns } else { Cause::Service }
    }

    /// What could be done about it.
    pub fn deed(&self) -> Deed {
        let earns_it_back = self.p_alive >= ALIVE && self.clv >= -self.profit;
        match self.cause() {
            _ if self.p_alive < GONE => Deed::LetGo,
            Cause::Goods => Deed::Reprice,
            Cause::Discounts => Deed::FewerIncentives,
            Cause::Returns => Deed::CurbReturns,
            Cause::Service if self.p_alive >= ALIVE => Deed::CheaperChannel,
            Cause::Acquisition if earns_it_back => Deed::GiveTime,
            Cause::Service | Cause::Acquisition => Deed::FewerContacts,
        }
    }
}

impl Cause {
    /// The id of its words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Goods => "profit-cause-goods",
            Self::Discounts => "profit-cause-discounts",
            Self::Returns => "profit-cause-returns",
            Self::Service => "profit-cause-service",
            Self::Acquisition => "profit-cause-acquisition",
        }
    }

    /// As files write it.
    pub fn name(self) -> &'static str {
        self.text().trim_start_matches("profit-cause-")
    }
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Reprice,
        Self::FewerIncentives,
        Self::CurbReturns,
        Self::CheaperChannel,
        Self::FewerContacts,
        Self::GiveTime,
        Self::LetGo,
    ];

    /// As addresses and files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reprice => "reprice",
            Self::FewerIncentives => "fewer_incentives",
            Self::CurbReturns => "curb_returns",
            Self::CheaperChannel => "cheaper_channel",
            Self::FewerContacts => "fewer_contacts",
            Self::GiveTime => "give_time",
            Self::LetGo => "let_go",
        }
    }

    /// The ids of its words and of what they mean.
    pub fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Reprice => ("profit-do-reprice", "profit-do-reprice-how"),
            Self::FewerIncentives => ("profit-do-incentives", "profit-do-incentives-how"),
            Self::CurbReturns => ("profit-do-returns", "profit-do-returns-how"),
            Self::CheaperChannel => ("profit-do-channel", "profit-do-channel-how"),
            Self::FewerContacts => ("profit-do-contacts", "profit-do-contacts-how"),
            Self::GiveTime => ("profit-do-time", "profit-do-time-how"),
            Self::LetGo => ("profit-do-let_go", "profit-do-let_go-how"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody who is a customer still, and was sold goods for 100 with a margin.
    fn account(change: impl FnOnce(&mut Account)) -> (Cause, Deed) {
        let mut account = Account { revenue: 100.0, margin: 20.0, p_alive: 0.9, clv: 10.0, ..Account::default() };
        change(&mut account);
        account.profit = account.margin - account.served - account.won;
        (account.cause(), account.deed())
    }

    #[test]
    fn what_drives_a_loss_says_what_to_do() {
        assert_eq!(account(|it| it.margin = -5.0), (Cause::Goods, Deed::Reprice));
        assert_eq!(account(|it| (it.margin, it.discounts) = (-5.0, 12.0)), (Cause::Discounts, Deed::FewerIncentives));
        assert_eq!(account(|it| (it.margin, it.returns) = (-5.0, 60.0)), (Cause::Returns, Deed::CurbReturns));
        assert_eq!(account(|it| it.served = 30.0), (Cause::Service, Deed::CheaperChannel));
        assert_eq!(account(|it| (it.served, it.handling) = (30.0, 18.0)), (Cause::Returns, Deed::CurbReturns));
        assert_eq!(account(|it| it.won = 25.0), (Cause::Acquisition, Deed::GiveTime));
        assert_eq!(account(|it| it.won = 60.0), (Cause::Acquisition, Deed::FewerContacts));
    }

    #[test]
    fn who_is_as_good_as_gone_is_let_go() {
        assert_eq!(account(|it| (it.served, it.p_alive) = (30.0, 0.1)).1, Deed::LetGo);
        assert_eq!(account(|it| (it.served, it.p_alive) = (30.0, 0.3)).1, Deed::FewerContacts);
        assert_eq!(account(|it| (it.won, it.p_alive) = (25.0, 0.4)).1, Deed::FewerContacts);
    }
}
