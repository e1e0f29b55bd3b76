//! A mail server for tests: takes everything, but what is addressed to `refused@` and `later@`.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Who sends, of the envelope.
    pub from: String,
    /// Who gets it, of the envelope.
    pub to: String,
    /// All of it: headers, an empty line, the body.
    pub text: String,
}

/// The server.
pub struct Mailbox {
    /// For the setting `mail_url`.
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    stop: CancellationToken,
}

impl Mailbox {
    /// Listens at a free port of this machine.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (received, stop) = (Arc::<Mutex<Vec<Received>>>::default(), CancellationToken::new());
        tokio::spawn(stop.clone().run_until_cancelled_owned(listen(listener, received.clone(), stop.clone())));
        Self { url, received, stop }
    }

    /// All that came so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Nobody is there any more, not even for those who are connected.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

async fn listen(listener: TcpListener, received: Arc<Mutex<Vec<Received>>>, stop: CancellationToken) {
    while let Ok((stream, _)) = listener.accept().await {
        let received = received.clone();
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move { talk(stream, &received).await }));
    }
}

async fn talk(stream: TcpStream, received: &Mutex<Vec<Received>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.test\r\n").await?;
    let (mut from, mut to, mut line) = (String::new(), String::new(), String::new());
    while stream.read_line(&mut line).await? > 0 {
        let said = line.trim_end().to_owned();
        let address = || said.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer = match said.get(..4).unwrap_or_default() {
            "EHLO" => "250 mail.test",
            "MAIL" => {
                from = address();
                "250 yes"
            }
            "RCPT" => {
                to = address();
                match to.split('@').next() {
                    Some("refused") => "550 refused@example.com is unknown",
                    Some("later") => "451 later@example.com is busy",
                    _ => "250 yes",
                }
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let text = body(&mut stream).await?;
                received.lock().unwrap().push(Received { from: from.clone(), to: to.clone(), text });
                "250 taken"
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n").await,
            _ => "250 yes",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

/// Up to the line that is a dot alone; a line that begins with one has it doubled on the way.
async fn body(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
