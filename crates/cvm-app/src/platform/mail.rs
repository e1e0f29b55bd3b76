//! Sending e-mail: one message to one address, over the SMTP server of the settings.
//!
//! Who it goes to is said neither in errors nor in the log: servers like to repeat the address in what they answer, so of an
//! answer only its code is kept.

use super::{Clock, Config};
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::{Duration, SystemTime};

/// A server that says nothing for so long is taken for gone.
const SILENCE: Duration = Duration::from_secs(20);

/// A message that has not been taken after so long counts as not sent.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Part of its `Message-ID`; the same when it is sent again, so that it can be known as one.
    pub id: String,
    /// The address alone, without a name.
    pub to: String,
    /// As it is read.
    pub subject: String,
    /// For those who read text.
    pub text: String,
    /// For those who see pages; none where text is all.
    pub html: Option<String>,
    /// Further headers, as `List-Unsubscribe`.
    pub headers: Vec<(&'static str, String)>,
}

/// Why a message was not sent. None of it says to whom.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// No message can be made of it; it never goes.
    #[error("the message cannot be written: {0}")]
    Unwritable(&'static str),
    /// The server does not take it, now or later.
    #[error("the mail server refused the message ({0})")]
    Refused(u16),
    /// The server does not take it now.
    #[error("the mail server asks to try again later ({0})")]
    Later(u16),
    /// Nobody to give it to.
    #[error("the mail server cannot be reached: {0}")]
    Unreachable(&'static str),
    /// It was given away and no answer came: the server may have it or not.
    #[error("the mail server did not say whether it took the message: {0}")]
    Unanswered(&'static str),
}

impl MailError {
    /// Whether trying again makes sense.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::Unwritable(_) | Self::Refused(_))
    }
}

/// Sends mail. Clones share their connections.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// Where what cannot be delivered comes back to; none for where it comes from.
    bounces: Option<Address>,
    clock: Clock,
}

impl Mailer {
    /// The one of the settings; none where they name no server, or one that no mail can be sent with, which
    /// [`Config::load`] does not let through.
    pub fn of(config: &Config, clock: &Clock) -> Option<Self> {
        let transport = transport(&config.mail_url).ok()?.timeout(Some(SILENCE)).build();
        let bounces = config.mail_bounces.parse().ok();
        Some(Self { transport, from: sender(&config.mail_from)?, bounces, clock: clock.clone() })
    }

    /// The address that everything comes from.
    pub fn from(&self) -> &Mailbox {
        &self.from
    }

    /// Gives a message to the server. Once it was taken, it is the server's.
    ///
    /// # Errors
    /// [`MailError`]; [`MailError::is_lasting`] says whether to try again.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        let sent = tokio::time::timeout(PATIENCE, self.transport.send(message)).await;
        let sent = sent.map_err(|_| MailError::Unanswered("it was silent for too long"))?;
        sent.map(drop).map_err(|error| match error.status() {
            Some(code) if error.is_permanent() => MailError::Refused(code.into()),
            Some(code) => MailError::Later(code.into()),
            None if error.is_tls() => MailError::Unreachable("no secure connection can be made"),
            None if error.is_client() => MailError::Unreachable("it offers no way of signing in that is known here"),
            None if never_connected(&error) => MailError::Unreachable("no connection"),
            None => MailError::Unanswered("the connection broke off"),
        })
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let to: Address = mail.to.parse().map_err(|_| MailError::Unwritable("the address is none"))?;
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let now = Duration::from_micros(u64::try_from(self.clock.now()).unwrap_or(0));
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(mail.subject.as_str())
            .message_id(Some(id))
            .date(SystemTime::UNIX_EPOCH + now);
        if let Some(bounces) = &self.bounces {
            let back = Address::new(format!("{}+{}", bounces.user(), mail.id), bounces.domain());
            let back = back.map_err(|_| MailError::Unwritable("its id cannot be part of an address"))?;
            let envelope = Envelope::new(Some(back), vec![to]);
            builder = builder.envelope(envelope.map_err(|_| MailError::Unwritable("it goes to nobody"))?);
        }
        for (name, value) in &mail.headers {
            if value.contains(char::is_control) {
                return Err(MailError::Unwritable("a header has more than one line"));
            }
            let name = HeaderName::new_from_ascii((*name).to_owned());
            let name = name.map_err(|_| MailError::Unwritable("a header has no name that mail knows"))?;
            builder = builder.raw_header(HeaderValue::new(name, value.clone()));
        }
        let message = match &mail.html {
            Some(html) => builder.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone())),
            None => builder.singlepart(SinglePart::plain(mail.text.clone())),
        };
        message.map_err(|_| MailError::Unwritable("its parts do not fit together"))
    }
}

/// What is wrong with the settings of mail: which of them, and what it should be.
pub(super) fn wrong_setting(config: &Config) -> Option<(&'static str, &'static str)> {
    if config.mail_url.is_empty() {
        return None;
    }
    if transport(&config.mail_url).is_err() {
        return Some(("mail_url", "smtps://user:password@host, smtp://host:port, or nothing"));
    }
    if !config.mail_bounces.is_empty() && config.mail_bounces.parse::<Address>().is_err() {
        return Some(("mail_bounces", "an address, as in bounces@shop.example, or nothing"));
    }
    sender(&config.mail_from).is_none().then_some(("mail_from", "an address, as in Shop <news@shop.example>"))
}

fn transport(url: &str) -> Result<AsyncSmtpTransportBuilder, lettre::transport::smtp::Error> {
    AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
}

/// Whether nothing was said to the server yet. The kind of error that says so has no question of its own; it begins its text.
fn never_connected(error: &lettre::transport::smtp::Error) -> bool {
    error.to_string().starts_with("Connection error")
}

fn sender(text: &str) -> Option<Mailbox> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::mailbox::Mailbox as FakeServer;
    use crate::platform::testing::{START, TestApp};

    fn mail(to: &str) -> Mail {
        Mail {
            id: "one".to_owned(),
            to: to.to_owned(),
            subject: "Zażółć".to_owned(),
            text: "Plain words.\n.\nAnd a dot.".to_owned(),
            html: Some("<p>Words with <b>weight</b>.</p>".to_owned()),
            headers: vec![("List-Unsubscribe", "<https://shop.example/u/1>".to_owned())],
        }
    }

    async fn mailer(server: &FakeServer) -> Mailer {
        let url = server.url.clone();
        let test = TestApp::with(|config| {
            (config.mail_url, config.mail_from) = (url, "The shop <news@shop.example>".to_owned());
        });
        Mailer::of(&test.await.app.config, &Clock::set_to(START)).unwrap()
    }

    #[tokio::test]
    async fn a_message_arrives_with_both_its_forms() {
        let server = FakeServer::start().await;
        mailer(&server).await.send(&mail("ada@example.com")).await.unwrap();
        let [got] = &server.received()[..] else { panic!("one message") };
        assert_eq!((got.from.as_str(), got.to.as_str()), ("news@shop.example", "ada@example.com"));
        for part in [
            "Message-ID: <one@shop.example>",
            "Date: Fri, 02 Jan 2026 03:04:05 +0000",
            "From: \"The shop\" <news@shop.example>",
            "Subject: =?utf-8?b?WmHFvMOzxYLEhw==?=",
            "List-Unsubscribe: <https://shop.example/u/1>",
            "Content-Type: multipart/alternative",
            "Plain words.\r\n.\r\nAnd a dot.",
            "<p>Words with <b>weight</b>.</p>",
        ] {
            assert!(got.text.contains(part), "{part} is not in\n{}", got.text);
        }
    }

    #[tokio::test]
    async fn what_fails_says_why_and_not_to_whom() {
        let server = FakeServer::start().await;
        let mailer = mailer(&server).await;
        for (to, expected, lasting) in [
            ("refused@example.com", "the mail server refused the message (550)", true),
            ("later@example.com", "the mail server asks to try again later (451)", false),
            ("no address", "the message cannot be written: the address is none", true),
        ] {
            let error = mailer.send(&mail(to)).await.unwrap_err();
            assert_eq!((error.to_string().as_str(), error.is_lasting()), (expected, lasting));
        }
        let mut smuggled = mail("ada@example.com");
        smuggled.headers[0].1.push_str("\r\nBcc: eve@example.com");
        assert!(mailer.send(&smuggled).await.unwrap_err().is_lasting());
        assert!(server.received().is_empty());
        // What comes back is known by where it comes back to.
        let back = Mailer { bounces: "back@shop.example".parse().ok(), ..mailer.clone() };
        back.send(&mail("ada@example.com")).await.unwrap();
        assert_eq!(server.received()[0].from, "back+one@shop.example");
        server.stop();
        let error = mailer.send(&mail("ada@example.com")).await.unwrap_err();
        assert!(matches!(error, MailError::Unreachable(_)), "{error}");
    }
}
