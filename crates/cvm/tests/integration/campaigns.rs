//! A campaign of a real server to a real mail server: killed again and again, it tells everybody once.

use super::erasure::{Api, until};
use super::server::{Server, sdks};
use super::succeed;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A mail server on this machine that counts.
pub(super) struct Mail {
    process: Child,
    pub url: String,
}

impl Mail {
    pub fn start(counted: &Path) -> Self {
        let sdks = sdks();
        let mut command = Command::new(sdks.join("storage/bin/python"));
        command.arg(sdks.join("mail.py")).arg(counted);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned() }
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A new server that sends mail to one that counts.
pub(super) struct Sending {
    pub folder: tempfile::TempDir,
    /// What the mail server writes down.
    pub counted: PathBuf,
    pub mail: Mail,
    pub server: Server,
    /// Of the first user.
    pub password: String,
}

impl Sending {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let counted = folder.path().join("mail.txt");
        let mail = Mail::start(&counted);
        let said = succeed(folder.path(), &["init", "data"]);
        let password = said.split_whitespace().last().unwrap().to_owned();
        let server = Self::serve(folder.path(), &mail);
        Self { folder, counted, mail, server, password }
    }

    /// Starts the server, the first time or again.
    fn serve(folder: &Path, mail: &Mail) -> Server {
        let settings = [("CVM_MAIL_URL", mail.url.as_str()), ("CVM_MAIL_FROM", "Shop <news@shop.example>")];
        Server::start_with(folder, &settings)
    }
}

/// Who got which message, in order.
pub(super) fn received(counted: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(counted).unwrap_or_default();
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    complete.lines().filter_map(|line| line.split_once(' ')).map(|(id, to)| (id.to_owned(), to.to_owned())).collect()
}

#[test]
fn a_campaign_that_is_killed_tells_everybody_once() {
    println!("{}", tell(1_000, 6));
}

#[test]
#[ignore = "takes minutes; the figures of the README"]
fn ten_thousand_are_told_once_through_fifty_kills() {
    println!("{}", tell(10_000, 50));
}

/// What came of it, in words.
fn tell(people: usize, kills: usize) -> String {
    let Sending { folder, counted, mail, mut server, password } = Sending::start();
    let api = Api::of(&server, &password);
    let one = |number: usize| {
        json!({
            "type": "identify", "userId": format!("u{number}"), "messageId": format!("m{number}"),
            "traits": {"email": format!("u{number}@example.org"), "first_name": "Ada"},
            "context": {"consent": {"changes": [{"purpose": "marketing", "channel": "email", "state": "granted"}]}},
        })
    };
    for numbers in (0..people).collect::<Vec<_>>().chunks(500) {
        let batch: Vec<Value> = numbers.iter().map(|&number| one(number)).collect();
        let answer = server.request("POST", "/v1/batch", &json!({"batch": batch}).to_string()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let last = format!("/api/v1/customers?identifier=user_id:u{}", people - 1);
    until("everybody known", || api.call("GET", &last, &Value::Null)["data"][0].is_object());
    let content = json!({"en": {"subject": "Hello {{ customer.first_name }}", "html": "<p>Come <a href=\"https://shop.example\">back</a>!</p>"}});
    let body = "<p>Yours, {{ customer.first_name }}: <a href=\"https://shop.example/coupon\">take it</a></p>";
    let treatments = json!([{"channel": "email", "content": {"en": {"subject": "{{ offer.name }}", "body": body}}}]);
    let offer = json!({"name": "Coupon", "issue": "growth", "group": "coupons", "state": "active",
        "worth": {"amount": 1000}, "treatments": treatments});
    api.call("POST", "/api/v1/offers", &offer);
    // Half of them are told of what is decided for each.
    let variants = json!([{"name": "A", "content": content}, {"name": "B", "offer": {"best": {}}}]);
    let definition = json!({"channel": "email", "variants": variants});
    let made = api.call("POST", "/api/v1/campaigns", &json!({"name": "Spring", "definition": definition}));
    let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().unwrap());
    api.call("POST", &format!("{campaign}/submit"), &json!({}));

    // Killed when a little more was received each time, wherever that is: amid dealing, a message, a note of it.
    let begun = Instant::now();
    for kill in 1..=kills {
        let wanted = people * 4 / 5 * kill / (kills + 1);
        while received(&counted).len() < wanted {
            assert!(begun.elapsed() < Duration::from_secs(1_800), "{} messages came", received(&counted).len());
            std::thread::sleep(Duration::from_millis(5));
        }
        server.kill();
        server = Sending::serve(folder.path(), &mail);
    }
    let api = Api::of(&server, &password);
    until("the end of the campaign", || api.call("GET", &campaign, &Value::Null)["state"] == "done");
    let counts = api.call("GET", &campaign, &Value::Null)["counts"].clone();
    let number = |of: &str, name: &str| counts[of].get(name).and_then(Value::as_u64).unwrap_or(0) as usize;
    let (sent, unknown) = (number("messages", "sent"), number("messages", "unknown"));
    let received = received(&counted);
    let mut by_address: HashMap<&str, usize> = HashMap::new();
    for (_, to) in &received {
        *by_address.entry(to).or_default() += 1;
    }
    let ids: HashSet<&str> = received.iter().map(|(id, _)| id.as_str()).collect();
    assert!(by_address.values().all(|&times| times == 1), "nobody is told twice");
    assert_eq!(ids.len(), received.len());
    assert_eq!(sent + unknown, number("members", "treated"), "{counts}");
    assert!((sent..=sent + unknown).contains(&received.len()), "{counts} and {} received", received.len());
    // So many are in the air when it ends.
    assert!(unknown <= kills * 10, "{counts}");
    let offered = |name: &str| counts["offers"][0][name].as_u64().unwrap() as usize;
    assert!(offered("chosen") <= offered("sent") + unknown && offered("sent") > sent / 3, "{counts}");
    let all = ["treated", "control", "global_control"].into_iter().map(|arm| number("members", arm)).sum::<usize>();
    assert_eq!(all, people);
    server.stop();
    format!("{people} customers, {kills} kills: {} received, {sent} sent, {unknown} unknown", received.len())
}
