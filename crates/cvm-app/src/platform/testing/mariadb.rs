//! A MariaDB server of the tests' own: one a process, on a socket in a folder that goes away with it.

use super::postgres::{as_user, user};
use std::fs;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

static SERVER: OnceCell<PathBuf> = OnceCell::const_new();
static DATABASES: AtomicU64 = AtomicU64::new(0);

/// The URL of a database that nobody has used.
pub async fn new_database() -> String {
    let folder = SERVER.get_or_init(|| async { tokio::task::spawn_blocking(start).await.unwrap() }).await;
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let url = |name: &str| format!("mysql://root@localhost/{name}?socket={}/socket", folder.display());
    sqlx::any::install_default_drivers();
    use sqlx::{Connection, Executor};
    let mut connection = sqlx::AnyConnection::connect(&url("mysql")).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))).await.unwrap();
    url(&name)
}

/// Makes the system's tables and starts a server on them; gives the folder of its socket.
fn start() -> PathBuf {
    let folder = tempfile::Builder::new().prefix("cvm-mariadb-").tempdir().unwrap().keep();
    let user = user("mysql");
    if let Some((uid, gid)) = user {
        chown(&folder, Some(uid), Some(gid)).unwrap();
    }
    let mut install = Command::new("mariadb-install-db");
    install.arg("--no-defaults").arg(format!("--datadir={}", folder.join("data").display()));
    install.args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
    let made = as_user(&mut install, user).output();
    let made =
        made.expect("MariaDB is not installed; `make test` installs it, or else: apt-get install mariadb-server");
    assert!(made.status.success(), "mariadb-install-db: {}", String::from_utf8_lossy(&made.stderr));
    // As for PostgreSQL, the shell ends with this process and takes the server and its folder along.
    let script = r#""$0" --no-defaults --datadir="$1/data" --socket="$1/socket" --pid-file="$1/pid" --skip-networking \
        --innodb-flush-log-at-trx-commit=0 --skip-log-bin >"$1/log" 2>&1 &
        read -r _; kill $!; wait; rm -rf "$1""#;
    let mut server = Command::new("sh");
    server.arg("-c").arg(script).arg(program()).arg(&folder).stdin(Stdio::piped());
    std::mem::forget(as_user(&mut server, user).spawn().unwrap()); // its end of the pipe closes with the process
    let ready = Instant::now() + Duration::from_secs(60);
    let socket = folder.join("socket");
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        assert!(Instant::now() < ready, "{}", fs::read_to_string(folder.join("log")).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(20));
    }
    folder
}

/// The server itself; packages keep it where only root looks.
fn program() -> &'static str {
    ["/usr/sbin/mariadbd", "/usr/libexec/mariadbd"]
        .into_iter()
        .find(|path| fs::exists(path).unwrap_or(false))
        .unwrap_or("mariadbd")
}
