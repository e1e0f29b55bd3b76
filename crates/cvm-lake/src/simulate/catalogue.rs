//! What the invented shop sells, and how an order becomes lines.
//!
//! The lines of an order add up, in expectation, to what the customer meant to spend: quantities are rounded up or
//! down by chance. So a customer's true mean spend is exact, though prices are fixed.

use super::dice::Dice;

pub(super) const CATEGORIES: [Category; 8] = [
    category(
        "food",
        0.26,
        0.002,
        0.72,
        45.0,
        [
            "Rye bread",
            "Apple juice",
            "Wildflower honey",
            "Dark chocolate",
            "Green tea",
            "Ground coffee",
            "Olive oil",
            "Smoked cheese",
            "Saffron",
            "Gift hamper",
        ],
    ),
    category(
        "household",
        0.18,
        0.015,
        0.60,
        160.0,
        [
            "Dish cloths",
            "Candle",
            "Laundry soap",
            "Storage box",
            "Tea towel set",
            "Table lamp",
            "Wool blanket",
            "Saucepan",
            "Bed linen",
            "Floor vacuum",
        ],
    ),
    category(
        "beauty",
        0.14,
        0.020,
        0.42,
        95.0,
        [
            "Lip balm",
            "Hand cream",
            "Shampoo",
            "Face mask",
            "Sun lotion",
            "Body oil",
            "Make-up set",
            "Night serum",
            "Hair dryer",
            "Perfume",
        ],
    ),
    category(
        "clothing",
        0.12,
        0.110,
        0.48,
        210.0,
        ["Socks", "Scarf", "T-shirt", "Leggings", "Shirt", "Jumper", "Jeans", "Dress", "Boots", "Winter coat"],
    ),
    category(
        "electronics",
        0.10,
        0.055,
        0.80,
        890.0,
        [
            "Batteries",
            "Charging cable",
            "Earphones",
            "Power bank",
            "Smart bulb",
            "Keyboard",
            "Speaker",
            "Headphones",
            "Tablet",
            "Phone",
        ],
    ),
    category(
        "toys",
        0.08,
        0.030,
        0.55,
        130.0,
        [
            "Marbles",
            "Card game",
            "Jigsaw puzzle",
            "Plush bear",
            "Wooden train",
            "Paint set",
            "Board game",
            "Doll house",
            "Building blocks",
            "Scooter",
        ],
    ),
    category(
        "garden",
        0.06,
        0.020,
        0.58,
        260.0,
        [
            "Seeds",
            "Flower pot",
            "Gloves",
            "Watering can",
            "Bird feeder",
            "Pruning shears",
            "Garden hose",
            "Lantern",
            "Rose bush",
            "Bench",
        ],
    ),
    category(
        "books",
        0.06,
        0.012,
        0.66,
        60.0,
        [
            "Notebook",
            "Pocket novel",
            "Crossword book",
            "Picture book",
            "Cookbook",
            "Travel guide",
            "Novel",
            "Biography",
            "Atlas",
            "Art book",
        ],
    ),
];

/// Products in each category.
const RANGE: usize = 38;
const VARIANTS: [&str; 4] = ["basic", "classic", "select", "premium"];
/// Cheapest price in each category, in cents; no order is smaller.
pub(super) const CHEAPEST: i64 = 99;
/// Promotions: share of lines and reduction. The rest is sold at list price.
const PROMOTIONS: [(f64, f64); 3] = [(0.06, 0.05), (0.08, 0.10), (0.04, 0.20)];
/// What the campaign's coupon takes off.
pub(super) const COUPON: f64 = 0.10;
/// Probability that a line is in the customer's preferred category for that reason alone.
pub(super) const PREFERENCE: f64 = 0.45;

pub(super) struct Category {
    pub(super) name: &'static str,
    /// Share of lines of customers without a preference.
    pub(super) popularity: f64,
    /// Probability that a line is sent back.
    pub(super) return_rate: f64,
    /// Cost of goods as a share of the list price.
    pub(super) cost_share: f64,
    highest_price: f64,
    items: [&'static str; 10],
}

const fn category(
    name: &'static str,
    popularity: f64,
    return_rate: f64,
    cost_share: f64,
    highest_price: f64,
    items: [&'static str; 10],
) -> Category {
    Category { name, popularity, return_rate, cost_share, highest_price, items }
}

pub(super) struct Product {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) category: usize,
    /// In cents.
    pub(super) price: i64,
    pub(super) unit_cost: i64,
}

/// One line of an order; amounts in cents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub(super) product: usize,
    pub(super) quantity: i64,
    /// Paid, reductions taken off, before any coupon.
    pub(super) amount: i64,
    /// Reductions, before any coupon.
    pub(super) discount: i64,
    /// Cost of goods.
    pub(super) cost: i64,
    /// What a coupon would take off.
    pub(super) coupon: i64,
    /// Sent back after so many days.
    pub(super) returned_after: Option<u32>,
}

impl Line {
    /// What the shop keeps: nothing of a line that came back, whose goods go to the shelf again.
    pub(super) fn margin(&self, coupon: bool) -> i64 {
        if self.returned_after.is_some() { 0 } else { self.revenue(coupon) - self.cost }
    }

    /// What was paid and not paid back.
    pub(super) fn revenue(&self, coupon: bool) -> i64 {
        if self.returned_after.is_some() { 0 } else { self.paid(coupon) }
    }

    /// What was paid at the till.
    pub(super) fn paid(&self, coupon: bool) -> i64 {
        self.amount - if coupon { self.coupon } else { 0 }
    }
}

/// The products, by category and price.
pub(super) struct Catalogue {
    pub(super) products: Vec<Product>,
    /// Prices in cents, by category, in the order of `products`.
    prices: [[i64; RANGE]; CATEGORIES.len()],
}

impl Catalogue {
    pub(super) fn new() -> Self {
        let mut prices = [[0; RANGE]; CATEGORIES.len()];
        let mut products = Vec::with_capacity(RANGE * CATEGORIES.len());
        for (c, category) in CATEGORIES.iter().enumerate() {
            for (k, price) in prices[c].iter_mut().enumerate() {
                *price = price_of(category, k);
                let item = k * category.items.len() / RANGE;
                let variant = k - (item * RANGE).div_ceil(category.items.len());
                products.push(Product {
                    id: format!("P{:04}", products.len() + 1),
                    name: format!("{}, {}", category.items[item], VARIANTS[variant]),
                    category: c,
                    price: *price,
                    unit_cost: (*price as f64 * category.cost_share).round() as i64,
                });
            }
        }
        Self { products, prices }
    }

    /// Lines that together cost `spend` cents in expectation, for a customer who prefers one category.
    pub(super) fn basket(&self, spend: f64, preferred: usize, dice: &mut Dice, lines: &mut Vec<Line>) {
        lines.clear();
        let spend = spend.max(CHEAPEST as f64 + 1.0);
        let wanted = match dice.unit() {
            u if u < 0.55 => 1,
            u if u < 0.80 => 2,
            u if u < 0.93 => 3,
            _ => 4,
        };
        // Nobody fills a basket with crumbs: at least 10 euros a line, so that no share falls below the cheapest price.
        let count = wanted.min((spend / 1000.0) as usize).max(1);
        let mut shares = [1.0; 4];
        if count > 1 {
            shares[..count].fill_with(|| 0.5 + dice.unit());
        }
        let total: f64 = shares[..count].iter().sum();
        for share in &shares[..count] {
            lines.push(self.line(spend * share / total, preferred, dice));
        }
    }

    fn line(&self, spend: f64, preferred: usize, dice: &mut Dice) -> Line {
        let category = if dice.chance(PREFERENCE) { preferred } else { popular(dice) };
        let reduction = promotion(dice);
        let gross = spend / (1.0 - reduction);
        let prices = &self.prices[category];
        // Something between a fifth of the sum and all of it, so that quantities stay small.
        let affordable = prices.partition_point(|p| *p as f64 <= gross);
        let from = prices.partition_point(|p| (*p as f64) < gross / 5.0).min(affordable - 1);
        let k = from + dice.below(affordable - from);
        let quantity = (gross / prices[k] as f64 + dice.unit()).floor() as i64;
        let list = quantity * prices[k];
        let product = category * RANGE + k;
        let discount = rounded(list as f64 * reduction, dice);
        let amount = list - discount;
        Line {
            product,
            quantity,
            amount,
            discount,
            cost: quantity * self.products[product].unit_cost,
            coupon: (amount as f64 * COUPON).round() as i64,
            returned_after: dice.chance(CATEGORIES[category].return_rate).then(|| 3 + dice.below(20) as u32),
        }
    }
}

/// What is kept of 1 euro that a customer means to spend, in expectation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    /// Revenue net of returns.
    pub(super) revenue: f64,
    /// Margin net of returns.
    pub(super) margin: f64,
}

impl Kept {
    /// For a customer who prefers this category.
    pub(super) fn by(preferred: usize) -> Self {
        let markup: f64 = 1.0 + PROMOTIONS.iter().map(|(share, off)| share * (1.0 / (1.0 - off) - 1.0)).sum::<f64>();
        let mut kept = Self { revenue: 0.0, margin: 0.0 };
        for (c, category) in CATEGORIES.iter().enumerate() {
            let share = (1.0 - PREFERENCE) * category.popularity + if c == preferred { PREFERENCE } else { 0.0 };
            kept.revenue += share * (1.0 - category.return_rate);
            kept.margin += share * (1.0 - category.return_rate) * (1.0 - category.cost_share * markup);
        }
        kept
    }

    /// What the coupon takes off what is kept.
    pub(super) fn coupon(&self) -> f64 {
        COUPON * self.revenue
    }
}

fn popular(dice: &mut Dice) -> usize {
    let mut left = dice.unit();
    for (c, category) in CATEGORIES.iter().enumerate() {
        left -= category.popularity;
        if left < 0.0 {
            return c;
        }
    }
    0
}

fn promotion(dice: &mut Dice) -> f64 {
    let mut left = dice.unit();
    for (share, off) in PROMOTIONS {
        left -= share;
        if left < 0.0 {
            return off;
        }
    }
    0.0
}

/// A whole number of cents whose expectation is the value; no draw where there is nothing to round.
fn rounded(value: f64, dice: &mut Dice) -> i64 {
    if value == 0.0 { 0 } else { (value + dice.unit()).floor() as i64 }
}

/// From the cheapest to the highest price in equal factors, ending in 9 cents.
fn price_of(category: &Category, k: usize) -> i64 {
    let factor = category.highest_price * 100.0 / CHEAPEST as f64;
    let price = CHEAPEST as f64 * factor.powf(k as f64 / (RANGE - 1) as f64);
    ((price / 10.0).round() as i64 * 10 - 1).max(CHEAPEST)
}

#[cfg(test)]
mod tests {
    use super::super::dice::Purpose;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn products_have_their_own_names_and_rising_prices() {
        let catalogue = Catalogue::new();
        assert_eq!(catalogue.products.len(), 304);
        assert_eq!(catalogue.products.iter().map(|p| &p.name).collect::<HashSet<_>>().len(), 304);
        assert!(catalogue.prices.iter().all(|p| p.is_sorted() && p[0] == CHEAPEST));
        assert!(catalogue.products.iter().all(|p| p.unit_cost < p.price));
    }

    #[test]
    fn baskets_cost_what_the_customer_meant_to_spend_and_keep_what_the_formula_says() {
        let catalogue = Catalogue::new();
        let mut dice = Dice::new(3, 1, Purpose::Basket);
        let (mut lines, n) = (Vec::new(), 60_000);
        for (spend, preferred) in [(600.0, 0), (4200.0, 3), (90_000.0, 4)] {
            let (mut paid, mut revenue, mut margin, mut with_coupon) = (0, 0, 0, 0);
            for _ in 0..n {
                catalogue.basket(spend, preferred, &mut dice, &mut lines);
                assert!(lines.iter().all(|line| line.quantity >= 1 && line.amount > 0));
                paid += lines.iter().map(|l| l.amount).sum::<i64>();
                revenue += lines.iter().map(|l| l.revenue(false)).sum::<i64>();
                margin += lines.iter().map(|l| l.margin(false)).sum::<i64>();
                with_coupon += lines.iter().map(|l| l.margin(true)).sum::<i64>();
            }
            let close = |sum: i64, of_one: f64| (sum as f64 / f64::from(n) / spend - of_one).abs() < 0.006;
            let kept = Kept::by(preferred);
            assert!(close(paid, 1.0), "{spend}: {paid}");
            assert!(close(revenue, kept.revenue), "{spend}: {revenue} {kept:?}");
            assert!(close(margin, kept.margin), "{spend}: {margin} {kept:?}");
            assert!(close(with_coupon, kept.margin - kept.coupon()), "{spend}: {with_coupon} {kept:?}");
        }
    }
}
