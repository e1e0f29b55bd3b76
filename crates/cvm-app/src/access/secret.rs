//! Tokens: random, told once, kept as a hash.

use crate::platform::Random;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A new token of 256 random bits after a prefix.
pub(super) fn token(prefix: &str, random: &Random) -> String {
    format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(random.bytes::<32>()))
}

/// What the database keeps of a token. One fast hash is enough: 256 random bits cannot be guessed, however fast one
/// tries, and looking the hash up tells an attacker nothing by its time.
pub(super) fn digest(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}
