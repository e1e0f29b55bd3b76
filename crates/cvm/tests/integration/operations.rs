//! A real server as those who run it meet it: TLS, signals, what it says of itself, a full disk.

use super::succeed;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

mod contract;
mod disk;
mod logs;
mod metrics;
mod tls;
mod traces;

/// How long anything may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, with everything it wrote into its log.
struct Running {
    process: Child,
    url: String,
    write_key: String,
    /// The first user's, where this start made the folder.
    password: String,
    log: Arc<Mutex<String>>,
    lines: Receiver<()>,
}

impl Running {
    /// Starts a server in a folder, which `cvm init` makes where there is none.
    fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cvm"));
        command.args(["serve", "data"]);
        Self::by(command, folder, settings)
    }

    /// The same by a command that ends up as `cvm serve data`.
    fn by(mut command: Command, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let mut password = String::new();
        if !folder.join("data/cvm.toml").exists() {
            let said = succeed(folder, &["init", "data"]);
            password = said.split_whitespace().last().unwrap().to_owned();
        }
        let sources = succeed(folder, &["sources", "data"]);
        let write_key = sources.split_whitespace().find(|word| word.len() == 32).unwrap().to_owned();
        command.current_dir(folder).env("CVM_LISTEN", "127.0.0.1:0").envs(settings.iter().copied());
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (log, (said, lines)) = (Arc::new(Mutex::new(String::new())), channel());
        let (written, stderr) = (log.clone(), BufReader::new(process.stderr.take().unwrap()));
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let mut log = written.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
                drop(log);
                let _ = said.send(());
            }
        });
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned(), write_key, password, log, lines }
    }

    /// Waits until the log has a text; gives the word after it.
    fn wait_for(&self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some((_, after)) = self.log.lock().unwrap().split_once(text) {
                return after.split_whitespace().next().unwrap_or_default().to_owned();
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(self.lines.recv_timeout(left).is_ok(), "`{text}` is not in the log:\n{}", self.log.lock().unwrap());
        }
    }

    /// A call of an SDK.
    async fn send(&self, path: &str, body: &serde_json::Value) -> reqwest::Response {
        let request = client().post(format!("{}{path}", self.url)).bearer_auth(&self.write_key);
        request.body(body.to_string()).send().await.unwrap()
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Asks it to stop, as a service manager does, and waits for its good end.
    fn stop(mut self) {
        self.signal("TERM");
        self.end();
    }

    /// Waits for its good end.
    fn end(&mut self) {
        assert!(self.process.wait().unwrap().success());
        let log = self.log.lock().unwrap();
        assert!(!log.contains("did not end in"), "{log}");
    }
}

/// A client without settings from around. Certificates of authorities take long to read, so it has none.
fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_built_in_root_certs(false).build().unwrap()
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
