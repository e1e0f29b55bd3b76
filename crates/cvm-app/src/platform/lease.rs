//! Work that one server does at a time: whoever holds the lease, until it runs out.

use super::{Clock, Database};
use std::time::Duration;
use tokio::time::Instant;

/// A piece of work and who asks for it.
#[derive(Debug, Clone)]
pub struct Lease {
    database: Database,
    clock: Clock,
    name: &'static str,
    holder: String,
}

/// Why work was not done, or broken off.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another does not let go.
    #[error("the server does not let go of the inbox; try again, or look at its log")]
    Held,
    /// Another took it meanwhile.
    #[error("another server took the inbox meanwhile; try again")]
    Lost,
    /// What the database gives.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
}

/// A holder that is not heard of for this long is taken for dead.
const HELD: i64 = 30 * super::clock::SECOND;

impl Lease {
    /// A lease of this process on the work of this name.
    pub fn new(database: Database, clock: Clock, name: &'static str) -> Self {
        Self { database, clock, name, holder: uuid::Uuid::now_v7().to_string() }
    }

    /// Takes the lease, or renews it; false where another holds it.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn hold(&self) -> Result<bool, sqlx::Error> {
        let now = self.clock.now();
        let row = sqlx::query(
            "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
             WHERE leases.holder = excluded.holder OR leases.until < $4 RETURNING holder",
        )
        .bind(self.name)
        .bind(&self.holder)
        .bind(now + HELD)
        .bind(now)
        .fetch_optional(self.database.pool())
        .await?;
        Ok(row.is_some())
    }

    /// The same for who works in rounds: what was taken a moment ago is not renewed yet, so that rounds write nothing by themselves.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn hold_on(&self, taken: &mut Option<Instant>) -> Result<bool, sqlx::Error> {
        let fresh = Duration::from_micros(HELD.unsigned_abs() / 4);
        if taken.is_some_and(|taken| taken.elapsed() < fresh) {
            return Ok(true);
        }
        let now = Instant::now();
        let held = self.hold().await?;
        *taken = held.then_some(now);
        Ok(held)
    }

    /// Does work that nobody else may do meanwhile: waits for the lease, renews it, and gives it back.
    ///
    /// # Errors
    /// [`LeaseError`] where another holds it for longer than `patience`, or took it meanwhile: the work was broken off then.
    pub async fn during<T>(&self, patience: Duration, work: impl Future<Output = T>) -> Result<T, LeaseError> {
        let take = async {
            while !self.hold().await? {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok::<_, sqlx::Error>(())
        };
        tokio::time::timeout(patience, take).await.map_err(|_| LeaseError::Held)??;
        let done = tokio::select! {
            done = work => Ok(done),
            lost = self.keep() => Err(lost),
        };
        self.release().await?;
        done
    }

    /// Renews the lease until it is lost.
    async fn keep(&self) -> LeaseError {
        loop {
            tokio::time::sleep(Duration::from_micros(HELD.unsigned_abs() / 6)).await;
            match self.hold().await {
                Ok(true) => {}
                Ok(false) => return LeaseError::Lost,
                Err(error) => return error.into(),
            }
        }
    }

    /// Forgets all leases, at the start of the one server of a database: whoever held them is dead.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn forget_all(database: &Database) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM leases").execute(database.pool()).await.map(drop)
    }

    /// Gives the lease back, so that the next need not wait.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn release(&self) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM leases WHERE name = $1 AND holder = $2")
            .bind(self.name)
            .bind(&self.holder)
            .execute(self.database.pool())
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::TestApp;

    #[tokio::test]
    async fn one_holds_until_it_is_silent_for_too_long() {
        let app = TestApp::new().await;
        let lease = || Lease::new(app.app.database.clone(), app.clock.clone(), "work");
        let (first, second) = (lease(), lease());
        assert!(first.hold().await.unwrap());
        assert!(!second.hold().await.unwrap());
        app.clock.advance(HELD / 2);
        assert!(first.hold().await.unwrap(), "renewed");
        app.clock.advance(HELD);
        assert!(!second.hold().await.unwrap());
        app.clock.advance(1);
        assert!(second.hold().await.unwrap());
        assert!(!first.hold().await.unwrap());
        first.release().await.unwrap();
        assert!(!first.hold().await.unwrap(), "what another holds is not given back");
        second.release().await.unwrap();
        assert!(first.hold().await.unwrap());
    }

    #[tokio::test]
    async fn work_waits_for_the_lease_and_gives_it_back() {
        let app = TestApp::new().await;
        let lease = || Lease::new(app.app.database.clone(), app.clock.clone(), "work");
        let (first, second) = (lease(), lease());
        assert!(first.hold().await.unwrap());
        let patience = Duration::from_millis(250);
        let refused = second.during(patience, async { panic!("another has it") }).await.unwrap_err();
        assert!(matches!(refused, LeaseError::Held), "{refused}");
        first.release().await.unwrap();
        let held = second.during(patience, async { first.hold().await.unwrap() }).await.unwrap();
        assert!(!held, "nobody else meanwhile");
        assert!(first.hold().await.unwrap());
    }
}
