//! Long lists come in pages: `limit` rows, and a cursor to ask for the next ones with.

use super::problem::Problem;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Rows of a page where the caller does not say.
const LIMIT: u32 = 50;

/// Rows of a page at most.
const LIMIT_MAX: u32 = 200;

/// Rows of a list that becomes a file at most.
const WHOLE_MAX: u32 = 10_000;

/// Which page is asked for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The `next_cursor` of the page before; none for the first page.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, 50 where it is not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Whether the limits of a caller do not hold.
    #[serde(skip)]
    #[param(ignore)]
    is_whole: bool,
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// What to give as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl Paging {
    /// So many rows after a place.
    pub fn from(cursor: Option<&str>, limit: u32) -> Self {
        Self { cursor: cursor.map(str::to_owned), limit: Some(limit), is_whole: false }
    }

    /// The list as a whole, as far as it fits into a file: 10,000 rows.
    pub fn whole() -> Self {
        Self { cursor: None, limit: Some(WHOLE_MAX), is_whole: true }
    }

    /// How many rows to ask the database for: one more than a page, which tells whether there is a next one.
    ///
    /// # Errors
    /// 400 for a limit out of range.
    pub fn rows(&self) -> Result<i64, Problem> {
        let limit = self.limit.unwrap_or(LIMIT);
        if !self.is_whole && !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Problem::bad_request(format!("limit is {limit}; expected 1 to {LIMIT_MAX}")));
        }
        Ok(i64::from(limit) + 1)
    }

    /// The key of the last row of the page before.
    ///
    /// # Errors
    /// 400 for a cursor that no answer of ours contained.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let key = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        key.map(Some).ok_or_else(|| Problem::bad_request("the cursor is not a `next_cursor` of this list"))
    }

    /// The page made of the rows found, each with a key that the next page starts after.
    pub fn page<T, K: Serialize>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Page<T> {
        let limit = self.limit.unwrap_or(LIMIT) as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let cursor = |row| serde_json::to_vec(&key(row)).expect("a key is plain data");
        let next_cursor = rows.last().filter(|_| more).map(|row| BASE64_URL_SAFE_NO_PAD.encode(cursor(row)));
        Page { data: rows, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_without_gap_or_repeat() {
        let all: Vec<i64> = (0..7).collect();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let paging = Paging { cursor, limit: Some(3), ..Paging::default() };
            let after: i64 = paging.after().unwrap().unwrap_or(-1);
            let rows = all.iter().copied().filter(|&row| row > after).take(paging.rows().unwrap() as usize).collect();
            let page = paging.page(rows, |row| *row);
            seen.extend(page.data);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_page_may_not_be_empty_nor_endless_nor_anything() {
        for limit in [0, 201] {
            assert_eq!(Paging { limit: Some(limit), ..Paging::default() }.rows().unwrap_err().status(), 400);
        }
        let paging = Paging { cursor: Some("bm90IGpzb24".to_owned()), ..Paging::default() };
        assert_eq!(paging.after::<i64>().unwrap_err().status(), 400);
    }
}
