//! `cvm demo`: a server with the sample company in it, made where there is none.

use crate::cli::Demo;
use crate::server::{load, serve_folder, whole, with_app, write_settings};
use crate::{Failure, USAGE, progress, say};
use cvm_app::access::{self, Caller, NewUser, Role};
use cvm_app::platform::jobs;
use cvm_app::platform::random::code;
use cvm_app::platform::server::App;
use cvm_app::platform::{Random, config};
use cvm_app::start::sample::{self, SampleCompany};
use cvm_core::Language;
use cvm_core::text::Words;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Within the folder: who can sign in, for the next start.
const USERS: &str = "demo-users.txt";

/// Settings other than the defaults: the company counts in euros, and the terminal is for what people read.
const SETTINGS: [(&str, &str); 2] =
    [("currency = \"USD\"", "currency = \"EUR\""), ("log = \"info\"", "log = \"warn,sqlx=error\"")];

pub fn demo(options: &Demo) -> Result<(), Failure> {
    let folder = &options.folder;
    if !folder.join(config::FILE).exists() {
        whole(folder, || make(folder, options.language))?;
    } else if !folder.join(USERS).exists() {
        let message = format!("{} is a server's folder, but none that `cvm demo` made", folder.display());
        return Err(Failure { code: USAGE, message });
    }
    if options.only_make {
        return with_app(load(folder)?, async |app| {
            app.work().await.map_err(Failure::data)?;
            fill(app, options).await
        });
    }
    serve_folder(folder, async |app| fill(app, options).await, |address| say(&greeting(address, folder)))
}

/// Settings, and a user for each role.
fn make(folder: &Path, language: Language) -> Result<(), Failure> {
    let settings = SETTINGS.iter().fold(config::DEFAULT.to_owned(), |text, (from, to)| text.replace(from, to));
    let config = write_settings(folder, &settings)?;
    let password = code(16, &mut Random::system());
    let users = with_app(config, async |app| {
        let mut users = String::new();
        for role in Role::ALL {
            let email = format!("{}@demo.example", role.name().replace('_', "-"));
            let new = NewUser {
                email: email.clone(),
                name: role.name().replace('_', " "),
                role: *role,
                language,
                password: Some(password.clone()),
            };
            access::create_user(app, &Caller::system(), new).await.map_err(Failure::data)?;
            users.push_str(&format!("{email}  {password}\n"));
        }
        Ok(users)
    })?;
    let path = folder.join(USERS);
    keep(&path, &users).map_err(|error| Failure::data(format!("{}: {error}", path.display())))
}

/// Writes a file that others may not read.
fn keep(path: &PathBuf, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// Loads the sample company where it is not loaded yet, with the work of the server under way.
async fn fill(app: &App, options: &Demo) -> Result<(), Failure> {
    let wish = SampleCompany { months: options.months, ..SampleCompany::new(app, options.customers) };
    let job = match sample::underway(app).await.map_err(Failure::data)? {
        Some(job) => job,
        None if sample::is_empty(app).await.map_err(Failure::data)? => {
            sample::ask(app, &wish, "command line").await.map_err(Failure::data)?
        }
        None => return Ok(()),
    };
    let bar = progress::spinner(options.quiet);
    let done = sample::wait(app, &job, |job| {
        bar.set_message(format!("The sample company: {}", jobs::said(Words::new(Language::En), job)))
    })
    .await;
    bar.finish_and_clear();
    done.map(drop).map_err(Failure::data)
}

fn greeting(address: &str, folder: &Path) -> String {
    let users = fs::read_to_string(folder.join(USERS)).unwrap_or_default();
    let users: String = users.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "{address}\n\nThe sample company is there; sign in as one of these (also in {users_file}):\n{users}\nCtrl-C stops \
         it, and `cvm demo {folder}` serves it again.",
        users_file = folder.join(USERS).display(),
        folder = folder.display(),
    )
}
