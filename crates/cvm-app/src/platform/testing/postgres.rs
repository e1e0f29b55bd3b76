//! A PostgreSQL server of the tests' own: one a process, on a socket in a folder that goes away with it.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
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
    let url = |name: &str| format!("postgres://postgres@localhost/{name}?host={}", folder.display());
    sqlx::any::install_default_drivers();
    use sqlx::{Connection, Executor};
    let mut connection = sqlx::AnyConnection::connect(&url("postgres")).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    url(&name)
}

/// Makes a cluster and starts a server on it; gives the folder of its socket.
fn start() -> PathBuf {
    let programs = programs();
    let folder = tempfile::Builder::new().prefix("cvm-postgres-").tempdir().unwrap().keep();
    // The server refuses to run as root, so root hands it to the user that its package has made.
    let user = user("postgres");
    if let Some((uid, gid)) = user {
        chown(&folder, Some(uid), Some(gid)).unwrap();
    }
    let data = folder.join("data");
    let mut initdb = Command::new(programs.join("initdb"));
    initdb.arg("--pgdata").arg(&data).args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
    let made = as_user(&mut initdb, user).output().unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let socket = folder.clone();
    // The shell waits on a pipe that this process holds: it ends with it, however that ends, and takes the server and
    // its folder along.
    let script = r#""$0" -D "$1/data" -k "$1" -c listen_addresses= -c fsync=off -c max_connections=200 >"$1/log" 2>&1 &
        read -r _; kill -INT $!; wait; rm -rf "$1""#;
    let mut server = Command::new("sh");
    server.arg("-c").arg(script).arg(programs.join("postgres")).arg(&socket).stdin(Stdio::piped());
    let server = as_user(&mut server, user).spawn().unwrap();
    std::mem::forget(server); // its end of the pipe closes with the process, and with nothing before
    let ready = Instant::now() + Duration::from_secs(30);
    while !Command::new(programs.join("pg_isready"))
        .arg("-h")
        .arg(&socket)
        .stdout(Stdio::null())
        .status()
        .unwrap()
        .success()
    {
        assert!(Instant::now() < ready, "{}", fs::read_to_string(folder.join("log")).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(20));
    }
    folder
}

/// The newest installed version's programs.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path().join("bin")).filter(|path| path.join("initdb").exists()).max();
    newest.expect("PostgreSQL is not installed; `make test` installs it, or else: apt-get install postgresql")
}

/// Where this is root, the ids of a user whom a package has made: these servers refuse to run as root.
pub(super) fn user(name: &str) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    root.then(|| {
        let users = fs::read_to_string("/etc/passwd").unwrap();
        let line = users.lines().find(|line| line.split(':').next() == Some(name));
        let mut fields = line.unwrap_or_else(|| panic!("there is no user {name}")).split(':').skip(2);
        let mut id = || fields.next().unwrap().parse().unwrap();
        (id(), id())
    })
}

pub(super) fn as_user(command: &mut Command, user: Option<(u32, u32)>) -> &mut Command {
    use std::os::unix::process::CommandExt;
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command.current_dir(Path::new("/"))
}
