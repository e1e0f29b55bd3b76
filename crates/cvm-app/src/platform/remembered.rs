//! Answers of the database that every request needs again, each for a short time.

use super::clock::SECOND;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// How long what another server or command has ended may still hold here.
const TIME: i64 = 5 * SECOND;

/// Answers by what was asked. Clones remember the same. Only what there is is remembered, so there is never more of it than in the
/// database.
#[derive(Debug)]
pub struct Remembered<T>(Arc<RwLock<HashMap<String, (T, i64)>>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Remembered<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Clone> Remembered<T> {
    /// What was answered lately.
    pub fn get(&self, asked: &str, now: i64) -> Option<T> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (answer, at) = known.get(asked)?;
        (0..TIME).contains(&(now - at)).then(|| answer.clone())
    }

    /// Remembers what was answered now; that there is nothing, too, ends what was remembered.
    pub fn keep(&self, asked: &str, answer: Option<T>, now: i64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Some(answer) => known.insert(asked.to_owned(), (answer, now)),
            None => known.remove(asked),
        };
    }

    /// Asks anew: something was ended here.
    pub fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_hold_for_a_moment() {
        let remembered = Remembered::default();
        remembered.keep("a", Some(1), 0);
        assert_eq!(remembered.get("a", TIME - 1), Some(1));
        assert_eq!(remembered.get("a", TIME), None);
        // A clock that was put back.
        assert_eq!(remembered.get("a", -1), None);
        assert_eq!(remembered.clone().get("a", 1), Some(1));
        remembered.keep("a", None, 2);
        assert_eq!(remembered.get("a", 2), None);
        remembered.keep("b", Some(2), 3);
        remembered.forget();
        assert_eq!(remembered.get("b", 3), None);
    }
}
