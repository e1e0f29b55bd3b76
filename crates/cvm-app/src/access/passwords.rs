//! Passwords: which are taken, and their hashes (Argon2id), made on few threads at a time.

use crate::platform::{Problem, Random, Result};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use icu_normalizer::ComposingNormalizerBorrowed;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Characters of a password at least. NIST SP 800-63B: what counts is length; rules on kinds of characters and regular
/// changes make passwords worse, so there are none.
const CHARACTERS_MIN: usize = 12;

/// Bytes of a password at most: 64 letters of any of our alphabets, as NIST asks for. A bound there must be, since
/// everybody may send one to be hashed.
const BYTES_MAX: usize = 128;

/// Bytes of a password as it is typed, before its letters are put together, at most.
const TYPED_BYTES_MAX: usize = 4 * BYTES_MAX;

/// Hashes at a time. Each takes 19 MiB (OWASP's parameters, the library's default) and a core.
const AT_A_TIME: usize = 4;

/// How long one waits for a turn before being sent away.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes and checks hashes. Clones share the bound on how many at a time.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    random: Random,
    /// A hash of nothing anybody knows, made as all others: checking it takes as long as checking a user's.
    decoy: Arc<str>,
}

impl Passwords {
    /// Ready to check.
    pub fn new(random: &Random) -> Self {
        let decoy = hash(&random.bytes::<32>(), &random.bytes::<16>());
        Self { turns: Arc::new(Semaphore::new(AT_A_TIME)), random: random.clone(), decoy: decoy.into() }
    }

    /// The hash to keep of a password.
    ///
    /// # Errors
    /// 503 where too many wait.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let (password, salt) = (normalised(password).into_owned(), self.random.bytes::<16>());
        self.in_turn(move || hash(password.as_bytes(), &salt)).await
    }

    /// Whether the password is that of the hash. Without a hash, or with a password that is too long for any, it never
    /// is, which takes as long to find out.
    ///
    /// # Errors
    /// 503 where too many wait.
    pub(super) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let possible = hash.is_some() && password.len() <= TYPED_BYTES_MAX;
        let hash = hash.filter(|_| possible).unwrap_or(&self.decoy).to_owned();
        let password = if possible { normalised(password).into_owned() } else { String::new() };
        self.in_turn(move || {
            let parsed = PasswordHash::new(&hash);
            let matches = |parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
            possible & parsed.is_ok_and(matches)
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = || Problem::unavailable("many are signing in right now; try again", 5);
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let turn = turn.ok().and_then(|turn| turn.ok()).ok_or_else(busy)?;
        let work = move || {
            let _turn = turn; // held by the thread, so that a request that goes away does not let in another
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))
    }
}

/// What is wrong with a new password of somebody with this e-mail and name, if anything.
pub(super) fn fault(password: &str, email: &str, name: &str) -> Option<String> {
    if password.len() > TYPED_BYTES_MAX {
        return Some(format!("the password has {} bytes; expected {BYTES_MAX} at most", password.len()));
    }
    let password = normalised(password);
    let characters = password.chars().count();
    if characters < CHARACTERS_MIN {
        return Some(format!("the password has {characters} characters; expected {CHARACTERS_MIN} at least"));
    }
    if password.len() > BYTES_MAX {
        return Some(format!("the password has {} bytes; expected {BYTES_MAX} at most", password.len()));
    }
    // What an attacker tries first: the words at hand, alone or repeated. NIST asks for this, too.
    let lower = password.to_lowercase();
    let account = email.split('@').next().unwrap_or_default();
    let words = [email, account, "opencvm", "password", "qwerty", "1234567890", "123456789"];
    let words = words.into_iter().chain(name.split_whitespace()).map(str::to_lowercase);
    let known = words.filter(|word| word.chars().count() > 2);
    let left = known.fold(lower, |left, word| left.replace(&word, ""));
    let mut kinds: Vec<char> = left.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    (kinds.len() < 5).then(|| "the password is easy to guess; expected some words that do not go together".to_owned())
}

/// The same letters typed on another keyboard are the same password (NFKC).
fn normalised(password: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfkc().normalize(password)
}

fn hash(password: &[u8], salt: &[u8]) -> String {
    let hash = Argon2::default().hash_password_with_salt(password, salt);
    hash.expect("a short password and a salt of 16 bytes can be hashed").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_opens_and_nothing_else() {
        let passwords = Passwords::new(&Random::seeded(1));
        let hash = passwords.hash("za\u{17c}o\u{142}\u{107} g\u{119}\u{15b}l\u{105} ja\u{17a}\u{144}").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        // The same typed where letters and their marks come apart.
        let apart = "zaz\u{307}oc\u{301}"; // a part, to be sure that the two texts differ in bytes
        assert_ne!(normalised(apart), apart);
        let apart = "zaz\u{307}o\u{142}c\u{301} ge\u{328}s\u{301}la\u{328} jaz\u{301}n\u{301}";
        assert!(passwords.verify(apart, Some(&hash)).await.unwrap());
        assert!(!passwords.verify("zażółć gęślą jaźń!", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("", None).await.unwrap(), "nobody's hash opens to nothing");
        let parameters = |hash: &str| hash.split('$').take(4).collect::<String>();
        assert_eq!(parameters(&passwords.decoy), parameters(&hash), "or the time would tell who has an account");
    }

    #[test]
    fn length_counts_and_words_at_hand_do_not() {
        let fault = |password: &str| fault(password, "anna@shop.example", "Anna Nowak");
        for good in ["correct horse battery", "رمزعبور خیلی بلند من", &"ж".repeat(4).replace('ж', "жёлтый кот ")]
        {
            assert_eq!(fault(good), None, "{good}");
        }
        assert!(fault("Tr0ub4dor&3").unwrap().contains("11 characters; expected 12"));
        assert!(fault(&"long words ".repeat(12)).unwrap().contains("132 bytes; expected 128"));
        for weak in
            ["aaaaaaaaaaaaaaaa", "anna@shop.example", "Anna Nowak Anna", "password1234567890", "opencvmopencvm12"]
        {
            assert!(fault(weak).is_some_and(|fault| fault.contains("guess")), "{weak}");
        }
    }
}
