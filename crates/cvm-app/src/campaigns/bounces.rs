//! Mail that comes back: notices of delivery (RFC 3464) and complaints (RFC 5965), as mail servers write them.
//!
//! What is returned carries the head of what was sent, and so its Message-ID, which is a message of the outbox; where it does not, the
//! address that it came back to may name it. Anything else in the same mailbox, such as an answer of somebody on holiday, is no report.

use super::answers;
use super::api::Report;
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};
use serde::Serialize;
use std::collections::HashMap;
use std::time::Duration;
use utoipa::ToSchema;

/// A server that has said nothing for so long is taken for busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a mail that is looked at.
pub(super) const MAIL_MAX: usize = 1 << 20;

/// What a mail said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MailReturned)]
pub struct Returned {
    /// The message that it is about; null where it is about none of ours, or no report.
    pub message: Option<String>,
    /// What became of it; null where nothing did.
    pub report: Option<Report>,
}

/// Notes what a mail says of one of our messages.
///
/// # Errors
/// 422 for what is no mail, and what the database gives.
pub(super) async fn take(app: &App, mail: &[u8]) -> Result<Returned> {
    let nothing = Returned { message: None, report: None };
    let parsed = MessageParser::default().parse(mail);
    let parsed = parsed.ok_or_else(|| Problem::unprocessable("the body is no mail; expected message/rfc822"))?;
    let Some((report, ids)) = read(&parsed) else { return Ok(nothing) };
    for id in ids {
        match answers::report(app, &id, report).await {
            Ok(()) => return Ok(Returned { message: Some(id), report: Some(report) }),
            Err(problem) if problem.status() == 404 => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(nothing)
}

/// What became of a mail that was handed to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forwarded {
    /// It was read; what it said, as JSON.
    Taken(String),
    /// It never will be, for this reason.
    Refused(String),
    /// It was not now, for this reason.
    Later(String),
}

/// Hands a mail to a server, by its address and a key: for mail servers, over the command line.
pub async fn forward(server: &str, key: &str, mail: Vec<u8>) -> Forwarded {
    let address = format!("{}/api/v1/messages/bounces", server.trim_end_matches('/'));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build();
    let request = match client {
        Ok(client) => client.post(&address).bearer_auth(key).header("content-type", "message/rfc822").body(mail),
        Err(error) => return Forwarded::Refused(error.to_string()),
    };
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.is_builder() => return Forwarded::Refused(format!("{server} is no address of a server")),
        Err(_) => return Forwarded::Later(format!("the server at {server} cannot be reached, or does not answer")),
    };
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    match status.as_u16() {
        200 => Forwarded::Taken(text),
        408 | 425 | 429 | 500.. => Forwarded::Later(format!("the server answered {status}")),
        _ => Forwarded::Refused(format!("the server answered {status}: {text}")),
    }
}

/// What a mail reports, and of which message it may be: ids as they stand before the @ of a Message-ID.
fn read(mail: &Message<'_>) -> Option<(Report, Vec<String>)> {
    let report = mail.parts.iter().find_map(of_part)?;
    let own = mail.parts.iter().filter_map(returned_id);
    // Where nothing of it is returned, the notice may still say what it answers.
    let answered = [mail.in_reply_to(), mail.references()].into_iter();
    let answered = answered.flat_map(|ids| ids.as_text_list().into_iter().flatten()).map(ToString::to_string);
    let ids = own.chain(answered).filter_map(|id| id.split_once('@').map(|(id, _)| id.to_owned()));
    Some((report, ids.chain(addressed(mail)).collect()))
}

/// Ids in the addresses that a mail came to, as in `bounces+ID@shop.example`.
fn addressed(mail: &Message<'_>) -> Vec<String> {
    const TO: [&str; 4] = ["to", "delivered-to", "x-original-to", "envelope-to"];
    let of = |text: &str| {
        let pieces = text.split(['<', '>', ',', ' ', '\t', '\r', '\n']);
        let id = |piece: &str| Some(piece.split_once('@')?.0.split_once('+')?.1.to_owned());
        pieces.filter_map(id).collect::<Vec<_>>()
    };
    let to = mail.headers_raw().filter(|(name, _)| TO.iter().any(|to| to.eq_ignore_ascii_case(name)));
    to.flat_map(|(_, value)| of(value)).take(10).collect()
}

fn is(part: &MessagePart<'_>, kind: &str) -> bool {
    let Some(found) = part.content_type() else { return false };
    format!("{}/{}", found.ctype(), found.subtype().unwrap_or_default()).eq_ignore_ascii_case(kind)
}

/// What a part reports, where it is one that does.
fn of_part(part: &MessagePart<'_>) -> Option<Report> {
    let text = String::from_utf8_lossy(part.contents());
    if is(part, "message/feedback-report") {
        let fields = fields(&text);
        let kind = fields.get("feedback-type").map_or("", String::as_str).to_ascii_lowercase();
        // Who takes a message out of the spam folder complains of nothing.
        return (kind != "not-spam").then_some(Report::Complained);
    }
    // A group of fields for the message, and one for each who should have had it.
    let is_status = is(part, "message/delivery-status") || is(part, "message/global-delivery-status");
    let text = is_status.then(|| text.replace("\r\n", "\n"))?;
    text.split("\n\n").find_map(|group| {
        let fields = fields(group);
        let action = fields.get("action")?.trim().to_ascii_lowercase();
        (action == "failed").then(|| if is_nobody(&fields) { Report::Bounced } else { Report::SoftBounced })
    })
}

/// Whether there is nobody at the address, rather than the mailbox full or the letter not wanted.
fn is_nobody(fields: &HashMap<String, String>) -> bool {
    let status = fields.get("status").map_or("", |status| status.trim());
    let code = status.split_whitespace().next().unwrap_or_default();
    // RFC 3463: 5.1 is the address (but 5.1.7 and 5.1.8, the sender's), 5.2.1 a mailbox that takes nothing any more.
    if code.starts_with("5.1.") {
        return !matches!(code, "5.1.7" | "5.1.8");
    }
    // Where the status says nothing, the answer of the server may, as it does when mail is handed over.
    let answer = fields.get("diagnostic-code").map_or("", String::as_str);
    let answer = answer.split_once(';').map_or(answer, |(_, answer)| answer).trim();
    let says_nobody = ["550 5.1.", "551", "553"].iter().any(|begin| answer.starts_with(begin));
    code == "5.2.1" || matches!(code, "" | "5.0.0") && says_nobody
}

/// Fields by their names in small letters; what is folded is one line.
fn fields(text: &str) -> HashMap<String, String> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.starts_with([' ', '\t']), line.split_once(':'), fields.last_mut()) {
            (true, _, Some((_, value))) => value.push_str(&format!(" {}", line.trim())),
            (false, Some((name, value)), _) => {
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
            _ => {}
        }
    }
    fields.into_iter().collect()
}

/// The Message-ID of what is returned: whole, or its head only.
fn returned_id(part: &MessagePart<'_>) -> Option<String> {
    if let PartType::Message(message) = &part.body {
        return message.message_id().map(str::to_owned);
    }
    let is_head = is(part, "text/rfc822-headers") || is(part, "message/global-headers");
    let head = is_head.then(|| format!("{}\r\n\r\n", String::from_utf8_lossy(part.contents()).trim()))?;
    MessageParser::default().parse_headers(head.as_bytes())?.message_id().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A notice as Postfix writes it, of the form in RFC 3464, appendix E.
    fn notice(action: &str, status: &str, code: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\nTo: news@shop.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"B/mx\"\r\n\r\n\
             --B/mx\r\nContent-Type: text/plain\r\n\r\nI'm sorry. Action: failed\r\n\
             --B/mx\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; ada@example.com\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp;\r\n {code}\r\n\r\n\
             --B/mx\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: news@shop.example\r\n\
             Message-ID: <0190-abc@shop.example>\r\nSubject: Spring\r\n\r\n--B/mx--\r\n"
        )
    }

    fn of(mail: &str) -> Option<(Report, Vec<String>)> {
        read(&MessageParser::default().parse(mail.as_bytes()).unwrap())
    }

    #[test]
    fn notices_are_read_by_what_they_say_of_the_address() {
        for (action, status, code, expected) in [
            ("failed", "5.1.1", "550 5.1.1 User unknown", Some(Report::Bounced)),
            ("failed", "5.1.10", "550 no MX wanted", Some(Report::Bounced)),
            ("Failed", "5.2.1", "550 disabled", Some(Report::Bounced)),
            ("failed", "5.0.0", "550 5.1.1 nobody", Some(Report::Bounced)),
            ("failed", "5.0.0", "554 looks like spam", Some(Report::SoftBounced)),
            ("failed", "5.1.8", "550 sender's domain", Some(Report::SoftBounced)),
            ("failed", "5.2.2", "552 mailbox full", Some(Report::SoftBounced)),
            ("failed", "4.4.1", "timed out", Some(Report::SoftBounced)),
            ("delayed", "4.4.1", "timed out", None),
            ("delivered", "2.0.0", "250 ok", None),
        ] {
            let found = of(&notice(action, status, code));
            assert_eq!(found, expected.map(|report| (report, vec!["0190-abc".to_owned()])), "{action} {status} {code}");
        }
    }

    #[test]
    fn complaints_are_read_and_other_mail_is_none() {
        let complaint = |kind: &str| {
            format!(
                "From: abuse@isp.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; \
                 report-type=feedback-report; boundary=p\r\n\r\n--p\r\nContent-Type: text/plain\r\n\r\nA complaint\r\n\
                 --p\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nUser-Agent: X/1\r\nVersion: 1\r\n\r\n\
                 --p\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <0190-def@shop.example>\r\nSubject: Spring\r\n\r\nHello\r\n--p--\r\n"
            )
        };
        assert_eq!(of(&complaint("abuse")), Some((Report::Complained, vec!["0190-def".to_owned()])));
        assert_eq!(of(&complaint("not-spam")), None);
        let away =
            "From: ada@example.com\r\nIn-Reply-To: <0190-abc@shop.example>\r\nSubject: Away\r\n\r\nStatus: 5.1.1\r\n";
        assert_eq!(of(away), None);
        // Nothing is returned; it came to an address of its own.
        let short =
            notice("failed", "5.1.1", "").replace("To: news@", "To: <back+0190-ghi@").replace("Message-ID:", "X-ID:");
        assert_eq!(of(&short), Some((Report::Bounced, vec!["0190-ghi".to_owned()])));
        for odd in ["", "\r\n\r\n", "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n--b\r\n--b"] {
            if let Some(mail) = MessageParser::default().parse(odd.as_bytes()) {
                assert_eq!(read(&mail), None);
            }
        }
    }
    #[tokio::test]
    async fn a_mail_server_knows_what_to_try_again() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        assert!(matches!(forward(&nobody, "key", Vec::new()).await, Forwarded::Later(_)));
        assert!(matches!(forward("shop", "key", Vec::new()).await, Forwarded::Refused(_)));
    }
}
