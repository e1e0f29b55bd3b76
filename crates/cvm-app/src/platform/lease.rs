//! Work that one server does at a time: whoever holds the lease, until it runs out.

use super::{Clock, Database};

/// A piece of work and who asks for it.
#[derive(Debug, Clone)]
pub struct Lease {
    database: Database,
    clock: Clock,
    name: &'static str,
    holder: String,
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
}
