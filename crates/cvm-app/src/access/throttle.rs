//! Guessing passwords takes ever longer: by account, whoever tries, and by address, whichever account it tries.
//!
//! The counts are in the database, so that several servers are no way round. An attempt is counted before its password
//! is checked and taken back when that was right, so that many at the same time are as many attempts. A blocked account
//! is open again after some minutes at most and those signed in stay so: locking somebody out for long by failing on
//! purpose is not possible.

use super::secret;
use crate::platform::clock::{DAY, SECOND};
use crate::platform::database::Transaction;
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use sqlx::Row;
use std::net::{IpAddr, Ipv6Addr};

/// What failures count against, and how many are free.
struct Limit {
    subject: String,
    free: i64,
    /// Until when this attempt blocks others.
    blocks_until: i64,
}

/// The longest time to wait, a little more than a quarter of an hour.
const BLOCK_MAX: i64 = 1024 * SECOND;

/// Failures are forgotten after this long without another.
const MEMORY: i64 = DAY;

/// An attempt that was counted as failed until it is taken back.
#[must_use]
pub(super) struct Attempt(Vec<Limit>);

/// Counts an attempt to sign in to an account from an address.
///
/// # Errors
/// 429 while one has to wait.
pub(super) async fn begin(app: &App, email: &str, address: Option<IpAddr>) -> Result<Attempt> {
    let mut attempt = Attempt(limits(email, address));
    let now = app.clock.now();
    let mut transaction = app.database.begin().await?;
    for limit in &mut attempt.0 {
        let failures = match locked(&mut transaction, &limit.subject, now).await? {
            (_, blocked_until) if blocked_until > now => {
                let seconds = u64::try_from((blocked_until - now + SECOND - 1) / SECOND).unwrap_or(1);
                let detail = format!("too many attempts to sign in; try again in {seconds} seconds");
                return Err(Problem::too_many_requests(detail, seconds));
            }
            (failures, _) => failures + 1,
        };
        limit.blocks_until = now + block(failures - limit.free);
        set(&mut transaction, limit, failures, now, limit.blocks_until).await?;
    }
    transaction.commit().await?;
    Ok(attempt)
}

impl Attempt {
    /// The password was right: the account's failures are forgotten, and the address has one less. Not all of them, nor
    /// a block by another attempt: whoever has an account could else try others' passwords beside signing in to theirs.
    pub(super) async fn succeeded(self, transaction: &mut Transaction, app: &App) -> Result<(), sqlx::Error> {
        let now = app.clock.now();
        for (index, limit) in self.0.iter().enumerate() {
            let (failures, blocked_until) = locked(transaction, &limit.subject, now).await?;
            let (failures, blocked_until) = match index {
                0 => (0, 0),
                _ if blocked_until == limit.blocks_until => (failures.max(1) - 1, 0),
                _ => (failures.max(1) - 1, blocked_until),
            };
            set(transaction, limit, failures, now, blocked_until).await?;
        }
        Ok(())
    }
}

/// Forgets what is too old to count.
pub(super) async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let delete = sqlx::query("DELETE FROM login_failures WHERE failed_at < $1").bind(app.clock.now() - MEMORY);
    delete.execute(app.database.pool()).await?;
    Ok(())
}

/// How long is blocked after so many failures more than are free: 1, 2, 4 seconds and so on.
fn block(over: i64) -> i64 {
    if over < 0 { 0 } else { (SECOND << over.min(10)).min(BLOCK_MAX) }
}

fn limits(email: &str, address: Option<IpAddr>) -> Vec<Limit> {
    // A hash, since people type into this field what is not theirs to keep, such as a password.
    let mut limits = vec![Limit { subject: format!("account:{}", secret::digest(email)), free: 5, blocks_until: 0 }];
    if let Some(address) = address {
        limits.push(Limit { subject: format!("address:{}", network(address)), free: 30, blocks_until: 0 });
    }
    limits
}

/// What one customer of a provider has: an IPv4 address, or the 2^64 IPv6 addresses of a network.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
    }
}

/// Failures that still count, and until when it is blocked. The row is locked until the transaction ends.
async fn locked(transaction: &mut Transaction, subject: &str, now: i64) -> Result<(i64, i64), sqlx::Error> {
    let upsert = "INSERT INTO login_failures (subject, failures, failed_at, blocked_until) VALUES ($1, 0, $2, 0) \
                  ON CONFLICT (subject) DO UPDATE SET failures = login_failures.failures \
                  RETURNING failures, failed_at, blocked_until";
    let row = sqlx::query(upsert).bind(subject).bind(now).fetch_one(&mut **transaction).await?;
    let forgotten = row.try_get::<i64, _>("failed_at")? < now - MEMORY;
    Ok(if forgotten { (0, 0) } else { (row.try_get("failures")?, row.try_get("blocked_until")?) })
}

async fn set(
    transaction: &mut Transaction,
    limit: &Limit,
    failures: i64,
    now: i64,
    blocked_until: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE login_failures SET failures = $1, failed_at = $2, blocked_until = $3 WHERE subject = $4")
        .bind(failures)
        .bind(now)
        .bind(blocked_until)
        .bind(&limit.subject)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_to_a_bound() {
        let seconds: Vec<i64> = [-1, 0, 1, 2, 9, 10, 11, 1000].map(|over| block(over) / SECOND).to_vec();
        assert_eq!(seconds, [0, 1, 2, 4, 512, 1024, 1024, 1024]);
    }

    #[test]
    fn one_may_not_walk_through_ones_own_addresses() {
        let of = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
