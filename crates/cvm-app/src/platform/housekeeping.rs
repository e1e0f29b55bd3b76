//! What has had its time goes, once an hour, by one server: ids of old messages, ended sessions, old rejections.

use super::clock::HOUR;
use super::lease::Lease;
use super::server::App;
use crate::{access, customers, tracking};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Cleans up until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    let lease = Lease::new(app.database.clone(), app.clock.clone(), "housekeeping");
    loop {
        match lease.hold().await {
            Ok(true) => {
                if let Err(error) = tidy(&app).await {
                    tracing::error!(error = %error, "housekeeping failed; it will be tried again in an hour");
                }
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(error = %error, "the lease of housekeeping could not be asked for"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_micros(HOUR.unsigned_abs())) => {}
        }
    }
}

async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    tracking::tidy(app).await?;
    access::tidy(app).await?;
    customers::tidy(app).await
}
