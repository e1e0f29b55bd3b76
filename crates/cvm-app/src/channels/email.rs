//! E-mail over SMTP, with one-click unsubscribing (RFC 8058).

use super::{Carrier, Outcome, Outgoing};
use crate::platform::mail::{Mail, MailError, Mailer};
use crate::platform::{Clock, Config};
use async_trait::async_trait;

/// The mail server of the settings.
pub(super) struct Email(Mailer);

impl Email {
    pub(super) fn of(config: &Config, clock: &Clock) -> Option<Self> {
        Mailer::of(config, clock).map(Self)
    }
}

#[async_trait]
impl Carrier for Email {
    async fn send(&self, message: &Outgoing) -> Outcome {
        let mut headers = Vec::new();
        if let Some(unsubscribe) = &message.unsubscribe {
            headers.push(("List-Unsubscribe", format!("<{unsubscribe}>")));
            headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        let mail = Mail {
            id: message.id.clone(),
            to: message.to.clone(),
            subject: message.subject.clone(),
            text: message.text.clone(),
            html: message.html.clone(),
            headers,
        };
        match self.0.send(&mail).await {
            Ok(()) => Outcome::Sent,
            Err(error) => {
                let reason = error.to_string();
                match error {
                    // 550: no such mailbox; 551 and 553: not here, or not allowed as a name.
                    MailError::Refused(code) => Outcome::Failed { reason, is_nobody: matches!(code, 550 | 551 | 553) },
                    MailError::Unwritable(_) => Outcome::Failed { reason, is_nobody: false },
                    MailError::Later(_) | MailError::Unreachable(_) => Outcome::Later(reason),
                    MailError::Unanswered(_) => Outcome::Unknown(reason),
                }
            }
        }
    }

    fn knows_ids(&self) -> bool {
        false
    }
}
