//! Dealing people to groups: by a salted hash, so that the same person always comes to the same side, no list is kept, and one
//! campaign's sides say nothing of another's.

use hmac_sha256::HMAC;

/// Deals people by the secret of the installation.
#[derive(Debug, Clone)]
pub struct Dealer {
    secret: String,
}

/// One side and how much of all it gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share<T> {
    /// What stands for the side.
    pub side: T,
    /// Not negative; of the sum of all.
    pub weight: f64,
}

impl Dealer {
    pub(super) fn new(secret: String) -> Self {
        Self { secret }
    }

    /// Where somebody stands among all for a purpose, evenly spread: from 0 up to but without 1.
    pub fn place(&self, purpose: &str, customer: &str) -> f64 {
        let bytes = self.mac(&[purpose, customer]);
        let number = bytes.iter().take(8).fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
        // 53 bits are all that a fraction holds.
        (number >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The side that somebody comes to for a purpose; none where no side has a weight.
    pub fn side<T: Copy>(&self, purpose: &str, customer: &str, shares: &[Share<T>]) -> Option<T> {
        let all: f64 = shares.iter().map(|share| share.weight).sum();
        let (mut left, mut last) = (self.place(purpose, customer) * all, None);
        for share in shares.iter().filter(|share| share.weight > 0.0) {
            if left < share.weight {
                return Some(share.side);
            }
            left -= share.weight;
            last = Some(share.side);
        }
        last
    }

    /// Whether somebody belongs to those of this share who are never told anything, so that all that is done can be compared with
    /// doing nothing.
    pub fn in_global_control(&self, customer: &str, share: f64) -> bool {
        self.place("global control", customer) < share
    }

    /// What shows that an address was made by us: of these parts and nothing else.
    pub fn signature(&self, parts: &[&str]) -> String {
        self.mac(parts).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Each part with its length, so that no two lists of parts are the same bytes.
    fn mac(&self, parts: &[&str]) -> [u8; 32] {
        let mut mac = HMAC::new(&self.secret);
        for part in parts {
            mac.update((part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize()
    }

    /// Whether a signature is that of these parts.
    pub fn is_signed(&self, parts: &[&str], signature: &str) -> bool {
        let own = self.signature(parts);
        // All letters are looked at, so that the time taken tells nothing.
        own.len() == signature.len() && own.bytes().zip(signature.bytes()).fold(0, |odd, (a, b)| odd | (a ^ b)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dealer() -> Dealer {
        Dealer::new("salt".to_owned())
    }

    #[test]
    fn sides_get_their_shares_and_nobody_changes_them() {
        let shares =
            [Share { side: "a", weight: 1.0 }, Share { side: "b", weight: 0.0 }, Share { side: "c", weight: 3.0 }];
        let (dealer, people) = (dealer(), 20_000);
        let sides: Vec<&str> =
            (0..people).map(|person| dealer.side("campaign-1", &person.to_string(), &shares).unwrap()).collect();
        let a = sides.iter().filter(|side| **side == "a").count();
        // Four standard deviations of a binomial with a quarter of 20,000 are 245.
        assert!(a.abs_diff(people / 4) < 245, "{a}");
        assert!(sides.iter().all(|side| *side != "b"));
        let again: Vec<&str> =
            (0..people).map(|person| dealer.side("campaign-1", &person.to_string(), &shares).unwrap()).collect();
        assert_eq!(sides, again);
        // Another campaign's sides are independent: of those in a, again about a quarter.
        let both = (0..people).filter(|person| {
            sides[*person] == "a" && dealer.side("campaign-2", &person.to_string(), &shares) == Some("a")
        });
        let both = both.count();
        assert!(both.abs_diff(people / 16) < 137, "{both}");
        assert_eq!(dealer.side::<u8>("x", "y", &[]), None);
    }

    #[test]
    fn an_address_of_ours_is_known() {
        let dealer = dealer();
        let signature = dealer.signature(&["message-1", "https://shop.example/"]);
        assert!(dealer.is_signed(&["message-1", "https://shop.example/"], &signature));
        assert!(!dealer.is_signed(&["message-1https://shop.example/", ""], &signature));
        assert!(!dealer.is_signed(&["message-1", "https://evil.example/"], &signature));
        assert!(!Dealer::new("other".to_owned()).is_signed(&["message-1", "https://shop.example/"], &signature));
    }
}
